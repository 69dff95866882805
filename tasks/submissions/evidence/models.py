"""Which files a draft holds, and which a submitted version held."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.people.permissions import may_see_plan, may_see_problems
from tasks.plans.models import Responsibility
from tasks.submissions.models import Submission, Version
from tasks.values import Duty


class DraftEvidenceQuerySet(models.QuerySet["DraftEvidence"]):
    """Files of drafts, by who may see them."""

    def visible_to(self, user: User) -> "DraftEvidenceQuerySet":
        """Those of the user's own body, as the draft is."""
        return self.filter(submission__agency=user.agency_id) if may_see_plan(user) else self.none()


class DraftEvidence(models.Model):
    """佐证材料（草稿）: a file that the return's draft holds, and that its next version will hold."""

    submission = models.ForeignKey(
        Submission, models.PROTECT, related_name="evidence", verbose_name=_("填报")
    )
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="draft_link", verbose_name=_("文件"))

    objects = DraftEvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("佐证材料（草稿）")
        ordering = ["file__uploaded_at", "id"]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.file_id}"


class VersionEvidenceQuerySet(models.QuerySet["VersionEvidence"]):
    """Files of submitted versions, by who may see them."""

    def visible_to(self, user: User) -> "VersionEvidenceQuerySet":
        """The body's own; of versions that the user may see, also for the task's lead in that quarter, the office and
        the leadership: the rule of problems."""
        if may_see_problems(user):
            return self.filter(version__in=Version.objects.visible_to(user))
        if not may_see_plan(user):
            return self.none()
        leads = Responsibility.objects.filter(
            agency=user.agency_id,
            task=models.OuterRef("version__task"),
            duty=Duty.LEAD,
            known__contains=clock.now(),
            valid__contains=models.OuterRef("version__quarter"),
        )
        return self.filter(Q(version__agency=user.agency_id) | models.Exists(leads))


class VersionEvidence(models.Model):
    """佐证材料: a file that a version held when it was submitted; append-only (a trigger holds it)."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="evidence", verbose_name=_("填报版本"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="version_links", verbose_name=_("文件"))

    objects = VersionEvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("佐证材料")
        ordering = ["file__uploaded_at", "id"]
        constraints = [models.UniqueConstraint(name="evidence_once", fields=["version", "file"])]

    def __str__(self) -> str:
        return f"{self.version_id} {self.file_id}"
