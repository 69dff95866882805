"""Models of experts' comments and of their release to agencies."""

import uuid
from collections.abc import Callable

from django.db import models
from django.db.models import Exists, Model, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.comments.values import KINDS
from tasks.grams import gram_index
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_file, may_see_problems
from tasks.people.plan_scope import plan_path

COMMENT_WORDS = ("text",)  # what a search looks at


class CommentQuerySet(models.QuerySet["Comment"]):
    """Comments, filtered by user."""

    def visible_to(self, user: User) -> "CommentQuerySet":
        """All comments for the office, the second reviewer and leadership; for an expert the own ones; for users of an
        agency those released to it and not withdrawn."""
        if user.is_limited:
            return self._of_seen_objects(user)
        return self._open_to(user)

    def _of_seen_objects(self, user: User) -> "CommentQuerySet":
        """A comment belongs to the plan of its object: asked for each plan that differs for the user."""
        every = CommentQuerySet(self.model)
        found = Q(
            pk__in=every._about(lambda path: ~Q(**{f"{path}__in": user.own_plan_ids}))
            ._open_to(user.at(0))
            .values("pk")
        )
        for plan_id in user.own_plan_ids:
            there = every._about(lambda path, plan_id=plan_id: Q(**{path: plan_id}))  # type: ignore[misc]
            found |= Q(pk__in=there._open_to(user.at(plan_id)).values("pk"))
        return self.filter(found)

    def of_plan(self, plan: Model) -> "CommentQuerySet":
        """Those on objects of one plan."""
        return self._about(lambda path: Q(**{path: plan.pk}))

    def _about(self, of_plan: Callable[[str], Q]) -> "CommentQuerySet":
        wanted = Q(pk__in=[])
        for key, kind in KINDS.items():
            subjects = kind.manager.filter(of_plan(plan_path(kind.manager.model) or "pk"))
            wanted |= Q(kind=key, subject_id__in=subjects.values("pk"))
        return self.filter(wanted)

    def _open_to(self, user: User) -> "CommentQuerySet":
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
        indexes = [
            models.Index(name="comment_of_subject", fields=["kind", "subject_id", "-at"]),
            gram_index("comment_words", *COMMENT_WORDS),
        ]

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
