"""The one write path of projects: adding one, naming its agency, saving and submitting its reports (deciding
them: tasks.projects.deciding).

The contract is that of returns (tasks.submissions.actions): keyword-only, the actor `by`, permission and state checked once,
one conditional UPDATE on the allowed source states, the record in the same transaction; reports are submitted and
decided as a batch. PermissionDenied, Conflict (the state has moved on) or Problems (the input; `row` is the project's
name), and then nothing was written.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks import typed
from tasks.agencies.models import Agency
from tasks.audit.log import record
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.cycles.models import Cycle
from tasks.decisions.actions import keep
from tasks.errors import Conflict, Problem, Problems
from tasks.indicators.write_checks import known_now, since_problems, text_problems
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file, may_manage_projects
from tasks.people.queries import check_two_people
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan, Project, Sector
from tasks.projects.announcements import What, announce
from tasks.projects.models import (
    Decision,
    ProjectBody,
    ProjectDecision,
    ProjectReport,
    ProjectVersion,
    Works,
)
from tasks.projects.queries import may_write
from tasks.projects.transitions import (
    EDITABLE,
    SUBMIT,
    WITHDRAW,
    check_states,
    lock,
    move,
    state_sentence,
)
from tasks.projects.values import MONEY_LIMIT, TEXT_LIMIT, ReportInput
from tasks.values import Origin, Period

NAME_LIMIT = 200

# -- the office ---------------------------------------------------------------------------------------------


def _begin(by: User, plan: Plan, now: datetime | None) -> datetime:
    if not may_manage_projects(by):
        raise PermissionDenied(_("重大项目由领导小组办公室管理。"))
    in_order([plan.pk])
    return now or clock.now()


@transaction.atomic
def add_project(
    *, by: User, plan: Plan, name: str, sector: int | None, note: str, now: datetime | None = None
) -> Project:
    """A project that the plan does not name, under one of its sectors (by number) or none; marked 非方案内容."""
    moment = _begin(by, plan, now)
    problems = [
        *text_problems("name", name, limit=NAME_LIMIT, required=_("请填项目名称。")),
        *text_problems("note", note, required=_("请写明依据，如批文或会议纪要。")),
    ]
    under = Sector.objects.filter(plan=plan, number=sector).first() if sector is not None else None
    if sector is not None and under is None:
        problems.append(Problem("sector", _("方案没有这个重点领域。")))
    if Project.objects.filter(plan=plan, name=name.strip()).exists():
        problems.append(Problem("name", _("已有同名项目。")))
    if problems:
        raise Problems(problems)
    made = Project.objects.create(
        plan=plan,
        sector=under,
        name=name.strip(),
        origin=Origin.OUTSIDE,
        origin_note=note.strip(),
        added_at=moment,
    )
    data = {"name": made.name, "sector": sector}
    record(by=by, verb="project.add", subject=made, note=note.strip(), data=data, at=moment)
    return made


@transaction.atomic
def assign(
    *,
    by: User,
    project: Project,
    agency: Agency | None,
    since: Period,
    note: str,
    now: datetime | None = None,
) -> ProjectBody | None:
    """From the period `since` on, this agency reports on the project instead of any other; None: no agency does."""
    moment = _begin(by, project.plan, now)
    problems = [
        *since_problems(project.plan, since),
        *text_problems("note", note, required=_("请写明依据。")),
    ]
    if agency is not None and agency.is_collective:
        problems.append(Problem("agency", _("集合单位不能填报，请选一个成员单位。")))
    if problems:
        raise Problems(problems)
    valid = quarters_from(since.ordinal)
    rows = known_now(ProjectBody, project=project)
    if agency is not None and any(
        row.agency_id == agency.pk and row.valid.upper is None and since.within(row.valid) for row in rows
    ):
        raise Problems([Problem("agency", _("该季度起本来就由这个单位填报。"))])
    closed = retire(rows, valid=valid, at=moment)
    if agency is None:
        if not closed:
            raise Problems([Problem("agency", _("这个项目还没有填报单位。"))])
        made = None
    else:
        made = ProjectBody.objects.create(
            project=project,
            agency=agency,
            valid=valid,
            known=known_from(moment),
            note=note.strip(),
            by=by,
        )
    data = {"agency": agency.slug if agency else None, "since": str(since)}
    record(by=by, verb="project.assign", subject=project, note=note.strip(), data=data, at=moment)
    return made


# -- the agency -----------------------------------------------------------------------------------------------


@transaction.atomic
def save(
    *,
    by: User,
    project: Project,
    quarter: Period,
    said: ReportInput,
    revision: int | None,
    now: datetime | None = None,
) -> ProjectReport:
    """Save the draft of the actor's agency as typed, complete or not. Raises Conflict where another person saved since
    `revision`."""
    moment = now or clock.now()
    said = said.understood()
    _check_held(by, project, quarter, moment)
    problems = [
        found
        for name in ("fall_reason", "progress", "problems", "next_steps")
        for found in text_problems(name, getattr(said, name), limit=TEXT_LIMIT)
    ]
    problems += [
        found
        for name in ("works", "invested", "total", "planned")
        for found in text_problems(name, getattr(said, name), limit=40)
    ]
    if problems:
        raise Problems(problems)
    agency_id = by.acts_for
    reports = ProjectReport.objects.select_for_update(of=("self",)).select_related("saved_by")
    report = reports.filter(project=project, quarter=quarter, agency=agency_id).first()
    cycle = Cycle.counting.filter(plan=project.plan_id, quarter=quarter).first()
    if not may_write(report, cycle, agency_id, moment):
        raise Conflict(state_sentence(report) if report and report.state not in EDITABLE else _shut(quarter))
    if (report.revision if report else None) != revision:
        raise Conflict(
            _("%(who)s刚刚保存过，您看到的不是最新内容，请刷新后再改。") % {"who": report.saved_by}
            if report
            else _("草稿已不在，请刷新页面。")
        )
    if report is None:
        try:
            with transaction.atomic():
                return ProjectReport.objects.create(
                    project=project,
                    quarter=quarter,
                    agency_id=agency_id,
                    typed=said.kept(),
                    saved_at=moment,
                    saved_by=by,
                )
        except IntegrityError as error:
            raise Conflict(_("同事刚刚开始填写这一份，请刷新页面。")) from error
    if report.typed == said.kept():
        return report  # saving unchanged text is not writing: this person may still approve it
    report.typed, report.saved_at, report.saved_by = said.kept(), moment, by
    report.revision += 1
    report.save(update_fields=["typed", "saved_at", "saved_by", "revision"])
    return report


def faults(report: ProjectReport, *, now: datetime | None = None) -> list[Problem]:
    """Problems of the draft, each on its field. Missing fields are no problem yet."""
    last = _totals_before([report], now or clock.now())
    return _read(ReportInput.of(report.typed), last.get(report.project_id), "", complete=False)[1]


@transaction.atomic
def submit(*, by: User, reports: Sequence[int], now: datetime | None = None) -> list[ProjectVersion]:
    """Submit complete reports, by the agency's approver; each becomes a version."""
    moment = now or clock.now()
    if not may_approve(by):
        raise PermissionDenied(_("由本单位签批人提交。"))
    rows = lock(reports)
    if any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("只能提交本单位的项目报告。"))
    plans = {row.project.plan_id for row in rows}
    in_order(plans)
    check_states(rows, SUBMIT)
    check_two_people(by, [(row.saved_by_id, "") for row in rows])
    made = [_version(row, said, numbers, by, moment) for row, said, numbers in complete(rows, moment)]
    numbers_taken = last_numbers([row.pk for row in rows])
    for version in made:
        version.number = numbers_taken.get(version.report_id, 0) + 1
    versions = ProjectVersion.objects.bulk_create(made)
    move(rows, SUBMIT, by=by, at=moment)
    return versions


