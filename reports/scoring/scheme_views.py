"""考核办法: reading, writing and putting in force; 佐证评定; 试算."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.figures.agency_names import agency_refs
from reports.scoring import actions, presenters, schemes
from reports.scoring.forms import GradeForm, SchemeForm
from reports.scoring.models import Scheme, SchemeState
from reports.scoring.permissions import may_grade_for, may_see_some
from reports.scoring.queries import Tried, latest_grades, scheme_for, tried
from reports.scoring.values import RANKED, ScoredPeriod
from reports.scoring.views import period_of
from tasks.errors import Conflict, Problems
from tasks.people.models import User
from tasks.people.permissions import may_announce_scores, may_score, may_see_problems, may_write_scheme
from tasks.people.queries import office_agency_ids
from tasks.standing.queries import standing
from tasks.submissions.models import Version
from tasks.values import Duty, Period, Rhythm
from tasks.web.acting import refusals_on
from tasks.wording import current

# -- schemes ------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def scheme_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every scheme of the plan, for all who see scores; POST puts the draft in force or drops it."""
    asked = ask(request, slug)
    user = asked.user
    if not may_see_some(user):
        raise PermissionDenied
    if request.method == "POST":
        draft = get_object_or_404(Scheme, plan=asked.plan, number=_number(request.POST.get("number", "")))
        action = request.POST.get("action", "")
        if action not in {"adopt", "drop"}:
            raise Http404
        adopt = action == "adopt"
        try:
            schemes.decide_scheme(
                by=user, scheme=draft, revision=_number(request.POST.get("revision", "")), adopt=adopt
            )
        except (Conflict, Problems) as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("已施行。") if adopt else _("草案已放弃。"))
        return redirect(request.path)
    rows = Scheme.objects.visible_to(user).filter(plan=asked.plan)
    found = list(rows.select_related("written_by", "decided_by"))
    context = page_context(
        asked,
        here="schemes",
        schemes=[{"row": row, "said": presenters.scheme(row.rules)} for row in found],
        has_draft=any(row.state == SchemeState.DRAFT for row in found),
        may_write=may_write_scheme(user),
        may_adopt=may_announce_scores(user),
        user_id=user.pk,
        sees_all=may_see_problems(user),
        may_score=may_score(user),
    )
    return render(request, "scoring/schemes.html", context)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Http404
    return int(text)


@require_http_methods(["GET", "POST"])
def scheme_edit(request: HttpRequest, slug: str) -> HttpResponse:
    """Write the plan's draft; a first one begins with what the site suggests, a further one with what is in force."""
    asked = ask(request, slug)
    if not may_write_scheme(asked.user):
        raise PermissionDenied(_("考核办法由领导小组办公室起草。"))
    draft = Scheme.objects.filter(plan=asked.plan, state=SchemeState.DRAFT).first()
    held = (
        Scheme.objects.filter(plan=asked.plan, state=SchemeState.ADOPTED)
        .order_by("-valid_from", "-number")
        .first()
    )
    base = draft or held
    if request.method == "POST":
        form = SchemeForm(request.POST, plan=asked.plan)
        if form.is_valid():
            with refusals_on(form) as outcome:
                schemes.write_scheme(by=asked.user, plan=asked.plan, asked=form.asked())
            if outcome.is_done:
                messages.success(request, _("草案已保存；复核人或领导小组决定后施行。"))
                return redirect("schemes", slug)
    else:
        form = SchemeForm.of(
            asked.plan,
            base.rules if base else schemes.suggestion(),
            draft,
            title=base.title if base else _("考核办法"),
            basis=draft.basis if draft else "",
            valid_from=str(draft.valid_from if draft else asked.quarter),
        )
    context = page_context(
        asked,
        crumbs=[(_("考核办法"), reverse("schemes", args=[slug]))],
        form=form,
        draft=draft,
    )
    return render(request, "scoring/scheme_edit.html", context, status=422 if form.errors else 200)


# -- evidence -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def score_evidence(request: HttpRequest, slug: str) -> HttpResponse:
    """佐证评定: the lead returns of the quarter that the reader may judge, each with its evidence; POST judges them together."""
    asked = ask(request, slug)
    user = asked.user
    if not may_score(user):
        raise PermissionDenied(_("佐证质量由领导小组办公室评定；办公室所在单位的由复核人评定。"))
    reported, rows = _to_judge(asked, user)
    status = 200
    if request.method == "POST":
        status = _judge(request, user, rows)
        if status == 302:
            return redirect(request.get_full_path())
    context = page_context(
        asked,
        here="evidence",
        rows=rows,
        reported=reported,
        judged=sum(row["held"] is not None for row in rows),
        faults=_faults(rows) if request.method == "POST" else [],
        sees_all=True,
        may_score=True,
    )
    return render(request, "scoring/evidence.html", context, status=status)


