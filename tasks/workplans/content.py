"""What a work plan says of a task, as typed and as read; what must be mended in it, and what differs between two."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tasks import typed
from tasks.errors import Problem
from tasks.plans.models import Plan
from tasks.workplans.values import WorkPlanPeriod

TEXT_LIMIT = 500  # characters of a measure, a milestone, a reason
SHORT_LIMIT = 60  # of a division, a contact
EVIDENCE_LIMIT = 200
DAY_LIMIT = 40  # of a day as typed
MEASURES_LIMIT = 30  # of one task
MILESTONES_LIMIT = 30  # of one measure
_KEY = re.compile(r"[a-z0-9]{1,16}", re.ASCII)


@dataclass(frozen=True)
class MilestoneInput:
    """A milestone as typed. `key` is "" for a new one."""

    text: str = ""
    due: str = ""
    evidence: str = ""
    key: str = ""

    def is_empty(self) -> bool:
        return not any(text.strip() for text in (self.text, self.due, self.evidence))


@dataclass(frozen=True)
class MeasureInput:
    """A measure as typed."""

    text: str = ""
    division: str = ""
    contact: str = ""
    milestones: tuple[MilestoneInput, ...] = ()
    key: str = ""

    def is_empty(self) -> bool:
        """A division alone is no measure: the form offers one beforehand."""
        return not self.text.strip() and all(node.is_empty() for node in self.milestones)


@dataclass(frozen=True)
class SectionInput:
    """What an agency writes on one task; `revision` is that of the draft which the person saw, None when there was
    none."""

    task_id: int
    revision: int | None = None
    none_reason: str = ""
    measures: tuple[MeasureInput, ...] = ()


def measures_of(stored: Iterable[Mapping[str, Any]]) -> tuple[MeasureInput, ...]:
    """The measures of a draft as it is stored, or of a request."""
    return tuple(
        MeasureInput(
            text=str(item.get("text", "")),
            division=str(item.get("division", "")),
            contact=str(item.get("contact", "")),
            key=str(item.get("key", "")),
            milestones=tuple(
                MilestoneInput(
                    text=str(node.get("text", "")),
                    due=str(node.get("due", "")),
                    evidence=str(node.get("evidence", "")),
                    key=str(node.get("key", "")),
                )
                for node in item.get("milestones", ())
            ),
        )
        for item in stored
    )


def stored(measures: Sequence[MeasureInput]) -> list[dict[str, Any]]:
    """Measures as a draft keeps them."""
    return [
        {**asdict(measure), "milestones": [asdict(node) for node in measure.milestones]}
        for measure in measures
    ]


def tidied(section: SectionInput, period: WorkPlanPeriod) -> SectionInput:
    """What is kept of what was typed: without blank rows and blanks around, days in one form where they can be read,
    a key for whatever has none."""
    measures = []
    for measure in section.measures:
        nodes = tuple(
            MilestoneInput(
                text=typed.prose(node.text),
                due=_tidied_day(node.due, period.year),
                evidence=typed.optional(node.evidence),
                key=node.key or new_key(),
            )
            for node in measure.milestones
            if not node.is_empty()
        )
        if not measure.is_empty():
            measures.append(
                MeasureInput(
                    text=typed.prose(measure.text),
                    division=typed.optional(measure.division),
                    contact=typed.optional(measure.contact),
                    milestones=nodes,
                    key=measure.key or new_key(),
                )
            )
    return replace(section, none_reason=typed.reason(section.none_reason), measures=tuple(measures))


def new_key() -> str:
    """A name for a measure or milestone, by which it is known in every version."""
    return secrets.token_hex(5)


def _tidied_day(text: str, year: int | None) -> str:
    try:
        day = typed.day(text, year)
    except ValueError:
        return typed.line(text)
    return day.isoformat() if day else ""


def carried_over(measures: Sequence[MeasureInput], year: int) -> tuple[MeasureInput, ...]:
    """Of an 实施方案 the milestones of one year, under their measures and with their keys: to begin 年度要点 with."""
    found = []
    for measure in measures:
        nodes = tuple(node for node in measure.milestones if node.due.startswith(f"{year}-"))
        if nodes:
            found.append(replace(measure, milestones=nodes))
    return tuple(found)


# -- what must be mended ------------------------------------------------------------------------------------


def shape_problems(section: SectionInput, row: str) -> list[Problem]:
    """What makes a draft impossible to keep: too much of it, or what no form of ours sends."""
    texts = [("none_reason", _("不列举措的原因"), section.none_reason, TEXT_LIMIT)]
    keys = []
    problems = []
    if len(section.measures) > MEASURES_LIMIT:
        problems.append(
            Problem("measures", _("一项任务最多 %(limit)d 项举措。") % {"limit": MEASURES_LIMIT}, row)
        )
    for number, measure in enumerate(section.measures[:MEASURES_LIMIT]):
        at = f"measures.{number}"
        keys.append(measure.key)
        texts += [
            (f"{at}.text", _("举措"), measure.text, TEXT_LIMIT),
            (f"{at}.division", _("责任处室"), measure.division, SHORT_LIMIT),
            (f"{at}.contact", _("联系人"), measure.contact, SHORT_LIMIT),
        ]
        if len(measure.milestones) > MILESTONES_LIMIT:
            said = _("一项举措最多 %(limit)d 个节点。") % {"limit": MILESTONES_LIMIT}
            problems.append(Problem(f"{at}.text", said, row))
        for place, node in enumerate(measure.milestones[:MILESTONES_LIMIT]):
            keys.append(node.key)
            here = f"{at}.milestones.{place}"
            texts += [
                (f"{here}.text", _("节点"), node.text, TEXT_LIMIT),
                (f"{here}.due", _("完成时限"), node.due, DAY_LIMIT),
                (f"{here}.evidence", _("完成标志"), node.evidence, EVIDENCE_LIMIT),
            ]
    given = [key for key in keys if key]
    if any("\0" in text for _field, _label, text, _limit in texts) or any(
        not _KEY.fullmatch(key) for key in given
    ):
        # PostgreSQL keeps no NUL, and forms take it out; a key is given by us.
        return [Problem("", _("内容含有不能保存的字符。"), row)]
    if len(set(given)) != len(given):
        return [Problem("", _("同一个节点或举措出现了两次，请刷新页面再填。"), row)]
    for name, label, text, limit in texts:
        if len(text) > limit:
            said = _("“%(label)s”有 %(length)d 字，最多 %(limit)d 字，请删减。")
            said = said % {"label": label, "length": len(text), "limit": limit}
            problems.append(Problem(name, said, row))
    return problems


def completeness_problems(
    measures: Sequence[MeasureInput], none_reason: str, *, plan: Plan, period: WorkPlanPeriod, row: str
) -> list[Problem]:
    """What must be mended in a kept draft before it can be handed on or submitted."""
    if not measures:
        if none_reason:
            return []
        return [Problem("measures", _("请列举措；确实不用列的，写明原因。"), row)]
    problems = []
    if none_reason:
        problems.append(Problem("none_reason", _("已经列了举措，请清空“不列举措的原因”。"), row))
    for number, measure in enumerate(measures):
        at = f"measures.{number}"
        if not measure.text:
            problems.append(Problem(f"{at}.text", _("请写举措。"), row))
        if not measure.division:
            problems.append(Problem(f"{at}.division", _("请写责任处室。"), row))
        for place, node in enumerate(measure.milestones):
            here = f"{at}.milestones.{place}"
            if not node.text:
                problems.append(Problem(f"{here}.text", _("请写节点。"), row))
            try:
                day_of(node, plan, period)
            except ValueError as error:
                problems.append(Problem(f"{here}.due", str(error), row))
    if not any(measure.milestones for measure in measures):
        said = _("请至少列一个有完成时限的节点，序时进度才有得对照。")
        problems.append(Problem("measures.0.milestones", said, row))
    return problems


def day_of(node: MilestoneInput, plan: Plan, period: WorkPlanPeriod) -> date:
    """The day of a milestone; ValueError with a sentence for one that is none or lies outside."""
    day = typed.day(node.due, period.year)
    if day is None:
        raise ValueError(_("请填完成时限。"))
    if period.year is not None:
        if day.year != period.year:
            raise ValueError(_("年度要点的节点须在 %(year)d 年内。") % {"year": period.year})
    elif plan.in_force_to is not None and day > plan.in_force_to:
        raise ValueError(_("方案有效期至 %(day)s，节点不能更晚。") % {"day": plan.in_force_to.isoformat()})
    elif day < plan.in_force_from:
        raise ValueError(_("方案自 %(day)s 起施行，节点不能更早。") % {"day": plan.in_force_from.isoformat()})
    return day


# -- what differs -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Node:
    """A milestone as a version or a draft says it. `due` is None where a draft's day cannot be read."""

    key: str
    text: str
    due: date | None
    typed: str
    evidence: str
    id: int | None = None  # of the row, in a version


