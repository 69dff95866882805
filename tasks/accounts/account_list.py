"""人员名单: accounts from an Excel list. Read and checked as a whole, shown, and made when the preview is confirmed.

Columns: 姓名, 用户名, 单位 and, where present, 处室, 角色, 方案, 邮箱, 手机. Roles are only asked for: the rights
administrator grants them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz, process

from qhplan import clock
from tasks import typed
from tasks.accounts import invitations
from tasks.accounts.actions import PHONE, NewAccount, create_accounts, normal_username
from tasks.accounts.models import RoleRequest
from tasks.agencies.models import Agency, AgencyAlias, AgencyKind, AgencyName
from tasks.agencies.queries import distinct_labels, names_at
from tasks.people import permissions
from tasks.people.models import AGENCY_ROLES, User
from tasks.values import ADMIN_ROLES, Period, Role
from tasks.workbooks.reading import Reader
from tasks.workbooks.upload_check import open_package
from tasks.workbooks.values import Refused

MOST_ROWS = 1000
HEADINGS = {
    gettext_lazy("用户名"): "code",
    gettext_lazy("姓名"): "display_name",
    gettext_lazy("单位"): "agency",
}
ALSO = {
    "division": re.compile(r"处室|部门|科室"),
    "roles": re.compile(r"角色"),
    "plan": re.compile(r"方案"),
    "email": re.compile(r"邮箱|电子邮箱|电子邮件|E-?mail", re.IGNORECASE),
    "phone": re.compile(r"手机|手机号|手机号码|电话"),
}
LIMITS = {"code": 60, "display_name": 60, "agency": 200, "division": 60, "email": 254, "phone": 20}
WORDS = {
    "code": gettext_lazy("用户名"),
    "display_name": gettext_lazy("姓名"),
    "agency": gettext_lazy("单位"),
    "division": gettext_lazy("处室"),
    "roles": gettext_lazy("角色"),
    "plan": gettext_lazy("方案"),
    "email": gettext_lazy("邮箱"),
    "phone": gettext_lazy("手机"),
}
_FORMULA = re.compile(r"[=+\-@]")
_MARKUP = re.compile(r"[<>]|&[a-z#]", re.IGNORECASE)


@dataclass
class ListRow:
    """One person of the list, with what is wrong: one sentence each."""

    row: int
    username: str
    display_name: str
    agency_id: int | None = None
    agency: str = ""
    division: str = ""
    roles: list[str] = field(default_factory=list)
    plan_id: int | None = None
    plan: str = ""
    email: str = ""
    phone: str = ""
    problems: list[str] = field(default_factory=list)

    @property
    def role_words(self) -> str:
        return "、".join(str(Role(role).label) for role in self.roles)


def read(data: bytes, name: str) -> list[ListRow]:
    """The people of the uploaded list, each checked. Raises Refused for a file that is no such list. Seven queries."""
    package = open_package(data, name)
    if not package.sheets:
        raise Refused(_("文件里没有工作表。"))
    sheet = next(iter(package.sheets))
    reader = Reader(package, [sheet])
    table = reader.table(sheet, {str(word): name for word, name in HEADINGS.items()}, ALSO)
    faults: dict[int, list[str]] = {}
    rows: list[ListRow] = []
    filled = [(number, cells) for number, cells in table.rows if any(str(cell).strip() for cell in cells)]
    if not filled:
        raise Refused(_("名单里没有人：标题行下面是空的。"))
    if len(filled) > MOST_ROWS:
        raise Refused(
            _("名单有 %(n)d 行，一次最多 %(most)d 行，请分几次上传。") % {"n": len(filled), "most": MOST_ROWS}
        )
    lookup = _Lookup()
    for number, cells in filled:
        said = {
            field: reader.text(cells[column - 1], table.at(number, field)) if column <= len(cells) else ""
            for field, column in table.columns.items()
        }
        rows.append(_row(number, {key: typed.line(value) for key, value in said.items()}, lookup))
    for problem in reader.problems:
        faults.setdefault(problem.row, []).append(problem.message)
    for row in rows:
        row.problems = [*faults.get(row.row, []), *row.problems]
    _check_names(rows)
    return rows


class _Lookup:
    """Agencies by every name that they have or had, and plans by title."""

    def __init__(self) -> None:
        self.places = dict(Agency.objects.values_list("pk", "jurisdiction"))
        self.labels = dict(distinct_labels(names_at(Period.of(clock.today()))))
        self.agencies: dict[str, set[int]] = {}
        for pk, label in self.labels.items():
            self.agencies.setdefault(label, set()).add(pk)
        known = AgencyName.objects.exclude(agency__kind=AgencyKind.COLLECTIVE)
        for pk, short, full in known.values_list("agency", "short", "full"):
            for name in filter(None, (short, full)):
                self.agencies.setdefault(name, set()).add(pk)
        for pk, name in AgencyAlias.objects.exclude(agency__kind=AgencyKind.COLLECTIVE).values_list(
            "agency", "text"
        ):
            self.agencies.setdefault(name, set()).add(pk)
        # The model belongs to a higher package.
        plans = apps.get_model("tasks.Plan").objects.values_list("title", "pk", "jurisdiction")
        self.plans = {title: pk for title, pk, _place in plans}
        self.agencies_of = {title: self._of(place) for title, _pk, place in plans}
        self.roles = {str(role.label): role.value for role in Role}

    def _of(self, jurisdiction: int | None) -> set[int]:
        """The agencies of the jurisdiction."""
        return {pk for pk, place in self.places.items() if jurisdiction and place == jurisdiction}

    def near(self, name: str) -> str:
        """The names that look most like it, quoted; "" if none does."""
        found = process.extract(name, list(self.agencies), scorer=fuzz.ratio, limit=8, score_cutoff=50)
        labels = dict.fromkeys(
            self.labels[pk]
            for word, _score, _at in found
            for pk in sorted(self.agencies[word])
            if pk in self.labels
        )
        return "、".join(f"“{label}”" for label in list(labels)[:3])


def _row(number: int, said: dict[str, str], lookup: _Lookup) -> ListRow:
    row = ListRow(
        number,
        normal_username(said.get("code", "")),
        said.get("display_name", ""),
        division=said.get("division", ""),
        email=said.get("email", ""),
        phone=said.get("phone", ""),
        agency=said.get("agency", ""),
        plan=said.get("plan", ""),
    )
    say = row.problems.append
    for name, value in said.items():
        word = WORDS[name]
        if _FORMULA.match(value) and not (name == "phone" and value.startswith("+")):
            say(_("“%(word)s”以“%(sign)s”开头，像公式，请改成文字。") % {"word": word, "sign": value[0]})
        elif _MARKUP.search(value):
            say(_("“%(word)s”里有 <、> 或 & 这样的网页代码，请删去。") % {"word": word})
        elif len(value) > LIMITS.get(name, 200):
            say(
                _("“%(word)s”有 %(n)d 字，最多 %(most)d 字。")
                % {"word": word, "n": len(value), "most": LIMITS.get(name, 200)}
            )
    if not row.username:
        say(_("没有填用户名。"))
    else:
        try:
            User._meta.get_field("username").run_validators(row.username)
        except ValidationError as error:
            say(str(error.messages[0]))
    if not row.display_name:
        say(_("没有填姓名。"))
    _find_agency(row, lookup)
    _find_roles(row, said.get("roles", ""), lookup)
    if row.plan:
        row.plan_id = lookup.plans.get(row.plan)
        if row.plan_id is None:
            say(_("没有叫“%(plan)s”的方案，请填方案全称，或留空表示全部方案。") % {"plan": row.plan[:60]})
    if row.email:
        try:
            validate_email(row.email)
        except ValidationError:
            say(_("“%(email)s”不是邮箱地址。") % {"email": row.email[:60]})
    if row.phone and not PHONE.fullmatch(row.phone):
        say(_("“%(phone)s”不是电话号码。") % {"phone": row.phone[:30]})
    return row


def _find_agency(row: ListRow, lookup: _Lookup) -> None:
    if not row.agency:
        row.problems.append(_("没有填单位。"))
        return
    found = lookup.agencies.get(row.agency, set())
    if len(found) > 1:  # of several of one name the one of the plan's own place is meant
        own = found & lookup.agencies_of.get(row.plan, set())
        found = own if len(own) == 1 else found
    if len(found) == 1:
        (row.agency_id,) = found
        row.agency = lookup.labels.get(row.agency_id, row.agency)
    elif found:
        names = "、".join(f"“{lookup.labels[pk]}”" for pk in sorted(found) if pk in lookup.labels)
        row.problems.append(
            _("有几个单位都叫“%(name)s”，请写清楚是哪一个：%(names)s。")
            % {"name": row.agency, "names": names}
        )
    else:
        near = lookup.near(row.agency)
        sentence = _("没有单位叫“%(name)s”") % {"name": row.agency[:60]}
        row.problems.append(sentence + (_("，是不是%(near)s？") % {"near": near} if near else "。"))


def _find_roles(row: ListRow, text: str, lookup: _Lookup) -> None:
    for word in filter(None, re.split(r"[、，,;；/\s]+", text)):
        role = lookup.roles.get(word)
        if role is None:
            known = "、".join(str(one.label) for one in Role if one not in ADMIN_ROLES)
            row.problems.append(
                _("没有“%(word)s”这个角色，可填：%(known)s。") % {"word": word[:30], "known": known}
            )
        elif role in ADMIN_ROLES:
            row.problems.append(_("“%(word)s”不能通过名单申请，由安全保密管理员单独授予。") % {"word": word})
        elif role not in row.roles:
            row.roles.append(role)


def _check_names(rows: Sequence[ListRow]) -> None:
    """User names are taken once: on the site and within the list."""
    taken = set(
        User.objects.filter(username__in=[row.username for row in rows]).values_list("username", flat=True)
    )
    first: dict[str, int] = {}
    for row in rows:
        if row.username in taken:
            row.problems.append(
                _("已有用户名“%(name)s”的账号，请换一个，或从名单中删去。") % {"name": row.username}
            )
        if row.username and row.username in first:
            row.problems.append(
                _("用户名“%(name)s”与第 %(row)d 行重复。")
                % {"name": row.username, "row": first[row.username]}
            )
        first.setdefault(row.username, row.row)


def as_json(rows: Iterable[ListRow]) -> list[dict[str, Any]]:
    return [asdict(row) for row in rows]


def make_accounts(
    *, by: User, rows: Sequence[ListRow], now: datetime | None = None
) -> list[tuple[User, str]]:
    """Make the accounts of the list, all or none, without a password: [(account, the secret of its invitation)]. What
    roles were asked for waits for the rights administrator."""
    if not permissions.may_manage_accounts(by):
        raise PermissionDenied(_("只有系统管理员可以建立账号；角色由安全保密管理员授予。"))
    with transaction.atomic():
        users = create_accounts(
            by=by,
            accounts=[
                NewAccount(
                    row.username, row.display_name, row.agency_id, row.division, row.email, phone=row.phone
                )
                for row in rows
            ],
            now=now,
        )
        RoleRequest.objects.bulk_create(
            [
                RoleRequest(
                    user=user,
                    role=role,
                    agency_id=row.agency_id if role in AGENCY_ROLES else None,
                    plan_id=row.plan_id,
                    asked_by=by,
                )
                for user, row in zip(users, rows, strict=True)
                for role in row.roles
            ]
        )
        return list(zip(users, invitations.invite(by=by, users=users, now=now), strict=True))
