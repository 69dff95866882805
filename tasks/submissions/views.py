"""填报: one submission's form with its autosave."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods

from qhplan import clock
from tasks import typed
from tasks.agencies.queries import names_at
from tasks.assignments.queries import check_assigned
from tasks.cycles.labels import days_left
from tasks.errors import Conflict, Problems
from tasks.indicators.models import Target
from tasks.indicators.reading import read_figures
from tasks.indicators.requested_figures import RequestedFigure
from tasks.people.access import filer
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.people.queries import office_people
from tasks.plans.duties import leads_of
from tasks.plans.models import valid_in
from tasks.submissions import actions, presence, transitions
from tasks.submissions.address import (
    Place,
    answered_by,
    asked_figures,
    co_standing,
    desk_url,
    due_of,
    find,
    worklist_at,
)
from tasks.submissions.check_views import _check_page
from tasks.submissions.content import DraftInput
from tasks.submissions.differences import Difference, differences
from tasks.submissions.evidence import form_row as evidence
from tasks.submissions.fields import FIELDS, LABELS, field_values, is_blank
from tasks.submissions.figures import typed_figures
from tasks.submissions.forms import ReturnForm
from tasks.submissions.models import Submission, Version
from tasks.submissions.queries import last_versions_before, red_co_returns, sent_to_reporter
from tasks.submissions.takeover import filled_from, takeable
from tasks.submissions.worklist import TO_WRITE, next_link
from tasks.values import Duty, Period
from tasks.web.acting import say_done
from tasks.web.page_extensions import extensions
from tasks.workplans.schedule import schedule


# Not "no-store", or the browser's “back” would have lost what was typed when the session ended meanwhile.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "POST"])
def return_edit(request: HttpRequest, slug: str, quarter_text: str, ref: str) -> HttpResponse:
    """One submission's form. POST saves, and by `action` also goes on to the check page or takes a handed one back;
    `autosave` and `ping` answer the form's script in JSON."""
    user = filer(request)
    place = find(user, slug, quarter_text, ref)
    check_assigned(user, {place.duty.task_id})  # before anything is typed
    head = place.submission
    if evidence.is_alone(request):
        return _evidence(request, user, place)
    if request.method == "POST":
        action = request.POST.get("action", "save")
        if action == "take_back" and head is not None:
            return _take_back(request, user, place, head)
        if action == "autosave":
            return _autosave(request, user, place)
        if action == "ping":
            return JsonResponse(_heard(user, place))
        return _save(request, user, place, action)
    if head is not None and head.state not in transitions.EDITABLE:
        return redirect("return", head.pk)
    if not place.is_open:
        return (
            redirect("return", head.pk)
            if head is not None and head.versions.exists()
            else _closed(request, place)
        )
    if head is None or is_blank(head):
        form = ReturnForm.blank(head.revision if head else None)
    else:
        form = ReturnForm.of(head, head.revision, head.figures)
    if "check" in request.GET and head is not None:
        form.show(actions.problems_of([head]))
    return _form_page(request, place, form)


def _closed(request: HttpRequest, place: Place) -> HttpResponse:
    cycle = place.cycle
    return render(
        request,
        "filing/closed.html",
        {
            "plan": place.plan,
            "quarter": place.quarter,
            "task": place.duty.task,
            "cycle": cycle,
            "ended": [one for one in _reopenings(place) if one.task_id in {None, place.duty.task_id}]
            if cycle
            else [],
            "office": office_people(place.quarter, place.duty.agency_id, place.duty.task.plan_id),
        },
    )


def _reopenings(place: Place) -> list[Any]:
    if place.cycle is None:
        return []
    return list(place.cycle.reopenings.filter(agency=place.duty.agency_id).select_related("opened_by"))


