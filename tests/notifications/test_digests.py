"""Who is told what on a day: one digest each, the right people, nothing twice."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from tasks.cycles import workdays
from tasks.cycles.actions import open_cycles
from tasks.models import Agency, Plan, User
from tasks.notifications import actions
from tasks.notifications.models import Delivery, Message
from tasks.notifications.queries import digests_on, items_on
from tasks.notifications.values import Kind, Reason
from tasks.submissions.models import State
from tasks.values import Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

# 2017Q1 as the office dates it by default: Qingming is off from Sunday 2 to Tuesday 4 April, Saturday 1 April is
# worked. Working days after 31 March: 1 5 6 7 10 (5th) 11 12 13 14 17 (10th) 18 19 20 21 24 (15th).
DATES = {
    "opened_at": make.moment("2017-04-01 08:30"),
    "co_due": make.moment("2017-04-10 17:00"),
    "lead_due": make.moment("2017-04-17 17:00"),
    "decision_due": make.moment("2017-04-24 17:00"),
    "closes_at": make.moment("2017-06-23 17:00"),
}
Q = "2017Q1"


class World:
    """A body that leads and one that shares two tasks, each with a reporter and an approver; an office."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.cycle = make.cycle(self.plan, Q, **DATES)
        self.lead, self.co, self.home = make.agency("牵头局"), make.agency("配合局"), make.agency("办公室")
        self.tasks = [make.task(self.plan, lead=self.lead, co=[self.co]) for _ in range(2)]
        self.people = {
            f"{name}.{role}": make.user(
                role, agency=body, password=None, email=f"{name}.{role}@example.cn", username=f"{name}.{role}"
            )
            for name, body in (("lead", self.lead), ("co", self.co))
            for role in (Role.REPORTER, Role.APPROVER)
        }
        self.people["office"] = make.user(Role.OFFICE, agency=self.home, password=None, username="office")
        self.people["second"] = make.user(
            Role.SECOND_REVIEWER, agency=make.agency("督查室"), password=None, username="second"
        )
        make.user(Role.VIEWER, password=None)
        make.user(Role.REPORTER, agency=self.lead, password=None, is_active=False)


@pytest.fixture
def world() -> World:
    return World()


def told(day: str, *, at: str = "08:30") -> dict[str, list[tuple[str, int]]]:
    """{user name: [(reason, how many)]} of the day."""
    with clock.at(make.moment(f"{day} {at}")):
        found = digests_on(items_on(date.fromisoformat(day), open_cycles()))
    said: dict[str, list[tuple[str, int]]] = {}
    for digest in found:
        counts: dict[str, int] = {}
        for item in digest.items:
            counts[item.waiting.reason.value] = counts.get(item.waiting.reason.value, 0) + 1
        said[digest.user.username] = list(counts.items())
    return said


def tell(day: str, at: str = "08:30") -> list[Message]:
    with clock.at(make.moment(f"{day} {at}")):
        items = items_on(date.fromisoformat(day), open_cycles())
        return actions.tell(day=date.fromisoformat(day), digests=digests_on(items), items=items)


def test_never_opened(world: World) -> None:
    # 5 April is three working days before 10 April (6 7 10) and eight before 17 April.
    assert told("2017-04-05") == {"co.reporter": [("never", 2)]}
    # 6 April: two and seven.
    assert told("2017-04-06") == {"lead.reporter": [("never", 2)]}
    assert told("2017-04-07") == {"co.reporter": [("never", 2)]}  # one before
    assert told("2017-04-08") == {}  # a Saturday
    assert told("2017-04-11") == {"co.reporter": [("never", 2)]}  # a day late


def test_before_the_cycle_opens_and_after_it_closes_nobody_is_told(world: World) -> None:
    # Seven working days before 10 April: 7 6 5 1 (4), 31 Mar (5), 30 (6), 29 (7): the cycle is not open yet.
    assert told("2017-03-29") == {}
    assert told("2017-06-26") == {}


def test_late_up_to_the_limit(world: World) -> None:
    # Ten working days after 10 April: 11 12 13 14 17 18 19 20 21 24 | 25.
    assert "co.reporter" in told("2017-04-24")
    assert "co.reporter" not in told("2017-04-25")
    assert "lead.reporter" in told("2017-04-25")  # due on the 17th


