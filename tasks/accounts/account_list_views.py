"""Pages of the list of people: template, preview, slips with invitations; and the page that an invitation opens."""

import io
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from openpyxl import Workbook
from openpyxl.styles import Font

from qhplan import clock
from tasks.accounts import account_list, invitations
from tasks.accounts.account_list import ListRow
from tasks.accounts.actions import settle_requests
from tasks.accounts.forms import NoteForm
from tasks.accounts.models import RoleRequest
from tasks.agencies.queries import names_at
from tasks.errors import Conflict, Problems
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.values import ADMIN_ROLES, Period, Role
from tasks.web.acting import refusals_on
from tasks.workbooks.signed_preview import sign, signed_rows
from tasks.workbooks.values import Refused
from tasks.workbooks.views import download_of

_SALT = "tasks.accounts.account_list"


class ListForm(forms.Form):
    document = forms.FileField(
        label=gettext_lazy("人员名单"),
        help_text=gettext_lazy("Excel 文件（.xlsx）。严禁填报涉密信息。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={"required": gettext_lazy("请选择文件。"), "empty": gettext_lazy("文件是空的。")},
    )


def template() -> bytes:
    """The workbook to fill in: the heads and two rows as an example, on a second sheet the words that it knows."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("人员名单")
    heads = [_("姓名"), _("用户名"), _("单位"), _("处室"), _("角色"), _("方案"), _("邮箱"), _("手机")]
    sheet.append(heads)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    for column, width in zip("ABCDEFGH", (12, 18, 24, 18, 18, 36, 26, 16), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.freeze_panes = "A2"
    guide = book.create_sheet(_("填写说明"))
    for line in (
        [_("姓名、用户名、单位必填；单位写全称或简称；一行一人。")],
        [_("用户名用小写字母、数字、点和连字符，至少两个字符，建立后不能更改。")],
        [
            _("角色可填：%(roles)s；几个角色用顿号隔开。")
            % {"roles": "、".join(str(role.label) for role in Role if role not in ADMIN_ROLES)}
        ],
        [_("方案填方案全称，不填即全部方案。角色和方案由安全保密管理员核准后才生效。")],
        [_("一次最多 %(most)d 人。严禁填报涉密信息。") % {"most": account_list.MOST_ROWS}],
    ):
        guide.append(line)
    guide.column_dimensions["A"].width = 90
    stored = io.BytesIO()
    book.save(stored)
    return stored.getvalue()


@require_safe
@allowed(permissions.may_manage_accounts)
def list_template(request: HttpRequest) -> FileResponse:
    """The workbook to fill in."""
    return download_of(template(), _("人员名单.xlsx"))


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_manage_accounts)
def list_upload(request: HttpRequest) -> HttpResponse:
    """The form for a list; POST shows each row with what is wrong, and makes nothing."""
    form = ListForm(request.POST, request.FILES) if request.method == "POST" else ListForm()
    rows: list[ListRow] = []
    refused, signed = "", ""
    if request.method == "POST" and form.is_valid():
        document = form.cleaned_data["document"]
        try:
            rows = account_list.read(document.read(), document.name)
            if not any(row.problems for row in rows):
                signed = sign(account_list.as_json(rows), salt=_SALT)
        except Refused as error:
            refused = str(error)
    faulty = [row for row in rows if row.problems]
    context = {
        "form": form,
        "refused": refused,
        "rows": rows,
        "faulty": faulty,
        "signed": signed,
        "asks": sum(bool(row.roles) for row in rows),
    }
    status = 422 if form.errors or refused or faulty else 200
    return render(request, "people/account_list.html", context, status=status)


@never_cache
@require_POST
@allowed(permissions.may_manage_accounts)
def list_apply(request: HttpRequest) -> HttpResponse:
    """Makes the accounts that the preview showed; the answer shows their invitations, this once."""
    try:
        rows = [ListRow(**row) for row in signed_rows(request.POST.get("rows", ""), salt=_SALT)]
        made = account_list.make_accounts(by=signed_in(request), rows=rows)
    except (Refused, Conflict, Problems) as error:
        context = {"form": ListForm(), "refused": str(error), "rows": [], "faulty": []}
        return render(request, "people/account_list.html", context, status=409)
    return _slips(request, made)


@never_cache
@require_POST
@allowed(permissions.may_manage_accounts)
def account_invite(request: HttpRequest, pk: int) -> HttpResponse:
    """A new invitation for one account; the one before ends."""
    user = get_object_or_404(User, pk=pk, is_active=True)
    (secret,) = invitations.invite(by=signed_in(request), users=[user])
    return _slips(request, [(user, secret)])


@sensitive_variables("made")
def _slips(request: HttpRequest, made: list[tuple[User, str]]) -> HttpResponse:
    names = names_at(Period.of(clock.today()), {user.agency_id for user, _secret in made if user.agency_id})
    slips = [
        {
            "user": user,
            "agency": names[user.agency_id].short if user.agency_id in names else "",
            "link": request.build_absolute_uri(reverse("invitation", args=[secret])),
        }
        for user, secret in made
    ]
    return render(request, "people/account_slips.html", {"slips": slips, "days": invitations.DAYS})


class FirstPasswordForm(forms.Form):
    new_password1 = forms.CharField(
        label=gettext_lazy("新密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    new_password2 = forms.CharField(
        label=gettext_lazy("再输一次"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, second = data.get("new_password1"), data.get("new_password2")
        if first and second and first != second:
            self.add_error("new_password2", _("两次输入的密码不一样。"))
        return data


@sensitive_variables("secret")
@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """Sets the first password of the invited account, once."""
    found = invitations.invitation_of(secret)
    form = FirstPasswordForm(request.POST or None)
    if found is None:
        return render(request, "people/invitation.html", {"found": None}, status=410)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome:
            invitations.accept(secret=secret, password=form.cleaned_data["new_password1"])
        if outcome.is_done:
            messages.success(request, _("密码已设好，请用它登录。"))
            return redirect("login")
    context = {"found": found, "form": form}
    return render(request, "people/invitation.html", context, status=422 if form.errors else 200)


# -- what lists ask for -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_grant_roles)
def rights_requests(request: HttpRequest) -> HttpResponse:
    """The roles that lists ask for, to be granted or refused, many at once."""
    form = NoteForm(request.POST) if request.method == "POST" else NoteForm()
    waiting = RoleRequest.objects.filter(settled_at=None).select_related("user", "plan", "asked_by")
    if request.method == "POST" and form.is_valid():
        chosen = [int(pk) for pk in request.POST.getlist("requests") if pk.isdecimal() and len(pk) < 19]
        grant = request.POST.get("action") == "grant"
        with refusals_on(form) as outcome:
            done = settle_requests(
                by=signed_in(request), requests=chosen, grant=grant, note=form.cleaned_data["note"]
            )
        if outcome.is_done:
            words = {"n": len(done)}
            messages.success(request, (_("已授予 %(n)d 项。") if grant else _("已退回 %(n)d 项。")) % words)
            return redirect("rights_requests")
    rows = list(waiting)
    names = names_at(Period.of(clock.today()), {row.agency_id for row in rows if row.agency_id})
    shown = [
        (row, str(Role(row.role).label), names[row.agency_id].short if row.agency_id in names else "")
        for row in rows
    ]
    context = {"rows": shown, "form": form}
    return render(request, "people/rights_requests.html", context, status=422 if form.errors else 200)
