"""The one write path of briefs: asking, freezing, issuing, superseding, withdrawing, discarding.

Every function is keyword-only, takes the actor `by` (None is the system itself), checks permission and state once,
changes state by one conditional UPDATE and writes the record in the same transaction. It raises PermissionDenied,
Conflict (the state has moved on) or Problems (the input), and then nothing was written.

Nothing here makes a PDF: `issue` gives number, edition, date and code, a job sets the PDF that carries them, and
`publish` stores it. Until then the number is taken, so that a render that fails leaves no gap.
"""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs import kinds, rules, scopes
from reports.briefs.desk import fixed_parts, plain
from reports.briefs.freeze import sha256
from reports.briefs.models import (
    CODE_LENGTH,
    NUMBERED,
    Brief,
    BriefFile,
    BriefKind,
    BriefSet,
    BriefState,
    BriefText,
    Download,
)
from reports.briefs.queries import IMPRINT, Written, written
from reports.briefs.subscribing import tell_subscribers
from reports.briefs.values import IMPRINT_FIELDS
from reports.typeset import fonts
from reports.typeset.text import unprintable
from tasks.errors import Conflict, Problem, Problems
from tasks.people.events import Entry, record, record_all, subject_of
from tasks.people.models import Event, User
from tasks.people.queries import is_sample_database
from tasks.plan.models import Plan
from tasks.plan.ordering import in_order
from tasks.values import Quarter

# Crockford's digits: no I, L, O or U, so that a code survives being read aloud and typed in.
_DIGITS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", "0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@dataclass(frozen=True)
class Made:
    """A finished PDF, and what it took."""

    pdf: bytes
    pages: int
    seconds: float


class SetInHand(Conflict):
    """The quarter has a set that is not issued yet."""

    def __init__(self, brief_set: BriefSet) -> None:
        said = _("%(quarter)s整套简报已于 %(when)s 由%(who)s申请，还有没印发的；请先看那一套，确实需要再做。")
        super().__init__(
            said
            % {
                "quarter": brief_set.quarter.label,
                "when": f"{timezone.localtime(brief_set.asked_at):%m-%d %H:%M}",
                "who": brief_set.asked_by or _("系统"),
            }
        )
        self.brief_set = brief_set


def _set_in_hand(plan: Plan, quarter: Quarter) -> BriefSet | None:
    """The latest set of the quarter of which something is being made or waits to be issued."""
    open_ones = Brief.objects.filter(state__in=[BriefState.ASKED, BriefState.DRAFT], of_set__isnull=False)
    sets = BriefSet.objects.filter(plan=plan, quarter=quarter, pk__in=open_ones.values("of_set"))
    return sets.select_related("asked_by").order_by("-asked_at", "-pk").first()


@transaction.atomic
def ask(
    *,
    by: User | None,
    plan: Plan,
    quarter: Quarter,
    kind: str = BriefKind.PLAN,
    scope: str = "",
    known_at: datetime | None = None,
    now: datetime | None = None,
) -> Brief:
    """A new brief of a quarter that is over, as known at a moment (default: now). `scope` says of which part of the
    plan, where the kind speaks of one (reports.briefs.scopes)."""
    _check_may(by)
    moment = now or clock.now()
    problems = []
    if not plan.first_quarter <= quarter <= plan.last_quarter:
        problems.append(Problem("quarter", _("%(quarter)s不在方案有效期内。") % {"quarter": quarter.label}))
    elif quarter.last_day >= timezone.localdate(moment, timezone.get_default_timezone()):
        problems.append(
            Problem("quarter", _("%(quarter)s尚未结束，不能生成简报。") % {"quarter": quarter.label})
        )
    found = scopes.find(plan, quarter, kind, scope) if not problems else None
    if not problems and found is None:
        problems.append(Problem("kind", _("%(quarter)s没有这种简报。") % {"quarter": quarter.label}))
    if known_at is not None and known_at > moment:
        problems.append(Problem("known_at", _("所知时点不能晚于现在。")))
    if known_at is not None and known_at < start_of(quarter):
        problems.append(Problem("known_at", _("所知时点不能早于该季度。")))
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


