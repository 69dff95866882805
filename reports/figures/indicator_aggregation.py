"""What the indicators of a plan come to at a quarter's end, each by its own rules, with every part behind it.

One set-based query fetches the parts (one row for each return that is asked for an indicator, and quarter); the rules
themselves are tasks.indicators.values.combine and combine_over_time and stand nowhere else. (The query could add up as
well; it took no less time, and the rules would have stood twice. See docs/decisions/figures.md.)
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Max
from django.utils import timezone

from tasks.indicators.models import Indicator, IndicatorDefinition
from tasks.indicators.requested_figures import is_asked_of, is_published
from tasks.indicators.values import BLANK, Across, Combined, FigureValue, Given, combine, combine_over_time
from tasks.plans.models import Plan
from tasks.standing.queries import parameters, relation
from tasks.submissions.models import Figure
from tasks.values import Duty, Quarter

# One row for each return that is asked for an indicator in a quarter, and for each figure in its version in force. Where
# the office named a body for an indicator, that body alone is asked, even if it holds no duty to file it with. A lead
# whose co-returns are asked has a row too: it may state the figure itself.
_PARTS = """
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
       a.submitted_at, f.quarter, f.value, f.numerator, f.denominator, f.text, f.preliminary, f.reason
FROM asked a
LEFT JOIN tasks_figure f ON f.version_id = a.version_id AND f.indicator_id = a.indicator_id
WHERE a.owed OR f.id IS NOT NULL
ORDER BY a.quarter, a.task_id, a.agency_id
"""
# The array is made once and read through an index; the pairs alone would be looked up for every version.
_ASKED = """
{x}.task_id = ANY(ARRAY(SELECT task_id FROM tasks_indicatortask UNION SELECT task_id FROM tasks_indicatorowner))
AND ({x}.duty = 'lead' OR ({x}.task_id, {x}.duty) IN (SELECT task_id, duty FROM tasks_indicatortask)
     OR ({x}.task_id, {x}.agency_id) IN (SELECT task_id, agency_id FROM tasks_indicatorowner))
"""


@dataclass(frozen=True)
class Source:
    """这个数从哪里来: one return that gave a figure of a quarter, or should have."""

    quarter: Quarter  # that the figure speaks of
    task_id: int
    agency_id: int
    state: str  # given, replaced (by another return's figure of that quarter), missing, pending (尚未发布)
    figure: FigureValue = BLANK
    verified: bool = False
    stated: bool = False  # the lead's own word on what its co-returns give
    submission_id: int | None = None
    number: int | None = None
    told_in: Quarter | None = None  # the return's own quarter


@dataclass(frozen=True)
class Measured:
    """An indicator at a quarter's end: the figure, of which quarter it is, and all parts of the quarters behind it."""

    indicator: Indicator
    definition: IndicatorDefinition | None
    figure: Combined
    quarter: Quarter | None  # of the figure; None while there is none
    series: Mapping[Quarter, Combined]  # each quarter's own
    sources: tuple[Source, ...]
    published_late: bool = False  # the quarter that was asked for is not published yet

    @property
    def value(self) -> Decimal | None:
        """The figure as one number in the indicator's unit: a ratio's quotient, worked out from its parts."""
        return value_of(self.indicator, self.figure)


def value_of(indicator: Indicator, figure: Combined | FigureValue) -> Decimal | None:
    """A figure as one number in the indicator's unit; None for a blank one, and for a ratio over nothing."""
    if not indicator.is_ratio:
        return figure.value
    quotient = figure.quotient
    return None if quotient is None else (quotient * indicator.scale).quantize(Decimal("0.0001"))


def measured(plan: Plan, quarter: Quarter, *, known_at: datetime) -> dict[int, Measured]:
    """{indicator id: what it comes to at the quarter's end, as known at the moment}. Four queries."""
    return Measures(plan, quarter, known_at=known_at).at(quarter)


