"""What became of each promise, worked out from what is known; and the editions that were signed."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from reports.canonical import plain
from reports.evaluation.models import FinalEvaluation
from reports.evaluation.values import Behind, EvaluatedTarget, Evaluation, Lack, Result
from reports.figures.indicator_aggregation import Measures
from reports.figures.target_standing import FigureOrigin, TargetStanding, target_standings
from reports.figures.targets import targets_in_force
from tasks.indicators.assessment_models import Verdict
from tasks.indicators.models import Target
from tasks.indicators.target_path import Schedule
from tasks.plans.models import Plan
from tasks.submissions.models import Version
from tasks.values import Period

_RESULTS = {
    Verdict.REACHED: Result.REACHED,
    Verdict.MOSTLY: Result.MOSTLY,
    Verdict.MISSED: Result.MISSED,
    Verdict.UNCLEAR: Result.UNCLEAR,
}


def evaluate(plan: Plan, *, known_at: datetime) -> Evaluation:
    """The final evaluation as known at the moment. A fixed number of queries."""
    last = plan.last_quarter
    measures = Measures(plan, last, known_at=known_at)
    # What was promised for 2020 is read as of the end of 2020: its figure then, and the returns behind that one.
    ends = {target.order: _end(target, last) for target in targets_in_force(plan, last, known_at)}
    standings = {
        quarter: {
            one.target.order: one
            for one in target_standings(plan, quarter, known_at=known_at, measures=measures)
        }
        for quarter in sorted({last, *ends.values()})
    }
    at_end = {order: standings[quarter].get(order) for order, quarter in ends.items()}
    deciders = _deciders(
        origin
        for one in at_end.values()
        if one is not None
        for origin in one.origins
        if origin.state == "given"
    )
    return Evaluation(
        plan_slug=plan.slug,
        plan_title=plan.title,
        doc_number=plan.doc_number,
        in_force_from=plan.in_force_from,
        in_force_to=plan.in_force_to or last.last_day,
        quarter=last,
        known_at=known_at,
        targets=tuple(
            _evaluated(
                target,
                at_end[target.order] or standings[last][target.order],
                standings[last][target.order],
                deciders,
            )
            for target in targets_in_force(plan, last, known_at)
        ),
    )


def _end(target: Target, last: Period) -> Period:
    """The quarter at whose end the promise falls due."""
    return min(last, Period.closing(target.year, last.kind)) if target.year else last


Deciders = Mapping[tuple[int, int], tuple[str, datetime]]


def _evaluated(
    target: Target,
    then: TargetStanding,
    now: TargetStanding,
    deciders: Deciders,
) -> EvaluatedTarget:
    """`then` is the standing at the promise's end, `now` that at the plan's, which knows later assessments too."""
    compared = then.target
    # A total that lacks a year is no figure of the whole; a growth without a baseline has nothing to be compared with.
    has_figure = (
        compared.value is not None and compared.actual is not None and then.status != Schedule.INCOMPLETE
    )
    given = [origin for origin in then.origins if origin.state == "given"] if has_figure else []
    lacks: list[str] = []
    found = now.assessed if not has_figure else None
    if has_figure:
        result = Result.REACHED if then.is_met else Result.MISSED
        if compared.parts < compared.parts_owed:
            lacks.append(Lack.PARTIAL)
        if then.preliminary:
            lacks.append(Lack.PRELIMINARY)
        if not compared.verified and Lack.PARTIAL not in lacks:
            lacks.append(Lack.UNVERIFIED)
        decided = [
            deciders[origin.return_id, origin.version]
            for origin in given
            if origin.return_id and origin.version and (origin.return_id, origin.version) in deciders
        ]
        decided_by = tuple(dict.fromkeys(name for name, _at in decided))
        decided_on = max((_day(at) for _name, at in decided), default=None)
    elif found is not None:
        result = _RESULTS[Verdict(found.verdict)]
        if result == Result.UNCLEAR:
            lacks.append(Lack.UNCLEAR)
        decided_by, decided_on = (found.by,), found.assessed_on
    else:
        result = Result.OPEN
        lacks.append(Lack.NOT_ASSESSED if target.value is None else Lack.NO_FIGURE)
        decided_by, decided_on = (), None
    return EvaluatedTarget(
        order=target.order,
        year=target.year,
        text=target.text,
        task_ref=now.task_ref,
        passage=now.passage,
        comparison=target.comparison,
        value=now.target.value,
        unit=now.target.unit,
        result=result,
        lacks=tuple(lacks),
        actual=then.target.actual if has_figure else None,
        numerator=then.target.numerator if has_figure else None,
        denominator=then.target.denominator if has_figure else None,
        actual_quarter=then.target.actual_quarter if has_figure else None,
        preliminary=then.preliminary if has_figure else False,
        verified=then.target.verified if has_figure else False,
        baseline_year=then.baseline.year if then.baseline else None,
        baseline=then.baseline.value if then.baseline else None,
        decided_by=decided_by,
        decided_on=decided_on,
        note=found.note if found else "",
        evidence=found.evidence if found else "",
        links=found.links if found else (),
        behind=tuple(
            Behind(
                origin.quarter,
                origin.agency.name,
                origin.words if origin.verified else "",  # what was not decided is not everybody's to read
                origin.return_id,
                origin.version,
            )
            for origin in given
        ),
    )


def _deciders(origins: Iterable[FigureOrigin]) -> Deciders:
    """{(return, version): who decided it, and when}. One query."""
    ids = {origin.return_id for origin in origins if origin.return_id}
    rows = Version.objects.filter(submission__in=ids, decided_at__isnull=False).select_related("decided_by")
    return {
        (row.submission_id, row.number): (str(row.decided_by), row.decided_at)
        for row in rows
        if row.decided_at is not None
    }


def _day(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


# -- what was signed ----------------------------------------------------------------------------------------


def editions(plan: Plan, *, known_at: datetime) -> list[FinalEvaluation]:
    """What was signed by then and not undone by then, the latest first, without what it says."""
    rows = FinalEvaluation.objects.filter(plan=plan, at__lte=known_at).exclude(undone_at__lte=known_at)
    return list(rows.select_related("by").defer("content").order_by("-edition"))


def next_edition(plan: Plan) -> int:
    """The number of the edition that is signed next; one that was undone keeps its number."""
    last = FinalEvaluation.objects.filter(plan=plan).order_by("-edition").values_list("edition", flat=True)
    return (last.first() or 0) + 1


def changed_since(signed: FinalEvaluation, evaluation: Evaluation) -> list[int]:
    """The numbers of the promises of which more is known now than when it was signed."""
    before = {row["order"]: row for row in json.loads(signed.content)["targets"]}
    now: dict[int, Any] = {target.order: plain(target) for target in evaluation.targets}
    return sorted(order for order in {*before, *now} if before.get(order) != now.get(order))
