"""Extensions of pages: notices and instructions on desks, on the overview, and on the pages of a task, an agency and a
brief."""

from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.http import urlencode

from qhplan import clock
from reports.supervision.form_choices import Offered, hand_url, offered
from reports.supervision.models import Instruction, Notice
from reports.supervision.permissions import may_see_some
from reports.supervision.queries import (
    OfficeDesk,
    Overall,
    Row,
    office_desk,
    overall,
    rows,
    waiting_for_body,
)
from reports.supervision.triggers import Grounds, latest_due
from reports.supervision.values import Ground, State
from tasks.agencies.models import Agency
from tasks.indicators.models import Target
from tasks.people.models import User
from tasks.people.permissions import may_instruct, may_supervise, may_transcribe
from tasks.plans.models import Plan, Task
from tasks.submissions.models import Version
from tasks.values import Period
from tasks.web.page_extensions import extend

SHOWN = 8  # on a page that is about something else


@dataclass(frozen=True)
class Part:
    """Notices and instructions on what a page shows, and what the reader may begin from there."""

    rows: list[Row]
    more_url: str
    instructions: list[Instruction] = field(default_factory=list)
    issue_url: str = ""
    grounds: list[Offered] = field(default_factory=list)  # facts for which the reader may issue a notice
    instruct_url: str = ""
    writes_himself: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.instructions or self.issue_url or self.instruct_url)


def _grounds(user: User, grounds: Grounds) -> list[Offered]:
    """The facts about what the page shows that hold now and have no notice yet; for those who issue notices."""
    if not may_supervise(user):
        return []
    return [one for one in offered(grounds.plan, grounds, user) if one.open_one is None]


def _listed(found: Any) -> list[Row]:
    """The latest ones, without proposals and rejected ones: those are in the register."""
    issued = found.exclude(state__in=[State.PROPOSED, State.REJECTED])
    # Most pages have none, and the joins of `for_page` take longer to plan than all else here.
    return rows(list(issued.for_page().order_by("-issued_at", "-pk")[:SHOWN])) if issued.exists() else []


def _task(*, user: User, plan: Plan, task: Task) -> Part | None:
    if not may_see_some(user):
        return None
    quarter = latest_due(plan, clock.now()) or plan.first_quarter
    part = Part(
        rows=_listed(Notice.objects.visible_to(user).filter(tasks=task)),
        more_url=f"{reverse('notice_list')}?{urlencode({'state': 'all', 'words': task.code})}",
        instructions=_instructions(user, Q(task=task)),
        issue_url=hand_url(plan, Ground.HAND, quarter, task=task.ref) if may_supervise(user) else "",
        grounds=_grounds(user, Grounds(plan, quarter, clock.now(), task_id=task.pk)),
        instruct_url=_instruct_url(user, plan=plan.slug, task=task.ref),
        writes_himself=may_instruct(user),
    )
    return None if part.is_empty else part


def _agency(*, user: User, plan: Plan, agency: Agency) -> Part | None:
    if not may_see_some(user):
        return None
    found = Notice.objects.visible_to(user).filter(agency=agency, plan=plan)
    quarter = latest_due(plan, clock.now()) or plan.first_quarter
    part = Part(
        rows=_listed(found),
        more_url=f"{reverse('notice_list')}?{urlencode({'state': 'all', 'agency': agency.slug})}",
        instructions=_instructions(user, Q(agency=agency, plan=plan)),
        issue_url=(hand_url(plan, Ground.HAND, quarter, agency=agency.slug) if may_supervise(user) else ""),
        instruct_url=_instruct_url(user, plan=plan.slug, agency=agency.slug),
        writes_himself=may_instruct(user),
        grounds=_grounds(user, Grounds(plan, quarter, clock.now(), agency_id=agency.pk)),
    )
    return None if part.is_empty else part


def instructions_on(user: User, on: Q, **named: Any) -> Part | None:
    """Instructions on one thing, and the address to write one on it."""
    if not may_see_some(user):
        return None
    part = Part(
        rows=[],
        more_url="",
        instructions=_instructions(user, on),
        instruct_url=_instruct_url(user, **named),
        writes_himself=may_instruct(user),
    )
    return None if part.is_empty else part


def _return(*, user: User, plan: Plan, submission_id: int, version: Version | None) -> Part | None:
    return instructions_on(user, Q(submission=submission_id), **{"return": submission_id})


def _target(*, user: User, plan: Plan, target: Target) -> Part | None:
    return instructions_on(user, Q(target=target), plan=plan.slug, target=target.order)


def _brief(*, user: User, brief: Model) -> Part | None:
    if not may_see_some(user):
        return None
    # By name, because the package of briefs imports this one.
    if not apps.get_model("reports.Brief").objects.visible_to(user).published().filter(pk=brief.pk).exists():
        return None
    return instructions_on(user, Q(brief=brief.pk), brief=brief.pk)


def _instructions(user: User, on: Q) -> list[Instruction]:
    found = Instruction.objects.visible_to(user).filter(on)
    return list(found.with_standing().for_page()[:SHOWN]) if found.exists() else []


def _instruct_url(user: User, **subject: Any) -> str:
    if not (may_instruct(user) or may_transcribe(user)):
        return ""
    return f"{reverse('instruction_new')}?{urlencode(subject)}"


def _desk(*, user: User, plan: Plan, quarter: Period) -> list[Row] | None:
    return waiting_for_body(user) if may_see_some(user) else None


def _review(*, user: User, plan: Plan) -> OfficeDesk | None:
    return office_desk(user) if may_see_some(user) else None


@dataclass(frozen=True)
class OverviewPart:
    """The counts that the leading group watches, and the address of the facts for those who issue notices."""

    counts: Overall
    issue_url: str


def _overview(*, user: User, plan: Plan) -> OverviewPart | None:
    counts = overall(plan, user) if may_see_some(user) else None
    if counts is None:
        return None
    quarter: Period = latest_due(plan, clock.now()) or plan.first_quarter
    return OverviewPart(
        counts,
        f"{reverse('notice_new')}?{urlencode({'plan': plan.slug, 'q': str(quarter)})}"
        if may_supervise(user)
        else "",
    )


extend("task", "supervision", _task)
extend("agency", "supervision", _agency)
extend("brief", "supervision", _brief)
extend("return", "supervision", _return)
extend("target", "supervision", _target)
extend("desk", "supervision", _desk)
extend("review", "supervision", _review)
extend("overview", "supervision", _overview)
