"""Reading comments, and what they are about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Model, Q

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.comments.models import Comment
from tasks.comments.values import KINDS, kind_of
from tasks.people.models import User
from tasks.values import Quarter


@dataclass(frozen=True)
class About:
    """What a comment is about, in words; `page` is "" for a reader who may not open it."""

    kind: str
    id: int
    word: str
    name: str
    page: str


def comments_on(subjects: Iterable[Model], user: User) -> list[Comment]:
    """What the reader may see of what was said about these things, the latest first."""
    wanted = Q(pk__in=[])
    for subject in subjects:
        wanted |= Q(kind=kind_of(subject), subject_id=subject.pk)
    return list(Comment.objects.visible_to(user).filter(wanted).for_page())


def counts_on(kind: str, ids: Iterable[int], user: User) -> dict[int, int]:
    """{id: how many comments that stand the reader may see} of things of one kind. One query."""
    rows = (
        Comment.objects.visible_to(user)
        .filter(kind=kind, subject_id__in=list(ids), withdrawn_at__isnull=True)
        .order_by()
        .values("subject_id")
        .annotate(n=Count("pk"))
    )
    return {row["subject_id"]: row["n"] for row in rows}


def abouts(comments: Sequence[Comment], user: User) -> dict[tuple[str, int], About]:
    """{(kind, id): what it is}, for the comments of a list. At most two queries a kind."""
    found = {}
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
            found[key, subject.pk] = About(key, subject.pk, str(kind.word), kind.name(subject), page)
    return found


@dataclass(frozen=True)
class Shown:
    """A comment as a list shows it."""

    comment: Comment
    about: About | None
    released_to: tuple[str, ...]  # names of today, for those who may see to whom


def shown(comments: Sequence[Comment], user: User, *, sees_releases: bool) -> list[Shown]:
    """The comments with what they are about and to whom they were released."""
    about = abouts(comments, user)
    bodies = {release.agency_id for comment in comments for release in comment.releases.all()}
    names = names_at(Quarter.of(clock.today()), bodies) if sees_releases and bodies else {}
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
