"""Pages of sign-in, sign-out and passwords, accounts, roles and the audit log."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth import views as auth_views
from django.contrib.auth.forms import PasswordChangeForm
from django.core.exceptions import PermissionDenied
from django.db.models import Func
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qhplan import clock
from tasks.accounts import actions, devices, factor_sign_in, second_factor, sessions
from tasks.accounts.actions import normal_username
from tasks.accounts.forms import (
    AccountFilter,
    AccountForm,
    LoginForm,
    NewAccountForm,
    NoteForm,
    OnePersonForm,
)
from tasks.accounts.limits import OLD_PASSWORD, count, counted, slow_down_words, wait_to_sign_in
from tasks.accounts.locks import locked_until, unlock
from tasks.accounts.middleware import ACTS_FOR, WAS_SIGNED_IN, clear_pages
from tasks.accounts.passwords import is_too_old
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.audit.log import record, record_access, subject_of
from tasks.audit.models import Outcome
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.values import ADMIN_ROLES, Period, Role
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.paging import page_of
from tasks.web.sorting import of_text, order_by

# -- in and out ---------------------------------------------------------------------------------------------


def before_password_change(view: Any) -> Any:
    """Decorator: the view is also open to users who must first change their initial password."""
    view.before_password_change = True
    return view


def home_of(user: User) -> str:
    """The address of the user's start page: administrators have their own, all others the plan."""
    if permissions.may_manage_accounts(user):
        return reverse("accounts")
    if permissions.may_grant_roles(user):
        return reverse("rights")
    if permissions.may_read_audit(user):
        return reverse("audit")
    return reverse("home")


@method_decorator(never_cache, name="dispatch")
class Login(auth_views.LoginView):
    """Sign-in page. Follows `next` only within this site."""

    template_name = "people/login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_redirect_url(self) -> str:  # type: ignore[override]  # its stubs are of another release
        """`next`, unless it is this page: a signed-in user would be redirected in a loop."""
        url = super().get_redirect_url()
        return "" if urlsplit(url).path == self.request.path else url

    def get_default_redirect_url(self) -> str:
        return home_of(signed_in(self.request))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(
            **kwargs,
            idle_minutes=settings.SESSION_IDLE_MINUTES,
            session_ended=bool(self.request.COOKIES.get(WAS_SIGNED_IN)) and self.request.method == "GET",
            locked="",
        )
        del context["site"]  # Django's variable, which would hide ours
        return context

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever tries too often waits before a password is even looked at."""
        wait = wait_to_sign_in(request, normal_username(request.POST.get("username", "")))
        if wait:
            return wait_page(request, slow_down_words(wait), wait)
        return self.check_form()

    def check_form(self) -> HttpResponse:
        form = self.get_form()
        return self.form_valid(form) if form.is_valid() else self.form_invalid(form)

    def form_valid(self, form: Any) -> HttpResponse:
        """The password is right; whoever has a second factor is not signed in before the code is."""
        if not second_factor.is_set_up(form.get_user()):
            return self.enter(form)
        factor_sign_in.wait_for(self.request, form.get_user())
        target = self.get_redirect_url()
        return redirect(f"{reverse('login_code')}{'?' + urlencode({'next': target}) if target else ''}")

    def enter(self, form: Any) -> HttpResponse:
        """Django gives the session a new key here, so that a session key known before is worthless."""
        response = super().form_valid(form)
        user = signed_in(self.request)
        if not user.must_change_password and is_too_old(user):
            User.objects.filter(pk=user.pk).update(must_change_password=True)
        record(by=user, verb="account.login", subject=user, at=clock.now())
        response.set_cookie(
            WAS_SIGNED_IN,
            "1",
            max_age=12 * 3600,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )
        sessions.begin(self.request, user, is_known=devices.is_known(self.request, user.username))
        devices.remember(self.request, response, user)
        return response


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """Response after too many failures for one name from one address. Unknown names are locked alike."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    words = _("连续多次用户名或密码不正确，请 %(n)s 分钟后再试。忘记密码请联系系统管理员重置。") % {
        "n": minutes
    }
    return wait_page(request, words, minutes * 60)


