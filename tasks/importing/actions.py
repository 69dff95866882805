"""Actions on imports: upload, edit, submit, confirm, discard; and taking a loaded plan back.

Keyword-only, with the actor `by`; they raise PermissionDenied, Problems or Conflict and then have written nothing. Of the
plan nothing exists before `confirm`, which loads it through tasks.indicators.loading, as the command does.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from time import perf_counter
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile, File
from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import record
from tasks.errors import Conflict, Problem, Problems
from tasks.files.actions import Checked, store
from tasks.files.names import clean_name
from tasks.files.values import DOCX, PDF, XLSX, Kind
from tasks.importing import permissions
from tasks.importing.edition_actions import carry_over, locked, try_over
from tasks.importing.models import ImportEdit, ImportState, PlanImport
from tasks.importing.queries import Current, current, earlier_import, loaded_with
from tasks.importing.transitions import (
    ASK_BACK,
    CONFIRM,
    DISCARD,
    KEEP,
    REOPEN,
    SUBMIT,
    TAKE_BACK,
    UPLOAD,
    state_sentence,
)
from tasks.indicators.loading import load_source
from tasks.indicators.models import Target
from tasks.jurisdictions.permissions import own_jurisdiction
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.plan_documents import read_document
from tasks.plans.documents.table_heads import Column
from tasks.plans.documents.values import Document, Format
from tasks.plans.editing.application import apply
from tasks.plans.models import Plan, PlanState, Responsibility, TaskTerm
from tasks.plans.reading.errors import ReadError
from tasks.plans.reading.reader import text_hash
from tasks.plans.structure import to_json
from tasks.submissions.models import Version
from tasks.transitions import Transition, check_states, move

REASON_LIMIT = 500
_KINDS = {Format.PDF: PDF, Format.WORD: DOCX, Format.EXCEL: XLSX}
_PLAIN = Kind("text/plain", "", (".txt",))


# -- uploading ------------------------------------------------------------------------------------------------


def upload(
    *, by: User, upload: "File[Any]", columns: Sequence[Column] = (), now: datetime | None = None
) -> PlanImport:
    """Take a document in: extract its text, read it, and replay the corrections of the last import of the same document.
    `columns` are those of its table as the office named them (tasks.ledgers).

    Raises Problems on the field `document`, with one sentence; then nothing is kept.
    """
    _check_may_import(by)
    content = upload.read()
    name = clean_name(upload.name or "")
    document = extract(name, content)
    started = perf_counter()
    try:
        found = read_document(document, columns)
    except ReadError as error:
        raise Problems([Problem("document", str(error))]) from error
    seconds = perf_counter() - started
    digest = text_hash(document.text)
    _refuse_twice(by, digest)
    before = earlier_import(by, digest, found)
    moment = now or clock.now()
    try:
        with transaction.atomic():
            (file,) = store(by=by, checked=[_checked(name, content, document)], now=moment)
            row = PlanImport.objects.create(
                file=file,
                text=document.text,
                text_sha256=digest,
                places=[[mark.start, str(mark.place)] for mark in document.marks],
                structure=json.loads(to_json(found)),
                seconds=round(seconds, 2),
                jurisdiction_id=own_jurisdiction(by),
                uploaded_by=by,
                uploaded_at=moment,
                replayed_from=before,
            )
            record(
                by=by,
                verb=UPLOAD.verb,
                subject=row,
                to_state=UPLOAD.target,
                data={"file": name, "sha256": document.sha256, "text_sha256": digest},
                at=moment,
            )
            if before is not None:
                _replay(row, before)
    except IntegrityError as error:  # the same text twice at once
        _refuse_twice(by, digest)
        raise Conflict(_("这份文件刚刚由别人上传，请刷新页面。")) from error
    return row


def _checked(name: str, content: bytes, document: Document) -> Checked:
    kind = _KINDS.get(document.format, _PLAIN)
    return Checked(name, ContentFile(content), kind, len(content), document.sha256)


def _refuse_twice(by: User, digest: str) -> None:
    if plan := loaded_with(digest):
        raise Problems(
            [
                Problem(
                    "document",
                    _("这份方案已在用：“%(title)s”，原文一字不差，不必再导入。") % {"title": plan.title},
                )
            ]
        )
    waiting = PlanImport.objects.filter(
        text_sha256=digest, state__in=[ImportState.OPEN, ImportState.SUBMITTED]
    ).first()
    if waiting and not PlanImport.objects.filter(permissions.imports_shown_to(by), pk=waiting.pk).exists():
        raise Problems([Problem("document", _("这份文件正由另一地区的办公室导入。"))])
    if waiting:
        raise Problems(
            [
                Problem(
                    "document",
                    _("这份文件已由%(who)s上传（第%(number)d号导入，%(state)s），请到那里继续。")
                    % {
                        "who": waiting.uploaded_by,
                        "number": waiting.pk,
                        "state": ImportState(waiting.state).label,
                    },
                )
            ]
        )


def _replay(row: PlanImport, before: PlanImport) -> None:
    """Copy the edits of the earlier import that hold in this text, each under the name of who made it."""
    rows = list(before.edits.order_by("number"))
    undone = {one.content.get("edit") for one in rows if one.content.get("op") == "undo"}
    kept = [one for one in rows if one.content.get("op") != "undo" and one.number not in undone]
    failed = {
        failure.number for failure in apply(row.text, row.found, [one.content for one in kept]).failures
    }
    ImportEdit.objects.bulk_create(
        ImportEdit(
            plan_import=row, number=number, content=one.content, by_id=one.by_id, at=one.at, replayed=True
        )
        for number, one in enumerate((one for number, one in enumerate(kept, 1) if number not in failed), 1)
    )


# -- editing --------------------------------------------------------------------------------------------------


@transaction.atomic
def add_edits(
    *, by: User, plan_import: PlanImport, edits: Sequence[Mapping[str, Any]], now: datetime | None = None
) -> None:
    """Append edits, all or none. Raises Problems with the sentence of the first that does not fit the present state."""
    _check_may_import(by)
    row = locked(by, plan_import)
    if row.state != ImportState.OPEN:
        raise Conflict(state_sentence(row))
    if not edits:
        return
    moment = now or clock.now()
    contents = list(row.edits.order_by("number").values_list("content", flat=True))
    first = len(contents) + 1
    failures = apply(row.text, row.found, [*contents, *edits]).failures
    if refused := [failure for failure in failures if failure.number >= first]:
        raise Problems([Problem("", failure.reason) for failure in refused])
    ImportEdit.objects.bulk_create(
        ImportEdit(plan_import=row, number=number, content=dict(edit), by=by, at=moment)
        for number, edit in enumerate(edits, first)
    )
    record(
        by=by,
        verb="planimport.edit",
        subject=row,
        data={"edits": [edit["op"] for edit in edits], "first": first},
        at=moment,
    )


@transaction.atomic
def undo_last(*, by: User, plan_import: PlanImport, now: datetime | None = None) -> None:
    """Take back the last edit that still holds. Raises Problems where there is none."""
    contents = list(plan_import.edits.order_by("number").values_list("number", "content"))
    undone = {content.get("edit") for _n, content in contents if content.get("op") == "undo"}
    live = [n for n, content in contents if content.get("op") != "undo" and n not in undone]
    if not live:
        raise Problems([Problem("", _("没有可以撤销的更正。"))])
    add_edits(by=by, plan_import=plan_import, edits=[{"op": "undo", "edit": live[-1]}], now=now)


# -- handing on, deciding ---------------------------------------------------------------------------------------


@transaction.atomic
def submit(*, by: User, plan_import: PlanImport, now: datetime | None = None) -> PlanImport:
    """Hand the import to a second person. Raises Problems while a question is open or the plan cannot be loaded."""
    _check_may_import(by)
    row = _in_state(by, plan_import, SUBMIT)
    now_read = current(row)
    if now_read.questions.open:
        told = _("还有%(count)d处待确定，请逐处答复；暂时定不了的，选“放着”并写明理由。")
        raise Problems([Problem("", told % {"count": len(now_read.questions.open)})])
    moment = now or clock.now()
    _try_load(row, now_read, by, moment)
    return _move(row, SUBMIT, by, moment, "", submitted_by=by, submitted_at=moment)


@transaction.atomic
def reopen(*, by: User, plan_import: PlanImport, note: str, now: datetime | None = None) -> PlanImport:
    """Send the import back for correction, or take it back oneself; with a reason, unless it is one's own."""
    _check_may_import(by)
    row = _in_state(by, plan_import, REOPEN)
    text = _reason(note, required=by.pk != row.submitted_by_id)
    return _move(row, REOPEN, by, now or clock.now(), text)


