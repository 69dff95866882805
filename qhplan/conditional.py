"""Conditional requests: a reader's page that has not changed since is answered with 304, before its view is asked.

Only for the pages in `PAGES`, of which it is known that they show nothing but rows of the database, the reader's session
and what passes at the moments of `qhplan/changes.py`. docs/decisions/conditional-requests.md says why.
"""

import json
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.contrib.messages import get_messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotModified

from qhplan import __version__, changes, clock
from qhplan.changes import Marker
from tasks.people.models import User

PREFIX = "/plans/"  # of all their addresses
PAGES = frozenset(
    {
        "overview",
        "levels",
        "behind",
        "behind_all",
        "plan_list",
        "schedule",
        "task_list",
        "task",
        "matrix",
        "agency_list",
        "agency",
        "source",
        "target_list",
        "target",
        "indicator",
        "project_list",
        "project",
    }
)
CACHE = "private, no-cache"


class Mark:
    """Takes the marker of such a page before the session, the reader or anything else is read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.method == "GET" and request.path.startswith(PREFIX) and not settings.DEBUG:
            request.marker = changes.mark(clock.now())  # type: ignore[attr-defined]
        return self.get_response(request)


class Unchanged:
    """Last of all that decide who the reader is: answers what the browser has, or tells it how to ask next time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        asked: str | None = getattr(request, "unchanged_key", None)
        if asked is None or response.status_code != 200 or response.has_header("Cache-Control"):
            return response
        # A page that changed the session, or said a message once, is not the page of the next request.
        if asked != _key(request) or len(get_messages(request)):
            return response
        marker: Marker = request.marker  # type: ignore[attr-defined]
        response["ETag"] = f'W/"{asked};{marker.text()}"'
        response["Cache-Control"] = CACHE
        return response

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponseBase | None:
        """304 for what the browser has; None for the page."""
        match = request.resolver_match
        marker: Marker | None = getattr(request, "marker", None)
        if (
            marker is None
            or match is None
            or match.url_name not in PAGES
            or not isinstance(request.user, User)
        ):
            return None
        if len(get_messages(request)):
            return None
        request.unchanged_key = _key(request)  # type: ignore[attr-defined]
        for tag in request.headers.get("If-None-Match", "").split(", "):
            if self._is_current(tag, request, marker):
                response = HttpResponseNotModified()
                response["ETag"], response["Cache-Control"] = tag, CACHE
                return response
        return None

    def _is_current(self, tag: str, request: HttpRequest, now: Marker) -> bool:
        try:
            key, _semicolon, rest = tag.removeprefix('W/"').removesuffix('"').partition(";")
            since = Marker.read(rest)
        except ValueError:  # not one of ours
            return False
        return (
            key == request.unchanged_key  # type: ignore[attr-defined]
            and clock.now().timestamp() < since.until
            and changes.is_unchanged(since, now)
        )


@cache
def _process() -> str:
    """Of the code and the settings that this process runs by: the same in all that were started from the same."""
    found = sha256(__version__.encode())
    for folder in ("qhplan", "tasks", "reports", "templates", "locale"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                seen = path.stat()
                found.update(f"{path}\n{seen.st_size}\n{seen.st_mtime_ns}\n".encode())
    for name in dir(settings):
        if name.isupper() and name != "SECRET_KEY":
            found.update(f"{name}={getattr(settings, name)!r}\n".encode())
    return found.hexdigest()[:24]


def _key(request: HttpRequest) -> str:
    """Of all that a page depends on beside the database and the time: the address, the reader and the session, the
    secret behind the tokens of its forms, what htmx asks for, the release and the settings."""
    headers = {name: value for name, value in request.headers.items() if name.startswith("Hx-")}
    parts = [
        request.build_absolute_uri(),
        request.user.pk,
        sorted(request.session.items()),
        request.META.get("CSRF_COOKIE", ""),
        headers,
        _process(),
        clock.now().isoformat() if clock.is_fixed() else "",
    ]
    return sha256(json.dumps(parts, default=str).encode()).hexdigest()[:24]
