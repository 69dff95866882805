"""The write path of scores; that of the schemes they follow is `schemes`. Keyword-only, the actor is `by`; refused, it
has written nothing.

Raises PermissionDenied, Problems (each on its field) and Conflict (somebody was quicker). Decisions of one plan commit in
order. Two persons stand for whatever decides a score by hand: a scheme, a correction, an announcement.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import __version__, clock
from reports.canonical import canonical, plain, sha256
from reports.scoring.models import (
    Appeal,
    CorrectionState,
    EvidenceGrade,
    Scheme,
    ScoreCorrection,
    ScoreSheet,
    SheetState,
)
from reports.scoring.permissions import (
    may_answer,
    may_appeal,
    may_correct,
    may_decide_correction,
    may_decide_sheet,
    may_drop_correction,
    may_grade_for,
)
from reports.scoring.queries import corrections, decided_from, latest_grades, scheme_for, scores, sheets
from reports.scoring.transitions import ANNOUNCE, APPROVE, DROP_SHEET, REJECT
from reports.scoring.values import (
    Grade,
    ScoredPeriod,
)
from tasks.agencies.models import Agency
from tasks.audit.log import Entry, record, record_all
from tasks.cycles.models import Cycle
from tasks.cycles.workdays import workday_after
from tasks.errors import Conflict, Problem, Problems, present
from tasks.indicators.write_checks import text_problems
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.permissions import may_propose_scores, may_score
from tasks.people.queries import is_sample_database, office_agency_ids, serving
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan, Responsibility
from tasks.submissions.models import Version
from tasks.transitions import move, short_time
from tasks.values import Role

TEXT_LIMIT = 2000
REASON_LIMIT = 500


# -- evidence -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class GradeInput:
    """What the evidence of one submitted version is worth; `note` says why, and is needed for 中 and 差."""

    version_id: int
    grade: str
    note: str = ""


@transaction.atomic
def grade_evidence(
    *, by: User, grades: Sequence[GradeInput], now: datetime | None = None
) -> list[EvidenceGrade]:
    """Judge evidence, many returns at once. The same judgement again writes nothing."""
    if not may_score(by):
        raise PermissionDenied(_("佐证质量由领导小组办公室评定；办公室所在单位的由复核人评定。"))
    moment = now or clock.now()
    versions = {
        version.pk: version
        for version in Version.objects.filter(pk__in=[one.version_id for one in grades]).select_related(
            "submission__task"
        )
    }
    if len(versions) != len(grades):
        raise PermissionDenied(_("没有这份填报。"))
    offices = office_agency_ids(*{version.submission.task.plan_id for version in versions.values()})
    if not all(may_grade_for(by, version.agency_id, offices) for version in versions.values()):
        raise PermissionDenied(_("不能评定本单位的佐证；办公室所在单位的由复核人评定。"))
    in_order({version.submission.task.plan_id for version in versions.values()})
    problems = []
    for one in grades:
        row = str(one.version_id)
        if one.grade not in Grade.values:
            problems.append(Problem("grade", _("请选择优、良、中、差之一。"), row))
        required = _("评为中或差的，请写明缺什么。") if one.grade in {Grade.WEAK, Grade.POOR} else ""
        problems += [
            Problem("note", problem.message, row)
            for problem in text_problems("note", one.note, limit=REASON_LIMIT, required=required)
        ]
    if problems:
        raise Problems(problems)
    held = latest_grades(versions, moment)
    made = [
        EvidenceGrade(version_id=one.version_id, grade=one.grade, note=one.note.strip(), at=moment, by=by)
        for one in grades
        if one.version_id not in held
        or (held[one.version_id].grade, held[one.version_id].note) != (one.grade, one.note.strip())
    ]
    EvidenceGrade.objects.bulk_create(made)
    record_all(
        [
            Entry("evidence.grade", row, note=row.note, data={"version": row.version_id, "grade": row.grade})
            for row in made
        ],
        by=by,
        at=moment,
    )
    return made


# -- corrections --------------------------------------------------------------------------------------------


@transaction.atomic
def propose_correction(
    *,
    by: User,
    plan: Plan,
    period: ScoredPeriod,
    agency: Agency,
    points: Decimal,
    reason: str,
    appeal: Appeal | None = None,
    now: datetime | None = None,
) -> ScoreCorrection:
    """Add or take points by hand; counts once another person approved."""
    if not may_correct(by, agency.pk, office_agency_ids(plan.pk)):
        raise PermissionDenied(_("调整由领导小组办公室提出，不能调整本单位的得分。"))
    in_order([plan.pk])
    moment = now or clock.now()
    problems = text_problems("reason", reason, limit=REASON_LIMIT, required=_("请写明理由。"))
    scheme = scheme_for(plan, period, moment)
    if scheme is None:
        problems.append(Problem("", _("这个考核期还没有施行的考核办法。")))
    elif not points or points != points.quantize(Decimal("0.01")):
        problems.append(Problem("points", _("分值不能为 0，最多两位小数。")))
    else:
        problems += _bound_problems("points", scheme, plan, period, agency.pk, points, moment)
    if not Responsibility.objects.filter(task__plan=plan, agency=agency).exists():
        problems.append(Problem("", _("这个单位在方案里没有责任，没有得分可调整。")))
    if problems:
        raise Problems(problems)
    same = ScoreCorrection.objects.filter(
        plan=plan,
        period=str(period),
        agency=agency,
        points=points,
        reason=reason.strip(),
        state=CorrectionState.PROPOSED,
    )
    if same.exists():
        raise Conflict(_("同样的调整已经提出，正等待批准。"))
    made = ScoreCorrection.objects.create(
        plan=plan,
        period=str(period),
        agency=agency,
        points=points,
        reason=reason.strip(),
        appeal=appeal,
        proposed_at=moment,
        proposed_by=by,
    )
    record(
        by=by,
        verb="score.correct",
        subject=made,
        to_state=CorrectionState.PROPOSED,
        note=made.reason,
        data={"period": made.period, "agency": agency.slug, "points": str(points)},
        at=moment,
    )
    return made


@transaction.atomic
def decide_correction(
    *, by: User, correction: ScoreCorrection, approve: bool, note: str = "", now: datetime | None = None
) -> ScoreCorrection:
    """Approve or reject what another proposed; a rejection says why. Who proposed it may take it back."""
    takes_back = not approve and may_drop_correction(by, correction)
    if not takes_back and not may_decide_correction(by, correction):
        raise PermissionDenied(_("调整由复核人或领导小组批准，不能批准自己提出的或本单位的。"))
    in_order([correction.plan_id])
    moment = now or clock.now()
    fresh = (
        ScoreCorrection.objects.select_for_update(of=("self",))
        .select_related("decided_by", "plan")
        .get(pk=correction.pk)
    )
    if fresh.state not in APPROVE.sources:
        raise Conflict(_decided(fresh.decided_by, fresh.decided_at, fresh.get_state_display()))
    problems = text_problems(
        "note",
        note,
        limit=REASON_LIMIT,
        required="" if approve else _("请写明为什么撤回。") if takes_back else _("请写明为什么不批准。"),
    )
    if approve:
        period = ScoredPeriod.parse(fresh.period, fresh.plan.kind)
        scheme = scheme_for(fresh.plan, period, moment)
        # There was a scheme when the correction was proposed, and none is ever withdrawn.
        scheme = present(scheme, "the scheme of a proposed correction")
        problems += _bound_problems("", scheme, fresh.plan, period, fresh.agency_id, fresh.points, moment)
    if problems:
        raise Problems(problems)
    move(
        [fresh],
        APPROVE if approve else REJECT,
        by=by,
        at=moment,
        note=note.strip(),
        data={fresh.pk: {"period": fresh.period}},
        values={"decided_at": moment, "decided_by": by, "decision_note": note.strip()},
    )
    return fresh


def _bound_problems(
    field: str,
    scheme: Scheme,
    plan: Plan,
    period: ScoredPeriod,
    agency_id: int,
    points: Decimal,
    moment: datetime,
) -> list[Problem]:
    """All approved corrections of one score and this one together stay within the scheme's bound."""
    most = scheme.rules.correction_most
    held = sum((one.points for one in corrections(plan, period, moment).get(agency_id, ())), Decimal(0))
    if abs(held + points) <= most:
        return []
    said = _("人工调整合计不能超过 ±%(most)s 分，已批准 %(held)s 分。")
    return [Problem(field, said % {"most": format(most.normalize(), "f"), "held": f"{held:+.2f}"})]


