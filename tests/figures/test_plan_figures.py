"""The figures of a plan in a quarter, on a plan small enough to count by hand.

    group 1: a (lead A, co B C), b (lead A, co B)        safeguard s (lead B, co A)
    group 2: c (lead B, co C)                            sector 1: a, c, s; sector 2: a

The cycle of 2017Q1: co-returns due 04-05 17:00, lead returns 04-10 17:00 (Asia/Shanghai).
"""

import inspect
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from reports.figures.queries import change_kind, plan_figures
from reports.figures.values import Change, Lights, Narrative, PlanFigures, Rate, TaskFigures
from tasks.models import Agency, IndicatorKind, Plan, Task
from tasks.standing.queries import standing
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Q1 = Period(2017, 1)
LATER = "2017-06-01"


@dataclass
class World:
    plan: Plan
    agency_a: Agency
    agency_b: Agency
    agency_c: Agency
    a: Task
    b: Task
    c: Task
    s: Task

    def figures(self, known_at: str = LATER, quarter: Period = Q1, narrative: bool = False) -> PlanFigures:
        return plan_figures(self.plan, quarter, known_at=make.moment(known_at), with_narrative=narrative)

    def task(self, task: Task, known_at: str = LATER, quarter: Period = Q1) -> TaskFigures:
        (found,) = [row for row in self.figures(known_at, quarter).tasks if row.id == task.pk]
        return found


@pytest.fixture
def world(db: None) -> World:
    agency_a, agency_b, agency_c = make.agency("甲"), make.agency("乙"), make.agency("丙")
    plan = make.plan()
    one, two = make.group(plan), make.group(plan)
    a = make.task(plan, one, lead=agency_a, co=[agency_b, agency_c])
    b = make.task(plan, one, lead=agency_a, co=[agency_b])
    c = make.task(plan, two, lead=agency_b, co=[agency_c])
    s = make.safeguard(plan, lead=agency_b, co=[agency_a])
    make.sector(plan, a, c, s)
    make.sector(plan, a)
    make.cycle(plan, Q1)
    return World(plan, agency_a, agency_b, agency_c, a, b, c, s)


@pytest.fixture
def filed(world: World) -> World:
    """2017Q1: a green → verified yellow, on time; b red, two days late; c missing; s blue, on time.
    Co: a/B in time and green, a/C late and red, b/B missing, c/C 另渠道 in time, s/A missing."""
    w = world
    make.accept(make.version(w.a, w.agency_a, Q1, "green", at="2017-04-08 09:00"), "yellow", at="2017-04-13")
    make.version(w.b, w.agency_a, Q1, "red", at="2017-04-12 09:00")
    make.version(w.s, w.agency_b, Q1, "blue", at="2017-04-08 09:00")
    make.version(w.a, w.agency_b, Q1, "green", at="2017-04-04 09:00")
    make.accept(make.version(w.a, w.agency_c, Q1, "red", at="2017-04-06 09:00"))
    make.version(w.c, w.agency_c, Q1, "", elsewhere=True, done="", at="2017-04-04 09:00")
    return world


# -- what is counted ----------------------------------------------------------------------------------------


def test_lights_count_main_tasks_and_safeguards_apart(filed: World) -> None:
    figures = filed.figures()

    assert figures.lights == Lights(yellow=1, red=1, grey=1, unverified=1)
    assert figures.safeguard_lights == Lights(blue=1, unverified=1)
    assert [group.lights for group in figures.groups] == [
        Lights(yellow=1, red=1, unverified=1),
        Lights(grey=1),
    ]


def test_rates_count_returns_lead_and_co_apart(filed: World) -> None:
    # Leads: a, b, s of four came in, b late. Co: a/B, a/C (late), c/C of five.
    figures = filed.figures()

    assert figures.lead == Rate(due=4, reported=3, on_time=2)
    assert figures.co == Rate(due=5, reported=3, on_time=2)
    assert [(group.lead, group.co) for group in figures.groups] == [
        (Rate(2, 2, 1), Rate(3, 2, 1)),
        (Rate(1, 0, 0), Rate(1, 1, 1)),
    ]
    assert figures.co_due == make.moment("2017-04-05 17:00")
    assert figures.lead_due == make.moment("2017-04-10 17:00")


