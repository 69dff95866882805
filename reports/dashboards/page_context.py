"""What every page of a plan tells its frame."""

from typing import Any

from django.urls import reverse

from reports.dashboards.known_at_notice import differs
from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import adjustment_notes
from reports.figures.quarter_changes import changes_within
from tasks.adjustments.queries import marks
from tasks.values import Quarter


def page_context(asked: Asked, nav: str, **more: Any) -> dict[str, Any]:
    """What every page of a plan tells its frame."""
    found = marks(asked.plan, asked.quarter, asked.known_at)
    changes = changes_within(asked.plan, asked.quarter, asked.known_at, found.within)
    return {
        "asked": asked,
        "differs": differs(asked),
        "adj_marks": found,
        "changed_within": adjustment_notes.notes(asked, changes),
        "plan": asked.plan,
        "quarter": asked.quarter,
        "known": asked.known_at if asked.is_earlier else None,
        "nav": nav,
        "query": asked.query(),
        "behind": reverse("behind", args=[asked.plan.slug]) + asked.query(),  # for {% behind %}
        "quarters": list(Quarter.span(asked.plan.first_quarter, asked.last_begun))[::-1],
        "first_quarter": asked.plan.first_quarter,
        "last_quarter": asked.plan.last_quarter,
        "last_begun": asked.last_begun,
        **more,
    }
