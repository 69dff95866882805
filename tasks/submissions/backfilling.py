"""台账补录: what an office's own ledger says of quarters that were never opened for filing on the site.

Each entry becomes a submission with one version that names its ledger. It is neither on time nor late, is not decided,
and is outside rates and scores. It never stands beside a real submission: a quarter that was opened is refused here, and
one that holds entries is not opened (tasks.cycles.actions).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan, Responsibility
from tasks.plans.queries import ended_tasks
from tasks.submissions.content import DraftInput, shape_problems, understood
from tasks.submissions.fields import NAMES, field_values
from tasks.submissions.models import State, Submission, Version
from tasks.submissions.transitions import BACKFILL, UNDO_BACKFILL, check_runs, move
from tasks.transitions import last_numbers
from tasks.values import Period

Key = tuple[int, int, Period]  # (task id, agency id, quarter)


def closed_to_backfill(plan: Plan, quarter: Period, opened: Collection[Period], moment: datetime) -> str:
    """Why nothing can be taken from a ledger for the quarter, "" where it can. `opened` are the quarters that were opened
    for filing."""
    words = {"quarter": quarter.label, "first": plan.first_quarter.label, "last": plan.last_quarter.label}
    if not plan.first_quarter <= quarter <= plan.last_quarter:
        return _("%(quarter)s不在方案有效期内（%(first)s至%(last)s）。") % words
    if quarter.last_day >= timezone.localdate(moment, timezone.get_default_timezone()):
        return _("%(quarter)s还没有结束，由单位自己填报。") % words
    if quarter in opened:
        return _("%(quarter)s已在本系统开启填报，补报请重新开启，由单位自己填。") % words
    return ""


def opened_quarters(plan: Plan) -> set[Period]:
    """The quarters of the plan that were opened for filing. One query."""
    return set(Cycle.objects.filter(plan=plan).values_list("quarter", flat=True))


def backfilled_keys(plan: Plan) -> set[Key]:
    """What was taken from ledgers and still counts. One query."""
    rows = Version.objects.filter(task__plan=plan, backfill__isnull=False)
    return set(rows.values_list("task_id", "agency_id", "quarter"))


@transaction.atomic
def backfill(
    *, by: User, plan: Plan, ledger_id: int, entries: Sequence[DraftInput], now: datetime | None = None
) -> list[Version]:
    """Write the entries of a ledger, all or none. A fixed number of queries.

    Raises Problems for what cannot be kept, Conflict where a quarter was opened or another ledger was faster.
    """
    if not may_backfill(by.at(plan.pk)):
        raise PermissionDenied(_("台账由领导小组办公室补录。"))
    in_order([plan.pk])
    moment = now or clock.now()
    entries = [understood(entry) for entry in entries]
    held = _check(plan, entries, moment)
    taken = backfilled_keys(plan)
    for entry in entries:
        if _key(entry) in taken:
            raise Conflict(
                _("%(code)s %(quarter)s刚由另一份台账补录，请刷新页面。")
                % {"code": held[_key(entry)].task.code, "quarter": entry.quarter.label}
            )
    cycles = _cycles(plan, {entry.quarter for entry in entries}, moment)
    rows = _rows(entries, held, cycles, by, moment)
    last = last_numbers(Version.every.filter(submission__in=rows), "submission")
    versions = Version.objects.bulk_create(
        Version(
            submission=row,
            number=last.get(row.pk, 0) + 1,
            quarter=row.quarter,
            task_id=row.task_id,
            agency_id=row.agency_id,
            duty=row.duty,
            submitted_at=moment,
            submitted_by=by,
            backfill_id=ledger_id,
            **field_values(row),
        )
        for row in rows
    )
    move(rows, BACKFILL, by=by, at=moment, data={row.pk: {"ledger": ledger_id} for row in rows})
    return versions


@transaction.atomic
def undo_backfill(
    *, by: User, plan: Plan, ledger_id: int, reason: str, now: datetime | None = None
) -> list[Version]:
    """Take back all that a ledger brought: it counts as nothing and stays readable. Raises Conflict where it was done."""
    if not may_backfill(by.at(plan.pk)):
        raise PermissionDenied(_("台账补录由领导小组办公室撤销。"))
    in_order([plan.pk])
    moment = now or clock.now()
    versions = list(Version.objects.select_for_update().filter(backfill=ledger_id).order_by("pk"))
    if not versions:
        raise Conflict(_("这份台账的补录已经撤销，请刷新页面。"))
    Version.objects.filter(pk__in=[one.pk for one in versions]).update(
        withdrawn_at=moment, withdrawn_by=by, withdrawal_reason=reason
    )
    rows = list(
        Submission.objects.select_for_update(of=("self",))
        .select_related("task")
        .filter(pk__in=[one.submission_id for one in versions])
        .order_by("pk")
    )
    move(
        rows,
        UNDO_BACKFILL,
        by=by,
        at=moment,
        note=reason,
        data={row.pk: {"ledger": ledger_id} for row in rows},
    )
    Submission.objects.filter(pk__in=[row.pk for row in rows]).update(**_nothing())
    return versions


def _key(item: DraftInput | Submission) -> Key:
    return item.task_id, item.agency_id, item.quarter


def _nothing() -> dict[str, object]:
    """The fields of a submission in which nothing is written."""
    return field_values(Submission())


def _check(plan: Plan, entries: Sequence[DraftInput], moment: datetime) -> dict[Key, Responsibility]:
    """{key: the responsibility held then}; raises Problems with every fault."""
    if len({_key(entry) for entry in entries}) != len(entries):
        raise Problems([Problem("", _("同一单位同一任务同一季度不能补录两次。"))])
    if not entries:
        raise Problems([Problem("", _("这份台账没有可以补录的内容。"))])
    held: dict[Key, Responsibility] = {}
    pairs: dict[tuple[int, int], list[Responsibility]] = {}
    for one in Responsibility.objects.filter(
        task__plan=plan,
        task__in={entry.task_id for entry in entries},
        agency__in={entry.agency_id for entry in entries},
        known__contains=moment,
    ).select_related("task"):
        pairs.setdefault((one.task_id, one.agency_id), []).append(one)
    opened, ended = opened_quarters(plan), ended_tasks({plan.pk}, moment)
    problems = []
    for quarter in sorted({entry.quarter for entry in entries}):
        if why := closed_to_backfill(plan, quarter, opened, moment):
            problems.append(Problem("", why))
    for entry in entries:
        found = pairs.get((entry.task_id, entry.agency_id), [])
        duty = next((one for one in found if entry.quarter.within(one.valid)), None)
        if duty is None:
            problems.append(
                Problem("", _("有单位在%(quarter)s不承担这项任务。") % {"quarter": entry.quarter.label})
            )
            continue
        check_runs(duty.task, entry.quarter, ended)
        held[_key(entry)] = duty
        problems += shape_problems(entry, duty.task.code)
    if problems:
        raise Problems(problems)
    return held


def _cycles(plan: Plan, quarters: Iterable[Period], moment: datetime) -> dict[Period, Cycle]:
    """{quarter: the cycle that holds what was taken from ledgers}."""
    wanted = sorted(quarters)
    Cycle.every.bulk_create(
        [
            Cycle(
                plan=plan,
                quarter=quarter,
                opened_at=moment,
                co_due=moment,
                lead_due=moment,
                decision_due=moment,
                closes_at=moment,
                only_backfilled=True,
            )
            for quarter in wanted
        ],
        ignore_conflicts=True,
    )
    found = {
        one.quarter: one for one in Cycle.every.select_for_update().filter(plan=plan, quarter__in=wanted)
    }
    for quarter, one in found.items():
        if not one.only_backfilled:
            raise Conflict(_("%(quarter)s刚刚开启填报，请刷新页面。") % {"quarter": quarter.label})
    return found


def _rows(
    entries: Sequence[DraftInput],
    held: dict[Key, Responsibility],
    cycles: dict[Period, Cycle],
    by: User,
    moment: datetime,
) -> list[Submission]:
    """The submissions of the entries, in state DRAFT: new, or left empty by a ledger that was taken back."""
    known = {
        _key(row): row
        for row in Submission.objects.select_for_update(of=("self",)).filter(
            cycle__in=[one.pk for one in cycles.values()], task__in={entry.task_id for entry in entries}
        )
    }
    fresh: list[Submission] = []
    again: list[Submission] = []
    for entry in entries:
        row = known.get(_key(entry))
        if row is not None and row.state != State.DRAFT:
            raise Conflict(_("有任务刚由别人补录，请刷新页面。"))
        is_new = row is None
        row = row or Submission(
            cycle=cycles[entry.quarter],
            quarter=entry.quarter,
            task_id=entry.task_id,
            agency_id=entry.agency_id,
            revision=0,
        )
        row.duty = held[_key(entry)].duty
        for name in NAMES:
            setattr(row, name, getattr(entry, name))
        row.saved_at, row.saved_by = moment, by
        row.revision += 1
        (fresh if is_new else again).append(row)
    Submission.objects.bulk_create(fresh)
    if again:
        Submission.objects.bulk_create(
            again,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=[*NAMES, "duty", "revision", "saved_at", "saved_by"],
        )
    return sorted((*fresh, *again), key=lambda row: row.pk)
