"""总览: one quarter of one plan on one page."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.rollup.asked import Asked
from reports.rollup.pages import words
from reports.rollup.pages.places import place_class
from reports.rollup.values import PlanFigures, Rate, TargetFigures
from tasks.agencies.models import AgencyKind
from tasks.filing.cycles import CycleState, state_of
from tasks.filing.standing import MISSING, Standing
from tasks.people.models import Contact
from tasks.plan.models import Base
from tasks.values import GREY, Duty, Light, Quarter

History = Mapping[int, Mapping[Quarter, tuple[str, bool]]]
COLUMNS = 12
FIRST = 10


@dataclass(frozen=True)
class Mark:
    """What a light's shape needs."""

    light: str
    unverified: bool


def lede(asked: Asked, figures: PlanFigures, history: History) -> str:
    """The sentence on top: everything in it is counted, nothing is judged."""
    lights = figures.lights
    said = []
    if asked.is_expired:
        said.append(_("方案已到期。"))
    if not is_opened(asked):
        return "".join(said) + _("本季度尚未开放填报。")
    if lights.grey == lights.total:
        said.append(_("%(n)d项任务，牵头单位均未报。") % {"n": lights.total})
    else:
        good = [_("%(n)d项正常") % {"n": lights.green}, _("%(n)d项已完成") % {"n": lights.blue}]
        bad = [
            _("%(n)d项有风险") % {"n": lights.yellow},
            _("%(n)d项滞后") % {"n": lights.red},
            _("%(n)d项牵头单位未报") % {"n": lights.grey},
        ]
        parts = [
            "，".join(part for part, n in zip(group, numbers, strict=True) if n)
            for group, numbers in (
                (good, (lights.green, lights.blue)),
                (bad, (lights.yellow, lights.red, lights.grey)),
            )
        ]
        said.append(
            _("%(n)d项任务中，%(parts)s。")
            % {"n": lights.total, "parts": "；".join(part for part in parts if part)}
        )
    if any(
        quarter < asked.quarter
        for row in history.values()
        for quarter, (light, _v) in row.items()
        if light != GREY
    ):
        main = {task.ref for group in figures.groups for task in group.tasks}
        kinds = Counter(change.kind for change in figures.changes if change.task_ref in main)
        moved = [
            text % {"n": kinds[kind]}
            for kind, text in (
                ("worse", _("%(n)d项转差")),
                ("better", _("%(n)d项好转")),
                ("done", _("%(n)d项完成")),
                ("missing", _("%(n)d项由报转为未报")),
                ("back", _("%(n)d项恢复报送")),
            )
            if kinds[kind]
        ]
        said.append(_("与上季相比，%s。") % ("，".join(moved) if moved else _("没有变化")))
    streak = _longest_red(figures, history, asked.quarter)
    if streak:
        heading, quarters = streak
        said.append(
            _("“%(heading)s”已连续%(n)s季滞后。") % {"heading": heading, "n": words.numeral(quarters)}
        )
    return "".join(said)


def _longest_red(figures: PlanFigures, history: History, quarter: Quarter) -> tuple[str, int] | None:
    best: tuple[str, int] | None = None
    for group in figures.groups:
        for task in group.tasks:
            length = 0
            while history.get(task.id, {}).get(quarter - length, (GREY, False))[0] == Light.RED.value:
                length += 1
            if length >= 2 and (best is None or length > best[1]):
                best = (task.heading, length)
    return best


def is_opened(asked: Asked) -> bool:
    """Whether the office had opened the quarter by then; before that nobody owes a word on it."""
    return asked.cycle is not None and asked.cycle.opened_at <= asked.known_at


def state_line(asked: Asked) -> str:
    """What the calendar says of the quarter's filing period."""
    state = state_of(asked.cycle, asked.known_at)
    if asked.cycle is None or state == CycleState.UNOPENED:
        return _("本季度尚未开放填报")
    if state == CycleState.CLOSED:
        return _("填报期已关闭")
    if state == CycleState.LATE:
        return _("牵头汇总已于%(day)s截止，仍可补报至%(close)s") % {
            "day": words.minute(asked.cycle.lead_due),
            "close": words.minute(asked.cycle.closes_at),
        }
    return _("填报中：配合填报%(co)s截止，牵头汇总%(lead)s截止") % {
        "co": words.minute(asked.cycle.co_due),
        "lead": words.minute(asked.cycle.lead_due),
    }


