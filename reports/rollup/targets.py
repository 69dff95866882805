"""The plan's targets beside the figures that were filed for them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection

from reports.rollup.values import TargetFigures
from tasks.filing.standing import parameters, relation
from tasks.models import Plan
from tasks.values import Quarter

# `parts`: what the versions in force of one quarter give for an indicator. An indicator asked of several bodies
# is the sum of their parts, a ratio the sum of numerators over the sum of denominators. The quarter shown is the
# last one whose parts are all there and verified; while there is none, the last one with any part.
_TARGETS = """
WITH stands AS MATERIALIZED ({standing}), parts AS (
    SELECT i.indicator_id, s.quarter, count(*) AS owed, count(f.id) AS filed,
           sum(f.value) AS value, sum(f.numerator) AS numerator, sum(f.denominator) AS denominator,
           bool_and(f.id IS NOT NULL AND s.verified) AS verified
    FROM stands s
    JOIN tasks_indicatortask i ON i.task_id = s.task_id AND i.duty = s.duty
    LEFT JOIN tasks_figure f ON f.version_id = s.version_id AND f.indicator_id = i.indicator_id
    WHERE s.state NOT IN ('closed', 'withdrawn')
    GROUP BY i.indicator_id, s.quarter
    HAVING count(f.id) > 0
), latest AS MATERIALIZED (
    SELECT DISTINCT ON (indicator_id) * FROM parts ORDER BY indicator_id, verified DESC, quarter DESC
)
SELECT g."order", g.year, g.text, g.comparison, g.value, g.unit, COALESCE(n.name, ''), COALESCE(n.kind, ''),
       l.value, l.numerator, l.denominator, l.quarter, COALESCE(l.verified, false),
       COALESCE(l.filed, 0), COALESCE(l.owed, 0)
FROM tasks_target g
LEFT JOIN tasks_indicator n ON n.id = g.indicator_id
LEFT JOIN latest l ON l.indicator_id = g.indicator_id
WHERE g.plan_id = %(plan_id)s AND g.valid @> %(last)s::int AND g.known @> %(known_at)s::timestamptz
ORDER BY g."order"
"""
# The array is made once and read through an index; the pair alone would be looked up for every version.
_ASKED = (
    "{x}.task_id = ANY(ARRAY(SELECT task_id FROM tasks_indicatortask)) "
    "AND ({x}.task_id, {x}.duty) IN (SELECT task_id, duty FROM tasks_indicatortask)"
)


def target_figures(plan: Plan, quarter: Quarter, *, known_at: datetime) -> tuple[TargetFigures, ...]:
    """Each target in force in the quarter, with the latest figure for it up to that quarter. One query."""
    first = min(plan.first_quarter, quarter)
    with connection.cursor() as cursor:
        cursor.execute(
            _TARGETS.format(standing=relation("t.plan_id = %(plan_id)s", _ASKED)),
            parameters(first, quarter, known_at, plan_id=plan.pk),
        )
        return tuple(_target(*row) for row in cursor.fetchall())


def _target(
    order: int,
    year: int | None,
    text: str,
    comparison: str,
    value: Decimal | None,
    unit: str,
    indicator: str,
    kind: str,
    total: Decimal | None,
    numerator: Decimal | None,
    denominator: Decimal | None,
    at: Any,
    verified: bool,
    filed: int,
    owed: int,
) -> TargetFigures:
    actual = total
    if numerator is not None and denominator:
        actual = (numerator * 100 / denominator).quantize(Decimal("0.0001"))
    return TargetFigures(
        order=order,
        year=year,
        text=text,
        comparison=comparison,
        value=_plain(value),
        unit=unit,
        indicator=indicator,
        actual=_plain(actual),
        numerator=_plain(numerator),
        denominator=_plain(denominator),
        actual_quarter=None if at is None else Quarter.from_ordinal(at),
        verified=verified,
        parts=filed,
        parts_owed=owed,
    )


def _plain(number: Decimal | None) -> Decimal | None:
    """Without the zeros that the column adds: 12 and not 12.0000; never as 1E+1."""
    return None if number is None else Decimal(format(number.normalize(), "f"))
