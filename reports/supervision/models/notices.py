"""Models of notices 督办 with their documents, and of the instructions 批示 that notices follow up."""

import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Case, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from reports.coordination.models import CoordinationRequest
from reports.supervision.grades import ASKED_KINDS, USUAL
from reports.supervision.values import ALIVE, ISSUED, OPEN, WITH_BODY, Ground, InstructionState, Series, State
from tasks.cycles.lateness import day_overdue
from tasks.fields import PeriodField
from tasks.grams import gram_index
from tasks.models import Agency, Plan, Submission, Target, Task, User
from tasks.people.permissions import may_file, may_see_problems, may_supervise
from tasks.people.plan_scope import by_plan

# What a search reads of a notice and of an instruction.
NOTICE_WORDS = ("doc_number", "title", "text")
INSTRUCTION_WORDS = ("leader", "words")


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Notices, by who may see them and how they stand."""

    @by_plan
    def visible_to(self, user: User) -> "NoticeQuerySet":
        """Proposals and what was not issued: whoever may issue. What was issued: these, leadership, and the people of
        the agency that it went to."""
        if may_supervise(user):
            return self
        seen = Q(pk__in=[])
        if may_see_problems(user):
            seen |= Q(state__in=ISSUED)
        if may_file(user):
            seen |= Q(state__in=ISSUED, agency=user.agency_id)
        return self.filter(seen)

    def open(self) -> "NoticeQuerySet":
        """Issued, and neither closed nor withdrawn."""
        return self.filter(state__in=OPEN)

    def overdue(self, today: date) -> "NoticeQuerySet":
        """Those whose agency should have answered before that day."""
        return self.filter(day_overdue("due_on", today), state__in=WITH_BODY)

    def for_page(self) -> "NoticeQuerySet":
        """With everybody whom a page names, and without what is large."""
        return self.select_related(
            "plan",
            "agency",
            "target",
            "instruction",
            "proposed_by",
            "issued_by",
            "acknowledged_by",
            "ended_by",
            "draft_by",
        ).defer("plan__text", "plan__head")


def _standing() -> Case:
    """Where an instruction stands: done when something was closed on it and nothing is open."""
    on_it = Notice.objects.filter(instruction=OuterRef("pk"))
    return Case(
        When(aside_at__isnull=False, then=Value(InstructionState.ASIDE.value)),
        When(Exists(on_it.filter(state__in=OPEN)), then=Value(InstructionState.ASSIGNED.value)),
        When(Exists(on_it.filter(state=State.CLOSED)), then=Value(InstructionState.DONE.value)),
        default=Value(InstructionState.WAITING.value),
        output_field=models.CharField(),
    )


def _at_most_one(names: Sequence[str]) -> Q:
    """At least all but one of the fields are null."""
    found = Q()
    for kept in names:
        found |= Q(**{f"{name}__isnull": True for name in names if name != kept})
    return found


class InstructionQuerySet(models.QuerySet["Instruction"]):
    """Instructions, by who may see them and what became of them."""

    @by_plan
    def visible_to(self, user: User) -> "InstructionQuerySet":
        """The office, the second reviewer and leadership; an agency's people those of which something was assigned to it."""
        if may_see_problems(user):
            return self
        if not may_file(user):
            return self.none()
        assigned = Notice.objects.filter(instruction=OuterRef("pk"), agency=user.agency_id, state__in=ISSUED)
        return self.filter(Exists(assigned))

    def with_standing(self) -> "InstructionQuerySet":
        """Each so that its `standing` can be asked for."""
        return self.annotate(stands=_standing())

    def standing_in(self, *states: InstructionState) -> "InstructionQuerySet":
        """Those that stand in one of the states."""
        return self.annotate(stands=_standing()).filter(stands__in=states)

    def for_page(self) -> "InstructionQuerySet":
        """With everything that a page names, and without what is large."""
        return self.select_related(
            "plan",
            "task",
            "brief",
            "submission__task",
            "submission__agency",
            "coordination__task",
            "notice",
            "agency",
            "target",
            "by",
            "aside_by",
        ).defer("plan__text", "plan__head", "brief__figures")


# What an instruction may stand on, by the name of its field.
SUBJECTS = ("task", "brief", "submission", "coordination", "notice", "agency", "target")


