"""Periods of work plans."""

import pytest

from tasks.values import Quarter
from tasks.workplans.values import Period


def test_periods() -> None:
    assert (str(Period.parse("whole")), Period.parse("whole").label) == ("whole", "实施方案")
    assert (Period.parse("2017"), Period(2017).label) == (Period(2017), "2017年度要点")
    for text in ("", "17", "20170", "２０１７", "0017", "x" * 50):
        with pytest.raises(ValueError, match="不是年份"):
            Period.parse(text)


def test_a_year_covers_its_quarters_and_the_whole_the_present_one() -> None:
    present = Quarter(2017, 2)
    assert [Quarter.from_ordinal(n) for n in Period(2018).quarters(present)] == [
        Quarter(2018, n) for n in (1, 2, 3, 4)
    ]
    assert list(Period().quarters(present)) == [present.ordinal]
