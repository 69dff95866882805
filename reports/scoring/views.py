"""考核: the scores of a period, one agency's calculation, schemes, judging evidence, and dry runs."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from reports.canonical import plain
from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import Asked, ask
from reports.scoring import actions, presenters
from reports.scoring.forms import AnswerForm, AppealForm, CorrectionForm, ReasonForm
from reports.scoring.models import Appeal, CorrectionState, Scheme, ScoreCorrection, ScoreSheet
from reports.scoring.permissions import (
    may_answer,
    may_appeal,
    may_correct,
    may_decide_correction,
    may_decide_sheet,
    may_drop_correction,
    may_see_some,
)
from reports.scoring.queries import decided_from, scheme_for, scores, sheets, waiting_sheet
from reports.scoring.values import ScoredPeriod
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.people.permissions import (
    may_announce_scores,
    may_propose_scores,
    may_score,
    may_see_problems,
    may_see_scores_of,
)
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Plan
from tasks.values import Period, Rhythm
from tasks.web.forms import add_problems, tell_conflict

PROPOSED = "proposed"  # as an edition: the sheet that waits for its announcement
LIVE = "live"  # what is known, though something was announced


@dataclass(frozen=True)
class Shown:
    """What a page of scores shows: a sheet that was frozen, or what is known (`sheet` None)."""

    asked: Asked
    period: ScoredPeriod
    editions: list[ScoreSheet]
    waiting: ScoreSheet | None  # for those who score or announce
    sheet: ScoreSheet | None
    scheme: Scheme | None
    bodies: list[dict[str, Any]]
    content: Mapping[str, Any]  # of the scheme

    @property
    def is_announced(self) -> bool:
        return self.sheet is not None and self.sheet.edition is not None

    @property
    def sees_ranks(self) -> bool:
        """Office and leadership always; the agencies where the scheme publishes, and once announced."""
        return may_see_problems(self.asked.user) or (
            self.is_announced and bool(self.content.get("publish_ranking"))
        )

    def of_reader(self) -> list[dict[str, Any]]:
        """All agencies, or the reader's own."""
        return [one for one in self.bodies if may_see_scores_of(self.asked.user, one["agency"]["id"])]

    def query(self, **more: object) -> str:
        """The state of the page as an address's end."""
        edition: object = LIVE if self.editions else None
        if self.sheet is not None:
            edition = self.sheet.edition or PROPOSED
        return self.asked.query(period=self.period, **{"edition": edition, **more})


def shown(request: HttpRequest, asked: Asked) -> Shown:
    """Reads the address: `period`, and `edition` (default: the one that holds, before the first what is known; for who
    may announce the one that waits, what waits)."""
    user = asked.user
    if not may_see_some(user):
        raise PermissionDenied(_("考核得分由本单位、办公室和领导小组查看。"))
    period = period_of(asked.plan, request.GET.get("period", "") or str(asked.quarter))
    editions = sheets(asked.plan, period, asked.known_at)
    waiting = waiting_sheet(asked.plan, period) if may_score(user) or may_announce_scores(user) else None
    wanted = request.GET.get("edition", "")
    sheet = None
    if wanted == PROPOSED or (not wanted and waiting is not None and may_decide_sheet(user, waiting)):
        sheet = waiting
    elif wanted != LIVE:
        sheet = next((one for one in editions if wanted in {"", str(one.edition)}), None)
    if sheet is None and wanted not in {"", LIVE}:
        raise Http404(_("没有这一版考核结果。"))
    if sheet is not None:
        said = json.loads(sheet.content)
        return Shown(
            asked, period, editions, waiting, sheet, sheet.scheme, said["bodies"], said["scheme"]["content"]
        )
    scheme = scheme_for(asked.plan, period, asked.known_at)
    bodies = plain(scores(asked.plan, period, scheme.rules, known_at=asked.known_at)) if scheme else []
    return Shown(asked, period, editions, waiting, None, scheme, bodies, scheme.content if scheme else {})


def period_of(plan: Plan, text: str) -> ScoredPeriod:
    """A quarter or a year of the plan's; 404 for what is none."""
    try:
        period = ScoredPeriod.parse(text, plan.kind)
    except ValueError as error:
        raise Http404(str(error)) from error
    if period.last < plan.first_quarter or period.first > plan.last_quarter:
        raise Http404(_("%(period)s不在方案有效期内。") % {"period": period})
    return period


