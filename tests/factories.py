"""Small worlds for tests: one plain function per object, with a default for all that a test does not say.

Names are invented. Times are given as text in Asia/Shanghai ("2017-04-05 12:00") or as datetimes; quarters
as text ("2017Q1") or as Period.
"""

import itertools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange, DateTimeTZRange, NumericRange
from django.utils import timezone

from tasks.audit import log
from tasks.audit.models import Event
from tasks.indicators.values import ACROSS
from tasks.models import (
    Agency,
    AgencyKind,
    AgencyName,
    Appointment,
    Cycle,
    Decision,
    DecisionRecord,
    Figure,
    Indicator,
    IndicatorDefinition,
    IndicatorKind,
    IndicatorOwner,
    IndicatorTask,
    Lineage,
    Part,
    PathPoint,
    Plan,
    Reopening,
    Responsibility,
    SealedSheet,
    Sector,
    State,
    StoredFile,
    Submission,
    Target,
    Task,
    TaskGroup,
    TaskSector,
    TaskTerm,
    TermStatus,
    User,
    Verification,
    Version,
)
from tasks.people.models import AGENCY_ROLES, Holding
from tasks.values import Duty, Light, Origin, Period, Role

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "long enough for a test"
OUTSIDE: dict[str, Any] = {"origin": Origin.OUTSIDE, "origin_note": "测试数据"}
_count = itertools.count(1)


def moment(text: str | datetime) -> datetime:
    """`2017-04-05 12:00` (or `2017-04-05`, its midnight) in Asia/Shanghai."""
    return text if isinstance(text, datetime) else datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def quarter(text: str | Period) -> Period:
    """`2017Q1` → Period."""
    return text if isinstance(text, Period) else Period.parse(text)


def quarters(first: str | Period | None, last: str | Period | None = None) -> NumericRange:
    """A `valid` range from first to last, both included; open where None."""
    return NumericRange(
        None if first is None else quarter(first).ordinal,
        None if last is None else quarter(last).ordinal + 1,
    )


def known(since: str | datetime | None, until: str | datetime | None = None) -> DateTimeTZRange:
    """A `known` range [since, until); open where None."""
    return DateTimeTZRange(None if since is None else moment(since), None if until is None else moment(until))


# -- the plan -----------------------------------------------------------------------------------------------


def plan(**values: Any) -> Plan:
    """A plan in force from 2016-07-26 to 2025-12-31, like the first one, with nothing in it."""
    number = next(_count)
    text = values.pop("text", f"测试方案{number}")
    return Plan.objects.create(
        **{
            "slug": f"plan-{number}",
            "title": f"测试方案{number}",
            "doc_number": f"测政〔2016〕{number}号",
            "issued_on": date(2016, 6, 27),
            "in_force_from": date(2016, 7, 26),
            "in_force_to": date(2025, 12, 31),
            "text": text,
            "text_sha256": sha256(text.encode()).hexdigest(),
            **values,
        }
    )


def group(plan: Plan, **values: Any) -> TaskGroup:
    """The plan's next task group."""
    number = values.pop("number", plan.groups.count() + 1)
    return TaskGroup.objects.create(
        plan=plan, number=number, **{"name": f"任务组{number}", **OUTSIDE, **values}
    )


_group = group  # the parameter of that name hides the function


def task(
    plan: Plan, group: TaskGroup | None = None, *, lead: Agency | None = None, co: Any = (), **values: Any
) -> Task:
    """The plan's next main task, in `group` (default: its first one, made if need be); with `lead` and `co`
    its responsibilities too, valid and known since ever."""
    if values.get("part", Part.MAIN) == Part.MAIN and group is None:
        group = plan.groups.first() or _group(plan)
    order = values.pop("order", plan.tasks.count() + 1)
    prefix = f"3-{group.number}" if group else "4"
    number = values.pop("number", plan.tasks.filter(group=group).count() + 1)
    made = Task.objects.create(
        plan=plan,
        group=group,
        **{
            "part": Part.MAIN,
            "number": number,
            "order": order,
            "ref": f"{prefix}-{number}",
            "code": f"{prefix}-{number}",
            "heading": f"任务{order}",
            **OUTSIDE,
            **values,
        },
    )
    if lead is not None:
        responsibility(made, lead)
    for agency in co:
        responsibility(made, agency, Duty.CO)
    return made


def safeguard(plan: Plan, **values: Any) -> Task:
    """The plan's next safeguard measure 保障措施; takes what `task` takes."""
    return task(plan, part=Part.SAFEGUARD, **values)


