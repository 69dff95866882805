"""Applies an approved adjustment: closes the rows valid from its quarter on, as known from the moment of approval, and
inserts the new ones. Only tasks.adjustments.actions calls this, under the plan's lock.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.accounts.appointments import carry_over
from tasks.adjustments import reform_preview
from tasks.adjustments.models import Adjustment
from tasks.adjustments.values import (
    Content,
    ContentChange,
    DutyChanges,
    Pass,
    Reform,
    TargetChange,
    TermChange,
)
from tasks.agencies.models import ENDING, Lineage
from tasks.audit.log import Entry, record_all
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.contacts.models import Contact
from tasks.errors import Problem
from tasks.indicators.models import Target
from tasks.indicators.target_manner import fitting
from tasks.people.models import User
from tasks.plans.consolidators import settle
from tasks.plans.models import Responsibility, TaskTerm
from tasks.submissions.actions import drafts_follow
from tasks.values import Duty, Origin


def apply(row: Adjustment, content: Content, *, by: User, at: datetime) -> None:
    """Writes the changes of the adjustment."""
    match content:
        case TargetChange():
            _target(row, content, at)
        case DutyChanges():
            _duties(row, content, at)
        case TermChange():
            _term(row, content, at)
        case ContentChange():
            pass  # the adjustment itself is what holds: the plan's own words are never overwritten
        case Reform():
            _reform(row, content, by, at)


def _note(row: Adjustment) -> str:
    """The origin note of the new rows."""
    return _("第%(number)d号调整：%(reason)s") % {"number": row.pk, "reason": row.reason}


def _target(row: Adjustment, content: TargetChange, at: datetime) -> None:
    rows = Target.objects.select_for_update().filter(
        plan=row.plan, order=row.target_order or 0, known__endswith__isnull=True
    )
    valid = quarters_from(row.effective.ordinal)
    before = next(one for one in retire(list(rows), valid=valid, at=at) if row.effective.within(one.valid))
    after = content.after
    meaning = fitting(before.meaning, after.value, before.year)
    Target.objects.create(
        plan=row.plan,
        indicator_id=before.indicator_id,
        task_id=before.task_id,
        year=before.year,
        order=before.order,
        text=after.text,
        comparison=after.comparison,
        value=after.value,
        unit=after.unit,
        binding=before.binding,
        manner=meaning.manner,
        years=meaning.years,
        valid=valid,
        known=known_from(at),
        adjustment=row,
        # The plan does not state this, so only the original keeps the passage.
        origin=Origin.OUTSIDE,
        origin_note=_note(row),
    )


def _term(row: Adjustment, content: TermChange, at: datetime) -> None:
    rows = TaskTerm.objects.select_for_update().filter(task=content.task_id, known__endswith__isnull=True)
    valid = quarters_from(row.effective.ordinal)
    retire(list(rows), valid=valid, at=at)
    TaskTerm.objects.create(
        task_id=content.task_id,
        status=content.after.status,
        deadline=content.after.deadline,
        valid=valid,
        known=known_from(at),
        reason=_note(row),
        adjustment=row,
    )


def _duties(row: Adjustment, content: DutyChanges, at: datetime) -> None:
    changed = {change.agency_id: change for change in content.changes}
    rows = list(
        Responsibility.objects.select_for_update()
        .filter(task=content.task_id, agency__in=changed, known__endswith__isnull=True)
        .order_by("pk")
    )
    valid = quarters_from(row.effective.ordinal)
    closed = retire(rows, valid=valid, at=at)
    previous = {one.agency_id: one for one in closed if row.effective.within(one.valid)}
    last = Responsibility.objects.filter(task=content.task_id).aggregate(last=Max("order"))["last"] or 0
    responsibilities = [
        Responsibility(
            task_id=content.task_id,
            agency_id=agency_id,
            role=change.after,
            duty=Duty.CO,
            order=previous[agency_id].order if agency_id in previous else last + place,
            valid=valid,
            known=known_from(at),
            mention_id=previous[agency_id].mention_id if agency_id in previous else None,
            origin=Origin.OUTSIDE,
            origin_note=_note(row),
            adjustment=row,
        )
        for place, (agency_id, change) in enumerate(changed.items(), 1)
        if change.after
    ]
    Responsibility.objects.bulk_create(responsibilities)
    closed += settle([content.task_id], since=row.effective, at=at)
    carry_contacts(closed, at)
    drafts_follow([content.task_id], row.effective)


def carry_contacts(
    closed: Sequence[Responsibility], at: datetime, heirs: Iterable[tuple[int, int, int]] = ()
) -> None:
    """Copies the contacts of closed responsibilities to their new rows. `heirs`: `(task, from, to)` agencies; in a
    reform the successor starts with its predecessor's contacts until it enters its own."""
    contacts: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(responsibility__in=closed):
        contacts.setdefault(contact.responsibility_id, []).append(contact)
    of: dict[tuple[int, int], list[Contact]] = {}
    for row in sorted(closed, key=lambda one: one.valid.lower or 0):
        if row.pk in contacts:  # the latest range has the latest contacts
            of[row.task_id, row.agency_id] = contacts[row.pk]
    for task_id, old, new in heirs:
        if (task_id, old) in of:
            of.setdefault((task_id, new), of[task_id, old])
    fresh = Responsibility.objects.filter(
        task__in={task_id for task_id, _a in of}, known__startswith=at, known__endswith__isnull=True
    )
    Contact.objects.bulk_create(
        Contact(
            responsibility=row,
            leader=one.leader,
            division=one.division,
            liaison=one.liaison,
            telephone=one.telephone,
            valid=one.valid,
        )
        for row in fresh.exclude(contacts__isnull=False)
        for one in of.get((row.task_id, row.agency_id), ())
    )


