"""Lights and rates over many quarters, each with the agencies that were responsible in it. One query for a range."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from qhplan import clock
from reports.figures.agency_names import agency_refs
from reports.figures.unled import unled_light
from reports.figures.values import AgencyRef, Rate
from tasks.models import Agency, Plan, Task
from tasks.plans.arrangements import arrangements
from tasks.plans.models import Gathering
from tasks.standing.queries import WITHDRAWN, Standing, standing_between
from tasks.standing.statements import COUNTED_AS_SQL, OWED_SQL, REPORTED_SQL, Statement, parameters
from tasks.values import UNLED, Duty, Period

_OF_PLAN = "t.plan_id = %(plan_id)s"
_OF_LEADS = "{x}.duty = 'lead'"
_LIGHTS = Statement(
    "SELECT s.task_id, s.quarter, s.light, s.verified, s.state FROM ({standing}) s ORDER BY s.task_order, s.quarter",
    _OF_PLAN,
    _OF_LEADS,
)
# `Rate.of` in SQL, for each quarter and `counted_as`.
_RATES = Statement(
    f"""
SELECT s.quarter, {COUNTED_AS_SQL}, count(*), count(*) FILTER (WHERE {REPORTED_SQL}), count(*) FILTER (WHERE s.on_time)
FROM ({{standing}}) s WHERE {OWED_SQL} GROUP BY 1, 2
""",  # noqa: S608
    _OF_PLAN,
)
_PREVIOUS = Statement(
    "SELECT s.task_id, s.light, s.state FROM ({standing}) s WHERE s.due_at IS NOT NULL", _OF_PLAN, _OF_LEADS
)


def _of_plan(
    statement: Statement, plan: Plan, first: Period, last: Period, known_at: datetime
) -> list[tuple[Any, ...]]:
    _names, rows = statement.rows(parameters(first, last, known_at, plan_id=plan.pk), [plan.pk])
    return rows


def light_history(
    plan: Plan, first: Period, last: Period, known_at: datetime | None = None
) -> dict[int, dict[Period, tuple[str, bool]]]:
    """{task id: {quarter: (the light that counted, whether it was verified)}}, in the plan's order, left out where the
    task was withdrawn. Two queries, four where tasks have no lead."""
    moment = known_at or clock.now()
    tasks = Task.objects.filter(plan=plan).existing(last, moment).order_by("order").values_list("pk", "since")
    span = list(Period.span(first, last))
    lights: dict[int, dict[Period, tuple[str, bool]]] = {
        task_id: {period: (UNLED, True) for period in span if since is None or since <= period}
        for task_id, since in tasks
    }
    by_ordinal = {period.ordinal: period for period in span}
    for task_id, ordinal, light, verified, state in _of_plan(_LIGHTS, plan, first, last, moment):
        quarter = by_ordinal[ordinal]
        if state == WITHDRAWN:
            lights[task_id].pop(quarter, None)
        else:
            lights[task_id][quarter] = (light, verified)
    unled = [task_id for task_id, own in lights.items() if any(light == UNLED for light, _v in own.values())]
    for (task_id, quarter), found in unled_lights(unled, first, last, moment).items():
        if found[0] == WITHDRAWN:
            del lights[task_id][quarter]
        elif lights[task_id][quarter][0] == UNLED:
            lights[task_id][quarter] = found
    return {task_id: quarters for task_id, quarters in lights.items() if quarters}


def unled_lights(
    task_ids: Sequence[int], first: Period, last: Period, known_at: datetime
) -> dict[tuple[int, Period], tuple[str, bool]]:
    """{(task id, quarter): (light, whether it is verified)} of tasks on which nobody consolidates, in quarters in which
    agencies have roles on them; WITHDRAWN in the place of a light where the task was withdrawn. Two queries, and none
    without tasks."""
    if not task_ids:
        return {}
    gathered = arrangements(task_ids, known_at)
    rows: dict[tuple[int, Period], list[Standing]] = {}
    for row in standing_between(first, last, known_at=known_at, task_ids=task_ids):
        rows.setdefault((row.task_id, row.quarter), []).append(row)
    found = {}
    for (task_id, quarter), own in rows.items():
        arranged = gathered.at(task_id, quarter)
        by_each = arranged is not None and arranged.kind == Gathering.EACH
        light, verified, state = unled_light(own, by_each=by_each)
        found[task_id, quarter] = (WITHDRAWN if state == WITHDRAWN else light, verified)
    return found


def previous_lights(plan: Plan, quarter: Period, known_at: datetime) -> dict[int, tuple[str, str]]:
    """{task id: (light, state)} of the quarter before; empty when the office never opened it. One query."""
    before = quarter - 1
    rows = _of_plan(_PREVIOUS, plan, before, before, known_at)
    return {task_id: (light, state) for task_id, light, state in rows}


def rate_history(
    plan: Plan, first: Period, last: Period, known_at: datetime | None = None
) -> dict[Period, tuple[Rate, Rate]]:
    """{quarter: (rate of the lead submissions, rate of the co-submissions)} for every quarter of the range. One query."""
    rates = {quarter: {Duty.LEAD: Rate(), Duty.CO: Rate()} for quarter in Period.span(first, last)}
    for ordinal, duty, due, reported, on_time in _of_plan(_RATES, plan, first, last, known_at or clock.now()):
        rates[Period.from_ordinal(ordinal)][Duty(duty)] = Rate(due, reported, on_time)
    return {quarter: (both[Duty.LEAD], both[Duty.CO]) for quarter, both in rates.items()}


@dataclass(frozen=True)
class HistoryRow:
    """One agency's duty on one task through the quarters in which it held it."""

    task_id: int
    agency: AgencyRef  # under its name in the last quarter of the range, or its last one before
    role: str
    duty: str
    cells: dict[Period, Standing]

    @property
    def rate(self) -> Rate:
        """What the agency owed and submitted over the quarters."""
        return Rate.of(self.cells.values())


