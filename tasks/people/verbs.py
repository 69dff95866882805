"""The words of the record: what each verb says on screen, and what an object and its states are called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERBS: dict[str, str | Promise] = {
    "account.create": _("建立账号"),
    "account.amend": _("修改账号"),
    "account.close": _("停用账号"),
    "account.open": _("启用账号"),
    "account.reset_password": _("重置密码"),
    "account.change_password": _("本人改密码"),
    "account.login": _("登录"),
    "account.logout": _("退出"),
    "account.locked_out": _("登录被锁定"),
    "account.token": _("取得接口令牌"),
    "account.token_end": _("注销接口令牌"),
    "rights.grant": _("授予角色"),
    "contact.set": _("更改联系人"),
    "cycle.open": _("开放填报期"),
    "cycle.dates": _("更改填报期日期"),
    "cycle.reopen": _("重新开放填报"),
    "cycle.reopen_end": _("结束重新开放"),
    "adjustment.propose": _("提出调整"),
    "adjustment.approve": _("批准调整"),
    "adjustment.reject": _("不批准调整"),
    "adjustment.withdraw": _("撤回调整"),
    "account.move": _("随机构改革转单位"),
    "body.add": _("增列单位"),
    "body.name": _("更改单位名称"),
    "lineage.record": _("登记沿革"),
    "lineage.amend": _("更改沿革"),
    "return.hand": _("交签批"),
    "return.take_back": _("取回修改"),
    "return.submit": _("提交填报"),
    "return.accept": _("通过填报"),
    "return.return": _("退回填报"),
    "return.supplement": _("要求补充"),
    "return.assign": _("分工"),
    "package.sheet": _("上传用印扫描件"),
    "task.close": _("任务销号"),
    "task.open_again": _("恢复填报"),
    "task.keep_up": _("定为长期坚持"),
    "task.review": _("年度复核"),
    "evidence.attach": _("添加佐证材料"),
    "evidence.remove": _("删除佐证材料"),
    "file.infected": _("查出病毒"),
    "workplan.hand": _("实施方案交签批"),
    "workplan.take_back": _("取回实施方案修改"),
    "workplan.submit": _("提交实施方案"),
    "workplan.confirm": _("确认实施方案"),
    "workplan.return": _("退回实施方案"),
    "workplan.revise": _("修改已确认的实施方案"),
    "workplan.drop": _("放弃对实施方案的修改"),
    "milestone.report": _("报告节点完成"),
    "milestone.undo": _("撤销节点完成报告"),
    "milestone.refute": _("不予认定节点完成"),
    "comment.make": _("提出专家意见"),
    "comment.release": _("转送专家意见"),
    "comment.withdraw": _("撤回专家意见"),
    "notice.propose": _("提出督办建议"),
    "notice.reject": _("不予督办"),
    "notice.issue": _("签发督办"),
    "notice.retry": _("重新生成督办文件"),
    "notice.acknowledge": _("签收督办"),
    "notice.answer": _("反馈督办"),
    "notice.close": _("办结督办"),
    "notice.send_back": _("退回反馈"),
    "notice.withdraw": _("撤销督办"),
    "notice.escalate": _("督办升级"),
    "instruction.make": _("登记批示"),
    "instruction.set_aside": _("批示不交办"),
    "rule.propose": _("更改督办提出规则"),
    "rule.escalate": _("增加督办升级规则"),
    "rule.retire": _("停用督办升级规则"),
    "chase.message": _("发消息催报"),
    "chase.call": _("打电话催报"),
    "delivery.again": _("重发消息"),
    "brief.ask": _("申请简报"),
    "brief.freeze": _("简报数据定稿"),
    "brief.fail": _("简报制作失败"),
    "brief.retry": _("重新制作简报"),
    "brief.render_failed": _("简报排版失败"),
    "brief.publish": _("简报生成"),
    "brief.issue": _("印发简报"),
    "brief.supersede": _("简报被新版替代"),
    "brief.withdraw": _("撤回简报"),
}

SUBJECTS: dict[str, str | Promise] = {
    "user": _("账号"),
    "cycle": _("填报期"),
    "submission": _("填报"),
    "version": _("填报版本"),
    "storedfile": _("上传文件"),
    "workplan": _("实施方案"),
    "milestonereport": _("节点完成报告"),
    "brief": _("简报"),
    "comment": _("专家意见"),
    "notice": _("督办单"),
    "instruction": _("批示"),
    "proposalrule": _("督办提出规则"),
    "escalationrule": _("督办升级规则"),
    "chase": _("催报"),
    "delivery": _("投递"),
    "plan": _("方案"),
    "task": _("任务"),
    "responsibility": _("责任"),
    "contact": _("联系人"),
    "agency": _("单位"),
    "lineage": _("沿革"),
    "adjustment": _("调整"),
}

# Said again here, below the rooms whose states they are; a test compares.
STATES: dict[str, dict[str, str | Promise]] = {
    "task": {
        "open": _("在办"),
        "long_term": _("长期坚持"),
        "closed": _("已销号"),
        "withdrawn": _("已撤销"),
    },
    "user": {"active": _("在用"), "closed": _("停用")},
    "cycle": {
        "unopened": _("未开放"),
        "filing": _("填报中"),
        "late": _("逾期可补报"),
        "closed": _("已关闭"),
    },
    "submission": {
        "draft": _("草稿"),
        "handed": _("待签批"),
        "submitted": _("已提交"),
        "returned": _("已退回"),
        "accepted": _("已通过"),
        "supplement": _("待补充"),
    },
    "workplan": {
        "draft": _("草稿"),
        "handed": _("待签批"),
        "submitted": _("待确认"),
        "returned": _("已退回"),
        "confirmed": _("已确认"),
    },
    "notice": {
        "proposed": _("建议"),
        "rejected": _("不予督办"),
        "issued": _("待签收"),
        "acknowledged": _("待反馈"),
        "answered": _("待审核"),
        "sent_back": _("退回重报"),
        "closed": _("已办结"),
        "withdrawn": _("已撤销"),
    },
    "adjustment": {
        "proposed": _("待批准"),
        "approved": _("已批准"),
        "rejected": _("未批准"),
        "withdrawn": _("已撤回"),
    },
    "lineage": {
        "high": _("有把握"),
        "medium": _("较有把握"),
        "low": _("存疑"),
        "refuted": _("不成立"),
    },
    "brief": {
        "asked": _("生成中"),
        "draft": _("草稿"),
        "issuing": _("印发中"),
        "issued": _("已印发"),
        "superseded": _("已被新版取代"),
        "withdrawn": _("已撤回"),
        "failed": _("生成失败"),
    },
}


def state_text(subject: str, state: str) -> str:
    """The state of `user:12` in words; an object that was not there before, or has no state, a dash."""
    return str(STATES.get(subject.partition(":")[0], {}).get(state, state)) or "—"


def verb_text(verb: str) -> str:
    """The verb in words."""
    return str(VERBS.get(verb, verb))


def subject_text(subject: str) -> str:
    """`user:12` → 账号 12."""
    model, _colon, pk = subject.partition(":")
    return f"{SUBJECTS.get(model, model)} {pk}"
