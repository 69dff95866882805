"""The jobs of the briefs, and the functions that request them. Each job loads by id, renders, and returns one call as its
effect."""

import logging
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from celery.signals import worker_init
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import jobs
from qhplan.jobs import Effect, Job, Refused
from reports.briefs import actions, kinds, queries, set_actions, text_actions, transitions
from reports.briefs.actions import Made
from reports.briefs.models import Brief, BriefKind, BriefSet, BriefState
from reports.briefs.queries import Written, office_of, wording_of, written
from reports.briefs.render import compose, render
from reports.briefs.values import BriefHead, Imprint, Stamp
from reports.typeset import fonts, pdf_renderer, signing
from tasks.audit.log import record
from tasks.errors import Conflict
from tasks.people.models import User
from tasks.period_words import speak
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.wording import speaking

log = logging.getLogger(__name__)

DRAFT = "briefs.draft"
ISSUE = "briefs.issue"
REDRAFT = "briefs.redraft"
FONTS = "briefs.fonts"


@worker_init.connect
def refuse_slow_or_broken_typesetting(**_signal: Any) -> None:
    """A missing libharfbuzz-subset0 is only a warning to WeasyPrint and makes each brief many times slower: such a
    worker does not start, and the log names what to install."""
    faults = pdf_renderer.installation_problems(with_fonts=False)
    if faults:
        raise SystemExit("\n".join(faults))
    for fault in signing.installation_problems():
        # All other jobs go on; a brief that cannot be signed is not issued, and its job tells why.
        log.error("%s", fault)


# -- requests -----------------------------------------------------------------------------------------------


@transaction.atomic
def ask_draft(
    *,
    by: User | None,
    plan: Plan,
    quarter: Period,
    kind: str = BriefKind.PLAN,
    scope: str = "",
    known_at: datetime | None = None,
    now: datetime | None = None,
) -> Brief:
    """A new brief, and the job that will freeze its figures and set its draft."""
    brief = actions.ask(by=by, plan=plan, quarter=quarter, kind=kind, scope=scope, known_at=known_at, now=now)
    _ask_job(DRAFT, _("%(title)s：生成草稿"), brief, by)
    return brief


@transaction.atomic
def ask_set(
    *, by: User | None, plan: Plan, quarter: Period, again: bool = False, now: datetime | None = None
) -> BriefSet:
    """A quarter's whole set, and a job for each of its briefs."""
    made, briefs = set_actions.ask_set(by=by, plan=plan, quarter=quarter, again=again, now=now)
    for brief in briefs:
        _ask_job(DRAFT, _("%(title)s：生成草稿"), brief, by)
    return made


@transaction.atomic
def ask_failed(*, by: User | None, brief_set: BriefSet, now: datetime | None = None) -> int:
    """Try again everything of the set that failed or was stopped; returns how many."""
    failed = Brief.objects.filter(of_set=brief_set, state=BriefState.FAILED).select_related("job", "plan")
    briefs = list(failed.defer("figures", "plan__text", "plan__head"))
    if not briefs:
        raise Conflict(_("这套简报没有失败的。"))
    for brief in briefs:
        ask_again(by=by, brief=brief, now=now)
    return len(briefs)


@transaction.atomic
def ask_issue(*, by: User | None, brief: Brief, now: datetime | None = None) -> Brief:
    """Number the brief, and the job that will set the PDF which carries the number. What no font can print is refused."""
    transitions.check_may(by)
    if fault := _fault(unprintable_of([brief])[brief.pk]):
        raise Conflict(fault)
    actions.issue(by=by, brief=brief, now=now)
    _ask_job(ISSUE, _("%(title)s：印发"), brief, by)
    return brief


@dataclass(frozen=True)
class IssuedSet:
    """What came of issuing a set: briefs that have their number now, and (brief, why it was left out)."""

    issued: list[Brief]
    left_out: list[tuple[Brief, str]]


