"""In whose words a page speaks: those of the jurisdiction of the plan that its address names (`qhplan/plan_routes.py`).

The words are looked up when the first of them is needed; a page without such a word asks for none.
"""

from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch

from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.queries import shared_words, site_words
from tasks.people.access import plan_beside_path
from tasks.people.models import User
from tasks.people.plan_scope import plan_named
from tasks.plans.models import Plan
from tasks.wording import Wording, speaking

# Beginnings of addresses whose slug is an agency's.
AGENCIES = ("bodies/", "agencies/")
_API = "api/v1/"


class PlanWords:
    """Every request is answered in the words of its plan. Before the views, which may name a light in a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with speaking(lambda: words_for(request)):
            return self.get_response(request)


def words_for(request: HttpRequest) -> Wording:
    """One query, two where the page shows the plan that its reader sees first."""
    match = request.resolver_match
    if match is None:
        return Wording()
    jurisdictions = _of_address(request, match)
    if jurisdictions is None:
        return shared_words()
    return (jurisdictions.first() or site_words()).wording


def _of_address(request: HttpRequest, match: ResolverMatch) -> QuerySet[Jurisdiction] | None:
    """The jurisdiction of what the address names; None where it names no plan and nothing of one."""
    rows, route = Jurisdiction.objects.all(), match.route.removeprefix(_API)
    named = match.kwargs
    if route.startswith("jurisdictions/"):
        return rows.filter(pk=named["pk"]) if "pk" in named else None
    if route.startswith(AGENCIES):
        agency = next(iter(named.values()), None)
        return rows.filter(agencies__slug=agency) if agency else None
    user = getattr(request, "user", None)
    plan = plan_named(
        user if isinstance(user, User) else None,
        match.url_name or "",
        named,
        lambda: plan_beside_path(request),
    )
    return rows.filter(plans__in=Plan.objects.filter(plan.condition)) if plan else None
