"""Labels of submissions and their evidence in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.submissions.models import State

register(
    verbs={
        "return.hand": _("交签批"),
        "return.take_back": _("取回修改"),
        "return.send_to_reporter": _("退回填报员"),
        "return.submit": _("提交填报"),
        "return.accept": _("采纳或核定填报"),
        "return.return": _("退回填报"),
        "return.undo_supplement": _("撤销补充要求"),
        "return.supplement": _("要求补充"),
        "return.withdraw": _("撤回填报"),
        "return.withdraw_returned": _("撤回重报"),
        "return.withdraw_supplement": _("撤回补充报告"),
        "return.undo": _("撤销决定"),
        "return.correct_to_accepted": _("更正核定：改为通过"),
        "return.correct_to_returned": _("更正核定：改为退回"),
        "return.offer": _("上传线下签批件"),
        "return.paper": _("据纸质件录入"),
        "return.backfill": _("按台账补录"),
        "return.undo_backfill": _("撤销台账补录"),
        "evidence.attach": _("添加佐证材料"),
        "evidence.remove": _("删除佐证材料"),
        "evidence.download": _("打包下载佐证材料"),
    },
    subjects={"submission": _("填报"), "version": _("填报版本")},
    states={"submission": {**dict(State.choices), State.ACCEPTED.value: _("已通过")}},
)
