"""Which files a draft holds, and which a submitted version held."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.people.plan_scope import by_plan
from tasks.submissions.models import Submission, Version
from tasks.submissions.permissions import versions_shown_whole


class DraftEvidenceQuerySet(models.QuerySet["DraftEvidence"]):
    """Files of drafts, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "DraftEvidenceQuerySet":
        """Those of the user's own agency, as the draft is."""
        return self.filter(submission__agency=user.agency_id) if may_see_plan(user) else self.none()


class DraftEvidence(models.Model):
    """佐证材料（草稿）: a file that the draft holds, and that the submission's next version will hold."""

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

    @by_plan
    def visible_to(self, user: User) -> "VersionEvidenceQuerySet":
        """Those of versions of which nothing is withheld from the user."""
        return self.filter(version__in=versions_shown_whole(user))


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