def _save(request: HttpRequest, user: User, place: Place, action: str) -> HttpResponse:
    form = ReturnForm.posted(request.POST)
    if not form.is_valid():
        form.show(evidence.unsent(request))
        return _form_page(request, place, form, status=422)
    draft, taken = _taken_over(request, place, form.draft(**place.key))
    try:
        head = actions.save_drafts(by=user, drafts=[draft])[0]
    except Problems as error:
        form.show(error.problems + evidence.unsent(request))
        return _form_page(request, place, form, status=422)
    except Conflict as error:
        # Nothing is lost: what was typed stays on the page, beside what the other person saved. Saving again, after
        # the user has seen it, continues from that revision.
        fresh = find(user, place.plan.slug, str(place.quarter), place.duty.task.ref)
        again = request.POST.copy()
        again["revision"] = str(fresh.submission.revision) if fresh.submission else ""
        mine = ReturnForm.posted(again)
        mine.show(evidence.unsent(request))
        return _form_page(
            request, fresh, mine, status=409, conflict=str(error), differs=_differing(fresh, form)
        )
    try:
        with transaction.atomic():
            told = evidence.take(request, by=user, head=head)
    except Problems as error:
        # The text is kept by now; only the files are not.
        messages.success(request, _("草稿已保存，只有本单位看得到。"))
        form = ReturnForm.of(head, head.revision, head.figures)
        form.show(error.problems)
        return _form_page(request, replace(place, submission=head), form, status=422)
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("return_edit", *place.url_args)
    for sentence in told:
        messages.success(request, sentence)
    if "take_over" in request.POST:
        words = "、".join(str(LABELS[name]) for name in taken)
        done = (
            _("已带入并保存：%(fields)s。") % {"fields": words} if taken else _("没有可带入的，已保存草稿。")
        )
        messages.success(request, done)
        anchor = f"#{taken[0]}" if len(taken) == 1 else ""
        return redirect(reverse("return_edit", args=place.url_args) + anchor)
    if "remove" in request.POST or action == "attach":
        return redirect(reverse("return_edit", args=place.url_args) + "#evidence")
    if action == "check":
        if actions.problems_of([head]):
            return redirect(reverse("return_edit", args=place.url_args) + "?check=1")
        return redirect("return_check", *place.url_args)
    if action == "leave":
        messages.success(request, _("草稿已保存，只有本单位看得到。"))
        return redirect(desk_url(place))
    following = worklist_at(user, place).next_waiting(TO_WRITE)
    if action == "next" and following is not None:
        kept = (reverse("return_edit", args=place.url_args), _("查看"))
        say_done(request, _("%(task)s的草稿已保存。") % {"task": place.words}, kept)
        return redirect(following.url)
    say_done(request, _("草稿已保存，只有本单位看得到。"), *next_link(following))
    return redirect("return_edit", *place.url_args)


def _previous(place: Place) -> Version | None:
    pair = (place.duty.task_id, place.duty.agency_id)
    return last_versions_before(place.quarter, task_ids=[pair[0]], agency_ids=[pair[1]]).get(pair)


def _taken_over(request: HttpRequest, place: Place, draft: DraftInput) -> tuple[DraftInput, list[str]]:
    """The draft with what the form asks to take over from the last submission: one field, or all that are empty."""
    wanted = request.POST.get("take_over")
    previous = _previous(place) if wanted else None
    if previous is None:
        return draft, []
    names = [name for name in takeable(draft, previous, place.duty.duty) if wanted in {"all", name}]
    return filled_from(draft, previous, names), names


def _differing(place: Place, form: ReturnForm) -> list[Difference]:
    """Where what was typed differs from what somebody else saved; nothing when that can no longer be edited."""
    head = place.submission
    if head is None or head.state not in transitions.EDITABLE:
        return []
    draft = form.draft(**place.key)
    typed = Submission(**field_values(draft))
    asked = asked_figures(place.duty, place.quarter)
    return differences(
        head, typed, figures=(typed_figures(head.figures, asked), typed_figures(draft.figures, asked))
    )


