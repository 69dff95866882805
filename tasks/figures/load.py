"""A plan with its indicators and targets, from its folder to the database, all or nothing."""

from decimal import Decimal
from pathlib import Path

from django.db import transaction

from tasks.figures.models import Comparison, Indicator, IndicatorTask, Target
from tasks.plan import load as plan_load
from tasks.plan.corrections import IndicatorEntry
from tasks.plan.load import Loaded, sync
from tasks.plan.models import Passage, Plan
from tasks.plan.source import Source, check
from tasks.plan.structure import Target as FoundTarget
from tasks.values import Duty, Origin

_COMPARISONS = {
    "不低于": Comparison.AT_LEAST,
    "不少于": Comparison.AT_LEAST,
    "超过": Comparison.AT_LEAST,
    "突破": Comparison.AT_LEAST,
    "以上": Comparison.AT_LEAST,
    "左右": Comparison.ABOUT,
    "约": Comparison.ABOUT,
    "不超过": Comparison.WITHIN,
    "控制在": Comparison.WITHIN,
    "以内": Comparison.WITHIN,
    "以下": Comparison.WITHIN,
}


def load(folder: Path) -> Plan:
    """Writes the plan in `folder`; again, and nothing changes.

    Raises Problems where the folder's files do not fit together, and Conflict where the slug holds another text.
    """
    source = check(folder)
    with transaction.atomic():
        loaded = plan_load.load(source)
        _figures(loaded)
    return loaded.plan


def _figures(loaded: Loaded) -> None:
    plan, source = loaded.plan, loaded.source
    found, entries = source.structure.targets, source.corrections.indicators
    places = {entry.slug: _place(source, entry) for entry in entries}
    passages = loaded.passages | {
        (row.start, row.end): row
        for row in sync(
            Passage,
            [Passage(plan=plan, start=start, end=end) for start, end in sorted(set(places.values()))],
            ("start", "end"),
            plan=plan,
        ).values()
    }
    units = {target.quote.name: target.unit for target in found}
    rows = [
        Indicator(
            plan=plan,
            slug=entry.slug,
            name=entry.name,
            kind=entry.kind,
            flow=entry.flow,
            unit=units[entry.targets[0]],
            numerator_name=entry.numerator_name,
            denominator_name=entry.denominator_name,
            parts_unit=entry.parts_unit,
            decimals=entry.decimals,
            order=order,
            passage=passages[places[entry.slug]],
        )
        for order, entry in enumerate(entries, 1)
    ]
    indicators = sync(Indicator, rows, ("slug",), plan=plan)
    asked = [
        IndicatorTask(
            indicator=indicators[(entry.slug,)],
            task=loaded.tasks[ref],
            duty=Duty.LEAD,
            origin=Origin.INFERRED,
            origin_note=entry.reason,
        )
        for entry in entries
        for ref in entry.tasks
    ]
    sync(IndicatorTask, asked, ("indicator_id", "task_id", "duty"), indicator__plan=plan)
    measured = {text: indicators[(entry.slug,)] for entry in entries for text in entry.targets}
    targets = [
        Target(
            plan=plan,
            indicator=measured.get(target.quote.name),
            task=loaded.tasks.get(target.task),
            year=target.year,
            order=order,
            text=target.quote.name,
            comparison=_comparison(target),
            value=None if target.value is None else Decimal(str(target.value)),
            unit=target.unit,
            valid=loaded.valid,
            known=loaded.known,
            passage=passages[(target.quote.start, target.quote.end)],
        )
        for order, target in enumerate(found, 1)
    ]
    sync(Target, targets, ("order",), plan=plan)


def _place(source: Source, entry: IndicatorEntry) -> tuple[int, int]:
    """An indicator is named in the words of its own target."""
    target = next(target for target in source.structure.targets if target.quote.name in entry.targets)
    return source.find(entry.name, between=(target.quote.start, target.quote.end))


def _comparison(target: FoundTarget) -> str:
    return "" if target.value is None else _COMPARISONS.get(target.comparison, Comparison.REACH)
