"""Submissions and every version that was ever submitted, with figures, bundles and supplements."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.cycles.models import Cycle
from tasks.decisions.models import DecisionKind, Ruling
from tasks.fields import PeriodField
from tasks.grams import ProblemWords, gram_index
from tasks.indicators.models import Indicator
from tasks.indicators.values import Stage
from tasks.people.models import Signed, User
from tasks.people.permissions import may_see_all_submitted, may_see_plan
from tasks.people.plan_scope import by_plan
from tasks.plans.models import Responsibility, Task
from tasks.values import FILED_DUTIES, Duty, Light


class ProblemCategory(models.TextChoices):
    MONEY = "money", _("资金")
    LAND = "land", _("土地")
    APPROVAL = "approval", _("审批")
    TALENT = "talent", _("人才")
    TECHNOLOGY = "technology", _("技术")
    MARKET = "market", _("市场")
    OTHER = "other", _("其他")


class Content(models.Model):
    """The content of a submission; the same fields in the draft and in each version. tasks.submissions.fields describes
    them for every interface.

    `problems` is a list of {"category": ProblemCategory, "text": str}.
    """

    light = models.CharField(_("自评灯"), max_length=6, choices=Light, blank=True)
    progress = models.PositiveSmallIntegerField(
        _("自评进度（%）"), null=True, blank=True, help_text=_("仅作自评，不参与汇总。")
    )
    done = models.TextField(_("本季进展"), blank=True)
    no_progress = models.BooleanField(_("本季度无进展"), default=False)
    no_progress_reason = models.TextField(_("无进展原因"), blank=True)
    problems: Any = models.JSONField(_("存在问题"), default=list, blank=True)
    coordination = models.TextField(_("需协调事项"), blank=True)
    next_steps = models.TextField(_("下步打算"), blank=True)
    judgement = models.TextField(_("牵头单位研判"), blank=True)  # of a lead submission alone, as the next is
    light_reason = models.TextField(
        _("与配合单位灯不一致的说明"), blank=True, help_text=_("自评正常或完成，而有配合单位报滞后时必填。")
    )
    paper_date = models.DateField(
        _("纸面日期"), null=True, blank=True, help_text=_("补录时：原来的纸面报告是哪一天的。")
    )
    elsewhere = models.BooleanField(
        _("另渠道报送"), default=False, help_text=_("涉密内容不在本系统填报；计为已报，不含内容。")
    )

    class Meta:
        abstract = True


# What a search reads of a submission: what every reader of it sees, and what is withheld from some of them
# (tasks.submissions.permissions). A test holds both to the specification of the fields.
OPEN_WORDS = ("done", "no_progress_reason", "next_steps", "judgement", "light_reason")
WITHHELD_WORDS = (ProblemWords("problems"), "coordination")


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Submissions, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "SubmissionQuerySet":
        """Those of the user's own agency, and those of which the user may see a version.

        For the latter only the versions may be shown: the submission's own content is the agency's draft.
        """
        if not may_see_plan(user):
            return self.none()
        seen = Version.every.visible_to(user).filter(submission=models.OuterRef("pk"))
        return self.filter(Q(agency=user.agency_id) | models.Exists(seen))


class VersionQuerySet(models.QuerySet["Version"]):
    """Submitted versions, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "VersionQuerySet":
        """The agency's own; a submitted one also for its task's leads in that quarter and the office; an accepted one
        for every role that sees the plan."""
        if not may_see_plan(user):
            return self.none()
        if may_see_all_submitted(user):
            return self
        leads = Responsibility.objects.reading().filter(
            agency=user.agency_id,
            task=models.OuterRef("task"),
            known__contains=clock.now(),
            valid__contains=models.OuterRef("quarter"),
        )
        return self.filter(Q(decision=Decision.ACCEPTED) | Q(agency=user.agency_id) | models.Exists(leads))

    def current(self) -> "VersionQuerySet":
        """Only the last version of each submission."""
        later = Version.objects.filter(
            submission=models.OuterRef("submission"), number__gt=models.OuterRef("number")
        )
        return self.exclude(models.Exists(later))


