"""年度评估: the brief of a year, made of its fourth quarter, with the quarters of the year side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes, sections, task_sections
from reports.briefs.composition_context import Context, Section, fixed
from reports.briefs.formatting import by_style, counted, light_styles, percent
from reports.briefs.kinds.kind import Coverage, Heading, Kind
from reports.briefs.models import BriefKind
from reports.briefs.score_sections import scores
from reports.briefs.snapshot import (
    ScopeRef,
    Source,
    WithPaths,
    WithScores,
    freeze_paths,
    freeze_scores,
)
from reports.briefs.tables import cell, table_section
from reports.figures.queries import plan_figures
from reports.figures.values import Lights, Rate
from reports.scoring.values import ScoredPeriod
from tasks.plans.models import Plan
from tasks.values import Period


@dataclass(frozen=True)
class YearQuarter:
    """A quarter of the year, as known at the brief's moment. `tasks`: {reference: light}."""

    quarter: Period
    lights: Lights
    safeguard_lights: Lights
    lead: Rate
    co: Rate
    tasks: dict[str, str]


@dataclass(frozen=True)
class AnnualSnapshot(WithPaths, WithScores):
    """Paths of targets, the quarters of the year within the plan, and the year's scores."""

    year: tuple[YearQuarter, ...] = ()


def _freeze(snapshot: AnnualSnapshot, source: Source) -> AnnualSnapshot:
    return replace(
        snapshot,
        paths=freeze_paths(source),
        year=_year(source),
        scores=freeze_scores(source, ScoredPeriod.of_year(source.quarter.year, source.quarter.kind)),
    )


def _year(source: Source) -> tuple[YearQuarter, ...]:
    first = max(source.plan.first_quarter, Period.opening(source.quarter.year, source.quarter.kind))
    quarters = []
    for quarter in Period.span(first, source.quarter):
        figures = plan_figures(source.plan, quarter, known_at=source.known_at)
        quarters.append(
            YearQuarter(
                quarter=quarter,
                lights=figures.lights,
                safeguard_lights=figures.safeguard_lights,
                lead=figures.lead,
                co=figures.co,
                tasks={task.ref: task.light for task in figures.tasks},
            )
        )
    return tuple(quarters)


def _scopes(plan: Plan, quarter: Period) -> list[ScopeRef]:
    return [ScopeRef()] if quarter.is_last_of_year else []


def _title(heading: Heading) -> list[str]:
    return [heading.plan, _("%(year)d年度实施情况评估") % {"year": heading.quarter.year}]


def year(context: Context[AnnualSnapshot]) -> Section | None:
    """全年走势: the main tasks' lights and the reporting rates, quarter by quarter."""
    quarters = context.figures.year
    if len(quarters) < 2:
        return None
    first, last = quarters[0], quarters[-1]
    turned, compared = _turned(first.tasks, last.tasks)
    if not compared:
        text = _("全年各季度的状态和报送情况")
    else:
        text = _("从%(first)s到%(last)s，两季都有状态的%(count)s任务中，%(turned)s") % {
            "first": fixed(first.quarter.label),
            "last": fixed(last.quarter.label),
            "count": counted(compared),
            "turned": fixed("、".join(_("%(word)s%(n)d项") % {"word": word, "n": n} for word, n in turned))
            if turned
            else _("没有变化"),
        }
    styles = light_styles(*(one.lights for one in quarters))
    rows = [
        [
            cell(one.quarter.label, "text"),
            *(cell(count, f"light {light}") for light, count in by_style(one.lights, styles).items()),
            cell(percent(one.lead.reported, one.lead.due)),
            cell(percent(one.lead.on_time, one.lead.due)),
            cell(percent(one.co.reported, one.co.due)),
        ]
        for one in quarters
    ]
    columns = [
        (_("季度"), "c-quarter"),
        *((f"{style.mark}\n{style.word}", "c-light") for style in styles),
        (_("牵头报送率"), "c-ratio"),
        (_("牵头按时率"), "c-ratio"),
        (_("配合报送率"), "c-ratio"),
    ]
    number = context.next_table()
    return table_section(
        context,
        "year",
        title=_("全年走势"),
        sentence=text + _("，见表%(table)d。") % {"table": number},
        caption=_("主要任务状态（项）与报送"),
        columns=columns,
        rows=rows,
        number=number,
    )


_RANK = {"red": 0, "yellow": 1, "green": 2, "blue": 3}


def _turned(first: Mapping[str, str], last: Mapping[str, str]) -> tuple[list[tuple[str, int]], int]:
    """Of the tasks with a light in both quarters, how many ended better, worse or done; and how many there are. Grey is
    no light."""
    pairs = [(first[ref], light) for ref, light in last.items() if first.get(ref) in _RANK and light in _RANK]
    counts = [
        (_("新完成"), sum(after == "blue" != before for before, after in pairs)),
        (_("好转"), sum(_RANK[b] > _RANK[a] for a, b in pairs if b != "blue")),
        (_("转差"), sum(_RANK[b] < _RANK[a] for a, b in pairs)),
    ]
    return [(word, n) for word, n in counts if n], len(pairs)


KIND = Kind(
    key=BriefKind.ANNUAL,
    series=gettext_lazy("年度评估"),
    title=_title,
    name=BriefKind.ANNUAL.label,
    period=Coverage.YEAR,
    scopes=_scopes,
    snapshot=AnnualSnapshot,
    freeze=_freeze,
    sections=(
        sections.overall,
        year,
        sections.groups,
        sections.targets,
        sections.reporting,
        task_sections.problems,
        task_sections.coordination,
        sections.next_steps,
    ),
    annexes=(annexes.tasks, annexes.missing, scores),
    text_labels={"year": gettext_lazy("全年走势")},
    names_quarter=True,
)
