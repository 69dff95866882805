"""Notifies an agency at once of what it has to file again: it has only days, and the next reminder may be a week away."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from tasks.assignments.queries import shares_of
from tasks.cycles.refiling import Again, receiver
from tasks.notifications import message_texts, reminder_rules
from tasks.notifications.actions import News, notify_all
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import serving
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import query_of
from tasks.plans.queries import default_plan
from tasks.values import Role


@receiver
def notify_of_refiling(again: Sequence[Again], moment: datetime) -> None:
    """One message for each person of each agency: to approvers about everything, to reporters about their own tasks."""
    people = serving(Role.REPORTER, Role.APPROVER, agencies={one.agency_id for one in again})
    shares = shares_of(people)
    plans = Plan.objects.defer("text", "head").in_bulk({one.cycle.plan_id for one in again})
    told: dict[tuple[int, ...], list[User]] = {}  # people who get the same message
    for user in people:
        own = tuple(
            n
            for n, one in enumerate(again)
            if one.agency_id == user.agency_id
            and user.at(one.cycle.plan_id).has(Role.REPORTER, Role.APPROVER)
            and (
                user.at(one.cycle.plan_id).has(Role.APPROVER)
                or one.task is None
                or reminder_rules.writes(
                    shares.get((user.pk, user.agency_id)), one.cycle.plan_id, one.task.pk
                )
            )
        )
        if own:
            told.setdefault(own, []).append(user)
    default = default_plan()
    news = []
    for chosen, users in told.items():
        ones = [again[n] for n in chosen]
        subject, body = message_texts.again(ones)
        cycles = {one.cycle.pk: one.cycle for one in ones}
        plan = plans[ones[0].cycle.plan_id]
        news.append(
            News(Topic.RETURNED, users, subject, body, _place(ones, plan, default), list(cycles.values()))
        )
    notify_all(news=news, now=moment)


def _place(ones: Sequence[Again], plan: Plan, default: Plan | None) -> str:
    """The form where it is one return, else the desk of the period."""
    first = ones[0]
    if len(ones) == 1 and first.task is not None:
        return reverse("return_edit", args=[plan.slug, str(first.cycle.quarter), first.task.ref])
    return reverse("desk") + query_of(plan, default, first.cycle.quarter)
