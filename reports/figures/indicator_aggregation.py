"""The figures of a plan's indicators at a quarter's end, each by its own rules, with every part behind them.

One set-based query fetches the parts: one row for each submission that gives an indicator, and quarter. The rules are
tasks.indicators.values.combine and combine_over_time, and nowhere else. The query could add up as well, but took no less
time, and the rules would exist twice; see docs/decisions/figures.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorOwner, IndicatorTask
from tasks.indicators.requested_figures import is_asked_of, is_published
from tasks.indicators.values import (
    BLANK,
    Across,
    Combined,
    FigureValue,
    Flow,
    Given,
    OverTime,
    combine,
    combine_over_time,
    quarter_alone,
)
from tasks.plans.models import Plan
from tasks.standing.statements import Statement, parameters
from tasks.submissions.models import Figure
from tasks.values import Duty, Period

# One row for each submission that gives an indicator in a quarter, and for each figure in its version in force. Where the
# office named an agency for an indicator, that agency alone gives it, even without a duty to submit it with. A lead whose
# co agencies give the figure has a row too, because it may state the figure itself.
_PARTS_SQL = """
WITH stands AS MATERIALIZED ({standing}), owned AS MATERIALIZED (
    SELECT o.indicator_id, q.quarter, o.task_id, o.agency_id
    FROM generate_series(%(first)s::int, %(last)s::int) AS q(quarter)
    JOIN tasks_indicatorowner o ON o.valid @> q.quarter AND o.known @> %(known_at)s::timestamptz
), asked AS MATERIALIZED (
    SELECT l.indicator_id, s.quarter, s.task_id, s.agency_id, s.duty, l.duty = s.duty AS owed, s.version_id,
           s.submission_id, s.number, s.verified, s.submitted_at
    FROM stands s
    JOIN tasks_indicatortask l ON l.task_id = s.task_id AND (l.duty = s.duty OR s.duty = 'lead')
    WHERE s.state NOT IN ('closed', 'withdrawn')
      AND NOT EXISTS (SELECT FROM owned o WHERE o.indicator_id = l.indicator_id AND o.quarter = s.quarter)
    UNION ALL
    SELECT o.indicator_id, o.quarter, o.task_id, o.agency_id, 'owner', true, s.version_id,
           s.submission_id, s.number, COALESCE(s.verified, false), s.submitted_at
    FROM owned o
    LEFT JOIN stands s ON s.quarter = o.quarter AND s.task_id = o.task_id AND s.agency_id = o.agency_id
    WHERE s.state IS NULL OR s.state NOT IN ('closed', 'withdrawn')
)
SELECT a.indicator_id, a.quarter, a.task_id, a.agency_id, a.duty, a.owed, a.submission_id, a.number, a.verified,
       a.submitted_at, f.quarter, f.value, f.numerator, f.denominator, f.text, f.preliminary, f.stage, f.reason
FROM asked a
LEFT JOIN tasks_figure f ON f.version_id = a.version_id AND f.indicator_id = a.indicator_id
WHERE a.owed OR f.id IS NOT NULL
ORDER BY a.quarter, a.task_id, a.agency_id
"""
# PostgreSQL evaluates the array once and uses an index on it; the pairs alone it would look up for every version.
_ASKED = """
{x}.task_id = ANY(ARRAY(SELECT task_id FROM tasks_indicatortask UNION SELECT task_id FROM tasks_indicatorowner))
AND ({x}.duty = 'lead' OR ({x}.task_id, {x}.duty) IN (SELECT task_id, duty FROM tasks_indicatortask)
     OR ({x}.task_id, {x}.agency_id) IN (SELECT task_id, agency_id FROM tasks_indicatorowner))
"""
_PARTS = Statement(_PARTS_SQL, "t.plan_id = %(plan_id)s", _ASKED)


@dataclass(frozen=True)
class Source:
    """数据来源: one submission that gave a figure of a quarter, or should have."""

    quarter: Period  # of the figure
    task_id: int
    agency_id: int
    state: (
        str  # given, replaced (by another submission's figure of that quarter), missing, pending (尚未发布)
    )
    figure: FigureValue = BLANK
    verified: bool = False
    stated: bool = False  # by the lead itself, about figures of its co agencies
    submission_id: int | None = None
    number: int | None = None
    told_in: Period | None = None  # the quarter of the submission


@dataclass(frozen=True)
class Measured:
    """An indicator at a quarter's end: its figure, the quarter of the figure, and all parts of the quarters behind it."""

    indicator: Indicator
    definition: IndicatorDefinition | None
    figure: Combined
    quarter: Period | None  # of the figure; None while there is none
    series: Mapping[Period, Combined]  # each quarter's own
    sources: tuple[Source, ...]
    published_late: bool = False  # the figure of the quarter itself is not published yet
    behind: Mapping[Period, Sequence[Source]] = field(default_factory=dict)  # of every period, also others
    alone: Decimal | None = None  # 推算: the quarter's own quantity, of figures that cover the year so far

    @property
    def value(self) -> Decimal | None:
        """The figure as one number in the indicator's unit; of a ratio the quotient of its parts."""
        return value_of(self.indicator, self.figure)


