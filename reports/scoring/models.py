"""考核: schemes, judgements of evidence, corrections by hand, announced sheets, and appeals. Nothing else is stored: a
score is worked out whenever it is looked at, until a sheet freezes it."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from reports.scoring.values import Content, Grade, ScoredPeriod, content_of
from tasks.fields import PeriodField
from tasks.models import Agency, Plan, User, Version
from tasks.people.permissions import may_announce_scores, may_score, may_see_problems
from tasks.people.plan_scope import by_plan


class SchemeState(models.TextChoices):
    """A scheme counts once a second person has put it in force."""

    DRAFT = "draft", _("草案")
    ADOPTED = "adopted", _("施行")
    DROPPED = "dropped", _("未采用")


class SchemeQuerySet(models.QuerySet["Scheme"]):
    """Schemes, by who may read them."""

    @by_plan
    def visible_to(self, user: User) -> "SchemeQuerySet":
        """Drafts and what was dropped are for those who score or decide."""
        if may_score(user) or may_announce_scores(user):
            return self
        return self.filter(state=SchemeState.ADOPTED)


class Scheme(models.Model):
    """考核办法: how scores are worked out from a quarter on, until a later one; `content` is reports.scoring.values.Content.
    Once adopted or dropped it never changes (a trigger holds it); another is a further version."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="schemes", verbose_name=_("方案"))
    number = models.PositiveSmallIntegerField(_("版次"))
    title = models.CharField(_("名称"), max_length=80)
    basis = models.TextField(_("说明"), blank=True)
    valid_from = PeriodField(_("自何季度起"))
    content: Any = models.JSONField(_("内容"))
    state = models.CharField(_("状态"), max_length=8, choices=SchemeState, default=SchemeState.DRAFT)
    revision = models.PositiveIntegerField(_("修订号"), default=1)
    written_at = models.DateTimeField(_("起草时间"))
    written_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("起草人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )

    objects = SchemeQuerySet.as_manager()

    class Meta:
        verbose_name = _("考核办法")
        ordering = ["plan_id", "-number"]
        constraints = [
            models.UniqueConstraint(name="scheme_number", fields=["plan", "number"]),
            models.UniqueConstraint(
                name="scheme_one_draft", fields=["plan"], condition=Q(state=SchemeState.DRAFT)
            ),
            models.CheckConstraint(
                name="scheme_decided_by_another",
                condition=Q(state=SchemeState.DRAFT, decided_at__isnull=True, decided_by__isnull=True)
                | Q(state=SchemeState.DROPPED, decided_at__isnull=False, decided_by__isnull=False)
                | Q(state=SchemeState.ADOPTED, decided_at__isnull=False, decided_by__isnull=False)
                & ~Q(decided_by=F("written_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} v{self.number}"

    @property
    def rules(self) -> Content:
        """What it says."""
        return content_of(self.content)


class EvidenceGrade(models.Model):
    """佐证质量评定 of one submitted version; append-only, the latest counts."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="grades", verbose_name=_("填报版本"))
    grade = models.CharField(_("评定"), max_length=5, choices=Grade)
    note = models.TextField(_("说明"), blank=True)
    at = models.DateTimeField(_("评定时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("评定人"))

    class Meta:
        verbose_name = _("佐证质量评定")
        ordering = ["version_id", "-at", "-id"]

    def __str__(self) -> str:
        return f"{self.version_id} {self.grade}"


class SheetState(models.TextChoices):
    """A sheet is proposed by one person and announced by another."""

    PROPOSED = "proposed", _("待公布")
    ANNOUNCED = "announced", _("已公布")
    DROPPED = "dropped", _("未公布")


class ScoreSheet(models.Model):
    """考核结果: the scores of all agencies in a period, frozen when they were proposed. What was announced never changes;
    after an appeal a further edition says what holds."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="score_sheets", verbose_name=_("方案"))
    period = models.CharField(_("考核期"), max_length=10)
    edition = models.PositiveSmallIntegerField(_("版次"), null=True, blank=True)  # given when announced
    scheme = models.ForeignKey(Scheme, models.PROTECT, related_name="sheets", verbose_name=_("考核办法"))
    state = models.CharField(_("状态"), max_length=9, choices=SheetState, default=SheetState.PROPOSED)
    known_at = models.DateTimeField(_("数据提取时间"))
    content = models.TextField(_("内容"), help_text=_("规范 JSON 文本，校验值即其 SHA-256。"))
    sha256 = models.CharField(_("校验值"), max_length=64)
    note = models.TextField(_("说明"), blank=True)
    proposed_at = models.DateTimeField(_("提请时间"))
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提请人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decision_note = models.TextField(_("决定说明"), blank=True)

    class Meta:
        verbose_name = _("考核结果")
        ordering = ["plan_id", "-proposed_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="sheet_edition", fields=["plan", "period", "edition"]),
            models.UniqueConstraint(
                name="sheet_one_proposed", fields=["plan", "period"], condition=Q(state=SheetState.PROPOSED)
            ),
            models.CheckConstraint(
                name="sheet_announced_by_another",
                condition=Q(
                    state=SheetState.PROPOSED,
                    edition__isnull=True,
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                )
                | Q(
                    state=SheetState.ANNOUNCED,
                    edition__isnull=False,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                & ~Q(decided_by=F("proposed_by"))
                | Q(
                    state=SheetState.DROPPED,
                    edition__isnull=True,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                & ~Q(decision_note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.period} {self.edition or self.state}"

    @property
    def span(self) -> ScoredPeriod:
        return ScoredPeriod.parse(self.period, self.plan.kind)


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Appeals, by who may read them."""

    @by_plan
    def visible_to(self, user: User) -> "AppealQuerySet":
        """Those who see all scores; an agency's own people theirs."""
        if may_see_problems(user):
            return self
        return self.filter(agency=user.agency_id) if user.agency_id is not None else self.none()


class Appeal(models.Model):
    """申诉: an agency contests its announced score, once a period; the answer is kept with it."""

    sheet = models.ForeignKey(ScoreSheet, models.PROTECT, related_name="appeals", verbose_name=_("考核结果"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="+", verbose_name=_("方案"))
    period = models.CharField(_("考核期"), max_length=10)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="appeals", verbose_name=_("单位"))
    text = models.TextField(_("申诉理由"))
    at = models.DateTimeField(_("申诉时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))
    upheld = models.BooleanField(_("成立"), null=True)
    answer = models.TextField(_("答复"), blank=True)
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    answered_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("答复人")
    )

    objects = AppealQuerySet.as_manager()

    class Meta:
        verbose_name = _("考核申诉")
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(name="appeal_once", fields=["plan", "period", "agency"]),
            models.CheckConstraint(name="appeal_says_why", condition=~Q(text="")),
            models.CheckConstraint(
                name="appeal_answered_whole_or_not",
                condition=Q(
                    upheld__isnull=True, answer="", answered_at__isnull=True, answered_by__isnull=True
                )
                | Q(upheld__isnull=False, answered_at__isnull=False, answered_by__isnull=False)
                & ~Q(answer=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.agency_id}"


class CorrectionState(models.TextChoices):
    """A correction counts once a second person has approved it."""

    PROPOSED = "proposed", _("待批准")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("未批准")


class CorrectionQuerySet(models.QuerySet["ScoreCorrection"]):
    """Corrections, by who may read them."""

    @by_plan
    def visible_to(self, user: User) -> "CorrectionQuerySet":
        """Proposals: those who score or decide them. What was approved: everybody who sees the score that it is part of."""
        if may_score(user) or may_announce_scores(user):
            return self
        approved = self.filter(state=CorrectionState.APPROVED)
        if may_see_problems(user):
            return approved
        return approved.filter(agency=user.agency_id) if user.agency_id is not None else self.none()


class ScoreCorrection(models.Model):
    """人工调整 of one agency's score in one period, with a reason; proposed by one person, approved by another."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="score_corrections", verbose_name=_("方案"))
    period = models.CharField(_("考核期"), max_length=10)
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="score_corrections", verbose_name=_("单位")
    )
    points = models.DecimalField(_("分值"), max_digits=5, decimal_places=2)
    reason = models.TextField(_("理由"))
    appeal = models.ForeignKey(
        Appeal, models.PROTECT, null=True, blank=True, related_name="corrections", verbose_name=_("申诉")
    )
    state = models.CharField(
        _("状态"), max_length=8, choices=CorrectionState, default=CorrectionState.PROPOSED
    )
    proposed_at = models.DateTimeField(_("提出时间"))
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    decision_note = models.TextField(_("决定说明"), blank=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("考核人工调整")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="correction_says_why", condition=~Q(reason="") & ~Q(points=0)),
            models.CheckConstraint(
                name="correction_decided_by_another",
                condition=Q(state=CorrectionState.PROPOSED, decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state=CorrectionState.PROPOSED)
                & Q(decided_at__isnull=False, decided_by__isnull=False)
                # Who proposed it may take it back, and no more.
                & (~Q(decided_by=F("proposed_by")) | Q(state=CorrectionState.REJECTED)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.agency_id} {self.points}"
