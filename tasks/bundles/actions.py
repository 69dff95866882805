"""报送材料: all that an agency files in a quarter, checked, handed on and approved together."""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.bundles.models import SealedSheet
from tasks.cycles.models import Cycle
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.indicators.formatting import ShownFigure
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.people.queries import check_two_people
from tasks.plans.models import Plan, Responsibility, Task
from tasks.submissions import actions, transitions
from tasks.submissions.content import DraftInput
from tasks.submissions.fields import LABELS, NAMES, filled_fields, is_blank
from tasks.submissions.figures import figures_of, typed_figures
from tasks.submissions.marks import marks_of
from tasks.submissions.models import Package, State, Submission, Version
from tasks.submissions.queries import Desk, DeskRow
from tasks.values import Duty, Light, Period
from tasks.wording import light_parts

KEEP = "keep"  # of the light: as it was the last time

# States in which a submission can still be written, handed on or approved.
UNSENT = transitions.SUBMIT.sources


@dataclass(frozen=True)
class PackageRow:
    """One submission of the bundle: `problems` keep it from being handed on or approved."""

    row: DeskRow
    problems: tuple[Problem, ...]

    @property
    def is_ready(self) -> bool:
        """Whether it can be handed on or approved as it is."""
        return self.row.submission is not None and self.row.state in UNSENT and not self.problems

    @property
    def is_open(self) -> bool:
        """Whether the agency still has something to do with it."""
        return self.row.submission is None or self.row.state in UNSENT

    @property
    def is_sent(self) -> bool:
        return not self.is_open


def package_rows(desk: Desk) -> list[PackageRow]:
    """The desk's submissions in the plan's order, each with what is missing. Its queries do not grow with the rows."""
    heads = [row.submission for row in desk.rows if row.submission is not None and row.state in UNSENT]
    found: dict[str, list[Problem]] = {}
    if heads:
        for head in heads:
            head.cycle = desk.cycle  # type: ignore[assignment]  # a submission has one
        tasks = {row.task.pk: row.task for row in desk.rows}
        for head in heads:
            head.task = tasks[head.task_id]
        for problem in actions.problems_of(heads):
            found.setdefault(problem.row, []).append(problem)
    return [
        PackageRow(row, tuple(found.get(row.task.code, [])) if row.submission and row.state in UNSENT else ())
        for row in desk.rows
    ]


def no_progress_obstacles(desk: Desk, task_ids: Collection[int]) -> dict[int, str]:
    """{task id: why the row cannot be recorded as 无进展}: it says something already, or is no draft any more."""
    found = {}
    for row in desk.rows:
        head = row.submission
        if row.task.pk not in task_ids or head is None:
            continue
        filled = filled_fields(head)
        if head.state not in transitions.EDITABLE:
            word = str(State(head.state).label)
        elif filled:
            word = _("已填%(fields)s") % {"fields": "、".join(str(LABELS[name]) for name in filled)}
        else:
            continue
        found[row.task.pk] = _("%(code)s：%(word)s，不能批量标为无进展。") % {
            "code": row.task.code,
            "word": word,
        }
    return found


def send_obstacles(
    by: User, rows: Sequence[PackageRow], task_ids: Collection[int], *, approve: bool
) -> dict[int, str]:
    """{task id: why the row cannot be handed on, or approved and submitted, as it is}. At most one query."""
    found = {}
    own = []
    for one in rows:
        row = one.row
        if row.task.pk not in task_ids:
            continue
        if row.submission is None:
            found[row.task.pk] = _("%(code)s 还没有填。") % {"code": row.task.code}
        elif one.problems:
            found[row.task.pk] = f"{row.task.code} {one.problems[0].message}"
        elif row.state not in (transitions.SUBMIT if approve else transitions.HAND).sources:
            found[row.task.pk] = _("%(code)s：%(state)s。") % {
                "code": row.task.code,
                "state": State(row.state).label,
            }
        else:
            own.append((row.submission.saved_by_id, row.task.code))
    if approve:
        try:
            check_two_people(by, own)
        except Problems as error:
            tasks = {one.row.task.code: one.row.task.pk for one in rows}
            for problem in error.problems:
                found[tasks[problem.row]] = f"{problem.row} {problem.message}"
    return found


