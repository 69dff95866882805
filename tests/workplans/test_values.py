"""Periods, and days as officials write them."""

from datetime import date

import pytest

from tasks.values import Quarter
from tasks.workplans.values import Period, read_day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2017-06-30", date(2017, 6, 30)),
        ("2017/6/3", date(2017, 6, 3)),
        ("2017.6.3", date(2017, 6, 3)),
        ("２０１７－０６－３０", date(2017, 6, 30)),
        ("2017年6月30日前", date(2017, 6, 30)),
        ("2017年6月", date(2017, 6, 30)),
        ("2016年2月底前", date(2016, 2, 29)),
        ("2017-06", date(2017, 6, 30)),
        ("2017年底", date(2017, 12, 31)),
        ("6月30日之前", date(2017, 6, 30)),
        ("2月底", date(2017, 2, 28)),
        ("年底前", date(2017, 12, 31)),
        (" ", None),
    ],
)
def test_a_day_is_read_as_it_is_written(text: str, day: date | None) -> None:
    assert read_day(text, 2017) == day


@pytest.mark.parametrize("text", ["2017-02-30", "2017年13月", "尽快", "2017", "20170630", "6/30"])
def test_what_is_no_day_is_told(text: str) -> None:
    with pytest.raises(ValueError, match=f"“{text}”不是日期，请写成 2017-06-30"):
        read_day(text, 2017)


def test_a_day_without_a_year_needs_one() -> None:
    with pytest.raises(ValueError, match="“6月底”不是日期"):
        read_day("6月底")


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
