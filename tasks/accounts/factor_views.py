"""Pages of the second factor: asked for after the password, set up and removed by oneself, removed by the administrator."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from tasks.accounts import factor_sign_in, sessions
from tasks.accounts import second_factor as factor
from tasks.accounts.forms import CodeForm, NoteForm, SignInCodeForm
from tasks.accounts.limits import count, slow_down_words
from tasks.accounts.views import Login, account_page, wait_page
from tasks.audit.log import record_access, subject_of
from tasks.audit.models import Outcome
from tasks.people import permissions
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.web.acting import refusals_on, refusals_told


@method_decorator(sensitive_post_parameters("code"), name="dispatch")
class LoginCode(Login):
    """The second step of signing in: the code, from whoever has just given the right password. Until then the session is
    nobody's."""

    template_name = "people/login_code.html"
    authentication_form = SignInCodeForm  # type: ignore[assignment]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.person = factor_sign_in.waiting(request)
        if self.person is None and not request.user.is_authenticated:
            if request.method == "POST":
                messages.warning(request, _("等待验证码的时间已过，请重新输入用户名和密码。"))
            return redirect("login")
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.person is None:
            return redirect("login")
        wait = factor_sign_in.wait_for_code(request, self.person)
        return wait_page(request, slow_down_words(wait), wait) if wait else self.check_form()

    def form_valid(self, form: Any) -> HttpResponse:
        response = self.enter(form)
        factor_sign_in.passed(self.request)
        return response


def before_second_factor(view: Any) -> Any:
    """Decorator: the view is also open to whoever must first set up the second factor."""
    view.before_second_factor = True
    return view


@before_second_factor
@sensitive_post_parameters("code")
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_factor(request: HttpRequest) -> HttpResponse:
    """Shows one's own second factor; begins, confirms or removes it (`action`)."""
    user = signed_in(request)
    action = request.POST.get("action", "")
    if request.method != "POST":
        return _page(request, user, CodeForm())
    if action == "begin":
        with refusals_told(request):
            factor.begin(by=user)
        return redirect("second_factor")
    form = CodeForm(request.POST)
    tally = count(factor.CODES, str(user.pk))
    if tally.wait:
        form.full_clean()
        form.errors.clear()
        form.add_error(None, slow_down_words(tally.wait))
        response = _page(request, user, form, status=429)
        response["Retry-After"] = str(tally.wait)
        return response
    if form.is_valid():
        return _remove(request, user, form) if action == "remove" else _confirm(request, user, form)
    return _page(request, user, form)


def _confirm(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    with refusals_on(form) as outcome:
        codes = factor.confirm(by=user, code=form.cleaned_data["code"])
    if not outcome.is_done:
        return _page(request, user, form)
    before = request.session.session_key
    factor_sign_in.passed(request)
    request.session.cycle_key()
    sessions.renew(request, user, before)
    return render(request, "people/recovery_codes.html", {"codes": codes})


def _remove(request: HttpRequest, user: User, form: CodeForm) -> HttpResponse:
    if not factor.take(user, form.cleaned_data["code"]):
        record_access("account.code_wrong", subject_of(user), by=user, data={}, outcome=Outcome.FAILED)
        form.add_error("code", _("验证码不正确，或已经用过。"))
        return _page(request, user, form)
    with refusals_told(request) as outcome:
        factor.remove(by=user, user=user)
    if outcome.is_done:
        request.session.pop(factor.PASSED, None)
        messages.success(request, _("两步验证已停用。"))
    return redirect("second_factor")


def _page(request: HttpRequest, user: User, form: CodeForm, status: int = 0) -> HttpResponse:
    is_on = factor.is_set_up(user)
    secret = None if is_on else factor.unconfirmed(user)
    context = {
        "form": form,
        "is_on": is_on,
        "is_required": factor.is_required(user),
        "secret": secret,
        "qr": factor.as_qr(user, secret) if secret else "",
        "codes_left": factor.codes_left(user) if is_on else 0,
    }
    return render(
        request, "people/second_factor.html", context, status=status or (422 if form.errors else 200)
    )


@require_POST
@allowed(permissions.may_manage_accounts)
def account_factor_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes a person's second factor, with a reason: the device is lost, and so are the recovery codes."""
    user = get_object_or_404(User, pk=pk)
    form = NoteForm(request.POST, prefix="factor")
    if form.is_valid():
        with refusals_on(form, told_to=request) as outcome:
            factor.remove(by=signed_in(request), user=user, note=form.cleaned_data["note"])
        if outcome.is_done:
            messages.success(request, _("“%(user)s”的两步验证已停用。") % {"user": user.username})
        if outcome.is_done or outcome.is_conflict:
            return redirect("account", pk)
    return account_page(request, user, factor_form=form)