@transaction.atomic
def ask_set(
    *, by: User | None, plan: Plan, quarter: Quarter, again: bool = False, now: datetime | None = None
) -> tuple[BriefSet, list[Brief]]:
    """Every brief of a quarter that is over (reports.briefs.scopes.quarter_set), all as known now. Where a set of the
    quarter is in hand, only who says that he wants another `again` is given one."""
    _check_may(by)
    moment = now or clock.now()
    # One at a time, so that of two who ask together the second is told of the first.
    in_order([plan.pk])
    held = None if again else _set_in_hand(plan, quarter)
    if held is not None:
        raise SetInHand(held)
    first = ask(by=by, plan=plan, quarter=quarter, known_at=moment, now=moment)
    made = BriefSet.objects.create(plan=plan, quarter=quarter, known_at=moment, asked_at=moment, asked_by=by)
    rest = Brief.objects.bulk_create(
        Brief(
            plan=plan,
            quarter=quarter,
            kind=one.kind,
            scope=one.ref,
            scope_name=one.name,
            known_at=moment,
            asked_at=moment,
            asked_by=by,
            is_sample=first.is_sample,
            of_set=made,
        )
        for one in scopes.quarter_set(plan, quarter)
        if one.kind != BriefKind.PLAN
    )
    Brief.objects.filter(pk=first.pk).update(of_set=made)
    first.of_set = made
    record_all(
        [
            Entry(
                "brief.set", made, data={"plan": plan.slug, "quarter": str(quarter), "briefs": len(rest) + 1}
            ),
            *(Entry("brief.ask", brief, to_state=BriefState.ASKED) for brief in rest),
        ],
        by=by,
        at=moment,
    )
    return made, [first, *rest]


@transaction.atomic
def stop_set(*, by: User | None, brief_set: BriefSet, now: datetime | None = None) -> int:
    """Give up what is not drafted yet; returns how many. What is being set when this is said comes to nothing: its
    job finds that nobody waits for it. What is done stays."""
    _check_may(by)
    moment = now or clock.now()
    waiting = Brief.objects.select_for_update().filter(of_set=brief_set, state=BriefState.ASKED)
    briefs = list(waiting.defer("figures"))
    if not briefs:
        raise Conflict(_("没有可以停止的：这套简报都已生成，或已经停止。"))
    Brief.objects.filter(pk__in=[brief.pk for brief in briefs], state=BriefState.ASKED).update(
        state=BriefState.FAILED
    )
    BriefSet.objects.filter(pk=brief_set.pk).update(stopped_at=moment, stopped_by=by)
    entries = [_entry(brief, rules.FAIL, note=_("整套停止"), data={"stopped": True}) for brief in briefs]
    record_all([Entry("brief.set_stop", brief_set, data={"briefs": len(briefs)}), *entries], by=by, at=moment)
    return len(briefs)


class MoreThanSeen(Conflict):
    """A set has more to discard than the person was told of."""


@dataclass(frozen=True)
class Discarded:
    """What became of a set: how many were discarded, how many have a number and keep it, how many are still made."""

    count: int
    numbered: int
    asked: int


