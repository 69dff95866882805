"""The line through the last four verified values, and the range of the next."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.projection import VALUES, Projection, falls_short, is_certain, project
from tasks.indicators.values import Better, Comparison
from tasks.values import Period

FIRST = Period(2016, 3)
DUE = Period(2020, 4)
NUMBERS = st.decimals(min_value=-10_000, max_value=10_000, places=2)


def series(values: list[Decimal]) -> dict[Period, Decimal]:
    return {FIRST + n: value for n, value in enumerate(values)}


def near(one: Decimal, other: Decimal) -> bool:
    return abs(one - other) <= Decimal("0.01") + abs(other) / 100_000


def test_the_range_is_that_of_the_textbook() -> None:
    """6, 7, 7, 9 at x = 0 … 3: line 5.9 + 0.9x, s² = 0.35, at x = 5 a reach of 1.8856 · √0.35 · √(1.25 + 12.25/5)."""
    found = project(series([Decimal(6), Decimal(7), Decimal(7), Decimal(9)]), FIRST + 5)
    assert found == Projection(Decimal("10.4000"), Decimal("8.2542"), Decimal("12.5458"))


@given(st.lists(NUMBERS, max_size=VALUES - 1))
def test_fewer_values_say_nothing(values: list[Decimal]) -> None:
    assert project(series(values), DUE) is None


@given(NUMBERS, st.decimals(min_value=-100, max_value=100, places=2))
def test_values_on_a_line_go_on_along_it_without_a_range(start: Decimal, step: Decimal) -> None:
    found = project(series([start + step * n for n in range(VALUES)]), DUE)
    assert found is not None
    there = start + step * (DUE.ordinal - FIRST.ordinal)
    assert near(found.value, there)
    assert near(found.low, there)
    assert near(found.high, there)


@given(st.lists(NUMBERS, min_size=VALUES, max_size=9), NUMBERS)
def test_only_the_last_four_count_and_a_shift_shifts(values: list[Decimal], by: Decimal) -> None:
    found = project(series(values), DUE)
    assert found is not None
    assert found.low <= found.value <= found.high
    last = dict(sorted(series(values).items())[-VALUES:])
    assert project(last, DUE) == found
    shifted = project({period: value + by for period, value in last.items()}, DUE)
    assert shifted is not None
    for one, other in ((shifted.value, found.value), (shifted.low, found.low), (shifted.high, found.high)):
        assert near(one - by, other)


@given(st.lists(NUMBERS, min_size=VALUES, max_size=VALUES))
def test_what_is_due_already_is_not_projected(values: list[Decimal]) -> None:
    assert project(series(values), FIRST + (VALUES - 1)) is None


@pytest.mark.parametrize(
    ("comparison", "direction", "value", "short"),
    [
        (Comparison.REACH, Better.MORE, 11, True),
        (Comparison.REACH, Better.MORE, 12, False),
        (Comparison.WITHIN, Better.MORE, 13, True),
        (Comparison.REACH, Better.LESS, 13, True),
        (Comparison.REACH, Better.LESS, 11, False),
    ],
)
def test_more_or_less_is_better(comparison: str, direction: str, value: int, short: bool) -> None:
    assert falls_short(Decimal(value), Decimal(12), comparison, direction) is short


def test_a_range_that_holds_the_goal_is_not_certain() -> None:
    one = Projection(Decimal(9), Decimal(8), Decimal(10))
    assert is_certain(one, Decimal(12), Comparison.REACH, Better.MORE)
    assert not is_certain(one, Decimal("9.5"), Comparison.REACH, Better.MORE)