def value_of(indicator: Indicator, figure: Combined | FigureValue) -> Decimal | None:
    """A figure as one number in the indicator's unit; None for a blank one, and for a ratio over nothing."""
    if not indicator.is_ratio:
        return figure.value
    quotient = figure.quotient
    return None if quotient is None else (quotient * indicator.scale).quantize(Decimal("0.0001"))


def measured(plan: Plan, quarter: Period, *, known_at: datetime) -> dict[int, Measured]:
    """{indicator id: its figure at the quarter's end, as known at the moment}. Four queries."""
    return Measures(plan, quarter, known_at=known_at).at(quarter)


class Measures:
    """The parts of all indicators of a plan up to a quarter, as known at a moment, loaded once by four queries. They can
    be combined as of that quarter or of any before it.

    `recent` is for who reads the figures at one quarter and no series: then the parts of this year and the last are loaded
    first, and all only where those do not settle a figure (`_is_settled`). What comes out is the same.
    """

    def __init__(self, plan: Plan, quarter: Period, *, known_at: datetime, recent: bool = False) -> None:
        self.plan, self.quarter, self.known_at = plan, quarter, known_at
        begin = min(plan.first_quarter, quarter)
        self._since = max(begin, Period.closing(quarter.year - 2, quarter.kind) + 1) if recent else begin
        self._is_whole = self._since == begin
        own = {"indicator": OuterRef("pk")}
        before = Exists(Figure.objects.filter(quarter__lt=self._since, **own))
        asked = Exists(IndicatorTask.objects.filter(**own)) | Exists(IndicatorOwner.objects.filter(**own))
        found = Indicator.objects.filter(plan=plan).annotate(given_before=before, asked=asked)
        self.indicators = {indicator.pk: indicator for indicator in found}
        # Those that may have a figure of a quarter before the first that is loaded, and those of which nobody is asked.
        self._earlier = {indicator.pk for indicator in found if indicator.given_before}
        self._idle = {indicator.pk for indicator in found if not indicator.asked}
        self._definitions: dict[int, list[IndicatorDefinition]] = defaultdict(list)
        for definition in IndicatorDefinition.objects.filter(indicator__plan=plan, known__contains=known_at):
            self._definitions[definition.indicator_id].append(definition)
        self._day = timezone.localdate(known_at, timezone.get_default_timezone())
        self._found: dict[Period, dict[int, Measured]] = {}
        self._load()

    def _load(self) -> None:
        self._given: dict[int, list[_Row]] = defaultdict(list)
        for row in _rows(self.plan, self._since, self.quarter, self.known_at):
            self._given[row.indicator_id].append(row)

    def whole(self) -> "Measures":
        """The same with the parts of all quarters: for the series of a figure."""
        if not self._is_whole:
            self._since, self._is_whole = min(self.plan.first_quarter, self.quarter), True
            self._found.clear()
            self._load()
        return self

    def at(self, quarter: Period) -> dict[int, Measured]:
        """{indicator id: its figure at the end of the quarter}."""
        if quarter not in self._found:
            self._found[quarter] = {pk: self.of(pk, quarter) for pk in self.indicators}
        return self._found[quarter]

    def of(self, indicator_id: int, quarter: Period) -> Measured:
        """One indicator at the end of the quarter."""
        found = self._measured(indicator_id, quarter)
        if self._is_whole or self._is_settled(found, quarter):
            return found
        return self.whole()._measured(indicator_id, quarter)

    def was_given_by(self, indicator_id: int, quarter: Period) -> bool:
        """Whether there may be a figure of that quarter or an earlier one; where not, nothing is loaded to say so."""
        return self._is_whole or quarter.ordinal >= self._since.ordinal or indicator_id in self._earlier

    def _measured(self, indicator_id: int, quarter: Period) -> Measured:
        return _measure(
            self.indicators[indicator_id],
            self._definitions[indicator_id],
            self._given[indicator_id],
            quarter,
            self._day,
        )

    def _is_settled(self, found: Measured, quarter: Period) -> bool:
        """Whether no quarter before those that are loaded can change the figure. They begin with a year, and whoever
        gives a figure gives it in its quarter or later, so that each of them is complete."""
        indicator, earlier = found.indicator, found.indicator.pk in self._earlier
        if found.quarter is None:
            is_known = bool(found.series) or indicator.pk in self._idle
            return is_known and quarter.ordinal >= self._since.ordinal and not earlier
        if found.quarter.ordinal < self._since.ordinal:
            return False
        if indicator.over_time == OverTime.LATEST:  # a verified one goes before all others
            return indicator.flow == Flow.YEAR or found.figure.verified or not earlier
        return bool(indicator.over_time == OverTime.YEAR)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the query: what a submission's version in force gives for an indicator, or that it gives nothing."""

    indicator_id: int
    quarter: Period  # of the submission
    task_id: int
    agency_id: int
    duty: str
    owed: bool
    submission_id: int | None
    number: int | None
    verified: bool
    submitted_at: datetime | None
    of: Period | None  # the figure's; None without a figure
    figure: FigureValue

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Of several figures for one quarter the greatest counts: verified before not, final before preliminary, the last."""
        return self.verified, not self.figure.preliminary, self.quarter.ordinal


def _rows(plan: Plan, first: Period, quarter: Period, known_at: datetime) -> Iterable[_Row]:
    """The rows from the first quarter up to the other, and beyond it as far as later submissions give figures of earlier quarters."""
    later = Figure.objects.filter(
        indicator__plan=plan, quarter__lte=quarter, version__quarter__gt=quarter
    ).aggregate(last=Max("version__quarter"))["last"]
    _names, rows = _PARTS.rows(parameters(first, later or quarter, known_at, plan_id=plan.pk), [plan.pk])
    for row in rows:
        yield _row(*row)


def _row(
    indicator_id: int, told_in: int, task_id: int, agency_id: int, duty: str, owed: bool, *rest: Any
) -> _Row:
    (
        submission_id,
        number,
        verified,
        submitted_at,
        of,
        value,
        numerator,
        denominator,
        text,
        preliminary,
        stage,
        reason,
    ) = rest
    told, period = _quarter(told_in), None if of is None else _quarter(of)
    if period is not None and period.kind is not told.kind:
        # A figure of a part of the period, which reads its latest return.
        period = Period.of(period.last_day, told.kind)
    figure = (
        BLANK if of is None else FigureValue(value, numerator, denominator, reason, text, preliminary, stage)
    )
    return _Row(
        indicator_id,
        told,
        task_id,
        agency_id,
        duty,
        owed,
        submission_id,
        number,
        verified,
        submitted_at,
        period,
        figure,
    )


_quarter = lru_cache(maxsize=200)(Period.from_ordinal)  # thousands of rows name the same few quarters


@dataclass(frozen=True)
class _Parts:
    """The rows of one indicator up to a quarter, by what they are. Quarters are those of the figures.

    `owed` is {quarter: the (task id, agency id) that give the figure}, in the rows' order; `given` {(quarter, task id,
    agency id): rows with a figure}; `stated` {quarter: {task id: rows in which a lead states the figure itself}}.
    """

    owed: dict[Period, dict[tuple[int, int], None]]
    given: dict[tuple[Period, int, int], list[_Row]]
    stated: dict[Period, dict[int, list[_Row]]]


def _parts(indicator: Indicator, rows: Iterable[_Row], quarter: Period) -> _Parts:
    parts = _Parts(defaultdict(dict), defaultdict(list), defaultdict(dict))
    by_lead = indicator.across == Across.LEAD
    for row in rows:
        if row.owed and row.quarter.ordinal <= quarter.ordinal and not (by_lead and row.duty == Duty.CO):
            parts.owed[row.quarter][row.task_id, row.agency_id] = None
        if row.of is None or row.of.ordinal > quarter.ordinal:
            continue
        if not row.owed or (by_lead and row.duty == Duty.LEAD):
            parts.stated[row.of].setdefault(row.task_id, []).append(row)
        else:
            parts.given[row.of, row.task_id, row.agency_id].append(row)
            parts.owed[row.of][row.task_id, row.agency_id] = None
    return parts


def _combined(
    indicator: Indicator, parts: _Parts, quarter: Period, *, due: bool
) -> tuple[Combined, list[Source]]:
    """One quarter's own figure, and the submissions behind it. `due`: it should be published by now."""
    sources: list[Source] = []
    tasks: dict[int, list[Given]] = defaultdict(list)
    for task_id, agency_id in parts.owed[quarter]:
        candidates = _best_first(parts.given[quarter, task_id, agency_id])
        sources += _sources(quarter, task_id, agency_id, candidates, due=due)
        tasks[task_id].append(_part(agency_id, candidates, due=due))
    stated: dict[int, Given] = {}
    for task_id, rows in parts.stated[quarter].items():
        candidates = _best_first(rows)
        agency_id = candidates[0].agency_id
        found = _sources(quarter, task_id, agency_id, candidates, due=due)
        sources += [replace(source, stated=True) for source in found]
        stated[task_id] = _part(agency_id, candidates, due=due)
        tasks.setdefault(task_id, [])
    return _over_tasks(indicator.across, tasks, stated), sources