def test_task_shows_reported_and_verified_light_together(filed: World) -> None:
    a = filed.task(filed.a)

    assert (a.light, a.verified, a.reported_light, a.verified_light, a.verification, a.state) == (
        ("yellow", True, "green", "yellow", "true", "accepted")
    )
    assert (a.lead.name if a.lead else None, a.group, a.sectors, a.version, a.on_time) == (
        "甲",
        1,
        (1, 2),
        1,
        True,
    )
    assert a.submitted_at == make.moment("2017-04-08 09:00")


def test_co_light_stands_apart_and_never_changes_the_tasks(filed: World) -> None:
    # Red of C (adopted) and green of B (not acted on) stand beside; c is grey though its co filed.
    a, c = filed.task(filed.a), filed.task(filed.c)

    assert (a.light, a.co, a.co_lights) == ("yellow", Rate(2, 2, 1), Lights(green=1, red=1, unverified=1))
    assert (c.light, c.state, c.co, c.co_lights) == ("grey", "missing", Rate(1, 1, 1), Lights(grey=1))


def test_sectors_count_by_links_and_do_not_add_up(filed: World) -> None:
    # a stands under both sectors; the safeguard is linked but not counted among tasks.
    first, second = filed.figures().sectors

    assert (first.lights, first.task_refs) == (Lights(yellow=1, grey=1), (filed.a.ref, filed.c.ref))
    assert (second.lights, second.task_refs) == (Lights(yellow=1), (filed.a.ref,))
    assert filed.task(filed.s).sectors == (1,)


def test_task_linked_twice_to_a_sector_counts_once(world: World) -> None:
    from tasks.models import Direction, TaskSector

    sector = world.plan.sectors.get(number=1)
    direction = Direction.objects.create(sector=sector, number=1, name="方向", **make.OUTSIDE)
    TaskSector.objects.create(task=world.a, sector=sector, direction=direction, **make.OUTSIDE)

    assert world.figures().sectors[0].lights.total == 2
    assert world.task(world.a).sectors == (1, 2)


def test_agencies_have_their_own_rates_and_lights(filed: World) -> None:
    a, b, c = filed.figures().agencies

    assert (a.agency.name, a.lead, a.co) == ("甲", Rate(2, 2, 1), Rate(1, 0, 0))
    assert (a.lights, a.co_lights) == (Lights(yellow=1, red=1, unverified=1), Lights(grey=1))
    assert (b.agency.name, b.lead, b.co) == ("乙", Rate(2, 1, 1), Rate(2, 1, 1))
    assert (b.lights, b.co_lights) == (
        Lights(blue=1, grey=1, unverified=1),
        Lights(green=1, grey=1, unverified=1),
    )
    assert (c.agency.name, c.lead, c.co, c.lights) == ("丙", Rate(), Rate(2, 2, 1), Lights())


def test_missing_says_who_since_when_and_how_late(filed: World) -> None:
    # c is missing; B last led a report on it for 2016Q3. On 04-13: lead 3, co 8 days after their due day.
    make.version(filed.c, filed.agency_b, "2016Q3", "green", at="2016-10-05")

    missing = filed.figures("2017-04-13 12:00").missing

    assert [(m.task_ref, m.duty, m.agency.name, m.days_late, m.last_quarter) for m in missing] == [
        (filed.c.ref, Duty.LEAD, "乙", 3, Period(2016, 3)),
        (filed.b.ref, Duty.CO, "乙", 8, None),
        (filed.s.ref, Duty.CO, "甲", 8, None),
    ]


def test_stale_light_is_shown_with_its_quarter_and_counted_grey(filed: World) -> None:
    make.version(filed.c, filed.agency_b, "2016Q4", "red", at="2017-01-05")

    c = filed.task(filed.c)

    assert (c.light, c.stale_quarter, c.stale_light) == ("grey", Period(2016, 4), "red")
    assert filed.figures().lights.grey == 1


def test_task_without_a_lead_is_unled_and_owes_nothing(world: World) -> None:
    orphan = make.task(world.plan)

    figures = world.figures()

    assert (world.task(orphan).lead, world.task(orphan).light, world.task(orphan).state) == (
        None,
        "unled",
        "unled",
    )
    assert (figures.lights.total, figures.lead.due) == (4, 4)


