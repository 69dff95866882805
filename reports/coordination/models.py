"""Requests for coordination, their steps and the files of these."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from reports.coordination.values import OPEN, State, StepKind
from tasks.fields import PeriodField
from tasks.files.models import StoredFile
from tasks.grams import gram_index
from tasks.models import Agency, Plan, Responsibility, Task, User, Version
from tasks.people.permissions import may_file, may_see_problems
from tasks.people.plan_scope import by_plan

# What a search reads of a request.
REQUEST_WORDS = ("text",)


class CoordinationQuerySet(models.QuerySet["CoordinationRequest"]):
    """Requests, by who may see them and how they stand."""

    @by_plan
    def visible_to(self, user: User) -> "CoordinationQuerySet":
        """As with problems: office and leadership all; an agency its own and those on the tasks that it leads in the
        quarter; besides these what was assigned to it."""
        if may_see_problems(user):
            return self
        if not may_file(user):
            return self.none()
        leads = Responsibility.objects.reading().filter(
            agency=user.agency_id,
            task=OuterRef("task"),
            known__contains=clock.now(),
            valid__contains=OuterRef("quarter"),
        )
        assigned = CoordinationStep.objects.filter(request=OuterRef("pk"), agencies=user.agency_id)
        return self.filter(Q(agency=user.agency_id) | Exists(leads) | Exists(assigned))

    def open(self) -> "CoordinationQuerySet":
        return self.filter(state__in=OPEN)

    def for_page(self) -> "CoordinationQuerySet":
        """With everybody whom a page names, and without what is large."""
        return self.select_related("plan", "task", "agency", "raised_by").defer("plan__text", "plan__head")


class CoordinationRequest(models.Model):
    """提请协调事项: what an agency asks the leading group to settle on a task. It is raised by the field of a submitted
    return or added by the office; `text` is its wording now, the wording of each time is in the steps."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("同一张表单只记一次。"))
    plan = models.ForeignKey(
        Plan, models.PROTECT, related_name="coordination_requests", verbose_name=_("方案")
    )
    task = models.ForeignKey(
        Task, models.PROTECT, related_name="coordination_requests", verbose_name=_("任务")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, related_name="coordination_requests", verbose_name=_("提出单位")
    )
    quarter = PeriodField(_("提出的季度"))
    text = models.TextField(_("提请协调事项"))
    state = models.CharField(_("状态"), max_length=10, choices=State, default=State.RAISED)
    raised_at = models.DateTimeField(_("提出时间"))
    raised_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("提出人"))
    by_office = models.BooleanField(_("由办公室登记"), default=False)
    is_sample = models.BooleanField(_("示例数据"))

    objects = CoordinationQuerySet.as_manager()

    class Meta:
        verbose_name = _("提请协调事项")
        ordering = ["raised_at", "id"]
        constraints = [
            models.CheckConstraint(name="coordination_says_something", condition=~Q(text="")),
        ]
        indexes = [
            gram_index("coordination_words", *REQUEST_WORDS),
            models.Index(name="coordination_open", fields=["plan", "raised_at"], condition=Q(state__in=OPEN)),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.agency_id} {self.quarter}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


class CoordinationStep(models.Model):
    """One step of a request: who did what, when, in which words; append-only. `version` is the return in which an agency
    raised it."""

    request = models.ForeignKey(
        CoordinationRequest, models.PROTECT, related_name="steps", verbose_name=_("提请协调事项")
    )
    kind = models.CharField(_("步骤"), max_length=10, choices=StepKind)
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("办理人"))
    words = models.TextField(_("内容"), blank=True)
    version = models.ForeignKey(
        Version, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("填报")
    )
    agencies: "models.ManyToManyField[Agency, Any]" = models.ManyToManyField(
        Agency, related_name="+", verbose_name=_("承办单位")
    )
    due_on = models.DateField(_("办理期限"), null=True, blank=True)
    meeting = models.CharField(_("会议"), max_length=120, blank=True)
    held_on = models.DateField(_("会议日期"), null=True, blank=True)
    instruction = models.ForeignKey(
        "reports.Instruction", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("批示")
    )

    class Meta:
        verbose_name = _("提请协调事项的办理步骤")
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="coordinationstep_meeting_whole_or_not",
                condition=Q(kind=StepKind.MEETING, held_on__isnull=False) & ~Q(meeting="")
                | ~Q(kind=StepKind.MEETING) & Q(held_on__isnull=True, meeting=""),
            ),
            models.CheckConstraint(
                name="coordinationstep_due_when_assigned",
                condition=Q(kind=StepKind.ASSIGNED, due_on__isnull=False)
                | ~Q(kind=StepKind.ASSIGNED) & Q(due_on__isnull=True),
            ),
            models.CheckConstraint(
                name="coordinationstep_instruction_when_instructed",
                condition=Q(kind=StepKind.INSTRUCTED, instruction__isnull=False)
                | ~Q(kind=StepKind.INSTRUCTED) & Q(instruction__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} {self.kind}"


class CoordinationFileQuerySet(models.QuerySet["CoordinationFile"]):
    def visible_to(self, user: User) -> "CoordinationFileQuerySet":
        """Files of the requests that the user may see."""
        return self.filter(step__request__in=CoordinationRequest.objects.visible_to(user))


class CoordinationFile(models.Model):
    """A file that came with a step; append-only."""

    step = models.ForeignKey(CoordinationStep, models.PROTECT, related_name="files", verbose_name=_("步骤"))
    file = models.OneToOneField(StoredFile, models.PROTECT, related_name="+", verbose_name=_("文件"))

    objects = CoordinationFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("提请协调事项的附件")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.step_id} {self.file_id}"
