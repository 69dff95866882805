"""Who looks for what, and what all kinds of records share: how many are found, which are shown, and in which words."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet, Value
from django.utils.formats import date_format

from reports.search.values import MOST, Finds, Hit
from tasks.agencies.models import AgencyName
from tasks.finding import Query, Run, excerpt, plain
from tasks.models import Plan, User

_KEYS = MOST + 50  # versions of which the keys are read: of most heads one has the words


@dataclass(frozen=True)
class Asker:
    """Who looks for what, in one plan or in all that they see."""

    user: User
    query: Query
    plan: Plan | None = None

    @property
    def words(self) -> list[str]:
        return list(self.query.words)

    def within(self, way: str) -> dict[str, Plan]:
        return {way: self.plan} if self.plan else {}

    def excerpt(self, texts: Iterable[str]) -> list[Run]:
        """Around the words, in the first of the texts that has one."""
        kept = [text for text in texts if text]
        having = [text for text in kept if any(word in plain(text) for word in self.words)]
        return excerpt((having or kept or [""])[0], self.words)


def newest(
    rows: QuerySet[Any], most: int, load: Callable[[Sequence[int]], Iterable[Hit]], *order: str
) -> Finds:
    """The newest rows, of which only those that are shown are loaded. `load` gives the hits of ids, in their order."""
    ids = list(rows.order_by(*(order or ("-pk",))).values_list("pk", flat=True)[: MOST + 1])
    return counted(ids, most, load)


def last_of_each(
    rows: QuerySet[Any],
    head: str,
    most: int,
    load: Callable[[Sequence[int]], Iterable[Hit]],
    *,
    exact: Q | None = None,
) -> Finds:
    """The same, with one version of each head: the last one that is among the rows. `exact` is looked at for the newest rows
    alone, and for all of them only where those leave it open how many there are."""
    read = rows.order_by("-pk").annotate(
        is_exact=ExpressionWrapper(exact, BooleanField()) if exact else Value(True)
    )
    keys = list(read.values_list("pk", head, "number", "is_exact")[: _KEYS + 1])
    if exact and len(keys) > _KEYS and not all(key[3] for key in keys):
        keys = list(read.filter(exact).values_list("pk", head, "number", "is_exact")[: _KEYS + 1])
    last: dict[int, tuple[int, int]] = {}
    for pk, of, number, is_exact in keys:
        if not is_exact:
            continue
        last[of] = max(last.get(of, (0, 0)), (number, pk))
    ids = sorted((pk for _number, pk in last.values()), reverse=True)
    return counted(ids, most, load, is_more=len(keys) > _KEYS)


def counted(
    keys: Sequence[Any], most: int, load: Callable[[Any], Iterable[Hit]], *, is_more: bool = False
) -> Finds:
    """Of the keys, the best first, those that are shown as hits. `is_more` where more than these were there to be read."""
    shown = keys[:most]
    return Finds(min(len(keys), MOST), is_more or len(keys) > MOST, list(load(shown)) if shown else [])


def in_order(rows: QuerySet[Any], ids: Sequence[int]) -> list[Any]:
    """The rows with these ids, in the order of the ids."""
    by_id = rows.in_bulk(ids)
    return [by_id[pk] for pk in ids if pk in by_id]


def names_on(agency_ids: Iterable[int]) -> Callable[[int, date], str]:
    """The short name of an agency on a day: what is on record stays under the name of its time. One query."""
    names: dict[int, list[AgencyName]] = {}
    for name in AgencyName.objects.filter(agency__in=set(agency_ids)).order_by("agency_id", "valid"):
        names.setdefault(name.agency_id, []).append(name)

    def name_on(agency_id: int, day: date) -> str:
        own = names.get(agency_id, [])
        earlier = [name for name in own if name.valid.lower is None or name.valid.lower <= day]
        chosen = earlier[-1] if earlier else own[0] if own else None
        return chosen.short if chosen else ""

    return name_on


def day_of(day: date) -> str:
    return str(date_format(day, "Y-m-d"))


def note_of(*parts: str) -> str:
    return " · ".join(filter(None, parts))
