"""What a workbook would change, task by task, compared with the drafts in the database."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.transitions import short_time
from tasks.workbooks import preview as engine
from tasks.workbooks import signed_preview
from tasks.workbooks.manifest import Origin
from tasks.workbooks.preview import FieldChange, RowChange, RowRefused, place_text
from tasks.workbooks.values import Place, Refused
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
from tasks.workplans.values import WorkPlanPeriod
from tasks.workplans.workbook.read import Filled, parse

_SALT = "tasks.workplans.workbook.preview"
Preview = engine.Preview[SectionInput]


def examine(*, by: User, plan: Plan, period: WorkPlanPeriod, data: bytes, name: str = "") -> Preview:
    """Read an uploaded workbook and compare it with the drafts. Writes nothing, and the number of its queries does not
    depend on the rows. Raises Refused when the file as a whole cannot be taken."""
    agency = by.agency
    if agency is None:
        raise PermissionDenied(_("实施方案和年度要点由各单位的填报员和签批人填写。"))
    head = WorkPlan.objects.filter(plan=plan, agency=agency, year=period.year).first()
    if head is not None and head.state not in transitions.EDITABLE:
        raise Refused(
            _("%(label)s现在是“%(state)s”，不能用表格改。")
            % {"label": period.label, "state": State(head.state).label}
        )
    parsed = parse(data, period, Origin(plan.slug, str(period), agency.slug), name)
    comparison = _Comparison(plan, period, agency.pk, head)
    return engine.compare(parsed, comparison, lambda sections: sign(plan, agency.pk, period, sections))


class _Comparison:
    """Compares touched tasks with the drafts of one work plan; two queries, when it is made."""

    def __init__(self, plan: Plan, period: WorkPlanPeriod, agency_id: int, head: WorkPlan | None) -> None:
        self.plan, self.period = plan, period
        tasks = held(plan, period, [agency_id]).get(agency_id, {})
        self.tasks = {item.task.ref: item.task for item in tasks.values()}
        drafts = head.drafts.select_related("saved_by") if head is not None else ()
        self.drafts: dict[int, WorkPlanDraft] = {draft.task_id: draft for draft in drafts}

    def change(self, filled: Filled) -> RowChange[SectionInput] | None:
        task = self.tasks.get(filled.key.ref)
        if task is None:
            raise RowRefused(_("本单位现在不承担这项任务。"))
        draft = self.drafts.get(task.pk)
        revision = draft.revision if draft else None
        section = SectionInput(task.pk, revision, filled.none_reason, tuple(filled.measures))
        fields = tuple(_differences(filled, section, draft))
        if fields and filled.key.revision != revision:
            raise RowRefused(_meanwhile(draft))
        return RowChange(task, filled.row, draft is None, fields, section) if fields else None

    def problems(
        self, filled: Filled, section: SectionInput, reported: set[Place]
    ) -> Iterator[tuple[str, Place]]:
        names = {"text": "measure", "division": "division", "contact": "contact"}
        for problem in shape_problems(section, filled.key.code):
            match problem.field.split("."):
                case ["measures", number, "milestones", place, part]:
                    node = section.measures[int(number)].milestones[int(place)]
                    at = filled.place({"text": "node"}.get(part, part), node.key)
                case ["measures", number, part]:
                    at = filled.place(names[part], section.measures[int(number)].key)
                case _:
                    at = filled.place(problem.field)
            yield problem.message, at
        # Days outside the period; what is blank or no day is reported elsewhere.
        for measure in filled.measures:
            for node in measure.milestones:
                at = filled.place("due", node.key)
                if node.due and at not in reported:
                    try:
                        day_of(node, self.plan, self.period)
                    except ValueError as error:
                        yield str(error), at


def _meanwhile(draft: WorkPlanDraft | None) -> str:
    if draft is None:
        return _("下载以后这项任务的草稿已不在，请重新下载再改。")
    return _(
        "下载以后，%(who)s于 %(when)s 保存过这项任务。请重新下载再改；只交其余各项，把这项任务的行都删去即可。"
    ) % {"who": draft.saved_by, "when": short_time(draft.saved_at)}


# -- what differs -------------------------------------------------------------------------------------------


def _differences(filled: Filled, section: SectionInput, draft: WorkPlanDraft | None) -> Iterable[FieldChange]:
    """Measure by measure and milestone by milestone; nothing for a task that is equal to its draft."""
    kept = measures_of(draft.measures) if draft else ()
    reason = draft.none_reason if draft else ""

    def change(label: str, name: str, key: str, before: str, after: str) -> Iterable[FieldChange]:
        if before != after:
            place = place_text(filled.place(name, key)) if after else ""
            yield FieldChange(label, before, after, place)

    yield from change(_("不列举措的原因"), "none_reason", "", reason, section.none_reason)
    old, new = ({measure.key: measure for measure in side} for side in (kept, section.measures))
    for key in dict.fromkeys([*old, *new]):
        yield from change(_("举措"), "measure", key, _measure(old.get(key)), _measure(new.get(key)))
    was, now = (
        {node.key: node for measure in side for node in measure.milestones}
        for side in (kept, section.measures)
    )
    old_homes, new_homes = (
        {node.key: measure.key for measure in side for node in measure.milestones}
        for side in (kept, section.measures)
    )
    for key in dict.fromkeys([*was, *now]):
        before, after = _node(was.get(key)), _node(now.get(key))
        if before == after and old_homes.get(key) != new_homes.get(key):
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


# -- kept in the browser until it is confirmed --------------------------------------------------------------


@dataclass(frozen=True)
class Confirmed:
    """The sections that a preview showed, and whose they are."""

    plan_id: int
    agency_id: int
    period: WorkPlanPeriod
    sections: Sequence[SectionInput]


def sign(plan: Plan, agency_id: int, period: WorkPlanPeriod, sections: Sequence[SectionInput]) -> str:
    """The sections as a signed text; raises Refused for too many."""
    rows = [plan.pk, agency_id, str(period), [asdict(section) for section in sections]]
    return signed_preview.sign(rows, salt=_SALT)


def confirmed(text: str) -> Confirmed:
    """What the preview showed; raises Refused when the signature is wrong or too old."""
    plan_id, agency_id, period, rows = signed_preview.signed_rows(text, salt=_SALT)
    sections = [
        SectionInput(row["task_id"], row["revision"], row["none_reason"], measures_of(row["measures"]))
        for row in rows
    ]
    return Confirmed(plan_id, agency_id, WorkPlanPeriod.parse(period), sections)


def revisions(head: WorkPlan | None) -> dict[int, Any]:
    """{task id: revision of its draft}."""
    return dict(head.drafts.values_list("task_id", "revision")) if head else {}
