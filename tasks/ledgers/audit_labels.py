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
        "ledger.ask_undo": _("申请撤销台账补录"),
        "ledger.keep": _("不同意撤销台账补录"),
        "ledger.undo": _("同意撤销台账补录"),
        "ledger.import": _("台账转为方案导入"),
        "ledger.template": _("上传台账模板"),
        "ledger.template_columns": _("指定台账模板的列"),
        "ledger.export": _("按模板导出台账"),
        "task.carry": _("结转任务"),
        "task.undo_carry": _("撤销结转"),
    },
    subjects={"ledger": _("台账"), "ledgertemplate": _("台账模板"), "carriedtask": _("结转")},
    states={"ledger": dict(LedgerState.choices)},
)
