"""Labels of notices, instructions and rules in the audit log."""

from django.utils.translation import gettext_lazy as _

from reports.supervision.values import State
from tasks.audit.labels import register

register(
    verbs={
        "notice.take_back_answer": _("撤回督办反馈"),
        "notice.take_back_answer_again": _("撤回督办反馈"),
        "notice.propose": _("提出督办建议"),
        "notice.reject": _("不予督办"),
        "notice.issue": _("签发督办"),
        "notice.retry": _("重新生成督办文件"),
        "notice.acknowledge": _("签收督办"),
        "notice.grades": _("设定督办等级"),
        "notice.attach": _("添加反馈的佐证材料"),
        "notice.detach": _("删除反馈的佐证材料"),
        "notice.answer": _("反馈督办"),
        "notice.close": _("办结督办"),
        "notice.reopen": _("重开督办"),
        "notice.send_back": _("退回反馈"),
        "notice.withdraw": _("撤销督办"),
        "notice.escalate": _("督办升级"),
        "instruction.make": _("登记批示"),
        "instruction.set_aside": _("批示不交办"),
        "rule.propose": _("更改督办提出规则"),
        "rule.escalate": _("增加督办升级规则"),
        "rule.retire": _("停用督办升级规则"),
    },
    subjects={
        "notice": _("督办单"),
        "instruction": _("批示"),
        "proposalrule": _("督办提出规则"),
        "escalationrule": _("督办升级规则"),
    },
    states={"notice": dict(State.choices)},
)
