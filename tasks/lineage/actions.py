"""Actions of the office on agencies over time: add an agency, correct its first name, record and amend lineage 沿革.

None of this is in the plan, so each fact has a confidence and a reason, and a wrong fact is refuted and stays on
record instead of being deleted. Names follow the edges: a renamed agency stays the same agency; an agency that was
merged or split has no name from that day on. These actions move no duties: an adjustment for the reform does.

`by=None` is the management command that imports a file of facts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.actions import add_agency
from tasks.agencies.models import (
    ENDING,
    Agency,
    AgencyName,
    Confidence,
    Lineage,
    LineageKind,
    Precision,
)
from tasks.audit.log import Entry, record, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.queries import site_words
from tasks.lineage.permissions import agencies_kept_by, places_kept_by
from tasks.people import permissions
from tasks.people.models import User
from tasks.plans.models import Task
from tasks.values import Origin

NOTE_LIMIT, SCOPE_LIMIT = 1000, 100
# Each kind of advisory lock has its own number, so that different kinds never conflict.
_LOCK = 0x4C494E45


@dataclass(frozen=True)
class EdgeInput:
    """A lineage edge as entered. `short` and `full` are the new name for a rename; other kinds have a successor."""

    kind: str
    predecessor_id: int
    on: date
    confidence: str
    note: str
    successor_id: int | None = None
    short: str = ""
    full: str = ""
    precision: str = Precision.DAY
    date_confidence: str = Confidence.HIGH
    scope: str = ""
    task_ids: tuple[int, ...] = ()
    key: str | None = None


@transaction.atomic
def register_agency(
    *,
    by: User | None,
    slug: str,
    kind: str,
    short: str,
    full: str,
    since: date | None,
    note: str,
    region: Agency | None = None,
    jurisdiction: Jurisdiction | None = None,
    now: datetime | None = None,
) -> Agency:
    """Adds an agency that the plan does not name. Raises Problems on the field."""
    _check(by, *([region.pk] if region else []))
    if by is not None and jurisdiction is not None and jurisdiction not in places_kept_by(by):
        raise PermissionDenied(_("其他地区的单位由那个地区的领导小组办公室维护。"))
    _lock_lineage()
    created = add_agency(
        slug=slug,
        kind=kind,
        short=short,
        full=full,
        since=since,
        note=note,
        region=region,
        jurisdiction_id=jurisdiction.pk if jurisdiction else None,
        kinds=(jurisdiction or site_words()).wording.kinds,
    )
    record(
        by=by,
        verb="body.add",
        subject=created,
        note=created.note,
        data={"slug": slug, "short": short.strip(), "since": since.isoformat() if since else None},
        at=now or clock.now(),
    )
    return created


@transaction.atomic
def amend_first_name(
    *,
    by: User,
    name: AgencyName,
    short: str,
    full: str,
    since: date | None,
    note: str,
    now: datetime | None = None,
) -> AgencyName:
    """Corrects the first name of an agency that the plan does not name; later names follow from lineage edges.

    `name` is the version that the caller has read. Raises Conflict if it has changed since.
    """
    _check(by, name.agency_id)
    _lock_lineage()
    current = AgencyName.objects.select_related("agency").filter(pk=name.pk).first()
    if current is None or _name_data(current) != _name_data(name):
        raise Conflict(_("名称刚刚已由他人更改，请刷新后再改。"))
    problems = []
    if current.origin != Origin.OUTSIDE:
        problems.append(Problem("", _("方案原文里的名称不能更改。")))
    elif AgencyName.objects.filter(agency=current.agency, valid__fully_lt=current.valid).exists():
        problems.append(Problem("", _("后来的名称随沿革而定，请改那一条更名。")))
    problems += _name_problems(short, full)
    if not note.strip():
        problems.append(Problem("note", _("请写明依据。")))
    if since is not None and current.valid.upper is not None and since >= current.valid.upper:
        problems.append(
            Problem("since", _("须早于这个名称停用的日期 %(day)s。") % {"day": current.valid.upper})
        )
    first = (
        Lineage.objects.filter(successor=current.agency)
        .exclude(confidence=Confidence.REFUTED)
        .exclude(kind=LineageKind.RENAMED)
        .order_by("on")
        .first()
    )
    if since is not None and first is not None and since > first.on:
        problems.append(Problem("since", _("须不晚于它承继原单位的日期 %(day)s。") % {"day": first.on}))
    if problems:
        raise Problems(problems)
    before = _name_data(current)
    current.short, current.full, current.note = short.strip(), full.strip(), note.strip()
    current.valid = DateRange(since, current.valid.upper)
    current.save(update_fields=["short", "full", "note", "valid"])
    record(
        by=by,
        verb="body.name",
        subject=current.agency,
        note=note.strip(),
        data={"before": before, "after": _name_data(current)},
        at=now or clock.now(),
    )
    return current


@transaction.atomic
def record_edges(
    *, by: User | None, edges: Sequence[EdgeInput], now: datetime | None = None
) -> list[Lineage]:
    """Records edges in their order. Raises Problems (`row` is the place in the batch, from 1)."""
    _check(by, *(pk for one in edges for pk in (one.predecessor_id, one.successor_id) if pk is not None))
    _lock_lineage()
    created = []
    for place, edge in enumerate(edges, 1):
        agencies = Agency.objects.in_bulk({edge.predecessor_id, edge.successor_id or edge.predecessor_id})
        problems = _problems(edge, agencies, None)
        if problems:
            raise Problems([Problem(one.field, one.message, row=str(place)) for one in problems])
        row = Lineage(**_values(edge), key=edge.key)
        row.save()
        row.tasks.set(edge.task_ids)
        _apply_names(row, edge.short, edge.full)
        created.append(row)
    record_all(
        [
            Entry("lineage.record", row, to_state=row.confidence, note=row.note, data=_as_data(row))
            for row in created
        ],
        by=by,
        at=now or clock.now(),
    )
    return created


@transaction.atomic
def amend_edge(*, by: User, edge: Lineage, change: EdgeInput, now: datetime | None = None) -> Lineage:
    """Changes day, name or confidence of an edge between the same two agencies, or refutes it.

    `edge` is the version that the caller has read. Raises Conflict if it has changed since.
    """
    _check(by, edge.predecessor_id, edge.successor_id)
    _lock_lineage()
    current = Lineage.objects.select_for_update().get(pk=edge.pk)
    if current.revision != edge.revision:
        raise Conflict(_("这条沿革刚刚已由他人更改，请刷新后再改。"))
    agencies = Agency.objects.in_bulk({current.predecessor_id, current.successor_id})
    amended = EdgeInput(
        **{
            **change.__dict__,
            "kind": current.kind,
            "predecessor_id": current.predecessor_id,
            "successor_id": current.successor_id,
        }
    )
    before = _as_data(current)
    was_believed = current.confidence != Confidence.REFUTED
    if was_believed:
        _revert_names(current)
    problems = _problems(amended, agencies, current)
    if problems:
        raise Problems(problems)
    for field, value in _values(amended).items():
        setattr(current, field, value)
    current.revision += 1
    current.save()
    current.tasks.set(amended.task_ids)
    if current.confidence != Confidence.REFUTED:
        _apply_names(current, amended.short, amended.full)
    record(
        by=by,
        verb="lineage.amend",
        subject=current,
        from_state=edge.confidence,
        to_state=current.confidence,
        note=current.note,
        data={"before": before, "after": _as_data(current)},
        at=now or clock.now(),
    )
    return current


# -- checks -------------------------------------------------------------------------------------------------


def _check(by: User | None, *agency_ids: int) -> None:
    """Raises PermissionDenied unless the actor keeps these agencies. One query or two where there are some."""
    if by is None:
        return
    if not permissions.may_keep_lineage(by):
        raise PermissionDenied(_("只有领导小组办公室可以维护单位沿革。"))
    ids = set(agency_ids)
    if ids and agencies_kept_by(by).filter(pk__in=ids).count() < Agency.objects.filter(pk__in=ids).count():
        raise PermissionDenied(_("其他地区的单位由那个地区的领导小组办公室维护。"))


def _lock_lineage() -> None:
    """Locks lineage until the transaction ends, because an edge is checked against all others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])


