"""Actions on accounts. Three administrators share the work (三员分立): one creates and closes accounts, one grants
roles, one reads the audit log; none of them edits business data, and none can take over another's account.

`by=None` is a management command, which creates the first administrators and the sample accounts.
"""

import secrets
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts import tokens
from tasks.accounts.locks import forget_failures, locked_until
from tasks.agencies.models import Agency, AgencyKind
from tasks.audit.log import Entry, last_event_on, record, record_all
from tasks.audit.models import Event
from tasks.errors import Conflict, Problem, Problems
from tasks.people import permissions
from tasks.people.models import Installation, User
from tasks.values import ADMIN_ROLES, Role

AGENCY_ROLES = frozenset({Role.REPORTER, Role.APPROVER, Role.OFFICE, Role.SECOND_REVIEWER})
# Each kind of advisory lock has its own number, so that different kinds never conflict.
_LOCK_ACCOUNTS = 0x41434354
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


@dataclass(frozen=True)
class NewAccount:
    """The values of a new account. Without a password nobody can sign in to it."""

    username: str
    display_name: str
    agency_id: int | None = None
    division: str = ""
    email: str = ""
    password: str | None = None
    must_change_password: bool = True
    roles: frozenset[Role] = field(default_factory=frozenset)
    is_sample: bool = False


def roles_problem(roles: Iterable[str], agency_id: int | None) -> str:
    """The message why these roles cannot be combined, or need an agency; "" if they are valid."""
    role_set = set(roles)
    if role_set & ADMIN_ROLES and len(role_set) > 1:
        return _("系统管理员、安全保密管理员、安全审计员各由专人担任，不能兼任其他角色。")
    if role_set & AGENCY_ROLES and agency_id is None:
        return _("填报员、签批人、办公室和复核人必须属于一个单位。")
    return ""


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
        account.username, account.display_name, account.agency_id, account.email, agencies
    )
    message = roles_problem(account.roles, account.agency_id)
    if message:
        problem("roles", message)
    if account.password is not None:
        try:
            validate_password(account.password, User(username=account.username))
        except ValidationError as error:
            for message in error.messages:
                problem("password", message)
    return problems


def _details_problems(
    row: str, display_name: str, agency_id: int | None, email: str, agencies: dict[int, Agency]
) -> list[Problem]:
    problems = []
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
                    password=make_password(account.password),
                    must_change_password=account.must_change_password,
                    roles=sorted(account.roles),
                    is_sample=account.is_sample,
                )
                for account in accounts
            )
            record_all(
                [
                    Entry(
                        "account.create",
                        user,
                        to_state="active",
                        data={"username": user.username, "agency": user.agency_id, "roles": list(user.roles)},
                    )
                    for user in users
                ],
                by=by,
                at=moment,
            )
    except IntegrityError as error:
        # Another administrator has taken a name between the check and the INSERT.
        raise Conflict(_("刚刚已有人建立了同名账号，请刷新后查看。")) from error
    return users


# -- amending and closing -----------------------------------------------------------------------------------