_Versions = models.Manager.from_queryset(VersionQuerySet)


class FiledVersions(_Versions["Version"]):
    """Versions that count as filed: all but those that were withdrawn."""

    def get_queryset(self) -> VersionQuerySet:
        return VersionQuerySet(self.model, using=self._db).filter(withdrawn_at__isnull=True)


class State(models.TextChoices):
    """The state of a submission; the transitions are in tasks.submissions.transitions."""

    DRAFT = "draft", _("草稿")
    HANDED = "handed", _("待签批")
    SUBMITTED = "submitted", _("已提交")
    RETURNED = "returned", _("已退回")
    ACCEPTED = "accepted", _("已核定")  # of a co submission: 已采纳
    BACKFILLED = "backfilled", _("补录")  # taken from a ledger by the office; nobody edits or decides it
    SUPPLEMENT = "supplement", _("待补充")  # accepted, and asked for more: what was accepted stays in force


# Submissions in these states keep their agency and their duty; one that was sent back is open again.
FILED = (State.SUBMITTED, State.ACCEPTED)


class Submission(Content):
    """填报: what one agency reports on one task in one quarter. This row is the draft; what was submitted is in its
    versions."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="submissions", verbose_name=_("填报周期"))
    quarter = PeriodField(_("季度"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="submissions", verbose_name=_("任务"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="submissions", verbose_name=_("单位"))
    duty = models.CharField(_("身份"), max_length=4, choices=FILED_DUTIES)
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.DRAFT)
    figures: Any = models.JSONField(
        _("数据（草稿）"),
        default=dict,
        blank=True,
        help_text=_("{指标代号: {value, numerator, denominator, reason}}，数值为字符串。"),
    )
    revision = models.PositiveIntegerField(
        _("修订号"), default=1, help_text=_("每次保存加一，防止互相覆盖。")
    )
    saved_at = models.DateTimeField(_("保存时间"))
    saved_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("保存人"))
    adopted: Any = models.JSONField(
        _("采纳（草稿）"),
        default=list,
        blank=True,
        help_text=_("牵头汇总引用的段落：[{version, piece, text}]。"),
    )

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("填报")
        ordering = ["quarter", "task__order", "duty", "agency__order"]
        constraints = [
            models.UniqueConstraint(name="one_return", fields=["task", "agency", "quarter"]),
        ]
        indexes = [models.Index(fields=["agency", "quarter"])]

    def __str__(self) -> str:
        return f"{self.quarter} {self.task_id} {self.agency_id}"


class Verification(models.TextChoices):
    """核实情况: how far the office checked the facts."""

    UNVERIFIED = "unverified", _("未核")
    TRUE = "true", _("属实")
    PARTLY = "partly", _("部分属实")
    FALSE = "false", _("不实")


class Decision(models.TextChoices):
    ACCEPTED = "accepted", _("通过")  # lead: 核定; co: 采纳
    RETURNED = "returned", _("退回")


class Channel(models.TextChoices):
    """How a version came in where no approver of its agency submitted it on the site."""

    PAPER = "paper", _("线下签批")
    ENTERED = "entered", _("代录")


class Version(Content, Signed):
    """版本: a submission as submitted; append-only (a trigger holds it).

    quarter, task, agency and duty are its own copies: they never follow a later change. The decision on it is that of
    its last DecisionRecord, which alone can set it (a trigger copies it); a withdrawal 撤回 is filled in once, while
    nothing was decided. `objects` leaves withdrawn versions out; `every` has them too.
    """

    submission = models.ForeignKey(
        Submission, models.PROTECT, related_name="versions", verbose_name=_("填报")
    )
    number = models.PositiveSmallIntegerField(_("版次"))
    quarter = PeriodField(_("季度"))
    task = models.ForeignKey(Task, models.PROTECT, related_name="versions", verbose_name=_("任务"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="versions", verbose_name=_("单位"))
    duty = models.CharField(_("身份"), max_length=4, choices=FILED_DUTIES)
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))
    package = models.ForeignKey(
        "tasks.Package",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="versions",
        verbose_name=_("报送材料"),
    )
    recorded_at = models.DateTimeField(_("记录时间"), auto_now_add=True)
    is_trial = models.BooleanField(
        _("试填"), default=False, db_default=False, editable=False, help_text=_("由数据库按填报周期写入。")
    )
    channel = models.CharField(_("报送方式"), max_length=7, choices=Channel, blank=True, db_default="")
    backfill = models.ForeignKey(
        "tasks.Ledger",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="versions",
        db_index=False,  # a partial one is in Meta: hardly any version has it
        verbose_name=_("台账补录"),
        help_text=_("取自这份台账；为空是单位自己报送的。"),
    )
    basis: "models.ManyToManyField[Version, VersionBasis]" = models.ManyToManyField(
        "self",
        through="VersionBasis",
        symmetrical=False,
        related_name="used_by",
        verbose_name=_("所依据的配合填报"),
    )

    decision = models.CharField(_("决定"), max_length=10, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("决定人")
    )
    verified_light = models.CharField(_("核定灯"), max_length=6, choices=Light, blank=True)
    verification = models.CharField(
        _("核实情况"), max_length=10, choices=Verification, default=Verification.UNVERIFIED
    )
    decision_note = models.TextField(_("理由"), blank=True)
    field_notes: Any = models.JSONField(
        _("逐项意见"), default=dict, blank=True, help_text=_("退回时，{填报表的项目: 意见}。")
    )
    answer_by = models.DateTimeField(
        _("限期"), null=True, blank=True, help_text=_("退回时另定的重报期限；空为原截止。")
    )

    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤回人")
    )
    withdrawal_reason = models.TextField(_("撤回理由"), blank=True, db_default="")

    objects = FiledVersions()
    every = VersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("填报版本")
        ordering = ["submission_id", "number"]
        constraints = [
            models.UniqueConstraint(name="version_number", fields=["submission", "number"]),
            models.CheckConstraint(
                name="version_decided_whole_or_not",
                condition=Q(
                    decision="",
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    verified_light="",
                    field_notes={},
                    answer_by__isnull=True,
                )
                | ~Q(decision="") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="version_withdrawn_whole_or_not",
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawal_reason="")
                | Q(withdrawn_at__isnull=False, withdrawn_by__isnull=False, decision="")
                & ~Q(withdrawal_reason=""),
            ),
            models.CheckConstraint(
                name="version_verified_when_lead_accepted",
                # What is filed 另渠道 has no light here, and the office verifies none.
                condition=Q(decision=Decision.ACCEPTED, duty=Duty.LEAD)
                & (~Q(verified_light="") | Q(elsewhere=True))
                | ~Q(decision=Decision.ACCEPTED, duty=Duty.LEAD) & Q(verified_light=""),
            ),
            models.CheckConstraint(
                name="version_change_of_light_says_why",
                condition=Q(verified_light="")
                | Q(elsewhere=True)
                | Q(verified_light=F("light"))
                | ~Q(decision_note=""),
            ),
            models.CheckConstraint(
                name="version_return_says_why",
                condition=~Q(decision=Decision.RETURNED) | ~Q(decision_note=""),
            ),
            models.CheckConstraint(
                name="version_answer_is_asked_of_what_was_returned",
                condition=Q(decision=Decision.RETURNED) | Q(field_notes={}, answer_by__isnull=True),
            ),
            models.CheckConstraint(
                name="version_says_something",
                condition=Q(
                    elsewhere=True,
                    light="",
                    done="",
                    coordination="",
                    next_steps="",
                    judgement="",
                    light_reason="",
                    problems=[],
                )
                | Q(elsewhere=False) & ~Q(light="")
                # A ledger may say what was done and no light.
                | Q(elsewhere=False, backfill__isnull=False),
            ),
            models.CheckConstraint(
                name="version_backfilled_is_not_decided",
                condition=Q(backfill__isnull=True) | Q(decision="", package__isnull=True),
            ),
        ]
        indexes = [
            # Standings and figures read exactly in this order (DISTINCT ON).
            models.Index(
                name="version_latest",
                fields=["quarter", "task", "agency", "-submitted_at", "-id"],
                include=["light", "verified_light", "decision", "decided_at", "number"],
            ),
            models.Index(name="version_stale", fields=["task", "agency", "-quarter"]),
            models.Index(name="version_backfill", fields=["backfill"], condition=Q(backfill__isnull=False)),
            gram_index("version_words", *OPEN_WORDS),
            gram_index("version_withheld_words", *WITHHELD_WORDS),
        ]

    def __str__(self) -> str:
        return f"{self.submission_id} v{self.number}"

    @property
    def is_undecided_lead(self) -> bool:
        """Whether its light is the lead's own and not verified, to be shown as 未核."""
        return self.duty == Duty.LEAD and not self.verified_light


