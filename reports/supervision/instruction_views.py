"""批示: the list, writing or registering one, and one instruction with what was assigned on it."""

import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Func
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from qhplan import clock
from reports.supervision import actions, instructions, jobs, message_texts, permissions, queries
from reports.supervision.actions import HandInput
from reports.supervision.form_choices import answer_days, bodies_for
from reports.supervision.forms import TOGETHER, AsideForm, AssignForm, InstructionForm
from reports.supervision.hand_views import said_of
from reports.supervision.instruction_subjects import (
    PARAMETERS,
    address_of,
    subject_of,
    usual_assignees,
    words_of,
)
from reports.supervision.instructions import InstructionInput
from reports.supervision.models import Instruction, InstructionFile, Notice
from reports.supervision.preview import preview, preview_page
from reports.supervision.triggers import latest_due
from reports.supervision.values import Ground, InstructionState, Series
from tasks.agencies.models import Agency
from tasks.files.models import StoredFile
from tasks.files.serving import hand_out, why_not
from tasks.files.values import SUFFIXES
from tasks.indicators.models import Target
from tasks.people.access import allowed, signed_in, slug_asked
from tasks.people.models import User
from tasks.people.permissions import may_instruct, may_see_problems, may_supervise, may_transcribe
from tasks.period_words import speak
from tasks.plans.models import Task
from tasks.web.acting import refusals_on
from tasks.web.page_extensions import extensions
from tasks.web.sorting import of_text, order_by

PER_PAGE = 30
# What the page begins with where a leader presses 询问.
ASKING = gettext_lazy("请报告目前进展、存在的困难和下一步打算。")


@dataclass(frozen=True)
class FileLine:
    """A scan as the page shows it; `why_not` says why it cannot be downloaded now, or is empty."""

    file: StoredFile
    why_not: str


def may_write(user: User) -> bool:
    """Write an instruction as a leader, or register one for a leader."""
    return may_instruct(user) or may_transcribe(user)


COLUMNS: dict[str, str | Func] = {
    "at": "given_on",
    "by": of_text("leader"),
    "task": "task__order",
}


@require_GET
@allowed(permissions.may_see_some)
def instruction_list(request: HttpRequest) -> HttpResponse:
    """All that the reader may see: those not done first, each with what was assigned on it."""
    user = signed_in(request)
    wanted = request.GET.get("state", "")
    found = Instruction.objects.visible_to(user)
    counts = Counter(one.standing.value for one in found.with_standing().only("pk"))
    counts["all"] = counts.total()
    counts[""] = counts[InstructionState.WAITING] + counts[InstructionState.ASSIGNED]
    if wanted in InstructionState.values:
        found = found.standing_in(InstructionState(wanted))
    elif wanted != "all":
        wanted = ""
        found = found.standing_in(InstructionState.WAITING, InstructionState.ASSIGNED)
    shown = found.with_standing().for_page().order_by(*order_by(request.GET, COLUMNS, "-at", "-id"))
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    choices = [("", _("未办结")), *InstructionState.choices, ("all", _("全部"))]
    return render(
        request,
        "supervision/instructions.html",
        {
            "page_obj": page,
            "rows": _rows(list(page), user),
            "facets": [
                {
                    "label": label,
                    "count": counts[str(value)],
                    "current": value == wanted,
                    "url": f"?state={value}" if value else request.path,
                }
                for value, label in choices
            ],
            "may_write": may_write(user),
            "writes_himself": may_instruct(user),
            "sees_all": may_see_problems(user),
        },
    )


def _rows(found: list[Instruction], user: User) -> list[tuple[Instruction, str, list[queries.Row]]]:
    """(instruction, what it is on, what the reader may see of what was assigned on it). The queries do not grow."""
    assigned = list(
        Notice.objects.visible_to(user).filter(instruction__in=found).for_page().order_by("proposed_at")
    )
    shown = queries.rows(assigned)
    return [
        (
            one,
            words_of(one),
            [row for row in shown if row.notice.instruction_id == one.pk],
        )
        for one in found
    ]


@require_http_methods(["GET", "POST"])
@allowed(may_write)
def instruction_new(request: HttpRequest) -> HttpResponse:
    """Write an instruction on what the address names, or on nothing; the office registers one."""
    user = signed_in(request)
    named = {name: slug_asked(request, name) for name in ("plan", *PARAMETERS.values())}
    subject = subject_of(user, named)
    speak(subject.plan.kind)
    user = user.at(subject.plan.pk)
    form = InstructionForm(
        request.POST or None,
        request.FILES or None,
        writes_himself=may_instruct(user),
        initial={"given_on": clock.today(), "words": str(ASKING) if request.GET.get("ask") else ""},
    )
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            asked = InstructionInput(
                words=form.cleaned_data["words"],
                on=subject,
                leader=form.leader_given,
                given_on=form.day_given,
                key=form.cleaned_data["key"],
                uploads=form.cleaned_data["scan"],
            )
            with refusals_on(form) as outcome:
                made = instructions.instruct(by=user, asked=asked)
            status = outcome.status
            if outcome.is_done:
                messages.success(request, _("批示已登记，由办公室交办。"))
                return redirect("instruction", made.pk)
    unsaved = Instruction(plan=subject.plan, **subject.values)
    on_url = address_of(unsaved)
    context = {
        "plan": subject.plan,
        "form": form,
        "on": words_of(unsaved),
        "on_words": subject.on.text if subject.field == "coordination" else "",
        "on_url": on_url,
        "back": on_url or reverse("instruction_list"),
        "writes_himself": may_instruct(user),
        "accept": ",".join(SUFFIXES),
    }
    return render(request, "supervision/instruction_new.html", context, status=status)