def _best_first(rows: Iterable[_Row]) -> list[_Row]:
    return sorted(rows, key=lambda row: row.weight, reverse=True)


def _measure(
    indicator: Indicator,
    definitions: list[IndicatorDefinition],
    rows: list[_Row],
    quarter: Period,
    day: date,
) -> Measured:
    """The indicator at the end of the quarter. `day` is the one on which the figure is known."""
    parts = _parts(indicator, rows, quarter)
    series: dict[Period, Combined] = {}
    sources: dict[Period, list[Source]] = {}
    for each in sorted({*parts.owed, *parts.stated}):
        definition = _in_force(definitions, each)
        if is_asked_of(each, definition):
            due = is_published(each, definition, day)
            series[each], sources[each] = _combined(indicator, parts, each, due=due)
    figure, of_quarter = combine_over_time(indicator.over_time, series, flow=indicator.flow)
    behind = {of_quarter, quarter, *periods_in(figure)}
    revised = {each for each, given in sources.items() if any(one.state == "replaced" for one in given)}
    definition = _in_force(definitions, quarter)
    return Measured(
        indicator=indicator,
        definition=definition,
        figure=figure,
        quarter=of_quarter,
        series=series,
        sources=tuple(source for each in sorted(sources) if each in behind for source in sources[each]),
        published_late=not is_published(quarter, definition, day),
        behind=sources,
        alone=quarter_alone(indicator.kind, indicator.flow, of_quarter, series, revised)
        if of_quarter
        else None,
    )