@transaction.atomic
def discard_set(
    *,
    by: User | None,
    brief_set: BriefSet,
    reason: str,
    seen: int | None = None,
    now: datetime | None = None,
) -> Discarded:
    """Discard what of the set is a draft or has failed. What has a number, and what is still being made, stays. `seen`
    is how many the person was told of: more than those are not discarded unread."""
    _check_may(by)
    _check_reason(reason, _("请写明作废理由。"))
    moment = now or clock.now()
    # In the order in which stopping and asking again take them too, so that none waits for another in a circle.
    briefs = list(
        Brief.objects.select_for_update()
        .filter(of_set=brief_set, state__in=rules.DISCARD.sources)
        .defer("figures")
    )
    if not briefs:
        raise Conflict(_who_discarded(brief_set))
    if seen is not None and len(briefs) > seen:
        raise MoreThanSeen(
            _("现在有%(n)d份可以作废，您看到的是%(seen)d份；请看过后再作废。")
            % {"n": len(briefs), "seen": seen}
        )
    _discard(briefs, by=by, reason=reason.strip(), at=moment, whole=brief_set)
    others = Counter(Brief.objects.filter(of_set=brief_set).order_by().values_list("state", flat=True))
    return Discarded(len(briefs), sum(others[state] for state in NUMBERED), others[BriefState.ASKED])


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
    _change(
        brief,
        rules.FREEZE,
        figures=figures.decode(),
        figures_sha256=sha256(figures),
        frozen_at=moment,
    )
    file = _keep(brief, made, issued=False, moment=moment)
    _record(
        brief, rules.FREEZE, by=None, at=moment, data={"figures": brief.figures_sha256, "pdf": file.sha256}
    )
    return file


@transaction.atomic
def fail(*, brief: Brief, job_id: UUID | None, reason: str, now: datetime | None = None) -> None:
    """ASKED → FAILED, with the reason for the record. A brief that is being issued stays so: it keeps its number and
    can be tried again. Nothing becomes of it when by now another job works on the brief, or nobody wants it."""
    moment = now or clock.now()
    of_job = Brief.objects.filter(pk=brief.pk, job=job_id)
    if of_job.filter(state=BriefState.ASKED).update(state=BriefState.FAILED):
        brief.state = BriefState.FAILED
        _record(brief, rules.FAIL, by=None, at=moment, note=reason)
    elif of_job.filter(state=BriefState.ISSUING).exists():
        record(by=None, verb="brief.render_failed", subject=brief, note=reason, at=moment)


@transaction.atomic
def retry(*, by: User | None, brief: Brief, now: datetime | None = None) -> None:
    """Allow what failed to be tried again: FAILED → ASKED, or ISSUING or DRAFT whose job has failed. The caller
    attaches the new job, which settles who was first when two people try again at once."""
    _check_may(by)
    moment = now or clock.now()
    job_failed = brief.job is not None and brief.job.state == "failed"
    if brief.state in (BriefState.ISSUING, BriefState.DRAFT) and job_failed:
        # A draft can have been discarded since it was read.
        if not Brief.objects.select_for_update().filter(pk=brief.pk, state=brief.state).exists():
            raise Conflict(_who_did_what(brief))
        record(by=by, verb=rules.RETRY.verb, subject=brief, at=moment)
    elif brief.state != BriefState.ISSUING:
        _change(brief, rules.RETRY)
        _record(brief, rules.RETRY, by=by, at=moment)
    else:
        raise Conflict(_("%(label)s正在印发，请等它完成。") % {"label": brief.label})


@transaction.atomic
def amend(
    *,
    by: User,
    brief: Brief,
    texts: Mapping[str, str],
    composed: Mapping[str, str],
    seen: int,
    now: datetime | None = None,
) -> list[BriefText]:
    """Words of a draft, put anew: {key: text}, of which those that are not another text than holds now are passed
    over. `composed` are the words that the figures give; what in them is fixed must stand in the amended text as it
    was, all of it and in its order, unless the text is struck out. `seen` is the last change that the editor saw."""
    _check_may(by)
    moment = now or clock.now()
    locked = Brief.objects.select_for_update().defer("figures").get(pk=brief.pk)
    if locked.state != BriefState.DRAFT:
        raise Conflict(_who_did_what(brief))
    holding = written(brief)
    if holding.last != seen:
        other = BriefText.objects.filter(brief=brief).select_related("by").order_by("-pk")[0].by
        raise Conflict(_("%(who)s刚刚改过这份简报，您看到的不是最新文字；请对照后再改。") % {"who": other})
    problems, changed = [], []
    for key, typed in texts.items():
        text = typed.strip()
        before = _holds(key, holding, composed)
        if before is None:
            problems.append(Problem(key, _("没有这一处文字，请刷新页面。")))
            continue
        if text == before:
            continue
        if key.startswith(IMPRINT) and key.removeprefix(IMPRINT) not in kinds.imprint_fields(brief.kind):
            if text:
                problems.append(Problem(key, _("这种简报不印这一项，请清空。")))
                continue
        else:
            problems += _text_problems(key, text, composed.get(key, ""))
        changed.append(BriefText(brief=brief, key=key, before=before, text=text, by=by, at=moment))
    problems += _list_problems(holding, {one.key: one.text for one in changed})
    if problems:
        raise Problems(problems)
    made = BriefText.objects.bulk_create(changed)
    if made:
        data = {"keys": [one.key for one in made]}
        record(by=by, verb="brief.amend", subject=brief, data=data, at=moment)
    return made


