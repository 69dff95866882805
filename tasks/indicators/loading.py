"""A plan with its indicators and targets, from its folder to the database, all or nothing."""

from decimal import Decimal
from pathlib import Path

from django.db import transaction

from tasks.errors import Problems
from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorTask, Target
from tasks.indicators.values import ACROSS, Comparison, Frequency
from tasks.plans import loading as plan_load
from tasks.plans.corrections import IndicatorEntry, TargetEntry
from tasks.plans.loading import Loaded, sync
from tasks.plans.models import Passage, Plan
from tasks.plans.names import clean
from tasks.plans.plan_folder import Source, check
from tasks.plans.structure import Quote
from tasks.plans.structure import Target as FoundTarget
from tasks.slugs import INDICATOR_SLUG, repeated
from tasks.values import Origin

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


def load(folder: Path, slug: str | None = None) -> Plan:
    """Writes the plan in `folder`; again, and nothing changes. Without `slug` the folder's name is the plan's slug.

    Raises Problems where the folder's files do not fit together or a slug cannot be one, and Conflict where the plan's
    slug holds another text.
    """
    source = check(folder, slug)
    with transaction.atomic():
        loaded = plan_load.load(source)
        _figures(loaded)
    return loaded.plan


def _figures(loaded: Loaded) -> None:
    plan, source = loaded.plan, loaded.source
    found, entries = _promises(source), source.corrections.indicators
    named = [(f"corrections.json indicators {entry.name}", entry.slug) for entry in entries]
    refused = INDICATOR_SLUG.refusals(named, Indicator.objects.filter(plan=plan))
    if problems := [*refused, *repeated(named)]:
        raise Problems(problems)
    places = {entry.slug: _place(source, entry, found) for entry in entries}
    quotes = {(promise.quote.start, promise.quote.end) for promise, _why in found}
    passages = loaded.passages | {
        (row.start, row.end): row
        for row in sync(
            Passage,
            [Passage(plan=plan, start=start, end=end) for start, end in sorted({*places.values(), *quotes})],
            ("start", "end"),
            plan=plan,
        ).values()
    }
    units = {promise.quote.name: promise.unit for promise, _why in found}
    rows = [
        Indicator(
            plan=plan,
            slug=entry.slug,
            name=entry.name,
            kind=entry.kind,
            direction=entry.direction,
            flow=entry.flow,
            across=entry.across or ACROSS[entry.kind][0],
            over_time=entry.over_time,
            unit=entry.unit or units[entry.targets[0]],
            numerator_name=entry.numerator_name,
            denominator_name=entry.denominator_name,
            parts_unit=entry.parts_unit,
            denominator_unit=entry.denominator_unit,
            decimals=entry.decimals,
            may_be_negative=entry.may_be_negative,
            order=order,
            passage=passages[places[entry.slug]],
        )
        for order, entry in enumerate(entries, 1)
    ]
    indicators = sync(Indicator, rows, ("slug",), plan=plan)
    definitions = [
        IndicatorDefinition(
            indicator=indicators[(entry.slug,)],
            definition=entry.definition,
            source=entry.source,
            frequency=entry.frequency,
            lag_months=entry.lag_months,
            valid=loaded.valid,
            known=loaded.known,
            origin=Origin.OUTSIDE,
            origin_note=entry.reason,
        )
        for entry in entries
        if entry.definition or entry.source or entry.lag_months or entry.frequency != Frequency.QUARTERLY
    ]
    sync(IndicatorDefinition, definitions, ("indicator_id",), indicator__plan=plan)
    asked = [
        IndicatorTask(
            indicator=indicators[(entry.slug,)],
            task=loaded.tasks[ref],
            duty=entry.duty,
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
            indicator=measured.get(promise.quote.name),
            task=loaded.tasks.get(promise.task),
            year=promise.year,
            order=order,
            text=promise.quote.name,
            comparison=_comparison(promise),
            value=None if promise.value is None else Decimal(str(promise.value)),
            unit=promise.unit,
            valid=loaded.valid,
            known=loaded.known,
            passage=passages[(promise.quote.start, promise.quote.end)],
            origin_note=why,
        )
        for order, (promise, why) in enumerate(found, 1)
    ]
    sync(Target, targets, ("order",), plan=plan)


def _promises(source: Source) -> list[tuple[FoundTarget, str]]:
    """What the reader found, and then what a person added with the reason: the numbers of the former stay."""
    found = [(target, "") for target in source.structure.targets]
    return found + [(_added(source, entry), entry.reason) for entry in source.corrections.add_targets]


def _added(source: Source, entry: TargetEntry) -> FoundTarget:
    start, end = source.find(entry.quote, entry.task)
    return FoundTarget(
        year=None,
        quote=Quote(start, end, clean(entry.quote)),
        value=entry.value,
        unit=entry.unit,
        comparison=entry.comparison,
        threshold="",
        task=entry.task,
    )


def _place(source: Source, entry: IndicatorEntry, found: list[tuple[FoundTarget, str]]) -> tuple[int, int]:
    """An indicator is named in the words of its own target."""
    target = next(target for target, _why in found if target.quote.name in entry.targets)
    return source.find(entry.name, between=(target.quote.start, target.quote.end))


def _comparison(target: FoundTarget) -> str:
    return "" if target.value is None else _COMPARISONS.get(target.comparison, Comparison.REACH)
