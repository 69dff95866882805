"""Notifies of project reports: the approvers of what was handed on, the reporters of what came back, the agency of the office's
decision, those who decide of what was withdrawn."""

from datetime import datetime

from django.urls import reverse

from tasks.agencies.queries import name_of
from tasks.notifications import message_texts
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agency_ids, serving
from tasks.projects.announcements import What, receiver
from tasks.projects.models import ProjectReport
from tasks.values import Role

_TOPICS = {What.HANDED: Topic.WORK, What.WITHDRAWN: Topic.WORK, What.ACCEPTED: Topic.DECIDED}


@receiver
def notify_of_report(what: What, row: ProjectReport, by: User, moment: datetime) -> None:
    """One message for each person but the one who acted."""
    plan = row.project.plan
    outside = what is What.WITHDRAWN
    if outside:
        offices = office_agency_ids(plan.pk)
        people = [
            one
            for one in serving(Role.OFFICE, Role.SECOND_REVIEWER, plan=plan.pk)
            if may_decide_for(one, row.agency_id, offices)
        ]
    else:
        roles = {What.HANDED: [Role.APPROVER], What.TO_REPORTER: [Role.REPORTER]}
        people = serving(
            *roles.get(what, [Role.REPORTER, Role.APPROVER]), agencies=[row.agency_id], plan=plan.pk
        )
    users = [one for one in people if one.pk != by.pk]
    if not users:
        return
    subject, body = message_texts.of_project_report(what, row, name_of(row.agency_id, row.quarter))
    place = (
        reverse("project", args=[plan.slug, row.project_id])
        if outside
        else reverse("project_report", args=[plan.slug, row.project_id, str(row.quarter)])
    )
    notify(
        topic=_TOPICS.get(what, Topic.RETURNED),
        users=users,
        subject=subject,
        body=body,
        place=place,
        agency_id=None if outside else row.agency_id,
        now=moment,
    )
