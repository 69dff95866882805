"""Labels of experts' comments in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "comment.make": _("提出专家意见"),
        "comment.release": _("转送专家意见"),
        "comment.withdraw": _("撤回专家意见"),
    },
    subjects={"comment": _("专家意见")},
)