def wait_page(request: HttpRequest, words: str, seconds: int) -> HttpResponse:
    """The sign-in page, for whoever has to wait."""
    context = {
        "form": LoginForm(request),
        "idle_minutes": settings.SESSION_IDLE_MINUTES,
        "session_ended": False,
        "locked": words,
        "next": "",
    }
    response = render(request, "people/login.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


@before_password_change
@require_POST
def logout(request: HttpRequest) -> HttpResponseBase:
    """Ends the session immediately on the server."""
    user = signed_in(request)
    record(by=user, verb="account.logout", subject=user, at=clock.now())
    response = auth_views.LogoutView.as_view()(request)
    response.delete_cookie(WAS_SIGNED_IN)
    clear_pages(response)
    return response


@require_POST
def act_for(request: HttpRequest) -> HttpResponse:
    """Chooses the agency for which a person who serves several acts from now on, until they choose again or sign out."""
    user = signed_in(request)
    chosen = request.POST.get("agency", "")
    if chosen not in {str(pk) for pk in user.hats}:
        raise PermissionDenied(_("您不为这个单位办理业务，或这项任命已经到期。"))
    request.session[ACTS_FOR] = int(chosen)
    name = names_at(Period.of(clock.today()), [int(chosen)]).get(int(chosen))
    messages.success(
        request, _("现在以“%(agency)s”的身份办理。") % {"agency": name.short if name else chosen}
    )
    return redirect("home")


@method_decorator([never_cache, before_password_change], name="dispatch")
class PasswordChange(auth_views.PasswordChangeView):
    """Changes the user's own password, after a check of the old one. Other sessions of the account end."""

    template_name = "people/password_change.html"
    form_class = PasswordChangeForm

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whoever sits at a machine that somebody left may not guess the old password."""
        user = signed_in(request)
        wrong = counted(OLD_PASSWORD, str(user.pk)) >= OLD_PASSWORD.times
        if wrong or not user.check_password(request.POST.get("old_password", "")):
            tally = count(OLD_PASSWORD, str(user.pk))
            if tally.count <= OLD_PASSWORD.times + 1:
                record_access(
                    "account.old_password_wrong", subject_of(user), by=user, data={}, outcome=Outcome.FAILED
                )
            if wrong:
                form = self.get_form()
                form.full_clean()
                form.errors.clear()
                form.add_error(None, slow_down_words(tally.wait))
                response = self.render_to_response(self.get_context_data(form=form), status=429)
                response["Retry-After"] = str(tally.wait)
                return response
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        user = signed_in(self.request)
        actions.change_own_password(by=user, password=form.cleaned_data["new_password1"])
        before = self.request.session.session_key
        update_session_auth_hash(self.request, user)
        sessions.renew(self.request, user, before)
        messages.success(self.request, _("密码已更改，其他设备上的登录已失效。"))
        return redirect(home_of(user))


# -- accounts -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class AccountRow:
    """An account, formatted for lists."""

    user: User
    agency: str
    roles: list[str]
    is_admin: bool


def _agency_names(users: list[User]) -> dict[int, str]:
    names = names_at(
        Period.of(clock.today()), {user.agency_id for user in users if user.agency_id is not None}
    )
    return {agency_id: name.short for agency_id, name in names.items()}


def _rows(users: list[User]) -> list[AccountRow]:
    names = _agency_names(users)
    return [
        AccountRow(
            user=user,
            agency=names.get(user.agency_id, "") if user.agency_id else "",
            roles=[str(Role(role).label) for role in Role.values if role in user.roles],
            is_admin=bool(set(user.roles) & ADMIN_ROLES),
        )
        for user in users
    ]


COLUMNS: dict[str, str | Func] = {
    "username": "username",
    "name": of_text("display_name"),
    "agency": "agency__order",
    "active": "is_active",
    "seen": "last_login",
}


def _account_list(request: HttpRequest, template: str) -> HttpResponse:
    accounts = AccountFilter(request.GET, queryset=User.objects.order_by("username"), request=request)
    page = page_of(request, accounts.qs.order_by(*order_by(request.GET, COLUMNS, "username")))
    context = {
        "filter": accounts,
        "page_obj": page,
        "rows": _rows(list(page.object_list)),
    }
    return render(request, template, context)


@require_safe
@allowed(permissions.may_manage_accounts)
def accounts(request: HttpRequest) -> HttpResponse:
    """Lists all accounts."""
    return _account_list(request, "people/accounts.html")


@sensitive_variables("password")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_manage_accounts)
def account_create(request: HttpRequest) -> HttpResponse:
    """Creates an account; the response shows its initial password once, and only its hash is stored."""
    form = NewAccountForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        password = actions.new_password()
        new = actions.NewAccount(
            username=data["username"],
            display_name=data["display_name"],
            agency_id=data["agency"],
            division=data["division"],
            email=data["email"],
            phone=data["phone"],
            password=password,
        )
        with refusals_on(form) as outcome:
            (user,) = actions.create_accounts(by=signed_in(request), accounts=[new])
        if outcome.is_done:
            context = {"account": user, "password": password, "is_new": True}
            return render(request, "people/account_password.html", context)
    context = {"form": form}
    return render(request, "people/account_create.html", context, status=422 if form.errors else 200)


def account_page(
    request: HttpRequest,
    user: User,
    form: AccountForm | None = None,
    note_form: NoteForm | None = None,
    password_form: NoteForm | None = None,
    factor_form: NoteForm | None = None,
) -> HttpResponse:
    """The page of one account, with the form that was refused."""
    form = form or AccountForm(
        initial={
            "display_name": user.display_name,
            "agency": user.agency_id,
            "division": user.division,
            "email": user.email,
            "phone": user.phone,
        }
    )
    note_form = note_form or NoteForm()
    password_form = password_form or NoteForm(prefix="password")
    factor_form = factor_form or NoteForm(prefix="factor")
    faulty = form.errors or note_form.errors or password_form.errors or factor_form.errors
    context = {
        "account": user,
        "row": _rows([user])[0],
        "form": form,
        "note_form": note_form,
        "password_form": password_form,
        "factor_form": factor_form,
        "has_factor": second_factor.is_set_up(user),
        "locked_until": locked_until(user),
        "sessions": sessions.live(user, ""),
        "is_self": user == request.user,
    }
    return render(request, "people/account.html", context, status=422 if faulty else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_manage_accounts)
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows and changes one account: name, agency, division, e-mail address, mobile number."""
    user = get_object_or_404(User, pk=pk)
    if request.method != "POST":
        return account_page(request, user)
    form = AccountForm(request.POST)
    if form.is_valid():
        data = form.cleaned_data
        with refusals_on(form) as outcome:
            amended = actions.amend_account(
                by=signed_in(request),
                user=user,
                display_name=data["display_name"],
                agency_id=data["agency"],
                division=data["division"],
                email=data["email"],
                phone=data["phone"],
            )
        if outcome.is_done:
            if user.roles and not amended.roles:
                messages.warning(request, _("单位已变更，原有角色已撤销，请安全保密管理员重新授权。"))
            messages.success(request, _("账号“%(user)s”已保存。") % {"user": user.username})
            return redirect("account", pk)
    return account_page(request, user, form=form)


@require_POST
@allowed(permissions.may_manage_accounts)
def account_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Closes or reopens an account, with a reason."""
    user = get_object_or_404(User, pk=pk)
    form = NoteForm(request.POST)
    active = request.POST.get("active") == "1"
    if form.is_valid():
        with refusals_on(form) as outcome:
            actions.set_active(
                by=signed_in(request), users=[pk], active=active, note=form.cleaned_data["note"]
            )
        if outcome.is_done:
            message = _("账号“%(user)s”已启用。") if active else _("账号“%(user)s”已停用。")
            messages.success(request, message % {"user": user.username})
            return redirect("account", pk)
    return account_page(request, user, note_form=form)


@sensitive_variables("password")
@never_cache
@require_POST
@allowed(permissions.may_manage_accounts)
def account_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets a new initial password, which the response shows once."""
    user = get_object_or_404(User, pk=pk)
    form = NoteForm(request.POST, prefix="password")
    by = signed_in(request)
    note = form.cleaned_data["note"] if form.is_valid() else ""
    if not form.is_valid() and not set(user.roles) & ADMIN_ROLES:
        return account_page(request, user, password_form=form)
    with refusals_on(form, told_to=request) as outcome:
        password = actions.reset_password(by=by, user=user, note=note)
    if outcome.is_conflict:
        return redirect("account", pk)
    if not outcome.is_done:
        return account_page(request, user, password_form=form)
    context = {"account": user, "password": password, "is_new": False}
    return render(request, "people/account_password.html", context)


@require_POST
@allowed(permissions.may_manage_accounts)
def account_unlock(request: HttpRequest, pk: int) -> HttpResponse:
    """Lifts the lock after too many failed sign-ins; the password stays."""
    user = get_object_or_404(User, pk=pk)
    with refusals_told(request):
        unlock(by=signed_in(request), user=user)
        messages.success(request, _("“%(user)s”的登录锁定已解除，可以马上登录。") % {"user": user.username})
    return redirect("account", pk)


# -- roles --------------------------------------------------------------------------------------------------


@require_safe
@allowed(permissions.may_grant_roles)
def rights(request: HttpRequest) -> HttpResponse:
    """Lists all accounts with their roles."""
    return _account_list(request, "people/rights.html")


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(permissions.may_grant_roles)
def rights_bodies(request: HttpRequest) -> HttpResponse:
    """Sets the agencies in which one person may write and approve a submission."""
    form = OnePersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        agency = get_object_or_404(Agency, pk=form.cleaned_data["agency"])
        with refusals_on(form) as outcome:
            actions.allow_one_person(
                by=signed_in(request),
                agency=agency,
                allowed=form.cleaned_data["allowed"],
                note=form.cleaned_data["note"],
            )
        if outcome.is_done:
            messages.success(request, _("已记下。"))
            return redirect("rights_bodies")
    allowed_ids = set(Agency.objects.filter(one_person=True).values_list("pk", flat=True))
    names = names_at(Period.of(clock.today()), allowed_ids)
    context = {
        "form": form,
        "bodies": [names[pk].short for pk in sorted(allowed_ids) if pk in names],
    }
    return render(request, "people/rights_bodies.html", context, status=422 if form.errors else 200)


# -- the audit log ------------------------------------------------------------------------------------------