def _decided(who: User | None, when: datetime | None, state: str) -> str:
    return _("%(who)s已于 %(when)s 办理（%(state)s），请刷新页面。") % {
        "who": who,
        "when": short_time(when) if when else "",
        "state": state,
    }


# -- announcing ---------------------------------------------------------------------------------------------


@transaction.atomic
def propose_sheet(
    *, by: User, plan: Plan, period: ScoredPeriod, note: str = "", now: datetime | None = None
) -> ScoreSheet:
    """Freeze the scores of the period as they are known now, for another to announce. A further edition says why."""
    if not may_propose_scores(by):
        raise PermissionDenied(_("考核结果由领导小组办公室提请公布。"))
    in_order([plan.pk])
    moment = now or clock.now()
    told = sheets(plan, period, moment)
    scheme = scheme_for(plan, period, moment)
    problems = text_problems(
        "note", note, limit=REASON_LIMIT, required=_("请写明为什么再出一版。") if told else ""
    )
    if scheme is None:
        problems.append(Problem("", _("这个考核期还没有施行的考核办法。")))
    term = decided_from(plan, period)
    if term is None or term > moment:
        problems.append(Problem("", _("考核期的核定期限还没有过，不能提请公布。")))
    if ScoreCorrection.objects.filter(plan=plan, period=str(period), state=CorrectionState.PROPOSED).exists():
        problems.append(Problem("", _("还有待批准的人工调整，请先办理。")))
    if problems or scheme is None:
        raise Problems(problems)
    content = canonical(
        {
            "plan": plan.slug,
            "plan_title": plan.title,
            "period": str(period),
            "scheme": {"number": scheme.number, "title": scheme.title, "content": plain(scheme.rules)},
            "known_at": moment,
            "bodies": scores(plan, period, scheme.rules, known_at=moment),
            "is_sample": is_sample_database(),
            "release": __version__,
        }
    )
    try:
        with transaction.atomic():
            made = ScoreSheet.objects.create(
                plan=plan,
                period=str(period),
                scheme=scheme,
                known_at=moment,
                content=content.decode(),
                sha256=sha256(content),
                note=note.strip(),
                proposed_at=moment,
                proposed_by=by,
            )
    except IntegrityError as error:
        raise Conflict(_("这个考核期已有一份结果待公布，请刷新页面。")) from error
    record(
        by=by,
        verb="score.propose",
        subject=made,
        to_state=SheetState.PROPOSED,
        note=made.note,
        data={"plan": plan.slug, "period": made.period, "sha256": made.sha256},
        at=moment,
    )
    return made