@transaction.atomic
def withdraw(
    *, by: User, reports: Sequence[int], note: str, now: datetime | None = None
) -> list[ProjectVersion]:
    """撤回: the agency's approver takes submitted reports back, with a reason, until they are decided and while the agency
    could submit them again. The version stays readable and counts as nothing."""
    moment = now or clock.now()
    rows = lock(reports)
    if not may_approve(by) or any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("已提交的项目报告由本单位签批人撤回。"))
    found = text_problems("withdraw_note", note, required=_("请写明撤回的理由，审核的人看得到。"))
    if found:
        raise Problems(list(found))
    plans = {row.project.plan_id for row in rows}
    in_order(plans)
    check_states(rows, WITHDRAW)
    cycles = {
        (cycle.plan_id, cycle.quarter): cycle
        for cycle in Cycle.counting.filter(plan__in=plans, quarter__in={row.quarter for row in rows})
    }
    for row in rows:
        cycle = cycles.get((row.project.plan_id, row.quarter))
        if not may_write(None, cycle, row.agency_id, moment):
            raise Conflict(_shut(row.quarter))
    versions = list(ProjectVersion.objects.filter(report__in=rows, decision="").order_by("report_id"))
    for version in versions:
        version.decision, version.decision_note = Decision.WITHDRAWN, note.strip()
        version.decided_at, version.decided_by = moment, by
    keep(ProjectDecision, versions)
    move(rows, WITHDRAW, by=by, at=moment, note={row.pk: note.strip() for row in rows})
    announce(What.WITHDRAWN, rows, by, moment)
    return versions


