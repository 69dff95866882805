"""Actions on appointments 任命: what a person may do, for which agency and plans, from when until when.

The rights administrator grants and ends them; an approver names their own deputy. An appointment that ends names who
ended it and why, and takes the deputies along who were named on its behalf.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts.announcements import announce
from tasks.agencies.models import Agency
from tasks.audit.log import Entry, last_event_on, record, record_all
from tasks.audit.models import Event
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.models import AGENCY_ROLES, Appointment, User
from tasks.values import ADMIN_ROLES, Role

# Each kind of advisory lock has its own number, so that different kinds never conflict.
_LOCK_ACCOUNTS = 0x41434354
REASON_LIMIT = 500


def lock_accounts() -> None:
    """Locks changes of accounts until the transaction ends: otherwise two administrators could be removed at the same
    time, because each check would count the other. Taken before any row lock, to avoid deadlocks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK_ACCOUNTS])


def last_change(user: User) -> str:
    """Who changed the account last and when, in brackets; "" if nobody did."""
    event: Event | None = last_event_on(user)
    if event is None:
        return ""
    return _("（%(name)s，%(at)s）") % {
        "name": event.by or _("系统"),
        "at": f"{timezone.localtime(event.recorded_at):%Y-%m-%d %H:%M}",
    }


def roles_problem(roles: Iterable[str], agency_id: int | None) -> str:
    """The message why these roles cannot be combined, or need an agency; "" if they are valid."""
    role_set = set(roles)
    if role_set & ADMIN_ROLES and len(role_set) > 1:
        return _("系统管理员、安全保密管理员、安全审计员各由专人担任，不能兼任其他角色。")
    if role_set & AGENCY_ROLES and agency_id is None:
        return _("填报员、签批人、办公室和复核人必须属于一个单位。")
    return ""


def refuse_last_administrator(leaving: Mapping[int, Collection[str]]) -> None:
    """Raises Problems if one of the three administrator roles would lose its last active user, because nobody could
    then appoint another. `leaving`: {user id: the roles that they lose}."""
    for role in sorted(ADMIN_ROLES):
        if not any(role in roles for roles in leaving.values()):
            continue
        if not User.objects.holding(role).exclude(pk__in=leaving).exists():
            raise Problems(
                [Problem("", _("这是最后一个在用的%(role)s账号，不能停用或撤销。") % {"role": role.label})]
            )


# -- what the actions of accounts and reforms build on ------------------------------------------------------


def new_appointments(
    user: User, roles: Iterable[str], *, since: datetime | None, by: User | None, reason: str = ""
) -> list[Appointment]:
    """Appointments in the account's own agency and for all plans, not yet stored."""
    return [
        Appointment(
            user=user,
            role=role,
            agency_id=user.own_agency_id if role in AGENCY_ROLES else None,
            since=since,
            made_by=by,
            reason=reason,
        )
        for role in sorted(set(roles))
    ]


def end_all(
    rows: Collection[Appointment], *, by: User | None, reason: str, at: datetime
) -> list[Appointment]:
    """End these and the deputies who were named on behalf of their holders; returns the latter. The caller holds
    `lock_accounts` and writes the record."""
    deputies = list(
        Appointment.objects.not_ended()
        .filter(
            Q.create(
                [
                    Q(on_behalf_of=row.user_id, agency=row.agency_id)
                    for row in rows
                    if row.role == Role.APPROVER and row.on_behalf_of_id is None
                ]
                or [Q(pk__in=())],
                connector=Q.OR,
            ),
            ended_at=None,
        )
        .select_related("user")
    )
    now = timezone.now()
    ending = [*rows, *deputies]
    for row in ending:
        row.until = at if row.since is None else max(at, row.since)
        row.ended_at, row.ended_by, row.end_reason = now, by, reason[:REASON_LIMIT]
    Appointment.objects.bulk_update(ending, ["until", "ended_at", "ended_by", "end_reason"])
    return deputies


def end_in(
    users: Collection[int], agencies: Collection[int | None], *, by: User | None, reason: str, at: datetime
) -> list[Appointment]:
    """End what these people hold in the agencies (None: what acts for no agency). Returns what ended."""
    where = Q(agency__in=[pk for pk in agencies if pk is not None])
    if None in agencies:
        where |= Q(agency=None)
    rows = list(Appointment.objects.not_ended().filter(where, user__in=users, ended_at=None))
    return [*rows, *end_all(rows, by=by, reason=reason, at=at)]


