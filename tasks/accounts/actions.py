"""Actions on accounts. Three administrators share the work (三员分立): one creates and closes accounts, one grants
roles, one reads the audit log; none of them edits business data, and none can take over another's account.

`by=None` is a management command, which creates the first administrators and the sample accounts.
"""

import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts import invitations, tokens
from tasks.accounts.appointments import (
    NewAppointment,
    appoint,
    end_in,
    last_change,
    lock_accounts,
    new_appointments,
    refuse_last_administrator,
    roles_problem,
)
from tasks.accounts.locks import forget_failures, locked_until
from tasks.accounts.models import RoleRequest
from tasks.accounts.passwords import keep_old
from tasks.agencies.models import Agency, AgencyKind
from tasks.audit.log import Entry, record, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.models import Appointment, Installation, User
from tasks.values import ADMIN_ROLES, Role

# Without letters and digits that are easily confused on paper.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_password() -> str:
    """A random password to read from paper and type once: three groups of four characters, 59 bits."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _i in range(4)) for _group in range(3))


def normal_username(text: str) -> str:
    """The typed name in the form of the database: half-width, lower case, without space around it."""
    return unicodedata.normalize("NFKC", text).strip().lower()


# -- the database as a whole --------------------------------------------------------------------------------


def mark_installation(*, is_sample: bool) -> Installation:
    """Records once whether this database has sample or real data. Repeating it is allowed, changing it is refused."""
    installation, _made = Installation.objects.get_or_create(pk=1, defaults={"is_sample": is_sample})
    if installation.is_sample != is_sample:
        raise Conflict(
            _("这个数据库是示例数据库，不能改作正式数据库，请另建。")
            if installation.is_sample
            else _("这个数据库是正式数据库，不能装入示例数据，请另建。")
        )
    return installation


# -- creating accounts --------------------------------------------------------------------------------------


PHONE = re.compile(r"\+?[0-9][0-9 -]{4,18}")


@dataclass(frozen=True)
class NewAccount:
    """The values of a new account. Without a password nobody can sign in to it."""

    username: str
    display_name: str
    agency_id: int | None = None
    division: str = ""
    email: str = ""
    phone: str = ""
    password: str | None = None
    must_change_password: bool = True
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_sample: bool = False


def _account_problems(account: NewAccount, agencies: dict[int, Agency], taken: set[str]) -> list[Problem]:
    problems = []

    def problem(on: str, message: str) -> None:
        problems.append(Problem(on, message, row=account.username))

    try:
        User._meta.get_field("username").run_validators(account.username)
    except ValidationError as error:
        problem("username", error.messages[0])
    if account.username in taken:
        problem("username", _("已有同名账号，请换一个。"))
    problems += _details_problems(
        account.username, account.display_name, account.agency_id, account.email, account.phone, agencies
    )
    message = roles_problem(account.roles, account.agency_id)
    if message:
        problem("roles", message)
    if account.password is not None:
        try:
            person = User(
                username=account.username, display_name=account.display_name, agency_id=account.agency_id
            )
            validate_password(account.password, person)
        except ValidationError as error:
            for message in error.messages:
                problem("password", message)
    return problems


def _details_problems(
    row: str,
    display_name: str,
    agency_id: int | None,
    email: str,
    phone: str,
    agencies: dict[int, Agency],
) -> list[Problem]:
    problems = []
    if phone and not PHONE.fullmatch(phone):
        problems.append(Problem("phone", _("“%(phone)s”不是电话号码。") % {"phone": phone[:30]}, row))
    if not display_name.strip():
        problems.append(Problem("display_name", _("请填写姓名。"), row))
    if agency_id is not None:
        agency = agencies.get(agency_id)
        if agency is None:
            problems.append(Problem("agency", _("没有这个单位。"), row))
        elif agency.kind == AgencyKind.COLLECTIVE:
            problems.append(Problem("agency", _("集合单位没有自己的账号，请选其成员。"), row))
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            problems.append(Problem("email", error.messages[0], row))
    return problems


def create_accounts(
    *, by: User | None, accounts: Sequence[NewAccount], now: datetime | None = None
) -> list[User]:
    """Creates accounts. An administrator creates them without roles; only a management command (`by=None`) grants roles."""
    if by is not None and not (permissions.may_manage_accounts(by) and not any(a.roles for a in accounts)):
        raise PermissionDenied(_("只有系统管理员可以建立账号；角色由安全保密管理员授予。"))
    moment = now or clock.now()
    agencies = Agency.objects.in_bulk({a.agency_id for a in accounts if a.agency_id is not None})
    names = [account.username for account in accounts]
    taken = set(User.objects.filter(username__in=names).values_list("username", flat=True))
    problems = []
    for account in accounts:
        problems += _account_problems(account, agencies, taken)
        taken.add(account.username)
    if problems:
        raise Problems(problems)
    try:
        with transaction.atomic():
            users = User.objects.bulk_create(
                User(
                    username=account.username,
                    display_name=account.display_name.strip(),
                    agency_id=account.agency_id,
                    division=account.division.strip(),
                    email=account.email,
                    phone=account.phone,
                    password=make_password(account.password),
                    must_change_password=account.must_change_password,
                    is_sample=account.is_sample,
                )
                for account in accounts
            )
            Appointment.objects.bulk_create(
                [
                    one
                    for user, account in zip(users, accounts, strict=True)
                    for one in new_appointments(user, account.roles, since=None, by=by)
                ]
            )
            record_all(
                [
                    Entry(
                        "account.create",
                        user,
                        to_state="active",
                        data={
                            "username": user.username,
                            "agency": user.agency_id,
                            "roles": sorted(account.roles),
                        },
                    )
                    for user, account in zip(users, accounts, strict=True)
                ],
                by=by,
                at=moment,
            )
    except IntegrityError as error:
        # Another administrator has taken a name between the check and the INSERT.
        raise Conflict(_("刚刚已有人建立了同名账号，请刷新后查看。")) from error
    return users


# -- amending and closing -----------------------------------------------------------------------------------


def set_active(
    *, by: User, users: Sequence[int], active: bool, note: str, now: datetime | None = None
) -> list[User]:
    """Closes accounts (停用) or reopens them. A closed account is signed out with its next request."""
    if not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("只有系统管理员可以停用或启用账号。"))
    if by.pk in users:
        raise PermissionDenied(_("不能停用或启用自己的账号。"))
    if not note.strip():
        raise Problems([Problem("note", _("请写明理由。"))])
    moment = now or clock.now()
    with transaction.atomic():
        lock_accounts()
        accounts = list(User.objects.select_for_update().filter(pk__in=users).order_by("pk"))
        for user in accounts:
            if user.is_active == active:
                state = _("启用") if active else _("停用")
                raise Conflict(
                    _("“%(user)s”已经%(state)s%(who)s。")
                    % {"user": user.username, "state": state, "who": last_change(user)}
                )
        if not active:
            refuse_last_administrator({user.pk: user.roles for user in accounts})
        User.objects.filter(pk__in=[user.pk for user in accounts]).update(is_active=active)
        states = ("closed", "active") if active else ("active", "closed")
        record_all(
            [
                Entry("account.open" if active else "account.close", user, *states, note=note.strip())
                for user in accounts
            ],
            by=by,
            at=moment,
        )
    for user in accounts:
        user.is_active = active
    return accounts


# Called with an account that has moved to another agency, who moved it and when; what packages above gave it in the
# former agency ends. Each returns what ended, for the audit log.
Leaving: TypeAlias = Callable[[User, int | None, User, datetime], dict[str, int]]
_leaving: list[Leaving] = []


def on_leaving(function: Leaving) -> Leaving:
    """Register a function that ends what a person was given in an agency; it is called with the account, the id of the
    agency that it leaves, the actor and the moment, inside the transaction."""
    _leaving.append(function)
    return function


def amend_account(
    *,
    by: User,
    user: User,
    display_name: str,
    agency_id: int | None,
    division: str = "",
    email: str = "",
    phone: str | None = None,
    now: datetime | None = None,
) -> User:
    """Changes name, division, e-mail address, mobile number (None leaves it) or agency. An account that moves to another agency loses what it
    held in the former one (the rights administrator grants new roles), its API token and what it was given in the former agency."""
    if not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("只有系统管理员可以修改账号。"))
    agencies = Agency.objects.in_bulk([agency_id] if agency_id is not None else [])
    problems = _details_problems(user.username, display_name, agency_id, email, phone or "", agencies)
    if problems:
        raise Problems(problems)
    with transaction.atomic():
        lock_accounts()
        current = User.objects.select_for_update().get(pk=user.pk)
        moved = current.agency_id != agency_id
        if moved:
            refuse_last_administrator({current.pk: current.roles})
        before: dict[str, Any] = {
            "display_name": current.display_name,
            "agency": current.agency_id,
            "roles": list(current.roles),
        }
        current.display_name = display_name.strip()
        current.agency_id = agency_id
        current.division = division.strip()
        current.email = email
        current.phone = current.phone if phone is None else phone.strip()
        current.save(update_fields=["display_name", "agency", "division", "email", "phone"])
        moment = now or clock.now()
        if moved:
            end_in([current.pk], [before["agency"], None], by=by, reason=_("账号转到其他单位"), at=moment)
            current.refresh_from_db()
        after = {
            "display_name": current.display_name,
            "agency": current.agency_id,
            "roles": list(current.roles),
        }
        ended: dict[str, int] = {}
        if moved:
            for leave in _leaving:
                ended |= leave(current, before["agency"], by, moment)
            if tokens.drop_token(current):
                ended["token"] = 1
        record(
            by=by,
            verb="account.amend",
            subject=current,
            data={"before": before, "after": after, **({"ended": ended} if ended else {})},
            at=moment,
        )
    return current


def reset_password(*, by: User | None, user: User, note: str = "", now: datetime | None = None) -> str:
    """Sets a new random password, to be changed at the next sign-in, and returns it to be shown once. A lock after too
    many failed sign-ins is lifted, or the new password would not open either.

    An administrator's password can only be reset by a management command (`by=None`): the accounts administrator could
    otherwise take over the account that grants roles.
    """
    if by is not None:
        if not permissions.may_manage_accounts(by):
            raise PermissionDenied(_("只有系统管理员可以重置密码。"))
        if set(user.roles) & ADMIN_ROLES:
            raise PermissionDenied(_("管理员的密码只能在服务器上用命令重置，以免一人掌握三员的权限。"))
        if not note.strip():
            raise Problems([Problem("note", _("请写明为什么重置。"))])
    password = new_password()
    with transaction.atomic():
        # Asked again: the password of a user who has just become administrator must not be reset.
        wanted = User.objects.filter(pk=user.pk)
        if by is not None:
            wanted = wanted.exclude(pk__in=User.objects.holding(*ADMIN_ROLES).values("pk"))
        keep_old(user)
        changed = wanted.update(password=make_password(password), must_change_password=True)
        if not changed:
            raise Conflict(_("“%(user)s”的角色刚刚变动，请刷新后再试。") % {"user": user.username})
        invitations.withdraw([user.pk])
        was_locked = locked_until(user) is not None
        forget_failures(user)
        record(
            by=by,
            verb="account.reset_password",
            subject=user,
            note=note.strip(),
            data={"unlocked": True} if was_locked else {},
            at=now or clock.now(),
        )
    return password


def change_own_password(*, by: User, password: str, now: datetime | None = None) -> None:
    """Sets the user's own password. The caller has checked the old password and validated the new one."""
    with transaction.atomic():
        keep_old(by)
        by.set_password(password)
        by.must_change_password = False
        by.save(update_fields=["password", "must_change_password"])
        record(by=by, verb="account.change_password", subject=by, at=now or clock.now())