class DecisionRecord(Ruling):
    """决定记录 of a return: with the verified light, what was verified, notes on fields and a date."""

    version = models.ForeignKey(Version, models.PROTECT, related_name="decisions", verbose_name=_("填报版本"))
    decision = models.CharField(_("决定"), max_length=10, choices=Decision, blank=True)
    verified_light = models.CharField(_("核定灯"), max_length=6, choices=Light, blank=True)
    verification = models.CharField(
        _("核实情况"), max_length=10, choices=Verification, default=Verification.UNVERIFIED
    )
    field_notes: Any = models.JSONField(_("逐项意见"), default=dict, blank=True)
    answer_by = models.DateTimeField(_("限期"), null=True, blank=True)

    class Meta:
        verbose_name = _("决定记录")
        ordering = ["version_id", "id"]
        constraints = [
            models.CheckConstraint(
                name="decision_record_undone_is_empty",
                condition=Q(
                    kind=DecisionKind.UNDONE,
                    decision="",
                    verified_light="",
                    decision_note="",
                    field_notes={},
                    answer_by__isnull=True,
                )
                | ~Q(kind=DecisionKind.UNDONE) & ~Q(decision=""),
            ),
            models.CheckConstraint(
                name="decision_record_correction_says_why",
                condition=~Q(kind=DecisionKind.CORRECTED) | ~Q(reason=""),
            ),
        ]


