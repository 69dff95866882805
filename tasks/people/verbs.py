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
    "indicator.define": _("更改指标口径"),
    "indicator.own": _("指定数据责任单位"),
    "indicator.release": _("取消数据责任单位"),
    "target.path": _("设定目标路径"),
    "target.assess": _("评估目标"),
    "return.hand": _("交签批"),
    "return.take_back": _("取回修改"),
    "return.submit": _("提交填报"),
    "return.accept": _("通过填报"),
    "return.return": _("退回填报"),
    "chase.message": _("发消息催报"),
    "chase.call": _("打电话催报"),
    "delivery.again": _("重发消息"),
    "evaluation.finalise": _("总结评估定稿"),
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
    "indicator": _("指标"),
    "target": _("目标"),
    "submission": _("填报"),
    "version": _("填报版本"),
    "brief": _("简报"),
    "finalevaluation": _("总结评估"),
    "chase": _("催报"),
    "delivery": _("投递"),
    "plan": _("方案"),
    "responsibility": _("责任"),
    "contact": _("联系人"),
}

# Said again here, below the rooms whose states they are; a test compares.
STATES: dict[str, dict[str, str | Promise]] = {
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
    },
    "finalevaluation": {"final": _("已定稿")},
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
