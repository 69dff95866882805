"""Versions of a figure: how they are typed, which stands, what is asked for again, and what is filed before the period ends."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.figures.target_standing import target_standings
from tasks.indicators.reading import read_stage
from tasks.indicators.requested_figures import as_filed, earlier_quarters
from tasks.indicators.values import Across, FigureValue, Given, Stage, combine, stage_of, stored_stage
from tasks.models import Version
from tasks.submissions.figures import asked_for, version_figures
from tasks.submissions.models import Figure
from tasks.values import Duty, Period
from tests import factories as make
from tests.review.test_corrections import World

Q4 = Period(2016, 4)
Q1 = Period(2017, 1)


@pytest.mark.parametrize(
    ("typed", "stage"),
    [
        ("", Stage.FINAL),
        ("否", Stage.FINAL),
        ("—", Stage.FINAL),
        ("正式数", Stage.FINAL),
        ("最终数", Stage.FINAL),
        ("是", Stage.PRELIMINARY),
        ("1", Stage.PRELIMINARY),
        ("初步", Stage.PRELIMINARY),
        ("快报", Stage.FLASH),
        (" 快报数 ", Stage.FLASH),
        ("flash", Stage.FLASH),
        ("年报核定", Stage.AUDITED),
        ("核定数", Stage.AUDITED),
        ("预计", Stage.ESTIMATE),
        ("大概", Stage.PRELIMINARY),
    ],
)
def test_a_version_is_understood_as_people_write_it(typed: str, stage: Stage) -> None:
    assert read_stage(typed) == stage


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_is_stored_and_read_again(stage: Stage) -> None:
    assert stage_of(*stored_stage(stage)) == stage


def test_a_sum_is_as_certain_as_its_least_certain_part() -> None:
    def part(who: str, stage: Stage) -> Given:
        preliminary, version = stored_stage(stage)
        return Given(who, FigureValue(Decimal(1), preliminary=preliminary, version=version))

    for stages, whole in (
        ((Stage.FLASH, Stage.FINAL), Stage.FLASH),
        ((Stage.ESTIMATE, Stage.PRELIMINARY), Stage.ESTIMATE),
        ((Stage.AUDITED, Stage.FINAL), Stage.FINAL),
        ((Stage.AUDITED, Stage.AUDITED), Stage.AUDITED),
    ):
        found = combine(Across.SUM, [part(str(n), stage) for n, stage in enumerate(stages)])
        assert (found.value, found.stage) == (2, whole)


def test_before_the_period_ends_a_figure_is_an_estimate_whatever_it_is_called() -> None:
    figure = FigureValue(Decimal(3))
    for day, stage in (
        (make.moment("2016-12-15 10:00").date(), Stage.ESTIMATE),
        (make.moment("2016-12-31 10:00").date(), Stage.ESTIMATE),
        (make.moment("2017-01-01 10:00").date(), Stage.FINAL),
    ):
        assert as_filed(figure, Q4, day).stage == stage
    audited = FigureValue(Decimal(3), version="audited")
    assert as_filed(audited, Q4, make.moment("2016-12-15 10:00").date()).stage == Stage.ESTIMATE
    estimate = as_filed(figure, Q4, make.moment("2016-12-15 10:00").date())
    assert earlier_quarters(Q1, Q4, None, {Q4: estimate}) == [Q4]
    assert earlier_quarters(Q1, Q4, None, {Q4: FigureValue(Decimal(3), version="audited")}) == []


class Measured(World):
    """The world with an indicator of its first task, 10 promised for 2020, and two periods."""

    def __init__(self) -> None:
        super().__init__()
        self.indicator = make.indicator(self.plan, self.task, slug="share")
        self.target = make.target(self.plan, self.indicator, 10, year=2020)
        make.cycle(self.plan, Q4)

    def filed(self, quarter: Period, at: str, **figures: dict[str, str]) -> Version:
        from tasks.submissions.actions import save_drafts, submit

        moment = make.moment(at)
        named = {key.replace("_at_", "@"): parts for key, parts in figures.items()}
        with clock.at(moment):
            draft = self.draft(self.task, self.lead, quarter=quarter, figures=named)
            (head,) = save_drafts(by=self.reporter, drafts=[draft], now=moment)
            return submit(by=self.approver, submissions=[head.pk], now=moment)[0]

    def stands(self, at: str) -> tuple[str, str]:  # type: ignore[override]
        """(the target's figure of 2016Q4, its version) as known at the moment."""
        moment = make.moment(at)
        with clock.at(moment):
            one = target_standings(self.plan, Q4, known_at=moment)[0]
        return one.words, one.stage


@pytest.mark.slow
@pytest.mark.django_db
def test_estimates_are_replaced_in_the_next_return_and_every_version_stays() -> None:
    world = Measured()
    opened = make.moment("2016-12-10 09:00")
    world.plan.cycles.filter(quarter=Q4).update(opened_at=opened)
    first = world.filed(Q4, "2016-12-15 10:00", share={"value": "3"})
    make.accept(first, at="2016-12-20 10:00")
    assert [figure.stage for figure in version_figures(first)] == ["预计数"]
    holder = (world.task.pk, world.lead.pk, Duty.LEAD.value)
    keys = [one.key for one in asked_for([holder], Q1).of(world.task.pk, world.lead.pk)]
    assert keys == ["share", "share@2016Q4"]

    second = world.filed(
        Q1, "2017-04-03 10:00", share={"value": "5"}, share_at_2016Q4={"value": "4", "preliminary": "快报"}
    )
    make.accept(second, at="2017-04-10 10:00")
    assert (world.stands("2016-12-30 10:00"), world.stands("2017-04-11 10:00")) == (
        ("3", "estimate"),
        ("4", "flash"),
    )
    assert list(Figure.objects.order_by("pk").values_list("quarter", "value", "preliminary", "stage")) == [
        (Q4, 3, True, "estimate"),
        (Q1, 5, False, ""),
        (Q4, 4, True, "flash"),
    ]


@pytest.mark.slow
@pytest.mark.django_db
def test_the_annual_report_settles_a_final_figure_of_last_year_where_it_differs() -> None:
    world = Measured()
    first = world.filed(Q4, "2017-01-10 10:00", share={"value": "4"})
    make.accept(first, at="2017-01-20 10:00")
    holder = (world.task.pk, world.lead.pk, Duty.LEAD.value)
    asked = asked_for([holder], Q1).of(world.task.pk, world.lead.pk)
    assert [(one.key, one.is_audit) for one in asked] == [("share", False), ("share@2016Q4", True)]
    with clock.at(make.moment("2017-04-02 10:00")):
        client = Client()
        client.force_login(world.reporter)
        place = [world.plan.slug, str(Q1), world.task.ref]
        page = client.get(reverse("return_edit", args=place)).content.decode()
    assert "年报核定后，以前各期有变化的数" in page
    assert 'name="figures.share@2016Q4.preliminary"' not in page  # it is what it is: nothing to choose

    second = world.filed(Q1, "2017-04-03 10:00", share={"value": "7"}, share_at_2016Q4={"value": "6"})
    make.accept(second, at="2017-04-10 10:00")
    known = {at: world.stands(f"2017-{at} 10:00") for at in ("02-01", "04-04", "04-11")}
    assert known == {"02-01": ("4", ""), "04-04": ("4", ""), "04-11": ("6", "audited")}
    assert [one.key for one in asked_for([holder], Q1).of(world.task.pk, world.lead.pk)] == [
        "share",
        "share@2016Q4",
    ]  # what the return itself said does not end the question of the return
    later = asked_for([holder], Period(2017, 2)).of(world.task.pk, world.lead.pk)
    assert [one.key for one in later] == ["share"]