def _holds(key: str, holding: Written, composed: Mapping[str, str]) -> str | None:
    if key.startswith(IMPRINT):
        name = key.removeprefix(IMPRINT)
        if name not in IMPRINT_FIELDS:
            return None
        found = getattr(holding.imprint, name)
        return str(found) if found else ""
    return holding.words.get(key, composed.get(key))


TEXT_LIMIT = 5000
# 报、送、发 together. With what it can be checked by they stand on one page, which has room for no more.
LISTS, LISTS_LIMIT = ("report_to", "send_to", "distribute_to"), 330
LIMITS = {"secrecy": 12, "copy_number": 8, "drafted_by": 12, "checked_by": 12, "signed_by": 12}
_LIST_LIMIT = 200
# GB/T 9704: 密级, and after ★ for how long.
_SECRECY = re.compile(r"(绝密|机密|秘密)(★([1-9]\d?(年|个月)|长期))?|内部资料")
_COPY_NUMBER = re.compile(r"[0-9A-Za-z-]+")


def _text_problems(key: str, text: str, composed: str) -> list[Problem]:
    name = key.removeprefix(IMPRINT) if key.startswith(IMPRINT) else ""
    limit = LIMITS.get(name, _LIST_LIMIT) if name else TEXT_LIMIT
    if "\x00" in text:
        return [Problem(key, _("内容含有不能保存的字符。"))]
    if len(text) > limit:
        return [Problem(key, _("最多 %(limit)d 字，请删减。") % {"limit": limit})]
    if name == "secrecy" and text and not _SECRECY.fullmatch(text):
        said = _("密级请填绝密、机密或秘密，可加★和期限，例如“机密★1年”；不定密的填“内部资料”或留空。")
        return [Problem(key, said)]
    if name == "copy_number" and text and not _COPY_NUMBER.fullmatch(text):
        return [Problem(key, _("份号请填数字，例如“000012”。"))]
    missing = _unprintable(text)
    if missing:
        return [Problem(key, missing)]
    if "\n" in text:
        return [Problem(key, _("这一处只排成一段，换行印不出来；请去掉换行，分句写在一段里。"))]
    if name == "copies":
        is_number = text.isascii() and text.isdecimal() and 0 < int(text) < 100_000
        return [] if not text or is_number else [Problem(key, _("印数请填数字。"))]
    if text and fixed_parts(text) != fixed_parts(composed):
        return [Problem(key, _("⟦ ⟧里的是数据，不能改动、增减或换位；文字可以改，整段可以删去。"))]
    return []


def _unprintable(text: str) -> str:
    """A sentence on the characters of the text that no font of ours can draw; "" where there are none."""
    found: list[str] = []
    # Without fonts nothing is set either: whoever saves then is told by the job.
    with suppress(fonts.FontError):
        found = unprintable(plain(text), fonts.load().coverage)
    if not found:
        return ""
    named = "、".join(f"“{one}”（U+{ord(one):04X}）" for one in found[:10])
    return _("%(characters)s在简报字体里没有，印不出来；请换成别的字，或写作“〓”并在附近说明。") % {
        "characters": named + (_("等%(n)d个字符") % {"n": len(found)} if len(found) > 10 else "")
    }


