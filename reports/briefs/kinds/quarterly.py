"""季度简报, 月报, 半年简报, 年度简报: the plan's brief of a period."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes, sections, task_sections
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.models import BriefKind
from reports.briefs.score_sections import scores
from reports.briefs.snapshot import (
    Source,
    WithInstructions,
    WithNotices,
    WithPaths,
    WithScores,
    freeze_instructions,
    freeze_notices,
    freeze_paths,
    freeze_scores,
)
from reports.briefs.supervision_sections import instructions, notices
from reports.scoring.values import ScoredPeriod


@dataclass(frozen=True)
class QuarterlySnapshot(WithPaths, WithNotices, WithInstructions, WithScores):
    """Paths of targets, what was followed up, and the quarter's scores."""


def _freeze(snapshot: QuarterlySnapshot, source: Source) -> QuarterlySnapshot:
    return replace(
        snapshot,
        paths=freeze_paths(source),
        notices=freeze_notices(source),
        instructions=freeze_instructions(source),
        scores=freeze_scores(source, ScoredPeriod(source.quarter, source.quarter)),
    )


def _title(heading: Heading) -> list[str]:
    return [heading.plan, _("%(quarter)s实施情况") % {"quarter": heading.quarter.label}]


KIND = Kind(
    key=BriefKind.PLAN,
    series=gettext_lazy("实施情况简报"),
    title=_title,
    name=gettext_lazy("简报"),
    of_month=(gettext_lazy("实施情况月报"), gettext_lazy("月报")),
    is_in_set=True,
    snapshot=QuarterlySnapshot,
    freeze=_freeze,
    sections=(
        sections.overall,
        sections.groups,
        sections.changes,
        sections.targets,
        sections.reporting,
        task_sections.problems,
        task_sections.coordination,
        notices,
        instructions,
        task_sections.progress,
        task_sections.safeguards,
        sections.next_steps,
    ),
    annexes=(annexes.tasks, annexes.missing, scores),
)
