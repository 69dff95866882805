"""What moved: returns filed and decided, requests, instructions, notices and briefs, as the querysets let the reader see them.
The number of queries does not grow."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs.models import Brief
from reports.coordination.models import CoordinationRequest, CoordinationStep
from reports.coordination.values import StepKind
from reports.news.models import NewsMark
from reports.search.asking import names_on, note_of
from reports.supervision.models import Instruction, Notice
from tasks.models import Task, User, Version
from tasks.submissions.models import Decision
from tasks.values import Duty

USUAL = timedelta(days=7)  # of which a reader without a mark is told
SHOWN = 20  # of a part


@dataclass(frozen=True)
class Item:
    """One thing that moved: when, what in a few words, and where it is read."""

    at: datetime
    words: str
    url: str
    ref: str = ""
    note: str = ""


@dataclass(frozen=True)
class Part:
    """Things of one kind, the newest first; `count` of them moved, of which `items` are shown."""

    key: str
    title: str
    count: int
    items: Sequence[Item]


def read_until(user: User) -> datetime:
    """Up to when the reader has read the news; without a mark a week ago. One query."""
    mark = NewsMark.objects.filter(user=user).values_list("until", flat=True).first()
    return mark or clock.now() - USUAL


def news(user: User, since: datetime) -> list[Part]:
    """What moved after the moment, what concerns the reader's own agency first; parts without anything are left out."""
    versions = Version.objects.visible_to(user).filter(is_trial=False).select_related("task")
    returned, accepted = Q(decision=Decision.RETURNED), Q(decision=Decision.ACCEPTED)
    mine = Q(agency=user.agency_id) if user.agency_id else Q(pk__in=[])
    decided = versions.filter(decided_at__gt=since)
    steps = CoordinationStep.objects.filter(
        request__in=CoordinationRequest.objects.visible_to(user), at__gt=since
    ).exclude(kind__in=(StepKind.AGAIN, StepKind.TAKEN, StepKind.REWORDED))
    notices = Notice.objects.visible_to(user).filter(issued_at__gt=since)
    parts = [
        _part("returned", _("退回本单位的"), decided.filter(mine & returned), "decided_at", _decided),
        _part("decided", _("对本单位填报的决定"), decided.filter(mine & accepted), "decided_at", _decided),
        _part("filed", _("新提交的填报"), versions.filter(submitted_at__gt=since), "submitted_at", _filed),
        _part("sent", _("其他退回"), decided.filter(returned).exclude(mine), "decided_at", _decided),
        _part(
            "accepted", _("其他核定和采纳"), decided.filter(accepted).exclude(mine), "decided_at", _decided
        ),
        _part("requests", _("提请协调事项"), steps.select_related("request__task"), "at", _steps),
        _part(
            "instructions",
            _("批示"),
            Instruction.objects.visible_to(user).filter(at__gt=since),
            "at",
            _instructions,
        ),
        _part("notices", _("督办"), notices, "issued_at", _notices),
        _part("briefs", _("简报"), _briefs_of(user).filter(issued_at__gt=since), "issued_at", _briefs),
    ]
    return [part for part in parts if part.count]


def _briefs_of(user: User) -> QuerySet[Brief]:
    return Brief.objects.visible_to(user).published().defer("figures")


def _part(
    key: str, title: str, rows: QuerySet[Any], by: str, say: Callable[[Sequence[Any]], Iterable[Item]]
) -> Part:
    count = rows.count()
    shown = list(rows.order_by(f"-{by}", "-pk")[:SHOWN])
    return Part(key, title, count, list(say(shown)))


@dataclass(frozen=True)
class Summary:
    """How much moved, for the line on the pages where one begins."""

    since: datetime
    filed: int
    returned: int
    mine: int  # decisions on returns of the reader's own agency

    @property
    def is_something(self) -> bool:
        return bool(self.filed or self.returned or self.mine)