def carry_over(
    user: User, agency_id: int, *, leaving: Collection[str], by: User, reason: str, at: datetime
) -> None:
    """What the person holds in the account's own agency goes on in another one, but for the roles `leaving`, which end:
    after a reform the people of the predecessor file for the successor. The caller holds a lock on the account."""
    rows = list(
        Appointment.objects.not_ended().filter(user=user.pk, agency=user.own_agency_id, ended_at=None)
    )
    kept = [
        Appointment(
            user=user,
            role=row.role,
            agency_id=agency_id,
            plan_id=row.plan_id,
            since=at if row.since is None else max(at, row.since),
            until=row.until,
            on_behalf_of_id=row.on_behalf_of_id,
            made_by=by,
            reason=reason[:REASON_LIMIT],
        )
        for row in rows
        if row.role not in leaving
    ]
    end_all(rows, by=by, reason=reason, at=at)
    Appointment.objects.bulk_create(kept)


# -- granting by the boxes: the account's own agency, all plans, no last day --------------------------------


@dataclass(frozen=True)
class Grant:
    """The new roles of an account in its own agency, and the roles that the administrator saw before."""

    user_id: int
    roles: frozenset[str]
    before: frozenset[str]


def grant_roles(*, by: User, grants: Sequence[Grant], note: str, now: datetime | None = None) -> list[User]:
    """Grants and revokes roles in the account's own agency and for all plans. Nobody changes their own roles; each
    administrator role keeps an active user."""
    _check_granting(by, [grant.user_id for grant in grants], note)
    moment = now or clock.now()
    with transaction.atomic():
        lock_accounts()
        users = {
            user.pk: user
            for user in User.objects.select_for_update(of=("self",))
            .filter(pk__in=[g.user_id for g in grants])
            .order_by("pk")
        }
        problems, entries, leaving = [], [], {}
        added, ended = [], []
        for grant in grants:
            user = users[grant.user_id]
            if set(user.roles) != grant.before:
                raise Conflict(
                    _("“%(user)s”的角色刚刚变动%(who)s，请刷新后再改。")
                    % {"user": user.username, "who": last_change(user)}
                )
            others = {one.role for one in user.holdings} - grant.before
            message = _grant_problem(user, grant.roles, others)
            if message:
                problems.append(Problem("roles", message, row=user.username))
            if grant.roles == grant.before:
                problems.append(Problem("roles", _("角色没有变化。"), row=user.username))
            if grant.before & ADMIN_ROLES - grant.roles and user.is_active:
                leaving[user.pk] = grant.before - grant.roles
            added += new_appointments(
                user, grant.roles - grant.before, since=moment, by=by, reason=note.strip()
            )
            ended += list(
                Appointment.objects.in_force(moment).filter(
                    Q(agency=None) | Q(agency=user.agency_id),
                    user=user,
                    role__in=grant.before - grant.roles,
                    plan=None,
                    on_behalf_of=None,
                    until=None,
                )
            )
            entries.append(
                Entry(
                    "rights.grant",
                    user,
                    note=note.strip(),
                    data={"before": sorted(grant.before), "after": sorted(grant.roles)},
                )
            )
        if problems:
            raise Problems(problems)
        refuse_last_administrator(leaving)
        end_all(ended, by=by, reason=note.strip(), at=moment)
        _store(added)
        record_all(entries, by=by, at=moment)
    return list(User.objects.filter(pk__in=users))


def _check_granting(by: User, users: Collection[int], note: str) -> None:
    if not permissions.may_grant_roles(by):
        raise PermissionDenied(_("只有安全保密管理员可以授予角色。"))
    if by.pk in users:
        raise PermissionDenied(_("不能更改自己的角色。"))
    if not note.strip():
        raise Problems([Problem("note", _("请写明理由。"))])
    if len(note.strip()) > REASON_LIMIT:
        raise Problems([Problem("note", _("理由最多 500 字。"))])


def _grant_problem(user: User, roles: Collection[str], others: Collection[str]) -> str:
    """Why the account cannot hold these roles beside the others that it has elsewhere or later; "" if it can."""
    if set(roles) - set(Role.values):
        return _("没有这个角色。")
    message = roles_problem(roles, user.own_agency_id)
    if not message and others:
        message = roles_problem({*roles, *others}, user.own_agency_id or 0)
    if not message and set(roles) & ADMIN_ROLES and user.must_change_password:
        # The accounts administrator still knows the initial password, and would then have both roles.
        message = _("这个账号还在用系统管理员给的初始密码；请本人登录修改密码后再授予管理员角色。")
    return message


