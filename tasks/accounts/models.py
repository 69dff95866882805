"""Invitations to set the first password, and the roles that a list of people asks for."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tasks.people.models import User
from tasks.values import ADMIN_ROLES, Role


class Invitation(models.Model):
    """邀请: lets one person set the password of their account, once and until a moment. Its secret is not stored."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations", verbose_name=_("账号"))
    digest = models.CharField(_("摘要"), max_length=64, unique=True)
    made_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("发出人"))
    made_at = models.DateTimeField(_("发出时间"))
    ends_at = models.DateTimeField(_("有效期至"))
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("邀请")
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.ends_at:%Y-%m-%d}"


class Tally(models.Model):
    """How often something was done in a window that began at `since` (tasks.accounts.limits)."""

    key = models.CharField(max_length=60, primary_key=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("限次计数")

    def __str__(self) -> str:
        return f"{self.key} {self.count}"


class OldPassword(models.Model):
    """原密码: the hash of an earlier password, kept only where the site compares with earlier ones."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", verbose_name=_("账号"))
    password = models.CharField(max_length=128)

    class Meta:
        verbose_name = _("原密码")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.user_id)


class SignIn(models.Model):
    """登录: where a session began (tasks.accounts.sessions). Its key is that of Django's row; it opens nothing once that is
    gone."""

    user = models.ForeignKey(User, models.CASCADE, related_name="sign_ins", verbose_name=_("账号"))
    session_key = models.CharField(max_length=40, db_index=True)
    began_at = models.DateTimeField(_("登录时间"))
    address = models.CharField(_("网络地址"), max_length=45, blank=True)
    browser = models.CharField(_("浏览器"), max_length=200, blank=True)
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("登录")
        ordering = ["-began_at", "-id"]

    def __str__(self) -> str:
        return f"{self.user_id} {self.began_at:%Y-%m-%d %H:%M}"


class SecondFactor(models.Model):
    """两步验证: what a person's one-time codes are made from, encrypted; in force once a first code has confirmed it."""

    user = models.OneToOneField(User, models.CASCADE, related_name="+", verbose_name=_("账号"))
    secret = models.CharField(_("密钥"), max_length=255)
    confirmed_at = models.DateTimeField(_("启用时间"), null=True, blank=True)
    last_step = models.BigIntegerField(_("最近用过的时间步"), default=0)

    class Meta:
        verbose_name = _("两步验证")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.user_id)


class RecoveryCode(models.Model):
    """恢复码: the digest of a code that stands in once for the device of a second factor."""

    factor = models.ForeignKey(SecondFactor, models.CASCADE, related_name="+", verbose_name=_("两步验证"))
    digest = models.CharField(_("摘要"), max_length=64)
    used_at = models.DateTimeField(_("使用时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("恢复码")
        ordering = ["id"]

    def __str__(self) -> str:
        return str(self.factor_id)


class RoleRequest(models.Model):
    """角色申请: the role that a list of people asks for; the rights administrator grants or refuses it, once."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_requests", verbose_name=_("账号"))
    role = models.CharField(_("角色"), max_length=20, choices=Role)
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    plan = models.ForeignKey(
        "tasks.Plan", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("方案")
    )
    asked_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"), default=timezone.now)
    settled_by = models.ForeignKey(
        User, models.PROTECT, null=True, related_name="+", verbose_name=_("核准人")
    )
    settled_at = models.DateTimeField(_("核准时间"), null=True)
    is_granted = models.BooleanField(_("授予"), default=False)

    class Meta:
        verbose_name = _("角色申请")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="no_list_asks_for_administrators", condition=~Q(role__in=sorted(ADMIN_ROLES))
            ),
            models.CheckConstraint(
                name="request_is_settled_whole_or_not",
                condition=Q(settled_by__isnull=True, settled_at__isnull=True, is_granted=False)
                | Q(settled_by__isnull=False, settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"
