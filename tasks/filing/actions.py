"""The one write path of returns. Form, API, workbook and sample data all end here.

Every function is keyword-only, takes the actor `by` and a batch (one is a batch of one), checks permission and state
once, changes state by one conditional UPDATE on the allowed source states and writes the record in the same
transaction. The number of queries does not grow with the batch. It raises PermissionDenied, Conflict (the state has
moved on) or Problems (the input; `row` is the task's code), and then nothing was written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.errors import Conflict, Problem, Problems
from tasks.filing import rules
from tasks.filing.content import (
    CONTENT_FIELDS,
    DraftInput,
    FigureValue,
    completeness_problems,
    read_figures,
    shape_problems,
)
from tasks.filing.models import (
    Cycle,
    Decision,
    Figure,
    State,
    Submission,
    Verification,
    Version,
    VersionBasis,
)
from tasks.filing.queries import indicators_for, last_figures_before, office_agency_ids
from tasks.filing.rules import Transition
from tasks.people.events import Entry, record_all, subject_of
from tasks.people.models import Event, User
from tasks.people.rules import may_approve, may_decide_for, may_file
from tasks.plan.models import Responsibility
from tasks.values import Duty, Light, Quarter

# One number per kind of advisory lock, so that locks of different kinds never meet.
_LOCK_PLAN = 0x504C414E


def in_order(plan_ids: Iterable[int]) -> None:
    """Hold the plans' locks until the transaction ends, so that what is submitted and decided commits in the order
    of its moments: "as known at" can then be asked of any moment and the answer never changes afterwards."""
    with connection.cursor() as cursor:
        for plan_id in sorted(set(plan_ids)):
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK_PLAN, plan_id])


# -- drafts -------------------------------------------------------------------------------------------------


@transaction.atomic
def save_drafts(*, by: User, drafts: Sequence[DraftInput], now: datetime | None = None) -> list[Submission]:
    """Keep drafts of the actor's own body, new or known, in the order given.

    Text is kept as typed, complete or not. A draft that another has saved since `revision` raises Conflict.
    """
    moment = now or clock.now()
    for draft in drafts:
        if draft.agency_id != by.agency_id or not may_file(by):
            raise PermissionDenied(_("只能填报本单位的任务。"))
    owed = _duties_of(drafts, moment)
    tasks = {duty.task_id: duty.task for duty in owed.values()}
    cycles = _cycles_of(drafts)
    problems = []
    for draft in drafts:
        duty = owed.get((draft.task_id, draft.agency_id, draft.quarter))
        if duty is None:
            raise PermissionDenied(
                _("本单位在%(quarter)s不承担这项任务。") % {"quarter": draft.quarter.label}
            )
        problems += shape_problems(draft, duty.task.code)
    if problems:
        raise Problems(problems)
    for draft in drafts:
        _check_open(cycles.get((draft.plan_id, draft.quarter)), draft.quarter, moment)

    kept = _lock_drafts(drafts)
    fresh = []
    for draft in drafts:
        key = (draft.task_id, draft.agency_id, draft.quarter)
        if key in kept:
            continue
        if draft.revision is not None:
            raise Conflict(_("这份草稿已不在，请刷新页面。"))
        submission = Submission(
            cycle=cycles[draft.plan_id, draft.quarter],
            quarter=draft.quarter,
            task=tasks[draft.task_id],
            agency_id=draft.agency_id,
            duty=owed[key].duty,
            revision=0,
        )
        _fill(submission, draft, by, moment)
        fresh.append(submission)
    changed = []
    for draft in drafts:
        known = kept.get((draft.task_id, draft.agency_id, draft.quarter))
        if known is None:
            continue
        if known.state not in rules.EDITABLE:
            raise Conflict(_state_sentence(known))
        if known.revision != draft.revision:
            raise Conflict(
                _("%(who)s于 %(when)s 保存过这份填报，您看到的不是最新内容。")
                % {"who": known.saved_by, "when": _clock_face(known.saved_at)}
            )
        _fill(known, draft, by, moment)
        changed.append(known)
    if fresh:
        # Two people may begin the same return at once: the unique constraint lets one row in.
        Submission.objects.bulk_create(fresh, ignore_conflicts=True)
    if changed:
        Submission.objects.bulk_update(
            changed, [*CONTENT_FIELDS, "figures", "revision", "saved_at", "saved_by"], batch_size=500
        )
    stored = _lock_drafts(drafts)
    mine = {(item.task_id, item.agency_id, item.quarter): item for item in fresh}
    for key, item in mine.items():
        other = stored[key]
        if other.saved_by_id != by.pk or other.revision != item.revision:
            raise Conflict(_("%(who)s刚刚开始填报这项任务，请刷新页面后接着填。") % {"who": other.saved_by})
    return [stored[draft.task_id, draft.agency_id, draft.quarter] for draft in drafts]


def _fill(submission: Submission, draft: DraftInput, by: User, moment: datetime) -> None:
    for name in CONTENT_FIELDS:
        setattr(submission, name, getattr(draft, name))
    submission.problems = [
        {"category": str(item["category"]), "text": str(item.get("text", ""))} for item in draft.problems
    ]
    submission.figures = {
        slug: {name: str(text) for name, text in parts.items() if str(text).strip()}
        for slug, parts in draft.figures.items()
    }
    submission.revision += 1
    submission.saved_at = moment
    submission.saved_by = by


def _lock_drafts(drafts: Sequence[DraftInput]) -> dict[tuple[int, int, Quarter], Submission]:
    wanted = {(draft.task_id, draft.agency_id, draft.quarter) for draft in drafts}
    rows = (
        Submission.objects.select_for_update(of=("self",))
        .select_related("saved_by", "task", "cycle")
        .filter(
            task__in={task_id for task_id, _a, _q in wanted},
            agency__in={agency_id for _t, agency_id, _q in wanted},
            quarter__in={quarter for _t, _a, quarter in wanted},
        )
        .order_by("pk")
    )
    found = {(row.task_id, row.agency_id, row.quarter): row for row in rows}
    return {key: row for key, row in found.items() if key in wanted}


# -- handing on and submitting ------------------------------------------------------------------------------


@transaction.atomic
def hand(*, by: User, submissions: Sequence[int], now: datetime | None = None) -> list[Submission]:
    """The reporter hands complete drafts to the approver of the same body."""
    moment = now or clock.now()
    rows = _lock(submissions)
    _check_own(by, rows, may=may_file(by))
    _check_states(rows, rules.HAND)
    _check_open_rows(rows, moment)
    _read_complete(rows)
    _move(rows, rules.HAND)
    record_all([_entry(rules.HAND, row) for row in rows], by=by, at=moment)
    return rows


@transaction.atomic
def take_back(
    *, by: User, submissions: Sequence[int], note: str = "", now: datetime | None = None
) -> list[Submission]:
    """The reporter, or the approver with a word why, takes drafts back for further work."""
    moment = now or clock.now()
    rows = _lock(submissions)
    _check_own(by, rows, may=may_file(by))
    _check_states(rows, rules.TAKE_BACK)
    _check_open_rows(rows, moment)
    _move(rows, rules.TAKE_BACK)
    record_all([_entry(rules.TAKE_BACK, row, note=note) for row in rows], by=by, at=moment)
    return rows


@transaction.atomic
def submit(*, by: User, submissions: Sequence[int], now: datetime | None = None) -> list[Version]:
    """The approver submits returns of his body; each becomes a version that can always be read again.

    A lead's version names the co-versions that it stands on: those submitted by then, adopted or not.
    """
    rows = _lock(submissions)
    _check_own(by, rows, may=may_approve(by))
    in_order(row.cycle.plan_id for row in rows)
    moment = now or clock.now()
    _check_states(rows, rules.SUBMIT)
    _check_open_rows(rows, moment)
    figures = _read_complete(rows)

    last: dict[int, int] = dict(
        Version.objects.filter(submission__in=rows)
        .values("submission")
        .annotate(last=Max("number"))
        .values_list("submission", "last")
    )
    versions = Version.objects.bulk_create(
        Version(
            submission=row,
            number=last.get(row.pk, 0) + 1,
            quarter=row.quarter,
            task=row.task,
            agency_id=row.agency_id,
            duty=row.duty,
            submitted_at=moment,
            submitted_by=by,
            **{name: getattr(row, name) for name in CONTENT_FIELDS},
        )
        for row in rows
    )
    Figure.objects.bulk_create(
        Figure(
            version=version,
            indicator_id=indicator_id,
            value=figure.value,
            numerator=figure.numerator,
            denominator=figure.denominator,
            reason=figure.reason,
        )
        for version in versions
        for indicator_id, figure in figures[version.submission_id].items()
    )
    _write_basis(versions)
    _move(rows, rules.SUBMIT)
    record_all(
        [
            _entry(rules.SUBMIT, row, data={"version": version.number})
            for row, version in zip(rows, versions, strict=True)
        ],
        by=by,
        at=moment,
    )
    return versions


def _write_basis(versions: Sequence[Version]) -> None:
    leads = {(version.task_id, version.quarter): version for version in versions if version.duty == Duty.LEAD}
    if not leads:
        return
    co_versions = Version.objects.filter(
        duty=Duty.CO,
        task__in={task_id for task_id, _q in leads},
        quarter__in={quarter for _t, quarter in leads},
    ).current()
    VersionBasis.objects.bulk_create(
        VersionBasis(
            lead_version=leads[co.task_id, co.quarter],
            co_version=co,
            adopted=co.decision == Decision.ACCEPTED,
        )
        for co in co_versions
        if (co.task_id, co.quarter) in leads and co.decision != Decision.RETURNED
    )


# -- deciding -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DecisionInput:
    """A decision on a submitted version: adopt or accept it, or return it with a reason.

    `verified_light` 核定灯 and `verification` 核实情况 are the office's, on lead returns that it accepts.
    """

    version_id: int
    accept: bool
    verified_light: str = ""
    verification: str = Verification.UNVERIFIED
    note: str = ""


@transaction.atomic
def decide(*, by: User, decisions: Sequence[DecisionInput], now: datetime | None = None) -> list[Version]:
    """Decide submitted versions: the lead on co-returns of its task, the office (or, for what the office's own body
    filed, the second reviewer) on lead returns."""
    wanted = {decision.version_id: decision for decision in decisions}
    if len(wanted) != len(decisions):
        raise Problems([Problem("", _("同一份填报不能在一次提交里决定两次。"))])
    heads = _lock(Version.objects.filter(pk__in=wanted).values_list("submission_id", flat=True))
    versions = {
        version.pk: version
        for version in Version.objects.filter(pk__in=wanted).select_related("task", "submission")
    }
    if len(versions) != len(wanted):
        raise PermissionDenied(_("没有这份填报。"))
    rows = {row.pk: row for row in heads}
    _check_may_decide(by, list(versions.values()))
    in_order(row.cycle.plan_id for row in heads)
    moment = now or clock.now()

    problems = []
    for version in versions.values():
        problems += _decision_problems(version, wanted[version.pk])
    if problems:
        raise Problems(problems)
    current = dict(
        Version.objects.filter(submission__in=rows)
        .values("submission")
        .annotate(last=Max("number"))
        .values_list("submission", "last")
    )
    for version in versions.values():
        row = rows[version.submission_id]
        if row.state not in rules.ACCEPT.sources:
            raise Conflict(_state_sentence(row))
        if current[row.pk] != version.number:
            raise Conflict(
                _("%(code)s 已有第 %(number)d 版，请看新版再决定。")
                % {"code": version.task.code, "number": current[row.pk]}
            )
        if not row.cycle.is_open(moment) and (version.duty == Duty.CO or not wanted[version.pk].accept):
            raise Conflict(
                _("%(quarter)s填报期已于 %(when)s 关闭：退回后单位无法再报，配合填报按“已报未审”计。")
                % {"quarter": row.quarter.label, "when": _clock_face(row.cycle.closes_at)}
            )

    for version in versions.values():
        decision = wanted[version.pk]
        version.decision = Decision.ACCEPTED if decision.accept else Decision.RETURNED
        version.decided_at = moment
        version.decided_by = by
        version.decision_note = decision.note.strip()
        if version.duty == Duty.LEAD:
            version.verification = decision.verification
            if decision.accept:
                version.verified_light = decision.verified_light
    Version.objects.bulk_update(
        versions.values(),
        ["decision", "decided_at", "decided_by", "decision_note", "verification", "verified_light"],
    )
    for transition, accept in ((rules.ACCEPT, True), (rules.RETURN, False)):
        moved = [rows[v.submission_id] for v in versions.values() if wanted[v.pk].accept is accept]
        if moved:
            _move(moved, transition)
    record_all(
        [
            _entry(
                rules.ACCEPT if wanted[version.pk].accept else rules.RETURN,
                rows[version.submission_id],
                note=version.decision_note,
                data={
                    "version": version.number,
                    "verified_light": version.verified_light,
                    "verification": version.verification,
                },
            )
            for version in versions.values()
        ],
        by=by,
        at=moment,
    )
    return [versions[decision.version_id] for decision in decisions]


def may_decide(by: User, version: Version) -> bool:
    """Whether the actor could decide this version now: for the page that shows the form."""
    if version.decision or version.submission.state != State.SUBMITTED:
        return False
    try:
        _check_may_decide(by, [version])
    except PermissionDenied:
        return False
    return True


def _check_may_decide(by: User, versions: Sequence[Version]) -> None:
    """Raise PermissionDenied unless the actor may decide every one of them."""
    co = [version for version in versions if version.duty == Duty.CO]
    if co:
        led = set(
            Responsibility.objects.filter(
                agency=by.agency_id,
                duty=Duty.LEAD,
                task__in={version.task_id for version in co},
                known__contains=clock.now(),
            ).values_list("task_id", "valid")
        )
        for version in co:
            holds = any(
                task_id == version.task_id and version.quarter.ordinal in _quarters(valid)
                for task_id, valid in led
            )
            if not (holds and may_file(by)):
                raise PermissionDenied(_("配合填报由该任务的牵头单位采纳或退回。"))
    if len(co) < len(versions):
        offices = office_agency_ids()
        for version in versions:
            if version.duty == Duty.LEAD and not may_decide_for(by, version.agency_id, offices):
                raise PermissionDenied(
                    _("牵头汇总由领导小组办公室核定；办公室所在单位的由复核人核定，本单位的不能自核。")
                )


def _quarters(valid: Any) -> range:
    return range(valid.lower or 0, valid.upper if valid.upper is not None else 1 << 30)


def _decision_problems(version: Version, decision: DecisionInput) -> list[Problem]:
    row = version.task.code
    note = decision.note.strip()
    if not decision.accept:
        return [] if note else [Problem("note", _("退回要写明理由，单位才知道改什么。"), row)]
    if version.duty == Duty.CO:
        return []
    problems = []
    if decision.verification not in Verification.values:
        problems.append(Problem("verification", _("请选核实情况。"), row))
    elif decision.verification in {Verification.PARTLY, Verification.FALSE} and not note:
        problems.append(Problem("note", _("部分属实或不实，要写明核实情况。"), row))
    if version.elsewhere:
        if decision.verified_light:
            problems.append(Problem("verified_light", _("另渠道报送的不在此核定灯。"), row))
    elif decision.verified_light not in Light.values:
        problems.append(Problem("verified_light", _("请选核定灯。"), row))
    elif decision.verified_light != version.light and not note:
        problems.append(Problem("note", _("核定灯与自评灯不同，要写明理由。"), row))
    return problems


# -- shared -------------------------------------------------------------------------------------------------


def _duties_of(
    drafts: Sequence[DraftInput], moment: datetime
) -> dict[tuple[int, int, Quarter], Responsibility]:
    """{(task, agency, quarter): the responsibility held then}, for those of the drafts that are owed at all."""
    rows = Responsibility.objects.filter(
        task__in={draft.task_id for draft in drafts},
        agency__in={draft.agency_id for draft in drafts},
        task__plan__in={draft.plan_id for draft in drafts},
        known__contains=moment,
    ).select_related("task")
    by_pair: dict[tuple[int, int], list[Responsibility]] = {}
    for row in rows:
        by_pair.setdefault((row.task_id, row.agency_id), []).append(row)
    found = {}
    for draft in drafts:
        for row in by_pair.get((draft.task_id, draft.agency_id), []):
            if row.task.plan_id == draft.plan_id and draft.quarter.ordinal in _quarters(row.valid):
                found[draft.task_id, draft.agency_id, draft.quarter] = row
    return found


def _cycles_of(drafts: Sequence[DraftInput]) -> dict[tuple[int, Quarter], Cycle]:
    rows = Cycle.objects.filter(
        plan__in={draft.plan_id for draft in drafts}, quarter__in={draft.quarter for draft in drafts}
    )
    return {(row.plan_id, row.quarter): row for row in rows}


def _lock(ids: Iterable[int]) -> list[Submission]:
    wanted = set(ids)
    rows = list(
        Submission.objects.select_for_update(of=("self",))
        .select_related("task", "cycle", "saved_by")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if not rows or len(rows) != len(wanted):
        raise PermissionDenied(_("没有这份填报。"))
    return rows


def _check_own(by: User, rows: Sequence[Submission], *, may: bool) -> None:
    if not may or any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("只能由本单位的填报员填写、签批人提交。"))


def _check_states(rows: Sequence[Submission], transition: Transition) -> None:
    for row in rows:
        if row.state not in transition.sources:
            raise Conflict(_state_sentence(row))


def _check_open(cycle: Cycle | None, quarter: Quarter, moment: datetime) -> None:
    if cycle is None or moment < cycle.opened_at:
        raise Conflict(_("%(quarter)s尚未开放填报，请等办公室开放。") % {"quarter": quarter.label})
    if not cycle.is_open(moment):
        raise Conflict(
            _("%(quarter)s填报期已于 %(when)s 关闭，需要补报请联系领导小组办公室。")
            % {"quarter": quarter.label, "when": _clock_face(cycle.closes_at)}
        )


def _check_open_rows(rows: Sequence[Submission], moment: datetime) -> None:
    for row in rows:
        _check_open(row.cycle, row.quarter, moment)


def problems_of(rows: Sequence[Submission]) -> list[Problem]:
    """What would keep these drafts from being handed on or submitted, for the page that shows it beforehand."""
    try:
        _read_complete(rows)
    except Problems as error:
        return error.problems
    return []


def _read_complete(rows: Sequence[Submission]) -> dict[int, dict[int, FigureValue]]:
    """{submission id: its figures}; raises Problems when any return is not complete."""
    task_ids = {row.task_id for row in rows}
    agency_ids = {row.agency_id for row in rows}
    indicators = indicators_for(task_ids)
    previous = {
        quarter: last_figures_before(quarter, task_ids=task_ids, agency_ids=agency_ids)
        for quarter in {row.quarter for row in rows}
    }
    figures: dict[int, dict[int, FigureValue]] = {}
    problems: list[Problem] = []
    for row in rows:
        problems += completeness_problems(row, row.task.code)
        read, wrong = read_figures(
            row.figures,
            indicators.get((row.task_id, row.duty), []),
            previous[row.quarter].get((row.task_id, row.agency_id), {}),
            row.task.code,
        )
        if row.elsewhere and row.figures:
            wrong = [Problem("elsewhere", _("选了“另渠道报送”，请把数据清空。"), row.task.code)]
        figures[row.pk] = read
        problems += wrong
    if problems:
        raise Problems(problems)
    return figures


def _move(rows: Sequence[Submission], transition: Transition) -> None:
    """The one conditional UPDATE. The rows are locked, so a count that differs means that the state moved before."""
    moved = Submission.objects.filter(pk__in=[row.pk for row in rows], state__in=transition.sources).update(
        state=transition.target, revision=F("revision") + 1
    )
    if moved != len(rows):
        raise Conflict(_("状态刚刚被别人改变，请刷新页面。"))


def _entry(
    transition: Transition, row: Submission, *, note: str = "", data: dict[str, Any] | None = None
) -> Entry:
    return Entry(
        verb=transition.verb,
        subject=row,
        from_state=row.state,
        to_state=transition.target,
        note=note,
        data=data or {},
    )


def _state_sentence(row: Submission) -> str:
    """Who did what, for the one who came second."""
    last = Event.objects.filter(subject=subject_of(row)).select_related("by").order_by("-id").first()
    if last is None or last.by is None:
        return _("%(code)s 现在是“%(state)s”，不能这样做；请刷新页面。") % {
            "code": row.task.code,
            "state": State(row.state).label,
        }
    return _("%(code)s 已由%(who)s于 %(when)s 改为“%(state)s”，请刷新页面。") % {
        "code": row.task.code,
        "who": last.by,
        "when": _clock_face(last.at),
        "state": State(row.state).label,
    }


def _clock_face(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"
