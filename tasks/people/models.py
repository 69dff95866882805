"""Models of accounts with their roles, and of the installation (sample or real data)."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tasks.values import ADMIN_ROLES, Role


class UserManager(BaseUserManager["User"]):
    """Looks users up; tasks.accounts.actions creates accounts."""


class User(AbstractBaseUser):
    """账号: a person with roles, who acts for an agency. There is no superuser: the permissions apply to everyone."""

    username = models.CharField(
        _("用户名"),
        max_length=60,
        unique=True,
        validators=[
            RegexValidator(
                r"\A[a-z0-9][a-z0-9._-]{1,59}\Z", _("用户名用小写字母、数字、点和连字符，至少两个字符。")
            )
        ],
        error_messages={"unique": _("已有同名账号，请换一个。")},
    )
    display_name = models.CharField(_("姓名"), max_length=60)
    agency = models.ForeignKey(
        "tasks.Agency", models.PROTECT, null=True, blank=True, related_name="users", verbose_name=_("单位")
    )
    division = models.CharField(_("处室"), max_length=60, blank=True)
    # Empty until the rights administrator grants roles: creating an account grants no permission.
    roles = ArrayField(
        models.CharField(max_length=20, choices=Role), verbose_name=_("角色"), default=list, blank=True
    )
    email = models.EmailField(_("邮箱"), blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    must_change_password = models.BooleanField(_("须修改密码"), default=False)
    is_sample = models.BooleanField(_("示例账号"), default=False)
    date_joined = models.DateTimeField(_("建立时间"), auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("账号")
        ordering = ["username"]
        constraints = [
            # 三员分立 (separation of the administrators) is enforced in the database, not only by forms.
            models.CheckConstraint(
                name="administrators_hold_one_role",
                condition=~Q(roles__overlap=sorted(ADMIN_ROLES)) | Q(roles__len=1),
                violation_error_message=_(
                    "系统管理员、安全保密管理员、安全审计员各由专人担任，不能兼任其他角色。"
                ),
            ),
            models.CheckConstraint(
                name="agency_roles_have_an_agency",
                condition=~Q(roles__overlap=[Role.REPORTER, Role.APPROVER, Role.OFFICE, Role.SECOND_REVIEWER])
                | Q(agency__isnull=False),
                violation_error_message=_("填报员、签批人、办公室和复核人必须属于一个单位。"),
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.username

    def has(self, *roles: Role) -> bool:
        """Whether the user has any of the roles."""
        return self.is_active and any(role in self.roles for role in roles)

    def get_full_name(self) -> str:
        return self.display_name


class Installation(models.Model):
    """Facts about this database as a whole: one row, created with the database and never changed.

    A database with sample data stays a sample database, so that samples and real submissions cannot mix.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    is_sample = models.BooleanField(_("示例数据库"))
    made_at = models.DateTimeField(_("建立时间"), auto_now_add=True)

    class Meta:
        verbose_name = _("数据库")
        constraints = [models.CheckConstraint(name="one_installation", condition=Q(id=1))]

    def __str__(self) -> str:
        return "sample" if self.is_sample else "real"
