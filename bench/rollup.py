"""Figures of the rollup, on the first plan with all 38 quarters filed (about 18,000 versions)."""

from datetime import UTC, datetime

from bench import figure, side_by_side
from bench.filled import filled_plan, measured_plan

KNOWN_AT = datetime(2026, 6, 1, tzinfo=UTC)

# The least that says which version counts: the index of the versions, read in its own order.
_ONE_QUARTER = """
SELECT DISTINCT ON (quarter, task_id, agency_id) task_id, agency_id, light, verified_light
FROM tasks_version WHERE quarter = %s AND decision = 'accepted'
ORDER BY quarter, task_id, agency_id, submitted_at DESC, id DESC
"""
_ALL_QUARTERS = """
SELECT quarter, duty, count(DISTINCT (task_id, agency_id)) FROM tasks_version GROUP BY quarter, duty
"""
_LEADS = """
SELECT DISTINCT ON (quarter, task_id) quarter, task_id, verified_light
FROM tasks_version WHERE duty = 'lead' AND decision = 'accepted' ORDER BY quarter, task_id, submitted_at DESC
"""


# The parts of every indicator added up by the database, over the versions in force of all quarters.
_SUMS = """
WITH stands AS MATERIALIZED ({standing})
SELECT i.indicator_id, s.quarter, count(*), count(f.id), sum(f.value), sum(f.numerator), sum(f.denominator)
FROM stands s
JOIN tasks_indicatortask i ON i.task_id = s.task_id AND i.duty = s.duty
LEFT JOIN tasks_figure f ON f.version_id = s.version_id AND f.indicator_id = i.indicator_id
GROUP BY i.indicator_id, s.quarter
"""


def _fetch(sql: str, *values: int) -> list[tuple[object, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


@figure("standing_quarter", "ms")
def standing_quarter() -> tuple[float, float]:
    """485 standings of one quarter; the floor is the latest accepted version of each."""
    from tasks.standing.queries import standing

    plan = filled_plan()
    quarter = plan.last_quarter

    def ours() -> None:
        assert len(standing([plan.pk], quarter, known_at=KNOWN_AT)) == 485

    return side_by_side(ours, lambda: _fetch(_ONE_QUARTER, quarter.ordinal))


@figure("rollup_quarter", "ms")
def rollup_quarter() -> tuple[float, float]:
    """All figures of a plan in one quarter; the floor is the latest accepted version of each return."""
    from reports.figures.queries import plan_figures

    plan = filled_plan()
    quarter = plan.last_quarter

    def ours() -> None:
        assert plan_figures(plan, quarter, known_at=KNOWN_AT).lights.total == 32

    return side_by_side(ours, lambda: _fetch(_ONE_QUARTER, quarter.ordinal))


@figure("rollup_rates_38_quarters", "ms")
def rollup_rates() -> tuple[float, float]:
    """Reporting rates of all quarters; the floor counts the returns by quarter and duty."""
    from reports.figures.history import rate_history

    plan = filled_plan()

    def ours() -> None:
        assert len(rate_history(plan, plan.first_quarter, plan.last_quarter, KNOWN_AT)) == 38

    return side_by_side(ours, lambda: _fetch(_ALL_QUARTERS), rounds=10)


@figure("rollup_lights_38_quarters", "ms")
def rollup_lights() -> tuple[float, float]:
    """Lights of all tasks in all quarters; the floor is the latest accepted lead version of each."""
    from reports.figures.history import light_history

    plan = filled_plan()

    def ours() -> None:
        assert len(light_history(plan, plan.first_quarter, plan.last_quarter, KNOWN_AT)) == 39

    return side_by_side(ours, lambda: _fetch(_LEADS), rounds=10)


@figure("rollup_figures_38_quarters", "ms")
def rollup_figures() -> tuple[float, float]:
    """Every indicator by its own rules, with 17,000 parts behind them; the floor is one statement that adds them up."""
    from reports.figures.indicator_aggregation import measured
    from tasks.standing.statements import Statement, parameters

    plan = measured_plan()
    sums = Statement(_SUMS, "t.plan_id = %(plan_id)s")
    values = parameters(plan.first_quarter, plan.last_quarter, KNOWN_AT, plan_id=plan.pk)

    def ours() -> None:
        found = measured(plan, plan.last_quarter, known_at=KNOWN_AT)
        assert any(len(one.series) == 38 for one in found.values())

    def floor() -> None:
        assert sums.rows(values, [plan.pk])[1]

    return side_by_side(ours, floor, rounds=10)
