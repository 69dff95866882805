"""What every write of a brief stands on: who may, a reason that can be kept, the one conditional UPDATE, the record, and
who was first."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _

from reports.briefs import permissions
from reports.briefs.models import Brief, BriefSet, BriefState
from tasks.audit.log import Entry, record_all, subject_of
from tasks.audit.models import Event
from tasks.errors import Conflict, Problems
from tasks.indicators.write_checks import text_problems
from tasks.people.models import User

REASON_LIMIT = 500


def check_may(by: User | None) -> None:
    """Raise PermissionDenied unless the actor makes briefs."""
    if not permissions.may_act(by):
        raise PermissionDenied(_("只有领导小组办公室可以生成、印发、撤回和作废简报。"))


def check_reason(reason: str, empty: str) -> None:
    """Raise Problems unless a reason was given that can be kept."""
    problems = text_problems("reason", reason.strip(), limit=REASON_LIMIT, required=empty)
    if problems:
        raise Problems(problems)


def change(brief: Brief, way: permissions.Transition, **values: object) -> None:
    """The conditional UPDATE; whoever comes second is told who was first."""
    allowed = Brief.objects.filter(pk=brief.pk, state__in=way.sources)
    if not allowed.update(state=way.target, **values):
        raise Conflict(who_did_what(brief))
    for name, value in {"state": way.target, **values}.items():
        setattr(brief, name, value)


def who_did_what(brief: Brief) -> str:
    """Why it cannot be done any more: who was first, when, and what the brief is now."""
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


def entry(
    brief: Brief,
    way: permissions.Transition,
    *,
    source: BriefState | None = None,
    note: str = "",
    data: dict[str, object] | None = None,
) -> Entry:
    """What the record says of the way taken; `source` where it has several."""
    if source is None:
        (source,) = way.sources
    return Entry(way.verb, brief, source, way.target, note, data or {})


def record_step(
    brief: Brief,
    way: permissions.Transition,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    data: dict[str, object] | None = None,
) -> None:
    """Write it, of one brief."""
    record_all([entry(brief, way, note=note, data=data)], by=by, at=at)


def give_up(
    briefs: list[Brief], *, by: User | None, reason: str, at: datetime, whole: BriefSet | None = None
) -> dict[str, object]:
    """Of briefs that are locked, so that the record knows from which state each came; returns what was written."""
    way = permissions.DISCARD
    values = {"state": way.target, "discarded_at": at, "discarded_by": by, "discarded_reason": reason}
    Brief.objects.filter(pk__in=[brief.pk for brief in briefs], state__in=way.sources).update(**values)
    entries = [entry(brief, way, source=BriefState(brief.state), note=reason) for brief in briefs]
    if whole is not None:
        entries.insert(0, Entry("brief.set_discard", whole, note=reason, data={"briefs": len(briefs)}))
    record_all(entries, by=by, at=at)
    return values
