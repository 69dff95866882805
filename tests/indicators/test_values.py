"""How figures are put together: every kind with zero, blank, negative, decimals, nothing to divide by, one missing."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    scale_of,
)
from tasks.values import Period

Q1, Q2, Q3, Q4 = (Period(2017, number) for number in (1, 2, 3, 4))


def number(who: str, value: Any, *, at: int = 0, **more: Any) -> Given:
    """A body's count or amount; None for a blank one."""
    figure = None if value is None else FigureValue(Decimal(str(value)))
    return Given(who, figure, at, **more)


def ratio(who: str, numerator: Any, denominator: Any, **more: Any) -> Given:
    return Given(who, FigureValue(None, Decimal(str(numerator)), Decimal(str(denominator))), **more)


def words(who: str, text: str, *, at: int = 0) -> Given:
    return Given(who, FigureValue(text=text) if text else None, at)


# -- over bodies --------------------------------------------------------------------------------------------


def test_a_sum_takes_zero_for_a_value_and_blank_for_none() -> None:
    found = combine(Across.SUM, [number("a", 3), number("b", 0), number("c", None)])
    assert (found.value, found.members, found.missing, found.owed) == (3, ("a", "b"), ("c",), 3)
    assert not found.verified  # not all are there


def test_a_sum_of_zeros_is_zero_and_of_blanks_is_blank() -> None:
    assert combine(Across.SUM, [number("a", 0)]).value == 0
    blank = combine(Across.SUM, [number("a", None), number("b", None)])
    assert (blank.value, blank.is_blank, blank.missing) == (None, True, ("a", "b"))
    assert combine(Across.SUM, []).owed == 0


def test_a_sum_keeps_decimals_and_signs_exactly() -> None:
    # As floating point, 0.1 + 0.2 is not 0.3.
    found = combine(Across.SUM, [number("a", "0.1"), number("b", "0.2"), number("c", "-0.0001")])
    assert found.value == Decimal("0.2999")


def test_a_ratio_is_the_sum_of_numerators_over_the_sum_of_denominators() -> None:
    # 1/10 and 80/90 are 10 % and 88.9 %: not their average 49.4 %, but 81 %.
    found = combine(Across.RATIO, [ratio("a", 1, 10), ratio("b", 80, 90), Given("c", None)])
    assert (found.numerator, found.denominator, found.quotient) == (81, 100, Decimal("0.81"))
    assert (found.value, found.missing) == (None, ("c",))


def test_a_ratio_over_nothing_shows_both_sums_and_no_quotient() -> None:
    found = combine(Across.RATIO, [ratio("a", 0, 0), ratio("b", 0, 0)])
    assert (found.numerator, found.denominator, found.quotient, found.is_blank) == (0, 0, None, False)
    assert combine(Across.RATIO, [ratio("a", 0, 0), ratio("b", 1, 4)]).quotient == Decimal("0.25")


def test_a_ratio_may_be_negative_and_has_zero_of_its_own() -> None:
    assert combine(Across.RATIO, [ratio("a", -5, 10), ratio("b", 1, 10)]).quotient == Decimal("-0.2")
    assert combine(Across.RATIO, [ratio("a", 0, 10)]).quotient == 0


def test_the_latest_is_whoever_told_last_and_not_whoever_stands_last() -> None:
    found = combine(Across.LATEST, [number("a", 7, at=2), number("b", 9, at=1), number("c", None, at=3)])
    assert (found.value, found.source, found.members, found.missing) == (7, "a", ("a", "b"), ("c",))


def test_the_largest_of_negatives_and_zero() -> None:
    found = combine(Across.MAXIMUM, [number("a", "-2.5"), number("b", -3), number("c", None)])
    assert (found.value, found.source) == (Decimal("-2.5"), "a")
    assert combine(Across.MAXIMUM, [number("a", -2), number("b", 0)]).source == "b"


def test_the_largest_ratio_is_the_largest_quotient_with_its_own_parts() -> None:
    found = combine(Across.MAXIMUM, [ratio("a", 1, 2), ratio("b", 9, 10), ratio("c", 0, 0)])
    assert (found.numerator, found.denominator, found.source) == (9, 10, "b")
    over_nothing = combine(Across.MAXIMUM, [ratio("c", 0, 0)])
    assert (over_nothing.source, over_nothing.quotient) == ("c", None)


