"""重点领域专报: a brief on one sector, with its projects 重大项目."""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes
from reports.briefs.composition_context import Context, Paragraphs, Section, fixed
from reports.briefs.formatting import amount, counted
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.kinds.of_part import PART_SECTIONS
from reports.briefs.models import BriefKind
from reports.briefs.scopes import of_tasks
from reports.briefs.snapshot import ScopeRef, Snapshot, Source
from reports.briefs.tables import cell, table_section
from reports.figures.projects import by_sector
from reports.figures.values import PlanFigures
from reports.typeset.chinese_text import inside_quotes, phrase
from tasks.plans.models import Plan, Sector
from tasks.values import Period


@dataclass(frozen=True)
class ProjectFigures:
    """A project in the quarter. Money in 万元, None where nothing was reported or it was sent back."""

    name: str
    origin: str
    body: str  # the agency that reports, "" without one
    state: str
    works: str  # the state of construction, "" where nothing was reported
    invested: Decimal | None  # in the quarter
    total: Decimal | None  # since the project began


@dataclass(frozen=True)
class SectorSnapshot(Snapshot):
    """The sector's projects."""

    projects: tuple[ProjectFigures, ...] = ()


def _freeze(snapshot: SectorSnapshot, source: Source) -> SectorSnapshot:
    projects = tuple(
        ProjectFigures(
            name=row.project.name,
            origin=row.project.origin,
            body=row.name.short if row.name else "",
            state=row.state,
            works=row.filed.get_works_display() if row.filed else "",
            invested=row.filed.invested if row.filed else None,
            total=row.filed.total if row.filed else None,
        )
        for group in by_sector(source.plan, source.quarter, known_at=source.known_at)
        if group.sector is not None and str(group.sector.number) == source.scope
        for row in group.rows
    )
    return replace(snapshot, projects=projects)


def _scopes(plan: Plan, quarter: Period) -> list[ScopeRef]:
    sectors = Sector.objects.filter(plan=plan).order_by("number")
    return [ScopeRef(str(sector.number), sector.name) for sector in sectors]


def _narrow(figures: PlanFigures, ref: str) -> PlanFigures:
    number = int(ref)
    return of_tasks(
        figures,
        {task for sector in figures.sectors if sector.number == number for task in sector.task_refs},
    )


def _title(heading: Heading) -> list[str]:
    return [
        _("“%(name)s”重点领域") % {"name": inside_quotes(heading.scope_name)},
        _("%(quarter)s进展") % {"quarter": heading.quarter.label},
    ]


def linked(context: Context[Snapshot]) -> Section | None:
    """统计范围: how a sector is counted, because the plan names no agency for it."""
    text = _(
        "方案未明确本领域的责任单位。以下按方案原文提到本领域的%(count)s任务统计；一项任务可能涉及几个领域，各领域之间不相加。"
    ) % {"count": counted(len(context.figures.tasks))}
    return Paragraphs(title=_("统计范围"), paragraphs=context.texts("linked", [text]))


def projects(context: Context[SectorSnapshot]) -> Section | None:
    """重大项目 of the sector: who reports, and what was invested."""
    found = context.figures.projects
    if not found:
        return None
    invested = [one.invested for one in found if one.invested is not None]
    totals = [one.total or Decimal(0) for one in found if one.invested is not None]
    due = [one for one in found if one.state not in {"unassigned", "finished"}]
    text = _("本领域重大项目%(count)s，方案未明确责任单位，填报单位由办公室指定。") % {
        "count": counted(len(found), _("个"))
    }
    if due:
        text += _("应报%(due)s，已报%(filed)s，本季完成投资%(now)s，累计%(all)s。") % {
            "due": counted(len(due), _("个")),
            "filed": counted(len(invested), _("个")),
            "now": fixed(_money(sum(invested, Decimal(0)))),
            "all": fixed(_money(sum(totals, Decimal(0)))),
        }
    rows = [
        [
            cell(phrase(context.printable(one.name)), "text"),
            cell(context.printable(one.body) or "—", "text"),
            cell(one.works or (_("未报") if one.state == "missing" else "—")),
            cell(amount(one.invested) if one.invested is not None else "—"),
            cell(amount(one.total) if one.total is not None else "—"),
        ]
        for one in found
    ]
    columns = [
        (_("项目"), ""),
        (_("填报单位"), "c-body"),
        (_("状态"), "c-state"),
        (_("本季投资"), "c-money"),
        (_("累计投资"), "c-money"),
    ]
    return table_section(
        context,
        "projects",
        title=_("重大项目"),
        sentence=text,
        caption=_("重大项目（投资：万元）"),
        columns=columns,
        rows=rows,
        number=context.next_table(),
    )


def _money(value: Decimal) -> str:
    return _("%(amount)s万元") % {"amount": amount(value)}


KIND = Kind(
    key=BriefKind.SECTOR,
    series=gettext_lazy("重点领域专报"),
    title=_title,
    name=BriefKind.SECTOR.label,
    scopes=_scopes,
    narrow=_narrow,
    snapshot=SectorSnapshot,
    freeze=_freeze,
    sections=(linked, projects, *PART_SECTIONS),
    annexes=(annexes.missing,),
    text_labels={"linked": gettext_lazy("统计范围"), "projects": gettext_lazy("重大项目")},
    main_tasks=gettext_lazy("与本领域有关的%(count)s主要任务中，"),
    has_strip=False,
)
