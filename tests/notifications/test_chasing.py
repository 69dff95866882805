"""催报: who may chase whom, what is sent, and what a call leaves on record."""

import uuid
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from qhplan import clock
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Contact, Event, Responsibility, State, User
from tasks.notifications import actions
from tasks.notifications.actions import ChaseInput
from tasks.notifications.models import Chase, Delivery, Message
from tasks.values import Duty, Role
from tests import factories as make
from tests.notifications.test_digests import Q, World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOW = make.moment("2017-04-12 10:00")


@pytest.fixture
def world() -> World:
    return World()


def duties(agency: Agency) -> list[int]:
    return list(Responsibility.objects.filter(agency=agency).order_by("pk").values_list("pk", flat=True))


def chase(world: World, by: User, agency: Agency, **values: Any) -> Chase:
    values = {"responsibility_ids": duties(agency), "means": "message", **values}
    with clock.at(NOW):
        return actions.chase(by=by, cycle=world.cycle, agency=agency, asked=ChaseInput(**values))


def test_a_message_reaches_everybody_of_the_body_who_files(world: World) -> None:
    made = chase(world, world.people["lead.reporter"], world.co, note="请今日报来。")
    messages = list(Message.objects.filter(chase=made).order_by("user__username"))
    assert [message.user.username for message in messages if message.user] == ["co.approver", "co.reporter"]
    assert messages[0].subject == "催报：2017年第一季度还有2项未报"
    first, second = (f"{task.code} {task.heading}" for task in world.tasks)
    assert messages[0].body == (
        "牵头局请配合局尽快报送2017年第一季度填报：\n"
        f"· {first}（配合，4月10日 17:00截止）尚未开始填报\n"
        f"· {second}（配合，4月10日 17:00截止）尚未开始填报\n"
        "\n请今日报来。"
    )
    assert list(messages[0].cycles.all()) == [world.cycle]
    assert set(Delivery.objects.values_list("channel", "address")) == {
        ("mail", "co.reporter@example.cn"),
        ("mail", "co.approver@example.cn"),
    }
    event = Event.objects.get(verb="chase.message")
    assert (event.by, event.data["agency"]) == (world.people["lead.reporter"], world.co.slug)


def test_mail_is_optional(world: World) -> None:
    chase(world, world.people["office"], world.co, mail=False)
    assert Message.objects.count() == 2
    assert not Delivery.objects.exists()


def test_a_call_is_logged_and_sends_nothing(world: World) -> None:
    made = chase(
        world,
        world.people["office"],
        world.lead,
        means="telephone",
        spoke_to="李处长",
        telephone="0971-6135520",
        called_at=make.moment("2017-04-12 09:40"),
        note="答应周五前报。",
    )
    assert (made.spoke_to, made.telephone, made.note) == ("李处长", "0971-6135520", "答应周五前报。")
    assert (made.at, made.by) == (make.moment("2017-04-12 09:40"), world.people["office"])
    assert not Message.objects.exists()
    assert Event.objects.get(verb="chase.call").data["spoke_to"] == "李处长"


def test_a_short_message_goes_to_the_mobile_telephones_on_record(world: World, settings: Any) -> None:
    settings.NOTIFY_URLS = {"sms": "json://sms.example.cn/{phone}"}
    for pk, telephone in zip(duties(world.co), ("138 9743 1234", "0971-6135520"), strict=True):
        Contact.objects.create(
            responsibility_id=pk, liaison="王工", telephone=telephone, valid=DateRange(None, None)
        )
    chase(world, world.people["office"], world.co, sms=True, mail=False)
    assert list(Delivery.objects.values_list("channel", "address", "message__user")) == [
        ("sms", "13897431234", None)
    ]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"responsibility_ids": []}, "responsibilities"),
        ({"means": "telephone"}, "spoke_to"),
        ({"means": "telephone", "spoke_to": "李", "called_at": make.moment("2017-04-12 10:01")}, "called_at"),
        ({"means": "telephone", "spoke_to": "李", "called_at": make.moment("2017-03-01 10:00")}, "called_at"),
        ({"sms": True}, "sms"),
    ],
)
def test_what_is_missing_stands_on_its_field(world: World, values: dict[str, Any], field: str) -> None:
    with pytest.raises(Problems) as refused:
        chase(world, world.people["office"], world.co, **values)
    assert list(refused.value.by_field()) == [field]
    assert not Chase.objects.exists()


def test_a_body_without_people_is_called(world: World) -> None:
    User.objects.filter(agency=world.co).update(is_active=False)
    with pytest.raises(Problems, match="请改用电话"):
        chase(world, world.people["office"], world.co)
    assert not Chase.objects.exists()
    assert chase(world, world.people["office"], world.co, means="telephone", spoke_to="值班").pk


def test_whom_a_lead_may_chase(world: World) -> None:
    """The bodies that share its tasks, for these; not itself, not others' tasks."""
    other = make.task(world.plan, lead=make.agency(), co=[world.co])
    lead = world.people["lead.reporter"]
    with pytest.raises(PermissionDenied):
        chase(world, lead, world.lead)
    with pytest.raises(Conflict):  # one of the three is another lead's
        chase(world, lead, world.co)
    own = list(
        Responsibility.objects.filter(agency=world.co, duty=Duty.CO)
        .exclude(task=other)
        .values_list("pk", flat=True)
    )
    assert chase(world, lead, world.co, responsibility_ids=own).responsibilities.count() == 2
    with pytest.raises(PermissionDenied):
        chase(world, world.people["co.reporter"], world.lead)


