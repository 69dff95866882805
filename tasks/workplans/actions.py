"""The one write path of work plans: sections, handing on, submitting, deciding, writing anew. (What was reached is
reported through tasks.workplans.milestones.) Form, API, workbook and sample data all end here.

The contract is that of returns (tasks.submissions.actions): keyword-only, the actor `by`, a batch; permission and state
checked once, one conditional UPDATE on the allowed source states, the record in the same transaction, queries that do
not grow with the batch. PermissionDenied, Conflict (the state has moved on) or Problems (the input; `row` is the
task's code), and then nothing was written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from qhplan import clock
from tasks import typed
from tasks.decisions.actions import keep
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file
from tasks.people.queries import check_two_people
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.transitions import last_numbers, short_time
from tasks.values import Role
from tasks.workplans import transitions
from tasks.workplans.content import (
    SectionInput,
    as_inputs,
    completeness_problems,
    day_of,
    measures_of,
    shape_problems,
    stored,
    tidied,
)
from tasks.workplans.models import (
    Decision,
    Measure,
    Milestone,
    WorkPlan,
    WorkPlanDecision,
    WorkPlanDraft,
    WorkPlanSection,
    WorkPlanVersion,
)
from tasks.workplans.queries import Held, held, version_contents, years_open
from tasks.workplans.transitions import check_states, lock, move, note_problems, state_sentence
from tasks.workplans.values import WorkPlanPeriod

# -- drafts -------------------------------------------------------------------------------------------------


@transaction.atomic
def save_sections(
    *,
    by: User,
    plan: Plan,
    agency_id: int,
    period: WorkPlanPeriod,
    sections: Sequence[SectionInput],
    now: datetime | None = None,
) -> WorkPlan:
    """Keep what the actor's agency has written on tasks of one of its work plans, complete or not.

    A section that another has saved since its `revision` raises Conflict; other tasks' sections are not touched.
    """
    moment = now or clock.now()
    if agency_id != by.agency_id or not may_file(by.at(plan.pk)):
        raise PermissionDenied(_("只能填写本单位的实施方案和年度要点。"))
    if len({section.task_id for section in sections}) != len(sections):
        raise Problems([Problem("", _("同一项任务不能在一次保存里出现两次。"))])
    _check_period(plan, period)
    owed = held(plan, period, [agency_id], known_at=moment).get(agency_id, {})
    problems = []
    for section in sections:
        one = owed.get(section.task_id)
        if one is None:
            raise PermissionDenied(
                _("本单位不承担这项任务，不能在%(label)s里安排。") % {"label": period.label}
            )
        problems += shape_problems(section, one.task.code)
    if problems:
        raise Problems(problems)

    head = _lock_or_make(by, plan, agency_id, period, moment)
    if head.state not in transitions.EDITABLE:
        raise Conflict(state_sentence(head))
    # The head is locked, so that nobody else begins or saves a section meanwhile.
    kept = {
        draft.task_id: draft
        for draft in head.drafts.select_related("saved_by").filter(
            task__in=[section.task_id for section in sections]
        )
    }
    fresh, changed = [], []
    for section in sections:
        draft = kept.get(section.task_id)
        seen = draft.revision if draft else None
        if seen != section.revision:
            raise Conflict(_meanwhile(draft, owed[section.task_id]))
        if draft is None:
            draft = WorkPlanDraft(work_plan=head, task=owed[section.task_id].task, revision=0)
            fresh.append(draft)
        else:
            changed.append(draft)
        said = tidied(section, period)
        draft.none_reason, draft.measures = said.none_reason, stored(said.measures)
        draft.revision += 1
        draft.saved_at, draft.saved_by = moment, by
    WorkPlanDraft.objects.bulk_create(fresh)
    WorkPlanDraft.objects.bulk_update(
        changed, ["none_reason", "measures", "revision", "saved_at", "saved_by"], batch_size=500
    )
    head.saved_at, head.saved_by = moment, by
    head.save(update_fields=["saved_at", "saved_by"])
    return head


@transaction.atomic
def save_cover(
    *,
    by: User,
    plan: Plan,
    agency_id: int,
    period: WorkPlanPeriod,
    doc_number: str,
    paper_date: date | None,
    now: datetime | None = None,
) -> WorkPlan:
    """Keep number and date of the document that the agency issued on paper. What is entered late keeps its paper date
    beside the time at which it was recorded."""
    moment = now or clock.now()
    if agency_id != by.agency_id or not may_file(by.at(plan.pk)):
        raise PermissionDenied(_("只能填写本单位的实施方案和年度要点。"))
    _check_period(plan, period)
    problems = []
    number = typed.optional(doc_number)
    if len(number) > 60 or "\0" in number:
        problems.append(Problem("doc_number", _("印发文号最多 60 字。")))
    if paper_date is not None and paper_date > clock.today():
        problems.append(Problem("paper_date", _("印发日期不能晚于今天。")))
    if problems:
        raise Problems(problems)
    if not held(plan, period, [agency_id], known_at=moment):
        raise PermissionDenied(_("本单位不承担这个方案的任务。"))
    head = _lock_or_make(by, plan, agency_id, period, moment)
    if head.state not in transitions.EDITABLE:
        raise Conflict(state_sentence(head))
    head.doc_number, head.paper_date = number, paper_date
    head.saved_at, head.saved_by = moment, by
    head.save(update_fields=["doc_number", "paper_date", "saved_at", "saved_by"])
    return head


def _check_period(plan: Plan, period: WorkPlanPeriod) -> None:
    years = years_open(plan)
    if period.year is not None and period.year not in years:
        said = _("现在可以填报 %(first)d 年至 %(last)d 年的年度要点。")
        raise Problems([Problem("period", said % {"first": years[0], "last": years[-1]})])


def _lock_or_make(by: User, plan: Plan, agency_id: int, period: WorkPlanPeriod, moment: datetime) -> WorkPlan:
    heads = WorkPlan.objects.select_for_update(of=("self",)).select_related("plan", "agency", "saved_by")
    head = heads.filter(plan=plan, agency=agency_id, year=period.year).first()
    if head is not None:
        return head
    # Two people may begin at once: the unique constraint lets one row in.
    WorkPlan.objects.bulk_create(
        [WorkPlan(plan=plan, agency_id=agency_id, year=period.year, saved_at=moment, saved_by=by)],
        ignore_conflicts=True,
    )
    return heads.get(plan=plan, agency=agency_id, year=period.year)


def _meanwhile(draft: WorkPlanDraft | None, one: Held) -> str:
    if draft is None:
        return _("%(code)s 的草稿已不在，请刷新页面。") % {"code": one.task.code}
    return _("%(code)s：%(who)s于 %(when)s 保存过，您看到的不是最新内容。") % {
        "code": one.task.code,
        "who": draft.saved_by,
        "when": short_time(draft.saved_at),
    }


# -- handing on and submitting ------------------------------------------------------------------------------


@transaction.atomic
def hand(*, by: User, work_plans: Sequence[int], now: datetime | None = None) -> list[WorkPlan]:
    """The reporter hands complete work plans to the approver of the same agency."""
    moment = now or clock.now()
    rows = lock(work_plans)
    _check_own(by, rows, rule=may_file)
    check_states(rows, transitions.HAND)
    _read_complete(rows, moment)
    move(rows, transitions.HAND, by=by, at=moment)
    return rows


@transaction.atomic
def take_back(
    *, by: User, work_plans: Sequence[int], note: str = "", now: datetime | None = None
) -> list[WorkPlan]:
    """The reporter, or the approver with a word why, takes work plans back for further work."""
    moment = now or clock.now()
    rows = lock(work_plans)
    _check_own(by, rows, rule=may_file)
    check_states(rows, transitions.TAKE_BACK)
    problems = note_problems(note, missing="" if gives_no_reason(by) else _("请写明退回填报员的理由。"))
    if problems:
        raise Problems(problems)
    move(rows, transitions.TAKE_BACK, by=by, at=moment, note=note)
    return rows


def gives_no_reason(by: User) -> bool:
    """Whether the person takes what was handed on back for work of the own; an approver who writes none sends it back to
    the reporter, and says why."""
    return by.has(Role.REPORTER)


@transaction.atomic
def withdraw(
    *, by: User, work_plans: Sequence[int], note: str, now: datetime | None = None
) -> list[WorkPlanVersion]:
    """撤回: the approver takes submitted work plans back, with a reason, until the office has decided. The version stays
    readable, and the draft goes on from what was submitted."""
    rows = lock(work_plans)
    _check_own(by, rows, rule=may_approve)
    problems = note_problems(note, missing=_("请写明撤回的理由，审核的人看得到。"))
    if problems:
        raise Problems(problems)
    in_order(row.plan_id for row in rows)
    moment = now or clock.now()
    check_states(rows, transitions.WITHDRAW)
    versions = list(WorkPlanVersion.objects.filter(work_plan__in=rows, decision="").order_by("pk"))
    for version in versions:
        version.decision, version.decided_at, version.decided_by = Decision.WITHDRAWN, moment, by
        version.decision_note = note.strip()
    keep(WorkPlanDecision, versions)
    numbers = {version.work_plan_id: {"version": version.number} for version in versions}
    move(rows, transitions.WITHDRAW, by=by, at=moment, note=note.strip(), data=numbers)
    return versions


@transaction.atomic
def submit(*, by: User, work_plans: Sequence[int], now: datetime | None = None) -> list[WorkPlanVersion]:
    """Submit work plans of the approver's agency; each becomes a version that can always be read again."""
    rows = lock(work_plans)
    _check_own(by, rows, rule=may_approve)
    in_order(row.plan_id for row in rows)
    moment = now or clock.now()
    check_states(rows, transitions.SUBMIT)
    written = WorkPlanDraft.objects.filter(work_plan__in=rows).order_by("task__order")
    check_two_people(by, written.values_list("saved_by", "task__code"))
    complete = _read_complete(rows, moment)
    last = last_numbers(WorkPlanVersion.objects.filter(work_plan__in=rows), "work_plan")
    versions = WorkPlanVersion.objects.bulk_create(
        WorkPlanVersion(
            work_plan=row,
            number=last.get(row.pk, 0) + 1,
            doc_number=row.doc_number,
            paper_date=row.paper_date,
            note=row.note,
            submitted_at=moment,
            submitted_by=by,
            signed_for_id=by.at(row.plan_id).deputises_for(),
        )
        for row in rows
    )
    _write_content(versions, complete)
    numbers = {version.work_plan_id: {"version": version.number} for version in versions}
    move(rows, transitions.SUBMIT, by=by, at=moment, data=numbers)
    return versions


