"""工作台: what an agency owes in a quarter, and filing it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.errors import Conflict, Problem, Problems
from tasks.figures.asked import Asked
from tasks.figures.models import Target
from tasks.figures.rows import warnings_of
from tasks.filing import actions, rules
from tasks.filing.cycles import CycleState, open_cycles, state_of
from tasks.filing.figures import asked_for, typed_figures
from tasks.filing.forms import ReturnForm, lines
from tasks.filing.models import Cycle, State, Submission, Version
from tasks.filing.queries import (
    Desk,
    desk,
    duties,
    filing_record,
    last_versions_before,
    waiting_for_lead,
)
from tasks.people.models import User
from tasks.people.rules import may_approve, may_file
from tasks.plan.models import Plan, Responsibility
from tasks.plan.queries import default_plan
from tasks.values import Duty, Quarter


def quarter_or_default(text: str, plan: Plan) -> Quarter:
    """The quarter of ?q=, or the latest that is open for filing, or the last that has ended within the plan. One
    outside the plan's validity is none: nothing is owed in it."""
    if text:
        try:
            return plan.quarter(text)
        except ValueError as error:
            raise Http404(str(error)) from error
    cycles = open_cycles(plan=plan)
    if cycles:
        return cycles[0].quarter
    return max(plan.first_quarter, min(plan.last_quarter, Quarter.of(clock.today()) - 1))


@require_GET
def desk_page(request: HttpRequest) -> HttpResponse:
    """All that the reader's body owes in a quarter, most urgent first within lead and co."""
    user = _filer(request)
    plan = default_plan()
    if plan is None:
        return render(request, "filing/no_plan.html", {"nav": "desk"})
    quarter = quarter_or_default(request.GET.get("q", ""), plan)
    now = clock.now()
    mine = desk(plan, quarter, user.agency_id or 0)
    cycle = mine.cycle
    waiting = list(waiting_for_lead(plan, quarter, user.agency_id or 0))
    return render(
        request,
        "filing/desk.html",
        {
            "nav": "desk",
            "plan": plan,
            "quarter": quarter,
            "latest": latest_quarter(plan),
            "before": quarter - 1,
            "desk": mine,
            "cycle": cycle,
            "is_open": cycle is not None and cycle.is_open(now),
            "lede": _desk_lede(mine, now),
            "steps": _steps(mine),
            "handed": [row for row in mine.rows if row.state == State.HANDED],
            "waiting": waiting,
            "record": filing_record(plan, user.agency_id or 0, before=quarter, quarters=6),
            "may_approve": may_approve(user),
        },
    )


def latest_quarter(plan: Plan) -> Quarter:
    """The quarter that the ruler of a desk ends on: today's, within the plan's validity."""
    return max(plan.first_quarter, min(plan.last_quarter, Quarter.of(clock.today())))


def _left(due: datetime, now: datetime) -> str:
    days = (timezone.localdate(due) - timezone.localdate(now)).days
    when = date_format(timezone.localtime(due), "n月j日 H:i")
    if due < now:
        return _("已于 %(when)s 截止，可以补报，记为逾期") % {"when": when}
    if days == 0:
        return _("今天 %(when)s 截止") % {"when": date_format(timezone.localtime(due), "H:i")}
    return _("%(when)s 截止，还有 %(days)d 天") % {"when": when, "days": days}


def _desk_lede(mine: Desk, now: datetime) -> str:
    """One sentence: how many are filed, how many are to do, and until when."""
    total = len(mine.rows)
    filed = sum(row.state in {State.SUBMITTED, State.ACCEPTED} for row in mine.rows)
    state = state_of(mine.cycle, now)
    if mine.cycle is None or state == CycleState.UNOPENED:
        return _("应报 %(total)d 件。本季尚未开放填报，由领导小组办公室开放。") % {"total": total}
    counts = _("%(total)d 件中 %(filed)d 件已交，%(todo)d 件待办。") % {
        "total": total,
        "filed": filed,
        "todo": total - filed,
    }
    if state == CycleState.CLOSED:
        when = date_format(timezone.localtime(mine.cycle.closes_at), "Y年n月j日")
        return counts + _("填报期已于 %(when)s 关闭。") % {"when": when}
    parts = []
    if mine.cos:
        parts.append(_("配合填报%(left)s") % {"left": _left(mine.cycle.co_due, now)})
    if mine.leads:
        parts.append(_("牵头汇总%(left)s") % {"left": _left(mine.cycle.lead_due, now)})
    return counts + "；".join(parts) + "。"


