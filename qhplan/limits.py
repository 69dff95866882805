"""Which requests are counted, and the answer to whoever asks too often. What signing in costs is limited there."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import render

from qhplan.api import error_body
from tasks.accounts.limits import Limit, count, slow_down_words, whose
from tasks.audit.log import record_access
from tasks.audit.models import Outcome
from tasks.people.models import User

# Pages that make files.
DEAR = frozenset(
    {
        "audit_csv",
        "audit_jsonl",
        "brief_ask",
        "brief_docx",
        "brief_set_ask",
        "brief_set_print",
        "brief_set_zip",
        "brief_xlsx",
        "evaluation_xlsx",
        "evidence_zip",
        "ledger_xlsx",
        "return_evidence_zip",
        "score_xlsx",
        "target_list_xlsx",
        "task_list_xlsx",
        "workbook",
        "workbook_all",
        "workbook_upload",
        "workplan_book",
        "workplan_book_upload",
    }
)


class Limits:
    """Counts requests to the API and to dear pages, after the session is known and before any view works."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if not settings.LIMITS:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        """The answer 429 with Retry-After, or None where the request may go on. One query where it is counted."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        is_api = request.path.startswith("/api/")
        if is_api:
            signed = request.user.is_authenticated or "Authorization" in request.headers
            limit = Limit("api", settings.API_PER_MINUTE if signed else settings.STRANGERS_PER_MINUTE, 60)
        elif name in DEAR:
            limit = Limit("dear", settings.DEAR_PER_MINUTE, 60)
        else:
            return None
        tally = count(limit, whose(request))
        if not tally.wait:
            return None
        if tally.is_first_refusal:
            by = request.user if isinstance(request.user, User) else None
            data = {"path": request.path[:500], "limit": limit.name, "per_minute": limit.times}
            record_access("access.slowed", f"page:{name}", by=by, data=data, outcome=Outcome.REFUSED)
        return slow_down(request, tally.wait)


def slow_down(request: HttpRequest, seconds: int) -> HttpResponseBase:
    """The page, or the error of the API, that says when to come again."""
    words = slow_down_words(seconds)
    response: HttpResponseBase
    if request.path.startswith("/api/"):
        response = JsonResponse(error_body("throttled", words), status=429)
    else:
        response = render(request, "429.html", {"words": words}, status=429)
    response["Retry-After"] = str(seconds)
    return response
