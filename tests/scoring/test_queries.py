"""What counts for whom, from real rows; scored by hand."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from reports.scoring import actions, schemes
from reports.scoring.actions import GradeInput
from reports.scoring.queries import facts, scheme_for, scores, tried
from reports.scoring.values import Component, Mark, ScoredPeriod
from reports.supervision import actions as notices
from reports.supervision import answers
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.models import Notice
from tasks.values import Period
from tests import factories as make
from tests.scoring.conftest import NOW, P1, Q1, World

pytestmark = pytest.mark.slow


def outcomes(world: World, component: str, name: str = "牵头局", period: ScoredPeriod = P1) -> list[str]:
    lines = world.scores(period)[name].calculation.lines
    return [thing.outcome for line in lines if line.component == component for thing in line.things]


def test_a_body_s_score_as_worked_out_by_hand(world: World) -> None:
    """20, 10 and 30 apply and are shared out to 33.33, 16.67 and 50.00; see test_values."""
    found = world.scores()["牵头局"].calculation
    assert [(line.component, str(line.points)) for line in found.lines if line.applies] == [
        ("timeliness", "16.67"),
        ("completeness", "11.11"),
        ("light", "26.67"),
    ]
    assert str(found.total) == "54.45"


def test_judged_evidence_counts_and_the_latest_judgement_alone(world: World) -> None:
    """28.57, 14.29, 42.86 and 14.28 apply: 14.29 + 9.53 + 22.86 + 14.28 × 160 ÷ 200 = 11.42."""
    for grade in ("poor", "weak"):
        actions.grade_evidence(
            by=world.office,
            grades=[GradeInput(world.green.pk, "good"), GradeInput(world.yellow.pk, grade, "缺合同")],
        )
    found = world.scores()["牵头局"].calculation
    assert [str(line.points) for line in found.lines if line.applies] == ["14.29", "9.53", "22.86", "11.42"]
    assert str(found.total) == "58.10"


@pytest.mark.slow
def test_a_better_verified_light_never_lowers_the_score_and_the_reported_one_never_counts(
    world: World,
) -> None:
    for verified in ("red", "yellow", "green", "blue"):
        for reported in ("red", "green"):
            body = make.agency(f"{verified}，自评{reported}")
            task = make.task(world.plan, lead=body)
            make.accept(make.version(task, body, Q1, reported), verified, note="核实")
    found = {name: row.calculation.total for name, row in world.scores().items()}
    totals = [found[f"{light}，自评red"] for light in ("red", "yellow", "green", "blue")]
    assert [str(total) for total in totals] == ["50.00", "80.00", "100.00", "100.00"]
    assert totals == [found[f"{light}，自评green"] for light in ("red", "yellow", "green", "blue")]


@pytest.mark.slow
def test_what_is_not_decided_or_not_due_yet_does_not_count(world: World) -> None:
    make.version(world.tasks[2], world.lead, Q1)
    assert outcomes(world, Component.LIGHT) == ["green", "yellow", ""]
    assert outcomes(world, Component.TIMELINESS) == ["on_time", "late", "on_time"]
    q2 = ScoredPeriod(Period(2017, 2), Period(2017, 2))
    make.cycle(world.plan, q2.last)  # due on 10 July
    assert set(outcomes(world, Component.TIMELINESS, period=q2)) == {""}
    assert world.scores(q2)["牵头局"].calculation.total is None


@pytest.mark.slow
def test_a_year_is_the_sum_of_its_quarters(world: World) -> None:
    make.cycle(world.plan, "2017Q2")
    with clock.at(make.moment("2017-07-12 10:00")):
        for task in world.tasks:
            make.accept(make.version(task, world.lead, "2017Q2"))
        found = {
            row.agency.name: row.calculation
            for row in scores(
                world.plan,
                ScoredPeriod.parse("2017"),
                schemes.suggestion(),
                known_at=make.moment("2017-07-12"),
            )
        }
    light = next(line for line in found["牵头局"].lines if line.component == Component.LIGHT)
    assert {one.outcome: one.count for one in light.counts if one.count} == {
        "green": 4,
        "yellow": 1,
        "missing": 1,
    }


def test_a_co_return_counts_for_its_body_and_never_as_a_light(world: World) -> None:
    found = world.scores()["配合局"]
    assert outcomes(world, Component.TIMELINESS, "配合局") == ["on_time"]
    assert outcomes(world, Component.LIGHT, "配合局") == []
    # 30 of 100 can be weighed: one co-return on time is no score, and no first place.
    assert (found.calculation.total, found.rank, found.leads) == (None, None, False)


def test_what_was_found_untrue_costs_points(world: World) -> None:
    version = make.version(world.tasks[2], world.lead, Q1)
    make.accept(version, "red", verification="false", note="现场没有设备")
    partly = make.version(world.homes, world.home, Q1)
    make.accept(partly, verification="partly", note="少一台")
    found = world.scores()
    marks = {
        name: [(line.mark, line.count, str(line.points)) for line in row.calculation.marks]
        for name, row in found.items()
    }
    assert marks["牵头局"] == [(Mark.UNTRUE, 1, "-5.00")]
    assert marks["办公室所在委"] == [(Mark.PARTLY, 1, "-2.00")]
    assert str(found["办公室所在委"].calculation.total) == "98.00"


def test_a_notice_answered_late_counts_half_and_one_not_answered_nothing(world: World) -> None:
    def issued(due: date) -> Notice:
        asked = HandInput(world.plan, world.lead.pk, "hand", Q1, IssueInput("督办", "请办", due))
        return notices.issue_by_hand(by=world.office, asked=asked)

    with clock.at(make.moment("2017-03-01 10:00")):
        answered = issued(date(2017, 3, 10))
        issued(date(2017, 3, 20))
        withdrawn = issued(date(2017, 3, 21))
        answers.acknowledge(by=world.reporter, notice=answered)
        notices.withdraw(by=world.office, notice=withdrawn, reason="发错")
    with clock.at(make.moment("2017-03-13 10:00")):
        answers.answer(by=world.approver, notice=answered, text="已办")
    assert outcomes(world, Component.SUPERVISION) == ["late", "overdue"]


def test_ranks_are_within_a_kind_and_among_those_that_lead_or_do_not(world: World) -> None:
    make.task(world.plan, lead=world.bank, co=[make.agency("某州政府", kind="government")])
    make.accept(make.version(world.homes, world.home, Q1))
    found = world.scores()
    places = {name: (row.leads, row.rank, row.among) for name, row in found.items()}
    assert places == {
        "牵头局": (True, 2, 2),
        "办公室所在委": (True, 1, 2),
        "配合局": (False, None, 0),
        "人行中心支行": (True, None, 0),
        "某州政府": (False, None, 0),
    }


def test_who_is_weighed_by_filing_alone_has_a_score_and_no_place(world: World) -> None:
    """A scheme in which filing is half of the weight."""
    rules = schemes.suggestion()
    weights = {Component.TIMELINESS: 30, Component.COMPLETENESS: 20, Component.LIGHT: 50}
    rules = replace(
        rules,
        weighings=tuple(
            replace(one, weight=Decimal(weights.get(Component(one.component), 0))) for one in rules.weighings
        ),
    )
    make.accept(make.version(world.homes, world.home, Q1))
    found = {row.agency.name: row for row in scores(world.plan, P1, rules, known_at=NOW)}
    assert (str(found["配合局"].calculation.total), found["配合局"].rank) == ("100.00", None)
    assert (found["办公室所在委"].rank, found["办公室所在委"].among) == (1, 2)


def test_scores_are_as_known_at_a_moment(world: World) -> None:
    then = make.moment("2017-04-11 10:00")  # before the late return came
    light = [
        thing.outcome
        for line in world.scores(at=then)["牵头局"].calculation.lines
        if line.component == Component.TIMELINESS
        for thing in line.things
    ]
    assert light == ["on_time", "missing", "missing"]
    world.scheme()
    assert scheme_for(world.plan, P1, then) is None
    assert scheme_for(world.plan, P1, NOW + timedelta(seconds=1)) is not None


def test_a_dry_run_weighs_the_same_facts_by_another_scheme_and_leaves_corrections_out(world: World) -> None:
    ours = world.scheme()
    world.corrected("5")
    other = world.written(correction_most=Decimal(3), ceiling=Decimal(110))
    row = next(
        one
        for one in tried(world.plan, P1, ours.rules, other.rules, known_at=NOW)
        if one.agency.name == "牵头局"
    )
    assert (str(row.by_ours), str(row.by_other), row.difference) == ("54.45", "54.45", 0)


@pytest.mark.slow
def test_queries_do_not_grow_with_bodies_and_tasks(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            facts(world.plan, P1, known_at=NOW)
            scores(world.plan, P1, schemes.suggestion(), known_at=NOW)
        return len(queries)

    before = count()
    for _n in range(6):
        body = make.agency()
        task = make.task(world.plan, lead=body, co=[world.co])
        make.accept(make.version(task, body, Q1))
    assert count() == before