def task_history(
    task: Task,
    known_at: datetime | None = None,
    *,
    first: Period | None = None,
    last: Period | None = None,
) -> tuple[HistoryRow, ...]:
    """Every agency that was responsible for the task, leads first; from the plan's start to the last quarter that
    ended, or as given. Two queries."""
    moment = known_at or clock.now()
    span = first or task.plan.first_quarter, last or last_ended(task.plan, moment)
    return _rows(standing_between(*span, known_at=moment, task_ids=[task.pk]), span[1])


def agency_history(
    agency: Agency,
    plan: Plan,
    known_at: datetime | None = None,
    *,
    first: Period | None = None,
    last: Period | None = None,
) -> tuple[HistoryRow, ...]:
    """Every task of the plan that the agency was responsible for, what it led first; quarters as `task_history`.
    Two queries."""
    moment = known_at or clock.now()
    span = first or plan.first_quarter, last or last_ended(plan, moment)
    rows = standing_between(*span, known_at=moment, plan_ids=[plan.pk], agency_ids=[agency.pk])
    return _rows(rows, span[1])


def last_ended(plan: Plan, known_at: datetime) -> Period:
    """The last quarter of the plan that was over at that moment; its first one when none was."""
    today = timezone.localdate(known_at, timezone.get_default_timezone())
    return plan.clipped(plan.period_of(today) - 1)


def _rows(standings: Iterable[Standing], last: Period) -> tuple[HistoryRow, ...]:
    """Cells by (task, agency, role, duty), in the order of their first quarter's rows; leads first."""
    cells: dict[tuple[int, int, str, str], dict[Period, Standing]] = {}
    for row in standings:
        cells.setdefault((row.task_id, row.agency_id, row.role, row.duty), {})[row.quarter] = row
    refs = agency_refs({agency for _t, agency, _r, _d in cells}, last)
    rows = (
        HistoryRow(task, refs[agency], role, duty, own) for (task, agency, role, duty), own in cells.items()
    )
    return tuple(sorted(rows, key=lambda row: (row.duty != Duty.LEAD, row.role != Duty.LEAD)))
