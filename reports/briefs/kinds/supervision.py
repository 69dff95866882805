"""督办通报: the notices and instructions that are open."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs.composition_context import Context, Paragraphs, Section, fixed
from reports.briefs.formatting import moment
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.models import BriefKind
from reports.briefs.snapshot import (
    Source,
    WithInstructions,
    WithNotices,
    freeze_instructions,
    freeze_notices,
)
from reports.briefs.supervision_sections import instructions, notices


@dataclass(frozen=True)
class SupervisionSnapshot(WithNotices, WithInstructions):
    """What was followed up."""


def _freeze(snapshot: SupervisionSnapshot, source: Source) -> SupervisionSnapshot:
    return replace(snapshot, notices=freeze_notices(source), instructions=freeze_instructions(source))


def _title(heading: Heading) -> list[str]:
    return [heading.plan, _("%(quarter)s督办和批示办理情况") % {"quarter": heading.quarter.label}]


def nothing_open(context: Context[SupervisionSnapshot]) -> Section | None:
    """Printed where nothing is open, so that the brief does not look unfinished."""
    if context.figures.notices or context.figures.instructions:
        return None
    text = _("截至%(at)s，没有尚未办结的督办和批示。") % {"at": fixed(moment(context.figures.known_at))}
    return Paragraphs(title=_("总体情况"), paragraphs=context.texts("nothing", [text]))


KIND = Kind(
    key=BriefKind.SUPERVISION,
    series=gettext_lazy("督办通报"),
    title=_title,
    name=BriefKind.SUPERVISION.label,
    snapshot=SupervisionSnapshot,
    freeze=_freeze,
    sections=(notices, instructions, nothing_open),
    text_labels={"nothing": gettext_lazy("总体情况")},
    has_strip=False,
    lists_tasks=False,
)
