"""Gives the audit log the source of each request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from tasks.audit.request_source import from_request


class AuditSource:
    """What is written to the audit log while a request is answered names its address and its session. It comes after the
    session middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with from_request(request):
            return self.get_response(request)