@transaction.atomic
def mark_no_progress(
    *,
    by: User,
    desk: Desk,
    task_ids: Collection[int],
    reason: str,
    light: str = KEEP,
    next_steps: str = "",
    now: datetime | None = None,
) -> list[Submission]:
    """Record 本季度无进展 for several submissions with one reason. `light` is a Light, or KEEP for that of each task's
    last submission. A draft that says anything is not overwritten: it is a Problem on its row."""
    chosen = [row for row in desk.rows if row.task.pk in set(task_ids)]
    problems = []
    if not chosen:
        problems.append(Problem("tasks", _("请至少选一件。")))
    if not reason.strip():
        problems.append(Problem("reason", _("请写明无进展的原因。")))
    if light not in {KEEP, *Light.values}:
        problems.append(Problem("light", _("请选%(all)s之一，或沿用上次的灯。") % light_parts()))
    drafts = []
    blocked = no_progress_obstacles(desk, [row.task.pk for row in chosen])
    for row in chosen:
        if row.task.pk in blocked:
            problems.append(Problem("tasks", blocked[row.task.pk], row.task.code))
            continue
        own = _last_light(row) if light == KEEP else light
        if not own:
            problems.append(
                Problem(
                    "light", _("%(code)s 没有上次的灯，请选一个灯。") % {"code": row.task.code}, row.task.code
                )
            )
        if own in {Light.YELLOW, Light.RED} and not next_steps.strip():
            problems.append(
                Problem(
                    "next_steps",
                    _("%(code)s 的灯为%(yellow)s或%(red)s，请写怎样追回。")
                    % {"code": row.task.code, **light_parts()},
                    row.task.code,
                )
            )
        drafts.append(_marked(desk, row, own, reason.strip(), next_steps.strip(), by))
    if problems:
        raise Problems(problems)
    return actions.save_drafts(by=by, drafts=drafts, now=now)


def _last_light(row: DeskRow) -> str:
    return (row.previous.verified_light or row.previous.light) if row.previous else ""


def _marked(desk: Desk, row: DeskRow, light: str, reason: str, next_steps: str, by: User) -> DraftInput:
    """The row's submission, in which nothing is written yet, without progress."""
    draft = (
        DraftInput.of(row.submission, plan_id=desk.plan.pk)
        if row.submission
        else DraftInput(
            plan_id=desk.plan.pk,
            quarter=desk.quarter,
            task_id=row.task.pk,
            agency_id=by.acts_for,
        )
    )
    return replace(
        draft,
        no_progress=True,
        light=light,
        no_progress_reason=reason,
        next_steps=next_steps if light in {Light.YELLOW, Light.RED} else "",
    )


def send(
    *,
    by: User,
    rows: Sequence[PackageRow],
    task_ids: Collection[int],
    approve: bool,
    now: datetime | None = None,
) -> int:
    """Hand the chosen submissions on to the approver, or approve and submit them, all or none; returns how many."""
    wanted = set(task_ids)
    chosen = [row for row in rows if row.row.task.pk in wanted]
    if not chosen:
        raise Problems([Problem("tasks", _("请至少选一件。"))])
    problems = [
        Problem("tasks", _("%(code)s 还没有填。") % {"code": row.row.task.code}, row.row.task.code)
        for row in chosen
        if row.row.submission is None
    ]
    for row in chosen:
        problems += [
            Problem("tasks", f"{row.row.task.code} {problem.message}", row.row.task.code)
            for problem in row.problems
        ]
    if problems:
        raise Problems(problems)
    # What waits for the approver already need not be handed on again.
    ids = [
        row.row.submission.pk
        for row in chosen
        if row.row.submission is not None and (approve or row.row.state != State.HANDED)
    ]
    if not ids:
        raise Problems([Problem("tasks", _("所选各件都已在等签批。"))])
    if approve:
        actions.submit(by=by, submissions=ids, now=now)
    else:
        actions.hand(by=by, submissions=ids, now=now)
    return len(ids)


# -- the sheet for signature and seal -----------------------------------------------------------------------


@dataclass(frozen=True)
class SheetItem:
    """One submission on the sheet: a version, or a draft with the number that it will have."""

    task: Task
    duty: str
    content: Version | Submission
    number: int
    figures: Sequence[ShownFigure]
    marks: Sequence[str] = ()  # of a version (tasks.submissions.marks)

    @property
    def version(self) -> Version | None:
        return self.content if isinstance(self.content, Version) else None


@dataclass(frozen=True)
class Sheet:
    """What is printed, signed and sealed, and a code over its content, so that sheets of different content differ
    visibly. A draft that is submitted as it was printed keeps its code. `roles`: {task id: the agency's role}."""

    items: tuple[SheetItem, ...]
    packages: tuple[Package, ...]
    code: str
    roles: Mapping[int, str]


def sheet(plan: Plan, quarter: Period, agency_id: int, *, drafts: bool = False) -> Sheet:
    """The last versions that the agency has submitted; with `drafts` what it has written and not submitted in their
    place, for a director who signs first. A fixed number of queries."""
    versions = list(
        Version.objects.filter(task__plan=plan, quarter=quarter, agency=agency_id)
        .current()
        .select_related("task", "submitted_by", "package")
    )
    figures = figures_of(versions)
    marks = marks_of(version.pk for version in versions)
    items = {
        version.task_id: SheetItem(
            version.task, version.duty, version, version.number, figures[version.pk], marks[version.pk]
        )
        for version in versions
    }
    if drafts:
        items |= _unsent(plan, quarter, agency_id)
    ordered = tuple(sorted(items.values(), key=lambda item: (item.duty != Duty.LEAD, item.task.order)))
    packages = Package.objects.filter(cycle__plan=plan, cycle__quarter=quarter, agency=agency_id)
    roles = Responsibility.objects.filter(task__plan=plan, agency=agency_id).held(quarter, clock.now())
    return Sheet(
        ordered,
        tuple(packages.select_related("submitted_by")),
        _code(ordered),
        dict(roles.values_list("task_id", "role")),
    )