def _lock_accounts() -> None:
    """Locks changes of accounts until the transaction ends: otherwise two administrators could be removed at the same
    time, because each check would count the other. Taken before any row lock, to avoid deadlocks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK_ACCOUNTS])


def _last_change(user: User) -> str:
    event: Event | None = last_event_on(user)
    if event is None:
        return ""
    return _("（%(name)s，%(at)s）") % {
        "name": event.by or _("系统"),
        "at": f"{timezone.localtime(event.recorded_at):%Y-%m-%d %H:%M}",
    }


def _refuse_last_administrator(leaving: Sequence[User]) -> None:
    """Raises Problems if one of the three administrator roles would lose its last active user, because nobody could
    then appoint another."""
    ids = [user.pk for user in leaving]
    for role in sorted(ADMIN_ROLES):
        if not any(role in user.roles for user in leaving):
            continue
        others = User.objects.filter(roles__contains=[role], is_active=True).exclude(pk__in=ids)
        if not others.exists():
            raise Problems(
                [Problem("", _("这是最后一个在用的%(role)s账号，不能停用或撤销。") % {"role": role.label})]
            )


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
        _lock_accounts()
        accounts = list(User.objects.select_for_update().filter(pk__in=users).order_by("pk"))
        for user in accounts:
            if user.is_active == active:
                state = _("启用") if active else _("停用")
                raise Conflict(
                    _("“%(user)s”已经%(state)s%(who)s。")
                    % {"user": user.username, "state": state, "who": _last_change(user)}
                )
        if not active:
            _refuse_last_administrator(accounts)
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
    now: datetime | None = None,
) -> User:
    """Changes name, division, e-mail address or agency. An account that moves to another agency loses its roles (the
    rights administrator grants new ones), its API token and what it was given in the former agency."""
    if not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("只有系统管理员可以修改账号。"))
    agencies = Agency.objects.in_bulk([agency_id] if agency_id is not None else [])
    problems = _details_problems(user.username, display_name, agency_id, email, agencies)
    if problems:
        raise Problems(problems)
    with transaction.atomic():
        _lock_accounts()
        current = User.objects.select_for_update().get(pk=user.pk)
        moved = current.agency_id != agency_id
        if moved and current.roles:
            _refuse_last_administrator([current])
        before: dict[str, Any] = {
            "display_name": current.display_name,
            "agency": current.agency_id,
            "roles": list(current.roles),
        }
        current.display_name = display_name.strip()
        current.agency_id = agency_id
        current.division = division.strip()
        current.email = email
        if moved:
            current.roles = []
        current.save(update_fields=["display_name", "agency", "division", "email", "roles"])
        after = {
            "display_name": current.display_name,
            "agency": current.agency_id,
            "roles": list(current.roles),
        }
        moment = now or clock.now()
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
        # Only if the roles are unchanged: the password of a user who has just become administrator must not be reset.
        changed = User.objects.filter(pk=user.pk, roles=user.roles).update(
            password=make_password(password), must_change_password=True
        )
        if not changed:
            raise Conflict(_("“%(user)s”的角色刚刚变动，请刷新后再试。") % {"user": user.username})
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
        by.set_password(password)
        by.must_change_password = False
        by.save(update_fields=["password", "must_change_password"])
        record(by=by, verb="account.change_password", subject=by, at=now or clock.now())


# -- roles --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Grant:
    """The new roles of an account, and the roles that the administrator saw before."""

    user_id: int
    roles: frozenset[str]
    before: frozenset[str]


def grant_roles(*, by: User, grants: Sequence[Grant], note: str, now: datetime | None = None) -> list[User]:
    """Grants and revokes roles. Nobody changes their own roles; each administrator role keeps an active user."""
    if not permissions.may_grant_roles(by):
        raise PermissionDenied(_("只有安全保密管理员可以授予角色。"))
    if any(grant.user_id == by.pk for grant in grants):
        raise PermissionDenied(_("不能更改自己的角色。"))
    if not note.strip():
        raise Problems([Problem("note", _("请写明理由。"))])
    moment = now or clock.now()
    with transaction.atomic():
        _lock_accounts()
        users = {
            user.pk: user
            for user in User.objects.select_for_update()
            .filter(pk__in=[g.user_id for g in grants])
            .order_by("pk")
        }
        problems, entries, changed, leaving = [], [], [], []
        for grant in grants:
            user = users[grant.user_id]
            if set(user.roles) != grant.before:
                raise Conflict(
                    _("“%(user)s”的角色刚刚变动%(who)s，请刷新后再改。")
                    % {"user": user.username, "who": _last_change(user)}
                )
            unknown = grant.roles - set(Role.values)
            message = _("没有这个角色。") if unknown else roles_problem(grant.roles, user.agency_id)
            if not message and grant.roles & ADMIN_ROLES and user.must_change_password:
                # The accounts administrator still knows the initial password, and would then have both roles.
                message = _("这个账号还在用系统管理员给的初始密码；请本人登录修改密码后再授予管理员角色。")
            if message:
                problems.append(Problem("roles", message, row=user.username))
            if grant.roles == grant.before:
                problems.append(Problem("roles", _("角色没有变化。"), row=user.username))
            if grant.before & ADMIN_ROLES - grant.roles and user.is_active:
                leaving.append(User(pk=user.pk, roles=sorted(grant.before - grant.roles)))
            user.roles = sorted(grant.roles)
            changed.append(user)
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
        _refuse_last_administrator(leaving)
        User.objects.bulk_update(changed, ["roles"])
        record_all(entries, by=by, at=moment)
    return changed


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
