"""Reporting that a milestone was reached, taking that back, and not accepting it.

A report counts from the moment on which it is made: the calendar asks neither for a quarter's return nor for anybody's
acceptance. The office may find it untrue (核实), with a reason; then the milestone counts as not reached from that
moment on, and the agency may report it again. The contract is that of tasks.workplans.actions; `row` of a problem is the
place in the batch, counted from 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import Entry, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_decide_for, may_file
from tasks.people.queries import office_agency_ids
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.transitions import lock, short_time
from tasks.workplans.models import Milestone, MilestoneReport, WorkPlanVersion
from tasks.workplans.transitions import note_problems

WORDS_LIMIT = 1000


@dataclass(frozen=True)
class ReportInput:
    """A milestone of a confirmed work plan was reached on a day; `words` say what shows it."""

    milestone_id: int
    reached_on: date
    words: str


@transaction.atomic
def report(*, by: User, reports: Sequence[ReportInput], now: datetime | None = None) -> list[MilestoneReport]:
    """The agency's own people say which milestones were reached. Each can be reported once, until that is taken back or
    refuted."""
    if len({item.milestone_id for item in reports}) != len(reports):
        raise Problems([Problem("", _("同一个节点不能在一次提交里报两次。"))])
    nodes = {
        node.pk: node
        for node in Milestone.objects.filter(pk__in=[item.milestone_id for item in reports]).select_related(
            "version__work_plan__plan"
        )
    }
    if len(nodes) != len(reports):
        raise PermissionDenied(_("没有这个节点。"))
    heads = {node.version.work_plan for node in nodes.values()}
    by = by.at(*{head.plan_id for head in heads})
    if not may_file(by) or any(head.agency_id != by.agency_id for head in heads):
        raise PermissionDenied(_("节点完成由承担单位自己报告。"))
    in_order(head.plan_id for head in heads)
    moment = now or clock.now()
    problems = []
    for number, item in enumerate(reports):
        problems += _problems(item, nodes[item.milestone_id].version.work_plan.plan, moment, str(number))
    if problems:
        raise Problems(problems)
    # Known by its key, since the page may show a version that was replaced meanwhile.
    in_force = set(
        Milestone.objects.filter(
            version__in=WorkPlanVersion.objects.in_force(moment),
            version__work_plan__agency=by.agency_id,
            key__in=[node.key for node in nodes.values()],
        ).values_list("version__work_plan__plan_id", "key")
    )
    for node in nodes.values():
        if (node.version.work_plan.plan_id, node.key) not in in_force:
            raise Conflict(_("节点“%(text)s”已不在现行的实施方案里，请刷新页面。") % {"text": node.text[:30]})
    told = (
        MilestoneReport.objects.standing(moment)
        .filter(agency=by.agency_id, key__in=[node.key for node in nodes.values()])
        .filter(plan__in={head.plan_id for head in heads})
        .select_related("reported_by")
        .first()
    )
    if told is not None:
        raise Conflict(
            _("%(who)s已于 %(when)s 报告过这个节点完成；有误请先撤销。")
            % {"who": told.reported_by, "when": short_time(told.reported_at)}
        )
    try:
        with transaction.atomic():
            made = MilestoneReport.objects.bulk_create(
                MilestoneReport(
                    milestone=node,
                    plan_id=node.version.work_plan.plan_id,
                    agency_id=node.version.work_plan.agency_id,
                    key=node.key,
                    reached_on=item.reached_on,
                    words=item.words.strip(),
                    reported_at=moment,
                    reported_by=by,
                )
                for item in reports
                for node in (nodes[item.milestone_id],)
            )
    except IntegrityError as error:  # the same milestone by two of its rows
        raise Problems([Problem("", _("同一个节点不能在一次提交里报两次。"))]) from error
    _record(made, "milestone.report", by=by, at=moment)
    return made


@transaction.atomic
def undo(
    *, by: User, reports: Sequence[int], reason: str, now: datetime | None = None
) -> list[MilestoneReport]:
    """The agency takes its own reports back, with a reason."""
    rows = _lock(reports)
    by = by.at(*{row.plan_id for row in rows})
    if not may_file(by) or any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("只能撤销本单位的报告。"))
    problems = note_problems(reason, missing=_("请写明为什么撤销。"))
    if problems:
        raise Problems([Problem("reason", problem.message) for problem in problems])
    in_order(row.plan_id for row in rows)
    moment = now or clock.now()
    _check_standing(rows)
    for row in rows:
        row.undone_at, row.undone_by, row.undo_reason = moment, by, reason.strip()
    MilestoneReport.objects.bulk_update(rows, ["undone_at", "undone_by", "undo_reason"])
    _record(rows, "milestone.undo", by=by, at=moment, note=reason.strip())
    return rows


@transaction.atomic
def refute(
    *, by: User, reports: Sequence[int], reason: str, now: datetime | None = None
) -> list[MilestoneReport]:
    """The office, or for its own agency the second reviewer, does not accept reports: it looked and found otherwise."""
    rows = _lock(reports)
    by = by.at(*{row.plan_id for row in rows})
    offices = office_agency_ids(*{row.plan_id for row in rows})
    if not all(may_refute(by, row, offices) for row in rows):
        raise PermissionDenied(
            _("节点由领导小组办公室核实；办公室所在单位的由复核人核实，本单位的不能自己核实。")
        )
    problems = note_problems(reason, missing=_("请写明核实的情况，单位才知道差在哪里。"))
    if problems:
        raise Problems([Problem("reason", problem.message) for problem in problems])
    in_order(row.plan_id for row in rows)
    moment = now or clock.now()
    _check_standing(rows)
    for row in rows:
        row.refuted_at, row.refuted_by, row.refute_reason = moment, by, reason.strip()
    MilestoneReport.objects.bulk_update(rows, ["refuted_at", "refuted_by", "refute_reason"])
    _record(rows, "milestone.refute", by=by, at=moment, note=reason.strip())
    return rows


def may_refute(by: User, row: MilestoneReport, offices: frozenset[int]) -> bool:
    """Nobody judges the reports of their own agency, nor those they made for an agency to which they belonged earlier."""
    return row.reported_by_id != by.pk and may_decide_for(by, row.agency_id, offices)


def _problems(item: ReportInput, plan: Plan, moment: datetime, row: str) -> list[Problem]:
    problems = []
    words = item.words.strip()
    if not words:
        problems.append(Problem("words", _("请写完成情况：做到了什么，凭什么看得出来。"), row))
    elif len(words) > WORDS_LIMIT or "\0" in words:
        problems.append(
            Problem("words", _("完成情况最多 %(limit)d 字，请删减。") % {"limit": WORDS_LIMIT}, row)
        )
    if item.reached_on > clock.day_of(moment):
        problems.append(Problem("reached_on", _("完成日期不能晚于今天。"), row))
    elif item.reached_on < plan.in_force_from:
        problems.append(
            Problem(
                "reached_on",
                _("方案自 %(day)s 起施行，请核对年份。") % {"day": plan.in_force_from.isoformat()},
                row,
            )
        )
    return problems


def _lock(ids: Iterable[int]) -> list[MilestoneReport]:
    rows = MilestoneReport.objects.select_related("undone_by", "refuted_by")
    return lock(rows, ids, PermissionDenied(_("没有这份报告。")))


def _check_standing(rows: Sequence[MilestoneReport]) -> None:
    for row in rows:
        if row.undone_at is not None:
            said = _("%(who)s已于 %(when)s 撤销了这份报告。")
            raise Conflict(said % {"who": row.undone_by, "when": short_time(row.undone_at)})
        if row.refuted_at is not None:
            said = _("%(who)s已于 %(when)s 核实，不予认定。")
            raise Conflict(said % {"who": row.refuted_by, "when": short_time(row.refuted_at)})


def _record(rows: Iterable[MilestoneReport], verb: str, *, by: User, at: datetime, note: str = "") -> None:
    record_all(
        [
            Entry(verb, row, note=note, data={"key": row.key, "reached_on": str(row.reached_on)})
            for row in rows
        ],
        by=by,
        at=at,
    )
