"""While a person of the office enters an agency's sealed paper 代录, every request acts for that agency as a reporter would."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from tasks.errors import Conflict
from tasks.people.models import User
from tasks.submissions.paper.actions import check_may_enter

ENTERING = "entering"  # in the session: the id of the agency
ENTERING_FOR = "entering_for"  # and that of the plan for whose paper it was begun


class Entering:
    """Replaces the reader by a copy that acts for the agency, as long as they may enter for it; else says why not any
    more, and the reader is themselves again. The API has no session, and nothing is entered through it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        agency_id = request.session.get(ENTERING)
        user = request.user
        if agency_id is not None and isinstance(user, User):
            try:
                plan_id = request.session.get(ENTERING_FOR)
                check_may_enter(user.anywhere(), agency_id, *([plan_id] if plan_id else []))
            except (PermissionDenied, Conflict) as error:
                del request.session[ENTERING]
                messages.warning(request, str(error))
            else:
                request.user = user.entering_for(agency_id)
        return self.get_response(request)
