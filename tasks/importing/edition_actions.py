"""Actions on a new edition of a plan in use 修订: say of which plan an import is the edition, and carry it over.

What changes becomes adjustments, proposed in the name of the person who handed the import on and approved by the second
person: through tasks.adjustments.actions, which checks each as it checks any other. Tasks of the edition that the plan
does not have are added from the period on; tasks that are gone are ended and never deleted. What was filed stays.
"""

from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.adjustments import actions as adjusting
from tasks.adjustments.checks import TEXT_LIMIT
from tasks.adjustments.values import Promise
from tasks.audit.log import record
from tasks.bitemporal import known_from, quarters_from, retire
from tasks.errors import Conflict, Problem, Problems
from tasks.importing import permissions
from tasks.importing.editions import GONE, KEPT, MOVED, NEW, Comparison, TaskPair, compare
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.queries import Current, current, may_be_edition_of
from tasks.importing.transitions import state_sentence
from tasks.indicators.loading import comparison_of, meaning_of
from tasks.indicators.models import Target
from tasks.indicators.write_checks import known_now
from tasks.people.models import User
from tasks.plans.agency_loading import register_agencies
from tasks.plans.commit_order import in_order
from tasks.plans.consolidators import with_duties
from tasks.plans.models import Part, Plan, Responsibility, Task, TaskGroup, TaskTerm
from tasks.transitions import lock
from tasks.values import Origin, Period


def locked(by: User, plan_import: PlanImport) -> PlanImport:
    """The import as it is now, for an act on it. Raises Conflict where there is none for the office of this place."""
    rows = PlanImport.objects.filter(permissions.imports_shown_to(by)).select_related("file", "edition_of")
    (row,) = lock(rows, [plan_import.pk], Conflict(_("没有这份导入，请刷新页面。")))
    return row


@transaction.atomic
def set_edition(
    *,
    by: User,
    plan_import: PlanImport,
    plan: Plan | None,
    effective: Period | None,
    now: datetime | None = None,
) -> PlanImport:
    """Says that the import is a new edition of the plan, to hold from the period on; without a plan, that it is a plan of
    its own. Raises Problems or Conflict."""
    if not permissions.may_import(by):
        raise PermissionDenied(_("方案由领导小组办公室导入。"))
    row = locked(by, plan_import)
    if row.state != ImportState.OPEN:
        raise Conflict(state_sentence(row))
    problems = []
    if plan is not None and not may_be_edition_of(current(row)).filter(pk=plan.pk).exists():
        raise Problems([Problem("plan", _("修订只能接在本地区已发布的方案之后，请另选一个方案。"))])
    if plan is not None and effective is None:
        problems.append(Problem("effective", _("请选从哪一期起按新的一版办。")))
    elif plan is not None and effective is not None and (said := plan.why_not(effective)):
        problems.append(Problem("effective", said))
    if problems:
        raise Problems(problems)
    row.edition_of, row.effective = plan, effective if plan else None  # type: ignore[assignment]  # null
    row.save(update_fields=["edition_of", "effective"])
    record(
        by=by,
        verb="planimport.edition",
        subject=row,
        data={"plan": plan.slug if plan else "", "effective": str(effective) if plan else ""},
        at=now or clock.now(),
    )
    return row


def comparison(
    row: PlanImport, now_read: Current | None = None, moment: datetime | None = None
) -> Comparison:
    """The import beside the plan of which it is the edition."""
    assert row.edition_of is not None
    assert row.effective is not None
    return compare(now_read or current(row), row.edition_of, row.effective, moment or clock.now())


def carry_over(*, row: PlanImport, by: User, proposer: User, now: datetime) -> dict[str, Any]:
    """Carries the edition over, in the caller's transaction. Returns what became of each item, to be kept with the
    import. Checks no permission of its own: each adjustment does. Raises Problems, Conflict or PermissionDenied."""
    assert row.edition_of is not None
    assert row.effective is not None
    in_order([row.edition_of_id or 0])
    read = current(row)
    found = compare(read, row.edition_of, row.effective, now)
    if found.is_empty:
        raise Problems([Problem("", _("与在用的方案逐项相同，没有要修订的内容。"))])
    return _Carrier(row, read, found, by, proposer, now).run()


