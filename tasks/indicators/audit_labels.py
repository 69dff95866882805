"""Labels of indicators and targets in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "indicator.define": _("更改指标口径"),
        "indicator.own": _("指定数据责任单位"),
        "indicator.release": _("取消数据责任单位"),
        "target.path": _("设定序时目标"),
        "target.measure": _("为目标设指标"),
        "target.assess": _("评估目标"),
    },
    subjects={"indicator": _("指标"), "target": _("目标")},
)
