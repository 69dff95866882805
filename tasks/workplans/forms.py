"""Reading a section out of a posted form, and showing again what was typed with each error on its field."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import typed
from tasks.errors import Problem
from tasks.workplans.content import (
    EVIDENCE_LIMIT,
    MEASURES_LIMIT,
    MILESTONES_LIMIT,
    SHORT_LIMIT,
    TEXT_LIMIT,
    MeasureInput,
    MilestoneInput,
    SectionInput,
    measures_of,
)
from tasks.workplans.milestones import WORDS_LIMIT
from tasks.workplans.models import WorkPlanDraft
from tasks.workplans.transitions import NOTE_LIMIT

FIRST_NODES, MORE_NODES = 2, 3  # blank rows offered under a measure that is new, and when more are asked for
NEW_MEASURE = "measure"  # `more` for a blank measure at the end; a number for rows under that measure


@dataclass(frozen=True)
class FieldRow:
    """One input of the form. A day is picked from a calendar unless it was typed as something else."""

    name: str
    id: str
    value: str
    errors: Sequence[str] = ()
    is_day: bool = False


@dataclass(frozen=True)
class NodeRow:
    """The inputs of one milestone; `place` is measure.row, by which it is ticked off."""

    place: str
    key: str
    is_new: bool
    text: FieldRow
    due: FieldRow
    evidence: FieldRow


@dataclass(frozen=True)
class MeasureRow:
    """The inputs of one measure and its milestones."""

    number: int
    key: str
    is_new: bool
    text: FieldRow
    division: FieldRow
    contact: FieldRow
    nodes: Sequence[NodeRow]
    errors: Sequence[str] = ()


@dataclass
class SectionForm:
    """What an agency writes on one task: from a kept draft, or from what was just posted.

    Rows repeat, so they are no fields of a Django form. Row and column of a field are in its name: `milestone_due_1`
    stands once for each milestone of the second measure.
    """

    measures: tuple[MeasureInput, ...] = ()
    none_reason: str = ""
    revision: int | None = None
    more: str = ""
    division: str = ""  # offered for a new measure
    contact: str = ""
    errors: dict[str, list[str]] = field(default_factory=dict)

    limits = {
        "text": TEXT_LIMIT,
        "short": SHORT_LIMIT,
        "evidence": EVIDENCE_LIMIT,
        "none_reason": TEXT_LIMIT,
    }

    @classmethod
    def of(cls, draft: WorkPlanDraft) -> "SectionForm":
        """What is kept."""
        return cls(
            measures=measures_of(draft.measures), none_reason=draft.none_reason, revision=draft.revision
        )

    @classmethod
    def posted(cls, data: QueryDict) -> "SectionForm":
        """What was typed, without the rows that are blank or ticked off."""
        gone, gone_nodes = set(data.getlist("drop_measure")), set(data.getlist("drop_node"))
        measures = []
        columns = [data.getlist(f"measure_{name}") for name in ("key", "text", "division", "contact")]
        for number, (key, text, division, contact) in enumerate(zip(*columns, strict=False)):
            nodes = tuple(
                node
                for place, node in enumerate(_posted_nodes(data, number))
                if not node.is_empty() and f"{number}.{place}" not in gone_nodes
            )
            said = MeasureInput(
                typed.prose(text), typed.prose(division), typed.prose(contact), nodes, typed.prose(key)
            )
            if not said.is_empty() and str(number) not in gone:
                measures.append(said)
        revision = data.get("revision", "")
        return cls(
            measures=tuple(measures),
            none_reason=typed.prose(data.get("none_reason", "")),
            revision=int(revision)
            if revision.isascii() and revision.isdecimal() and len(revision) < 10
            else None,
        )

    def section(self, task_id: int) -> SectionInput:
        """For the write path."""
        return SectionInput(task_id, self.revision, self.none_reason, self.measures)

    def show(self, problems: Iterable[Problem]) -> None:
        """Put what the write path found on the fields where it stands."""
        for problem in problems:
            self.errors.setdefault(problem.field, []).append(problem.message)

    def rows(self) -> list[MeasureRow]:
        """Every measure with its milestones, and blank rows to add some."""
        rows = [
            self._row(number, measure, self._blank_nodes(number, measure))
            for number, measure in enumerate(self.measures)
        ]
        wanted = (not rows and not self.none_reason) or self.more == NEW_MEASURE
        if wanted and len(rows) < MEASURES_LIMIT:
            blank = MeasureInput(division=self.division, contact=self.contact)
            rows.append(self._row(len(rows), blank, FIRST_NODES))
        return rows

    def _blank_nodes(self, number: int, measure: MeasureInput) -> int:
        wanted = MORE_NODES if self.more == str(number) else 1 if measure.milestones else FIRST_NODES
        return max(0, min(wanted, MILESTONES_LIMIT - len(measure.milestones)))

    def _row(self, number: int, measure: MeasureInput, blank: int) -> MeasureRow:
        at = f"measures.{number}"

        def one(name: str, value: str) -> FieldRow:
            return FieldRow(
                f"measure_{name}", f"measure_{name}_{number}", value, self.errors.get(f"{at}.{name}", ())
            )

        nodes = [*measure.milestones, *[MilestoneInput()] * blank]
        return MeasureRow(
            number=number,
            key=measure.key,
            is_new=number >= len(self.measures),
            text=one("text", measure.text),
            division=one("division", measure.division),
            contact=one("contact", measure.contact),
            nodes=[
                self._node(number, place, node, is_new=place >= len(measure.milestones))
                for place, node in enumerate(nodes)
            ],
            errors=self.errors.get(f"{at}.milestones", ()),
        )

    def _node(self, number: int, place: int, node: MilestoneInput, *, is_new: bool) -> NodeRow:
        def one(name: str, value: str) -> FieldRow:
            return FieldRow(
                f"milestone_{name}_{number}",
                f"milestone_{name}_{number}_{place}",
                value,
                self.errors.get(f"measures.{number}.milestones.{place}.{name}", ()),
                is_day=name == "due" and _is_day(value),
            )

        return NodeRow(
            place=f"{number}.{place}",
            key=node.key,
            is_new=is_new,
            text=one("text", node.text),
            due=one("due", node.due),
            evidence=one("evidence", node.evidence),
        )

    def summary(self) -> list[dict[str, str]]:
        """Every error, each with the id of the field it stands on."""
        found = []
        for name, messages in self.errors.items():
            match name.split("."):
                case ["measures", number, "milestones", place, part]:
                    field_id, where = (
                        f"milestone_{part}_{number}_{place}",
                        _("举措 %(n)d 节点 %(m)d：") % {"n": int(number) + 1, "m": int(place) + 1},
                    )
                case ["measures", number, "milestones"]:
                    field_id, where = f"milestone_text_{number}_0", ""
                case ["measures", number, part]:
                    field_id, where = (
                        f"measure_{part}_{number}",
                        _("举措 %(n)d：") % {"n": int(number) + 1},
                    )
                case ["measures"]:
                    field_id, where = "measure_text_0" if self.rows() else "none_reason", ""
                case _:
                    field_id, where = name, ""
            found += [{"field_id": field_id, "text": where + message} for message in messages]
        return found


def _posted_nodes(data: QueryDict, number: int) -> Iterable[MilestoneInput]:
    columns = [data.getlist(f"milestone_{name}_{number}") for name in ("text", "due", "evidence", "key")]
    for text, due, evidence, key in zip(*columns, strict=False):
        yield MilestoneInput(typed.prose(text), typed.prose(due), typed.prose(evidence), typed.prose(key))


def _is_day(value: str) -> bool:
    """Whether the browser's calendar can hold it."""
    try:
        day = typed.day(value)
    except ValueError:
        return False
    return day is None or day.isoformat() == value


