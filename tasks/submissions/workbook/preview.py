"""What a workbook would change, row by row, compared with the drafts in the database."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qhplan import clock
from tasks import typed
from tasks.assignments.queries import share_of
from tasks.assignments.values import WHOLE
from tasks.cycles.actions import CycleState, state_of
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import openings
from tasks.indicators.reading import read_stage, read_yes_no
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.duties import duties
from tasks.plans.models import Plan
from tasks.submissions import transitions
from tasks.submissions.content import DraftInput, misplaced_fields, shape_problems, understood
from tasks.submissions.fields import FIELDS, LABELS, Kind, field_values
from tasks.submissions.models import State, Submission
from tasks.submissions.workbook.read import Filled, parse
from tasks.transitions import short_time
from tasks.values import Period
from tasks.workbooks import preview as engine
from tasks.workbooks import signed_preview
from tasks.workbooks.manifest import Origin
from tasks.workbooks.preview import FieldChange, RowChange, RowRefused, place_text
from tasks.workbooks.values import Place, Refused, plain

_SALT = "tasks.submissions.workbook.preview"
_DAYS = tuple(field for field in FIELDS if field.kind is Kind.DAY)
Preview = engine.Preview[DraftInput]


def examine(*, by: User, plan: Plan, quarter: Period, data: bytes, name: str = "") -> Preview:
    """Read an uploaded workbook and compare it with the drafts. Writes nothing, and the number of its queries does not
    depend on the rows. Raises Refused when the file as a whole cannot be taken."""
    agency = by.agency
    if agency is None:
        raise PermissionDenied(_("填报表供各单位的填报员和签批人使用。"))
    _check_open(plan, quarter, agency.pk)
    parsed = parse(data, Origin(plan.slug, str(quarter), agency.slug), name)
    return engine.compare(parsed, _Comparison(by, agency.pk, plan, quarter), sign)


def _check_open(plan: Plan, quarter: Period, agency_id: int) -> None:
    """Refuse a quarter that takes no drafts. The write path checks this too; here nobody corrects a workbook in vain."""
    now = clock.now()
    cycle = Cycle.objects.filter(plan=plan, quarter=quarter).first()
    state = state_of(cycle, now)
    if cycle is None or state == CycleState.UNOPENED:
        raise Refused(_("%(quarter)s尚未开启填报，请等办公室开启。") % {"quarter": quarter.label})
    if state == CycleState.CLOSED and openings([cycle], now).until(cycle, agency_id) is None:
        raise Refused(
            _("%(quarter)s填报已于 %(when)s 截止，需要补报请联系领导小组办公室重新开启。")
            % {"quarter": quarter.label, "when": short_time(cycle.closes_at)}
        )


class _Comparison:
    """Compares touched rows with the drafts of one agency in one quarter; loads them when it is made."""

    def __init__(self, by: User, agency_id: int, plan: Plan, quarter: Period) -> None:
        self.plan, self.quarter, self.agency_id = plan, quarter, agency_id
        owed = duties([plan.pk], quarter).filter(agency=agency_id).select_related("task")
        self.duties = {duty.task.ref: duty for duty in owed}
        self.share = WHOLE if may_approve(by) else share_of(by, plan)
        drafts = Submission.objects.filter(agency=agency_id, quarter=quarter, task__plan=plan)
        self.drafts = {draft.task_id: draft for draft in drafts.select_related("saved_by")}
        # Looked up once for a workbook and not for each of its cells.
        self.labels = {name: str(label) for name, label in LABELS.items()}
        self.part_labels = {
            "value": _("数值"),
            "numerator": _("分子"),
            "denominator": _("分母"),
            "text": _("内容"),
            "preliminary": _("数据版本"),
            "reason": _("说明"),
        }

    def change(self, filled: Filled) -> RowChange[DraftInput] | None:
        duty = self.duties.get(filled.key.ref)
        if duty is None:
            raise RowRefused(_("本单位在%(quarter)s不再承担这项任务。") % {"quarter": self.quarter.label})
        if duty.task_id not in self.share:
            raise RowRefused(_("这项任务在本单位没有分给您填报，请恢复这一行，或找签批人调整分工。"))
        draft = self.drafts.get(duty.task_id)
        value = self._value(filled, duty.task_id, draft)
        fields = tuple(self._differences(filled, value, draft))
        if not fields:
            return None
        if draft is not None and draft.state not in transitions.EDITABLE:
            raise RowRefused(
                _("这一件现在是“%(state)s”，不能在表里改；请先在工作台取回，或恢复这一行。")
                % {"state": State(draft.state).label}
            )
        if filled.key.revision != value.revision:
            raise RowRefused(_saved_since(draft))
        return RowChange(duty.task, filled.row, draft is None, fields, value)

    def problems(
        self, filled: Filled, value: DraftInput, reported: set[Place]
    ) -> Iterator[tuple[str, Place]]:
        for name in misplaced_fields(value, self.duties[filled.key.ref].duty):
            yield _("这一项由牵头单位填写，请清空。"), filled.place(name)
        found = []
        for problem in shape_problems(value, filled.key.code):
            at = filled.place(problem.field)
            # The write path names all problems of a submission as one field.
            places = {at} | filled.problem_places if problem.field == "problems" else {at}
            if places.isdisjoint(reported):
                found.append((problem.message, at))
        yield from found  # a cell may have several

    def _value(self, filled: Filled, task_id: int, draft: Submission | None) -> DraftInput:
        figures: dict[str, Mapping[str, str]] = {**(draft.figures if draft else {})}
        for slug, parts in filled.figures.items():
            if not _same_figure(figures.get(slug, {}), parts):
                figures[slug] = parts
        value = DraftInput(
            plan_id=self.plan.pk,
            quarter=self.quarter,
            task_id=task_id,
            agency_id=self.agency_id,
            revision=draft.revision if draft else None,
            **filled.content,
            figures={slug: parts for slug, parts in figures.items() if parts},
        )
        return understood(value)  # what will be written, as the preview shows it

    def _differences(
        self, filled: Filled, value: DraftInput, draft: Submission | None
    ) -> Iterator[FieldChange]:
        """Field by field, in the workbook's order; nothing for a row that is equal to its draft."""
        kept: Any = draft or Submission()
        for field in FIELDS:
            was, now = getattr(kept, field.name), getattr(value, field.name)
            if was == now:
                continue
            before, after = (plain(field.shown(each)) for each in (was, now))
            if before != after:
                at = place_text(filled.place(field.name))
                yield FieldChange(self.labels[field.name], before, after, at)
        for slug in filled.figures:
            had, has = kept.figures.get(slug, {}), value.figures.get(slug, {})
            for part, label in self.part_labels.items():
                before, after = plain(had.get(part)), plain(has.get(part))
                if before != after:
                    words = _("数据 %(slug)s %(part)s") % {"slug": slug, "part": label}
                    at = place_text(filled.place(f"figures.{slug}.{part}"))
                    yield FieldChange(words, before, after, at)


