"""Labels of assignments in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "return.assign": _("分工"),
        "return.reassign": _("转办"),
        "return.reassign_back": _("收回转办"),
    },
)