# -- what lists of people ask for ---------------------------------------------------------------------------


@transaction.atomic
def settle_requests(
    *, by: User, requests: Sequence[int], grant: bool, note: str, now: datetime | None = None
) -> list[RoleRequest]:
    """Grant or refuse the roles that lists ask for, all or none of these; each once."""
    if not permissions.may_grant_roles(by):
        raise PermissionDenied(_("只有安全保密管理员可以授予角色。"))
    if not requests:
        raise Problems([Problem("", _("请先勾选要办理的申请。"))])
    lock_accounts()
    rows = list(
        RoleRequest.objects.select_for_update(of=("self",))
        .filter(pk__in=requests, settled_at=None)
        .select_related("user")
        .order_by("pk")
    )
    if len(rows) != len(set(requests)):
        raise Conflict(_("所选申请中有的刚刚已经办理，请刷新页面。"))
    if grant:
        for row in rows:
            new = NewAppointment(row.user_id, row.role, row.agency_id, row.plan_id)
            appoint(by=by, new=new, note=note, now=now)
    elif not note.strip():
        raise Problems([Problem("note", _("请写明理由。"))])
    else:
        entries = [
            Entry("rights.refuse", row.user, note=note.strip(), data={"role": row.role}) for row in rows
        ]
        record_all(entries, by=by, at=now or clock.now())
    RoleRequest.objects.filter(pk__in=[row.pk for row in rows]).update(
        settled_by=by, settled_at=timezone.now(), is_granted=grant
    )
    return rows


# -- one person -------------------------------------------------------------------------------------------


@transaction.atomic
def allow_one_person(
    *, by: User, agency: Agency, allowed: bool, note: str, now: datetime | None = None
) -> Agency:
    """Sets whether one person may write and approve a submission in this agency. The default is two people."""
    if not permissions.may_grant_roles(by):
        raise PermissionDenied(_("由安全保密管理员设定。"))
    problems = []
    if not note.strip():
        problems.append(Problem("note", _("请写明理由。")))
    elif len(note) > 500:
        problems.append(Problem("note", _("理由最多 500 字。")))
    if agency.is_collective:
        problems.append(Problem("agency", _("集合单位不填报，不必设定。")))
    if problems:
        raise Problems(problems)
    if not Agency.objects.filter(pk=agency.pk, one_person=not allowed).update(one_person=allowed):
        raise Conflict(_("这个单位本来就是这样，没有改动。"))
    agency.one_person = allowed
    data = {"agency": agency.slug, "allowed": allowed}
    record(
        by=by, verb="agency.one_person", subject=agency, note=note.strip(), data=data, at=now or clock.now()
    )
    return agency
