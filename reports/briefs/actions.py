"""The write path of one brief: request, freeze, issue, supersede, withdraw, discard. `text_actions` amends its texts,
`set_actions` requests, stops and discards whole sets; all of them share `transitions`.

Every function is keyword-only, takes the actor `by` (None is the system itself), checks permission and state once,
changes state by one conditional UPDATE and writes the record in the same transaction. It raises PermissionDenied,
Conflict (the state has moved on) or Problems (the input), and then nothing was written.

Nothing here makes a PDF: `issue` gives number, edition, date and code, a job sets the PDF that carries them, and
`publish` stores it. Until then the number is taken, so that a render that fails leaves no gap.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs import kinds, transitions
from reports.briefs.handover_actions import tell_withdrawn
from reports.briefs.models import (
    CODE_LENGTH,
    NUMBERED,
    Brief,
    BriefFile,
    BriefKind,
    BriefState,
    BriefText,
    Download,
)
from reports.briefs.queries import imprint_of, next_number
from reports.briefs.subscriptions import tell_subscribers
from reports.briefs.transitions import check_may, check_reason, discard_locked, state_sentence
from reports.canonical import sha256
from tasks.audit.log import record, record_all
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.queries import words_of
from tasks.people.models import User
from tasks.people.queries import is_sample_database
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.values import Period

# Crockford's digits: no I, L, O or U, so that a code survives being read aloud and typed in.
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True)
class Made:
    """A finished PDF, what it took, and {character: the words around it} of what it prints as 〓."""

    pdf: bytes
    pages: int
    seconds: float
    unprintable: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def ask(
    *,
    by: User | None,
    plan: Plan,
    quarter: Period,
    kind: str = BriefKind.PLAN,
    scope: str = "",
    known_at: datetime | None = None,
    now: datetime | None = None,
) -> Brief:
    """A new brief of a quarter that is over, as known at a moment (default: now). `scope` says of which part of the
    plan, where the kind speaks of one (reports.briefs.kinds.scopes)."""
    check_may(by)
    moment = now or clock.now()
    problems = []
    if quarter.kind is not plan.kind:
        problems.append(Problem("quarter", plan.why_not(quarter)))
    elif not plan.has(quarter):
        problems.append(Problem("quarter", _("%(quarter)s不在方案有效期内。") % {"quarter": quarter.label}))
    elif quarter.last_day >= timezone.localdate(moment, timezone.get_default_timezone()):
        problems.append(
            Problem("quarter", _("%(quarter)s尚未结束，不能生成简报。") % {"quarter": quarter.label})
        )
    found = kinds.find_scope(plan, quarter, kind, scope) if not problems else None
    if not problems and found is None:
        problems.append(Problem("kind", _("%(quarter)s没有这种简报。") % {"quarter": quarter.label}))
    if known_at is not None and known_at > moment:
        problems.append(Problem("known_at", _("数据提取时间不能晚于现在。")))
    if known_at is not None and known_at < start_of(quarter):
        problems.append(Problem("known_at", _("数据提取时间不能早于该季度。")))
    if problems or found is None:
        raise Problems(problems)
    brief = Brief.objects.create(
        plan=plan,
        quarter=quarter,
        kind=found.kind,
        scope=found.ref,
        scope_name=found.name,
        known_at=known_at or moment,
        asked_at=moment,
        asked_by=by,
        is_sample=is_sample_database(),
    )
    record(by=by, verb="brief.ask", subject=brief, to_state=BriefState.ASKED, at=moment)
    return brief


def attach_jobs(*, jobs: Mapping[Brief, Any]) -> None:
    """The job of each of these briefs, which the caller has just issued and so holds. One query."""
    for brief, job in jobs.items():
        brief.job = job
    Brief.objects.bulk_update(jobs, ["job"])


@transaction.atomic
def attach_job(*, brief: Brief, job_id: UUID) -> None:
    """The job that works on the brief, for its page. The one before must have ended: two would do the work twice."""
    if not Brief.objects.filter(pk=brief.pk, job=brief.job_id).update(job=job_id):
        raise Conflict(_("这份简报已有人要求重新生成，请刷新页面。"))
    brief.job_id = job_id


def hold(*, brief: Brief) -> Brief:
    """Lock the brief for the effect of its job, and give it as it stands. One that was asked for again meanwhile belongs
    to the later job, and one that was stopped or discarded to none: what was made is what nobody wants any more."""
    return Brief.objects.select_for_update().defer("figures").get(pk=brief.pk)


@transaction.atomic
def freeze(*, brief: Brief, figures: bytes, made: Made, now: datetime | None = None) -> BriefFile:
    """ASKED → DRAFT: keep the figures, for good, and the draft's PDF."""
    moment = now or clock.now()
    transitions.change(
        brief,
        transitions.FREEZE,
        figures=figures.decode(),
        figures_sha256=sha256(figures),
        frozen_at=moment,
    )
    file = _keep(brief, made, issued=False, moment=moment)
    record_all(
        [
            transitions.entry(
                brief,
                transitions.FREEZE,
                data={"figures": brief.figures_sha256, "pdf": file.sha256},
            )
        ],
        by=None,
        at=moment,
    )
    return file