def sector(plan: Plan, *tasks: Task, **values: Any) -> Sector:
    """The plan's next sector, linked with the tasks."""
    number = values.pop("number", plan.sectors.count() + 1)
    made = Sector.objects.create(plan=plan, number=number, **{"name": f"领域{number}", **OUTSIDE, **values})
    TaskSector.objects.bulk_create(TaskSector(task=task, sector=made, **OUTSIDE) for task in tasks)
    return made


# -- bodies and people --------------------------------------------------------------------------------------


def agency(name: str = "", *, since: date | None = None, until: date | None = None, **values: Any) -> Agency:
    """A department with one name, from `since` until the day before `until`."""
    number = next(_count)
    # In most tests one person may do both; what it means where he may not has tests of its own.
    usual = {
        "slug": f"agency-{number}",
        "kind": AgencyKind.DEPARTMENT,
        "order": number,
        "one_person": True,
    }
    made = Agency.objects.create(**{**usual, **values})
    AgencyName.objects.create(
        agency=made, short=name or f"单位{number}", valid=DateRange(since, until), origin=Origin.OUTSIDE
    )
    return made


def edge(
    kind: str, predecessor: Agency, successor: Agency | None = None, *, on: str = "2018-11-01", **values: Any
) -> Lineage:
    """What became of a body; without a successor it is its own, under another name. No name follows it here."""
    return Lineage.objects.create(
        kind=kind,
        predecessor=predecessor,
        successor=successor or predecessor,
        on=date.fromisoformat(on),
        **{"confidence": "high", "date_confidence": "high", "note": "测试数据", **values},
    )


_agency = agency  # the parameter of that name hides the function


def user(*roles: Role, agency: Agency | None = None, password: str | None = PASSWORD, **values: Any) -> User:
    """An account with the roles (default: viewer) and PASSWORD; with an agency of its own where a role needs
    one. `password=None` saves the hashing for accounts that never log in."""
    held = values.pop("roles", list(roles) or [Role.VIEWER])
    if agency is None and AGENCY_ROLES & set(held):
        agency = _agency()
    number = next(_count)
    made = User(
        **{
            "username": f"user-{number}",
            "display_name": f"用户{number}",
            "agency": agency,
            **values,
        }
    )
    if password is None:
        made.set_unusable_password()
    else:
        made.set_password(password)
    made.save()
    made.__dict__["holdings"] = ()
    for role in held:
        appointment(made, role)
    return made


def nobody() -> User:
    """An account that holds nothing."""
    made = user(password=None)
    return hold(made)


def hold(user: User, *roles: Role, agency: Agency | None = None) -> User:
    """The account with exactly these roles, and in another agency if one is given; what it held before is ended."""
    if agency is not None:
        User.objects.filter(pk=user.pk).update(agency=agency)
    own = User.objects.get(pk=user.pk)
    rows = Appointment.objects.not_ended().filter(user=own, ended_at=None)
    for row in rows:
        ended = row.since or timezone.now() - timedelta(days=36500)
        Appointment.objects.filter(pk=row.pk).update(until=ended, ended_at=timezone.now())
    for role in roles:
        appointment(own, role, since=moment("2000-01-01"))
    return User.objects.get(pk=user.pk)


def appointment(user: User, role: Role | str, **values: Any) -> Appointment:
    """The person has the role, for their own agency where it acts for one, for all plans and for ever."""
    own = user.own_agency_id if role in AGENCY_ROLES else None
    if not {"agency", "agency_id"} & set(values):
        values["agency_id"] = own
    before = user.holdings
    made = Appointment.objects.create(user=user, role=role, **values)
    user.__dict__["holdings"] = (*before, made.holding)
    return made


def held(user: User, *roles: Role) -> User:
    """An account that no database holds, with the roles in its agency."""
    user.__dict__["holdings"] = tuple(
        Holding(role, user.agency_id if role in AGENCY_ROLES else None) for role in roles
    )
    return user


def responsibility(
    task: Task,
    agency: Agency,
    duty: Duty = Duty.LEAD,
    *,
    first: str | Period | None = None,
    last: str | Period | None = None,
    known_since: str | datetime | None = None,
    known_until: str | datetime | None = None,
    **values: Any,
) -> Responsibility:
    """The agency's role on the task in quarters first…last (both included), known in [known_since, known_until). The
    first lead consolidates; every other agency files as co."""
    order = values.pop("order", task.responsibilities.count() + 1)
    when = {"valid": quarters(first, last), "known": known(known_since, known_until)}
    taken = task.responsibilities.filter(
        duty=Duty.LEAD, valid__overlap=when["valid"], known__overlap=when["known"]
    ).exists()
    return Responsibility.objects.create(
        task=task,
        agency=agency,
        order=order,
        **{
            "role": duty,
            "duty": Duty.LEAD if duty == Duty.LEAD and not taken else Duty.CO,
            **when,
            **OUTSIDE,
            **values,
        },
    )


