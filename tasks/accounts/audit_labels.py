"""Labels of accounts and their roles in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "access.slowed": _("过于频繁，暂缓"),
        "account.create": _("建立账号"),
        "account.invite": _("发出邀请"),
        "account.accept": _("按邀请设定密码"),
        "account.amend": _("修改账号"),
        "account.close": _("停用账号"),
        "account.suspend": _("久未使用，停用"),
        "account.session_end": _("结束登录"),
        "account.open": _("启用账号"),
        "account.reset_password": _("重置密码"),
        "account.unlock": _("解除登录锁定"),
        "account.change_password": _("本人修改密码"),
        "account.login": _("登录"),
        "account.login_failed": _("登录失败"),
        "account.old_password_wrong": _("修改密码时原密码错误"),
        "account.factor_add": _("启用两步验证"),
        "account.factor_remove": _("停用两步验证"),
        "account.recovery_code": _("用恢复码验证"),
        "account.code_wrong": _("停用两步验证时验证码错误"),
        "account.locked_out": _("登录锁定"),
        "account.logout": _("退出"),
        "account.token": _("取得接口令牌"),
        "account.token_end": _("注销接口令牌"),
        "rights.grant": _("授予角色"),
        "rights.appoint": _("任命"),
        "rights.end": _("终止任命"),
        "rights.deputy": _("指定代签"),
        "rights.refuse": _("不予授予"),
        "agency.one_person": _("设定一人填报并签批"),
    },
    subjects={"user": _("账号")},
    states={"user": {"active": _("在用"), "closed": _("停用")}},
)