def periods_in(figure: Combined) -> set[Period]:
    """The periods that the figure consists of: its parts are (period, who) after combine_over_time."""
    parts = (*figure.members, *figure.missing, *figure.pending)
    return {who[0] for who in parts if isinstance(who, tuple)}


def _over_tasks(rule: str, tasks: Mapping[int, list[Given]], stated: Mapping[int, Given]) -> Combined:
    """Combine the agencies of each task, then the tasks. Of what several leads state, the latest counts."""
    found = {task_id: combine(rule, parts, stated=stated.get(task_id)) for task_id, parts in tasks.items()}
    if len(found) == 1:
        return next(iter(found.values()))
    parts = [
        one.as_part(task_id, stated[task_id].at if task_id in stated else _latest(tasks[task_id]))
        for task_id, one in found.items()
    ]
    put = combine(Across.LATEST if rule == Across.LEAD else rule, parts)

    def every(name: str) -> tuple[Any, ...]:
        return tuple(who for one in found.values() for who in getattr(one, name))

    return replace(
        put,
        members=every("members"),
        missing=every("missing"),
        pending=every("pending"),
        verified=all(one.verified for one in found.values()),
    )


def _latest(parts: Iterable[Given]) -> tuple[Any, ...]:
    return max((part.at for part in parts if not part.is_blank), default=())


def _part(agency_id: int, candidates: list[_Row], *, due: bool) -> Given:
    if not candidates:
        return Given(agency_id, None, due=due)
    best = candidates[0]
    return Given(agency_id, best.figure, (best.quarter, best.submitted_at), best.verified, due)


def _sources(
    quarter: Period, task_id: int, agency_id: int, candidates: list[_Row], *, due: bool
) -> list[Source]:
    if not candidates:
        return [Source(quarter, task_id, agency_id, "missing" if due else "pending")]
    return [
        Source(
            quarter,
            row.task_id,
            row.agency_id,
            "replaced" if place else "given",
            row.figure,
            row.verified,
            submission_id=row.submission_id,
            number=row.number,
            told_in=row.quarter,
        )
        for place, row in enumerate(candidates)
    ]


def _in_force(definitions: Iterable[IndicatorDefinition], quarter: Period) -> IndicatorDefinition | None:
    return next((one for one in definitions if quarter.within(one.valid)), None)
