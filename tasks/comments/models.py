"""Models of experts' comments and of their release to agencies."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_file, may_see_problems


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments, filtered by user."""

    def visible_to(self, user: User) -> "CommentQuerySet":
        """All comments for the office, the second reviewer and leadership; for an expert the own ones; for users of an
        agency those released to it and not withdrawn."""
        if may_see_problems(user):
            return self
        visible = Q(pk__in=[])
        if may_comment(user):
            visible |= Q(by=user)
        if may_file(user):
            released = CommentRelease.objects.filter(comment=OuterRef("pk"), agency=user.agency_id)
            visible |= Q(Exists(released), withdrawn_at__isnull=True)
        return self.filter(visible)

    def for_page(self) -> "CommentQuerySet":
        """With the related rows that a page shows: the author and the agencies of the releases."""
        return self.select_related("by").prefetch_related("releases__by")


class Comment(models.Model):
    """专家意见: an expert's comment on one object (`kind`, `subject_id`: see tasks.comments.values). Append-only; its
    author can withdraw it once, with a reason, and it stays visible as withdrawn."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("同一张表单只记一次。"))
    kind = models.CharField(_("对象类别"), max_length=20)
    subject_id = models.BigIntegerField(_("对象编号"))
    text = models.TextField(_("意见"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("专家"))
    at = models.DateTimeField(_("时间"))
    withdrawn_at = models.DateTimeField(_("撤回时间"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("撤回理由"), blank=True)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name = _("专家意见")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(name="comment_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="comment_withdrawn_whole_or_not",
                condition=Q(withdrawn_at__isnull=True, withdrawn_reason="")
                | Q(withdrawn_at__isnull=False) & ~Q(withdrawn_reason=""),
            ),
        ]
        indexes = [models.Index(name="comment_of_subject", fields=["kind", "subject_id", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind}:{self.subject_id} {self.by_id}"

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None


class CommentRelease(models.Model):
    """转送: the release of a comment to one agency by the office. Append-only."""

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="releases", verbose_name=_("专家意见"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("转送单位"))
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("经办人"))

    class Meta:
        verbose_name = _("专家意见转送")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(name="comment_released_once", fields=["comment", "agency"])]

    def __str__(self) -> str:
        return f"{self.comment_id} → {self.agency_id}"
