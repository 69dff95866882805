"""Whatever is adjusted, merged, filed and accepted, and in whichever order: bodies add up to the whole at every moment,
what begins later changes nothing earlier, and merging bodies loses and doubles nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.queries import plan_figures
from reports.figures.values import Lights, PlanFigures, Rate
from tasks.adjustments import actions, reform_preview
from tasks.adjustments.queries import duties_at
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Plan, Responsibility, Task, User, Version
from tasks.values import Duty, Light, Period, Role
from tests import factories as make
from tests.examples import examples

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
few_examples = examples(15)

SPAN = list(Period.span(Period(2016, 4), Period(2017, 3)))
START = make.moment("2017-10-01")
TASKS, BODIES = 3, 5


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class World:
    plan: Plan
    tasks: list[Task]
    bodies: list[Agency]
    heir: Agency
    office: User
    leader: User


@pytest.fixture
def world(db: None) -> World:
    """Three tasks and five bodies; each task has a lead and two co. Every quarter of the span is open."""
    plan = make.plan()
    bodies = [make.agency() for _ in range(BODIES)]
    tasks = []
    for number in range(TASKS):
        lead, *co = [bodies[(number + step) % BODIES] for step in range(3)]
        tasks.append(make.task(plan, lead=lead, co=co))
    for quarter in SPAN:
        make.cycle(plan, quarter)
    return World(
        plan,
        tasks,
        bodies,
        make.agency(),
        make.user(Role.OFFICE, password=None),
        make.user(Role.LEADERSHIP, password=None),
    )


# One thing that happens. Numbers stand for tasks, bodies and quarters of the world.
index = st.integers
filed = st.tuples(
    st.just("file"), index(0, TASKS - 1), index(0, BODIES - 1), index(0, 3), st.sampled_from(list(Light))
)
swapped = st.tuples(
    st.just("swap"),
    index(0, TASKS - 1),
    index(0, BODIES - 1),
    index(0, 3),
    st.sampled_from(["lead", "co", ""]),
)
withdrawn = st.tuples(st.just("withdraw"), index(0, TASKS - 1), index(0, 0), index(0, 3), st.just(""))
events = st.lists(st.one_of(filed, swapped, withdrawn), min_size=1, max_size=8)


def happen(world: World, event: tuple[Any, ...], at: datetime) -> bool:
    """Do it, at that moment; False where it is refused."""
    kind, task_index, body_index, quarter_index, more = event
    task, body, quarter = world.tasks[task_index], world.bodies[body_index], SPAN[quarter_index]
    held = duties_at(task.pk, quarter, at)
    if kind == "file":
        if body.pk not in held or Version.objects.filter(task=task, agency=body, quarter=quarter).exists():
            return False
        version = make.version(task, body, quarter, more, at=at, duty=held[body.pk])
        if more in {Light.GREEN, Light.RED}:
            make.accept(version, at=at + timedelta(minutes=30))
        return True
    try:
        with transaction.atomic():
            if kind == "withdraw":
                made = actions.propose_withdrawal(
                    by=world.office, task=task, effective=quarter, reason="并入", now=at
                )
            else:
                duties = {body.pk: str(more)}
                lead = next(pk for pk, duty in held.items() if duty == Duty.LEAD)
                if more == Duty.LEAD and lead != body.pk:
                    duties[lead] = Duty.CO.value
                made = actions.propose_duties(
                    by=world.office, task=task, effective=quarter, duties=duties, reason="调整", now=at
                )
            actions.approve(by=world.leader, adjustment=made, now=at)
    except (Problems, Conflict):
        return False
    return True


def told(world: World, at: datetime) -> list[PlanFigures]:
    """Every quarter as known at the moment, but for the moment itself."""
    return [plan_figures(world.plan, quarter, known_at=at) for quarter in SPAN]


def without_lateness(figures: PlanFigures) -> Any:
    """What does not grow by the mere passing of time."""
    missing = [(one.agency, one.duty, one.task_ref, one.last_quarter) for one in figures.missing]
    return (
        figures.lights,
        figures.lead,
        figures.co,
        [
            (task.ref, task.lead, task.light, task.verified, task.state, task.co, task.co_lights)
            for task in figures.tasks
        ],
        [(one.agency, one.lead, one.co, one.lights, one.co_lights) for one in figures.agencies],
        missing,
    )


@few_examples
@given(happened=events)
def test_bodies_add_up_to_the_whole_at_every_moment(world: World, happened: list[tuple[Any, ...]]) -> None:
    with rolled_back():
        for number, event in enumerate(happened):
            happen(world, event, START + timedelta(hours=number))
        for number in range(-1, len(happened) + 1):
            for figures in told(world, START + timedelta(hours=number, minutes=45)):
                assert sum((one.lead for one in figures.agencies), Rate()) == figures.lead
                assert sum((one.co for one in figures.agencies), Rate()) == figures.co
                assert sum((task.co for task in figures.tasks), Rate()) == figures.co
                assert sum((one.lights for one in figures.agencies), Lights()) == figures.lights
                assert sum((one.co_lights for one in figures.agencies), Lights()) == sum(
                    (task.co_lights for task in figures.tasks), Lights()
                )
                assert len(figures.missing) == figures.lead.missing + figures.co.missing
                running = [task for task in figures.tasks if task.state != "withdrawn"]
                assert figures.lead.due == len(running)


@few_examples
@given(happened=events)
def test_adjustment_changes_no_earlier_quarter_and_nothing_known_before(
    world: World, happened: list[tuple[Any, ...]]
) -> None:
    with rolled_back():
        for number, event in enumerate(happened):
            at = START + timedelta(hours=number)
            now, before = at - timedelta(minutes=1), at + timedelta(minutes=1)
            past = [without_lateness(one) for one in told(world, now)]
            done = happen(world, event, at)
            assert [without_lateness(one) for one in told(world, now)] == past
            present = [without_lateness(one) for one in told(world, before)]
            if event[0] != "file" and done:
                assert present[: event[3]] == past[: event[3]]
            elif not done:
                assert present == past


@pytest.mark.full
@few_examples
@given(happened=st.lists(filed, min_size=2, max_size=6, unique_by=lambda one: one[1:4]), data=st.data())
def test_order_of_acceptance_does_not_change_a_rollup(
    world: World, happened: list[tuple[Any, ...]], data: st.DataObject
) -> None:
    seen = []
    orders = [happened, data.draw(st.permutations(happened))]
    for order in orders:
        with rolled_back():
            for number, event in enumerate(order):
                happen(world, event, START + timedelta(hours=number))
            seen.append([without_lateness(one) for one in told(world, START + timedelta(days=30))])

    assert seen[0] == seen[1]


@pytest.mark.full
@few_examples
@given(
    happened=st.lists(filed, max_size=6, unique_by=lambda one: one[1:4]),
    merging=st.sets(index(0, BODIES - 1), min_size=1, max_size=3),
    when=index(0, 3),
)
def test_merging_bodies_conserves_totals(
    world: World, happened: list[tuple[Any, ...]], merging: set[int], when: int
) -> None:
    """Every task keeps one lead; every body that is not of the merger keeps its duties; what the merged held is held by
    the successor, once for each task, or still by them where they had filed; what was filed counts as before."""
    quarter = SPAN[when]
    olds = [world.bodies[one] for one in sorted(merging)]
    with rolled_back():
        for number, event in enumerate(happened):
            happen(world, event, START + timedelta(hours=number))
        before = told(world, START + timedelta(days=1))
        duties = {
            (task.pk, one): duties_at(task.pk, one, START + timedelta(days=1))
            for task in world.tasks
            for one in SPAN
        }
        edges = [make.edge("merged", old, world.heir, on=quarter.last_day.isoformat()) for old in olds]
        try:
            made = actions.propose_reform(
                by=world.office,
                plan=world.plan,
                edges=edges,
                answers={},
                reason="改革",
                now=START + timedelta(days=2),
            )
        except Problems:
            # Nothing to pass: the bodies had no duty then.
            assert not reform_preview.preview(
                world.plan, reform_preview.Day(edges[0].on, tuple(edges)), START + timedelta(days=2)
            ).duties
            return
        actions.approve(by=world.leader, adjustment=made, now=START + timedelta(days=3))
        after = told(world, START + timedelta(days=4))

        ids = {old.pk for old in olds}
        for task in world.tasks:
            for one in SPAN:
                was, now = duties[task.pk, one], duties_at(task.pk, one, START + timedelta(days=4))
                if one < quarter:
                    assert now == was
                    continue
                assert sum(duty == Duty.LEAD for duty in now.values()) == 1
                others = {pk: duty for pk, duty in was.items() if pk not in ids}
                assert {pk: duty for pk, duty in now.items() if pk not in {*ids, world.heir.pk}} == others
                kept = {pk for pk in now if pk in ids}
                filers = set(
                    Version.objects.filter(task=task, quarter=one, agency__in=ids).values_list(
                        "agency_id", flat=True
                    )
                )
                assert filers & set(was) <= kept
                gone = [was[pk] for pk in was if pk in ids and pk not in kept]
                if gone:
                    assert now[world.heir.pk] == (Duty.LEAD if Duty.LEAD in gone else Duty.CO)
                else:
                    assert world.heir.pk not in now
        for old_figures, new_figures in zip(before, after, strict=True):
            assert new_figures.lead.due == old_figures.lead.due
            assert new_figures.lead.reported == old_figures.lead.reported
            assert new_figures.co.reported == old_figures.co.reported
            assert new_figures.lights == old_figures.lights
        known = Responsibility.objects.filter(
            task__plan=world.plan, known__contains=START + timedelta(days=4)
        )
        assert known.filter(agency=world.heir).exists()
