"""Labels of adjustments in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.adjustments.models import AdjustmentState
from tasks.audit.labels import register

register(
    verbs={
        "adjustment.propose": _("提出调整"),
        "adjustment.apply": _("申请调整"),
        "adjustment.opinion": _("签署拟办意见"),
        "adjustment.attach": _("上传申请附件"),
        "adjustment.detach": _("删除申请附件"),
        "adjustment.approve": _("批准调整"),
        "adjustment.reject": _("不批准调整"),
        "adjustment.withdraw": _("撤回调整"),
        "account.move": _("随机构改革转单位"),
    },
    subjects={"adjustment": _("调整")},
    states={"adjustment": dict(AdjustmentState.choices)},
)