@transaction.atomic
def discard(*, by: User, plan_import: PlanImport, note: str, now: datetime | None = None) -> PlanImport:
    """Give the import up. Its document and corrections stay on record."""
    _check_may_import(by)
    row = _in_state(by, plan_import, DISCARD)
    return _move(row, DISCARD, by, now or clock.now(), _reason(note))


@transaction.atomic
def confirm(*, by: User, plan_import: PlanImport, now: datetime | None = None) -> PlanImport:
    """Load the plan as it was corrected, on the consent of a second person."""
    _check_may_import(by)
    row = _in_state(by, plan_import, CONFIRM)
    if not permissions.may_confirm(by, row):
        raise PermissionDenied(_("方案须由没有参与上传和核对的另一个人确认。"))
    if plan := loaded_with(row.text_sha256):
        raise Conflict(_("这份方案已在用：“%(title)s”，不能再导入一次。") % {"title": plan.title})
    moment = now or clock.now()
    values: dict[str, Any] = {}
    if row.edition_of:
        plan = row.edition_of
        values["outcome"] = carry_over(
            row=row, by=by, proposer=row.submitted_by or row.uploaded_by, now=moment
        )
    else:
        plan = _load(current(row))
        values["slug"] = plan.slug
    return _move(row, CONFIRM, by, moment, "", plan=plan, decided_by=by, decided_at=moment, **values)


