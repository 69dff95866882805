"""各方案待办: what waits for the reader in every plan in which they have a part, on one page."""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from tasks.cycles.actions import open_cycles
from tasks.cycles.models import Cycle
from tasks.people.access import signed_in
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file, may_review
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import query_of
from tasks.plans.queries import default_plan
from tasks.submissions.models import State, Submission
from tasks.submissions.queries import owed_elsewhere, waiting_for_lead, waiting_for_office
from tasks.values import Duty


@dataclass(frozen=True)
class Work:
    """What waits for the reader in one open period of one plan. None: not theirs to do."""

    plan: Plan
    period: str
    dates: list[tuple[str, datetime]]  # (what is due, when)
    to_file: int | None
    to_approve: int | None
    to_adopt: int | None
    to_decide: int | None
    desk: str  # addresses, "" where the reader has no such page
    review: str

    @property
    def is_something(self) -> bool:
        return any((self.to_file, self.to_approve, self.to_adopt, self.to_decide))


def has_work(user: User) -> bool:
    """Whether the reader files or reviews in some plan, and so has such a page."""
    return may_file(user.anywhere()) or may_review(user.anywhere())


def work_of(user: User) -> list[Work]:
    """One row for each open period of each plan in which the reader files or reviews, those with work first. The number
    of queries grows with the number of open periods, not with what is in them."""
    cycles = [
        cycle
        for cycle in open_cycles()
        if may_file(user.at(cycle.plan_id)) or may_review(user.at(cycle.plan_id))
    ]
    filing = [cycle for cycle in cycles if may_file(user.at(cycle.plan_id))]
    owed = {cycle.pk: count for cycle, count in owed_elsewhere(user.agency_id or 0, filing)}
    handed = _handed(user, filing)
    default = default_plan()
    rows = []
    for cycle in cycles:
        here, files = user.at(cycle.plan_id), cycle in filing
        waits = waiting_for_lead(cycle.plan, cycle.quarter, user.agency_id or 0) if files else None
        query = query_of(cycle.plan, default, cycle.quarter)
        rows.append(
            Work(
                plan=cycle.plan,
                period=cycle.quarter.label,
                dates=_dates(cycle, files=files, reviews=may_review(here)),
                to_file=owed.get(cycle.pk, 0) if files else None,
                to_approve=handed.get(cycle.pk, 0) if files and may_approve(here) else None,
                to_adopt=waits.count() if waits is not None else None,
                to_decide=waiting_for_office(cycle.plan, cycle.quarter, here).count()
                if may_review(here)
                else None,
                desk=reverse("desk") + query if files else "",
                review=reverse("review") + query if may_review(here) or files else "",
            )
        )
    return sorted(rows, key=lambda row: not row.is_something)


def _dates(cycle: Cycle, *, files: bool, reviews: bool) -> list[tuple[str, datetime]]:
    filing = [(_("配合"), cycle.due(Duty.CO)), (_("牵头"), cycle.due(Duty.LEAD))] if files else []
    return [*filing, *([(_("核定"), cycle.decision_due)] if reviews else [])]


def _handed(user: User, cycles: list[Cycle]) -> dict[int, int]:
    rows = Submission.objects.filter(agency=user.agency_id, cycle__in=cycles, state=State.HANDED)
    return dict(rows.order_by().values("cycle").annotate(n=Count("pk")).values_list("cycle", "n"))


@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """What waits for the reader in all plans; the desk and the queue of each are a click away."""
    user = signed_in(request)
    if not has_work(user):
        raise PermissionDenied(_("您没有此项权限。"))
    rows = work_of(user)
    return render(request, "work.html", {"rows": rows, "doing": sum(row.is_something for row in rows)})
