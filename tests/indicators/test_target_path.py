"""Targets against their path. Each expected number is worked out in the comment beside it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.indicators.target_path import (
    Path,
    Promise,
    Schedule,
    Thresholds,
    is_met,
    path_of,
    progress,
    restarts,
)
from tasks.values import Period

LIMITS = Thresholds()
D = Decimal


def promise(value: Any = 20, comparison: str = "reach", year: int | None = 2020, **more: Any) -> Promise:
    due = None if year is None else Period(year, 4)
    return Promise(None if value is None else D(value), comparison, due, **more)


def path(one: Promise, start: Any = 0, **milestones: int) -> Path | None:
    """From `start` in 2015; `y2017=8` is 8 at the end of 2017."""
    return path_of(one, (2015, D(start)), {int(name[1:]): D(value) for name, value in milestones.items()})


# -- the path -----------------------------------------------------------------------------------------------


def test_without_milestones_it_is_a_straight_line_and_is_said_to_be_so() -> None:
    # From 0 at the end of 2015 to 20 at the end of 2020 are 20 quarters: one a quarter. 2017Q1 is the fifth.
    found = path(promise())
    assert found is not None
    assert found.straight
    assert [found.at(Period.parse(q)) for q in ("2015Q3", "2015Q4", "2017Q1", "2020Q4", "2022Q1")] == [
        None,
        0,
        5,
        20,
        20,
    ]


def test_milestones_bend_it_and_between_two_it_is_straight() -> None:
    # 0 at 2015Q4, 8 at 2017Q4 (one a quarter), 20 at 2020Q4 (12 in 12 quarters: one a quarter again).
    bent = path(promise(), y2016=2)
    assert bent is not None
    assert not bent.straight
    # 2 at 2016Q4, then 18 in 16 quarters: 1.125 each.
    assert [bent.at(Period.parse(q)) for q in ("2016Q2", "2016Q4", "2017Q1")] == [1, 2, D("3.125")]


def test_without_a_baseline_there_is_none_but_milestones_begin_one() -> None:
    assert path_of(promise(), None, {}) is None
    begun = path_of(promise(), None, {2018: D(10)})
    assert begun is not None
    assert (begun.at(Period(2018, 3)), begun.at(Period(2018, 4)), begun.at(Period(2019, 4))) == (
        None,
        10,
        15,
    )


def test_without_a_year_only_milestones_make_a_path() -> None:
    undated = promise(30, "about", None)
    assert path_of(undated, (2015, D(0)), {}) is None
    found = path_of(undated, (2015, D(0)), {2019: D(16)})
    assert found is not None
    assert (found.at(Period(2017, 4)), found.at(Period(2025, 4))) == (8, 16)


def test_a_baseline_that_is_not_before_the_promise_makes_none() -> None:
    assert path_of(promise(), (2020, D(0)), {}) is None
    assert path_of(promise(None), (2015, D(0)), {}) is None


def test_a_years_own_sum_restarts_each_january() -> None:
    # Levels 10 (2015) to 20 (2020): 12 for 2016, 14 for 2017; of that a quarter after the first, half after the second.
    found = path(promise(restarts=True), 10)
    assert found is not None
    assert [found.at(Period(2017, n)) for n in (1, 2, 4)] == [D("3.5"), 7, 14]
    assert restarts("amount", "year")
    assert not restarts("ratio", "year")
    assert not restarts("count", "latest")


# -- against it ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actual", "status", "points"),
    [
        # The path is at 5 of 20 in 2017Q1: a quarter of the way, 25 points.
        ("5", Schedule.ON, 0),
        ("4", Schedule.ON, -5),  # exactly the limit
        ("3.9", Schedule.SLIGHT, D("-5.5")),
        ("2", Schedule.SLIGHT, -15),
        ("1.9", Schedule.BEHIND, D("-15.5")),
        ("0", Schedule.BEHIND, -25),
        ("6.9", Schedule.ON, D("9.5")),
        ("7", Schedule.AHEAD, 10),
        ("20", Schedule.REACHED, 75),
    ],
)
def test_the_status_by_points_of_the_way(actual: str, status: Schedule, points: Any) -> None:
    one = promise()
    found = progress(one, path(one), D(actual), Period(2017, 1), LIMITS)
    assert (found.status, found.points, found.expected) == (status, points, 5)


def test_zero_is_a_figure_and_none_is_none() -> None:
    one = promise()
    assert progress(one, path(one), D(0), Period(2016, 1), LIMITS).status == Schedule.ON
    found = progress(one, path(one), None, Period(2017, 1), LIMITS)
    assert (found.status, found.expected) == (Schedule.NO_FIGURE, 5)


def test_why_nothing_can_be_said() -> None:
    assert progress(promise(None), None, D(3), Period(2017, 1), LIMITS).status == Schedule.WORDS
    assert progress(promise(), None, D(3), Period(2017, 1), LIMITS).status == Schedule.NO_BASELINE
    assert progress(promise(year=None), None, D(3), Period(2017, 1), LIMITS).status == Schedule.NO_YEAR


def test_less_is_better_turns_it_round() -> None:
    # From 100 down to 80 in five years: 95 at the end of 2016 would be one point ahead of 96.
    one = promise(80, direction="less")
    down = path(one, 100)
    assert down is not None
    assert down.at(Period(2016, 4)) == 96
    statuses = [
        progress(one, down, D(v), Period(2016, 4), LIMITS).status for v in ("96", "97.1", "99.1", "94", "80")
    ]
    assert statuses == [Schedule.ON, Schedule.SLIGHT, Schedule.BEHIND, Schedule.AHEAD, Schedule.REACHED]


def test_within_is_a_ceiling_that_nobody_is_ahead_of() -> None:
    # At most 100 in 2020, from 80 in 2015: 84 is expected at the end of 2016, and less is as good.
    one = promise(100, "within")
    up = path(one, 80)
    statuses = [progress(one, up, D(v), Period(2016, 4), LIMITS).status for v in ("60", "84", "86", "88")]
    assert statuses == [Schedule.ON, Schedule.ON, Schedule.SLIGHT, Schedule.BEHIND]
    # It is kept or broken when its year is over.
    assert progress(one, up, D(100), Period(2020, 4), LIMITS).status == Schedule.REACHED
    assert progress(one, up, D("100.1"), Period(2020, 4), LIMITS).status == Schedule.MISSED
    # To come down to it is a way like any other.
    down = path(one, 120)
    assert progress(one, down, D(100), Period(2016, 4), LIMITS).status == Schedule.REACHED


def test_about_is_a_band() -> None:
    # About 30 by 2020 from 0: 6 at the end of 2016, give or take 10 % of 30.
    one = promise(30, "about")
    line = path(one)
    statuses = [
        progress(one, line, D(v), Period(2016, 4), LIMITS).status for v in ("3", "1.4", "0", "9", "12.1")
    ]
    # 1.4 is 1.6 below the band: 5.3 points of 30.
    assert statuses == [Schedule.ON, Schedule.SLIGHT, Schedule.SLIGHT, Schedule.ON, Schedule.AHEAD]
    assert is_met(one, D(27), LIMITS)
    assert not is_met(one, D("26.9"), LIMITS)
    assert is_met(one, D(45), LIMITS)


@pytest.mark.parametrize(
    ("comparison", "direction", "kept", "broken"),
    [
        ("reach", "more", 20, 19),
        ("at_least", "more", 20, 19),
        ("at_least", "less", 20, 19),
        ("reach", "less", 20, 21),
        ("within", "more", 20, 21),
    ],
)
def test_when_a_promise_is_kept(comparison: str, direction: str, kept: int, broken: int) -> None:
    one = promise(20, comparison, direction=direction)
    assert (is_met(one, D(kept), LIMITS), is_met(one, D(broken), LIMITS)) == (True, False)


def test_a_level_that_is_to_be_held() -> None:
    # From 20 to 20: no way. 19 is 5 hundredths of the level below, 16 is 20.
    one = promise(20, year=2020)
    flat = path(one, 20)
    statuses = [progress(one, flat, D(v), Period(2017, 1), LIMITS).status for v in ("19", "18", "16")]
    assert statuses == [Schedule.ON, Schedule.SLIGHT, Schedule.BEHIND]
    assert progress(one, flat, D(20), Period(2017, 1), LIMITS).status == Schedule.REACHED


def test_after_its_year_the_figure_of_its_end_decides() -> None:
    one = promise()
    line = path(one)
    now = Period(2021, 2)
    assert progress(one, line, D(25), now, LIMITS, at_due=D(19)).status == Schedule.MISSED
    assert progress(one, line, D(15), now, LIMITS, at_due=D(20)).status == Schedule.REACHED
    assert progress(one, line, D(25), now, LIMITS).status == Schedule.NO_FIGURE


def test_thresholds_are_settings() -> None:
    one = promise()
    wide = Thresholds(on=D(30), slight=D(40), ahead=D(50))
    assert progress(one, path(one), D(0), Period(2017, 1), wide).status == Schedule.ON


@given(st.integers(-100, 100), st.integers(1, 100), st.integers(0, 40))
def test_on_the_path_is_always_on_schedule(start: int, way: int, gone: int) -> None:
    """Whatever the way: who stands exactly on the path is neither behind nor ahead."""
    one = promise(start + way)
    line = path(one, start)
    assert line is not None
    quarter = Period(2015, 4) + gone
    expected = line.at(quarter)
    assert expected is not None
    found = progress(one, line, expected, quarter, LIMITS, at_due=expected)
    assert found.status in {Schedule.ON, Schedule.REACHED}
    assert line.start <= expected <= start + way
