"""Sample accounts 示例账号: for each role and each filing agency, with passwords generated on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from qhplan.sample.plans import first_plan, second_plan
from tasks.accounts.actions import NewAccount, create_accounts, mark_installation, new_password
from tasks.agencies.models import Agency, AgencyKind, AgencyName
from tasks.agencies.queries import names_at
from tasks.contacts.actions import ContactInput, set_contacts
from tasks.contacts.models import Contact
from tasks.errors import Problem, Problems
from tasks.people.models import Installation, User
from tasks.people.queries import is_sample_database
from tasks.plans.models import Plan, Responsibility
from tasks.values import Origin, Role

REVIEW_AGENCY = "duchashi"
# Agencies whose accounts are shown with a password: the office's own agency, another lead, and one that is only co.
SHOWN_AGENCIES = ("jxw", "zjj", "xining")
# The same of the second plan: its office's agency, the one that is shown, and that of its second reviewer.
SECOND_OFFICE, SECOND_SHOWN, SECOND_REVIEW = "yz-jxj", "yz-scjg", "yz-duchashi"
_SURNAMES = "王李张刘陈杨赵黄周吴徐孙马朱胡林郭何高罗"


@dataclass(frozen=True)
class SampleAccount:
    """An account for newcomers to sign in with."""

    role: Role
    username: str
    password: str
    agency: str

    def line(self) -> str:
        """Role, user name, password and agency, separated by tabs."""
        return "\t".join((str(self.role.label), self.username, self.password, self.agency))


@dataclass(frozen=True)
class _Cast:
    role: Role
    username: str
    display_name: str
    agency: Agency | None


def make_sample_people(folder: Path) -> list[SampleAccount]:
    """Creates the missing accounts and returns those to show; a second call changes nothing and returns the same.

    The passwords are in `folder`/accounts.tsv, which only this system account can read. Raises Problems if the database
    is not a sample database.
    """
    if not Installation.objects.exists() and not User.objects.exists():
        mark_installation(is_sample=True)
    if not is_sample_database():
        raise Problems([Problem("", _("这个数据库不是示例数据库，不能建立示例账号。"))])
    plan, second = first_plan(), second_plan()
    if plan is None:
        raise Problems([Problem("", _("还没有载入方案，请先运行 load_plan。"))])
    store = folder / "accounts.tsv"
    known = _read(store)
    with transaction.atomic():
        shown, others = _cast(plan)
        if second is not None:
            more, rest = _second_cast(second)
            shown, others = [*shown, *more], [*others, *rest]
        passwords = _make(shown, others, known)
        _make_contacts(plan)
    names = names_at((second or plan).first_quarter)
    accounts = [
        SampleAccount(
            role=cast.role,
            username=cast.username,
            password=passwords[cast.username],
            agency=names[cast.agency.pk].short if cast.agency else "",
        )
        for cast in shown
    ]
    text = "".join(f"{account.line()}\n" for account in accounts)
    if not store.exists() or store.read_text(encoding="utf-8") != text:
        _write_private(store, text)
    return accounts


def _cast(plan: Plan) -> tuple[list[_Cast], list[_Cast]]:
    """The accounts to show, and the reporters and approvers of all other agencies."""
    agencies = {
        agency.slug: agency
        for agency in Agency.objects.filter(responsibilities__task__plan=plan).distinct().order_by("order")
    }
    # Another plan may lack the chosen agencies: then the first three that it names are shown.
    chosen = [agencies[slug] for slug in SHOWN_AGENCIES if slug in agencies] or list(agencies.values())[:3]
    names = names_at(plan.first_quarter)
    review = _review_agency(plan)
    shown = [
        *(cast for agency in chosen for cast in _filing(agency, names)),
        _Cast(Role.OFFICE, "bgs", _("领导小组办公室"), chosen[0]),
        _Cast(
            Role.OFFICE, "bgs-qf", _("领导小组办公室签发人"), chosen[0]
        ),  # issues the briefs that the other account has edited
        _Cast(Role.SECOND_REVIEWER, "dcs", _("督查室复核人"), review),
        _Cast(Role.LEADERSHIP, "ldxz", _("领导小组成员"), None),
        _Cast(Role.EXPERT, "zhuanjia", _("专家"), None),
        _Cast(Role.VIEWER, "chayue", _("查阅人员"), None),
        _Cast(Role.ACCOUNTS_ADMIN, "xtgl", _("系统管理员"), None),
        _Cast(Role.RIGHTS_ADMIN, "aqgl", _("安全保密管理员"), None),
        _Cast(Role.AUDIT_ADMIN, "aqsj", _("安全审计员"), None),
    ]
    others = [cast for agency in agencies.values() if agency not in chosen for cast in _filing(agency, names)]
    return shown, others


def _filing(agency: Agency, names: Mapping[int, AgencyName]) -> list[_Cast]:
    name = names[agency.pk].short if agency.pk in names else agency.slug
    return [
        _Cast(Role.REPORTER, f"{agency.slug}-tb", _("%(body)s填报员") % {"body": name}, agency),
        _Cast(Role.APPROVER, f"{agency.slug}-qp", _("%(body)s签批人") % {"body": name}, agency),
    ]


def _second_cast(plan: Plan) -> tuple[list[_Cast], list[_Cast]]:
    """The same for the invented plan of another city: its office and second reviewer, and one agency, are shown."""
    agencies = list(Agency.objects.filter(responsibilities__task__plan=plan).distinct().order_by("order"))
    names = names_at(plan.first_quarter)
    office = next((agency for agency in agencies if agency.slug == SECOND_OFFICE), agencies[0])
    shown = next((agency for agency in agencies if agency.slug == SECOND_SHOWN), agencies[-1])
    place = plan.jurisdiction.name if plan.jurisdiction else ""
    review = _review_agency(plan, SECOND_REVIEW, _("市督查室"))
    cast = [
        *_filing(shown, names),
        _Cast(Role.OFFICE, "yz-bgs", _("%(place)s办公室") % {"place": place}, office),
        _Cast(Role.SECOND_REVIEWER, "yz-dcs", _("%(place)s复核人") % {"place": place}, review),
    ]
    return cast, [one for agency in agencies if agency != shown for one in _filing(agency, names)]


def _review_agency(plan: Plan, slug: str = REVIEW_AGENCY, short: str = "") -> Agency:
    """The agency of the second reviewers, which no plan names; they decide submissions of the office's own agency."""
    agency, is_new = Agency.objects.get_or_create(
        slug=slug,
        defaults={
            "kind": AgencyKind.REVIEW,
            "order": 900,
            "in_plan": False,
            "jurisdiction": plan.jurisdiction,
            "note": _("示例：复核领导小组办公室所在单位填报的机构，非方案内容。"),
        },
    )
    if is_new:
        AgencyName.objects.create(
            agency=agency,
            short=short or _("督查室"),
            full=_("%(place)s人民政府督查室") % {"place": plan.jurisdiction.name}
            if plan.jurisdiction
            else "",
            valid=DateRange(date(2000, 1, 1), None),
            origin=Origin.OUTSIDE,
            note=_("示例"),
        )
    return agency


