"""填报: one submission's form with its autosave, and the page on which it is checked and sent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
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
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import quarter_or_default
from tasks.cycles.reopening import openings, wanted_by
from tasks.errors import Conflict, Problem, Problems
from tasks.files.models import StoredFile
from tasks.indicators.form_rows import warnings_of
from tasks.indicators.models import Target
from tasks.indicators.reading import read_figures
from tasks.indicators.requested_figures import RequestedFigure
from tasks.people.access import filer
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.people.queries import office_people
from tasks.period_words import speak
from tasks.plans.duties import duties, leads_of
from tasks.plans.models import Plan, Responsibility, valid_in
from tasks.plans.plan_resolver import address
from tasks.submissions import actions, oddities, presence, transitions
from tasks.submissions.content import DraftInput
from tasks.submissions.differences import Difference, differences
from tasks.submissions.evidence import form_row as evidence
from tasks.submissions.evidence.queries import files_of_drafts
from tasks.submissions.fields import FIELDS, LABELS, field_values, is_blank
from tasks.submissions.figures import asked_for, typed_figures
from tasks.submissions.forms import ReturnForm
from tasks.submissions.models import State, Submission, Supplement, Version
from tasks.submissions.queries import (
    answer_by_of,
    last_versions_before,
    red_co_returns,
    sent_to_reporter,
)
from tasks.submissions.takeover import filled_from, takeable
from tasks.submissions.worklist import TO_APPROVE, TO_WRITE, Worklist, desk_worklist, goes_on, next_link
from tasks.values import Duty, Period
from tasks.web.acting import say_done
from tasks.workplans.schedule import schedule


@dataclass(frozen=True)
class Place:
    """What one submission's address says: whose, of which task, in which quarter."""

    plan: Plan
    quarter: Period
    duty: Responsibility
    cycle: Cycle | None
    submission: Submission | None

    @property
    def key(self) -> dict[str, Any]:
        return {
            "plan_id": self.plan.pk,
            "quarter": self.quarter,
            "task_id": self.duty.task_id,
            "agency_id": self.duty.agency_id,
        }

    @property
    def url_args(self) -> list[str]:
        return [self.plan.slug, str(self.quarter), self.duty.task.ref]

    @property
    def words(self) -> str:
        """What messages call it."""
        return f"{self.duty.task.code} {self.duty.task.heading}"

    @property
    def is_open(self) -> bool:
        """Whether the agency can file here now."""
        cycle = self.cycle
        if cycle is None or clock.now() < cycle.opened_at:
            return False
        return openings([cycle], clock.now()).allows(cycle, self.duty.agency_id, self.duty.task_id)


def find(user: User, slug: str, quarter_text: str, ref: str) -> Place:
    """The place, or 404: no such plan, or nothing that the user's agency owes there."""
    plan = Plan.objects.defer("text").filter(slug=slug).first()
    if plan is None or "\x00" in ref:
        raise Http404(_("没有这个方案或任务。"))
    speak(plan.kind)
    quarter = quarter_or_default(quarter_text, plan)
    duty = (
        duties([plan.pk], quarter)
        .filter(agency=user.agency_id, task__ref=ref)
        .select_related("task__body__plan", "task__group")
        .first()
    )
    if duty is None:
        raise Http404(_("本单位在这个季度不承担这项任务。"))
    return Place(
        plan,
        quarter,
        duty,
        Cycle.objects.filter(plan=plan, quarter=quarter).first(),
        Submission.objects.select_related("saved_by", "cycle", "task")
        .filter(task=duty.task, agency=user.agency_id, quarter=quarter)
        .first(),
    )


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
        return redirect(_desk_url(place))
    following = _worklist(user, place).next_waiting(TO_WRITE)
    if action == "next" and following is not None:
        kept = (reverse("return_edit", args=place.url_args), _("查看"))
        say_done(request, _("%(task)s的草稿已保存。") % {"task": place.words}, kept)
        return redirect(following.url)
    say_done(request, _("草稿已保存，只有本单位看得到。"), *next_link(following))
    return redirect("return_edit", *place.url_args)


def _worklist(user: User, place: Place) -> Worklist:
    return desk_worklist(user, place.plan, place.quarter, place.duty.task_id)


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
    return redirect(_desk_url(place))


NOTE = 2000  # characters of an approver's reason


