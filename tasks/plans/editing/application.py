"""Applies edits to a plan's structure: `apply`."""

from collections.abc import Callable, Sequence

from django.utils.translation import gettext as _

from tasks.plans.corrections import Corrections
from tasks.plans.editing import agencies, headings, heads, parts, targets
from tasks.plans.editing.draft import Draft
from tasks.plans.editing.typed import limited
from tasks.plans.editing.values import LATER, Answer, Edit, Edited, EditError, Failure
from tasks.plans.structure import Structure


def apply(text: str, structure: Structure, edits: Sequence[Edit]) -> Edited:
    """The structure with the edits applied in their order; an edit `undo` takes an earlier one back. Edits that cannot be
    applied are in `failures`, and the others hold."""
    if not edits:
        return Edited(structure, Corrections(structure.text_sha256), {}, {}, ())
    undone = {edit.get("edit") for edit in edits if edit.get("op") == "undo"}
    draft = Draft(text, structure)
    failures = []
    for number, edit in enumerate(edits, 1):
        if edit.get("op") == "undo" or number in undone:
            continue
        before = draft.copy()
        try:
            _apply(draft, edit)
        except EditError as error:
            failures.append(Failure(number, edit, str(error)))
            draft = before
        except (KeyError, TypeError, ValueError, AttributeError):
            # Only edits written by hand in a file have the wrong shape.
            reason = _("这一步更正的写法不对，请核对各项的名称和类型。")
            failures.append(Failure(number, edit, reason))
            draft = before
    return draft.edited(tuple(failures))


def _apply(draft: Draft, edit: Edit) -> None:
    operation = _OPERATIONS.get(str(edit["op"]))
    if operation is None:
        raise EditError(_("没有“%(op)s”这种更正。") % {"op": str(edit["op"])[:40]})
    operation(draft, edit)


def _answer(draft: Draft, edit: Edit) -> None:
    """`question` (its key), `choice`, `note`: LATER needs a reason."""
    note = limited(edit.get("note", ""), "note", _("理由"), required=edit["choice"] == LATER)
    draft.answers[str(edit["question"])] = Answer(str(edit["choice"]), note)


def _pair(draft: Draft, edit: Edit) -> None:
    """`item` (task or target), `old` (its ref or order in the plan), `new` (anchor of it in this edition; None: it is
    gone): that is this one."""
    item, old, new = str(edit["item"]), str(edit["old"]), edit.get("new")
    if item not in ("task", "target"):
        raise EditError(_("请选一项。"))
    key = ""
    if new is not None:
        key = draft.task(new).ref if item == "task" else str(targets.target_at(draft, new).quote.start)
    draft.pairs = {
        place: other
        for place, other in draft.pairs.items()
        if not (key and other == key and place[0] == item)
    }
    draft.pairs[item, old] = key


_OPERATIONS: dict[str, Callable[[Draft, Edit], None]] = {
    "head": heads.set_head,
    "heading": headings.set_heading,
    "add_task": headings.add_task,
    "drop_task": headings.drop_task,
    "move_task": headings.move_task,
    "add_group": headings.add_group,
    "group_heading": headings.set_group_heading,
    "drop_group": headings.drop_group,
    "part": parts.set_part,
    "add_part": parts.add_part,
    "drop_part": parts.drop_part,
    "add_mention": agencies.add_mention,
    "drop_mention": agencies.drop_mention,
    "duty": agencies.set_duty,
    "agency": agencies.set_agency,
    "deadline": targets.set_deadline,
    "add_target": targets.add_target,
    "target": targets.set_target,
    "drop_target": targets.drop_target,
    "indicator": targets.set_indicator,
    "answer": _answer,
    "pair": _pair,
    "jurisdiction": heads.set_jurisdiction,
}