Read = tuple[ProjectReport, ReportInput, dict[str, Decimal | None]]


def complete(rows: Sequence[ProjectReport], moment: datetime) -> list[Read]:
    """What locked drafts of one agency say, as it is handed on and submitted. Raises Conflict where the period is shut or the
    project is somebody else's by now, Problems for what is missing or wrong."""
    plans = {row.project.plan_id for row in rows}
    cycles = {
        (cycle.plan_id, cycle.quarter): cycle
        for cycle in Cycle.counting.filter(plan__in=plans, quarter__in={row.quarter for row in rows})
    }
    held = set(
        ProjectBody.objects.filter(
            project__in=[row.project_id for row in rows],
            agency__in={row.agency_id for row in rows},
            known__contains=moment,
        ).values_list("project_id", "agency", "valid")
    )
    last = _totals_before(rows, moment)
    problems: list[Problem] = []
    found = []
    for row in rows:
        cycle = cycles.get((row.project.plan_id, row.quarter))
        if not may_write(None, cycle, row.agency_id, moment):
            raise Conflict(_shut(row.quarter))
        if not any(
            pk == row.project_id and agency_id == row.agency_id and row.quarter.within(valid)
            for pk, agency_id, valid in held
        ):
            raise Conflict(_("%(name)s已不由本单位填报。") % {"name": row.project.name})
        said = ReportInput.of(row.typed)
        numbers, wrong = _read(said, last.get(row.project_id), row.project.name)
        problems += wrong
        found.append((row, said, numbers))
    if problems:
        raise Problems(problems)
    return found


def as_draft(row: ProjectReport) -> ProjectVersion:
    """What a draft says, as it would be submitted: to be shown, not saved. What cannot be read of it is empty."""
    said = ReportInput.of(row.typed)
    numbers = _read(said, None, "", complete=False)[0]
    return ProjectVersion(
        report=row,
        quarter=row.quarter,
        works=said.works,
        **numbers,
        fall_reason=said.fall_reason,
        progress=said.progress,
        problems=said.problems,
        next_steps=said.next_steps,
    )


def _version(
    row: ProjectReport,
    said: ReportInput,
    numbers: dict[str, Decimal | None],
    by: User,
    moment: datetime,
) -> ProjectVersion:
    return ProjectVersion(
        report=row,
        project_id=row.project_id,
        quarter=row.quarter,
        agency_id=row.agency_id,
        works=said.works,
        **numbers,
        fall_reason=said.fall_reason.strip(),
        progress=said.progress.strip(),
        problems=said.problems.strip(),
        next_steps=said.next_steps.strip(),
        submitted_at=moment,
        submitted_by=by,
        signed_for_id=by.deputises_for(),
    )


