"""Sample submissions 示例数据: plausible and deterministic, filed through the normal actions by sample accounts.

Only in a sample database. All random choices come from generators seeded with the objects concerned, so that a quarter
is the same on every machine, however many quarters were created before.
"""

import io
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import openpyxl
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from qhplan.sample.accounts import SECOND_SHOWN, SHOWN_AGENCIES
from qhplan.sample.indicators import sample_assessments, sample_paths
from tasks.cycles.actions import open_cycle
from tasks.cycles.models import Cycle
from tasks.errors import Problem, Problems
from tasks.indicators.requested_figures import RequestedFigure
from tasks.jurisdictions.queries import words_of
from tasks.people.models import User
from tasks.people.queries import is_sample_database, office_agency_ids
from tasks.period_words import reworded
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility
from tasks.review.actions import DecisionInput, decide
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tasks.submissions.evidence.actions import attach
from tasks.submissions.figures import asked_for
from tasks.submissions.models import ProblemCategory, State, Submission, Verification, Version
from tasks.submissions.queries import red_co_returns
from tasks.values import Duty, Light, Period, Role
from tasks.wording import current, speaking

FIRST, LAST = Period(2016, 4), Period(2017, 1)  # the quarters of a trial site
_ZONE = ZoneInfo("Asia/Shanghai")
_LIGHTS = (Light.GREEN, Light.YELLOW, Light.RED)
# Changes of lights from one quarter to the next: mostly none, seldom two steps at once.
_STEPS = {
    Light.GREEN: ((Light.GREEN, 0.84), (Light.YELLOW, 0.13), (Light.RED, 0.03)),
    Light.YELLOW: ((Light.GREEN, 0.36), (Light.YELLOW, 0.48), (Light.RED, 0.16)),
    Light.RED: ((Light.GREEN, 0.08), (Light.YELLOW, 0.44), (Light.RED, 0.48)),
}

_DONE = (
    "召开专题推进会 {n} 次，梳理重点事项 {m} 项，已办结 {k} 项",
    "走访企业 {m} 家，收集诉求 {n} 条，答复 {k} 条",
    "印发配套文件 {k} 份，组织培训 {n} 场",
    "完成项目入库审核 {m} 个，其中新开工 {k} 个",
    "开展现场督导 {n} 次，发现问题 {m} 个，整改 {k} 个",
    "与相关单位会商 {n} 次，明确节点 {m} 个，按期完成 {k} 个",
)
_PROBLEMS = {
    ProblemCategory.MONEY: "配套资金到位 {p}%，影响后续采购",
    ProblemCategory.LAND: "{n} 个地块尚未完成报批",
    ProblemCategory.APPROVAL: "{n} 个事项审批时间超过预期",
    ProblemCategory.TALENT: "专业人员缺 {n} 名，招聘未到位",
    ProblemCategory.TECHNOLOGY: "关键工序调试未达设计指标",
    ProblemCategory.MARKET: "订单不足，产能利用率约 {p}%",
    ProblemCategory.OTHER: "统计口径尚未统一，数据需要复核",
}
_NEXT = (
    "下季度完成剩余 {n} 项，每月调度一次",
    "倒排工期，{n} 个节点逐一销号",
    "商有关部门明确政策，争取下季度落实 {n} 项",
)
_COORDINATION = (
    "请{level}层面协调落实配套资金",
    "请协调加快用地报批",
    "请统一统计口径",
    "请协调统筹扩区的新增建设用地指标",
    "请明确停产企业土地处置路径和职工安置的资金渠道",
    "请协调开放沿线杆路、管道，用于光缆优化",
)


@dataclass(frozen=True)
class _Cast:
    """The accounts that act, by role and agency."""

    reporters: dict[int, User]
    approvers: dict[int, User]
    office: User
    second_reviewer: User


def file_quarters(
    plan: Plan,
    quarters: Iterable[Period],
    *,
    progress: Callable[[int, int, str], None] = lambda done, total, text: None,
) -> int:
    """Files the quarters that are not filed yet, each in its own transaction. Returns the number of submissions.

    Calls `progress(done, total, text)`. Raises Problems if the database is not a sample database.
    """
    if not is_sample_database():
        raise Problems([Problem("", _("这个数据库不是示例数据库，不能写入示例数据。"))])
    cast = _cast(plan)
    sample_paths(plan, by=cast.office)
    wanted = list(quarters)
    filed = 0
    for position, quarter in enumerate(wanted):
        progress(position, len(wanted), _("示例数据：%(quarter)s") % {"quarter": quarter.label})
        with transaction.atomic(), speaking(words_of(plan.pk).wording):
            filed += _file_quarter(plan, quarter, cast)
            sample_assessments(plan, quarter, by=cast.office)
    progress(len(wanted), len(wanted), "")
    return filed