def _list_problems(holding: Written, changed: Mapping[str, str]) -> list[Problem]:
    """报、送、发 may each be long, but not all of them."""
    said = {name: changed.get(IMPRINT + name, getattr(holding.imprint, name)) for name in LISTS}
    total = sum(map(len, said.values()))
    touched = [name for name in LISTS if IMPRINT + name in changed]
    if total <= LISTS_LIMIT or not touched:
        return []
    longest = max(touched, key=lambda name: len(said[name]))
    words = _("报、送、发合计最多 %(limit)d 字，现有 %(total)d 字，末页排不下；请删减或用统称。")
    return [Problem(IMPRINT + longest, words % {"limit": LISTS_LIMIT, "total": total})]


@transaction.atomic
def redraft(*, brief: Brief, made: Made, now: datetime | None = None) -> BriefFile:
    """Keep the draft set anew from the same figures and the words that hold now."""
    if not Brief.objects.select_for_update().filter(pk=brief.pk, state=BriefState.DRAFT).exists():
        raise Conflict(_who_did_what(brief))
    return _keep(brief, made, issued=False, moment=now or clock.now())


@transaction.atomic
def issue(*, by: User | None, brief: Brief, now: datetime | None = None) -> Brief:
    """DRAFT → ISSUING: give it number, edition, date and code.

    The first brief of a quarter takes the year's next number of its kind, and the kind's next number of all. A later one of the same quarter is a correction: it
    takes the number of the edition before it and the next edition, whether that edition is in force or withdrawn.
    """
    _check_may(by)
    # One at a time for each plan, so that numbers follow one another without a gap.
    in_order([brief.plan_id])
    if by is not None and BriefText.objects.filter(brief=brief, by=by).exists():
        raise PermissionDenied(_("改过文字的人不能签发同一份简报，请办公室的另一位同事核对后印发。"))
    _check_draft_is_set(brief)
    moment = now or clock.now()
    before = Brief.objects.editions_of(brief).defer("figures").first()
    if before is not None and before.pk != brief.pk:
        if before.state == BriefState.ISSUING:
            raise Conflict(_("%(label)s正在印发，请等它完成。") % {"label": before.label})
        if brief.known_at < before.known_at:
            raise Conflict(
                _("这份草稿的数据早于已印发的%(label)s，不能取代它；请重新生成。") % {"label": before.label}
            )
        year, number, edition = before.year, before.number, (before.edition or 0) + 1
        total = before.total
    else:
        before = None
        year = timezone.localtime(moment, timezone.get_default_timezone()).year
        taken = Brief.objects.filter(plan=brief.plan_id, kind=brief.kind, year=year, state__in=NUMBERED)
        number, edition = (taken.aggregate(last=Max("number"))["last"] or 0) + 1, 1
        # Counted and not read from the last one: what was issued before there were totals counts too.
        first = Brief.objects.filter(plan=brief.plan_id, kind=brief.kind, edition=1, state__in=NUMBERED)
        total = first.count() + 1
    _change(
        brief,
        rules.ISSUE,
        year=year,
        number=number,
        edition=edition,
        total=total,
        code=verification_code(brief, f"{year}/{number}/{edition}"),
        issued_at=moment,
        issued_by=by,
        supersedes=before,
    )
    _record(brief, rules.ISSUE, by=by, at=moment, data={"year": year, "number": number, "edition": edition})
    return brief


