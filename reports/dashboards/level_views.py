"""汇总: the figures of every level, what is behind a number, and all plans side by side."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from qhplan import clock
from reports.dashboards.page_context import page_context
from reports.dashboards.page_params import ask, moment_asked
from reports.dashboards.presenters import phrases
from reports.figures import lookups
from reports.figures.agency_names import agency_refs
from reports.figures.levels import (
    ACROSS_PLANS,
    OVERLAPPING,
    WITHIN_A_PLAN,
    Counted,
    Level,
    LevelFigures,
    Levels,
    Number,
)
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_see_plan
from tasks.plans.models import Plan, TermStatus
from tasks.plans.queries import published
from tasks.standing.queries import MISSING
from tasks.submissions.models import State
from tasks.values import Duty, Quarter

TREND = 8  # quarters


@require_safe
def levels(request: HttpRequest, slug: str) -> HttpResponse:
    """汇总: every member of a level in the quarter, and how each went over the quarters before."""
    asked = ask(request, slug)
    level = _level(request, WITHIN_A_PLAN)
    first = max(asked.plan.first_quarter, asked.quarter - (TREND - 1))
    found = Levels([asked.plan], first, asked.quarter, known_at=asked.known_at)
    context = page_context(
        asked,
        "overview",
        crumbs=[(_("总览"), reverse("overview", args=[slug]) + asked.query())],
        **_shown(found, level, lambda one: reverse("behind", args=[slug]) + asked.query(one)),
        whole=[_row(row) for row in found.figures(Level.PLAN, asked.quarter)],
        choices=_choices(level, WITHIN_A_PLAN, asked.query()),
    )
    return render(request, "rollup/levels.html", context)


@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """各方案: all plans side by side in a quarter, or their bodies over all of them."""
    user = signed_in(request)
    if not may_see_plan(user):
        raise PermissionDenied
    level = _level(request, ACROSS_PLANS)
    plans, quarter, known, query = _all_plans(request)
    first = max(quarter - (TREND - 1), min((plan.first_quarter for plan in plans), default=quarter))
    found = Levels(plans, min(first, quarter), quarter, known_at=known)
    context = {
        "nav": "overview",
        "quarter": quarter,
        "known": known if request.GET.get("known") else None,
        **_shown(found, level, lambda one: reverse("behind_all") + _query(request, one)),
        "behind": reverse("behind_all") + query,
        "choices": _choices(level, ACROSS_PLANS, query),
        "before": _query(request, quarter - 1, level),
        "after": _query(request, quarter + 1, level) if quarter < Quarter.of(clock.today()) else "",
    }
    return render(request, "rollup/plan_list.html", context)


def _all_plans(request: HttpRequest) -> tuple[list[Plan], Quarter, Any, str]:
    """Every published plan, and the quarter and moment of the address: by default the last quarter that ended."""
    today = Quarter.of(clock.today())
    try:
        quarter = Quarter.parse(request.GET.get("q", "")) if request.GET.get("q") else today - 1
    except ValueError as error:
        raise Http404(str(error)) from error
    if quarter > today:
        raise Http404(_("%(quarter)s还没有到。") % {"quarter": quarter})
    known = moment_asked(request.GET.get("known", ""), clock.now())
    return list(published()), quarter, known, _query(request, quarter)


def _query(request: HttpRequest, quarter: Quarter, level: str = "") -> str:
    """The state of a page of all plans; the moment that was asked for goes along."""
    state = {"q": str(quarter), "known": request.GET.get("known", ""), "by": level}
    return "?" + urlencode({name: value for name, value in state.items() if value})


def _level(request: HttpRequest, levels: tuple[Level, ...]) -> Level:
    wanted = request.GET.get("by", "") or levels[0]
    if wanted not in levels:
        raise Http404(_("没有这个口径。"))
    return Level(wanted)


def _choices(level: Level, levels: tuple[Level, ...], query: str) -> list[dict[str, Any]]:
    return [{"label": str(one.label), "url": f"{query}&by={one}", "current": one == level} for one in levels]


def _shown(found: Levels, level: Level, address: Callable[[Quarter], str]) -> dict[str, Any]:
    """What both pages show of a level; `address` is that of what stands behind a quarter's numbers."""
    quarters = list(Quarter.span(found.first, found.last))
    by_quarter = {quarter: found.figures(level, quarter) for quarter in quarters}
    names = {row.key: row.name for quarter in quarters for row in by_quarter[quarter]}
    cells = {(row.key, quarter): row for quarter, rows in by_quarter.items() for row in rows}
    return {
        "level": level,
        "overlaps": level in OVERLAPPING,
        "rows": [_row(row) for row in by_quarter[found.last]],
        "trend_quarters": quarters,
        "trend": [
            {
                "key": key,
                "name": name,
                "cells": [_cell(cells.get((key, quarter)), address(quarter)) for quarter in quarters],
            }
            for key, name in names.items()
        ],
    }


