"""Briefs: frozen figures and the PDF made of them."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tasks.fields import PeriodField
from tasks.grams import gram_index
from tasks.models import Agency, Plan, User
from tasks.people import permissions
from tasks.people.plan_scope import by_plan


class BriefKind(models.TextChoices):
    """What a brief is; a kind has its own yearly series of numbers. Each has a module in reports.briefs.kinds."""

    PLAN = "plan", _("季度简报")
    ONE_PAGE = "one_page", _("摘要")
    GROUP = "group", _("任务组专报")
    SECTOR = "sector", _("重点领域专报")
    AGENCY = "agency", _("单位通报")
    FEEDBACK = "feedback", _("反馈单")
    SUPERVISION = "supervision", _("督办通报")
    ANNUAL = "annual", _("年度评估")
    EVALUATION = "evaluation", _("总结评估")


# Kinds that speak of a part of the plan: the database demands a part of them, and refuses it of all others.
OF_PART = (BriefKind.GROUP, BriefKind.SECTOR, BriefKind.AGENCY, BriefKind.FEEDBACK)
# Kinds whose issues have no number: they are handed over to the agency that they speak of.
UNNUMBERED = (BriefKind.FEEDBACK,)


class BriefState(models.TextChoices):
    """Asked → (job) → draft → issuing → (job) → issued → superseded by a later edition, or withdrawn; or failed. What
    never got a number may be discarded for good. The transitions are in reports.briefs.transitions."""

    ASKED = "asked", _("生成中")
    DRAFT = "draft", _("草稿")
    ISSUING = (
        "issuing",
        _("印发中"),
    )  # has its number, edition and date; the PDF that carries them is being made
    ISSUED = "issued", _("已印发")
    SUPERSEDED = "superseded", _("已被新版取代")
    WITHDRAWN = "withdrawn", _("已撤回")
    FAILED = "failed", _("生成失败")
    DISCARDED = "discarded", _("已作废")


# States in which a brief has a number: it keeps it for good, whatever becomes of it.
NUMBERED = (BriefState.ISSUING, BriefState.ISSUED, BriefState.SUPERSEDED, BriefState.WITHDRAWN)
# States that everyone who may read briefs sees, so that no number seems to be missing.
PUBLISHED = (BriefState.ISSUED, BriefState.SUPERSEDED, BriefState.WITHDRAWN)

CODE_LENGTH = 12  # of the verification code; 60 bits


class BriefQuerySet(models.QuerySet["Brief"]):
    """Briefs, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "BriefQuerySet":
        """Drafts and failures for those who make briefs; what was once issued for every reader of briefs."""
        if permissions.may_make_briefs(user):
            return self
        return self.published() if permissions.may_read_briefs(user) else self.none()

    def published(self) -> "BriefQuerySet":
        """Issued, superseded and withdrawn ones."""
        return self.filter(state__in=PUBLISHED)

    def editions_of(self, brief: "Brief") -> "BriefQuerySet":
        """All editions of the number that speaks of this brief's plan, kind and quarter, the latest first."""
        return self.filter(
            plan=brief.plan_id,
            kind=brief.kind,
            scope=brief.scope,
            quarter=brief.quarter,
            state__in=NUMBERED,
        ).order_by("-edition")

    def for_page(self) -> "BriefQuerySet":
        """Without the figures and the plan's text, which are large, and with everyone a page names."""
        return self.defer("figures", "plan__text", "plan__head").select_related(
            "plan",
            "asked_by",
            "issued_by",
            "withdrawn_by",
            "discarded_by",
            "supersedes",
            "superseded_by",
            "job",
        )


