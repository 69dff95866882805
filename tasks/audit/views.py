"""The audit page 留痕: who did what, latest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tasks.audit.filters import EventFilter
from tasks.audit.labels import state_text, subject_text, verb_text
from tasks.audit.models import Event
from tasks.people import permissions
from tasks.people.access import allowed
from tasks.people.models import User
from tasks.web.paging import page_of


@dataclass(frozen=True)
class EventRow:
    """A line of the record in words."""

    event: Event
    verb: str
    subject: str
    details: list[tuple[str, str]]

    @property
    def states(self) -> str:
        """From which state to which, where the event changed one."""
        event = self.event
        if not (event.from_state or event.to_state):
            return ""
        return " → ".join(state_text(event.subject, state) for state in (event.from_state, event.to_state))

    @property
    def shows_domain_time(self) -> bool:
        """Whether the domain's moment is another than that of recording (a trial's clock, a late entry)."""
        return abs((self.event.recorded_at - self.event.at).total_seconds()) > 60


def _details(event: Event) -> list[tuple[str, str]]:
    data: dict[str, Any] = event.data if isinstance(event.data, dict) else {}
    return [(key, ", ".join(map(str, v)) if isinstance(v, list) else str(v)) for key, v in data.items()]


def _user_names(subjects: Iterable[str]) -> dict[str, str]:
    """{"user:12": 账号 zjj-tb}; other objects keep their number."""
    ids = [int(subject[5:]) for subject in set(subjects) if subject.startswith("user:")]
    users = User.objects.filter(pk__in=ids).values_list("pk", "username")
    return {f"user:{pk}": _("账号 %(user)s") % {"user": username} for pk, username in users}


@require_safe
@allowed(permissions.may_read_audit)
def audit(request: HttpRequest) -> HttpResponse:
    """Who did what, latest first; nothing here can be changed, by anybody."""
    events = EventFilter(
        request.GET, queryset=Event.objects.select_related("by").order_by("-id"), request=request
    )
    page = page_of(request, events.qs)
    found = list(page.object_list)
    names = _user_names(event.subject for event in found)
    rows = [
        EventRow(e, verb_text(e.verb), names.get(e.subject, subject_text(e.subject)), _details(e))
        for e in found
    ]
    context = {"filter": events, "page_obj": page, "rows": rows}
    return render(request, "people/audit.html", context)