@transaction.atomic
def decide_sheet(
    *, by: User, sheet: ScoreSheet, announce: bool, note: str = "", now: datetime | None = None
) -> ScoreSheet:
    """Announce what another proposed, as it was frozen; or not, with a reason. Every scored agency is told."""
    if not may_decide_sheet(by, sheet):
        raise PermissionDenied(_("考核结果由复核人或领导小组公布，不能公布自己提请的。"))
    in_order([sheet.plan_id])
    moment = now or clock.now()
    fresh = (
        ScoreSheet.objects.select_for_update(of=("self",))
        .select_related("plan", "decided_by")
        .get(pk=sheet.pk)
    )
    if fresh.state not in ANNOUNCE.sources:
        raise Conflict(_decided(fresh.decided_by, fresh.decided_at, fresh.get_state_display()))
    problems = text_problems(
        "note", note, limit=REASON_LIMIT, required="" if announce else _("请写明为什么不公布。")
    )
    if problems:
        raise Problems(problems)
    edition = fresh.edition
    if announce:
        editions = ScoreSheet.objects.filter(plan=fresh.plan_id, period=fresh.period)
        edition = (editions.aggregate(last=Max("edition"))["last"] or 0) + 1
    move(
        [fresh],
        ANNOUNCE if announce else DROP_SHEET,
        by=by,
        at=moment,
        note=note.strip(),
        data={fresh.pk: {"period": fresh.period, "edition": edition}},
        values={
            "edition": edition,
            "decided_at": moment,
            "decided_by": by,
            "decision_note": note.strip(),
        },
    )
    if announce:
        bodies = [one["agency"]["id"] for one in json.loads(fresh.content)["bodies"]]
        words = {"period": fresh.span.label, "n": fresh.edition}
        _tell(
            fresh.plan,
            fresh.span,
            serving(Role.REPORTER, Role.APPROVER, agencies=bodies, plan=fresh.plan_id),
            _("%(period)s考核结果已公布") % words,
            _("%(period)s考核结果第%(n)d版已公布。本单位的得分和全部计算见页面；有异议可在期限内申诉一次。")
            % words,
            reverse("score_list", args=[fresh.plan.slug]) + f"?period={fresh.period}",
            moment,
        )
    return fresh


# -- appeals ------------------------------------------------------------------------------------------------


def appeal_until(sheet: ScoreSheet) -> date:
    """The last day on which its agencies may appeal, by the scheme's working days."""
    decided_at = present(sheet.decided_at, "the decision on an announced sheet")
    day = timezone.localdate(decided_at, timezone.get_default_timezone())
    return workday_after(day, sheet.scheme.rules.appeal_days)