def ask_issue_set(
    *, by: User, brief_set: BriefSet, seen: int | None = None, now: datetime | None = None
) -> IssuedSet:
    """Number every draft of the set that may be issued, the quarterly brief first, each as `ask_issue` does. What cannot be
    issued is left out with its reason, and the rest goes on. `seen` is how many the person was told of: more than those
    are not issued unread."""
    transitions.check_may(by)
    drafts = Brief.objects.filter(of_set=brief_set, state=BriefState.DRAFT).select_related("plan", "job")
    briefs = list(drafts.defer("figures", "plan__text", "plan__head").order_by("pk"))
    if not briefs:
        raise Conflict(_("这套简报没有可以印发的草稿，请刷新页面。"))
    if seen is not None and len(briefs) > seen:
        raise set_actions.MoreThanSeen(
            _("现在有%(n)d份草稿，您看到的是%(seen)d份；请看过后再印发。") % {"n": len(briefs), "seen": seen}
        )
    faults = {pk: _fault(found) for pk, found in unprintable_of(briefs).items()}
    left_out = [(brief, faults[brief.pk]) for brief in briefs if faults[brief.pk]]
    with transaction.atomic():
        done = actions.issue_all(by=by, briefs=[one for one in briefs if not faults[one.pk]], now=now)
        left_out += [(brief, str(refusal)) for brief, refusal in done.left_out]
        label = _("%(title)s：印发")
        asked = jobs.ask_all(
            ISSUE, [(label % {"title": brief.title}, {"brief": brief.pk}) for brief in done.briefs], by=by
        )
        actions.attach_jobs(jobs=dict(zip(done.briefs, asked, strict=True)))
        data = {"briefs": len(done.briefs), "left_out": len(left_out)}
        record(by=by, verb="brief.set_issue", subject=brief_set, data=data, at=now)
    return IssuedSet(done.briefs, left_out)


def unprintable_of(briefs: Collection[Brief]) -> dict[int, dict[str, str]]:
    """{brief id: {character: the words around it}} of what drafts print as 〓. It is kept with each draft; a draft is
    composed again only where something was found then, because fonts may have been added since, or nothing was kept.
    Nothing is found while the fonts are not prepared: then nothing is set either."""
    kept = queries.kept_unprintable(briefs)
    found = {}
    for brief in briefs:
        found[brief.pk] = known = kept.get(brief.pk) or {}
        if brief.pk in kept and (known or kept[brief.pk] is None):
            with suppress(fonts.FontError), speaking(wording_of(brief)):
                found[brief.pk] = compose(brief.figures, words=written(brief).words).unprintable
    return found


def _fault(found: dict[str, str]) -> str:
    """Why a draft is not issued; "" where every character can be printed."""
    if not found:
        return ""
    named = [
        f"“{character}”（U+{ord(character):04X}，…{words}…）" for character, words in list(found.items())[:5]
    ]
    more = _("等%(n)d个字") % {"n": len(found)} if len(found) > len(named) else ""
    said = _("有印不出的字：%(named)s%(more)s。请在“修改文字”里换成别的字，或补装字体后重新生成。")
    return said % {"named": _("、").join(named), "more": more}


@transaction.atomic
def ask_amend(
    *,
    by: User,
    brief: Brief,
    texts: Mapping[str, str],
    composed: Mapping[str, str],
    seen: int,
    now: datetime | None = None,
) -> int:
    """Amend words of a draft, and the job that sets the draft anew; returns how many were changed."""
    changed = text_actions.amend(by=by, brief=brief, texts=texts, composed=composed, seen=seen, now=now)
    if changed:
        _ask_job(REDRAFT, _("%(title)s：重排草稿"), brief, by)
    return len(changed)


@transaction.atomic
def ask_again(*, by: User | None, brief: Brief, now: datetime | None = None) -> Brief:
    """Try again what failed, from the same figures or as known at the same moment."""
    actions.retry(by=by, brief=brief, now=now)
    if brief.state == BriefState.ISSUING:
        _ask_job(ISSUE, _("%(title)s：印发"), brief, by)
    elif brief.state == BriefState.DRAFT:
        _ask_job(REDRAFT, _("%(title)s：重排草稿"), brief, by)
    else:
        _ask_job(DRAFT, _("%(title)s：生成草稿"), brief, by)
    return brief


def _ask_job(kind: str, label: str, brief: Brief, by: User | None) -> None:
    job = jobs.ask(kind, label=label % {"title": brief.title}, args={"brief": brief.pk}, by=by)
    actions.attach_job(brief=brief, job_id=job.pk)


# -- jobs ---------------------------------------------------------------------------------------------------


def _failed(job: Job) -> None:
    brief = Brief.objects.get(pk=job.args["brief"])
    reason = Job.objects.values_list("error", flat=True).get(pk=job.pk)
    actions.fail(brief=brief, job_id=job.pk, reason=reason)