def _make(shown: list[_Cast], others: list[_Cast], known: dict[str, str]) -> dict[str, str]:
    """Creates the missing accounts. Returns `{user name: password}` of those to show."""
    present = set(User.objects.filter(is_sample=True).values_list("username", flat=True))
    passwords = {cast.username: known.get(cast.username) or new_password() for cast in shown}
    missing = [cast for cast in [*shown, *others] if cast.username not in present]
    create_accounts(
        by=None,
        accounts=[
            NewAccount(
                username=cast.username,
                display_name=cast.display_name,
                agency_id=cast.agency.pk if cast.agency else None,
                password=passwords.get(cast.username),
                must_change_password=False,
                roles=frozenset({cast.role}),
                is_sample=True,
            )
            for cast in missing
        ],
    )
    # If the file was lost and the database was kept, nobody knows the old passwords: these accounts get new ones.
    for user in User.objects.filter(username__in=[n for n in passwords if n in present and n not in known]):
        user.set_password(passwords[user.username])
        user.save(update_fields=["password"])
    return passwords


def _make_contacts(plan: Plan) -> None:
    """Creates invented contacts with telephone numbers that cannot exist (0971-000…), for responsibilities without."""
    bare = Responsibility.objects.filter(task__plan=plan, known__endswith__isnull=True).exclude(
        pk__in=Contact.objects.values("responsibility")
    )
    inputs = []
    for duty in bare.select_related("agency"):
        key = duty.agency.order
        inputs.append(
            ContactInput(
                responsibility_id=duty.pk,
                leader=_("%(name)s某（示例）") % {"name": _SURNAMES[key % len(_SURNAMES)]},
                division=_("规划处（示例）"),
                liaison=_("%(name)s某某（示例）") % {"name": _SURNAMES[key * 7 % len(_SURNAMES)]},
                telephone=f"0971-000{key % 10000:04d}",
            )
        )
    if inputs:
        set_contacts(by=None, contacts=inputs, since=plan.in_force_from)


def _read(store: Path) -> dict[str, str]:
    if not store.exists():
        return {}
    rows = [line.split("\t") for line in store.read_text(encoding="utf-8").splitlines()]
    return {row[1]: row[2] for row in rows if len(row) == 4}


def _write_private(path: Path, text: str) -> None:
    """Writes a file that only this system account can read, from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
