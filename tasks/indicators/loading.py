"""Loads a plan with its indicators and targets from its folder into the database, all or nothing."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from django.db import transaction

from tasks.errors import Problems
from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorTask, Target
from tasks.indicators.target_manner import Meaning, fitting, meaning_in, misfit
from tasks.indicators.values import ACROSS, Comparison, Frequency, binding_in
from tasks.plans import loading as plan_load
from tasks.plans.corrections import IndicatorEntry, TargetEntry
from tasks.plans.loading import Loaded
from tasks.plans.models import Passage, Plan
from tasks.plans.names import clean
from tasks.plans.plan_folder import Source, check
from tasks.plans.row_sync import sync
from tasks.plans.structure import Quote
from tasks.plans.structure import Target as FoundTarget
from tasks.slugs import INDICATOR_SLUG, repeated
from tasks.values import Origin, Rhythm

_COMPARISONS = {
    "不低于": Comparison.AT_LEAST,
    "不少于": Comparison.AT_LEAST,
    "至少": Comparison.AT_LEAST,
    "超过": Comparison.AT_LEAST,
    "突破": Comparison.AT_LEAST,
    "以上": Comparison.AT_LEAST,
    "左右": Comparison.ABOUT,
    "约": Comparison.ABOUT,
    "不超过": Comparison.WITHIN,
    "不高于": Comparison.WITHIN,
    "控制在": Comparison.WITHIN,
    "以内": Comparison.WITHIN,
    "之内": Comparison.WITHIN,
    "以下": Comparison.WITHIN,
}


def load(folder: Path, slug: str | None = None) -> Plan:
    """Write the plan in `folder`; a second time changes nothing. Without `slug` the folder's name is the plan's slug.

    Raises Problems where the folder's files contradict each other or a slug is not valid, and Conflict where another text
    has the plan's slug.
    """
    return load_source(check(folder, slug))


def load_source(source: Source) -> Plan:
    """Write the plan of a checked source, all or nothing: the one way in which a plan gets onto the site. Raises Problems
    or Conflict, as `load` does."""
    with transaction.atomic():
        loaded = plan_load.load(source)
        _figures(loaded)
    return loaded.plan


def _figures(loaded: Loaded) -> None:
    """Write the indicators of a loaded plan with their definitions and tasks, and its targets."""
    plan, source = loaded.plan, loaded.source
    promises, entries = _promises(source), source.corrections.indicators
    named = [(f"corrections.json indicators {entry.name}", entry.slug) for entry in entries]
    refused = INDICATOR_SLUG.refusals(named, Indicator.objects.filter(plan=plan))
    if problems := [*refused, *repeated(named)]:
        raise Problems(problems)
    places = {entry.slug: _place(source, entry, promises) for entry in entries}
    passages = _passages(loaded, {*places.values(), *(_span(promise) for promise, _why in promises)})
    units = {promise.quote.name: promise.unit for promise, _why in promises}
    rows = [
        _indicator(plan, entry, order, passages[places[entry.slug]], units)
        for order, entry in enumerate(entries, 1)
    ]
    indicators = {
        indicator.slug: indicator for indicator in sync(Indicator, rows, ("slug",), plan=plan).values()
    }
    _definitions(loaded, entries, indicators)
    _indicator_tasks(loaded, entries, indicators)
    _targets(loaded, promises, entries, indicators, passages)


def _passages(loaded: Loaded, spans: set[tuple[int, int]]) -> dict[tuple[int, int], Passage]:
    """{(start, end): passage}: the plan's own passages and those of these spans, which are written."""
    plan = loaded.plan
    rows = [Passage(plan=plan, start=start, end=end) for start, end in sorted(spans)]
    written = sync(Passage, rows, ("start", "end"), plan=plan).values()
    return loaded.passages | {(row.start, row.end): row for row in written}


def _indicator(
    plan: Plan, entry: IndicatorEntry, order: int, passage: Passage, units: Mapping[str, str]
) -> Indicator:
    """`units` {text of a target: its unit}: an indicator without a unit has that of its first target."""
    return Indicator(
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
        passage=passage,
    )


