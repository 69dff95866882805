"""Extensions of pages: the comments on what the page shows."""

from dataclasses import dataclass

from django.db.models import Model
from django.urls import reverse

from tasks.comments.models import Comment
from tasks.comments.permissions import may_see_some
from tasks.comments.queries import Shown, comments_on, counts_on, shown
from tasks.comments.values import KINDS, kind_of
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_see_problems
from tasks.values import Period
from tasks.web.page_extensions import extend

LATEST = 3


@dataclass(frozen=True)
class Part:
    """The comments on one thing, ready for comments/_part.html."""

    rows: list[Shown]
    count: int
    url: str  # of the page with all comments and the form
    may_comment: bool
    sees_releases: bool


def part_on(subject: Model, user: User) -> Part | None:
    """The latest comments on an object; None where the reader may neither see nor write any."""
    comments = comments_on([subject], user)
    if not comments and not may_comment(user):
        return None
    sees = may_see_problems(user)
    return Part(
        rows=shown(comments[:LATEST], user, sees_releases=sees),
        count=len(comments),
        url=reverse("comments_about", args=[kind_of(subject), subject.pk]),
        may_comment=may_comment(user),
        sees_releases=sees,
    )


def _task(*, user: User, plan: Model, task: Model) -> Part | None:
    return part_on(task, user) if may_see_some(user) else None


def _brief(*, user: User, brief: Model) -> Part | None:
    return part_on(brief, user) if may_see_some(user) else None


@dataclass(frozen=True)
class TargetRow:
    """A target and the number of comments on it that the reader may see."""

    year: int | None
    text: str
    count: int
    url: str


def _overview(*, user: User, plan: Model) -> list[TargetRow] | None:
    """The plan's targets with the number of comments: an expert gets all of them, others those with comments."""
    if not may_see_some(user):
        return None
    targets = list(KINDS["target"].manager.filter(plan=plan, known__endswith__isnull=True).order_by("order"))
    counts = counts_on("target", [target.pk for target in targets], user)
    return [
        TargetRow(
            target.year,
            target.text,
            counts.get(target.pk, 0),
            reverse("comments_about", args=["target", target.pk]),
        )
        for target in targets
        if counts.get(target.pk) or may_comment(user)
    ]


def _desk(*, user: User, plan: Model, quarter: Period) -> int | None:
    """The number of comments that were released to the reader's agency."""
    if not may_see_some(user):
        return None
    return Comment.objects.visible_to(user).filter(releases__agency=user.agency_id).count()


extend("task", "comments", _task)
extend("brief", "comments", _brief)
extend("overview", "comments", _overview)
extend("desk", "comments", _desk)