def _write_content(versions: Sequence[WorkPlanVersion], complete: dict[int, list["_Complete"]]) -> None:
    written = [(version, one) for version in versions for one in complete[version.work_plan_id]]
    sections = WorkPlanSection.objects.bulk_create(
        WorkPlanSection(
            version=version, task_id=one.task_id, duty=one.duty, none_reason=one.section.none_reason
        )
        for version, one in written
    )
    pairs = [
        (version, one, section, number, said)
        for (version, one), section in zip(written, sections, strict=True)
        for number, said in enumerate(one.section.measures)
    ]
    measures = Measure.objects.bulk_create(
        Measure(
            section=section,
            key=said.key,
            order=number,
            text=said.text,
            division=said.division,
            contact=said.contact,
        )
        for _version, _one, section, number, said in pairs
    )
    Milestone.objects.bulk_create(
        Milestone(
            version=version,
            measure=measure,
            key=node.key,
            order=number,
            text=node.text,
            due=day_of(node, one.plan, one.period),
            evidence=node.evidence,
        )
        for (version, one, _section, _number, said), measure in zip(pairs, measures, strict=True)
        for number, node in enumerate(said.milestones)
    )


# -- writing anew -------------------------------------------------------------------------------------------


@transaction.atomic
def revise(*, by: User, work_plans: Sequence[int], note: str, now: datetime | None = None) -> list[WorkPlan]:
    """Open confirmed work plans for a change, with a reason. The confirmed version holds until the office confirms
    the next one, and can be read for ever."""
    moment = now or clock.now()
    rows = lock(work_plans)
    _check_own(by, rows, rule=may_file)
    problems = note_problems(note, missing=_("请写明为什么修改已确认的内容。"))
    if problems:
        raise Problems(problems)
    check_states(rows, transitions.REVISE)
    move(rows, transitions.REVISE, by=by, at=moment, note=note.strip())
    WorkPlan.objects.filter(pk__in=[row.pk for row in rows]).update(note=note.strip())
    return rows