@transaction.atomic
def fail(*, brief: Brief, job_id: UUID | None, reason: str, now: datetime | None = None) -> None:
    """ASKED → FAILED, with the reason for the record. A brief that is being issued stays so: it keeps its number and
    can be tried again. Nothing becomes of it when by now another job works on the brief, or nobody wants it."""
    moment = now or clock.now()
    of_job = Brief.objects.filter(pk=brief.pk, job=job_id)
    if of_job.filter(state__in=transitions.FAIL.sources).update(state=transitions.FAIL.target):
        brief.state = BriefState.FAILED
        record_all([transitions.entry(brief, transitions.FAIL, note=reason)], by=None, at=moment)
    elif of_job.filter(state=BriefState.ISSUING).exists():
        record(by=None, verb="brief.render_failed", subject=brief, note=reason, at=moment)


@transaction.atomic
def retry(*, by: User | None, brief: Brief, now: datetime | None = None) -> None:
    """Allow what failed to be tried again: FAILED → ASKED, or ISSUING or DRAFT whose job has failed. The caller
    attaches the new job, which settles who was first when two people try again at once."""
    check_may(by)
    moment = now or clock.now()
    job_failed = brief.job is not None and brief.job.state == "failed"
    if brief.state in (BriefState.ISSUING, BriefState.DRAFT) and job_failed:
        # A draft can have been discarded since it was read.
        if not Brief.objects.select_for_update().filter(pk=brief.pk, state=brief.state).exists():
            raise Conflict(state_sentence(brief))
        record(by=by, verb=transitions.RETRY.verb, subject=brief, at=moment)
    elif brief.state != BriefState.ISSUING:
        transitions.move(brief, transitions.RETRY, by=by, at=moment)
    else:
        raise Conflict(_("%(label)s正在印发，请等它完成。") % {"label": brief.reference})


@transaction.atomic
def redraft(*, brief: Brief, made: Made, now: datetime | None = None) -> BriefFile:
    """Keep the draft set anew from the same figures and the words that hold now."""
    if not Brief.objects.select_for_update().filter(pk=brief.pk, state=BriefState.DRAFT).exists():
        raise Conflict(state_sentence(brief))
    return _keep(brief, made, issued=False, moment=now or clock.now())


@transaction.atomic
def issue(*, by: User | None, brief: Brief, now: datetime | None = None) -> Brief:
    """DRAFT → ISSUING: give it number, edition, date and code.

    The first brief of a quarter takes the year's next number of its kind, and the kind's next number of all
    (`queries.next_number`). A later one of the same quarter is a correction: it takes the number of the edition before it
    and the next edition, whether that edition is in force or withdrawn.
    """
    for _brief, refusal in issue_all(by=by, briefs=[brief], now=now).left_out:
        raise refusal
    return brief


@dataclass(frozen=True)
class Issued:
    """The briefs that have their number now, and (brief, why it has none)."""

    briefs: list[Brief]
    left_out: list[tuple[Brief, Conflict | PermissionDenied]]


