"""The one write path of submissions: drafts, handing on, submitting; deciding is in tasks.review.actions. Form, API,
workbook and sample data all end here.

Every function is keyword-only, takes the actor `by` and a batch (one is a batch of one), checks permission and state
once, changes state by one conditional UPDATE on the allowed source states and writes the record in the same
transaction. The number of queries does not grow with the batch. It raises PermissionDenied, Conflict (the state has
moved on) or Problems (the input; `row` is the task's code), and then nothing was written.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.assignments.queries import check_assigned
from tasks.cycles import refiling
from tasks.cycles.models import Cycle
from tasks.cycles.refiling import Again, Why
from tasks.cycles.reopening import openings, wanted_by
from tasks.errors import Conflict, Problem, Problems
from tasks.indicators.reading import Read, read_figures
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file
from tasks.people.queries import check_two_people
from tasks.plans.commit_order import in_order
from tasks.plans.filing_rules import filing_rules
from tasks.plans.models import Responsibility
from tasks.plans.queries import ended_tasks
from tasks.submissions import transitions
from tasks.submissions.announcements import Announcement, What, announce
from tasks.submissions.content import (
    DraftInput,
    completeness_problems,
    conflict_problems,
    misplaced_fields,
    overdue_problems,
    paper_problems,
    shape_problems,
    understood,
)
from tasks.submissions.evidence import actions as evidence
from tasks.submissions.evidence.queries import files_of_drafts
from tasks.submissions.fields import NAMES, field_values
from tasks.submissions.figures import AskedReturns, asked_for, rows_of
from tasks.submissions.models import (
    FILED,
    AdoptedPiece,
    Decision,
    Figure,
    Package,
    Submission,
    Version,
    VersionBasis,
)
from tasks.submissions.queries import red_co_returns
from tasks.submissions.transitions import (
    check_open,
    check_open_rows,
    check_runs,
    check_states,
    lock,
    move,
    state_sentence,
)
from tasks.transitions import last_numbers, short_time
from tasks.values import Duty, Period, Role
from tasks.workplans.schedule import overdue_for

# -- drafts -------------------------------------------------------------------------------------------------


Key = tuple[int, int, Period]  # (task id, agency id, quarter): there is at most one submission for each


def _key(item: DraftInput | Submission) -> Key:
    return item.task_id, item.agency_id, item.quarter


@transaction.atomic
def save_drafts(*, by: User, drafts: Sequence[DraftInput], now: datetime | None = None) -> list[Submission]:
    """Keep drafts of the actor's own agency, new or known, in the order given.

    Text is kept as typed (tasks.submissions.content.understood), complete or not. A draft that another has saved since `revision` raises Conflict.
    """
    moment = now or clock.now()
    drafts = [understood(draft) for draft in drafts]
    owed = _check_own_duties(by, drafts, moment)
    problems = []
    for draft in drafts:
        duty = owed[_key(draft)]
        problems += shape_problems(draft, duty.task.code)
        problems += [
            Problem(name, _("这一项由牵头单位填写，请清空。"), duty.task.code)
            for name in misplaced_fields(draft, duty.duty)
        ]
    if problems:
        raise Problems(problems)
    check_assigned(by, {draft.task_id for draft in drafts})
    cycles = _open_cycles(drafts, moment)

    kept = _lock_drafts(drafts)
    fresh = []
    for draft in drafts:
        if _key(draft) in kept:
            continue
        if draft.revision is not None:
            raise Conflict(_("这份草稿已不在，请刷新页面。"))
        duty = owed[_key(draft)]
        submission = Submission(
            cycle=cycles[draft.plan_id, draft.quarter],
            quarter=draft.quarter,
            task=duty.task,
            agency_id=draft.agency_id,
            duty=duty.duty,
            revision=0,
        )
        _fill(submission, draft, by, moment)
        fresh.append(submission)
    changed = []
    for draft in drafts:
        known = kept.get(_key(draft))
        if known is None:
            continue
        _check_revision(known, draft)
        _fill(known, draft, by, moment)
        changed.append(known)
    _store(fresh, changed)
    stored = _lock_drafts(drafts)
    for item in fresh:
        _check_stored(stored[_key(item)], item, by)
    return [stored[_key(draft)] for draft in drafts]


def _check_own_duties(by: User, drafts: Sequence[DraftInput], moment: datetime) -> dict[Key, Responsibility]:
    """The responsibility under which each draft is written. Raises PermissionDenied for a draft of another agency or of
    a task for which the agency is not responsible in the quarter, Conflict for a task that has ended."""
    if len({_key(draft) for draft in drafts}) != len(drafts):
        raise Problems([Problem("", _("同一份填报不能在一次保存里出现两次。"))])
    for draft in drafts:
        if draft.agency_id != by.agency_id or not may_file(by.at(draft.plan_id)):
            raise PermissionDenied(_("只能填报本单位的任务。"))
    owed = _duties_of(drafts, moment)
    ended = ended_tasks({draft.plan_id for draft in drafts}, moment)
    rules = filing_rules({draft.plan_id for draft in drafts}, moment)
    for draft in drafts:
        duty = owed.get(_key(draft))
        if duty is None:
            raise PermissionDenied(
                _("本单位在%(quarter)s不承担这项任务。") % {"quarter": draft.quarter.label}
            )
        check_runs(duty.task, draft.quarter, ended)
        if not rules.requires(duty, draft.plan_id, draft.quarter):
            raise PermissionDenied(
                _("%(code)s 在%(quarter)s不需本单位填报：按填报要求，%(role)s单位由牵头单位点名或到期才报。")
                % {"code": duty.task.code, "quarter": draft.quarter.label, "role": Duty(duty.role).label}
            )
    return owed


def _open_cycles(drafts: Sequence[DraftInput], moment: datetime) -> dict[tuple[int, Period], Cycle]:
    """{(plan id, quarter): its cycle}; raises Conflict unless each draft may be filed now."""
    rows = Cycle.objects.filter(
        plan__in={draft.plan_id for draft in drafts}, quarter__in={draft.quarter for draft in drafts}
    )
    cycles = {(row.plan_id, row.quarter): row for row in rows}
    opened = openings(cycles.values(), moment)
    for draft in drafts:
        cycle = cycles.get((draft.plan_id, draft.quarter))
        check_open(cycle, draft.quarter, draft.agency_id, draft.task_id, opened)
    return cycles


def _check_revision(known: Submission, draft: DraftInput) -> None:
    """Raise Conflict unless the kept draft can be edited and is the one that the person saw."""
    if known.state not in transitions.EDITABLE:
        raise Conflict(state_sentence(known))
    if known.revision != draft.revision:
        raise Conflict(
            _("%(who)s于 %(when)s 保存过这份填报，您看到的不是最新内容。")
            % {"who": known.saved_by, "when": short_time(known.saved_at)}
        )


def _store(fresh: Sequence[Submission], changed: Sequence[Submission]) -> None:
    if fresh:
        # Two people may begin the same submission at once: the unique constraint lets one row in.
        Submission.objects.bulk_create(fresh, ignore_conflicts=True)
    if changed:
        # They exist and are locked, so this inserts nothing: bulk_update takes forty times as long.
        Submission.objects.bulk_create(
            changed,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*NAMES, "figures", "revision", "saved_at", "saved_by"],
            batch_size=1000,
        )


def _check_stored(stored: Submission, item: Submission, by: User) -> None:
    """Raise Conflict unless the row that is stored is this new one. The same person may have two windows open: only the
    very same content is no loss."""
    same = field_values(stored) == field_values(item) and stored.figures == item.figures
    if stored.saved_by_id != by.pk or stored.revision != item.revision or not same:
        raise Conflict(_("%(who)s刚刚开始填报这项任务，请刷新页面后接着填。") % {"who": stored.saved_by})


def _fill(submission: Submission, draft: DraftInput, by: User, moment: datetime) -> None:
    for name in NAMES:
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


def _lock_drafts(drafts: Sequence[DraftInput]) -> dict[Key, Submission]:
    wanted = {_key(draft) for draft in drafts}
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
    found = {_key(row): row for row in rows}
    return {key: row for key, row in found.items() if key in wanted}


# -- handing on and submitting ------------------------------------------------------------------------------


@transaction.atomic
def hand(*, by: User, submissions: Sequence[int], now: datetime | None = None) -> list[Submission]:
    """The reporter hands complete drafts to the approver of the same agency."""
    moment = now or clock.now()
    rows = lock(submissions)
    _check_own(by, rows, rule=lambda user: may_file(user) and not user.enters)
    check_assigned(by, {row.task_id for row in rows})
    check_states(rows, transitions.HAND)
    check_open_rows(rows, moment)
    _read_complete(rows, moment)
    move(rows, transitions.HAND, by=by, at=moment)
    return rows


@transaction.atomic
def take_back(
    *, by: User, submissions: Sequence[int], note: str = "", now: datetime | None = None
) -> list[Submission]:
    """Make drafts of what was handed on: 取回修改 by a reporter or whoever wrote it last, 退回填报员 by an approver, who
    says why; the reporters are told."""
    moment = now or clock.now()
    rows = lock(submissions)
    _check_own(by, rows, rule=may_file)
    check_assigned(by, {row.task_id for row in rows})
    check_states(rows, transitions.TAKE_BACK)
    check_open_rows(rows, moment)
    others = [row for row in rows if not takes_back(by, row)]
    if others and not note.strip():
        raise Problems(
            [Problem("note", _("请写明退回填报员的理由，填报员看得到。"), row.task.code) for row in others]
        )
    move([row for row in rows if row not in others], transitions.TAKE_BACK, by=by, at=moment, note=note)
    move(others, transitions.SEND_TO_REPORTER, by=by, at=moment, note=note.strip())
    opened = openings((row.cycle for row in others), moment)
    refiling.announce(
        [
            Again(
                Why.BY_APPROVER,
                row.cycle,
                row.agency_id,
                row.task,
                wanted_by(row.cycle, opened, duty=row.duty, agency_id=row.agency_id, task_id=row.task_id),
            )
            for row in others
        ],
        moment,
    )
    return rows


def takes_back(by: User, row: Submission) -> bool:
    """Whether the person takes a handed submission back for work of the own; an approver who did not write it sends it
    back to the reporter instead."""
    return by.has(Role.REPORTER) or row.saved_by_id == by.pk


@transaction.atomic
def submit(*, by: User, submissions: Sequence[int], now: datetime | None = None) -> list[Version]:
    """The approver submits drafts of the own agency; each becomes a version that can always be read again. What is
    submitted of one quarter at once is one bundle 报送材料.

    A lead's version names the co versions on which it is based: those submitted by then, adopted or not.
    """
    rows = lock(submissions)
    _check_own(by, rows, rule=may_approve)
    check_states(rows, transitions.SUBMIT)
    check_two_people(by, [(row.saved_by_id, row.task.code) for row in rows])
    return file_rows(rows, by, now)


def file_rows(
    rows: Sequence[Submission], by: User, now: datetime | None = None, channel: str = ""
) -> list[Version]:
    """Make versions of locked drafts of one agency, in the caller's transaction; the caller has checked who may."""
    in_order(row.cycle.plan_id for row in rows)
    moment = now or clock.now()
    check_states(rows, transitions.SUBMIT)
    check_open_rows(rows, moment)
    figures = _read_complete(rows, moment)
    packages = _packages(rows, by, moment)

    last = last_numbers(Version.every.filter(submission__in=rows), "submission")
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
            signed_for_id=by.at(row.cycle.plan_id).deputises_for(),
            package=packages[row.cycle_id],
            channel=channel,
            **field_values(row),
        )
        for row in rows
    )
    Figure.objects.bulk_create(
        figure for version in versions for figure in rows_of(version, figures[version.submission_id])
    )
    _write_basis(versions)
    _write_adopted(versions, rows)
    evidence.fix(versions)
    data = {
        row.pk: {"version": version.number, "package": packages[row.cycle_id].number}
        for row, version in zip(rows, versions, strict=True)
    }
    move(rows, transitions.SUBMIT, by=by, at=moment, data=data)
    announce([Announcement(What.SUBMITTED, version, by, "") for version in versions], moment)
    return versions