def _store(rows: Sequence[Appointment]) -> None:
    try:
        with transaction.atomic():
            Appointment.objects.bulk_create(rows)
    except IntegrityError as error:
        raise Conflict(
            _("这个人在同一时间已经有这项任命，或者任命与其管理员角色冲突；请刷新后查看。")
        ) from error


# -- appointments of every other kind -----------------------------------------------------------------------


@dataclass(frozen=True)
class NewAppointment:
    """What the rights administrator types: days are whole days, the last one included; None is without limit."""

    user_id: int
    role: str
    agency_id: int | None = None
    plan_id: int | None = None
    first: date | None = None
    last: date | None = None


def begins(day: date) -> datetime:
    """The first moment of a day in the plan's time zone."""
    return datetime.combine(day, time(), tzinfo=timezone.get_default_timezone())


def appoint(*, by: User, new: NewAppointment, note: str, now: datetime | None = None) -> Appointment:
    """Appoint a person for an agency, for one plan or for all, from a day to a day (三员: the rights administrator)."""
    _check_granting(by, [new.user_id], note)
    moment = now or clock.now()
    with transaction.atomic():
        lock_accounts()
        user = User.objects.select_for_update(of=("self",)).get(pk=new.user_id)
        problems = _appointment_problems(user, new, moment)
        if problems:
            raise Problems(problems)
        made = Appointment(
            user=user,
            role=new.role,
            agency_id=new.agency_id if new.role in AGENCY_ROLES else None,
            plan_id=new.plan_id,
            since=max(begins(new.first), moment) if new.first else moment,
            until=begins(new.last + timedelta(days=1)) if new.last else None,
            made_by=by,
            reason=note.strip(),
        )
        _store([made])
        record(by=by, verb="rights.appoint", subject=user, note=note.strip(), data=_told(made), at=moment)
    return made


def _appointment_problems(user: User, new: NewAppointment, moment: datetime) -> list[Problem]:
    problems = []
    today = clock.day_of(moment)
    if new.role in ADMIN_ROLES and (new.plan_id or new.first or new.last):
        problems.append(
            Problem("role", _("三类管理员管全站，没有方案和期限之分，请在“本单位的角色”里授予。"))
        )
    elif new.role in AGENCY_ROLES and new.agency_id is None:
        problems.append(Problem("agency", _("填报员、签批人、办公室和复核人必须属于一个单位，请选单位。")))
    elif new.role in AGENCY_ROLES:
        agency = Agency.objects.filter(pk=new.agency_id or 0).first()
        if agency is None or agency.is_collective:
            problems.append(Problem("agency", _("集合单位没有自己的人员，请选其成员。")))
    message = _grant_problem(user, {new.role}, {one.role for one in user.holdings})
    if message and not problems:
        problems.append(Problem("role", message))
    return problems + _days_problems(new.first, new.last, today)


def _days_problems(first: date | None, last: date | None, today: date) -> list[Problem]:
    problems = []
    if first is not None and first < today:
        problems.append(Problem("first", _("起始日已经过去；任命不能倒签。")))
    if last is not None and last < (first or today):
        problems.append(Problem("last", _("截止日早于起始日。") if first else _("截止日已经过去。")))
    return problems


def _told(row: Appointment) -> dict[str, object]:
    """The appointment as the audit log keeps it."""
    return {
        "role": row.role,
        "agency": row.agency_id,
        "plan": row.plan_id,
        "since": str(row.since) if row.since else None,
        "until": str(row.until) if row.until else None,
        **({"on_behalf_of": row.on_behalf_of_id} if row.on_behalf_of_id else {}),
    }


