"""Figures as people type them, each error on its field, and what is shown beside the fields."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tasks.indicators.form_rows import figure_rows, warnings_of
from tasks.indicators.formatting import shown_typed
from tasks.indicators.models import Indicator, IndicatorDefinition
from tasks.indicators.reading import read_figures
from tasks.indicators.requested_figures import (
    Range,
    RequestedFigure,
    earlier_quarters,
    is_asked_of,
    is_published,
    published_from,
    surprises,
    usual,
)
from tasks.indicators.values import Across, FigureValue, Given, combine
from tasks.values import Period

Q = Period(2017, 2)


def asked(kind: str = "count", history: dict[str, Any] | None = None, **values: Any) -> RequestedFigure:
    """A figure of 2017Q2; `history` is {quarter: value, or parts}."""
    more = {name: values.pop(name) for name in ("was", "computed", "quarter", "definition") if name in values}
    names = {"numerator_name": "高技术", "denominator_name": "工业"} if kind == "ratio" else {}
    about = {"pk": 1, "slug": "platforms", "name": "平台", "kind": kind, "unit": "个"}
    indicator = Indicator(**{**about, **names, **values})
    filed = {
        Period.parse(quarter): (
            FigureValue(None, *map(Decimal, value))
            if isinstance(value, tuple)
            else FigureValue(Decimal(value))
        )
        for quarter, value in (history or {}).items()
    }
    return RequestedFigure(indicator, more.pop("quarter", Q), Q, history=filed, **more)


def read(one: RequestedFigure, **typed: str) -> tuple[FigureValue | None, dict[str, str]]:
    """The figure, and {part: what is wrong}."""
    figures, problems = read_figures({one.key: typed}, [one], "3-1-1")
    wrong = {problem.field.rpartition(".")[2]: problem.message for problem in problems}
    assert all(problem.field.startswith(f"figures.{one.key}.") for problem in problems)
    return figures[0].figure if figures else None, wrong


# -- each kind ----------------------------------------------------------------------------------------------


def test_zero_is_a_value_and_blank_is_none() -> None:
    assert read(asked(), value="0") == (FigureValue(Decimal(0)), {})
    assert read(asked(), value="  ") == (None, {})
    assert read(asked()) == (None, {})


@pytest.mark.parametrize(
    ("typed", "decimals", "said"),
    [
        ("3.5", 0, "请填整数。"),
        ("3.0", 0, ""),
        ("3.125", 2, "最多 2 位小数。"),
        ("3.12", 2, ""),
        ("3.1200", 2, ""),
    ],
)
def test_too_many_decimals_are_told_on_the_field(typed: str, decimals: int, said: str) -> None:
    figure, wrong = read(asked("amount", decimals=decimals), value=typed)
    assert (wrong.get("value", ""), figure is None) == (said, bool(said))


def test_negative_only_where_it_can_be() -> None:
    assert read(asked(), value="-1")[1] == {"value": "不能是负数。"}
    assert read(asked("amount", may_be_negative=True), value="-1")[0] == FigureValue(Decimal(-1))
    parts = {"numerator": "-1", "denominator": "2"}
    assert read(asked("ratio"), **parts)[1] == {"numerator": "不能是负数。"}


@pytest.mark.parametrize(
    ("numerator", "denominator", "field"),
    [
        ("3", "", "denominator"),
        ("", "3", "numerator"),
        ("3", "0", "denominator"),
        ("", "", ""),
        ("0", "0", ""),
    ],
)
def test_a_ratio_is_whole_or_blank_and_only_nothing_is_of_nothing(
    numerator: str, denominator: str, field: str
) -> None:
    figure, wrong = read(asked("ratio"), numerator=numerator, denominator=denominator)
    assert list(wrong) == ([field] if field else [])
    if (numerator, denominator) == ("0", "0"):
        assert figure == FigureValue(None, Decimal(0), Decimal(0))
        assert figure is not None
        assert figure.quotient is None


@pytest.mark.parametrize(
    ("typed", "value"),
    [("是", 1), ("Yes", 1), ("1", 1), ("√", 1), ("否", 0), ("0", 0), ("no", 0), (" ", None)],
)
def test_yes_and_no_however_they_are_written(typed: str, value: int | None) -> None:
    figure, wrong = read(asked("yes_no", across=Across.MAXIMUM), value=typed)
    assert (figure.value if figure else None, wrong) == (value, {})


def test_neither_yes_nor_no_is_told() -> None:
    assert read(asked("yes_no"), value="也许")[1] == {"value": "“也许”无法识别，请填“是”或“否”。"}


def test_words_are_kept_as_words() -> None:
    one = asked("qualitative", across=Across.LATEST)
    assert read(one, text=" =1+1 <b>建成</b> ") == (FigureValue(text="=1+1 <b>建成</b>"), {})
    assert list(read(one, text="长" * 501)[1]) == ["text"]


def test_a_preliminary_figure_is_marked() -> None:
    assert read(asked(), value="3", preliminary="1")[0] == FigureValue(Decimal(3), preliminary=True)
    assert read(asked(), value="3", preliminary="否")[0] == FigureValue(Decimal(3))


def test_a_figure_that_is_not_asked_for_is_told_unless_it_is_blank() -> None:
    _figures, problems = read_figures({"other": {"value": "3"}, "gone": {"value": " "}}, [asked()], "3-1-1")
    assert [(problem.field, problem.message) for problem in problems] == [
        ("figures", "本任务没有指标“other”。")
    ]


# -- reasons ------------------------------------------------------------------------------------------------


def test_a_cumulative_figure_that_falls_needs_a_reason() -> None:
    one = asked(history={"2016Q4": 120, "2016Q3": 200})
    assert read(one, value="96")[1] == {"reason": "累计数比上次少 24，请写明原因，或改正数字。"}
    assert read(one, value="96", reason="企业退出")[0] == FigureValue(Decimal(96), reason="企业退出")
    assert read(one, value="120")[1] == {}
    assert read(asked(history={"2016Q4": 120}, flow="flow"), value="96")[1] == {}


def test_a_lead_that_differs_from_its_co_returns_says_why() -> None:
    computed = combine(Across.SUM, [Given(1, FigureValue(Decimal(5))), Given(2, FigureValue(Decimal(7)))])
    one = asked(computed=computed)
    assert "汇总的 12 不同" in read(one, value="10")[1]["reason"]
    assert read(one, value="12.0")[1] == {}
    assert read(one, value="10", reason="剔除重复")[1] == {}
    assert read(one) == (None, {})


# -- earlier quarters, and what is published when -----------------------------------------------------------


def definition(**values: Any) -> IndicatorDefinition:
    return IndicatorDefinition(**values)


@pytest.mark.parametrize(
    ("quarter", "lag", "day"),
    [
        ("2017Q1", 0, date(2017, 4, 1)),
        ("2017Q1", 2, date(2017, 6, 1)),
        ("2017Q4", 0, date(2018, 1, 1)),
        ("2017Q4", 3, date(2018, 4, 1)),
        ("2017Q3", 15, date(2019, 1, 1)),
    ],
)
def test_when_a_quarter_is_published(quarter: str, lag: int, day: date) -> None:
    said = definition(lag_months=lag)
    assert published_from(Period.parse(quarter), said) == day
    assert not is_published(Period.parse(quarter), said, date.fromordinal(day.toordinal() - 1))
    assert is_published(Period.parse(quarter), said, day)
    assert published_from(Period.parse("2017Q1"), None) == date(2017, 4, 1)


def test_a_yearly_figure_is_asked_with_the_last_quarter() -> None:
    yearly = definition(frequency="yearly")
    assert [is_asked_of(Period(2017, n), yearly) for n in (1, 2, 3, 4)] == [False, False, False, True]
    assert is_asked_of(Period(2017, 1), None)


def test_which_earlier_quarters_are_still_asked() -> None:
    first = Period(2016, 3)
    final, early = FigureValue(Decimal(1)), FigureValue(Decimal(1), preliminary=True)
    filed = {Period(2016, 3): final, Period(2016, 4): early}
    # Preliminary ones always, final ones of last year for the annual report; blank ones only of what is published late.
    assert earlier_quarters(Q, first, None, filed) == [Period(2016, 4), Period(2016, 3)]
    assert earlier_quarters(Period(2018, 1), first, None, filed) == [Period(2016, 4)]
    late = definition(lag_months=2)
    assert earlier_quarters(Q, first, late, filed) == [Period(2017, 1), Period(2016, 4), Period(2016, 3)]
    yearly = definition(frequency="yearly", lag_months=3)
    assert earlier_quarters(Q, first, yearly, {}) == [Period(2016, 4)]
    assert earlier_quarters(first, first, late, {}) == []


def test_the_key_and_name_of_an_earlier_quarter() -> None:
    one = asked(quarter=Period(2016, 4), was=FigureValue(Decimal(3), preliminary=True))
    assert (one.key, one.name) == ("platforms@2016Q4", "平台（2016年第四季度）")
    assert read(one, value="4") == (FigureValue(Decimal(4)), {})
    yearly = asked(quarter=Period(2016, 4), definition=definition(frequency="yearly"))
    assert yearly.name == "平台（2016年）"


# -- what would surprise ------------------------------------------------------------------------------------


def test_a_cumulative_figure_is_compared_with_the_last_one_by_a_factor() -> None:
    # FIGURE_JUMP_PERCENT is 100: twice as much, or half, is the limit.
    one = asked(history={"2016Q4": 40})
    assert usual(one) == {"value": Range(Decimal(20), Decimal(80))}
    assert surprises(one, FigureValue(Decimal(80))) == {}
    assert "上次 40" in surprises(one, FigureValue(Decimal(81)))["value"]
    assert usual(asked(history={"2016Q4": 0})) == {}
    assert usual(asked()) == {}
    assert usual(asked("amount", history={"2016Q4": -40}))["value"] == Range(Decimal(-80), Decimal(-20))


def test_a_quarters_own_figure_is_compared_with_its_range() -> None:
    # 3 … 9 in four quarters: as much again to both sides is −3 … 15.
    past = {"2016Q1": 3, "2016Q2": 9, "2016Q3": 5, "2016Q4": 6}
    one = asked(history=past, flow="flow")
    assert usual(one) == {"value": Range(Decimal(-3), Decimal(15))}
    assert surprises(one, FigureValue(Decimal(1))) == {}
    assert list(surprises(one, FigureValue(Decimal(16)))) == ["value"]
    # Before there are four quarters, and where all were the same, by the factor.
    assert usual(asked(history={"2016Q4": 6}, flow="flow"))["value"] == Range(Decimal(3), Decimal(12))
    same = dict.fromkeys(past, 6)
    assert usual(asked(history=same, flow="flow"))["value"] == Range(Decimal(3), Decimal(12))


def test_only_the_last_quarters_make_the_range(settings: Any) -> None:
    settings.FIGURE_JUMP_QUARTERS = 4
    past = {"2015Q4": 1000, "2016Q1": 3, "2016Q2": 9, "2016Q3": 5, "2016Q4": 6}
    assert usual(asked(history=past, flow="flow"))["value"].high == 15


def test_a_ratio_is_watched_by_its_parts_and_words_are_not() -> None:
    one = asked("ratio", history={"2016Q4": (8, 100)})
    assert set(usual(one)) == {"numerator", "denominator"}
    assert list(surprises(one, FigureValue(None, Decimal(80), Decimal(100)))) == ["numerator"]
    assert usual(asked("yes_no", history={"2016Q4": 1})) == {}


def test_a_warning_is_shown_and_stops_nothing() -> None:
    one = asked(history={"2016Q4": 40})
    (row,) = figure_rows([one], {"platforms": {"value": "4000"}}, {}, {})
    assert (row["low"], row["high"], "上次 40" in row["warning"]) == (20, 80, True)
    assert warnings_of([one], {"platforms": {"value": "4000"}})[0].startswith("平台：")
    assert read(one, value="4000")[1] == {}


# -- rows ---------------------------------------------------------------------------------------------------


def test_rows_of_each_kind() -> None:
    kinds = [asked(), asked("yes_no"), asked("qualitative"), asked("ratio", decimals=1, unit="%")]
    typed = {"platforms": {"value": "是", "text": "建成", "numerator": "91.8", "denominator": "812"}}
    rows = [figure_rows([one], typed, {}, {1: "建成5个"}) for one in kinds]
    assert [[row.get("type") for row in found] for found in rows] == [
        ["number"],
        ["yes_no"],
        ["text"],
        ["number", "number", None],
    ]
    assert (rows[1][0]["value"], rows[2][0]["value"]) == ("yes", "建成")
    assert rows[3][2]["derived"] == "11.31%"
    assert rows[0][0]["note"] == "个 · 累计 · 建成5个"


def test_a_row_that_is_not_published_says_from_when(settings: Any) -> None:
    from qhplan import clock
    from tests import factories as make

    one = asked(definition=definition(lag_months=2, definition="户数", source="统计局"))
    with clock.at(make.moment("2017-07-05")):
        (row,) = figure_rows([one], {}, {}, {})
    assert "2017年9月起发布" in row["note"]
    assert row["about"] == "口径：户数；来源：统计局"


def test_an_unreadable_figure_of_a_draft_is_shown_as_typed() -> None:
    shown = shown_typed(asked(), {"value": "约十二"})
    assert (shown.words, shown.unit) == ("约十二", "")
    shown = shown_typed(asked("ratio", unit="%", parts_unit="亿元"), {"numerator": "1", "denominator": "8"})
    assert (shown.words, shown.unit, shown.percent) == ("1 ÷ 8", "亿元", "12.5%")