def _packages(rows: Sequence[Submission], by: User, moment: datetime) -> dict[int, Package]:
    """{cycle id: the agency's next bundle of it}. The plan's lock is held, so numbers follow one another."""
    cycles = {row.cycle_id for row in rows}
    last = last_numbers(Package.objects.filter(cycle__in=cycles, agency=rows[0].agency_id), "cycle")
    made = Package.objects.bulk_create(
        Package(
            cycle_id=cycle_id,
            agency_id=rows[0].agency_id,
            number=last.get(cycle_id, 0) + 1,
            submitted_at=moment,
            submitted_by=by,
            signed_for_id=by.at(*{row.cycle.plan_id for row in rows}).deputises_for(),
        )
        for cycle_id in sorted(cycles)
    )
    return {package.cycle_id: package for package in made}


def _write_adopted(versions: Sequence[Version], rows: Sequence[Submission]) -> None:
    """Each piece that the lead took over keeps its origin."""
    AdoptedPiece.objects.bulk_create(
        AdoptedPiece(
            lead_version=version, co_version_id=item["version"], piece=item["piece"], text=item["text"]
        )
        for version, row in zip(versions, rows, strict=True)
        if version.duty == Duty.LEAD
        for item in row.adopted
    )


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


def drafts_follow(task_ids: Collection[int], since: Period) -> None:
    """Drafts that were begun under another duty are submitted under the one that their agency has now."""
    held: dict[tuple[int, int], list[Responsibility]] = {}
    for one in Responsibility.objects.filter(task__in=task_ids, known__endswith__isnull=True):
        held.setdefault((one.task_id, one.agency_id), []).append(one)
    changed: dict[str, list[int]] = {}
    for draft in Submission.objects.filter(task__in=task_ids, quarter__gte=since).exclude(state__in=FILED):
        for one in held.get((draft.task_id, draft.agency_id), ()):
            if draft.quarter.within(one.valid) and one.duty != draft.duty:
                changed.setdefault(one.duty, []).append(draft.pk)
    for duty, drafts in changed.items():
        Submission.objects.filter(pk__in=drafts).update(duty=duty)


