"""Reading briefs: what their pages show, and what verification shows to anyone who holds a brief."""

from collections.abc import Container, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, Func, IntegerField, Max, OuterRef, QuerySet

from reports.briefs import transitions
from reports.briefs.kinds import KINDS, SET_KINDS, USUAL_SET, period_label
from reports.briefs.kinds.kind import Heading
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
    Handover,
    SeriesStart,
    SetContent,
)
from reports.briefs.snapshot import ScopeRef
from reports.briefs.values import Imprint
from reports.canonical import read_text
from reports.typeset import fonts
from reports.typeset.chinese_text import clean
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.jurisdictions.models import Jurisdiction
from tasks.jurisdictions.queries import words_of
from tasks.people.models import User
from tasks.people.permissions import may_make_briefs
from tasks.people.plan_scope import plans_where, seen_plans
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.wording import Wording


@dataclass(frozen=True)
class FileRow:
    """A brief's file without its bytes."""

    id: int
    brief_id: int
    issued: bool
    sha256: str
    pages: int
    seconds: float
    made_at: datetime
    size: int


def files_of(briefs: Iterable[Brief]) -> dict[int, FileRow]:
    """{brief id: its file}: the issued one, before that the draft. One query, and no PDF is read."""
    rows = (
        BriefFile.objects.filter(brief__in=[brief.pk for brief in briefs])
        .annotate(size=Func(F("pdf"), function="octet_length", output_field=IntegerField()))
        .order_by("issued", "pk")  # the latest draft, and after it the issued one, comes last and stays
        .values("id", "brief_id", "issued", "sha256", "pages", "seconds", "made_at", "size")
    )
    return {row["brief_id"]: FileRow(**row) for row in rows}


def file_with_bytes(brief: Brief) -> BriefFile | None:
    """The file that a reader of this brief gets."""
    return BriefFile.objects.filter(brief=brief).order_by("-issued", "-pk").first()


def kept_unprintable(briefs: Iterable[Brief]) -> dict[int, dict[str, str] | None]:
    """{brief id: {character: the words around it}} of what each draft prints as 〓, as it was found when the draft was set;
    None where that was before it was kept. One query."""
    drafts = BriefFile.objects.filter(brief__in=[brief.pk for brief in briefs], issued=False)
    return dict(drafts.order_by("pk").values_list("brief_id", "unprintable"))


def unread_by(user: User) -> QuerySet[Brief]:
    """Briefs in force that the reader has neither opened nor read, the latest first."""
    read = Download.objects.filter(file__brief=OuterRef("pk"), by=user)
    issued = (
        Brief.objects.visible_to(user)
        .filter(state=BriefState.ISSUED)
        .exclude(kind=BriefKind.FEEDBACK)
        .exclude(Exists(read))
    )
    return issued.defer("figures").order_by("-issued_at", "-pk")


def beside(brief: Brief, user: User) -> tuple[Brief | None, Brief | None]:
    """The briefs in force of the same kind and part of the plan before and after this one. Two queries."""
    same = Brief.objects.visible_to(user).filter(
        plan=brief.plan_id, kind=brief.kind, scope=brief.scope, state=BriefState.ISSUED
    )
    same = same.defer("figures")
    before = same.filter(quarter__lt=brief.quarter).order_by("-quarter", "-pk").first()
    return before, same.filter(quarter__gt=brief.quarter).order_by("quarter", "pk").first()


def handed_to(user: User) -> QuerySet[Handover]:
    """What was handed over to the reader's agency, the latest first."""
    return (
        Handover.objects.filter(seen_plans(user, "brief__plan"), agency=user.agency_id, agency__isnull=False)
        .select_related("brief__plan", "received_by")
        .defer("brief__figures", "brief__plan__text", "brief__plan__head")
    )


