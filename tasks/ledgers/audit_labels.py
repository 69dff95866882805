"""Labels of ledgers in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.ledgers.models import LedgerState

register(
    verbs={
        "ledger.upload": _("上传台账"),
        "ledger.columns": _("指定台账的列"),
        "ledger.answer": _("指定台账行的任务"),
        "ledger.submit": _("提交台账补录"),
        "ledger.reopen": _("退回或取回台账"),
        "ledger.discard": _("放弃台账"),
        "ledger.confirm": _("确认台账补录"),
        "ledger.undo": _("撤销台账补录"),
    },
    subjects={"ledger": _("台账")},
    states={"ledger": dict(LedgerState.choices)},
)