def _read(
    said: ReportInput, before: ProjectVersion | None, row: str, *, complete: bool = True
) -> tuple[dict[str, Decimal | None], list[Problem]]:
    """The numbers of a report and its problems; with `complete`, missing fields are problems too."""
    problems: list[Problem] = []
    numbers: dict[str, Decimal | None] = {}
    for name, words in (
        ("invested", _("请填本季完成投资，没有就填 0。")),
        ("total", _("请填累计完成投资。")),
        ("planned", ""),
    ):
        numbers[name] = _money(name, getattr(said, name), words if complete else "", row, problems)
    if said.works not in Works.values and (complete or said.works):
        problems.append(Problem("works", _("请选建设状态。"), row))
    required = {"progress": _("请写本季建设进展。")} if complete else {}
    if complete and said.works == Works.STOPPED:
        required["problems"] = _("停工的，请写明问题和原因。")
    for name in ("progress", "problems", "next_steps", "fall_reason"):
        found = text_problems(name, getattr(said, name), limit=TEXT_LIMIT, required=required.get(name, ""))
        problems += [Problem(one.field, one.message, row) for one in found]
    invested, total, planned = numbers["invested"], numbers["total"], numbers["planned"]
    if planned is not None and planned <= 0:
        problems.append(Problem("planned", _("总投资应大于 0；不知道就留空。"), row))
    if invested is not None and total is not None and total < invested:
        problems.append(Problem("total", _("累计完成投资不能小于本季完成投资。"), row))
    if planned is not None and total is not None and 0 < planned < total:
        told = _("项目总投资小于累计完成投资（%(total)s 万元）；总投资已调整的请填调整后的数，不知道就留空。")
        problems.append(Problem("planned", told % {"total": f"{total.normalize():f}"}, row))
    if total is not None and before is not None and total < before.total and not said.fall_reason.strip():
        told = _("累计数比 %(quarter)s 的 %(total)s 万元小，请写明原因。")
        problems.append(
            Problem(
                "fall_reason",
                told % {"quarter": before.quarter.label, "total": f"{before.total.normalize():f}"},
                row,
            )
        )
    return numbers, problems


def _money(name: str, text: str, words: str, row: str, problems: list[Problem]) -> Decimal | None:
    try:
        value = typed.number(text)
    except ValueError as error:
        problems.append(Problem(name, str(error), row))
        return None
    if value is None:
        if words:
            problems.append(Problem(name, words, row))
    elif value < 0:
        problems.append(Problem(name, _("投资不能是负数。"), row))
    elif value >= 10**MONEY_LIMIT or value != round(value, 2):
        problems.append(Problem(name, _("以万元计，整数最多 12 位，小数最多 2 位。"), row))
    else:
        return value
    return None


# -- shared -------------------------------------------------------------------------------------------------


def _check_held(by: User, project: Project, quarter: Period, moment: datetime) -> None:
    held = ProjectBody.objects.filter(
        project=project, agency=by.agency_id, valid__contains=quarter.ordinal, known__contains=moment
    )
    if not may_file(by) or not held.exists():
        raise PermissionDenied(_("本单位这个季度不填报这个项目。"))


def _shut(quarter: Period) -> str:
    return _("%(quarter)s没有开启填报；要补报请联系领导小组办公室重新开启。") % {"quarter": quarter.label}


def last_numbers(report_ids: Iterable[int]) -> dict[int, int]:
    """{report: its last version's number}."""
    rows = ProjectVersion.objects.filter(report__in=report_ids).order_by("report_id", "-number")
    return dict(rows.distinct("report_id").values_list("report_id", "number"))


def _totals_before(rows: Sequence[ProjectReport], moment: datetime) -> dict[int, ProjectVersion]:
    """{project: the last report of an earlier quarter that was not sent back}."""
    found: dict[int, ProjectVersion] = {}
    quarters = {row.project_id: row.quarter for row in rows}
    versions = ProjectVersion.objects.filter(project__in=quarters).as_known(moment)
    for version in sorted(versions, key=lambda one: one.quarter):
        if version.quarter < quarters[version.project_id] and version.known != Decision.RETURNED:
            found[version.project_id] = version
    return found