class BriefSet(models.Model):
    """一季度整套简报: requested together, all as known at one moment. Its progress is that of its briefs."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="brief_sets", verbose_name=_("方案"))
    quarter = PeriodField(_("季度"))
    known_at = models.DateTimeField(_("数据提取时间"))
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申请人")
    )
    stopped_at = models.DateTimeField(_("停止时间"), null=True, blank=True)
    stopped_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("停止人")
    )

    class Meta:
        verbose_name = _("整套简报")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="brief_set_stopped_whole",
                condition=Q(stopped_at__isnull=True, stopped_by__isnull=True) | Q(stopped_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.quarter}"


class SetContent(models.Model):
    """整套内容: the kinds of which a plan's set consists, as the office has set them; without a row the usual ones
    (`Kind.is_in_set`)."""

    plan = models.OneToOneField(Plan, models.CASCADE, related_name="+", verbose_name=_("方案"))
    kinds = ArrayField(models.CharField(max_length=20, choices=BriefKind), verbose_name=_("种类"))

    class Meta:
        verbose_name = _("整套简报的内容")
        constraints = [
            models.CheckConstraint(name="set_content_has_kinds", condition=~Q(kinds=[])),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {'、'.join(self.kinds)}"


class SeriesStart(models.Model):
    """起始期号: the number from which a kind's series of a year goes on, and the number of all issues with it, as the
    office entered them, because what came before was issued on paper."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="+", verbose_name=_("方案"))
    kind = models.CharField(_("种类"), max_length=20, choices=BriefKind)
    year = models.PositiveSmallIntegerField(_("年份"))
    number = models.PositiveSmallIntegerField(_("起始期号"))
    total = models.PositiveSmallIntegerField(_("起始总期号"), null=True, blank=True)

    class Meta:
        verbose_name = _("起始期号")
        ordering = ["plan_id", "kind", "year"]
        constraints = [
            models.UniqueConstraint(name="series_start_once", fields=["plan", "kind", "year"]),
            models.CheckConstraint(
                name="series_start_counts_from_one",
                condition=Q(number__gte=1) & (Q(total__isnull=True) | Q(total__gte=1)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.kind} {self.year}/{self.number}"


class Brief(models.Model):
    """简报: frozen figures + PDF. A draft has neither number nor edition; once issued it never changes.

    `figures` is the exact JSON text whose SHA-256 is printed; they are of `quarter` as known at `known_at`. All
    editions of a number speak of the same quarter: a correction takes its predecessor's number and year.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="briefs", verbose_name=_("方案"))
    quarter = PeriodField(_("季度"))
    kind = models.CharField(_("种类"), max_length=20, choices=BriefKind, default=BriefKind.PLAN)
    scope = models.CharField(
        _("范围"),
        max_length=60,
        blank=True,
        help_text=_("任务组、重点领域的序号，“safeguards”，或单位代号；全方案的为空。"),
    )
    scope_name = models.CharField(_("范围名称"), max_length=200, blank=True)
    wording: Any = models.JSONField(
        _("用语"), null=True, blank=True, help_text=_("印发时的地区用语；此前印发的没有。")
    )
    imprint: Any = models.JSONField(
        _("版记"), null=True, blank=True, help_text=_("印发时地区的版记；此前印发的没有。")
    )
    office = models.CharField(
        _("印发机构"), max_length=120, blank=True, help_text=_("版头所印，印发时记下；草稿为空。")
    )
    state = models.CharField(_("状态"), max_length=12, choices=BriefState, default=BriefState.ASKED)
    known_at = models.DateTimeField(_("数据提取时间"))
    asked_at = models.DateTimeField(_("申请时间"))
    asked_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("申请人")
    )
    job = models.ForeignKey(
        "qhplan.Job", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("作业")
    )
    is_sample = models.BooleanField(_("示例数据"))
    of_set = models.ForeignKey(
        BriefSet, models.PROTECT, null=True, blank=True, related_name="briefs", verbose_name=_("整套")
    )

    figures = models.TextField(_("数据"), blank=True)
    figures_sha256 = models.CharField(_("数据校验值"), max_length=64, blank=True)
    frozen_at = models.DateTimeField(_("定稿时间"), null=True, blank=True)

    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    number = models.PositiveSmallIntegerField(_("期号"), null=True, blank=True)
    edition = models.PositiveSmallIntegerField(_("版次"), null=True, blank=True)
    total = models.PositiveSmallIntegerField(
        _("总期号"), null=True, blank=True, help_text=_("同一种简报自第一期起累计。")
    )
    code = models.CharField(_("核验码"), max_length=16, blank=True)
    issued_at = models.DateTimeField(_("印发时间"), null=True, blank=True)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签发人")
    )
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="superseded_by", verbose_name=_("取代")
    )
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤回人")
    )
    withdrawn_reason = models.TextField(_("撤回理由"), blank=True)
    discarded_at = models.DateTimeField(_("作废时间"), null=True, blank=True)
    discarded_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("作废人")
    )
    discarded_reason = models.TextField(_("作废理由"), blank=True)

    objects = BriefQuerySet.as_manager()

    class Meta:
        verbose_name = _("简报")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                name="brief_number", fields=["plan", "kind", "year", "number", "edition"], nulls_distinct=True
            ),
            models.UniqueConstraint(
                name="brief_total", fields=["plan", "kind", "total", "edition"], nulls_distinct=True
            ),
            models.UniqueConstraint(name="brief_code", fields=["code"], condition=~Q(code="")),
            models.UniqueConstraint(
                # Two editions at once would both claim to be in force.
                name="brief_one_in_force",
                fields=["plan", "kind", "scope", "quarter"],
                condition=Q(state="issued"),
            ),
            models.CheckConstraint(
                name="brief_scope_of_a_part",
                condition=Q(kind__in=[kind.value for kind in OF_PART]) & ~Q(scope="") & ~Q(scope_name="")
                | ~Q(kind__in=[kind.value for kind in OF_PART]) & Q(scope="", scope_name=""),
            ),
            models.CheckConstraint(
                name="brief_numbered_when_issued",
                condition=Q(state__in=["issuing", "issued", "superseded", "withdrawn"])
                & Q(
                    year__isnull=False,
                    edition__gte=1,
                    issued_at__isnull=False,
                )
                & ~Q(code="")
                & (
                    Q(kind__in=[kind.value for kind in UNNUMBERED], number__isnull=True, total__isnull=True)
                    | ~Q(kind__in=[kind.value for kind in UNNUMBERED])
                    & Q(number__isnull=False, number__gte=1)
                )
                | Q(state__in=["asked", "draft", "failed", "discarded"])
                & Q(
                    year__isnull=True,
                    number__isnull=True,
                    edition__isnull=True,
                    total__isnull=True,
                    issued_at__isnull=True,
                    issued_by__isnull=True,
                    supersedes__isnull=True,
                    code="",
                ),
            ),
            models.CheckConstraint(
                name="brief_later_edition_supersedes",
                condition=Q(edition__isnull=True)
                | Q(edition=1, supersedes__isnull=True)
                | Q(edition__gt=1, supersedes__isnull=False),
            ),
            models.CheckConstraint(
                # What was discarded had failed and has no figures, or was a draft and keeps them.
                name="brief_frozen_whole_or_not",
                condition=Q(
                    state__in=["asked", "failed", "discarded"],
                    frozen_at__isnull=True,
                    figures="",
                    figures_sha256="",
                )
                | ~Q(state__in=["asked", "failed"])
                & Q(frozen_at__isnull=False)
                & ~Q(figures="")
                & ~Q(figures_sha256=""),
            ),
            models.CheckConstraint(
                name="brief_withdrawn_whole_or_not",
                condition=Q(state="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_reason="")
                | ~Q(state="withdrawn")
                & Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason=""),
            ),
            models.CheckConstraint(
                name="brief_discarded_whole_or_not",
                condition=Q(state="discarded", discarded_at__isnull=False) & ~Q(discarded_reason="")
                | ~Q(state="discarded")
                & Q(discarded_at__isnull=True, discarded_by__isnull=True, discarded_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan_id} {self.quarter} {self.kind} {self.state}"

    @property
    def title(self) -> str:
        """2017年第一季度单位通报：省科技厅, as pages call it."""
        # The kinds also compose briefs, and for that import more than a model may at import time.
        from reports.briefs.kinds import title_of

        return title_of(self.kind, self.quarter, self.scope_name)

    @property
    def kind_label(self) -> str:
        """季度简报, or 月报 of a month: what its kind is called, whatever the page speaks of."""
        from reports.briefs.kinds import kind_label

        return kind_label(self.kind, self.quarter.kind)

    @property
    def is_numbered(self) -> bool:
        """Whether it carries a number, which it then keeps."""
        return self.state in NUMBERED

    @property
    def label(self) -> str:
        """2017年第1期, with the edition from the second on; of a kind without numbers 第1版; "" before it is issued."""
        if self.number is None:
            return gettext("第%(edition)d版") % {"edition": self.edition} if self.edition else ""
        words = {"year": self.year, "number": self.number, "edition": self.edition}
        if self.edition == 1:
            return gettext("%(year)d年第%(number)d期") % words
        return gettext("%(year)d年第%(number)d期（第%(edition)d版）") % words

    @property
    def reference(self) -> str:
        """How a sentence refers to it: its label, without a number its title."""
        return self.label if self.number is not None else f"《{self.title}》{self.label}"


class Handover(models.Model):
    """送达: a 反馈单 that was handed over to its agency (or the one that took its place), and who signed for it there.
    Only the receipt is filled in, once."""

    brief = models.OneToOneField(Brief, models.PROTECT, related_name="handover", verbose_name=_("反馈单"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("送达单位"))
    at = models.DateTimeField(_("送达时间"))
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("送达人")
    )
    received_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    received_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签收人")
    )

    class Meta:
        verbose_name = _("反馈单送达")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="handover_received_whole_or_not",
                condition=Q(received_at__isnull=True, received_by__isnull=True)
                | Q(received_at__isnull=False, received_by__isnull=False),
            )
        ]
        indexes = [models.Index(fields=["agency", "-at"], name="handover_of_agency")]

    def __str__(self) -> str:
        return f"{self.brief_id} → {self.agency_id}"


class BriefFile(models.Model):
    """The bytes of a brief's PDF, as draft (typeset again when its words are amended) or as issued. In the database, so that
    figures, number and file are written in one transaction and are in one backup (docs/decisions/issuing-a-brief.md)."""

    brief = models.ForeignKey(Brief, models.PROTECT, related_name="files", verbose_name=_("简报"))
    issued = models.BooleanField(_("正式"))
    pdf = models.BinaryField(_("PDF"))
    sha256 = models.CharField(_("文件校验值"), max_length=64, db_index=True)
    pages = models.PositiveSmallIntegerField(_("页数"))
    seconds = models.FloatField(_("用时（秒）"))
    made_at = models.DateTimeField(_("生成时间"))
    unprintable: Any = models.JSONField(
        _("印不出的字"), null=True, blank=True, help_text=_("生成时查明，印发前不必再查；此前生成的为空值。")
    )

    class Meta:
        verbose_name = _("简报文件")
        constraints = [
            models.UniqueConstraint(name="one_issued_file", fields=["brief"], condition=Q(issued=True))
        ]

    def __str__(self) -> str:
        return self.sha256


class BriefText(models.Model):
    """修改: a text of a draft as its editor wrote it, in the place of what was composed or amended before; "" strikes it
    out. Append-only: the last row of a key holds. Keys are those of reports.briefs.composition_context, or imprint/<field>."""

    brief = models.ForeignKey(Brief, models.PROTECT, related_name="texts", verbose_name=_("简报"))
    key = models.CharField(_("位置"), max_length=120)
    before = models.TextField(_("改前"), blank=True)
    text = models.TextField(_("改后"), blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("修改人"))
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("简报文字修改")
        ordering = ["id"]
        indexes = [
            models.Index(fields=["brief", "key"], name="brief_text_of_brief"),
            gram_index("brief_text_words", "text"),
        ]

    def __str__(self) -> str:
        return f"{self.brief_id} {self.key}"


class Download(models.Model):
    """下载记录: who downloaded which file when, or read its text as a page. Append-only."""

    file = models.ForeignKey(BriefFile, models.PROTECT, related_name="downloads", verbose_name=_("文件"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("下载人"))
    at = models.DateTimeField(_("时间"))
    as_page = models.BooleanField(_("在页面阅读"), default=False, db_default=False)

    class Meta:
        verbose_name = _("下载记录")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.file_id} {self.by_id}"


class Subscription(models.Model):
    """订阅: a person receives a message about a plan's briefs of one kind. Deleted when it is cancelled."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("订阅人"))
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="+", verbose_name=_("方案"))
    kind = models.CharField(_("种类"), max_length=20, choices=BriefKind)
    since = models.DateTimeField(_("订阅时间"))

    class Meta:
        verbose_name = _("简报订阅")
        ordering = ["plan_id", "kind", "user_id"]
        constraints = [
            models.UniqueConstraint(name="subscription_once", fields=["plan", "kind", "user"]),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.plan_id} {self.kind}"
