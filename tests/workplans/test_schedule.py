"""序时进度 against a calendar worked out by hand.

牵头局's 实施方案 for the first task, confirmed on 2016-09-20:

    A  2016-11-30    reached 2016-11-20, reported 2016-12-01    on time
    B  2016-12-31    reached 2017-02-10, reported 2017-04-03    late by 41 days, in 2017Q1
    C  2017-03-31    never reached
    D  2017-04-30    reached 2017-04-30, reported 2017-05-02    on time, on the very day
    E  2017-06-30    ahead
    F  2018-06-30    ahead
    G  2017-09-30    reached 2017-05-05, reported 2017-05-06    early

Today is 2017-05-10.
"""

from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from tasks.adjustments import actions as adjustments
from tasks.errors import Problems
from tasks.models import MilestoneReport, Task, TermStatus, WorkPlan
from tasks.submissions.actions import save_drafts, submit
from tasks.submissions.content import DraftInput
from tasks.values import Duty, Period, Role
from tasks.workplans import actions, milestones
from tasks.workplans.schedule import Schedule, overdue_for, schedule
from tests import factories as make
from tests.workplans.conftest import WHOLE, Y2017, World, measure, node

DUE = {
    "A": "2016-11-30",
    "B": "2016-12-31",
    "C": "2017-03-31",
    "D": "2017-04-30",
    "E": "2017-06-30",
    "F": "2018-06-30",
    "G": "2017-09-30",
}


@pytest.fixture
def calendar(world: World) -> World:
    with clock.at(make.moment("2016-09-20 10:00")):
        world.confirmed(*[node(name, day) for name, day in DUE.items()])
    for name, reached, reported in [
        ("A", "2016-11-20", "2016-12-01"),
        ("B", "2017-02-10", "2017-04-03"),
        ("D", "2017-04-30", "2017-05-02"),
        ("G", "2017-05-05", "2017-05-06"),
    ]:
        world.reached(name, reached, at=reported)
    return world


def asked(world: World, quarter: str, known: str = "", task: Task | None = None) -> Schedule:
    """牵头局's row."""
    rows = schedule(
        Period.parse(quarter),
        known_at=make.moment(known) if known else None,
        task_ids=[(task or world.first).pk],
        agency_ids=[world.lead.pk],
    )
    (row,) = rows
    return row


def letters(nodes: Any) -> str:
    return "".join(node.text for node in nodes)


def extended(world: World, deadline: str, at: str, effective: str = "2017Q1") -> None:
    """The first task gets another deadline, proposed and approved at the moment."""
    day = make.moment(deadline).date()
    proposed = adjustments.propose_deadline(
        by=make.user(Role.OFFICE, password=None),
        task=world.first,
        effective=Period.parse(effective),
        deadline=day,
        reason="设备到货推迟",
        now=make.moment(at),
    )
    adjustments.approve(
        by=make.user(Role.LEADERSHIP, password=None), adjustment=proposed, now=make.moment(at)
    )


@pytest.mark.slow
def test_what_is_due_moves_on_with_the_extension_of_its_task(calendar: World) -> None:
    extended(calendar, "2017-03-31", "2016-10-01 09:00", "2016Q4")
    assert letters(asked(calendar, "2017Q1").overdue) == "C"  # a deadline where there was none moves nothing
    extended(calendar, "2017-09-30", "2017-05-01 09:00")
    row = asked(calendar, "2017Q1", "2017-05-02")
    moved = next(one for one in row.nodes if one.text == "C")
    assert (str(moved.due), str(moved.was_due), moved.standing) == ("2017-09-30", "2017-03-31", "ahead")
    assert [one.text for one in row.nodes if one.was_due] == ["C"]
    assert letters(row.overdue) == ""
    # What was known before the extension stays as it was, and what a later version says holds.
    assert letters(asked(calendar, "2017Q1", "2017-04-30").overdue) == "C"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("quarter", "known", "due", "reached", "late", "overdue", "following", "words"),
    [
        # as at the end of 2016Q3 everything was still ahead
        ("2016Q3", "", 0, "", "", "", "A", "按序时"),
        # B was due in the quarter and reached only in the next
        ("2016Q4", "", 2, "A", "", "B", "C", "落后 1 个节点"),
        # the same, as known on 2016-12-20: B's day was not over yet
        ("2016Q4", "2016-12-20", 2, "A", "", "", "B", "按序时"),
        # C was due on the quarter's last day; B came late
        ("2017Q1", "", 3, "AB", "B", "C", "D", "落后 1 个节点"),
        # as known on 2017-04-02, before B was reported
        ("2017Q1", "2017-04-02", 3, "A", "", "BC", "D", "落后 2 个节点"),
        # the quarter is running: E is due in it and not over; G came early
        ("2017Q2", "", 5, "ABDG", "B", "C", "E", "落后 1 个节点"),
        # on the evening of E's day it is not overdue, on the morning after it is
        ("2017Q2", "2017-06-30 23:00", 5, "ABDG", "B", "C", "E", "落后 1 个节点"),
        ("2017Q2", "2017-07-01 00:30", 5, "ABDG", "B", "CE", "F", "落后 2 个节点"),
        # as known before anything was confirmed
        ("2016Q4", "2016-09-19", 0, "", "", "", None, "尚无已确认的节点"),
    ],
)
def test_the_calendar(
    calendar: World,
    quarter: str,
    known: str,
    due: int,
    reached: str,
    late: str,
    overdue: str,
    following: str | None,
    words: str,
) -> None:
    row = asked(calendar, quarter, known)
    told = (row.due, letters(row.reached), letters(row.late), letters(row.overdue))
    assert told == (due, reached, late, overdue)
    assert (row.next.text if row.next else None, row.words) == (following, words)


