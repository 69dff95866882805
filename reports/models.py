"""All models of the rooms, for Django to find."""

from reports.briefs.models import Brief, BriefFile, BriefKind, BriefSet, BriefState, BriefText, Download
from reports.evaluation.models import FinalEvaluation
from reports.supervision.models import (
    Answer,
    Escalation,
    EscalationRule,
    Instruction,
    Notice,
    NoticeFile,
    ProposalRule,
)

__all__ = [
    "Answer",
    "Brief",
    "BriefFile",
    "BriefKind",
    "BriefSet",
    "BriefState",
    "BriefText",
    "Download",
    "Escalation",
    "EscalationRule",
    "FinalEvaluation",
    "Instruction",
    "Notice",
    "NoticeFile",
    "ProposalRule",
]
