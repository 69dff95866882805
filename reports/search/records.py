"""Finds what people wrote: returns, their problems, drafts, notices, instructions, briefs. Who may see what is said by the
querysets (`visible_to`, `versions_shown_whole`) and nowhere here: a word is looked for only in what they give."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from reports.briefs.kinds import title_of
from reports.briefs.models import Brief, BriefState
from reports.coordination.models import REQUEST_WORDS, CoordinationRequest
from reports.search.plan_objects import title_rank
from reports.search.values import MOST, Hit, Rank
from reports.supervision.models import INSTRUCTION_WORDS, NOTICE_WORDS, Instruction, Notice
from tasks.agencies.models import AgencyName
from tasks.finding import Query, excerpt, plain, runs
from tasks.grams import holds
from tasks.models import Plan, User
from tasks.people.plan_scope import over_plans
from tasks.submissions.models import (
    OPEN_WORDS,
    WITHHELD_WORDS,
    Decision,
    State,
    Submission,
    SubmissionQuerySet,
    Version,
)
from tasks.submissions.permissions import versions_shown_whole
from tasks.values import Duty

_NOT_SUBMITTED = (State.DRAFT, State.HANDED, State.RETURNED, State.SUPPLEMENT)
_BRIEFS = 3000  # of which the titles are read: those asked for last


@dataclass(frozen=True)
class Asker:
    """Who looks for what, in one plan or in all that they see."""

    user: User
    query: Query
    plan: Plan | None = None

    @property
    def words(self) -> list[str]:
        return list(self.query.words)

    def within(self, way: str) -> dict[str, Plan]:
        return {way: self.plan} if self.plan else {}


# -- returns --------------------------------------------------------------------------------------------------


def returns(asker: Asker) -> list[Hit]:
    """Submitted versions by what every reader of them sees."""
    seen = Version.objects.visible_to(asker.user)
    return _version_hits(asker, seen.filter(holds(asker.words, *OPEN_WORDS)), _said)


def problems(asker: Asker) -> list[Hit]:
    """Submitted versions by what is withheld from some readers: only those that are shown whole to this one."""
    seen = versions_shown_whole(asker.user).filter(withdrawn_at__isnull=True)
    return _version_hits(asker, seen.filter(holds(asker.words, *WITHHELD_WORDS)), _withheld)


def _said(content: Submission | Version) -> list[str]:
    return [getattr(content, name) for name in OPEN_WORDS]


def _withheld(content: Submission | Version) -> list[str]:
    return [*(str(one.get("text", "")) for one in content.problems), content.coordination]


def _version_hits(
    asker: Asker, found: QuerySet[Version], texts: Callable[[Submission | Version], list[str]]
) -> list[Hit]:
    """The last version of each submission that has the words, newest first."""
    rows = found.filter(is_trial=False, **asker.within("task__plan")).order_by("-pk")[: MOST + 1]
    last: dict[int, Version] = {}
    for version in Version.every.filter(pk__in=list(rows.values_list("pk", flat=True))).select_related(
        "task"
    ):
        kept = last.setdefault(version.submission_id, version)
        if version.number > kept.number:
            last[version.submission_id] = version
    versions = sorted(last.values(), key=lambda one: -one.pk)
    names = _names(version.agency_id for version in versions)
    return [
        Hit(
            Rank.RECORD,
            runs(names(version.agency_id, version.quarter.last_day), asker.words),
            reverse("version", args=[version.submission_id, version.number]),
            _excerpt(texts(version), asker),
            _joined(version.quarter.label, _duty(version), _standing(version)),
            ref=version.task.code,
            light=version.light,
            verified=version.verified_light,
            is_lead=version.duty == Duty.LEAD,
        )
        for version in versions
    ]


def _duty(content: Submission | Version) -> str:
    return _("牵头填报") if content.duty == Duty.LEAD else _("配合填报")


def _standing(version: Version) -> str:
    if version.decision == Decision.RETURNED:
        return _("已退回")
    if version.decision == Decision.ACCEPTED:
        word = _("已核定") if version.duty == Duty.LEAD else _("已采纳")
        return f"{word}，{version.get_verification_display()}" if version.verified_light else word
    return _("%(day)s提交") % {"day": _day(timezone.localtime(version.submitted_at).date())}


def drafts(asker: Asker) -> list[Hit]:
    """What the reader's own agency has written and not submitted."""
    own = over_plans(Submission.objects.all(), asker.user, _own_drafts)
    found = own.filter(
        holds(asker.words, *OPEN_WORDS) | holds(asker.words, *WITHHELD_WORDS), **asker.within("task__plan")
    )
    return [
        Hit(
            Rank.RECORD,
            runs(draft.task.heading, asker.words),
            reverse("return", args=[draft.pk]),
            _excerpt([*_said(draft), *_withheld(draft)], asker),
            _joined(draft.quarter.label, _duty(draft), str(State(draft.state).label)),
            ref=draft.task.code,
        )
        for draft in found.select_related("task").order_by("-saved_at", "-pk")[: MOST + 1]
    ]


