"""Periods of work plans."""

import pytest

from tasks.values import Period
from tasks.workplans.values import WorkPlanPeriod


def test_periods() -> None:
    assert (str(WorkPlanPeriod.parse("whole")), WorkPlanPeriod.parse("whole").label) == ("whole", "实施方案")
    assert (WorkPlanPeriod.parse("2017"), WorkPlanPeriod(2017).label) == (
        WorkPlanPeriod(2017),
        "2017年度要点",
    )
    for text in ("", "17", "20170", "２０１７", "0017", "x" * 50):
        with pytest.raises(ValueError, match="不是年份"):
            WorkPlanPeriod.parse(text)


def test_a_year_covers_its_quarters_and_the_whole_the_present_one() -> None:
    present = Period(2017, 2)
    assert [Period.from_ordinal(n) for n in WorkPlanPeriod(2018).quarters(present)] == [
        Period(2018, n) for n in (1, 2, 3, 4)
    ]
    assert list(WorkPlanPeriod().quarters(present)) == [present.ordinal]
