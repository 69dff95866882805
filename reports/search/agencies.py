"""Finds agencies by any name that they ever had, and those that took over from them."""

from collections.abc import Sequence
from datetime import date

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qhplan import clock
from reports.search.plan_objects import title_rank
from reports.search.values import Hit as Found
from reports.search.values import Rank
from tasks.agencies.models import Agency, AgencyName
from tasks.agencies.queries import Hit, find_agencies, names_at, successions
from tasks.finding import Query, Run, has_all, runs
from tasks.models import Plan, Responsibility
from tasks.values import Period

LONGEST_SHORT_FORM = 6  # characters


def find(query: Query, plans: Sequence[Plan]) -> list[Found]:
    """The agencies of the plans that ever had such a name, each once, under its present name; then those to which they
    passed. The register belongs to no plan, so an agency is shown with a plan of the reader that may name it."""
    by_agency: dict[int, list[Hit]] = {}
    for hit in find_agencies(query.plain) or _abbreviated(query.plain):
        by_agency.setdefault(hit.agency.pk, []).append(hit)
    today = clock.today()
    heirs = _heirs(by_agency, Period.of(today))
    agencies = {hits[0].agency.pk: hits[0].agency for hits in by_agency.values()} | {
        agency.pk: agency for agency, _why in heirs.values()
    }
    homes = _homes(agencies, plans)
    names = names_at(Period.of(today), agencies)
    found = []
    for pk, hits in by_agency.items():
        if pk in homes:
            name = names[pk].short if pk in names else hits[0].written
            full = names[pk].full if pk in names else ""
            found.append(_hit(query, homes[pk], agencies[pk], name, full, hits, today))
    for pk, (agency, why) in heirs.items():
        if pk in homes and pk not in by_agency:
            name = names[pk].short if pk in names else agency.slug
            url = reverse("agency", args=[homes[pk].slug, agency.slug])
            found.append(Found(Rank.OTHER_NAME, runs(name, query.words), url, note=why))
    return found


def _hit(
    query: Query, plan: Plan, agency: Agency, name: str, full: str, hits: Sequence[Hit], today: date
) -> Found:
    ranks = [rank for title in (name, full) if title and (rank := title_rank(title, query)) is not None]
    others = [hit for hit in hits if hit.written not in (name, full)]
    exact = any(title_rank(hit.written, query) is Rank.EXACT for hit in hits)
    rank = Rank.EXACT if exact else min(ranks, default=Rank.OTHER_NAME)
    return Found(
        rank,
        _marked(name, query),
        reverse("agency", args=[plan.slug, agency.slug]),
        runs("；".join(dict.fromkeys(_said(hit, today) for hit in others)), query.words),
        full if full != name else "",
    )


def _said(hit: Hit, today: date) -> str:
    """Another name, and until when it was in use."""
    if hit.name is None:
        return _("又写作%(name)s") % {"name": hit.written}
    until = hit.name.valid.upper
    if until is not None and until <= today:
        return _("原名%(name)s（至%(day)s）") % {"name": hit.written, "day": date_format(until, "Y-m-d")}
    return _("又称%(name)s") % {"name": hit.written}


def _abbreviated(word: str) -> list[Hit]:
    """Agencies of whose name people leave characters out: 经信委 for 省经济和信息化委. The word begins with the name's first
    character, or with the one after 省 or 市, and ends with its last."""
    if not 2 <= len(word) <= LONGEST_SHORT_FORM:
        return []
    found = []
    for name in AgencyName.objects.select_related("agency").order_by("agency__order", "agency_id", "valid"):
        for written in (name.short, name.full):
            if written and word[0] in written[:2] and word[-1] == written[-1] and _picked(written, word):
                found.append(Hit(name.agency, written, name))
                break
    return found


def _picked(name: str, word: str) -> list[int]:
    """The places of the word's characters in the name, in order; [] where one is missing."""
    at, places = -1, []
    for character in word:
        at = name.find(character, at + 1)
        if at < 0:
            return []
        places.append(at)
    return places


def _marked(name: str, query: Query) -> list[Run]:
    """The name with the query's words marked, or else the characters of which its short form is made."""
    if has_all(name, query.words):
        return runs(name, query.words)
    places = set(_picked(name, query.plain))
    return [Run(character, at in places) for at, character in enumerate(name)]


def _heirs(by_agency: dict[int, list[Hit]], period: Period) -> dict[int, tuple[Agency, str]]:
    """{id: (agency, why)} of those that took over from an agency that was found."""
    found: dict[int, tuple[Agency, str]] = {}
    for pk, edges in successions(period).items() if by_agency else ():
        if pk in by_agency:
            for edge in edges:
                why = _("承接%(name)s（%(day)s）") % {
                    "name": by_agency[pk][0].written,
                    "day": date_format(edge.on, "Y-m-d"),
                }
                found.setdefault(edge.successor_id, (edge.successor, why))
    return found


def _homes(agencies: dict[int, Agency], plans: Sequence[Plan]) -> dict[int, Plan]:
    """{agency id: the first plan that names it, or else that offers it}; as `agencies_for` says, of many plans at once."""
    named: dict[int, set[int]] = {}
    held = Responsibility.objects.filter(
        agency__in=list(agencies), task__plan__in=[plan.pk for plan in plans]
    )
    for pk, plan_id in held.order_by().values_list("agency_id", "task__plan_id").distinct():
        named.setdefault(pk, set()).add(plan_id)
    homes: dict[int, Plan] = {}
    for pk, agency in agencies.items():
        offered = [
            plan
            for plan in plans
            if plan.jurisdiction_id is None
            or agency.jurisdiction_id is None
            or plan.jurisdiction_id == agency.jurisdiction_id
        ]
        own = [plan for plan in plans if plan.pk in named.get(pk, ())]
        if own or offered:
            homes[pk] = (own or offered)[0]
    return homes
