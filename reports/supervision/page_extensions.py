"""What this room adds to pages of other rooms: desks, the overview, and the pages of a task, a body and a brief.

`qhplan.context.parts` asks by the page's name before it is rendered; what is returned stands in the template as
`parts.supervision`. None where the reader has nothing to see or to do.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db.models import Q
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
from reports.supervision.triggers import Found, Grounds, latest_due
from reports.supervision.values import Ground, State
from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.people.permissions import may_instruct, may_supervise, may_transcribe
from tasks.plans.models import Plan, Task
from tasks.values import Quarter

SHOWN = 8  # on a page that is about something else


@dataclass(frozen=True)
class Part:
    """Notices and instructions on what a page shows, and what the reader may begin from there."""

    rows: list[Row]
    more_url: str
    instructions: list[Instruction] = field(default_factory=list)
    issue_url: str = ""
    grounds: list[Offered] = field(default_factory=list)  # facts that whoever issues may take up from here
    instruct_url: str = ""
    writes_himself: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.instructions or self.issue_url or self.instruct_url)


def _grounds(user: User, plan: Plan, quarter: Quarter, is_here: Callable[[Found], bool]) -> list[Offered]:
    """What holds now of what the page shows, and is not taken up yet; for who issues notices."""
    if not may_supervise(user):
        return []
    facts = offered(plan, Grounds(plan, quarter, clock.now()), user)
    return [one for one in facts if one.open_one is None and is_here(one.found)]


def _listed(found: Any) -> list[Row]:
    """The latest, proposals and what was refused left out: they stand on the board."""
    issued = found.exclude(state__in=[State.PROPOSED, State.REJECTED])
    return rows(list(issued.for_page().order_by("-issued_at", "-pk")[:SHOWN]))


def _on_task(user: User, args: dict[str, Any]) -> Part | None:
    task = (
        Task.objects.filter(plan__slug=args["slug"], ref=args["ref"])
        .select_related("plan")
        .defer("plan__text", "plan__head")
        .first()
    )
    if task is None:
        return None
    quarter = latest_due(task.plan, clock.now()) or task.plan.first_quarter
    part = Part(
        rows=_listed(Notice.objects.visible_to(user).filter(tasks=task)),
        more_url=f"{reverse('notice_list')}?{urlencode({'state': 'all', 'words': task.code})}",
        instructions=_instructions(user, Q(task=task)),
        issue_url=hand_url(task.plan, Ground.HAND, quarter, task=task.ref) if may_supervise(user) else "",
        grounds=_grounds(user, task.plan, quarter, lambda found: task.pk in found.task_ids),
        instruct_url=_instruct_url(user, plan=task.plan.slug, task=task.ref),
        writes_himself=may_instruct(user),
    )
    return None if part.is_empty else part


def _on_agency(user: User, args: dict[str, Any]) -> Part | None:
    plan = Plan.objects.filter(slug=args["slug"]).defer("text", "head").first()
    if plan is None:
        return None
    slug = args["agency_slug"]
    found = Notice.objects.visible_to(user).filter(agency__slug=slug, plan=plan)
    quarter = latest_due(plan, clock.now()) or plan.first_quarter
    body = Agency.objects.filter(slug=slug).values_list("pk", flat=True).first()
    part = Part(
        rows=_listed(found),
        more_url=f"{reverse('notice_list')}?{urlencode({'state': 'all', 'agency': slug})}",
        issue_url=(hand_url(plan, Ground.HAND, quarter, agency=slug) if may_supervise(user) else ""),
        grounds=_grounds(user, plan, quarter, lambda found: found.agency_id == body),
    )
    return None if part.is_empty else part


def _on_brief(user: User, args: dict[str, Any]) -> Part | None:
    briefs = apps.get_model("reports.Brief").objects.visible_to(user).published()  # by name: they stand above
    if not briefs.filter(pk=args["pk"]).exists():
        return None
    part = Part(
        rows=[],
        more_url="",
        instructions=_instructions(user, Q(brief=args["pk"])),
        instruct_url=_instruct_url(user, brief=args["pk"]),
        writes_himself=may_instruct(user),
    )
    return None if part.is_empty else part


def _instructions(user: User, on: Q) -> list[Instruction]:
    return list(Instruction.objects.visible_to(user).filter(on).with_standing().for_page()[:SHOWN])


def _instruct_url(user: User, **subject: Any) -> str:
    if not (may_instruct(user) or may_transcribe(user)):
        return ""
    return f"{reverse('instruction_new')}?{urlencode(subject)}"


def _on_desk(user: User, args: dict[str, Any]) -> list[Row]:
    return waiting_for_body(user)


def _on_review(user: User, args: dict[str, Any]) -> OfficeDesk | None:
    return office_desk(user)


@dataclass(frozen=True)
class OverviewPart:
    """Where the leading group must step in, in counts; and the way to the facts for who issues notices."""

    counts: Overall
    issue_url: str


def _on_overview(user: User, args: dict[str, Any]) -> OverviewPart | None:
    plan = Plan.objects.filter(slug=args["slug"]).defer("text", "head").first()
    counts = overall(plan, user) if plan else None
    if plan is None or counts is None:
        return None
    quarter: Quarter = latest_due(plan, clock.now()) or plan.first_quarter
    return OverviewPart(
        counts,
        f"{reverse('notice_new')}?{urlencode({'plan': plan.slug, 'q': str(quarter)})}"
        if may_supervise(user)
        else "",
    )


PARTS: dict[str, Callable[[User, dict[str, Any]], Any]] = {
    "task": _on_task,
    "agency": _on_agency,
    "brief": _on_brief,
    "desk": _on_desk,
    "review": _on_review,
    "overview": _on_overview,
}


def part(page: str, user: User, args: dict[str, Any]) -> Any:
    """What this room has to say on the page, None for nothing."""
    builder = PARTS.get(page)
    return builder(user, args) if builder and may_see_some(user) else None
