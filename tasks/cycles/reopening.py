"""重新开启: after a quarter is closed, named agencies may file again until a moment, for a reason.

An agency that was sent something back after closing, or was asked for a supplement, has that one task reopened by the
decision itself (tasks.review.actions); here the office does it by hand.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.audit.log import Entry, record_all
from tasks.cycles import refiling
from tasks.cycles.extensions import Extended, extended
from tasks.cycles.models import Cycle, Reopening
from tasks.cycles.refiling import Again, Why
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agency_ids
from tasks.plans.duties import duties
from tasks.plans.models import Task

NOTE = 500  # characters of a reason


# -- reading ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Openings:
    """What can be filed at a moment: everything of a cycle that is open, and what was reopened of those closed."""

    moment: datetime
    reopened: dict[tuple[int, int], list[Reopening]] = field(default_factory=dict)  # by (cycle, agency)
    cycles: tuple[Cycle, ...] = ()

    @cached_property
    def extended(self) -> Extended:
        """The other dates that agencies were granted in the cycles. One query, the first time."""
        return extended(self.cycles)

    def allows(self, cycle: Cycle, agency_id: int, task_id: int) -> bool:
        """Whether the agency may write and submit its return on the task."""
        return cycle.is_open(self.moment) or self.until(cycle, agency_id, task_id) is not None

    def until(self, cycle: Cycle, agency_id: int, task_id: int | None = None) -> datetime | None:
        """Until when the closed cycle is reopened for the agency (on the task; None: on any)."""
        ends = [
            one.until
            for one in self.reopened.get((cycle.pk, agency_id), [])
            if task_id is None or one.task_id in {None, task_id}
        ]
        return max(ends, default=None)


def wanted_by(
    cycle: Cycle,
    opened: Openings,
    *,
    duty: str,
    agency_id: int,
    task_id: int,
    answer_by: datetime | None = None,
) -> datetime:
    """Until when a submission is wanted: `answer_by` where it was sent back or more was asked for, else until when it
    is reopened, else the date for its duty that holds for the agency."""
    return answer_by or opened.until(cycle, agency_id, task_id) or opened.extended.due(cycle, duty, agency_id)


def openings(cycles: Iterable[Cycle], moment: datetime) -> Openings:
    """One query, and none while none of the cycles is closed."""
    cycles = list(cycles)
    closed = [cycle.pk for cycle in cycles if moment >= cycle.closes_at]
    found: dict[tuple[int, int], list[Reopening]] = {}
    if closed:
        for one in running(moment).filter(cycle__in=closed):
            found.setdefault((one.cycle_id, one.agency_id), []).append(one)
    return Openings(moment, found, tuple({cycle.pk: cycle for cycle in cycles}.values()))


def running(moment: datetime) -> "models.QuerySet[Reopening]":
    """Reopenings that hold at the moment."""
    return Reopening.objects.filter(opened_at__lte=moment, until__gt=moment, ended_at__isnull=True)


def reopened_for(agency_id: int, moment: datetime) -> list[Reopening]:
    """What is reopened for the agency, of quarters that are closed; the one that ends first comes first."""
    return list(
        running(moment)
        .filter(agency=agency_id, cycle__closes_at__lte=moment)
        .select_related("cycle__plan", "task", "opened_by")
        .defer("cycle__plan__text")
        .order_by("until", "pk")
    )


# -- writing ------------------------------------------------------------------------------------------------


@transaction.atomic
def reopen(
    *,
    by: User,
    cycle: Cycle,
    agency_ids: Collection[int],
    until: datetime,
    reason: str,
    now: datetime | None = None,
) -> list[Reopening]:
    """Open a closed quarter again for these agencies, for all that they owe in it, until a moment.

    Whoever may decide an agency's returns may do it for that agency: nobody reopens a period for their own agency. Raises Problems
    on the field; Conflict when the cycle is not closed.
    """
    moment = now or clock.now()
    offices = office_agency_ids(cycle.plan_id)
    if not all(may_decide_for(by, agency_id, offices) for agency_id in agency_ids):
        raise PermissionDenied(
            _("重新开启由领导小组办公室决定；办公室所在单位的由复核人决定，不能为本单位开启。")
        )
    # Two who do it at once: the second finds what the first wrote.
    Cycle.objects.select_for_update().get(pk=cycle.pk)
    if moment < cycle.closes_at:
        raise Conflict(_("%(quarter)s填报尚未截止，不需要重新开启。") % {"quarter": cycle.quarter.label})
    problems = []
    agencies = {agency.pk: agency for agency in Agency.objects.filter(pk__in=agency_ids)}
    if not agency_ids:
        problems.append(Problem("agencies", _("请至少选一个单位。")))
    owing = set(duties([cycle.plan_id], cycle.quarter).values_list("agency_id", flat=True))
    if not set(agency_ids) <= owing & set(agencies):
        problems.append(Problem("agencies", _("所选单位中有的在这个季度没有填报责任。")))
    if until <= moment:
        problems.append(Problem("until", _("截止时间要晚于现在。")))
    if not reason.strip():
        problems.append(Problem("reason", _("请写明重新开启的理由。")))
    elif len(reason) > NOTE:
        problems.append(Problem("reason", _("理由最多 %(limit)d 字，请删减。") % {"limit": NOTE}))
    already = {
        one.agency_id for one in running(moment).filter(cycle=cycle, agency__in=agency_ids, task__isnull=True)
    }
    if already:
        problems.append(Problem("agencies", _("所选单位中有的已经重新开启；要改期限，请先结束原来的。")))
    if problems:
        raise Problems(problems)
    made = Reopening.objects.bulk_create(
        Reopening(
            cycle=cycle,
            agency_id=agency_id,
            opened_at=moment,
            opened_by=by,
            until=until,
            reason=reason.strip(),
        )
        for agency_id in sorted(agency_ids)
    )
    _record("cycle.reopen", made, agencies, by, moment)
    refiling.announce([Again(Why.REOPENED, cycle, one.agency_id, None, one.until) for one in made], moment)
    return made


@transaction.atomic
def end_reopening(*, by: User, reopening: Reopening, now: datetime | None = None) -> None:
    """Close again before the time. Drafts stay, and can be read."""
    moment = now or clock.now()
    if not may_decide_for(by, reopening.agency_id, office_agency_ids(reopening.cycle.plan_id)):
        raise PermissionDenied(_("由领导小组办公室结束重新开启。"))
    ended = running(moment).filter(pk=reopening.pk).update(ended_at=moment, ended_by=by)
    if not ended:
        raise Conflict(_("这次重新开启已经结束，请刷新页面。"))
    agencies = {reopening.agency_id: Agency.objects.get(pk=reopening.agency_id)}
    _record("cycle.reopen_end", [reopening], agencies, by, moment)


def reopen_task(
    *, by: User, cycle: Cycle, agency_id: int, task: Task, until: datetime, reason: str, at: datetime
) -> Reopening:
    """Reopen one task for an agency, as part of a decision that asks it for more: the caller has checked who may, holds
    the transaction and writes the record of the decision."""
    return Reopening.objects.create(
        cycle=cycle, agency_id=agency_id, task=task, opened_at=at, opened_by=by, until=until, reason=reason
    )


def _record(
    verb: str, made: Sequence[Reopening], agencies: dict[int, Agency], by: User, moment: datetime
) -> None:
    record_all(
        [
            Entry(
                verb,
                one.cycle,
                note=one.reason,
                data={"agency": agencies[one.agency_id].slug, "until": one.until.isoformat()},
            )
            for one in made
        ],
        by=by,
        at=moment,
    )
