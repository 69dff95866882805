"""Pages of imports 方案导入: the list with the upload, the workspace, its forms, and what is decided about an import."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problems
from tasks.files.jobs import ask_scan
from tasks.files.serving import hand_out
from tasks.importing import actions
from tasks.importing.forms import EditionForm, NoteForm, UploadForm, edits_of
from tasks.importing.marked_text import DUTY_LABELS
from tasks.importing.marks import GROUP_MARKS, TARGET_MARKS, TASK_MARKS, marked_target, measured_name
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.named import target_of
from tasks.importing.permissions import may_confirm, may_confirm_withdrawal, may_import
from tasks.importing.presenters import HEAD_LABELS, PART_LABELS, Workspace, omitted_of, workspace
from tasks.importing.queries import LIST_FIELDS, Current, current, imports_for, may_be_edition_of
from tasks.importing.rhythm import set_rhythm
from tasks.indicators.loading import said_of
from tasks.indicators.target_manner import LEVEL, Manner
from tasks.indicators.values import Flow, Frequency, IndicatorKind
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.values import JurisdictionLevel
from tasks.people.access import allowed, signed_in
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.plans.queries import published_for
from tasks.plans.structure import Target
from tasks.values import Rhythm
from tasks.web.acting import refusals_on, refusals_told
from tasks.web.paging import page_of


def _row(request: HttpRequest, pk: int) -> PlanImport:
    return get_object_or_404(imports_for(signed_in(request)), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@allowed(may_import)
def plan_imports(request: HttpRequest) -> HttpResponse:
    """The plans in use, the imports of the reader's place, and the form to upload a document."""
    user = signed_in(request)
    form = UploadForm(request.POST, request.FILES) if request.method == "POST" else UploadForm()
    if request.method == "POST" and form.is_valid():
        with refusals_on(form) as outcome, transaction.atomic():
            row = actions.upload(by=user, upload=form.cleaned_data["document"])
            ask_scan()
        if outcome.is_done:
            if row.replayed_from_id:
                messages.success(
                    request,
                    _("这份文件以前导入过，上次的%(n)d步更正已照用，请核对。") % {"n": row.edits.count()},
                )
            return redirect("plan_import", row.pk)
    page = page_of(request, imports_for(user).defer(*LIST_FIELDS))
    by_plan = {
        row.plan_id: row.pk
        for row in PlanImport.objects.filter(plan__isnull=False, edition_of=None).only("pk", "plan_id")
    }
    opened = set(Cycle.objects.values_list("plan", flat=True).order_by("plan").distinct())
    plans = [(plan, by_plan.get(plan.pk), plan.pk not in opened) for plan in published_for(user)]
    context = {
        "rhythms": Rhythm.choices,
        "form": form,
        "page_obj": page,
        "rows": page.object_list,
        "plans": plans,
    }
    status = 422 if form.errors else 200
    return render(request, "importing/list.html", context, status=status)


@require_safe
@allowed(may_import)
def plan_import(request: HttpRequest, pk: int) -> HttpResponse:
    """The workspace while the import is open; what was decided afterwards."""
    return _page(request, _row(request, pk))


def _page(
    request: HttpRequest, row: PlanImport, *, problems: list[str] | None = None, status: int = 200
) -> HttpResponse:
    return render(
        request, "importing/workspace.html", _context(request, row, problems=problems), status=status
    )


def _context(request: HttpRequest, row: PlanImport, *, problems: list[str] | None = None) -> dict[str, Any]:
    user = signed_in(request)
    shown = workspace(current(row))
    return {
        "row": row,
        "shown": shown,
        "problems": [{"text": text} for text in problems or ()],
        "may_edit": row.state == ImportState.OPEN,
        "may_confirm": row.state == ImportState.SUBMITTED and may_confirm(user, row),
        "may_consent": row.state == ImportState.WITHDRAWING and may_confirm_withdrawal(user, row),
        "duties": DUTY_LABELS,
        "marks": {"task": TASK_MARKS, "target": TARGET_MARKS, "group": GROUP_MARKS},
        "head_labels": HEAD_LABELS,
        "part_labels": PART_LABELS,
        **_reach(user, row),
        "kinds": _kinds(shown.now),
        "token": get_token(request),
        "edition": EditionForm(
            initial={"plan": row.edition_of_id, "effective": row.effective or ""},
            plans=may_be_edition_of(shown.now),
        ),
        "crumbs": [(_("导入方案"), "")],
    }


