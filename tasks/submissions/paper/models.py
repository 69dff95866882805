"""Models of what was signed on paper."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.files.models import StoredFile
from tasks.people.models import User
from tasks.people.permissions import may_file, may_see_problems
from tasks.people.plan_scope import by_plan
from tasks.submissions.models import DecisionRecord, Submission, Version


class PaperKind(models.TextChoices):
    """What was done on paper."""

    APPROVAL = "approval", _("线下签批")  # the agency's head signed what its reporter had written on the site
    ENTRY = "entry", _("代录")  # the agency sent paper or Excel with its seal, and the office entered it
    REVIEW = "review", _("线下审核")  # the decision on a version was signed on paper


class _OnPaper(models.Model):
    """Who signed, when, under which number; and the scan, which may be of several submissions."""

    signer = models.CharField(_("签字人"), max_length=60)
    signed_on = models.DateField(_("签字日期"))
    doc_number = models.CharField(_("文号"), max_length=60, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("扫描件"))

    class Meta:
        abstract = True


class PaperQuerySet(models.QuerySet[Any]):
    """Rows with a scan, by who may see it."""

    @by_plan
    def visible_to(self, user: User) -> "PaperQuerySet":
        """The agency's own, and all of them for those who may read the problems of every agency."""
        if may_see_problems(user):
            return self
        return self.filter(**{self.model.AGENCY: user.agency_id}) if may_file(user) else self.none()


class PaperOffer(_OnPaper):
    """送录: a reporter hands in the scan of what the agency's head signed, of the submission at that revision; a person of
    the office records it. It holds as long as the submission is as it was signed. Append-only."""

    AGENCY = "submission__agency"

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="offers", verbose_name=_("填报"))
    revision = models.PositiveIntegerField(_("修订号"))
    offered_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("上传人"))
    offered_at = models.DateTimeField(_("上传时间"))

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("纸质签批件")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.submission_id} {self.revision}"


class PaperRecord(_OnPaper):
    """线下办理: a version, or a decision on one, that was signed on paper and recorded by another person. Append-only."""

    AGENCY = "version__agency"

    kind = models.CharField(_("事项"), max_length=10, choices=PaperKind)
    version = models.ForeignKey(Version, models.PROTECT, related_name="papers", verbose_name=_("填报版本"))
    decision = models.OneToOneField(
        DecisionRecord, models.PROTECT, null=True, blank=True, related_name="paper", verbose_name=_("决定")
    )
    signer_agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("签字人单位"))
    offer = models.ForeignKey(
        PaperOffer, models.PROTECT, null=True, blank=True, related_name="records", verbose_name=_("签批件")
    )
    offered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("上传人")
    )
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("录入人"))
    recorded_at = models.DateTimeField(_("录入时间"))

    objects = PaperQuerySet.as_manager()

    class Meta:
        verbose_name = _("线下办理")
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="paper_of_a_review_names_the_decision",
                condition=Q(kind=PaperKind.REVIEW, decision__isnull=False)
                | ~Q(kind=PaperKind.REVIEW) & Q(decision__isnull=True),
            ),
            models.CheckConstraint(
                name="paper_is_recorded_by_a_second_person",
                condition=Q(offered_by__isnull=True) | ~Q(offered_by=F("recorded_by")),
            ),
            models.CheckConstraint(
                name="paper_offered_whole_or_not",
                condition=Q(kind=PaperKind.APPROVAL, offer__isnull=False, offered_by__isnull=False)
                | ~Q(kind=PaperKind.APPROVAL) & Q(offer__isnull=True, offered_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.kind}"