# -- lights over time ---------------------------------------------------------------------------------------


def counts_by_quarter(task_ids: Iterable[int], history: History) -> dict[Quarter, Counter[str]]:
    """{quarter: {light: how many of the tasks}}."""
    result: dict[Quarter, Counter[str]] = {}
    for task_id in task_ids:
        for quarter, (light, _verified) in history.get(task_id, {}).items():
            result.setdefault(quarter, Counter())[light] += 1
    return result


def ruler_marks(asked: Asked, years: set[int]) -> list[tuple[Quarter, str]]:
    """The ends of the years for which the plan promises something, and of its validity."""
    plan = asked.plan
    marks = {Quarter(year, 4): _("%(year)d年目标") % {"year": year} for year in sorted(years)}
    last = (marks.get(plan.last_quarter, ""), _("方案到期"))
    marks[plan.last_quarter] = " · ".join(part for part in last if part)
    return [
        (quarter, text)
        for quarter, text in marks.items()
        if plan.first_quarter <= quarter <= plan.last_quarter
    ]


def tally(
    asked: Asked, figures: PlanFigures, by_quarter: Mapping[Quarter, Counter[str]]
) -> list[dict[str, Any]]:
    before = by_quarter.get(asked.quarter - 1) if asked.previous else None
    home = reverse("task_list", args=[asked.plan.slug])
    return [
        {
            "light": light,
            "count": count,
            "before": before[light] if before else None,
            "url": home + asked.query(light=light, part="main"),
        }
        for light, count in words.counts(figures.lights)
    ]


def heat(asked: Asked, figures: PlanFigures, history: History) -> dict[str, Any]:
    """Groups over the last twelve quarters; the safeguards apart, because they are counted apart."""
    first = max(asked.plan.first_quarter, asked.quarter - (COLUMNS - 1))
    quarters = list(Quarter.span(first, asked.quarter))
    home = reverse("task_list", args=[asked.plan.slug])

    def cells(task_ids: Sequence[int]) -> list[list[Mark]]:
        return [
            [
                Mark(light, light != GREY and not verified)
                for task_id in task_ids
                for light, verified in [history.get(task_id, {}).get(quarter, (GREY, False))]
            ]
            for quarter in quarters
        ]

    rows = [
        {
            "number": words.numeral_plain(group.number),
            "name": group.name.split("，")[0],
            "full": group.name,
            "url": home + asked.query(group=group.number),
            "say": words.said(group.lights),
            "cells": cells([task.id for task in group.tasks]),
            "apart": False,
        }
        for group in figures.groups
    ]
    if figures.safeguards:
        rows.append(
            {
                "number": figures.safeguards[0].code.partition("(")[0],
                "name": _("保障措施（另计，不入%(n)d项）") % {"n": figures.lights.total},
                "url": home + asked.query(part="safeguard"),
                "say": words.said(figures.safeguard_lights),
                "cells": cells([task.id for task in figures.safeguards]),
                "apart": True,
            }
        )
    by_quarter = counts_by_quarter([task.id for group in figures.groups for task in group.tasks], history)
    sums = [
        {
            "light": light,
            "label": _("%(word)s（%(n)d项中）")
            % {"word": words.light_word(light), "n": figures.lights.total},
            "counts": [by_quarter.get(quarter, Counter())[light] for quarter in quarters],
        }
        for light in (Light.RED.value, Light.YELLOW.value, GREY)
    ]
    return {
        "quarters": quarters,
        "now": asked.quarter,
        "caption": _("任务组逐季状态：一个符号代表一项任务"),
        "rows": rows,
        "sums": sums,
        "table": _heat_table(rows, quarters),
    }


