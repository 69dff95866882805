"""What a brief speaks of: the whole plan, or a part of it. The figures of a part are the plan's, reduced to its tasks, so
that the numbers are the same in every brief."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from reports.briefs.models import BriefKind
from reports.figures.queries import lights_of, said_and_found
from reports.figures.values import GroupFigures, Narrative, PlanFigures, Rate, TaskFigures

SAFEGUARDS = "safeguards"


@dataclass(frozen=True)
class Scope:
    """A kind of brief and, where it speaks of a part, which: a group's number, "safeguards", a sector's number, an agency's
    slug. `name` is what the part is called in the quarter."""

    kind: BriefKind
    ref: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """The value in a form: plan, or group:3."""
        return f"{self.kind}:{self.ref}" if self.ref else str(self.kind)

    @property
    def label(self) -> str:
        """The label in a list."""
        kind = str(BriefKind(self.kind).label)
        return _("%(label)s：%(name)s") % {"label": kind, "name": self.name} if self.name else kind


def without_words(figures: PlanFigures) -> PlanFigures:
    """The figures without what submissions say, and without sectors and agencies: for papers that print only counts, lights
    and names. Whoever is handed such a paper is handed no more than it prints."""

    def silent(tasks: tuple[TaskFigures, ...]) -> tuple[TaskFigures, ...]:
        return tuple(replace(task, narrative=Narrative()) for task in tasks)

    return replace(
        figures,
        groups=tuple(replace(group, tasks=silent(group.tasks)) for group in figures.groups),
        safeguards=silent(figures.safeguards),
        sectors=(),
        agencies=(),
    )


def of_tasks(figures: PlanFigures, refs: set[str]) -> PlanFigures:
    """The figures of these tasks alone. Targets, sectors and agencies belong to the whole plan and are left out."""
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
        lead=sum((task.lead_rate for task in every), Rate()),
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
        lead=sum((task.lead_rate for task in tasks), Rate()),
        co=sum((task.co for task in tasks), Rate()),
        tasks=tasks,
        reported_lights=reported,
        verified_lights=verified,
    )
