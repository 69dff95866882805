"""One return as it was submitted: its words, what it stands on, its versions; deciding it, asking for more."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from qhplan import clock
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.cycles.reopening import openings
from tasks.errors import Conflict, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_file, may_review, may_see_problems_of
from tasks.plans.duties import duties, leads_of
from tasks.plans.plan_resolver import address
from tasks.review.actions import (
    DecisionInput,
    SupplementInput,
    ask_supplement,
    decide,
    decided_by,
    may_ask_supplement,
    may_decide,
    overrules,
)
from tasks.submissions.content import LABELS
from tasks.submissions.differences import Difference, differences
from tasks.submissions.evidence.form_row import lines as evidence_lines
from tasks.submissions.evidence.queries import files_of_version
from tasks.submissions.figures import figures_of, version_figures
from tasks.submissions.forms import DecisionForm, lines
from tasks.submissions.models import AdoptedPiece, Decision, Submission, Supplement, Verification, Version
from tasks.submissions.queries import first_submitted, last_versions_before, red_co_returns
from tasks.submissions.transitions import EDITABLE, INTERNAL
from tasks.values import Duty, Light
from tasks.web.forms import add_problems, moment_field, tell_conflict


@require_GET
def return_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One return: the last version that the reader may see, what it stands on, and its history."""
    return _return_page(request, pk, None)


@require_GET
def version_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version of a return, as it was submitted."""
    return _return_page(request, pk, number)


def _return_page(
    request: HttpRequest,
    pk: int,
    number: int | None,
    *,
    decision: DecisionForm | None = None,
    errors: dict[str, list[str]] | None = None,
    asking: "SupplementForm | None" = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    head = get_object_or_404(
        Submission.objects.visible_to(user).select_related("task__plan", "task__group", "cycle", "saved_by"),
        pk=pk,
    )
    versions = list(
        Version.objects.visible_to(user)
        .filter(submission=head)
        .select_related("submitted_by", "decided_by")
        .order_by("-number")
    )
    own = head.agency_id == user.agency_id
    version = next((item for item in versions if number in {None, item.number}), None)
    if version is None and (number is not None or not own):
        raise Http404(_("没有这个版本。"))
    quarter = head.quarter
    names = names_at(quarter)
    lead_agency = leads_of([head.task_id], quarter).get(head.task_id)
    is_lead = lead_agency is not None and lead_agency == user.agency_id
    basis: list[tuple[Version, AgencyName | None, bool]] = []
    co_waiting: list[AgencyName | None] = []
    adopted: list[dict[str, Any]] = []
    if version is not None and head.duty == Duty.LEAD:
        links = {link.co_version_id: link.adopted for link in version.basis_links.all()}
        basis = [
            (item, names.get(item.agency_id), links[item.pk])
            for item in Version.objects.visible_to(user).filter(pk__in=links).order_by("agency__order")
        ]
        adopted = _adopted(version, names)
        stood_on = set(Version.objects.filter(pk__in=links).values_list("agency_id", flat=True))
        co_waiting = [
            names.get(agency_id)
            for agency_id in duties([head.task.plan_id], quarter)
            .filter(task=head.task, duty=Duty.CO)
            .order_by("order")
            .values_list("agency_id", flat=True)
            if agency_id not in stood_on
        ]
    previous = last_versions_before(quarter, task_ids=[head.task_id], agency_ids=[head.agency_id]).get(
        (head.task_id, head.agency_id)
    )
    if previous is not None and not Version.objects.visible_to(user).filter(pk=previous.pk).exists():
        previous = None
    to_return = decision is None and request.GET.get("decide") == "return"
    latest = versions[0] if versions else None
    deciding = version is not None and version == latest and may_decide(user, version)
    sees_problems = may_see_problems_of(user, {head.agency_id, lead_agency})
    earlier = next((item for item in versions if version is not None and item.number < version.number), None)
    red = _red_then(version, basis, names) if version is not None else []
    events = (
        list(Event.objects.filter(subject=subject_of(head)).select_related("by"))
        if own or is_lead or may_review(user)
        else []
    )
    if not own:
        # What the body's own people do between themselves before it submits is theirs, as the draft is.
        events = [event for event in events if event.verb not in INTERNAL]
    return render(
        request,
        "filing/return.html",
        {
            "nav": "desk" if own else "review",
            "plan": head.task.plan,
            "quarter": quarter,
            "task": head.task,
            "submission": head,
            "agency": names.get(head.agency_id),
            "lead_agency": names.get(lead_agency) if lead_agency else None,
            "version": version,
            "content": version,
            "figures": version_figures(version) if version else [],
            "versions": versions,
            "in_force": _in_force(versions, version),
            "is_latest": version is not None and version == versions[0],
            "previous": previous,
            "basis": basis,
            "co_waiting": co_waiting,
            "events": events,
            "sees_problems": sees_problems,
            "files": evidence_lines(files_of_version(version.pk)) if version and sees_problems else None,
            "earlier": earlier,
            "changed": _between(earlier, version, with_problems=sees_problems),
            "adopted": adopted,
            "red": red,
            "supplements": list(
                Supplement.objects.filter(version__in=versions).select_related("version", "asked_by")
            ),
            "may_ask": version is not None and version == latest and may_ask_supplement(user, version),
            "asking": asking or SupplementForm(),
            "overruling": deciding and version is not None and overrules(user, version),
            "note_fields": _note_fields(version) if deciding and version is not None else [],
            "remarks": _remarks(version),
            "closes_at": head.cycle.closes_at,
            "is_closed": clock.now() >= head.cycle.closes_at,
            "own": own and may_file(user),
            "editable": own
            and head.state in EDITABLE
            and openings([head.cycle], clock.now()).allows(head.cycle, head.agency_id, head.task_id),
            "deciding": deciding,
            "next": "co" if "co" in (request.GET.get("next"), request.POST.get("next")) else "",
            "chosen": decision.data if decision else {"action": "return" if to_return else ""},
            # The link said what it leads to, so only the reason is missing.
            "focus_note": to_return,
            "lights": Light.choices,
            "verifications": Verification.choices,
            "errors": errors or {},
            "is_late": version is not None
            and first_submitted([version])[version.pk] > head.cycle.due(version.duty),
            "is_lead_return": head.duty == Duty.LEAD,
        },
        status=status,
    )


def _in_force(versions: list[Version], shown: Version | None) -> Version | None:
    """The accepted version that stands while a later one, which is shown, is not decided; None without one."""
    if shown is None or shown.decision:
        return None
    earlier = (one for one in versions if one.number < shown.number and one.decision == Decision.ACCEPTED)
    return next(earlier, None)


def _between(earlier: Version | None, version: Version | None, *, with_problems: bool) -> list[Difference]:
    """Field by field, what this version says otherwise than the one before."""
    if earlier is None or version is None:
        return []
    figures = figures_of([earlier, version])
    return differences(
        earlier, version, figures=(figures[earlier.pk], figures[version.pk]), with_problems=with_problems
    )


def _adopted(version: Version, names: dict[int, AgencyName]) -> list[dict[str, Any]]:
    """Where the pieces of a lead's version come from, and whether their words still stand as they were taken."""
    own = "\n".join(
        [
            version.done,
            version.coordination,
            version.next_steps,
            *(p.get("text", "") for p in version.problems),
        ]
    )
    return [
        {
            "name": names[piece.co_version.agency_id].short if piece.co_version.agency_id in names else "",
            "label": str(
                LABELS.get(piece.piece.partition(".")[0].replace("problem", "problems"), piece.piece)
            ),
            "version": piece.co_version,
            "reworded": piece.text.strip() not in own,
            "private": piece.piece.startswith("problem") or piece.piece == "coordination",
        }
        for piece in AdoptedPiece.objects.filter(lead_version=version).select_related("co_version")
    ]


