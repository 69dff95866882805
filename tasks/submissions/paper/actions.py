"""What is signed on paper comes in: a reporter hands in the scan of what the agency's head signed, and a person of the office
records it; or the office enters an agency's sealed paper or Excel itself 代录.

Who records never decides: the version is submitted under their name, and nobody decides what they submitted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files import File
from django.db import transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.audit.log import Entry, record_all
from tasks.cycles.lateness import is_day_late
from tasks.errors import Conflict, Problem, Problems
from tasks.files import actions as files
from tasks.people.models import User
from tasks.people.permissions import may_decide_for, may_file
from tasks.people.queries import office_agency_ids
from tasks.submissions.actions import file_rows
from tasks.submissions.announcements import Announcement, What, announce
from tasks.submissions.models import Channel, State, Submission, Version
from tasks.submissions.paper.models import PaperKind, PaperOffer, PaperRecord
from tasks.submissions.transitions import EDITABLE, check_open_rows, lock

SIGNER, NUMBER = 60, 60  # characters


@dataclass(frozen=True)
class PaperInput:
    """Who signed, on which day, under which number."""

    signer: str
    signed_on: date
    doc_number: str = ""


# -- who ----------------------------------------------------------------------------------------------------


def may_record_for(user: User, agency_id: int, *plan_ids: int) -> bool:
    """Record and enter what that agency signed on paper for one of these plans, or for any: who decides for it, so nobody
    of the agency; for the agency of the office the second reviewers."""
    return may_decide_for(user, agency_id, office_agency_ids(*plan_ids))


def own_drafts(agency_id: int) -> int:
    """How many drafts the agency's own people hold in periods that are not closed: those are theirs alone to see, so the
    office enters nothing for the agency until they are submitted."""
    drafts = Submission.objects.filter(
        agency=agency_id, state__in=[*EDITABLE, State.HANDED], cycle__closes_at__gt=clock.now()
    ).select_related("saved_by", "saved_by__agency")
    return sum(agency_id in row.saved_by.serves for row in drafts)


def check_may_enter(user: User, agency_id: int, *plan_ids: int) -> None:
    """Raise PermissionDenied unless the person may enter the agency's paper now, Conflict while it writes itself."""
    if not may_record_for(user, agency_id, *plan_ids):
        raise PermissionDenied(
            _("代录由领导小组办公室办理；办公室所在单位的由复核人办理，本单位的不能自录。")
        )
    count = own_drafts(agency_id)
    if count:
        raise Conflict(
            _("这个单位自己有 %(n)d 件草稿没有提交，草稿只有本单位看得到；请由其提交，或清空后再代录。")
            % {"n": count}
        )


# -- handing in and recording -------------------------------------------------------------------------------


@transaction.atomic
def offer(
    *,
    by: User,
    submissions: Sequence[int],
    paper: PaperInput,
    uploads: "Sequence[File[Any]]",
    now: datetime | None = None,
) -> list[PaperOffer]:
    """A reporter hands in the scan of what the agency's head signed, of submissions that wait for approval."""
    checked = _checked(paper, uploads)
    rows = lock(submissions)
    if not may_file(by) or by.enters or any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("只能上传本单位的签批件。"))
    moment = now or clock.now()
    for row in rows:
        if row.state != State.HANDED:
            raise Conflict(
                _("%(code)s 没有待签批：请先交签批人，打印送签稿，签字后再上传。") % {"code": row.task.code}
            )
    check_open_rows(rows, moment)
    (stored,) = files.store(by=by, checked=checked, now=moment)
    made = PaperOffer.objects.bulk_create(
        PaperOffer(
            submission=row,
            revision=row.revision,
            offered_by=by,
            offered_at=moment,
            file=stored,
            **_values(paper),
        )
        for row in rows
    )
    _record("return.offer", rows, by, moment, paper.signer)
    return made


def waiting_offers() -> list[PaperOffer]:
    """The last offer of each submission that still stands as it was signed and waits for approval. One query."""
    rows = (
        PaperOffer.objects.filter(submission__state=State.HANDED)
        .order_by("submission_id", "-id")
        .distinct("submission_id")
        .select_related("submission__task__plan", "submission__agency", "file", "offered_by")
        .defer("submission__task__plan__text")
    )
    return [row for row in rows if row.revision == row.submission.revision]