def test_who_may_chase_none(world: World) -> None:
    for by in (
        make.user(Role.LEADERSHIP, password=None),
        make.user(Role.VIEWER, password=None),
        make.user(Role.REPORTER, password=None),
        world.people["second"],
    ):
        with pytest.raises(PermissionDenied):
            chase(world, by, world.co)


def test_the_second_reviewer_chases_the_body_of_the_office(world: World) -> None:
    make.task(world.plan, lead=world.home)
    make.user(Role.REPORTER, agency=world.home, password=None)
    assert chase(world, world.people["second"], world.home).pk


def test_what_was_filed_meanwhile_is_not_chased(world: World) -> None:
    make.version(world.tasks[0], world.co, Q, at="2017-04-12 09:59")
    with pytest.raises(Conflict, match="刚刚已经提交"):
        chase(world, world.people["office"], world.co)
    assert not Chase.objects.exists()


def test_drafts_handed_and_returned_ones_are_chased(world: World) -> None:
    make.submission(world.tasks[0], world.co, Q, state=State.HANDED)
    make.send_back(make.version(world.tasks[1], world.co, Q, at="2017-04-06 10:00"))
    chase(world, world.people["office"], world.co)
    body = Message.objects.values_list("body", flat=True)[0]
    assert ("已填好，待签批提交" in body, "被退回，待修改后重报" in body) == (True, True)


def test_a_closed_quarter_is_not_chased(world: World) -> None:
    with (
        clock.at(make.moment("2017-06-23 17:00")),
        pytest.raises(Problems, match="没有开启填报"),
    ):
        actions.chase(
            by=world.people["office"],
            cycle=world.cycle,
            agency=world.co,
            asked=ChaseInput(responsibility_ids=duties(world.co), means="message"),
        )


def test_the_same_form_twice_is_one_chase(world: World) -> None:
    key = uuid.uuid4()
    first = chase(world, world.people["office"], world.co, key=key)
    assert chase(world, world.people["office"], world.co, key=key) == first
    assert (Chase.objects.count(), Message.objects.count()) == (1, 2)


def test_who_sees_a_chase(world: World) -> None:
    own = chase(world, world.people["lead.reporter"], world.co)
    offices = chase(world, world.people["office"], world.co, again=True)
    seen = {name: set(Chase.objects.visible_to(user)) for name, user in world.people.items()}
    assert seen == {
        "lead.reporter": {own},
        "lead.approver": {own},
        "co.reporter": set(),
        "co.approver": set(),
        "office": {own, offices},
        "second": set(),
    }
    assert not Chase.objects.visible_to(make.user(Role.LEADERSHIP, password=None)).exists()


def test_a_chase_is_never_changed(world: World) -> None:
    made = chase(world, world.people["office"], world.co)
    with pytest.raises(IntegrityError), transaction.atomic():
        Chase.objects.filter(pk=made.pk).update(note="别的")
    values = {"cycle": world.cycle, "agency": world.co, "at": NOW, "by": world.people["office"]}
    for broken in ({"means": "telephone"}, {"means": "message", "spoke_to": "李"}):
        with pytest.raises(IntegrityError, match="chase_call_says_who_answered"), transaction.atomic():
            Chase.objects.create(**values, **broken)


KEY = uuid.UUID("8c1d4f6e-1f9e-4a3e-9d66-0d3b7c8f2a11")


def chase_many(world: World, by: User, **values: Any) -> actions.ChasedMany:
    with clock.at(values.pop("at", NOW)):
        return actions.chase_many(
            by=by, cycle=world.cycle, agency_ids=values.pop("agency_ids", None), key=KEY, **values
        )


def test_many_are_chased_at_once_each_by_one_message_for_all_it_owes(world: World) -> None:
    User.objects.filter(agency=world.lead).update(is_active=False)
    done = chase_many(world, world.people["office"], note="请今日报来。")
    assert [(one.agency, n) for one, n in done.made] == [(world.co, 2)]
    assert done.left_out == [(world.lead.pk, "没有填报账号，请打电话")]
    assert Message.objects.filter(user__agency=world.co).count() == 2  # one for each of its people
    assert Event.objects.filter(verb="chase.message").count() == 1
    chase_many(world, world.people["office"])  # the button pressed twice
    assert Chase.objects.count() == 1


def test_who_was_chased_a_few_hours_ago_is_asked_about(world: World) -> None:
    office = world.people["office"]
    chase(world, office, world.co, key=uuid.uuid4())
    with pytest.raises(Problems) as refused:
        chase(world, office, world.co)
    assert list(refused.value.by_field()) == ["again"]
    with pytest.raises(actions.ChasedLately) as asked:
        chase_many(world, office)
    assert list(asked.value.last) == [world.co.pk]
    assert Chase.objects.count() == 1
    done = chase_many(world, office, lately="skip")
    assert [one.agency for one, _n in done.made] == [world.lead]
    assert done.left_out == [(world.co.pk, "刚催过")]
    chase(world, office, world.co, again=True)
    later = make.moment("2017-04-12 15:00")
    with clock.at(later):
        assert not actions.chased_lately(office, world.cycle, duties(world.co), later)


def test_a_lead_chases_only_whom_it_may(world: World) -> None:
    lead = world.people["lead.reporter"]
    done = chase_many(world, lead, agency_ids=[world.co.pk, world.lead.pk])
    assert [one.agency for one, _n in done.made] == [world.co]
    assert done.left_out == [(world.lead.pk, "已经报齐，或不由您催报")]
    with pytest.raises(Problems):
        chase_many(world, world.people["co.reporter"])
    with pytest.raises(PermissionDenied):
        chase_many(world, make.user(Role.VIEWER, password=None))
