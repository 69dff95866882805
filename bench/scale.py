"""Figures of scale: a province's returns in millions, against SQL written by hand for the same rows.

One million by default; `BENCH_RETURNS=10000000 make bench ONLY=scale` measures ten beside it (15 GB of disk).
"""

import os
from typing import TYPE_CHECKING, Any

from bench import figure, side_by_side
from bench.province import KNOWN_AT, MILLION, Province, turn_to

if TYPE_CHECKING:
    from tasks.values import Period

RETURNS = int(os.environ.get("BENCH_RETURNS", str(MILLION)))

# What of each quarter, duty and light was owed, reported and on time, over every plan.
_HISTORY = """
SELECT s.quarter, s.duty, s.light, count(*), count(*) FILTER (WHERE s.state <> 'missing'),
       count(*) FILTER (WHERE s.on_time)
FROM ({standing}) s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
# The same rows by somebody who knows that nothing here was closed, adjusted or decided after the moment asked for:
# what is missing is counted and not looked for.
_HISTORY_BY_HAND = """
WITH filed AS (
    SELECT DISTINCT ON (quarter, task_id, agency_id) quarter, task_id, duty,
           COALESCE(NULLIF(verified_light, ''), light) AS light,
           min(submitted_at) OVER (PARTITION BY quarter, task_id, agency_id) AS first
    FROM tasks_version
    ORDER BY quarter, task_id, agency_id, decision = 'accepted' DESC, submitted_at DESC
), shown AS (
    SELECT f.quarter, f.duty, f.light, count(*) AS n,
           count(*) FILTER (WHERE f.first <= CASE f.duty WHEN 'lead' THEN c.lead_due ELSE c.co_due END) AS on_time
    FROM filed f JOIN tasks_task t ON t.id = f.task_id
    JOIN tasks_cycle c ON c.plan_id = t.plan_id AND c.quarter = f.quarter
    GROUP BY 1, 2, 3
), owed AS (
    SELECT q.quarter, r.duty, count(*) AS n FROM tasks_responsibility r JOIN tasks_task t ON t.id = r.task_id
    CROSS JOIN generate_series(%(first)s, %(last)s) AS q(quarter)
    WHERE t.plan_id = ANY(%(plan_ids)s) GROUP BY 1, 2
)
SELECT quarter, duty, light, n, n, on_time FROM shown
UNION ALL
SELECT o.quarter, o.duty, 'grey', o.n - sum(s.n), 0, 0 FROM owed o JOIN shown s USING (quarter, duty)
GROUP BY o.quarter, o.duty, o.n
ORDER BY 1, 2, 3
"""


def _span(province: Province) -> tuple["Period", "Period"]:
    plan = province.plan
    return plan.first_quarter, plan.last_quarter


def _values(province: Province, first: "Period", last: "Period") -> dict[str, Any]:
    from tasks.standing.statements import parameters

    return parameters(first, last, KNOWN_AT, plan_ids=list(province.plan_ids))


def _all(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def _explain(title: str, sql: str, values: dict[str, Any]) -> None:
    """Keep how the database goes about it beside the figures."""
    from django.conf import settings

    out = settings.BASE_DIR / "build" / "bench-plans.txt"
    out.parent.mkdir(exist_ok=True)
    lines = [row[0] for row in _all(f"EXPLAIN (ANALYZE, BUFFERS) {sql}", values)]
    with out.open("a", encoding="utf-8") as file:
        file.write("\n".join([f"-- {title}, {RETURNS:,} returns", *lines, "", ""]))


@figure("scale_whole_history", "ms")
def whole_history() -> tuple[float, float]:
    """Every quarter of every plan, by duty and light; the floor is SQL by hand for the same rows."""
    from tasks.standing.statements import Statement

    province = turn_to(RETURNS)
    values = _values(province, *_span(province))
    ours = Statement(_HISTORY, "t.plan_id = ANY(%(plan_ids)s)").plain
    assert _all(ours, values) == _all(_HISTORY_BY_HAND, values)
    _explain("whole history", ours, values)
    _explain("whole history, by hand", _HISTORY_BY_HAND, values)
    return side_by_side(lambda: _all(ours, values), lambda: _all(_HISTORY_BY_HAND, values), rounds=3)


@figure("scale_stale_quarter", "ms")
def stale_quarter() -> tuple[float, float]:
    """One plan's quarter with the stale lights, looked up for missing returns alone; the floor is without them."""
    from tasks.standing.queries import standing
    from tasks.standing.statements import Statement

    province = turn_to(RETURNS)
    plan = province.plan
    quarter = plan.last_quarter - 1
    sql = Statement("SELECT s.* FROM ({standing}) s", "t.plan_id = ANY(%(plan_ids)s)").plain
    values = _values(province, quarter, quarter) | {"plan_ids": [plan.pk]}

    _explain("one quarter", sql, values)

    def ours() -> None:
        assert any(row.stale_quarter for row in standing([plan.pk], quarter, known_at=KNOWN_AT))

    return side_by_side(ours, lambda: _all(sql, values))


@figure("scale_quarter_beside_one_million", "ms")
def one_quarter() -> tuple[float, float]:
    """All figures of one plan in one quarter among all the returns; the floor is the same among one million."""
    from reports.figures.queries import plan_figures

    def measured(returns: int) -> float:
        plan = turn_to(returns).plan
        quarter = plan.last_quarter

        def ours() -> None:
            assert plan_figures(plan, quarter, known_at=KNOWN_AT).lights.total == 32

        return side_by_side(ours, lambda: None, rounds=20)[0]

    return measured(RETURNS), measured(MILLION)


@figure("scale_accepted_and_seen", "ms")
def accepted_and_seen() -> tuple[float, float]:
    """One report accepted, and the dashboard that shows it: nothing is computed in between; the floor is the
    dashboard alone."""
    from reports.figures.queries import plan_figures
    from tasks.models import DecisionRecord, User, Version

    plan = turn_to(RETURNS).plan
    quarter = plan.last_quarter
    decider = User.objects.first()
    waiting = iter(
        list(
            Version.objects.filter(
                task__plan=plan, task__part="main", quarter=quarter, duty="lead", decision=""
            ).values_list("pk", flat=True)
        )
    )

    def verified() -> int:
        lights = plan_figures(plan, quarter, known_at=KNOWN_AT).lights
        return lights.total - lights.unverified - lights.grey

    seen = [verified()]

    def ours() -> None:
        version = Version.objects.get(pk=next(waiting))
        DecisionRecord.objects.create(
            version=version,
            decision="accepted",
            decided_at=KNOWN_AT,
            decided_by=decider,
            verified_light=version.light,
        )
        seen.append(verified())
        assert seen[-1] == seen[-2] + 1

    return side_by_side(ours, verified, rounds=20)
