"""Notifies the agency of work plans on which the decision was taken back or corrected, so that nobody works on by what no longer
holds."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from tasks.decisions.actions import Change
from tasks.notifications import message_texts
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import serving
from tasks.values import Role
from tasks.workplans.decisions import receiver
from tasks.workplans.models import WorkPlan


@receiver
def notify_of_decision(change: Change, rows: Sequence[WorkPlan], by: User, moment: datetime) -> None:
    """One message for each person of the agency."""
    for row in rows:
        people = serving(Role.REPORTER, Role.APPROVER, agencies=[row.agency_id], plan=row.plan_id)
        users = [one for one in people if one.pk != by.pk]
        if not users:
            continue
        subject, body = message_texts.of_work_plan(change, row)
        notify(
            topic=Topic.RETURNED,
            users=users,
            subject=subject,
            body=body,
            place=reverse("workplan", args=[row.pk]),
            agency_id=row.agency_id,
            now=moment,
        )