def _load(now_read: Current) -> Plan:
    """Load the plan in the caller's transaction. Raises Problems with sentences."""
    source = now_read.source()
    if Plan.everything.filter(slug=source.slug).exists():
        raise Conflict(_("代号“%(slug)s”刚被别的方案使用，请刷新页面后再试。") % {"slug": source.slug})
    return load_source(source)


def _try_load(row: PlanImport, now_read: Current, by: User, moment: datetime) -> None:
    """Load the plan and take it back at once: what cannot be loaded is said before a second person is asked. An edition
    is compared: each of its adjustments is tried when it is approved."""
    if row.edition_of:
        try_over(row=row, by=by, now=moment)
        return
    try:
        with transaction.atomic():
            _load(now_read)
            raise _Undone
    except _Undone:
        return


class _Undone(Exception):
    """Rolls a trial load back."""


# -- taking a plan back -----------------------------------------------------------------------------------------


@transaction.atomic
def ask_back(*, by: User, plan_import: PlanImport, note: str, now: datetime | None = None) -> PlanImport:
    """Ask to take the loaded plan back whole; another person consents. Possible until the first return is filed."""
    _check_may_import(by)
    row = _in_state(by, plan_import, ASK_BACK)
    if row.edition_of_id:
        raise Problems([Problem("", _("修订不能整体撤回：各项调整已经生效。个别内容请通过“调整”更正。"))])
    _refuse_if_filed(row.plan_id)
    return _move(row, ASK_BACK, by, now or clock.now(), _reason(note), withdrawal_by=by)


@transaction.atomic
def keep(*, by: User, plan_import: PlanImport, now: datetime | None = None) -> PlanImport:
    """Do not take the plan back: the second person disagrees, or the first changed their mind."""
    _check_may_import(by)
    row = _in_state(by, plan_import, KEEP)
    return _move(row, KEEP, by, now or clock.now(), "", withdrawal_by=None)


@transaction.atomic
def take_back(*, by: User, plan_import: PlanImport, now: datetime | None = None) -> PlanImport:
    """Consent to taking the plan back, as a second person."""
    _check_may_import(by)
    row = _in_state(by, plan_import, TAKE_BACK)
    if not permissions.may_confirm_withdrawal(by, row):
        raise PermissionDenied(_("撤回须由申请人以外的另一个人同意。"))
    moment = now or clock.now()
    plan = Plan.everything.get(imports=row.pk)
    withdraw_plan(plan=plan, by=by, reason=row.note, now=moment)
    return _move(row, TAKE_BACK, by, moment, "")


