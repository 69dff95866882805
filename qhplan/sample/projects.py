"""Sample projects 示例数据: bodies named for the plan's projects, and their reports of the sample quarters."""

import random
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from tasks.agencies.models import Agency
from tasks.cycles.models import Cycle
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.people.queries import is_sample_database, office_agency_ids
from tasks.plans.models import Plan, Project
from tasks.projects.actions import DecisionInput, assign, decide, save, submit
from tasks.projects.models import ProjectBody
from tasks.projects.values import ReportInput
from tasks.values import Quarter, Role

_ZONE = ZoneInfo("Asia/Shanghai")
BODIES = ("jxw", "fgw", "xining", "kjt", "hbt")
SILENT = 3  # the project of this place in the list has no body


@transaction.atomic
def report_projects(plan: Plan, quarters: list[Quarter]) -> int:
    """Make them, once; returns how many reports were submitted. Raises Problems in a database that is not a sample."""
    if not is_sample_database():
        raise Problems([Problem("", _("这个数据库不是示例数据库，不能写入示例数据。"))])
    if ProjectBody.objects.filter(project__plan=plan).exists():
        return 0
    people = User.objects.filter(is_sample=True, is_active=True).order_by("pk")
    office = people.filter(roles__contains=[Role.OFFICE]).first()
    second = people.filter(roles__contains=[Role.SECOND_REVIEWER]).first()
    writers, approvers = _one_each(people, Role.REPORTER), _one_each(people, Role.APPROVER)
    bodies = [
        body
        for body in Agency.objects.filter(slug__in=BODIES).order_by("order")
        if body.pk in writers and body.pk in approvers
    ]
    if office is None or second is None or not bodies:
        return 0
    named = datetime.combine(quarters[0].first_day, time(9), tzinfo=_ZONE)
    held = []
    for number, project in enumerate(Project.objects.filter(plan=plan).select_related("plan").order_by("pk")):
        if number != SILENT:
            body = bodies[number % len(bodies)]
            note = _("示例：办公室函")
            assign(by=office, project=project, agency=body, since=quarters[0], note=note, now=named)
            held.append((project, body))
    offices, made = office_agency_ids(), 0
    cycles = {cycle.quarter: cycle for cycle in Cycle.objects.filter(plan=plan, quarter__in=quarters)}
    for place, quarter in enumerate(quarters):
        if quarter not in cycles:
            continue
        for number, (project, body) in enumerate(held):
            draw = random.Random(f"{project.name}:{quarter}")  # noqa: S311 - repeatable, not secret
            if draw.random() < 0.12:
                continue
            at = cycles[quarter].opened_at + timedelta(hours=draw.randint(2, 60))
            report = save(
                by=writers[body.pk],
                project=project,
                quarter=quarter,
                said=_said(project, number, place, draw),
                revision=None,
                now=at,
            )
            (version,) = submit(by=approvers[body.pk], reports=[report.pk], now=at)
            made += 1
            if draw.random() < 0.8:
                judge = second if body.pk in offices else office
                accepted = DecisionInput(report.pk, version.number, accept=True)
                decide(by=judge, decisions=[accepted], now=at + timedelta(days=2))
    return made


def _one_each(people: QuerySet[User], role: Role) -> dict[int, User]:
    """{body: its first with the role}."""
    found: dict[int, User] = {}
    for user in people.filter(roles__contains=[role]):
        found.setdefault(user.agency_id or 0, user)
    return found


def _said(project: Project, number: int, place: int, draw: random.Random) -> ReportInput:
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
