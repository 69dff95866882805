"""搜索页, and what is offered while somebody types."""

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from reports.search.queries import search
from reports.search.values import MOST, Found, Kind, Section
from tasks.finding import Query, read_query
from tasks.people.access import allowed, signed_in, slug_asked
from tasks.people.permissions import may_see_plan

SHOWN = 5  # hits of a kind where all kinds are listed
OFFERED = 3  # hits of a kind while somebody types


@dataclass(frozen=True)
class Choice:
    """A link of the side column: a kind with its count, or a plan."""

    label: str
    url: str
    current: bool
    count: str = ""


@require_safe
@allowed(may_see_plan)
def search_page(request: HttpRequest) -> HttpResponse:
    """All of its state is in the address: `words`, `kind`, `plan`."""
    query = read_query(request.GET.get("words", ""))
    kind = next((one for one in Kind if one == request.GET.get("kind")), None)
    plan = slug_asked(request, "plan")
    found = search(
        signed_in(request),
        query,
        plan=plan,
        kinds=[kind] if kind else [],
        most=MOST if kind else SHOWN,
    )
    if plan and plan not in {one.slug for one in found.plans}:
        raise Http404(_("没有这个方案，或您不能看。"))
    context = {
        "query": query,
        "found": found,
        "kind": kind,
        "lede": _lede(found),
        "kinds": _kinds(query, found, kind, plan),
        "plans": _plans(query, found, kind, plan),
        "sections": [(one, _address(query, plan=plan, kind=one.kind)) for one in found.sections],
        "shown": MOST if kind else SHOWN,
    }
    return render(request, "search/search.html", context)


@require_safe
@allowed(may_see_plan)
def suggestions(request: HttpRequest) -> HttpResponse:
    """The first hits of each kind, as a list for the field in the masthead."""
    query = read_query(request.GET.get("words", ""))
    found = search(signed_in(request), query, most=OFFERED)
    context = {"query": query, "found": found, "all": _address(query)}
    return render(request, "search/_suggestions.html", context)


def _address(query: Query, *, plan: str = "", kind: Kind | None = None) -> str:
    asked = QueryDict(mutable=True)
    asked.update(
        {"words": query.text, **({"kind": kind.value} if kind else {}), **({"plan": plan} if plan else {})}
    )
    return f"{reverse('search')}?{asked.urlencode()}"


def _count(section: Section) -> str:
    return _("%(n)d以上") % {"n": section.count} if section.is_more else str(section.count)


def _kinds(query: Query, found: Found, kind: Kind | None, plan: str) -> list[Choice]:
    total = _("%(n)d以上") % {"n": found.total} if found.is_more else str(found.total)
    return [
        Choice(_("全部"), _address(query, plan=plan), kind is None, total),
        *(
            Choice(
                str(one.kind.label), _address(query, plan=plan, kind=one.kind), kind is one.kind, _count(one)
            )
            for one in found.counts.values()
        ),
    ]


def _plans(query: Query, found: Found, kind: Kind | None, plan: str) -> list[Choice]:
    """Where the reader sees several plans: all of them, or one."""
    if len(found.plans) < 2:
        return []
    return [
        Choice(_("全部方案"), _address(query, kind=kind), not plan),
        *(
            Choice(one.title, _address(query, plan=one.slug, kind=kind), one.slug == plan)
            for one in found.plans
        ),
    ]


def _lede(found: Found) -> str:
    """What was found, in a sentence."""
    if found.query.refusal:
        return found.query.refusal
    if not found.query.words:
        return _(
            "可查方案原文、任务编号、目标、项目、单位现名和原名、填报、实施方案、项目报告、督办、批示、简报和专家意见。"
        )
    having = [one for one in found.counts.values() if one.count]
    if not having:
        return _("没有找到“%(words)s”。请换一个词，或少写几个字。") % {"words": found.query.text}
    parts = [_("%(kind)s%(n)s条") % {"kind": one.kind.label, "n": _count(one)} for one in having]
    return _("找到%(parts)s。") % {"parts": "，".join(parts)}