def summary(user: User) -> Summary:
    """Two queries."""
    since = read_until(user)
    mine = Q(agency=user.agency_id) if user.agency_id else Q(pk__in=[])
    moved = (
        Version.objects.visible_to(user)
        .filter(Q(submitted_at__gt=since) | Q(decided_at__gt=since), is_trial=False)
        .aggregate(
            filed=Count("pk", filter=Q(submitted_at__gt=since)),
            returned=Count("pk", filter=Q(decided_at__gt=since, decision=Decision.RETURNED)),
            mine=Count("pk", filter=mine & Q(decided_at__gt=since, decision=Decision.ACCEPTED)),
        )
    )
    return Summary(since, **moved)


def of_task(user: User, task: Task, most: int = 3) -> list[Item]:
    """What moved last on a task: returns filed and decided. Two queries."""
    rows = Version.objects.visible_to(user).filter(task=task, is_trial=False).select_related("task")
    shown = list(rows.order_by(Coalesce(F("decided_at"), F("submitted_at")).desc(), "-pk")[:most])
    names = names_on(version.agency_id for version in shown)
    return [(_decision if version.decided_at else _filing)(version, names) for version in shown]


# -- words ----------------------------------------------------------------------------------------------------


Names = Callable[[int, date], str]


def _filed(versions: Sequence[Version]) -> Iterable[Item]:
    names = names_on(version.agency_id for version in versions)
    return [_filing(version, names) for version in versions]


def _decided(versions: Sequence[Version]) -> Iterable[Item]:
    names = names_on(version.agency_id for version in versions)
    return [_decision(version, names) for version in versions]


def _filing(version: Version, names: Names) -> Item:
    words = _("%(agency)s提交%(duty)s%(again)s")
    duty = _("牵头填报") if version.duty == Duty.LEAD else _("配合填报")
    again = _("第%(n)d版") % {"n": version.number} if version.number > 1 else ""
    return _item(version, version.submitted_at, words, names, duty=duty, again=again)


def _decision(version: Version, names: Names) -> Item:
    if version.decision == Decision.RETURNED:
        words = _("%(agency)s的填报被退回")
    elif version.duty == Duty.LEAD:
        words = _("%(agency)s的牵头填报已核定")
    else:
        words = _("%(agency)s的配合填报已采纳")
    return _item(version, version.decided_at or version.submitted_at, words, names)


def _item(version: Version, at: datetime, words: str, names: Names, **more: str) -> Item:
    return Item(
        at,
        words % {"agency": names(version.agency_id, version.quarter.last_day), **more},
        reverse("version", args=[version.submission_id, version.number]),
        version.task.code,
        note_of(version.quarter.label, version.task.heading),
    )


def _steps(steps: Sequence[CoordinationStep]) -> Iterable[Item]:
    names = names_on(step.request.agency_id for step in steps)
    for step in steps:
        request = step.request
        words = {
            "agency": names(request.agency_id, request.quarter.last_day),
            "step": step.get_kind_display(),
        }
        yield Item(
            step.at,
            _("%(agency)s提请协调的事项：%(step)s") % words,
            reverse("coordination", args=[request.pk]),
            request.task.code,
            request.text,
        )


def _instructions(rows: Sequence[Instruction]) -> Iterable[Item]:
    for one in rows:
        yield Item(one.at, one.title, reverse("instruction", args=[one.pk]), note=one.words)


def _notices(rows: Sequence[Notice]) -> Iterable[Item]:
    names = names_on(one.agency_id for one in rows)
    for one in rows:
        at = one.issued_at or one.proposed_at
        words = {"agency": names(one.agency_id, timezone.localtime(at).date()), "number": one.doc_number}
        yield Item(
            at, _("向%(agency)s发出%(number)s") % words, reverse("notice", args=[one.pk]), note=one.title
        )


def _briefs(rows: Sequence[Brief]) -> Iterable[Item]:
    for one in rows:
        yield Item(
            one.issued_at or one.asked_at,
            _("印发%(title)s") % {"title": one.title},
            reverse("brief", args=[one.pk]),
            note=one.label,
        )
