"""本年累计: figures that cover the year so far; 同比增速: a published figure that nothing is made of."""

from decimal import Decimal
from typing import Any

import pytest

from tasks.indicators.requested_figures import surprises, usual
from tasks.indicators.target_path import restarts
from tasks.indicators.values import (
    ACROSS,
    Across,
    Combined,
    FigureValue,
    Flow,
    Given,
    IndicatorKind,
    OverTime,
    combine,
    combine_over_time,
    over_time_for,
    period_label,
    quarter_alone,
)
from tasks.values import Period
from tests.indicators.test_reading import asked, read

OLD4, Q1, Q2, Q3, Q4 = (Period(2016, 4), *(Period(2017, number) for number in (1, 2, 3, 4)))


def ytd(value: Any, *, verified: bool = True, **more: Any) -> Combined:
    return Combined(None if value is None else Decimal(str(value)), members=("a",), verified=verified, **more)


def test_the_latest_of_the_year_stands_and_nothing_is_added_up() -> None:
    series = {Q1: ytd("55.1"), Q2: ytd("118.9")}
    found, of = combine_over_time(OverTime.LATEST, series, flow=Flow.YEAR)
    assert (found.value, of) == (Decimal("118.9"), Q2)
    assert over_time_for(IndicatorKind.AMOUNT, Flow.YEAR) == (OverTime.LATEST,)
    assert over_time_for(IndicatorKind.RATIO, Flow.YEAR) == (OverTime.LATEST,)


def test_another_years_verified_figure_does_not_stand_for_this_year() -> None:
    series = {OLD4: ytd(200), Q1: ytd(50, verified=False)}
    assert combine_over_time(OverTime.LATEST, series, flow=Flow.YEAR)[1] == Q1
    assert combine_over_time(OverTime.LATEST, series, flow=Flow.STOCK)[1] == OLD4


def test_a_ratio_of_the_year_so_far_keeps_its_parts() -> None:
    parts = {
        Q1: Combined(numerator=Decimal("55.1"), denominator=Decimal(682), members=("a",), verified=True),
        Q2: Combined(numerator=Decimal("118.9"), denominator=Decimal(1402), members=("a",), verified=True),
    }
    found, _of = combine_over_time(OverTime.LATEST, parts, flow=Flow.YEAR)
    assert (found.numerator, found.denominator) == (Decimal("118.9"), Decimal(1402))
    assert f"{found.quotient * 100:.1f}" == "8.5"  # type: ignore[operator]


def test_a_new_year_is_no_fall_and_a_fall_within_the_year_is() -> None:
    new_year = asked("amount", {"2016Q4": "200"}, flow=Flow.YEAR, decimals=1, quarter=Q1)
    assert read(new_year, value="50")[1] == {}
    within = asked("amount", {"2016Q4": "200", "2017Q1": "60"}, flow=Flow.YEAR, decimals=1)
    assert read(within, value="55")[1] == {"reason": "累计数比上次少 5，请写明原因，或改正数字。"}
    assert read(within, value="120")[1] == {}


def test_it_is_compared_with_the_same_months_a_year_ago() -> None:
    one = asked("amount", {"2016Q2": "100", "2017Q1": "10"}, flow=Flow.YEAR, decimals=1)
    assert usual(one)["value"].holds(Decimal(110))
    assert not usual(one)["value"].holds(Decimal(10))
    only_this_year = asked("amount", {"2017Q1": "50"}, flow=Flow.YEAR, decimals=1)
    assert surprises(only_this_year, FigureValue(Decimal(100))) == {}


@pytest.mark.parametrize(
    ("kind", "flow", "quarter", "series", "revised", "difference"),
    [
        ("amount", Flow.YEAR, Q2, {Q1: ytd("55.1"), Q2: ytd("118.9")}, (), "63.8"),
        ("count", Flow.YEAR, Q3, {Q2: ytd(4), Q3: ytd(4)}, (), "0"),
        ("amount", Flow.YEAR, Q1, {OLD4: ytd(200), Q1: ytd(50)}, (), None),
        ("amount", Flow.YEAR, Q3, {Q1: ytd(1), Q3: ytd(3)}, (), None),
        ("amount", Flow.YEAR, Q2, {Q1: ytd(9), Q2: ytd(8)}, (), None),
        ("amount", Flow.YEAR, Q2, {Q1: ytd(1, preliminary=True), Q2: ytd(8)}, (), None),
        ("amount", Flow.YEAR, Q2, {Q1: ytd(1), Q2: ytd(8)}, (Q1,), None),
        ("ratio", Flow.YEAR, Q2, {Q1: ytd(1), Q2: ytd(8)}, (), None),
        ("growth", Flow.YEAR, Q2, {Q1: ytd(1), Q2: ytd(8)}, (), None),
        ("amount", Flow.STOCK, Q2, {Q1: ytd(1), Q2: ytd(8)}, (), None),
        ("amount", Flow.FLOW, Q2, {Q1: ytd(1), Q2: ytd(8)}, (), None),
    ],
)
def test_the_quarter_alone_is_made_of_quantities_of_one_series(
    kind: str, flow: str, quarter: Period, series: Any, revised: Any, difference: str | None
) -> None:
    made = quarter_alone(kind, flow, quarter, series, frozenset(revised))
    assert made == (None if difference is None else Decimal(difference))


def test_a_growth_is_taken_over_and_never_summed() -> None:
    assert ACROSS[IndicatorKind.GROWTH] == (Across.LEAD, Across.LATEST)
    for flow in Flow:
        assert over_time_for(IndicatorKind.GROWTH, flow) == (OverTime.LATEST,)
    stated = Given("a", FigureValue(Decimal("-3.2")), 1)
    assert combine(Across.LEAD, [Given("b", FigureValue(Decimal(8)), 0)], stated=stated).value == Decimal(
        "-3.2"
    )


def test_a_growth_is_typed_with_its_sign_and_may_fall() -> None:
    one = asked("growth", {"2017Q1": "8.5"}, flow=Flow.YEAR, unit="", decimals=1)
    assert read(one, value="−3.2%")[0] == FigureValue(Decimal("-3.2"))
    assert usual(one) == {}


def test_what_a_period_is_called() -> None:
    assert [period_label(Flow.YEAR, quarter) for quarter in (Q1, Q2, Q3, Q4)] == [
        "一季度（1—3月累计）", "上半年（1—6月累计）", "前三季度（1—9月累计）", "全年（1—12月累计）",
    ]  # fmt: skip
    assert (period_label(Flow.FLOW, Q2), period_label(Flow.STOCK, Q2)) == ("当季", "累计")


def test_its_path_begins_at_zero_each_year() -> None:
    assert restarts("amount", "latest", Flow.YEAR)
    assert not restarts("growth", "latest", Flow.YEAR)
