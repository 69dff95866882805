"""Labels of requests for coordination in the audit log."""

from django.utils.translation import gettext_lazy as _

from reports.coordination.values import State
from tasks.audit.labels import register

register(
    verbs={
        "coordination.raise": _("提请协调"),
        "coordination.raise_again": _("再次提请协调"),
        "coordination.opine": _("登记拟办意见"),
        "coordination.meet": _("登记会议研究"),
        "coordination.instruct": _("提请协调事项获批示"),
        "coordination.assign": _("交办提请协调事项"),
        "coordination.answer": _("登记办理结果"),
        "coordination.settle": _("确认已解决"),
        "coordination.unsettle": _("未解决，重新办理"),
        "coordination.withdraw": _("撤回提请协调事项"),
    },
    subjects={"coordinationrequest": _("提请协调事项")},
    states={"coordinationrequest": dict(State.choices)},
)
