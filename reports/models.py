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
from reports.coordination.models import CoordinationFile, CoordinationRequest, CoordinationStep
from reports.evaluation.models import FinalEvaluation
from reports.news.models import NewsMark
from reports.receipts.models import Receipt
from reports.scoring.models import Appeal, EvidenceGrade, Scheme, ScoreCorrection, ScoreSheet
from reports.supervision.grades import NoticeGrade
from reports.supervision.models import (
    Answer,
    AnswerFile,
    Escalation,
    EscalationRule,
    Instruction,
    InstructionFile,
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
    "CoordinationFile",
    "CoordinationRequest",
    "CoordinationStep",
    "Download",
    "Escalation",
    "EscalationRule",
    "EvidenceGrade",
    "FinalEvaluation",
    "Handover",
    "Instruction",
    "InstructionFile",
    "NewsMark",
    "Notice",
    "NoticeFile",
    "NoticeGrade",
    "NoticeReopening",
    "ProposalRule",
    "Receipt",
    "Scheme",
    "ScoreCorrection",
    "ScoreSheet",
    "SeriesStart",
    "SetContent",
]
