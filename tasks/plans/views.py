"""原文: the plan's text with everything that was taken from it."""

from collections import Counter

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.plans.annotations import quoted_in, sections
from tasks.plans.models import Plan
from tasks.plans.presenters import show
from tasks.values import Quarter


def source(request: HttpRequest, slug: str) -> HttpResponse:
    """The whole text. Its passages are the same for every reader and every quarter; bodies are named as on the last day
    of the quarter asked for, today's without one. What was adjusted since is not the text's."""
    if not (isinstance(request.user, User) and may_see_plan(request.user)):
        raise PermissionDenied
    plan = get_object_or_404(Plan, slug=slug)
    last = min(max(Quarter.of(clock.today()), plan.first_quarter), plan.last_quarter)
    if request.GET.get("q"):
        try:
            last = plan.quarter(request.GET["q"])
        except ValueError as error:
            raise Http404(str(error)) from error
    names = {agency: name.short for agency, name in names_at(last).items()}
    shown = [
        show(section, plan, names, f"s{number}")
        for number, section in enumerate(sections(plan.text, quoted_in(plan)), 1)
    ]
    kinds = Counter(made.kind for section in shown for mark in section.marks for made in mark.faces)
    context = {
        "plan": plan,
        "nav": "source",
        "quarter": last,
        "sections": shown,
        "kinds": kinds.most_common(),
        "passages": sum(len(section.marks) + len(section.bodies) for section in shown),
        "characters": len(plan.text),
        "contents": [section for section in shown if section.section.level in (1, 2)],
    }
    return render(request, "plan/source.html", context)