def _heat_table(rows: list[dict[str, Any]], quarters: list[Quarter]) -> list[dict[str, Any]]:
    """The same in words, for readers who cannot see shapes: newest quarter first."""
    return [
        {
            "quarter": quarter,
            "cells": [
                "、".join(
                    f"{words.light_word(light)}{n}"
                    for light in words.ORDER
                    if (n := sum(mark.light == light for mark in row["cells"][column]))
                )
                for row in rows
            ],
        }
        for column, quarter in reversed(list(enumerate(quarters)))
    ]


# -- changes, targets, rates --------------------------------------------------------------------------------


def changes(asked: Asked, figures: PlanFigures) -> list[dict[str, Any]]:
    """What changed since last quarter, the bad first."""
    titles = {
        "worse": _("转差"),
        "missing": _("由报转为未报"),
        "better": _("好转"),
        "done": _("完成"),
        "back": _("恢复报送"),
    }
    groups: list[dict[str, Any]] = []
    for kind, title in titles.items():
        found = [
            {
                "before": change.before,
                "after": change.after,
                "ref": change.task_code,
                "name": change.task_heading,
                "url": reverse("task", args=[asked.plan.slug, change.task_ref]) + asked.query(),
                "end": change.lead.name if change.lead else "",
            }
            for change in figures.changes
            if change.kind == kind
        ]
        if found:
            groups.append({"title": title, "changes": found})
    return groups


def is_share(target: TargetFigures) -> bool:
    """A ratio, or anything in per cent: it has no zero to start from."""
    return target.unit in {"%", "％"} or target.denominator is not None


def path_of(target: TargetFigures, asked: Asked) -> Decimal | None:
    """Where a count should stand at the quarter's end if it grew evenly from nothing at the plan's start to its value
    at the end of the target's year. Our own ruler, not the plan's; a share has no such start, so it has no path."""
    if target.value is None or target.year is None or is_share(target):
        return None
    start, end = asked.plan.first_quarter - 1, Quarter(target.year, 4)
    gone = min(asked.quarter.ordinal, end.ordinal) - start.ordinal
    return (target.value * gone / (end.ordinal - start.ordinal)).quantize(Decimal("0.1"))


def targets(asked: Asked, figures: PlanFigures) -> dict[str, Any]:
    """The nearest year's promises that have a number against their path, the others in their own words; then the
    later years' and those of no year, behind a fold."""
    years = sorted({target.year for target in figures.targets if target.year})
    year = next((year for year in years if year >= asked.quarter.year), years[-1] if years else None)
    here = [target for target in figures.targets if target.year == year]
    return {
        "year": year,
        "numbered": [_numbered(target, asked) for target in here if target.value is not None],
        "worded": [target.text for target in here if target.value is None],
        "total": len(here),
        "table": here,
        "later": [
            {"year": other, "texts": [target.text for target in figures.targets if target.year == other]}
            for other in years
            if other != year
        ],
        "undated": [
            {
                "text": target.text,
                "actual": target.actual,
                "unit": target.unit,
                "value": target.value,
                "quarter": target.actual_quarter,
            }
            for target in figures.targets
            if target.year is None
        ],
    }


def _numbered(target: TargetFigures, asked: Asked) -> dict[str, Any]:
    path = path_of(target, asked)
    note = _("方案原文")
    if target.numerator is not None and target.denominator is not None:
        note = f"{plain(target.numerator)} ÷ {plain(target.denominator)}"
    if target.actual_quarter and target.actual_quarter != asked.quarter:
        note = _("%(quarter)s的数 · %(note)s") % {"quarter": target.actual_quarter, "note": note}
    if target.actual is not None and not target.verified:
        note = _("%(note)s · 未核") % {"note": note}
    unit = _("个百分点") if is_share(target) else target.unit
    if target.actual is None:
        say = _("尚无填报数")
    elif path is None and target.value is not None:
        gap = target.value - target.actual
        say = (
            _("距目标 %(gap)s %(unit)s") % {"gap": plain(abs(gap)), "unit": unit}
            if gap > 0
            else _("已达目标")
        )
    else:
        gap = target.actual - (path or Decimal(0))
        side = _("高于路径") if gap > 0 else _("低于路径") if gap < 0 else _("正在路径上")
        say = f"{side} {plain(abs(gap))} {unit}" if gap else side
    return {
        "name": target.indicator or target.text,
        "text": target.text,
        "note": note,
        "actual": None if target.actual is None else target.actual.quantize(Decimal("0.1")).normalize(),
        "unit": target.unit,
        "target": target.value,
        "year": target.year,
        "path": path,
        "values": None,
        "restarts": (),
        "say": say,
        "no_path": path is None,
    }


