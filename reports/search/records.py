"""Finds what agencies reported and what was asked of them: returns, their problems, drafts, requests, notices, instructions.
Who may see what is said by the querysets (`visible_to`, `versions_shown_whole`) and nowhere here: a word is looked for only
in what they give."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.coordination.models import REQUEST_WORDS, CoordinationRequest
from reports.search.asking import Asker, counted, day_of, in_order, last_of_each, names_on, newest, note_of
from reports.search.values import MOST, Finds, Hit, Rank
from reports.supervision.models import INSTRUCTION_WORDS, NOTICE_WORDS, Instruction, Notice
from tasks.finding import excerpt, plain, runs
from tasks.grams import has_pairs, holds, stands_in
from tasks.models import User
from tasks.people.plan_scope import over_plans
from tasks.submissions.marks import mark_columns, marks
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

# -- returns --------------------------------------------------------------------------------------------------


def returns(asker: Asker, most: int) -> Finds:
    """Submitted versions by what every reader of them sees."""
    seen = Version.objects.visible_to(asker.user)
    return _versions(asker, seen, OPEN_WORDS, _said, most)


def problems(asker: Asker, most: int) -> Finds:
    """Submitted versions by what is withheld from some readers: only those that are shown whole to this one."""
    seen = versions_shown_whole(asker.user).filter(withdrawn_at__isnull=True)
    return _versions(asker, seen, WITHHELD_WORDS, _withheld, most)


def _said(content: Submission | Version) -> list[str]:
    return [getattr(content, name) for name in OPEN_WORDS]


def _withheld(content: Submission | Version) -> list[str]:
    return [*(str(one.get("text", "")) for one in content.problems), content.coordination]


def _versions(
    asker: Asker,
    seen: QuerySet[Version],
    parts: Sequence[Any],
    texts: Callable[[Submission | Version], list[str]],
    most: int,
) -> Finds:
    """The last version of each submission that has the words, newest first."""

    def load(ids: Sequence[int]) -> Iterable[Hit]:
        versions = in_order(Version.every.select_related("task").annotate(**mark_columns()), ids)
        names = names_on(version.agency_id for version in versions)
        for version in versions:
            yield Hit(
                Rank.RECORD,
                runs(names(version.agency_id, version.quarter.last_day), asker.words),
                reverse("version", args=[version.submission_id, version.number]),
                asker.excerpt(texts(version)),
                note_of(version.quarter.label, _duty(version), _standing(version), *marks(version)),
                ref=version.task.code,
                light=version.light,
                verified=version.verified_light,
                is_lead=version.duty == Duty.LEAD,
            )

    found = seen.filter(has_pairs(asker.words, *parts), is_trial=False, **asker.within("task__plan"))
    return last_of_each(found, "submission_id", most, load, exact=stands_in(asker.words, *parts))


def _duty(content: Submission | Version) -> str:
    return _("牵头填报") if content.duty == Duty.LEAD else _("配合填报")


def _standing(version: Version) -> str:
    if version.decision == Decision.RETURNED:
        return _("已退回")
    if version.decision == Decision.ACCEPTED:
        word = _("已核定") if version.duty == Duty.LEAD else _("已采纳")
        return f"{word}，{version.get_verification_display()}" if version.verified_light else word
    return _("%(day)s提交") % {"day": day_of(timezone.localtime(version.submitted_at).date())}


def drafts(asker: Asker, most: int) -> Finds:
    """What the reader's own agency has written and not submitted."""

    def load(ids: Sequence[int]) -> Iterable[Hit]:
        for draft in in_order(Submission.objects.select_related("task"), ids):
            yield Hit(
                Rank.RECORD,
                runs(draft.task.heading, asker.words),
                reverse("return", args=[draft.pk]),
                asker.excerpt([*_said(draft), *_withheld(draft)]),
                note_of(draft.quarter.label, _duty(draft), str(State(draft.state).label)),
                ref=draft.task.code,
            )

    own = over_plans(Submission.objects.all(), asker.user, _own_drafts)
    found = own.filter(
        holds(asker.words, *OPEN_WORDS) | holds(asker.words, *WITHHELD_WORDS), **asker.within("task__plan")
    )
    return newest(found, most, load, "-saved_at", "-pk")


def _own_drafts(rows: SubmissionQuerySet, user: User) -> SubmissionQuerySet:
    if user.agency_id is None:
        return rows.none()
    return rows.visible_to(user).filter(agency=user.agency_id, state__in=_NOT_SUBMITTED)


# -- requests and supervision ---------------------------------------------------------------------------------


def requests(asker: Asker, most: int) -> Finds:
    """Requests for coordination, by their wording now."""

    def load(ids: Sequence[int]) -> Iterable[Hit]:
        rows = in_order(CoordinationRequest.objects.for_page(), ids)
        names = names_on(one.agency_id for one in rows)
        for one in rows:
            yield Hit(
                Rank.RECORD,
                runs(names(one.agency_id, one.quarter.last_day), asker.words),
                reverse("coordination", args=[one.pk]),
                excerpt(one.text, asker.words),
                note_of(one.quarter.label, str(one.get_state_display())),
                ref=one.task.code,
            )

    seen = CoordinationRequest.objects.visible_to(asker.user)
    return newest(seen.filter(holds(asker.words, *REQUEST_WORDS), **asker.within("plan")), most, load)


def notices(asker: Asker, most: int) -> Finds:
    """Notices, that of the number first."""

    def load(keys: Sequence[tuple[int, bool]]) -> Iterable[Hit]:
        rows = in_order(Notice.objects.defer("draft"), [pk for pk, _exact in keys])
        names = names_on(notice.agency_id for notice in rows)
        for notice in rows:
            yield Hit(
                Rank.EXACT if (notice.pk, True) in keys else Rank.RECORD,
                runs(note_of(notice.doc_number, notice.title), asker.words),
                reverse("notice", args=[notice.pk]),
                excerpt(notice.text, asker.words),
                note_of(
                    names(notice.agency_id, timezone.localtime(notice.proposed_at).date()),
                    str(notice.get_state_display()),
                    _("%(day)s前反馈") % {"day": day_of(notice.due_on)} if notice.due_on else "",
                ),
            )

    seen = Notice.objects.visible_to(asker.user)
    found = seen.filter(holds(asker.words, *NOTICE_WORDS), **asker.within("plan"))
    numbers = found.order_by("-pk").values_list("pk", "doc_number")[: MOST + 1]
    keys = [(pk, plain(number) == asker.query.plain) for pk, number in numbers]
    return counted(sorted(keys, key=lambda key: not key[1]), most, load)


def instructions(asker: Asker, most: int) -> Finds:
    def load(ids: Sequence[int]) -> Iterable[Hit]:
        for one in in_order(Instruction.objects.with_standing(), ids):
            yield Hit(
                Rank.RECORD,
                runs(_("%(leader)s批示") % {"leader": one.leader}, asker.words),
                reverse("instruction", args=[one.pk]),
                excerpt(one.words, asker.words),
                note_of(day_of(one.given_on), str(one.standing.label)),
            )

    seen = Instruction.objects.visible_to(asker.user)
    return newest(seen.filter(holds(asker.words, *INSTRUCTION_WORDS), **asker.within("plan")), most, load)
