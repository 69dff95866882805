"""What every page knows about the site it belongs to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from qhplan import clock
from qhplan.job_queries import visible_jobs
from qhplan.jobs import Job, unfinished_of
from tasks.accounts.personal_views import is_large
from tasks.agencies.queries import name_of, names_at
from tasks.models import Indicator, Project, Target
from tasks.notifications.queries import unread_count
from tasks.people import permissions
from tasks.people.models import User
from tasks.people.queries import is_sample_database
from tasks.plans.models import Plan
from tasks.plans.queries import published_for
from tasks.saved_lists.queries import saved_on
from tasks.values import Period
from tasks.wording import current


def with_parts(plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """With what some plans have and others do not: pages of such parts are not offered for a plan without them."""
    targets, indicators, projects = (
        model.objects.filter(plan=OuterRef("pk")) for model in (Target, Indicator, Project)
    )
    return plans.annotate(has_targets=Exists(targets) | Exists(indicators), has_projects=Exists(projects))


@dataclass(frozen=True)
class Site:
    mode: str
    fixed_now: datetime | None
    today: date
    is_sample: bool
    plans: list[Plan]  # the one published last first
    agency_name: str
    hats: list[tuple[int, str]]  # the other agencies for which the reader may act
    unread: int  # messages
    large: bool  # type
    printed_at: datetime
    jobs: list[Job]  # what is being worked on, for the office

    @property
    def plan(self) -> Plan | None:
        """The one that the site opens on."""
        return self.plans[0] if self.plans else None


def _hats(user: User) -> list[tuple[int, str]]:
    others = [pk for pk in user.hats if pk != user.agency_id]
    names = names_at(Period.of(clock.today()), others) if others else {}
    return [(pk, names[pk].short) for pk in others if pk in names]


def site(request: HttpRequest) -> dict[str, Any]:
    """In every template `site` (mode, clock, sample mark, default plan and what waits for the reader), and `wording`, the
    words of the jurisdiction for whose plan the page speaks; on lists `saved_lists`, the filters that the reader keeps."""
    # A request that was refused before anyone could be recognised has no user at all.
    asking = getattr(request, "user", None)
    user = asking if isinstance(asking, User) else None

    def may(rule: Callable[[User], bool]) -> bool:
        return user is not None and rule(user)

    return {
        "site": Site(
            mode=settings.QHPLAN_MODE,
            fixed_now=clock.now() if clock.is_fixed() else None,
            today=clock.today(),
            is_sample=is_sample_database(),
            plans=list(with_parts(published_for(user)))
            if user is not None and permissions.may_see_plan(user.anywhere())
            else [],
            agency_name=name_of(user.agency_id, Period.of(clock.today())) if user and user.agency_id else "",
            hats=_hats(user) if user else [],
            unread=unread_count(user) if user is not None else 0,
            large=is_large(request),
            printed_at=clock.now(),
            jobs=unfinished_of(visible_jobs(user)) if user and permissions.may_make_briefs(user) else [],
        ),
        "saved_lists": saved_on(request, user),
        # Looked up here, because a template asks no query; the pages of strangers and administrators need none.
        "wording": current() if may(permissions.may_see_plan) else SimpleLazyObject(current),
    }
