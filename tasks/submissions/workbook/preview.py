"""What a workbook would change, row by row, compared with the drafts that are kept now.

The preview and the applying share all of this: what is confirmed are the very drafts that were shown, signed, and they
go through the one write path in one batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.assignments.actions import assigned_to
from tasks.cycles.actions import CycleState, state_of
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import openings
from tasks.indicators.reading import is_marked, read_number, read_yes_no
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility, Task
from tasks.submissions import transitions
from tasks.submissions.content import DraftInput, misplaced_fields, shape_problems
from tasks.submissions.fields import FIELDS, LABELS, Kind, field_values
from tasks.submissions.models import State, Submission
from tasks.submissions.workbook.read import Expected, Filled, parse
from tasks.values import Quarter
from tasks.workbooks import signed_preview
from tasks.workbooks.values import CellProblem, Refused, plain

_SALT = "tasks.submissions.workbook.preview"
_DAYS = tuple(one for one in FIELDS if one.kind is Kind.DAY)


@dataclass(frozen=True)
class FieldChange:
    """One field of a row: what is kept, and what the workbook says."""

    label: str
    before: str
    after: str
    place: str


@dataclass(frozen=True)
class RowChange:
    """One submission that would change."""

    task: Task
    row: int
    is_new: bool
    fields: tuple[FieldChange, ...]
    draft: DraftInput


@dataclass
class Preview:
    """All that an upload would do. With any problem nothing is done."""

    changes: list[RowChange] = field(default_factory=list)
    same: int = 0  # rows that nobody changed, or that equal what is kept
    missing: list[str] = field(default_factory=list)  # numbers of rows that are no longer in the workbook
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[CellProblem] = field(default_factory=list)
    signed: str = ""  # the changes for the browser to keep until they are confirmed; "" when nothing can be


def examine(*, by: User, plan: Plan, quarter: Quarter, data: bytes, name: str = "") -> Preview:
    """Read an uploaded workbook and compare it with what is kept. Writes nothing, and its queries do not grow with
    the rows. Raises Refused when the file as a whole cannot be taken."""
    if by.agency is None:
        raise PermissionDenied(_("填报表供各单位的填报员和签批人使用。"))
    _check_open(plan, quarter, by.agency.pk)
    parsed = parse(data, Expected(plan.slug, quarter, by.agency.slug), name)
    kept = _kept(by, plan, quarter)
    preview = Preview(
        same=parsed.untouched,
        missing=[key.code for key in parsed.missing],
        problems=list(parsed.problems),
        notes=list(parsed.notes),
    )
    for filled in parsed.rows:
        _examine_row(preview, filled, kept)
    preview.changes.sort(key=lambda change: change.row)
    preview.problems.sort(key=lambda problem: (problem.sheet, problem.row, problem.column))
    if preview.changes and not preview.problems:
        preview.signed = sign([change.draft for change in preview.changes])
    return preview


@dataclass(frozen=True)
class _Kept:
    """With what the rows of a workbook are compared. `assigned` is empty where the person may write every task."""

    plan: Plan
    quarter: Quarter
    agency_id: int
    owed: Mapping[str, Responsibility]  # {task ref: the agency's responsibility}
    assigned: frozenset[int]  # task ids
    drafts: Mapping[int, Submission]  # {task id: draft}
    words: "_Words"


def _kept(by: User, plan: Plan, quarter: Quarter) -> _Kept:
    assert by.agency is not None
    owed = duties([plan.pk], quarter).filter(agency=by.agency).select_related("task")
    drafts = Submission.objects.filter(agency=by.agency, quarter=quarter, task__plan=plan)
    return _Kept(
        plan=plan,
        quarter=quarter,
        agency_id=by.agency.pk,
        owed={duty.task.ref: duty for duty in owed},
        assigned=frozenset() if may_approve(by) else assigned_to(by, plan),
        drafts={draft.task_id: draft for draft in drafts.select_related("saved_by")},
        words=_Words(),
    )


def _examine_row(preview: Preview, filled: Filled, kept: _Kept) -> None:
    """Add the row to the preview: as a change, as one that equals what is kept, or with its problems."""
    duty = kept.owed.get(filled.key.ref)
    if duty is None:
        message = _("本单位在%(quarter)s不再承担这项任务。") % {"quarter": kept.quarter.label}
        _say(preview, filled, "code", message)
        return
    if kept.assigned and duty.task_id not in kept.assigned:
        message = _("这项任务在本单位没有分给您填报，请恢复这一行，或找签批人调整分工。")
        _say(preview, filled, "code", message)
        return
    head = kept.drafts.get(duty.task_id)
    draft = _draft(filled, duty.task, head, kept.plan, kept.quarter, kept.agency_id)
    fields = tuple(_differences(filled, draft, head, kept.words))
    if not fields:
        preview.same += 1
        return
    if head is not None and head.state not in transitions.EDITABLE:
        message = _("这一件现在是“%(state)s”，不能在表里改；请先在工作台取回，或恢复这一行。") % {
            "state": State(head.state).label
        }
        _say(preview, filled, "code", message)
        return
    if filled.key.revision != draft.revision:
        _say(preview, filled, "code", _meanwhile(head))
        return
    for name in misplaced_fields(draft, duty.duty):
        _say(preview, filled, name, _("这一项由牵头单位填写，请清空。"))
    # The reader has reported its own problems already; these are the checks of the write path.
    told = {(problem.sheet, problem.row, problem.column) for problem in preview.problems}
    for problem in shape_problems(draft, duty.task.code):
        if filled.place(problem.field) not in told and not _told_of(filled, problem.field, told):
            _say(preview, filled, problem.field, problem.message)
    preview.changes.append(RowChange(duty.task, filled.row, head is None, fields, draft))


def _told_of(filled: Filled, name: str, told: set[tuple[str, int, int]]) -> bool:
    """Whether a cell of the field problems is reported already: the write path names all of them as one field."""
    return name == "problems" and any(
        (filled.sheet, filled.row, column) in told
        for field_name, column in filled.places.items()
        if field_name.startswith("problem_")
    )


def _check_open(plan: Plan, quarter: Quarter, agency_id: int) -> None:
    """The write path checks again; here so that nobody corrects a workbook that cannot be accepted."""
    now = clock.now()
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    state = state_of(cycle, now)
    if cycle is None or state == CycleState.UNOPENED:
        raise Refused(_("%(quarter)s尚未开放填报，请等办公室开放。") % {"quarter": quarter.label})
    if state == CycleState.CLOSED and openings([cycle], now).until(cycle, agency_id) is None:
        raise Refused(
            _("%(quarter)s填报期已于 %(when)s 关闭，需要补报请联系领导小组办公室重新开放。")
            % {"quarter": quarter.label, "when": f"{timezone.localtime(cycle.closes_at):%m-%d %H:%M}"}
        )


def _meanwhile(head: Submission | None) -> str:
    if head is None:
        return _("下载以后这份草稿已不在，请重新下载再改。")
    return _(
        "下载以后，%(who)s于 %(when)s 保存过这份草稿。请重新下载再改；只交其余各行，删去这一行即可。"
    ) % {"who": head.saved_by, "when": f"{timezone.localtime(head.saved_at):%m-%d %H:%M}"}


def _say(preview: Preview, filled: Filled, name: str, message: str) -> None:
    preview.problems.append(CellProblem(message, *filled.place(name)))


def _draft(
    filled: Filled, task: Task, head: Submission | None, plan: Plan, quarter: Quarter, agency_id: int
) -> DraftInput:
    figures: dict[str, Mapping[str, str]] = {**(head.figures if head else {})}
    for slug, parts in filled.figures.items():
        if not _same_figure(figures.get(slug, {}), parts):
            figures[slug] = parts
    return DraftInput(
        plan_id=plan.pk,
        quarter=quarter,
        task_id=task.pk,
        agency_id=agency_id,
        revision=head.revision if head else None,
        **filled.content,
        figures={slug: parts for slug, parts in figures.items() if parts},
    )


# -- what differs -------------------------------------------------------------------------------------------


class _Words:
    """What the fields are called, looked up once for a workbook and not once for each of its cells."""

    def __init__(self) -> None:
        self.fields = {name: str(label) for name, label in LABELS.items()}
        self.parts = {
            "value": _("数值"),
            "numerator": _("分子"),
            "denominator": _("分母"),
            "text": _("内容"),
            "preliminary": _("初步数"),
            "reason": _("说明"),
        }

    def figure(self, slug: str, part: str) -> str:
        return _("数据 %(slug)s %(part)s") % {"slug": slug, "part": self.parts[part]}


def _differences(
    filled: Filled, draft: DraftInput, head: Submission | None, words: _Words
) -> Iterable[FieldChange]:
    """Field by field, in the workbook's order; nothing for a row that equals what is kept."""
    kept: Any = head or Submission()

    def place(name: str) -> str:
        return CellProblem("", *filled.place(name)).place

    for one in FIELDS:
        was, now = getattr(kept, one.name), getattr(draft, one.name)
        if was == now:
            continue
        before, after = (plain(one.shown(value)) for value in (was, now))
        if before != after:
            yield FieldChange(words.fields[one.name], before, after, place(one.name))
    for slug in filled.figures:
        had, has = kept.figures.get(slug, {}), draft.figures.get(slug, {})
        for part in words.parts:
            before, after = plain(had.get(part)), plain(has.get(part))
            if before != after:
                yield FieldChange(words.figure(slug, part), before, after, place(f"figures.{slug}.{part}"))


