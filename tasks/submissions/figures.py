"""What each return is asked for, with what was filed before, and the figures of a version as rows."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone

from qhplan import clock
from tasks.indicators.formatting import ShownFigure, shown, shown_typed
from tasks.indicators.models import Indicator
from tasks.indicators.queries import Asking, Holder, asking
from tasks.indicators.reading import Read
from tasks.indicators.requested_figures import RequestedFigure, as_filed, earlier_quarters, is_asked_of
from tasks.indicators.values import Combined, FigureValue, Given, combine
from tasks.plans.models import Plan, Responsibility
from tasks.submissions.models import Decision, Figure, Version
from tasks.values import Duty, Period

Histories = dict[tuple[int, int], dict[int, dict[Period, FigureValue]]]


def value_of(row: Figure) -> FigureValue:
    """A stored figure as a value."""
    return FigureValue(
        value=row.value,
        numerator=row.numerator,
        denominator=row.denominator,
        reason=row.reason,
        text=row.text,
        preliminary=row.preliminary,
        version=row.stage,
    )


def rows_of(version: Version, read: Iterable[Read]) -> list[Figure]:
    """What was read, as the rows of a version that is being submitted."""
    day = timezone.localdate(version.submitted_at, timezone.get_default_timezone())
    return [_row(version, one.requested, as_filed(one.figure, one.requested.quarter, day)) for one in read]


def _row(version: Version, requested: RequestedFigure, figure: FigureValue) -> Figure:
    return Figure(
        version=version,
        indicator=requested.indicator,
        quarter=requested.quarter,
        value=figure.value,
        numerator=figure.numerator,
        denominator=figure.denominator,
        text=figure.text,
        preliminary=figure.preliminary,
        stage=figure.version,
        reason=figure.reason,
    )


def typed_figures(
    typed: Mapping[str, Mapping[str, Any]], asked: Iterable[RequestedFigure]
) -> list[ShownFigure]:
    """The figures of a draft as typed, in words."""
    return [shown_typed(one, typed[one.key]) for one in asked if typed.get(one.key)]


def version_figures(version: Version) -> list[ShownFigure]:
    """The figures of a submitted version, in words, in the indicators' order."""
    return figures_of([version])[version.pk]


def figures_of(versions: Sequence[Version]) -> dict[int, list[ShownFigure]]:
    """{version id: its figures, in words, in the indicators' order}. One query."""
    found: dict[int, list[ShownFigure]] = {version.pk: [] for version in versions}
    quarters = {version.pk: version.quarter for version in versions}
    rows = Figure.objects.filter(version__in=quarters).select_related("indicator")
    for row in rows.order_by("indicator__order", "-quarter"):
        own = row.quarter == quarters[row.version_id]
        key = row.indicator.slug if own else f"{row.indicator.slug}@{row.quarter}"
        found[row.version_id].append(
            shown(row.indicator, value_of(row), key, "" if own else row.quarter.label)
        )
    return found


def figures_before(quarter: Period, *, task_ids: Collection[int], agency_ids: Collection[int]) -> Histories:
    """{(task id, agency id): {indicator id: {earlier quarter: what was last submitted for it}}}. One query."""
    rows = (
        Figure.objects.filter(
            version__task__in=task_ids,
            version__agency__in=agency_ids,
            quarter__lt=quarter,
            version__quarter__lt=quarter,  # what a return said before is no history of its own
            version__is_trial=False,
        )
        .order_by(
            "version__task_id",
            "version__agency_id",
            "indicator_id",
            "quarter",
            "-version__submitted_at",
            "-version_id",
        )
        .distinct("version__task_id", "version__agency_id", "indicator_id", "quarter")
        .select_related("version")
        .defer("version__done", "version__problems", "version__next_steps", "version__coordination")
    )
    found: Histories = {}
    for row in rows:
        mine = found.setdefault((row.version.task_id, row.version.agency_id), {})
        mine.setdefault(row.indicator_id, {})[row.quarter] = value_of(row)
    return found