def _problems(edge: EdgeInput, agencies: dict[int, Agency], own: Lineage | None) -> list[Problem]:
    """Problems of an edge; `own` is the row that is being amended, whose names have been reverted."""
    problems = [
        Problem(field, _("请从列表中选一项。"))
        for field, choices in (
            ("kind", LineageKind.values),
            ("precision", Precision.values),
            ("confidence", Confidence.values),
            ("date_confidence", [one for one in Confidence.values if one != Confidence.REFUTED]),
        )
        if getattr(edge, field) not in choices
    ]
    if not edge.note.strip():
        problems.append(Problem("note", _("方案没有写，请写明依据。")))
    elif len(edge.note) > NOTE_LIMIT:
        problems.append(Problem("note", _("最多 %(n)d 字。") % {"n": NOTE_LIMIT}))
    if len(edge.scope) > SCOPE_LIMIT:
        problems.append(Problem("scope", _("最多 %(n)d 字。") % {"n": SCOPE_LIMIT}))
    if not 1949 <= edge.on.year <= 2999:
        problems.append(Problem("on", _("请核对年份。")))
    if edge.task_ids and Task.objects.filter(pk__in=edge.task_ids).count() != len(set(edge.task_ids)):
        problems.append(Problem("tasks", _("没有这项任务。")))
    predecessor = agencies.get(edge.predecessor_id)
    if predecessor is None or predecessor.is_collective:
        problems.append(Problem("predecessor", _("请选一个单位；集合单位没有沿革。")))
    if problems:
        return problems
    if edge.confidence == Confidence.REFUTED:
        return []
    if edge.kind == LineageKind.RENAMED:
        return _rename_problems(edge)
    successor = agencies.get(edge.successor_id or 0)
    if successor is None or successor.is_collective:
        return [Problem("successor", _("请选承继单位；集合单位不能承继。"))]
    if successor.pk == edge.predecessor_id:
        return [Problem("successor", _("承继单位须是另一个单位；改名请选“更名”。"))]
    return _succession_problems(edge, successor, own)


