"""Labels of cycles and working days in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.cycles.actions import CycleState

register(
    verbs={
        "cycle.undo_opening": _("撤销开放"),
        "cycle.extension_ask": _("申请报送延期"),
        "cycle.extension_grant": _("同意报送延期"),
        "cycle.extension_revoke": _("撤销报送延期"),
        "cycle.extension_refuse": _("不同意报送延期"),
        "cycle.open": _("开启填报"),
        "cycle.dates": _("调整填报周期日期"),
        "cycle.reopen": _("重新开启填报"),
        "cycle.reopen_end": _("结束重新开启"),
        "workday.set": _("设定工作日"),
        "workday.unset": _("取消设定的工作日"),
    },
    subjects={"cycle": _("填报周期"), "workday": _("工作日")},
    states={"cycle": dict(CycleState.choices)},
)
