"""报送件 and 分工: a body's quarter as one package, its sheet for signature and seal, and who writes what."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.assignments.actions import assign, assigned_to, people_for, reporters_of
from tasks.bundles.actions import (
    KEEP,
    UNSENT,
    attach_sheet,
    mark_no_progress,
    package_rows,
    packages_of,
    send,
    sheet,
)
from tasks.bundles.models import SealedSheet
from tasks.cycles.page_params import latest_quarter, quarter_or_default
from tasks.errors import Conflict, Problem, Problems
from tasks.files import jobs
from tasks.files.serving import hand_out, why_not
from tasks.people.access import filer, signed_in
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.submissions.desk_views import desk_rows_open
from tasks.submissions.fields import TEXT_LIMIT
from tasks.submissions.forms import lines
from tasks.submissions.queries import desk
from tasks.values import Light, Quarter


def _place(request: HttpRequest) -> tuple[User, Plan, Quarter]:
    user = filer(request)
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    return user, plan, quarter_or_default(request.POST.get("q") or request.GET.get("q", ""), plan)


@require_http_methods(["GET", "HEAD", "POST"])
def package(request: HttpRequest) -> HttpResponse:
    """All of the body's returns of ?q= with what is missing; POST does one thing to the chosen ones: mark 无进展, hand
    on, or approve and submit."""
    user, plan, quarter = _place(request)
    mine = desk(plan, quarter, user.agency_id or 0)
    rows = package_rows(mine)
    problems: list[Problem] = []
    status = 200
    if request.method == "POST":
        action = request.POST.get("action", "")
        chosen = [
            int(value) for value in request.POST.getlist("tasks") if value.isdecimal() and len(value) < 10
        ]
        try:
            if action == "no_progress":
                done = len(
                    mark_no_progress(
                        by=user,
                        desk=mine,
                        task_ids=chosen,
                        reason=lines(request.POST.get("reason", ""))[:TEXT_LIMIT],
                        light=request.POST.get("light") or KEEP,
                        next_steps=lines(request.POST.get("next_steps", ""))[:TEXT_LIMIT],
                    )
                )
                said = ngettext("%(n)d 件已标为本季度无进展。", "%(n)d 件已标为本季度无进展。", done)
            elif action == "sheet":
                with transaction.atomic():
                    made = attach_sheet(by=user, desk=mine, uploads=request.FILES.getlist("sheet"))
                    jobs.ask_scan()
                done = len(made)
                said = ngettext("%(n)d 件扫描件已上传。", "%(n)d 件扫描件已上传。", done)
            elif action in {"hand", "submit"}:
                done = send(by=user, rows=rows, task_ids=chosen, approve=action == "submit")
                said = (
                    ngettext("%(n)d 件已提交。", "%(n)d 件已提交。", done)
                    if action == "submit"
                    else ngettext("%(n)d 件已交签批人。", "%(n)d 件已交签批人。", done)
                )
            else:
                raise Http404
        except Problems as error:
            problems, status = error.problems, 422
        except Conflict as error:
            problems, status = [Problem("", str(error))], 409
        else:
            messages.success(request, said % {"n": done})
            return redirect(address("package", plan, quarter))
        if status == 409:  # somebody was quicker: show how it stands now
            mine = desk(plan, quarter, user.agency_id or 0)
            rows = package_rows(mine)
    may_write = desk_rows_open(mine, clock.now())
    return render(
        request,
        "filing/package.html",
        {
            "nav": "desk",
            "plan": plan,
            "quarter": quarter,
            "latest": latest_quarter(plan),
            "desk": mine,
            "cycle": mine.cycle,
            "is_open": may_write,
            "rows": rows,
            "ready": sum(row.is_ready for row in rows),
            "faulty": sum(bool(row.problems) for row in rows),
            "untouched": sum(row.row.submission is None for row in rows),
            "sent": sum(row.is_sent for row in rows),
            "problems": problems,
            "checked": set(request.POST.getlist("tasks")) if request.method == "POST" else None,
            "typed": request.POST,
            "lights": Light.choices,
            "keep": KEEP,
            "sheets": [
                (one, why_not(one.file))
                for one in SealedSheet.objects.filter(cycle=mine.cycle, agency=user.agency_id).select_related(
                    "file__uploaded_by"
                )
            ],
            "sheet_code": sheet(plan, quarter, user.agency_id or 0).code,
            "packages": packages_of(plan, quarter, user.agency_id or 0),
            "may_approve": may_approve(user),
            "given": people_for([row.row.task.pk for row in rows], user.agency_id or 0),
        },
        status=status,
    )


@require_GET
def package_sheet(request: HttpRequest) -> HttpResponse:
    """What was sent of ?q=, on paper: to be signed, sealed and filed; ?drafts=1 what is to be sent, for a head who signs
    first."""
    user, plan, quarter = _place(request)
    drafts = bool(request.GET.get("drafts"))
    made = sheet(plan, quarter, user.agency_id or 0, drafts=drafts)
    name = names_at(quarter, [user.agency_id or 0]).get(user.agency_id or 0)
    owed = desk(plan, quarter, user.agency_id or 0).rows
    there = {item.task.pk for item in made.items}
    return render(
        request,
        "filing/sheet.html",
        {
            "nav": "desk",
            "plan": plan,
            "quarter": quarter,
            "agency": name,
            "items": made.items,
            "leads": sum(item.duty == "lead" for item in made.items),
            "missing": [row for row in owed if row.task.pk not in there],
            "drafts": drafts,
            "unsent": any(row.submission is not None and row.state in UNSENT for row in owed),
            "packages": made.packages,
            "code": made.code,
            "now": clock.now(),
        },
    )


@require_GET
def sealed_sheet(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """A scanned sheet, as an attachment."""
    seen = SealedSheet.objects.visible_to(signed_in(request)).select_related("file")
    return hand_out(get_object_or_404(seen, file=pk).file)


@require_http_methods(["GET", "HEAD", "POST"])
def assignments(request: HttpRequest) -> HttpResponse:
    """Who of the body writes what: one reporter after another; POST sets one's tasks."""
    user, plan, quarter = _place(request)
    if not may_approve(user):
        raise PermissionDenied(_("分工由本单位签批人确定。"))
    people = reporters_of(user.agency_id or 0)
    rows = desk(plan, quarter, user.agency_id or 0).rows
    errors: list[str] = []
    if request.method == "POST":
        who = next((one for one in people if str(one.pk) == request.POST.get("user")), None)
        if who is None:
            raise Http404(_("没有这位填报员。"))
        asked = {value for value in request.POST.getlist("tasks") if value.isdecimal() and len(value) < 10}
        try:
            assign(by=user, user=who, plan=plan, quarter=quarter, task_ids={int(value) for value in asked})
        except Problems as error:
            errors = [problem.message for problem in error.problems]
        else:
            messages.success(request, _("%(who)s的分工已更改。") % {"who": who})
            return redirect(address("assignments", plan, quarter))
    context: dict[str, Any] = {
        "nav": "desk",
        "plan": plan,
        "quarter": quarter,
        "people": [(one, assigned_to(one, plan)) for one in people],
        "rows": rows,
        "errors": errors,
    }
    return render(request, "filing/assignments.html", context, status=422 if errors else 200)