def _reach(user: User, row: PlanImport) -> dict[str, Any]:
    """Whether the reader sees the plan: the office of one place does not serve the plans of another, and is told before it
    confirms one. At most one query."""
    return {
        "own": Jurisdiction.objects.filter(agencies=user.acts_for).first(),
        "sees": row.plan_id is not None and user.sees(row.plan_id),
    }


# -- editing ----------------------------------------------------------------------------------------------------


@require_POST
@allowed(may_import)
def plan_import_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """One form of the workspace. With htmx the answer holds only the parts of the page that have changed."""
    user, row = signed_in(request), _row(request, pk)
    name = request.POST.get("form", "")
    before = current(row)
    try:
        if name == "undo":
            actions.undo_last(by=user, plan_import=row)
        else:
            actions.add_edits(by=user, plan_import=row, edits=edits_of(name, request.POST, before))
    except (Problems, Conflict) as error:
        said = [one.message for one in error.problems] if isinstance(error, Problems) else [str(error)]
        if request.htmx:  # type: ignore[attr-defined]
            return HttpResponse(_said(request, said))
        return _page(request, row, problems=said, status=409 if isinstance(error, Conflict) else 422)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(_changes(request, row, before) + _next_form(request, row))
    if name == "mark" and (target := marked_target(request.POST, current(row))):
        query = urlencode({"of": "target", "target": _place(target), **_marked(request)})
        return redirect(f"{reverse('plan_import_panel', args=[pk])}?{query}")
    page = "plan_edition" if name == "pair" else "plan_import"
    return redirect(reverse(page, args=[pk]) + _fragment(request))


def _next_form(request: HttpRequest, row: PlanImport) -> str:
    """What was marked as a target has its form opened below the marking; any other step closes the one that is open."""
    if request.POST.get("form") not in ("mark", "target"):
        return ""
    context: dict[str, Any] = {}
    now = current(row)
    if request.POST["form"] == "mark" and (target := marked_target(request.POST, now)):
        asked = _marked(request)
        context = {
            **_target_context(now, _place(target), asked["indicator"], asked["owner"]),
            "row": row,
            "shown": workspace(now, with_text=False),
            "token": get_token(request),
            "refusal": "refusal-marked-target",
        }
    return render_to_string("importing/_marked.html", context)


def _marked(request: HttpRequest) -> dict[str, str]:
    """What the marking says of an indicator: the words selected as its name, and the task chosen as its owner."""
    words = request.POST.get("quote", "") if request.POST.get("what") == "indicator" else ""
    return {"indicator": words, "owner": request.POST.get("task", "")}


def _place(target: Target) -> str:
    return f"{target.quote.start}:{target.quote.end}"


def _fragment(request: HttpRequest) -> str:
    if request.POST.get("form") == "pair":
        return f"#{request.POST.get('item', '')}-{request.POST.get('old', '')}"
    if request.POST.get("ref"):
        return f"#task-{request.POST['ref']}"
    return "#questions" if request.POST.get("form") == "answer" else "#structure"


def _said(request: HttpRequest, sentences: list[str]) -> str:
    """The refusal, at the form that was sent."""
    place = request.POST.get("errors", "") or "import-errors"
    return render_to_string("importing/_refusal.html", {"sentences": sentences, "place": place, "oob": True})


