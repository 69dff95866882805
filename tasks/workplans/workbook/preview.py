"""What a workbook would change, row by row, against the drafts that are kept now.

The preview and the applying share all of this: what is confirmed are the very sections that were shown, signed, and
they go through the one write path in one batch.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from tasks.people.models import User
from tasks.plans.models import Plan, Task
from tasks.transitions import short_time
from tasks.workbooks import signed_preview
from tasks.workbooks.values import CellProblem, Refused
from tasks.workplans import transitions
from tasks.workplans.content import (
    MeasureInput,
    MilestoneInput,
    SectionInput,
    day_of,
    measures_of,
    shape_problems,
)
from tasks.workplans.models import State, WorkPlan, WorkPlanDraft
from tasks.workplans.queries import held
from tasks.workplans.values import Period
from tasks.workplans.workbook.read import Expected, Filled, parse

_SALT = "tasks.workplans.workbook.preview"


@dataclass(frozen=True)
class FieldChange:
    """One measure or milestone: what is kept, and what the workbook says; "" for what was added or left out."""

    label: str
    before: str
    after: str
    place: str


@dataclass(frozen=True)
class TaskChange:
    """One task's section that would change."""

    task: Task
    row: int
    is_new: bool
    fields: tuple[FieldChange, ...]
    section: SectionInput


@dataclass
class Preview:
    """All that an upload would do. With any problem nothing is done."""

    changes: list[TaskChange] = field(default_factory=list)
    same: int = 0  # tasks that nobody touched, or that say what is kept
    missing: list[str] = field(
        default_factory=list
    )  # numbers of tasks that have no row in the workbook any more
    problems: list[CellProblem] = field(default_factory=list)
    notes: list[CellProblem] = field(default_factory=list)
    signed: str = ""  # the changes for the browser to keep until they are confirmed; "" when nothing can be


def examine(*, by: User, plan: Plan, period: Period, data: bytes, name: str = "") -> Preview:
    """Read an uploaded workbook and compare it with what is kept. Writes nothing, and its queries do not grow with
    the rows. Raises Refused when the file as a whole cannot be taken."""
    if by.agency is None:
        raise PermissionDenied(_("实施方案和年度要点由各单位的填报员和签批人填写。"))
    head = WorkPlan.objects.filter(plan=plan, agency=by.agency, year=period.year).first()
    if head is not None and head.state not in transitions.EDITABLE:
        raise Refused(
            _("%(label)s现在是“%(state)s”，不能用表格改。")
            % {"label": period.label, "state": State(head.state).label}
        )
    parsed = parse(data, Expected(plan.slug, period, by.agency.slug), name)
    owed = {
        one.task.ref: one.task for one in held(plan, period, [by.agency.pk]).get(by.agency.pk, {}).values()
    }
    kept = (
        {draft.task_id: draft for draft in head.drafts.select_related("saved_by")} if head is not None else {}
    )
    preview = Preview(
        same=parsed.untouched,
        missing=[key.code for key in parsed.missing],
        problems=list(parsed.problems),
        notes=list(parsed.notes),
    )
    for filled in parsed.tasks:
        task = owed.get(filled.key.ref)
        if task is None:
            _say(preview, filled, _("本单位现在不承担这项任务。"), "code")
            continue
        draft = kept.get(task.pk)
        section = SectionInput(
            task.pk, draft.revision if draft else None, filled.none_reason, tuple(filled.measures)
        )
        fields = tuple(_differences(filled, section, draft))
        if not fields:
            preview.same += 1
            continue
        if filled.key.revision != section.revision:
            _say(preview, filled, _meanwhile(draft), "code")
            continue
        _tell_shape(preview, filled, section, task)
        _tell_days(preview, filled, plan, period)
        preview.changes.append(TaskChange(task, filled.row, draft is None, fields, section))
    preview.changes.sort(key=lambda change: change.row)
    preview.problems.sort(key=lambda problem: (problem.row, problem.column))
    if preview.changes and not preview.problems:
        preview.signed = sign(plan, by.agency.pk, period, [change.section for change in preview.changes])
    return preview


def _say(preview: Preview, filled: Filled, message: str, name: str, key: str = "") -> None:
    preview.problems.append(CellProblem(message, *filled.cell(name, key)))


