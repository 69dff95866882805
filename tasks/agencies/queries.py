"""Reading agencies under the names that they had on a day, finding them by any name, and what became of them."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from tasks.agencies.models import (
    ENDING,
    Agency,
    AgencyAlias,
    AgencyName,
    Confidence,
    Lineage,
    LineageKind,
)
from tasks.values import Quarter


def names_at(quarter: Quarter, agency_ids: Iterable[int] | None = None) -> dict[int, AgencyName]:
    """{agency id: the name in use on the quarter's last day}; of all agencies, or of those given.

    A body that is no more keeps its last name, because its duties and returns stay under it; one that was not founded
    yet has none.
    """
    names = AgencyName.objects.filter(
        Q(valid__startswith__lte=quarter.last_day) | Q(valid__startswith__isnull=True)
    )
    if agency_ids is not None:
        names = names.filter(agency__in=agency_ids)
    names = names.order_by("agency_id", "-valid").distinct("agency_id")
    return {name.agency_id: name for name in names}


def name_of(agency_id: int, quarter: Quarter) -> str:
    """The short name in use on the quarter's last day, "" when the body did not exist yet."""
    name = names_at(quarter, [agency_id]).get(agency_id)
    return name.short if name else ""


# -- what became of bodies ----------------------------------------------------------------------------------


def believed() -> "QuerySet[Lineage]":
    """Every edge that was not refuted, in the order of dates. One query."""
    return (
        Lineage.objects.exclude(confidence=Confidence.REFUTED)
        .select_related("predecessor", "successor")
        .order_by("on", "predecessor__order", "successor__order", "id")
    )


@dataclass(frozen=True)
class Relative:
    """A body of a family, with all its names; `until` is the day on which it was no more."""

    agency: Agency
    names: tuple[AgencyName, ...]
    since: date | None
    until: date | None

    def name_on(self, day: date) -> str:
        """Its short name on that day; its last one before, or its first."""
        held = [name for name in self.names if name.valid.lower is None or name.valid.lower <= day]
        chosen = held[-1] if held else self.names[0] if self.names else None
        return chosen.short if chosen else self.agency.slug


@dataclass(frozen=True)
class Family:
    """A body with all that it came from and became, predecessors first."""

    members: tuple[Relative, ...]
    edges: tuple[Lineage, ...]

    def member(self, agency_id: int) -> Relative:
        return next(one for one in self.members if one.agency.pk == agency_id)


def family_of(agency: Agency) -> Family:
    """Everything that hangs together with the body by edges, however far. Two queries.

    Of a transfer only the two bodies hang together: what else became of the receiver is its own story.
    """
    edges = list(believed())
    found = {agency.pk}
    grown = True
    while grown:
        grown = False
        for edge in edges:
            ends = {edge.predecessor_id, edge.successor_id}
            if ends & found and not ends <= found and edge.kind != LineageKind.TRANSFERRED:
                found |= ends
                grown = True
    near = [edge for edge in edges if {edge.predecessor_id, edge.successor_id} & found]
    found |= {pk for edge in near for pk in (edge.predecessor_id, edge.successor_id)}
    own = tuple(edge for edge in edges if {edge.predecessor_id, edge.successor_id} <= found)
    return Family(tuple(_relatives(found, own, agency)), own)


def _relatives(ids: set[int], edges: Iterable[Lineage], agency: Agency) -> list[Relative]:
    bodies = {agency.pk: agency}
    depth = dict.fromkeys(ids, 0)
    for edge in edges:
        bodies[edge.predecessor_id], bodies[edge.successor_id] = edge.predecessor, edge.successor
    # Edges stand in the order of dates, so a successor's place is final before it is a predecessor itself; twice for
    # those of one day.
    for _again in range(2):
        for edge in edges:
            if edge.predecessor_id != edge.successor_id:
                depth[edge.successor_id] = max(depth[edge.successor_id], depth[edge.predecessor_id] + 1)
    names: dict[int, list[AgencyName]] = {pk: [] for pk in ids}
    for name in AgencyName.objects.filter(agency__in=ids).order_by("agency_id", "valid"):
        names[name.agency_id].append(name)
    found = []
    for pk in sorted(ids, key=lambda one: (depth[one], bodies[one].order, one)):
        ended = [edge.on for edge in edges if edge.predecessor_id == pk and edge.kind in ENDING]
        own = tuple(names[pk])
        found.append(
            Relative(
                bodies[pk],
                own,
                own[0].valid.lower if own else None,
                min(ended) if ended else None,
            )
        )
    return found


def successions(quarter: Quarter) -> dict[int, list[Lineage]]:
    """{agency id: the edges by which it was no more by the quarter's last day}. One query."""
    found: dict[int, list[Lineage]] = {}
    for edge in believed():
        if edge.kind in ENDING and edge.on <= quarter.last_day:
            found.setdefault(edge.predecessor_id, []).append(edge)
    return found


# -- finding ------------------------------------------------------------------------------------------------

LONGEST = 60


@dataclass(frozen=True)
class Hit:
    """A body that a search found: under which of its names, and from when to when it bore it."""

    agency: Agency
    written: str
    name: AgencyName | None  # None: another way of writing it
    reason: str = ""


def find_bodies(words: str) -> list[Hit]:
    """Bodies that ever had a name with these words in it, in their order; each once for each such name. Two queries.

    Full-width letters and spaces make no difference; nothing is found of nothing.
    """
    asked = "".join(unicodedata.normalize("NFKC", words).replace("\x00", "").split())[:LONGEST]
    if not asked:
        return []
    names = AgencyName.objects.filter(Q(short__icontains=asked) | Q(full__icontains=asked))
    hits = [
        Hit(name.agency, name.short if asked.lower() in name.short.lower() else name.full, name)
        for name in names.select_related("agency").order_by("valid")
    ]
    hits += [
        Hit(alias.agency, alias.text, None, alias.reason)
        for alias in AgencyAlias.objects.filter(text__icontains=asked).select_related("agency")
    ]
    return sorted(hits, key=lambda hit: (hit.agency.order, hit.agency.pk))
