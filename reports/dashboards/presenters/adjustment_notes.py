"""What changed within a quarter, and what was adjusted by then, as the pages of a plan show it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.figures.quarter_changes import Within
from tasks.adjustments.labels import Line, Shown
from tasks.adjustments.models import Adjustment
from tasks.adjustments.queries import content_of
from tasks.adjustments.values import Reform


@dataclass(frozen=True)
class ChangeNote:
    """One change within the quarter, in words; `url` is the adjustment's page, or the agency's lineage."""

    text: str
    url: str


@dataclass(frozen=True)
class TaskAdjustment:
    """One adjustment on a task's page. `lines` are what it changes on this task; `row` is the adjustment itself;
    `is_ahead`: it takes effect after the quarter of the page."""

    number: int
    url: str
    lines: list[Line]
    row: Adjustment
    is_ahead: bool


def notes(asked: Asked, changes: Iterable[Within]) -> list[ChangeNote]:
    """What changed within the quarter, each with a link to the details."""
    return [
        ChangeNote(
            text=one.text,
            url=reverse("adjustment", args=[asked.plan.slug, one.adjustment])
            if one.adjustment
            else reverse("agency", args=[asked.plan.slug, one.body]) + asked.query() + "#lineage",
        )
        for one in changes
    ]


def task_adjustments(asked: Asked, task_id: int, rows: Iterable[Shown]) -> list[TaskAdjustment]:
    """The adjustments of a task, for its page; of a reform only the lines that concern the task."""
    return [
        TaskAdjustment(
            number=one.adjustment.pk,
            url=one.url,
            lines=[line for line in one.lines if line.task_id in {None, task_id}],
            row=one.adjustment,
            is_ahead=one.adjustment.effective > asked.quarter,
        )
        for one in rows
    ]


def passes_of(task_id: int, adjustments: Iterable[Adjustment]) -> dict[tuple[int, int], tuple[int, str]]:
    """{(agency id, quarter's ordinal): (successor's id, words)}: how the task's duties passed on in reforms, for drawing
    where the lines of two agencies join. The quarter is the reform's own, or a later one where the agency had already
    submitted."""
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for row in adjustments:
        content = content_of(row)
        if isinstance(content, Reform):
            words = _("%(y)d年%(m)d月机构改革") % {"y": content.on.year, "m": content.on.month}
            for one in content.passes:
                if one.task_id == task_id and one.to is not None:
                    found[one.agency_id, row.effective.ordinal] = (one.to, words)
    return found
