"""报送延期: another date for the returns of one agency in a quarter, asked for by the agency or given by the office before
the old date has passed, with a reason.

What is late is measured by it (tasks.cycles.lateness), for the agency and the duty whose date was still to come when it
was granted: nobody becomes punctual after the fact. It never shortens what the cycle gives.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.agencies.queries import name_of
from tasks.audit.log import Entry, record_all
from tasks.cycles import lateness, refiling
from tasks.cycles.models import Cycle, Extension, ExtensionState
from tasks.cycles.refiling import Again, Why
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_decide_for
from tasks.people.queries import office_agency_ids
from tasks.plans.commit_order import in_order
from tasks.plans.duties import duties
from tasks.transitions import short_time
from tasks.values import Duty

REASON = 500  # characters


# -- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Extended:
    """The dates that hold where an agency was given another one."""

    until: dict[tuple[int, int, str], datetime] = field(default_factory=dict)  # by (cycle, agency, duty)

    def due(self, cycle: Cycle, duty: str, agency_id: int) -> datetime:
        """The moment by which a submission of that agency under that duty is due."""
        return lateness.later_of(cycle.due(duty), self.until.get((cycle.pk, agency_id, duty)))

    def is_late(self, cycle: Cycle, duty: str, agency_id: int, at: datetime) -> bool:
        """Whether a first submission at that moment is late."""
        return lateness.is_late(at, self.due(cycle, duty, agency_id))


def extended(cycles: Iterable[Cycle], known_at: datetime | None = None) -> Extended:
    """The extensions of the cycles that were granted, by that moment if one is given. One query, none without cycles."""
    ids = [cycle.pk for cycle in cycles]
    if not ids:
        return Extended()
    rows = Extension.objects.granted(known_at).filter(cycle__in=ids).order_by("until")
    return Extended(
        {
            (cycle_id, agency_id, duty): until
            for cycle_id, agency_id, duty, until in rows.values_list("cycle", "agency", "duty", "until")
        }
    )


def extension_rows(cycle: Cycle, agency_id: int | None = None) -> list[Extension]:
    """Those of the cycle, or of one agency in it, what waits first, then the latest."""
    rows = Extension.objects.filter(cycle=cycle).select_related(
        "agency", "asked_by", "decided_by", "revoked_by"
    )
    if agency_id is not None:
        rows = rows.filter(agency=agency_id)
    return sorted(
        rows.order_by("-asked_at", "agency__order", "duty"), key=lambda row: row.state != ExtensionState.ASKED
    )


# -- writing ------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_extension(
    *, by: User, cycle: Cycle, until: datetime, reason: str, now: datetime | None = None
) -> list[Extension]:
    """The approver asks for another date for what the agency still owes in the quarter; the office decides. Raises
    Problems on the field, Conflict when nothing can be put off any more or a request waits already."""
    if not may_approve(by):
        raise PermissionDenied(_("报送延期由本单位签批人申请。"))
    agency_id = by.acts_for
    in_order([cycle.plan_id])
    moment = now or clock.now()
    wanted = _duties_to_extend(cycle, [agency_id], until, reason, moment)
    waiting = Extension.objects.filter(cycle=cycle, agency=agency_id, state=ExtensionState.ASKED).first()
    if waiting is not None:
        raise Conflict(
            _("本单位已于 %(when)s 申请延期，等候领导小组办公室决定。")
            % {"when": short_time(waiting.asked_at)}
        )
    made = Extension.objects.bulk_create(
        Extension(
            cycle=cycle,
            agency_id=agency_id,
            duty=duty,
            until=until,
            reason=reason.strip(),
            asked_at=moment,
            asked_by=by,
        )
        for _agency, duty in wanted
    )
    _record("cycle.extension_ask", made, by, moment)
    return made


@transaction.atomic
def grant_extension(
    *,
    by: User,
    cycle: Cycle,
    agency_ids: Collection[int],
    until: datetime,
    reason: str,
    now: datetime | None = None,
) -> list[Extension]:
    """The office gives agencies another date, all or none. Whoever may decide an agency's returns may do it for that
    agency. What an agency had asked for is settled by it."""
    _check_may_grant(by, agency_ids, {cycle.plan_id})
    in_order([cycle.plan_id])
    moment = now or clock.now()
    wanted = _duties_to_extend(cycle, agency_ids, until, reason, moment)
    Extension.objects.filter(cycle=cycle, agency__in=agency_ids, state=ExtensionState.ASKED).update(
        state=ExtensionState.REFUSED, decided_at=moment, decided_by=by, decision_note=_("另行给定期限。")
    )
    made = Extension.objects.bulk_create(
        Extension(
            cycle=cycle,
            agency_id=agency_id,
            duty=duty,
            until=until,
            reason=reason.strip(),
            asked_at=moment,
            asked_by=by,
            state=ExtensionState.GRANTED,
            decided_at=moment,
            decided_by=by,
        )
        for agency_id, duty in wanted
    )
    _record("cycle.extension_grant", made, by, moment)
    _announce(Why.EXTENDED, cycle, made, moment)
    return made


@transaction.atomic
def decide_extensions(
    *, by: User, extensions: Collection[int], grant: bool, note: str = "", now: datetime | None = None
) -> list[Extension]:
    """Grant or refuse what agencies asked for, all or none; a refusal says why. Granting raises Conflict where the old
    date has passed by now."""
    rows = list(
        Extension.objects.select_for_update(of=("self",))
        .filter(pk__in=extensions)
        .select_related("cycle", "agency")
        .order_by("pk")
    )
    if not rows or len(rows) != len(set(extensions)):
        raise PermissionDenied(_("没有这项延期申请。"))
    _check_may_grant(by, {row.agency_id for row in rows}, {row.cycle.plan_id for row in rows})
    if not grant and not note.strip():
        raise Problems([Problem("note", _("请写明不同意的理由，单位看得到。"))])
    if len(note) > REASON:
        raise Problems([Problem("note", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON})])
    in_order(row.cycle.plan_id for row in rows)
    moment = now or clock.now()
    held = extended({row.cycle_id: row.cycle for row in rows}.values())
    for row in rows:
        if row.state != ExtensionState.ASKED:
            raise Conflict(
                _("%(agency)s的延期申请已经办理，请刷新页面。")
                % {"agency": name_of(row.agency_id, row.cycle.quarter)}
            )
        if grant and lateness.is_overdue(held.due(row.cycle, row.duty, row.agency_id), moment):
            raise Conflict(
                _("%(agency)s原定的截止时间已过，不能再同意延期。")
                % {"agency": name_of(row.agency_id, row.cycle.quarter)}
            )
    state = ExtensionState.GRANTED if grant else ExtensionState.REFUSED
    changed = Extension.objects.filter(pk__in=[row.pk for row in rows], state=ExtensionState.ASKED).update(
        state=state, decided_at=moment, decided_by=by, decision_note=note.strip()
    )
    if changed != len(rows):
        raise Conflict(_("状态刚刚被别人改变，请刷新页面。"))
    for row in rows:
        row.state = state
    _record("cycle.extension_grant" if grant else "cycle.extension_refuse", rows, by, moment, note.strip())
    for cycle in {row.cycle_id: row.cycle for row in rows}.values():
        own = [row for row in rows if row.cycle_id == cycle.pk]
        _announce(Why.EXTENDED if grant else Why.NOT_EXTENDED, cycle, own, moment)
    return rows


def revoke_obstacles(by: User, rows: Sequence[Extension], now: datetime | None = None) -> dict[int, str]:
    """{extension: why this person cannot revoke it}, of rows with their cycles; whoever is not in it can be. Nothing may be
    late at once: the date that holds without it must be to come. A fixed number of queries."""
    moment = now or clock.now()
    offices = office_agency_ids(*{row.cycle.plan_id for row in rows})
    others = Extension.objects.granted().filter(cycle__in={row.cycle_id for row in rows})
    until: dict[tuple[int, int, str], list[tuple[int, datetime]]] = {}
    for pk, cycle_id, agency_id, duty, at in others.values_list("pk", "cycle", "agency", "duty", "until"):
        until.setdefault((cycle_id, agency_id, duty), []).append((pk, at))
    found: dict[int, str] = {}
    for row in rows:
        rest = [at for pk, at in until.get((row.cycle_id, row.agency_id, row.duty), []) if pk != row.pk]
        due = lateness.later_of(row.cycle.due(row.duty), max(rest, default=None))
        if not may_decide_for(by, row.agency_id, offices):
            found[row.pk] = _(
                "报送延期由领导小组办公室决定；办公室所在单位的由复核人决定，不能为本单位延期。"
            )
        elif row.state != ExtensionState.GRANTED:
            found[row.pk] = _("现在是“%(state)s”，没有可撤销的。") % {"state": row.get_state_display()}
        elif lateness.is_overdue(due, moment):
            found[row.pk] = _("原定截止（%(when)s）已过，这次延期已在使用，不能撤销。") % {
                "when": short_time(due)
            }
    return found


@transaction.atomic
def revoke_extensions(
    *, by: User, extensions: Collection[int], reason: str, now: datetime | None = None
) -> list[Extension]:
    """撤销: what was granted is taken back, with a reason, all or none, before the date that held without it has passed.
    Figures as known earlier keep it."""
    rows = list(
        Extension.objects.select_for_update(of=("self",))
        .filter(pk__in=extensions)
        .select_related("cycle", "agency")
        .order_by("pk")
    )
    if not rows or len(rows) != len(set(extensions)):
        raise PermissionDenied(_("没有这项延期。"))
    _check_may_grant(by, {row.agency_id for row in rows}, {row.cycle.plan_id for row in rows})
    if not reason.strip():
        raise Problems([Problem("note", _("请写明撤销延期的理由，单位看得到。"))])
    if len(reason) > REASON:
        raise Problems([Problem("note", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON})])
    in_order(row.cycle.plan_id for row in rows)
    moment = now or clock.now()
    blocked = revoke_obstacles(by, rows, moment)
    for row in rows:
        if row.pk in blocked:
            name = name_of(row.agency_id, row.cycle.quarter)
            raise Conflict(_("%(agency)s：%(why)s") % {"agency": name, "why": blocked[row.pk]})
    Extension.objects.filter(pk__in=[row.pk for row in rows], state=ExtensionState.GRANTED).update(
        state=ExtensionState.REVOKED, revoked_at=moment, revoked_by=by, revoke_reason=reason.strip()
    )
    for row in rows:
        row.state = ExtensionState.REVOKED
    _record("cycle.extension_revoke", rows, by, moment, reason.strip())
    for cycle in {row.cycle_id: row.cycle for row in rows}.values():
        held = extended([cycle])
        refiling.announce(
            [
                Again(
                    Why.EXTENSION_REVOKED,
                    cycle,
                    row.agency_id,
                    None,
                    held.due(cycle, row.duty, row.agency_id),
                )
                for row in rows
                if row.cycle_id == cycle.pk
            ],
            moment,
        )
    return rows


def _check_may_grant(by: User, agency_ids: Collection[int], plan_ids: Collection[int]) -> None:
    offices = office_agency_ids(*plan_ids)
    if not all(may_decide_for(by, agency_id, offices) for agency_id in agency_ids):
        raise PermissionDenied(
            _("报送延期由领导小组办公室决定；办公室所在单位的由复核人决定，不能为本单位延期。")
        )


def _duties_to_extend(
    cycle: Cycle, agency_ids: Collection[int], until: datetime, reason: str, moment: datetime
) -> list[tuple[int, str]]:
    """(agency id, duty) of what is put off: under which the agency owes something, and whose date is still to come and
    earlier than the new one. Raises Problems on the field."""
    problems = []
    if not reason.strip():
        problems.append(Problem("reason", _("请写明延期的理由。")))
    elif len(reason) > REASON:
        problems.append(Problem("reason", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON}))
    if not agency_ids:
        problems.append(Problem("agencies", _("请至少选一个单位。")))
    if until <= moment:
        problems.append(Problem("until", _("期限要晚于现在。")))
    elif until > cycle.closes_at:
        problems.append(
            Problem(
                "until",
                _("期限不能晚于填报周期关闭（%(when)s）。") % {"when": short_time(cycle.closes_at)},
            )
        )
    if problems:
        raise Problems(problems)
    owed = set(
        duties([cycle.plan_id], cycle.quarter).filter(agency__in=agency_ids).values_list("agency_id", "duty")
    )
    held = extended([cycle])
    found: list[tuple[int, str]] = []
    for agency_id in sorted(agency_ids):
        dues = {
            duty: held.due(cycle, duty, agency_id)
            for duty in (Duty.LEAD.value, Duty.CO.value)
            if (agency_id, duty) in owed
        }
        coming = {duty: due for duty, due in dues.items() if not lateness.is_overdue(due, moment)}
        later = [duty for duty, due in coming.items() if lateness.puts_off(due, until)]
        name = name_of(agency_id, cycle.quarter) if not later else ""
        if not dues:
            problems.append(Problem("agencies", _("%(agency)s在这个季度没有填报责任。") % {"agency": name}))
        elif not coming:
            problems.append(
                Problem(
                    "until",
                    _("%(agency)s原定的截止时间（%(when)s）已过，不能再延期；关闭以前仍可补报，计为逾期。")
                    % {"agency": name, "when": short_time(max(dues.values()))},
                )
            )
        elif not later:
            problems.append(
                Problem(
                    "until",
                    _("新的期限要晚于%(agency)s现在的截止时间（%(when)s）。")
                    % {"agency": name, "when": short_time(max(coming.values()))},
                )
            )
        found += [(agency_id, duty) for duty in later]
    if problems:
        raise Problems(problems)
    return found


def _announce(why: Why, cycle: Cycle, rows: Sequence[Extension], moment: datetime) -> None:
    until = {row.agency_id: row.until for row in rows}
    refiling.announce(
        [Again(why, cycle, agency_id, None, at) for agency_id, at in sorted(until.items())], moment
    )


def _record(
    verb: str, rows: Sequence[Extension], by: User, moment: datetime, note: str | None = None
) -> None:
    agencies = Agency.objects.in_bulk({row.agency_id for row in rows})
    record_all(
        [
            Entry(
                verb,
                row.cycle,
                note=row.reason if note is None else note,
                data={
                    "agency": agencies[row.agency_id].slug,
                    "duty": row.duty,
                    "until": row.until.isoformat(),
                },
            )
            for row in rows
        ],
        by=by,
        at=moment,
    )
