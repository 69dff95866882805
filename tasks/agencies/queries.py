"""Queries for agencies: names in a quarter, predecessors and successors, search by name."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tasks.agencies.models import (
    ENDING,
    Agency,
    AgencyAlias,
    AgencyKind,
    AgencyName,
    Confidence,
    Lineage,
    LineageKind,
)
from tasks.values import Period


def names_at(quarter: Period, agency_ids: Iterable[int] | None = None) -> dict[int, AgencyName]:
    """`{agency id: name in use on the quarter's last day}`, of all agencies or of `agency_ids`. One query.

    An ended agency keeps its last name, because its duties and submissions stay under it; an agency that is not
    founded yet is missing.
    """
    names = AgencyName.objects.filter(
        Q(valid__startswith__lte=quarter.last_day) | Q(valid__startswith__isnull=True)
    )
    if agency_ids is not None:
        names = names.filter(agency__in=agency_ids)
    names = names.order_by("agency_id", "-valid").distinct("agency_id")
    return {name.agency_id: name for name in names}


def distinct_labels(
    names: Mapping[int, AgencyName], among: "QuerySet[Agency] | None" = None
) -> list[tuple[int, str]]:
    """`(id, label)` of the agencies that have one of these names and are no collectives, in their order. Where two have the
    same short name, each is told apart by its jurisdiction: 省科技厅（浙江省）. One query."""
    every = Agency.objects.all() if among is None else among
    agencies = every.exclude(kind=AgencyKind.COLLECTIVE).filter(pk__in=names)
    rows = [(pk, names[pk].short, place) for pk, place in agencies.values_list("pk", "jurisdiction__name")]
    count = Counter(short for _pk, short, _place in rows)
    return [(pk, f"{short}（{place}）" if place and count[short] > 1 else short) for pk, short, place in rows]


def name_of(agency_id: int, quarter: Period) -> str:
    """The short name in use on the quarter's last day, "" if the agency did not exist yet."""
    name = names_at(quarter, [agency_id]).get(agency_id)
    return name.short if name else ""


# -- predecessors and successors -----------------------------------------------------------------------------


def believed() -> "QuerySet[Lineage]":
    """All edges that are not refuted, in the order of dates. One query."""
    return (
        Lineage.objects.exclude(confidence=Confidence.REFUTED)
        .select_related("predecessor", "successor")
        .order_by("on", "predecessor__order", "successor__order", "id")
    )


@dataclass(frozen=True)
class Relative:
    """An agency of a family, with all its names; `until` is the first day on which it no longer exists."""

    agency: Agency
    names: tuple[AgencyName, ...]
    since: date | None
    until: date | None

    def name_on(self, day: date) -> str:
        """The short name on that day, or else the last one before, or else the first."""
        earlier = [name for name in self.names if name.valid.lower is None or name.valid.lower <= day]
        chosen = earlier[-1] if earlier else self.names[0] if self.names else None
        return chosen.short if chosen else self.agency.slug


@dataclass(frozen=True)
class Family:
    """An agency with all its predecessors and successors, predecessors first, and the edges between them."""

    members: tuple[Relative, ...]
    edges: tuple[Lineage, ...]

    def member(self, agency_id: int) -> Relative:
        return next(one for one in self.members if one.agency.pk == agency_id)


def family_of(agency: Agency) -> Family:
    """All agencies that edges connect with the agency, over any number of steps. Two queries.

    A transfer connects only its two agencies: other edges of the receiver do not belong to the family.
    """
    edges = list(believed())
    connected = {agency.pk}
    grown = True
    while grown:
        grown = False
        for edge in edges:
            ends = {edge.predecessor_id, edge.successor_id}
            if ends & connected and not ends <= connected and edge.kind != LineageKind.TRANSFERRED:
                connected |= ends
                grown = True
    near = [edge for edge in edges if {edge.predecessor_id, edge.successor_id} & connected]
    connected |= {pk for edge in near for pk in (edge.predecessor_id, edge.successor_id)}
    own = tuple(edge for edge in edges if {edge.predecessor_id, edge.successor_id} <= connected)
    return Family(tuple(_relatives(connected, own, agency)), own)


def _relatives(ids: set[int], edges: Iterable[Lineage], agency: Agency) -> list[Relative]:
    agencies = {agency.pk: agency}
    depth = dict.fromkeys(ids, 0)
    for edge in edges:
        agencies[edge.predecessor_id], agencies[edge.successor_id] = edge.predecessor, edge.successor
    # Edges are in the order of dates, so a successor's depth is final before it is a predecessor itself; the second
    # pass is for edges of the same day.
    for _again in range(2):
        for edge in edges:
            if edge.predecessor_id != edge.successor_id:
                depth[edge.successor_id] = max(depth[edge.successor_id], depth[edge.predecessor_id] + 1)
    names: dict[int, list[AgencyName]] = {pk: [] for pk in ids}
    for name in AgencyName.objects.filter(agency__in=ids).order_by("agency_id", "valid"):
        names[name.agency_id].append(name)
    relatives = []
    for pk in sorted(ids, key=lambda one: (depth[one], agencies[one].order, one)):
        ended = [edge.on for edge in edges if edge.predecessor_id == pk and edge.kind in ENDING]
        own = tuple(names[pk])
        relatives.append(
            Relative(
                agencies[pk],
                own,
                own[0].valid.lower if own else None,
                min(ended) if ended else None,
            )
        )
    return relatives


def successions(quarter: Period) -> dict[int, list[Lineage]]:
    """`{agency id: edges that have ended it by the quarter's last day}`. One query."""
    by_agency: dict[int, list[Lineage]] = {}
    for edge in believed():
        if edge.kind in ENDING and edge.on <= quarter.last_day:
            by_agency.setdefault(edge.predecessor_id, []).append(edge)
    return by_agency


# -- search -------------------------------------------------------------------------------------------------

LONGEST = 60


@dataclass(frozen=True)
class Hit:
    """A search result: an agency and its matching name with the period of use."""

    agency: Agency
    written: str
    name: AgencyName | None  # None if an alias matches
    reason: str = ""


def find_agencies(words: str) -> list[Hit]:
    """Agencies that ever had a name with these words, in the plan's order; one result for each name. Two queries.

    Full-width letters and spaces make no difference. An empty search has no results.
    """
    query = "".join(unicodedata.normalize("NFKC", words).replace("\x00", "").split())[:LONGEST]
    if not query:
        return []
    names = AgencyName.objects.filter(Q(short__icontains=query) | Q(full__icontains=query))
    hits = [
        Hit(name.agency, name.short if query.lower() in name.short.lower() else name.full, name)
        for name in names.select_related("agency").order_by("valid")
    ]
    hits += [
        Hit(alias.agency, alias.text, None, alias.reason)
        for alias in AgencyAlias.objects.filter(text__icontains=query).select_related("agency")
    ]
    return sorted(hits, key=lambda hit: (hit.agency.order, hit.agency.pk))