def _saved_since(draft: Submission | None) -> str:
    if draft is None:
        return _("下载以后这份草稿已不在，请重新下载再改。")
    return _(
        "下载以后，%(who)s于 %(when)s 保存过这份草稿。请重新下载再改；只交其余各行，删去这一行即可。"
    ) % {"who": draft.saved_by, "when": short_time(draft.saved_at)}


def _same_figure(kept: Mapping[str, Any], typed: Mapping[str, str]) -> bool:
    """Whether both mean the same, however they were typed: "1,200" equals 1200, and 1 equals 是."""
    return (
        all(
            _number(kept.get(part)) == _number(typed.get(part))
            for part in ("value", "numerator", "denominator")
        )
        and all(plain(kept.get(part)) == plain(typed.get(part)) for part in ("text", "reason"))
        and read_stage(plain(kept.get("preliminary"))) == read_stage(plain(typed.get("preliminary")))
    )


def _number(text: Any) -> Decimal | str | None:
    for read in (typed.number, read_yes_no):
        try:
            return read(plain(text))
        except ValueError:
            continue
    return plain(text)


# -- kept in the browser until it is confirmed --------------------------------------------------------------


def sign(drafts: Sequence[DraftInput]) -> str:
    """The drafts as a signed text; raises Refused for too many."""
    rows = [
        vars(draft)
        | {"quarter": str(draft.quarter)}
        | {field.name: field.shown(getattr(draft, field.name)) for field in _DAYS}
        for draft in drafts
    ]
    return signed_preview.sign(rows, salt=_SALT)


def confirmed(text: str) -> list[DraftInput]:
    """The drafts that the preview showed; raises Refused when the signature is wrong or too old."""
    rows = signed_preview.signed_rows(text, salt=_SALT)
    return [
        DraftInput(
            **row
            | {"quarter": Period.parse(row["quarter"])}
            | {
                field.name: date.fromisoformat(row[field.name]) if row[field.name] else None
                for field in _DAYS
            }
        )
        for row in rows
    ]


def written_by(user: User, drafts: Sequence[DraftInput]) -> bool:
    """Whether the user has written exactly these drafts: the button was pressed twice."""
    kept = _kept(drafts, Submission.objects.filter(saved_by=user))
    return all(
        draft is not None and all(getattr(value, name) == now for name, now in field_values(draft).items())
        for value, draft in zip(drafts, kept, strict=True)
    )


def moved_on(drafts: Sequence[DraftInput]) -> list[str]:
    """Which of the drafts were saved or handed on since the preview, and by whom: one sentence each."""
    kept = _kept(drafts, Submission.objects.select_related("saved_by", "task"))
    sentences = []
    for value, draft in zip(drafts, kept, strict=True):
        if draft is None:
            continue
        if draft.state not in transitions.EDITABLE:
            message = _("%(code)s 现在是“%(state)s”。")
            sentences.append(message % {"code": draft.task.code, "state": State(draft.state).label})
        elif draft.revision != value.revision:
            message = _("%(code)s：%(who)s于 %(when)s 保存过。")
            sentences.append(
                message % {"code": draft.task.code, "who": draft.saved_by, "when": short_time(draft.saved_at)}
            )
    return sentences


def _kept(values: Sequence[DraftInput], submissions: QuerySet[Submission]) -> list[Submission | None]:
    """The draft in the database of each value, None where there is none; one query."""
    drafts = {
        (draft.task_id, draft.agency_id, draft.quarter): draft
        for draft in submissions.filter(
            task__in=[value.task_id for value in values],
            agency__in={value.agency_id for value in values},
            quarter__in={value.quarter for value in values},
        )
    }
    return [drafts.get((value.task_id, value.agency_id, value.quarter)) for value in values]