class Measures:
    """The parts of all indicators of a plan up to a quarter, as known at a moment, loaded once by four queries. They can
    be put together as of that quarter or of any before it."""

    def __init__(self, plan: Plan, quarter: Quarter, *, known_at: datetime) -> None:
        self.quarter, self.known_at = quarter, known_at
        self.indicators = {indicator.pk: indicator for indicator in Indicator.objects.filter(plan=plan)}
        self._definitions: dict[int, list[IndicatorDefinition]] = defaultdict(list)
        for definition in IndicatorDefinition.objects.filter(indicator__plan=plan, known__contains=known_at):
            self._definitions[definition.indicator_id].append(definition)
        self._given: dict[int, list[_Row]] = defaultdict(list)
        for row in _rows(plan, quarter, known_at):
            self._given[row.indicator_id].append(row)
        self._day = timezone.localdate(known_at, timezone.get_default_timezone())
        self._found: dict[Quarter, dict[int, Measured]] = {}

    def at(self, quarter: Quarter) -> dict[int, Measured]:
        """{indicator id: what it comes to at the end of the quarter}."""
        if quarter not in self._found:
            self._found[quarter] = {pk: self.of(pk, quarter) for pk in self.indicators}
        return self._found[quarter]

    def of(self, indicator_id: int, quarter: Quarter) -> Measured:
        """One indicator at the end of the quarter."""
        return _measure(
            self.indicators[indicator_id],
            self._definitions[indicator_id],
            self._given[indicator_id],
            quarter,
            self._day,
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the query: what a return in force gives for an indicator, or that it gives nothing."""

    indicator_id: int
    quarter: Quarter  # of the return
    task_id: int
    agency_id: int
    duty: str
    owed: bool
    submission_id: int | None
    number: int | None
    verified: bool
    submitted_at: datetime | None
    of: Quarter | None  # that the figure speaks of; None without a figure
    figure: FigureValue

    @property
    def weight(self) -> tuple[bool, bool, int]:
        """Of several figures for one quarter the verified one counts, the final one, the one told last."""
        return self.verified, not self.figure.preliminary, self.quarter.ordinal


def _rows(plan: Plan, quarter: Quarter, known_at: datetime) -> Iterable[_Row]:
    """A figure of this quarter or an earlier one may stand in a later return: read as far as there is any such."""
    later = Figure.objects.filter(
        indicator__plan=plan, quarter__lte=quarter, version__quarter__gt=quarter
    ).aggregate(last=Max("version__quarter"))["last"]
    first, last = min(plan.first_quarter, quarter), later or quarter
    with connection.cursor() as cursor:
        cursor.execute(
            _PARTS.format(standing=relation("t.plan_id = %(plan_id)s", _ASKED)),
            parameters(first, last, known_at, plan_id=plan.pk),
        )
        for row in cursor.fetchall():
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
        reason,
    ) = rest
    figure = BLANK if of is None else FigureValue(value, numerator, denominator, reason, text, preliminary)
    return _Row(
        indicator_id,
        _quarter(told_in),
        task_id,
        agency_id,
        duty,
        owed,
        submission_id,
        number,
        verified,
        submitted_at,
        None if of is None else _quarter(of),
        figure,
    )


_quarter = lru_cache(maxsize=200)(Quarter.from_ordinal)  # thousands of rows name the same few quarters


def _measure(
    indicator: Indicator,
    definitions: list[IndicatorDefinition],
    rows: list[_Row],
    quarter: Quarter,
    day: date,
) -> Measured:
    owed: dict[Quarter, dict[tuple[int, int], None]] = defaultdict(dict)
    told: dict[tuple[Quarter, int, int], list[_Row]] = defaultdict(list)
    stated: dict[Quarter, dict[int, list[_Row]]] = defaultdict(dict)
    by_lead = indicator.across == Across.LEAD
    for row in rows:
        if row.owed and row.quarter.ordinal <= quarter.ordinal and not (by_lead and row.duty == Duty.CO):
            owed[row.quarter][row.task_id, row.agency_id] = None
        if row.of is None or row.of.ordinal > quarter.ordinal:
            continue
        if not row.owed or (by_lead and row.duty == Duty.LEAD):
            stated[row.of].setdefault(row.task_id, []).append(row)
        else:
            told[row.of, row.task_id, row.agency_id].append(row)
            owed[row.of][row.task_id, row.agency_id] = None

    series: dict[Quarter, Combined] = {}
    sources: dict[Quarter, list[Source]] = {}
    for each in sorted({*owed, *stated}):
        definition = _in_force(definitions, each)
        if not is_asked_of(each, definition):
            continue
        due = is_published(each, definition, day)
        sources[each] = []
        tasks: dict[int, list[Given]] = defaultdict(list)
        for task_id, agency_id in owed[each]:
            candidates = sorted(told[each, task_id, agency_id], key=lambda row: row.weight, reverse=True)
            sources[each] += _sources(each, task_id, agency_id, candidates, due=due)
            tasks[task_id].append(_part(agency_id, candidates, due=due))
        words: dict[int, Given] = {}
        for task_id, candidates in stated[each].items():
            candidates = sorted(candidates, key=lambda row: row.weight, reverse=True)
            found = _sources(each, task_id, candidates[0].agency_id, candidates, due=due)
            sources[each] += [replace(source, stated=True) for source in found]
            words[task_id] = _part(candidates[0].agency_id, candidates, due=due)
            tasks.setdefault(task_id, [])
        series[each] = _over_tasks(indicator.across, tasks, words)
    figure, of_quarter = combine_over_time(indicator.over_time, series)
    behind = {of_quarter, quarter, *_quarters(figure)}
    return Measured(
        indicator=indicator,
        definition=_in_force(definitions, quarter),
        figure=figure,
        quarter=of_quarter,
        series=series,
        sources=tuple(source for each in sorted(sources) if each in behind for source in sources[each]),
        published_late=not is_published(quarter, _in_force(definitions, quarter), day),
    )


def _quarters(figure: Combined) -> Iterable[Quarter]:
    """Those that the figure is made of: combine_over_time names (quarter, who)."""
    for who in (*figure.members, *figure.missing, *figure.pending):
        if isinstance(who, tuple):
            yield who[0]


def _over_tasks(rule: str, tasks: Mapping[int, list[Given]], words: Mapping[int, Given]) -> Combined:
    """Each task's bodies, and then the tasks. What several leads state is the last of it."""
    found = {task_id: combine(rule, parts, stated=words.get(task_id)) for task_id, parts in tasks.items()}
    if len(found) == 1:
        return next(iter(found.values()))
    parts = [
        one.as_part(task_id, words[task_id].at if task_id in words else _latest(tasks[task_id]))
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
    quarter: Quarter, task_id: int, agency_id: int, candidates: list[_Row], *, due: bool
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


def _in_force(definitions: Iterable[IndicatorDefinition], quarter: Quarter) -> IndicatorDefinition | None:
    return next((one for one in definitions if quarter.within(one.valid)), None)
