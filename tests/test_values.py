"""Periods: every kind is written, read, stored and ordered alike, and no two kinds meet."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.values import Period, Rhythm, ends_half_year_sql

KINDS = st.sampled_from(Rhythm)
YEARS = st.integers(1900, 2999)


@st.composite
def periods(draw: st.DrawFn, kind: Rhythm | None = None) -> Period:
    of = kind or draw(KINDS)
    return Period(draw(YEARS), draw(st.integers(1, of.per_year)), of)


@given(periods())
def test_a_period_is_read_back_from_what_is_written_and_from_its_ordinal(period: Period) -> None:
    assert Period.parse(str(period)) == Period.parse(str(period), period.kind) == period
    assert Period.parse(period.label, period.kind) == period
    assert Period.from_ordinal(period.ordinal) == period
    assert str(Period.from_ordinal(period.ordinal)) == str(period)


@given(periods(), periods())
def test_periods_with_one_ordinal_are_one_period(one: Period, other: Period) -> None:
    assert (one.ordinal == other.ordinal) == (
        (one.kind, one.year, one.number) == (other.kind, other.year, other.number)
    )
    assert (one == other) == (one.ordinal == other.ordinal)
    assert (hash(one) == hash(other)) or one != other


@given(periods())
def test_neighbours_touch_and_are_ordered(period: Period) -> None:
    following = period + 1
    assert following.kind is period.kind
    assert following - 1 == period
    assert period < following
    assert period.ordinal + 1 == following.ordinal
    assert period.last_day + timedelta(days=1) == following.first_day
    assert period.first_day <= period.last_day


@given(periods(), periods())
def test_periods_of_any_kinds_are_ordered_by_their_last_day(one: Period, other: Period) -> None:
    assert (one < other) + (one == other) + (other < one) == 1
    if one.last_day != other.last_day:
        assert (one < other) == (one.last_day < other.last_day)


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)), KINDS)
def test_every_day_lies_in_one_period_of_a_kind(day: date, kind: Rhythm) -> None:
    found = Period.of(day, kind)
    assert found.kind is kind
    assert found.first_day <= day <= found.last_day


@given(KINDS, YEARS)
def test_the_periods_of_a_year_fill_it(kind: Rhythm, year: int) -> None:
    whole = list(Period.span(Period.opening(year, kind), Period.closing(year, kind)))
    assert len(whole) == kind.per_year
    assert (whole[0].first_day, whole[-1].last_day) == (date(year, 1, 1), date(year, 12, 31))
    assert [one.is_first_of_year for one in whole] == [True] + [False] * (len(whole) - 1)
    assert [one.is_last_of_year for one in whole] == [False] * (len(whole) - 1) + [True]


@given(periods(Rhythm.QUARTER), st.sampled_from([Rhythm.MONTH, Rhythm.JOINED]))
def test_the_parts_of_a_quarter_are_its_months(quarter: Period, kind: Rhythm) -> None:
    parts = quarter.parts(kind)
    assert (parts[0].first_day, parts[-1].last_day) == (quarter.first_day, quarter.last_day)
    assert all(quarter.contains(one) and not one.contains(quarter) for one in parts)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2017Q1", "2017Q1"),
        ("２０１７Ｑ１", "2017Q1"),
        ("2017年第一季度", "2017Q1"),
        ("2017年一季度", "2017Q1"),
        ("二〇一七年四季度", "2017Q4"),
        ("2017M3", "2017M03"),
        ("2017m03", "2017M03"),
        ("2017-03", "2017M03"),
        ("2017年3月", "2017M03"),
        ("2017年03月份", "2017M03"),
        ("2017年十二月", "2017M12"),
        ("2017M01-02", "2017M01-02"),
        ("2017年1—2月", "2017M01-02"),
        ("2017年1-2月份", "2017M01-02"),
        ("2017年1至2月", "2017M01-02"),
        ("二〇一七年一至二月", "2017M01-02"),
        ("2017M03-03", "2017M03-03"),
        ("2017H2", "2017H2"),
        ("2017年上半年", "2017H1"),
        ("2017下半年", "2017H2"),
        ("2017", "2017"),
        ("2017年", "2017"),
        ("2017年度", "2017"),
        ("2017年全年", "2017"),
    ],
)
def test_a_period_is_read_as_people_write_it(text: str, written: str) -> None:
    assert str(Period.parse(text)) == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2017Q5",
        "2017M13",
        "2017M00",
        "2017年13月",
        "2017M01-03",
        "2017M02-01",
        "2017H3",
        "1899",
        "3000Q1",
        "201703",
        "2017年前三季度",
        "2017年1—3月",
        "第一季度",
        "3月",
        "0",
        "-1",
    ],
)
def test_what_is_no_period_is_refused_with_its_spelling(text: str) -> None:
    with pytest.raises(ValueError, match="请写成 2017Q1"):
        Period.parse(text)


@pytest.mark.parametrize("kind", Rhythm)
@settings(max_examples=30)
@given(period=periods())
def test_a_period_of_another_kind_is_refused_with_the_spelling_of_the_own(
    kind: Rhythm, period: Period
) -> None:
    if period.kind is kind or (period.kind is Rhythm.MONTH and kind is Rhythm.JOINED):
        return
    with pytest.raises(ValueError, match=f"请写成 {kind.example}"):
        Period.parse(str(period), kind)


def test_a_plan_that_joins_january_and_february_reads_the_other_months_as_such() -> None:
    march = Period.parse("2017年3月", Rhythm.JOINED)
    assert (str(march), march.label) == ("2017M03-03", "2017年3月")
    assert march - 1 == Period.parse("2017年1—2月", Rhythm.JOINED)
    for alone in ("2017M01", "2017年2月"):
        with pytest.raises(ValueError, match="写成 2017M01-02"):
            Period.parse(alone, Rhythm.JOINED)


@pytest.mark.parametrize(
    ("text", "label", "short"),
    [
        ("2017Q3", "2017年第三季度", "Q3"),
        ("2017M03", "2017年3月", "3月"),
        ("2017M01-02", "2017年1—2月", "1—2月"),
        ("2017H1", "2017年上半年", "上半年"),
        ("2017H2", "2017年下半年", "下半年"),
        ("2017", "2017年度", "全年"),
    ],
)
def test_a_label_for_headings(text: str, label: str, short: str) -> None:
    assert (Period.parse(text).label, Period.parse(text).short) == (label, short)


def test_ordinals_of_quarters_are_those_of_the_first_release() -> None:
    assert Period(2016, 3).ordinal == 8066
    assert Period.from_ordinal(8066) == Period.parse("2016Q3")


@pytest.mark.parametrize("ordinal", [-1, 0, 3, 5_000_000, 1_000_000])
def test_an_ordinal_of_nothing_is_refused(ordinal: int) -> None:
    with pytest.raises(ValueError, match=r"填报周期|季度|月份"):
        Period.from_ordinal(ordinal)


@pytest.mark.django_db
def test_the_database_knows_which_periods_end_a_half_year() -> None:
    from django.db import connection

    every = [Period(2017, number, kind) for kind in Rhythm for number in range(1, kind.per_year + 1)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT n, {ends_half_year_sql('n')} FROM unnest(%s::int[]) n",
            [[one.ordinal for one in every]],
        )
        found = dict(cursor.fetchall())
    assert found == {one.ordinal: one.ends_half_year for one in every}