def test_groups_sum_to_the_plan_and_agencies_too(filed: World) -> None:
    figures = filed.figures()
    safeguards = Rate(1, 1, 1), Rate(1, 0, 0)

    assert sum((g.lights for g in figures.groups), Lights()) == figures.lights
    assert sum((g.lead for g in figures.groups), safeguards[0]) == figures.lead
    assert sum((g.co for g in figures.groups), safeguards[1]) == figures.co
    assert sum((a.lead for a in figures.agencies), Rate()) == figures.lead
    assert sum((a.co for a in figures.agencies), Rate()) == figures.co
    assert sum((a.lights for a in figures.agencies), Lights()) == figures.lights + figures.safeguard_lights


def test_plan_counts_32_tasks_and_39_lead_returns(plan: Plan) -> None:
    # The first plan, as loaded, in a quarter in which nobody filed: rules 2 and 4.
    figures = plan_figures(plan, Q1, known_at=make.moment(LATER))

    assert (figures.lights, figures.safeguard_lights) == (Lights(grey=32), Lights(grey=7))
    assert (figures.lead, figures.co) == (Rate(due=39), Rate(due=446))
    assert [len(group.tasks) for group in figures.groups] == [4, 4, 3, 4, 3, 4, 3, 4, 3]
    assert (len(figures.tasks), len(figures.sectors), len(figures.agencies), len(figures.missing)) == (
        39,
        7,
        42,
        485,
    )


# -- time ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_known_at_shows_what_was_known_then(filed: World) -> None:
    # a was submitted 04-08 09:00 and decided 04-13 00:00.
    assert filed.task(filed.a, "2017-04-08 08:59").light == "grey"
    before = filed.task(filed.a, "2017-04-12 23:59")
    assert (before.light, before.verified, before.verified_light) == ("green", False, "")
    assert filed.task(filed.a, "2017-04-13 00:00").light == "yellow"
    figures = filed.figures("2017-04-08 12:00")
    assert (figures.known_at, figures.as_at) == (make.moment("2017-04-08 12:00"), date(2017, 3, 31))


def test_names_and_lead_are_those_of_the_quarters_last_day(world: World) -> None:
    # From 2017Q2 on the new body D leads b instead of A, whose name ends on 2017-05-31.
    from tasks.models import AgencyName, Responsibility

    new = make.agency("丁", since=date(2017, 3, 1))
    AgencyName.objects.filter(agency=world.agency_a).update(valid=DateRange(None, date(2017, 6, 1)))
    Responsibility.objects.filter(task=world.b, agency=world.agency_a).update(
        valid=make.quarters(None, "2017Q1")
    )
    make.responsibility(world.b, new, first="2017Q2")
    make.version(world.b, world.agency_a, Q1, "red")

    first, second = world.task(world.b), world.task(world.b, quarter=Period(2017, 2))

    assert (first.lead.name if first.lead else None, first.light) == ("甲", "red")
    assert (second.lead.name if second.lead else None, second.light) == ("丁", "grey")
    assert (second.stale_quarter, second.stale_light) == (Q1, "red")
    # A leads on with a: it has no name on 2017-06-30 any more and keeps its last one.
    led = world.task(world.a, quarter=Period(2017, 2)).lead
    assert led is not None
    assert led.name == "甲"


def test_same_for_every_viewer(filed: World, django_user_model: type) -> None:
    # There is no viewer to pass; accounts and roles change nothing.
    before = filed.figures()
    make.user(Role.OFFICE, Role.LEADERSHIP, agency=filed.agency_a)

    assert filed.figures() == before
    assert not {"user", "viewer", "by"} & set(inspect.signature(plan_figures).parameters)


def test_standings_read_by_the_page_are_not_read_again(filed: World) -> None:
    moment = make.moment(LATER)
    rows = standing([filed.plan.pk], Q1, known_at=moment)

    with CaptureQueriesContext(connection) as queries:
        figures = plan_figures(filed.plan, Q1, known_at=moment, standings=rows)

    assert (figures, len(queries)) == (filed.figures(), 9)


# -- changes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("green", "green", ""),
        ("green", "yellow", "worse"),
        ("yellow", "red", "worse"),
        ("blue", "green", "worse"),
        ("red", "yellow", "better"),
        ("yellow", "green", "better"),
        ("green", "blue", "done"),
        ("red", "blue", "done"),
    ],
)
def test_change_between_reports(before: str, after: str, kind: str) -> None:
    assert change_kind((before, "accepted"), (after, "submitted"), overdue=True) == kind


