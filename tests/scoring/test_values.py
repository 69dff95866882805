"""The arithmetic: worked out by hand, and what must hold whatever a scheme and the facts are."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.scoring.models import Appeal, ScoreCorrection, ScoreSheet
from reports.scoring.schemes import content_problems, suggestion
from reports.scoring.values import (
    OUTCOMES,
    Calculation,
    Component,
    Content,
    CorrectionLine,
    Facts,
    Happened,
    Mark,
    Marking,
    ScoredPeriod,
    Thing,
    Weighing,
    Worth,
    calculate,
    ranks,
    share_out,
)
from tasks.values import Period, Rhythm

pytestmark = pytest.mark.slow

Q1 = Period(2017, 1)


def facts(events: dict[str, int] | None = None, **things: str) -> Facts:
    """`light="green red"`: one thing for each word; "open" for one that cannot be counted yet."""
    return Facts(
        {
            name: tuple(
                Thing(Q1, str(n), "" if word == "open" else word) for n, word in enumerate(words.split())
            )
            for name, words in things.items()
        },
        {name: tuple(Happened(Q1, str(n)) for n in range(count)) for name, count in (events or {}).items()},
    )


def points(found: Calculation) -> list[str]:
    return [f"{line.weight} {line.points}" for line in found.lines if line.applies]


# -- by hand ------------------------------------------------------------------------------------------------


def test_a_score_of_all_components_as_worked_out_by_hand() -> None:
    found = calculate(
        suggestion(),
        facts(
            {Mark.PARTLY: 1, Mark.EARLY: 2},
            timeliness="on_time on_time late missing",  # 20 × (2×100 + 50) ÷ 400 = 12.50
            completeness="filed filed filed missing",  # 10 × 300 ÷ 400 = 7.50
            light="green yellow red",  # 30 × 160 ÷ 300 = 16.00
            milestones="on_time late overdue open",  # 15 × 150 ÷ 300 = 7.50; the open one does not count
            targets="on_path slight",  # 10 × 160 ÷ 200 = 8.00
            evidence="good weak",  # 10 × 160 ÷ 200 = 8.00
            supervision="late",  # 5 × 50 ÷ 100 = 2.50
        ),
        [CorrectionLine(1, Decimal("1.50"), "漏计", "甲", "乙")],
    )
    assert [str(line.points) for line in found.lines] == [
        "12.50", "7.50", "16.00", "7.50", "8.00", "8.00", "2.50",
    ]  # fmt: skip
    assert str(found.subtotal) == "62.00"
    assert [(line.mark, str(line.points)) for line in found.marks] == [("partly", "-2.00"), ("early", "2.00")]
    assert str(found.total) == "63.50"  # 62.00 − 2.00 + 2.00 + 1.50
    assert next(line for line in found.lines if line.component == "milestones").open == 1


def test_weights_of_what_does_not_apply_are_shared_out_by_hand() -> None:
    # 20, 10 and 30 of 100 apply: 33.33, 16.67 and 50.00. 33.33 × 150 ÷ 300 = 16.665, rounded half up 16.67.
    found = calculate(
        suggestion(),
        facts(
            timeliness="on_time late missing",
            completeness="filed filed missing",
            light="green yellow missing",
            evidence="open open",
        ),
    )
    assert points(found) == ["33.33 16.67", "16.67 11.11", "50.00 26.67"]
    assert str(found.total) == "54.45"


def test_a_body_with_one_task_and_one_with_twenty_three_are_scored_by_shares_and_not_by_counts() -> None:
    one = calculate(suggestion(), facts(light="green", timeliness="on_time"))
    many = calculate(suggestion(), facts(light="green " * 23, timeliness="on_time " * 23))
    assert one.total == many.total == 100


def test_deductions_bonuses_floor_and_ceiling() -> None:
    capped = calculate(suggestion(), facts({Mark.UNTRUE: 7, Mark.DONE: 9}, light="red", timeliness="missing"))
    assert [str(line.points) for line in capped.marks] == ["-10.00", "3.00"]
    assert (str(capped.raw), str(capped.total)) == ("-7.00", "0")
    above = calculate(suggestion(), facts({Mark.DONE: 1}, light="green", timeliness="on_time"))
    assert (str(above.raw), str(above.total)) == ("101.00", "100")


@pytest.mark.parametrize(
    ("things", "total"),
    [
        ({"light": "green"}, None),  # 30 of 100
        ({"timeliness": "on_time", "completeness": "filed"}, None),  # 30: one co-return filed on time
        ({"light": "green", "milestones": "on_time"}, None),  # 45
        ({"light": "green", "completeness": "filed", "targets": "on_path"}, "100.00"),  # 50, just enough
        ({"light": "green", "completeness": "filed", "targets": "open"}, None),  # what is open is not weighed
    ],
)
def test_less_than_half_of_the_weight_is_no_score(things: dict[str, str], total: str | None) -> None:
    found = calculate(suggestion(), facts({Mark.DONE: 0}, **things))
    assert (None if found.total is None else str(found.total)) == total


def test_filing_alone_is_told_apart() -> None:
    filed = calculate(suggestion(), facts(timeliness="on_time", completeness="filed", light="open"))
    more = calculate(suggestion(), facts(timeliness="on_time", supervision="late"))
    assert (filed.by_filing_alone, more.by_filing_alone) == (True, False)


def test_a_body_of_which_nothing_counts_has_no_score() -> None:
    assert calculate(suggestion(), facts(light="open")).total is None
    assert calculate(suggestion(), facts({Mark.UNTRUE: 1})).total is None


def test_equal_scores_share_a_place_and_who_has_none_has_none() -> None:
    totals = {1: Decimal(90), 2: Decimal("95.5"), 3: Decimal(90), 4: None, 5: Decimal(80)}
    assert ranks(totals) == {2: 1, 1: 2, 3: 2, 5: 4}


def test_periods_are_read_as_written() -> None:
    assert (str(ScoredPeriod.parse("2017")), ScoredPeriod.parse("2017").label) == ("2017", "2017年度")
    assert (str(ScoredPeriod.parse("2017Q1")), ScoredPeriod.parse("2017Q1").is_year) == ("2017Q1", False)
    for text in ("", "17", "2017Q5", "二〇一七", "２０１７", "0000"):
        with pytest.raises(ValueError, match="季度"):
            ScoredPeriod.parse(text)


# -- what no scheme may say ---------------------------------------------------------------------------------


def fields(content: Content) -> list[str]:
    return [problem.field for problem in content_problems(content)]


def test_what_a_scheme_cannot_say_is_told_on_its_field() -> None:
    good = suggestion()
    assert fields(good) == []
    first, *others = good.weighings
    heavier = replace(good, weighings=(replace(first, weight=Decimal(21)), *others))
    assert fields(heavier) == [""]  # of all weights and of none
    negative = replace(good, weighings=(replace(first, weight=Decimal(-20)), *others))
    assert fields(negative) == ["weight_timeliness", ""]
    worths = (Worth("on_time", Decimal(50)), Worth("late", Decimal(60)), Worth("missing", Decimal(0)))
    assert fields(replace(good, weighings=(replace(first, worths=worths), *others))) == [
        "worth_timeliness_late"
    ]
    more = (Worth("on_time", Decimal(101)), *first.worths[1:])
    assert fields(replace(good, weighings=(replace(first, worths=more), *others))) == [
        "worth_timeliness_on_time"
    ]
    marked = (Marking(Mark.UNTRUE, Decimal(5), Decimal(4)), Marking(Mark.DONE, Decimal(0), Decimal(51)))
    assert fields(replace(good, markings=marked)) == ["points_untrue", "most_done"]
    odd = replace(good, ceiling=Decimal(99), correction_most=Decimal(21), appeal_days=0)
    assert fields(odd) == ["ceiling", "correction_most", "appeal_days"]


# -- whatever the scheme and the facts are ------------------------------------------------------------------


@st.composite
def schemes(draw: st.DrawFn) -> Content:
    """Every scheme that may be adopted."""
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=6, max_size=6)))
    weights = [Decimal(b - a) / 100 for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    percents = st.integers(0, 10_000).map(lambda n: Decimal(n) / 100)
    weighings = []
    for component, weight in zip(Component.values, weights, strict=True):
        outcomes = [outcome for outcome, _label in OUTCOMES[component]]
        worths = sorted(
            draw(st.lists(percents, min_size=len(outcomes), max_size=len(outcomes))), reverse=True
        )
        pairs = tuple(Worth(outcome, worth) for outcome, worth in zip(outcomes, worths, strict=True))
        weighings.append(Weighing(component, weight, pairs))
    markings = tuple(
        Marking(mark, each, each + draw(st.integers(0, 20)))
        for mark in Mark.values
        for each in [Decimal(draw(st.integers(0, 20)))]
    )
    content = Content(
        tuple(weighings), markings, Decimal(draw(st.integers(100, 120))), Decimal(5), appeal_days=10
    )
    assert content_problems(content) == []
    return content


@st.composite
def all_facts(draw: st.DrawFn) -> Facts:
    things = {
        component: tuple(
            Thing(Q1, str(n), outcome)
            for n, outcome in enumerate(
                draw(
                    st.lists(st.sampled_from(["", *(one for one, _label in OUTCOMES[component])]), max_size=5)
                )
            )
        )
        for component in Component.values
    }
    events = {
        mark: tuple(Happened(Q1, str(n)) for n in range(draw(st.integers(0, 3)))) for mark in Mark.values
    }
    return Facts(things, events)


@given(scheme=schemes(), found=all_facts(), data=st.data())
def test_a_better_outcome_never_lowers_a_score(scheme: Content, found: Facts, data: st.DataObject) -> None:
    worse = [
        (component, n)
        for component, things in found.things.items()
        for n, thing in enumerate(things)
        if thing.outcome and thing.outcome != OUTCOMES[component][0][0]
    ]
    if not worse:
        return
    component, n = data.draw(st.sampled_from(worse))
    order = [outcome for outcome, _label in OUTCOMES[component]]
    things = list(found.things[component])
    better = data.draw(st.sampled_from(order[: order.index(things[n].outcome)]))
    things[n] = replace(things[n], outcome=better)
    before = calculate(scheme, found).total
    after = calculate(scheme, replace(found, things={**found.things, component: tuple(things)})).total
    assert (before is None) == (after is None)
    assert before is None or after is None or after >= before


@given(scheme=schemes(), found=all_facts())
def test_weights_that_apply_add_up_to_100_and_lines_to_the_total(scheme: Content, found: Facts) -> None:
    result = calculate(scheme, found)
    assert sum(line.weight for line in result.lines) == (100 if result.weighs_something else 0)
    applicable = sum(line.printed for line in result.lines if line.applies)
    assert (result.total is not None) == (applicable > 0 and applicable >= 50)
    assert result.subtotal == sum(line.points for line in result.lines)
    for line in result.lines:
        assert 0 <= line.points <= line.weight
        assert line.number + line.open == len(found.things[line.component])
    assert result.total is None or 0 <= result.total <= scheme.ceiling


@given(scheme=schemes(), found=all_facts(), data=st.data())
def test_the_order_of_things_and_events_does_not_matter(
    scheme: Content, found: Facts, data: st.DataObject
) -> None:
    mixed = Facts(
        {name: tuple(data.draw(st.permutations(things))) for name, things in found.things.items()},
        {name: tuple(data.draw(st.permutations(events))) for name, events in found.events.items()},
    )
    one, other = calculate(scheme, found), calculate(scheme, mixed)
    assert (one.total, points(one)) == (other.total, points(other))


@given(st.lists(st.integers(0, 10_000).map(lambda n: Decimal(n) / 100), max_size=8))
def test_shares_are_whole_hundredths_and_keep_the_order_of_weights(weights: list[Decimal]) -> None:
    shares = share_out(weights)
    assert sum(shares) == (100 if sum(weights) else 0)
    for (a, x), (b, y) in zip(
        zip(weights, shares, strict=True), zip(weights, shares, strict=True), strict=True
    ):
        assert (a < b) <= (x <= y)
        assert y == y.quantize(Decimal("0.01"))


def test_self_assessment_is_no_component() -> None:
    assert "self" not in " ".join(Component.values)


def test_the_name_of_every_period_fits_its_column() -> None:
    longest = max(len(str(Period.opening(2017, kind))) for kind in Rhythm)
    for model in (ScoreSheet, Appeal, ScoreCorrection):
        assert (model._meta.get_field("period").max_length or 0) >= longest
