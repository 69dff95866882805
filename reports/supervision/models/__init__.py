"""Models of supervision: notices, instructions, answers and rules."""

from reports.supervision.models.answers import Answer, AnswerFile, AnswerFileQuerySet
from reports.supervision.models.notices import (
    INSTRUCTION_WORDS,
    NOTICE_WORDS,
    SUBJECTS,
    Instruction,
    InstructionQuerySet,
    Notice,
    NoticeFile,
    NoticeQuerySet,
    NoticeReopening,
    form_of,
)
from reports.supervision.models.rules import Escalation, EscalationRule, ProposalRule
from reports.supervision.models.scans import InstructionFile

__all__ = [
    "INSTRUCTION_WORDS",
    "NOTICE_WORDS",
    "SUBJECTS",
    "Answer",
    "AnswerFile",
    "AnswerFileQuerySet",
    "Escalation",
    "EscalationRule",
    "Instruction",
    "InstructionFile",
    "InstructionQuerySet",
    "Notice",
    "NoticeFile",
    "NoticeQuerySet",
    "NoticeReopening",
    "ProposalRule",
    "form_of",
]