def test_each_state_to_whom_it_waits_for(world: World) -> None:
    first, second = world.tasks
    make.submission(first, world.co, Q, state=State.DRAFT)
    make.submission(second, world.co, Q, state=State.HANDED)
    assert told("2017-04-10") == {"co.reporter": [("draft", 1)], "co.approver": [("handed", 1)]}


def test_a_return_sent_back(world: World) -> None:
    first, second = world.tasks
    version = make.version(first, world.co, Q, at="2017-04-06 10:00")
    make.version(second, world.co, Q, at="2017-04-06 10:00")
    make.send_back(version, at="2017-04-07 10:00")
    # On the 10th, the day when it is due, as ever; the other waits for the lead, whose own are due on the 17th.
    assert told("2017-04-10") == {"co.reporter": [("returned", 1)]}
    # Three working days before the 17th (13 14 17 follow): both are told, and the late one still.
    assert told("2017-04-12") == {
        "co.reporter": [("returned", 1)],
        "lead.reporter": [("never", 2), ("adopt", 1)],
    }


def test_a_return_sent_back_long_after_it_was_due_is_not_forgotten(world: World) -> None:
    first, second = world.tasks
    for task in (first, second):
        version = make.version(task, world.co, Q, at="2017-04-06 10:00")
        if task == first:
            make.send_back(version, at="2017-05-10 10:00")
        else:
            make.accept(version, at="2017-04-07 10:00")
        make.accept(make.version(task, world.lead, Q, at="2017-04-13 10:00"), at="2017-04-14 10:00")
    assert told("2017-05-10") == {}
    assert told("2017-05-11") == {"co.reporter": [("returned", 1)]}
    assert told("2017-05-24") == {"co.reporter": [("returned", 1)]}  # the tenth working day
    assert told("2017-05-25") == {}


def test_what_waits_for_the_office(world: World) -> None:
    for task in world.tasks:
        make.version(task, world.lead, Q, at="2017-04-12 10:00")
        make.accept(make.version(task, world.co, Q, at="2017-04-06 10:00"), at="2017-04-07 10:00")
    # Three working days before the 24th: 20 21 24 follow the 19th.
    assert told("2017-04-19") == {"office": [("decide", 2)]}


def test_what_the_office_body_filed_waits_for_the_second_reviewer(world: World) -> None:
    own = make.task(world.plan, lead=world.home)
    make.version(own, world.home, Q, at="2017-04-12 10:00")
    said = told("2017-04-19")
    assert (said["second"], "office" in said) == ([("decide", 1)], False)


@pytest.mark.slow
def test_nothing_is_said_of_what_was_filed(world: World) -> None:
    for task in world.tasks:
        make.accept(make.version(task, world.co, Q, at="2017-04-06 10:00"), at="2017-04-07 10:00")
        make.accept(make.version(task, world.lead, Q, at="2017-04-10 10:00"), at="2017-04-11 10:00")
    assert [told(f"2017-04-{day:02}") for day in range(10, 29)] == [{}] * 19


def test_one_digest_a_person_a_day_with_everything_in_it(world: World) -> None:
    other = make.plan()
    make.cycle(other, Q, **DATES)
    make.task(other, lead=make.agency(), co=[world.co])
    made = tell("2017-04-10")
    of = {message.user.username: message for message in made if message.user}
    assert sorted(of) == ["co.reporter"]
    message = of["co.reporter"]
    assert set(message.cycles.values_list("plan", flat=True)) == {world.plan.pk, other.pk}
    assert message.subject == "填报提醒：3项待办，今日截止"
    assert (message.kind, message.place, message.agency) == (Kind.DIGEST, "desk", world.co)
    assert Message.objects.count() == 1


def test_the_words_of_a_digest(world: World) -> None:
    make.submission(world.tasks[0], world.co, Q, state=State.DRAFT, done="机密的进展")
    message = next(iter(tell("2017-04-07")))
    assert message.subject == "填报提醒：2项待办，还有1个工作日"
    first, second = (task.code for task in world.tasks)
    assert message.body == (
        "2017年第一季度配合填报，4月10日 17:00截止，还有1个工作日\n"
        f"　已存草稿，尚未交签批：1项（{first}）\n"
        f"　尚未开始填报：1项（{second}）"
    )


