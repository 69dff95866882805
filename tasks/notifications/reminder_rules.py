"""When reminders are sent and to whom, who may chase whom, and how often a delivery is tried."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from django.conf import settings
from django.utils import timezone

from tasks.assignments.values import WHOLE, Share
from tasks.cycles.lateness import is_day_late
from tasks.cycles.workdays import is_workday, workdays_between
from tasks.notifications.values import COMPULSORY, Channel, Reason, Stage, Timing, Topic
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.values import Role

# -- when ---------------------------------------------------------------------------------------------------


def timing(
    day: date,
    due: datetime,
    since: datetime | None = None,
    *,
    before: Collection[int] | None = None,
    late: int | None = None,
) -> Timing | None:
    """Whether to remind on `day` of what is due, and how urgent it is.

    On a working day only: as many working days before as `before` says, on the day itself, and on each working day
    after it up to `late`. What is due on a day off counts as due on the last working day before it. What began to
    wait (`since`: sent back, submitted) only after the due day counts from the day on which it began, so that its
    reminders do not stop at once.
    """
    if not is_workday(day):
        return None
    before = settings.REMIND_BEFORE_DAYS if before is None else before
    late = settings.REMIND_LATE_DAYS if late is None else late
    due_day = _local(due)
    began = _local(since) if since is not None else due_day
    if is_day_late(began, due_day):
        gone = workdays_between(began, day)
        return Timing(Stage.WAITING, gone) if 1 <= gone <= late else None
    last = due_day
    while not is_workday(last):
        last -= timedelta(days=1)
    if day < last:
        left = workdays_between(day, last)
        return Timing(Stage.BEFORE, left) if left in before else None
    if day == last:
        return Timing(Stage.TODAY, 0)
    gone = workdays_between(due_day, day)
    return Timing(Stage.LATE, gone) if 1 <= gone <= late else None


def _local(moment: datetime) -> date:
    return timezone.localdate(moment, timezone.get_default_timezone())


# -- who ----------------------------------------------------------------------------------------------------


def reminded(
    reason: Reason, people: Sequence[User], is_his: Callable[[User], bool] = lambda _user: True
) -> list[User]:
    """Whom of an agency to remind: its approvers of what waits for them, its reporters of everything else that is assigned
    to them (`is_his`). Where an agency has only one of the two roles, those people are reminded of both."""
    approvers = [user for user in people if user.has(Role.APPROVER)]
    reporters = [user for user in people if user.has(Role.REPORTER)]
    if reason == Reason.HANDED:
        return approvers or reporters
    return [user for user in reporters if user.has(Role.APPROVER) or is_his(user)] or approvers or reporters


def writes(shares: Mapping[int, Share] | None, plan_id: int, task_id: int) -> bool:
    """Whether a reporter writes the return on a task: `shares` is {plan: what they write of it}; a plan that is not there
    they write whole."""
    return task_id in (shares or {}).get(plan_id, WHOLE)


def may_chase_at_all(user: User) -> bool:
    """Open the form for chasing; `may_chase` says whom and for what."""
    return may_file(user) or user.has(Role.OFFICE, Role.SECOND_REVIEWER)


def may_chase(
    user: User, agency_id: int, lead_agency_id: int | None, office_agency_ids: frozenset[int]
) -> bool:
    """Chase that agency for its return on a task: the office any agency, the second reviewer those whose returns they
    decide, a lead the agencies that share its task."""
    if user.has(Role.OFFICE):
        return True
    if user.has(Role.SECOND_REVIEWER) and agency_id in office_agency_ids:
        return True
    return may_file(user) and user.agency_id == lead_agency_id and user.agency_id != agency_id


def may_see_sent(user: User) -> bool:
    """Read the record of all that was sent."""
    return user.has(Role.OFFICE)


def may_send_again(user: User) -> bool:
    """Try failed deliveries again."""
    return user.has(Role.OFFICE)


# -- by which way -------------------------------------------------------------------------------------------

_PERSONAL = ("username", "email", "phone")


def mails() -> bool:
    """Whether mail can leave the site at all."""
    return bool(settings.MAILS)


def address_in(channel: Channel) -> str:
    """Which address of a person the channel needs (username, email, phone); "" for a chat room's."""
    url = settings.NOTIFY_URLS.get(channel.value, "")
    return next((name for name in _PERSONAL if f"{{{name}}}" in url), "")


def rooms() -> list[Channel]:
    """Configured channels that reach a chat room: one message a day, whoever is in it."""
    return [
        channel
        for channel in Channel
        if channel.value in settings.NOTIFY_URLS and channel != Channel.SMS and not address_in(channel)
    ]


def personal_channels() -> list[Channel]:
    """The channels of this site that reach a person by an address of their own."""
    mail = [Channel.MAIL] if mails() else []
    others = (one for one in Channel if one.value in settings.NOTIFY_URLS and one != Channel.SMS)
    return mail + [one for one in others if address_in(one)]


def address_of(user: User, channel: Channel) -> str:
    """Where the channel reaches the person; "" for whoever it does not."""
    asked = "email" if channel == Channel.MAIL else address_in(channel)
    return {"username": user.username, "email": user.email, "phone": user.phone}.get(asked, "")


def ways_to(user: User, topic: Topic) -> list[tuple[Channel, str]]:
    """(channel, address) by which a message on the topic goes to the person: every one that reaches and that they want."""
    ways = [(channel, address_of(user, channel)) for channel in personal_channels()]
    return [
        (channel, address)
        for channel, address in ways
        if address and (topic in COMPULSORY or f"{topic}:{channel}" not in user.unwanted)
    ]


def sends_sms() -> bool:
    """Whether a gateway for short messages is configured."""
    return Channel.SMS.value in settings.NOTIFY_URLS


_MOBILE = re.compile(r"(?:\+?86)?(1[3-9]\d{9})", re.ASCII)


def mobile(telephone: str) -> str:
    """The mobile number for SMS; "" for a desk telephone."""
    match = _MOBILE.fullmatch(re.sub(r"[\s-]", "", telephone))
    return match[1] if match else ""


# -- how often ----------------------------------------------------------------------------------------------

# Minutes between attempts: together longer than a night, so that a mail server may be down until morning.
BACKOFF = (1, 5, 15, 60, 240, 720)
MAX_ATTEMPTS = len(BACKOFF) + 1


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after this many attempts; None when the delivery is given up."""
    if attempts > len(BACKOFF):
        return None
    return now + timedelta(minutes=BACKOFF[max(attempts, 1) - 1])