def handovers_of(briefs: Iterable[Brief]) -> dict[int, Handover]:
    """{brief id: to whom it was handed over, and who signed for it}. One query."""
    found = Handover.objects.filter(brief__in=[brief.pk for brief in briefs])
    return {one.brief_id: one for one in found.select_related("agency", "by", "received_by")}


def published(user: User) -> QuerySet[Brief]:
    """What was issued, the latest first, with what was superseded or withdrawn."""
    return (
        Brief.objects.visible_to(user)
        .published()
        .for_page()
        .order_by("-quarter", "-year", "-number", "-edition")
    )


def in_hand(user: User) -> QuerySet[Brief]:
    """What was requested and is not issued yet, the latest first, and what was requested at once (a set) in its own order;
    for those who make briefs."""
    open_states = (BriefState.ASKED, BriefState.DRAFT, BriefState.ISSUING, BriefState.FAILED)
    return Brief.objects.visible_to(user).filter(state__in=open_states).for_page().order_by("-asked_at", "pk")


def discarded(user: User) -> QuerySet[Brief]:
    """What was discarded, the latest first; for those who make briefs."""
    found = Brief.objects.visible_to(user).filter(state=BriefState.DISCARDED)
    return found.for_page().order_by("-discarded_at", "-pk")


def stops_of(briefs: Iterable[Brief]) -> dict[int, Event]:
    """{brief id: who stopped it and when}, of those that did not fail but whose set was stopped."""
    failed = {subject_of(brief): brief.pk for brief in briefs if brief.state == BriefState.FAILED}
    if not failed:
        return {}
    events = (
        Event.objects.filter(verb=transitions.FAIL.verb, subject__in=failed)
        .select_related("by")
        .order_by("pk")
    )
    latest = {failed[event.subject]: event for event in events}
    return {pk: event for pk, event in latest.items() if event.data.get("stopped")}


def recent_sets(user: User, limit: int = 3) -> QuerySet[BriefSet]:
    """The latest sets of the plans whose briefs the user makes, without those of which every brief was discarded."""
    kept = Brief.objects.filter(of_set=OuterRef("pk")).exclude(state=BriefState.DISCARDED)
    own = BriefSet.objects.filter(plans_where(user, may_make_briefs, "plan"))
    return own.filter(Exists(kept)).order_by("-asked_at", "-pk")[:limit]


def kinds_of_set(plan: Plan) -> list[str]:
    """The kinds of which a set of the plan consists, in their order. One query."""
    chosen = SetContent.objects.filter(plan=plan).values_list("kinds", flat=True).first()
    return [kind for kind in SET_KINDS if kind in (USUAL_SET if chosen is None else chosen)]


@dataclass(frozen=True)
class NextNumber:
    """The number of a kind's next issue in a year and of all, and the last ones that were given (0: none). `start` is what
    the office entered for the year."""

    number: int
    total: int
    last: int
    last_total: int
    start: SeriesStart | None

    @property
    def gap(self) -> range:
        """The numbers of the year that no issue on this site has, before the next one."""
        return range(self.last + 1, self.number)


def next_number(plan_id: int, kind: str, year: int) -> NextNumber:
    """What the next issue of the kind gets; by those that were given, and by what the office entered. Three queries."""
    issued = Brief.objects.filter(plan=plan_id, kind=kind, state__in=NUMBERED)
    last = issued.filter(year=year).aggregate(last=Max("number"))["last"] or 0
    # Counted too and not only read from the last one: what was issued before there were totals counts.
    totals = issued.filter(edition=1).aggregate(last=Max("total"), count=Count("pk"))
    last_total = max(totals["last"] or 0, totals["count"])
    starts = list(SeriesStart.objects.filter(plan=plan_id, kind=kind, year__lte=year).order_by("year"))
    start = starts[-1] if starts and starts[-1].year == year else None
    return NextNumber(
        number=max(last + 1, start.number if start else 1),
        total=max(last_total + 1, *(one.total or 1 for one in starts), 1),
        last=last,
        last_total=last_total,
        start=start,
    )


