"""Notifies of deputies 代签: who signs on whose behalf, to the deputy, to whom they represent, and to who grants rights."""

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from tasks.accounts.announcements import receiver
from tasks.notifications import message_texts
from tasks.notifications.actions import News, notify_all
from tasks.notifications.values import Topic
from tasks.people.models import Appointment, User
from tasks.people.queries import serving
from tasks.values import Role


@receiver
def notify_of_deputy(rows: Sequence[Appointment], ended: bool, by: User, moment: datetime) -> None:
    """One message for each person but the one who acted: administrators of rights are told what they did not grant."""
    first = rows[0]
    deputy = User.objects.get(pk=first.user_id)
    principal = User.objects.get(pk=first.on_behalf_of_id or 0)
    subject, body = message_texts.of_deputy(first, deputy, principal, ended, moment)
    told = [
        ([deputy], reverse("desk"), first.agency_id),
        ([principal], reverse("deputies"), first.agency_id),
        (serving(Role.RIGHTS_ADMIN), reverse("rights_edit", args=[deputy.pk]), None),
    ]
    news = [
        News(Topic.RIGHTS, [one for one in users if one.pk != by.pk], subject, body, place, (), agency_id)
        for users, place, agency_id in told
    ]
    notify_all(news=[one for one in news if one.users], now=moment)