def _rename_problems(edge: EdgeInput) -> list[Problem]:
    problems = _name_problems(edge.short, edge.full)
    current_name = AgencyName.objects.filter(agency=edge.predecessor_id, valid__contains=edge.on).first()
    if current_name is None or current_name.valid.lower == edge.on:
        problems.append(Problem("on", _("这一天没有可以更改的名称，请核对日期。")))
    elif current_name.short == edge.short.strip():
        problems.append(Problem("short", _("与原来的名称相同。")))
    return problems


def _name_problems(short: str, full: str) -> list[Problem]:
    problems = []
    if not short.strip() or len(short.strip()) > 60:
        problems.append(Problem("short", _("请写简称，最多 60 字。")))
    if len(full.strip()) > 120:
        problems.append(Problem("full", _("全称最多 120 字。")))
    return problems


def _succession_problems(edge: EdgeInput, successor: Agency, own: Lineage | None) -> list[Problem]:
    problems = []
    others = [
        row
        for row in Lineage.objects.exclude(confidence=Confidence.REFUTED).exclude(kind=LineageKind.RENAMED)
        if own is None or row.pk != own.pk
    ]
    names = list(AgencyName.objects.filter(agency=successor))
    if not any(name.valid.lower is None or name.valid.lower <= edge.on for name in names):
        problems.append(Problem("successor", _("这一天承继单位还没有名称，请核对日期或先改它的名称。")))
    for row in others:
        if row.predecessor_id != edge.predecessor_id:
            continue
        if row.successor_id == successor.pk and row.kind == edge.kind and row.on == edge.on:
            problems.append(Problem("", _("已有同样的一条沿革。")))
        elif row.kind in ENDING and edge.kind in ENDING and LineageKind.MERGED in (row.kind, edge.kind):
            problems.append(
                Problem("kind", _("这个单位已有一条并入或拆分（%(day)s），请改那一条。") % {"day": row.on})
            )
    if successor.pk in _ancestors(edge.predecessor_id, others):
        problems.append(Problem("successor", _("承继单位本身由这个单位的前身而来，形成循环。")))
    return problems


