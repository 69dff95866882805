"""The write path of requests for coordination: adding one, each act of a person on one, and the instruction on one. Those
that come from returns are in reports.coordination.from_returns, whose contract is the same.

Every function is keyword-only, takes the actor `by`, checks permission and state once, changes state by one conditional
UPDATE and writes step and audit event in the same transaction. It raises PermissionDenied, Conflict or Problems; then
nothing was written.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.coordination import message_texts, permissions
from reports.coordination.models import CoordinationFile, CoordinationRequest, CoordinationStep
from reports.coordination.transitions import ACTS, INSTRUCT, RAISE, Act, conflict_on, state_sentence
from reports.coordination.values import MEETING_LIMIT, OPEN, TEXT_LIMIT, WORDS_LIMIT, StepKind
from reports.input_checks import due_problem, text_problem
from tasks import transitions
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems, present
from tasks.files import actions as files
from tasks.models import Task
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import is_sample_database, serving
from tasks.plans.queries import agencies_for
from tasks.values import Role

FILES = "attachments"


@dataclass(frozen=True)
class StepInput:
    """What a person gives with an act; only a meeting has `meeting` and `held_on`, only an assignment agencies and a
    day."""

    words: str = ""
    agency_ids: tuple[int, ...] = ()
    due_on: date | None = None
    meeting: str = ""
    held_on: date | None = None
    uploads: "Sequence[File[Any]]" = field(default_factory=tuple)


def add(
    *,
    by: User,
    task: Task,
    agency_id: int,
    text: str,
    key: UUID | None = None,
    uploads: "Sequence[File[Any]]" = (),
    now: datetime | None = None,
) -> CoordinationRequest:
    """The office adds what an agency asked outside a return. The same form (`key`) sent twice is one."""
    by = by.at(task.plan_id)
    if not permissions.may_handle(by):
        raise PermissionDenied(_("提请协调事项由填报产生，或由领导小组办公室登记。"))
    if key is not None:
        known = CoordinationRequest.objects.filter(key=key, raised_by=by).first()
        if known is not None:
            return known
    problems = [text_problem("text", text, TEXT_LIMIT, _("请写提请协调的事项。"))]
    if not agencies_for(task.plan).filter(pk=agency_id).exists():
        problems.append(Problem("agency", _("请选择方案中的一个单位。")))
    if found := [problem for problem in problems if problem]:
        raise Problems(found)
    checked = _checked(uploads)
    moment = now or clock.now()
    try:
        with transaction.atomic():
            made = CoordinationRequest.objects.create(
                key=key or uuid.uuid4(),
                plan_id=task.plan_id,
                task=task,
                agency_id=agency_id,
                quarter=task.plan.period_at(timezone.localdate(moment, timezone.get_default_timezone())),
                text=text.strip(),
                raised_at=moment,
                raised_by=by,
                by_office=True,
                is_sample=is_sample_database(),
            )
            step = _step(made, StepKind.RAISED, by, moment, words=made.text)
            _keep(step, checked, by, moment)
            record(by=by, verb=RAISE.verb, subject=made, to_state=RAISE.target, at=moment)
    except IntegrityError as error:
        raise Conflict(_("这件事项刚刚已经登记。")) from error
    return made


def act(
    *, by: User, request: CoordinationRequest, name: str, asked: StepInput, now: datetime | None = None
) -> CoordinationStep:
    """One act (`ACTS`) on a request: its step, its state and the message to whoever is next."""
    by, chosen, moment = by.at(request.plan_id), ACTS[name], now or clock.now()
    assigned = assigned_to(request)
    if not may_act(by, request, name, assigned):
        raise PermissionDenied(_("这件事项的这一步不由您办理。"))
    problems = _problems(request, chosen, asked, moment)
    if problems:
        raise Problems(problems)
    checked = _checked(asked.uploads)
    with transaction.atomic():
        fresh = CoordinationRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
        if fresh.state not in chosen.transition.sources:
            raise Conflict(state_sentence(fresh))
        step = _step(
            fresh,
            chosen.kind,
            by,
            moment,
            words=asked.words.strip(),
            due_on=asked.due_on if name == "assign" else None,
            meeting=asked.meeting.strip() if name == "meet" else "",
            held_on=asked.held_on if name == "meet" else None,
        )
        if name == "assign":
            step.agencies.set(asked.agency_ids)
        _keep(step, checked, by, moment)
        transitions.move([fresh], chosen.transition, by=by, at=moment, conflict=conflict_on(fresh))
        _notify(fresh, chosen, asked, by, moment)
    request.state = fresh.state
    return step


def may_act(by: User, request: CoordinationRequest, name: str, assigned: frozenset[int]) -> bool:
    """Whether the act is this person's, whatever the state. Office-added requests are withdrawn by the office; those of
    a return go with the return."""
    match name:
        case "answer":
            return permissions.may_answer(by, assigned)
        case "settle" | "unsettle":
            return permissions.may_confirm(by, request)
        case "withdraw":
            return permissions.may_handle(by) and request.by_office
    return permissions.may_handle(by)


def assigned_to(request: CoordinationRequest) -> frozenset[int]:
    """Ids of the agencies to which it was assigned last. One query."""
    last = request.steps.filter(kind=StepKind.ASSIGNED).order_by("-id").values("pk")[:1]
    links = CoordinationStep.agencies.through.objects.filter(coordinationstep__in=last)
    return frozenset(links.values_list("agency_id", flat=True))


def instructed(
    *, request: CoordinationRequest, instruction_id: int, words: str, by: User, now: datetime
) -> None:
    """An instruction was written on the request: for the action that registers it, in its transaction."""
    fresh = CoordinationRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    if fresh.state not in OPEN:
        raise Conflict(state_sentence(fresh))
    _step(fresh, StepKind.INSTRUCTED, by, now, words=words, instruction_id=instruction_id)
    if fresh.state in INSTRUCT.sources:
        transitions.move([fresh], INSTRUCT, by=by, at=now, conflict=conflict_on(fresh))


def _problems(request: CoordinationRequest, chosen: Act, asked: StepInput, moment: datetime) -> list[Problem]:
    empty = str(chosen.empty)
    problems: list[Problem | None] = []
    if empty or asked.words.strip():
        problems.append(text_problem("words", asked.words, WORDS_LIMIT, empty))
    if chosen.name == "meet":
        problems.append(text_problem("meeting", asked.meeting, MEETING_LIMIT, _("请写会议名称。")))
        today = timezone.localdate(moment, timezone.get_default_timezone())
        if asked.held_on is None:
            problems.append(Problem("held_on", _("请填写会议日期。")))
        elif asked.held_on > today:
            problems.append(Problem("held_on", _("会议日期不能晚于今天。")))
        elif asked.held_on < request.plan.in_force_from:
            problems.append(Problem("held_on", _("会议日期不能早于方案施行。")))
    if chosen.name == "assign":
        problems.append(due_problem(asked.due_on, moment))
        wanted = set(asked.agency_ids)
        if not wanted or agencies_for(request.plan).filter(pk__in=wanted).count() != len(wanted):
            problems.append(Problem("agency", _("请选择方案中的单位。")))
    return [problem for problem in problems if problem]


def _checked(uploads: "Sequence[File[Any]]") -> list[Any]:
    if len(uploads) > settings.EVIDENCE_MAX_FILES:
        said = _("附件最多 %(limit)d 件。") % {"limit": settings.EVIDENCE_MAX_FILES}
        raise Problems([Problem(FILES, said)])
    return list({one.sha256: one for one in files.check(uploads, field=FILES)}.values())


def _step(
    request: CoordinationRequest, kind: StepKind, by: User, moment: datetime, **values: Any
) -> CoordinationStep:
    return CoordinationStep.objects.create(request=request, kind=kind, at=moment, by=by, **values)


def _keep(step: CoordinationStep, checked: list[Any], by: User, moment: datetime) -> None:
    stored = files.store(by=by, checked=checked, now=moment) if checked else []
    CoordinationFile.objects.bulk_create(CoordinationFile(step=step, file=file) for file in stored)


def _notify(request: CoordinationRequest, chosen: Act, asked: StepInput, by: User, moment: datetime) -> None:
    """Whoever is next: those to whom it was assigned, whoever asked, or the office."""
    code = Task.objects.values_list("code", flat=True).get(pk=request.task_id)
    filers = (Role.REPORTER, Role.APPROVER)
    if chosen.name == "assign":
        people = serving(*filers, agencies=asked.agency_ids, plan=request.plan_id)
        subject, body = message_texts.assigned(code, present(asked.due_on, "the day of an assignment"))
    elif chosen.name == "answer":
        people = serving(*filers, agencies=[request.agency_id], plan=request.plan_id)
        subject, body = message_texts.answered(code)
    elif chosen.name == "unsettle":
        people = serving(Role.OFFICE, plan=request.plan_id)
        subject, body = message_texts.unsettled(code)
    else:
        return
    notify(
        topic=Topic.SUPERVISION,
        users=[user for user in people if user.pk != by.pk],
        subject=subject,
        body=body,
        place=reverse("coordination", args=[request.pk]),
        now=moment,
    )
