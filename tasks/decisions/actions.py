"""Decisions are taken back 撤销 by whoever made them, until something builds on them, or corrected 更正 later by a second
person of those who may decide, with a reason.

The sentences and checks are those of every kind of decision. `undo` and `correct` are the whole acts of the kinds that are
decided by one word (work plans, project reports), each described by a `Kind`; of returns, whose decisions have lights and
dates, they are in tasks.review.corrections.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.decisions.models import DecisionKind, Ruling
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.transitions import Transition, state_of
from tasks.values import Period

REASON = 2000  # characters

DECIDED = ("decision", "decided_at", "decided_by", "decision_note")  # what every record and version has


@dataclass(frozen=True)
class Decided:
    """A decided version, for packages above that say what builds on its decision. `quarter` None: any."""

    pk: int
    plan_id: int
    quarter: Period | None
    decided_at: datetime


# {version id: what builds on the decision}, of those on whose decision something builds. Packages above register theirs:
# a brief that was issued, a score that was announced.
Builder: TypeAlias = Callable[[Sequence[Decided]], dict[int, str]]
_builders: list[Builder] = []


def builds_on_decisions(function: Builder) -> Builder:
    """Register a function that says of decided versions what has been built on their decisions. It takes a fixed number
    of queries."""
    _builders.append(function)
    return function


def built_on(decided: Sequence[Decided]) -> dict[int, str]:
    """{version id: what builds on the decision on it}."""
    found: dict[int, str] = {}
    for builder in _builders if decided else ():
        for pk, why in builder(decided).items():
            found.setdefault(pk, why)
    return found


# -- what every kind shares ---------------------------------------------------------------------------------


def keep(
    record: type[Ruling],
    versions: Iterable[Any],
    kind: DecisionKind = DecisionKind.DECIDED,
    reason: str = "",
    *,
    fields: Collection[str] = DECIDED,
) -> None:
    """Store the decisions that are set on these versions as records, of which the database copies each into its version."""
    record._default_manager.bulk_create(
        record(
            kind=kind,
            reason=reason,
            **{"version": version, **{name: getattr(version, name) for name in fields}},
        )
        for version in versions
    )


def reason_of(text: str, *, required: bool) -> str:
    """The reason as it is kept."""
    reason = text.strip()
    if required and not reason:
        raise Problems([Problem("reason", _("请写明为什么更正，填报单位看得到。"))])
    if len(reason) > REASON:
        raise Problems([Problem("reason", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON})])
    return reason


def check_own(by: User, versions: Iterable[Any]) -> None:
    """Only whoever decided takes back."""
    if any(version.decision and version.decided_by_id != by.pk for version in versions):
        raise PermissionDenied(_("决定只能由作出决定的人撤销；其他人可以更正核定。"))


def check_others(by: User, versions: Iterable[Any]) -> None:
    """Only a second person corrects."""
    if any(version.decided_by_id == by.pk for version in versions):
        raise PermissionDenied(_("自己作的决定由自己撤销；更正要由另一人办理。"))


def undo_obstacle(by: User, version: Any, row: Any, sources: Collection[str], last: int | None) -> str:
    """Why the person cannot take the decision on the version back, as far as version and head `row` tell: its state must be
    one of `sources`, and `last` the number of its last version."""
    if not version.decision or version.decided_by_id is None:
        return _("还没有决定，或决定已经撤销，请刷新页面。")
    if version.decided_by_id != by.pk:
        return _("由作出决定的人撤销。")
    if state_of(row) not in sources or last != version.number:
        return _("填报单位已经接着办理，不能撤销。")
    if version.decision == "returned" and row.saved_at > (version.decided_at or row.saved_at):
        return _("填报单位已按退回意见开始修改，不能撤销。")
    return ""


def correction_obstacle(by: User, version: Any, row: Any, sources: Collection[str], last: int | None) -> str:
    """Why the person cannot correct the decision on the version, likewise."""
    if not version.decision:
        return _("还没有决定，或决定已经撤销，请直接办理。")
    if version.decided_by_id == by.pk:
        return _("自己作的决定由自己撤销；更正要由另一人办理。")
    if last != version.number:
        return _("填报单位已有新版，请看新版再决定。")
    if state_of(row) not in sources:
        return _("填报单位已经接着办理，不再更正。")
    return ""


def unset(version: Any, by: User, moment: datetime) -> None:
    """Set on the object what the record of a decision taken back says; `cleared` what the version then has."""
    version.decision, version.decision_note = "", ""
    version.decided_at, version.decided_by = moment, by


def cleared(versions: Iterable[Any]) -> None:
    """After the record was kept: nothing is decided on these versions."""
    for version in versions:
        version.decided_at, version.decided_by = None, None


# -- kinds that are decided by one word ---------------------------------------------------------------------


class Change(Enum):
    UNDONE = "undone"
    CORRECTED = "corrected"


@dataclass(frozen=True)
class Kind:
    """How decisions of one kind are taken back and corrected. A version names its head by the field `head`."""

    versions: type[models.Model]
    record: type[Ruling]
    head: str
    lock: Callable[[Iterable[int]], Sequence[Any]]  # of heads; raises where one is missing
    check: Callable[
        [User, Sequence[Any]], None
    ]  # raises PermissionDenied for who may not decide these versions
    plan_of: Callable[[Any], int]  # of a head
    decided: Callable[[Any], Decided]  # of a decided version with its head
    name: Callable[[Any], str]  # of a head, in refusals
    undone: Transition
    corrected: Mapping[str, Transition]  # {decision: the transition that leads to it from the opposite}
    move: Callable[..., None]  # rows, transition, by, at, note
    tell: Callable[[Change, Sequence[Any], User, datetime], None]  # of heads
    own_builders: tuple[Callable[[Sequence[Any]], dict[int, str]], ...] = ()


@transaction.atomic
def undo(
    kind: Kind, *, by: User, versions: Sequence[int], reason: str = "", now: datetime | None = None
) -> list[Any]:
    """Whoever decided takes the decisions back, all or none; the versions wait to be decided again."""
    found, rows = _locked(kind, versions)
    reason = reason_of(reason, required=False)
    check_own(by, found)
    kind.check(by, found)
    in_order({kind.plan_of(row) for row in rows})
    moment = now or clock.now()
    _refuse(kind, found, undo_obstacles(kind, by, found))
    for version in found:
        unset(version, by, moment)
    keep(kind.record, found, DecisionKind.UNDONE, reason)
    cleared(found)
    kind.move(rows, kind.undone, by=by, at=moment, note={row.pk: reason for row in rows})
    kind.tell(Change.UNDONE, rows, by, moment)
    return found


@transaction.atomic
def correct(
    kind: Kind, *, by: User, decisions: Mapping[int, str], reason: str, now: datetime | None = None
) -> list[Any]:
    """A second person of those who may decide replaces decisions by the opposite, all or none, with a reason that is also
    the new decision's; {version id: decision}."""
    found, rows = _locked(kind, list(decisions))
    reason = reason_of(reason, required=True)
    kind.check(by, found)
    check_others(by, found)
    in_order({kind.plan_of(row) for row in rows})
    moment = now or clock.now()
    _refuse(kind, found, correction_obstacles(kind, by, found))
    same = [version for version in found if version.decision == decisions[version.pk]]
    if same:
        words = _("与现在的决定相同，没有要更正的。")
        raise Problems([Problem("", words, kind.name(_head(kind, version))) for version in same])
    for version in found:
        version.decision, version.decision_note = decisions[version.pk], reason
        version.decided_at, version.decided_by = moment, by
    keep(kind.record, found, DecisionKind.CORRECTED, reason)
    for decision, transition in kind.corrected.items():
        moved = [_head(kind, version) for version in found if version.decision == decision]
        kind.move(moved, transition, by=by, at=moment, note={row.pk: reason for row in moved})
    kind.tell(Change.CORRECTED, rows, by, moment)
    return found


