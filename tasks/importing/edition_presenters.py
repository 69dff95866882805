"""What the pages of a new edition show: old and new words of each item beside each other, and the editions of a plan."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.urls import reverse
from django.utils.translation import gettext as _

from tasks.importing.editions import GONE, NEW, STATUSES, Comparison, TargetPair, TaskPair
from tasks.importing.models import ImportState, PlanImport
from tasks.plans.models import Plan, Task


@dataclass(frozen=True)
class ItemRow:
    """One item: `key` is what a form names it by; `lines` are `(label, before, after)` of all but its words."""

    item: str
    key: str
    status: str
    label: str
    code: str
    before: str
    after: str
    lines: tuple[tuple[str, str, str], ...] = ()
    new_key: str = ""
    url: str = ""

    @property
    def has_old(self) -> bool:
        return self.status != NEW

    @property
    def is_same(self) -> bool:
        return self.before == self.after


@dataclass
class EditionShown:
    counts: list[tuple[str, str, int]]
    tasks: list[ItemRow]
    targets: list[ItemRow]
    # What an item that is gone may be after all: (key, words) of the new items.
    new_tasks: list[tuple[str, str]] = field(default_factory=list)
    new_targets: list[tuple[str, str]] = field(default_factory=list)
    adjustments: list[int] = field(default_factory=list)


def shown_comparison(found: Comparison) -> EditionShown:
    """The comparison before it is confirmed."""
    tasks = [_task_row(pair) for pair in found.tasks]
    targets = [_target_row(pair) for pair in found.targets]
    return EditionShown(
        _counts([*tasks, *targets]),
        tasks,
        targets,
        [(one.new_key, one.after[:40]) for one in tasks if one.status == NEW],
        [(one.new_key, one.after[:40]) for one in targets if one.status == NEW],
    )


def shown_outcome(row: PlanImport) -> EditionShown:
    """What became of each item when the edition was confirmed."""
    ids = [one["task"] for one in row.outcome.get("tasks", ())]
    known = {
        task.pk: task for task in Task.objects.filter(pk__in=ids).select_related("plan").defer("plan__text")
    }
    tasks = []
    for one in row.outcome.get("tasks", ()):
        task = known.get(one["task"])
        tasks.append(
            ItemRow(
                "task",
                task.ref if task else "",
                one["status"],
                str(STATUSES[one["status"]]),
                task.code if task else "",
                one["before"],
                one["after"],
                tuple((line["label"], line["before"], line["after"]) for line in one["differences"]),
                url=reverse("task", args=[task.plan.slug, task.ref]) if task else "",
            )
        )
    targets = [
        ItemRow(
            "target",
            str(one["order"]),
            one["status"],
            str(STATUSES[one["status"]]),
            "",
            one["before"],
            one["after"],
        )
        for one in row.outcome.get("targets", ())
    ]
    return EditionShown(
        _counts([*tasks, *targets]), tasks, targets, adjustments=list(row.outcome.get("adjustments", ()))
    )


def _counts(rows: Iterable[ItemRow]) -> list[tuple[str, str, int]]:
    found = list(rows)
    return [
        (status, str(label), sum(row.status == status for row in found)) for status, label in STATUSES.items()
    ]


def _task_row(pair: TaskPair) -> ItemRow:
    return ItemRow(
        "task",
        pair.old.ref if pair.old else "",
        pair.status,
        str(STATUSES[pair.status]),
        pair.old.code if pair.old else pair.new.code if pair.new else "",
        pair.before,
        pair.after,
        tuple((one.label, one.before, one.after) for one in pair.differences if one.kind != "words"),
        pair.new.ref if pair.new else "",
    )


def _target_row(pair: TargetPair) -> ItemRow:
    year = pair.old.year if pair.old else pair.new.year if pair.new else None
    return ItemRow(
        "target",
        str(pair.old.order) if pair.old else "",
        pair.status,
        str(STATUSES[pair.status]),
        _("%(year)d年") % {"year": year} if year else "",
        pair.before,
        pair.after,
        new_key=str(pair.new.quote.start) if pair.new else "",
    )


@dataclass(frozen=True)
class EditionRow:
    title: str
    doc_number: str
    issued_on: date | None
    since: str
    url: str
    decided: str
    changes: str = ""


def editions_of(plan: Plan) -> list[EditionRow]:
    """The first edition, and those that were carried over, in their order."""
    rows = [
        EditionRow(
            plan.title,
            plan.doc_number,
            plan.issued_on,
            plan.first_quarter.label,
            reverse("source", args=[plan.slug]),
            "",
        )
    ]
    for one in (
        PlanImport.objects.filter(edition_of=plan, state=ImportState.IMPORTED)
        .select_related("decided_by")
        .defer("text", "places")
        .order_by("effective", "pk")
    ):
        head = one.found.head
        shown = shown_counts(one)
        rows.append(
            EditionRow(
                head.title.name,
                head.doc_number.name if head.doc_number else "",
                head.issued_on.day if head.issued_on else None,
                one.effective.label if one.effective else "",
                reverse("plan_edition_text", args=[plan.slug, one.pk]),
                f"{one.decided_by} {one.decided_at:%Y-%m-%d}" if one.decided_at else "",
                shown,
            )
        )
    return rows


def shown_counts(row: PlanImport) -> str:
    """有改动3 新增1 取消1, of a confirmed edition."""
    found = [one["status"] for part in ("tasks", "targets") for one in row.outcome.get(part, ())]
    return " ".join(f"{label}{found.count(status)}" for status, label in STATUSES.items() if status in found)


__all__ = ["GONE", "EditionShown", "editions_of", "shown_comparison", "shown_counts", "shown_outcome"]
