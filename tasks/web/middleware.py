"""Middleware that all pages share."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponseBase, QueryDict

from tasks import typed


class TypedText:
    """Every text that a browser sends, in a form or in an address, is read by `tasks.typed.clean` before any view sees it.
    It comes after the check of the form's token, which reads the form."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> None:
        """Clean what was sent."""
        if (query := _cleaned(request.GET)) is not None:
            request.GET = query  # type: ignore[assignment]
        # The API reads a body only once it knows whose it is, and its parser cleans what it reads.
        if request.path.startswith("/api/"):
            return
        if request.method == "POST" and (form := _cleaned(request.POST)) is not None:
            request.POST = form  # type: ignore[assignment]


def _cleaned(sent: QueryDict) -> QueryDict | None:
    """What was sent with clean texts; None where it is clean already. A password stays as it is typed."""
    changed = {}
    for name, values in sent.lists():
        texts = values if typed.is_secret(name) else [typed.clean(str(value)) for value in values]
        if texts != values:
            changed[name] = texts
    if not changed:
        return None
    copy = sent.copy()
    for name, texts in changed.items():
        copy.setlist(name, texts)
    copy._mutable = False
    return copy
