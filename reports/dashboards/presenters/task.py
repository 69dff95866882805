"""任务: one task, what the plan says of it, who answers for it, and how it stood quarter by quarter."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.figures.history import HistoryRow
from reports.figures.indicator_aggregation import value_of
from reports.figures.values import TaskFigures
from tasks.agencies.models import Agency
from tasks.contacts.models import Contact
from tasks.indicators.models import Indicator
from tasks.indicators.reading import figure_words
from tasks.indicators.values import Across, Combined, Flow, Given, combine
from tasks.plans.models import Part, Responsibility, Task
from tasks.standing.queries import MISSING, RETURNED, Standing
from tasks.submissions.figures import value_of as figure_value
from tasks.submissions.models import Decision, Figure, State, Verification, Version
from tasks.values import GREY, Duty, Origin, Quarter

EXCERPT = 90
SPARK = 10


def crumbs(asked: Asked, task: Task) -> list[tuple[str, str]]:
    home = reverse("task_list", args=[asked.plan.slug])
    trail = [(_("任务"), home + asked.query())]
    if task.part == Part.SAFEGUARD or task.group is None:
        trail.append((_("保障措施"), home + asked.query(part="safeguard")))
    else:
        trail.append(
            (
                f"（{phrases.numeral_plain(task.group.number)}）{task.group.name}",
                home + asked.query(group=task.group.number),
            )
        )
    return trail


def three(
    asked: Asked,
    figures: TaskFigures,
    standing: Standing | None,
    version: Version | None,
    calendar: dict[str, Any],
) -> dict[str, dict[str, Any]]:
    """The three statuses. `version` is the one in force, if the reader may see it; `calendar` what the calendar says
    (reports.dashboards.presenters.schedule)."""
    return {
        "said": _said(figures, standing, version),
        "verified": _verified(figures, standing, version),
        "calendar": calendar,
    }


def _said(figures: TaskFigures, standing: Standing | None, version: Version | None) -> dict[str, Any]:
    if standing is not None and not standing.owed:
        return {
            "light": "",
            "elsewhere": True,
            "words": phrases.ended(standing.state),
            "text": _("本季起不再填报。"),
        }
    if standing is None or standing.state == MISSING:
        text = _("牵头单位本季未报。")
        if figures.stale_quarter:
            text += _("最近一次是%(quarter)s，当时为%(light)s；旧灯不算已报。") % {
                "quarter": figures.stale_quarter,
                "light": phrases.light_name(figures.stale_light),
            }
        return {"light": "", "text": text}
    who = figures.lead.name if figures.lead else ""
    text = _("%(who)s%(day)s提交，第%(n)d版") % {
        "who": who,
        "day": phrases.day(standing.submitted_at) if standing.submitted_at else "",
        "n": standing.number,
    }
    if standing.on_time is False:
        text += _("，逾期%(n)d天") % {"n": standing.days_late}
    text += "。"
    if standing.elsewhere:
        return {"light": figures.reported_light, "elsewhere": True, "text": text + _("内容另渠道报送。")}
    if version is not None:
        text += quote(version)
    else:
        text += _("内容在核定后公开。")
    return {"light": figures.reported_light, "text": text}


def _verified(figures: TaskFigures, standing: Standing | None, version: Version | None) -> dict[str, Any]:
    if standing is None or standing.state == MISSING:
        return {"light": "", "text": _("没有可核的填报。")}
    if not standing.owed:
        return {"light": standing.verified_light, "text": phrases.ended(standing.state)}
    if not figures.verified:
        returned = standing.state == RETURNED
        text = _("已退回，待重新提交。") if returned else _("办公室尚未核定，暂用自评灯，计为未核。")
        return {"light": "", "text": text}
    parts = [
        _("%(day)s核定；核实情况：%(found)s。")
        % {
            "day": phrases.day(standing.decided_at) if standing.decided_at else "",
            "found": Verification(figures.verification).label,
        }
    ]
    if version is not None and version.decision_note:
        parts.append(version.decision_note)
    if standing.pending:
        parts.append(_("另有新版本待核。"))
    return {"light": figures.verified_light, "text": "".join(parts)}


def quote(version: Version) -> str:
    """The beginning of what a return says was done, or that nothing was."""
    if version.elsewhere:
        return _("另渠道报送")
    if version.no_progress:
        return (
            _("本季度无进展：%s") % version.no_progress_reason
            if version.no_progress_reason
            else _("本季度无进展")
        )
    text = " ".join(version.done.split())
    return f"“{text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}”" if text else ""


# -- history ------------------------------------------------------------------------------------------------


def history(
    asked: Asked,
    path: str,
    rows: Iterable[HistoryRow],
    versions: Mapping[int, Version],
    names: Mapping[tuple[int, Quarter], str],
) -> list[dict[str, Any]]:
    """The lead's record, newest first: what was reported beside what was verified, with the reason where they differ.
    A version's words are shown only if the reader may see it."""
    cells = sorted(
        (
            (quarter, row, cell)
            for row in rows
            if row.duty == Duty.LEAD
            for quarter, cell in row.cells.items()
        ),
        key=lambda item: item[0],
        reverse=True,
    )
    shown: list[dict[str, Any]] = []
    last_lead: int | None = None
    for quarter, row, cell in cells:
        if quarter not in asked.cycles and not cell.reported:
            continue
        version = versions.get(cell.version_id or 0)
        item = {
            "quarter": quarter,
            "url": path + asked.query(quarter),
            "agency": names.get((row.agency.id, quarter), row.agency.name),
            "reported": cell.reported_light,
            "verified": cell.verified_light,
            "verdict": str(Verification(cell.verification).label) if cell.reported else "",
            "text": phrases.ended(cell.state)
            if not cell.owed
            else _("未报送")
            if cell.state == MISSING
            else (quote(version) if version else _("内容在核定后公开")),
            "reason": (
                _("改灯理由：%s") % version.decision_note
                if version and version.decision_note and cell.verified_light not in {"", cell.reported_light}
                else ""
            ),
            "submitted": cell.first_submitted_at,
            "late": _("逾期%(n)d天") % {"n": cell.days_late} if cell.on_time is False else "",
            "version": cell.number,
            "version_url": reverse("return", args=[cell.submission_id]) if version else "",
        }
        if last_lead is not None and last_lead != row.agency.id and shown:
            shown[-1]["agency_note"] = _("牵头单位变更")
            shown[-1]["change"] = True
        last_lead = row.agency.id
        shown.append(item)
    return shown


