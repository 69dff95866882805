"""Models of the answers of agencies to notices, with their files."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from reports.supervision.models.notices import Notice
from reports.supervision.values import Decision
from tasks.cycles.lateness import is_day_late
from tasks.files.models import StoredFile
from tasks.models import User
from tasks.people.permissions import may_file
from tasks.people.plan_scope import by_plan


class Answer(models.Model):
    """反馈: what an agency answers; append-only. Only the decision on it is filled in, once."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="answers", verbose_name=_("督办单"))
    number = models.PositiveSmallIntegerField(_("次数"))
    text = models.TextField(_("反馈"))
    due_on = models.DateField(_("当时的期限"))
    at = models.DateTimeField(_("反馈时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("签批人"))
    decision = models.CharField(_("审核"), max_length=9, choices=Decision, blank=True)
    decided_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    decided_by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("审核人")
    )
    note = models.TextField(_("审核意见"), blank=True)
    new_due_on = models.DateField(_("新的期限"), null=True, blank=True)

    class Meta:
        verbose_name = _("督办反馈")
        ordering = ["notice_id", "number"]
        constraints = [
            models.UniqueConstraint(name="answer_number", fields=["notice", "number"]),
            models.UniqueConstraint(name="answer_one_undecided", fields=["notice"], condition=Q(decision="")),
            models.CheckConstraint(name="answer_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="answer_decided_whole_or_not",
                condition=Q(
                    decision="",
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    note="",
                    new_due_on__isnull=True,
                )
                | Q(
                    decision=Decision.ACCEPTED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    new_due_on__isnull=True,
                )
                | Q(
                    decision=Decision.RETURNED,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    new_due_on__isnull=False,
                )
                & ~Q(note="")
                | Q(
                    decision=Decision.WITHDRAWN,
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    new_due_on__isnull=True,
                )
                & ~Q(note=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} #{self.number}"

    @property
    def is_late(self) -> bool:
        """Whether it came after the day that was set at the time."""
        return is_day_late(timezone.localdate(self.at, timezone.get_default_timezone()), self.due_on)


class AnswerFileQuerySet(models.QuerySet["AnswerFile"]):
    """Files of answers, by who may see them."""

    @by_plan
    def visible_to(self, user: User) -> "AnswerFileQuerySet":
        """Of an answer that was sent: whoever sees the notice; of a draft: the people of its agency."""
        seen = self.filter(notice__in=Notice.objects.visible_to(user).values("pk"))
        own = Q(notice__agency=user.agency_id) if may_file(user) else Q(pk__in=[])
        return seen.filter(Q(answer__isnull=False) | own)


class AnswerFile(models.Model):
    """佐证材料（督办反馈）: a file of an answer, or of the draft of the next one. With an answer it is append-only."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="answer_files", verbose_name=_("督办单"))
    answer = models.ForeignKey(
        Answer, models.PROTECT, null=True, blank=True, related_name="files", verbose_name=_("反馈")
    )
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="answer_links", verbose_name=_("文件"))

    objects = AnswerFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("督办反馈的佐证材料")
        ordering = ["file__uploaded_at", "id"]
        constraints = [
            models.UniqueConstraint(
                name="answer_file_once", fields=["notice", "answer", "file"], nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.notice_id} {self.file_id}"