def _same_figure(kept: Mapping[str, Any], said: Mapping[str, str]) -> bool:
    """Whether both mean the same, however they were typed: "1,200" stays when the sheet says 1200, and 1 as a yes."""
    return (
        all(
            _number(kept.get(part)) == _number(said.get(part))
            for part in ("value", "numerator", "denominator")
        )
        and all(plain(kept.get(part)) == plain(said.get(part)) for part in ("text", "reason"))
        and is_marked(plain(kept.get("preliminary"))) == is_marked(plain(said.get("preliminary")))
    )


def _number(text: Any) -> Decimal | str | None:
    for read in (read_number, read_yes_no):
        try:
            return read(plain(text))
        except ValueError:
            continue
    return plain(text)


# -- kept by the browser until it is confirmed --------------------------------------------------------------


def sign(drafts: Sequence[DraftInput]) -> str:
    """Drafts as a signed text that only we can have made."""
    rows = [
        vars(draft)
        | {"quarter": str(draft.quarter)}
        | {one.name: one.shown(getattr(draft, one.name)) for one in _DAYS}
        for draft in drafts
    ]
    return signed_preview.sign(rows, salt=_SALT)


def confirmed(text: str) -> list[DraftInput]:
    """The drafts that were shown; raises Refused when the text is not ours or too old."""
    rows = signed_preview.signed_rows(text, salt=_SALT)
    return [
        DraftInput(
            **row
            | {"quarter": Quarter.parse(row["quarter"])}
            | {one.name: date.fromisoformat(row[one.name]) if row[one.name] else None for one in _DAYS}
        )
        for row in rows
    ]