def _evidence(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    """The row of files alone: what was typed meanwhile stays in the page, and nothing of it is sent or saved. The
    first file of a submission begins its draft."""
    head = place.submission
    errors: list[str] = []
    told: list[str] = []
    status = 200
    if request.method == "POST":
        try:
            with transaction.atomic():
                mine = head or actions.save_drafts(by=user, drafts=[DraftInput(**place.key)])[0]
                told = evidence.take(request, by=user, head=mine)
            head = mine
        except Problems as error:
            errors, status = [problem.message for problem in error.problems], 422
        except Conflict as error:
            errors, status = [str(error)], 409
    editable = place.is_open and (head is None or head.state in transitions.EDITABLE)
    answer = render(
        request,
        "filing/_evidence_row.html",
        {
            "evidence": evidence.row_of(head, errors=errors, told=told, editable=editable),
            "form_url": reverse("return_edit", args=place.url_args),
            "begun": head if place.submission is None else None,
        },
        status=status,
    )
    answer["Cache-Control"] = "no-store"  # or “back” would find this part under the page's address
    return answer


def _autosave(request: HttpRequest, user: User, place: Place) -> JsonResponse:
    """Keep the draft without leaving the form. What cannot be kept stays in the browser, with the errors."""
    form = ReturnForm.posted(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": [error["text"] for error in form.summary()]}, status=422)
    try:
        head = actions.save_drafts(by=user, drafts=[form.draft(**place.key)])[0]
    except Problems as error:
        return JsonResponse({"errors": [problem.text for problem in error.problems]}, status=422)
    except Conflict as error:
        return JsonResponse({"conflict": str(error)}, status=409)
    fresh = Place(place.plan, place.quarter, place.duty, place.cycle, head)
    return JsonResponse(_heard(user, fresh))


def _heard(user: User, place: Place) -> dict[str, Any]:
    """What the form's script receives: the state of the kept draft, and who else has the form open."""
    presence.seen(by=user, task_id=place.duty.task_id, quarter=place.quarter)
    others = presence.others(user, place.duty.task_id, place.quarter)
    head = place.submission
    return {
        "revision": head.revision if head else None,
        "saved_at": f"{timezone.localtime(head.saved_at):%H:%M}" if head else "",
        "saved_by": str(head.saved_by) if head and head.saved_by_id != user.pk else "",
        "editable": head is None or head.state in transitions.EDITABLE,
        "others": [str(one.user) for one in others],
    }


def _take_back(request: HttpRequest, user: User, place: Place, head: Submission) -> HttpResponse:
    own = actions.takes_back(user, head)
    note = typed.reason(request.POST.get("note", ""))[:NOTE]
    try:
        actions.take_back(by=user, submissions=[head.pk], note=note)
    except Problems as error:
        return _check_page(request, user, place, head, note_errors=error.by_field()["note"], status=422)
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("return", head.pk)
    if own:
        say_done(request, _("%(code)s 已取回，可以继续修改。") % {"code": head.task.code})
        return redirect("return_edit", *place.url_args)
    say_done(
        request,
        _("%(code)s 已退回填报员%(who)s，理由已告知。") % {"code": head.task.code, "who": head.saved_by},
        (reverse("return_check", args=place.url_args), _("查看")),
    )
    return redirect(desk_url(place))


NOTE = 2000  # characters of an approver's reason


def _form_page(
    request: HttpRequest,
    place: Place,
    form: ReturnForm,
    *,
    status: int = 200,
    conflict: str = "",
    differs: list[Difference] | None = None,
) -> HttpResponse:
    duty = place.duty
    user = filer(request)
    keys: dict[str, Any] = {"task_ids": [duty.task_id], "agency_ids": [duty.agency_id]}
    asked = asked_figures(duty, place.quarter)
    # A draft keeps what was typed, even if it is not a number: the error is shown with the form each time.
    form.show(read_figures(form.figures, asked, "")[1])
    figure_rows = form.figure_rows(asked, _targets(asked, place.quarter))
    audits = [row for row in figure_rows if row.get("audit")]
    head, cycle = place.submission, place.cycle
    last, supplement = answered_by(head)
    is_lead = duty.duty == Duty.LEAD
    previous = _previous(place)
    form.note(last.field_notes if last is not None and last.decision == "returned" else {})
    due = due_of(place, last, supplement)
    red = _red(place) if is_lead else []
    form.number_rows(hidden=_hidden_rows(place, form, has_figures=bool(figure_rows), has_red=bool(red)))
    return render(
        request,
        "filing/return_edit.html",
        {
            "parts": extensions("return_edit", user=user, version=last),
            "plan": place.plan,
            "quarter": place.quarter,
            "task": duty.task,
            "duty": duty,
            "cycle": cycle,
            "due": due,
            "left": days_left(due, clock.now()) if due else "",
            "submission": head,
            "last_decision": last,
            "sent_to_reporter": sent_to_reporter([head]).get(head.pk) if head else None,
            "supplement": supplement,
            "previous": previous,
            "can_copy": bool(form.takeable(previous, duty.duty)),
            "can_take": form.takeable(previous, duty.duty),
            "form": form,
            "evidence": evidence.row_of(head, previous, errors=form.other_errors.get("evidence", ())),
            "figure_rows": [row for row in figure_rows if not row.get("audit")],
            "audit_rows": audits,
            "audits_typed": any(row.get("value") or row.get("error") for row in audits),
            "is_lead": is_lead,
            "hands_on": not may_approve(user) and not user.enters,
            "has_lead": is_lead or bool(leads_of([duty.task_id], place.quarter)),
            "co": co_standing(place) if is_lead else None,
            "red": red,
            "conflict": conflict,
            "differs": differs or [],
            "milestones": next(iter(schedule(place.quarter, **keys)), None),
            "others": presence.others(user, duty.task_id, place.quarter),
            "worklist": worklist_at(user, place),
            "form_url": reverse("return_edit", args=place.url_args),
        },
        status=status,
    )


def _targets(asked: Sequence[RequestedFigure], quarter: Period) -> dict[int, str]:
    """{indicator id: the text of its target in the quarter}."""
    return {
        target.indicator_id: target.text
        for target in Target.objects.filter(
            valid_in(quarter, "plan"),
            indicator__in={one.indicator.pk for one in asked},
            known__contains=clock.now(),
        )
        if target.indicator_id is not None
    }


def _hidden_rows(place: Place, form: ReturnForm, *, has_figures: bool, has_red: bool) -> set[str]:
    """The rows that the page leaves out: fields of another duty, and rows for which there is no occasion and in which
    nothing is written."""
    cycle = place.cycle
    late_entry = cycle is not None and (cycle.is_backfill or clock.now() >= cycle.closes_at)
    occasions = {
        "figures": has_figures,
        "light_reason": has_red or form["light_reason"].value() or form.errors.get("light_reason"),
        "paper_date": late_entry or form["paper_date"].value(),
    }
    others = {field.name for field in FIELDS if place.duty.duty not in field.filled_by}
    return others | {name for name, occasion in occasions.items() if not occasion}


def _red(place: Place) -> list[str]:
    """The names of the agencies that report red on the lead's task."""
    pair = (place.duty.task_id, place.quarter)
    found = red_co_returns([pair]).get(pair, [])
    names = names_at(place.quarter, found)
    return [names[agency_id].short for agency_id in found if agency_id in names]