def term(
    task: Task,
    status: TermStatus = TermStatus.CLOSED,
    *,
    first: str | Period | None = None,
    last: str | Period | None = None,
    known_since: str | datetime | None = None,
    known_until: str | datetime | None = None,
    **values: Any,
) -> TaskTerm:
    """What became of the task in quarters first…last (both included), known in [known_since, known_until)."""
    return TaskTerm.objects.create(
        task=task,
        status=status,
        valid=quarters(first, last),
        known=known(known_since, known_until),
        **{"reason": "测试数据", **values},
    )


# -- filing -------------------------------------------------------------------------------------------------


def cycle(plan: Plan, when: str | Period, **values: Any) -> Cycle:
    """The plan's cycle of the quarter, found or made. It opens on the next quarter's first day; co-returns
    are due 5, lead returns 10, decisions 15 days after the quarter's last day at 17:00; it closes at 30."""
    asked = quarter(when)
    found = Cycle.objects.filter(plan=plan, quarter=asked).first()
    if found is not None:
        return found

    def after(days: int, at: time = time(17)) -> datetime:
        return datetime.combine(asked.last_day + timedelta(days), at, SHANGHAI)

    return Cycle.objects.create(
        plan=plan,
        quarter=asked,
        **{
            "opened_at": after(1, time()),
            "co_due": after(5),
            "lead_due": after(10),
            "decision_due": after(15),
            "closes_at": after(30),
            **values,
        },
    )


def reopening(
    cycle: Cycle,
    agency: Agency,
    *,
    by: User,
    until: str | datetime,
    at: str | datetime,
    task: Task | None = None,
) -> Reopening:
    """The closed cycle opened again for the agency, from `at` to `until`."""
    return Reopening.objects.create(
        cycle=cycle,
        agency=agency,
        task=task,
        opened_at=moment(at),
        opened_by=by,
        until=moment(until),
        reason="测试数据",
    )


def submission(task: Task, agency: Agency, when: str | Period, **values: Any) -> Submission:
    """The head of the agency's return, found or made (then a draft), with the duty that it holds then."""
    asked = quarter(when)
    found = Submission.objects.filter(task=task, agency=agency, quarter=asked).first()
    if found is not None:
        return found
    if "duty" not in values:
        held = (
            task.responsibilities.filter(agency=agency, valid__contains=asked.ordinal).order_by("-id").first()
        )
        values["duty"] = held.duty if held else Duty.LEAD
    own = cycle(task.plan, asked)
    by = values.pop("saved_by", None) or _someone_of(agency)
    return Submission.objects.create(
        cycle=own,
        quarter=asked,
        task=task,
        agency=agency,
        saved_by=by,
        **{"saved_at": own.opened_at, "state": State.DRAFT, **values},
    )


def version(
    task: Task,
    agency: Agency,
    when: str | Period,
    light: str = Light.GREEN,
    *,
    at: str | datetime | None = None,
    **values: Any,
) -> Version:
    """The next submitted version of the agency's return, at the moment `at` (default: noon of the day on
    which the cycle opened); its head and cycle are made if need be. Writes rows, not through the actions."""
    head = submission(task, agency, when, **({"duty": values.pop("duty")} if "duty" in values else {}))
    submitted_at = moment(at) if at else head.cycle.opened_at + timedelta(hours=12)
    number = values.pop("number", Version.every.filter(submission=head).count() + 1)
    made = Version.objects.create(
        submission=head,
        number=number,
        quarter=head.quarter,
        task=task,
        agency=agency,
        duty=head.duty,
        light=light,
        submitted_at=submitted_at,
        submitted_by=values.pop("submitted_by", None) or head.saved_by,
        **{"done": "完成了本季工作。", **values},
    )
    Submission.objects.filter(pk=head.pk).update(state=State.SUBMITTED, light=light, done=made.done)
    return made