def _desk_url(place: Place) -> str:
    return address("desk", place.plan, place.quarter)


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
    head, cycle = place.submission, place.cycle
    last, supplement = _answered(head)
    is_lead = duty.duty == Duty.LEAD
    previous = _previous(place)
    form.note(last.field_notes if last is not None and last.decision == "returned" else {})
    due = _due(place, last, supplement)
    red = _red(place) if is_lead else []
    form.number_rows(hidden=_hidden_rows(place, form, has_figures=bool(figure_rows), has_red=bool(red)))
    return render(
        request,
        "filing/return_edit.html",
        {
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
            "figure_rows": figure_rows,
            "is_lead": is_lead,
            "hands_on": not may_approve(user) and not user.enters,
            "has_lead": is_lead or bool(leads_of([duty.task_id], place.quarter)),
            "co": _co_standing(place) if is_lead else None,
            "red": red,
            "conflict": conflict,
            "differs": differs or [],
            "milestones": next(iter(schedule(place.quarter, **keys)), None),
            "others": presence.others(user, duty.task_id, place.quarter),
            "worklist": _worklist(user, place),
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


def _answered(head: Submission | None) -> tuple[Version | None, Supplement | None]:
    """The last version, and the supplement that is required while it is outstanding."""
    if head is None:
        return None, None
    last = head.versions.order_by("-number").select_related("decided_by").first()
    if last is None or head.state != State.SUPPLEMENT:
        return last, None
    return last, Supplement.objects.filter(version=last).select_related("asked_by").first()


def _due(place: Place, last: Version | None, supplement: Supplement | None) -> Any:
    """Until when the submission is wanted: the cycle's date, or the one that was set when it was sent back."""
    if place.cycle is None:
        return None
    return wanted_by(
        place.cycle,
        openings([place.cycle], clock.now()),
        duty=place.duty.duty,
        agency_id=place.duty.agency_id,
        task_id=place.duty.task_id,
        answer_by=answer_by_of(last, supplement),
    )


@require_http_methods(["GET", "POST"])
def return_check(request: HttpRequest, slug: str, quarter_text: str, ref: str) -> HttpResponse:
    """Check-your-answers: the reporter hands on, the approver submits."""
    user = filer(request)
    place = find(user, slug, quarter_text, ref)
    head = place.submission
    if head is None:
        return redirect("return_edit", *place.url_args)
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            if action == "hand":
                actions.hand(by=user, submissions=[head.pk])
                told, wanted = _("%(task)s已交签批人。"), TO_WRITE
            elif action == "submit":
                actions.submit(by=user, submissions=[head.pk])
                told, wanted = _("%(task)s已提交。"), TO_APPROVE
            else:
                raise Http404
        except Problems as error:
            problems, status = error.problems, 422
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("return", head.pk)
        else:
            presence.gone(by=user, task_id=place.duty.task_id, quarter=place.quarter)
            return _sent(request, user, place, head, told % {"task": place.words}, wanted)
    if head.state in {State.SUBMITTED, State.ACCEPTED}:
        return redirect("return", head.pk)
    return _check_page(request, user, place, head, problems=problems, status=status)


def _sent(
    request: HttpRequest, user: User, place: Place, head: Submission, told: str, wanted: Collection[str]
) -> HttpResponse:
    """After a submission was handed on or submitted: on to the next of the desk that is `wanted`, if the form asks for it;
    else the desk, with the link to it."""
    seen = (reverse("return", args=[head.pk]), _("查看"))
    following = _worklist(user, place).next_waiting(wanted)
    if following is not None and goes_on(request):
        say_done(request, told, seen, (_desk_url(place), _("回到工作台")))
        return redirect(following.url)
    say_done(request, told, seen, *next_link(following))
    return redirect(_desk_url(place))


def _check_page(
    request: HttpRequest,
    user: User,
    place: Place,
    head: Submission,
    *,
    problems: Sequence[Problem] = (),
    note_errors: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    problems = problems or actions.problems_of([head])
    editable = head.state in transitions.EDITABLE and place.is_open
    is_lead = place.duty.duty == Duty.LEAD
    asked = asked_figures(place.duty, place.quarter)
    files = files_of_drafts([head.pk]).get(head.pk, [])
    return render(
        request,
        "filing/return_check.html",
        {
            "plan": place.plan,
            "quarter": place.quarter,
            "task": place.duty.task,
            "duty": place.duty,
            "cycle": place.cycle,
            "due": _due(place, *_answered(head)),
            "submission": head,
            "content": head,
            "figures": typed_figures(head.figures, asked),
            "warnings": [*warnings_of(asked, head.figures), *oddities.of_draft(head, asked), *_traces(files)],
            "files": evidence.lines(files),
            "problems": problems,
            "form_url": reverse("return_edit", args=place.url_args),
            # No link leads to a form that cannot be written in.
            "edit_url": reverse("return_edit", args=place.url_args) if editable else "",
            "editable": editable,
            "takes_back": actions.takes_back(user, head),
            "note": request.POST.get("note", ""),
            "note_errors": note_errors,
            "may_approve": may_approve(user),
            "may_hand": head.state in transitions.HAND.sources,
            "co": _co_standing(place) if is_lead else None,
            "worklist": _worklist(user, place),
        },
        status=status,
    )


def _traces(files: Sequence[StoredFile]) -> list[str]:
    """Files that show how they were written."""
    return [
        _("“%(name)s”%(remark)s。") % {"name": file.name, "remark": file.remark}
        for file in files
        if file.remark
    ]


@dataclass(frozen=True)
class CoStanding:
    """Of a lead's task: co submissions owed, those submitted, the agencies that are missing, those not decided."""

    due: int
    came: tuple[Version, ...]
    missing: tuple[str, ...]
    waiting: int


def _co_standing(place: Place) -> CoStanding:
    owed = list(
        duties([place.plan.pk], place.quarter)
        .filter(task=place.duty.task, duty=Duty.CO)
        .order_by("order", "pk")
        .values_list("agency_id", flat=True)
    )
    came = tuple(Version.objects.filter(task=place.duty.task, quarter=place.quarter, duty=Duty.CO).current())
    names = names_at(place.quarter, owed)
    there = {version.agency_id for version in came}
    return CoStanding(
        len(owed),
        came,
        tuple(names[pk].short for pk in owed if pk not in there and pk in names),
        sum(not version.decision for version in came),
    )


def _red(place: Place) -> list[str]:
    """The names of the agencies that report red on the lead's task."""
    pair = (place.duty.task_id, place.quarter)
    found = red_co_returns([pair]).get(pair, [])
    names = names_at(place.quarter, found)
    return [names[agency_id].short for agency_id in found if agency_id in names]


def asked_figures(duty: Responsibility, quarter: Period) -> tuple[RequestedFigure, ...]:
    """The figures that a submission requires."""
    asked = asked_for([(duty.task_id, duty.agency_id, duty.duty)], quarter)
    return asked.of(duty.task_id, duty.agency_id)