@dataclass(frozen=True)
class Step:
    """A measure with its milestones."""

    key: str
    text: str
    division: str
    contact: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class TaskContent:
    """All that a version or a draft says of one task."""

    task_id: int
    ref: str
    code: str
    heading: str
    duty: str
    none_reason: str
    steps: tuple[Step, ...]
    written: bool = True  # False: of a draft that was not begun

    @property
    def nodes(self) -> tuple[Node, ...]:
        return tuple(node for step in self.steps for node in step.nodes)


def as_inputs(content: TaskContent) -> tuple[MeasureInput, ...]:
    """What was said, ready to be written on."""
    return tuple(
        MeasureInput(
            text=step.text,
            division=step.division,
            contact=step.contact,
            key=step.key,
            milestones=tuple(
                MilestoneInput(node.text, node.typed, node.evidence, node.key) for node in step.nodes
            ),
        )
        for step in content.steps
    )


@dataclass(frozen=True)
class Change:
    """One thing that differs between two versions: `before` or `after` is "" for what was added or left out."""

    code: str
    heading: str
    label: str
    before: str
    after: str


def changes(before: Iterable[TaskContent], after: Iterable[TaskContent]) -> list[Change]:
    """What the later of two versions says otherwise, task by task; measures and milestones are known by their keys."""
    old = {content.task_id: content for content in before}
    new = {content.task_id: content for content in after}
    found: list[Change] = []
    for task_id in dict.fromkeys([*old, *new]):
        one, other = old.get(task_id), new.get(task_id)
        about = new[task_id] if task_id in new else old[task_id]

        def say(label: str, was: str, now: str, about: TaskContent = about) -> None:
            if was != now:
                found.append(Change(about.code, about.heading, label, was, now))

        say(_("不列举措的原因"), one.none_reason if one else "", other.none_reason if other else "")
        steps = (
            {s.key: s for s in one.steps} if one else {},
            {s.key: s for s in other.steps} if other else {},
        )
        for key in dict.fromkeys([*steps[0], *steps[1]]):
            say(_("举措"), _step_words(steps[0].get(key)), _step_words(steps[1].get(key)))
        nodes = (
            {n.key: n for n in one.nodes} if one else {},
            {n.key: n for n in other.nodes} if other else {},
        )
        for key in dict.fromkeys([*nodes[0], *nodes[1]]):
            say(_("节点"), _node_words(nodes[0].get(key)), _node_words(nodes[1].get(key)))
    return found


def _step_words(step: Step | None) -> str:
    return f"{step.text}（{step.division}）" if step else ""


def _node_words(node: Node | None) -> str:
    if node is None:
        return ""
    words = f"{node.due.isoformat() if node.due else node.typed} {node.text}"
    return f"{words}（{node.evidence}）" if node.evidence else words
