"""Notifies of tasks that change hands within an agency: who gets them, who had them, and the approvers."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from tasks.assignments.announcements import receiver
from tasks.assignments.models import Reassignment
from tasks.notifications import message_texts
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.queries import serving
from tasks.plans.plan_resolver import query_of
from tasks.plans.queries import default_plan
from tasks.values import Role


@receiver
def notify_of_reassignment(rows: Sequence[Reassignment], back: bool, by: User, moment: datetime) -> None:
    """One message for each person but the one who acted."""
    first = rows[0]
    plan = first.task.plan
    concerned = {first.giver.pk: first.giver, first.receiver.pk: first.receiver}
    approvers = serving(Role.APPROVER, agencies=[first.agency_id], plan=plan.pk)
    users = [*concerned.values(), *(one for one in approvers if one.pk not in concerned)]
    subject, body = message_texts.of_reassignment(rows, back)
    notify(
        topic=Topic.WORK,
        users=[one for one in users if one.pk != by.pk],
        subject=subject,
        body=body,
        place=reverse("reassign") + query_of(plan, default_plan()),
        agency_id=first.agency_id,
        now=moment,
    )