def test_yes_of_anyone_is_yes() -> None:
    assert combine(Across.MAXIMUM, [number("a", 0), number("b", 1), number("c", None)]).value == 1
    assert combine(Across.MAXIMUM, [number("a", 0), number("c", None)]).value == 0
    assert combine(Across.MAXIMUM, [number("c", None)]).value is None


def test_words_are_never_added_up() -> None:
    found = combine(Across.LATEST, [words("a", "已建成", at=1), words("b", "试运行", at=2), words("c", "")])
    assert (found.text, found.source, found.value, found.missing) == ("试运行", "b", None, ("c",))


def test_not_published_yet_is_not_missing() -> None:
    found = combine(Across.SUM, [number("a", 3), number("b", None, due=False), number("c", None)])
    assert (found.pending, found.missing, found.owed, found.verified) == (("b",), ("c",), 3, False)


def test_one_preliminary_part_makes_the_whole_preliminary() -> None:
    early = Given("b", FigureValue(Decimal(1), preliminary=True))
    assert combine(Across.SUM, [number("a", 3), early]).preliminary
    assert not combine(Across.LATEST, [number("a", 3, at=1), early]).preliminary


def test_whole_and_verified_are_two_things() -> None:
    assert combine(Across.SUM, [number("a", 1), number("b", 1)]).verified
    assert not combine(Across.SUM, [number("a", 1), number("b", 1, verified=False)]).verified


# -- what the lead states -----------------------------------------------------------------------------------


def test_a_lead_that_differs_says_why_and_the_computed_stays_beside_it() -> None:
    said = Given("lead", FigureValue(Decimal(10), reason="剔除重复"), verified=False)
    found = combine(Across.SUM, [number("a", 5), number("b", 7), number("c", None)], stated=said)
    assert (found.value, found.stated, found.reason, found.source) == (10, True, "剔除重复", "lead")
    assert found.computed is not None
    assert (found.computed.value, found.missing, found.verified) == (12, ("c",), False)


def test_a_lead_that_states_nothing_lets_the_computed_stand() -> None:
    found = combine(Across.SUM, [number("a", 5)], stated=Given("lead", None))
    assert (found.value, found.stated, found.computed) == (5, False, None)


def test_under_the_rule_of_the_lead_only_its_word_counts() -> None:
    said = Given("lead", FigureValue(Decimal(0)))
    found = combine(Across.LEAD, [number("a", 5)], stated=said)
    assert (found.value, found.members, found.stated, found.computed) == (0, ("lead",), True, None)
    silent = combine(Across.LEAD, [number("a", 5)], stated=Given("lead", None))
    assert (silent.value, silent.missing) == (None, ("lead",))


def test_the_same_figure_is_no_override() -> None:
    computed = combine(Across.SUM, [number("a", "5.0"), number("b", 7)])
    assert computed.same_figure(FigureValue(Decimal(12)))
    assert not computed.same_figure(FigureValue(Decimal("12.1")))


# -- over time ----------------------------------------------------------------------------------------------


def one(value: Any, **more: Any) -> Combined:
    """What a single body gave in a quarter."""
    return combine(Across.SUM, [number("a", value, **more)])


def test_the_latest_is_the_last_whole_and_verified_quarter() -> None:
    quarters = {Q1: one(1), Q2: one(2, verified=False), Q3: one(None)}
    found, of = combine_over_time(OverTime.LATEST, quarters)
    assert (found.value, of, found.members) == (1, Q1, ((Q1, "a"),))
    found, of = combine_over_time(OverTime.LATEST, {Q2: one(2, verified=False), Q3: one(None)})
    assert (found.value, of, found.verified) == (2, Q2, False)


def test_a_years_sum_begins_with_the_year_and_names_the_missing_quarter() -> None:
    quarters = {Period(2016, 4): one(100), Q1: one(1), Q2: one(None), Q3: one(0), Q4: one(None, due=False)}
    found, of = combine_over_time(OverTime.YEAR, quarters)
    assert (found.value, of) == (1, Q3)
    assert (found.members, found.missing, found.pending) == (((Q1, "a"), (Q3, "a")), ((Q2, "a"),), ())
    whole, _of = combine_over_time(OverTime.ALL, quarters)
    assert whole.value == 101


