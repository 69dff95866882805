"""转办: who may hand a task to a colleague, what goes along, and how it comes back."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks.accounts.actions import amend_account, set_active
from tasks.assignments.actions import assign
from tasks.assignments.queries import check_assigned, people_for, share_of
from tasks.assignments.reassigning import reassign, take_back
from tasks.errors import Conflict, Problems
from tasks.models import Event, Message, Plan, Reassignment, Submission, Task, User
from tasks.notifications.queries import digests_on, items_on
from tasks.submissions.actions import save_drafts
from tasks.submissions.content import DraftInput
from tasks.values import Light, Period, Role
from tests import factories as make
from tests.pages import text

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
LATER = make.moment("2017-04-04 09:00")


class World:
    """An agency with three tasks, three reporters and an approver; another agency beside it."""

    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.agency, self.elsewhere = make.agency("甲局"), make.agency("乙局")
        self.tasks: list[Task] = [make.task(self.plan, lead=self.agency) for _ in range(3)]
        self.cycle = make.cycle(self.plan, Q)
        self.zhang, self.li, self.wang = (
            make.user(Role.REPORTER, agency=self.agency, password=None, display_name=name)
            for name in ("张三", "李四", "王五")
        )
        self.approver = make.user(Role.APPROVER, agency=self.agency, password=None, display_name="签批人")
        self.stranger = make.user(Role.REPORTER, agency=self.elsewhere, password=None)

    def hand(self, giver: User, receiver: User, *tasks: Task, reason: str = "出差", at: object = NOW) -> list:
        return reassign(
            by=giver.at(self.plan.pk), receiver=receiver, plan=self.plan, quarter=Q,
            task_ids=[one.pk for one in tasks], reason=reason, now=at,
        )  # fmt: skip

    def give(self, user: User, *tasks: Task, limited: bool | None = None) -> None:
        assign(
            by=self.approver, user=user, plan=self.plan, quarter=Q,
            task_ids=[one.pk for one in tasks], limited=limited,
        )  # fmt: skip

    def write(self, user: User, task: Task, revision: int | None = None, at: object = LATER) -> Submission:
        draft = DraftInput(
            plan_id=self.plan.pk, quarter=Q, task_id=task.pk, agency_id=self.agency.pk,
            light=Light.GREEN, done="写了一句", revision=revision,
        )  # fmt: skip
        return save_drafts(by=user.at(self.plan.pk), drafts=[draft], now=at)[0]

    def writes(self, user: User) -> list[int]:
        share = share_of(User.objects.get(pk=user.pk), self.plan)
        return [number for number, task in enumerate(self.tasks) if task.pk in share]

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def world(fixed_clock: None) -> World:
    return World()


@pytest.fixture
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    from qhplan import clock

    monkeypatch.setattr(clock, "now", lambda: LATER)


def test_a_handed_task_is_the_colleagues_from_then_on_with_draft_and_reminder(world: World) -> None:
    one, _two, _three = world.tasks
    head = world.write(world.zhang, one, at=NOW)
    world.hand(world.zhang, world.li, one)
    assert world.writes(world.zhang) == [1, 2]
    with pytest.raises(PermissionDenied, match="已转办给李四"):
        world.write(world.zhang, one, head.revision)
    assert world.write(world.li, one, head.revision).pk == head.pk  # the same draft goes on
    assert people_for([one.pk], world.agency.pk) == {one.pk: [world.li]}
    # The approver and the colleague are told, the giver is not; everything is on record.
    told = Message.objects.filter(subject__contains="转办").values_list("user", flat=True)
    assert set(told) == {world.li.pk, world.approver.pk}
    event = Event.objects.get(verb="return.reassign")
    assert (event.by, event.note, event.data["tasks"]) == (world.zhang, "出差", [one.ref])
    # Reminders follow: the giver is reminded of the other two alone.
    items = items_on(world.cycle.lead_due.date(), [world.cycle])
    codes = {
        digest.user.pk: {item.waiting.duty.task.code for item in digest.items} for digest in digests_on(items)
    }
    assert one.code not in codes[world.zhang.pk]
    assert one.code in codes[world.li.pk]


def test_whoever_handed_all_away_writes_nothing_and_is_not_given_everything(world: World) -> None:
    one, two, three = world.tasks
    world.give(world.zhang, one, two)
    world.hand(world.zhang, world.li, one, two)
    assert world.writes(world.zhang) == []
    with pytest.raises(PermissionDenied, match="没有分给您"):
        check_assigned(world.zhang, {three.pk})
    # Neither does the approver's division fall back to all when the last task is taken from somebody.
    world.give(world.wang, one)
    world.give(world.wang, limited=True)
    assert world.writes(world.wang) == []
    world.give(world.wang, limited=False)
    assert world.writes(world.wang) == [0, 1, 2]
    page = text(world.client(world.zhang).get(reverse("desk")))
    assert page.count("分给他人") == 3


def test_a_limited_colleague_gets_the_task_beside_what_they_have(world: World) -> None:
    one, _two, three = world.tasks
    world.give(world.li, three)
    world.hand(world.zhang, world.li, one)
    assert world.writes(world.li) == [0, 2]
    # Handed on and back again, whoever has it last writes it.
    world.hand(world.li, world.wang, one)
    assert world.writes(world.li) == [2]
    world.hand(world.wang, world.zhang, one)
    assert 0 in world.writes(world.zhang)
    assert 0 not in world.writes(world.wang)


def test_it_is_taken_back_until_the_colleague_has_written(world: World) -> None:
    one, two, three = world.tasks
    world.write(world.zhang, two, at=NOW)  # before it was handed: no obstacle
    first, second, third = world.hand(world.zhang, world.li, one, two, three)
    with pytest.raises(Conflict, match="转出人"):
        take_back(by=world.wang, reassignments=[first.pk])
    with pytest.raises(PermissionDenied):
        take_back(by=world.stranger, reassignments=[first.pk])
    take_back(by=world.zhang, reassignments=[second.pk], now=LATER)
    assert world.writes(world.zhang) == [1]
    with pytest.raises(Conflict, match=r"已于 .* 终止"):
        take_back(by=world.zhang, reassignments=[second.pk])
    world.write(world.li, one)
    with pytest.raises(Conflict, match=r"李四已于 .* 写过"):
        take_back(by=world.zhang, reassignments=[first.pk])
    world.hand(world.li, world.wang, three, at=LATER)
    with pytest.raises(Conflict, match="再转办给王五"):
        take_back(by=world.zhang, reassignments=[third.pk])
    take_back(by=world.approver, reassignments=[first.pk], reason="另有安排")
    assert world.writes(world.zhang) == [0, 1]
    assert Reassignment.objects.get(pk=first.pk).end_reason == "另有安排"


def test_what_cannot_be_handed_is_refused_with_the_reason(world: World) -> None:
    one, two, _three = world.tasks
    other = make.task(world.plan, lead=world.elsewhere)
    for receiver, tasks, reason, words in (
        (world.zhang, [one], "出差", "自己"),
        (world.stranger, [one], "出差", "只能转办给本单位"),
        (world.approver, [one], "出差", "只能转办给本单位"),
        (world.li, [], "出差", "勾选"),
        (world.li, [one], "  ", "理由"),
        (world.li, [one], "长" * 501, "最多 500 字"),
        (world.li, [other], "出差", "不是本单位的"),
    ):
        with pytest.raises(Problems) as caught:
            world.hand(world.zhang, receiver, *tasks, reason=reason)
        assert words in str(caught.value.problems)
    world.give(world.wang, two)
    with pytest.raises(PermissionDenied, match="没有分给您"):
        world.hand(world.wang, world.li, one)
    with pytest.raises(PermissionDenied):
        world.hand(world.approver, world.li, one)
    world.hand(world.zhang, world.li, one)
    with pytest.raises(Conflict, match="转办给李四"):  # twice at once: the second is told who has it
        world.hand(world.zhang, world.wang, one)
    with pytest.raises(DatabaseError, match="only ever ended"), transaction.atomic():
        Reassignment.objects.update(reason="改写")
    with pytest.raises(DatabaseError, match="only ever ended"), transaction.atomic():
        Reassignment.objects.all()._raw_delete("default")


def test_the_approvers_division_overrules_and_people_who_leave_give_it_back(world: World) -> None:
    one, two, three = world.tasks
    world.hand(world.zhang, world.li, one, two)
    world.give(world.li, two, three)  # not the first: the giver has it again
    assert world.writes(world.zhang) == [0, 2]
    world.give(world.zhang, limited=False)
    assert world.writes(world.zhang) == [0, 1, 2]
    world.hand(world.zhang, world.wang, one)
    admin = make.user(Role.ACCOUNTS_ADMIN, password=None)
    set_active(by=admin, users=[world.wang.pk], active=False, note="借调")
    assert 0 in world.writes(world.zhang)
    set_active(by=admin, users=[world.wang.pk], active=True, note="回来")
    amend_account(by=admin, user=world.wang, display_name="王五", agency_id=world.elsewhere.pk)
    assert 0 in world.writes(world.zhang)
    assert Reassignment.objects.filter(receiver=world.wang, ended_at__isnull=False).count() == 1


def test_the_page_hands_ticked_ones_and_the_approver_sees_and_ends_it(world: World) -> None:
    one, two, _three = world.tasks
    client = world.client(world.zhang)
    page = text(client.get(reverse("reassign"), {"task": one.ref}))
    assert "checked" in client.get(reverse("reassign"), {"task": one.ref}).content.decode()
    assert "全选" in page
    assert "李四" in page
    assert client.post(reverse("reassign"), {}).status_code == 422
    bad = {"tasks": ["x", "999999"], "receiver": str(world.stranger.pk), "reason": "无"}
    assert client.post(reverse("reassign"), bad).status_code == 422
    good = {"tasks": [str(one.pk), str(two.pk)], "receiver": str(world.li.pk), "reason": "<b>出差</b>"}
    answer = client.post(reverse("reassign"), good, follow=True)
    assert f"已转办给李四：{one.code}、{two.code}" in text(answer)
    assert "&lt;b&gt;出差" in answer.content.decode()
    row = Reassignment.objects.get(task=one)
    assert world.client(world.stranger).post(reverse("reassign_back"), {"row": row.pk}).status_code == 403
    assert client.post(reverse("reassign_back"), {"row": "x"}).status_code == 404
    assert "已收回" in text(client.post(reverse("reassign_back"), {"row": row.pk}, follow=True))

    approver = world.client(world.approver)
    shown = text(approver.get(reverse("assignments")))
    assert "张三转办给李四" in shown
    assert "转办出去的 1 项除外" in shown
    # Saved as it is shown, nothing changes.
    approver.post(reverse("assignments"), {"user": str(world.zhang.pk), "scope": "keep"})
    assert world.writes(world.zhang) == [0, 2]
    assert approver.post(reverse("reassign"), good).status_code == 403
    assert text(approver.get(reverse("reassign"))).count("转办由填报员办理") == 1
    other = Reassignment.objects.get(task=two)
    answer = approver.post(reverse("reassign_back"), {"row": other.pk}, follow=True)
    assert "仍由张三填报" in text(answer)


@pytest.mark.full
def test_queries_do_not_grow_with_what_was_handed(world: World) -> None:
    client = world.client(world.zhang)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("reassign")).status_code == 200
            assert client.get(reverse("desk")).status_code == 200
        return len(caught)

    world.hand(world.zhang, world.li, world.tasks[0])
    queries()
    before = queries()
    world.hand(world.zhang, world.li, *world.tasks[1:])
    make.task(world.plan, lead=world.agency)
    assert queries() == before
