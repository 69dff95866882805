"""Sample requests for coordination 示例数据: what the sample returns asked, moved on through the normal actions by sample
accounts, at moments before the trial site's clock. Only in a sample database.
"""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db import transaction

from qhplan import clock
from qhplan.sample.supervision import Cast
from reports.coordination.actions import StepInput, act
from reports.coordination.models import CoordinationRequest
from reports.coordination.values import State
from reports.supervision.instruction_subjects import Subject
from reports.supervision.instructions import InstructionInput, instruct
from tasks.cycles.workdays import workday_after
from tasks.errors import Problem, Problems
from tasks.models import Plan, Responsibility
from tasks.people.queries import is_sample_database
from tasks.values import Period

_ZONE = ZoneInfo("Asia/Shanghai")
_OPINION = "（示例）建议由牵头单位会同财政部门研究，提出分担方案，报领导小组审定。"
_RESOLVED = "（示例）会议原则同意，请有关单位按职责落实，下次会议报告进展。"
_RESULT = "（示例）已会同有关单位研究答复，相关手续按绿色通道办理，本季度内完成。"
_UNSETTLED = "（示例）手续已受理，资金仍未落实，请继续协调。"
# What became of the first requests, in the order in which they were raised; all others wait for the office.
_STORIES = (
    ("opine", "meet", "assign", "answer", "settle"),
    ("opine", "meet", "assign"),
    ("opine",),
    ("opine", "instruct"),
    ("opine", "assign", "answer"),
    ("assign", "answer", "unsettle"),
    ("opine", "meet"),
)


@transaction.atomic
def make(plan: Plan, quarter: Period, *, until: datetime | None = None) -> int:
    """Move the requests that were raised for the quarter through their stories. Returns how many; once moved they stay as
    they are."""
    if not is_sample_database():
        raise Problems([Problem("", "这个数据库不是示例数据库，不能写入示例数据。")])
    end = until or clock.now()
    requests = CoordinationRequest.objects.filter(plan=plan)
    if requests.exclude(state__in=[State.RAISED, State.WITHDRAWN]).exists():
        return 0
    asked = requests.filter(state=State.RAISED, quarter__lte=quarter).order_by("raised_at", "pk")
    if not asked:
        return 0
    cast = Cast(plan)
    moved = 0
    for request, story in zip(asked, _STORIES, strict=False):
        day = workday_after(request.raised_at.astimezone(_ZONE).date(), 6)
        for name in story:
            at = datetime.combine(day, time(15, 10), _ZONE)
            if at >= end:
                break
            _step(cast, request, name, at)
            day = workday_after(day, 5)
        moved += 1
    return moved


def _step(cast: Cast, request: CoordinationRequest, name: str, at: datetime) -> None:
    if name == "instruct":
        on = Subject(request.plan, "coordination", request)
        words = "（示例）此事关系全局，请牵头单位一周内拿出办法。"
        instruct(by=cast.leader, asked=InstructionInput(words=words, on=on), now=at)
        return
    asked = {
        "opine": StepInput(words=_OPINION),
        "meet": StepInput(words=_RESOLVED, meeting="领导小组2017年第1次会议（示例）", held_on=at.date()),
        "assign": StepInput(
            words="（示例）请按职责研究办理。",
            agency_ids=(_other_agency(request),),
            due_on=workday_after(at.date(), 10 if request.pk % 2 else 60),
        ),
        "answer": StepInput(words=_RESULT),
        "settle": StepInput(),
        "unsettle": StepInput(words=_UNSETTLED),
    }[name]
    by = cast.approvers[request.agency_id] if name in ("settle", "unsettle") else cast.office
    act(by=by, request=request, name=name, asked=asked, now=at)


def _other_agency(request: CoordinationRequest) -> int:
    """The first agency of the task that does not itself ask."""
    others = Responsibility.objects.filter(
        task=request.task_id, known__upper_inf=True, valid__contains=request.quarter.ordinal
    ).exclude(agency=request.agency_id)
    found = others.order_by("order", "pk").values_list("agency", flat=True).first()
    return found or request.agency_id
