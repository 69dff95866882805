"""实施方案与年度要点 of the reader's own agency: what it has filed, writing it task by task, checking, handing on."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from qhplan import clock
from tasks import typed
from tasks.agencies.queries import name_of
from tasks.contacts.models import Contact
from tasks.contacts.queries import contacts_on
from tasks.errors import Conflict, Problem, Problems
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file
from tasks.period_words import speak
from tasks.plans.models import Plan, Responsibility
from tasks.plans.names import clean
from tasks.plans.plan_resolver import address, plan_asked
from tasks.values import Duty, Period
from tasks.web.forms import add_problems
from tasks.workplans import actions, transitions
from tasks.workplans.agency_calendar import body_calendar
from tasks.workplans.content import TaskContent, as_inputs, carried_over, changes
from tasks.workplans.forms import NEW_MEASURE, CoverForm, ReasonForm, SectionForm
from tasks.workplans.models import Decision, State, WorkPlan, WorkPlanVersion
from tasks.workplans.queries import (
    Held,
    draft_contents,
    held,
    last_versions,
    own,
    present_quarter,
    version_contents,
    years_open,
)
from tasks.workplans.transitions import NOTE_LIMIT
from tasks.workplans.values import WorkPlanPeriod

# The sentence of a plan that orders it.
_ORDERED = re.compile(r"[^｡。\n]*(?:\n[^｡。\n]+)*具体实施方案[^｡。]*[｡。]")


def filer(request: HttpRequest) -> User:
    """The current user, who must be allowed to write for an agency."""
    user = signed_in(request)
    if not may_file(user):
        raise PermissionDenied(_("实施方案和年度要点由各单位的填报员和签批人填写。"))
    return user


# -- all of one agency ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class PeriodRow:
    """One of an agency's work plans, begun or not."""

    period: WorkPlanPeriod
    head: WorkPlan | None
    last: WorkPlanVersion | None
    confirmed: WorkPlanVersion | None

    @property
    def state(self) -> str:
        return self.head.state if self.head else "missing"

    @property
    def is_todo(self) -> bool:
        return self.state in {"missing", State.DRAFT, State.RETURNED}


@require_GET
def workplan_desk(request: HttpRequest) -> HttpResponse:
    """The own agency's work plans, and the milestones that are due."""
    user = filer(request)
    plan = plan_asked(request)
    if plan is None:
        return render(request, "filing/no_plan.html")
    agency_id = user.acts_for
    quarter = present_quarter(plan)
    begun = own(plan, agency_id)
    versions = last_versions(head.pk for head in begun.values())
    wanted = [WorkPlanPeriod(), *(WorkPlanPeriod(year) for year in reversed(years_open(plan)))]
    rows = []
    for period in wanted:
        head = begun.get(period)
        mine = versions.get(head.pk, ()) if head else ()
        rows.append(
            PeriodRow(
                period=period,
                head=head,
                last=mine[0] if mine else None,
                confirmed=next((one for one in mine if one.decision == Decision.CONFIRMED), None),
            )
        )
    held_now = held(plan, WorkPlanPeriod(), [agency_id]).get(agency_id, {})
    return render(
        request,
        "workplans/desk.html",
        {
            "plan": plan,
            "quarter": quarter,
            "tasks": len(held_now),
            "leads": sum(one.duty == Duty.LEAD for one in held_now.values()),
            "rows": rows,
            "this_year": clock.today().year,
            "ordered": ordered_by(plan),
            "calendar": body_calendar(plan, quarter, agency_id),
        },
    )


def ordered_by(plan: Plan) -> str:
    """The plan's own words that order it, for reading; "" where it has none."""
    text = Plan.objects.values_list("text", flat=True).get(pk=plan.pk)
    found = _ORDERED.search(text)
    return clean(found.group()) if found else ""


# -- one of them --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """What an address says: which of the own agency's work plans."""

    plan: Plan
    period: WorkPlanPeriod
    agency_id: int
    tasks: dict[int, Held]
    head: WorkPlan | None

    @property
    def key(self) -> dict[str, Any]:
        return {"plan": self.plan, "agency_id": self.agency_id, "period": self.period}

    @property
    def url_args(self) -> list[str]:
        return [self.plan.slug, str(self.period)]

    @property
    def editable(self) -> bool:
        return self.head is None or self.head.state in transitions.EDITABLE

    def contents(self) -> list[TaskContent]:
        """What is written, task by task."""
        return draft_contents(self.head, self.tasks.values(), self.period)


