"""What of a submission a reader may not see although its version may be read. (Which versions: VersionQuerySet.)

`versions_shown_whole` is the rule, and the only place that states it: pages, API, workbook and files get it through
`readable_versions`, `withheld_fields` and VersionEvidenceQuerySet.
"""

from django.db import models
from django.db.models import Q

from qhplan import clock
from tasks.people.models import User
from tasks.people.permissions import may_see_plan, may_see_problems
from tasks.people.plan_scope import over_plans
from tasks.plans.models import Responsibility
from tasks.submissions.fields import FIELDS
from tasks.submissions.models import Version, VersionQuerySet

EVIDENCE = "evidence"
REASONS = "reasons"  # why a supplement was required, and the notes of the audit trail
WITHHELD = frozenset({*(field.name for field in FIELDS if field.withheld), EVIDENCE, REASONS})


def versions_shown_whole(user: User) -> VersionQuerySet:
    """The versions of which nothing is withheld from the reader: for the office and the leadership all that they read;
    for an agency its own, and those on the tasks that it leads in the version's quarter."""
    return over_plans(Version.every.all(), user, _shown_whole)


def _shown_whole(versions: VersionQuerySet, user: User) -> VersionQuerySet:
    if may_see_problems(user):
        return versions.visible_to(user)
    if not may_see_plan(user):
        return versions.none()
    leads = Responsibility.objects.reading().filter(
        agency=user.agency_id,
        task=models.OuterRef("task"),
        known__contains=clock.now(),
        valid__contains=models.OuterRef("quarter"),
    )
    return versions.filter(Q(agency=user.agency_id) | models.Exists(leads))


def readable_versions(user: User) -> VersionQuerySet:
    """The versions that the reader may see, withdrawn ones too, each loaded for `withheld_fields`."""
    whole = versions_shown_whole(user).filter(pk=models.OuterRef("pk"))
    return Version.every.visible_to(user).annotate(is_shown_whole=models.Exists(whole))


def withheld_fields(version: Version) -> frozenset[str]:
    """The names of what the reader for whom the version was loaded (`readable_versions`) may not see of it: nothing, or
    WITHHELD."""
    return frozenset() if vars(version)["is_shown_whole"] else WITHHELD
