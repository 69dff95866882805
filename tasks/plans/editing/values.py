"""What edits are made of and what they give: the edit, its refusal, a person's choices and answers, the corrected plan."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tasks.plans.corrections import Corrections
from tasks.plans.structure import Structure

Edit = Mapping[str, Any]

DATES = ("passed_on", "issued_on", "in_force_from", "in_force_to")
HEAD_TEXTS = {"title": 200, "doc_number": 60, "issuer": 120}  # {field: the most characters}
PART_KINDS = ("aims", "sectors", "tasks", "safeguards", "other")
DUTIES = ("lead", "co", "carry", "guide", "join")  # those of structure.Mention
BY_PERSON = "person"  # the basis of a duty that a person set, beside those of structure.Mention
LATER = "later"  # the answer that leaves a question open, with a reason


class EditError(Exception):
    """The edit cannot be applied; the message is a sentence for the person who makes it."""


@dataclass(frozen=True)
class AgencyChoice:
    """What a person decided about a printed name: `known` (an agency of the register, by its slug), `new` (kind, full
    name, slug if wanted), or `same` (another spelling of the printed name `same_as`)."""

    name: str
    choice: str
    slug: str = ""
    kind: str = ""
    full_name: str = ""
    same_as: str = ""
    members: tuple[str, ...] = ()  # names of the members of a collective


@dataclass(frozen=True)
class Answer:
    """A person's answer to a question: `choice` is LATER or what they chose, `note` their reason."""

    choice: str
    note: str = ""


@dataclass(frozen=True)
class Failure:
    """An edit that could not be applied; `number` counts from 1."""

    number: int
    edit: Edit
    reason: str


@dataclass(frozen=True)
class Edited:
    """The plan as corrected. What no words of the text stand for is in `corrections`."""

    structure: Structure
    corrections: Corrections
    agencies: Mapping[str, AgencyChoice]
    answers: Mapping[str, Answer]
    failures: tuple[Failure, ...]
    jurisdiction: Mapping[str, Any] = field(default_factory=dict)  # as a person said; {} where nobody did
    # What is the same in a plan and in a new edition of it, as a person said: {(task or target, key of the old one): key
    # of the new one, "" where it is gone}.
    pairs: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """All names of agencies, printed ones first."""
        printed = [agency.name for agency in self.structure.agencies]
        return tuple(dict.fromkeys([*printed, *(entry.name for entry in self.corrections.duties)]))