def place_of(user: User, slug: str, period_text: str) -> Place:
    """404 for what is no plan, no period of it, or an agency without tasks."""
    plan = Plan.objects.defer("text").filter(slug=slug).first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    speak(plan.kind)
    try:
        period = WorkPlanPeriod.parse(period_text)
    except ValueError as error:
        raise Http404(str(error)) from error
    if period.year is not None and period.year not in years_open(plan):
        raise Http404(_("这一年的年度要点现在还不能填报。"))
    agency_id = user.acts_for
    tasks = held(plan, period, [agency_id]).get(agency_id, {})
    if not tasks:
        raise Http404(_("本单位不承担这个方案的任务。"))
    head = (
        WorkPlan.objects.select_related("saved_by", "plan")
        .filter(plan=plan, agency=agency_id, year=period.year)
        .first()
    )
    return Place(plan, period, agency_id, tasks, head)


@require_http_methods(["GET", "POST"])
def workplan_edit(request: HttpRequest, slug: str, period_text: str) -> HttpResponse:
    """One work plan: its tasks, and how far each is. POST keeps the cover, or by `action` opens a confirmed one for a
    change, gives that up, or takes back what was handed on."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    if request.method == "GET":
        return _edit_page(request, user, place)
    action = request.POST.get("action", "")
    head = place.head
    cover, reason = None, None
    try:
        if action == "cover":
            cover = CoverForm(request.POST)
            if not cover.is_valid():
                return _edit_page(request, user, place, cover=cover, status=422)
            actions.save_cover(by=user, **place.key, **cover.cleaned_data)
            messages.success(request, _("文号和日期已保存。"))
        elif action == "revise" and head is not None:
            reason = ReasonForm(request.POST)
            if not reason.is_valid():
                return _edit_page(request, user, place, reason=reason, status=422)
            actions.revise(by=user, work_plans=[head.pk], note=typed.prose(reason.cleaned_data["reason"]))
            messages.success(request, _("可以修改了；办公室确认新版以前，仍以现在的版本为准。"))
        elif action == "drop" and head is not None:
            actions.drop(by=user, work_plans=[head.pk])
            messages.success(request, _("已放弃修改，恢复为已确认的内容。"))
        elif action == "take_back" and head is not None:
            actions.take_back(
                by=user, work_plans=[head.pk], note=typed.reason(request.POST.get("note", ""))[:NOTE_LIMIT]
            )
            messages.success(request, _("已取回，可以继续修改。"))
        elif action == "withdraw" and head is not None:
            actions.withdraw(
                by=user, work_plans=[head.pk], note=typed.reason(request.POST.get("note", ""))[:NOTE_LIMIT]
            )
            messages.success(request, _("已撤回，可以继续修改；撤回的版本仍可查看。"))
        else:
            raise Http404
    except Problems as problems:
        if reason is not None:
            for problem in problems.problems:
                reason.add_error("reason", problem.message)
        elif cover is not None:
            add_problems(cover, problems)
        errors = problems.by_field().get("note", []) if action in {"take_back", "withdraw"} else []
        return _edit_page(request, user, place, cover=cover, reason=reason, note_errors=errors, status=422)
    except Conflict as error:
        messages.error(request, str(error))
    return redirect("workplan_edit", *place.url_args)


@dataclass(frozen=True)
class TaskRow:
    """One task in the list of a work plan."""

    content: TaskContent
    problems: int

    @property
    def state(self) -> str:
        """todo, faulty or done."""
        return "todo" if not self.content.written else "faulty" if self.problems else "done"


def _edit_page(
    request: HttpRequest,
    user: User,
    place: Place,
    *,
    cover: CoverForm | None = None,
    reason: ReasonForm | None = None,
    note_errors: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    head = place.head
    contents = place.contents()
    problems = _problems_by_task(head)
    rows = [TaskRow(content, problems.get(content.code, 0)) for content in contents]
    versions = last_versions([head.pk]).get(head.pk, ()) if head else ()
    confirmed = next((one for one in versions if one.decision == Decision.CONFIRMED), None)
    return render(
        request,
        "workplans/edit.html",
        {
            "note_errors": note_errors,
            "gives_reason": not actions.gives_no_reason(user),
            "may_withdraw": may_approve(user)
            and place.head is not None
            and place.head.state == State.SUBMITTED,
            "plan": place.plan,
            "period": place.period,
            "agency_name": name_of(place.agency_id, present_quarter(place.plan)),
            "head": head,
            "editable": place.editable,
            "rows": rows,
            "done": sum(row.state == "done" for row in rows),
            "last": versions[0] if versions else None,
            "confirmed": confirmed,
            "cover": cover or CoverForm(initial=_cover(head)),
            "reason": reason or ReasonForm(),
            "may_approve": may_approve(user),
            "may_drop": head is not None and head.state in transitions.DROP.sources and confirmed is not None,
        },
        status=status,
    )


def _cover(head: WorkPlan | None) -> dict[str, Any]:
    return {"doc_number": head.doc_number, "paper_date": head.paper_date} if head else {}


def _problems_by_task(head: WorkPlan | None) -> dict[str, int]:
    found: dict[str, int] = {}
    for problem in actions.problems_of([head]) if head and head.state in transitions.SUBMIT.sources else ():
        found[problem.row] = found.get(problem.row, 0) + 1
    return found


# -- one task -----------------------------------------------------------------------------------------------


# Not "no-store", or the browser's “back” would have lost what was typed when the session ended meanwhile.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "POST"])
def workplan_section(request: HttpRequest, slug: str, period_text: str, ref: str) -> HttpResponse:
    """The form of one task. POST saves, and by `action` adds rows or goes on to the next task."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    one = next((held for held in place.tasks.values() if held.task.ref == ref), None)
    if one is None:
        raise Http404(_("本单位不承担这项任务。"))
    draft = place.head.drafts.select_related("saved_by").filter(task=one.task).first() if place.head else None
    if request.method == "POST":
        return _save(request, user, place, one)
    if not place.editable:
        return redirect("workplan_edit", *place.url_args)
    copied: bool | None = None  # asked for, and whether there was something
    if draft is not None:
        form = SectionForm.of(draft)
        if "check" in request.GET and place.head is not None:
            form.show(p for p in actions.problems_of([place.head]) if p.row == one.task.code)
    else:
        form = SectionForm()
        if request.GET.get("copy") and place.period.year:
            form.measures = _from_whole(place, one)
            copied = bool(form.measures)
    form.more = request.GET.get("more", "")[:10]
    return _section_page(request, place, one, form, copied=copied)


