"""What comes back to a body is told at once: sent back, to be supplemented, reopened."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.cycles.reopening import reopen
from tasks.models import Assignment, Delivery, Message, Version
from tasks.notifications import actions
from tasks.notifications.actions import ChaseInput
from tasks.notifications.queries import chaseable
from tasks.review.actions import DecisionInput, SupplementInput, ask_supplement, decide
from tasks.values import Role
from tests import factories as make
from tests.notifications.test_digests import Q, World, told

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOW = make.moment("2017-04-12 10:00")
CLOSED = make.moment("2017-07-03 10:00")


@pytest.fixture
def world() -> World:
    return World()


def heard() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for message in Message.objects.select_related("user").order_by("pk"):
        assert message.user is not None
        found.setdefault(message.user.username, []).append(message.subject)
    return found


def test_what_is_sent_back_is_told_to_those_who_write_and_approve_it(world: World) -> None:
    version = make.version(world.tasks[0], world.co, Q)
    with clock.at(NOW):
        decide(
            by=world.people["lead.approver"],
            decisions=[
                DecisionInput(
                    version.pk, accept=False, note="补充数据", answer_by=make.moment("2017-04-14 12:00")
                )
            ],
        )
    subject = "2017年第一季度有1项填报被退回，待修改后重报"
    assert heard() == {"co.reporter": [subject], "co.approver": [subject]}
    message = Message.objects.filter(user=world.people["co.reporter"]).get()
    assert message.place == f"/desk/{world.plan.slug}/{Q}/{world.tasks[0].ref}/"
    assert "4月14日 12:00前" in message.body
    assert "补充数据" not in message.body  # a reason may quote the return, and mail is no place for it
    assert list(message.cycles.all()) == [world.cycle]
    assert {one.address for one in Delivery.objects.all()} == {
        "co.reporter@example.cn",
        "co.approver@example.cn",
    }


def test_what_is_adopted_is_no_news(world: World) -> None:
    version = make.version(world.tasks[0], world.co, Q)
    with clock.at(NOW):
        decide(by=world.people["lead.approver"], decisions=[DecisionInput(version.pk, accept=True)])
    assert heard() == {}


def test_a_supplement_and_a_reopening_are_told(world: World) -> None:
    version = make.accept(make.version(world.tasks[0], world.lead, Q), light="green")
    with clock.at(NOW):
        ask_supplement(
            by=world.people["office"],
            requests=[SupplementInput(version.pk, "补合同", make.moment("2017-04-20 17:00"))],
        )
    assert heard()["lead.approver"] == ["2017年第一季度有1项填报要求补充报告"]
    with clock.at(CLOSED):
        reopen(
            by=world.people["office"],
            cycle=world.cycle,
            agency_ids=[world.co.pk],
            until=make.moment("2017-07-10 17:00"),
            reason="漏报",
        )
    subject = "2017年第一季度已为本单位重新开启"
    assert heard()["co.reporter"] == heard()["co.approver"] == [subject]
    message = Message.objects.filter(user=world.people["co.reporter"]).get()
    assert message.place == reverse("desk") + f"?q={Q}"


def test_a_reopened_body_can_be_chased_and_the_others_cannot(world: World) -> None:
    office = world.people["office"]
    make.reopening(world.cycle, world.co, by=office, until="2017-07-10 17:00", at="2017-07-03 09:00")
    with clock.at(CLOSED):
        owed = chaseable(office, world.cycle, world.co.pk)
        assert [one.duty.task for one in owed] == world.tasks
        assert chaseable(office, world.cycle, world.lead.pk) == []
        asked = ChaseInput([one.duty.pk for one in owed], "message")
        made = actions.chase(by=office, cycle=world.cycle, agency=world.co, asked=asked)
    body = Message.objects.filter(chase=made).values_list("body", flat=True)[0]
    assert body.startswith(
        "青海省制造强省建设领导小组办公室请配合局尽快报送"
    )  # and not in the name of the body where he works


def test_reporters_are_told_of_what_is_theirs(world: World) -> None:
    """Who was given one task hears of that alone, by digest and by news; the other hears of all."""
    second = make.user(Role.REPORTER, agency=world.co, password=None, username="co.second")
    Assignment.objects.create(user=second, task=world.tasks[1], agency=second.agency)
    assert told("2017-04-10")["co.second"] == [("never", 1)]
    assert told("2017-04-10")["co.reporter"] == [("never", 2)]
    version = make.version(world.tasks[0], world.co, Q)
    with clock.at(NOW):
        decide(
            by=world.people["lead.approver"], decisions=[DecisionInput(version.pk, accept=False, note="补")]
        )
    assert set(heard()) == {"co.reporter", "co.approver"}


def test_what_nobody_was_given_is_told_to_the_approvers(world: World) -> None:
    one = world.people["co.reporter"]
    Assignment.objects.create(user=one, task=world.tasks[1], agency=one.agency)
    assert told("2017-04-10")["co.approver"] == [("never", 1)]


def test_many_sent_back_take_as_many_queries_as_one(world: World) -> None:
    bodies = [make.agency() for _n in range(4)]
    for body in bodies:
        make.user(Role.REPORTER, agency=body, password=None, email="a@example.cn")
    task = make.task(world.plan, lead=world.lead, co=[*bodies, world.co])
    versions: list[Version] = [make.version(task, body, Q) for body in [world.co, *bodies]]

    def queries(some: list[Version]) -> int:
        with clock.at(NOW), CaptureQueriesContext(connection) as captured:
            decide(
                by=world.people["lead.approver"],
                decisions=[DecisionInput(one.pk, accept=False, note="补") for one in some],
            )
        return len(captured)

    one = queries(versions[:1])
    assert queries(versions[1:]) == one
    # Each body has its reporter and whoever submitted.
    assert Message.objects.count() == 2 + 2 * 4