@transaction.atomic
def issue_all(*, by: User | None, briefs: Sequence[Brief], now: datetime | None = None) -> Issued:
    """`issue` for briefs of one plan and quarter, in their order; those that may not be issued are left out. The queries do
    not grow with the number of briefs, but for the sentence about one that somebody else was faster with."""
    check_may(by)
    moment = now or clock.now()
    # One at a time for each plan, so that numbers follow one another without a gap.
    in_order(sorted({brief.plan_id for brief in briefs}))
    found = Brief.objects.select_for_update(of=("self",)).filter(pk__in=[brief.pk for brief in briefs])
    drafts = found.filter(state=BriefState.DRAFT).select_related("job").defer("figures")
    job_states = {draft.pk: draft.job.state if draft.job else "" for draft in drafts}
    amended = BriefText.objects.filter(brief__in=job_states, by=by).values_list("brief_id", flat=True)
    own_words = set(amended) if by is not None else set()
    editions = _editions_before(briefs)
    words = words_of(briefs[0].plan_id) if briefs else None
    numbers = _Numbers(timezone.localtime(moment, timezone.get_default_timezone()).year)
    issued: list[Brief] = []
    left_out: list[tuple[Brief, Conflict | PermissionDenied]] = []
    entries = []
    for brief in briefs:
        before = editions.get((brief.kind, brief.scope))
        refusal = _why_not(brief, before, job_states.get(brief.pk), is_own=brief.pk in own_words)
        if refusal is not None or words is None:
            left_out.append((brief, refusal or Conflict(state_sentence(brief))))
            continue
        numbers.give(brief, before)
        brief.office, brief.wording = words.office, words.wording.frozen()
        brief.imprint = imprint_of(brief.kind, words)
        brief.code = verification_code(brief, f"{brief.year}/{brief.number or brief.scope}/{brief.edition}")
        brief.issued_at, brief.issued_by, brief.supersedes = moment, by, before
        brief.state = transitions.ISSUE.target
        issued.append(brief)
        data: dict[str, object] = {"year": brief.year, "number": brief.number, "edition": brief.edition}
        entries.append(transitions.entry(brief, transitions.ISSUE, data=data))
    sources = Brief.objects.filter(state__in=transitions.ISSUE.sources)
    if issued and sources.bulk_update(issued, _GIVEN) != len(issued):
        raise Conflict(_("状态刚刚被别人改变，请刷新页面。"))
    record_all(entries, by=by, at=moment)
    return Issued(issued, left_out)


# What issuing gives a brief.
_GIVEN = (
    "state", "year", "number", "total", "edition", "office", "wording", "imprint", "code", "issued_at", "issued_by", "supersedes",
)  # fmt: skip


def _editions_before(briefs: Sequence[Brief]) -> dict[tuple[str, str], Brief]:
    """{(kind, scope): the latest edition of what these briefs speak of}; they are of one plan and quarter. One query."""
    numbered = Brief.objects.filter(
        plan__in={brief.plan_id for brief in briefs},
        quarter__in={brief.quarter for brief in briefs},
        state__in=NUMBERED,
    )
    return {(one.kind, one.scope): one for one in numbered.defer("figures").order_by("edition")}


def _why_not(
    brief: Brief, before: Brief | None, job_state: str | None, *, is_own: bool
) -> Conflict | PermissionDenied | None:
    """Why a brief is not issued. The draft's file must say the words that hold: what was amended and cannot be set would
    take a number that it can never carry, and what is still being set nobody has read. `job_state` is None where it is no
    draft any more."""
    if is_own:
        return PermissionDenied(_("改过文字的人不能签发同一份简报，请办公室的另一位同事核对后印发。"))
    if job_state is None:
        return Conflict(state_sentence(brief))
    if job_state == "failed":
        return Conflict(_("修改后的草稿没有排成，不能印发；请看页上的原因，改好文字后再印发。"))
    if job_state in ("queued", "running"):
        return Conflict(_("草稿正在按修改后的文字重排，请等它完成、核对后再印发。"))
    if before is not None and before.state == BriefState.ISSUING:
        return Conflict(_("%(label)s正在印发，请等它完成。") % {"label": before.reference})
    if before is not None and brief.known_at < before.known_at:
        return Conflict(
            _("这份草稿的数据早于已印发的%(label)s，不能取代它；请重新生成。") % {"label": before.reference}
        )
    return None


@dataclass
class _Numbers:
    """The numbers that follow, by kind; read once for each kind while the plan's lock is held."""

    year: int
    following: dict[str, tuple[int, int]] = field(default_factory=dict)

    def give(self, brief: Brief, before: Brief | None) -> None:
        """Number and edition: those of a correction, or the next ones of the kind."""
        if before is not None:
            brief.year, brief.number, brief.total = before.year, before.number, before.total
            brief.edition = (before.edition or 0) + 1
            return
        brief.year, brief.number, brief.total, brief.edition = self.year, None, None, 1
        if not kinds.KINDS[brief.kind].is_numbered:
            return
        if brief.kind not in self.following:
            found = next_number(brief.plan_id, brief.kind, self.year)
            self.following[brief.kind] = (found.number, found.total)
        brief.number, brief.total = self.following[brief.kind]
        self.following[brief.kind] = (brief.number + 1, brief.total + 1)