def _from_whole(place: Place, one: Held) -> Any:
    """What the confirmed 实施方案 sets for the year on this task."""
    version = WorkPlanVersion.objects.in_force().filter(
        work_plan__plan=place.plan, work_plan__agency=place.agency_id, work_plan__year=None
    )
    contents = version_contents(version.values_list("pk", flat=True)[:1])
    found = [content for said in contents.values() for content in said if content.task_id == one.task.pk]
    return carried_over(as_inputs(found[0]), place.period.year or 0) if found else ()


def _save(request: HttpRequest, user: User, place: Place, one: Held) -> HttpResponse:
    action = request.POST.get("action", "save")
    form = SectionForm.posted(request.POST)
    form.more = action.removeprefix("more-") if action.startswith("more-") else ""
    try:
        actions.save_sections(by=user, **place.key, sections=[form.section(one.task.pk)])
    except Problems as error:
        form.show(error.problems)
        return _section_page(request, place, one, form, status=422)
    except Conflict as error:
        # Nothing is lost: what was typed stays on the page, beside what the other one saved. Saving again, now that
        # the person has seen it, goes on from the other one's revision.
        fresh = place_of(user, *place.url_args)
        kept = fresh.head.drafts.filter(task=one.task).first() if fresh.head else None
        form.revision = kept.revision if kept else None
        return _section_page(request, fresh, one, form, status=409, conflict=str(error))
    here = reverse("workplan_section", args=[*place.url_args, one.task.ref])
    if form.more:
        number = len(form.measures) if form.more == NEW_MEASURE else form.more
        return redirect(f"{here}?more={form.more}#measure-{number}")
    messages.success(request, _("%(code)s已保存，只有本单位看得到。") % {"code": one.task.code})
    if action == "next":
        following = _neighbours(place, one)[1]
        if following is not None:
            return redirect("workplan_section", *place.url_args, following.task.ref)
        return redirect("workplan_edit", *place.url_args)
    return redirect("workplan_edit", *place.url_args) if action == "leave" else redirect(here)