def _definitions(
    loaded: Loaded, entries: Iterable[IndicatorEntry], indicators: Mapping[str, Indicator]
) -> None:
    """Only of the entries that say more than the defaults. `indicators` is {slug: indicator}."""
    rows = [
        IndicatorDefinition(
            indicator=indicators[entry.slug],
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
    sync(IndicatorDefinition, rows, ("indicator_id",), indicator__plan=loaded.plan)


def _indicator_tasks(
    loaded: Loaded, entries: Iterable[IndicatorEntry], indicators: Mapping[str, Indicator]
) -> None:
    """The tasks whose submissions give each indicator's figure."""
    rows = [
        IndicatorTask(
            indicator=indicators[entry.slug],
            task=loaded.tasks[ref],
            duty=entry.duty,
            origin=Origin.INFERRED,
            origin_note=entry.reason,
        )
        for entry in entries
        for ref in entry.tasks
    ]
    sync(IndicatorTask, rows, ("indicator_id", "task_id", "duty"), indicator__plan=loaded.plan)


def _targets(
    loaded: Loaded,
    promises: Iterable[tuple[FoundTarget, str]],
    entries: Iterable[IndicatorEntry],
    indicators: Mapping[str, Indicator],
    passages: Mapping[tuple[int, int], Passage],
) -> None:
    measured = {text: indicators[entry.slug] for entry in entries for text in entry.targets}
    rows = []
    for order, (promise, why) in enumerate(promises, 1):
        indicator = measured.get(promise.quote.name)
        meaning = meaning_of(promise, indicator, loaded.plan.kind)
        rows.append(
            Target(
                plan=loaded.plan,
                indicator=indicator,
                task=loaded.tasks.get(promise.task),
                year=promise.year,
                order=order,
                text=promise.quote.name,
                comparison=comparison_of(promise),
                value=None if promise.value is None else Decimal(str(promise.value)),
                unit=promise.unit,
                binding=binding_in(promise.quote.name),
                manner=meaning.manner,
                years=meaning.years,
                valid=loaded.valid,
                known=loaded.known,
                passage=passages[_span(promise)],
                origin_note=why,
            )
        )
    sync(Target, rows, ("order",), plan=loaded.plan)


def said_of(promise: FoundTarget) -> Meaning:
    """What a person said of the target, or else its words."""
    if promise.manner is not None:
        return Meaning(promise.manner, promise.years)
    return meaning_in(promise.quote.name, promise.unit, promise.year)


def meaning_of(promise: FoundTarget, indicator: Indicator | None, rhythm: Rhythm) -> Meaning:
    """What a person said of a target, or else its words; a level where its number or its indicator does not give that."""
    value = None if promise.value is None else Decimal(str(promise.value))
    meaning = fitting(said_of(promise), value, promise.year)
    refusal = indicator and misfit(
        meaning.manner,
        kind=indicator.kind,
        flow=indicator.flow,
        over_time=indicator.over_time,
        rhythm=rhythm,
    )
    return Meaning() if refusal else meaning


def _promises(source: Source) -> list[tuple[FoundTarget, str]]:
    """(target, reason): those that the reader found, without a reason, then those that a person added. The added ones come
    last, so that the numbers of the others stay."""
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


def _place(source: Source, entry: IndicatorEntry, promises: list[tuple[FoundTarget, str]]) -> tuple[int, int]:
    """(start, end) of the indicator's name within the text of its target."""
    target = next(target for target, _why in promises if target.quote.name in entry.targets)
    return source.find(entry.name, between=(target.quote.start, target.quote.end))


def _span(target: FoundTarget) -> tuple[int, int]:
    return target.quote.start, target.quote.end


def comparison_of(target: FoundTarget) -> str:
    """The Comparison that the printed word means; "" for a target without a number."""
    return "" if target.value is None else _COMPARISONS.get(target.comparison, Comparison.REACH)
