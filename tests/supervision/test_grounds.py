"""The facts on which notices stand, worked out by hand on small plans; and what the rules make of them in a night."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from reports.supervision import actions
from reports.supervision.models import Notice, ProposalRule
from reports.supervision.off_path_targets import off_path
from reports.supervision.proposals import found_by_rules, propose_by_rules
from reports.supervision.triggers import Found, Grounds, latest_due
from reports.supervision.values import Ground, State
from tasks.indicators.models import Comparison
from tasks.models import Message
from tasks.values import Period
from tests import factories as make
from tests.supervision.conftest import CONTENT, NOW, Q1, World


def reasons(found: list[Found]) -> list[tuple[str, int, str]]:
    return [(one.subject, one.measure, one.why) for one in found]


# -- red lights ---------------------------------------------------------------------------------------------


def test_a_red_light_counts_its_quarters_back_as_far_as_the_office_verified_them(world: World) -> None:
    make.version(world.task, world.lead, "2016Q3", "red")  # the lead's own word, never verified
    world.red("2016Q4", "2017Q1")
    (found,) = world.grounds().red()
    assert reasons([found]) == [
        (f"task:{world.task.pk}", 2, f"{world.task.code}至2017年第一季度已连续2季核定为红灯。")
    ]
    assert (found.verified, found.agency_id, found.task_ids) == (True, world.lead.pk, (world.task.pk,))
    assert found.facts["quarters"] == [
        {"quarter": "2016Q4", "verified": True},
        {"quarter": "2017Q1", "verified": True},
    ]


def test_a_gap_or_another_light_ends_the_row(world: World) -> None:
    world.red("2016Q3", "2017Q1")
    make.accept(make.version(world.task, world.lead, "2016Q4", "red"), "yellow")
    (found,) = world.grounds().red()
    assert (found.measure, found.why) == (1, f"{world.task.code}在2017年第一季度核定为红灯。")


def test_a_leads_own_red_is_a_fact_but_not_a_verified_one(world: World) -> None:
    world.red("2016Q4")
    make.version(world.task, world.lead, Q1, "red")
    (found,) = world.grounds().red()
    assert (found.measure, found.verified) == (2, False)
    assert "自评为红灯" in found.why


def test_a_red_light_of_a_co_return_is_no_fact_and_neither_is_one_that_was_verified_otherwise(
    world: World,
) -> None:
    make.version(world.task, world.co, Q1, "red")
    make.accept(make.version(world.task, world.lead, Q1, "red"), "yellow")
    assert world.grounds().red() == []


def test_what_was_verified_after_the_moment_is_not_known(world: World) -> None:
    make.accept(make.version(world.task, world.lead, Q1, "red"), "yellow", at="2017-05-02 09:00")
    assert [one.verified for one in world.grounds(make.moment("2017-05-01 09:00")).red()] == [False]
    assert world.grounds(make.moment("2017-05-03 09:00")).red() == []


# -- missing returns ----------------------------------------------------------------------------------------


def test_missing_returns_of_a_body_are_one_fact_with_the_working_days_of_each(world: World) -> None:
    """The lead owes 任务1 (lead, due 10 April) and 任务2 (co, due 5 April), and filed neither. Until 18 April 2017
    (Tuesday) there are 6 working days after the 10th (11–14, 17, 18) and 9 after the 5th (6, 7, 10 and those)."""
    other = make.agency("另一局")
    second = make.task(world.plan, lead=other, co=[world.lead])
    make.version(world.task, world.co, Q1)
    make.version(second, other, Q1)
    (found,) = world.grounds(make.moment("2017-04-18 10:00")).missing()
    assert (found.agency_id, found.subject, found.measure) == (world.lead.pk, "quarter:2017Q1", 9)
    assert [(one["ref"], one["duty"], one["due_on"], one["workdays"]) for one in found.facts["returns"]] == [
        (world.task.ref, "lead", "2017-04-10", 6),
        (second.ref, "co", "2017-04-05", 9),
    ]
    assert found.why == "2017年第一季度应报2件，2件未报，已逾期9个工作日。"


def test_what_is_not_due_yet_is_not_missing(world: World) -> None:
    """On 7 April co-returns are late and lead returns are not."""
    found = world.grounds(make.moment("2017-04-07 09:00")).missing()
    assert [(one.agency_id, one.facts["owed"]) for one in found] == [(world.co.pk, 1)]


def test_a_returned_or_an_elsewhere_return_is_not_missing(world: World) -> None:
    make.send_back(make.version(world.task, world.lead, Q1))
    make.version(world.task, world.co, Q1, light="", done="", elsewhere=True)
    assert world.grounds().missing() == []


# -- targets ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("comparison", "actual", "off"),
    [
        (Comparison.REACH, "19", True),
        (Comparison.REACH, "20", False),
        (Comparison.AT_LEAST, "19.9", True),
        (Comparison.AT_LEAST, "21", False),
        (Comparison.WITHIN, "20.1", True),
        (Comparison.WITHIN, "20", False),
        (Comparison.ABOUT, "17.9", True),
        (Comparison.ABOUT, "18", False),
        (Comparison.REACH, "0", True),
    ],
)
def test_a_target_is_off_its_path_when_its_year_is_over_and_its_value_is_not_reached(
    world: World, comparison: str, actual: str, off: bool
) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.target(world.plan, indicator, "20", year=2016, comparison=comparison)
    make.figure(make.accept(make.version(world.task, world.lead, "2016Q4")), indicator, actual)
    found = off_path(world.plan, Period(2016, 4), known_at=NOW)
    assert bool(found) is off
    # While the year runs nothing is said of it.
    assert off_path(world.plan, Period(2016, 3), known_at=NOW) == []


@pytest.mark.slow
def test_a_target_far_behind_the_path_that_the_office_set_is_off_it(world: World) -> None:
    """From 0 at the end of 2015 to 20 at that of 2020, so 5 at the end of 2017Q1: 4.5 is near enough, 1 is not."""
    indicator = make.indicator(world.plan, world.task)
    target = make.target(world.plan, indicator, "20")
    make.path_point(world.plan, target.order, 2015, "0", kind="baseline")
    make.figure(make.accept(make.version(world.task, world.lead, Q1)), indicator, "1")
    (one,) = off_path(world.plan, Q1, known_at=NOW)
    assert (one.status, str(one.path.normalize() if one.path else one.path)) == ("behind", "5")
    (found,) = Grounds(world.plan, Q1, NOW).targets()
    assert "序时目标为5" in found.why
    assert off_path(world.plan, Period(2016, 4), known_at=NOW) == []  # no figure yet


def test_a_target_without_a_figure_or_a_number_is_no_fact(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.target(world.plan, indicator, "20", year=2016)
    make.target(world.plan, None, None, year=2016, text="大幅提升")
    assert off_path(world.plan, Q1, known_at=NOW) == []


def test_a_target_is_addressed_to_the_lead_of_its_task_or_of_the_task_that_reports_it(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    own = make.task(world.plan, lead=world.co)
    reported = make.target(world.plan, indicator, "20", year=2016, text="达到20个")
    promised = make.target(world.plan, indicator, "30", year=2016, task=own)
    make.figure(make.accept(make.version(world.task, world.lead, "2016Q4")), indicator, "12.5")
    found = Grounds(world.plan, Period(2016, 4), NOW).targets()
    assert [(one.target_id, one.agency_id) for one in found] == [
        (reported.pk, world.lead.pk),
        (promised.pk, world.co.pk),
    ]
    assert found[0].why == "2016年目标20，至2016年第四季度为12.5。"
    assert Decimal(found[0].facts["actual"]) == Decimal("12.5")


# -- a night ------------------------------------------------------------------------------------------------


def proposals() -> set[tuple[str, str, str]]:
    return {
        (notice.ground, notice.agency.slug, notice.state)
        for notice in Notice.objects.filter(proposed_by=None).select_related("agency")
    }


def test_a_night_proposes_what_meets_the_rules_and_says_why(world: World) -> None:
    """2017Q1 is the latest quarter that was due. The lead's task is red for the second time; the co has missed its
    return for 62 working days, the bodies' other returns are there."""
    world.red()
    made = propose_by_rules()
    assert proposals() == {
        ("red", world.lead.slug, "proposed"),
        ("missing", world.co.slug, "proposed"),
    }
    assert all(notice.why and notice.title and notice.text for notice in made)
    told = {(m.user, m.subject) for m in Message.objects.all()}
    assert told == {(world.office, "督办建议 2 件待定")}


