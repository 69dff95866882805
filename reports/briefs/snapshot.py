"""The frozen figures of a brief: what is hashed, printed from, and attached to the PDF as one canonical JSON text.

`Snapshot` holds what every brief freezes: the plan's figures, as far as they speak of the brief's part. A kind of
brief that freezes more has a subclass, composed of the parts below and of its own fields (reports.briefs.kinds). The
names of the fields are the keys of the text, docs/figures-schema.json. Everything is as known at the brief's moment.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from reports.briefs.models import BriefKind
from reports.figures.target_standing import target_standings
from reports.figures.values import PlanFigures
from reports.scoring.queries import ToldScores, announced
from reports.scoring.values import ScoredPeriod
from reports.supervision.queries import OpenInstruction, OpenNotice, open_instructions, open_notices
from tasks.plans.models import Plan
from tasks.values import Period


@dataclass(frozen=True)
class ScopeRef:
    """The part of the plan that a brief speaks of: a group's or sector's number, "safeguards" or an agency's slug, and
    what it is called in the quarter. Both are empty where the brief speaks of the whole plan."""

    ref: str = ""
    name: str = ""


@dataclass(frozen=True)
class Source:
    """What figures are frozen from: a plan in a quarter, as known at a moment; `scope` is a ScopeRef's ref."""

    plan: Plan
    quarter: Period
    known_at: datetime
    scope: str = ""


@dataclass(frozen=True)
class Snapshot(PlanFigures):
    """What every brief freezes. The defaults are those of texts that were frozen before there were kinds."""

    kind: str = BriefKind.PLAN.value
    scope: ScopeRef = ScopeRef()
    is_sample: bool = False
    release: str = ""  # the version of the program that counted


# -- parts that several kinds freeze ------------------------------------------------------------------------


@dataclass(frozen=True)
class TargetPath:
    """How one target stands against its path; `order` is the target's."""

    order: int
    status: str  # a Schedule
    path: Decimal | None  # where the figure should be, None without a path
    verdict: str  # of the office's assessment, "" without one


@dataclass(frozen=True)
class WithPaths(Snapshot):
    """`paths`: how each target stands against its path."""

    paths: tuple[TargetPath, ...] = ()


@dataclass(frozen=True)
class WithNotices(Snapshot):
    """`notices`: those that were open, the oldest first."""

    notices: tuple[OpenNotice, ...] = ()


@dataclass(frozen=True)
class WithInstructions(Snapshot):
    """`instructions`: those that were not done, with the notices that were open on each."""

    instructions: tuple[OpenInstruction, ...] = ()


@dataclass(frozen=True)
class WithScores(Snapshot):
    """`scores`: what was announced of the period; None where nothing was."""

    scores: ToldScores | None = None


def freeze_paths(source: Source) -> tuple[TargetPath, ...]:
    """The paths of all targets, in the plan's order."""
    return tuple(
        TargetPath(
            order=one.target.order,
            status=str(one.status),
            path=one.path,
            verdict=one.assessed.verdict if one.assessed else "",
        )
        for one in target_standings(source.plan, source.quarter, known_at=source.known_at)
    )


def freeze_notices(source: Source) -> tuple[OpenNotice, ...]:
    """The plan's open notices."""
    return tuple(open_notices(source.plan, source.known_at))


def freeze_instructions(source: Source) -> tuple[OpenInstruction, ...]:
    """The plan's instructions that were not done."""
    return tuple(open_instructions(source.plan, source.known_at))


def freeze_scores(source: Source, period: ScoredPeriod) -> ToldScores | None:
    """The scores of a quarter or a year, where they were announced."""
    return announced(source.plan, period, source.known_at)
