"""In whose words a page speaks: those of the jurisdiction of the plan that its address names.

The words are looked up when the first of them is needed, with one query; a page without such a word asks for none.
"""

from collections.abc import Callable

from django.apps import apps
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.urls import ResolverMatch

from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.queries import shared_words, site_words
from tasks.people.models import User
from tasks.plans.queries import published_for
from tasks.wording import Wording, speaking

# {beginning of an address with an id: (the model of the id, the way to its plan)}.
OBJECTS = {
    "returns/": ("tasks.Submission", "task__plan"),
    "versions/": ("tasks.Version", "task__plan"),
    "cycles/": ("tasks.Cycle", "plan"),
    "review/extensions/": ("tasks.Cycle", "plan"),
    "review/reopening/": ("tasks.Cycle", "plan"),
    "review/projects/": ("tasks.ProjectReport", "project__plan"),
    "workplans/": ("tasks.WorkPlan", "plan"),
    "milestones/": ("tasks.Milestone", "version__work_plan__plan"),
    "briefs/sets/": ("reports.BriefSet", "plan"),
    "briefs/": ("reports.Brief", "plan"),
    "feedback/": ("reports.Handover", "brief__plan"),
    "supervision/": ("reports.Notice", "plan"),
    "notices/": ("reports.Notice", "plan"),
    "instructions/": ("reports.Instruction", "plan"),
    "ledgers/": ("tasks.Ledger", "plan"),
}
# Beginnings of addresses whose slug is not a plan's.
AGENCIES = ("bodies/", "agencies/")
# Pages whose plan is in `?plan=`, or else the first that the reader sees.
OF_DEFAULT = ("desk/", "review/", "cycles/", "contacts/", "assignments/", "chase/")
_API = "api/v1/"


class PlanWords:
    """Every request is answered in the words of its plan. Before the views, which may name a light in a refusal."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with speaking(lambda: words_for(request)):
            return self.get_response(request)


def words_for(request: HttpRequest) -> Wording:
    """One query, two where the address names no plan."""
    match = request.resolver_match
    if match is None:
        return Wording()
    route = match.route.removeprefix(_API)
    of_plan = _of_plan(request, match, route)
    if of_plan is None:
        return shared_words()
    return (of_plan.first() or site_words()).wording


def _of_plan(request: HttpRequest, match: ResolverMatch, route: str) -> QuerySet[Jurisdiction] | None:
    """The jurisdiction of what the address names; None where it names no plan and nothing of one."""
    rows = Jurisdiction.objects.all()
    named = match.kwargs
    if route.startswith("jurisdictions/"):
        return rows.filter(pk=named["pk"]) if "pk" in named else None
    if route.startswith(AGENCIES):
        agency = next(iter(named.values()), None)
        return rows.filter(agencies__slug=agency) if agency else None
    slug = named.get("plan") or named.get("slug")
    if not slug and isinstance(pk := named.get("pk"), int):
        beginning = next((one for one in OBJECTS if route.startswith(one)), "")
        if not beginning:
            return None
        label, way = OBJECTS[beginning]
        of = apps.get_model(label)._base_manager.filter(pk=pk)
        return rows.filter(pk__in=of.values(f"{way}__jurisdiction"))
    slug = slug or request.GET.get("plan")
    if not slug and request.method == "POST" and not match.route.startswith(_API):
        slug = request.POST.get("plan")
    if slug:
        return rows.filter(plans__slug=slug) if "\0" not in slug else None
    user = getattr(request, "user", None)
    if route.startswith(OF_DEFAULT) and isinstance(user, User) and (plan := published_for(user).first()):
        return rows.filter(plans=plan)
    return None