def _context(found: Shown, **more: Any) -> dict[str, Any]:
    asked = found.asked
    years = range(asked.plan.first_quarter.year, asked.last_begun.year + 1)
    whole = ScoredPeriod.of_year(found.period.last.year, asked.plan.kind)
    quarters = [
        ScoredPeriod(one, one)
        for one in Period.span(whole.first, whole.last)
        if asked.plan.first_quarter <= one <= asked.last_begun and one.kind is not Rhythm.YEAR
    ]
    return page_context(
        asked,
        shown=found,
        period=found.period,
        sees_all=may_see_problems(asked.user),
        may_score=may_score(asked.user),
        sees_ranks=found.sees_ranks,
        file_url=reverse("score_xlsx", args=[asked.plan.slug]) + found.query() if found.scheme else "",
        here="scores",
        state=found.query(),
        years=_switch(
            found,
            [ScoredPeriod.of_year(year, asked.plan.kind) for year in years],
            lambda one: one.last.year == found.period.last.year,
        ),
        spans=_switch(found, quarters, lambda one: one == found.period),
        **more,
    )


def _switch(
    found: Shown, periods: Iterable[ScoredPeriod], is_current: Callable[[ScoredPeriod], bool]
) -> list[dict[str, Any]]:
    return [
        {
            "label": str(one.last.year) if one.is_year else one.last.short,
            "url": found.asked.query(period=one),
            "current": is_current(one),
        }
        for one in periods
    ]


# -- all agencies ---------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def score_list(request: HttpRequest, slug: str) -> HttpResponse:
    """Every agency's score; an agency's own people are sent to theirs. POST proposes, announces or drops a sheet."""
    found = shown(request, ask(request, slug))
    user = found.asked.user
    if not may_see_problems(user):
        own = Agency.objects.filter(pk=user.acts_for).values_list("slug", flat=True).first()
        if request.method == "POST" or own is None:
            raise PermissionDenied
        return redirect(reverse("score", args=[slug, own]) + found.query())
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, _decide_sheet(request, found, form.cleaned_data["note"]))
            return redirect(f"{request.path}?period={found.period}")
        except Problems as problems:
            add_problems(form, problems)
        except Conflict as conflict:
            tell_conflict(request, conflict, form)
            return redirect(f"{request.path}?period={found.period}")
    waiting, term = found.waiting, decided_from(found.asked.plan, found.period)
    # Nobody announces what they do not see: the form stands over the frozen scores and over no others.
    sees_waiting = waiting is not None and found.sheet == waiting
    names = {said["agency"]["id"]: said["agency"]["name"] for said in found.bodies}
    context = _context(
        found,
        form=form,
        columns=presenters.columns(found.content) if found.content else [],
        groups=presenters.groups(found.bodies),
        waiting=waiting,
        may_propose=may_propose_scores(user) and waiting is None and found.scheme is not None,
        is_over=term is not None and term <= found.asked.known_at,
        term=term,
        may_decide=waiting is not None and may_decide_sheet(user, waiting),
        sees_waiting=sees_waiting,
        since=_since_frozen(found) if sees_waiting else None,
        appeals=[
            {"row": row, "body": names.get(row.agency_id, row.agency.slug)}
            for row in Appeal.objects.visible_to(user)
            .filter(plan=found.asked.plan, period=str(found.period))
            .select_related("agency")
        ],
    )
    return render(request, "scoring/list.html", context, status=422 if form.errors else 200)


def _since_frozen(found: Shown) -> dict[str, Any]:
    """What is known now and does not stand in the sheet that waits: scores that have moved, corrections approved since."""
    if found.sheet is None or found.scheme is None:
        return {"moved": [], "corrections": 0}
    plan, period = found.asked.plan, found.period
    now = plain(scores(plan, period, found.scheme.rules, known_at=found.asked.known_at))
    known = {one["agency"]["id"]: presenters.total(one["calculation"]) for one in now}
    moved = []
    for one in found.bodies:
        frozen, live = presenters.total(one["calculation"]), known.get(one["agency"]["id"], "—")
        if frozen != live:
            moved.append({"name": one["agency"]["name"], "frozen": frozen, "now": live})
    approved = ScoreCorrection.objects.filter(
        plan=plan, period=str(period), state=CorrectionState.APPROVED, decided_at__gt=found.sheet.proposed_at
    )
    return {"moved": moved, "corrections": approved.count()}


def _decide_sheet(request: HttpRequest, found: Shown, note: str) -> str:
    user = found.asked.user
    action = request.POST.get("action", "")
    if action == "propose":
        actions.propose_sheet(by=user, plan=found.asked.plan, period=found.period, note=note)
        return _("已定格并提请公布，请复核人或领导小组公布。")
    sheet = get_object_or_404(
        ScoreSheet, pk=_pk(request.POST.get("sheet", "")), plan=found.asked.plan, period=str(found.period)
    )
    if action not in {"announce", "drop"}:
        raise Http404
    announce = action == "announce"
    made = actions.decide_sheet(by=user, sheet=sheet, announce=announce, note=note)
    return _("已公布第%(n)d版。") % {"n": made.edition} if announce else _("没有公布，已记下理由。")