def _kinds(now: Current) -> list[tuple[str, str]]:
    """The kinds of the jurisdiction whose plan it is."""
    return [(kind.code, kind.label) for kind in now.jurisdiction.wording.kinds.values()]


_STAYING = ("refusal-mark", "refusal-parts")
_PARTS = ("head", "questions", "info", "agencies", "targets", "parts", "foot")


def _changes(request: HttpRequest, row: PlanImport, before: Current) -> str:
    """What the edit changed on the page, for htmx to put in place. Each task and each paragraph is a part of its own, so
    that forms that are open elsewhere stay, and the answer is as small as the change."""
    user = signed_in(request)
    now = current(row)
    old, new = workspace(before), workspace(now)
    context = {
        "row": row,
        "may_edit": row.state == ImportState.OPEN,
        "may_confirm": row.state == ImportState.SUBMITTED and may_confirm(user, row),
        "may_consent": False,
        **_reach(user, row),
        "kinds": _kinds(now),
        "part_labels": PART_LABELS,
        "token": get_token(request),
        "oob": True,
    }
    changed = []
    for part in _PARTS:
        template = f"importing/_{part}.html"
        html = render_to_string(template, {**context, "shown": new})
        if html != render_to_string(template, {**context, "shown": old}):
            changed.append(html)
    if _order(old) != _order(new):
        changed.append(render_to_string("importing/_structure.html", {**context, "shown": new}))
    else:
        # The form of the task that was sent closes, even where nothing was changed in it.
        own = request.POST.get("ref", "")
        changed += [
            render_to_string("importing/_task.html", {**context, "r": after})
            for was, after in zip(old.rows, new.rows, strict=True)
            if was != after or after.ref == own
        ]
    changed += [
        render_to_string("importing/_block.html", {"b": after, "oob": True})
        for was, after in zip(old.blocks, new.blocks, strict=True)
        if was != after
    ]
    place = request.POST.get("errors", "")
    if place in _STAYING:  # other forms are gone with the part of the page in which they stood
        cleared = {"sentences": [], "place": place, "oob": True}
        changed.append(render_to_string("importing/_refusal.html", cleared))
    return "\n".join(changed)


def _order(shown: Workspace) -> list[tuple[int, str, list[str]]]:
    """Groups and tasks in their order: where it changed, the whole structure is sent."""
    return [(group.start, group.title, [one.ref for one in group.rows]) for group in shown.groups]


