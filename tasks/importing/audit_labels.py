"""Labels of imports in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.importing.models import ImportState

register(
    verbs={
        "planimport.upload": _("上传方案"),
        "planimport.edit": _("更正导入的方案"),
        "planimport.edition": _("标明是哪份方案的新一版"),
        "target.end": _("修订后不再列的目标"),
        "planimport.submit": _("提交方案确认"),
        "planimport.reopen": _("退回或取回导入"),
        "planimport.discard": _("放弃导入"),
        "planimport.confirm": _("确认导入方案"),
        "planimport.ask_back": _("申请撤回方案"),
        "planimport.keep": _("不同意撤回方案"),
        "planimport.take_back": _("同意撤回方案"),
        "plan.withdraw": _("撤回方案"),
        "plan.default": _("设为默认方案"),
        "plan.rhythm": _("更改填报频次"),
    },
    subjects={"planimport": _("方案导入")},
    states={"planimport": dict(ImportState.choices)},
)
