"""A quarter's whole set of briefs: request it, stop it, discard what is not issued. The rules are those of
reports.briefs.actions."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs import kinds
from reports.briefs.actions import ask
from reports.briefs.models import NUMBERED, Brief, BriefKind, BriefSet, BriefState
from reports.briefs.queries import kinds_of_set
from reports.briefs.transitions import DISCARD, FAIL, check_may, check_reason, discard_locked, entry
from tasks.audit.log import Entry, record_all, subject_of
from tasks.audit.models import Event
from tasks.errors import Conflict
from tasks.people.models import User
from tasks.plans.commit_order import in_order
from tasks.plans.models import Plan
from tasks.transitions import change_state
from tasks.values import Period


class SetInHand(Conflict):
    """The quarter has a set that is not issued yet."""

    def __init__(self, brief_set: BriefSet) -> None:
        said = _(
            "%(quarter)s整套简报已于 %(when)s 由%(who)s申请，还有没印发的；请先查看该套简报，确实需要再做。"
        )
        super().__init__(
            said
            % {
                "quarter": brief_set.quarter.label,
                "when": f"{timezone.localtime(brief_set.asked_at):%m-%d %H:%M}",
                "who": brief_set.asked_by or _("系统"),
            }
        )
        self.brief_set = brief_set


def _set_in_hand(plan: Plan, quarter: Period) -> BriefSet | None:
    """The latest set of the quarter of which something is being made or waits to be issued."""
    open_ones = Brief.objects.filter(state__in=[BriefState.ASKED, BriefState.DRAFT], of_set__isnull=False)
    sets = BriefSet.objects.filter(plan=plan, quarter=quarter, pk__in=open_ones.values("of_set"))
    return sets.select_related("asked_by").order_by("-asked_at", "-pk").first()


@transaction.atomic
def ask_set(
    *, by: User | None, plan: Plan, quarter: Period, again: bool = False, now: datetime | None = None
) -> tuple[BriefSet, list[Brief]]:
    """Every brief of a quarter that is over (reports.briefs.kinds.quarter_set), all as known now. Where a set of the
    quarter is in hand, only people who ask for another one (`again`) get it."""
    check_may(by)
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
        for one in kinds.quarter_set(plan, quarter, kinds_of_set(plan))
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
    check_may(by)
    moment = now or clock.now()
    waiting = Brief.objects.select_for_update().filter(of_set=brief_set, state__in=FAIL.sources)
    briefs = list(waiting.defer("figures"))
    if not briefs:
        raise Conflict(_("没有可以停止的：这套简报都已生成，或已经停止。"))
    change_state(briefs, FAIL)
    BriefSet.objects.filter(pk=brief_set.pk).update(stopped_at=moment, stopped_by=by)
    entries = [entry(brief, FAIL, note=_("整套停止"), data={"stopped": True}) for brief in briefs]
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
    check_may(by)
    check_reason(reason, _("请写明作废理由。"))
    moment = now or clock.now()
    # In the order in which stopping and asking again take them too, so that none waits for another in a circle.
    briefs = list(
        Brief.objects.select_for_update().filter(of_set=brief_set, state__in=DISCARD.sources).defer("figures")
    )
    if not briefs:
        raise Conflict(_who_discarded(brief_set))
    if seen is not None and len(briefs) > seen:
        raise MoreThanSeen(
            _("现在有%(n)d份可以作废，您看到的是%(seen)d份；请看过后再作废。")
            % {"n": len(briefs), "seen": seen}
        )
    discard_locked(briefs, by=by, reason=reason.strip(), at=moment, whole=brief_set)
    others = Counter(Brief.objects.filter(of_set=brief_set).order_by().values_list("state", flat=True))
    return Discarded(len(briefs), sum(others[state] for state in NUMBERED), others[BriefState.ASKED])


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