def accept(
    version: Version,
    light: str = "",
    *,
    at: str | datetime | None = None,
    by: User | None = None,
    verification: str = Verification.TRUE,
    note: str = "",
) -> Version:
    """Decide a version: a lead's is verified with `light` (default: as reported), a co's adopted."""
    lead = version.duty == Duty.LEAD
    verified = (light or version.light) if lead else ""
    return _decide(
        version,
        at,
        by,
        decision=Decision.ACCEPTED,
        verified_light=verified,
        verification=verification if lead else Verification.UNVERIFIED,
        decision_note=note or ("核实后调整。" if verified and verified != version.light else ""),
    )


def send_back(
    version: Version, *, at: str | datetime | None = None, by: User | None = None, note: str = "请补充。"
) -> Version:
    """Decide a version: returned 退回, with a reason."""
    return _decide(version, at, by, decision=Decision.RETURNED, decision_note=note)


def _decide(version: Version, at: str | datetime | None, by: User | None, **values: Any) -> Version:
    values["decided_at"] = moment(at) if at else version.submitted_at + timedelta(days=1)
    values["decided_by"] = by or _someone_of(_agency("核定单位"))
    DecisionRecord.objects.create(version=version, **values)  # a trigger copies it into the version
    Submission.objects.filter(pk=version.submission_id).update(state=values["decision"])
    version.refresh_from_db()
    return version


def _someone_of(agency: Agency) -> User:
    """Any approver of the agency, made if there is none; never logs in."""
    found = User.objects.holding(Role.APPROVER, agencies=[agency.pk]).first()
    return found or user(Role.REPORTER, Role.APPROVER, agency=agency, password=None)


def file(holder: Version | Submission, name: str = "佐证.pdf", **values: Any) -> StoredFile:
    """A file that the version or the draft holds; writes its row and its bytes, not through the actions."""
    head = holder.submission if isinstance(holder, Version) else holder
    made = stored_file(name, **{"uploaded_at": head.saved_at, "uploaded_by": head.saved_by, **values})
    holder.evidence.create(file=made)
    return made


def stored_file(name: str = "佐证.pdf", **values: Any) -> StoredFile:
    """A file that nobody holds yet, with its bytes; needs `uploaded_at` and `uploaded_by`."""
    content = f"%PDF-1.7 {next(_count)}".encode()
    made = StoredFile.objects.create(
        **{
            "name": name,
            "media_type": "application/pdf",
            "size": len(content),
            "sha256": sha256(content).hexdigest(),
            **values,
        }
    )
    default_storage.save(made.path, ContentFile(content))
    return made


def sealed_sheet(cycle: Cycle, agency: Agency, *, by: User, code: str = "AAAA-BBBB-CCCC") -> SealedSheet:
    """The scanned sheet of the agency's package of the cycle."""
    made = stored_file("盖章.pdf", uploaded_at=cycle.opened_at, uploaded_by=by)
    return SealedSheet.objects.create(cycle=cycle, agency=agency, file=made, code=code)


# -- figures ------------------------------------------------------------------------------------------------


def indicator(plan: Plan, *tasks: Task, kind: str = IndicatorKind.COUNT, **values: Any) -> Indicator:
    """An indicator that returns of the tasks' leads (or of `duty`) are asked for."""
    number = next(_count)
    duty = values.pop("duty", Duty.LEAD)
    parts = {"numerator_name": "分子", "denominator_name": "分母"} if kind == IndicatorKind.RATIO else {}
    values.setdefault("decimals", 0 if kind == IndicatorKind.COUNT else 2)
    values.setdefault("across", ACROSS[kind][0])
    made = Indicator.objects.create(
        plan=plan,
        kind=kind,
        **{
            "slug": f"indicator-{number}",
            "name": f"指标{number}",
            "order": number,
            **parts,
            **OUTSIDE,
            **values,
        },
    )
    IndicatorTask.objects.bulk_create(
        IndicatorTask(indicator=made, task=task, duty=duty, **OUTSIDE) for task in tasks
    )
    return made


def indicator_task(indicator: Indicator, task: Task, duty: Duty = Duty.LEAD) -> IndicatorTask:
    """Returns of that duty on the task are asked for the indicator too."""
    return IndicatorTask.objects.create(indicator=indicator, task=task, duty=duty, **OUTSIDE)


def owner(
    indicator: Indicator,
    agency: Agency,
    task: Task,
    *,
    first: str | Period | None = None,
    last: str | Period | None = None,
    known_since: str | datetime | None = None,
    known_until: str | datetime | None = None,
) -> IndicatorOwner:
    """The body is asked for the indicator with its return on the task, and nobody else is."""
    return IndicatorOwner.objects.create(
        indicator=indicator,
        agency=agency,
        task=task,
        valid=quarters(first, last),
        known=known(known_since, known_until),
        **OUTSIDE,
    )


