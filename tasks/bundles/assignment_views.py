"""分工 and 转办: who of an agency writes what, as its approver divides it and as reporters hand it to one another."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tasks.assignments.actions import assign
from tasks.assignments.models import Reassignment
from tasks.assignments.queries import reassignments_of, reporters_of, share_of
from tasks.assignments.reassigning import REASON_LIMIT, obstacles, reassign, take_back
from tasks.bundles.views import place_asked
from tasks.errors import Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address
from tasks.submissions.queries import DeskRow, desk
from tasks.web.acting import refusals_on, refusals_told, say_done
from tasks.web.forms import ProseField

ALL, SOME, KEEP = "all", "some", "keep"


@require_http_methods(["GET", "HEAD", "POST"])
def assignments(request: HttpRequest) -> HttpResponse:
    """Who of the agency writes what: one reporter after another; POST sets one reporter's tasks."""
    user, plan, quarter = place_asked(request)
    if not may_approve(user):
        raise PermissionDenied(_("分工由本单位签批人确定。"))
    people = reporters_of(user.acts_for, plan.pk)
    rows = desk(plan, quarter, user.acts_for).rows
    errors: list[str] = []
    if request.method == "POST":
        who = next((one for one in people if str(one.pk) == request.POST.get("user")), None)
        if who is None:
            raise Http404(_("没有这位填报员。"))
        asked = {value for value in request.POST.getlist("tasks") if value.isdecimal() and len(value) < 10}
        scope = request.POST.get("scope")
        try:
            if scope != KEEP:
                assign(
                    by=user,
                    user=who,
                    plan=plan,
                    quarter=quarter,
                    task_ids={int(value) for value in asked},
                    limited={ALL: False, SOME: True}.get(scope or ""),
                )
        except Problems as error:
            errors = [problem.message for problem in error.problems]
        else:
            say_done(request, _("%(who)s的分工已保存。") % {"who": who})
            return redirect(address("assignments", plan, quarter))
    context: dict[str, Any] = {
        "plan": plan,
        "quarter": quarter,
        "people": [(one, share_of(one, plan)) for one in people],
        "rows": rows,
        "errors": errors,
        "moved": _moved(user, plan),
    }
    return render(request, "filing/assignments.html", context, status=422 if errors else 200)


def _moved(user: User, plan: Plan) -> list[tuple[Reassignment, bool]]:
    """What was handed from colleague to colleague, and whether the reader can take it back."""
    rows = reassignments_of(user.acts_for, plan)[:_SHOWN]
    blocked = obstacles(user, rows)
    return [(row, row.pk not in blocked) for row in rows]


_SHOWN = 100  # the latest


class ReassignForm(forms.Form):
    """Which tasks, to whom and why."""

    tasks = forms.TypedMultipleChoiceField(
        label=gettext_lazy("转办的任务"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": gettext_lazy("请先勾选要转办的任务。"),
            "invalid_choice": gettext_lazy("所选任务中有的不归您填报，请刷新页面后再选。"),
        },
    )
    receiver = forms.ChoiceField(
        label=gettext_lazy("接办人"),
        help_text=gettext_lazy("本单位的填报员；从现在起由其填报，已写的草稿、退回意见和提醒随任务转去。"),
        error_messages={
            "required": gettext_lazy("请选择接办人。"),
            "invalid_choice": gettext_lazy("只能转办给本单位的填报员。"),
        },
    )
    reason = ProseField(
        label=gettext_lazy("转办理由"),
        help_text=gettext_lazy("接办人和签批人看得到。"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
        error_messages={
            "required": gettext_lazy("请写明转办理由。"),
            "max_length": gettext_lazy("理由最多 %(limit_value)d 字，请删减。"),
        },
    )

    def __init__(self, *args: Any, rows: list[DeskRow], people: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tasks"].choices = [  # type: ignore[attr-defined]
            (row.task.pk, f"{row.task.code} {row.task.heading}") for row in rows
        ]
        self.fields["receiver"].choices = [  # type: ignore[attr-defined]
            ("", _("请选择")),
            *((str(one.pk), f"{one} {one.division}".strip()) for one in people),
        ]


@require_http_methods(["GET", "HEAD", "POST"])
def reassignment(request: HttpRequest) -> HttpResponse:
    """转办: a reporter hands tasks of ?q= to a colleague; what changed hands in the agency so far, to all of its people."""
    user, plan, quarter = place_asked(request)
    hands_on = not may_approve(user)
    share = share_of(user, plan)
    rows = [row for row in desk(plan, quarter, user.acts_for).rows if row.task.pk in share]
    people = [one for one in reporters_of(user.acts_for, plan.pk) if one.pk != user.pk]
    status = 200
    form = ReassignForm(
        request.POST if request.method == "POST" else None,
        rows=rows,
        people=people,
        initial={"tasks": [row.task.pk for row in rows if row.task.ref in request.GET.getlist("task")]},
    )
    if request.method == "POST":
        if form.is_valid():
            receiver = next(one for one in people if str(one.pk) == form.cleaned_data["receiver"])
            with refusals_on(form) as outcome:
                done = reassign(
                    by=user,
                    receiver=receiver,
                    plan=plan,
                    quarter=quarter,
                    task_ids=form.cleaned_data["tasks"],
                    reason=form.cleaned_data["reason"],
                )
            if outcome.is_done:
                say_done(
                    request,
                    _("已转办给%(who)s：%(which)s。") % {"who": receiver, "which": _codes(done)},
                    (address("desk", plan, quarter), _("回到工作台")),
                )
                return redirect(address("reassign", plan, quarter))
            status = outcome.status
        else:
            if not hands_on:
                raise PermissionDenied(_("转办由填报员办理；签批人请用“分工”。"))
            status = 422
    return render(
        request,
        "filing/reassign.html",
        {
            "plan": plan,
            "quarter": quarter,
            "form": form,
            "may_hand": hands_on and bool(rows) and bool(people),
            "hands_on": hands_on,
            "has_people": bool(people),
            "moved": _moved(user, plan),
        },
        status=status,
    )


def _codes(rows: list[Reassignment]) -> str:
    return _("、").join(row.task.code for row in rows)


@require_POST
def reassignment_back(request: HttpRequest) -> HttpResponse:
    """收回: what was handed to a colleague is the giver's again."""
    user, plan, quarter = place_asked(request)
    back = "assignments" if may_approve(user) else "reassign"
    chosen = request.POST.get("row", "")
    if not chosen.isdecimal() or len(chosen) > 12:
        raise Http404
    with refusals_told(request):
        done = take_back(by=user, reassignments=[int(chosen)])
        say_done(
            request,
            _("已收回 %(which)s，仍由%(who)s填报。") % {"which": _codes(done), "who": done[0].giver},
        )
    return redirect(address(back, plan, quarter))