def written_by(user: User, drafts: Sequence[DraftInput]) -> bool:
    """Whether this user has just written these very drafts: the button was pressed twice."""
    heads = {
        (head.task_id, head.agency_id, head.quarter): head
        for head in Submission.objects.filter(
            task__in=[draft.task_id for draft in drafts],
            agency__in={draft.agency_id for draft in drafts},
            quarter__in={draft.quarter for draft in drafts},
            saved_by=user,
        )
    }

    def stands(draft: DraftInput) -> bool:
        head = heads.get((draft.task_id, draft.agency_id, draft.quarter))
        return head is not None and all(
            value == getattr(draft, name) for name, value in field_values(head).items()
        )

    return all(stands(draft) for draft in drafts)


def moved_on(drafts: Sequence[DraftInput]) -> list[str]:
    """Which of the drafts were saved by somebody since they were shown, and by whom: for the refusal."""
    heads = {
        (head.task_id, head.agency_id, head.quarter): head
        for head in Submission.objects.filter(
            task__in=[draft.task_id for draft in drafts],
            agency__in={draft.agency_id for draft in drafts},
            quarter__in={draft.quarter for draft in drafts},
        ).select_related("saved_by", "task")
    }
    said = []
    for draft in drafts:
        head = heads.get((draft.task_id, draft.agency_id, draft.quarter))
        if head is None:
            continue
        if head.state not in transitions.EDITABLE:
            word = _("%(code)s 现在是“%(state)s”。")
            said.append(word % {"code": head.task.code, "state": State(head.state).label})
        elif head.revision != draft.revision:
            said.append(
                _("%(code)s：%(who)s于 %(when)s 保存过。")
                % {
                    "code": head.task.code,
                    "who": head.saved_by,
                    "when": f"{timezone.localtime(head.saved_at):%m-%d %H:%M}",
                }
            )
    return said
