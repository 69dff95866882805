"""Sample scores 示例数据: a scheme in force and a draft, judged evidence, a quarter announced, appealed and announced
again, and a quarter that waits. Written through the normal actions by sample accounts, only in a sample database.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from qhplan import clock
from qhplan.sample.supervision import Cast
from reports.scoring import actions, schemes
from reports.scoring.actions import GradeInput
from reports.scoring.models import Scheme, ScoreSheet
from reports.scoring.queries import BodyScore, scores, sheets
from reports.scoring.schemes import SchemeInput
from reports.scoring.values import Component, Content, ScoredPeriod
from tasks.agencies.models import Agency
from tasks.cycles.workdays import workday_after
from tasks.errors import Problem, Problems
from tasks.models import Cycle, Plan, Version
from tasks.people.queries import is_sample_database
from tasks.standing.queries import standing
from tasks.values import Duty, Period

_ZONE = ZoneInfo("Asia/Shanghai")
CORRECTED = Decimal("1.50")  # what the appeal that is upheld gives back


@transaction.atomic
def make(plan: Plan, quarters: Sequence[Period], *, until: datetime | None = None) -> int:
    """Announces the first quarter, with an appeal and a second announcement; the last quarter waits for announcement.
    Returns the number of schemes; existing data stays as it is."""
    if not is_sample_database():
        raise Problems([Problem("", "这个数据库不是示例数据库，不能写入示例数据。")])
    end = until or clock.now()
    first, last = quarters[0], quarters[-1]
    if Scheme.objects.filter(plan=plan).exists() or (end.date() - last.last_day).days < 90:
        return 0
    cast = Cast(plan)
    decided = Cycle.objects.get(plan=plan, quarter=first).decision_due.astimezone(_ZONE).date()
    _adopted(cast, plan, first, decided)
    for quarter in quarters:
        due = Cycle.objects.get(plan=plan, quarter=quarter).decision_due.astimezone(_ZONE).date()
        _judged(cast, plan, quarter, _at(due, 3))
    sheet = _announced(cast, plan, ScoredPeriod(first, first), decided)
    _contested(cast, sheet, ScoredPeriod(first, first), decided)
    due = Cycle.objects.get(plan=plan, quarter=last).decision_due.astimezone(_ZONE).date()
    actions.propose_sheet(by=cast.office, plan=plan, period=ScoredPeriod(last, last), now=_at(due, 20))
    schemes.write_scheme(
        by=cast.office,
        plan=plan,
        asked=SchemeInput(
            title="考核办法",
            basis="（示例）草案：核定灯的权重提高到 40，佐证质量不再单列。非方案内容。",
            valid_from=last + 1,
            content=_other(schemes.suggestion()),
        ),
        now=_at(due, 25),
    )
    return Scheme.objects.filter(plan=plan).count()


@transaction.atomic
def make_one(plan: Plan, quarter: Period) -> int:
    """A scheme in force and one quarter announced, for a plan with a short record. Returns the number of schemes; existing
    data stays as it is."""
    if not is_sample_database():
        raise Problems([Problem("", "这个数据库不是示例数据库，不能写入示例数据。")])
    if not Scheme.objects.filter(plan=plan).exists():
        cast = Cast(plan)
        decided = Cycle.objects.get(plan=plan, quarter=quarter).decision_due.astimezone(_ZONE).date()
        _adopted(cast, plan, quarter, decided)
        _judged(cast, plan, quarter, _at(decided, 3))
        _announced(cast, plan, ScoredPeriod(quarter, quarter), decided)
    return Scheme.objects.filter(plan=plan).count()


def _at(day: date, workdays: int, hour: int = 10) -> datetime:
    return datetime.combine(workday_after(day, workdays), time(hour, 10), _ZONE)


def _adopted(cast: Cast, plan: Plan, since: Period, decided: date) -> None:
    scheme = schemes.write_scheme(
        by=cast.office,
        plan=plan,
        asked=SchemeInput(
            title="考核办法",
            basis="（示例）按比例计分，不比件数；自评灯不计分。非方案内容。",
            valid_from=since,
            content=schemes.suggestion(),
        ),
        now=_at(decided, 1),
    )
    schemes.decide_scheme(
        by=cast.leader, scheme=scheme, revision=scheme.revision, adopt=True, now=_at(decided, 2)
    )


def _judged(cast: Cast, plan: Plan, quarter: Period, at: datetime) -> None:
    """Judges the evidence of lead submissions; the second reviewer judges those of the office's own agency."""
    rows = [
        row
        for row in standing([plan.pk], quarter, known_at=at)
        if row.duty == Duty.LEAD and row.reported and not row.elsewhere and row.version_id is not None
    ]
    counts = {
        version.pk: len(version.evidence.all())
        for version in Version.objects.filter(pk__in=[row.version_id for row in rows]).prefetch_related(
            "evidence"
        )
    }
    for by in (cast.office, cast.second):
        grades = [
            _grade(row.version_id, counts[row.version_id])
            for row in rows
            if row.version_id is not None and cast.issuer(row.agency_id) == by
        ]
        actions.grade_evidence(by=by, grades=grades, now=at)