@transaction.atomic
def make_appeal(
    *, by: User, sheet: ScoreSheet, agency: Agency, text: str, now: datetime | None = None
) -> Appeal:
    """The agency contests its score: once in a period, within the scheme's working days after the first announcement."""
    if not may_appeal(by, agency.pk):
        raise PermissionDenied(_("申诉由本单位的签批人提出。"))
    in_order([sheet.plan_id])
    moment = now or clock.now()
    if sheet.state != SheetState.ANNOUNCED:
        raise Conflict(_("结果还没有公布，不能申诉。"))
    problems = text_problems("text", text, limit=TEXT_LIMIT, required=_("请写明对哪一项有异议、依据是什么。"))
    last = appeal_until(sheet)
    if timezone.localdate(moment, timezone.get_default_timezone()) > last:
        problems.append(Problem("", _("申诉期到%(day)s为止，已经过了。") % {"day": last}))
    if not any(one["agency"]["id"] == agency.pk for one in json.loads(sheet.content)["bodies"]):
        problems.append(Problem("", _("这份结果里没有本单位。")))
    if problems:
        raise Problems(problems)
    try:
        with transaction.atomic():
            made = Appeal.objects.create(
                sheet=sheet,
                plan=sheet.plan,
                period=sheet.period,
                agency=agency,
                text=text.strip(),
                at=moment,
                by=by,
            )
    except IntegrityError as error:
        raise Conflict(_("本单位对这个考核期已经申诉过，一期只能申诉一次。")) from error
    record(by=by, verb="appeal.make", subject=made, to_state="made", data={"period": made.period}, at=moment)
    offices = office_agency_ids(sheet.plan_id)
    _tell(
        sheet.plan,
        sheet.span,
        [
            user
            for user in serving(Role.OFFICE, Role.SECOND_REVIEWER, plan=sheet.plan_id)
            if may_answer(user, made, offices)
        ],
        _("收到一件考核申诉"),
        _("有单位对%(period)s的考核结果提出申诉，请答复。") % {"period": sheet.span.label},
        reverse("score", args=[sheet.plan.slug, agency.slug]) + f"?period={sheet.period}",
        moment,
    )
    return made


@transaction.atomic
def answer_appeal(
    *, by: User, appeal: Appeal, upheld: bool, answer: str, now: datetime | None = None
) -> Appeal:
    """Answer it, once and with the reasons. What follows from an upheld one is a correction and a further edition."""
    if not may_answer(by, appeal, office_agency_ids(appeal.plan_id)):
        raise PermissionDenied(_("申诉由领导小组办公室答复；办公室所在单位的由复核人答复。"))
    in_order([appeal.plan_id])
    moment = now or clock.now()
    fresh = (
        Appeal.objects.select_for_update(of=("self",))
        .select_related("answered_by", "plan", "agency", "sheet")
        .get(pk=appeal.pk)
    )
    if fresh.upheld is not None:
        state = _("申诉成立") if fresh.upheld else _("申诉不成立")
        raise Conflict(_decided(fresh.answered_by, fresh.answered_at, state))
    problems = text_problems("answer", answer, limit=TEXT_LIMIT, required=_("请写明答复的理由。"))
    if problems:
        raise Problems(problems)
    fresh.upheld, fresh.answer, fresh.answered_at, fresh.answered_by = upheld, answer.strip(), moment, by
    fresh.save()
    record(
        by=by,
        verb="appeal.answer",
        subject=fresh,
        from_state="made",
        to_state="upheld" if upheld else "refused",
        data={"period": fresh.period},
        at=moment,
    )
    _tell(
        fresh.plan,
        fresh.sheet.span,
        serving(Role.REPORTER, Role.APPROVER, agencies=[fresh.agency_id], plan=fresh.plan_id),
        _("考核申诉已答复"),
        _("本单位对%(period)s考核结果的申诉已经答复，见页面。") % {"period": fresh.sheet.span.label},
        reverse("score", args=[fresh.plan.slug, fresh.agency.slug]) + f"?period={fresh.period}",
        moment,
    )
    return fresh


def _tell(
    plan: Plan,
    period: ScoredPeriod,
    users: Iterable[User],
    subject: str,
    body: str,
    place: str,
    moment: datetime,
) -> None:
    """A message filed under the period's last quarter. It says that there is something to read, and no score."""
    notify(
        topic=Topic.SCORE,
        users=list(users),
        subject=subject,
        body=body,
        place=place,
        cycles=Cycle.counting.filter(plan=plan, quarter=min(period.last, plan.last_quarter)),
        now=moment,
    )
