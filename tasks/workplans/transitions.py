"""The heads of work plans: locked in one order, checked against the table of transitions, moved by one UPDATE."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.audit.log import Entry, record_all, subject_of
from tasks.audit.models import Event
from tasks.errors import Conflict, Problem
from tasks.people.models import User
from tasks.workplans.models import State, WorkPlan
from tasks.workplans.transition_table import Transition

NOTE_LIMIT = 2000


def lock(ids: Iterable[int]) -> list[WorkPlan]:
    wanted = set(ids)
    rows = list(
        WorkPlan.objects.select_for_update(of=("self",))
        .select_related("plan", "agency", "saved_by")
        .filter(pk__in=wanted)
        .order_by("pk")
    )
    if not rows or len(rows) != len(wanted):
        raise PermissionDenied(_("没有这份实施方案。"))
    return rows


def check_states(rows: Sequence[WorkPlan], transition: Transition) -> None:
    for row in rows:
        if row.state not in transition.sources:
            raise Conflict(state_sentence(row))


def move(
    rows: Sequence[WorkPlan],
    transition: Transition,
    *,
    by: User,
    at: datetime,
    note: str = "",
    notes: dict[int, str] | None = None,
    data: dict[int, dict[str, Any]] | None = None,
) -> None:
    """The one conditional UPDATE, and the record of it. The rows are locked, so a count that differs means that the
    state moved before."""
    moved = WorkPlan.objects.filter(pk__in=[row.pk for row in rows], state__in=transition.sources).update(
        state=transition.target, revision=F("revision") + 1
    )
    if moved != len(rows):
        raise Conflict(_("状态刚刚被别人改变，请刷新页面。"))
    record_all(
        [
            Entry(
                verb=transition.verb,
                subject=row,
                from_state=row.state,
                to_state=transition.target,
                note=(notes or {}).get(row.pk, note),
                data=(data or {}).get(row.pk, {}),
            )
            for row in rows
        ],
        by=by,
        at=at,
    )
    for row in rows:
        row.state = transition.target
        row.revision += 1


def state_sentence(row: WorkPlan) -> str:
    """Who did what, for the one who came second."""
    last = Event.objects.filter(subject=subject_of(row)).select_related("by").order_by("-id").first()
    about = {"label": row.period.label, "state": State(row.state).label}
    if last is None or last.by is None:
        return _("%(label)s现在是“%(state)s”，不能这样做；请刷新页面。") % about
    return _("%(label)s已由%(who)s于 %(when)s 改为“%(state)s”，请刷新页面。") % {
        **about,
        "who": last.by,
        "when": clock_face(last.at),
    }


def clock_face(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"


def note_problems(note: str, *, missing: str = "") -> list[Problem]:
    """What is wrong with a reason; `missing` is what to say when there is none, "" where none is needed."""
    if missing and not note.strip():
        return [Problem("note", missing)]
    if len(note) > NOTE_LIMIT or "\0" in note:
        return [Problem("note", _("理由最多 %(limit)d 字，请删减。") % {"limit": NOTE_LIMIT})]
    return []