def test_nothing_twice(world: World) -> None:
    assert len(tell("2017-04-10")) == 1
    assert tell("2017-04-10", at="09:30") == []
    assert Message.objects.count() == Delivery.objects.count() == 1


def test_the_database_holds_one_digest_a_day(world: World) -> None:
    """Two jobs that both found nothing there: the second stops whole."""
    message = tell("2017-04-10")[0]
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(
            kind=Kind.DIGEST,
            user=message.user,
            agency=message.agency,
            day=message.day,
            subject="x",
            created_at=message.created_at,
        )


def test_an_account_without_mail_is_told_in_the_site(world: World) -> None:
    User.objects.filter(username="co.reporter").update(email="")
    assert len(tell("2017-04-10")) == 1
    assert not Delivery.objects.exists()


def test_a_configured_channel_reaches_persons_and_rooms(world: World, settings: Any) -> None:
    settings.NOTIFY_URLS = {
        "wecom": "wecombot://key",
        "webhook": "json://oa.example.cn/people/{username}",
        "sms": "json://sms.example.cn/{phone}",
    }
    tell("2017-04-10")
    assert sorted(Delivery.objects.values_list("message__kind", "channel", "address")) == [
        ("digest", "mail", "co.reporter@example.cn"),
        ("digest", "webhook", "co.reporter"),
        ("room", "wecom", ""),
    ]
    room = Message.objects.get(kind=Kind.ROOM)
    assert room.subject == "4月10日填报提醒：2项待办，涉及1个单位"
    assert room.body == "2017年第一季度，4月10日 17:00截止，今日截止：未报2项"
    assert tell("2017-04-10") == []


def test_queries_do_not_grow(world: World) -> None:
    def queries(day: str) -> int:
        workdays.forget()
        with CaptureQueriesContext(connection) as captured:
            tell(day)
        return len(captured)

    few = queries("2017-04-10")
    for _ in range(6):
        body = make.agency()
        make.user(Role.REPORTER, agency=body, password=None, email="a@example.cn")
        make.task(world.plan, lead=world.lead, co=[body, world.co])
    assert queries("2017-04-11") == few
    assert Message.objects.filter(day="2017-04-11").count() == 7


def test_who_holds_the_duty_in_the_quarter_is_told(world: World) -> None:
    """A body whose duty ended before the quarter is not asked for it; its successor is."""
    old, new = make.agency(), make.agency()
    for body in (old, new):
        make.user(Role.REPORTER, agency=body, password=None, username=f"of-{'old' if body == old else 'new'}")
    task = make.task(world.plan, lead=world.lead)
    make.responsibility(task, old, make.Duty.CO, last="2016Q4")
    make.responsibility(task, new, make.Duty.CO, first=Q)
    assert sorted(told("2017-04-10")) == ["co.reporter", "of-new"]


@pytest.mark.full
def test_the_whole_first_plan(plan: Plan) -> None:
    """Nobody has filed: each of the bodies is told once of all that it owes (446 co-returns, of which those of
    bodies without people reach nobody)."""
    make.cycle(plan, Q, **DATES)
    bodies = Agency.objects.filter(responsibilities__task__plan=plan).distinct()
    for body in bodies:
        make.user(Role.REPORTER, agency=body, password=None)
    with clock.at(make.moment("2017-04-10 08:30")):
        items = items_on(date(2017, 4, 10), open_cycles())
        digests = digests_on(items)
    assert (len(items), {item.waiting.reason for item in items}) == (446, {Reason.NEVER})
    assert sum(len(digest.items) for digest in digests) == 446
    assert len({digest.user.pk for digest in digests}) == len(digests)


def test_what_was_sent_is_never_changed(world: World) -> None:
    message = tell("2017-04-10")[0]
    Delivery.objects.all().delete()
    for change in (
        lambda: Message.objects.filter(pk=message.pk).update(body="别的话"),
        lambda: Message.objects.filter(pk=message.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
