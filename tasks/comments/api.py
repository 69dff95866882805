"""API routes of experts' comments: list, detail, create, release, withdraw."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from tasks.accounts.api_access import allowed
from tasks.agencies.models import Agency
from tasks.comments import actions
from tasks.comments.filters import CommentFilter
from tasks.comments.models import Comment
from tasks.comments.permissions import may_see_some
from tasks.comments.values import KINDS, REASON_LIMIT, TEXT_LIMIT
from tasks.errors import Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_release_comments, may_see_problems


class CommentSerializer(serializers.ModelSerializer[Comment]):
    """`kind` and `subject_id` are the object of the comment. `released_to` are slugs of agencies, null for users who may
    not see the releases."""

    by = serializers.StringRelatedField[User](read_only=True)
    released_to = serializers.SerializerMethodField()

    class Meta:
        model = Comment
        fields = [
            "id",
            "kind",
            "subject_id",
            "text",
            "by",
            "at",
            "withdrawn_at",
            "withdrawn_reason",
            "released_to",
        ]

    def get_released_to(self, comment: Comment) -> list[str] | None:
        if not may_see_problems(signed_in(self.context["request"])):
            return None
        return [release.agency.slug for release in comment.releases.all()]


class NewCommentSerializer(serializers.Serializer[Any]):
    """A new comment with its object. `key` is an idempotency key (any UUID): requests with the same key count once."""

    kind = serializers.ChoiceField(choices=list(KINDS))
    subject_id = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    text = serializers.CharField(max_length=TEXT_LIMIT)
    key = serializers.UUIDField(default=None, allow_null=True)


class ReleaseSerializer(serializers.Serializer[Any]):
    agencies = serializers.ListField(child=serializers.SlugField(), allow_empty=False, max_length=200)


class CommentReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=REASON_LIMIT)


class CommentViews(viewsets.ReadOnlyModelViewSet[Comment]):
    """专家意见: comments of the advisory committee's members on tasks, targets and briefs."""

    serializer_class = CommentSerializer
    filterset_class = CommentFilter
    queryset = Comment.objects.none()

    def get_permissions(self) -> list[Any]:
        rules = {"make": may_comment, "withdraw": may_comment, "release": may_release_comments}
        return [allowed(rules.get(self.action, may_see_some))()]

    def get_queryset(self) -> QuerySet[Comment, Any]:
        return (
            Comment.objects.visible_to(signed_in(self.request))
            .select_related("by")
            .prefetch_related("releases__agency")
        )

    @extend_schema(request=NewCommentSerializer, responses={201: CommentSerializer})
    def make(self, request: Request) -> Response:
        """Creates a comment on an object that the user may read."""
        serializer = NewCommentSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        subject = KINDS[data["kind"]].loaded([data["subject_id"]]).first()
        if subject is None:
            raise Http404(_("没有这一项，或您不能看。"))
        new_comment = actions.comment(
            by=signed_in(request), subject=subject, text=data["text"], key=data["key"]
        )
        return self._answer(new_comment.pk, status.HTTP_201_CREATED)

    @extend_schema(request=ReleaseSerializer)
    def release(self, request: Request, pk: int) -> Response:
        """Releases the comment to agencies."""
        serializer = ReleaseSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        slugs = set(serializer.validated_data["agencies"])
        ids = dict(Agency.objects.filter(slug__in=slugs).values_list("slug", "pk"))
        if slugs - set(ids):
            raise Problems(
                [
                    Problem(
                        "agencies",
                        _("没有这个单位：%(slugs)s") % {"slugs": "、".join(sorted(slugs - set(ids)))},
                    )
                ]
            )
        actions.release(by=signed_in(request), comment=self.get_object(), agency_ids=list(ids.values()))
        return self._answer(pk, status.HTTP_200_OK)

    @extend_schema(request=CommentReasonSerializer)
    def withdraw(self, request: Request, pk: int) -> Response:
        """Withdraws the user's own comment, with the reason."""
        serializer = CommentReasonSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        actions.withdraw(
            by=signed_in(request), comment=self.get_object(), reason=serializer.validated_data["reason"]
        )
        return self._answer(pk, status.HTTP_200_OK)

    def _answer(self, pk: int, code: int) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)


urlpatterns = [
    path("comments/", CommentViews.as_view({"get": "list", "post": "make"}), name="api_comment_list"),
    path("comments/<int:pk>/", CommentViews.as_view({"get": "retrieve"}), name="api_comment"),
    path("comments/<int:pk>/release/", CommentViews.as_view({"post": "release"}), name="api_comment_release"),
    path(
        "comments/<int:pk>/withdraw/", CommentViews.as_view({"post": "withdraw"}), name="api_comment_withdraw"
    ),
]
