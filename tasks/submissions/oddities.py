"""要留意的: what in a return is possible and yet odd. It is asked once, on the page where the return is checked, and shown to
whoever decides; nothing is refused for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from rapidfuzz import fuzz

from tasks.agencies.queries import names_at
from tasks.indicators.models import Indicator
from tasks.indicators.reading import read_figures
from tasks.indicators.requested_figures import RequestedFigure
from tasks.indicators.values import FigureValue
from tasks.submissions.figures import value_of
from tasks.submissions.models import Content, Figure, Submission, Version
from tasks.submissions.queries import last_versions_before
from tasks.values import Light, Period
from tasks.wording import current
from tasks.workplans.schedule import overdue_for

_SHORTEST = 15  # characters of a text that is compared: 按计划推进 is said by many
Figures = Sequence[tuple[Indicator, FigureValue]]
Node = tuple[str, date]  # text and day of a milestone


@dataclass(frozen=True)
class _Other:
    """What another return of the quarter says: the task's id and code, the agency, its duty, its 本季进展."""

    task_id: int
    code: str
    agency_id: int
    duty: str
    done: str


def of_versions(
    versions: Sequence[Version], quarter: Period, before: Mapping[tuple[int, int], Version]
) -> dict[int, list[str]]:
    """{version id: what is odd in it, one sentence each} of submitted versions of one plan in one quarter. `before` holds
    the last version of each (task id, agency id). A fixed number of queries."""
    figures: dict[int, list[tuple[Indicator, FigureValue]]] = {}
    rows = Figure.objects.filter(version__in=[version.pk for version in versions], quarter=quarter)
    for row in rows.select_related("indicator"):
        figures.setdefault(row.version_id, []).append((row.indicator, value_of(row)))
    found = _Quarter({version.task.plan_id for version in versions}, quarter, versions)
    return {
        version.pk: found.oddities(
            version, figures.get(version.pk, ()), before.get((version.task_id, version.agency_id))
        )
        for version in versions
    }


def of_draft(draft: Submission, asked: Iterable[RequestedFigure]) -> list[str]:
    """What is odd in a draft, one sentence each."""
    before = last_versions_before(draft.quarter, task_ids=[draft.task_id], agency_ids=[draft.agency_id])
    read, _problems = read_figures(draft.figures, list(asked), "")
    figures = [
        (one.requested.indicator, one.figure) for one in read if one.requested.quarter == draft.quarter
    ]
    found = _Quarter({draft.task.plan_id}, draft.quarter, [draft])
    return found.oddities(draft, figures, before.get((draft.task_id, draft.agency_id)))


class _Quarter:
    """What the returns of a quarter are compared with, loaded once."""

    def __init__(
        self, plan_ids: set[int], quarter: Period, items: Sequence[Version] | Sequence[Submission]
    ) -> None:
        self.overdue = overdue_for({(item.task_id, item.agency_id) for item in items}, quarter)
        others = (
            Version.objects.filter(quarter=quarter, task__plan__in=plan_ids, no_progress=False)
            .current()
            .values_list("task_id", "task__code", "agency_id", "duty", "done")
        )
        self.same_text: dict[str, list[_Other]] = {}
        self.same_task: dict[tuple[int, str], list[_Other]] = {}
        for task_id, code, agency_id, duty, done in others:
            other = _Other(task_id, code, agency_id, duty, _compared(done))
            if len(other.done) >= _SHORTEST:
                self.same_text.setdefault(other.done, []).append(other)
                self.same_task.setdefault((task_id, duty), []).append(other)
        self.names = names_at(quarter)

    def oddities(self, item: Version | Submission, figures: Figures, before: Version | None) -> list[str]:
        if item.elsewhere:
            return []
        nodes = self.overdue.get((item.task_id, item.agency_id), ())
        return [
            *_above_whole(figures),
            *_not_done(item),
            *_green_behind(item.light, [(node.text, node.due) for node in nodes]),
            *self._repeated(item, before),
        ]

    def _repeated(self, item: Version | Submission, before: Version | None) -> list[str]:
        done = _compared(item.done)
        if item.no_progress or len(done) < _SHORTEST:
            return []
        found = []
        if before is not None and (like := likeness(item.done, before.done)):
            found.append(
                _("本季进展与%(quarter)s所报%(likeness)s。")
                % {"quarter": before.quarter.label, "likeness": like}
            )
        # A lead says again what its co agencies reported; that is its task.
        elsewhere = [
            other
            for other in self.same_text.get(done, ())
            if other.task_id != item.task_id and other.agency_id != item.agency_id
        ]
        near = [
            other
            for other in self.same_task.get((item.task_id, item.duty), ())
            if other.agency_id != item.agency_id
        ]
        for other in [*near, *elsewhere]:
            if like := likeness(done, other.done):
                name = self.names.get(other.agency_id)
                found.append(
                    _("本季进展与%(agency)s%(code)s所报%(likeness)s。")
                    % {"agency": name.short if name else "", "code": other.code, "likeness": like}
                )
                break
        return found


def _compared(text: str) -> str:
    return "".join(text.split())


def likeness(one: str, other: str) -> str:
    """How like two texts are, spaces aside: 一字不差, 几乎相同 from `ODD_TEXT_SIMILARITY` on, or "". What is short says little
    and is like nothing."""
    one, other = _compared(one), _compared(other)
    if min(len(one), len(other)) < _SHORTEST:
        return ""
    if one == other:
        return _("一字不差")
    score = fuzz.ratio(one, other, score_cutoff=settings.ODD_TEXT_SIMILARITY)
    return _("几乎相同（相似度 %(n)d%%）") % {"n": int(score)} if score else ""


def _above_whole(figures: Figures) -> list[str]:
    """Shares of a whole that are more than it."""
    found = []
    for indicator, figure in figures:
        share = figure.quotient
        if indicator.is_ratio and indicator.scale == 100 and share is not None and share > 1:
            found.append(
                _("%(name)s为 %(share)s%%，超过 100%%，请核对分子和分母。")
                % {"name": indicator.name, "share": f"{share * 100:.2f}".rstrip("0").rstrip(".")}
            )
    return found


def _not_done(content: Content) -> list[str]:
    """What contradicts 蓝 已完成."""
    if content.light != Light.BLUE:
        return []
    found = []
    if content.progress is not None and content.progress < 100:
        found.append(_("自评已完成，自评进度却是 %(n)d%%。") % {"n": content.progress})
    if content.problems:
        found.append(_("自评已完成，却仍列有存在问题。"))
    if content.coordination:
        found.append(
            _("自评%(done)s，却仍有%(request)s。")
            % {"done": current().lights[Light.BLUE].word, "request": current().coordination}
        )
    return found


def _green_behind(light: str, overdue: Sequence[Node]) -> list[str]:
    if light not in {Light.GREEN, Light.BLUE} or not overdue:
        return []
    text, day = overdue[0]
    values: dict[str, Any] = {
        "light": Light(light).label,
        "text": text[:40],
        "day": date_format(day, _("n月j日")),
        "n": len(overdue),
    }
    if len(overdue) > 1:
        return [_("自评%(light)s，而有 %(n)d 个节点逾期未完成，如“%(text)s”（%(day)s）。") % values]
    return [_("自评%(light)s，而节点“%(text)s”（%(day)s）逾期未完成。") % values]