@pytest.mark.parametrize(
    ("before", "after", "overdue", "kind"),
    [
        (("grey", "missing"), ("grey", "missing"), True, ""),
        (("grey", "missing"), ("green", "submitted"), True, "back"),
        (("grey", "missing"), ("grey", "submitted"), True, "back"),  # 另渠道
        (("green", "accepted"), ("grey", "missing"), True, "missing"),
        (("green", "accepted"), ("grey", "missing"), False, ""),  # not due yet
        (("green", "accepted"), ("grey", "submitted"), True, ""),  # 另渠道: nothing can be said
        (("grey", "accepted"), ("red", "submitted"), True, ""),
    ],
)
def test_change_from_or_to_no_light(
    before: tuple[str, str], after: tuple[str, str], overdue: bool, kind: str
) -> None:
    assert change_kind(before, after, overdue=overdue) == kind


@pytest.mark.slow
def test_changes_compare_with_the_quarter_before(filed: World) -> None:
    # 2016Q4: a green, b red, c green, s missing. 2017Q1: a yellow, b red, c missing, s blue.
    make.version(filed.a, filed.agency_a, "2016Q4", "green", at="2017-01-05")
    make.version(filed.b, filed.agency_a, "2016Q4", "red", at="2017-01-05")
    make.version(filed.c, filed.agency_b, "2016Q4", "green", at="2017-01-05")

    changes = filed.figures().changes

    assert [(c.task_ref, c.before, c.after, c.kind) for c in changes] == [
        (filed.a.ref, "green", "yellow", "worse"),
        (filed.c.ref, "green", "grey", "missing"),
        (filed.s.ref, "grey", "blue", "back"),
    ]
    assert isinstance(changes[0], Change)
    assert changes[0].lead == filed.task(filed.a).lead


def test_changes_are_none_when_the_quarter_before_was_never_opened(filed: World) -> None:
    assert filed.figures().changes == ()


# -- targets ------------------------------------------------------------------------------------------------


def test_ratio_is_the_sum_of_numerators_over_the_sum_of_denominators(world: World) -> None:
    # a: 1/10 (10 %), b: 80/90 (89 %). Not their average 49.4, but 81/100.
    ratio = make.indicator(world.plan, world.a, world.b, kind=IndicatorKind.RATIO)
    make.target(world.plan, ratio, 12, unit="%", comparison="at_least")
    for task, parts in ((world.a, (1, 10)), (world.b, (80, 90))):
        make.figure(make.accept(make.version(task, world.agency_a, Q1)), ratio, parts=parts)

    (target,) = world.figures().targets

    assert (target.numerator, target.denominator, target.actual) == (Decimal(81), Decimal(100), Decimal(81))
    assert (target.value, target.actual_quarter, target.verified) == (Decimal(12), Q1, True)
    assert (target.parts, target.parts_owed) == (2, 2)
    assert str(target.value) == "12"


@pytest.mark.slow
def test_verified_figure_comes_before_a_newer_unverified_one(world: World) -> None:
    # 2016Q4: 3, accepted. 2017Q1: 4, submitted on 04-03 and accepted on 04-12.
    count = make.indicator(world.plan, world.a)
    make.target(world.plan, count, 5)
    make.figure(
        make.accept(make.version(world.a, world.agency_a, "2016Q4", at="2017-01-05"), at="2017-01-12"),
        count,
        3,
    )
    newer = make.version(world.a, world.agency_a, Q1, at="2017-04-03")
    make.figure(newer, count, 4)
    make.accept(newer, at="2017-04-12")

    def actual(known_at: str) -> tuple[Decimal | None, Period | None, bool]:
        (target,) = world.figures(known_at).targets
        return target.actual, target.actual_quarter, target.verified

    assert actual("2017-01-04") == (None, None, False)
    assert actual("2017-01-06") == (Decimal(3), Period(2016, 4), False)
    assert actual("2017-04-05") == (Decimal(3), Period(2016, 4), True)
    assert actual("2017-04-12") == (Decimal(4), Q1, True)
    (then,) = world.figures(quarter=Period(2016, 4)).targets
    assert (then.actual, then.actual_quarter) == (Decimal(3), Period(2016, 4))


def test_figure_of_some_of_the_bodies_says_so_and_is_not_verified(world: World) -> None:
    # Asked of both co of a (B and C): in 2017Q1 B alone gave it, and the lead adopted it.
    count = make.indicator(world.plan, world.a, duty=Duty.CO)
    make.target(world.plan, count, 5)
    make.figure(make.accept(make.version(world.a, world.agency_b, Q1)), count, 2)

    (target,) = world.figures().targets

    assert (target.actual, target.verified, target.parts, target.parts_owed) == (Decimal(2), False, 1, 2)