@jobs.handles(DRAFT, on_failure=_failed)
def draft(job: Job) -> Effect:
    """Freeze the figures as known at the brief's moment, and set the draft."""
    brief = _load(job, BriefState.ASKED)
    _prepare_fonts(job)
    job.progress(1, 3, _("正在汇总数据"))
    with transaction.atomic():
        # What was decided before the brief's moment is committed once this job holds the plan's lock.
        in_order([brief.plan_id])
        figures = kinds.freeze(
            brief.plan,
            brief.quarter,
            known_at=brief.known_at,
            kind=brief.kind,
            scope=brief.scope,
            name=brief.scope_name,
            is_sample=brief.is_sample,
        )
    job.progress(2, 3, _("正在排版"))
    made = _render(brief, figures, stamp=None)

    def effect() -> jobs.Result:
        _check(actions.hold(brief=brief), job, BriefState.ASKED)
        file = actions.freeze(brief=brief, figures=figures, made=made)
        return {"brief": brief.pk, "pages": file.pages, "sha256": file.sha256}

    return effect


@jobs.handles(ISSUE, on_failure=_failed)
def issue(job: Job) -> Effect:
    """Set the PDF that carries number, edition, date and code, from the figures as frozen."""
    brief = _load(job, BriefState.ISSUING)
    _prepare_fonts(job)
    job.progress(1, 2, _("正在排版"))
    made = _render(brief, brief.figures.encode(), stamp=stamp_of(brief), words=written(brief))

    def effect() -> jobs.Result:
        file = actions.publish(brief=brief, made=made)
        return {"brief": brief.pk, "pages": file.pages, "sha256": file.sha256}

    return effect


@jobs.handles(REDRAFT)
def redraft(job: Job) -> Effect:
    """Set the draft anew, with the words that hold now."""
    brief = _load(job, BriefState.DRAFT)
    _prepare_fonts(job)
    job.progress(1, 2, _("正在排版"))
    made = _render(brief, brief.figures.encode(), stamp=None, words=written(brief))

    def effect() -> jobs.Result:
        _check(actions.hold(brief=brief), job, BriefState.DRAFT)
        file = actions.redraft(brief=brief, made=made)
        return {"brief": brief.pk, "pages": file.pages, "sha256": file.sha256}

    return effect


@jobs.handles(FONTS)
def prepare_fonts(job: Job) -> Effect:
    """Prepare the fonts once, before the first brief needs them."""
    _prepare_fonts(job)
    return dict


def stamp_of(brief: Brief) -> Stamp:
    """What a numbered brief prints beside its figures."""
    if brief.year is None or brief.edition is None or brief.issued_at is None:
        raise ValueError(f"brief {brief.pk} is not issued")
    return Stamp(
        year=brief.year,
        number=brief.number,
        edition=brief.edition,
        issued_on=timezone.localdate(brief.issued_at, timezone.get_default_timezone()),
        code=brief.code,
        total=brief.total or 0,
        verify_url=f"{settings.SITE_ADDRESS}{reverse('verify_code', args=[brief.code])}",
    )


def _load(job: Job, state: BriefState) -> Brief:
    brief = Brief.objects.select_related("plan").get(pk=job.args["brief"])
    speak(brief.plan.kind)
    _check(brief, job, state)
    return brief


def _check(brief: Brief, job: Job, state: BriefState) -> None:
    """Raise Refused when there is nothing left for the job to do."""
    if brief.job_id != job.pk:
        raise Refused(_("这份简报已交给另一项作业，这一项已无事可做。"))
    if brief.state != state:
        raise Refused(
            _("这份简报现在是“%(state)s”，这项作业已无事可做。") % {"state": BriefState(brief.state).label}
        )


def _prepare_fonts(job: Job) -> None:
    """Every job does this, so that a brief that is requested before the fonts are ready waits for them and does not fail."""
    try:
        if not fonts.fonts_ready():
            fonts.prepare(job.progress)
    except fonts.FontError as error:
        raise Refused(str(error)) from error


def _render(brief: Brief, figures: bytes, *, stamp: Stamp | None, words: Written | None = None) -> Made:
    imprint = words.imprint if words else Imprint()
    head = BriefHead(office=office_of(brief), stamp=stamp, imprint=imprint)
    started = time.monotonic()
    try:
        with speaking(wording_of(brief)):
            done = render(figures, head, words.words if words else None)
        if done.beyond:
            # Before it is signed: a brief of one page that has two is not one.
            raise Refused(
                _("摘要排不下，文字超出约%(n)d行；请在“修改文字”中删减后再试。") % {"n": done.beyond}
            )
        # Nobody vouches for a draft yet.
        pdf = signing.signed(done.pdf, name=head.office, reason=_("印发")) if stamp else done.pdf
    except (fonts.FontError, pdf_renderer.TypesetError, signing.SigningError) as error:
        # A missing library, font, glyph or certificate: a retry would fail in the same way.
        raise Refused(str(error)) from error
    return Made(pdf, done.pages, round(time.monotonic() - started, 3), done.unprintable)
