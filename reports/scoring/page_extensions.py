"""What this room adds to pages of other rooms: a body's page tells its score that was announced last."""

import json
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from reports.scoring.models import ScoreSheet, SheetState
from reports.scoring.presenters import points
from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.people.permissions import may_see_scores_of


@dataclass(frozen=True)
class Part:
    """The score announced last ("" where there is none), and where all of them stand."""

    label: str
    total: str
    url: str


def part(page: str, user: User, args: dict[str, Any]) -> Part | None:
    """For the page of a body that the reader may see the scores of; None elsewhere."""
    if page != "agency":
        return None
    agency = Agency.objects.filter(slug=args["agency_slug"]).first()
    if agency is None or agency.is_collective or not may_see_scores_of(user, agency.pk):
        return None
    url = reverse("score", args=[args["slug"], agency.slug])
    sheet = (
        ScoreSheet.objects.filter(plan__slug=args["slug"], state=SheetState.ANNOUNCED)
        .order_by("-decided_at", "-pk")
        .first()
    )
    bodies = json.loads(sheet.content)["bodies"] if sheet else []
    said = next((one for one in bodies if one["agency"]["id"] == agency.pk), None)
    if sheet is None or said is None:
        return Part("", "", url)
    return Part(sheet.span.label, points(said["calculation"]["total"]), f"{url}?period={sheet.period}")