def test_zero_is_a_value_and_blank_is_not(world: World) -> None:
    zero, blank = make.indicator(world.plan, world.a), make.indicator(world.plan, world.a)
    make.target(world.plan, zero, 5)
    make.target(world.plan, blank, 5)
    make.figure(make.version(world.a, world.agency_a, Q1), zero, 0)

    first, second = world.figures().targets

    assert (first.actual, first.actual_quarter) == (Decimal(0), Q1)
    assert (second.actual, second.actual_quarter, second.parts) == (None, None, 0)


def test_target_is_the_one_in_force_and_known(world: World) -> None:
    # Adjusted from 2017Q2 on, recorded on 2017-06-10.
    make.target(world.plan, None, 20, order=1, known=make.known(None, "2017-06-10"))
    make.target(
        world.plan, None, 20, order=1, valid=make.quarters(None, "2017Q1"), known=make.known("2017-06-10")
    )
    make.target(world.plan, None, 25, order=1, valid=make.quarters("2017Q2"), known=make.known("2017-06-10"))

    def value(known_at: str, quarter: Period) -> list[Decimal | None]:
        return [target.value for target in world.figures(known_at, quarter).targets]

    assert value("2017-06-09", Period(2017, 2)) == [Decimal(20)]
    assert value("2017-06-11", Period(2017, 2)) == [Decimal(25)]
    assert value("2017-06-11", Q1) == [Decimal(20)]


def test_target_in_words_has_no_figure(world: World) -> None:
    make.target(world.plan, text="明显提高")

    (target,) = world.figures().targets

    assert (target.text, target.value, target.actual, target.indicator) == ("明显提高", None, None, "")


# -- words --------------------------------------------------------------------------------------------------


def test_narrative_is_of_the_version_in_force(world: World) -> None:
    problems = [{"category": "money", "text": "资金不足"}]
    make.accept(
        make.version(
            world.a,
            world.agency_a,
            Q1,
            "green",
            at="2017-04-03",
            done="建成",
            problems=problems,
            next_steps="投产",
        ),
        "yellow",
        at="2017-04-12",
        note="尚未投产",
    )
    make.version(world.a, world.agency_a, Q1, "blue", at="2017-04-14", done="更新")

    def narrative(known_at: str) -> Narrative:
        return world.figures(known_at, narrative=True).tasks[0].narrative

    expected = Narrative(
        done="建成", problems=(("资金", "资金不足"),), next_steps="投产", decision_note="尚未投产"
    )
    assert narrative("2017-06-01") == expected
    assert narrative("2017-04-05") == replace(expected, decision_note="")
    assert world.figures().tasks[0].narrative == Narrative()


# -- cost ---------------------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.slow
def test_queries_do_not_grow_with_rows(world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            plan_figures(world.plan, Q1, known_at=make.moment(LATER), with_narrative=True)
        return len(captured)

    make.version(world.a, world.agency_a, Q1)
    few = queries()
    for number in range(10):
        task = make.task(
            world.plan, make.group(world.plan), lead=make.agency(), co=[make.agency(), world.agency_c]
        )
        make.sector(world.plan, task)
        make.target(world.plan, make.indicator(world.plan, task), number)
        at = make.moment("2017-04-03") + timedelta(hours=number)
        make.accept(make.version(task, task.responsibilities.all()[0].agency, Q1, at=at))

    assert few == 13
    assert queries() == few


def test_what_was_said_and_what_was_found_are_counted_apart() -> None:
    """Three tasks: one said green and found yellow, one said red and not decided, one not reported."""
    plan = make.plan()
    agency = make.agency()
    changed, undecided, _missing = [make.task(plan, lead=agency) for _ in range(3)]
    make.accept(make.version(changed, agency, "2017Q1", "green"), "yellow")
    make.version(undecided, agency, "2017Q1", "red")
    figures = plan_figures(plan, make.quarter("2017Q1"), known_at=make.moment("2017-05-01"))
    for of in (figures, figures.groups[0], figures.agencies[0]):
        assert of.reported_lights == Lights(green=1, red=1, grey=1)
        assert of.verified_lights == Lights(yellow=1, grey=2)
        assert of.lights == Lights(yellow=1, red=1, grey=1, unverified=1)
