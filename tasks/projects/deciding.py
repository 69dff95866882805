"""Deciding submitted project reports: the other half of the write path (see tasks.projects.actions)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.decisions.actions import Change, Decided, Kind, keep
from tasks.errors import Conflict, Problem, Problems, present
from tasks.indicators.write_checks import text_problems
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agency_ids
from tasks.plans.commit_order import in_order
from tasks.projects import transitions
from tasks.projects.actions import last_numbers
from tasks.projects.announcements import What, announce
from tasks.projects.models import Decision, ProjectDecision, ProjectReport, ProjectVersion
from tasks.projects.transitions import ACCEPT, RETURN, check_states, lock, move


@dataclass(frozen=True)
class DecisionInput:
    """Accept or return the version that the person saw; returning needs a note."""

    report_id: int
    number: int
    accept: bool
    note: str = ""


@transaction.atomic
def decide(
    *, by: User, decisions: Sequence[DecisionInput], now: datetime | None = None
) -> list[ProjectVersion]:
    """Accept or return, by the office; the second reviewer decides reports of the office's own agency."""
    moment = now or clock.now()
    rows = {row.pk: row for row in lock([one.report_id for one in decisions])}
    _check_may_decide(by, rows.values())
    in_order({row.project.plan_id for row in rows.values()})
    problems = []
    for one in decisions:
        words = "" if one.accept else _("请写明退回理由。")
        row = rows[one.report_id].project.name
        found = text_problems("note", one.note, required=words)
        problems += [Problem(item.field, item.message, row) for item in found]
    if problems:
        raise Problems(problems)
    check_states(list(rows.values()), ACCEPT)
    last = last_numbers(rows)
    if any(last.get(one.report_id) != one.number for one in decisions):
        raise Conflict(_("单位刚刚交了新的一版，请刷新后再核。"))
    numbers = {one.report_id: one for one in decisions}
    versions = [
        version
        for version in ProjectVersion.objects.filter(report__in=rows).order_by("report_id")
        if version.number == numbers[version.report_id].number
    ]
    for version in versions:
        one = numbers[version.report_id]
        version.decision = Decision.ACCEPTED if one.accept else Decision.RETURNED
        version.decided_at, version.decided_by, version.decision_note = moment, by, one.note.strip()
    keep(ProjectDecision, versions)
    notes = {one.report_id: one.note.strip() for one in decisions}
    for transition, accept in ((ACCEPT, True), (RETURN, False)):
        chosen = [rows[one.report_id] for one in decisions if one.accept is accept]
        move(chosen, transition, by=by, at=moment, note=notes)
        announce(What.ACCEPTED if accept else What.RETURNED, chosen, by, moment)
    return versions


def _check_may_decide(by: User, rows: Iterable[ProjectReport]) -> None:
    offices = office_agency_ids(*{row.project.plan_id for row in rows})
    if not all(may_decide_for(by, row.agency_id, offices) for row in rows):
        raise PermissionDenied(_("这些报告不由您核定。"))


def _later(versions: Sequence[ProjectVersion]) -> dict[int, str]:
    """{version id: the report of a later period that goes on from it}."""
    filed = ProjectVersion.objects.filter(project__in={one.project_id for one in versions}).exclude(
        decision=Decision.WITHDRAWN
    )
    rows = list(filed.values_list("project", "quarter", "submitted_at"))
    return {
        one.pk: _("之后的报告已据此提交，不能撤销，可由另一人更正核定。")
        for one in versions
        for project, quarter, at in rows
        if one.decided_at is not None
        and (project, at >= one.decided_at) == (one.project_id, True)
        and quarter > one.quarter
    }


def _decided(version: ProjectVersion) -> Decided:
    at = present(version.decided_at, "when the version was decided")
    return Decided(version.pk, version.report.project.plan_id, version.quarter, at)


_NEWS = {Change.UNDONE: What.UNDONE, Change.CORRECTED: What.CORRECTED}

REPORTS = Kind(
    versions=ProjectVersion,
    record=ProjectDecision,
    head="report",
    lock=lock,
    check=lambda by, versions: _check_may_decide(by, [version.report for version in versions]),
    plan_of=lambda row: row.project.plan_id,
    decided=_decided,
    name=lambda row: row.project.name,
    undone=transitions.UNDO,
    corrected={
        Decision.ACCEPTED: transitions.CORRECT_TO_ACCEPTED,
        Decision.RETURNED: transitions.CORRECT_TO_RETURNED,
    },
    move=move,
    tell=lambda change, rows, by, moment: announce(_NEWS[change], rows, by, moment),
    own_builders=(_later,),
)
