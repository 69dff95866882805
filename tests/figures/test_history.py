"""Lights and rates over ranges of quarters: each quarter as `plan_figures` would count it."""

from datetime import date

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test.utils import CaptureQueriesContext

from reports.figures.history import agency_history, last_ended, light_history, rate_history, task_history
from reports.figures.queries import plan_figures
from reports.figures.values import Rate
from tasks.models import Agency, AgencyName, Task
from tasks.values import Duty, Period
from tests import factories as make

pytestmark = pytest.mark.django_db

SPAN = Period(2016, 3), Period(2017, 2)
KNOWN = make.moment("2017-08-01")


@pytest.fixture
def old() -> Agency:
    return make.agency("旧单位")


@pytest.fixture
def new() -> Agency:
    return make.agency("新单位")


@pytest.fixture
def co() -> Agency:
    return make.agency("配合单位")


@pytest.fixture
def task(old: Agency, new: Agency, co: Agency) -> Task:
    """2016Q3 missing; 2016Q4 green by the old lead, verified yellow on 2017-01-12; 2017Q1 red by the new lead,
    late; 2017Q2 missing. The co reports 2016Q4 in time."""
    task = make.task(make.plan())
    make.responsibility(task, old, last="2016Q4")
    make.responsibility(task, new, first="2017Q1")
    make.responsibility(task, co, Duty.CO)
    make.accept(make.version(task, old, "2016Q4", "green", at="2017-01-05"), "yellow", at="2017-01-12 00:00")
    make.version(task, co, "2016Q4", "red", at="2017-01-04")
    make.version(task, new, "2017Q1", "red", at="2017-04-12")
    return task


def test_light_history_has_each_quarters_lead(task: Task) -> None:
    q3, q4, q1, q2 = Period.span(*SPAN)

    history = light_history(task.plan, *SPAN, known_at=KNOWN)

    assert history == {
        task.pk: {q3: ("grey", False), q4: ("yellow", True), q1: ("red", False), q2: ("grey", False)}
    }
    early = light_history(task.plan, *SPAN, known_at=make.moment("2017-01-11"))
    assert early[task.pk][q4] == ("green", False)
    assert early[task.pk][q1] == ("grey", False)


@pytest.mark.slow
def test_a_task_is_unled_in_quarters_without_a_lead_as_in_the_figures_of_those(new: Agency) -> None:
    task = make.task(make.plan())
    make.responsibility(task, new, first="2017Q2")
    make.version(task, new, "2017Q2", "red", at="2017-07-03")

    lights = light_history(task.plan, *SPAN, known_at=KNOWN)[task.pk]

    assert [light for light, _verified in lights.values()] == ["unled", "unled", "unled", "red"]
    assert list(lights) == list(Period.span(*SPAN))
    for quarter, (light, _verified) in lights.items():
        figures = plan_figures(task.plan, quarter, known_at=KNOWN)
        assert (figures.lights.total, getattr(figures.lights, light)) == (1, 1)


def test_rate_history_counts_lead_and_co_apart(task: Task) -> None:
    q3, q4, q1, q2 = Period.span(*SPAN)

    assert rate_history(task.plan, *SPAN, known_at=KNOWN) == {
        q3: (Rate(1, 0, 0), Rate(1, 0, 0)),
        q4: (Rate(1, 1, 1), Rate(1, 1, 1)),
        q1: (Rate(1, 1, 0), Rate(1, 0, 0)),
        q2: (Rate(1, 0, 0), Rate(1, 0, 0)),
    }


@pytest.mark.slow
def test_histories_agree_with_the_figures_of_each_quarter(task: Task, old: Agency, co: Agency) -> None:
    other = make.safeguard(task.plan, lead=co, co=[old])
    make.version(other, co, "2017Q1", "blue", at="2017-04-03")
    lights = light_history(task.plan, *SPAN, known_at=KNOWN)
    rates = rate_history(task.plan, *SPAN, known_at=KNOWN)

    for quarter in Period.span(*SPAN):
        figures = plan_figures(task.plan, quarter, known_at=KNOWN)
        assert rates[quarter] == (figures.lead, figures.co)
        assert {t.id: (t.light, t.verified) for t in figures.tasks} == {
            id_: by_quarter[quarter] for id_, by_quarter in lights.items()
        }


@pytest.mark.slow
def test_task_history_keeps_the_predecessor_under_its_own_name(task: Task, old: Agency, co: Agency) -> None:
    AgencyName.objects.filter(agency=old).update(valid=DateRange(None, date(2017, 1, 1)))
    q3, q4, q1, q2 = Period.span(*SPAN)

    rows = task_history(task, KNOWN)

    assert [(row.agency.name, row.duty, list(row.cells)) for row in rows] == [
        ("旧单位", "lead", [q3, q4]),
        ("新单位", "lead", [q1, q2]),
        ("配合单位", "co", [q3, q4, q1, q2]),
    ]
    assert [cell.light for cell in rows[0].cells.values()] == ["grey", "yellow"]
    assert [row.rate for row in rows] == [Rate(2, 1, 1), Rate(2, 1, 0), Rate(4, 1, 1)]


def test_agency_history_lists_what_it_led_first(task: Task, co: Agency) -> None:
    other = make.task(task.plan, lead=co)
    make.task(make.plan(), lead=co)  # of another plan

    rows = agency_history(co, task.plan, KNOWN)

    assert [(row.task_id, row.duty) for row in rows] == [(other.pk, "lead"), (task.pk, "co")]
    assert rows[1].cells[Period(2016, 4)].light == "red"


def test_last_ended_stays_within_the_plan(task: Task) -> None:
    plan = task.plan  # in force from 2016-07-26 to 2025-12-31

    assert last_ended(plan, make.moment("2016-08-01")) == Period(2016, 3)
    assert last_ended(plan, make.moment("2017-07-05")) == Period(2017, 2)
    assert last_ended(plan, make.moment("2017-06-30 23:59")) == Period(2017, 1)
    assert last_ended(plan, make.moment("2030-01-01")) == Period(2025, 4)


@pytest.mark.slow
def test_queries_do_not_grow_with_rows(task: Task, co: Agency) -> None:
    def queries() -> list[int]:
        counts = []
        for ask in (
            lambda: light_history(task.plan, *SPAN, known_at=KNOWN),
            lambda: rate_history(task.plan, *SPAN, known_at=KNOWN),
            lambda: task_history(task, KNOWN),
            lambda: agency_history(co, task.plan, KNOWN),
        ):
            with CaptureQueriesContext(connection) as captured:
                ask()
            counts.append(len(captured))
        return counts

    few = queries()
    for _ in range(9):
        make.version(make.task(task.plan, lead=co, co=[make.agency()]), co, "2017Q1")

    assert few == [2, 1, 2, 2]
    assert queries() == few
