"""牵头汇总: a lead takes over what its co agencies reported, piece by piece, into the draft of its own submission.

Each piece keeps where it came from: in the draft as {version, piece, text}, in the submitted version as AdoptedPiece.
The lead may reword what it took over; the origin is kept until it takes the piece out again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from tasks.agencies.queries import names_at
from tasks.errors import Problem, Problems
from tasks.people.models import User
from tasks.plans.duties import leads_of
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tasks.submissions.fields import FIELD, FIELDS, LABELS, Kind, category_label, field_values
from tasks.submissions.models import Decision, Submission, Version
from tasks.values import Duty, Period

PROBLEM = "problem."  # the key of one problem is problem.N
REASON = "no_progress_reason"


@dataclass(frozen=True)
class Piece:
    """A part of a co submission that can be taken over: `key` is a field's name or problem.N."""

    key: str
    label: str
    text: str
    category: str = ""  # of a problem


def field_of_piece(key: str) -> str:
    """The field of the co submission of which the piece is a part."""
    return "problems" if key.startswith(PROBLEM) else key


def pieces_of(version: Version) -> list[Piece]:
    """What of a co submission can be taken over, in the order of its fields; the reason of no progress first."""
    pieces = []
    if version.no_progress:
        pieces.append(Piece(REASON, str(LABELS["no_progress"]), version.no_progress_reason))
    for field in FIELDS:
        value = getattr(version, field.name)
        if field.kind is Kind.PROBLEMS and field.adopted_into:
            pieces += [
                Piece(
                    f"{PROBLEM}{number}", category_label(item), item.get("text", ""), item.get("category", "")
                )
                for number, item in enumerate(value)
            ]
        elif field.adopted_into and field.name != REASON and field.is_written(value):
            pieces.append(Piece(field.name, str(field.label), value))
    return pieces


@transaction.atomic
def adopt(
    *,
    by: User,
    plan_id: int,
    quarter: Period,
    task_id: int,
    version_id: int,
    keys: Sequence[str],
    revision: int | None,
    now: datetime | None = None,
) -> Submission:
    """Take pieces of a co version over into the draft of the lead, the actor's agency, each under its agency's name.

    `revision` is that of the draft that the person saw. Raises what `save_drafts` raises; Problems for a version that
    is not one of this task's co submissions in this quarter, or was sent back, or a piece that is taken already.
    """
    if leads_of([task_id], quarter).get(task_id) != by.agency_id:
        raise PermissionDenied(_("只有该任务的牵头单位可以汇总配合填报。"))
    version = (
        Version.objects.filter(pk=version_id, task=task_id, quarter=quarter, duty=Duty.CO)
        .exclude(decision=Decision.RETURNED)
        .first()
    )
    head = Submission.objects.filter(task=task_id, agency=by.agency_id, quarter=quarter).first()
    if version is None:
        raise Problems([Problem("", _("这份配合填报不在了，或已退回，请刷新页面。"))])
    there = {piece.key: piece for piece in pieces_of(version)}
    taken = list(head.adopted) if head else []
    already = {(item["version"], item["piece"]) for item in taken}
    wanted = [there[key] for key in dict.fromkeys(keys) if key in there]
    if not wanted or len(wanted) != len(set(keys)):
        raise Problems([Problem("", _("这份配合填报里没有所选的段落，请刷新页面。"))])
    fresh = [piece for piece in wanted if (version.pk, piece.key) not in already]
    if not fresh:
        raise Problems([Problem("", _("所选段落已经采纳过。"))])
    name = names_at(quarter, [version.agency_id]).get(version.agency_id)
    draft = _draft(head, plan_id, quarter, task_id, by.acts_for, revision)
    for piece in fresh:
        draft = _with(draft, piece, name.short if name else "")
    saved = actions.save_drafts(by=by, drafts=[draft], now=now)[0]
    _note(saved, [*taken, *({"version": version.pk, "piece": p.key, "text": p.text} for p in fresh)])
    return saved


@transaction.atomic
def take_out(
    *,
    by: User,
    plan_id: int,
    quarter: Period,
    task_id: int,
    version_id: int,
    key: str,
    revision: int | None,
    now: datetime | None = None,
) -> Submission:
    """Take a piece out again: its origin is dropped, and its words too where nobody has reworded them."""
    head = Submission.objects.filter(task=task_id, agency=by.agency_id, quarter=quarter).first()
    item = next(
        (
            one
            for one in (head.adopted if head else [])
            if (one["version"], one["piece"]) == (version_id, key)
        ),
        None,
    )
    if head is None or item is None:
        raise Problems([Problem("", _("这一段没有采纳，请刷新页面。"))])
    agency_id = Version.every.filter(pk=version_id).values_list("agency_id", flat=True).first()
    name = names_at(quarter, [agency_id or 0]).get(agency_id or 0)
    draft = _without(
        _draft(head, plan_id, quarter, task_id, by.acts_for, revision),
        key,
        item["text"],
        name.short if name else "",
    )
    saved = actions.save_drafts(by=by, drafts=[draft], now=now)[0]
    _note(saved, [one for one in head.adopted if one is not item])
    return saved


def _note(head: Submission, taken: list[dict[str, Any]]) -> None:
    """The draft is locked by the save before."""
    Submission.objects.filter(pk=head.pk).update(adopted=taken)
    head.adopted = taken


def _draft(
    head: Submission | None,
    plan_id: int,
    quarter: Period,
    task_id: int,
    agency_id: int,
    revision: int | None,
) -> DraftInput:
    kept = field_values(head) if head else {}
    return DraftInput(
        plan_id=plan_id,
        quarter=quarter,
        task_id=task_id,
        agency_id=agency_id,
        revision=revision,
        figures=head.figures if head else {},
        **kept,
    )


def _words(name: str, piece: Piece) -> str:
    """The piece as it goes into a text: under its agency's name."""
    text = piece.text.strip()
    if piece.key == REASON:
        text = _("本季度无进展：%(reason)s") % {"reason": text}
    return _("%(name)s：%(text)s") % {"name": name, "text": text}


def _with(draft: DraftInput, piece: Piece, name: str) -> DraftInput:
    if piece.key.startswith(PROBLEM):
        item = {"category": piece.category, "text": _words(name, piece)}
        return replace(draft, problems=[*draft.problems, item])
    target = FIELD[piece.key].adopted_into
    kept, words = getattr(draft, target).rstrip(), _words(name, piece)
    return _set(draft, target, f"{kept}\n{words}" if kept else words)


def _set(draft: DraftInput, name: str, text: str) -> DraftInput:
    values: dict[str, Any] = {name: text}
    return replace(draft, **values)


def _without(draft: DraftInput, key: str, text: str, name: str) -> DraftInput:
    words = _words(name, Piece(key, "", text))
    if key.startswith(PROBLEM):
        return replace(draft, problems=[item for item in draft.problems if item.get("text") != words])
    target = FIELD[key].adopted_into
    kept = getattr(draft, target)
    for form in (f"\n{words}", f"{words}\n", words):
        if form in kept:
            return _set(draft, target, kept.replace(form, "", 1))
    return draft