@transaction.atomic
def drop(*, by: User, work_plans: Sequence[int], now: datetime | None = None) -> list[WorkPlan]:
    """Give up changes that were begun: what is written becomes again what was confirmed."""
    moment = now or clock.now()
    rows = lock(work_plans)
    _check_own(by, rows, rule=may_file)
    check_states(rows, transitions.DROP)
    back = {
        version.work_plan_id: version
        for version in WorkPlanVersion.objects.filter(
            work_plan__in=rows, decision=Decision.CONFIRMED
        ).order_by("number")
    }
    if len(back) != len(rows):
        raise Conflict(_("还没有确认过的版本，没有可以恢复的内容。"))
    contents = version_contents([version.pk for version in back.values()])
    # Emptied and written again: a section of a task that came later was not in what was confirmed.
    WorkPlanDraft.objects.filter(work_plan__in=rows).update(
        none_reason="", measures=[], revision=F("revision") + 1, saved_at=moment, saved_by=by
    )
    drafts = {
        (draft.work_plan_id, draft.task_id): draft
        for draft in WorkPlanDraft.objects.filter(work_plan__in=rows)
    }
    changed = []
    for row in rows:
        for content in contents.get(back[row.pk].pk, []):
            draft = drafts[row.pk, content.task_id]
            draft.none_reason = content.none_reason
            draft.measures = stored(as_inputs(content))
            changed.append(draft)
    WorkPlanDraft.objects.bulk_update(changed, ["none_reason", "measures"], batch_size=500)
    for row in rows:
        row.doc_number, row.paper_date, row.note = back[row.pk].doc_number, back[row.pk].paper_date, ""
    WorkPlan.objects.bulk_update(rows, ["doc_number", "paper_date", "note"])
    move(rows, transitions.DROP, by=by, at=moment)
    return rows