def _neighbours(place: Place, one: Held) -> tuple[Held | None, Held | None]:
    """The tasks before and after in the plan's order."""
    all_of = list(place.tasks.values())
    at = all_of.index(one)
    return (all_of[at - 1] if at else None, all_of[at + 1] if at + 1 < len(all_of) else None)


def _section_page(
    request: HttpRequest,
    place: Place,
    one: Held,
    form: SectionForm,
    *,
    copied: bool | None = None,
    status: int = 200,
    conflict: str = "",
) -> HttpResponse:
    draft = (
        place.head.drafts.select_related("saved_by", "task__body__plan").filter(task=one.task).first()
        if place.head
        else None
    )
    contact = _contact(place, one)
    if contact is not None:
        form.division, form.contact = contact.division, contact.liaison
    before, after = _neighbours(place, one)
    task = place.plan.tasks.select_related("body__plan").get(pk=one.task.pk)
    return render(
        request,
        "workplans/section.html",
        {
            "plan": place.plan,
            "period": place.period,
            "task": task,
            "duty": one.duty,
            "head": place.head,
            "draft": draft,
            "theirs": [c for c in place.contents() if c.task_id == task.pk] if conflict else [],
            "form": form,
            "measures": form.rows(),
            "limits": form.limits,
            "conflict": conflict,
            "copied": copied,
            "nothing_to_copy": copied is False,
            "can_copy": draft is None and place.period.year is not None and copied is None,
            "before": before,
            "after": after,
            "number": list(place.tasks).index(task.pk) + 1,
            "count": len(place.tasks),
            "form_url": reverse("workplan_section", args=[*place.url_args, task.ref]),
        },
        status=status,
    )


def _contact(place: Place, one: Held) -> Contact | None:
    """Whom to call for the responsibility: offered for a new measure."""
    quarter: Period = present_quarter(place.plan)
    ids = Responsibility.objects.filter(
        task=one.task,
        agency=place.agency_id,
        valid__contains=quarter.ordinal,
        known__contains=clock.now(),
    ).values_list("pk", flat=True)
    return next(iter(contacts_on(clock.today(), ids).values()), None)


# -- checking -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def workplan_check(request: HttpRequest, slug: str, period_text: str) -> HttpResponse:
    """Check what is written: the reporter hands on, the approver submits."""
    user = filer(request)
    place = place_of(user, slug, period_text)
    head = place.head
    if head is None:
        return redirect("workplan_edit", *place.url_args)
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        try:
            if action == "hand":
                actions.hand(by=user, work_plans=[head.pk])
                messages.success(request, _("%(period)s已交签批人。") % {"period": place.period.label})
            elif action == "submit":
                actions.submit(by=user, work_plans=[head.pk])
                messages.success(
                    request,
                    _("%(period)s已提交，等领导小组办公室确认。") % {"period": place.period.label},
                )
            else:
                raise Http404
        except Problems as error:
            problems, status = error.problems, 422
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("workplan_edit", *place.url_args)
        else:
            return redirect(address("workplan_desk", place.plan))
    if head.state not in transitions.SUBMIT.sources:
        return redirect("workplan_edit", *place.url_args)
    problems = problems or actions.problems_of([head])
    contents = place.contents()
    by_code = {content.code: content for content in contents}
    before = (
        WorkPlanVersion.objects.filter(work_plan=head, decision=Decision.CONFIRMED)
        .order_by("-number")
        .first()
    )
    was = version_contents([before.pk]).get(before.pk, []) if before else []
    return render(
        request,
        "workplans/check.html",
        {
            "plan": place.plan,
            "period": place.period,
            "head": head,
            "contents": contents,
            "problems": [(by_code.get(problem.row), problem) for problem in problems],
            "editable": place.editable,
            "may_approve": may_approve(user),
            "may_hand": head.state in transitions.HAND.sources,
            "before": before,
            "changes": changes(was, contents) if before else [],
            "sees_contacts": True,
        },
        status=status,
    )