def _unsent(plan: Plan, quarter: Period, agency_id: int) -> dict[int, SheetItem]:
    """{task id: what was written of it and not sent}."""
    heads = [
        head
        for head in Submission.objects.filter(
            task__plan=plan, quarter=quarter, agency=agency_id, state__in=UNSENT
        ).select_related("task")
        if not is_blank(head)
    ]
    sent = Counter(Version.every.filter(submission__in=heads).values_list("submission", flat=True))
    asked = actions.asked_of(heads).get(quarter)
    found = {}
    for head in heads:
        wanted = asked.of(head.task_id, agency_id) if asked else ()
        # In the order in which a version's figures are read.
        ordered = sorted(wanted, key=lambda one: (one.indicator.order, -one.quarter.ordinal))
        found[head.task_id] = SheetItem(
            head.task,
            head.duty,
            head,
            sent[head.pk] + 1,
            typed_figures(head.figures, ordered),
        )
    return found


def _code(items: Sequence[SheetItem]) -> str:
    """Twelve digits and letters, in groups of four."""
    if not items:
        return ""
    text = "\x1e".join(
        "\x1f".join(
            [
                item.task.ref,
                str(item.number),
                *(str(getattr(item.content, name)) for name in NAMES),
                *(f"{figure.key}={figure.said}" for figure in item.figures),
            ]
        )
        for item in items
    )
    digest = hashlib.sha256(text.encode()).hexdigest()[:12].upper()
    return "-".join(digest[start : start + 4] for start in range(0, 12, 4))


SHEETS_LIMIT = 10  # scans of one agency and quarter


def attach_sheet(
    *, by: User, desk: Desk, uploads: "Sequence[File[Any]]", now: datetime | None = None
) -> list[SealedSheet]:
    """Keep scans of the signed and sealed sheet, PDF or images. They may come after the quarter was closed: they change
    nothing that was submitted."""
    if not may_file(by):
        raise PermissionDenied(_("只能由本单位的填报员和签批人上传用印扫描件。"))
    if not uploads:
        raise Problems([Problem("sheet", _("请选扫描件：PDF 或图片。"))])
    checked = files.check(uploads, field="sheet")
    problems = [
        Problem("sheet", _("“%(name)s”不是 PDF 或图片。") % {"name": item.name})
        for item in checked
        if item.kind.media_type != "application/pdf" and not item.kind.media_type.startswith("image/")
    ]
    if problems:
        raise Problems(problems)
    with transaction.atomic():
        moment = now or clock.now()
        if desk.cycle is None:
            raise Conflict(_("%(quarter)s尚未开启填报。") % {"quarter": desk.quarter.label})
        Cycle.objects.select_for_update().get(pk=desk.cycle.pk)
        own = sheet(desk.plan, desk.quarter, by.acts_for)
        if not own.items:
            raise Conflict(_("本季还没有提交过：先提交，再打印、盖章、上传扫描件。"))
        held = SealedSheet.objects.filter(cycle=desk.cycle, agency=by.agency_id)
        if held.count() + len(checked) > SHEETS_LIMIT:
            raise Problems([Problem("sheet", _("扫描件最多 %(limit)d 件。") % {"limit": SHEETS_LIMIT})])
        same = set(held.values_list("file__sha256", flat=True))
        fresh = [item for item in checked if item.sha256 not in same]
        if not fresh:
            raise Problems([Problem("sheet", _("这份扫描件已经上传过。"))])
        stored = files.store(by=by, checked=fresh, now=moment)
        made = SealedSheet.objects.bulk_create(
            SealedSheet(cycle=desk.cycle, agency_id=by.acts_for, file=file, code=own.code) for file in stored
        )
        record(
            by=by,
            verb="package.sheet",
            subject=desk.cycle,
            data={"code": own.code, "sha256": [file.sha256 for file in stored]},
            at=moment,
        )
    return made


def packages_of(plan: Plan, quarter: Period, agency_id: int) -> list[Package]:
    """The agency's bundles of the quarter, the last first, each with `count`, the number of its submissions, and
    `withdrawn`, how many of these were withdrawn."""
    return list(
        Package.objects.filter(cycle__plan=plan, cycle__quarter=quarter, agency=agency_id)
        .select_related("submitted_by")
        .annotate(
            count=Count("versions"),
            withdrawn=Count("versions", filter=Q(versions__withdrawn_at__isnull=False)),
        )
        .order_by("-number")
    )
