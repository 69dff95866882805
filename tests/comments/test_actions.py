"""The write path of comments: who may, what is refused, and what stays."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connections, transaction

from tasks.comments import actions
from tasks.comments.queries import comments_on, counts_on
from tasks.errors import Conflict, Problems
from tasks.models import Comment, CommentRelease, Event, User
from tasks.values import Role
from tests import factories as make
from tests.briefs.conftest import frozen, issued
from tests.comments.conftest import NOW, World


def said(world: World, text: str = "口径宜统一。", by: User | None = None) -> Comment:
    return actions.comment(by=by or world.expert, subject=world.task, text=text)


def readers(world: World) -> list[User]:
    """Who of the people of this world finds a comment on the task."""
    people = (
        world.expert,
        world.other_expert,
        world.office,
        world.leadership,
        world.reporter,
        world.co_reporter,
        world.viewer,
    )
    return [user for user in people if comments_on([world.task], user)]


def test_a_comment_is_seen_by_its_author_the_office_and_leadership(world: World) -> None:
    said(world)
    assert readers(world) == [world.expert, world.office, world.leadership]


def test_a_released_one_is_seen_by_that_body_too_until_it_is_withdrawn(world: World) -> None:
    comment = said(world)
    actions.release(by=world.office, comment=comment, agency_ids=[world.lead.pk])
    assert readers(world) == [world.expert, world.office, world.leadership, world.reporter]
    actions.withdraw(by=world.expert, comment=comment, reason="看错了数")
    assert readers(world) == [world.expert, world.office, world.leadership]
    assert counts_on("task", [world.task.pk], world.office) == {}


def test_only_an_expert_comments(world: World) -> None:
    for user in (world.office, world.leadership, world.reporter, world.viewer):
        with pytest.raises(PermissionDenied):
            said(world, by=user)
    assert not Comment.objects.exists()


@pytest.mark.slow
def test_what_an_expert_cannot_read_he_cannot_comment_on(world: World) -> None:
    with pytest.raises(PermissionDenied):
        actions.comment(by=world.expert, subject=frozen(world.plan), text="草稿上的意见")
    brief = issued(world.plan)
    made = actions.comment(by=world.expert, subject=brief, text="第三部分宜附口径。")
    assert (made.kind, made.subject_id) == ("brief", brief.pk)


@pytest.mark.parametrize("text", ["", " \n ", "字" * 2001, "a\x00b"])
def test_what_cannot_be_kept_is_refused_on_its_field(world: World, text: str) -> None:
    with pytest.raises(Problems) as raised:
        said(world, text)
    assert list(raised.value.by_field()) == ["text"]


def test_the_same_form_sent_twice_is_one_comment(world: World) -> None:
    key = uuid.uuid4()
    once, again = (
        actions.comment(by=world.expert, subject=world.task, text="口径宜统一。", key=key) for _n in range(2)
    )
    assert once == again
    assert Comment.objects.count() == 1


def test_a_key_of_somebody_else_is_a_conflict_and_tells_nothing(world: World) -> None:
    key = uuid.uuid4()
    actions.comment(by=world.expert, subject=world.task, text="甲的意见", key=key)
    with pytest.raises(Conflict):
        actions.comment(by=world.other_expert, subject=world.task, text="乙的意见", key=key)


def test_only_the_office_releases_and_only_to_bodies_that_there_are(world: World) -> None:
    comment = said(world)
    for user in (world.expert, world.leadership, world.reporter):
        with pytest.raises(PermissionDenied):
            actions.release(by=user, comment=comment, agency_ids=[world.lead.pk])
    collective = make.agency("各市州", kind="collective")
    for ids in ([], [0], [collective.pk]):
        with pytest.raises(Problems):
            actions.release(by=world.office, comment=comment, agency_ids=ids)


def test_releasing_again_adds_only_who_is_new(world: World) -> None:
    comment = said(world)
    actions.release(by=world.office, comment=comment, agency_ids=[world.lead.pk])
    made = actions.release(by=world.office, comment=comment, agency_ids=[world.lead.pk, world.co.pk])
    assert [release.agency for release in made] == [world.co]
    assert actions.release(by=world.office, comment=comment, agency_ids=[world.co.pk]) == []
    assert CommentRelease.objects.count() == 2


def test_only_the_author_withdraws_once_and_with_a_reason(world: World) -> None:
    comment = said(world)
    for user in (world.other_expert, world.office):
        with pytest.raises(PermissionDenied):
            actions.withdraw(by=user, comment=comment, reason="放弃")
    with pytest.raises(Problems):
        actions.withdraw(by=world.expert, comment=comment, reason=" ")
    actions.withdraw(by=world.expert, comment=comment, reason="看错了数")
    with pytest.raises(Conflict):
        actions.withdraw(by=world.expert, comment=Comment.objects.get(pk=comment.pk), reason="再撤")
    with pytest.raises(Conflict):
        actions.release(by=world.office, comment=comment, agency_ids=[world.lead.pk])


def test_every_step_is_on_record_without_the_words(world: World) -> None:
    comment = said(world)
    actions.release(by=world.office, comment=comment, agency_ids=[world.lead.pk])
    actions.withdraw(by=world.expert, comment=comment, reason="看错了数")
    assert list(Event.objects.values_list("verb", "by", "note")) == [
        ("comment.make", world.expert.pk, ""),
        ("comment.release", world.office.pk, ""),
        ("comment.withdraw", world.expert.pk, "看错了数"),
    ]


def test_the_database_itself_keeps_what_was_said(world: World) -> None:
    comment = said(world)
    (release,) = actions.release(by=world.office, comment=comment, agency_ids=[world.lead.pk])
    rows = Comment.objects.filter(pk=comment.pk)
    for broken in (
        lambda: rows.update(text="改口"),
        lambda: rows.update(withdrawn_at=NOW),
        lambda: rows.update(withdrawn_reason="无时间"),
        rows.delete,
        lambda: CommentRelease.objects.filter(pk=release.pk).delete(),
        lambda: CommentRelease.objects.filter(pk=release.pk).update(agency=world.co),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            broken()
    actions.withdraw(by=world.expert, comment=comment, reason="看错了数")
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(withdrawn_at=None, withdrawn_reason="")


def test_one_form_sent_twice_at_once_is_one_comment(cloned_db: str) -> None:
    expert = make.user(Role.EXPERT, password=None)
    task = make.task(make.plan())
    key, start = uuid.uuid4(), Barrier(2)

    def send(_n: int) -> str:
        start.wait()
        try:
            return str(actions.comment(by=expert, subject=task, text="口径宜统一。", key=key).pk)
        except Conflict:
            return "told"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        outcomes = set(pool.map(send, range(2)))
    assert len(outcomes - {"told"}) == 1
    assert Comment.objects.count() == 1