def _to_judge(asked: Asked, user: User) -> tuple[int, list[dict[str, Any]]]:
    """How many lead returns have evidence to judge, and those of them that the reader judges."""
    offices = office_agency_ids(asked.plan.pk)
    every = [
        row
        for row in standing([asked.plan.pk], asked.quarter, known_at=asked.known_at)
        if row.duty == Duty.LEAD and row.reported and not row.elsewhere and row.version_id is not None
    ]
    standings = [row for row in every if may_grade_for(user, row.agency_id, offices)]
    held = latest_grades([row.version_id for row in standings if row.version_id], asked.known_at)
    versions = {
        version.pk: version
        for version in Version.every.filter(pk__in=[row.version_id for row in standings])
        .select_related("submission__task")
        .prefetch_related("evidence")
    }
    refs = agency_refs((row.agency_id for row in standings), asked.quarter)
    found = []
    for row in standings:
        if row.version_id is None:
            continue
        version = versions[row.version_id]
        grade = held.get(row.version_id)
        found.append(
            {
                "version": version,
                "task": version.submission.task,
                "agency": refs[row.agency_id],
                "state": row.state,
                "count": len(version.evidence.all()),
                "held": grade,
                "form": GradeForm(
                    prefix=str(row.version_id),
                    initial={"grade": grade.grade, "note": grade.note} if grade else None,
                ),
            }
        )
    return len(every), found


def _faults(rows: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What is wrong in which row, for the summary on top."""
    return [
        {
            "id": row["form"][name].id_for_label,
            "text": f"{row['task'].code} {row['form'][name].label}：{error}",
        }
        for row in rows
        for name, errors in row["form"].errors.items()
        for error in errors
    ]


def _judge(request: HttpRequest, user: User, rows: list[dict[str, Any]]) -> int:
    inputs = []
    for row in rows:
        row["form"] = form = GradeForm(request.POST, prefix=str(row["version"].pk))
        if form.is_valid() and form.cleaned_data["grade"]:
            inputs.append(
                actions.GradeInput(row["version"].pk, form.cleaned_data["grade"], form.cleaned_data["note"])
            )
    if any(row["form"].errors for row in rows):
        return 422
    try:
        made = actions.grade_evidence(by=user, grades=inputs)
    except Problems as problems:
        by_version = {str(row["version"].pk): row["form"] for row in rows}
        for problem in problems.problems:
            by_version[problem.row].add_error(problem.field, problem.message)
        return 422
    messages.success(request, _("已评定%(n)d件。") % {"n": len(made)} if made else _("没有改动。"))
    return 302


# -- dry runs -----------------------------------------------------------------------------------------------


@require_GET
def score_try(request: HttpRequest, slug: str) -> HttpResponse:
    """试算: what another scheme would have given for a period, beside the one that holds."""
    asked = ask(request, slug)
    if not may_score(asked.user):
        raise PermissionDenied
    period = period_of(asked.plan, request.GET.get("period", "") or str(asked.quarter))
    every = list(
        Scheme.objects.filter(plan=asked.plan).exclude(state=SchemeState.DROPPED).order_by("-number")
    )
    wanted = request.GET.get("scheme", "")
    other = next(
        (one for one in every if str(one.number) == wanted), every[0] if every and not wanted else None
    )
    if wanted and other is None:
        raise Http404(_("没有这份考核办法。"))
    ours = scheme_for(asked.plan, period, asked.known_at)
    rows = (
        tried(asked.plan, period, ours.rules if ours else None, other.rules, known_at=asked.known_at)
        if other
        else ()
    )
    words = current()
    by_kind = groupby(
        sorted(rows, key=lambda row: (words.kind_rank(row.agency.kind), row.agency.kind)),
        key=lambda row: row.agency.kind,
    )
    context = page_context(
        asked,
        here="try",
        period=period,
        periods=_periods(asked),
        schemes=every,
        ours=ours,
        other=other,
        groups=[
            {
                "kind": kind,
                "label": words.kind_name(kind),
                "is_ranked": kind in RANKED,
                "parts": [
                    {"label": label, "rows": [_tried(row, ranked=ours is not None) for row in of_part]}
                    for label, of_part in presenters.parts(list(of_kind), lambda row: row.ours.leads)
                ],
            }
            for kind, of_kind in by_kind
        ],
        sees_all=True,
        may_score=True,
    )
    return render(request, "scoring/try.html", context)


def _tried(row: Tried, *, ranked: bool) -> dict[str, Any]:
    return {
        "agency": row.agency,
        "ours": presenters.total_or_not(row.by_ours, ranked and row.ours.calculation.weighs_something),
        "other": presenters.total_or_not(row.by_other, row.other.calculation.weighs_something),
        "difference": "" if row.difference is None else presenters.signed(row.difference),
        "rank": row.ours.rank if ranked else None,
        "other_rank": row.other.rank,
    }


def _periods(asked: Asked) -> list[ScoredPeriod]:
    """Each year of the plan that has begun with its quarters after it, the latest first."""
    found = []
    for year in range(asked.last_begun.year, asked.plan.first_quarter.year - 1, -1):
        whole = ScoredPeriod.of_year(year, asked.plan.kind)
        found.append(whole)
        found += [
            ScoredPeriod(one, one)
            for one in reversed(list(Period.span(whole.first, whole.last)))
            if asked.plan.first_quarter <= one <= asked.last_begun and one.kind is not Rhythm.YEAR
        ]
    return found
