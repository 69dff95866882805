"""The states of a request and the transitions between them; the acts by which people make these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.coordination.models import CoordinationRequest
from reports.coordination.values import OPEN, UNANSWERED, State, StepKind
from tasks import transitions
from tasks.transitions import Transition, table

RAISE = Transition("coordination.raise", frozenset(), State.RAISED)
RAISE_AGAIN = Transition("coordination.raise_again", frozenset({State.WITHDRAWN}), State.RAISED)
OPINE = Transition("coordination.opine", frozenset({State.RAISED}), State.OPINED)
MEET = Transition("coordination.meet", frozenset({State.RAISED, State.OPINED}), State.DECIDED)
INSTRUCT = Transition("coordination.instruct", frozenset({State.RAISED, State.OPINED}), State.DECIDED)
ASSIGN = Transition(
    "coordination.assign", frozenset({State.RAISED, State.OPINED, State.DECIDED}), State.ASSIGNED
)
ANSWER = Transition("coordination.answer", frozenset(UNANSWERED), State.ANSWERED)
SETTLE = Transition("coordination.settle", frozenset({State.ANSWERED}), State.SETTLED)
UNSETTLE = Transition("coordination.unsettle", frozenset({State.ANSWERED}), State.RAISED)
WITHDRAW = Transition("coordination.withdraw", frozenset(OPEN), State.WITHDRAWN)

TABLE = table(State, RAISE, RAISE_AGAIN, OPINE, MEET, INSTRUCT, ASSIGN, ANSWER, SETTLE, UNSETTLE, WITHDRAW)


@dataclass(frozen=True)
class Act:
    """What a person may do with a request. `empty` refuses missing words; "" where words are optional."""

    name: str
    kind: StepKind
    transition: Transition
    label: Any
    field: Any  # the label of its words
    hint: Any
    empty: Any
    done: Any


ACTS = {
    act.name: act
    for act in (
        Act(
            "opine", StepKind.OPINION, OPINE, gettext_lazy("拟办意见"), gettext_lazy("拟办意见"),
            gettext_lazy("建议由谁研究、请谁办理。提出单位看得到。"), gettext_lazy("请写拟办意见。"),
            gettext_lazy("拟办意见已登记。"),
        ),
        Act(
            "meet", StepKind.MEETING, MEET, gettext_lazy("会议研究"), gettext_lazy("议定事项"),
            gettext_lazy("按会议纪要写。"), gettext_lazy("请写议定事项。"), gettext_lazy("会议研究情况已登记。"),
        ),
        Act(
            "assign", StepKind.ASSIGNED, ASSIGN, gettext_lazy("交办"), gettext_lazy("办理要求"),
            gettext_lazy("请承办单位办什么。"), gettext_lazy("请写办理要求。"), gettext_lazy("已交办，承办单位已收到消息。"),
        ),
        Act(
            "answer", StepKind.RESULT, ANSWER, gettext_lazy("办理结果"), gettext_lazy("办理结果"),
            gettext_lazy("怎样解决的；不能解决的，写明理由。"), gettext_lazy("请写办理结果。"),
            gettext_lazy("办理结果已登记，请提出单位确认。"),
        ),
        Act(
            "settle", StepKind.SETTLED, SETTLE, gettext_lazy("确认已解决"), gettext_lazy("说明"),
            gettext_lazy("可以不写。"), "", gettext_lazy("已确认解决。"),
        ),
        Act(
            "unsettle", StepKind.UNSETTLED, UNSETTLE, gettext_lazy("未解决，重新办理"), gettext_lazy("还有什么没有解决"),
            gettext_lazy("还差什么。"), gettext_lazy("请写明还有什么没有解决。"),
            gettext_lazy("已退回办公室重新办理。"),
        ),
        Act(
            "withdraw", StepKind.WITHDRAWN, WITHDRAW, gettext_lazy("撤回"), gettext_lazy("撤回理由"),
            gettext_lazy("为什么不再提请协调。"), gettext_lazy("请写明撤回的理由。"), gettext_lazy("已撤回。"),
        ),
    )
}  # fmt: skip

# {kind of step: the state that it makes}; the other kinds leave a request where it is.
STATE_AFTER = {act.kind: State(act.transition.target) for act in ACTS.values()} | {
    StepKind.RAISED: State.RAISED,
    StepKind.AGAIN: State.RAISED,
    StepKind.INSTRUCTED: State.DECIDED,
}


def state_sentence(request: CoordinationRequest) -> str:
    """Who was first, when, and the state of the request now. Two queries."""
    return transitions.who_was_first(
        request,
        _("%(who)s已于 %(when)s 办理过这件事项，现在是“%(state)s”；请刷新页面。"),
        _("这件事项现在是“%(state)s”，不能办理；请刷新页面。"),
        state=State(transitions.stored_state(request)).label,
    )


def conflict_on(request: CoordinationRequest) -> Callable[[], str]:
    return lambda: state_sentence(request)