# -- reforms ------------------------------------------------------------------------------------------------


def _reform(row: Adjustment, content: Reform, by: User, at: datetime) -> None:
    by_task: dict[int, list[Pass]] = {}
    for one in _as_of(row, content, at):
        by_task.setdefault(one.task_id, []).append(one)
    rows: dict[int, list[Responsibility]] = {}
    for responsibility in (
        Responsibility.objects.select_for_update(of=("self",))
        .filter(
            task__in=by_task, agency__in=reform_preview.involved(content.passes), known__endswith__isnull=True
        )
        .order_by("pk")
    ):
        rows.setdefault(responsibility.task_id, []).append(responsibility)
    holdings = [
        holding
        for task_id, passes in by_task.items()
        for holding in reform_preview.outcome(task_id, rows.get(task_id, []), passes, row.effective)
    ]
    closed = retire(
        [responsibility for own in rows.values() for responsibility in own],
        valid=quarters_from(row.effective.ordinal),
        at=at,
    )
    Responsibility.objects.bulk_create(_new_responsibility(row, holding, at) for holding in holdings)
    closed += settle(by_task, since=row.effective, at=at)
    carry_contacts(
        closed, at, [(one.task_id, one.agency_id, one.to) for one in content.passes if one.to is not None]
    )
    drafts_follow(by_task, row.effective)
    _move_accounts(row, content, by, at)


def _new_responsibility(row: Adjustment, holding: reform_preview.Holding, at: datetime) -> Responsibility:
    source = holding.source
    return Responsibility(
        task_id=holding.task_id,
        agency_id=holding.agency_id,
        role=holding.duty,
        duty=Duty.CO,
        order=holding.order,
        valid=quarters_from(holding.first, holding.until),
        known=known_from(at),
        mention_id=source.mention_id,
        origin=Origin.OUTSIDE if holding.is_new else source.origin,
        origin_note=_note(row) if holding.is_new else source.origin_note,
        adjustment_id=row.pk if holding.is_new else source.adjustment_id,
    )


def _as_of(row: Adjustment, content: Reform, at: datetime) -> list[Pass]:
    """The passes, each from the first quarter that is still possible: submissions since the proposal keep their
    agency."""
    shown = _preview(row, content, at)
    first = {(one.task.pk, one.agency_id): one.first.ordinal for one in shown.duties}
    return [
        replace(one, first=max(one.first, first.get((one.task_id, one.agency_id), one.first)))
        for one in content.passes
    ]


def _preview(row: Adjustment, content: Reform, at: datetime) -> reform_preview.Preview:
    edges = Lineage.objects.filter(pk__in=content.edges).select_related("predecessor", "successor")
    chosen = {
        f"pass-{one.task_id}-{one.agency_id}": reform_preview.NOBODY if one.to is None else str(one.to)
        for one in content.passes
    }
    day = reform_preview.Day(
        content.on, tuple(edges.order_by("on", "predecessor__order", "successor__order", "id"))
    )
    return reform_preview.preview(row.plan, day, at, chosen)


def _move_accounts(row: Adjustment, content: Reform, by: User, at: datetime) -> None:
    users = {
        user.pk: user
        for user in User.objects.select_for_update()
        .filter(pk__in=[one.user_id for one in content.moves])
        .order_by("pk")
    }
    entries: list[Entry] = []
    moving: list[User] = []
    closing: list[User] = []
    for move in content.moves:
        user = users[move.user_id]
        before = {"agency": user.agency_id, "roles": list(user.roles)}
        if move.to is None:
            user.is_active = False
            closing.append(user)
            entries.append(
                Entry("account.close", user, "active", "closed", note=_note(row), data={"adjustment": row.pk})
            )
            continue
        carry_over(user, move.to, leaving=reform_preview.APPOINTMENTS, by=by, reason=_note(row), at=at)
        user.agency_id = move.to
        moving.append(user)
        user.refresh_from_db(fields=["is_active"])
        entries.append(
            Entry(
                "account.move",
                user,
                note=_note(row),
                data={
                    "adjustment": row.pk,
                    "before": before,
                    "after": {"agency": move.to, "roles": list(user.roles)},
                },
            )
        )
    User.objects.bulk_update(moving, ["agency"])
    User.objects.filter(pk__in=[user.pk for user in closing]).update(is_active=False)
    record_all(entries, by=by, at=at)


def is_stale(row: Adjustment, content: Reform, moment: datetime) -> bool:
    """Whether the duties, accounts or edges of the reform have changed since the proposal."""
    if not reform_preview.is_believed(content.edges, content.on):
        return True
    shown = {
        (one.task.pk, one.agency_id, one.duty)
        for one in _preview(row, content, moment).duties
        # A duty that stays is no pass and not part of the proposal.
        if one.chosen or one.agency_id in _ending(content)
    }
    if shown != {(one.task_id, one.agency_id, one.duty) for one in content.passes}:
        return True
    accounts = User.objects.filter(pk__in=[one.user_id for one in content.moves], is_active=True)
    where = dict(accounts.values_list("pk", "agency_id"))
    return any(where.get(one.user_id) != one.agency_id for one in content.moves)


def _ending(content: Reform) -> set[int]:
    edges = Lineage.objects.filter(pk__in=content.edges, kind__in=ENDING)
    return set(edges.values_list("predecessor_id", flat=True))


def reform_problems(row: Adjustment, content: Reform, moment: datetime) -> list[Problem]:
    """Problems of a reform. Accounts move at once, so a reform cannot be approved before its day."""
    today = timezone.localdate(moment, timezone.get_default_timezone())
    if content.on <= today:
        return []
    return [
        Problem("", _("改革之日是 %(day)s，到那一天才能批准；原单位在此之前照常填报。") % {"day": content.on})
    ]
