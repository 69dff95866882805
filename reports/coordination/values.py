"""States of a request for coordination, the kinds of its steps, and the limits of texts."""

from django.db import models
from django.utils.translation import gettext_lazy as _

TEXT_LIMIT = 5000  # as long as the field of a return
WORDS_LIMIT = 2000  # of a step
MEETING_LIMIT = 120


class State(models.TextChoices):
    """Where a request stands; the transitions are in reports.coordination.transitions."""

    RAISED = "raised", _("待拟办")
    OPINED = "opined", _("待研究")
    DECIDED = "decided", _("待交办")
    ASSIGNED = "assigned", _("办理中")
    ANSWERED = "answered", _("待确认")
    SETTLED = "settled", _("已解决")
    WITHDRAWN = "withdrawn", _("已撤回")


# Nobody has answered it: it waits for the office, the leading group or whoever it was assigned to.
UNANSWERED = (State.RAISED, State.OPINED, State.DECIDED, State.ASSIGNED)
OPEN = (*UNANSWERED, State.ANSWERED)


class StepKind(models.TextChoices):
    """What happened to a request."""

    RAISED = "raised", _("提出")
    AGAIN = "again", _("再次提出")
    REWORDED = "reworded", _("修改内容")
    TAKEN = "taken", _("列入牵头汇总")
    OPINION = "opinion", _("拟办意见")
    MEETING = "meeting", _("会议研究")
    INSTRUCTED = "instructed", _("领导批示")
    ASSIGNED = "assigned", _("交办")
    RESULT = "result", _("办理结果")
    SETTLED = "settled", _("确认解决")
    UNSETTLED = "unsettled", _("未解决")
    WITHDRAWN = "withdrawn", _("撤回")


# Steps by which an agency raises the request; such a step names the version that holds its words.
RAISING = (StepKind.RAISED, StepKind.AGAIN, StepKind.REWORDED)