@require_GET
@allowed(permissions.may_see_some)
def instruction_file(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """A scan of an instruction, as an attachment."""
    seen = InstructionFile.objects.visible_to(signed_in(request)).select_related("file")
    return hand_out(get_object_or_404(seen, file=pk).file)


# -- one instruction ----------------------------------------------------------------------------------------


def _instruction(user: User, pk: int) -> Instruction:
    return get_object_or_404(Instruction.objects.visible_to(user).with_standing().for_page(), pk=pk)


@require_GET
@allowed(permissions.may_see_some)
def instruction(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader's words, what was assigned on them, and for the office the form to assign."""
    user = signed_in(request)
    return _page(request, user, _instruction(user, pk))


@require_POST
@allowed(may_supervise)
def instruction_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """Assign it to an agency: a notice or letter on this ground, issued at once where the reader may issue to that agency."""
    user = signed_in(request)
    found = _instruction(user, pk)
    form = AssignForm(request.POST, bodies=bodies_for(user, found.plan), plan_id=found.plan_id)
    status = 422
    if form.is_valid() and request.POST.get("action") == "edit":
        status = 200  # back from the preview, with what was typed
    elif form.is_valid():
        asked = HandInput(
            plan=found.plan,
            agency_id=form.cleaned_data["agency"][0],
            ground=Ground.INSTRUCTION,
            quarter=latest_due(found.plan, clock.now()) or found.plan.first_quarter,
            content=form.content(),
            instruction=found,
            key=form.cleaned_data["key"],
        )
        several: dict[str, Any] = {
            "by": user,
            "asked": asked,
            "agency_ids": form.cleaned_data["agency"],
            "together": form.cleaned_data["together"] == TOGETHER,
        }
        with refusals_on(form) as outcome:
            if request.POST.get("action") == "preview":
                here = reverse("instruction_assign", args=[pk])
                shown = preview(lambda: actions.issue_several(**several))
                return preview_page(request, shown, url=here, back=here)
            made = jobs.ask_several(**several)
        status = outcome.status
        if outcome.is_done:
            messages.success(request, said_of(made))
            return redirect("instruction", pk)
    return _page(request, user, found, assign_form=form, status=status)


@require_POST
@allowed(may_transcribe)
def instruction_aside(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that nothing is to be assigned on it, and why."""
    user = signed_in(request)
    found = _instruction(user, pk)
    form = AsideForm(request.POST)
    if not form.is_valid():
        return _page(request, user, found, aside_form=form, status=422)
    with refusals_on(form, told_to=request) as outcome:
        instructions.set_aside(by=user, instruction=found, reason=form.cleaned_data["reason"])
    if outcome.is_done:
        messages.success(request, _("已定为不交办。"))
    return redirect("instruction", pk)


def _page(
    request: HttpRequest,
    user: User,
    found: Instruction,
    *,
    assign_form: AssignForm | None = None,
    aside_form: AsideForm | None = None,
    status: int = 200,
) -> HttpResponse:
    ((_one, on, assigned),) = _rows([found], user)
    may_assign = may_supervise(user) and found.standing != InstructionState.ASIDE
    may_set_aside = may_transcribe(user) and found.standing == InstructionState.WAITING
    if may_assign and assign_form is None:
        bodies = bodies_for(user, found.plan)
        assign_form = AssignForm(
            plan_id=found.plan_id,
            bodies=bodies,
            initial={
                "agency": [pk for pk in usual_assignees(found) if str(pk) in dict(bodies)],
                "title": message_texts.title(Ground.INSTRUCTION, {}, found.plan.first_quarter, Series.NOTICE),
                "text": message_texts.request(Ground.INSTRUCTION, Series.NOTICE),
                "due_on": message_texts.default_due(
                    clock.today(), answer_days(Ground.INSTRUCTION, found.plan)
                ),
            },
        )
    # Whoever reads it because it was assigned to them may not read what it stands on.
    is_open_to_all = found.subject is None or isinstance(found.subject, (Task, Target, Agency))
    context = {
        "plan": found.plan,
        "instruction": found,
        "on": on,
        "on_url": address_of(found) if is_open_to_all or may_see_problems(user) else "",
        "parts": extensions("instruction", user=user, instruction=found),
        "scans": [FileLine(link.file, why_not(link.file)) for link in found.files.select_related("file")],
        "assigned": assigned,
        "assign_form": assign_form if may_assign else None,
        "aside_form": (aside_form or AsideForm()) if may_set_aside else None,
        "problem_form": assign_form if assign_form is not None and assign_form.is_bound else aside_form,
    }
    return render(request, "supervision/instruction.html", context, status=status)