def definition(
    indicator: Indicator,
    *,
    first: str | Period | None = None,
    last: str | Period | None = None,
    known_since: str | datetime | None = None,
    known_until: str | datetime | None = None,
    **values: Any,
) -> IndicatorDefinition:
    """What is counted, how often, and when it is published."""
    return IndicatorDefinition.objects.create(
        indicator=indicator,
        valid=quarters(first, last),
        known=known(known_since, known_until),
        **{**OUTSIDE, **values},
    )


def target(plan: Plan, indicator: Indicator | None = None, value: Any = None, **values: Any) -> Target:
    """The plan's next target, for 2020; a number if `value` is given, else words."""
    order = values.pop("order", plan.targets.count() + 1)
    return Target.objects.create(
        plan=plan,
        indicator=indicator,
        order=order,
        value=None if value is None else Decimal(value),
        **{
            "year": 2020,
            "text": f"目标{order}",
            "comparison": "" if value is None else "reach",
            "valid": quarters(None),
            "known": known(None),
            **OUTSIDE,
            **values,
        },
    )


def path_point(
    plan: Plan,
    order: int,
    year: int,
    value: Any,
    *,
    kind: str = "baseline",
    first: str | Period | None = None,
    known_since: str | datetime | None = None,
    **values: Any,
) -> PathPoint:
    """Where the target with that number starts, or should stand at the end of a year."""
    return PathPoint.objects.create(
        plan=plan,
        target_order=order,
        kind=kind,
        year=year,
        value=Decimal(value),
        valid=quarters(first),
        known=known(known_since),
        **{"source": "测试数据", "reason": "测试数据", **values},
    )


def figure(
    version: Version, indicator: Indicator, value: Any = None, *, parts: Any = None, **values: Any
) -> Figure:
    """A figure in a version: a value, `parts=(numerator, denominator)` of a ratio, or `text`; of the version's quarter
    unless `quarter` says another."""
    numerator, denominator = parts or (None, None)
    return Figure.objects.create(
        version=version,
        indicator=indicator,
        quarter=quarter(values.pop("quarter", version.quarter)),
        **values,
        value=None if value is None else Decimal(value),
        numerator=None if numerator is None else Decimal(numerator),
        denominator=None if denominator is None else Decimal(denominator),
    )


# -- a second plan ------------------------------------------------------------------------------------------


@dataclass
class SecondPlan:
    """A city's plan of 2017 to 2020 that has what the first plan lacks: joint leads, three more roles, and a task that
    nobody leads.

    | task | lead | co | carry | guide | join |
    |---|---|---|---|---|---|
    | joint | industry, science | trade | port | reform | |
    | single | science | | port | | trade |
    | unled | | trade | port | | |
    """

    plan: Plan
    joint: Task
    single: Task
    unled: Task
    industry: Agency
    science: Agency
    trade: Agency
    port: Agency
    reform: Agency


def second_plan() -> SecondPlan:
    """临溟市机器人产业行动计划, an invention."""
    made = plan(
        title="临溟市机器人产业行动计划（2017—2020年）",
        issued_on=date(2017, 1, 12),
        in_force_from=date(2017, 1, 12),
        in_force_to=date(2020, 12, 31),
    )
    industry, science, trade, port, reform = (
        agency(name)
        for name in ("市工业和信息化局", "市科技局", "市商务局", "临溟港区管委会", "市发展改革委")
    )
    joint, single, unled = (task(made) for _ in range(3))
    for of, holder, role in (
        (joint, industry, Duty.LEAD),
        (joint, science, Duty.LEAD),
        (joint, trade, Duty.CO),
        (joint, port, Duty.CARRY),
        (joint, reform, Duty.GUIDE),
        (single, science, Duty.LEAD),
        (single, port, Duty.CARRY),
        (single, trade, Duty.JOIN),
        (unled, trade, Duty.CO),
        (unled, port, Duty.CARRY),
    ):
        responsibility(of, holder, role)
    return SecondPlan(made, joint, single, unled, industry, science, trade, port, reform)


def upload(name: str, content: bytes = b"%PDF-1.7 scan") -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def event(
    verb: str = "account.amend", subject: str = "user:1", *, by: User | None = None, note: str = ""
) -> None:
    """An entry of the audit log, written as the product writes it."""
    log._write([Event(verb=verb, subject=subject, note=note)], by=by, at=moment("2017-04-05 12:00"))
