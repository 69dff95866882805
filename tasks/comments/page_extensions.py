"""What this room adds to pages of other rooms: the comments on the thing that the page shows.

`qhplan.context.parts` asks by the page's name before it is rendered; what is returned stands in the template as
`parts.comments`. None where the reader has nothing to see or to say.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.urls import reverse

from tasks.comments.models import Comment
from tasks.comments.permissions import may_see_some
from tasks.comments.queries import Shown, comments_on, counts_on, shown
from tasks.comments.values import KINDS, kind_of
from tasks.people.models import User
from tasks.people.permissions import may_comment, may_see_problems

LATEST = 3


@dataclass(frozen=True)
class Part:
    """The comments on one thing, ready for comments/_part.html."""

    rows: list[Shown]
    count: int
    url: str  # where all of them stand, and the form
    may_comment: bool
    sees_releases: bool


def part_on(subject: Model, user: User) -> Part | None:
    """The latest comments on a thing that the page shows anyway."""
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


def _on_task(user: User, args: dict[str, Any]) -> Part | None:
    task = KINDS["task"].manager.filter(plan__slug=args["slug"], ref=args["ref"]).first()
    return part_on(task, user) if task else None


def _on_brief(user: User, args: dict[str, Any]) -> Part | None:
    brief = KINDS["brief"].manager.visible_to(user).filter(pk=args["pk"]).only("pk").first()
    return part_on(brief, user) if brief else None


def _on_target(user: User, args: dict[str, Any]) -> Part | None:
    target = (
        KINDS["target"]
        .manager.filter(plan__slug=args["slug"], order=args["order"], known__endswith__isnull=True)
        .first()
    )
    return part_on(target, user) if target else None


@dataclass(frozen=True)
class TargetRow:
    """A target with how many comments on it the reader may see."""

    year: int | None
    text: str
    count: int
    url: str


def _on_targets(user: User, args: dict[str, Any]) -> list[TargetRow]:
    """For the page that shows all targets: each with its count. An expert is offered all, others those commented on."""
    targets = list(
        KINDS["target"]
        .manager.filter(plan__slug=args["slug"], known__endswith__isnull=True)
        .order_by("order")
    )
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


def _on_desk(user: User, args: dict[str, Any]) -> int:
    """How many comments were released to the reader's body."""
    return Comment.objects.visible_to(user).filter(releases__agency=user.agency_id).count()


PARTS: dict[str, Callable[[User, dict[str, Any]], Any]] = {
    "task": _on_task,
    "brief": _on_brief,
    "target": _on_target,
    "overview": _on_targets,
    "desk": _on_desk,
}


def part(page: str, user: User, args: dict[str, Any]) -> Any:
    """What this room has to say on the page, None for nothing."""
    builder = PARTS.get(page)
    return builder(user, args) if builder and may_see_some(user) else None
