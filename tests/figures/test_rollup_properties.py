"""Whatever was filed and in whichever order it was decided: the figures are those that plain loops would count."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from reports.figures.queries import plan_figures
from reports.figures.values import Lights, PlanFigures, Rate
from tasks.models import DecisionRecord, Part, Plan, Responsibility, Submission, Version
from tasks.values import Duty, Light, Period
from tests import factories as make
from tests.examples import examples

pytestmark = pytest.mark.django_db
few_examples = examples(40)

Q1 = Period(2017, 1)
OPENED = make.moment("2017-04-01 00:00")
ALL_KNOWN = make.moment("2018-01-01")
LIGHTS = list(Light.values)
DUTIES = 12  # 4 tasks with a lead and two co each


@dataclass(frozen=True)
class Filed:
    """One version: submitted so many hours after the opening; decided (or not) so many hours later."""

    light: str
    after: int
    decision: str  # "", "accept", "return"
    verified: str
    decided_after: int


@st.composite
def returns(draw: st.DrawFn) -> list[list[Filed]]:
    """For each of the duties, the versions of its return in the order of submission."""
    one = st.builds(
        Filed,
        light=st.sampled_from(LIGHTS),
        after=st.integers(0, 400),
        decision=st.sampled_from(["", "accepted", "accepted", "returned"]),
        verified=st.sampled_from(LIGHTS),
        decided_after=st.integers(1, 300),
    )
    versions = st.lists(one, max_size=3, unique_by=lambda filed: filed.after)
    drawn = draw(st.lists(versions, min_size=DUTIES, max_size=DUTIES))
    return [sorted(own, key=lambda filed: filed.after) for own in drawn]


@contextmanager
def rolled_back() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@dataclass(frozen=True)
class World:
    plan: Plan
    heads: list[Submission]  # one for each duty, in the order of the responsibilities


@pytest.fixture
def world(db: None) -> World:
    plan = make.plan()
    agencies = [make.agency() for _ in range(3)]
    groups = [make.group(plan), make.group(plan)]
    for number in range(4):
        lead, *co = agencies[number % 3 :] + agencies[: number % 3]
        if number == 3:
            make.safeguard(plan, lead=lead, co=co)
        else:
            make.task(plan, groups[number % 2], lead=lead, co=co)
    duties = Responsibility.objects.filter(task__plan=plan).select_related("task__plan", "agency")
    return World(plan, [make.submission(duty.task, duty.agency, Q1) for duty in duties.order_by("id")])


def file(world: World, drawn: list[list[Filed]]) -> list[tuple[Version, Filed]]:
    pairs = [
        (
            Version(
                submission=head,
                number=number,
                quarter=Q1,
                task=head.task,
                agency=head.agency,
                duty=head.duty,
                light=filed.light,
                submitted_at=OPENED + timedelta(hours=filed.after),
                submitted_by=head.saved_by,
            ),
            filed,
        )
        for head, own in zip(world.heads, drawn, strict=True)
        for number, filed in enumerate(own, start=1)
    ]
    Version.objects.bulk_create(version for version, _ in pairs)
    return pairs


def decide(pairs: list[tuple[Version, Filed]]) -> None:
    for version, filed in pairs:
        if not filed.decision:
            continue
        verified = filed.verified if filed.decision == "accepted" and version.duty == Duty.LEAD else ""
        DecisionRecord.objects.create(
            version=version,
            decision=filed.decision,
            decided_at=version.submitted_at + timedelta(hours=filed.decided_after),
            decided_by=version.submitted_by,
            verified_light=verified,
            decision_note="理由",
        )


def count(
    world: World, drawn: list[list[Filed]], known_at: datetime
) -> tuple[dict[str, Rate], dict[str, Lights]]:
    """The rates by duty and the lights by part, by the words of the rules and nothing else."""
    rates = {Duty.LEAD.value: Rate(), Duty.CO.value: Rate()}
    lights = {Part.MAIN.value: Lights(), Part.SAFEGUARD.value: Lights()}
    for head, own in zip(world.heads, drawn, strict=True):
        times = [OPENED + timedelta(hours=filed.after) for filed in own]
        there = [filed for filed, at in zip(own, times, strict=True) if at <= known_at]
        accepted = [
            filed
            for filed, at in zip(own, times, strict=True)
            if filed.decision == "accepted" and at + timedelta(hours=filed.decided_after) <= known_at
        ]
        on_time = bool(there) and times[0] <= head.cycle.due(head.duty)
        rates[head.duty] += Rate(1, bool(there), on_time)
        if head.duty == Duty.LEAD:
            light = accepted[-1].verified if accepted else there[-1].light if there else "grey"
            lights[head.task.part] += Lights(**{light: 1, "unverified": int(bool(there) and not accepted)})
    return rates, lights


@pytest.mark.slow
@few_examples
@given(drawn=returns(), hours=st.integers(0, 800))
def test_figures_are_what_plain_loops_count_and_sum_up(
    world: World, drawn: list[list[Filed]], hours: int
) -> None:
    known_at = OPENED + timedelta(hours=hours)
    with rolled_back():
        decide(file(world, drawn))
        figures = plan_figures(world.plan, Q1, known_at=known_at)
    rates, lights = count(world, drawn, known_at)

    assert (figures.lead, figures.co) == (rates["lead"], rates["co"])
    assert (figures.lights, figures.safeguard_lights) == (lights["main"], lights["safeguard"])
    assert sum((group.lights for group in figures.groups), Lights()) == figures.lights
    assert sum((agency.lead for agency in figures.agencies), Rate()) == figures.lead
    assert sum((agency.co for agency in figures.agencies), Rate()) == figures.co
    assert sum((task.co for task in figures.tasks), Rate()) == figures.co
    assert (
        sum((agency.lights for agency in figures.agencies), Lights())
        == figures.lights + figures.safeguard_lights
    )
    assert len(figures.missing) == figures.lead.missing + figures.co.missing


@pytest.mark.slow
@few_examples
@given(drawn=returns(), data=st.data())
def test_order_of_deciding_does_not_change_the_figures(
    world: World, drawn: list[list[Filed]], data: st.DataObject
) -> None:
    seen: list[PlanFigures] = []
    with rolled_back():
        pairs = file(world, drawn)
        for order in (pairs, data.draw(st.permutations(pairs))):
            with rolled_back():
                decide(order)
                seen.append(plan_figures(world.plan, Q1, known_at=ALL_KNOWN, with_narrative=True))

    assert seen[0] == seen[1]
