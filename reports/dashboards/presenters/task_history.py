"""A task over the quarters: its versions of before, who was responsible with which lights, and its figures."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.dashboards.presenters import phrases
from reports.figures.history import HistoryRow
from reports.figures.indicator_aggregation import value_of
from tasks.agencies.models import Agency
from tasks.indicators.models import Indicator
from tasks.indicators.reading import figure_words
from tasks.indicators.values import Across, Combined, Flow, Given, combine, stage_note
from tasks.plans.models import Responsibility
from tasks.standing.queries import MISSING, Standing
from tasks.submissions.figures import value_of as figure_value
from tasks.submissions.models import Figure, Verification, Version
from tasks.values import BACKFILLED, Basis, Duty, Origin, Period

EXCERPT = 90  # characters of a submission that are quoted
SPARK = 10  # quarters of a small line


@dataclass(frozen=True)
class HistoryItem:
    """One quarter of the lead's record. `reported` and `verified` are lights, "" without one; `text` is the beginning of
    the submission and `reason` why the office changed the light, where the reader may see them; `version` is the number
    of the version in force. `change`: the lead of the quarter before was another agency, which `agency_note` says."""

    quarter: Period
    url: str
    agency: str
    reported: str
    verified: str
    verdict: str
    text: str
    reason: str
    submitted: datetime | None
    late: str
    version: int | None
    version_url: str
    marks: Sequence[str]
    agency_note: str = ""
    change: bool = False


@dataclass(frozen=True)
class TimelineRow:
    """One line of {% timeline %}: an agency or a collective with one duty from `start` to `end` (None: still valid).
    `into` is the index of the row that the line runs into after a reform; `change` are the words of the reform on that
    row, `note` other words on the line."""

    duty: str
    name: str
    url: str
    start: Period
    end: Period | None
    collective: bool
    note: str
    into: int | None = None
    change: str = ""


@dataclass(frozen=True)
class FigureCell:
    """One indicator in one quarter: `words` or, of a ratio, `value` with its `parts`."""

    words: str
    value: Decimal | None
    parts: str
    stage: str  # 快报数, 初步数 …; "" for 正式数


@dataclass(frozen=True)
class IndicatorFigures:
    """One indicator of the task. `cells` are its last three quarters; `values` are the last ten for a small line, None
    with fewer than two known, and `restarts` the places where a sum over the year begins again; `reasons` belong to the
    figures of the quarter."""

    name: str
    unit: str
    flow: str
    parts: str
    cells: list[FigureCell]
    values: list[Decimal | None] | None
    restarts: list[int]
    reasons: list[str]


def quote(version: Version) -> str:
    """The beginning of what a submission reports, or that it reports no progress."""
    if version.elsewhere:
        return _("另渠道报送")
    if version.no_progress:
        return (
            _("本季度无进展：%s") % version.no_progress_reason
            if version.no_progress_reason
            else _("本季度无进展")
        )
    text = " ".join(version.done.split())
    return f"“{text[:EXCERPT]}{'…' if len(text) > EXCERPT else ''}”" if text else ""


# -- history ------------------------------------------------------------------------------------------------


def history(
    asked: Asked,
    path: str,
    rows: Iterable[HistoryRow],
    versions: Mapping[int, Version],
    marks: Mapping[int, Sequence[str]],
    names: Mapping[tuple[int, Period], str],
) -> list[HistoryItem]:
    """The lead's record, newest first: the self-assessed light beside the verified one. `path` is the page's address,
    `versions` {id: version} are those that the reader may see, `marks` theirs, `names` {(agency id, quarter): name}. A quarter that was
    never opened is left out unless something was submitted, or taken from a ledger, for it."""
    cells = sorted(
        (
            (quarter, row, cell)
            for row in rows
            if row.duty == Duty.LEAD
            for quarter, cell in row.cells.items()
            if quarter in asked.cycles or cell.reported or cell.state == BACKFILLED
        ),
        key=lambda item: item[0],
        reverse=True,
    )
    items = []
    for index, (quarter, row, cell) in enumerate(cells):
        name = names.get((row.agency.id, quarter), row.agency.name)
        key = cell.version_id or 0
        item = _history_item(asked, path, quarter, name, cell, versions.get(key), marks.get(key, ()))
        older = cells[index + 1][1] if index + 1 < len(cells) else row
        if older.agency.id != row.agency.id:
            item = replace(item, agency_note=_("牵头单位变更"), change=True)
        items.append(item)
    return items


def _history_item(
    asked: Asked,
    path: str,
    quarter: Period,
    name: str,
    cell: Standing,
    version: Version | None,
    marks: Sequence[str],
) -> HistoryItem:
    if cell.state == BACKFILLED:
        text = _("补录：%s") % (quote(version) if version else _("内容不公开"))
    elif not cell.owed:
        text = phrases.ended(cell.state)
    elif cell.state == MISSING:
        text = _("未报送")
    else:
        text = quote(version) if version else _("内容在核定后公开")
    is_changed = cell.verified_light not in {"", cell.reported_light}
    note = version.decision_note if version and is_changed else ""
    return HistoryItem(
        quarter=quarter,
        url=path + asked.query(quarter),
        agency=name,
        reported=cell.reported_light,
        verified=cell.verified_light,
        verdict=str(Verification(cell.verification).label) if cell.reported else "",
        text=text,
        reason=_("改灯理由：%s") % note if note else "",
        submitted=cell.first_submitted_at,
        late=_("逾期%(n)d天") % {"n": cell.days_late} if cell.on_time is False else "",
        version=cell.number,
        version_url=reverse("return", args=[cell.submission_id]) if version else "",
        marks=marks,
    )


# -- responsibilities over time -----------------------------------------------------------------------------


def timeline(
    asked: Asked,
    responsibilities: Iterable[Responsibility],
    agencies: Mapping[int, Agency],
    names: Mapping[int, str],
    passes: Mapping[tuple[int, int], tuple[int, str]],
) -> list[TimelineRow]:
    """One row for each agency, duty and stretch of quarters, leads first; the members of a collective share a row of the
    collective. `passes` says which duties passed on in a reform, as adjustment_notes.passes_of gives it: there the one
    row runs into the other."""
    stretches: dict[tuple[int, str, int | None, int | None, int], list[Responsibility]] = {}
    for held in responsibilities:
        collective = _collective(held)
        who = (collective.pk, 0) if collective else (held.agency_id, held.pk)
        key = (who[0], held.role, held.valid.lower, held.valid.upper, who[1])
        stretches.setdefault(key, []).append(held)
    sorted_stretches = sorted(
        stretches.values(), key=lambda rows: (rows[0].role != Duty.LEAD, rows[0].valid.lower or 0)
    )
    first = [stretch[0] for stretch in sorted_stretches]
    into, changes = _joins(first, passes)
    rows = []
    for index, stretch in enumerate(sorted_stretches):
        row = _timeline_row(asked, stretch[0], len(stretch), agencies, names)
        rows.append(replace(row, into=into.get(index), change=changes.get(index, "")))
    return rows


def _collective(held: Responsibility) -> Agency | None:
    """The collective as whose member the agency is responsible."""
    return held.mention.agency if held.mention and held.mention.agency.is_collective else None


def _timeline_row(
    asked: Asked, held: Responsibility, members: int, agencies: Mapping[int, Agency], names: Mapping[int, str]
) -> TimelineRow:
    plan = asked.plan
    lower, upper = held.valid.lower, held.valid.upper
    start = Period.from_ordinal(lower) if lower else plan.first_quarter
    end = Period.from_ordinal(upper - 1) if upper else None
    collective = _collective(held)
    agency = collective or agencies[held.agency_id]
    if collective:
        note = _("集合单位：%(n)d个成员，各自填报") % {"n": members}
    elif held.adjustment_id:
        note = _("第%(n)d号调整") % {"n": held.adjustment_id}
    elif held.role == Duty.LEAD and held.origin == Origin.INFERRED:
        note = _inferred_lead(held)
    else:
        note = ""
    return TimelineRow(
        duty=held.role,
        name=names.get(agency.pk, held.mention.printed if held.mention else agency.slug),
        url=reverse("agency", args=[plan.slug, agency.slug]) + asked.query(),
        start=max(start, plan.first_quarter),
        end=None if end is None or end >= plan.last_quarter else end,
        collective=collective is not None,
        note=note,
    )


def _inferred_lead(held: Responsibility) -> str:
    match held.mention.basis if held.mention else "":
        case Basis.COMMA:
            return _("推断：逗号前为牵头单位")
        case Basis.SINGLE:
            return _("推断：责任单位只有一家")
    return _("推断：责任括号内排序第一")


def _joins(
    rows: Sequence[Responsibility], passes: Mapping[tuple[int, int], tuple[int, str]]
) -> tuple[dict[int, int], dict[int, str]]:
    """({index of a row: index of the row that it runs into}, {index of that row: words of the reform})."""
    into: dict[int, int] = {}
    changes: dict[int, str] = {}
    for index, row in enumerate(rows):
        if not row.valid.upper:
            continue
        for (agency_id, quarter), (successor_id, words) in passes.items():
            if agency_id != row.agency_id or quarter > row.valid.upper:
                continue
            for place, other in enumerate(rows):
                began = other.valid.lower
                if other.agency_id == successor_id and began and began <= row.valid.upper:
                    into[index] = place
                    changes[place] = words
    return into, changes


# -- figures ------------------------------------------------------------------------------------------------


def figures_table(
    asked: Asked, indicators: Sequence[Indicator], figures: Iterable[Figure], quarters: Iterable[Period]
) -> list[IndicatorFigures]:
    """Each indicator in the last of `quarters`; figures of several agencies are combined by its rule. `figures` are those
    that the reader may see, of versions in force."""
    by_indicator: dict[int, dict[Period, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in figures:
        by_indicator[figure.indicator_id][figure.quarter].append(figure)
    recent = [quarter for quarter in quarters if quarter <= asked.quarter][-SPARK:]
    result = []
    for indicator in indicators:
        own = by_indicator[indicator.pk]
        combined = {quarter: _together(indicator, own[quarter]) for quarter in recent}
        values = [value_of(indicator, combined[quarter]) for quarter in recent]
        result.append(
            IndicatorFigures(
                name=indicator.name,
                unit=indicator.shown_unit,
                flow=str(Flow(indicator.flow).label),
                parts=(
                    f"{indicator.numerator_name} ÷ {indicator.denominator_name}" if indicator.is_ratio else ""
                ),
                cells=[_cell(indicator, combined[quarter]) for quarter in recent[-3:]],
                values=values if sum(value is not None for value in values) >= 2 else None,
                restarts=[
                    index
                    for index, quarter in enumerate(recent)
                    if indicator.flow != Flow.STOCK and quarter.is_first_of_year and index
                ],
                reasons=[figure.reason for figure in own[asked.quarter] if figure.reason],
            )
        )
    return result


def _together(indicator: Indicator, figures: Sequence[Figure]) -> Combined:
    """One quarter's figures of several agencies as one. Of two by one agency, a final one counts before a preliminary
    one, and of two final ones the later."""
    by_agency: dict[int, Figure] = {}
    for figure in sorted(figures, key=lambda each: (not each.preliminary, each.version.quarter)):
        by_agency[figure.version.agency_id] = figure
    lead = next((figure for figure in by_agency.values() if figure.version.duty == Duty.LEAD), None)
    # Beside figures of co agencies, the lead's own states their sum; alone it is the figure.
    apart = lead is not None and (indicator.across == Across.LEAD or len(by_agency) > 1)
    parts = [_part(figure) for figure in by_agency.values() if not (apart and figure is lead)]
    return combine(indicator.across, parts, stated=_part(lead) if apart and lead else None)


def _part(figure: Figure) -> Given:
    return Given(figure.version.agency_id, figure_value(figure), (figure.version.submitted_at,))


def _cell(indicator: Indicator, figure: Combined) -> FigureCell:
    return FigureCell(
        words=figure_words(indicator, figure) if not indicator.is_ratio else "",
        value=value_of(indicator, figure),
        parts=figure_words(indicator, figure) if indicator.is_ratio and not figure.is_blank else "",
        stage=stage_note(figure.stage),
    )