@transaction.atomic
def begin_current(plan: Plan) -> int:
    """Opens the last ended quarter for filing, as the office would on its first morning, and files the co submissions
    sent by now, so that leads have submissions to consolidate. The agencies whose accounts are shown to newcomers have
    filed nothing yet. Returns the number of submissions."""
    quarter = Period.of(clock.today(), plan.kind) - 1
    within = plan.first_quarter <= quarter <= plan.last_quarter
    if not within or Cycle.objects.filter(plan=plan, quarter=quarter).exists():
        return 0
    cast = _cast(plan)
    opened = datetime.combine(quarter.last_day + timedelta(days=1), time(8, 30), tzinfo=_ZONE)
    cycle = open_cycle(by=cast.office, plan=plan, quarter=quarter, now=opened)
    co = list(
        duties([plan.pk], quarter)
        .filter(duty=Duty.CO)
        .exclude(agency__slug__in=(*SHOWN_AGENCIES, SECOND_SHOWN))
        .select_related("task", "agency")
        .order_by("task__order", "order", "pk")
    )
    with speaking(words_of(plan.pk).wording):
        return _file(co, cycle, cast, opened, until=clock.now())


def _cast(plan: Plan) -> _Cast:
    """The people of the plan's jurisdiction."""
    own = User.objects.filter(agency__jurisdiction=plan.jurisdiction_id)
    users = list(own.filter(is_sample=True, is_active=True).order_by("pk"))

    def only(role: Role) -> User:
        account = next((user for user in users if user.has(role)), None)
        if account is None:
            raise Problems([Problem("", _("还没有示例账号，请先运行 sample_accounts。"))])
        return account

    return _Cast(
        reporters={user.agency_id: user for user in users if user.agency_id and user.has(Role.REPORTER)},
        approvers={user.agency_id: user for user in users if user.agency_id and user.has(Role.APPROVER)},
        office=only(Role.OFFICE),
        second_reviewer=only(Role.SECOND_REVIEWER),
    )


def _file_quarter(plan: Plan, quarter: Period, cast: _Cast) -> int:
    if Submission.objects.filter(task__plan=plan, quarter=quarter).exists():
        return 0
    opened = datetime.combine(quarter.last_day + timedelta(days=1), time(8, 30), tzinfo=_ZONE)
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    if cycle is None:
        cycle = open_cycle(by=cast.office, plan=plan, quarter=quarter, now=opened)
    opened = max(opened, cycle.opened_at)
    owed = list(
        duties([plan.pk], quarter, known_at=cycle.decision_due)
        .select_related("task", "agency")
        .order_by("task__order", "order", "pk")
    )
    co = [duty for duty in owed if duty.duty == Duty.CO]
    lead = [duty for duty in owed if duty.duty == Duty.LEAD]
    filed = _file(co, cycle, cast, opened)
    _adopt(lead, cycle, cast)
    filed += _file(lead, cycle, cast, cycle.co_due)
    _accept(lead, cycle, cast)
    return filed


def _rng(*about: object) -> random.Random:
    return random.Random(":".join(str(item) for item in about))  # noqa: S311 - repeatable, not secret


def _file(
    owed: list[Responsibility], cycle: Cycle, cast: _Cast, start: datetime, until: datetime | None = None
) -> int:
    """Each agency files its submissions: most on time together, a few late, a few not at all; nothing after `until`."""
    requested = asked_for(((duty.task_id, duty.agency_id, duty.duty) for duty in owed), cycle.quarter)
    red = red_co_returns((duty.task_id, cycle.quarter) for duty in owed if duty.duty == Duty.LEAD)
    by_agency: dict[int, dict[str, list[Responsibility]]] = {}
    for duty in owed:
        when = _when(duty, cycle.quarter)
        if when != "never":
            by_agency.setdefault(duty.agency_id, {}).setdefault(when, []).append(duty)
    count = 0
    for agency_id, batches in by_agency.items():
        for when, batch in batches.items():
            slug = batch[0].agency.slug
            due = cycle.due(batch[0].duty)
            draw = _rng(cycle.quarter, slug, when)
            if when == "late":
                at = due + timedelta(hours=draw.randint(4, 96))
            else:
                at = start + (due - start) * draw.uniform(0.3, 0.97)
            if until is not None and at > until:
                continue
            drafts = [
                _draft(
                    duty,
                    cycle.quarter,
                    requested.of(duty.task_id, duty.agency_id),
                    red=len(red.get((duty.task_id, cycle.quarter), [])),
                )
                for duty in batch
            ]
            saved = actions.save_drafts(
                by=cast.reporters[agency_id], drafts=drafts, now=at - timedelta(minutes=40)
            )
            for duty, item in zip(batch, saved, strict=True):
                if file := _evidence(duty, cycle.quarter):
                    attach(
                        by=cast.reporters[agency_id],
                        submission=item.pk,
                        uploads=[file],
                        now=at - timedelta(minutes=20),
                    )
            actions.submit(by=cast.approvers[agency_id], submissions=[item.pk for item in saved], now=at)
            count += len(saved)
    return count


