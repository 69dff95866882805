"""Extension of an agency's page: its score that was announced last."""

import json
from dataclasses import dataclass

from django.urls import reverse

from reports.scoring.models import ScoreSheet, SheetState
from reports.scoring.presenters import total
from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.people.permissions import may_see_scores_of
from tasks.plans.models import Plan
from tasks.web.page_extensions import extend


@dataclass(frozen=True)
class Part:
    """The score announced last ("" where there is none), and the address of all scores."""

    label: str
    total: str
    url: str


def _agency(*, user: User, plan: Plan, agency: Agency) -> Part | None:
    if agency.is_collective or not may_see_scores_of(user, agency.pk):
        return None
    url = reverse("score", args=[plan.slug, agency.slug])
    sheet = (
        ScoreSheet.objects.filter(plan=plan, state=SheetState.ANNOUNCED)
        .order_by("-decided_at", "-pk")
        .first()
    )
    bodies = json.loads(sheet.content)["bodies"] if sheet else []
    said = next((one for one in bodies if one["agency"]["id"] == agency.pk), None)
    if sheet is None or said is None:
        return Part("", "", url)
    return Part(sheet.span.label, total(said["calculation"]), f"{url}?period={sheet.period}")


extend("agency", "scoring", _agency)