def _ancestors(agency_id: int, edges: Iterable[Lineage]) -> set[int]:
    ancestors: set[int] = set()
    waiting = [agency_id]
    while waiting:
        current = waiting.pop()
        for edge in edges:
            if edge.successor_id == current and edge.predecessor_id not in ancestors and edge.kind in ENDING:
                ancestors.add(edge.predecessor_id)
                waiting.append(edge.predecessor_id)
    return ancestors


# -- names --------------------------------------------------------------------------------------------------


def _apply_names(edge: Lineage, short: str, full: str) -> None:
    """Writes the names that follow from the edge."""
    current_name = AgencyName.objects.filter(agency=edge.predecessor_id, valid__contains=edge.on).first()
    if current_name is None:
        return
    until = current_name.valid.upper
    if edge.kind in ENDING:
        if current_name.valid.lower is None or current_name.valid.lower < edge.on:
            AgencyName.objects.filter(pk=current_name.pk).update(
                valid=DateRange(current_name.valid.lower, edge.on)
            )
    elif edge.kind == LineageKind.RENAMED:
        AgencyName.objects.filter(pk=current_name.pk).update(
            valid=DateRange(current_name.valid.lower, edge.on)
        )
        AgencyName.objects.create(
            agency_id=edge.predecessor_id,
            short=short.strip(),
            full=full.strip(),
            valid=DateRange(edge.on, until),
            origin=edge.origin,
            full_origin=Origin.OUTSIDE,
            note=edge.note,
        )


def _revert_names(edge: Lineage) -> None:
    """Reverts the names that follow from the edge: the previous name continues."""
    before = AgencyName.objects.filter(agency=edge.predecessor_id, valid__endswith=edge.on).first()
    if before is None:
        return
    until = None
    if edge.kind == LineageKind.RENAMED:
        after = AgencyName.objects.filter(agency=edge.predecessor_id, valid__startswith=edge.on).first()
        if after is None:
            return
        until = after.valid.upper
        after.delete()
    elif edge.kind not in ENDING or _ends_otherwise(edge):
        return
    AgencyName.objects.filter(pk=before.pk).update(valid=DateRange(before.valid.lower, until))


def _ends_otherwise(edge: Lineage) -> bool:
    others = Lineage.objects.filter(predecessor=edge.predecessor_id, kind__in=ENDING, on=edge.on)
    return others.exclude(confidence=Confidence.REFUTED).exclude(pk=edge.pk).exists()


def renamed_to(edge: Lineage) -> AgencyName | None:
    """The new name of a rename, or None."""
    if edge.kind != LineageKind.RENAMED:
        return None
    return AgencyName.objects.filter(agency=edge.predecessor_id, valid__startswith=edge.on).first()


# -- as data ------------------------------------------------------------------------------------------------


def _values(edge: EdgeInput) -> dict[str, Any]:
    return {
        "kind": edge.kind,
        "predecessor_id": edge.predecessor_id,
        "successor_id": edge.successor_id if edge.kind != LineageKind.RENAMED else edge.predecessor_id,
        "on": edge.on,
        "precision": edge.precision,
        "confidence": edge.confidence,
        "date_confidence": edge.date_confidence,
        "scope": edge.scope.strip(),
        "note": edge.note.strip(),
    }


def _as_data(edge: Lineage) -> dict[str, Any]:
    name = renamed_to(edge)
    return {
        "kind": edge.kind,
        "predecessor": edge.predecessor_id,
        "successor": edge.successor_id,
        "on": edge.on.isoformat(),
        "precision": edge.precision,
        "confidence": edge.confidence,
        "date_confidence": edge.date_confidence,
        "scope": edge.scope,
        "tasks": sorted(edge.tasks.values_list("pk", flat=True)),
        "note": edge.note,
        "name": name.short if name else "",
    }


def _name_data(name: AgencyName) -> dict[str, Any]:
    lower, upper = name.valid.lower, name.valid.upper
    return {
        "short": name.short,
        "full": name.full,
        "since": lower.isoformat() if lower else None,
        "until": upper.isoformat() if upper else None,
    }