def _red_then(
    version: Version, basis: list[tuple[Version, AgencyName | None, bool]], names: dict[int, AgencyName]
) -> list[str]:
    """Of a lead's version that says that all is well: the bodies that said red by then, or say it now."""
    if version.duty != Duty.LEAD or version.light not in {Light.GREEN, Light.BLUE}:
        return []
    found = {co.agency_id for co, _name, _adopted in basis if co.light == Light.RED}
    pair = (version.task_id, version.quarter)
    found |= set(red_co_returns([pair]).get(pair, []))
    return [names[agency_id].short for agency_id in sorted(found) if agency_id in names]


def _note_fields(version: Version) -> list[dict[str, str]]:
    """The fields of the form on which something can be noted when it is sent back."""
    names = ["light", "done", "progress", "problems", "coordination", "next_steps"]
    if version.duty == Duty.LEAD:
        names += ["judgement", "light_reason"]
    fields = [{"name": name, "label": str(LABELS[name])} for name in names]
    return fields + [
        {"name": f"figures.{figure.key}", "label": figure.label} for figure in version_figures(version)
    ]


def _remarks(version: Version | None) -> list[tuple[str, str]]:
    """(label, note) of what was said of single fields when the version was sent back."""
    if version is None or not version.field_notes:
        return []
    slugs = {f"figures.{figure.key}": figure.label for figure in version_figures(version)}
    return [
        (slugs.get(name, str(LABELS.get(name, name))), text) for name, text in version.field_notes.items()
    ]