def try_over(*, row: PlanImport, by: User, now: datetime) -> None:
    """Proposes all that would be carried over and takes it back at once: what cannot be is said before a second person
    is asked. Raises Problems or Conflict."""
    assert row.edition_of is not None
    assert row.effective is not None
    read = current(row)
    found = compare(read, row.edition_of, row.effective, now)
    if found.is_empty:
        raise Problems([Problem("", _("与在用的方案逐项相同，没有要修订的内容。"))])
    try:
        with transaction.atomic():
            _Carrier(row, read, found, None, by, now).run()
            raise _Undone
    except _Undone:
        return


class _Undone(Exception):
    """Rolls a trial back."""


class _Carrier:
    """Carries one edition over; without `by` nothing is approved."""

    def __init__(
        self,
        row: PlanImport,
        read: Current,
        found: Comparison,
        by: User | None,
        proposer: User,
        now: datetime,
    ) -> None:
        self.row, self.found, self.by, self.proposer, self.now = row, found, by, proposer, now
        self.plan, self.effective = found.plan, found.effective
        number = read.structure.head.doc_number
        self.doc_number = number.name if number else ""
        self.title = read.title
        self.reason = _("方案修订：%(title)s") % {"title": read.title}
        self.agencies = register_agencies(read.source(), self.plan, self.effective.first_day)
        self.adjustments: list[int] = []

    def run(self) -> dict[str, Any]:
        tasks = [self._task(pair) for pair in self.found.tasks]
        targets = [self._target(pair) for pair in self.found.targets]
        return {"tasks": tasks, "targets": targets, "adjustments": self.adjustments}

    # -- tasks ---------------------------------------------------------------------------------------------------

    def _task(self, pair: TaskPair) -> dict[str, Any]:
        task = pair.old
        if pair.status == NEW:
            task = self._add(pair)
        elif task is not None and pair.status == GONE:
            self._adjust(adjusting.propose_withdrawal, task=task)
        elif task is not None and pair.status not in (KEPT, MOVED):
            self._change(pair, task)
        assert task is not None
        return {
            "status": pair.status,
            "task": task.pk,
            "before": pair.before,
            "after": pair.after,
            "differences": [asdict(one) for one in pair.differences if one.kind != "words"],
        }

    def _change(self, pair: TaskPair, task: Task) -> None:
        kinds = pair.has
        if "words" in kinds:
            self._adjust(adjusting.propose_content, task=task, text=_limited(pair.after))
        if "duties" in kinds:
            self._adjust(adjusting.propose_duties, task=task, duties=self._roles(pair, task))
        if "deadline" in kinds:
            self._adjust(adjusting.propose_deadline, task=task, deadline=pair.deadline)

    def _roles(self, pair: TaskPair, task: Task) -> dict[int, str]:
        wanted = {self.agencies[slug]: role for slug, role in pair.duties.items()}
        held = Responsibility.objects.filter(task=task).held(self.effective, self.now)
        return dict.fromkeys(held.values_list("agency_id", flat=True), "") | wanted

    def _adjust(self, propose: Any, **change: Any) -> None:
        proposed = propose(
            by=self.proposer,
            effective=self.effective,
            reason=self.reason,
            doc_number=self.doc_number,
            now=self.now,
            **change,
        )
        if self.by is not None:
            adjusting.approve(by=self.by, adjustment=proposed, now=self.now)
        self.adjustments.append(proposed.pk)

    def _add(self, pair: TaskPair) -> Task:
        """A task of the edition that the plan does not have: it exists from the period on, and is known from now on."""
        new = pair.new
        assert new is not None
        refs = set(Task.objects.filter(plan=self.plan).values_list("ref", flat=True))
        ref, count = new.ref, 1
        while ref in refs:
            count += 1
            ref = f"{new.ref}v{count}"
        note = _("第%(number)d号导入的修订版新增：%(title)s") % {"number": self.row.pk, "title": self.title}
        last = Task.objects.filter(plan=self.plan).aggregate(last=Max("order"))["last"] or 0
        group = self._group(pair.group) if pair.group else None
        task = Task.objects.create(
            plan=self.plan,
            part=Part.MAIN if group else Part.SAFEGUARD,
            group=group,
            number=new.number,
            order=last + 1,
            ref=ref,
            code=new.code[:20],
            heading=pair.after.split("。")[0][:200],
            origin=Origin.OUTSIDE,
            origin_note=note,
            since=self.effective,
            added_at=self.now,
        )
        valid, known = quarters_from(self.effective.ordinal), known_from(self.now)
        rows = [
            Responsibility(
                task=task,
                agency_id=self.agencies[slug],
                role=role,
                order=order * 100,
                valid=valid,
                known=known,
                origin=Origin.OUTSIDE,
                origin_note=note,
            )
            for order, (slug, role) in enumerate(pair.duties.items(), 1)
        ]
        Responsibility.objects.bulk_create(with_duties(rows))
        if pair.deadline:
            TaskTerm.objects.create(task=task, deadline=pair.deadline, valid=valid, known=known, reason=note)
        self._adjust(adjusting.propose_content, task=task, text=_limited(pair.after))
        return task

    def _group(self, name: str) -> TaskGroup:
        groups = list(TaskGroup.objects.filter(plan=self.plan))
        found = next((group for group in groups if group.name == name), None)
        if found:
            return found
        return TaskGroup.objects.create(
            plan=self.plan,
            number=max((group.number for group in groups), default=0) + 1,
            name=name[:100],
            origin=Origin.OUTSIDE,
            origin_note=self.reason,
        )

    # -- targets -------------------------------------------------------------------------------------------------

    def _target(self, pair: Any) -> dict[str, Any]:
        old, new = pair.old, pair.new
        order = old.order if old else None
        if old is not None and new is not None and pair.status != KEPT:
            value = None if new.value is None else Decimal(str(new.value))
            promise = Promise(new.quote.name[:300], comparison_of(new), value, new.unit)
            self._adjust(adjusting.propose_target, plan=self.plan, order=old.order, promise=promise)
        elif pair.status == NEW:
            order = self._add_target(new)
        elif pair.status == GONE:
            self._end_target(old)
        return {"status": pair.status, "order": order, "before": pair.before, "after": pair.after}

    def _end_target(self, old: Target) -> None:
        """The promise holds until the period and no longer."""
        retire(
            known_now(Target, plan=self.plan, order=old.order),
            valid=quarters_from(self.effective.ordinal),
            at=self.now,
        )
        record(
            by=self.by,
            verb="target.end",
            subject=old,
            note=self.reason,
            data={"target": old.order, "effective": str(self.effective)},
            at=self.now,
        )

    def _add_target(self, new: Any) -> int:
        last = Target.objects.filter(plan=self.plan).aggregate(last=Max("order"))["last"] or 0
        meaning = meaning_of(new, None, self.plan.kind)
        Target.objects.create(
            plan=self.plan,
            year=new.year,
            order=last + 1,
            text=new.quote.name[:300],
            comparison=comparison_of(new),
            value=None if new.value is None else Decimal(str(new.value)),
            unit=new.unit,
            manner=meaning.manner,
            years=meaning.years,
            valid=quarters_from(self.effective.ordinal),
            known=known_from(self.now),
            origin=Origin.OUTSIDE,
            origin_note=self.reason,
        )
        return last + 1


def _limited(words: str) -> str:
    return words if len(words) <= TEXT_LIMIT else f"{words[: TEXT_LIMIT - 1]}…"