def end_appointment(*, by: User, appointment: int, note: str, now: datetime | None = None) -> Appointment:
    """End one appointment before its day. Whoever is represented may end the appointment of their deputy too."""
    moment = now or clock.now()
    with transaction.atomic():
        lock_accounts()
        row = Appointment.objects.select_related("user").filter(pk=appointment).first()
        if row is None or (row.on_behalf_of_id != by.pk and not permissions.may_grant_roles(by)):
            raise PermissionDenied(_("只有安全保密管理员可以终止任命；代签由本人或安全保密管理员终止。"))
        if row.user_id == by.pk:
            raise PermissionDenied(_("不能更改自己的角色。"))
        if not note.strip():
            raise Problems([Problem("note", _("请写明理由。"))])
        if row.ended_at is not None or (row.until is not None and row.until <= moment):
            raise Conflict(_("这项任命已经终止，请刷新页面。"))
        if row.user.is_active and row.role in ADMIN_ROLES:
            refuse_last_administrator({row.user_id: {row.role}})
        end_all([row], by=by, reason=note.strip(), at=moment)
        record(by=by, verb="rights.end", subject=row.user, note=note.strip(), data=_told(row), at=moment)
        if row.on_behalf_of_id is not None:
            announce([row], ended=True, by=by, moment=moment)
    return row


# -- deputies 代签 -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewDeputy:
    """Who signs on behalf of an approver, from a day to a day, both included."""

    approver_id: int
    deputy_id: int
    first: date
    last: date


def may_name_deputies(user: User) -> bool:
    """Whoever approves in their own right: a deputy names no further deputy."""
    return permissions.may_approve(user.anywhere()) and user.anywhere().deputises_for() is None


def deputy_candidates(user: User) -> list[User]:
    """The people of the agency for which the user acts who can sign on their behalf."""
    serving = Appointment.objects.in_force().filter(agency=user.agency_id).values("user")
    people = User.objects.filter(Q(agency=user.agency_id) | Q(pk__in=serving), is_active=True)
    return list(
        people.exclude(pk=user.pk)
        .exclude(pk__in=User.objects.holding(*ADMIN_ROLES).values("pk"))
        .order_by("display_name", "pk")
    )


def name_deputy(*, by: User, new: NewDeputy, note: str, now: datetime | None = None) -> list[Appointment]:
    """An approver, or the rights administrator for them, names who signs on their behalf. The deputy gets what the
    approver holds in the agency, plan by plan, not for longer than they hold it; it ends by itself."""
    own = by.pk == new.approver_id
    if not (may_name_deputies(by) if own else permissions.may_grant_roles(by)):
        raise PermissionDenied(_("代签由签批人本人或安全保密管理员指定。"))
    if by.pk == new.deputy_id:
        raise PermissionDenied(_("不能指定自己代签。"))
    moment = now or clock.now()
    with transaction.atomic():
        lock_accounts()
        approver = User.objects.filter(pk=new.approver_id, is_active=True).first()
        if approver is None:
            raise Problems([Problem("deputy", _("签批人的账号已停用。"))])
        approver = approver.acting_for(by.agency_id) if own else approver.wearing(approver.agency_id)
        problems = _days_problems(new.first, new.last, clock.day_of(moment))
        if new.deputy_id not in {one.pk for one in deputy_candidates(approver)}:
            problems.append(Problem("deputy", _("代签人须是本单位在用账号的人员，且不是管理员。")))
        if not note.strip():
            problems.append(Problem("note", _("请写明事由，如“出差”“休假”。")))
        elif len(note.strip()) > REASON_LIMIT:
            problems.append(Problem("note", _("事由最多 500 字。")))
        rights = [
            one
            for one in approver.in_force
            if one.role == Role.APPROVER
            and one.agency_id == approver.agency_id
            and one.on_behalf_of_id is None
        ]
        if not rights and not problems:
            problems.append(Problem("deputy", _("这个人自己没有签批权，不能由别人代签。")))
        if problems:
            raise Problems(problems)
        since, until = max(begins(new.first), moment), begins(new.last + timedelta(days=1))
        deputy = User.objects.get(pk=new.deputy_id)
        made = [
            Appointment(
                user=deputy,
                role=Role.APPROVER,
                agency_id=approver.agency_id,
                plan_id=one.plan_id,
                since=since,
                until=until if one.until is None else max(since, min(until, one.until)),
                on_behalf_of=approver,
                made_by=by,
                reason=note.strip(),
            )
            for one in rights
        ]
        _store(made)
        record_all(
            [Entry("rights.deputy", deputy, note=note.strip(), data=_told(row)) for row in made],
            by=by,
            at=moment,
        )
        announce(made, ended=False, by=by, moment=moment)
    return made


def deputies_of(user: User) -> list[Appointment]:
    """Who signs, will sign or has signed on the user's behalf, the latest first."""
    rows = Appointment.objects.filter(on_behalf_of=user, agency=user.agency_id)
    return list(rows.select_related("user", "plan", "ended_by").order_by("-since", "-pk")[:50])