@require_POST
def decide_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Adopt, accept or return the version that the reader looked at."""
    user = signed_in(request)
    head = get_object_or_404(
        Submission.objects.visible_to(user).select_related("task__plan").defer("task__plan__text"), pk=pk
    )
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _return_page(request, pk, None, decision=form, errors=_form_errors(form), status=422)
    data = form.cleaned_data
    version = get_object_or_404(Version.objects.visible_to(user), submission=head, number=data["version"])
    accept = data["action"] == "accept"
    lead = version.duty == Duty.LEAD
    notes = {
        name.removeprefix("note."): lines(str(text))
        for name, text in request.POST.items()
        if name.startswith("note.") and str(text).strip()
    }
    # Of what somebody else decided meanwhile the write path tells.
    asking = accept and not data["sure"] and may_decide(user, version)
    doubt = _doubt(user, version, data, notes) if asking else ""
    if doubt:
        return _return_page(request, pk, None, decision=form, errors={"sure": [doubt]}, status=422)
    decision = DecisionInput(
        version_id=version.pk,
        accept=accept,
        verified_light=data["verified_light"] if lead and accept and not version.elsewhere else "",
        verification=(data["verification"] or "") if lead and accept else "unverified",
        note=lines(data["note"]),
        field_notes={} if accept else notes,
        answer_by=None if accept else data["answer_by"],
    )
    try:
        decide(by=user, decisions=[decision])
    except Problems as error:
        return _return_page(request, pk, None, decision=form, errors=error.by_field(), status=422)
    except Conflict as error:
        if not decided_by(user, [decision]):
            tell_conflict(request, error, form)
            return redirect("return", pk)
        # The same person pressed the button twice: it is done.
    if accept:
        messages.success(request, _("已核定。") if lead else _("已采纳。"))
    else:
        messages.success(request, _("已退回，理由已告知填报单位。"))
    if not lead and request.POST.get("next") == "co" and may_file(user):
        # The lead goes on with its consolidation, from which it came.
        return redirect("consolidate", head.task.plan.slug, str(head.quarter), head.task.ref)
    return redirect(address("review", head.task.plan, head.quarter))


def _doubt(user: User, version: Version, data: dict[str, Any], notes: dict[str, str]) -> str:
    """What speaks against accepting the version is written in the form: the question whether that is meant; "" where
    acceptance itself asks for a reason."""
    lead = version.duty == Duty.LEAD
    word = _("核定通过") if lead else _("采纳")
    if notes or data["answer_by"]:
        return _("写了退回用的逐项意见或重报期限，选的却是“%(word)s”：它们不会记下。") % {"word": word}
    if not data["note"].strip():
        return ""
    if lead:
        # What is not chosen yet is told first, and a choice that asks for a reason has one.
        plain = data["verification"] in {Verification.UNVERIFIED, Verification.TRUE} and (
            version.elsewhere or data["verified_light"] == version.light
        )
    else:
        plain = not overrules(user, version)
    return _("写了理由，选的却是“%(word)s”：理由会作为附言记下。") % {"word": word} if plain else ""


def _form_errors(form: DecisionForm) -> dict[str, list[str]]:
    return {name: [str(message) for message in found] for name, found in form.errors.items()}


class SupplementForm(forms.Form):
    """What is wanted beyond what was accepted, and until when."""

    reason = forms.CharField(
        label=gettext_lazy("要补充什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={
            "required": gettext_lazy("请写明要补充什么。"),
            "max_length": gettext_lazy("最多 2000 字，请删减。"),
        },
    )
    answer_by = moment_field(gettext_lazy("期限"))


@require_POST
def supplement_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for a supplement to the accepted version that the reader looked at."""
    user = signed_in(request)
    head = get_object_or_404(Submission.objects.visible_to(user), pk=pk)
    form = SupplementForm(request.POST)
    number = request.POST.get("version", "")
    version = get_object_or_404(
        Version.objects.visible_to(user),
        submission=head,
        number=int(number) if number.isdecimal() and len(number) < 5 else 0,
    )
    if not form.is_valid():
        return _return_page(request, pk, None, asking=form, status=422)
    asked = SupplementInput(version.pk, lines(form.cleaned_data["reason"]), form.cleaned_data["answer_by"])
    try:
        ask_supplement(by=user, requests=[asked])
    except Problems as error:
        add_problems(form, error)
        return _return_page(request, pk, None, asking=form, status=422)
    except Conflict as error:
        tell_conflict(request, error, form)
    else:
        messages.success(request, _("已要求补充，填报单位在工作台看得到。"))
    return redirect("return", pk)
