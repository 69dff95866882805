"""The states of a brief and the transitions between them, and the checks that every action on a brief makes."""

from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from reports.briefs import permissions
from reports.briefs.models import Brief, BriefSet, BriefState
from tasks import transitions
from tasks.audit.log import Entry, record_all
from tasks.errors import Problems
from tasks.indicators.write_checks import text_problems
from tasks.people.models import User
from tasks.transitions import Transition, table

FREEZE = Transition("brief.freeze", frozenset({BriefState.ASKED}), BriefState.DRAFT)
FAIL = Transition("brief.fail", frozenset({BriefState.ASKED}), BriefState.FAILED)
RETRY = Transition("brief.retry", frozenset({BriefState.FAILED}), BriefState.ASKED)
ISSUE = Transition("brief.issue", frozenset({BriefState.DRAFT}), BriefState.ISSUING)
PUBLISH = Transition("brief.publish", frozenset({BriefState.ISSUING}), BriefState.ISSUED)
SUPERSEDE = Transition("brief.supersede", frozenset({BriefState.ISSUED}), BriefState.SUPERSEDED)
WITHDRAW = Transition("brief.withdraw", frozenset({BriefState.ISSUED}), BriefState.WITHDRAWN)
# The end of a brief that never got a number: no transition leads on.
DISCARD = Transition("brief.discard", frozenset({BriefState.DRAFT, BriefState.FAILED}), BriefState.DISCARDED)

TABLE = table(BriefState, FREEZE, FAIL, RETRY, ISSUE, PUBLISH, SUPERSEDE, WITHDRAW, DISCARD)

REASON_LIMIT = 500


def check_may(by: User | None) -> None:
    """Raise PermissionDenied unless the actor makes briefs."""
    if not permissions.may_act(by):
        raise PermissionDenied(_("只有领导小组办公室可以生成、印发、撤回和作废简报。"))


def check_reason(reason: str, empty: str) -> None:
    """Raise Problems unless there is a reason, and one that can be stored."""
    problems = text_problems("reason", reason.strip(), limit=REASON_LIMIT, required=empty)
    if problems:
        raise Problems(problems)


def change(brief: Brief, transition: Transition, **values: object) -> None:
    """Move the brief and set `values`; the audit log is the caller's. Conflict names who was first."""
    transitions.change_state([brief], transition, values, conflict=lambda: state_sentence(brief))


def move(
    brief: Brief,
    transition: Transition,
    *,
    by: User | None,
    at: datetime,
    note: str = "",
    data: dict[str, object] | None = None,
    **values: object,
) -> None:
    """Move the brief, set `values` and write the audit log. Conflict names who was first."""
    transitions.move(
        [brief],
        transition,
        by=by,
        at=at,
        note=note,
        data={brief.pk: data} if data else None,
        values=values,
        conflict=lambda: state_sentence(brief),
    )


def entry(
    brief: Brief, transition: Transition, *, note: str = "", data: dict[str, object] | None = None
) -> Entry:
    """The audit log's entry for a transition that has one source."""
    (source,) = transition.sources
    return transitions.entry(transition, brief, source, note=note, data=data)


def state_sentence(brief: Brief) -> str:
    """Why an action is not possible any more: who was first, when, and the state of the brief now. Two queries."""
    return transitions.who_was_first(
        brief,
        _("%(who)s已于 %(when)s 处理过这份简报，现在是“%(state)s”；请刷新页面。"),
        _("这份简报现在是“%(state)s”，不能办理；请刷新页面。"),
        state=BriefState(transitions.stored_state(brief)).label,
    )


def discard_locked(
    briefs: list[Brief], *, by: User | None, reason: str, at: datetime, whole: BriefSet | None = None
) -> dict[str, object]:
    """Discard briefs that the caller has locked, so that the audit log knows the state of each before. `whole` is the
    set that they belong to, where the set as such is discarded. Returns the values that were written."""
    entries = [transitions.entry(DISCARD, brief, brief.state, note=reason) for brief in briefs]
    if whole is not None:
        entries.insert(0, Entry("brief.set_discard", whole, note=reason, data={"briefs": len(briefs)}))
    values: dict[str, object] = {"discarded_at": at, "discarded_by": by, "discarded_reason": reason}
    transitions.change_state(briefs, DISCARD, values)
    record_all(entries, by=by, at=at)
    return {"state": DISCARD.target, **values}
