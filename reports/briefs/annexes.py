"""The annexes of a brief: lists after its text."""

from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from reports.briefs import sentences, view_models
from reports.briefs.composition_context import Context, Section
from reports.briefs.snapshot import Snapshot
from reports.briefs.view_models import TaskView
from reports.figures.values import MissingReturn
from tasks.cycles.lateness import late_rule
from tasks.values import Duty


@dataclass(frozen=True)
class TaskGroupRows:
    """A group's tasks; `numeral` is "" for the safeguards."""

    numeral: str
    name: str
    tasks: list[TaskView]


@dataclass(frozen=True, kw_only=True)
class TasksAnnex(Section):
    """任务状态一览表; `counts` is its caption."""

    part: ClassVar[str] = "briefs/parts/annex_tasks.html"
    groups: list[TaskGroupRows]
    counts: str


@dataclass(frozen=True)
class MissingRow:
    """What one agency did not submit: how many, on which tasks, so many days late, and when it last reported."""

    agency: str
    count: int
    codes: str
    days: int | str
    last: str


@dataclass(frozen=True)
class MissingBand:
    """The agencies of one duty, first the one that owes most."""

    name: str
    rows: list[MissingRow]


@dataclass(frozen=True)
class LateRow:
    """How many of an agency's submissions came in late."""

    agency: str
    lead: int
    co: int
    total: int


@dataclass(frozen=True, kw_only=True)
class MissingAnnex(Section):
    """未报送和逾期报送清单; `quarter` is printed where the brief's title does not name it."""

    part: ClassVar[str] = "briefs/parts/annex_missing.html"
    bands: list[MissingBand]
    late: list[LateRow]
    late_caption: str
    quarter: str


def tasks(context: Context[Snapshot]) -> Section | None:
    """任务状态一览表: every task, by group."""
    groups = [
        TaskGroupRows(
            group.numeral, group.name, [view_models.task(context, source) for source in group.sources]
        )
        for group in view_models.groups(context)
    ]
    if not groups:
        return None
    main, apart = context.figures.lights.total, context.figures.safeguard_lights.total
    counts = [_("主要任务%(count)d项") % {"count": main}] if main else []
    counts += [_("保障措施%(count)d项（另计）") % {"count": apart}] if apart else []
    return TasksAnnex(title=_("任务状态一览表"), groups=groups, counts="，".join(counts))


def missing(context: Context[Snapshot]) -> Section | None:
    """未报送和逾期报送清单: what is missing by agency, leads first; then which agencies were late."""
    bands = [
        band
        for duty, name in ((Duty.LEAD.value, _("牵头单位")), (Duty.CO.value, _("配合单位")))
        if (band := _band(context, duty, name))
    ]
    late = _late(context)
    if not bands and not late:
        return None
    title = _("%(what)s清单") % {"what": what_is_missing(context)}
    return MissingAnnex(
        title=title,
        bands=bands,
        late=late,
        late_caption=_("%(rule)s的件数") % {"rule": late_rule()},
        quarter=context.quarter_label,
    )


def what_is_missing(context: Context[Snapshot]) -> str:
    """What the list holds, for its title and for sections that refer to it."""
    if not context.figures.missing:
        return _("逾期报送")
    return _("未报送和逾期报送") if _late(context) else _("未报送")


def _band(context: Context[Snapshot], duty: str, name: str) -> MissingBand | None:
    by_agency: dict[str, list[MissingReturn]] = {}
    for item in context.figures.missing:
        if item.duty == duty:
            by_agency.setdefault(item.agency.slug, []).append(item)
    if not by_agency:
        return None
    still_open = sentences.is_open(context.figures, duty)
    rows = [_missing_row(context, items, still_open=still_open) for items in by_agency.values()]
    title = (
        _("%(name)s（%(bodies)d个单位，%(count)d件，报送期限未到）")
        if still_open
        else _("%(name)s（%(bodies)d个单位，%(count)d件）")
    ) % {"name": name, "bodies": len(rows), "count": sum(row.count for row in rows)}
    return MissingBand(title, sorted(rows, key=lambda row: (-row.count, row.agency)))


def _missing_row(context: Context[Snapshot], items: list[MissingReturn], *, still_open: bool) -> MissingRow:
    last = max((item.last_quarter for item in items if item.last_quarter), default=None)
    return MissingRow(
        agency=context.printable(items[0].agency.name),
        count=len(items),
        codes=view_models.grouped(context.printable(item.task_code) for item in items),
        # What is not due yet is not late by 0 days.
        days=_("未到期") if still_open else max(0, *(item.days_late for item in items)),
        last=last.label if last else _("无记录"),
    )


def _late(context: Context[Snapshot]) -> list[LateRow]:
    """The agencies that reported after the due date, with how many submissions."""
    rows = [
        LateRow(context.printable(one.agency.name), one.lead.late, one.co.late, one.lead.late + one.co.late)
        for one in context.figures.agencies
        if one.lead.late or one.co.late
    ]
    return sorted(rows, key=lambda row: (-row.total, row.agency))