def test_days_and_words_of_single_milestones(calendar: World) -> None:
    nodes = {one.text: one for one in asked(calendar, "2017Q1").nodes}
    assert [(n, nodes[n].days_late, str(nodes[n].reached_on)) for n in "AB"] == [
        ("A", 0, "2016-11-20"),
        ("B", 41, "2017-02-10"),  # 31 days of January and ten of February
    ]
    assert (nodes["C"].days_late, nodes["C"].since, nodes["D"].since) == (
        0,
        None,
        make.moment("2017-04-30").date(),
    )
    assert (nodes["A"].words, nodes["A"].measure, nodes["A"].division) == ("已办结。", "建平台", "规划处")
    later = {one.text: one for one in asked(calendar, "2017Q2").nodes}
    assert later["C"].days_late == 40  # 30 days of April and ten of May


@pytest.mark.slow
def test_this_quarters_milestones(calendar: World) -> None:
    assert letters(asked(calendar, "2017Q2").this_quarter) == "DE"
    assert letters(asked(calendar, "2016Q4").this_quarter) == "AB"


@pytest.mark.slow
def test_a_report_counts_until_it_is_taken_back_or_refuted(calendar: World) -> None:
    first, second = MilestoneReport.objects.order_by("pk")[:2]
    milestones.undo(
        by=calendar.reporter, reports=[first.pk], reason="错", now=make.moment("2017-05-08 09:00")
    )
    milestones.refute(
        by=calendar.office, reports=[second.pk], reason="无", now=make.moment("2017-05-09 09:00")
    )
    assert letters(asked(calendar, "2017Q1").overdue) == "ABC"
    assert letters(asked(calendar, "2017Q1", "2017-05-08 12:00").overdue) == "AC"
    assert letters(asked(calendar, "2017Q1", "2017-05-07").overdue) == "C"


@pytest.mark.slow
def test_a_later_version_counts_from_its_confirmation_on(calendar: World) -> None:
    """C is put off to August, F left out, H added: confirmed on 2017-05-09."""
    head = WorkPlan.objects.get()
    actions.revise(by=calendar.reporter, work_plans=[head.pk], note="征地")
    draft = head.drafts.get(task=calendar.first)
    kept = {item["text"]: item["key"] for item in draft.measures[0]["milestones"]}
    days = {**DUE, "C": "2017-08-31", "H": "2017-10-31"}
    del days["F"]
    nodes = [node(name, day, key=kept.get(name, "")) for name, day in days.items()]
    calendar.save(calendar.first, measure(*nodes, key=draft.measures[0]["key"]), revision=draft.revision)
    version = calendar.submit(head, at="2017-05-08 09:00")
    calendar.confirm(version, at="2017-05-09 09:00")
    now = asked(calendar, "2017Q2")
    assert (letters(now.nodes), letters(now.overdue), letters(now.reached)) == ("ABDECGH", "", "ABDG")
    before = asked(calendar, "2017Q2", "2017-05-08 12:00")
    assert (letters(before.nodes), letters(before.overdue)) == ("ABCDEGF", "C")


@pytest.mark.slow
def test_a_milestone_that_the_years_points_take_up_is_one(calendar: World) -> None:
    """E stands in both, and since 年度要点 were confirmed later their day counts; I stands in them alone."""
    keys = {one.text: one.key for one in asked(calendar, "2017Q2").nodes}
    calendar.confirmed(node("E", "2017-06-15", key=keys["E"]), node("I", "2017-05-31"), period=Y2017)
    row = asked(calendar, "2017Q2")
    assert letters(row.nodes) == "ABCDIEGF"
    nodes = {one.text: one for one in row.nodes}
    assert (str(nodes["E"].due), nodes["E"].period, nodes["C"].period) == ("2017-06-15", Y2017, WHOLE)


