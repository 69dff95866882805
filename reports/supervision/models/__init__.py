"""Models of supervision: notices, instructions, answers and rules."""

from reports.supervision.models.answers import Answer, AnswerFile, AnswerFileQuerySet
from reports.supervision.models.notices import (
    Instruction,
    InstructionQuerySet,
    Notice,
    NoticeFile,
    NoticeQuerySet,
    NoticeReopening,
    form_of,
)
from reports.supervision.models.rules import Escalation, EscalationRule, ProposalRule

__all__ = [
    "Answer",
    "AnswerFile",
    "AnswerFileQuerySet",
    "Escalation",
    "EscalationRule",
    "Instruction",
    "InstructionQuerySet",
    "Notice",
    "NoticeFile",
    "NoticeQuerySet",
    "NoticeReopening",
    "ProposalRule",
    "form_of",
]
