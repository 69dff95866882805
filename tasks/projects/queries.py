"""The standing of every project in a quarter: which agency reports on it, and what it reported, as known at a moment."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from qhplan import clock
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import openings
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.plans.models import Plan, Project
from tasks.projects.models import Decision, ProjectBody, ProjectReport, ProjectVersion, State, Works
from tasks.projects.transitions import EDITABLE
from tasks.values import Period


@dataclass(frozen=True)
class Standing:
    """One project in one quarter. `state` is "unassigned", "finished" (nothing is owed any more), "missing",
    "submitted", "returned" or "accepted"; `version` is what was submitted last for the quarter; `before` is the last
    report of an earlier quarter, which is never counted for this one."""

    project: Project
    quarter: Period
    body: ProjectBody | None
    name: AgencyName | None
    state: str
    version: ProjectVersion | None
    before: ProjectVersion | None

    @property
    def is_due(self) -> bool:
        return self.state not in {"unassigned", "finished"}

    @property
    def counts(self) -> bool:
        """Whether the report counts in sums: submitted and not sent back."""
        return self.version is not None and self.state in {State.SUBMITTED, State.ACCEPTED}

    @property
    def filed(self) -> ProjectVersion | None:
        """The version that counts in sums."""
        return self.version if self.counts else None


def standings(
    plan: Plan, quarter: Period, known_at: datetime, *, only: Collection[int] | None = None
) -> list[Standing]:
    """Every project of the plan (or those of `only`), by sector, as known at the moment. A fixed number of queries."""
    projects = list(
        Project.objects.filter(Q(added_at__isnull=True) | Q(added_at__lte=known_at), plan=plan)
        .select_related("sector", "passage")
        .order_by("sector__number", "pk")
    )
    if only is not None:
        projects = [project for project in projects if project.pk in only]
    bodies = {
        row.project_id: row
        for row in ProjectBody.objects.filter(
            project__in=projects, valid__contains=quarter.ordinal, known__contains=known_at
        ).select_related("agency")
    }
    names = names_at(quarter, {row.agency_id for row in bodies.values()})
    versions = (
        ProjectVersion.objects.filter(project__in=projects, quarter__lte=quarter)
        .as_known(known_at)
        .select_related("agency")
    )
    by_project: dict[int, list[ProjectVersion]] = {}
    for version in versions:
        by_project.setdefault(version.project_id, []).append(version)
    return [
        _standing(project, quarter, bodies.get(project.pk), names, by_project.get(project.pk, []), known_at)
        for project in projects
    ]


def _standing(
    project: Project,
    quarter: Period,
    body: ProjectBody | None,
    names: dict[int, AgencyName],
    versions: list[ProjectVersion],
    known_at: datetime,
) -> Standing:
    mine = [
        one
        for one in versions
        if one.quarter == quarter and body is not None and one.agency_id == body.agency_id
    ]
    before = max(
        (one for one in versions if one.quarter < quarter and one.known != Decision.RETURNED),
        key=lambda one: one.quarter,
        default=None,
    )
    version = mine[0] if mine else None
    if body is None:
        state = "unassigned"
    elif version is not None:
        state = version.known or State.SUBMITTED
    elif before is not None and before.works == Works.FINISHED and before.known == Decision.ACCEPTED:
        state = "finished"
    else:
        state = "missing"
    return Standing(
        project, quarter, body, names.get(body.agency_id) if body else None, state, version, before
    )


def may_write(report: ProjectReport | None, cycle: Cycle | None, agency_id: int, moment: datetime) -> bool:
    """Whether the agency can write and submit now: the period is open, or reopened for the whole agency, and the report is
    not under review."""
    if cycle is None or moment < cycle.opened_at:
        return False
    if not cycle.is_open(moment) and openings([cycle], moment).until(cycle, agency_id, 0) is None:
        return False
    return report is None or report.state in EDITABLE


@dataclass(frozen=True)
class DeskProject:
    """A project on the desk of its agency, with the state of the agency's report, drafts included."""

    standing: Standing
    report: ProjectReport | None
    draft: ProjectVersion | None = None  # what was written and not submitted, for the printed sheet

    @property
    def state(self) -> str:
        if self.report is not None and self.report.state in {*EDITABLE, State.HANDED}:
            return str(self.report.state)
        return self.standing.state


def desk_projects(plan: Plan, quarter: Period, agency_id: int) -> list[DeskProject]:
    """Project reports that the agency owes in the period."""
    held = set(
        ProjectBody.objects.filter(
            agency=agency_id, valid__contains=quarter.ordinal, known__endswith__isnull=True
        ).values_list("project_id", flat=True)
    )
    if not held:
        return []
    reports = {
        one.project_id: one
        for one in ProjectReport.objects.filter(project__in=held, quarter=quarter, agency=agency_id)
    }
    return [
        DeskProject(one, reports.get(one.project.pk))
        for one in standings(plan, quarter, clock.now(), only=held)
        if one.is_due
    ]


def waiting_for(user: User, plan: Plan, offices: Collection[int]) -> list[ProjectVersion]:
    """Submitted reports that the user may decide, the oldest first."""
    rows = (
        ProjectVersion.objects.filter(project__plan=plan, decision="", report__state=State.SUBMITTED)
        .with_lateness()
        .select_related("project", "agency", "report")
        .order_by("submitted_at", "pk")
    )
    return [row for row in rows if may_decide_for(user, row.agency_id, frozenset(offices))]
