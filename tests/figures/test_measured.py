"""What an indicator comes to, read from the database: by the same rules as the pure functions, whatever was filed."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.indicator_aggregation import Measured, Measures, measured
from tasks.indicators.values import Across, IndicatorKind, OverTime
from tasks.models import Indicator, Task
from tasks.values import Duty, Period
from tests import factories as make
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Q3, Q4, Q1, Q2 = Period(2016, 3), Period(2016, 4), Period(2017, 1), Period(2017, 2)
LATER = "2017-12-31"


class World:
    """A task with a lead and two co-agencies, and a second task with a lead of its own."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.b, self.c, self.other = (
            make.agency(name) for name in ("甲局", "乙局", "丙局", "丁局")
        )
        self.task = make.task(self.plan, lead=self.lead, co=[self.b, self.c])
        self.second = make.task(self.plan, lead=self.other)

    def of(self, indicator: Indicator, quarter: Period = Q1, known_at: str = LATER) -> Measured:
        return measured(self.plan, quarter, known_at=make.moment(known_at))[indicator.pk]


@pytest.fixture
def world(db: None) -> World:
    return World()


def states(found: Measured) -> list[tuple[str, int, str, Any]]:
    return [
        (str(source.quarter), source.agency_id, source.state, source.figure.value) for source in found.sources
    ]


def test_what_two_tasks_leads_file_is_added_up_and_named(world: World) -> None:
    count = make.indicator(world.plan, world.task, world.second)
    make.figure(make.accept(make.version(world.task, world.lead, Q1)), count, 3)
    found = world.of(count)
    assert (found.value, found.quarter, found.figure.owed, found.figure.verified) == (3, Q1, 2, False)
    assert states(found) == [
        ("2017Q1", world.lead.pk, "given", 3),
        ("2017Q1", world.other.pk, "missing", None),
    ]


def test_the_rule_over_bodies_is_the_indicators_own(world: World) -> None:
    rules = {Across.SUM: 7, Across.MAXIMUM: 5, Across.LATEST: 2, Across.LEAD: 9}
    indicators = {rule: make.indicator(world.plan, world.task, duty=Duty.CO, across=rule) for rule in rules}
    b = make.version(world.task, world.b, Q1, at="2017-04-02")
    c = make.version(world.task, world.c, Q1, at="2017-04-03")
    lead = make.version(world.task, world.lead, Q1, at="2017-04-04")
    for indicator in indicators.values():
        make.figure(b, indicator, 5)
        make.figure(c, indicator, 2)
    make.figure(lead, indicators[Across.LEAD], 9)
    found = measured(world.plan, Q1, known_at=make.moment(LATER))
    assert {rule: found[indicator.pk].value for rule, indicator in indicators.items()} == rules


def test_a_leads_own_word_stands_before_the_computed_one(world: World) -> None:
    count = make.indicator(world.plan, world.task, duty=Duty.CO)
    make.figure(make.accept(make.version(world.task, world.b, Q1, at="2017-04-02")), count, 5)
    make.figure(make.version(world.task, world.lead, Q1, at="2017-04-04"), count, 4, reason="剔除重复")
    found = world.of(count)
    assert (found.value, found.figure.stated, found.figure.reason) == (4, True, "剔除重复")
    assert found.figure.missing == ((Q1, world.c.pk),)
    assert [source.stated for source in found.sources] == [False, False, True]
    # Before the lead's return was submitted there was only the sum.
    assert world.of(count, known_at="2017-04-03").value == 5


def test_a_named_body_is_asked_instead_and_is_missing_even_without_a_duty(world: World) -> None:
    count = make.indicator(world.plan, world.task)
    make.figure(make.accept(make.version(world.task, world.lead, Q4)), count, 3)
    make.figure(make.accept(make.version(world.task, world.lead, Q1)), count, 4)
    make.figure(make.accept(make.version(world.second, world.other, Q1)), count, 8)
    make.owner(count, world.other, world.second, first=Q1, known_since="2017-05-01")
    assert (world.of(count).value, world.of(count, known_at="2017-04-30").value) == (8, 4)
    assert world.of(count, Q4).value == 3
    idle = make.indicator(world.plan, world.task)
    make.owner(idle, world.b, world.second)
    assert states(world.of(idle)) == [("2017Q1", world.b.pk, "missing", None)]