@transaction.atomic
def withdraw_plan(*, plan: Plan, by: User | None, reason: str, now: datetime | None = None) -> Plan:
    """Take a plan off the site: no page shows it, nobody owes anything for it, and its slug is free again. No row is
    deleted. Checks no permission: callers are `take_back` and the command. Raises Problems once a return was filed."""
    in_order([plan.pk])
    moment = now or clock.now()
    _refuse_if_filed(plan.pk)
    slug = plan.slug
    # No new slug can have an underscore, so that this one is never in the way.
    changed = Plan.objects.filter(pk=plan.pk).update(
        state=PlanState.WITHDRAWN, is_default=False, slug=f"{slug[:40]}_withdrawn_{plan.pk}"
    )
    if not changed:
        raise Conflict(_("这份方案已经撤回。"))
    for model in (Responsibility, Target, TaskTerm):
        of_plan = {"plan": plan} if model is Target else {"task__plan": plan}
        held = model._default_manager.filter(known__endswith__isnull=True, **of_plan)
        held.update(
            known=models.Func(
                models.Func(models.F("known"), function="lower"),
                models.Func(
                    models.Value(moment),
                    models.Func(models.F("known"), function="lower"),
                    function="greatest",
                ),
                function="tstzrange",
            )
        )
    record(
        by=by,
        verb="plan.withdraw",
        subject=plan,
        from_state=PlanState.IN_USE,
        to_state=PlanState.WITHDRAWN,
        note=reason,
        data={"slug": slug},
        at=moment,
    )
    plan.refresh_from_db(from_queryset=Plan.everything.all())
    return plan


def _refuse_if_filed(plan_id: int | None) -> None:
    if Version.objects.filter(task__plan=plan_id, backfill__isnull=False).exists():
        raise Problems([Problem("", _("方案里有台账补录。请先在“台账”页撤销补录，再申请撤回方案。"))])
    if Version.objects.filter(task__plan=plan_id).exists():
        raise Problems([Problem("", _("已有单位报送了填报，方案不能整体撤回。个别内容请通过“调整”更正。"))])


@transaction.atomic
def set_default(*, by: User, plan: Plan, now: datetime | None = None) -> None:
    """Make it the plan on which the site opens."""
    _check_may_import(by)
    list(Plan.objects.select_for_update().order_by("pk").values_list("pk", flat=True))  # one choice at a time
    if plan.is_default:
        return
    Plan.objects.filter(is_default=True).update(is_default=False)
    if not Plan.objects.filter(pk=plan.pk).update(is_default=True):
        raise Conflict(_("这份方案已经撤回，不能设为默认。"))
    record(by=by, verb="plan.default", subject=plan, note=plan.title, at=now or clock.now())


# -- shared -------------------------------------------------------------------------------------------------------


def _check_may_import(by: User) -> None:
    if not permissions.may_import(by):
        raise PermissionDenied(_("方案由领导小组办公室导入。"))


def _in_state(by: User, plan_import: PlanImport, transition: Transition) -> PlanImport:
    row = locked(by, plan_import)
    check_states([row], transition, state_sentence)
    return row


def _move(
    row: PlanImport, transition: Transition, by: User, moment: datetime, note: str, **values: object
) -> PlanImport:
    if note:
        values["note"] = note
    move([row], transition, by=by, at=moment, note=note, values=values)
    return row


def _reason(note: str, *, required: bool = True) -> str:
    text = note.strip()
    if required and not text:
        raise Problems([Problem("note", _("请写明理由。"))])
    if len(text) > REASON_LIMIT:
        raise Problems([Problem("note", _("最多 %(n)d 字。") % {"n": REASON_LIMIT})])
    return text


# -- by name, for form and API -----------------------------------------------------------------------------------

_PLAIN_ACTS: dict[str, Callable[..., PlanImport]] = {
    "submit": submit,
    "confirm": confirm,
    "keep": keep,
    "take_back": take_back,
}
_NOTED_ACTS: dict[str, Callable[..., PlanImport]] = {
    "reopen": reopen,
    "discard": discard,
    "ask_back": ask_back,
}
ACTS = (*_PLAIN_ACTS, *_NOTED_ACTS)


def act(*, by: User, plan_import: PlanImport, action: str, note: str = "") -> PlanImport:
    """The act of this name. Raises Problems where there is none."""
    if plain := _PLAIN_ACTS.get(action):
        return plain(by=by, plan_import=plan_import)
    if noted := _NOTED_ACTS.get(action):
        return noted(by=by, plan_import=plan_import, note=note)
    raise Problems([Problem("action", _("请选一项。"))])