@transaction.atomic
def record_offers(*, by: User, offers: Sequence[int], now: datetime | None = None) -> list[Version]:
    """A person of the office, who did not hand it in and is not of the agency, records what its head signed on paper;
    each submission becomes a version 线下签批."""
    found = list(PaperOffer.objects.filter(pk__in=offers).order_by("pk"))
    if len(found) != len(set(offers)) or not found:
        raise PermissionDenied(_("没有这份签批件。"))
    rows = {row.pk: row for row in lock([one.submission_id for one in found])}
    for one in found:
        row = rows[one.submission_id]
        if not may_record_for(by.at(row.cycle.plan_id), row.agency_id, row.cycle.plan_id):
            raise PermissionDenied(_("线下签批由领导小组办公室的人录入，本单位的不能自录。"))
        if one.offered_by_id == by.pk:
            raise PermissionDenied(_("自己上传的签批件，须由另一个人录入。"))
        if row.state != State.HANDED or one.revision != row.revision:
            raise Conflict(
                _("%(code)s 在签字之后改动过或已经办理，请由单位重新打印、签字、上传。")
                % {"code": row.task.code}
            )
    moment = now or clock.now()
    versions = []
    for agency_id in sorted({row.agency_id for row in rows.values()}):
        own = [row for row in rows.values() if row.agency_id == agency_id]
        versions += file_rows(own, by, moment, Channel.PAPER)
    of = {version.submission_id: version for version in versions}
    _keep(
        [
            PaperRecord(
                kind=PaperKind.APPROVAL,
                version=of[one.submission_id],
                signer=one.signer,
                signed_on=one.signed_on,
                doc_number=one.doc_number,
                file_id=one.file_id,
                signer_agency_id=rows[one.submission_id].agency_id,
                offer=one,
                offered_by_id=one.offered_by_id,
            )
            for one in found
        ],
        by,
        moment,
    )
    _tell(versions, rows, by, moment, _("线下签批"))
    return versions


# -- entering -----------------------------------------------------------------------------------------------


@transaction.atomic
def enter(
    *,
    by: User,
    submissions: Sequence[int],
    paper: PaperInput,
    uploads: "Sequence[File[Any]]",
    now: datetime | None = None,
) -> list[Version]:
    """The office submits what it has entered of an agency's sealed paper or Excel; `by` is the copy that acts for the
    agency. The scan is compulsory."""
    checked = _checked(paper, uploads)
    if not by.enters or by.agency_id is None:
        raise PermissionDenied(_("请先选定代录的单位。"))
    rows = lock(submissions)
    plan_ids = {row.cycle.plan_id for row in rows}
    check_may_enter(User.objects.get(pk=by.pk).at(*plan_ids), by.agency_id, *plan_ids)
    if any(row.agency_id != by.agency_id for row in rows):
        raise PermissionDenied(_("只能提交所代录单位的填报。"))
    moment = now or clock.now()
    versions = file_rows(rows, by, moment, Channel.ENTERED)
    (stored,) = files.store(by=by, checked=checked, now=moment)
    _keep(
        [
            PaperRecord(
                kind=PaperKind.ENTRY,
                version=version,
                file=stored,
                signer_agency_id=version.agency_id,
                **_values(paper),
            )
            for version in versions
        ],
        by,
        moment,
    )
    _tell(versions, {row.pk: row for row in rows}, by, moment, _("代录"))
    return versions


# -- shared -------------------------------------------------------------------------------------------------


def checked_paper(paper: PaperInput, uploads: "Sequence[File[Any]]") -> list[files.Checked]:
    """The scan, checked. Raises Problems on the fields of who signed, when and of the scan."""
    return _checked(paper, uploads)


def _checked(paper: PaperInput, uploads: "Sequence[File[Any]]") -> list[files.Checked]:
    problems = []
    if not paper.signer.strip():
        problems.append(Problem("signer", _("请填写签字人。")))
    elif len(paper.signer) > SIGNER:
        problems.append(Problem("signer", _("最多 %(n)d 字。") % {"n": SIGNER}))
    if len(paper.doc_number) > NUMBER:
        problems.append(Problem("doc_number", _("最多 %(n)d 字。") % {"n": NUMBER}))
    if is_day_late(paper.signed_on, clock.today()):
        problems.append(Problem("signed_on", _("签字日期不能晚于今天。")))
    if len(uploads) != 1:
        problems.append(Problem("scan", _("请上传一份签字盖章的扫描件：PDF 或图片。")))
    if problems:
        raise Problems(problems)
    checked = files.check(uploads, field="scan")
    kind = checked[0].kind.media_type
    if kind != "application/pdf" and not kind.startswith("image/"):
        raise Problems([Problem("scan", _("“%(name)s”不是 PDF 或图片。") % {"name": checked[0].name})])
    return checked


def _values(paper: PaperInput) -> dict[str, Any]:
    return {
        "signer": paper.signer.strip(),
        "signed_on": paper.signed_on,
        "doc_number": paper.doc_number.strip(),
    }


def _keep(records: Sequence[PaperRecord], by: User, moment: datetime) -> None:
    for record in records:
        record.recorded_by, record.recorded_at = by, moment
    PaperRecord.objects.bulk_create(records)


def _record(verb: str, rows: Sequence[Submission], by: User, moment: datetime, note: str) -> None:
    record_all([Entry(verb, row, note=note) for row in rows], by=by, at=moment)


def _tell(
    versions: Sequence[Version], rows: dict[int, Submission], by: User, moment: datetime, what: str
) -> None:
    _record("return.paper", [rows[one.submission_id] for one in versions], by, moment, what)
    for version in versions:
        version.submission = rows[version.submission_id]
    announce([Announcement(What.ENTERED, version, by, what) for version in versions], moment)
