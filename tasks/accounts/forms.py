"""Forms and filters for sign-in, accounts and roles."""

from collections.abc import Sequence
from typing import Any

import django_filters
from django import forms
from django.apps import apps
from django.contrib.auth.forms import AuthenticationForm
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from tasks.accounts import factor_sign_in
from tasks.accounts.actions import normal_username
from tasks.agencies.models import Agency
from tasks.agencies.queries import distinct_labels, names_at
from tasks.grams import in_one_of
from tasks.people.models import Appointment, User
from tasks.values import ADMIN_ROLES, Period, Role


class LoginForm(AuthenticationForm):
    """Sign-in form with one message for all failures, so that strangers cannot learn which names exist."""

    error_messages = {
        "invalid_login": _("用户名或密码不正确。"),
        "inactive": _("用户名或密码不正确。"),
    }

    def __init__(self, request: HttpRequest | None = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        self.fields["username"].label = _("用户名")
        self.fields["password"].label = _("密码")

    def clean_username(self) -> str:
        """Normalises the name: phone keyboards begin with a capital letter. Normalising can turn one character into
        eighteen, so the length is checked again; longer text would not fit into the log of failures either."""
        return normal_username(self.cleaned_data["username"])[: self.username_field.max_length]


class CodeForm(forms.Form):
    """A code of the second factor: six digits, or a recovery code."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}
        ),
        error_messages={"required": _("请输入验证码。")},
    )


class SignInCodeForm(CodeForm):
    """The code after the password, of the person who waits for it in this session."""

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.user = factor_sign_in.waiting(request)

    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        if self.user is None or not factor_sign_in.accept(self.request, self.user, code):
            raise forms.ValidationError(_("验证码不正确，或已经用过。"))
        return code

    def get_user(self) -> User:
        assert self.user is not None
        return self.user


def agency_choices(among: QuerySet[Agency] | None = None) -> list[tuple[str, str]]:
    """Choices of agencies that can have accounts, under their current names, in the plan's order; `among` these."""
    names = names_at(Period.of(clock.today()))
    return [(str(pk), label) for pk, label in distinct_labels(names, among)]


class AccountForm(forms.Form):
    """The fields that the accounts administrator sets, without roles."""

    display_name = forms.CharField(label=_("姓名"), max_length=60)
    agency = forms.TypedChoiceField(label=_("单位"), coerce=int, empty_value=None, required=False)
    division = forms.CharField(label=_("处室"), max_length=60, required=False)
    email = forms.EmailField(label=_("邮箱"), required=False)
    phone = forms.CharField(
        label=_("手机"), max_length=20, required=False, help_text=_("联系用；没有的留空。")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("不属于任何单位")), *agency_choices()]


class NewAccountForm(AccountForm):
    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        help_text=_("小写字母、数字、点和连字符。用于登录，建立后不能更改。"),
    )
    field_order = ("username", "display_name", "agency", "division", "email", "phone")

    def clean_username(self) -> str:
        return normal_username(self.cleaned_data["username"])


class NoteForm(forms.Form):
    """A required reason for a change."""

    note = forms.CharField(
        label=_("理由"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请写明理由。")},
    )


class RolesForm(NoteForm):
    """Roles of one account; `before` are the roles that the administrator saw, to detect concurrent changes."""

    roles = forms.MultipleChoiceField(
        label=_("角色"), choices=Role.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    before = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("roles", "note", "before")

    def clean_before(self) -> frozenset[str]:
        return frozenset(filter(None, self.cleaned_data["before"].split(",")))


class AccountFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters accounts by words, role and state, for the accounts and the rights administrator."""

    q = django_filters.CharFilter(label=_("关键词"), method="by_words")
    role = django_filters.ChoiceFilter(
        label=_("角色"),
        choices=[*Role.choices, ("none", _("尚未授权"))],
        method="by_role",
        empty_label=_("全部"),
    )
    active = django_filters.ChoiceFilter(
        label=_("状态"), field_name="is_active", choices=[("1", _("启用")), ("0", _("停用"))], empty_label=_("全部"),
        method="by_state",
    )  # fmt: skip

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def by_words(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        for condition in in_one_of(value, "username", "display_name", "agency__names__short"):
            users = users.filter(condition)
        return users.distinct()

    def by_role(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        held = Appointment.objects.in_force().filter(user=OuterRef("pk"))
        return users.filter(~Exists(held) if value == "none" else Exists(held.filter(role=value)))

    def by_state(self, users: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        return users.filter(is_active=value == "1")


class OnePersonForm(forms.Form):
    """Whether one person may write and approve an agency's submissions."""

    agency = forms.ChoiceField(
        label=_("单位"), error_messages={"required": _("请选单位。"), "invalid_choice": _("请选单位。")}
    )
    allowed = forms.BooleanField(label=_("允许一人填报并签批"), required=False)
    note = forms.CharField(
        label=_("理由"),
        required=False,
        help_text=_("与改动一并留痕。"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agency"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = agency_choices()


class AppointForm(NoteForm):
    """An appointment for an agency, for one plan or all, from a day to a day."""

    role = forms.ChoiceField(label=_("角色"), choices=[])
    agency = forms.TypedChoiceField(
        label=_("单位"),
        coerce=int,
        empty_value=None,
        required=False,
        help_text=_("填报员、签批人、办公室和复核人为这个单位办理；其他角色不必选。"),
    )
    plan = forms.TypedChoiceField(label=_("方案"), coerce=int, empty_value=None, required=False)
    first = forms.DateField(
        label=_("起始日"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("不填即从现在起。"),
    )
    last = forms.DateField(
        label=_("截止日"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("含当日，到期自动终止；不填即未定期限。"),
    )
    field_order = ("role", "agency", "plan", "first", "last", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role, agency, plan = self.fields["role"], self.fields["agency"], self.fields["plan"]
        assert isinstance(role, forms.ChoiceField)
        assert isinstance(agency, forms.TypedChoiceField)
        assert isinstance(plan, forms.TypedChoiceField)
        role.choices = [
            ("", _("请选择")),
            *((one.value, one.label) for one in Role if one not in ADMIN_ROLES),
        ]
        agency.choices = [("", _("不为任何单位")), *agency_choices()]
        # The model belongs to a higher package.
        plans = apps.get_model("tasks.Plan").objects.order_by("-id").values_list("pk", "title")
        plan.choices = [("", _("全部方案")), *((str(pk), title) for pk, title in plans)]


class DeputyForm(forms.Form):
    """Who signs on an approver's behalf, from a day to a day."""

    deputy = forms.TypedChoiceField(label=_("代签人"), coerce=int)
    first = forms.DateField(label=_("起始日"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label=_("截止日"),
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("含当日，到期自动终止。"),
    )
    note = forms.CharField(
        label=_("事由"),
        max_length=500,
        help_text=_("如“出差”“休假”，与代签一并留痕。"),
        error_messages={"required": _("请写明事由，如“出差”“休假”。")},
    )

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        deputy = self.fields["deputy"]
        assert isinstance(deputy, forms.TypedChoiceField)
        deputy.choices = [
            ("", _("请选择")),
            *((str(one.pk), f"{one}（{one.division or one.username}）") for one in people),
        ]
