"""The template tags that every page's frame is made with."""

from dataclasses import dataclass
from typing import Any

from django import template
from django.template import Context

from qhplan.help.handbooks import handbooks_of
from qhplan.help.pages import name_of_help
from qhplan.navigation import PRINTED, Frame, Reader, frame_of
from reports.dashboards.page_params import Asked
from tasks.people.models import User
from tasks.period_words import speak
from tasks.plans.models import Plan
from tasks.values import Period

register = template.Library()


@register.simple_tag(takes_context=True)
def page_frame(context: Context) -> Frame | None:
    """The frame of the page: rows of the navigation, trail, other plans; None for strangers. A view whose page belongs to
    different places for different readers names the place in `place`."""
    request = context.get("request")
    user = getattr(request, "user", None)
    if request is None or not isinstance(user, User):
        return None
    if isinstance(plan := context.get("plan"), Plan):
        speak(plan.kind)
    match = request.resolver_match
    site: Any = context.get("site")
    asked, quarter = context.get("asked"), context.get("quarter")
    named = "q" in request.GET or (match is not None and "quarter_text" in match.kwargs)
    return frame_of(
        Reader(
            user=user,
            url_name=(match.url_name or "") if match is not None else "",
            plan=context.get("plan") or getattr(site, "plan", None),
            plans=getattr(site, "plans", ()),
            quarter=quarter if named and isinstance(quarter, Period) else None,
            asked=asked if isinstance(asked, Asked) else None,
            hint=str(context.get("place") or ""),
        )
    )


# Where people land after sign-in: there a first visit is greeted.
LANDINGS = frozenset({"desk", "review", "focus", "overview", "work", "accounts", "rights", "audit"})


@dataclass(frozen=True)
class Tools:
    """What every page offers: its help, "" for that of all pages; whether it is printed; and on a first visit the reader's
    handbook, (role, title)."""

    help: str
    is_printed: bool
    hint: tuple[str, str] | None


@register.simple_tag(takes_context=True)
def page_tools(context: Context) -> Tools:
    request = context.get("request")
    match = getattr(request, "resolver_match", None)
    name = (match.url_name or "") if match is not None else ""
    user = getattr(request, "user", None)
    greeted = isinstance(user, User) and user.hint_put_away_at is None and name in LANDINGS
    return Tools(
        name_of_help(name), name in PRINTED, next(iter(handbooks_of(user)), None) if greeted else None
    )
