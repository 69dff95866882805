"""Gives the audit log the source of each request, and records what a request reads or is refused."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from tasks.audit.accesses import access_of
from tasks.audit.log import record_access
from tasks.audit.request_source import from_request
from tasks.people.models import User


class AuditSource:
    """What is written to the audit log while a request is answered names its address and its session; files that
    leave, lists read in bulk and refusals are written here. It comes after the session middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with from_request(request):
            response = self.get_response(request)
            if access := access_of(request, response):
                by = request.user if isinstance(request.user, User) else None
                record_access(
                    access.verb, f"page:{access.page}", by=by, data=access.data, outcome=access.outcome
                )
            return response