# -- who answers for it -------------------------------------------------------------------------------------


def bodies(
    asked: Asked,
    standings: Sequence[Standing],
    responsibilities: Mapping[int, Responsibility],
    agencies: Mapping[int, Agency],
    names: Mapping[int, str],
    contacts: Mapping[int, Contact],
    versions: Mapping[int, Version],
    sees_telephones: bool,
) -> list[dict[str, Any]]:
    """Everyone who is responsible in the quarter, lead first, with what he filed and whom to call."""
    result = []
    for row in standings:
        held = responsibilities[row.responsibility_id]
        mention = held.mention
        contact = contacts.get(row.responsibility_id)
        collective = mention.agency if mention and mention.agency.is_collective else None
        version = versions.get(row.version_id or 0)
        result.append(
            {
                "duty": row.duty,
                "duty_word": str(Duty(row.duty).label),
                "inferred": held.origin == Origin.INFERRED,
                "outside": held.origin == Origin.OUTSIDE,
                "why": held.origin_note,
                "adjustment": held.adjustment_id,
                "name": names.get(row.agency_id, ""),
                "url": reverse("agency", args=[asked.plan.slug, agencies[row.agency_id].slug])
                + asked.query(),
                "via": names.get(collective.id, mention.printed) if collective and mention else "",
                "passage": f"p-{mention.passage.start}-{mention.passage.end}"
                if mention and mention.passage
                else "",
                "light": row.light,
                "unverified": row.light != GREY and not row.verified,
                "state": _state(row),
                "submitted": row.first_submitted_at,
                "late": _("逾期%(n)d天") % {"n": row.days_late} if row.on_time is False else "",
                "return_url": reverse("return", args=[row.submission_id])
                if version and row.submission_id
                else "",
                "contact": _contact(contact, sees_telephones),
            }
        )
    return result


def _state(row: Standing) -> str:
    if row.state == MISSING:
        return _("未报")
    if not row.owed:
        return phrases.ended(row.state)
    if row.elsewhere:
        return _("另渠道报送")
    if row.duty == Duty.CO and row.state == Decision.ACCEPTED:
        return _("已采纳")
    return str(State(row.state).label)


def _contact(contact: Contact | None, sees_telephones: bool) -> dict[str, str] | None:
    """Leaders, the office and the task's bodies see whom to call; others see the division alone."""
    if contact is None:
        return None
    if not sees_telephones:
        return {"division": contact.division} if contact.division else None
    return {
        "leader": contact.leader,
        "division": contact.division,
        "person": contact.liaison,
        "phone": contact.telephone,
    }