def test_bodies_and_tasks_are_kept_apart(calendar: World) -> None:
    head = calendar.save(calendar.first, measure(node("甲", "2016-12-31")), by=calendar.other)
    calendar.save(calendar.second, measure(node("乙", "2017-12-31")), by=calendar.other)
    approver = calendar.person(Role.APPROVER, calendar.co)
    calendar.confirm(actions.submit(by=approver, work_plans=[head.pk])[0])
    rows = schedule(Period(2017, 2), plan_ids=[calendar.plan.pk])
    assert [(r.task_id, r.agency_id, r.duty, letters(r.nodes), r.words) for r in rows] == [
        (calendar.first.pk, calendar.lead.pk, Duty.LEAD, "ABCDEGF", "落后 1 个节点"),
        (calendar.first.pk, calendar.co.pk, Duty.CO, "甲", "落后 1 个节点"),
        (calendar.second.pk, calendar.co.pk, Duty.LEAD, "乙", "按序时"),
        (calendar.second.pk, calendar.lead.pk, Duty.CO, "", "尚无已确认的节点"),
    ]
    leads = schedule(Period(2017, 2), plan_ids=[calendar.plan.pk], duty=Duty.LEAD)
    assert [row.agency_id for row in leads] == [calendar.lead.pk, calendar.co.pk]
    assert schedule(Period(2017, 2), task_ids=[]) == []
    assert schedule(Period(2017, 2), plan_ids=[make.plan().pk]) == []


@pytest.mark.slow
def test_a_successor_starts_with_its_own_work_plan(calendar: World) -> None:
    """From 2017Q3 on 配合局 leads: what 牵头局 promised stays with its name, in the quarters that it held."""
    own = calendar.first.responsibilities.get(agency=calendar.lead)
    own.valid = make.quarters(None, "2017Q2")
    own.save()
    co = calendar.first.responsibilities.get(agency=calendar.co)
    co.valid = make.quarters(None, "2017Q2")
    co.save()
    make.responsibility(calendar.first, calendar.co, first="2017Q3")
    rows = schedule(Period(2017, 3), task_ids=[calendar.first.pk])
    assert [(row.agency_id, row.total) for row in rows] == [(calendar.co.pk, 0)]
    assert asked(calendar, "2017Q2").total == 7


@pytest.mark.slow
def test_a_task_that_was_closed_or_withdrawn_has_no_milestones_from_then_on(calendar: World) -> None:
    make.term(calendar.first, TermStatus.CLOSED, first="2017Q2", known_since="2017-05-01")
    pair = [(calendar.first.pk, calendar.lead.pk)]

    def rows(quarter: str, known: str = "") -> list[str]:
        found = schedule(
            Period.parse(quarter),
            known_at=make.moment(known) if known else None,
            task_ids=[calendar.first.pk],
            duty=Duty.LEAD,
        )
        return [row.words for row in found]

    assert (rows("2017Q1"), rows("2017Q2"), rows("2017Q2", "2017-04-30")) == (
        ["落后 1 个节点"],
        [],
        ["落后 1 个节点"],
    )
    assert overdue_for(pair, Period(2017, 2)) == {}


def test_overdue_for_a_batch_of_returns(calendar: World) -> None:
    pairs = [
        (calendar.first.pk, calendar.lead.pk),
        (calendar.first.pk, calendar.co.pk),
        (calendar.second.pk, calendar.lead.pk),
    ]
    found = overdue_for(pairs, Period(2017, 1))
    assert {pair: letters(nodes) for pair, nodes in found.items()} == {pairs[0]: "C"}
    assert overdue_for([], Period(2017, 1)) == {}


@pytest.mark.slow
def test_queries_do_not_grow(calendar: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as caught:
            schedule(Period(2017, 2), plan_ids=[calendar.plan.pk])
        return len(caught)

    assert count() == 3
    for number in range(6):
        task = make.task(calendar.plan, lead=calendar.co)
        head = calendar.save(task, measure(node(f"节点{number}", "2017-06-30")), by=calendar.other)
    calendar.save(calendar.first, none_reason="不牵头", by=calendar.other)
    calendar.save(calendar.second, none_reason="不牵头", by=calendar.other)
    approver = calendar.person(Role.APPROVER, calendar.co)
    calendar.confirm(actions.submit(by=approver, work_plans=[head.pk])[0])
    assert count() == 3


@pytest.mark.slow
def test_a_return_behind_its_work_plan_says_what_comes_next(calendar: World) -> None:
    """C was due on the last day of 2017Q1 and is not reached; in 2016Q4, as known on its last evening, nothing was."""
    make.cycle(calendar.plan, "2017Q1")
    by_hand = DraftInput(
        plan_id=calendar.plan.pk,
        quarter=Period(2017, 1),
        task_id=calendar.first.pk,
        agency_id=calendar.lead.pk,
        light="green",
        done="完成三件事。",
    )
    at = make.moment("2017-04-05 10:00")
    drafts = save_drafts(by=calendar.reporter, drafts=[by_hand], now=at)
    with pytest.raises(Problems) as raised:
        submit(by=calendar.approver, submissions=[drafts[0].pk], now=at)
    assert raised.value.by_field() == {"next_steps": ["节点“C”3月31日逾期未完成，请写怎样追回。"]}

    drafts = save_drafts(
        by=calendar.reporter,
        drafts=[replace(by_hand, next_steps="五月底前补齐。", revision=drafts[0].revision)],
        now=at,
    )
    assert submit(by=calendar.approver, submissions=[drafts[0].pk], now=at)
