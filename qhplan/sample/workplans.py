"""Sample work plans 示例数据: plausible, the same on every machine, filed through the normal actions by sample accounts.
Only in a sample database.

The agencies that lead a task, and most others, have a confirmed 实施方案 of 2016 and 年度要点 of 2017; a few are late,
sent back or waiting, so that the office's list has every state. Most past milestones are reported, some late and some
not at all.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.cycles.lateness import day_overdue
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.people.queries import is_sample_database, office_agency_ids
from tasks.plans.models import Plan, Task
from tasks.values import Duty, Role
from tasks.workplans import actions, milestones
from tasks.workplans.content import MeasureInput, MilestoneInput, SectionInput, as_inputs, carried_over
from tasks.workplans.decisions import DecisionInput, decide
from tasks.workplans.milestones import ReportInput
from tasks.workplans.models import Milestone, WorkPlan, WorkPlanVersion
from tasks.workplans.queries import Held, held, version_contents, years_of
from tasks.workplans.values import WorkPlanPeriod

_ZONE = ZoneInfo("Asia/Shanghai")
_DIVISIONS = ("规划处", "综合处", "产业处", "科技处", "投资处", "运行处")
_LEAD_MEASURES = (
    (
        "建立“{task}”工作台账和调度机制",
        ("台账建立，责任到人", "每季度召开一次调度会，形成纪要", "年度总结报领导小组"),
    ),
    ("制定“{task}”年度推进计划", ("计划征求意见稿形成", "计划印发", "中期检查完成")),
    (
        "组织实施一批重点项目",
        ("项目清单确定", "首批 {n} 个项目开工", "首批项目完成投资过半", "{n} 个项目建成验收"),
    ),
    ("落实支持政策和资金", ("政策清单梳理完成", "资金分配方案印发", "资金拨付到位")),
    ("开展专题培训和服务", ("培训方案确定", "完成培训 {n} 场", "服务企业 {m} 家")),
)
_CO_MEASURES = (
    ("按职责配合推进“{task}”", ("配合事项清单报牵头单位", "年度配合任务完成")),
    ("在本领域落实有关要求", ("实施细则印发", "自查完成并报牵头单位")),
)
_SIGNS = ("印发的文件", "会议纪要", "验收意见", "台账截图", "资金拨付凭证", "")
_WORDS = (
    "（示例）已按期办结，文件已印发。",
    "（示例）已完成，形成纪要并报牵头单位。",
    "（示例）通过验收，意见已存档。",
)
_NONE = "（示例）按牵头单位的安排配合，不单列举措。"


@dataclass(frozen=True)
class _Filer:
    """An agency that owes work plans, with its duties and its accounts."""

    agency: Agency
    tasks: dict[int, Held]
    reporter: User
    approver: User

    @property
    def leads(self) -> bool:
        return any(one.duty == Duty.LEAD for one in self.tasks.values())


def file_plans(
    plan: Plan, *, progress: Callable[[int, int, str], None] = lambda done, total, text: None
) -> int:
    """Files the work plans of all agencies without one, each in its own transaction. Returns the number of submitted
    versions.

    Calls `progress(done, total, text)`. Raises Problems if the database is not a sample database.
    """
    if not is_sample_database():
        raise Problems([Problem("", _("这个数据库不是示例数据库，不能写入示例数据。"))])
    filers = _filers(plan)
    begun = set(WorkPlan.objects.filter(plan=plan).values_list("agency_id", flat=True))
    offices = office_agency_ids(plan.pk)
    office, second = _only(Role.OFFICE), _only(Role.SECOND_REVIEWER)
    submitted = 0
    for number, filer in enumerate(filers):
        progress(number, len(filers), _("示例数据：实施方案"))
        if filer.agency.pk in begun:
            continue
        with transaction.atomic():
            submitted += _file(plan, filer, second if filer.agency.pk in offices else office)
    progress(len(filers), len(filers), "")
    return submitted


def _only(role: Role) -> User:
    account = User.objects.holding(role).filter(is_sample=True).order_by("pk").first()
    if account is None:
        raise Problems([Problem("", _("还没有示例账号，请先运行 sample_accounts。"))])
    return account


def _filers(plan: Plan) -> list[_Filer]:
    """The agencies with a sample reporter and approver, in the plan's order."""
    people: dict[tuple[int, str], User] = {}
    for user in User.objects.filter(is_sample=True, is_active=True).order_by("-pk"):
        for role in user.roles:
            if user.agency_id:
                people[user.agency_id, role] = user
    owed = held(plan, WorkPlanPeriod())
    agencies = Agency.objects.in_bulk(owed)
    return [
        _Filer(agencies[pk], tasks, people[pk, Role.REPORTER.value], people[pk, Role.APPROVER.value])
        for pk, tasks in sorted(owed.items(), key=lambda item: (agencies[item[0]].order, item[0]))
        if (pk, Role.REPORTER.value) in people and (pk, Role.APPROVER.value) in people
    ]


def _rng(*about: object) -> random.Random:
    return random.Random(":".join(str(item) for item in about))  # noqa: S311 - repeatable, not secret


def _at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), tzinfo=_ZONE)


def _file(plan: Plan, filer: _Filer, judge: User) -> int:
    """Files one agency's work plans as of now. Returns the number of submitted versions."""
    luck = _rng("work plan", filer.agency.slug).random()
    if not filer.leads and luck < 0.2:
        return 0  # has filed nothing yet
    started = plan.in_force_from + timedelta(days=60 + int(luck * 40))
    if started > clock.today():
        return 0
    whole = _sections(filer, WorkPlanPeriod(), plan.in_force_from.year)
    version = _submit(plan, filer, WorkPlanPeriod(), whole, _at(started))
    if not filer.leads and luck > 0.92:
        return 1  # waits for the office
    decide(
        by=judge, decisions=[DecisionInput(version.pk, confirm=True)], now=_at(started + timedelta(days=12))
    )
    submitted = 1 + _file_year(plan, filer, judge, luck)
    _report(plan, filer)
    return submitted