# -- what is complete --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Complete:
    """A section that may be submitted."""

    plan: Plan
    period: WorkPlanPeriod
    task_id: int
    duty: str
    section: SectionInput


def problems_of(rows: Sequence[WorkPlan], now: datetime | None = None) -> list[Problem]:
    """What would keep these from being handed on or submitted, for the page that shows it beforehand."""
    try:
        _read_complete(rows, now or clock.now())
    except Problems as error:
        return error.problems
    return []


def _read_complete(rows: Sequence[WorkPlan], moment: datetime) -> dict[int, list[_Complete]]:
    """{work plan id: its sections}, of the tasks that the agency answers for; raises Problems when any is not complete.

    What was written on a task that the agency no longer holds is left out.
    """
    drafts: dict[int, dict[int, WorkPlanDraft]] = {}
    for draft in WorkPlanDraft.objects.filter(work_plan__in=rows):
        drafts.setdefault(draft.work_plan_id, {})[draft.task_id] = draft
    owed = {
        (plan_id, period): held(
            plan, period, [row.agency_id for row in rows if row.period == period], known_at=moment
        )
        for (plan_id, period), plan in {(row.plan_id, row.period): row.plan for row in rows}.items()
    }
    complete: dict[int, list[_Complete]] = {}
    problems: list[Problem] = []
    for row in rows:
        mine = owed[row.plan_id, row.period].get(row.agency_id, {})
        if not mine:
            problems.append(Problem("", _("本单位现在不承担这个方案的任务，不必提交。")))
        keys: set[str] = set()
        for task_id, one in mine.items():
            kept = drafts.get(row.pk, {}).get(task_id)
            measures = measures_of(kept.measures if kept else ())
            reason = kept.none_reason if kept else ""
            problems += completeness_problems(
                measures, reason, plan=row.plan, period=row.period, row=one.task.code
            )
            mine_keys = [node.key for measure in measures for node in measure.milestones]
            if keys & set(mine_keys):
                said = _("有一个节点在两项任务里出现了，请在其中一项里重新填写。")
                problems.append(Problem("measures", said, one.task.code))
            keys |= set(mine_keys)
            complete.setdefault(row.pk, []).append(
                _Complete(
                    row.plan,
                    row.period,
                    task_id,
                    one.duty,
                    SectionInput(task_id, none_reason=reason, measures=measures),
                )
            )
    if problems:
        raise Problems(problems)
    return complete


def _check_own(by: User, rows: Sequence[WorkPlan], *, rule: Callable[[User], bool]) -> None:
    if not rule(by.at(*{row.plan_id for row in rows})) or any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("只能由本单位的填报员填写、签批人提交。"))
