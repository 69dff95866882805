"""Sample project reports 示例数据: agencies assigned to the plan's projects, and their reports of the sample quarters."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from tasks.agencies.models import Agency
from tasks.cycles.models import Cycle
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.people.queries import is_sample_database, office_agency_ids
from tasks.plans.models import Plan, Project
from tasks.projects.actions import assign, save, submit
from tasks.projects.deciding import DecisionInput, decide
from tasks.projects.models import ProjectBody
from tasks.projects.values import ReportInput
from tasks.values import Period, Role

_ZONE = ZoneInfo("Asia/Shanghai")
AGENCIES = ("jxw", "fgw", "xining", "kjt", "hbt")
SILENT = 3  # the project at this index has no agency


@transaction.atomic
def report_projects(plan: Plan, quarters: list[Period]) -> int:
    """Creates the reports, once. Returns the number of submitted reports. Raises Problems if the database is not a sample
    database."""
    if not is_sample_database():
        raise Problems([Problem("", _("这个数据库不是示例数据库，不能写入示例数据。"))])
    if ProjectBody.objects.filter(project__plan=plan).exists():
        return 0
    office = User.objects.holding(Role.OFFICE).filter(is_sample=True).order_by("pk").first()
    second = User.objects.holding(Role.SECOND_REVIEWER).filter(is_sample=True).order_by("pk").first()
    writers, approvers = _one_each(Role.REPORTER), _one_each(Role.APPROVER)
    agencies = [
        agency
        for agency in Agency.objects.filter(slug__in=AGENCIES).order_by("order")
        if agency.pk in writers and agency.pk in approvers
    ]
    if office is None or second is None or not agencies:
        return 0
    named = datetime.combine(quarters[0].first_day, time(9), tzinfo=_ZONE)
    assigned = []
    for number, project in enumerate(Project.objects.filter(plan=plan).select_related("plan").order_by("pk")):
        if number != SILENT:
            agency = agencies[number % len(agencies)]
            note = _("示例：办公室函")
            assign(by=office, project=project, agency=agency, since=quarters[0], note=note, now=named)
            assigned.append((project, agency))
    offices, count = office_agency_ids(plan.pk), 0
    cycles = {cycle.quarter: cycle for cycle in Cycle.objects.filter(plan=plan, quarter__in=quarters)}
    for place, quarter in enumerate(quarters):
        if quarter not in cycles:
            continue
        for number, (project, agency) in enumerate(assigned):
            draw = random.Random(f"{project.name}:{quarter}")  # noqa: S311 - repeatable, not secret
            if draw.random() < 0.12:
                continue
            at = cycles[quarter].opened_at + timedelta(hours=draw.randint(2, 60))
            report = save(
                by=writers[agency.pk],
                project=project,
                quarter=quarter,
                said=_report_input(project, number, place, draw),
                revision=None,
                now=at,
            )
            (version,) = submit(by=approvers[agency.pk], reports=[report.pk], now=at)
            count += 1
            if draw.random() < 0.8:
                judge = second if agency.pk in offices else office
                accepted = DecisionInput(report.pk, version.number, accept=True)
                decide(by=judge, decisions=[accepted], now=at + timedelta(days=2))
    return count


def _one_each(role: Role) -> dict[int, User]:
    """`{agency id: its first user with the role}`."""
    first: dict[int, User] = {}
    for user in User.objects.holding(role).filter(is_sample=True).order_by("pk"):
        first.setdefault(user.agency_id or 0, user)
    return first


def _report_input(project: Project, number: int, place: int, draw: random.Random) -> ReportInput:
    each = 400 + 350 * number
    invested = each + draw.randint(0, 300)
    stopped = number == 1 and place > 1
    return ReportInput(
        works="stopped" if stopped else "building" if place else "preparing",
        invested="0" if stopped else str(invested),
        total=str(each * (place + 1) + 300 * (place + 1)),
        planned=str(each * 20),
        progress=_("（示例）%(name)s按计划推进，完成土建%(n)d项。")
        % {"name": project.name, "n": draw.randint(1, 9)},
        problems=_("（示例）配套资金未到位。") if stopped or draw.random() < 0.2 else "",
        next_steps=_("（示例）下季度完成剩余%(n)d项。") % {"n": draw.randint(1, 6)},
    )
