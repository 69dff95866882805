"""Actions on ledgers: upload, name the columns, say which task a row is, submit, confirm, discard, take back; and hand a
ledger over to the import of a plan.

Keyword-only, with the actor `by`; they raise PermissionDenied, Problems or Conflict and then have written nothing. What is
taken from a ledger is written by tasks.submissions.backfilling, on the consent of a second person.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.files import storage
from tasks.files.actions import Checked, store
from tasks.files.names import clean_name
from tasks.files.values import XLSX
from tasks.importing import actions as importing
from tasks.importing.models import PlanImport
from tasks.jurisdictions.permissions import own_jurisdiction
from tasks.ledgers import permissions
from tasks.ledgers.columns import as_data, columns_of, field_problems, remember
from tasks.ledgers.models import CarriedTask, Ledger, LedgerState
from tasks.ledgers.queries import Prepared, document_of, prepared, shown_to
from tasks.ledgers.transitions import (
    ASK_UNDO,
    CONFIRM,
    DISCARD,
    IMPORT,
    KEEP,
    REOPEN,
    SUBMIT,
    UNDO,
    UPLOAD,
    state_sentence,
)
from tasks.people.models import User
from tasks.people.permissions import may_backfill
from tasks.plans.commit_order import in_order
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.ledgers import read_ledger
from tasks.plans.documents.table_heads import Column
from tasks.plans.documents.values import Format, refusal
from tasks.plans.goals import TaskGoal
from tasks.plans.models import Plan, Task
from tasks.submissions.backfilling import backfill, undo_backfill
from tasks.submissions.models import Version
from tasks.transitions import Transition, check_states, lock, move
from tasks.values import Origin

REASON_LIMIT = 500
YEARS = range(1990, 2100)


def upload(*, by: User, plan: Plan | None, upload: "File[Any]", now: datetime | None = None) -> Ledger:
    """Take a ledger in, for a plan, or without one to make a plan of it. Its columns are those that were named before.

    Raises Problems on the field `document`, with one sentence; then nothing is kept.
    """
    _check_may(by, plan.pk if plan else None)
    content = upload.read()
    name = clean_name(upload.name or "")
    document = extract(name, content)
    if document.format is not Format.EXCEL:
        raise refusal(_("台账请用 Excel（.xlsx）上传。"))
    same = Ledger.objects.filter(
        shown_to(by),
        plan=plan,
        file__sha256=document.sha256,
        state__in=[LedgerState.OPEN, LedgerState.SUBMITTED, LedgerState.CONFIRMED, LedgerState.UNDOING],
    ).first()
    if same is not None:
        told = _("这份台账已由%(who)s上传（第%(number)d号，%(state)s），请到那里继续。")
        words = {"who": same.uploaded_by, "number": same.pk, "state": same.get_state_display()}
        raise refusal(told % words)
    moment = now or clock.now()
    columns = columns_of(document, plan.jurisdiction if plan else None)
    checked = Checked(name, ContentFile(content), XLSX, len(content), document.sha256)
    with transaction.atomic():
        (file,) = store(by=by, checked=[checked], now=moment)
        row = Ledger.objects.create(
            plan=plan,
            jurisdiction_id=None if plan else own_jurisdiction(by),
            file=file,
            columns=as_data(columns),
            uploaded_by=by,
            uploaded_at=moment,
        )
        record(
            by=by,
            verb=UPLOAD.verb,
            subject=row,
            to_state=UPLOAD.target,
            data={"file": name, "sha256": document.sha256, "plan": plan.slug if plan else ""},
            at=moment,
        )
    return row


@transaction.atomic
def name_columns(
    *, by: User, ledger: Ledger, columns: Sequence[Column], year: int = 0, now: datetime | None = None
) -> Ledger:
    """Say what the columns hold. The next ledger of the 地区 with the same heads is read alike.

    Raises Problems where no column, or more than one, is the task, where two hold the same, and where the year is missing.
    """
    _check_may(by, ledger.plan_id)
    row = _locked(by, ledger)
    check_states([row], SUBMIT, state_sentence)
    problems = field_problems(columns)
    if year and year not in YEARS:
        problems.append(Problem("year", _("年份请写四位数字，如 2025。")))
    if problems:
        raise Problems(problems)
    read_ledger(document_of(row), columns, year)
    moment = now or clock.now()
    row.columns, row.year = as_data(columns), year
    row.save(update_fields=["columns", "year"])
    remember(row.columns, row.plan.jurisdiction if row.plan else None, by=by, at=moment)
    record(by=by, verb="ledger.columns", subject=row, data={"columns": row.columns, "year": year}, at=moment)
    return row


@transaction.atomic
def answer(
    *, by: User, ledger: Ledger, answers: Mapping[str, int | None], now: datetime | None = None
) -> Ledger:
    """Say which task rows are, {row: task id, 0 for none}; None takes the answer back."""
    _check_may(by, ledger.plan_id)
    row = _locked(by, ledger)
    check_states([row], SUBMIT, state_sentence)
    if row.plan is None:
        raise Problems([Problem("", _("这份台账还没有方案，不用指定任务。"))])
    wanted = {pk for pk in answers.values() if pk}
    known = set(Task.objects.filter(plan=row.plan, pk__in=wanted).values_list("pk", flat=True))
    if wanted - known:
        raise Problems([Problem("", _("有任务不属于这份方案，请刷新页面后再选。"))])
    rows = {match.key for match in prepared(row, now).matches}
    if set(answers) - rows:
        raise Problems([Problem("", _("有一行不在台账里，请刷新页面后再选。"))])
    kept = {**row.answers, **answers}
    row.answers = {key: pk for key, pk in kept.items() if pk is not None}
    row.save(update_fields=["answers"])
    record(by=by, verb="ledger.answer", subject=row, data={"answers": dict(answers)}, at=now or clock.now())
    return row


@transaction.atomic
def submit(*, by: User, ledger: Ledger, now: datetime | None = None) -> Ledger:
    """Hand the ledger to a second person. Raises Problems while it is open which task a row is, or nothing can be
    written."""
    _check_may(by, ledger.plan_id)
    row = _locked(by, ledger)
    check_states([row], SUBMIT, state_sentence)
    moment = now or clock.now()
    found = _writable(row, moment)
    try:
        with transaction.atomic():  # what cannot be written is said before a second person is asked
            _write(by, row, found, moment)
            raise _Tried
    except _Tried:
        pass
    return _move(row, SUBMIT, by, moment, "", submitted_by=by, submitted_at=moment)


@transaction.atomic
def reopen(*, by: User, ledger: Ledger, note: str, now: datetime | None = None) -> Ledger:
    """Send the ledger back for correction, or take it back oneself; with a reason, unless it is one's own."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, REOPEN)
    text = _reason(note, required=by.pk != row.submitted_by_id)
    return _move(row, REOPEN, by, now or clock.now(), text)


