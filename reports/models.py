"""All models of the rooms, for Django to find."""

from reports.briefs.models import (
    Brief,
    BriefFile,
    BriefKind,
    BriefSet,
    BriefState,
    BriefText,
    Download,
    Handover,
    SeriesStart,
    SetContent,
)
from reports.evaluation.models import FinalEvaluation
from reports.scoring.models import Appeal, EvidenceGrade, Scheme, ScoreCorrection, ScoreSheet
from reports.supervision.grades import NoticeGrade
from reports.supervision.models import (
    Answer,
    AnswerFile,
    Escalation,
    EscalationRule,
    Instruction,
    Notice,
    NoticeFile,
    NoticeReopening,
    ProposalRule,
)

__all__ = [
    "Answer",
    "AnswerFile",
    "Appeal",
    "Brief",
    "BriefFile",
    "BriefKind",
    "BriefSet",
    "BriefState",
    "BriefText",
    "Download",
    "Escalation",
    "EscalationRule",
    "EvidenceGrade",
    "FinalEvaluation",
    "Handover",
    "Instruction",
    "Notice",
    "NoticeFile",
    "NoticeGrade",
    "NoticeReopening",
    "ProposalRule",
    "Scheme",
    "ScoreCorrection",
    "ScoreSheet",
    "SeriesStart",
    "SetContent",
]
