"""Rates: counted by one rule, added by their parts, rounded by one rule."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import NumericRange

from reports.canonical import canonical
from reports.figures.values import Rate
from tasks.values import Period, Ratio


@dataclass
class One:
    owed: bool
    reported: bool
    on_time: bool | None


def test_a_rate_counts_what_is_owed() -> None:
    found = Rate.of(
        [
            One(True, True, True),
            One(True, True, False),
            One(True, False, None),
            One(False, False, None),
            One(False, True, True),  # of a task that has ended
        ]
    )
    assert found == Rate(due=3, reported=2, on_time=1)
    assert (found.missing, found.late) == (1, 1)
    assert (found.reporting, found.punctuality) == (Ratio(2, 3), Ratio(1, 3))


def test_rates_are_added_by_their_parts() -> None:
    assert Rate(3, 2, 1) + Rate(1, 1, 1) == Rate(4, 3, 2)
    assert (Ratio(1, 2) + Ratio(1, 1)).percent == Decimal("66.7")  # and not the mean of 50 and 100


def test_a_rate_is_frozen_as_its_three_counts() -> None:
    assert canonical(Rate(3, 2, 1)) == b'{"due":3,"on_time":1,"reported":2}'


@pytest.mark.parametrize(
    ("ratio", "percent"),
    [
        (Ratio(0, 0), None),
        (Ratio(0, 39), "0.0"),
        (Ratio(37, 39), "94.9"),
        (Ratio(1, 16), "6.3"),  # half up
        (Ratio(2999, 3000), "99.9"),
        (Ratio(1, 3000), "0.1"),
        (Ratio(39, 39), "100.0"),
    ],
)
def test_a_percentage_is_never_whole_while_something_is_missing(ratio: Ratio, percent: str | None) -> None:
    assert ratio.percent is None if percent is None else str(ratio.percent) == percent, ratio.percent


def test_a_quarter_lies_within_a_range_of_ordinals_that_may_be_open() -> None:
    first, last = Period(2017, 1), Period(2017, 4)
    for valid, expected in (
        (NumericRange(first.ordinal, last.ordinal), [False, True, True, False]),
        (NumericRange(first.ordinal, None), [False, True, True, True]),
        (NumericRange(None, last.ordinal), [True, True, True, False]),
        (NumericRange(None, None), [True, True, True, True]),
        (NumericRange(empty=True), [False, False, False, False]),
    ):
        assert [one.within(valid) for one in (first - 1, first, last - 1, last)] == expected