def plain(value: Decimal) -> str:
    """1204.5, without trailing zeros or an exponent; one decimal is enough beside a chart."""
    text = f"{value.quantize(Decimal('0.1')):f}"
    return text.removesuffix(".0")


def rates(asked: Asked, figures: PlanFigures, history: Mapping[Quarter, tuple[Rate, Rate]]) -> dict[str, Any]:
    """Lead and co apart, never added. The chart's points are in a box of 248 × 110."""
    quarters = [
        quarter for quarter in sorted(history) if quarter in asked.cycles and quarter <= asked.quarter
    ][-COLUMNS:]
    shares = {
        duty: [
            None if not (rate := history[quarter][index]).due else rate.reported * 100 / rate.due
            for quarter in quarters
        ]
        for index, duty in enumerate((Duty.LEAD, Duty.CO))
    }
    known = [share for row in shares.values() for share in row if share is not None]
    low = min(75, int(min(known, default=100) // 25 * 25))
    chart = None
    if len([share for share in shares[Duty.LEAD] if share is not None]) >= 2:
        chart = {
            "low": low,
            "lead": _line(shares[Duty.LEAD], low),
            "co": _line(shares[Duty.CO], low),
            "ticks": [
                {"x": _x(index, len(quarters)), "label": str(quarter.year) if index else str(quarter)}
                for index, quarter in enumerate(quarters)
                if index == 0 or (quarter.number == 1 and index > 2)
            ],
            "lead_say": f"{_('牵头')} {words.percent(figures.lead.reported, figures.lead.due)}%",
            "co_say": f"{_('配合')} {words.percent(figures.co.reported, figures.co.due)}%",
            "ends": _ends(shares, low, len(quarters)),
        }
    return {
        "chart": chart,
        "rows": [
            {
                "duty": _("牵头汇总"),
                "rate": figures.lead,
                "percent": words.percent(figures.lead.reported, figures.lead.due),
            },
            {
                "duty": _("配合填报"),
                "rate": figures.co,
                "percent": words.percent(figures.co.reported, figures.co.due),
            },
        ],
        "table": [
            {"quarter": quarter, "lead": history[quarter][0], "co": history[quarter][1]}
            for quarter in reversed(quarters)
        ],
        "verified": sum(1 for task in figures.tasks if task.verified),
        "unverified": sum(1 for task in figures.tasks if not task.verified and task.state != MISSING),
    }


_WIDTH, _TOP, _HEIGHT = 248, 10, 100


def _x(index: int, total: int) -> float:
    return round(index * _WIDTH / max(total - 1, 1), 1)


def _y(share: float, low: int) -> float:
    return round(_TOP + (100 - share) * _HEIGHT / max(100 - low, 1), 1)


def _line(shares: list[float | None], low: int) -> str:
    """A path; the pen is lifted where a quarter owed nothing."""
    path, pen = [], False
    for index, share in enumerate(shares):
        if share is None:
            pen = False
            continue
        path.append(f"{'L' if pen else 'M'}{_x(index, len(shares))} {_y(share, low)}")
        pen = True
    return " ".join(path)


def _ends(shares: Mapping[Duty, list[float | None]], low: int, total: int) -> dict[str, dict[str, float]]:
    """Where the two lines end, their words kept 16 px apart."""
    ends = {}
    for duty, row in shares.items():
        last = row[-1]
        if last is not None:
            ends[duty.value] = {"x": _x(total - 1, total), "y": _y(last, low), "text": _y(last, low) + 4}
    if len(ends) == 2:
        lead, co = ends[Duty.LEAD.value], ends[Duty.CO.value]
        if abs(lead["text"] - co["text"]) < 16:
            upper, lower = (lead, co) if lead["text"] <= co["text"] else (co, lead)
            middle = (upper["text"] + lower["text"]) / 2
            upper["text"], lower["text"] = middle - 8, middle + 8
    return ends


def sectors(asked: Asked, figures: PlanFigures) -> list[dict[str, Any]]:
    """By links that the tasks' words give; a task may stand under two sectors, so these never add up."""
    home = reverse("task_list", args=[asked.plan.slug])
    return [
        {
            "number": words.numeral_plain(sector.number),
            "name": sector.name,
            "url": home + asked.query(sector=sector.number),
            "total": sector.lights.total,
            "lights": {light: n for light, n in words.counts(sector.lights) if n},
        }
        for sector in figures.sectors
    ]


# -- places and missing returns -----------------------------------------------------------------------------


def places(
    asked: Asked,
    standings: Sequence[Standing],
    names: Mapping[int, str],
    slugs: Mapping[int, str],
    bases: Sequence[Base],
) -> list[dict[str, Any]]:
    """Small multiples of the governments' co-returns: their own lights, which the plan's never count."""
    result = []
    for agency_id, slug in slugs.items():
        rows = [row for row in standings if row.agency_id == agency_id]
        if not rows:
            continue
        name = names.get(agency_id, slug)
        place = name.removesuffix("人民政府")
        levels = Counter(base.level for base in bases if base.city == place)
        result.append(
            {
                "name": place,
                "slug": slug,
                "url": reverse("agency", args=[asked.plan.slug, slug]) + asked.query(),
                "reported": sum(row.reported for row in rows),
                "due": len(rows),
                "marks": words.worst_first(row.light for row in rows),
                "counts": Counter(row.light for row in rows if row.light not in (Light.GREEN, Light.BLUE)),
                "bases": (
                    _("基地 %s") % " ".join(f"{level}{n}" for level, n in levels.items())
                    if levels
                    else _("方案未列基地")
                ),
                "place": place_class(slug),
            }
        )
    return result


def missing(
    asked: Asked,
    figures: PlanFigures,
    standings: Sequence[Standing],
    names: Mapping[int, str],
    slugs: Mapping[int, str],
    contacts: Mapping[int, Contact],
    sees_telephones: Callable[[int], bool],
) -> list[dict[str, Any]]:
    """One row per body and duty, lead first, then by how much is missing. `sees_telephones(task id)` says whether the
    reader may see whom to call."""
    tasks = {task.id: task for task in figures.tasks}
    groups: dict[tuple[int, str], list[Standing]] = {}
    for row in standings:
        if row.state == MISSING:
            groups.setdefault((row.agency_id, row.duty), []).append(row)
    result = []
    for (agency_id, duty), rows in groups.items():
        called = next((row for row in rows if row.responsibility_id in contacts), None)
        contact = contacts[called.responsibility_id] if called else None
        sees = called is not None and sees_telephones(called.task_id)
        first = [tasks[row.task_id] for row in rows if row.task_id in tasks]
        due = min((row.due_at for row in rows if row.due_at), default=None)
        result.append(
            {
                "agency": names.get(agency_id, ""),
                "url": reverse("agency", args=[asked.plan.slug, slugs[agency_id]]) + asked.query(),
                "duty": str(Duty(duty).label),
                "is_lead": duty == Duty.LEAD,
                "count": len(rows),
                "tasks": first,
                "task_url": (
                    reverse("task", args=[asked.plan.slug, first[0].ref]) + asked.query()
                    if len(first) == 1
                    else ""
                ),
                "days_late": max(row.days_late for row in rows),
                "is_late": bool(due and due <= asked.known_at),
                "is_closed": bool(asked.cycle and asked.cycle.closes_at <= asked.known_at),
                "last": max((row.stale_quarter for row in rows if row.stale_quarter), default=None),
                "division": contact.division if contact else "",
                "liaison": contact.liaison if contact and sees else "",
                "telephone": contact.telephone if contact and sees else "",
            }
        )
    return sorted(result, key=lambda row: (not row["is_lead"], -row["count"], row["agency"]))


def government_slugs(agencies: Iterable[Any]) -> dict[int, str]:
    """{id: slug} of the governments among agencies, in their order."""
    return {agency.id: agency.slug for agency in agencies if agency.kind == AgencyKind.GOVERNMENT}