def _own_drafts(rows: SubmissionQuerySet, user: User) -> SubmissionQuerySet:
    if user.agency_id is None:
        return rows.none()
    return rows.visible_to(user).filter(agency=user.agency_id, state__in=_NOT_SUBMITTED)


# -- requests and supervision ----------------------------------------------------------------------------------------------


def requests(asker: Asker) -> list[Hit]:
    """Requests for coordination, by their wording now."""
    found = CoordinationRequest.objects.visible_to(asker.user).filter(
        holds(asker.words, *REQUEST_WORDS), **asker.within("plan")
    )
    rows = list(found.for_page().order_by("-pk")[: MOST + 1])
    names = _names(one.agency_id for one in rows)
    return [
        Hit(
            Rank.RECORD,
            runs(names(one.agency_id, one.quarter.last_day), asker.words),
            reverse("coordination", args=[one.pk]),
            excerpt(one.text, asker.words),
            _joined(one.quarter.label, str(one.get_state_display())),
            ref=one.task.code,
        )
        for one in rows
    ]


def notices(asker: Asker) -> list[Hit]:
    found = Notice.objects.visible_to(asker.user).filter(
        holds(asker.words, *NOTICE_WORDS), **asker.within("plan")
    )
    rows = list(
        found.only("doc_number", "title", "text", "state", "agency_id", "due_on", "proposed_at").order_by(
            "-pk"
        )[: MOST + 1]
    )
    names = _names(notice.agency_id for notice in rows)
    return [
        Hit(
            Rank.EXACT if plain(notice.doc_number) == asker.query.plain else Rank.RECORD,
            runs(_joined(notice.doc_number, notice.title), asker.words),
            reverse("notice", args=[notice.pk]),
            excerpt(notice.text, asker.words),
            _joined(
                names(notice.agency_id, timezone.localtime(notice.proposed_at).date()),
                str(notice.get_state_display()),
                _("%(day)s前反馈") % {"day": _day(notice.due_on)} if notice.due_on else "",
            ),
        )
        for notice in rows
    ]


def instructions(asker: Asker) -> list[Hit]:
    found = Instruction.objects.visible_to(asker.user).filter(
        holds(asker.words, *INSTRUCTION_WORDS), **asker.within("plan")
    )
    return [
        Hit(
            Rank.RECORD,
            runs(_("%(leader)s批示") % {"leader": one.leader}, asker.words),
            reverse("instruction", args=[one.pk]),
            excerpt(one.words, asker.words),
            _joined(_day(one.given_on), str(one.standing.label)),
        )
        for one in found.with_standing().order_by("-pk")[: MOST + 1]
    ]


def briefs(asker: Asker) -> list[Hit]:
    """Briefs by their titles; a title is made of kind, period and part, so it is read here and not in the database."""
    seen = Brief.objects.visible_to(asker.user).filter(**asker.within("plan")).order_by("-pk")
    fields = ("pk", "kind", "quarter", "scope_name", "state", "number", "issued_at")
    found = []
    for pk, kind, quarter, scope_name, state, number, issued_at in seen.values_list(*fields)[:_BRIEFS]:
        issue = _("第%(number)d期") % {"number": number} if number else ""
        title = _joined(title_of(kind, quarter, scope_name), issue)
        rank = title_rank(title, asker.query)
        if rank is not None:
            found.append(
                Hit(
                    Rank.EXACT if rank is Rank.EXACT else Rank.RECORD,
                    runs(title, asker.words),
                    reverse("brief", args=[pk]),
                    note=_joined(
                        str(BriefState(state).label),
                        _("%(day)s印发") % {"day": _day(timezone.localtime(issued_at).date())}
                        if issued_at
                        else "",
                    ),
                )
            )
        if len(found) > MOST:
            break
    return found


# -- words ----------------------------------------------------------------------------------------------------


def _excerpt(texts: Iterable[str], asker: Asker) -> list[Any]:
    """Around the words, in the first of the texts that has one."""
    kept = [text for text in texts if text]
    having = [text for text in kept if any(word in plain(text) for word in asker.words)]
    return excerpt((having or kept or [""])[0], asker.words)


def _names(agency_ids: Iterable[int]) -> Callable[[int, date], str]:
    """The short name of an agency on a day: what is on record stays under the name of its time. One query."""
    names: dict[int, list[AgencyName]] = {}
    for name in AgencyName.objects.filter(agency__in=set(agency_ids)).order_by("agency_id", "valid"):
        names.setdefault(name.agency_id, []).append(name)

    def name_on(agency_id: int, day: date) -> str:
        own = names.get(agency_id, [])
        earlier = [name for name in own if name.valid.lower is None or name.valid.lower <= day]
        chosen = earlier[-1] if earlier else own[0] if own else None
        return chosen.short if chosen else ""

    return name_on


def _day(day: date) -> str:
    return str(date_format(day, "Y-m-d"))


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
