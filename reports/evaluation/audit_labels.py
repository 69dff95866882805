"""Labels of the final evaluation in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "evaluation.finalise": _("总结评估定稿"),
        "evaluation.undo": _("撤销总结评估定稿"),
    },
    subjects={"finalevaluation": _("总结评估")},
    states={"finalevaluation": {"final": _("已定稿"), "undone": _("已撤销")}},
)
