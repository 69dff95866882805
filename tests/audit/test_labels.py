"""The record speaks in words: every verb that the code writes has one."""

import re
from pathlib import Path

from django.conf import settings

from reports.briefs.models import BriefState
from reports.scoring.models import CorrectionState, SchemeState, SheetState
from reports.supervision.values import State as NoticeState
from tasks.adjustments.models import AdjustmentState
from tasks.agencies.models import Confidence
from tasks.audit.labels import STATES, VERBS, state_text
from tasks.cycles.actions import CycleState
from tasks.plans.models import TermStatus
from tasks.projects.models import State as ProjectState
from tasks.submissions.models import State
from tasks.workplans.models import State as WorkPlanState

_WRITTEN = re.compile(
    r"""(?:verb=|\b(?:Entry|Transition|Way)\(\s*|\b_record\((?:\w+, |\s*))"([a-z_]+\.[a-z_]+)\""""
)


def test_every_verb_has_words() -> None:
    sources = [
        path
        for app in ("tasks", "reports", "qhplan")
        for path in (Path(settings.BASE_DIR) / app).rglob("*.py")
    ]
    written = {verb for path in sources for verb in _WRITTEN.findall(path.read_text(encoding="utf-8"))}
    assert written - set(VERBS) == set()


def test_every_state_has_words() -> None:
    """`accepted` stands for two words, of a lead's return and of a co-return; the record says one for both."""
    assert {name: {state: str(words) for state, words in STATES[name].items()} for name in STATES} == {
        "user": {"active": "在用", "closed": "停用"},
        "task": {state.value: str(state.label) for state in TermStatus},
        "cycle": {state.value: str(state.label) for state in CycleState},
        "submission": {state.value: str(state.label) for state in State} | {"accepted": "已通过"},
        "finalevaluation": {"final": "已定稿"},
        "projectreport": {state.value: str(state.label) for state in ProjectState},
        "workplan": {state.value: str(state.label) for state in WorkPlanState},
        "notice": {state.value: str(state.label) for state in NoticeState},
        "brief": {state.value: str(state.label) for state in BriefState},
        "scheme": {state.value: str(state.label) for state in SchemeState},
        "scorecorrection": {state.value: str(state.label) for state in CorrectionState},
        "scoresheet": {state.value: str(state.label) for state in SheetState},
        "appeal": {"made": "待答复", "upheld": "申诉成立", "refused": "申诉不成立"},
        "adjustment": {state.value: str(state.label) for state in AdjustmentState},
        "lineage": {state.value: str(state.label) for state in Confidence},
    }
    assert (state_text("brief:3", "issued"), state_text("brief:3", "")) == ("已印发", "—")
