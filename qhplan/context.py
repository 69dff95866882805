"""What every page knows about the site it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.http import HttpRequest

from qhplan import clock
from qhplan.jobs import Job, unfinished_for_site
from tasks.adjusting.handover import took_over
from tasks.agencies.queries import name_of
from tasks.notify.queries import unread_count
from tasks.people import rules
from tasks.people.models import User
from tasks.people.queries import is_sample_database
from tasks.plan.models import Plan
from tasks.plan.queries import default_plan
from tasks.values import Quarter


@dataclass(frozen=True)
class Site:
    mode: str
    fixed_now: datetime | None
    today: date
    is_sample: bool
    plan: Plan | None
    agency_name: str
    can_desk: bool
    can_review: bool
    can_manage: bool
    can_briefs: bool
    can_adjust: bool
    can_accounts: bool
    can_rights: bool
    can_audit: bool
    takes_over: bool  # on the desk: whether the reader's body has predecessors to go on from
    unread: int  # messages
    jobs: list[Job]  # what is being worked on, for the office


def site(request: HttpRequest) -> dict[str, Site]:
    """`site` in every template: mode, clock, sample mark, default plan and which desks the reader has."""
    # A request that was refused before anyone could be recognised has no user at all.
    asking = getattr(request, "user", None)
    user = asking if isinstance(asking, User) else None

    def may(*any_of: Callable[[User], bool]) -> bool:
        return user is not None and any(rule(user) for rule in any_of)

    return {
        "site": Site(
            mode=settings.QHPLAN_MODE,
            fixed_now=clock.now() if clock.is_fixed() else None,
            today=clock.today(),
            is_sample=is_sample_database(),
            plan=default_plan() if may(rules.may_see_plan) else None,
            agency_name=name_of(user.agency_id, Quarter.of(clock.today())) if user and user.agency_id else "",
            can_desk=may(rules.may_file),
            can_review=may(rules.may_review, rules.may_file),
            can_manage=may(rules.may_manage_cycles),
            can_briefs=may(rules.may_read_briefs),
            can_adjust=may(rules.may_decide_adjustments),
            can_accounts=may(rules.may_manage_accounts),
            can_rights=may(rules.may_grant_roles),
            can_audit=may(rules.may_read_audit),
            takes_over=_takes_over(request, user),
            unread=unread_count(user) if user is not None else 0,
            jobs=unfinished_for_site() if may(rules.may_make_briefs) else [],
        )
    }


def _takes_over(request: HttpRequest, user: User | None) -> bool:
    """Asked on the desk alone. The desk cannot ask itself: adjusting stands above filing."""
    match = request.resolver_match
    if user is None or not user.agency_id or match is None or match.url_name != "desk":
        return False
    return took_over(user.agency_id)
