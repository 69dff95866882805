"""Exports a plan with its targets as plain data. Shape: docs/plan-schema.json."""

from decimal import Decimal
from typing import Any

from tasks.indicators.models import Target
from tasks.plans.export import plan_data
from tasks.plans.models import Plan


def export(plan: Plan) -> dict[str, Any]:
    """The plan as published, without adjustments."""
    return plan_data(plan) | {"targets": _targets(plan)}


def _targets(plan: Plan) -> list[dict[str, Any]]:
    """The first row of each target, in printed order; `year` is None for a target without a year."""
    first = Target.objects.filter(plan=plan).order_by("order", "known").distinct("order")
    rows = Target.objects.filter(pk__in=first.values("pk")).order_by("passage__start", "order")
    return [
        {
            "year": target.year,
            "text": target.text,
            "value": _number(target.value),
            "unit": target.unit,
            "comparison": target.comparison,
            "task": target.task.code if target.task else None,
        }
        for target in rows.select_related("task")
    ]


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
