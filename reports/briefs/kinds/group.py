"""任务组专报: a brief on one task group, or on the safeguards."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.kinds.of_part import PART_SECTIONS
from reports.briefs.models import BriefKind
from reports.briefs.scopes import SAFEGUARDS, of_tasks
from reports.briefs.snapshot import ScopeRef, Snapshot
from reports.figures.values import PlanFigures
from reports.typeset.chinese_text import inside_quotes
from tasks.plans.models import Plan, TaskGroup
from tasks.values import Period


def _scopes(plan: Plan, quarter: Period) -> list[ScopeRef]:
    groups = TaskGroup.objects.filter(plan=plan).order_by("number")
    scopes = [ScopeRef(str(group.number), group.name) for group in groups]
    if plan.tasks.filter(part="safeguard").exists():
        scopes.append(ScopeRef(SAFEGUARDS, _("保障措施")))
    return scopes


def _narrow(figures: PlanFigures, ref: str) -> PlanFigures:
    if ref == SAFEGUARDS:
        return of_tasks(figures, {task.ref for task in figures.safeguards})
    number = int(ref)
    return of_tasks(
        figures, {task.ref for group in figures.groups if group.number == number for task in group.tasks}
    )


def _title(heading: Heading) -> list[str]:
    what = _("%(quarter)s进展") % {"quarter": heading.quarter.label}
    if heading.scope.ref == SAFEGUARDS:
        return [heading.plan, _("保障措施%(what)s") % {"what": what}]
    return [_("“%(name)s”任务组") % {"name": inside_quotes(heading.scope_name)}, what]


KIND = Kind(
    key=BriefKind.GROUP,
    series=gettext_lazy("任务组专报"),
    title=_title,
    name=BriefKind.GROUP.label,
    scopes=_scopes,
    narrow=_narrow,
    snapshot=Snapshot,
    sections=PART_SECTIONS,
    annexes=(annexes.missing,),
    main_tasks=gettext_lazy("本组%(count)s任务中，"),
    has_strip=False,
)
