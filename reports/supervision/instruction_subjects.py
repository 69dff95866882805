"""What an instruction may stand on: how an address and the API name it, what pages call it, where it is, and to whom an
instruction on it is usually assigned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _

from qhplan import clock
from reports.coordination.models import CoordinationRequest
from reports.supervision.models import SUBJECTS, Instruction, Notice
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.indicators.models import Target
from tasks.people.models import User
from tasks.plans.duties import leads_of
from tasks.plans.models import Plan, Task
from tasks.plans.queries import agencies_for, published_for
from tasks.submissions.models import Submission
from tasks.values import Period

# How an address names what an instruction stands on; beside `plan` for a task, an agency or a target.
PARAMETERS = {
    "task": "task", "brief": "brief", "submission": "return", "coordination": "coordination", "notice": "notice",
    "agency": "agency", "target": "target",
}  # fmt: skip
assert tuple(PARAMETERS) == SUBJECTS


@dataclass(frozen=True)
class Subject:
    """What an instruction stands on: the field that holds it, the object (None for nothing), and the plan."""

    plan: Plan
    field: str = ""
    on: Any = None

    @property
    def values(self) -> dict[str, Model]:
        return {self.field: self.on} if self.field else {}


def subject_of(user: User, named: Mapping[str, str]) -> Subject:
    """What the parameters name; on nothing where they name no more than a plan. Raises Http404 for what is not there, or not
    the reader's to see."""
    fields = [field for field, name in PARAMETERS.items() if named.get(name)]
    if not fields:
        return Subject(_plan(user, named))
    field = fields[0]
    value = named[PARAMETERS[field]]
    if field == "task":
        task = get_object_or_404(Task.objects.filter(plan=_plan(user, named)), ref=value)
        return Subject(_plan(user, named), field, task)
    if field == "agency":
        plan = _plan(user, named)
        return Subject(plan, field, get_object_or_404(agencies_for(plan), slug=value))
    number = _number(value)
    if field == "target":
        plan = _plan(user, named)
        return Subject(plan, field, get_object_or_404(Target, plan=plan, order=number))
    rows: Any
    if field == "submission":
        rows = Submission.objects.visible_to(user).filter(versions__isnull=False).distinct()
        found: Any = get_object_or_404(rows.select_related("task__plan"), pk=number)
        return Subject(found.task.plan, field, found)
    if field == "brief":
        # By name: briefs stand above this package.
        rows = apps.get_model("reports.Brief").objects.visible_to(user).published().defer("figures")
    elif field == "notice":
        rows = Notice.objects.visible_to(user)
    else:
        rows = CoordinationRequest.objects.visible_to(user)
    found = get_object_or_404(rows.select_related("plan"), pk=number)
    return Subject(found.plan, field, found)


def _plan(user: User, named: Mapping[str, str]) -> Plan:
    seen, slug = published_for(user), named.get("plan", "")
    plan = seen.filter(slug=slug).first() if slug else seen.first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    return plan


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise Http404(_("没有这个对象，或您不能看。"))
    return int(text)


def words_of(instruction: Instruction) -> str:
    """三(一)1 构建产业技术创新体系, 2017年第一季度简报 2017年第1期, 省科技厅; "" for an instruction on nothing."""
    if instruction.task is not None:
        return f"{instruction.task.code} {instruction.task.heading}"
    if instruction.brief is not None:
        return f"{instruction.brief.title} {instruction.brief.label}".strip()
    if instruction.submission is not None:
        row = instruction.submission
        words = {"code": row.task.code, "quarter": row.quarter.label, "who": _name(row.agency)}
        return _("%(who)s%(quarter)s填报 %(code)s") % words
    if instruction.coordination is not None:
        return _("%(code)s 的提请协调事项") % {"code": instruction.coordination.task.code}
    if instruction.notice is not None:
        return instruction.notice.doc_number or str(_("督办建议"))
    if instruction.agency is not None:
        return _name(instruction.agency)
    return instruction.target.text if instruction.target is not None else ""


def _name(agency: Agency) -> str:
    name = names_at(Period.of(clock.today()), [agency.pk]).get(agency.pk)
    return name.short if name else agency.slug


def address_of(instruction: Instruction) -> str:
    """The page of what it stands on; "" for nothing."""
    plan = instruction.plan.slug
    if instruction.task is not None:
        return reverse("task", args=[plan, instruction.task.ref])
    if instruction.target is not None:
        return reverse("target", args=[plan, instruction.target.order])
    if instruction.agency is not None:
        return reverse("agency", args=[plan, instruction.agency.slug])
    pages = {"brief": "brief", "submission": "return", "coordination": "coordination", "notice": "notice"}
    for field, page in pages.items():
        if (pk := getattr(instruction, f"{field}_id")) is not None:
            return reverse(page, args=[pk])
    return ""


def task_ids_of(instruction: Instruction) -> tuple[int, ...]:
    """Ids of the task that it is about, on whose page a notice on it is listed."""
    if instruction.task_id is not None:
        return (instruction.task_id,)
    about = instruction.submission or instruction.coordination
    return (about.task_id,) if about is not None else ()


def usual_assignees(instruction: Instruction) -> list[int]:
    """Ids of the agencies to which an instruction is usually assigned: the lead of the task, or the agency concerned. Of
    what an agency asks the leading group, the lead, unless that is who asks."""
    if instruction.agency_id is not None:
        return [instruction.agency_id]
    if instruction.submission is not None:
        return [instruction.submission.agency_id]
    if instruction.notice is not None:
        return [instruction.notice.agency_id]
    request, task_ids = instruction.coordination, task_ids_of(instruction)
    if not task_ids:
        return []
    today = instruction.plan.period_at(clock.today())
    lead = leads_of(task_ids, today).get(task_ids[0])
    return [lead] if lead and (request is None or request.agency_id != lead) else []
