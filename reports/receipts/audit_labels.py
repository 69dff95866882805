"""Labels of receipts in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(verbs={"receipt.give": _("确认已阅")}, subjects={"receipt": _("已阅")})