@pytest.mark.slow
def test_the_next_night_repeats_nothing_whatever_became_of_it(world: World) -> None:
    world.red()
    red, missing = sorted(propose_by_rules(), key=lambda notice: notice.ground, reverse=True)
    actions.reject(by=world.office, notice=red, reason="已有措施")
    issued = actions.issue(by=world.office, notice=missing, content=CONTENT)
    assert propose_by_rules() == []
    actions.withdraw(by=world.office, notice=issued, reason="已补报")
    assert propose_by_rules() == []


@pytest.mark.slow
def test_a_new_quarter_is_a_new_fact_unless_the_same_is_still_open(world: World) -> None:
    world.red("2016Q4", "2017Q1")
    make.version(world.task, world.co, Q1)
    other = make.task(world.plan, lead=world.co)
    world.red("2016Q4", "2017Q1", task=other, agency=world.co)
    first = propose_by_rules()
    assert len(first) == 2
    open_one, closed = first
    actions.issue(by=world.office, notice=open_one, content=CONTENT)
    actions.reject(by=world.office, notice=closed, reason="已有措施")

    make.cycle(world.plan, "2017Q2")
    world.red("2017Q2")
    world.red("2017Q2", task=other, agency=world.co)
    make.version(world.task, world.co, "2017Q2")
    with clock.at(make.moment("2017-08-01 05:30")):
        again = propose_by_rules()
    assert [(notice.subject, str(notice.quarter)) for notice in again] == [(closed.subject, "2017Q2")]