def _steps(mine: Desk) -> list[dict[str, str]]:
    """What the body goes through in a quarter, and where it stands."""
    todo = sum(row.state in {"missing", State.DRAFT, State.RETURNED} for row in mine.rows)
    handed = sum(row.state == State.HANDED for row in mine.rows)
    waiting = sum(row.state == State.SUBMITTED for row in mine.rows)
    steps = [
        (_("经办填写"), _("%(n)d 件未完") % {"n": todo} if todo else _("全部写完"), not todo),
        (
            _("签批提交"),
            _("%(n)d 件待签批") % {"n": handed} if handed else _("没有待签批的"),
            not todo and not handed,
        ),
        (
            _("采纳与核定"),
            _("%(n)d 件等对方办理") % {"n": waiting} if waiting else _("没有等候的"),
            not todo and not handed and not waiting,
        ),
    ]
    found = []
    current = False
    for title, text, done in steps:
        state = "done" if done else "todo" if current else "current"
        current = current or not done
        found.append({"title": title, "text": text, "state": state})
    return found


@dataclass(frozen=True)
class _Place:
    """What one return's address says: whose, of which task, in which quarter."""

    plan: Plan
    quarter: Quarter
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


def _place(user: User, slug: str, quarter_text: str, ref: str) -> _Place:
    plan = Plan.objects.defer("text").filter(slug=slug).first()
    if plan is None:
        raise Http404(_("没有这个方案。"))
    quarter = quarter_or_default(quarter_text, plan)
    duty = (
        duties([plan.pk], quarter)
        .filter(agency=user.agency_id, task__ref=ref)
        .select_related("task__body__plan", "task__group")
        .first()
    )
    if duty is None:
        raise Http404(_("本单位在这个季度不承担这项任务。"))
    return _Place(
        plan,
        quarter,
        duty,
        Cycle.objects.filter(plan=plan, quarter=quarter).first(),
        Submission.objects.select_related("saved_by", "cycle", "task")
        .filter(task=duty.task, agency=user.agency_id, quarter=quarter)
        .first(),
    )


def _filer(request: HttpRequest) -> User:
    user = request.user
    assert isinstance(user, User)  # the login middleware lets nobody else in
    if not may_file(user):
        raise PermissionDenied(_("工作台供各单位的填报员和签批人使用。"))
    return user


# Not "no-store", or the browser's “back” would have lost what was typed when the session ended meanwhile.
@cache_control(private=True, no_cache=True)
@require_http_methods(["GET", "POST"])
def return_edit(request: HttpRequest, slug: str, quarter_text: str, ref: str) -> HttpResponse:
    """One return's form. POST saves, and by `action` also goes on to the check page or takes a handed one back."""
    user = _filer(request)
    place = _place(user, slug, quarter_text, ref)
    head = place.submission
    if request.method == "POST":
        action = request.POST.get("action", "save")
        if action == "take_back" and head is not None:
            return _take_back(request, user, place, head)
        return _save(request, user, place, action)
    if head is not None and head.state not in rules.EDITABLE:
        return redirect("return", head.pk)
    if place.cycle is None or not place.cycle.is_open(clock.now()):
        return (
            redirect("return", head.pk)
            if head is not None and head.versions.exists()
            else _closed(request, place)
        )
    form = ReturnForm.of(head, head.revision, head.figures) if head else _blank(request, user, place)
    if "check" in request.GET and head is not None:
        form.show(actions.problems_of([head]))
    return _form_page(request, place, form)


def _blank(request: HttpRequest, user: User, place: _Place) -> ReturnForm:
    """A new form; with ?copy=1 it starts from the words of the last return, never from its light or figures."""
    if request.GET.get("copy"):
        last = last_versions_before(
            place.quarter, task_ids=[place.duty.task_id], agency_ids=[place.duty.agency_id]
        ).get((place.duty.task_id, place.duty.agency_id))
        if last is not None:
            last.light, last.progress, last.no_progress = "", None, False
            return ReturnForm.of(last, None)
    return ReturnForm.blank()


def _closed(request: HttpRequest, place: _Place) -> HttpResponse:
    return render(
        request,
        "filing/closed.html",
        {
            "nav": "desk",
            "plan": place.plan,
            "quarter": place.quarter,
            "task": place.duty.task,
            "cycle": place.cycle,
        },
    )


def _save(request: HttpRequest, user: User, place: _Place, action: str) -> HttpResponse:
    form = ReturnForm.posted(request.POST)
    if not form.is_valid():
        return _form_page(request, place, form, status=422)
    try:
        head = actions.save_drafts(by=user, drafts=[form.draft(**place.key)])[0]
    except Problems as error:
        form.show(error.problems)
        return _form_page(request, place, form, status=422)
    except Conflict as error:
        # Nothing is lost: what was typed stays on the page, beside what the other one saved. Saving again, now that
        # the person has seen it, goes on from the other one's revision.
        fresh = _place(user, place.plan.slug, str(place.quarter), place.duty.task.ref)
        again = request.POST.copy()
        again["revision"] = str(fresh.submission.revision) if fresh.submission else ""
        return _form_page(request, fresh, ReturnForm.posted(again), status=409, conflict=str(error))
    if action == "check":
        if actions.problems_of([head]):
            return redirect(reverse("return_edit", args=place.url_args) + "?check=1")
        return redirect("return_check", *place.url_args)
    messages.success(request, _("草稿已保存，只有本单位看得到。"))
    return redirect("return_edit", *place.url_args) if action == "save" else redirect(_desk_url(place))


