"""Which plan a page that serves every plan is asked for, and the address of such a page.

The desk, the queues and the record of what was sent have no plan in their path: `?plan=` names it (in a POST the
form's field), and without it they open on the plan published last.
"""

from urllib.parse import urlencode

from django.core.validators import slug_re
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tasks.plans.models import Plan
from tasks.plans.queries import default_plan
from tasks.values import Quarter


def plan_asked(request: HttpRequest) -> Plan | None:
    """The plan that the request names, without its text, or else the one published last; None while the site has no
    plan. 404 for a name that no plan has, or that cannot be one (a NUL is an error to the database)."""
    slug = request.POST.get("plan") or request.GET.get("plan", "")
    if not slug:
        return default_plan()
    if not slug_re.fullmatch(slug):
        raise Http404
    return get_object_or_404(Plan.objects.defer("text"), slug=slug)


def query_of(
    plan: Plan | None, default: Plan | None, quarter: Quarter | str | None = None, **more: str
) -> str:
    """`?plan=…&q=…` and `more`, as far as it is needed: the plan on which such pages open by themselves is not named."""
    asked = {}
    if plan is not None and plan != default:
        asked["plan"] = plan.slug
    if quarter:
        asked["q"] = str(quarter)
    asked |= more
    return f"?{urlencode(asked)}" if asked else ""


def address(name: str, plan: Plan | None, quarter: Quarter | str | None = None, **more: str) -> str:
    """The address of a page that serves every plan, for this one. One query."""
    return reverse(name) + query_of(plan, default_plan(), quarter, **more)