def _file_year(plan: Plan, filer: _Filer, judge: User, luck: float) -> int:
    """Files 年度要点 of the current year, or of the plan's last year: most are confirmed in February, some in progress."""
    year = min(clock.today().year, years_of(plan).stop - 1)
    filed = _at(date(year, 2, 8))
    if year == plan.in_force_from.year or filed > clock.now() or (luck < 0.3 and not filer.leads):
        return 0
    contents = version_contents(
        WorkPlanVersion.objects.in_force(filed)
        .filter(work_plan__plan=plan, work_plan__agency=filer.agency, work_plan__year=None)
        .values_list("pk", flat=True)
    )
    sections = [
        SectionInput(
            content.task_id,
            measures=(measures := carried_over(as_inputs(content), year)),
            none_reason="" if measures else _NONE,
        )
        for section_contents in contents.values()
        for content in section_contents
    ]
    version = _submit(plan, filer, WorkPlanPeriod(year), sections, filed)
    if 0.3 <= luck < 0.38:
        return 1  # waits for the office
    confirm = not 0.38 <= luck < 0.44
    note = "" if confirm else "（示例）节点只写到季度，请写到日，并补充完成标志。"
    decide(by=judge, decisions=[DecisionInput(version.pk, confirm, note)], now=filed + timedelta(days=9))
    return 1


def _submit(
    plan: Plan, filer: _Filer, period: WorkPlanPeriod, sections: Sequence[SectionInput], at: datetime
) -> WorkPlanVersion:
    work_plan = actions.save_sections(
        by=filer.reporter,
        plan=plan,
        agency_id=filer.agency.pk,
        period=period,
        sections=sections,
        now=at - timedelta(hours=2),
    )
    return actions.submit(by=filer.approver, work_plans=[work_plan.pk], now=at)[0]


def _sections(filer: _Filer, period: WorkPlanPeriod, first_year: int) -> list[SectionInput]:
    return [_section(filer, one.task, one.duty, period, first_year) for one in filer.tasks.values()]


def _section(filer: _Filer, task: Task, duty: str, period: WorkPlanPeriod, first_year: int) -> SectionInput:
    draw = _rng("section", filer.agency.slug, task.ref, period)
    if duty == Duty.CO and draw.random() < 0.35:
        return SectionInput(task.pk, none_reason=_NONE)
    known = _LEAD_MEASURES if duty == Duty.LEAD else _CO_MEASURES
    count = draw.randint(2, 3) if duty == Duty.LEAD else 1
    measures = []
    for text, nodes in draw.sample(known, count):
        numbers = {"n": draw.randint(2, 8), "m": draw.randint(12, 40), "task": task.heading}
        # The first milestone is in the first months, the others follow at intervals of about half a year.
        month = first_year * 12 + 9 + draw.randint(0, 3)
        steps = []
        for node in nodes:
            year, index = divmod(month, 12)
            day = date(year, index + 1, draw.choice((10, 20, 28)))
            steps.append(
                MilestoneInput(
                    text="（示例）" + node.format(**numbers),
                    due=day.isoformat(),
                    evidence=draw.choice(_SIGNS),
                )
            )
            month += draw.randint(3, 8)
        measures.append(
            MeasureInput(
                text="（示例）" + text.format(**numbers),
                division=draw.choice(_DIVISIONS),
                milestones=tuple(steps),
            )
        )
    return SectionInput(task.pk, measures=tuple(measures))


def _report(plan: Plan, filer: _Filer) -> None:
    """Reports due milestones, early in the following month: most reached on time, some late, some not at all."""
    today = clock.today()
    by_day: dict[date, list[ReportInput]] = {}
    reported: set[str] = set()
    for node in (
        Milestone.objects.filter(
            day_overdue("due", today),
            version__in=WorkPlanVersion.objects.in_force(),
            version__work_plan__plan=plan,
            version__work_plan__agency=filer.agency,
        )
        .select_related("measure__section__task")
        .order_by("due", "pk")
    ):
        place = node.measure.section.task.ref, node.measure.text, node.text
        draw = _rng("reached", filer.agency.slug, *place)
        luck = draw.random()
        if node.key in reported or luck < 0.13:
            continue
        reported.add(node.key)
        late = draw.randint(3, 45) if luck < 0.27 else -draw.randint(0, 12)
        reached = max(node.due + timedelta(days=late), plan.in_force_from)
        reported_on = _next_fifth(reached)
        if reported_on <= today:
            by_day.setdefault(reported_on, []).append(ReportInput(node.pk, reached, draw.choice(_WORDS)))
    confirmed_on = _first_confirmed(plan, filer)
    for day, reports in sorted(by_day.items()):
        milestones.report(by=filer.reporter, reports=reports, now=_at(max(day, confirmed_on), 9))


def _next_fifth(day: date) -> date:
    """The fifth day of the following month."""
    year, month = divmod(day.year * 12 + day.month, 12)
    return date(year, month + 1, 5)


def _first_confirmed(plan: Plan, filer: _Filer) -> date:
    """The day of the first confirmation; no milestone can be reported before it."""
    moment = (
        WorkPlanVersion.objects.filter(
            work_plan__plan=plan, work_plan__agency=filer.agency, decided_at__isnull=False
        )
        .order_by("decided_at")
        .values_list("decided_at", flat=True)[0]
    )
    assert moment is not None
    return clock.day_of(moment) + timedelta(days=1)
