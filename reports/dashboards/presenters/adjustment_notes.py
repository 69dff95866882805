"""What changed within a quarter, and what was adjusted by then: the marks that every page of a plan carries."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.figures.quarter_changes import Within
from tasks.adjustments.labels import Shown
from tasks.adjustments.models import Adjustment
from tasks.adjustments.queries import content_of
from tasks.adjustments.values import Reform


def notes(asked: Asked, changes: Iterable[Within]) -> list[dict[str, str]]:
    """What changed within the quarter, each with where to read on."""
    return [
        {
            "text": one.text,
            "url": reverse("adjustment", args=[asked.plan.slug, one.adjustment])
            if one.adjustment
            else reverse("agency", args=[asked.plan.slug, one.body]) + asked.query() + "#lineage",
        }
        for one in changes
    ]


def task_adjustments(asked: Asked, task_id: int, rows: Iterable[Shown]) -> list[dict[str, Any]]:
    """The history of a task's adjustments, for its page; of a reform what concerns the task."""
    return [
        {
            "number": one.adjustment.pk,
            "url": one.url,
            "title": one.title,
            "lines": [line for line in one.lines if line.task_id in {None, task_id}],
            "row": one.adjustment,
            "is_ahead": one.adjustment.effective > asked.quarter,
        }
        for one in rows
    ]


def passes_of(task_id: int, adjustments: Iterable[Adjustment]) -> dict[tuple[int, int], tuple[int, str]]:
    """{(body, quarter): (successor, words)} by which the task's duties passed in reforms, for drawing where lines run
    together. The quarter is the reform's own or a later one, where the body had filed already."""
    found: dict[tuple[int, int], tuple[int, str]] = {}
    for row in adjustments:
        content = content_of(row)
        if isinstance(content, Reform):
            words = _("%(y)d年%(m)d月机构改革") % {"y": content.on.year, "m": content.on.month}
            for one in content.passes:
                if one.task_id == task_id and one.to is not None:
                    found[one.agency_id, row.effective.ordinal] = (one.to, words)
    return found
