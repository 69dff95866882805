"""年均增长 and 多年累计: read from the words, set by the office, compared with a compounded path and with the share of time.
Each expected number is worked out in the comment beside it."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from reports.dashboards.presenters.targets import say
from reports.figures.target_standing import TargetStanding, target_standings
from reports.figures.targets import manner_note, target_figures
from tasks.errors import Problems
from tasks.indicators.models import Indicator, Target
from tasks.indicators.target_actions import MeasureInput, PathInput, measure, set_path
from tasks.indicators.target_manner import Manner, Meaning, fitting, meaning_in, misfit
from tasks.indicators.target_path import Schedule
from tasks.indicators.values import Flow, IndicatorKind, OverTime
from tasks.values import Period, Rhythm, Role
from tests import factories as make

D = Decimal
NOW = make.moment("2018-02-01 09:00")
Q = Period(2017, 4)


@pytest.mark.parametrize(
    ("text", "unit", "meaning"),
    [
        ("工业增加值年均增长12%以上", "%", Meaning("growth")),
        ("能耗年均下降3%", "%", Meaning("growth")),
        ("年平均增速达到8％", "％", Meaning("growth")),
        ("年均增长5万吨", "万吨", Meaning()),
        ("五年累计新增就业50万人", "万人", Meaning("total", 5)),
        ("5年内累计投资600亿元", "亿元", Meaning("total", 5)),
        ("2016—2020年累计完成投资600亿元", "亿元", Meaning("total", 5)),
        ("2011—2015年累计完成投资600亿元", "亿元", Meaning()),  # of other years than the target's
        ("累计建成10个", "个", Meaning()),
        ("到2020年达到20%", "%", Meaning()),
    ],
)
def test_the_words_say_it(text: str, unit: str, meaning: Meaning) -> None:
    assert meaning_in(text, unit, 2020) == meaning


@pytest.mark.parametrize(
    ("manner", "kind", "flow", "over_time", "fits"),
    [
        ("growth", "amount", "year", "latest", True),
        ("growth", "amount", "flow", "year", True),
        ("growth", "count", "stock", "latest", True),
        ("growth", "amount", "flow", "latest", False),  # a quarter beside the base year
        ("growth", "amount", "flow", "all", False),
        ("total", "count", "flow", "latest", True),
        ("total", "amount", "year", "latest", True),
        ("total", "count", "stock", "latest", False),  # a total already
        ("total", "count", "flow", "maximum", False),
        *[(m, k, "flow", "latest", False) for m in Manner.values for k in ("ratio", "growth", "yes_no")],
        ("", "ratio", "flow", "latest", True),
    ],
)
def test_only_quantities_grow_and_add_up(
    manner: str, kind: str, flow: str, over_time: str, fits: bool
) -> None:
    assert (misfit(manner, kind=kind, flow=flow, over_time=over_time) == "") is fits


def test_a_yearly_plan_compares_whole_years() -> None:
    rules: dict[str, Any] = {"kind": IndicatorKind.AMOUNT, "flow": Flow.FLOW, "over_time": OverTime.LATEST}
    assert misfit("growth", **rules, rhythm=Rhythm.YEAR) == ""


def test_without_a_number_nothing_grows() -> None:
    assert fitting(Meaning("growth"), None, 2020) == Meaning()
    assert fitting(Meaning("total", 5), D(1), None) == Meaning()


class World:
    """A task whose lead reports one indicator; `filed` are its figures by period."""

    def __init__(self, filed: dict[str, Any], **rules: Any) -> None:
        self.agency = make.agency()
        self.task = make.task(make.plan(), lead=self.agency)
        self.plan = self.task.plan
        self.office = make.user(Role.OFFICE, password=None)
        self.indicator: Indicator = make.indicator(self.plan, self.task, unit="亿元", decimals=2, **rules)
        for quarter, value in filed.items():
            version = make.version(self.task, self.agency, quarter)
            make.figure(version, self.indicator, value)

    def set(self, values: PathInput, **more: Any) -> None:
        about = {"plan": self.plan, "order": 1, "since": Period(2017, 1), "reason": "会议纪要", "now": NOW}
        set_path(by=self.office, values=values, **{**about, **more})

    def standing(self, quarter: Period = Q) -> TargetStanding:
        return target_standings(self.plan, quarter, known_at=NOW)[0]


@pytest.mark.django_db
def test_a_growth_is_compounded_from_its_baseline() -> None:
    world = World({"2017Q2": 60, "2017Q4": 130}, kind="amount", flow="year")
    make.target(world.plan, world.indicator, 12, unit="%", text="增加值年均增长12%", manner="growth")
    bare = world.standing()
    assert (bare.status, bare.target.value, bare.target.unit) == (Schedule.NO_BASELINE, None, "亿元")
    assert "未设基期" in manner_note(bare.target)
    world.set(PathInput("2015", "100", "统计年鉴"))
    # 100 × 1.12² at the end of 2017; by the middle of 2017 half of that year's; 100 × 1.12⁵ is promised.
    assert world.standing(Period(2017, 2)).path == D("62.72")
    found = world.standing()
    assert (found.path, found.status) == (D("125.44"), Schedule.ON)
    assert found.target.value == D("176.2342")
    assert target_figures(world.plan, Q, known_at=NOW)[0] == found.target
    assert manner_note(found.target) == "按2015年基数年均增长12%推算"
    assert say(found) == "按序时，高于序时目标 4.6 亿元"
    client = Client()
    client.force_login(world.office)
    page = client.get(reverse("target", args=[world.plan.slug, 1]) + "?q=2017Q4").content.decode()
    assert "基期数 × 1.12 的 n 次方" in page
    assert "2020年应为 176.2 亿元" in page
    for name in ("target_list", "overview"):
        listed = client.get(reverse(name, args=[world.plan.slug]) + "?q=2017Q4").content.decode()
        assert "按2015年基数年均增长12%推算" in listed
    row = client.get(reverse("api_target_standing_list", args=[world.plan.slug]) + "?q=2017Q4").json()
    target = row["results"][0]["target"]
    assert (target["manner"], target["rate"], target["since"]) == ("growth", "12", 2015)


@pytest.mark.django_db
def test_a_fall_is_compounded_too_and_about_is_about_the_rate() -> None:
    world = World({"2017Q4": 90}, kind="amount", flow="stock", direction="less")
    make.target(
        world.plan,
        world.indicator,
        10,
        unit="%",
        text="能耗年均下降10%左右",
        comparison="about",
        manner="growth",
    )
    world.set(PathInput("2015", "100", "统计年鉴"))
    found = world.standing()
    # 100 × 0.9² = 81 is due; 9 more than that, of a distance of 100 − 100 × 0.9⁵ = 40.951, less the band: at 9 % a year
    # it would be 62.4032 instead of 59.049, so 3.3542. (9 − 3.3542) / 40.951 = 13.8 points.
    assert (found.path, found.target.value, found.status) == (D(81), D("59.049"), Schedule.SLIGHT)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("flow", "filed", "total"),
    [
        ("flow", {"2016Q4": 10, "2017Q1": 4, "2017Q2": 6}, 20),
        # Of a year so far the last of each year: 30 and 12, not 5 + 12.
        ("year", {"2016Q3": 20, "2016Q4": 30, "2017Q1": 5, "2017Q2": 12}, 42),
    ],
)
def test_a_total_adds_its_years_and_is_held_against_time(flow: str, filed: Any, total: int) -> None:
    world = World(filed, kind="amount", flow=flow)
    make.target(
        world.plan, world.indicator, 100, unit="亿元", text="五年累计100亿元", manner="total", years=5
    )
    found = world.standing(Period(2017, 2))
    # Six of twenty quarters have passed: 30 of 100 are due.
    assert (found.target.actual, found.path, found.target.since) == (total, 30, 2015)
    assert found.status == (Schedule.SLIGHT if total == 20 else Schedule.AHEAD)
    assert {str(one.quarter) for one in found.origins if one.state == "given"} >= {"2017Q2", "2016Q4"}
    assert manner_note(found.target) == "2016年以来累计"


@pytest.mark.django_db
def test_a_year_without_a_figure_is_no_zero() -> None:
    world = World({"2017Q4": 10}, kind="amount", flow="flow")
    make.target(
        world.plan, world.indicator, 100, unit="亿元", text="五年累计100亿元", manner="total", years=5
    )
    found = world.standing()
    assert (found.gaps, found.status, found.target.actual) == ((2016,), Schedule.INCOMPLETE, 10)
    client = Client()
    client.force_login(world.office)
    assert (
        "缺2016年数据"
        in client.get(reverse("target_list", args=[world.plan.slug]) + "?q=2017Q4").content.decode()
    )
    # The office says what had been done by the end of 2016: 30 more. 40 of 100 are due (30 + 70 / 4 = 47.5).
    world.set(PathInput("2016", "30", "年度总结"))
    found = world.standing()
    assert (found.gaps, found.target.actual, found.path) == ((), 40, D("47.5"))
    assert found.status == Schedule.SLIGHT  # 7.5 of the 70 that are left


@pytest.mark.django_db
def test_a_total_that_is_reached_needs_no_missing_year() -> None:
    world = World({"2017Q4": 120}, kind="amount", flow="flow")
    make.target(
        world.plan, world.indicator, 100, unit="亿元", text="五年累计100亿元", manner="total", years=5
    )
    assert world.standing().status == Schedule.REACHED


@pytest.mark.django_db
def test_the_office_sets_it_from_a_period_on_and_what_was_known_stays() -> None:
    world = World({"2017Q4": 130}, kind="amount", flow="year")
    make.target(world.plan, world.indicator, 12, unit="%", text="增加值增12%")
    client = Client()
    client.force_login(world.office)
    address = reverse("target_path", args=[world.plan.slug, 1])
    assert "目标类型" in client.get(address).content.decode()
    world.set(PathInput("2015", "100", "年鉴", manner="growth"), since=Period(2017, 3))
    assert world.standing().target.manner == "growth"
    assert world.standing(Period(2017, 2)).target.manner == ""
    assert (
        Target.objects.filter(plan=world.plan).count() == 3
    )  # as it was known, before the period, and from it on
    world.set(PathInput("2015", "100", "年鉴", manner=""), since=Period(2017, 3))
    assert world.standing().target.manner == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "fields"),
    [
        (PathInput("2015", "100", "年鉴", manner="cube"), ["manner"]),
        (PathInput("2015", "100", "年鉴", manner="total"), ["years"]),
        (PathInput("2015", "100", "年鉴", manner="total", years="一"), ["years"]),
        (PathInput("2015", "100", "年鉴", manner="total", years="99"), ["years"]),
        (PathInput("2015", "100", "年鉴", {2017: "3"}, manner="growth"), ["manner", "milestone_2017"]),
    ],
)
def test_what_makes_no_sense_is_refused_on_its_field(values: PathInput, fields: list[str]) -> None:
    world = World({}, kind="amount", flow="year")
    make.target(world.plan, world.indicator, 50, unit="亿元")
    with pytest.raises(Problems) as refused:
        world.set(values)
    assert sorted(refused.value.by_field()) == fields
    assert not Target.objects.exclude(manner="").exists()


@pytest.mark.django_db
def test_a_share_neither_grows_nor_adds_up() -> None:
    world = World({}, kind="ratio")
    make.target(world.plan, world.indicator, 12, unit="%")
    for manner in Manner.values:
        with pytest.raises(Problems) as refused:
            world.set(PathInput("2015", "10", "年鉴", manner=manner, years="5"))
        assert "manner" in refused.value.by_field()
    make.target(world.plan, None, 12, unit="%", manner="growth")
    with pytest.raises(Problems) as refused:
        measure(
            by=world.office,
            plan=world.plan,
            order=2,
            values=MeasureInput(
                "占比", "ratio", numerator_name="甲", denominator_name="乙", tasks=(world.task.ref,)
            ),
            reason="文",
        )
    assert list(refused.value.by_field()) == ["kind"]
    for broken in ({"manner": "growth", "year": None}, {"manner": "total"}, {"years": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            make.target(world.plan, None, 12, **broken)