# -- shared -------------------------------------------------------------------------------------------------


def _duties_of(drafts: Sequence[DraftInput], moment: datetime) -> dict[Key, Responsibility]:
    """{key: the responsibility held then}, for those of the drafts that are owed at all."""
    rows = Responsibility.objects.filter(
        task__in={draft.task_id for draft in drafts},
        agency__in={draft.agency_id for draft in drafts},
        task__plan__in={draft.plan_id for draft in drafts},
    ).select_related("task")
    found: dict[tuple[int, int, int, Period], Responsibility] = {}
    for quarter in {draft.quarter for draft in drafts}:  # one, but for programs that send several
        for row in rows.held(quarter, moment).filing(quarter, moment):
            found[row.task.plan_id, row.task_id, row.agency_id, quarter] = row
    return {
        _key(draft): found[key]
        for draft in drafts
        if (key := (draft.plan_id, draft.task_id, draft.agency_id, draft.quarter)) in found
    }


def _check_own(by: User, rows: Sequence[Submission], *, rule: Callable[[User], bool]) -> None:
    if not rule(by.at(*{row.cycle.plan_id for row in rows})) or any(
        row.agency_id != by.agency_id for row in rows
    ):
        raise PermissionDenied(_("只能由本单位的填报员填写、签批人提交。"))


