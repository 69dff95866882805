"""The standing of each target of a plan: its figure, its path, and the submissions behind the figure. Pages, API and
briefs use the same values; shown_to hides what a reader may not see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from reports.figures.agency_names import agency_refs
from reports.figures.indicator_aggregation import Measured, Measures, Source, periods_in
from reports.figures.targets import compared, measures_for, target_of, targets_in_force
from reports.figures.values import AgencyRef, TargetFigures
from tasks.indicators.assessment_models import Assessment
from tasks.indicators.formatting import quotient_words
from tasks.indicators.models import Indicator, PathPoint, Target
from tasks.indicators.queries import Points, assessments_of, path_points
from tasks.indicators.reading import figure_words
from tasks.indicators.target_manner import Manner
from tasks.indicators.target_path import is_met, progress, thresholds
from tasks.indicators.values import Combined
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.submissions.models import Version
from tasks.values import Period


@dataclass(frozen=True)
class PathValue:
    """A value that the office set for the end of a year."""

    year: int
    value: Decimal
    source: str = ""


@dataclass(frozen=True)
class Assessed:
    """One assessment of a target by the office, as of a quarter."""

    quarter: Period
    verdict: str
    note: str
    evidence: str
    links: tuple[str, ...]
    assessed_on: date
    by: str
    at: datetime


@dataclass(frozen=True)
class FigureOrigin:
    """One submission behind a figure: what it gave for which quarter, or that it gave nothing."""

    quarter: Period
    agency: AgencyRef
    task_ref: str
    state: str  # given, replaced, missing, pending (尚未发布)
    words: str
    percent: str
    verified: bool
    preliminary: bool
    stated: bool
    reason: str
    return_id: int | None
    version: int | None
    told_in: Period | None  # the quarter of the submission
    stage: str = ""  # a Stage: which version of the figure it is
    hidden: bool = False  # submitted and not decided, and the reader may not read it


@dataclass(frozen=True)
class TargetStanding:
    """A target, its status, and what the status follows from."""

    target: TargetFigures
    indicator: str  # its slug, "" without one
    kind: str
    direction: str
    words: str  # the figure in words with its unit; "" without one
    text: str  # of a qualitative indicator
    preliminary: bool
    pending: bool  # 尚未发布: the quarter's own figure is not published yet
    missing: int  # parts of the figure that were not given
    status: str  # a Schedule
    path: Decimal | None  # where the figure should be
    straight: bool | None  # the path is a straight line from the baseline; None without a path
    done: Decimal | None  # per cent of the way from the baseline to the value
    expected: Decimal | None  # where `done` should be by the path
    points: Decimal | None  # `done` less `expected`
    baseline: PathValue | None
    milestones: tuple[PathValue, ...]
    at_due: Decimal | None  # the figure at the end of the target's year, once that is past
    origins: tuple[FigureOrigin, ...]
    passage: tuple[
        int, ...
    ]  # start and end in the plan's text; empty for a target that the plan does not print
    task_ref: str
    note: str  # the reason for a target that the plan does not print
    stage: str = ""  # a Stage: of several figures the least certain
    assessments: tuple[Assessed, ...] = ()  # the valid one first; a target with figures has none
    gaps: tuple[int, ...] = ()  # past years that a total lacks
    is_met: bool = False  # the figure meets the promise, whether its year is over or not

    @property
    def assessed(self) -> Assessed | None:
        return self.assessments[0] if self.assessments else None


def target_standings(
    plan: Plan, quarter: Period, *, known_at: datetime, measures: Measures | None = None
) -> tuple[TargetStanding, ...]:
    """Every target in force in the quarter, as known at the moment, in the plan's order. A fixed number of queries."""
    targets = targets_in_force(plan, quarter, known_at)
    parts = measures_for(targets, measures or Measures(plan, quarter, known_at=known_at, recent=True))
    points = path_points(plan.pk, quarter, known_at=known_at)
    assessments = assessments_of(plan.pk, quarter, known_at=known_at)
    found = parts.at(quarter)
    agencies = agency_refs(
        (source.agency_id for one in found.values() for sources in one.behind.values() for source in sources),
        quarter,
    )
    refs = dict(plan.tasks.values_list("pk", "ref"))
    return tuple(
        _standing(
            target,
            parts,
            quarter,
            points.get(target.order, Points()),
            assessments.get(target.order, []),
            agencies,
            refs,
        )
        for target in targets
    )


def shown_to(user: User, standings: Iterable[TargetStanding]) -> tuple[TargetStanding, ...]:
    """The same, as this reader may see it: the figure of a submission that is not decided yet is open to its agency, the
    lead of its task and the office; other readers see only that it was submitted. One query."""
    rows = tuple(standings)
    origins = hidden_from(user, [origin for one in rows for origin in one.origins])
    shown = iter(origins)
    return tuple(replace(one, origins=tuple(next(shown) for _origin in one.origins)) for one in rows)