def _evidence(duty: Responsibility, quarter: Period) -> "ContentFile[bytes] | None":
    """A workbook as evidence for some lead submissions; its first cell states that it is sample data."""
    draw = _rng("evidence", quarter, duty.task.ref, duty.agency.slug)
    if duty.duty != Duty.LEAD or draw.random() > 0.25:
        return None
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["示例数据，非真实统计"])
    sheet.append([f"{quarter.label}　{duty.task.code} {duty.task.heading}"])
    for number in range(1, draw.randint(4, 9)):
        sheet.append([number, f"（示例）事项{number}", draw.choice(("已办结", "办理中"))])
    out = io.BytesIO()
    book.save(out)
    return ContentFile(out.getvalue(), name=f"（示例）{quarter}事项清单.xlsx")


def _when(duty: Responsibility, quarter: Period) -> str:
    """on_time, late or never; agencies with many duties miss more, leads seldom miss."""
    draw = _rng("when", quarter, duty.task.ref, duty.agency.slug).random()
    never, late = (0.04, 0.08) if duty.duty == Duty.LEAD else (0.07, 0.1)
    # Some agencies have a bad quarter as a whole.
    if _rng("bad", quarter, duty.agency.slug).random() < 0.08 and duty.duty == Duty.CO:
        never, late = 0.4, 0.3
    return "never" if draw < never else "late" if draw < never + late else "on_time"


def _light(duty: Responsibility, quarter: Period) -> Light:
    """A light that changes slowly from quarter to quarter; a lead's task may become blue after three years."""
    first = Period.of(date(2016, 7, 1), quarter.kind)
    light = Light.GREEN
    for step in Period.span(first, quarter):
        draw = _rng("light", step, duty.task.ref, duty.agency.slug).random()
        if light == Light.BLUE:
            return light
        if step.year >= 2019 and light == Light.GREEN and draw > 0.985:
            light = Light.BLUE
            continue
        for following, share in _STEPS[light]:
            if draw < share:
                light = following
                break
            draw -= share
    return light


def _age(period: Period) -> int:
    """Quarters since the second one of 2016."""
    return Period.of(period.last_day).ordinal - Period(2016, 2).ordinal