def test_a_final_figure_replaces_the_preliminary_one_from_when_it_is_accepted(world: World) -> None:
    count = make.indicator(world.plan, world.task)
    early = make.accept(make.version(world.task, world.lead, Q4, at="2017-01-05"), at="2017-01-12")
    make.figure(early, count, 3, preliminary=True)
    late = make.version(world.task, world.lead, Q1, at="2017-04-05")
    make.figure(late, count, 4, quarter=Q4)
    make.accept(late, at="2017-04-12")
    then, now = world.of(count, Q4, "2017-04-10"), world.of(count, Q4)
    assert (then.value, then.figure.preliminary, now.value, now.figure.preliminary) == (3, True, 4, False)
    # Both are there to be read.
    assert states(now) == [
        ("2016Q4", world.lead.pk, "given", 4),
        ("2016Q4", world.lead.pk, "replaced", 3),
    ]
    assert [source.told_in for source in now.sources] == [Q1, Q4]


def test_what_is_not_published_is_pending_and_then_missing(world: World) -> None:
    count = make.indicator(world.plan, world.task)
    make.definition(count, lag_months=2)
    make.figure(make.accept(make.version(world.task, world.lead, Q4)), count, 3)
    make.accept(make.version(world.task, world.lead, Q1))
    # The first quarter of 2017 is published on 2017-06-01.
    before, after = world.of(count, known_at="2017-05-31"), world.of(count, known_at="2017-06-01")
    assert (before.value, before.quarter, before.published_late, after.published_late) == (3, Q4, True, False)
    assert [state for _q, _a, state, _v in states(before)] == ["given", "pending"]
    assert [state for _q, _a, state, _v in states(after)] == ["given", "missing"]


def test_a_yearly_figure_owes_nothing_within_the_year(world: World) -> None:
    count = make.indicator(world.plan, world.task)
    make.definition(count, frequency="yearly")
    make.figure(make.accept(make.version(world.task, world.lead, Q4)), count, 3)
    make.accept(make.version(world.task, world.lead, Q1))
    assert states(world.of(count)) == [("2016Q4", world.lead.pk, "given", 3)]


def test_a_years_sum_restarts_and_a_ratio_is_divided_once(world: World) -> None:
    flow: dict[str, Any] = {"flow": "flow", "over_time": OverTime.YEAR}
    count = make.indicator(world.plan, world.task, **flow)
    ratio = make.indicator(world.plan, world.task, kind=IndicatorKind.RATIO, unit="%", **flow)
    for quarter, value, parts in ((Q4, 100, (50, 50)), (Q1, 1, (1, 10)), (Q2, 2, (80, 90))):
        version = make.accept(make.version(world.task, world.lead, quarter))
        make.figure(version, count, value)
        make.figure(version, ratio, parts=parts)
    assert (world.of(count, Q2).value, world.of(ratio, Q2).value) == (3, 81)
    assert world.of(ratio, Q4).value == 100


def test_words_and_yes_or_no(world: World) -> None:
    words = make.indicator(world.plan, world.task, kind=IndicatorKind.QUALITATIVE)
    built = make.indicator(world.plan, world.task, kind=IndicatorKind.YES_NO)
    version = make.accept(make.version(world.task, world.lead, Q1))
    make.figure(version, words, text="试运行")
    make.figure(version, built, 0)
    assert (world.of(words).figure.text, world.of(words).value, world.of(built).value) == ("试运行", None, 0)


def test_a_ratio_over_nothing_shows_its_parts(world: World) -> None:
    ratio = make.indicator(world.plan, world.task, kind=IndicatorKind.RATIO)
    make.figure(make.accept(make.version(world.task, world.lead, Q1)), ratio, parts=(0, 0))
    found = world.of(ratio)
    assert (found.value, found.figure.numerator, found.figure.denominator, found.quarter) == (None, 0, 0, Q1)


def test_a_withdrawn_task_owes_no_figure(world: World) -> None:
    count = make.indicator(world.plan, world.task)
    make.term(world.task, "withdrawn", first=Q1)
    (only,) = states(world.of(count))
    assert only == ("2016Q4", world.lead.pk, "missing", None)


