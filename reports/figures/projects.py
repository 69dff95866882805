"""重大项目 of a quarter by sector: who reports, what was invested, and what is missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tasks.plans.models import Plan, Sector
from tasks.projects.models import State
from tasks.projects.queries import Standing, standings
from tasks.values import Period


@dataclass(frozen=True)
class Sums:
    """Sums over some projects. Money in 万元, of the reports that were submitted and not sent back. `planned` is the total
    investment of the `planned_of` projects whose reports give it, None where none does: no share may be computed from
    sums over different projects."""

    projects: int
    due: int
    reported: int
    unverified: int
    invested: Decimal
    total: Decimal
    planned: Decimal | None
    planned_of: int

    @property
    def missing(self) -> int:
        return self.due - self.reported


@dataclass(frozen=True)
class SectorProjects:
    """A sector with its projects and their sums; `sector` is None for projects of no sector."""

    sector: Sector | None
    rows: tuple[Standing, ...]
    sums: Sums


def sums_of(rows: Sequence[Standing]) -> Sums:
    """The sums over these projects."""
    counted = [row.version for row in rows if row.counts and row.version is not None]
    planned = [one.planned for one in counted if one.planned is not None]
    return Sums(
        projects=len(rows),
        due=sum(row.is_due for row in rows),
        reported=len(counted),
        unverified=sum(row.state == State.SUBMITTED for row in rows),
        invested=sum((one.invested for one in counted), Decimal(0)),
        total=sum((one.total for one in counted), Decimal(0)),
        planned=sum(planned, Decimal(0)) if planned else None,
        planned_of=len(planned),
    )


def by_sector(plan: Plan, quarter: Period, *, known_at: datetime) -> list[SectorProjects]:
    """Every sector of the plan in its order, with or without projects; projects of no sector come last."""
    rows = standings(plan, quarter, known_at)
    sectors = list(Sector.objects.filter(plan=plan).order_by("number"))
    found = [
        _group(sector, [row for row in rows if row.project.sector_id == sector.pk]) for sector in sectors
    ]
    loose = [row for row in rows if row.project.sector_id is None]
    return [*found, _group(None, loose)] if loose else found


def _group(sector: Sector | None, rows: list[Standing]) -> SectorProjects:
    return SectorProjects(sector, tuple(rows), sums_of(rows))