@transaction.atomic
def publish(*, brief: Brief, made: Made, now: datetime | None = None) -> BriefFile:
    """ISSUING → ISSUED: keep the PDF that carries the number; the edition before it, if in force, is superseded."""
    in_order([brief.plan_id])
    moment = now or clock.now()
    entries = []
    if brief.supersedes_id is not None:
        old = Brief.objects.defer("figures").get(pk=brief.supersedes_id)
        # An edition that was withdrawn, before or meanwhile, stays withdrawn.
        in_force = Brief.objects.filter(pk=old.pk, state__in=transitions.SUPERSEDE.sources)
        if in_force.update(state=transitions.SUPERSEDE.target):
            entries.append(transitions.entry(old, transitions.SUPERSEDE, note=brief.reference))
    transitions.change(brief, transitions.PUBLISH)
    file = _keep(brief, made, issued=True, moment=moment)
    entries.append(transitions.entry(brief, transitions.PUBLISH, data={"pdf": file.sha256}))
    record_all(entries, by=brief.issued_by, at=moment)
    tell_subscribers(brief=brief, withdrawn=False, now=moment)
    return file


@transaction.atomic
def withdraw(*, by: User | None, brief: Brief, reason: str, now: datetime | None = None) -> None:
    """ISSUED → WITHDRAWN, with the reason. Number and file stay; verification says that it was withdrawn."""
    check_may(by)
    check_reason(reason, _("请写明撤回理由。"))
    in_order([brief.plan_id])
    moment = now or clock.now()
    transitions.move(
        brief,
        transitions.WITHDRAW,
        by=by,
        at=moment,
        note=reason.strip(),
        withdrawn_at=moment,
        withdrawn_by=by,
        withdrawn_reason=reason.strip(),
    )
    tell_subscribers(brief=brief, withdrawn=True, now=moment)
    tell_withdrawn(brief=brief, now=moment)


@transaction.atomic
def discard(*, by: User | None, brief: Brief, reason: str, now: datetime | None = None) -> None:
    """DRAFT or FAILED → DISCARDED, with the reason: it is never edited, tried again or issued. Figures, file and words
    stay for the office."""
    check_may(by)
    check_reason(reason, _("请写明作废理由。"))
    discardable = Brief.objects.select_for_update().filter(pk=brief.pk, state__in=transitions.DISCARD.sources)
    locked = discardable.defer("figures").first()
    if locked is None:
        raise Conflict(state_sentence(brief))
    values = discard_locked([locked], by=by, reason=reason.strip(), at=now or clock.now())
    for name, value in values.items():
        setattr(brief, name, value)


def record_download(*, by: User, file: BriefFile, now: datetime | None = None) -> None:
    """Note that this person was given the file. Not a change of anything: it may be written while answering a GET."""
    Download.objects.create(file=file, by=by, at=now or clock.now())


def record_reading(*, by: User, file_id: int, now: datetime | None = None) -> None:
    """Note that this person has read the text on the brief's page; once, and not after the file itself was opened."""
    if not Download.objects.filter(file=file_id, by=by).exists():
        Download.objects.create(file_id=file_id, by=by, at=now or clock.now(), as_page=True)


def record_copy(*, by: User, brief: Brief, form: str, now: datetime | None = None) -> None:
    """Note that this person took a working copy. A log, as a download is."""
    record(by=by, verb="brief.copy", subject=brief, data={"form": form}, at=now or clock.now())


def verification_code(brief: Brief, number: str) -> str:
    """Twelve characters (60 bits) which nobody can guess who does not hold the brief.

    Made of what the brief is and not at random, so that the same brief always prints the same.
    """
    text = f"{brief.plan_id}/{brief.kind}/{number}/{brief.figures_sha256}"
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().translate(_DIGITS)[:CODE_LENGTH]


def start_of(quarter: Period) -> datetime:
    """The quarter's first moment. Nothing can have been known of it before."""
    return datetime.combine(quarter.first_day, time.min, timezone.get_default_timezone())


# -- parts --------------------------------------------------------------------------------------------------


def _keep(brief: Brief, made: Made, *, issued: bool, moment: datetime) -> BriefFile:
    return BriefFile.objects.create(
        brief=brief,
        issued=issued,
        pdf=made.pdf,
        sha256=sha256(made.pdf),
        pages=made.pages,
        seconds=made.seconds,
        unprintable=made.unprintable,
        made_at=moment,
    )