@transaction.atomic
def discard(*, by: User, ledger: Ledger, note: str, now: datetime | None = None) -> Ledger:
    """Give the ledger up. The file stays on record."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, DISCARD)
    return _move(row, DISCARD, by, now or clock.now(), _reason(note))


@transaction.atomic
def confirm(*, by: User, ledger: Ledger, now: datetime | None = None) -> Ledger:
    """Write what the ledger says, on the consent of a second person."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, CONFIRM)
    in_order([_plan(row).pk])  # two ledgers at once: the second sees what the first wrote
    if not permissions.may_confirm(by, row):
        raise PermissionDenied(_("补录须由没有参与上传和核对的另一个人确认。"))
    moment = now or clock.now()
    found = _writable(row, moment)
    written = _write(by, row, found, moment)
    data = {"written": written, "goals": len(found.goals)}
    return _move(row, CONFIRM, by, moment, "", data, decided_by=by, decided_at=moment)


@transaction.atomic
def ask_undo(*, by: User, ledger: Ledger, note: str, now: datetime | None = None) -> Ledger:
    """Ask to take back all that the ledger brought; another person consents."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, ASK_UNDO)
    _refuse_if_carried(row)
    return _move(row, ASK_UNDO, by, now or clock.now(), _reason(note))


@transaction.atomic
def keep(*, by: User, ledger: Ledger, now: datetime | None = None) -> Ledger:
    """Do not take it back: the second person disagrees, or the first changed their mind."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, KEEP)
    return _move(row, KEEP, by, now or clock.now(), "")