def _row(row: LevelFigures) -> dict[str, Any]:
    return {
        "key": row.key,
        "name": row.name,
        "total": row.lights.total,
        "lights": [(light, getattr(row.lights, light)) for light in phrases.WORST_FIRST],
        "unverified": row.lights.unverified,
        "lead": row.lead,
        "co": row.co,
        "newly": row.newly,
    }


def _cell(row: LevelFigures | None, address: str) -> dict[str, Any] | None:
    if row is None or not (row.lights.total or row.lead.due or row.co.due):
        return None
    bad = {light: getattr(row.lights, light) for light in ("red", "yellow", "grey")}
    rate = row.lead + row.co
    return {
        "quarter": row.quarter,
        "address": address,
        "lights": {light: n for light, n in bad.items() if n},
        "reported": rate.reported,
        "due": rate.due,
    }


# -- 这个数从哪里来 -----------------------------------------------------------------------------------------


@require_safe
def behind(request: HttpRequest, slug: str) -> HttpResponse:
    """The returns, or missing returns, that a number of the plan counts: as many as it says."""
    asked = ask(request, slug)
    found = Levels([asked.plan], asked.quarter, asked.quarter, known_at=asked.known_at)
    context = page_context(
        asked,
        "overview",
        crumbs=[
            (_("总览"), reverse("overview", args=[slug]) + asked.query()),
            (_("汇总"), reverse("levels", args=[slug]) + asked.query()),
        ],
        **_behind(request, found, asked.user, asked.query()),
    )
    return render(request, "rollup/behind.html", context)


@require_safe
def behind_all(request: HttpRequest) -> HttpResponse:
    """The same of a number over all plans."""
    user = signed_in(request)
    if not may_see_plan(user):
        raise PermissionDenied
    plans, quarter, known, query = _all_plans(request)
    found = Levels(plans, quarter, quarter, known_at=known)
    context = {
        "nav": "overview",
        "quarter": quarter,
        "known": known if request.GET.get("known") else None,
        "crumbs": [(_("各方案"), reverse("plan_list") + query)],
        **_behind(request, found, user, query),
    }
    return render(request, "rollup/behind.html", context)


def _behind(request: HttpRequest, found: Levels, user: User, query: str) -> dict[str, Any]:
    level, key, number = (request.GET.get(name, "") for name in ("by", "key", "of"))
    try:
        rows = found.behind(level, found.last, key, number)
    except LookupError as error:
        raise Http404(_("没有这个数。")) from error
    refs = agency_refs((row.agency_id for row in rows if row.agency_id is not None), found.last)
    versions = lookups.visible_versions(user, (row.standing.version_id for row in rows if row.standing))
    plans = {plan.pk: plan for plan in found.plans}
    return {
        "level": Level(level),
        "name": found.name(level, key),
        "number": Number(number),
        "is_change": number.startswith("new_"),
        "several": len(found.plans) > 1,
        "rows": [
            {
                "plan": plans[row.task.plan_id],
                "task": row.task,
                "url": reverse("task", args=[plans[row.task.plan_id].slug, row.task.ref]) + query,
                "body": refs[row.agency_id].name if row.agency_id is not None else _("没有牵头单位"),
                "duty": str(Duty(row.duty).label),
                "state": _state(row),
                "before": row.before,
                "row": row.standing,
                "return_url": reverse("return", args=[row.standing.submission_id])
                if row.standing and row.standing.version_id in versions
                else "",
            }
            for row in rows
        ],
    }


def _state(row: Counted) -> str:
    """What has become of the return."""
    state = row.standing.state if row.standing else MISSING
    if state == MISSING:
        return _("未报")
    if state in TermStatus.values:
        return str(TermStatus(state).label)
    if state == State.ACCEPTED and row.duty == Duty.CO:
        return _("已采纳")
    return str(State(state).label)
