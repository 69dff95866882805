"""The write path of instructions 批示: registering one, and saying that nothing is to be assigned on it. What is assigned
on one is a notice (`actions.issue_by_hand` with the ground INSTRUCTION), and is answered and closed as one."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import IntegrityError, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.coordination import actions as coordination
from reports.input_checks import text_problem
from reports.supervision import message_texts
from reports.supervision.instruction_subjects import Subject, subject_of
from reports.supervision.models import Instruction, InstructionFile, Notice
from reports.supervision.transitions import check_reason, deciders
from reports.supervision.values import ALIVE, WORDS_LIMIT, State
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.models import Task
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.permissions import may_instruct, may_transcribe
from tasks.people.queries import is_sample_database
from tasks.values import Role

FILES = "scan"


@dataclass(frozen=True)
class InstructionInput:
    """What a leader wrote. `on` is what it stands on, as instruction_subjects found it for the actor; a task or a brief may be
    given directly. The office says who wrote it and when; leaders write their own, now."""

    words: str
    task: Task | None = None
    brief_id: int | None = None
    on: Subject | None = None
    leader: str = ""
    given_on: date | None = None
    key: UUID | None = None
    is_resolution: bool = False  # of a meeting, which `leader` names
    uploads: "Sequence[File[Any]]" = ()


@transaction.atomic
def instruct(*, by: User, asked: InstructionInput, now: datetime | None = None) -> Instruction:
    """Register an instruction; the office is told. The same form (`key`) sent twice is one."""
    if not may_instruct(by) and not may_transcribe(by):
        raise PermissionDenied(_("批示由领导小组成员作出，或由办公室登记。"))
    if asked.key is not None:
        known = Instruction.objects.filter(key=asked.key, by=by).first()
        if known is not None:
            return known
    moment = now or clock.now()
    today = timezone.localdate(moment, timezone.get_default_timezone())
    own = may_instruct(by)
    leader = str(by) if own else asked.leader.strip()
    given_on = today if own else asked.given_on
    on = _subject(by, asked)
    plan = on.plan
    problems = [
        text_problem("words", asked.words, WORDS_LIMIT, _("请写批示原文。")),
        None if own else text_problem("leader", asked.leader, 60, _("请写明批示人。")),
    ]
    if given_on is None:
        problems.append(Problem("given_on", _("请填写批示日期。")))
    elif given_on > today:
        problems.append(Problem("given_on", _("批示日期不能晚于今天。")))
    elif given_on < plan.in_force_from:
        problems.append(Problem("given_on", _("批示日期不能早于方案施行。")))
    found = [problem for problem in problems if problem]
    if found or given_on is None:
        raise Problems(found)
    checked = files.check(asked.uploads, field=FILES)
    if len(checked) > settings.EVIDENCE_MAX_FILES:
        said = _("扫描件最多 %(limit)d 件。") % {"limit": settings.EVIDENCE_MAX_FILES}
        raise Problems([Problem(FILES, said)])
    try:
        with transaction.atomic():
            made = Instruction.objects.create(
                key=asked.key or uuid.uuid4(),
                plan=plan,
                **on.values,
                leader=leader,
                words=asked.words.strip(),
                given_on=given_on,
                at=moment,
                by=by,
                transcribed=not own,
                is_resolution=asked.is_resolution,
                is_sample=is_sample_database(),
            )
    except IntegrityError as error:
        raise Conflict(_("这条批示刚刚已经登记。")) from error
    if checked:
        stored = files.store(by=by, checked=checked, now=moment)
        InstructionFile.objects.bulk_create(InstructionFile(instruction=made, file=file) for file in stored)
    if on.field == "coordination":
        coordination.instructed(request=on.on, instruction_id=made.pk, words=made.words, by=by, now=moment)
    record(
        by=by,
        verb="instruction.make",
        subject=made,
        data={"on": _recorded(on), "leader": leader, "given_on": str(given_on)},
        at=moment,
    )
    subject, body = message_texts.instructed()
    notify(
        topic=Topic.SUPERVISION,
        users=[user for user in deciders(plan.pk) if user.has(Role.OFFICE) and user.pk != by.pk],
        subject=subject,
        body=body,
        place=reverse("instruction", args=[made.pk]),
        now=moment,
    )
    return made


def _subject(by: User, asked: InstructionInput) -> Subject:
    """What it stands on; Problems for several things, PermissionDenied for a brief that the actor may not read."""
    if sum(one is not None for one in (asked.task, asked.brief_id, asked.on)) > 1:
        raise Problems([Problem("", _("一条批示只能针对一件事。"))])
    if asked.on is not None:
        return asked.on
    if asked.task is not None:
        return Subject(asked.task.plan, "task", asked.task)
    try:
        return subject_of(by, {"brief": str(asked.brief_id)} if asked.brief_id is not None else {})
    except Http404 as error:
        raise PermissionDenied(_("没有这份简报，或您不能看。")) from error


def _recorded(on: Subject) -> str:
    """What the audit log says of it."""
    if on.field == "task":
        return f"task:{on.on.ref}"
    return f"{on.field}:{on.on.pk}" if on.field else ""


@transaction.atomic
def set_aside(*, by: User, instruction: Instruction, reason: str, now: datetime | None = None) -> None:
    """Say, with the reason, that nothing is to be assigned on it. Not while something is."""
    if not may_transcribe(by):
        raise PermissionDenied(_("批示的交办由领导小组办公室办理。"))
    check_reason(reason, _("请写明不交办的理由。"))
    moment = now or clock.now()
    row = Instruction.objects.select_for_update(of=("self",)).get(pk=instruction.pk)
    if row.aside_at is not None:
        raise Conflict(_("这条批示已定为不交办。"))
    if Notice.objects.filter(instruction=row, state__in=[*ALIVE, State.CLOSED]).exists():
        raise Conflict(_("这条批示已经交办，不能再定为不交办。"))
    Instruction.objects.filter(pk=row.pk, aside_at__isnull=True).update(
        aside_at=moment, aside_by=by, aside_reason=reason.strip()
    )
    record(by=by, verb="instruction.set_aside", subject=row, note=reason.strip(), at=moment)
    instruction.refresh_from_db()
