"""Notifies of applications for adjustments: the office of a new one, those who decide of the office's opinion, and all whom it
concerns of the decision."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from tasks.adjustments.announcements import What, receiver
from tasks.adjustments.models import Adjustment
from tasks.agencies.queries import name_of
from tasks.notifications import message_texts
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.plans.models import Responsibility
from tasks.values import Role

_FILERS = [Role.REPORTER, Role.APPROVER]


def _holding(*roles: Role, **more: Any) -> Q:
    return Q(pk__in=User.objects.holding(*roles, **more).values("pk"))


@receiver
def notify_of_application(what: What, row: Adjustment, by: User, moment: datetime) -> None:
    """One message for each person but the one who acted."""
    applicant = _holding(*_FILERS, agencies=[row.applicant_id or 0])
    office = _holding(Role.OFFICE, plan=row.plan_id)
    held = Responsibility.objects.filter(task__in=row.tasks.all()).held(row.effective, moment)
    whom = {
        What.APPLIED: office,
        What.WITHDRAWN: office,
        What.OPINION: applicant | _holding(Role.OFFICE, Role.LEADERSHIP, plan=row.plan_id),
        What.REJECTED: applicant | office,
        What.APPROVED: applicant
        | office
        | _holding(*_FILERS, agencies=list(held.values_list("agency", flat=True))),
    }[what]
    users = User.objects.filter(whom, is_active=True).exclude(pk=by.pk).order_by("pk")
    subject, body = message_texts.of_application(
        what, row, name_of(row.applicant_id or 0, row.effective), list(row.tasks.order_by("order"))
    )
    notify(
        topic=Topic.ADJUSTMENT,
        users=users,
        subject=subject,
        body=body,
        place=reverse("adjustment", args=[row.plan.slug, row.pk]),
        now=moment,
    )