@transaction.atomic
def undo(*, by: User, ledger: Ledger, now: datetime | None = None) -> Ledger:
    """Consent to taking back all that the ledger brought, as a second person."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, UNDO)
    if not permissions.may_consent(by, row):
        raise PermissionDenied(_("撤销须由申请人以外的另一个人同意。"))
    _refuse_if_carried(row)
    moment = now or clock.now()
    reason = row.note
    taken: list[Version] = []
    if row.versions.exists():  # goals, which may be all that it brought, hold no longer by its state
        taken = undo_backfill(by=by, plan=_plan(row), ledger_id=row.pk, reason=reason, now=moment)
    return _move(row, UNDO, by, moment, reason, {"taken_back": len(taken)})


@transaction.atomic
def to_import(*, by: User, ledger: Ledger, now: datetime | None = None) -> PlanImport:
    """Make a plan of the ledger: hand it, with its columns as named, to the import of plans."""
    _check_may(by, ledger.plan_id)
    row = _in_state(by, ledger, IMPORT)
    if row.plan_id is not None:
        raise Problems([Problem("", _("这份台账是补录到现有方案的，不能再做成方案。"))])
    moment = now or clock.now()
    columns = prepared(row, moment).columns
    with storage.get(row.file) as content:
        file = ContentFile(content.read(), name=row.file.name)
    made = importing.upload(by=by, upload=file, columns=columns, now=moment)
    _move(row, IMPORT, by, moment, "", {"import": made.pk}, plan_import=made)
    return made


# -- shared -------------------------------------------------------------------------------------------------------


class _Tried(Exception):
    """Rolls a trial writing back."""


def _check_may(by: User, plan_id: int | None) -> None:
    if not may_backfill(by.at(plan_id) if plan_id else by):
        raise PermissionDenied(_("台账由领导小组办公室上传和补录。"))


def _locked(by: User, ledger: Ledger) -> Ledger:
    rows = Ledger.objects.filter(shown_to(by)).select_related("file", "plan__jurisdiction", "submitted_by")
    (row,) = lock(rows, [ledger.pk], Conflict(_("这份台账已不在，请刷新页面。")))
    return row


def _in_state(by: User, ledger: Ledger, transition: Transition) -> Ledger:
    row = _locked(by, ledger)
    check_states([row], transition, state_sentence)
    return row


def _plan(row: Ledger) -> Plan:
    if row.plan is None:
        raise Problems([Problem("", _("这份台账还没有方案，请先做成方案。"))])
    return row.plan


def _writable(row: Ledger, moment: datetime) -> Prepared:
    """What the ledger would write. Raises Problems while a row is open, and where there is nothing."""
    _plan(row)
    found = prepared(row, moment)
    if found.open:
        told = _("还有%(count)d行看不出是哪项任务，请逐行指定，或选“不补录”。")
        raise Problems([Problem("", told % {"count": len(found.open)})])
    if not found.lines and not found.goals:
        raise Problems([Problem("", _("这份台账没有可以补录的内容，原因见下面。"))])
    return found


def _write(by: User, row: Ledger, found: Prepared, moment: datetime) -> int:
    """Write the past periods, whose number is returned, and 年度目标 and 节点."""
    note = _("台账“%(name)s”") % {"name": row.file.name}
    TaskGoal.objects.bulk_create(
        TaskGoal(
            task=line.task,
            year=line.goal.year,
            first=line.goal.first,
            last=line.goal.last,
            text=line.goal.name,
            ledger=row,
            origin=Origin.OUTSIDE,
            origin_note=note,
        )
        for line in found.goals
    )
    if not found.entries:
        return 0
    return len(backfill(by=by, plan=_plan(row), ledger_id=row.pk, entries=found.entries, now=moment))


def _refuse_if_carried(row: Ledger) -> None:
    """What was carried over on the strength of the ledger stands on it."""
    tasks = row.versions.values("task")
    carried = CarriedTask.objects.filter(
        earlier__in=tasks, undone_at=None, carried_at__gte=row.decided_at
    ).select_related("earlier")
    if first := carried.first():
        told = _("“%(task)s”已按这份台账结转，不能整份撤销；请先撤销结转。")
        raise Problems([Problem("", told % {"task": first.earlier.heading})])


def _move(
    row: Ledger,
    transition: Transition,
    by: User,
    at: datetime,
    note: str,
    data: dict[str, Any] | None = None,
    **values: object,
) -> Ledger:
    move(
        [row],
        transition,
        by=by,
        at=at,
        note=note,
        data={row.pk: data} if data else None,
        values={"note": note, **values},
        conflict=lambda: state_sentence(row),
    )
    return row


def _reason(note: str, *, required: bool = True) -> str:
    text = note.strip()
    if required and not text:
        raise Problems([Problem("note", _("请写明理由。"))])
    if len(text) > REASON_LIMIT:
        raise Problems([Problem("note", _("理由最多 %(limit)d 字，请删减。") % {"limit": REASON_LIMIT})])
    return text


# -- by name, for form and API -----------------------------------------------------------------------------------

_PLAIN_ACTS: dict[str, Callable[..., Ledger]] = {
    "submit": submit,
    "confirm": confirm,
    "keep": keep,
    "undo": undo,
}
_NOTED_ACTS: dict[str, Callable[..., Ledger]] = {
    "reopen": reopen,
    "discard": discard,
    "ask_undo": ask_undo,
}
ACTS = (*_PLAIN_ACTS, *_NOTED_ACTS, "import")


def act(*, by: User, ledger: Ledger, action: str, note: str = "") -> Ledger | PlanImport:
    """The act of this name; of `import` the import that was made. Raises Problems where there is none."""
    if action == "import":
        return to_import(by=by, ledger=ledger)
    if plain := _PLAIN_ACTS.get(action):
        return plain(by=by, ledger=ledger)
    if noted := _NOTED_ACTS.get(action):
        return noted(by=by, ledger=ledger, note=note)
    raise Problems([Problem("action", _("请选一项。"))])