def _tell_shape(preview: Preview, filled: Filled, section: SectionInput, task: Task) -> None:
    """The write path's own checks, on the cells that they speak of."""
    names = {"text": "measure", "division": "division", "contact": "contact"}
    for problem in shape_problems(section, task.code):
        match problem.field.split("."):
            case ["measures", number, "milestones", place, part]:
                node = section.measures[int(number)].milestones[int(place)]
                _say(preview, filled, problem.message, {"text": "node"}.get(part, part), node.key)
            case ["measures", number, part]:
                _say(preview, filled, problem.message, names[part], section.measures[int(number)].key)
            case ["none_reason"]:
                _say(preview, filled, problem.message, "none_reason")
            case _:
                _say(preview, filled, problem.message, "code")


def _tell_days(preview: Preview, filled: Filled, plan: Plan, period: Period) -> None:
    """Days outside what the period allows; what is blank or no day at all is told elsewhere."""
    told = {(problem.row, problem.column) for problem in preview.problems}
    for measure in filled.measures:
        for node in measure.milestones:
            _sheet, row, column = filled.cell("due", node.key)
            if not node.due or (row, column) in told:
                continue
            try:
                day_of(node, plan, period)
            except ValueError as error:
                _say(preview, filled, str(error), "due", node.key)


def _meanwhile(draft: WorkPlanDraft | None) -> str:
    if draft is None:
        return _("下载以后这项任务的草稿已不在，请重新下载再改。")
    return _(
        "下载以后，%(who)s于 %(when)s 保存过这项任务。请重新下载再改；只交其余各项，把这项任务的行都删去即可。"
    ) % {"who": draft.saved_by, "when": short_time(draft.saved_at)}


# -- what differs -------------------------------------------------------------------------------------------


def _differences(filled: Filled, section: SectionInput, draft: WorkPlanDraft | None) -> Iterable[FieldChange]:
    """Measure by measure and milestone by milestone; nothing for a task that says what is kept."""
    kept = measures_of(draft.measures) if draft else ()
    reason = draft.none_reason if draft else ""

    def change(label: str, name: str, key: str, before: str, after: str) -> Iterable[FieldChange]:
        if before != after:
            place = CellProblem("", *filled.cell(name, key)).place if after else ""
            yield FieldChange(label, before, after, place)

    yield from change(_("不列举措的原因"), "none_reason", "", reason, section.none_reason)
    old, new = ({measure.key: measure for measure in said} for said in (kept, section.measures))
    for key in dict.fromkeys([*old, *new]):
        yield from change(_("举措"), "measure", key, _measure(old.get(key)), _measure(new.get(key)))
    was, now = (
        {node.key: node for measure in said for node in measure.milestones}
        for said in (kept, section.measures)
    )
    homes = [
        {node.key: measure.key for measure in said for node in measure.milestones}
        for said in (kept, section.measures)
    ]
    for key in dict.fromkeys([*was, *now]):
        before, after = _node(was.get(key)), _node(now.get(key))
        if before == after and homes[0].get(key) != homes[1].get(key):
            after += _("（移到另一项举措）")
        yield from change(_("节点"), "node", key, before, after)


def _measure(measure: MeasureInput | None) -> str:
    if measure is None:
        return ""
    who = "、".join(filter(None, (measure.division, measure.contact)))
    return f"{measure.text}（{who}）" if who else measure.text


def _node(node: MilestoneInput | None) -> str:
    if node is None:
        return ""
    words = " ".join(filter(None, (node.due, node.text)))
    return f"{words}（{node.evidence}）" if node.evidence else words


# -- kept by the browser until it is confirmed --------------------------------------------------------------


@dataclass(frozen=True)
class Confirmed:
    """What was shown, and for whom."""

    plan_id: int
    agency_id: int
    period: Period
    sections: Sequence[SectionInput]


def sign(plan: Plan, agency_id: int, period: Period, sections: Sequence[SectionInput]) -> str:
    """Sections as a signed text that only we can have made."""
    rows = [plan.pk, agency_id, str(period), [asdict(section) for section in sections]]
    return signed_preview.sign(rows, salt=_SALT)


def confirmed(text: str) -> Confirmed:
    """What was shown; raises Refused when the text is not ours or too old."""
    plan_id, agency_id, period, rows = signed_preview.signed_rows(text, salt=_SALT)
    sections = [
        SectionInput(row["task_id"], row["revision"], row["none_reason"], measures_of(row["measures"]))
        for row in rows
    ]
    return Confirmed(plan_id, agency_id, Period.parse(period), sections)


def revisions(head: WorkPlan | None) -> dict[int, Any]:
    """{task id: revision of its draft}."""
    return dict(head.drafts.values_list("task_id", "revision")) if head else {}
