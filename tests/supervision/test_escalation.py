"""Escalation over days that were counted by hand.

The Dragon Boat Festival of 2017: Sunday 28 to Tuesday 30 May are off, Saturday 27 May is worked.

    Thu 25 May  issued                          Wed 31 May  1st working day after the 29th
    Fri 26      1st working day after it        Thu  1 Jun  2nd
    Sat 27      2nd (worked)                    Fri  2      3rd
    Sun 28      off                             Sat  3, Sun 4  off
    Mon 29      off; the answer is due          Mon  5      4th
    Tue 30      off                             Tue  6      5th

By the rules with which a site begins: not signed for on the 2nd working day, to the body's head; no answer on the 1st, to
its head; on the 5th, to the leading group.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from reports.supervision import actions, answers
from reports.supervision.actions import IssueInput
from reports.supervision.escalation import escalate
from reports.supervision.models import Escalation, EscalationRule, Notice
from tasks.cycles import workdays
from tasks.models import Contact, Event, Message, User
from tasks.values import Role
from tests import factories as make
from tests.supervision.conftest import World

ISSUED, DUE = make.moment("2017-05-25 10:00"), date(2017, 5, 29)


@pytest.fixture
def notice(world: World) -> Iterator[Notice]:
    """Issued on 25 May, to be answered by the 29th."""
    with clock.at(ISSUED):
        yield world.issued(content=IssueInput("标题", "要求", DUE))


def nights(first: date, last: date) -> list[tuple[date, str, str, int]]:
    """Escalate every night from the first to the last; (day, stage, to, working days) of what was made."""
    found = []
    day = first
    while day <= last:
        at = datetime.combine(day, datetime.min.time(), make.SHANGHAI) + timedelta(hours=5)
        found += [(day, one.stage, one.to, one.workdays) for one in escalate(day=day, now=at)]
        assert escalate(day=day, now=at) == []  # whoever asks twice escalates once
        day += timedelta(days=1)
    return found


@pytest.mark.slow
def test_a_notice_that_nobody_touches_is_escalated_on_the_days_of_the_table(notice: Notice) -> None:
    assert nights(date(2017, 5, 25), date(2017, 6, 8)) == [
        (date(2017, 5, 27), "acknowledge", "head", 2),
        (date(2017, 5, 31), "answer", "head", 1),
        (date(2017, 6, 6), "answer", "leadership", 5),
    ]


@pytest.mark.slow
def test_one_that_was_signed_for_is_late_with_its_answer_alone(world: World, notice: Notice) -> None:
    answers.acknowledge(by=world.reporter, notice=notice)
    assert nights(date(2017, 5, 25), date(2017, 6, 8)) == [
        (date(2017, 5, 31), "answer", "head", 1),
        (date(2017, 6, 6), "answer", "leadership", 5),
    ]


def test_an_answer_that_waits_for_the_office_is_not_the_bodys_lateness(world: World, notice: Notice) -> None:
    answers.acknowledge(by=world.reporter, notice=notice)
    answers.answer(by=world.approver, notice=notice, text="已办。")
    assert nights(date(2017, 5, 25), date(2017, 6, 8)) == []


def test_a_withdrawn_or_closed_notice_is_late_no_more(world: World, notice: Notice) -> None:
    actions.withdraw(by=world.office, notice=notice, reason="发错")
    assert nights(date(2017, 5, 25), date(2017, 6, 8)) == []


@pytest.mark.slow
def test_an_answer_that_was_sent_back_has_a_day_of_its_own(world: World, notice: Notice) -> None:
    """Late once, answered, sent back until Friday 9 June: late anew on Monday the 12th."""
    answers.acknowledge(by=world.reporter, notice=notice)
    assert [one[2] for one in nights(date(2017, 5, 31), date(2017, 6, 1))] == ["head"]
    given = answers.answer(by=world.approver, notice=notice, text="已办。")
    answers.decide(
        by=world.office, notice=notice, answer=given, accept=False, note="补", due_on=date(2017, 6, 9)
    )
    assert nights(date(2017, 6, 2), date(2017, 6, 13)) == [(date(2017, 6, 12), "answer", "head", 1)]


def test_a_site_that_was_down_makes_up_for_it_with_the_days_as_they_are_then(notice: Notice) -> None:
    assert nights(date(2017, 6, 8), date(2017, 6, 8)) == [
        (date(2017, 6, 8), "acknowledge", "head", 9),
        (date(2017, 6, 8), "answer", "head", 7),
        (date(2017, 6, 8), "answer", "leadership", 7),
    ]


@pytest.mark.slow
def test_the_head_is_the_approvers_with_the_leader_on_record_and_the_group_is_all_leaders(
    world: World, notice: Notice
) -> None:
    second = make.user(Role.LEADERSHIP, password=None)
    duty = world.task.responsibilities.get(agency=world.lead)
    Contact.objects.create(responsibility=duty, leader="马副局长", valid=("2016-01-01", None))
    nights(date(2017, 5, 25), date(2017, 6, 8))
    told = {one.to: set(one.told.all()) for one in Escalation.objects.exclude(stage="acknowledge")}
    assert told == {"head": {world.approver}, "leadership": {world.leadership, second}}
    assert {one.leaders for one in Escalation.objects.all()} == {"马副局长"}
    subjects = Message.objects.filter(user=world.leadership).values_list("subject", "body")
    assert list(subjects) == [
        (
            "督〔2017〕1号逾期5个工作日未反馈",
            "牵头局对督〔2017〕1号已逾期5个工作日未反馈，按升级规则报领导小组。",
        )
    ]


def test_a_body_without_an_approver_tells_its_reporters_and_one_without_anybody_is_still_on_record(
    world: World, notice: Notice
) -> None:
    User.objects.filter(pk=world.approver.pk).update(is_active=False)
    nights(date(2017, 5, 27), date(2017, 5, 27))
    assert set(Escalation.objects.get().told.all()) == {world.reporter}
    User.objects.filter(pk=world.reporter.pk).update(is_active=False)
    nights(date(2017, 5, 31), date(2017, 5, 31))
    assert set(Escalation.objects.get(stage="answer").told.all()) == set()


def test_who_leads_or_signs_for_another_plan_alone_is_not_told(world: World, notice: Notice) -> None:
    other = make.plan()
    here: set[User] = set()
    elsewhere: set[User] = set()
    for role, agency in ((Role.LEADERSHIP, None), (Role.APPROVER, world.lead)):
        for plan, people in ((notice.plan, here), (other, elsewhere)):
            person = make.nobody()
            make.appointment(person, role, plan=plan, agency=agency)
            people.add(person)
    nights(date(2017, 5, 25), date(2017, 6, 8))
    told = set(User.objects.filter(messages__isnull=False))
    assert here < told
    assert not elsewhere & told


def test_escalations_are_on_record_as_the_systems_own(world: World, notice: Notice) -> None:
    nights(date(2017, 5, 25), date(2017, 6, 8))
    events = Event.objects.filter(subject=f"notice:{notice.pk}", verb="notice.escalate")
    assert [(e.by, e.data["stage"], e.data["to"], e.data["since"], e.data["told"]) for e in events] == [
        (None, "acknowledge", "head", "2017-05-25", [world.approver.username]),
        (None, "answer", "head", "2017-05-29", [world.approver.username]),
        (None, "answer", "leadership", "2017-05-29", [world.leadership.username]),
    ]


def test_other_rules_give_other_days_and_a_retired_one_speaks_no_more(notice: Notice) -> None:
    EscalationRule.objects.all().update(is_active=False)
    EscalationRule.objects.create(stage="answer", after_days=3, to="leadership")
    assert nights(date(2017, 5, 25), date(2017, 6, 8)) == [(date(2017, 6, 2), "answer", "leadership", 3)]


def test_reading_takes_as_many_queries_with_many_notices_as_with_one(world: World, notice: Notice) -> None:
    def queries() -> int:
        workdays.forget()
        with CaptureQueriesContext(connection) as captured:
            assert escalate(day=date(2017, 5, 26)) == []
        return len(captured)

    one = queries()
    for _n in range(3):
        world.issued(make.agency(), content=IssueInput("标题", "要求", DUE))
    assert queries() == one
