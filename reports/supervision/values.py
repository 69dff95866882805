"""Words of the room: why an agency is addressed, in which form, and how far that has come."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from tasks.wording import with_lights

TITLE_LIMIT = 120
TEXT_LIMIT = 3000
REASON_LIMIT = 500
ANSWER_LIMIT = 5000
WORDS_LIMIT = 2000  # of an instruction


class Ground(models.TextChoices):
    """On what a notice stands. The first three are facts of a quarter, which rules look for every night."""

    RED = "red", with_lights(gettext_noop("%(red)s灯%(red_word)s"))
    MISSING = "missing", _("逾期未报")
    TARGET = "target", _("目标落后或未达")
    INSTRUCTION = "instruction", _("领导批示")
    HAND = "hand", _("其他事项")


FACTS = (Ground.RED, Ground.MISSING, Ground.TARGET)


class Series(models.TextChoices):
    """督办单 to those who answer to the province; 函 to party organs, central agencies and enterprises, who are asked."""

    NOTICE = "notice", _("督办单")
    LETTER = "letter", _("函")


class State(models.TextChoices):
    """Where a notice stands; the transitions are in reports.supervision.transitions."""

    PROPOSED = "proposed", _("建议")
    REJECTED = "rejected", _("不予督办")
    ISSUED = "issued", _("待签收")
    ACKNOWLEDGED = "acknowledged", _("待反馈")
    ANSWERED = "answered", _("待审核")
    SENT_BACK = "sent_back", _("退回重报")
    CLOSED = "closed", _("已办结")
    WITHDRAWN = "withdrawn", _("已撤销")


# It was issued and waits for somebody: for the agency in the states WITH_BODY, else for whoever issued it.
OPEN = (State.ISSUED, State.ACKNOWLEDGED, State.ANSWERED, State.SENT_BACK)
WITH_BODY = (State.ISSUED, State.ACKNOWLEDGED, State.SENT_BACK)
# It was issued, whatever became of it: it has a number, and its agency sees it.
ISSUED = (*OPEN, State.CLOSED, State.WITHDRAWN)
# While one of these is there, the same is not proposed again.
ALIVE = (State.PROPOSED, *OPEN)


class Decision(models.TextChoices):
    """What became of an answer."""

    ACCEPTED = "accepted", _("办结")
    RETURNED = "returned", _("退回")
    WITHDRAWN = "withdrawn", _("撤回")  # by the agency itself, before it was decided


class Stage(models.TextChoices):
    """What an agency is late with."""

    ACKNOWLEDGE = "acknowledge", _("未签收")
    ANSWER = "answer", _("逾期未反馈")


class Receiver(models.TextChoices):
    """To whom lateness is told."""

    HEAD = "head", _("单位负责人（签批人）")
    LEADERSHIP = "leadership", _("领导小组")


class InstructionState(models.TextChoices):
    """Where an instruction stands; read from what was assigned on it, never stored."""

    WAITING = "waiting", _("待交办")
    ASSIGNED = "assigned", _("办理中")
    DONE = "done", _("已办结")
    ASIDE = "aside", _("不交办")
