"""Queries for comments and their objects, formatted for lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Model, Q

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.comments.models import Comment
from tasks.comments.values import KINDS, kind_of
from tasks.people.models import User
from tasks.values import Period


@dataclass(frozen=True)
class About:
    """The object of a comment as text; `page` is "" for users who may not open it."""

    kind: str
    id: int
    word: str
    name: str
    page: str


def comments_on(subjects: Iterable[Model], user: User) -> list[Comment]:
    """The comments on these objects that the user may see, the latest first."""
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(kind=kind_of(subject), subject_id=subject.pk)
    return list(Comment.objects.visible_to(user).filter(wanted).for_page())


def counts_on(kind: str, ids: Iterable[int], user: User) -> dict[int, int]:
    """`{object id: number of valid comments that the user may see}` for objects of one kind. One query."""
    rows = (
        Comment.objects.visible_to(user)
        .filter(kind=kind, subject_id__in=list(ids), withdrawn_at__isnull=True)
        .order_by()
        .values("subject_id")
        .annotate(n=Count("pk"))
    )
    return {row["subject_id"]: row["n"] for row in rows}


def abouts(comments: Sequence[Comment], user: User) -> dict[tuple[str, int], About]:
    """`{(kind, object id): About}` for the comments of a list. At most two queries for each kind."""
    result = {}
    for key, kind in KINDS.items():
        ids = {comment.subject_id for comment in comments if comment.kind == key}
        if not ids:
            continue
        visible_to = getattr(kind.manager, "visible_to", None)
        open_ids = ids
        if visible_to is not None:
            open_ids = set(visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
        for subject in kind.loaded(ids):
            page = kind.page(subject) if subject.pk in open_ids else ""
            result[key, subject.pk] = About(key, subject.pk, str(kind.word), kind.name(subject), page)
    return result


@dataclass(frozen=True)
class Shown:
    """A comment, formatted for a list."""

    comment: Comment
    about: About | None
    released_to: tuple[str, ...]  # current names; empty for users who may not see the releases


def shown(comments: Sequence[Comment], user: User, *, sees_releases: bool) -> list[Shown]:
    """Formats the comments with their objects and releases."""
    about = abouts(comments, user)
    agency_ids = {release.agency_id for comment in comments for release in comment.releases.all()}
    names = names_at(Period.of(clock.today()), agency_ids) if sees_releases and agency_ids else {}
    return [
        Shown(
            comment,
            about.get((comment.kind, comment.subject_id)),
            tuple(
                names[release.agency_id].short
                for release in comment.releases.all()
                if release.agency_id in names
            ),
        )
        for comment in comments
    ]
