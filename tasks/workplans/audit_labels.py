"""Labels of work plans and milestones in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.workplans.models import State

register(
    verbs={
        "workplan.withdraw": _("撤回实施方案"),
        "workplan.hand": _("实施方案交签批"),
        "workplan.take_back": _("取回实施方案修改"),
        "workplan.submit": _("提交实施方案"),
        "workplan.confirm": _("确认实施方案"),
        "workplan.return": _("退回实施方案"),
        "workplan.undo": _("撤销对实施方案的决定"),
        "workplan.correct_to_confirmed": _("实施方案更正为确认"),
        "workplan.correct_to_returned": _("实施方案更正为退回"),
        "workplan.revise": _("修改已确认的实施方案"),
        "workplan.drop": _("放弃对实施方案的修改"),
        "milestone.report": _("报告节点完成"),
        "milestone.undo": _("撤销节点完成报告"),
        "milestone.refute": _("不予认定节点完成"),
    },
    subjects={"workplan": _("实施方案"), "milestonereport": _("节点完成报告")},
    states={"workplan": dict(State.choices)},
)