def _draft(
    duty: Responsibility, quarter: Period, requested: Iterable[RequestedFigure], *, red: int = 0
) -> DraftInput:
    draw = _rng("text", quarter, duty.task.ref, duty.agency.slug)
    light = _light(duty, quarter)
    still = light != Light.BLUE and draw.random() < 0.04
    numbers = {
        "n": draw.randint(2, 9),
        "m": draw.randint(10, 36),
        "k": draw.randint(3, 10),
        "p": draw.randint(40, 80),
    }
    problems = []
    if light in {Light.YELLOW, Light.RED} or draw.random() < 0.15:
        category = draw.choice(list(_PROBLEMS))
        problems.append({"category": category.value, "text": _PROBLEMS[category].format(**numbers) + "。"})
    done = "；".join(text.format(**numbers) for text in draw.sample(_DONE, 2))
    return DraftInput(
        plan_id=duty.task.plan_id,
        quarter=quarter,
        task_id=duty.task_id,
        agency_id=duty.agency_id,
        light=light,
        progress=min(100, max(2, _age(quarter) * 100 // 38 + draw.randint(-4, 6))),
        done="" if still else f"（示例）围绕“{duty.task.heading}”，{done}。",
        no_progress=still,
        no_progress_reason=reworded("（示例）本季度工作尚在前期准备，未到节点。", quarter.kind)
        if still
        else "",
        problems=problems,
        coordination=(
            f"（示例）{draw.choice(_COORDINATION).format(level=current().level)}。"
            if light == Light.RED and draw.random() < 0.6
            else ""
        ),
        next_steps=reworded(f"（示例）{draw.choice(_NEXT).format(**numbers)}。", quarter.kind),
        light_reason=(
            reworded(
                f"（示例）{red}家配合单位的事项滞后，不影响本季度总体节点，已商定下季度补齐。", quarter.kind
            )
            if red and light in {Light.GREEN, Light.BLUE}
            else ""
        ),
        figures={one.key: _figure(one) for one in requested if one.computed is None},
    )


def _figure(requested: RequestedFigure) -> dict[str, str]:
    """A cumulative figure rises towards the target of 2020 and never falls; a ratio changes through its parts."""
    indicator, quarter = requested.indicator, requested.quarter
    age = _age(quarter)
    if indicator.is_ratio:
        whole = 640 + 14 * age
        part = whole * (7.4 + 0.22 * age + _rng("ratio", indicator.slug, quarter).uniform(-0.2, 0.2)) / 100
        # Statistical figures are preliminary at the due date; the next submission has the final figure.
        if requested.is_earlier:
            return {"numerator": f"{part * 1.004:.1f}", "denominator": f"{whole:.1f}"}
        return {"numerator": f"{part:.1f}", "denominator": f"{whole:.1f}", "preliminary": "1"}
    target = next((target.value for target in indicator.targets.all() if target.value is not None), None)
    goal = float(target) if target is not None else 20.0
    share = min(1.1, 0.2 + 0.8 * age / 18)
    return {"value": f"{int(goal * share)}"}


def _adopt(lead: list[Responsibility], cycle: Cycle, cast: _Cast) -> None:
    """The leads decide their co submissions: most are adopted, a few sent back and submitted again, some undecided."""
    leads = {duty.task_id: duty.agency_id for duty in lead}
    waiting = list(
        Version.objects.filter(quarter=cycle.quarter, duty=Duty.CO, task__in=leads, decision="")
        .filter(submission__state=State.SUBMITTED)
        .select_related("task", "agency")
        .order_by("pk")
    )
    by_lead: dict[int, list[DecisionInput]] = {}
    again: dict[int, list[int]] = {}
    for version in waiting:
        draw = _rng("adopt", cycle.quarter, version.task.ref, version.agency.slug).random()
        if draw < 0.06:
            continue
        accept = draw > 0.1
        by_lead.setdefault(leads[version.task_id], []).append(
            DecisionInput(
                version.pk,
                accept=accept,
                note="" if accept else reworded("（示例）请补充本季度具体做法和数字。", cycle.quarter.kind),
            )
        )
        if not accept:
            again.setdefault(version.agency_id, []).append(version.submission_id)
    # A lead decides while it writes its own submission; later co submissions stay undecided.
    at = cycle.co_due + (cycle.lead_due - cycle.co_due) * 0.25
    late = {version.pk for version in waiting if version.submitted_at > at}
    for agency_id, decisions in by_lead.items():
        timely = [item for item in decisions if item.version_id not in late]
        if timely:
            decide(by=cast.reporters[agency_id], decisions=timely, now=at)
    late_submissions = {version.submission_id for version in waiting if version.pk in late}
    for agency_id, submissions in again.items():
        ids = [item for item in submissions if item not in late_submissions]
        if ids:
            actions.submit(by=cast.approvers[agency_id], submissions=ids, now=at + timedelta(hours=20))


def _accept(lead: list[Responsibility], cycle: Cycle, cast: _Cast) -> None:
    """The office, and the second reviewer for the office's own agency, decide the lead submissions."""
    offices = office_agency_ids(cycle.plan_id)
    waiting = list(
        Version.objects.filter(
            quarter=cycle.quarter, duty=Duty.LEAD, task__in=[duty.task_id for duty in lead], decision=""
        )
        .filter(submission__state=State.SUBMITTED)
        .select_related("task", "agency")
        .order_by("pk")
    )
    decisions: dict[int, list[DecisionInput]] = {}
    by_user = {cast.office.pk: cast.office, cast.second_reviewer.pk: cast.second_reviewer}
    returned: dict[int, list[int]] = {}
    for version in waiting:
        draw = _rng("accept", cycle.quarter, version.task.ref)
        luck = draw.random()
        judge = cast.second_reviewer if version.agency_id in offices else cast.office
        if luck < 0.08:
            continue  # undecided, shown as 未核
        if luck < 0.13:
            decision = DecisionInput(version.pk, accept=False, note="（示例）进展与佐证不符，请核对后再报。")
            returned.setdefault(version.agency_id, []).append(version.submission_id)
        elif luck < 0.25 and version.light in _LIGHTS[:2]:
            worse = _LIGHTS[_LIGHTS.index(Light(version.light)) + 1]
            decision = DecisionInput(
                version.pk,
                accept=True,
                verified_light=worse,
                verification=Verification.PARTLY,
                note="（示例）现场核查：部分事项尚未完成，按实际调整。",
            )
        else:
            decision = DecisionInput(
                version.pk, accept=True, verified_light=version.light, verification=Verification.TRUE
            )
        decisions.setdefault(judge.pk, []).append(decision)
    at = max(
        [cycle.lead_due + (cycle.decision_due - cycle.lead_due) * 0.6]
        + [version.submitted_at + timedelta(hours=1) for version in waiting]
    )
    for judge_id, batch in decisions.items():
        decide(by=by_user[judge_id], decisions=batch, now=at)
    for agency_id, submissions in returned.items():
        actions.submit(by=cast.approvers[agency_id], submissions=submissions, now=at + timedelta(days=2))
