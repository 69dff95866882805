"""原文 page: the plan's text with links to all objects taken from it."""

from collections import Counter

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.finding import read_query
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.period_words import speak
from tasks.plans.annotations import quoted_in, sections
from tasks.plans.finding import hits
from tasks.plans.models import Plan
from tasks.plans.presenters import show
from tasks.plans.queries import lead_note


@require_safe
def source(request: HttpRequest, slug: str) -> HttpResponse:
    """Shows the whole text. The passages are the same for all users and quarters; agencies have the names of the last
    day of the requested quarter (default: the current one). Adjustments are not shown."""
    if not (isinstance(request.user, User) and may_see_plan(request.user)):
        raise PermissionDenied
    plan = get_object_or_404(Plan, slug=slug)
    speak(plan.kind)
    last = plan.period_at(clock.today())
    if request.GET.get("q"):
        try:
            last = plan.quarter(request.GET["q"])
        except ValueError as error:
            raise Http404(str(error)) from error
    names = {agency: name.short for agency, name in names_at(last).items()}
    query = read_query(request.GET.get("find", ""))
    found = hits(plan.text, query.words) if not query.refusal else []
    shown = [
        show(section, plan, names, f"s{number}", found)
        for number, section in enumerate(sections(plan.text, quoted_in(plan)), 1)
    ]
    kinds = Counter(
        link.kind for section in shown for annotation in section.marks for link in annotation.objects
    )
    context = {
        "plan": plan,
        "find": query,
        "hits": found,
        "lead_note": lead_note(plan),
        "quarter": last,
        "sections": shown,
        "kinds": kinds.most_common(),
        "passages": sum(len(section.marks) + len(section.bodies) for section in shown),
        "characters": len(plan.text),
        "contents": [section for section in shown if section.section.level in (1, 2)],
    }
    return render(request, "plan/source.html", context)