def _take_back(request: HttpRequest, user: User, place: _Place, head: Submission) -> HttpResponse:
    try:
        actions.take_back(by=user, submissions=[head.pk], note=lines(request.POST.get("note", ""))[:2000])
    except Conflict as error:
        messages.error(request, str(error))
        return redirect("return", head.pk)
    messages.success(request, _("已取回，可以继续修改。"))
    return redirect("return_edit", *place.url_args)


def _desk_url(place: _Place) -> str:
    return f"{reverse('desk')}?q={place.quarter}"


def _form_page(
    request: HttpRequest, place: _Place, form: ReturnForm, *, status: int = 200, conflict: str = ""
) -> HttpResponse:
    duty = place.duty
    pair = (duty.task_id, duty.agency_id)
    keys: dict[str, Any] = {"task_ids": [duty.task_id], "agency_ids": [duty.agency_id]}
    asked = _asked(place)
    targets = {
        target.indicator_id: target.text
        for target in Target.objects.filter(
            indicator__in={one.indicator.pk for one in asked},
            valid__contains=place.quarter.ordinal,
            known__contains=clock.now(),
        )
        if target.indicator_id is not None
    }
    figure_rows = form.figure_rows(asked, targets)
    after = 6 if figure_rows else 5  # the number of the row that follows the figures
    last_decision = (
        place.submission.versions.order_by("-number").select_related("decided_by").first()
        if place.submission
        else None
    )
    return render(
        request,
        "filing/return_edit.html",
        {
            "nav": "desk",
            "plan": place.plan,
            "quarter": place.quarter,
            "task": duty.task,
            "duty": duty,
            "cycle": place.cycle,
            "due": place.cycle.due(duty.duty) if place.cycle else None,
            "submission": place.submission,
            "last_decision": last_decision,
            "previous": last_versions_before(place.quarter, **keys).get(pair),
            "form": form,
            "figure_rows": figure_rows,
            "problem_number": after,
            "coordination_number": after + 1,
            "next_number": after + 2,
            "conflict": conflict,
            "form_url": reverse("return_edit", args=place.url_args),
        },
        status=status,
    )


@require_http_methods(["GET", "POST"])
def return_check(request: HttpRequest, slug: str, quarter_text: str, ref: str) -> HttpResponse:
    """Check-your-answers: the reporter hands on, the approver submits."""
    user = _filer(request)
    place = _place(user, slug, quarter_text, ref)
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
                messages.success(request, _("已交签批人。"))
            elif action == "submit":
                actions.submit(by=user, submissions=[head.pk])
                messages.success(request, _("已提交。"))
            else:
                raise Http404
        except Problems as error:
            problems, status = error.problems, 422
        except Conflict as error:
            messages.error(request, str(error))
            return redirect("return", head.pk)
        else:
            return redirect(_desk_url(place))
    if head.state in {State.SUBMITTED, State.ACCEPTED}:
        return redirect("return", head.pk)
    problems = problems or actions.problems_of([head])
    co_due, co_reported, co_missing = _co_standing(place)
    asked = _asked(place)
    return render(
        request,
        "filing/return_check.html",
        {
            "nav": "desk",
            "plan": place.plan,
            "quarter": place.quarter,
            "task": place.duty.task,
            "duty": place.duty,
            "cycle": place.cycle,
            "due": place.cycle.due(place.duty.duty) if place.cycle else None,
            "submission": head,
            "content": head,
            "figures": typed_figures(head, asked),
            "warnings": warnings_of(asked, head.figures),
            "problems": problems,
            "edit_url": reverse("return_edit", args=place.url_args),
            "editable": head.state in rules.EDITABLE,
            "may_approve": may_approve(user),
            "may_hand": head.state in rules.HAND.sources,
            "co_due": co_due,
            "co_reported": co_reported,
            "co_missing": co_missing,
        },
        status=status,
    )


def _co_standing(place: _Place) -> tuple[int, list[Version], list[str]]:
    """Of a lead's task: how many co-returns are owed, those that came in, and the names of who is missing."""
    if place.duty.duty != Duty.LEAD:
        return 0, [], []
    owed = list(
        duties([place.plan.pk], place.quarter)
        .filter(task=place.duty.task, duty=Duty.CO)
        .order_by("order", "pk")
        .values_list("agency_id", flat=True)
    )
    came = list(Version.objects.filter(task=place.duty.task, quarter=place.quarter, duty=Duty.CO).current())
    names = names_at(place.quarter, owed)
    there = {version.agency_id for version in came}
    return len(owed), came, [names[pk].short for pk in owed if pk not in there and pk in names]


def _asked(place: _Place) -> tuple[Asked, ...]:
    """The figures that this return asks for."""
    duty = place.duty
    asked = asked_for([(duty.task_id, duty.agency_id, duty.duty)], place.quarter)
    return asked.of(duty.task_id, duty.agency_id)