def _pk(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 15):
        raise Http404
    return int(text)


# -- one agency -----------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def score(request: HttpRequest, slug: str, agency_slug: str) -> HttpResponse:
    """One agency's calculation, line by line. POST corrects, decides a correction, appeals or answers."""
    found = shown(request, ask(request, slug))
    user = found.asked.user
    agency = get_object_or_404(Agency, slug=agency_slug)
    if not may_see_scores_of(user, agency.pk):
        raise PermissionDenied(_("考核得分由本单位、办公室和领导小组查看。"))
    said = next((one for one in found.bodies if one["agency"]["id"] == agency.pk), None)
    if said is None and found.scheme is not None:
        raise Http404(_("这个单位在这个考核期没有责任，不计分。"))
    forms = {
        "correct": CorrectionForm(),
        "appeal": AppealForm(),
        "answer": AnswerForm(),
        "decide": ReasonForm(),
    }
    status = 200
    if request.method == "POST":
        name = request.POST.get("action", "")
        kind = "decide" if name in {"approve", "reject"} else name
        if kind not in forms or name == "decide":  # the buttons of that form are approve and reject
            raise Http404
        form = forms[kind] = type(forms[kind])(request.POST)
        if form.is_valid():
            try:
                messages.success(request, _act(request, found, agency, name, form))
                return redirect(request.get_full_path())
            except Problems as problems:
                add_problems(form, problems)
            except Conflict as conflict:
                tell_conflict(request, conflict, form)
                return redirect(request.get_full_path())
        status = 422
    offices = office_agency_ids(found.asked.plan.pk)
    appeal = (
        Appeal.objects.visible_to(user)
        .filter(plan=found.asked.plan, period=str(found.period), agency=agency)
        .select_related("by", "answered_by")
        .first()
    )
    proposed = [
        {
            "row": row,
            "points": presenters.signed(row.points),
            "may_decide": may_decide_correction(user, row),
            "may_drop": may_drop_correction(user, row),
        }
        for row in ScoreCorrection.objects.visible_to(user)
        .filter(
            plan=found.asked.plan, period=str(found.period), agency=agency, state=CorrectionState.PROPOSED
        )
        .select_related("proposed_by")
    ]
    holds = found.editions[0] if found.editions else None
    until = actions.appeal_until(holds) if holds else None
    context = _context(
        found,
        forms=forms,
        problem_form=next((form for form in forms.values() if form.errors), None),
        body=presenters.body(slug, said) if said else None,
        agency=agency,
        name=said["agency"]["name"] if said else agency.slug,
        appeal=appeal,
        may_answer=appeal is not None and appeal.upheld is None and may_answer(user, appeal, offices),
        may_appeal=appeal is None
        and until is not None
        and found.asked.today <= until
        and may_appeal(user, agency.pk),
        until=until,
        proposed=proposed,
        may_correct=said is not None and may_correct(user, agency.pk, offices),
    )
    return render(request, "scoring/score.html", context, status=status)


def _act(request: HttpRequest, found: Shown, agency: Agency, name: str, form: Any) -> str:
    user, plan = found.asked.user, found.asked.plan
    data = form.cleaned_data
    match name:
        case "correct":
            appeal = Appeal.objects.filter(plan=plan, period=str(found.period), agency=agency, upheld=True)
            actions.propose_correction(
                by=user,
                plan=plan,
                period=found.period,
                agency=agency,
                points=data["points"],
                reason=data["reason"],
                appeal=appeal.first(),
            )
            return _("已提出，另一人批准后计入。")
        case "approve" | "reject":
            row = get_object_or_404(
                ScoreCorrection,
                pk=_pk(request.POST.get("correction", "")),
                plan=plan,
                period=str(found.period),
                agency=agency,
            )
            actions.decide_correction(by=user, correction=row, approve=name == "approve", note=data["note"])
            if name == "reject" and row.proposed_by_id == user.pk:
                return _("已撤回。")
            return _("已批准，计入得分。") if name == "approve" else _("没有批准，已记下理由。")
        case "appeal":
            if not found.editions:
                raise Conflict(_("结果还没有公布，不能申诉。"))
            actions.make_appeal(by=user, sheet=found.editions[0], agency=agency, text=data["text"])
            return _("申诉已提出，答复时会通知。")
        case _:
            contested = get_object_or_404(Appeal, plan=plan, period=str(found.period), agency=agency)
            actions.answer_appeal(by=user, appeal=contested, upheld=data["upheld"], answer=data["answer"])
            return _("已答复。成立的，请提出调整并再出一版结果。") if data["upheld"] else _("已答复。")
