"""报送材料: an agency's quarter as one bundle, and its sheet for signature and seal."""

import uuid
from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from qhplan import clock
from tasks import typed
from tasks.agencies.queries import names_at
from tasks.bundles.actions import (
    KEEP,
    UNSENT,
    PackageRow,
    attach_sheet,
    mark_no_progress,
    no_progress_obstacles,
    package_rows,
    send,
    send_obstacles,
    sheet,
)
from tasks.bundles.models import SealedSheet
from tasks.bundles.presenters import bundle_page
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import quarter_or_default
from tasks.errors import Conflict, Problem, Problems
from tasks.files import jobs
from tasks.files.serving import hand_out
from tasks.people.access import filer, signed_in
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address, plan_asked
from tasks.submissions import transitions
from tasks.submissions.desk_views import withdrawable
from tasks.submissions.evidence.queries import has_evidence
from tasks.submissions.fields import TEXT_LIMIT
from tasks.submissions.models import State, Submission
from tasks.submissions.paper.actions import enter, offer
from tasks.submissions.paper.forms import PaperForm
from tasks.submissions.queries import Desk, desk
from tasks.submissions.takeover import take_over, takes_over
from tasks.submissions.withdrawing import withdraw
from tasks.values import Light, Period
from tasks.web.page_extensions import extensions


def place_asked(request: HttpRequest) -> tuple[User, Plan, Period]:
    """Whose desk the request is about: the person, the plan, the quarter."""
    user = filer(request)
    plan = plan_asked(request)
    if plan is None:
        raise Http404(_("还没有载入方案。"))
    return user, plan, quarter_or_default(request.POST.get("q") or request.GET.get("q", ""), plan)


@require_http_methods(["GET", "HEAD", "POST"])
def package(request: HttpRequest) -> HttpResponse:
    """All of the agency's submissions of ?q= with what is missing; POST does one thing to the chosen ones: record 无进展,
    hand on, or approve and submit."""
    user, plan, quarter = place_asked(request)
    mine = desk(plan, quarter, user.acts_for)
    rows = package_rows(mine)
    problems: list[Problem] = []
    status = 200
    paper = PaperForm()
    if request.method == "POST":
        if request.POST.get("action") in {"offer", "enter"}:
            paper = PaperForm(request.POST, request.FILES)
        try:
            done = _act(request, user, mine, rows, paper)
        except Problems as error:
            problems, status = error.problems, 422
            if paper.is_bound:
                problems = _on_paper(paper, error)
        except Conflict as error:
            # Somebody was faster: the page shows the current state.
            problems, status = [Problem("", str(error))], 409
            mine = desk(plan, quarter, user.acts_for)
            rows = package_rows(mine)
        else:
            said, skipped = done
            messages.success(request, said)
            if skipped:
                head = _("这 %(n)d 件没有办：") % {"n": len(skipped)}
                messages.warning(request, head + " ".join(skipped))
            return redirect(address("package", plan, quarter))
    return render(
        request,
        "filing/package.html",
        {
            **vars(bundle_page(user, mine, rows)),
            "parts": extensions("package", user=user, plan=plan, quarter=quarter),
            "has_evidence": has_evidence(
                user, Submission.objects.filter(cycle=mine.cycle, agency=user.agency_id)
            ),
            "problems": problems,
            "paper": paper,
            "checked": set(request.POST.getlist("tasks")),
            "typed": request.POST,
            "lights": Light.choices,
            "keep": KEEP,
        },
        status=status,
    )


def _on_paper(paper: PaperForm, error: Problems) -> list[Problem]:
    """What was refused of the paper stands on its fields; what is of the drafts above."""
    for problem in error.problems:
        if problem.field in paper.fields and problem.message not in paper.errors.get(problem.field, []):
            paper.add_error(problem.field, problem.message)
    return [
        replace(one, field=f"id_{one.field}") if one.field in paper.fields else one for one in error.problems
    ]