def hidden_from(user: User, origins: Iterable[FigureOrigin]) -> list[FigureOrigin]:
    """The origins in their order; of those that the reader may not read, the figure and its reason are left out."""
    rows = list(origins)
    ids = {one.return_id for one in rows if one.return_id}
    visible = set(
        Version.every.visible_to(user).filter(submission__in=ids).values_list("submission_id", "number")
    )
    return [
        one
        if one.return_id is None or (one.return_id, one.version) in visible
        else replace(one, words="", percent="", reason="", return_id=None, hidden=True)
        for one in rows
    ]


def _standing(
    target: Target,
    parts: Measures,
    quarter: Period,
    points: Points,
    assessments: Iterable[Assessment],
    agencies: Mapping[int, AgencyRef],
    refs: Mapping[int, str],
) -> TargetStanding:
    one: Measured | None = parts.at(quarter).get(target.indicator_id or 0)
    indicator = one.indicator if one else None
    here = compared(target, one, points, quarter)
    promise, path, figure = here.promise, here.path, here.figure
    due = promise.due
    at_due = None
    if one is not None and due is not None and quarter > due and parts.was_given_by(one.indicator.pk, due):
        at_due = compared(target, parts.of(one.indicator.pk, due), points, due).value
    how = progress(
        promise, path, here.value, quarter, thresholds(), at_due=at_due, incomplete=bool(here.gaps)
    )
    sources = _sources(one, target, here.figure) if one else ()
    return TargetStanding(
        target=target_of(target, here),
        indicator=indicator.slug if indicator else "",
        kind=indicator.kind if indicator else "",
        direction=indicator.direction if indicator else "",
        words=figure_words(indicator, figure) if figure and indicator and not figure.is_blank else "",
        text=figure.text if figure else "",
        preliminary=figure.preliminary if figure else False,
        stage=figure.stage.value if figure else "",
        pending=one.published_late if one else False,
        missing=len(figure.missing) if figure else 0,
        status=how.status,
        path=_tidy(path.at(quarter) if path else None),
        straight=path.straight if path else None,
        done=_tidy(how.done),
        expected=_tidy(how.expected_done),
        points=_tidy(how.points),
        baseline=_point(points.baseline) if points.baseline else None,
        milestones=tuple(_point(point) for point in points.milestones),
        at_due=_tidy(at_due),
        origins=tuple(origin_of(one.indicator, source, agencies, refs) for source in sources) if one else (),
        passage=(target.passage.start, target.passage.end) if target.passage else (),
        task_ref=target.task.ref if target.task else "",
        note=target.origin_note,
        assessments=tuple(_assessed(row) for row in assessments),
        gaps=here.gaps,
        is_met=here.value is not None and is_met(promise, here.value, thresholds()),
    )


def _sources(one: Measured, target: Target, figure: Combined | None) -> Sequence[Source]:
    """The submissions behind the figure that is compared; of a total those of all periods in it."""
    if target.manner != Manner.TOTAL or figure is None:
        return one.sources
    periods = periods_in(figure)
    return [source for each in sorted(one.behind) if each in periods for source in one.behind[each]]


def _assessed(row: Assessment) -> Assessed:
    return Assessed(
        quarter=row.quarter,
        verdict=row.verdict,
        note=row.note,
        evidence=row.evidence,
        links=tuple(row.links),
        assessed_on=row.assessed_on,
        by=str(row.by),
        at=row.at,
    )


def _point(row: PathPoint) -> PathValue:
    return PathValue(row.year, _plain(row.value), row.source)


def origin_of(
    indicator: Indicator, source: Source, agencies: Mapping[int, AgencyRef], refs: Mapping[int, str]
) -> FigureOrigin:
    """A submission behind a figure. `agencies` {id: agency}, `refs` {task id: ref}."""
    figure = source.figure
    return FigureOrigin(
        quarter=source.quarter,
        agency=agencies[source.agency_id],
        task_ref=refs.get(source.task_id, ""),
        state=source.state,
        words="" if figure.is_blank else figure_words(indicator, figure),
        percent=quotient_words(indicator, figure),
        verified=source.verified,
        preliminary=figure.preliminary,
        stage=figure.stage.value,
        stated=source.stated,
        reason=figure.reason,
        return_id=source.submission_id,
        version=source.number,
        told_in=source.told_in,
    )


def _tidy(number: Decimal | None) -> Decimal | None:
    """Rounded to hundredths, because a computed value may have any number of digits."""
    return None if number is None else _plain(number.quantize(Decimal("0.01")))


def _plain(number: Decimal) -> Decimal:
    return Decimal(format(number.normalize(), "f"))