class Instruction(models.Model):
    """批示: what a leader wrote, in the leader's own words, on one of `SUBJECTS` or on nothing in particular; append-only.
    The leader enters it, or the office transcribes it, with a scan. Notices are assigned 交办 on it; what became of these
    is what became of it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("同一张表单只记一次。"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="instructions", verbose_name=_("方案"))
    task = models.ForeignKey(
        Task, models.PROTECT, null=True, blank=True, related_name="instructions", verbose_name=_("任务")
    )
    brief = models.ForeignKey(
        "reports.Brief",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="instructions",
        verbose_name=_("简报"),
    )
    submission = models.ForeignKey(
        Submission, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("填报")
    )
    coordination = models.ForeignKey(
        CoordinationRequest,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="instructions",
        verbose_name=_("提请协调事项"),
    )
    notice = models.ForeignKey(
        "reports.Notice",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="instructions",
        verbose_name=_("督办单"),
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="instructions", verbose_name=_("单位")
    )
    target = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="instructions", verbose_name=_("目标")
    )
    leader = models.CharField(_("批示人"), max_length=60)
    words = models.TextField(_("批示原文"))
    given_on = models.DateField(_("批示日期"))  # as on the paper
    at = models.DateTimeField(_("登记时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("登记人"))
    transcribed = models.BooleanField(_("由办公室登记"))
    # 议定事项 of a meeting, whose name stands in `leader`.
    is_resolution = models.BooleanField(_("会议议定事项"), default=False)
    is_sample = models.BooleanField(_("示例数据"))

    aside_at = models.DateTimeField(_("定为不交办的时间"), null=True, blank=True)
    aside_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("定为不交办的人")
    )
    aside_reason = models.TextField(_("不交办的理由"), blank=True)

    objects = InstructionQuerySet.as_manager()

    class Meta:
        verbose_name = _("批示")
        ordering = ["-at", "-id"]
        indexes = [gram_index("instruction_words", *INSTRUCTION_WORDS)]
        constraints = [
            models.CheckConstraint(name="instruction_on_one_thing_at_most", condition=_at_most_one(SUBJECTS)),
            models.CheckConstraint(name="instruction_says_something", condition=~Q(words="") & ~Q(leader="")),
            models.CheckConstraint(
                name="instruction_aside_whole_or_not",
                condition=Q(aside_at__isnull=True, aside_by__isnull=True, aside_reason="")
                | Q(aside_at__isnull=False, aside_by__isnull=False) & ~Q(aside_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.leader} {self.given_on}"

    @property
    def title(self) -> str:
        """张省长的批示, 领导小组第3次会议议定事项."""
        words = _("%(who)s议定事项") if self.is_resolution else _("%(who)s的批示")
        return str(words) % {"who": self.leader}

    @property
    def subject(self) -> models.Model | None:
        """What it stands on."""
        return next((one for name in SUBJECTS if (one := getattr(self, name)) is not None), None)

    @property
    def standing(self) -> InstructionState:
        """Where it stands; only of what came `with_standing()`."""
        return InstructionState(self.__dict__["stands"])


class Notice(models.Model):
    """督办单或函: the office asks an agency to do something and to report by a day. A proposal has no number; once issued
    what it says never changes. `due_on` is the day that holds now: an answer that is sent back gets another.

    `subject` names the fact on which it stands, so that nothing is proposed twice: `task:12`, `quarter:2017Q1`,
    `target:5`, `instruction:3`; "" where a person wrote the facts freely. `facts` is what was known of it then.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("同一张表单只记一次。"))
    plan = models.ForeignKey(Plan, models.PROTECT, related_name="notices", verbose_name=_("方案"))
    quarter = PeriodField(_("季度"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="notices", verbose_name=_("主送单位"))
    ground = models.CharField(_("依据"), max_length=12, choices=Ground)
    subject = models.CharField(_("依据的对象"), max_length=40, blank=True)
    tasks = models.ManyToManyField(Task, related_name="notices", verbose_name=_("任务"))
    target = models.ForeignKey(
        Target, models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("目标")
    )
    instruction = models.ForeignKey(
        Instruction, models.PROTECT, null=True, blank=True, related_name="notices", verbose_name=_("批示")
    )
    facts: Any = models.JSONField(_("当时的事实"), default=dict, blank=True)
    known_at = models.DateTimeField(_("事实提取时间"))
    why = models.CharField(_("建议理由"), max_length=300, blank=True)
    title = models.CharField(_("标题"), max_length=120)
    text = models.TextField(_("办理要求"))
    state = models.CharField(_("状态"), max_length=12, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField(_("提出时间"))
    proposed_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("提出人")
    )
    is_sample = models.BooleanField(_("示例数据"))

    grade = models.CharField(_("等级"), max_length=20, default=USUAL)
    # Name, mark and formula of the grade as they were when it was issued; {} before, and of what is older than grades.
    imprint: Any = models.JSONField(_("版记"), default=dict, blank=True)
    grade_words: Any = models.JSONField(_("等级的用语"), default=dict, blank=True)
    common = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="others",
        verbose_name=_("同文的第一件"),
        help_text=_("一个文号主送几个单位的，每个单位各有一件。"),
    )
    addressees = models.TextField(_("同文主送的各单位"), blank=True)
    series = models.CharField(_("文种"), max_length=6, choices=Series, blank=True)
    year = models.PositiveSmallIntegerField(_("年份"), null=True, blank=True)
    number = models.PositiveIntegerField(_("顺序号"), null=True, blank=True)
    doc_number = models.CharField(_("发文字号"), max_length=60, blank=True)
    addressee = models.CharField(_("主送机关"), max_length=120, blank=True)  # its name on that day
    signed = models.CharField(_("署名"), max_length=120, blank=True)  # whoever issues it
    due_on = models.DateField(_("反馈期限"), null=True, blank=True)
    first_due_on = models.DateField(_("原定期限"), null=True, blank=True)
    issued_at = models.DateTimeField(_("签发时间"), null=True, blank=True)
    issued_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签发人")
    )
    job = models.ForeignKey(
        "qhplan.Job", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("作业")
    )

    acknowledged_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("签收人")
    )
    # What the agency is writing; nobody else sees it until it is sent as an answer.
    draft = models.TextField(_("反馈草稿"), blank=True)
    draft_revision = models.PositiveIntegerField(_("草稿修订号"), default=0)
    draft_at = models.DateTimeField(_("草稿保存时间"), null=True, blank=True)
    draft_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("草稿保存人")
    )

    ended_at = models.DateTimeField(_("了结时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("了结人")
    )
    ended_reason = models.TextField(_("了结说明"), blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("督办单")
        ordering = ["-proposed_at", "-id"]
        constraints = [
            # A number is that of one notice, or of the notices that one document brings to several agencies.
            ExclusionConstraint(
                name="notice_number_once",
                expressions=[
                    ("plan", RangeOperators.EQUAL),
                    ("series", RangeOperators.EQUAL),
                    ("grade", RangeOperators.EQUAL),
                    ("year", RangeOperators.EQUAL),
                    ("number", RangeOperators.EQUAL),
                    (Coalesce("common", "id"), RangeOperators.NOT_EQUAL),
                ],
                condition=Q(number__isnull=False),
            ),
            # The same is not asked of an agency twice at a time; a freely written notice has no `subject`.
            models.UniqueConstraint(
                name="notice_one_alive",
                fields=["plan", "ground", "subject", "agency"],
                condition=Q(state__in=ALIVE) & ~Q(subject=""),
            ),
            # A rule says a thing once: what a person has refused or closed does not come back the next night.
            models.UniqueConstraint(
                name="notice_rule_says_it_once",
                fields=["plan", "ground", "subject", "agency", "quarter"],
                condition=Q(proposed_by__isnull=True),
            ),
            models.CheckConstraint(
                name="notice_stands_on_something",
                condition=Q(ground=Ground.HAND, subject="", target__isnull=True, instruction__isnull=True)
                | Q(ground__in=[Ground.RED, Ground.MISSING], target__isnull=True, instruction__isnull=True)
                & ~Q(subject="")
                | Q(ground=Ground.TARGET, target__isnull=False, instruction__isnull=True) & ~Q(subject="")
                | Q(ground=Ground.INSTRUCTION, target__isnull=True, instruction__isnull=False)
                & ~Q(subject=""),
            ),
            models.CheckConstraint(
                name="notice_numbered_when_issued",
                condition=Q(
                    state__in=ISSUED,
                    year__isnull=False,
                    number__isnull=False,
                    number__gte=1,
                    issued_at__isnull=False,
                    issued_by__isnull=False,
                    due_on__isnull=False,
                    first_due_on__isnull=False,
                )
                & ~Q(series="")
                & ~Q(doc_number="")
                & ~Q(addressee="")
                & ~Q(signed="")
                & ~Q(title="")
                & ~Q(text="")
                | Q(
                    state__in=[State.PROPOSED, State.REJECTED],
                    series="",
                    year__isnull=True,
                    number__isnull=True,
                    doc_number="",
                    addressee="",
                    signed="",
                    issued_at__isnull=True,
                    issued_by__isnull=True,
                    due_on__isnull=True,
                    first_due_on__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="notice_acknowledged_before_answered",
                condition=Q(
                    state__in=[State.PROPOSED, State.REJECTED, State.ISSUED],
                    acknowledged_at__isnull=True,
                    acknowledged_by__isnull=True,
                )
                | Q(
                    state__in=[State.ACKNOWLEDGED, State.ANSWERED, State.SENT_BACK, State.CLOSED],
                    acknowledged_at__isnull=False,
                    acknowledged_by__isnull=False,
                )
                | Q(state=State.WITHDRAWN, acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(state=State.WITHDRAWN, acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="notice_ended_whole_or_not",
                condition=Q(state__in=ALIVE, ended_at__isnull=True, ended_by__isnull=True, ended_reason="")
                | Q(state=State.CLOSED, ended_at__isnull=False, ended_by__isnull=False)
                | Q(
                    state__in=[State.REJECTED, State.WITHDRAWN],
                    ended_at__isnull=False,
                    ended_by__isnull=False,
                )
                & ~Q(ended_reason=""),
            ),
        ]
        indexes = [
            gram_index("notice_words", *NOTICE_WORDS),
            models.Index(name="notice_of_body", fields=["agency", "state"]),
            models.Index(name="notice_open", fields=["plan", "issued_at"], condition=Q(state__in=OPEN)),
        ]

    def __str__(self) -> str:
        return self.doc_number or f"{self.ground} {self.agency_id}"

    @property
    def is_issued(self) -> bool:
        return self.state in ISSUED

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def kind_name(self) -> str:
        """提醒单, 督办单, 函: what the document is called."""
        return str(self.grade_words.get("name") or (_("函") if self.is_letter else _("督办单")))

    @property
    def is_letter(self) -> bool:
        """Whether it is a 函; before it is issued, whether it will be."""
        return (self.series or form_of(self.agency)) == Series.LETTER


class NoticeReopening(models.Model):
    """重开: a closed notice is open again, with a reason and another day; append-only. It keeps when and by whom it had been
    closed, so that what was known then stays known."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="reopenings", verbose_name=_("督办单"))
    at = models.DateTimeField(_("重开时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("重开人"))
    reason = models.TextField(_("重开理由"))
    due_on = models.DateField(_("新的期限"))
    closed_at = models.DateTimeField(_("原办结时间"))
    closed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("原办结人"))
    closed_reason = models.TextField(_("原办结说明"), blank=True)

    class Meta:
        verbose_name = _("督办重开")
        ordering = ["notice_id", "at"]
        constraints = [
            models.CheckConstraint(name="notice_reopening_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="notice_reopened_after_closing", condition=Q(at__gte=models.F("closed_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.at:%Y-%m-%d}"


def form_of(agency: Agency) -> Series:
    """In which form a notice of the usual grade addresses that agency."""
    return Series.LETTER if agency.kind in ASKED_KINDS else Series.NOTICE


class NoticeFile(models.Model):
    """The PDF of an issued notice, set by a job; never changed."""

    notice = models.OneToOneField(Notice, models.PROTECT, related_name="file", verbose_name=_("督办单"))
    pdf = models.BinaryField(_("PDF"))
    sha256 = models.CharField(_("文件校验值"), max_length=64)
    pages = models.PositiveSmallIntegerField(_("页数"))
    seconds = models.FloatField(_("用时（秒）"))
    made_at = models.DateTimeField(_("生成时间"))

    class Meta:
        verbose_name = _("督办单文件")

    def __str__(self) -> str:
        return self.sha256