@transaction.atomic
def publish(*, brief: Brief, made: Made, now: datetime | None = None) -> BriefFile:
    """ISSUING → ISSUED: keep the PDF that carries the number; the edition before it, if in force, is superseded."""
    in_order([brief.plan_id])
    moment = now or clock.now()
    entries = []
    if brief.supersedes_id is not None:
        old = Brief.objects.defer("figures").get(pk=brief.supersedes_id)
        # One that was withdrawn, before or meanwhile, stays withdrawn.
        if Brief.objects.filter(pk=old.pk, state=BriefState.ISSUED).update(state=rules.SUPERSEDE.target):
            entries.append(_entry(old, rules.SUPERSEDE, note=brief.label))
    _change(brief, rules.PUBLISH)
    file = _keep(brief, made, issued=True, moment=moment)
    entries.append(_entry(brief, rules.PUBLISH, data={"pdf": file.sha256}))
    record_all(entries, by=brief.issued_by, at=moment)
    tell_subscribers(brief=brief, withdrawn=False, now=moment)
    return file


@transaction.atomic
def withdraw(*, by: User | None, brief: Brief, reason: str, now: datetime | None = None) -> None:
    """ISSUED → WITHDRAWN, with the reason. Number and file stay; verification says that it was withdrawn."""
    _check_may(by)
    _check_reason(reason, _("请写明撤回理由。"))
    in_order([brief.plan_id])
    moment = now or clock.now()
    _change(brief, rules.WITHDRAW, withdrawn_at=moment, withdrawn_by=by, withdrawn_reason=reason.strip())
    _record(brief, rules.WITHDRAW, by=by, at=moment, note=reason.strip())
    tell_subscribers(brief=brief, withdrawn=True, now=moment)


@transaction.atomic
def discard(*, by: User | None, brief: Brief, reason: str, now: datetime | None = None) -> None:
    """DRAFT or FAILED → DISCARDED, with the reason: it is never edited, tried again or issued. Figures, file and words
    stay for the office."""
    _check_may(by)
    _check_reason(reason, _("请写明作废理由。"))
    found = Brief.objects.select_for_update().filter(pk=brief.pk, state__in=rules.DISCARD.sources)
    locked = found.defer("figures").first()
    if locked is None:
        raise Conflict(_who_did_what(brief))
    values = _discard([locked], by=by, reason=reason.strip(), at=now or clock.now())
    for name, value in values.items():
        setattr(brief, name, value)


def record_download(*, by: User, file: BriefFile, now: datetime | None = None) -> None:
    """Note that this person was given the file. Not a change of anything: it may be written while answering a GET."""
    Download.objects.create(file=file, by=by, at=now or clock.now())


def record_copy(*, by: User, brief: Brief, form: str, now: datetime | None = None) -> None:
    """Note that this person took a working copy. A log, as a download is."""
    record(by=by, verb="brief.copy", subject=brief, data={"form": form}, at=now or clock.now())


def verification_code(brief: Brief, number: str) -> str:
    """Twelve characters (60 bits) which nobody can guess who does not hold the brief.

    Made of what the brief is and not at random, so that the same brief always prints the same.
    """
    text = f"{brief.plan_id}/{brief.kind}/{number}/{brief.figures_sha256}"
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().translate(_DIGITS)[:CODE_LENGTH]


def start_of(quarter: Quarter) -> datetime:
    """The quarter's first moment. Nothing can have been known of it before."""
    return datetime.combine(quarter.first_day, time.min, timezone.get_default_timezone())


# -- parts --------------------------------------------------------------------------------------------------


def _check_may(by: User | None) -> None:
    if not rules.may_act(by):
        raise PermissionDenied(_("只有领导小组办公室可以生成、印发、撤回和作废简报。"))


REASON_LIMIT = 500


def _check_reason(reason: str, empty: str) -> None:
    given = reason.strip()
    if not given:
        raise Problems([Problem("reason", empty)])
    if len(given) > REASON_LIMIT:
        raise Problems([Problem("reason", _("最多 %(limit)d 字，请删减。") % {"limit": REASON_LIMIT})])
    if "\x00" in given:
        raise Problems([Problem("reason", _("内容含有不能保存的字符。"))])