def timeline(
    asked: Asked,
    responsibilities: Sequence[Responsibility],
    agencies: Mapping[int, Agency],
    names: Mapping[int, str],
    passes: Mapping[tuple[int, int], tuple[int, str]],
) -> list[dict[str, Any]]:
    """One line per body, duty and stretch of quarters; the members of a collective share the collective's line. Where
    a duty passed to a successor in a reform (`passes`), the one line runs into the other."""
    plan = asked.plan
    rows: list[dict[str, Any]] = []
    together: dict[tuple[int, str, int | None, int | None], dict[str, Any]] = {}
    for held in responsibilities:
        start, end = held.valid.lower, held.valid.upper
        first = Quarter.from_ordinal(start) if start else plan.first_quarter
        last = Quarter.from_ordinal(end - 1) if end else None
        last = None if last is None or last >= plan.last_quarter else last
        mention = held.mention
        collective = mention.agency if mention and mention.agency.is_collective else None
        key = (collective.id if collective else held.agency_id, held.duty, start, end)
        if collective and key in together:
            together[key]["members"] += 1
            continue
        body = collective or agencies[held.agency_id]
        row = {
            "duty": held.duty,
            "name": names.get(body.id, mention.printed if mention else body.slug),
            "url": reverse("agency", args=[plan.slug, body.slug]) + asked.query(),
            "start": max(first, plan.first_quarter),
            "end": last,
            "collective": bool(collective),
            "members": 1,
            "note": "",
            "inferred": held.origin == Origin.INFERRED,
            "adjustment": held.adjustment_id,
            "body": held.agency_id,
            "began": start,
            "ended": end,
        }
        together[key] = row
        rows.append(row)
    for row in rows:
        if row["collective"]:
            row["note"] = _("集合单位：%(n)d个成员，各自填报") % {"n": row["members"]}
        elif row["adjustment"]:
            row["note"] = _("第%(n)d号调整") % {"n": row["adjustment"]}
        elif row["duty"] == Duty.LEAD and row["inferred"]:
            row["note"] = _("推断：责任括号内排序第一")
    rows.sort(key=lambda row: (row["duty"] != Duty.LEAD, row["began"] or 0))
    for row in rows:
        _join(row, rows, passes)
    return rows


def _join(
    row: dict[str, Any], rows: Sequence[dict[str, Any]], passes: Mapping[tuple[int, int], tuple[int, str]]
) -> None:
    """Where a line ends because the body's duty passed on, it runs into the successor's."""
    if not row["ended"]:
        return
    for (body, quarter), (to, said) in passes.items():
        if body != row["body"] or quarter > row["ended"]:
            continue
        for index, other in enumerate(rows):
            if other["body"] == to and other["began"] and other["began"] <= row["ended"]:
                row["into"] = index
                other["change"] = said


# -- figures ------------------------------------------------------------------------------------------------


def figures_table(
    asked: Asked, indicators: Sequence[Indicator], figures: Sequence[Figure], quarters: Sequence[Quarter]
) -> list[dict[str, Any]]:
    """Each indicator in the last quarters, several bodies' figures put together by its rule. `figures` are those that
    the reader may see, of versions in force."""
    found: dict[int, dict[Quarter, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in figures:
        found[figure.indicator_id][figure.quarter].append(figure)
    recent = [quarter for quarter in quarters if quarter <= asked.quarter]
    result = []
    for indicator in indicators:
        mine = {quarter: _together(indicator, found[indicator.id][quarter]) for quarter in recent[-SPARK:]}
        values = [value_of(indicator, mine[quarter]) for quarter in recent[-SPARK:]]
        restarts = [
            index
            for index, quarter in enumerate(recent[-SPARK:])
            if indicator.flow == Flow.FLOW and quarter.number == 1 and index
        ]
        result.append(
            {
                "name": indicator.name,
                "unit": indicator.shown_unit,
                "flow": str(Flow(indicator.flow).label),
                "parts": (
                    f"{indicator.numerator_name} ÷ {indicator.denominator_name}" if indicator.is_ratio else ""
                ),
                "cells": [_cell(indicator, mine[quarter]) for quarter in recent[-3:]],
                "values": values if sum(value is not None for value in values) >= 2 else None,
                "restarts": restarts,
                "reasons": [figure.reason for figure in found[indicator.id][asked.quarter] if figure.reason],
            }
        )
    return result


def _together(indicator: Indicator, figures: Sequence[Figure]) -> Combined:
    """One quarter's figures of several bodies. Of two by one body, the final one told last."""
    by_body: dict[int, Figure] = {}
    for figure in sorted(figures, key=lambda each: (not each.preliminary, each.version.quarter)):
        by_body[figure.version.agency_id] = figure
    lead = next((figure for figure in by_body.values() if figure.version.duty == Duty.LEAD), None)
    # Beside co-returns' figures, a lead's own is its word on them; alone it is the figure.
    apart = lead is not None and (indicator.across == Across.LEAD or len(by_body) > 1)
    parts = [_part(figure) for figure in by_body.values() if not (apart and figure is lead)]
    return combine(indicator.across, parts, stated=_part(lead) if apart and lead else None)


def _part(figure: Figure) -> Given:
    return Given(figure.version.agency_id, figure_value(figure), (figure.version.submitted_at,))


def _cell(indicator: Indicator, figure: Combined) -> dict[str, Any]:
    return {
        "words": figure_words(indicator, figure) if not indicator.is_ratio else "",
        "value": value_of(indicator, figure),
        "parts": figure_words(indicator, figure) if indicator.is_ratio and not figure.is_blank else "",
        "preliminary": figure.preliminary,
    }


def full_text(version: Version | None) -> dict[str, Any] | None:
    """What the return in force says, for the readers who may see it."""
    if version is None:
        return None
    return {
        "elsewhere": version.elsewhere,
        "done": version.done,
        "no_progress": version.no_progress,
        "reason": version.no_progress_reason,
        "next_steps": version.next_steps,
        "progress": version.progress,
        "at": timezone.localtime(version.submitted_at),
    }