def test_a_ratio_over_quarters_is_never_an_average() -> None:
    quarters = {
        Q1: combine(Across.RATIO, [ratio("a", 1, 10)]),
        Q2: combine(Across.RATIO, [ratio("a", 80, 90)]),
    }
    found, _of = combine_over_time(OverTime.YEAR, quarters)
    assert (found.quotient, found.verified) == (Decimal("0.81"), True)


def test_the_largest_quarter_is_named() -> None:
    found, of = combine_over_time(OverTime.MAXIMUM, {Q1: one(-1), Q2: one(-3), Q3: one(None)})
    assert (found.value, of, found.missing) == (-1, Q1, ())


def test_without_any_figure_everyone_is_missing_in_the_last_quarter() -> None:
    found, of = combine_over_time(OverTime.YEAR, {Q1: one(None), Q2: one(None, due=False)})
    assert (found.is_blank, of, found.missing, found.pending) == (True, None, (), ((Q2, "a"),))
    assert combine_over_time(OverTime.LATEST, {}) == (Combined(), None)


# -- which rules fit ----------------------------------------------------------------------------------------


def test_every_kind_has_a_rule_and_nothing_cumulative_is_added_up() -> None:
    assert set(ACROSS) == set(IndicatorKind)
    assert all(Across.SUM not in ACROSS[kind] for kind in ("ratio", "yes_no", "qualitative"))
    assert over_time_for("count", Flow.STOCK) == (OverTime.LATEST, OverTime.MAXIMUM)
    assert OverTime.YEAR in over_time_for("ratio", Flow.FLOW)
    assert over_time_for("qualitative", Flow.FLOW) == (OverTime.LATEST,)


@pytest.mark.parametrize(("unit", "scale"), [("%", 100), ("", 100), ("‰", 1000), ("万元/人", 1)])
def test_a_ratio_stands_in_its_unit(unit: str, scale: int) -> None:
    assert scale_of(unit) == scale


# -- whatever the figures -----------------------------------------------------------------------------------

NUMBERS = st.none() | st.decimals(-(10**9), 10**9, places=4)
SHARES = st.tuples(st.decimals(0, 10**6, places=2), st.decimals(0, 10**6, places=2))


@pytest.mark.slow
@given(st.lists(NUMBERS), st.lists(NUMBERS))
def test_sums_over_bodies_equal_the_whole(some: list[Decimal | None], others: list[Decimal | None]) -> None:
    """However the bodies are grouped: the sum of two halves is the sum of all."""
    parts = [number(f"a{n}", value) for n, value in enumerate(some)]
    more = [number(f"b{n}", value) for n, value in enumerate(others)]
    halves = [combine(Across.SUM, parts).as_part("a"), combine(Across.SUM, more).as_part("b")]
    whole = combine(Across.SUM, [*parts, *more])
    assert combine(Across.SUM, halves).value == whole.value
    assert len(whole.members) + len(whole.missing) == len(parts) + len(more)


@pytest.mark.slow
@given(st.lists(SHARES, min_size=1))
def test_a_ratio_lies_between_its_parts(shares: list[tuple[Decimal, Decimal]]) -> None:
    parts = [ratio(f"a{n}", *share) for n, share in enumerate(shares)]
    found = combine(Across.RATIO, parts)
    quotients = [top / bottom for top, bottom in shares if bottom]
    tops_over_nothing = any(top and not bottom for top, bottom in shares)
    if found.quotient is not None and not tops_over_nothing:
        slack = Decimal("1e-20") * (1 + max(quotients))
        assert min(quotients) - slack <= found.quotient <= max(quotients) + slack


@given(st.lists(NUMBERS, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_the_parts_changes_nothing(values: list[Decimal | None], random: Any) -> None:
    parts = [number(f"a{n}", value, at=n) for n, value in enumerate(values)]
    shuffled = list(parts)
    random.shuffle(shuffled)
    for rule in (Across.SUM, Across.LATEST, Across.MAXIMUM):
        first, second = combine(rule, parts), combine(rule, shuffled)
        assert (first.value, set(first.members), set(first.missing)) == (
            second.value,
            set(second.members),
            set(second.missing),
        )