@pytest.mark.slow
def test_thresholds_are_the_rules_own(world: World) -> None:
    world.red("2017Q1")  # one quarter
    at = make.moment(
        "2017-04-18 05:30"
    )  # the co's return is 9 working days late, one less than the rule says

    def found() -> list[str]:
        return [one.ground.value for one in found_by_rules(world.plan, at)]

    assert found() == []
    ProposalRule.objects.filter(ground=Ground.RED).update(threshold=1)
    ProposalRule.objects.filter(ground=Ground.MISSING).update(threshold=9)
    assert found() == ["red", "missing"]
    ProposalRule.objects.filter(ground=Ground.MISSING).update(is_active=False)
    assert found() == ["red"]


def test_unverified_red_counts_only_where_the_rule_says_so(world: World) -> None:
    for quarter in ("2016Q4", "2017Q1"):
        make.version(world.task, world.lead, quarter, "red")
    make.version(world.task, world.co, Q1)
    assert found_by_rules(world.plan, NOW) == []
    ProposalRule.objects.filter(ground=Ground.RED).update(verified_only=False)
    assert [one.ground for one in found_by_rules(world.plan, NOW)] == [Ground.RED]


def test_a_plan_of_which_nothing_was_due_yet_has_no_facts(world: World) -> None:
    fresh = make.plan()
    make.task(fresh, lead=world.lead)
    assert latest_due(fresh, NOW) is None
    assert found_by_rules(fresh, NOW) == []


def test_proposals_about_the_offices_own_body_go_to_the_second_reviewer(world: World) -> None:
    own = make.task(world.plan, lead=world.home)
    world.red(task=own, agency=world.home)
    make.version(world.task, world.lead, Q1)
    make.version(world.task, world.co, Q1)
    propose_by_rules()
    assert {(m.user, m.subject) for m in Message.objects.all()} == {(world.second, "督办建议 1 件待定")}


@pytest.mark.slow
def test_a_night_asks_no_more_with_more_facts(world: World) -> None:
    def grow() -> None:
        body = make.agency()
        task = make.task(world.plan, lead=body, co=[make.agency()])
        world.red(task=task, agency=body)

    def queries() -> int:
        grow()
        with CaptureQueriesContext(connection) as captured:
            assert propose_by_rules()
        return len(captured)

    queries()
    one = queries()
    for _n in range(3):
        grow()
    assert queries() == one


@pytest.mark.slow
def test_a_closed_notice_is_history_and_a_person_may_take_the_fact_up_again(world: World) -> None:
    world.red()
    red = next(one for one in propose_by_rules() if one.ground == Ground.RED)
    actions.reject(by=world.office, notice=red, reason="再看一季")
    taken = world.issued(ground=Ground.RED, subject=red.subject)
    assert (taken.state, taken.subject) == (State.ISSUED, red.subject)
