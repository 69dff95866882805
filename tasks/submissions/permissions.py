"""What of a submission a reader may not see although its version may be read. (Which versions: VersionQuerySet.)"""

from collections.abc import Collection

from django.db import models
from django.db.models import Q

from qhplan import clock
from tasks.people.models import User
from tasks.people.permissions import may_see_plan, may_see_problems, may_see_problems_of
from tasks.plans.models import Responsibility
from tasks.submissions.fields import FIELDS
from tasks.submissions.models import Version

EVIDENCE = "evidence"
REASONS = "reasons"  # why a supplement was required, and the notes of the audit trail
WITHHELD = frozenset({*(field.name for field in FIELDS if field.withheld), EVIDENCE, REASONS})


def withheld_fields(user: User, agencies: Collection[int | None]) -> frozenset[str]:
    """The names of what the reader may not see of a submission: nothing for the agency itself and the task's leads in
    the quarter (`agencies`: all of them), the office and the leadership; WITHHELD for all others."""
    return frozenset() if may_see_problems_of(user, agencies) else WITHHELD


def versions_shown_whole(user: User) -> models.QuerySet[Version]:
    """The versions of which nothing is withheld from the reader: `withheld_fields` as a queryset."""
    if may_see_problems(user):
        return Version.every.visible_to(user)
    if not may_see_plan(user):
        return Version.every.none()
    leads = Responsibility.objects.reading().filter(
        agency=user.agency_id,
        task=models.OuterRef("task"),
        known__contains=clock.now(),
        valid__contains=models.OuterRef("quarter"),
    )
    return Version.every.filter(Q(agency=user.agency_id) | models.Exists(leads))
