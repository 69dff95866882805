"""The template variables that every page of a plan has."""

from dataclasses import fields
from typing import TYPE_CHECKING

from django.urls import reverse

from reports.dashboards.known_at_notice import differs
from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import adjustment_notes
from reports.figures.quarter_changes import changes_within
from tasks.adjustments.queries import AdjustedObjects, adjusted_objects
from tasks.values import Period

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def variables_of(page: "DataclassInstance") -> dict[str, object]:
    """A page's dataclass as template variables: each field under its own name, its value as it is."""
    return {field.name: getattr(page, field.name) for field in fields(page)}


def page_context(
    asked: Asked,
    page: "DataclassInstance | None" = None,
    *,
    adjusted: AdjustedObjects | None = None,
    **more: object,
) -> dict[str, object]:
    """The variables of one page: those that its frame needs, the fields of its `page`, and `more`. `adjusted`
    are the plan's adjustments in the quarter, where the view has read them."""
    if adjusted is None:
        adjusted = adjusted_objects(asked.plan, asked.quarter, asked.known_at)
    changes = changes_within(asked.plan, asked.quarter, asked.known_at, adjusted.within)
    return {
        "asked": asked,
        "differs": differs(asked),
        "adj_marks": adjusted,
        "changed_within": adjustment_notes.notes(asked, changes),
        "plan": asked.plan,
        "quarter": asked.quarter,
        "known": asked.known_at if asked.is_earlier else None,
        "query": asked.query(),
        "behind": reverse("behind", args=[asked.plan.slug]) + asked.query(),  # for {% behind %}
        "quarters": list(Period.span(asked.plan.first_quarter, asked.last_begun))[::-1],
        "first_quarter": asked.plan.first_quarter,
        "last_quarter": asked.plan.last_quarter,
        "last_begun": asked.last_begun,
        **(variables_of(page) if page is not None else {}),
        **more,
    }