def _act(
    request: HttpRequest, user: User, mine: Desk, rows: Sequence[PackageRow], paper: PaperForm
) -> tuple[str, list[str]]:
    """Do what the posted form requests to the chosen submissions; returns the sentence that confirms it, and what was left
    out and why. Raises Problems or Conflict when nothing could be done."""
    action = request.POST.get("action", "")
    if action == "sheet":
        with transaction.atomic():
            scans = len(attach_sheet(by=user, desk=mine, uploads=request.FILES.getlist("sheet")))
            jobs.ask_scan()
        words = ngettext("%(n)d 件扫描件已上传。", "%(n)d 件扫描件已上传。", scans)
        return words % {"n": scans}, []
    posted = [int(value) for value in request.POST.getlist("tasks") if value.isdecimal() and len(value) < 10]
    chosen = [row for row in mine.rows if row.task.pk in set(posted)]
    if not chosen:
        raise Problems([Problem("tasks", _("请先勾选要办理的。"))])
    blocked = _obstacles(action, user, mine, rows, [row.task.pk for row in chosen])
    fit = [row for row in chosen if row.task.pk not in blocked]
    ids = [row.task.pk for row in fit or chosen]  # where nothing fits, the act itself says why
    if action == "no_progress":
        mark_no_progress(
            by=user,
            desk=mine,
            task_ids=ids,
            reason=typed.reason(request.POST.get("reason", ""))[:TEXT_LIMIT],
            light=request.POST.get("light") or KEEP,
            next_steps=typed.prose(request.POST.get("next_steps", ""))[:TEXT_LIMIT],
        )
        words = ngettext(
            "已标为本季度无进展 %(n)d 件：%(which)s。", "已标为本季度无进展 %(n)d 件：%(which)s。", len(fit)
        )
    elif action == "take_over":
        take_over(by=user, desk=mine, task_ids=ids)
        words = ngettext(
            "已从上次带入并保存 %(n)d 件：%(which)s。", "已从上次带入并保存 %(n)d 件：%(which)s。", len(fit)
        )
    elif action == "withdraw":
        heads = [row.submission.pk for row in fit or chosen if row.submission is not None]
        if not heads:
            raise Problems([Problem("tasks", text) for text in blocked.values()])
        withdraw(by=user, submissions=heads, reason=typed.reason(request.POST.get("withdraw_reason", "")))
        words = ngettext("已撤回 %(n)d 件：%(which)s。", "已撤回 %(n)d 件：%(which)s。", len(fit))
    elif action in {"offer", "enter"}:
        if not paper.is_valid():
            raise Problems(
                [Problem(name, str(text)) for name, found in paper.errors.items() for text in found]
            )
        heads = [row.submission.pk for row in fit or chosen if row.submission is not None]
        if not heads:
            raise Problems([Problem("tasks", _("所选的还没有填写。"))])
        act = offer if action == "offer" else enter
        with transaction.atomic():
            act(
                by=user,
                submissions=heads,
                paper=paper.paper(),
                uploads=[paper.cleaned_data["scan"]],
            )
            jobs.ask_scan()
        words = (
            _("已上传 %(n)d 件的签批件，等候领导小组办公室录入：%(which)s。")
            if action == "offer"
            else _("已代录并提交 %(n)d 件：%(which)s。本单位已得到告知。")
        )
    elif action == "submit":
        send(by=user, rows=rows, task_ids=ids, approve=True)
        words = ngettext("已提交 %(n)d 件：%(which)s。", "已提交 %(n)d 件：%(which)s。", len(fit))
    elif action == "hand":
        send(by=user, rows=rows, task_ids=ids, approve=False)
        words = ngettext("已交签批人 %(n)d 件：%(which)s。", "已交签批人 %(n)d 件：%(which)s。", len(fit))
    else:
        raise Http404
    codes = "、".join(row.task.code for row in fit[:_LISTED]) + (_("等") if len(fit) > _LISTED else "")
    return words % {"n": len(fit), "which": codes}, list(blocked.values())


_LISTED = 8  # submissions that a message names


def _obstacles(
    action: str, user: User, mine: Desk, rows: Sequence[PackageRow], task_ids: Sequence[int]
) -> dict[int, str]:
    """{task id: why the act cannot be done to it}, of the chosen."""
    if action == "no_progress":
        return no_progress_obstacles(mine, task_ids)
    if action in {"submit", "hand"}:
        return send_obstacles(user, rows, task_ids, approve=action == "submit")
    chosen = [row for row in mine.rows if row.task.pk in set(task_ids)]
    if action in {"offer", "enter"}:
        words = _("%(code)s 没有待签批。") if action == "offer" else _("%(code)s 没有可提交的草稿。")
        fits = {State.HANDED} if action == "offer" else transitions.EDITABLE
        return {
            row.task.pk: words % {"code": row.task.code}
            for row in chosen
            if row.submission is None or row.submission.state not in fits
        }
    if action == "take_over":
        fit = {row.task.pk for row in chosen if takes_over(row)}
        words = _("%(code)s 没有可带入的。")
        return {row.task.pk: words % {"code": row.task.code} for row in chosen if row.task.pk not in fit}
    if action == "withdraw":
        able = withdrawable(user, chosen, clock.now())
        words = _("%(code)s 没有提交，或已经办理，不能撤回。")
        return {
            row.task.pk: words % {"code": row.task.code}
            for row in chosen
            if row.submission is None or row.submission.pk not in able
        }
    return {}


@require_GET
def package_sheet(request: HttpRequest) -> HttpResponse:
    """What was submitted of ?q=, to be printed, signed, sealed and archived; ?drafts=1 what is to be submitted, for a
    director who signs first."""
    user, plan, quarter = place_asked(request)
    drafts = bool(request.GET.get("drafts"))
    made = sheet(plan, quarter, user.acts_for, drafts=drafts)
    name = names_at(quarter, [user.acts_for]).get(user.acts_for)
    owed = desk(plan, quarter, user.acts_for).rows
    there = {item.task.pk for item in made.items}
    return render(
        request,
        "filing/sheet.html",
        {
            "plan": plan,
            "quarter": quarter,
            "agency": name,
            "items": made.items,
            "roles": made.roles,
            "leads": sum(item.duty == "lead" for item in made.items),
            "missing": [row for row in owed if row.task.pk not in there],
            "drafts": drafts,
            "cycle": Cycle.objects.filter(plan=plan, quarter=quarter).first(),
            "unsent": any(row.submission is not None and row.state in UNSENT for row in owed),
            "packages": made.packages,
            "code": made.code,
            "now": clock.now(),
            "parts": extensions("package_sheet", user=user, plan=plan, quarter=quarter),
        },
    )


@require_GET
def sealed_sheet(request: HttpRequest, pk: uuid.UUID) -> FileResponse:
    """A scanned sheet, as an attachment."""
    seen = SealedSheet.objects.visible_to(signed_in(request)).select_related("file")
    return hand_out(get_object_or_404(seen, file=pk).file)
