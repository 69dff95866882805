"""What of a request belongs in the audit log although it changes nothing: refusals, files that leave the site, and lists
that are read in bulk through the API. Everything is told by the response, so no view can forget it."""

from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponseBase

from tasks.audit.models import Outcome

R = TypeVar("R", bound=HttpResponseBase)

# More rows than this in one response of the API, or any page of a list but the first, is reading in bulk.
BULK_ROWS = 50

REFUSED = frozenset({403, 404})
# The description of the API, which says nothing of anybody.
_OPEN = frozenset({"api_schema"})


def recorded_as(response: R, verb: str) -> R:
    """The response, which the log calls by this verb."""
    response.recorded_as = verb  # type: ignore[attr-defined]
    return response


@dataclass(frozen=True)
class Access:
    """What a response did."""

    verb: str
    page: str
    outcome: Outcome = Outcome.DONE
    data: dict[str, Any] = field(default_factory=dict)


def access_of(request: HttpRequest, response: HttpResponseBase) -> Access | None:
    """What the response did; None for what is recorded elsewhere or not at all. No query."""
    match = request.resolver_match
    if match is None or match.url_name in _OPEN:
        return None
    page, status = match.url_name or "", response.status_code
    place = {"path": _path(request, match.kwargs)}
    if query := request.META.get("QUERY_STRING", ""):
        place["query"] = query[:500]
    if status in REFUSED:
        # A stranger is sent to the login page and is refused nothing; an address that does not exist is no refusal.
        if not request.user.is_authenticated or page == "api_unknown":
            return None
        return Access(
            "access.refuse", page, Outcome.REFUSED, {**place, "method": request.method, "status": status}
        )
    if status != 200 or request.method == "HEAD":
        return None
    verb = getattr(response, "recorded_as", "")
    if not verb and response.has_header("Content-Disposition"):
        # Names of files stay out of the log, as names of evidence do: the path names the object.
        return Access("file.leave", page, data=place)
    if verb:
        return Access(verb, page, data=place)
    if rows := _bulk(request, response):
        return Access("api.bulk", page, data={**place, "rows": rows})
    return None


def _bulk(request: HttpRequest, response: HttpResponseBase) -> int:
    """The number of rows that a program has read in bulk; 0 for any other response."""
    if request.method != "GET" or not request.path.startswith("/api/"):
        return 0
    data = getattr(response, "data", None)
    rows = data.get("results") if isinstance(data, dict) else data
    count = len(rows) if isinstance(rows, list) else 0
    return count if count > BULK_ROWS or request.GET.get("page", "1") != "1" else 0


def _path(request: HttpRequest, kwargs: dict[str, Any]) -> str:
    """The path without the secret of an invitation."""
    secret = kwargs.get("secret")
    return request.path.replace(str(secret), "…") if secret else request.path[:500]
