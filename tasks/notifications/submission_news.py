"""Notifies at once of withdrawn versions, and of decisions that were undone or corrected, so that nobody who has read the
version works on with a state that no longer holds."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from tasks.agencies.queries import names_at
from tasks.notifications import message_texts
from tasks.notifications.actions import News, notify_all
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import office_agencies, serving
from tasks.plans.duties import leads_of
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import query_of
from tasks.plans.queries import default_plan
from tasks.submissions.announcements import Announcement, What, receiver
from tasks.values import Duty, Role

_FILERS = [Role.REPORTER, Role.APPROVER]


@receiver
def notify_of_submissions(what: Sequence[Announcement], moment: datetime) -> None:
    """One message for each person, of all that concerns them: what was withdrawn is told to those who decide it, a changed
    decision to the people of the agency that filed. Of what was submitted nobody is told at once."""
    what = [one for one in what if one.what is not What.SUBMITTED]
    if not what:
        return
    tasks = {one.version.task_id for one in what}
    quarter = what[0].version.quarter
    leads = leads_of(tasks, quarter)
    offices = office_agencies({one.version.submission.cycle.plan_id for one in what})
    agencies = {one.version.agency_id for one in what} | {pk for pk in leads.values() if pk}
    people = serving(*_FILERS, Role.OFFICE, Role.SECOND_REVIEWER)

    def concerns(person: User, one: Announcement) -> bool:
        if person.pk == one.by.pk:
            return False
        plan_id = one.version.submission.cycle.plan_id
        user = person.at(plan_id)
        taken_back_by_recorder = one.version.channel != "" and one.version.submitted_by_id == one.by.pk
        if one.what is not What.WITHDRAWN or (
            taken_back_by_recorder and user.agency_id == one.version.agency_id
        ):
            return user.agency_id == one.version.agency_id and user.has(*_FILERS)
        if one.version.duty == Duty.CO:
            return user.agency_id == leads.get(one.version.task_id) and user.has(*_FILERS)
        if one.version.agency_id in user.serves:
            return False
        return user.has(Role.SECOND_REVIEWER if one.version.agency_id in offices[plan_id] else Role.OFFICE)

    told: dict[tuple[int, ...], list[User]] = {}  # people who get the same message
    for user in people:
        own = tuple(n for n, one in enumerate(what) if concerns(user, one))
        if own:
            told.setdefault(own, []).append(user)
    if not told:
        return
    names = names_at(quarter, agencies)
    plans = Plan.objects.defer("text", "head").in_bulk({one.version.submission.cycle.plan_id for one in what})
    default = default_plan()
    news = []
    for chosen, users in told.items():
        ones = [what[n] for n in chosen]
        subject, body = message_texts.of_submissions(ones, {pk: name.short for pk, name in names.items()})
        cycles = {one.version.submission.cycle_id: one.version.submission.cycle for one in ones}
        first = ones[0].version.submission
        place = (
            reverse("return", args=[first.pk])
            if len(ones) == 1
            else reverse("review" if ones[0].what is What.WITHDRAWN else "desk")
            + query_of(plans[first.cycle.plan_id], default, first.quarter)
        )
        topic = Topic.WORK if ones[0].what is What.WITHDRAWN else Topic.RETURNED
        news.append(News(topic, users, subject, body, place, list(cycles.values())))
    notify_all(news=news, now=moment)