@require_safe
@allowed(may_import)
def plan_import_panel(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for a task, an agency, a target, or the head: alone for htmx, else as a page."""
    row = _row(request, pk)
    now = current(row)
    shown = workspace(now, with_text=False)
    kind = request.GET.get("of", "")
    context: dict[str, Any] = {
        "row": row,
        "shown": shown,
        "kinds": _kinds(now),
        "duties": DUTY_LABELS,
        "token": get_token(request),
    }
    found: object = None
    if kind == "task":
        ref = request.GET.get("ref", "")
        found = next((one for one in shown.rows if one.ref == ref), None)
        context |= {"r": found, "group_of": _group_of(shown, ref)}
    elif kind == "agency":
        found = next((one for one in shown.agencies if one.match.name == request.GET.get("name")), None)
        context |= {
            "a": found,
            "register": sorted(now.register.entries.values(), key=lambda one: one.label),
        }
    elif kind == "target":
        asked = request.GET
        context |= _target_context(
            now, asked.get("target", ""), asked.get("indicator", ""), asked.get("owner", "")
        )
        context["refusal"] = "refusal-target"
        found = context.get("t")
    elif kind == "group":
        groups = [one for one in shown.groups if one.group]
        found = next((one for one in groups if str(one.start) == request.GET.get("group")), None)
        context["g"] = found
    elif kind == "omitted":
        found = context["omitted"] = omitted_of(row)
    elif kind == "head":
        found = shown
        context |= {
            "jurisdictions": Jurisdiction.objects.values_list("name", flat=True),
            "levels": JurisdictionLevel.choices,
        }
    if found is None:
        raise Http404(_("这一处已不在，可能刚被改动，请刷新页面。"))
    template = f"importing/_panel_{kind}.html"
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, template, context)
    return render(
        request,
        "importing/panel.html",
        {**context, "panel": template, "crumbs": [(_("导入方案"), reverse("plan_import", args=[pk]))]},
    )


def _group_of(shown: Workspace, ref: str) -> str:
    return next(
        (
            str(group.start) if group.group else "safeguards"
            for group in shown.groups
            if any(one.ref == ref for one in group.rows)
        ),
        "",
    )


def _target_context(now: Current, place: str, name: str = "", owner: str = "") -> dict[str, Any]:
    """What the form of a target needs; `name` and `owner` are proposed for its indicator."""
    try:
        target = target_of(now, place)
    except Problems:
        return {}
    entry = next((one for one in now.edited.corrections.indicators if target.quote.name in one.targets), None)
    return {
        "t": target,
        "entry": entry,
        "name": name or (entry.name if entry else ""),
        "proposed": measured_name(target),
        "owners": entry.tasks if entry and not owner else (owner or target.task,),
        "place": place,
        "indicator_kinds": IndicatorKind.choices,
        "flows": Flow.choices,
        "frequencies": Frequency.choices,
        "manners": [LEVEL, *Manner.choices],
        "meaning": said_of(target),
    }


# -- deciding -----------------------------------------------------------------------------------------------------


_DONE = {
    "submit": gettext_lazy("已送确认，请办公室的另一个人确认。"),
    "reopen": gettext_lazy("已退回核对。"),
    "discard": gettext_lazy("已放弃这份导入。"),
    "confirm": gettext_lazy("方案已导入。"),
    "ask_back": gettext_lazy("已申请撤回，须由另一个人同意。"),
    "keep": gettext_lazy("方案保留，撤回申请已作罢。"),
    "take_back": gettext_lazy("方案已整体撤回，不再出现在任何页面。"),
}


@require_POST
@allowed(may_import)
def plan_import_act(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands the import on, sends it back, confirms it, gives it up, or takes the loaded plan back."""
    user, row = signed_in(request), _row(request, pk)
    form = NoteForm(request.POST)
    form.is_valid()
    note = form.cleaned_data.get("note", "")
    action = form.cleaned_data.get("action", "")
    try:
        actions.act(by=user, plan_import=row, action=action, note=note)
    except Problems as problems:
        return _page(request, row, problems=[one.message for one in problems.problems], status=422)
    except Conflict as conflict:
        return _page(request, _row(request, pk), problems=[str(conflict)], status=409)
    messages.success(request, _DONE[action])
    return redirect("plan_import", pk)


@require_safe
@allowed(may_import)
def plan_import_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The original document."""
    return hand_out(_row(request, pk).file)


@require_POST
@allowed(may_import)
def plan_default(request: HttpRequest, slug: str) -> HttpResponse:
    """Makes the plan the one on which the site opens."""
    plan = get_object_or_404(Plan.objects.defer("text"), slug=slug)
    with refusals_told(request):
        actions.set_default(by=signed_in(request), plan=plan)
        messages.success(request, _("登录后首先打开“%(title)s”。") % {"title": plan.title})
    return redirect("plan_imports")


@require_POST
@allowed(may_import)
def plan_rhythm(request: HttpRequest, slug: str) -> HttpResponse:
    """Gives the plan another rhythm, while no cycle of it was opened."""
    plan = get_object_or_404(Plan.objects.defer("text"), slug=slug)
    with refusals_told(request):
        plan = set_rhythm(by=signed_in(request), plan=plan, rhythm=request.POST.get("rhythm", ""))
        words = {"title": plan.title, "rhythm": plan.kind.label}
        messages.success(request, _("“%(title)s”的填报频次：%(rhythm)s。") % words)
    return redirect("plan_imports")