def problems_of(rows: Sequence[Submission]) -> list[Problem]:
    """What would keep these drafts from being handed on or submitted, for the page that shows it beforehand."""
    try:
        _read_complete(rows, clock.now())
    except Problems as error:
        return error.problems
    return []


def asked_of(rows: Sequence[Submission]) -> dict[Period, AskedReturns]:
    """{quarter: the figures that these submissions require}."""
    holders: dict[Period, list[tuple[int, int, str]]] = {}
    for row in rows:
        holders.setdefault(row.quarter, []).append((row.task_id, row.agency_id, row.duty))
    return {quarter: asked_for(held, quarter) for quarter, held in holders.items()}


def _read_complete(rows: Sequence[Submission], moment: datetime) -> dict[int, list[Read]]:
    """{submission id: its figures}; raises Problems when any submission is not complete."""
    asked = asked_of(rows)
    red = red_co_returns((row.task_id, row.quarter) for row in rows if row.duty == Duty.LEAD)
    names = {quarter: names_at(quarter) for _task_id, quarter in red}
    today = timezone.localdate(moment, timezone.get_default_timezone())
    overdue = {
        quarter: overdue_for(
            {(row.task_id, row.agency_id) for row in rows if row.quarter == quarter}, quarter, known_at=moment
        )
        for quarter in {row.quarter for row in rows}
    }
    figures: dict[int, list[Read]] = {}
    problems: list[Problem] = evidence.problems_of(rows, files_of_drafts([row.pk for row in rows]))
    for row in rows:
        problems += completeness_problems(row, row.task.code)
        problems += paper_problems(
            row.paper_date,
            row.quarter,
            is_late_entry=row.cycle.is_backfill or moment >= row.cycle.closes_at,
            today=today,
            row=row.task.code,
        )
        if not row.elsewhere:
            nodes = overdue[row.quarter].get((row.task_id, row.agency_id), ())
            problems += overdue_problems(row, [(node.text, node.due) for node in nodes], row.task.code)
        if row.duty == Duty.LEAD and not row.elsewhere:
            said_red = [
                names[row.quarter][agency_id].short
                for agency_id in red.get((row.task_id, row.quarter), [])
                if agency_id in names[row.quarter]
            ]
            problems += conflict_problems(row, said_red, row.task.code)
        read, wrong = read_figures(
            row.figures, asked[row.quarter].of(row.task_id, row.agency_id), row.task.code
        )
        if row.elsewhere and row.figures:
            wrong = [Problem("elsewhere", _("选了“另渠道报送”，请把数据清空。"), row.task.code)]
        figures[row.pk] = read
        problems += wrong
    if problems:
        raise Problems(problems)
    return figures