def _change(brief: Brief, way: rules.Transition, **values: object) -> None:
    """The conditional UPDATE; whoever comes second is told who was first."""
    allowed = Brief.objects.filter(pk=brief.pk, state__in=way.sources)
    if not allowed.update(state=way.target, **values):
        raise Conflict(_who_did_what(brief))
    for name, value in {"state": way.target, **values}.items():
        setattr(brief, name, value)


def _discard(
    briefs: list[Brief], *, by: User | None, reason: str, at: datetime, whole: BriefSet | None = None
) -> dict[str, object]:
    """Of briefs that are locked, so that the record knows from which state each came; returns what was written."""
    way = rules.DISCARD
    values = {"state": way.target, "discarded_at": at, "discarded_by": by, "discarded_reason": reason}
    Brief.objects.filter(pk__in=[brief.pk for brief in briefs], state__in=way.sources).update(**values)
    entries = [_entry(brief, way, source=BriefState(brief.state), note=reason) for brief in briefs]
    if whole is not None:
        entries.insert(0, Entry("brief.set_discard", whole, note=reason, data={"briefs": len(briefs)}))
    record_all(entries, by=by, at=at)
    return values


def _who_discarded(brief_set: BriefSet) -> str:
    """Why nothing of the set can be discarded: a colleague did it, or there never was anything."""
    last = (
        Event.objects.filter(verb="brief.set_discard", subject=subject_of(brief_set))
        .select_related("by")
        .order_by("-id")
        .first()
    )
    if last is None:
        return _("这套简报没有可以作废的：只有草稿和生成失败的可以作废。")
    return _("%(who)s已于 %(when)s 作废了这套简报的草稿，没有可以作废的了；请刷新页面。") % {
        "who": last.by or _("系统"),
        "when": f"{timezone.localtime(last.at):%m-%d %H:%M}",
    }


def _check_draft_is_set(brief: Brief) -> None:
    """The draft's file must say the words that hold: what was amended and cannot be set would take a number that it
    can never carry, and what is still being set nobody has read."""
    found = Brief.objects.select_for_update().filter(pk=brief.pk, state=BriefState.DRAFT)
    locked = found.defer("figures").first()
    state = locked.job.state if locked is not None and locked.job is not None else ""
    if state == "failed":
        raise Conflict(_("修改后的草稿没有排成，不能印发；请看页上的原因，改好文字后再印发。"))
    if state in ("queued", "running"):
        raise Conflict(_("草稿正在按修改后的文字重排，请等它完成、核对后再印发。"))


def _who_did_what(brief: Brief) -> str:
    state = BriefState(Brief.objects.values_list("state", flat=True).get(pk=brief.pk)).label
    last = (
        Event.objects.filter(subject=subject_of(brief))
        .exclude(by=None)
        .exclude(verb="brief.copy")  # whoever takes a copy changes nothing
        .select_related("by")
        .order_by("-id")
        .first()
    )
    if last is None:
        return _("这份简报现在是“%(state)s”，不能这样做；请刷新页面。") % {"state": state}
    return _("%(who)s已于 %(when)s 处理过这份简报，现在是“%(state)s”；请刷新页面。") % {
        "who": last.by,
        "when": f"{timezone.localtime(last.at):%m-%d %H:%M}",
        "state": state,
    }


def _keep(brief: Brief, made: Made, *, issued: bool, moment: datetime) -> BriefFile:
    return BriefFile.objects.create(
        brief=brief,
        issued=issued,
        pdf=made.pdf,
        sha256=sha256(made.pdf),
        pages=made.pages,
        seconds=made.seconds,
        made_at=moment,
    )


def _entry(
    brief: Brief,
    way: rules.Transition,
    *,
    source: BriefState | None = None,
    note: str = "",
    data: dict[str, object] | None = None,
) -> Entry:
    """`source` where the way has several."""
    if source is None:
        (source,) = way.sources
    return Entry(way.verb, brief, source, way.target, note, data or {})


def _record(
    brief: Brief,
    way: rules.Transition,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    data: dict[str, object] | None = None,
) -> None:
    record_all([_entry(brief, way, note=note, data=data)], by=by, at=at)