class VersionBasis(models.Model):
    """A co version on which a lead version is based, and whether the lead had adopted it by then."""

    lead_version = models.ForeignKey(Version, models.CASCADE, related_name="basis_links")
    co_version = models.ForeignKey(Version, models.PROTECT, related_name="lead_links")
    adopted = models.BooleanField(_("已采纳"))

    class Meta:
        verbose_name = _("汇总依据")
        constraints = [models.UniqueConstraint(name="basis_once", fields=["lead_version", "co_version"])]

    def __str__(self) -> str:
        return f"{self.lead_version_id} ← {self.co_version_id}"


class AdoptedPiece(models.Model):
    """采纳的段落: what a lead's version took over from a co version, and which part of it; append-only.

    `piece` is the field of the co submission (one that has `adopted_into`, tasks.submissions.fields) or problem.N.
    """

    lead_version = models.ForeignKey(Version, models.CASCADE, related_name="adopted_pieces")
    co_version = models.ForeignKey(Version, models.PROTECT, related_name="+")
    piece = models.CharField(_("段落"), max_length=80)
    text = models.TextField(_("原文字"))

    class Meta:
        verbose_name = _("采纳的段落")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="piece_once", fields=["lead_version", "co_version", "piece"])
        ]

    def __str__(self) -> str:
        return f"{self.lead_version_id} ← {self.co_version_id} {self.piece}"


