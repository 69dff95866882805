"""Verification 核验: anyone who holds a brief can check without an account whether it is genuine."""

import hashlib

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.datastructures import MultiValueDict
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from reports.briefs import queries
from reports.briefs.forms import MAX_UPLOAD, CodeForm, FileForm, too_large
from reports.briefs.queries import Verdict
from tasks.accounts.limits import VERIFICATION, count
from tasks.people.access import address_of

_FORM_OVERHEAD = 64 * 1024  # boundaries and headers around the file in the request's body


# Nothing is changed and nobody's session is used, so there is nothing to forge; without the token's check, which
# would read the whole agency first, an upload that is too large is refused before it is read.
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    """The form. A code goes to the address that the QR code opens; a PDF is compared to the last byte."""
    if request.method == "GET":
        if "code" not in request.GET:
            return _page(request)
        form = CodeForm(request.GET)
        if not form.is_valid():
            return _page(request, code_form=form, status=422)
        code = queries.read_code(form.cleaned_data["code"])
        if code:
            return redirect("verify_code", code=code)
        return _throttled(request) or _page(request, code_form=form, verdict=queries.UNKNOWN)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_UPLOAD + _FORM_OVERHEAD:
        refused = FileForm({}, MultiValueDict())
        refused.errors["file"] = refused.error_class([too_large()])
        return _page(request, file_form=refused, status=413)
    slow_down = _throttled(request)
    if slow_down:
        return slow_down
    file_form = FileForm(request.POST, request.FILES)
    if not file_form.is_valid():
        return _page(request, file_form=file_form, status=422)
    digest = hashlib.sha256()
    for chunk in file_form.cleaned_data["file"].chunks():
        digest.update(chunk)
    verdict = queries.verify_file(digest.hexdigest())
    return _page(request, verdict=verdict, uploaded=digest.hexdigest())


@login_not_required
@require_GET
def verify_code(request: HttpRequest, code: str) -> HttpResponse:
    """The brief with this code: the address of the printed QR code."""
    return _throttled(request) or _page(
        request, code_form=CodeForm({"code": code}), verdict=queries.verify_code(code)
    )


def _throttled(request: HttpRequest) -> HttpResponse | None:
    """The page that says to wait. A code has 60 bits, so this is not what keeps it from being guessed: it keeps the one page
    that needs no login from being used to wear out the database."""
    wait = count(VERIFICATION, address_of(request)).wait
    if not wait:
        return None
    response = _page(request, slow_down=True, status=429)
    response["Retry-After"] = str(wait)
    return response


def _page(
    request: HttpRequest,
    *,
    code_form: CodeForm | None = None,
    file_form: FileForm | None = None,
    verdict: Verdict | None = None,
    uploaded: str = "",
    slow_down: bool = False,
    status: int = 200,
) -> HttpResponse:
    context = {
        "code_form": code_form or CodeForm(),
        "file_form": file_form or FileForm(),
        "verdict": verdict,
        "uploaded": uploaded,
        "slow_down": slow_down,
    }
    response = render(request, "briefs/verify.html", context, status=status)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
