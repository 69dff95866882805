"""Resolves the plan of a page without a plan in its path, and builds the addresses of such pages.

The desk, the queues and the list of sent notices take the plan from `?plan=` (in a POST from the form's field) and
default to the plan published last.
"""

from urllib.parse import urlencode

from django.core.validators import slug_re
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from tasks.people.access import signed_in
from tasks.people.plan_scope import seen_plans
from tasks.period_words import speak
from tasks.plans.models import Plan
from tasks.plans.queries import default_plan, published_for
from tasks.values import Period


def plan_asked(request: HttpRequest) -> Plan | None:
    """The plan that the request names, or else the first that its user sees; None while there is none.

    The plan comes without its text. Raises Http404 for an unknown slug, and for one with a NUL, which the database
    rejects.
    """
    slug = request.POST.get("plan") or request.GET.get("plan", "")
    user = signed_in(request)
    if not slug:
        plan = published_for(user).first()
    elif not slug_re.fullmatch(slug):
        raise Http404
    else:
        plan = get_object_or_404(Plan.objects.defer("text").filter(seen_plans(user)), slug=slug)
    if plan is not None:
        speak(plan.kind)
    return plan


def plan_named(slug: str) -> Plan:
    """The plan of a page with a plan in its path, without its text; its page speaks of its periods. Raises Http404."""
    plan = get_object_or_404(Plan.objects.defer("text"), slug=slug)
    speak(plan.kind)
    return plan


def query_of(
    plan: Plan | None, default: Plan | None, quarter: Period | str | None = None, **more: str
) -> str:
    """The query string `?plan=…&q=…` with `more`; leaves out the plan if it is the default, "" if nothing is left."""
    params = {}
    if plan is not None and plan != default:
        params["plan"] = plan.slug
    if quarter:
        params["q"] = str(quarter)
    params |= more
    return f"?{urlencode(params)}" if params else ""


def address(name: str, plan: Plan | None, quarter: Period | str | None = None, **more: str) -> str:
    """The address of a page without a plan in its path, for this plan. One query."""
    return reverse(name) + query_of(plan, default_plan(), quarter, **more)
