"""What a brief speaks of: the whole plan, or a part of it. A part's figures are those of the plan, narrowed: the same
numbers wherever they stand."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from reports.briefs.models import SCOPED, BriefKind
from reports.figures.queries import lights_of, said_and_found
from reports.figures.values import GroupFigures, PlanFigures, Rate, TaskFigures
from tasks.agencies.queries import names_at
from tasks.plans.models import Plan, Responsibility, Sector, TaskGroup
from tasks.values import Quarter

SAFEGUARDS = "safeguards"


@dataclass(frozen=True)
class Scope:
    """A kind of brief and, where it speaks of a part, which: a group's number, "safeguards", a sector's number, a body's
    slug. `name` is what the part is called in the quarter."""

    kind: BriefKind
    ref: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """As a form names it."""
        return f"{self.kind}:{self.ref}" if self.ref else str(self.kind)

    @property
    def words(self) -> str:
        """As a list names it."""
        label = str(BriefKind(self.kind).label)
        return _("%(label)s：%(name)s") % {"label": label, "name": self.name} if self.name else label


def scopes(plan: Plan, quarter: Quarter) -> list[Scope]:
    """Every brief that the plan can have of the quarter, in the order of a quarter's set; then those of years and of its
    end. Four queries."""
    found = [Scope(BriefKind.PLAN), Scope(BriefKind.ONE_PAGE)]
    for group in TaskGroup.objects.filter(plan=plan).order_by("number"):
        found.append(Scope(BriefKind.GROUP, str(group.number), group.name))
    if plan.tasks.filter(part="safeguard").exists():
        found.append(Scope(BriefKind.GROUP, SAFEGUARDS, _("保障措施")))
    for sector in Sector.objects.filter(plan=plan).order_by("number"):
        found.append(Scope(BriefKind.SECTOR, str(sector.number), sector.name))
    bodies = Responsibility.objects.filter(
        task__plan=plan, valid__contains=quarter.ordinal, known__endswith__isnull=True
    )
    names = names_at(quarter, set(bodies.values_list("agency_id", flat=True)))
    slugs = dict(bodies.values_list("agency_id", "agency__slug"))
    ordered = bodies.order_by("agency__order", "agency_id").values_list("agency_id", flat=True)
    found += [
        Scope(BriefKind.AGENCY, slugs[pk], names[pk].short) for pk in dict.fromkeys(ordered) if pk in names
    ]
    found.append(Scope(BriefKind.SUPERVISION))
    if quarter.number == 4:
        found.append(Scope(BriefKind.ANNUAL))
    if quarter == plan.last_quarter:
        found.append(Scope(BriefKind.EVALUATION))
    return found


def find(plan: Plan, quarter: Quarter, kind: str, ref: str) -> Scope | None:
    """The scope, with its name; None where the plan has no such brief of the quarter."""
    return next((one for one in scopes(plan, quarter) if (one.kind, one.ref) == (kind, ref)), None)


def quarter_set(plan: Plan, quarter: Quarter) -> list[Scope]:
    """A quarter's whole set: the plan's brief and one page, every group and the safeguards, every sector, every body."""
    return [one for one in scopes(plan, quarter) if one.kind in {BriefKind.PLAN, BriefKind.ONE_PAGE, *SCOPED}]


# -- narrowing ----------------------------------------------------------------------------------------------


def narrowed(figures: PlanFigures, kind: str, ref: str) -> PlanFigures:
    """The plan's figures, as far as they speak of the part."""
    match kind:
        case BriefKind.GROUP if ref == SAFEGUARDS:
            return _of_tasks(figures, {task.ref for task in figures.safeguards})
        case BriefKind.GROUP:
            number = int(ref)
            kept = {task.ref for group in figures.groups if group.number == number for task in group.tasks}
            return _of_tasks(figures, kept)
        case BriefKind.SECTOR:
            refs = {
                one for sector in figures.sectors if sector.number == int(ref) for one in sector.task_refs
            }
            return _of_tasks(figures, refs)
        case BriefKind.AGENCY:
            led = {task.ref for task in figures.tasks if task.lead is not None and task.lead.slug == ref}
            own = [one for one in figures.agencies if one.agency.slug == ref]
            return replace(
                _of_tasks(figures, led),
                lead=own[0].lead if own else Rate(),
                co=own[0].co if own else Rate(),
                agencies=tuple(own),
                missing=tuple(one for one in figures.missing if one.agency.slug == ref),
            )
        case _:
            return figures


def _of_tasks(figures: PlanFigures, refs: set[str]) -> PlanFigures:
    """The figures of these tasks alone. Targets, sectors and bodies belong to the whole and are left out."""
    groups = tuple(
        _group(group, kept)
        for group in figures.groups
        if (kept := tuple(task for task in group.tasks if task.ref in refs))
    )
    safeguards = tuple(task for task in figures.safeguards if task.ref in refs)
    main = [task for group in groups for task in group.tasks]
    reported, verified = said_and_found(main)
    every = [*main, *safeguards]
    return replace(
        figures,
        lights=lights_of(main),
        safeguard_lights=lights_of(safeguards),
        lead=Rate.of(every),
        co=sum((task.co for task in every), Rate()),
        groups=groups,
        safeguards=safeguards,
        sectors=(),
        agencies=(),
        missing=tuple(one for one in figures.missing if one.task_ref in refs),
        changes=tuple(one for one in figures.changes if one.task_ref in refs),
        targets=(),
        reported_lights=reported,
        verified_lights=verified,
    )


def _group(group: GroupFigures, tasks: tuple[TaskFigures, ...]) -> GroupFigures:
    reported, verified = said_and_found(tasks)
    return replace(
        group,
        lights=lights_of(tasks),
        lead=Rate.of(tasks),
        co=sum((task.co for task in tasks), Rate()),
        tasks=tasks,
        reported_lights=reported,
        verified_lights=verified,
    )