def undo_obstacles(kind: Kind, by: User, versions: Sequence[Any]) -> dict[int, str]:
    """{version id: why the decision on it cannot be taken back by this person}; versions with their heads. A fixed number
    of queries."""
    last = _last_numbers(kind, versions)
    found = {
        version.pk: why
        for version in versions
        for row in [_head(kind, version)]
        if (why := undo_obstacle(by, version, row, kind.undone.sources, last.get(row.pk)))
    }
    rest = [version for version in versions if version.pk not in found]
    for builder in kind.own_builders if rest else ():
        found |= builder(rest)
    return built_on([kind.decided(version) for version in rest]) | found


def correction_obstacles(kind: Kind, by: User, versions: Sequence[Any]) -> dict[int, str]:
    """{version id: why this person cannot correct the decision on it}; versions with their heads. One query."""
    last = _last_numbers(kind, versions)
    return {
        version.pk: why
        for version in versions
        for row in [_head(kind, version)]
        if (why := correction_obstacle(by, version, row, kind.undone.sources, last.get(row.pk)))
    }


def opposite(kind: Kind, version: Any) -> str:
    """The decision to which the one on the version can be corrected; empty without one."""
    others = [decision for decision in kind.corrected if decision != version.decision]
    return others[0] if len(others) == 1 else ""


def _refuse(kind: Kind, versions: Iterable[Any], obstacles: Mapping[int, str]) -> None:
    for version in versions:
        if why := obstacles.get(version.pk):
            raise Conflict(_("%(code)s：%(why)s") % {"code": kind.name(_head(kind, version)), "why": why})


def _head(kind: Kind, version: Any) -> Any:
    return getattr(version, kind.head)


def _last_numbers(kind: Kind, versions: Iterable[Any]) -> dict[int, int]:
    """{head id: the number of its last version}."""
    heads = {getattr(version, f"{kind.head}_id") for version in versions}
    rows = kind.versions._default_manager.filter(**{f"{kind.head}__in": heads})
    return dict(rows.order_by().values(kind.head).annotate(last=Max("number")).values_list(kind.head, "last"))


def _locked(kind: Kind, version_ids: Sequence[int]) -> tuple[list[Any], list[Any]]:
    """The versions in the order of the request with their heads, and the locked heads."""
    rows = list(
        kind.lock(kind.versions._default_manager.filter(pk__in=version_ids).values_list(kind.head, flat=True))
    )
    heads = {row.pk: row for row in rows}
    found = {
        version.pk: version
        for version in kind.versions._default_manager.filter(pk__in=version_ids).select_related("decided_by")
    }
    if len(found) != len(set(version_ids)) or len(heads) != len(found):
        raise PermissionDenied(_("没有这一版，或一次选了同一份的两版。"))
    for version in found.values():
        setattr(version, kind.head, heads[getattr(version, f"{kind.head}_id")])
    return [found[pk] for pk in dict.fromkeys(version_ids)], rows
