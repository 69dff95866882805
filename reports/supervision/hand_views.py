"""A notice that a person states: to one or several agencies, previewed before it gets a number."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qhplan import clock
from reports.supervision import actions, jobs, message_texts
from reports.supervision.actions import HandInput
from reports.supervision.form_choices import answer_days, bodies_for, hand_url, offered
from reports.supervision.forms import TOGETHER, HandForm
from reports.supervision.models import Notice, form_of
from reports.supervision.preview import preview, preview_page
from reports.supervision.triggers import Found, Grounds, latest_due
from reports.supervision.values import FACTS, Ground
from tasks.agencies.models import Agency
from tasks.people.access import allowed, signed_in, slug_asked
from tasks.people.permissions import may_supervise
from tasks.period_words import speak
from tasks.plans.models import Plan, Task
from tasks.plans.queries import published_for
from tasks.values import Period
from tasks.web.acting import refusals_on


@require_http_methods(["GET", "POST"])
@allowed(may_supervise)
def notice_new(request: HttpRequest) -> HttpResponse:
    """A notice that a person states: on a fact that the address names, or freely written."""
    user = signed_in(request)
    plan = _plan_asked(request)
    quarter = _quarter_asked(request, plan)
    grounds = Grounds(plan, quarter, clock.now())
    fact = _fact_asked(request, grounds)
    bodies = bodies_for(user, plan)
    tasks = Task.objects.filter(plan=plan).order_by("order")
    form = HandForm(
        request.POST or None,
        plan_id=plan.pk,
        bodies=bodies,
        tasks=tasks,
        fixed=fact is not None,
        initial=_hand_initial(request, plan, fact, tasks),
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and request.POST.get("action") == "edit":
            status = 200  # back from the preview, with what was typed
        elif form.is_valid():
            several = {
                "by": user,
                "asked": _asked(form, plan, quarter),
                "agency_ids": form.cleaned_data["agency"],
                "together": form.cleaned_data.get("together") == TOGETHER,
            }
            with refusals_on(form) as outcome:
                if request.POST.get("action") == "preview":
                    here = request.get_full_path()
                    shown = preview(lambda: actions.issue_several(**several))
                    return preview_page(request, shown, url=here, back=here)
                made = jobs.ask_several(**several)
            status = outcome.status
            if outcome.is_done:
                messages.success(request, said_of(made))
                return redirect("notice", made[0].pk) if len(made) == 1 else redirect("notice_list")
    context = {
        "plan": plan,
        "quarter": quarter,
        "form": form,
        "fact": fact,
        "gone": fact is None and request.GET.get("ground", "") in FACTS,
        "fact_body": dict(bodies).get(str(fact.agency_id), "") if fact else "",
        "basis": message_texts.basis(_unsaved(plan, fact)) if fact else "",
        "offered": [] if fact else offered(plan, grounds, user),
        "free_url": hand_url(plan, Ground.HAND, quarter),
    }
    return render(request, "supervision/new.html", context, status=status)


def _plan_asked(request: HttpRequest) -> Plan:
    slug = slug_asked(request, "plan")
    seen = published_for(signed_in(request))
    plan = seen.filter(slug=slug).first() if slug else seen.first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    speak(plan.kind)
    return plan


def _quarter_asked(request: HttpRequest, plan: Plan) -> Period:
    text = request.GET.get("q", "")
    if not text:
        return latest_due(plan, clock.now()) or plan.first_quarter
    try:
        return plan.quarter(text)
    except ValueError as error:
        raise Http404(str(error)) from error


def _fact_asked(request: HttpRequest, grounds: Grounds) -> Found | None:
    """The fact that the address names; None where it names none, or it holds no more."""
    ground, subject = request.GET.get("ground", ""), request.GET.get("subject", "")
    agency = Agency.objects.filter(slug=slug_asked(request, "agency")).first()
    if ground not in FACTS or agency is None:
        return None
    return next(
        (one for one in grounds.of(ground) if one.agency_id == agency.pk and subject in ("", one.subject)),
        None,
    )


def _hand_initial(request: HttpRequest, plan: Plan, fact: Found | None, tasks: Any) -> dict[str, Any]:
    if fact is None:
        agency = Agency.objects.filter(slug=slug_asked(request, "agency")).first()
        ref = slug_asked(request, "task")
        return {
            "ground": Ground.HAND,
            "agency": [agency.pk] if agency else [],
            "task": tasks.filter(ref=ref).first() if ref else None,
        }
    form = form_of(Agency.objects.get(pk=fact.agency_id))
    return {
        "ground": fact.ground,
        "subject": fact.subject,
        "agency": [fact.agency_id],
        "title": message_texts.title(fact.ground, fact.facts, fact.quarter, form),
        "text": message_texts.request(fact.ground, form, fact.facts),
        "due_on": message_texts.default_due(clock.today(), answer_days(fact.ground, plan)),
    }


def _asked(form: HandForm, plan: Plan, quarter: Period) -> HandInput:
    data = form.cleaned_data
    task = data.get("task")
    return HandInput(
        plan=plan,
        agency_id=data["agency"][0],
        ground=data["ground"],
        quarter=quarter,
        content=form.content(),
        subject=data["subject"],
        task_ids=(task.pk,) if task else (),
        key=data["key"],
    )


def said_of(made: Sequence[Notice]) -> str:
    """What was issued and what was proposed, by number."""
    numbers = list(dict.fromkeys(one.doc_number for one in made if one.is_issued))
    waiting = sum(not one.is_issued for one in made)
    said = _("已签发%(numbers)s。") % {"numbers": _("、").join(numbers)} if numbers else ""
    if waiting:
        said += (
            _("已提出%(n)d件，等有权签发的人决定。") % {"n": waiting}
            if numbers or waiting > 1
            else _("已提出，等有权签发的人决定。")
        )
    return said


def _unsaved(plan: Plan, fact: Found) -> Notice:
    """As it would be, for showing what it would say."""
    return Notice(
        plan=plan,
        quarter=fact.quarter,
        agency=Agency.objects.get(pk=fact.agency_id),
        ground=fact.ground,
        facts=fact.facts,
        known_at=clock.now(),
    )
