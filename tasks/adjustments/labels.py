"""Formats adjustments as text: title, and the previous and new state line by line."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.adjustments.models import Adjustment, AdjustmentKind, AdjustmentState
from tasks.adjustments.queries import content_of
from tasks.adjustments.reform_preview import names_of
from tasks.adjustments.values import (
    Content,
    ContentChange,
    DutyChanges,
    Promise,
    Reform,
    TargetChange,
    Term,
    TermChange,
    plain,
)
from tasks.indicators.values import Comparison
from tasks.people.models import User
from tasks.plans.models import Responsibility, Task, TermStatus
from tasks.values import Duty, Period


@dataclass(frozen=True)
class Line:
    """One change: its subject, the state before and after."""

    what: str
    before: str
    after: str
    url: str = ""
    since: str = ""  # the quarter, if it differs from the adjustment's
    task_id: int | None = None  # the task, in a reform


@dataclass(frozen=True)
class Shown:
    """An adjustment, formatted for a page. `accounts` are shown only to users who may decide it."""

    adjustment: Adjustment
    title: str
    lines: tuple[Line, ...]
    accounts: tuple[Line, ...] = ()
    url: str = ""
    tasks: tuple[Task, ...] = field(default_factory=tuple)

    @property
    def summary(self) -> str:
        """The first lines, for a list."""
        changes = [
            f"{line.what} {line.before} → {line.after}".strip()
            if line.before
            else f"{line.what} {line.after}"
            for line in self.lines[:3]
        ]
        more = len(self.lines) - 3
        return "；".join(changes) + (_("；等%(n)d项") % {"n": len(self.lines)} if more > 0 else "")


def shown(adjustments: Sequence[Adjustment], *, with_accounts: bool = False) -> list[Shown]:
    """Formats the adjustments, in a fixed number of queries."""
    contents = {row.pk: content_of(row) for row in adjustments}
    reforms = [content for content in contents.values() if isinstance(content, Reform)]
    task_ids = {pk for content in contents.values() for pk in _tasks_in(content)}
    tasks = {task.pk: task for task in Task.objects.filter(pk__in=task_ids)}
    agencies = {pk for content in contents.values() for pk in _agencies_in(content)}
    last = max((row.effective for row in adjustments), default=Period(2000, 1))
    names = names_of(agencies, last)
    began = _began(adjustments) if reforms else {}
    people = _people(reforms) if with_accounts and reforms else {}
    result = []
    for row in adjustments:
        content = contents[row.pk]
        result.append(
            Shown(
                adjustment=row,
                title=_title(row, content, tasks),
                lines=tuple(_lines(row, content, tasks, names, began)),
                accounts=tuple(_accounts(content, names, people)) if people else (),
                url=reverse("adjustment", args=[row.plan.slug, row.pk]),
                tasks=tuple(
                    sorted((tasks[pk] for pk in _tasks_in(content) if pk in tasks), key=lambda one: one.order)
                ),
            )
        )
    return result


def _tasks_in(content: Content) -> set[int]:
    match content:
        case Reform():
            return {one.task_id for one in content.passes}
        case DutyChanges() | TermChange() | ContentChange():
            return {content.task_id}
        case _:
            return set()


def _agencies_in(content: Content) -> set[int]:
    match content:
        case Reform():
            return set(content.agencies())
        case DutyChanges():
            return {change.agency_id for change in content.changes}
        case _:
            return set()


def _began(adjustments: Iterable[Adjustment]) -> dict[tuple[int, int, int], int]:
    """`{(adjustment id, task id, agency id): ordinal of the first quarter of the agency's duty}`."""
    began: dict[tuple[int, int, int], int] = {}
    approved = [row.pk for row in adjustments if row.state == AdjustmentState.APPROVED]
    for adjustment_id, task_id, agency_id, valid in Responsibility.objects.filter(
        adjustment__in=approved
    ).values_list("adjustment_id", "task_id", "agency_id", "valid"):
        key = (adjustment_id or 0, task_id, agency_id)
        began[key] = min(began.get(key, valid.lower), valid.lower)
    return began


def _people(reforms: Iterable[Reform]) -> dict[int, str]:
    ids = {one.user_id for content in reforms for one in content.moves}
    return {user.pk: f"{user.display_name}（{user.username}）" for user in User.objects.filter(pk__in=ids)}


def _title(row: Adjustment, content: Content, tasks: dict[int, Task]) -> str:
    match content:
        case TargetChange():
            return _("目标：%(text)s") % {"text": content.before.text}
        case DutyChanges() | TermChange() | ContentChange():
            task = tasks[content.task_id]
            kind = str(AdjustmentKind(row.kind).label)
            if isinstance(content, TermChange) and row.kind == AdjustmentKind.WITHDRAWAL:
                kind = _("恢复任务") if content.after.status == TermStatus.OPEN else kind
            return f"{task.code} {task.heading}：{kind}"
        case Reform():
            return _("%(day)s 机构改革") % {"day": content.on.isoformat()}


def _lines(
    row: Adjustment,
    content: Content,
    tasks: dict[int, Task],
    names: dict[int, str],
    began: dict[tuple[int, int, int], int],
) -> Iterable[Line]:
    match content:
        case TargetChange():
            if content.before.text != content.after.text:
                yield Line(_("表述"), content.before.text, content.after.text)
            if number(content.before) != number(content.after):
                yield Line(_("数值"), number(content.before), number(content.after))
        case DutyChanges():
            for change in content.changes:
                yield Line(names.get(change.agency_id, ""), duty_word(change.before), duty_word(change.after))
        case TermChange():
            if row.kind == AdjustmentKind.DEADLINE:
                yield Line(_("完成期限"), day_word(content.before), day_word(content.after))
            else:
                yield Line(_("状态"), status_word(content.before.status), status_word(content.after.status))
        case ContentChange():
            yield Line(_("任务内容"), content.before or _("按方案原文"), content.after)
        case Reform():
            for one in sorted(
                content.passes, key=lambda one: (tasks[one.task_id].order, one.duty != Duty.LEAD)
            ):
                task = tasks[one.task_id]
                first = max(one.first, began.get((row.pk, one.task_id, one.to or 0), one.first))
                yield Line(
                    f"{task.code} {task.heading}",
                    f"{names.get(one.agency_id, '')}（{duty_word(one.duty)}）",
                    names.get(one.to, "") if one.to else _("不再由任何单位承担"),
                    url=reverse("task", args=[row.plan.slug, task.ref]),
                    since=str(Period.from_ordinal(first)) if first > row.effective.ordinal else "",
                    task_id=one.task_id,
                )


def _accounts(content: Content, names: dict[int, str], people: dict[int, str]) -> Iterable[Line]:
    if isinstance(content, Reform):
        for one in content.moves:
            after = names.get(one.to, "") if one.to else _("停用")
            yield Line(people.get(one.user_id, ""), names.get(one.agency_id, ""), after)


def number(promise: Promise) -> str:
    """The value as text (达到 12 %), or a note that there is none."""
    if promise.value is None:
        return _("未给数值")
    return f"{Comparison(promise.comparison).label} {plain(promise.value)} {promise.unit}".strip()


def duty_word(duty: str) -> str:
    return str(Duty(duty).label) if duty else _("不负责")


def day_word(term: Term) -> str:
    return _day(term.deadline)


def _day(day: date | None) -> str:
    return day.isoformat() if day else _("未定期限")


def status_word(status: str) -> str:
    return str(TermStatus(status).label)
