"""议定事项: what a meeting of the leading group decided, entered at once. On a request for coordination it is a step of that
request, and an assignment where somebody is to do it; on a task or on nothing it is an instruction 批示 of the meeting, followed
up by notices as any other."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from reports.coordination import actions as coordination
from reports.coordination.models import CoordinationRequest
from reports.coordination.values import MEETING_LIMIT, WORDS_LIMIT
from reports.input_checks import due_problem, text_problem
from reports.supervision import message_texts
from reports.supervision.actions import HandInput, IssueInput, issue_by_hand
from reports.supervision.instruction_subjects import Subject
from reports.supervision.instructions import InstructionInput, instruct
from reports.supervision.models import Instruction, Notice, form_of
from reports.supervision.triggers import latest_due
from reports.supervision.values import Ground
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problem, Problems, present
from tasks.models import Plan, Task
from tasks.people.models import User
from tasks.people.permissions import may_transcribe


@dataclass(frozen=True)
class ResolutionInput:
    """One thing that was decided: on a request, on a task or on neither; who is to do it by when, or nobody."""

    words: str
    request: CoordinationRequest | None = None
    task: Task | None = None
    agency_id: int | None = None
    due_on: date | None = None


@dataclass
class Entered:
    """What became of the resolutions."""

    requests: list[CoordinationRequest] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.requests) + len(self.instructions)


@transaction.atomic
def enter(
    *,
    by: User,
    plan: Plan,
    meeting: str,
    held_on: date | None,
    resolutions: Sequence[ResolutionInput],
    key: UUID,
    now: datetime | None = None,
) -> Entered:
    """Enter all of them or none. A fault stands on its row: "0", "1", … The same form (`key`) sent twice is refused."""
    by = by.at(plan.pk)
    if not may_transcribe(by):
        raise PermissionDenied(_("议定事项由领导小组办公室登记。"))
    moment = now or clock.now()
    problems = _problems(meeting, held_on, resolutions, moment)
    if problems:
        raise Problems(problems)
    entered = Entered()
    for number, one in enumerate(resolutions):
        try:
            _enter(entered, by, plan, (meeting.strip(), held_on), one, uuid.uuid5(key, str(number)), moment)
        except Problems as found:
            raise Problems(
                [Problem(problem.field, problem.message, row=str(number)) for problem in found.problems]
            ) from found
        except Conflict as conflict:
            raise Conflict(_("第%(n)d项：%(why)s") % {"n": number + 1, "why": conflict}) from conflict
    return entered


def _problems(
    meeting: str, held_on: date | None, resolutions: Sequence[ResolutionInput], moment: datetime
) -> list[Problem]:
    # As long as the name of a person who gives an instruction may be.
    found: list[Problem | None] = [text_problem("meeting", meeting, 60, _("请写会议名称。"))]
    if held_on is None:
        found.append(Problem("held_on", _("请填写会议日期。")))
    if not resolutions:
        found.append(Problem("", _("请至少写一项议定事项。")))
    for number, one in enumerate(resolutions):
        words = text_problem("words", one.words, WORDS_LIMIT, _("请写议定的内容。"))
        due = due_problem(one.due_on, moment) if one.agency_id is not None else None
        found += [
            Problem(problem.field, problem.message, row=str(number)) for problem in (words, due) if problem
        ]
        if one.agency_id is None and one.due_on is not None:
            found.append(Problem("agency", _("有期限的，请选承办单位。"), row=str(number)))
    return [problem for problem in found if problem]


def _enter(
    entered: Entered,
    by: User,
    plan: Plan,
    meeting: tuple[str, date | None],
    one: ResolutionInput,
    key: UUID,
    moment: datetime,
) -> None:
    name, held_on = meeting
    if one.request is not None:
        said = coordination.StepInput(words=one.words, meeting=name[:MEETING_LIMIT], held_on=held_on)
        coordination.act(by=by, request=one.request, name="meet", asked=said, now=moment)
        if one.agency_id is not None:
            assigned = coordination.StepInput(words=one.words, agency_ids=(one.agency_id,), due_on=one.due_on)
            coordination.act(by=by, request=one.request, name="assign", asked=assigned, now=moment)
        entered.requests.append(one.request)
        return
    if Instruction.objects.filter(key=key).exists():
        raise Conflict(_("这张表已经登记过。"))
    on = Subject(plan, "task", one.task) if one.task is not None else Subject(plan)
    instruction = instruct(
        by=by,
        asked=InstructionInput(
            words=one.words, on=on, leader=name, given_on=held_on, key=key, is_resolution=True
        ),
        now=moment,
    )
    entered.instructions.append(instruction)
    if one.agency_id is not None:
        entered.notices.append(_assign(by, plan, instruction, one, moment))


def _assign(by: User, plan: Plan, instruction: Instruction, one: ResolutionInput, moment: datetime) -> Notice:
    agency = Agency.objects.get(pk=present(one.agency_id, "the agency of an assigned resolution"))
    form, quarter = form_of(agency), latest_due(plan, moment) or plan.first_quarter
    asked = HandInput(
        plan=plan,
        agency_id=agency.pk,
        ground=Ground.INSTRUCTION,
        quarter=quarter,
        instruction=instruction,
        content=IssueInput(
            title=message_texts.title(Ground.INSTRUCTION, {}, quarter, form),
            text=message_texts.request(Ground.INSTRUCTION, form),
            due_on=one.due_on,
        ),
    )
    return issue_by_hand(by=by, asked=asked, now=moment)