def askable_quarters(plan: Plan, today: date) -> list[Period]:
    """The quarters of the plan that are over, the latest first."""
    last = min(plan.last_quarter, plan.period_of(today) - 1)
    return list(Period.span(plan.first_quarter, last))[::-1]


def downloads_of(brief: Brief, limit: int = 10) -> list[Download]:
    """The latest downloads of the brief's files."""
    return list(Download.objects.filter(file__brief=brief).select_related("by").defer("file__pdf")[:limit])


# -- amended texts ------------------------------------------------------------------------------------------

IMPRINT = "imprint/"


@dataclass(frozen=True)
class Written:
    """What was amended on a brief: words by their keys, and the imprint; `last` is the number of the last change."""

    words: dict[str, str]
    imprint: Imprint
    last: int


def office_of(brief: Brief) -> str:
    """Whose document it is: of an issued brief as it was issued, else the words that its plan's jurisdiction has now."""
    if brief.state in NUMBERED:
        return brief.office or settings.BRIEF_OFFICE  # issued before sites had jurisdictions
    return words_of(brief.plan_id).office


def wording_of(brief: Brief) -> Wording:
    """In whose words it is composed: an issued brief in those of its day. One query where it is not issued."""
    if brief.state in NUMBERED and brief.wording:
        return Wording(**brief.wording)
    return words_of(brief.plan_id).wording


def imprint_of(kind: str, place: Jurisdiction) -> dict[str, str]:
    """What the imprint of such a brief holds before somebody amends it. What goes to one agency has no list of readers."""
    names = ("report_to", "send_to", "distribute_to") if KINDS[kind].is_numbered else ()
    printed = [name for name in (*names, "printed_by") if name in KINDS[kind].imprint_fields]
    return {name: words for name in printed if (words := getattr(place, name))}


def _imprint_begun(brief: Brief) -> dict[str, str]:
    """The same: of an issued brief as it was issued, else as its plan's jurisdiction has it now."""
    if brief.state in NUMBERED:
        return brief.imprint or {}
    return imprint_of(brief.kind, words_of(brief.plan_id))


def written(brief: Brief, *, seen: int | None = None) -> Written:
    """As it holds now, or as it held when the change of the number `seen` was the last. One query, and one for the
    jurisdiction's imprint where it is not issued."""
    texts = BriefText.objects.filter(brief=brief)
    if seen is not None:
        texts = texts.filter(pk__lte=seen)
    rows = list(texts.order_by("pk").values_list("pk", "key", "text"))
    latest = {key: text for _pk, key, text in rows}
    imprint: dict[str, Any] = _imprint_begun(brief) | {
        key.removeprefix(IMPRINT): text for key, text in latest.items() if key.startswith(IMPRINT)
    }
    copies = imprint.pop("copies", "")
    return Written(
        words={key: text for key, text in latest.items() if not key.startswith(IMPRINT)},
        imprint=Imprint(**imprint, copies=int(copies) if copies else None),
        last=rows[-1][0] if rows else 0,
    )


def changes_of(brief: Brief) -> list[BriefText]:
    """Every amendment, the latest first."""
    return list(BriefText.objects.filter(brief=brief).select_related("by").order_by("-pk"))


# -- verification -------------------------------------------------------------------------------------------

# What people read for Crockford's digits, and the signs that they put between.
_MISREAD = str.maketrans(
    {"O": "0", "I": "1", "L": "1", "-": None, " ": None, "　": None, "－": None, "—": None}
)