class Figure(models.Model):
    """数据: a figure in a submitted version, of the version's quarter or of an earlier one whose figure was not final or
    not published then. Zero is a value; a blank one has no row. Yes is 1 and no is 0."""

    version = models.ForeignKey(Version, models.CASCADE, related_name="figures", verbose_name=_("填报版本"))
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="figures", verbose_name=_("指标"))
    quarter = PeriodField(_("数据所属季度"))
    value = models.DecimalField(_("数值"), max_digits=20, decimal_places=4, null=True, blank=True)
    numerator = models.DecimalField(_("分子"), max_digits=20, decimal_places=4, null=True, blank=True)
    denominator = models.DecimalField(_("分母"), max_digits=20, decimal_places=4, null=True, blank=True)
    text = models.TextField(_("定性"), blank=True)
    preliminary = models.BooleanField(
        _("初步数"), default=False, help_text=_("以后由最终数替换；两者都留存。")
    )
    # Which version of the figure it is, where that is neither 初步数 nor 正式数, which `preliminary` tells apart.
    stage = models.CharField(
        _("数据版本"),
        max_length=12,
        blank=True,
        choices=[(one.value, one.label) for one in (Stage.ESTIMATE, Stage.FLASH, Stage.AUDITED)],
    )
    reason = models.TextField(_("说明"), blank=True)

    class Meta:
        verbose_name = _("数据")
        constraints = [
            models.CheckConstraint(
                name="figure_stage_is_provisional_or_not",
                condition=Q(stage="")
                | Q(stage__in=[Stage.ESTIMATE, Stage.FLASH], preliminary=True)
                | Q(stage=Stage.AUDITED, preliminary=False),
            ),
            models.UniqueConstraint(name="figure_once_a_quarter", fields=["version", "indicator", "quarter"]),
            models.CheckConstraint(
                name="figure_value_parts_or_text",
                condition=Q(value__isnull=False, numerator__isnull=True, denominator__isnull=True, text="")
                | Q(value__isnull=True, numerator__isnull=False, denominator__isnull=False, text="")
                | Q(value__isnull=True, numerator__isnull=True, denominator__isnull=True) & ~Q(text=""),
            ),
            # 0 of 0 is possible; any other part of 0 is not.
            models.CheckConstraint(
                name="figure_of_nothing_is_nothing",
                condition=Q(denominator__isnull=True) | ~Q(denominator=0) | Q(numerator=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.indicator_id}"


class Package(Signed):
    """报送材料: what an agency submitted of one quarter with one approval. `number` counts the agency's bundles of the
    quarter: a submission that was sent back comes in a later one. Append-only."""

    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="packages", verbose_name=_("填报周期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="packages", verbose_name=_("单位"))
    number = models.PositiveSmallIntegerField(_("第几次"))
    submitted_at = models.DateTimeField(_("提交时间"))
    submitted_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))

    class Meta:
        verbose_name = _("报送材料")
        ordering = ["cycle_id", "agency_id", "number"]
        constraints = [
            models.UniqueConstraint(name="package_number", fields=["cycle", "agency", "number"]),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.agency_id} {self.number}"


class StandingSupplements(models.Manager["Supplement"]):
    """Requests that were not taken back."""

    def get_queryset(self) -> "models.QuerySet[Supplement]":
        return super().get_queryset().filter(undone_at__isnull=True)


class Supplement(models.Model):
    """补充要求: more is required of an accepted submission, by a date; append-only. What was accepted stays in force
    until a new version is accepted. A request is taken back 撤销 once, until the agency has begun (a trigger holds it):
    `objects` leaves such out, `every` has them."""

    version = models.ForeignKey(
        Version, models.PROTECT, related_name="supplements", verbose_name=_("已核定的版本")
    )
    reason = models.TextField(_("要补充什么"))
    answer_by = models.DateTimeField(_("限期"))
    asked_at = models.DateTimeField(_("时间"))
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("要求人"))
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    undone_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("撤销人")
    )
    undo_reason = models.TextField(_("撤销理由"), blank=True, db_default="")

    objects = StandingSupplements()
    every = models.Manager["Supplement"]()

    class Meta:
        verbose_name = _("补充要求")
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.CheckConstraint(name="supplement_says_what", condition=~Q(reason="")),
            models.CheckConstraint(
                name="supplement_undone_whole_or_not",
                condition=Q(undone_at__isnull=True, undone_by__isnull=True, undo_reason="")
                | Q(undone_at__isnull=False, undone_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.asked_at:%Y-%m-%d}"


class Presence(models.Model):
    """在填: who has the form of a submission open, and when it last reported; real time, valid for a minute."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="+")
    agency = models.ForeignKey(Agency, models.CASCADE, related_name="+")
    quarter = PeriodField()
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("在填")
        constraints = [
            models.UniqueConstraint(name="presence_once", fields=["task", "agency", "quarter", "user"])
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.user_id}"