def test_queries_do_not_grow_with_indicators_and_figures(world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            measured(world.plan, Q1, known_at=make.moment(LATER))
        return len(captured)

    make.indicator(world.plan, world.task)
    few = queries()
    for number in range(5):
        indicator = make.indicator(world.plan, world.task, duty=Duty.CO)
        make.definition(indicator)
        make.figure(make.version(world.task, world.b, Period(2016, 3) + number), indicator, number)
    assert (few, queries()) == (4, 4)


# -- whatever was filed -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filed:
    """One body's figure of one quarter: how it was decided, and the number."""

    value: int | None
    decision: str


FILED = st.builds(
    Filed,
    value=st.none() | st.integers(-50, 50),
    decision=st.sampled_from(["", "accepted", "returned", "nothing"]),
)


@pytest.mark.slow
@examples(25)
@given(
    filed=st.lists(FILED, min_size=12, max_size=12),
    across=st.sampled_from([Across.SUM, Across.MAXIMUM]),
    over_time=st.sampled_from([OverTime.YEAR, OverTime.ALL, OverTime.MAXIMUM, OverTime.LATEST]),
    pause=st.sampled_from([0, 4, 8]),
)
def test_the_rollup_is_what_plain_loops_would_count(
    world: World, filed: list[Filed], across: Across, over_time: OverTime, pause: int
) -> None:
    """Three bodies (two share a task, one leads another), four quarters with a pause between; the expected figure is
    counted here by hand, without the functions that the rollup uses. What is read of the last two years says the same."""
    with transaction.atomic():
        rules: dict[str, Any] = {"flow": "flow", "across": across, "over_time": over_time, "kind": "amount"}
        indicator = make.indicator(world.plan, world.task, duty=Duty.CO, **{**rules, "may_be_negative": True})
        make.indicator_task(indicator, world.second)
        bodies: list[tuple[Task, Any]] = [
            (world.task, world.b),
            (world.task, world.c),
            (world.second, world.other),
        ]
        quarters = [Q3, Q4, Q1 + pause, Q2 + pause]
        given_by: dict[Period, dict[int, Decimal]] = {quarter: {} for quarter in quarters}
        verified: dict[Period, bool] = dict.fromkeys(quarters, True)
        for number, one in enumerate(filed):
            quarter, (task, agency) = quarters[number // 3], bodies[number % 3]
            verified[quarter] &= one.value is not None and one.decision == "accepted"
            if one.decision == "nothing":
                continue
            version = make.version(task, agency, quarter)
            if one.value is not None:
                make.figure(version, indicator, one.value)
                given_by[quarter][agency.pk] = Decimal(one.value)
            if one.decision:
                decide = make.accept if one.decision == "accepted" else make.send_back
                decide(version, at=version.submitted_at + timedelta(days=1))
        last, known_at = quarters[-1], make.moment("2019-12-31")
        found = Measures(world.plan, last, known_at=known_at).of(indicator.pk, last)
        recent = Measures(world.plan, last, known_at=known_at, recent=True).of(indicator.pk, last)
        transaction.set_rollback(True)

    assert (recent.figure, recent.quarter, recent.value, recent.sources, recent.alone) == (
        found.figure,
        found.quarter,
        found.value,
        found.sources,
        found.alone,
    )
    each = {
        quarter: (sum(values.values()) if across == Across.SUM else max(values.values()))
        for quarter, values in given_by.items()
        if values
    }
    if not each:
        assert (found.value, found.quarter) == (None, None)
        return
    last = max(each)
    if over_time == OverTime.LATEST:
        whole = [quarter for quarter in each if verified[quarter]]
        expected = each[max(whole) if whole else last]
    elif over_time == OverTime.YEAR:
        expected = sum(value for quarter, value in each.items() if quarter.year == last.year)
    elif over_time == OverTime.ALL:
        expected = sum(each.values())
    else:
        expected = max(each.values())
    assert found.value == expected
    within = {source.quarter for source in found.sources}
    given_parts = [source for source in found.sources if source.state == "given"]
    assert len(given_parts) == sum(len(values) for quarter, values in given_by.items() if quarter in within)