@dataclass(frozen=True)
class Verdict:
    """What verification shows: only what is printed on the brief, and whether it still holds."""

    state: str  # genuine, superseded, withdrawn, unknown
    kind: str = ""
    masthead: str = ""  # the red head: the plan's title and the name of the series
    title: str = ""
    scope_name: str = ""  # the group, sector or agency that it speaks of
    period: str = ""  # "" for what speaks of the plan's whole time
    as_at: date | None = None
    known_at: datetime | None = None
    label: str = ""
    is_numbered: bool = True
    issued_at: datetime | None = None
    figures_sha256: str = ""
    file_sha256: str = ""
    is_sample: bool = False
    withdrawn_at: datetime | None = None
    newer_label: str = ""  # the edition in force, where there is a later one
    newer_at: datetime | None = None


UNKNOWN = Verdict("unknown")


def read_code(text: str) -> str:
    """A code as typed, in the form in which it is kept; "" when it cannot be one."""
    code = text.strip().upper().translate(_MISREAD)
    return code if len(code) == CODE_LENGTH and code.isascii() and code.isalnum() else ""


def verify_code(text: str) -> Verdict:
    """The brief with this printed code."""
    code = read_code(text)
    return _verdict(Brief.objects.published().filter(code=code)) if code else UNKNOWN


def verify_file(sha256: str) -> Verdict:
    """Whether a file is, to the last byte, one that was issued."""
    return _verdict(Brief.objects.published().filter(files__issued=True, files__sha256=sha256))


def _verdict(found: QuerySet[Brief]) -> Verdict:
    brief = found.defer("plan__text", "plan__head").select_related("plan").first()
    if brief is None:
        return UNKNOWN
    head = _head_of(brief)
    newer = (
        Brief.objects.published()
        .editions_of(brief)
        .filter(edition__gt=brief.edition)
        .defer("figures")
        .first()
    )
    file = BriefFile.objects.filter(brief=brief, issued=True).values_list("sha256", flat=True).first()
    if brief.state == BriefState.WITHDRAWN:
        state = "withdrawn"
    else:
        state = "genuine" if brief.state == BriefState.ISSUED else "superseded"
    return Verdict(
        state=state,
        kind=brief.kind_label,
        masthead=head.masthead,
        title=head.title,
        scope_name=head.scope_name,
        period=period_label(brief.kind, brief.quarter),
        as_at=head.as_at,
        known_at=brief.known_at,
        label=brief.label,
        is_numbered=brief.number is not None,
        issued_at=brief.issued_at,
        figures_sha256=brief.figures_sha256,
        file_sha256=file or "",
        is_sample=brief.is_sample,
        withdrawn_at=brief.withdrawn_at,
        newer_label=newer.label if newer and newer.state == BriefState.ISSUED else "",
        newer_at=newer.issued_at if newer and newer.state == BriefState.ISSUED else None,
    )


@dataclass(frozen=True)
class _Head:
    masthead: str
    title: str
    scope_name: str
    as_at: date


@dataclass(frozen=True)
class _Frozen:
    """Of the frozen figures, what is printed at the head and may have changed since."""

    as_at: date
    plan_title: str = ""


class _EveryCharacter(Container[int]):
    def __contains__(self, _character: object) -> bool:
        return True


def _head_of(brief: Brief) -> _Head:
    """The brief's head as it was printed. Numbers run by kind: without the head, the code of one brief would prove another
    of the same number."""
    frozen = read_text(brief.figures, _Frozen)
    coverage: Container[int] = _EveryCharacter()
    # A verification does not wait for fonts: without them a rare character is shown as it was typed.
    with suppress(fonts.FontError):
        coverage = fonts.load().coverage
    heading = Heading(
        plan_title=frozen.plan_title or brief.plan.title,
        quarter=brief.quarter,
        scope=ScopeRef(brief.scope, brief.scope_name),
        as_at=frozen.as_at,
        printable=partial(clean, coverage=coverage),
    )
    kind = KINDS[brief.kind]
    return _Head(
        masthead=f"{heading.printable(heading.plan_title)} {kind.series_of(brief.quarter)}",
        title="".join(kind.title(heading)),
        scope_name=heading.printable(brief.scope_name),
        as_at=frozen.as_at,
    )