def _grade(version_id: int, count: int) -> GradeInput:
    if not count:
        return GradeInput(version_id, "weak", "（示例）没有附佐证，只有文字说明。")
    return GradeInput(version_id, "good" if count > 1 else "fair")


def _announced(cast: Cast, plan: Plan, period: ScoredPeriod, decided: date) -> ScoreSheet:
    sheet = actions.propose_sheet(by=cast.office, plan=plan, period=period, now=_at(decided, 5))
    return actions.decide_sheet(by=cast.leader, sheet=sheet, announce=True, now=_at(decided, 6))


def _contested(cast: Cast, sheet: ScoreSheet, period: ScoredPeriod, decided: date) -> None:
    """An appeal is upheld, and the period announced again."""
    plan = sheet.plan
    agency = _contesting(cast, plan, period, sheet.known_at)
    appeal = actions.make_appeal(
        by=cast.approvers[agency.pk],
        sheet=sheet,
        agency=agency,
        text="（示例）佐证质量一项有异议：佐证材料已于核定前另行报送纸质件，请复核。",
        now=_at(decided, 9),
    )
    actions.answer_appeal(
        by=cast.issuer(agency.pk),
        appeal=appeal,
        upheld=True,
        answer="（示例）经查，纸质佐证确已收到，申诉成立，按规定调整。",
        now=_at(decided, 12),
    )
    correction = actions.propose_correction(
        by=cast.issuer(agency.pk),
        plan=plan,
        period=period,
        agency=agency,
        points=CORRECTED,
        reason="（示例）申诉成立：纸质佐证已收到，佐证质量按良计。",
        appeal=appeal,
        now=_at(decided, 12, 11),
    )
    actions.decide_correction(by=cast.leader, correction=correction, approve=True, now=_at(decided, 13))
    again = actions.propose_sheet(
        by=cast.office,
        plan=plan,
        period=period,
        note="（示例）一家单位申诉成立，按批准的调整再出一版。",
        now=_at(decided, 14),
    )
    actions.decide_sheet(by=cast.leader, sheet=again, announce=True, now=_at(decided, 15))
    assert [one.edition for one in sheets(plan, period, _at(decided, 16))] == [2, 1]


def _contesting(cast: Cast, plan: Plan, period: ScoredPeriod, known_at: datetime) -> Agency:
    """The agency (with an approver) that lost most points by its evidence, of those whose score a correction can raise."""
    rows = scores(plan, period, schemes.suggestion(), known_at=known_at)

    def lost(row: BodyScore) -> Decimal:
        line = next(one for one in row.calculation.lines if one.component == Component.EVIDENCE)
        return line.weight - line.points if line.applies else Decimal(0)

    able = [
        row
        for row in rows
        if row.agency.id in cast.approvers
        and row.agency.id != cast.office.agency_id
        and row.calculation.total is not None
        and row.calculation.total + CORRECTED <= row.calculation.ceiling
    ]
    return Agency.objects.get(pk=max(able, key=lost).agency.id)


def _other(content: Content) -> Content:
    weights = {Component.LIGHT: Decimal(40), Component.EVIDENCE: Decimal(0)}
    return replace(
        content,
        weighings=tuple(
            replace(one, weight=weights.get(Component(one.component), one.weight))
            for one in content.weighings
        ),
    )