def _day_field(label: Any, help_text: Any = "", *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={
            "required": gettext_lazy("请填日期。"),
            "invalid": gettext_lazy("请填日期，写成 2017-06-30。"),
        },
    )


class CoverForm(forms.Form):
    """Number and date of what the agency issued on paper."""

    doc_number = forms.CharField(
        label=gettext_lazy("印发文号"), max_length=60, required=False, help_text=gettext_lazy("没有不填。")
    )
    paper_date = _day_field(
        gettext_lazy("印发日期"), gettext_lazy("纸面上的日期；系统另记提交的时间。"), required=False
    )


class ReportForm(forms.Form):
    """A milestone was reached."""

    reached_on = _day_field(gettext_lazy("完成日期"), gettext_lazy("实际完成的那一天，不是填报的日子。"))
    words = forms.CharField(
        label=gettext_lazy("完成情况"),
        help_text=gettext_lazy("做到了什么，凭什么看得出来（文号、验收、投产等）。"),
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": gettext_lazy("请写完成情况：做到了什么，凭什么看得出来。"),
            "max_length": gettext_lazy("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。"),
        },
    )


class ReasonForm(forms.Form):
    """A reason, without which nothing happens; the write path says what is missing."""

    reason = forms.CharField(
        label=gettext_lazy("理由"),
        required=False,
        max_length=NOTE_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "max_length": gettext_lazy("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。")
        },
    )


class DecisionForm(forms.Form):
    """The office's word on a version. Nothing is chosen beforehand. `sure` says that it is confirmed although a reason
    to return it is written."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    action = forms.ChoiceField(
        choices=[("confirm", gettext_lazy("确认")), ("return", gettext_lazy("退回"))],
        error_messages={"required": gettext_lazy("请选确认或退回。")},
    )
    note = forms.CharField(
        max_length=NOTE_LIMIT,
        required=False,
        error_messages={"max_length": gettext_lazy("意见最多 2000 字，请删减。")},
    )
    sure = forms.BooleanField(required=False)


def errors_of(form: forms.Form) -> Mapping[str, list[str]]:
    """{field name: its messages}, for a page that writes its fields by hand."""
    return {name: [str(message) for message in found] for name, found in form.errors.items()}