@dataclass(frozen=True)
class AskedReturns:
    """What the returns of one quarter ask for: {(task id, agency id): figures, in order}."""

    rows: dict[tuple[int, int], tuple[RequestedFigure, ...]] = field(default_factory=dict)

    def of(self, task_id: int, agency_id: int) -> tuple[RequestedFigure, ...]:
        return self.rows.get((task_id, agency_id), ())


def asked_for(
    holders: Iterable[Holder], quarter: Period, *, known_at: datetime | None = None
) -> AskedReturns:
    """What these returns of the quarter ask for. A fixed number of queries."""
    moment = known_at or clock.now()
    wanted = set(holders)
    task_ids = {task_id for task_id, _a, _d in wanted}
    agency_ids = {agency_id for _t, agency_id, _d in wanted}
    asks = asking(task_ids, quarter, known_at=moment)
    some = [holder for holder in wanted if asks.of(holder) or asks.gathered(holder)]
    if not some:
        return AskedReturns()
    histories = figures_before(quarter, task_ids=task_ids, agency_ids=agency_ids)
    firsts = {
        plan.pk: plan.first_quarter
        for plan in Plan.objects.filter(tasks__in=task_ids).distinct().defer("text", "head")
    }
    gathering = [holder for holder in some if asks.gathered(holder)]
    gathered = _gathered(gathering, asks, quarter, moment) if gathering else {}
    rows = {}
    for holder in some:
        task_id, agency_id, _duty = holder
        mine = histories.get((task_id, agency_id), {})
        found: list[RequestedFigure] = []
        for indicator in asks.of(holder):
            found += _asked(indicator, asks, quarter, firsts[indicator.plan_id], mine.get(indicator.pk, {}))
        found += [
            RequestedFigure(
                indicator,
                quarter,
                quarter,
                asks.definitions.get(indicator.pk),
                mine.get(indicator.pk, {}),
                computed=gathered[task_id, indicator.pk],
            )
            for indicator in asks.gathered(holder)
        ]
        rows[task_id, agency_id] = tuple(found)
    return AskedReturns(rows)


def _asked(
    indicator: Indicator,
    asks: Asking,
    quarter: Period,
    first: Period,
    filed: dict[Period, FigureValue],
) -> list[RequestedFigure]:
    definition = asks.definitions.get(indicator.pk)
    found = (
        [RequestedFigure(indicator, quarter, quarter, definition, filed)]
        if is_asked_of(quarter, definition)
        else []
    )
    for earlier in earlier_quarters(quarter, first, definition, filed):
        before = {each: figure for each, figure in filed.items() if each < earlier}
        found.append(RequestedFigure(indicator, earlier, quarter, definition, before, was=filed.get(earlier)))
    return found


def _gathered(
    holders: Sequence[Holder], asks: Asking, quarter: Period, moment: datetime
) -> dict[tuple[int, int], Combined]:
    """{(task id, indicator id): what the co-returns of the quarter give by now}, adopted or not, without those that
    were sent back: the same that a lead's version will name as its basis. Who filed nothing is missing."""
    tasks = {task_id for task_id, _a, _d in holders}
    co = list(
        Responsibility.objects.owed(quarter, moment)
        .filter(task__in=tasks, duty=Duty.CO)
        .order_by("order", "pk")
        .values_list("task_id", "agency_id")
    )
    versions = {
        (version.task_id, version.agency_id): version
        for version in Version.objects.filter(quarter=quarter, task__in=tasks, duty=Duty.CO)
        .current()
        .exclude(decision=Decision.RETURNED)
    }
    filed = {
        (row.version_id, row.indicator_id): value_of(row)
        for row in Figure.objects.filter(version__in=list(versions.values()), quarter=quarter)
    }
    found = {}
    for holder in holders:
        for indicator in asks.gathered(holder):
            parts = []
            for task_id, agency_id in co:
                if task_id != holder[0]:
                    continue
                version = versions.get((task_id, agency_id))
                parts.append(
                    Given(
                        agency_id,
                        filed.get((version.pk, indicator.pk)) if version else None,
                        version.submitted_at if version else moment,
                        verified=version is not None and version.decision == Decision.ACCEPTED,
                    )
                )
            found[holder[0], indicator.pk] = combine(indicator.across, parts)
    return found
