"""The write path of messages: the day's digests, news, chasing by hand, reading, and how a delivery ended."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.accounts.actions import on_leaving
from tasks.agencies.models import Agency
from tasks.agencies.queries import name_of
from tasks.audit.log import Entry, record, record_all
from tasks.contacts.queries import contacts_on
from tasks.cycles.models import Cycle
from tasks.cycles.reopening import openings
from tasks.errors import Conflict, Problem, Problems
from tasks.jurisdictions.queries import words_of
from tasks.notifications import message_texts, reminder_rules
from tasks.notifications.models import Chase, Delivery, Message
from tasks.notifications.queries import (
    Digest,
    Item,
    Waiting,
    all_chaseable,
    already_told,
    bodies_with_people,
    chaseable,
    may_be_chased,
    people_of,
)
from tasks.notifications.values import Channel, DeliveryState, Kind, Means, Reason, Topic
from tasks.people.models import User
from tasks.values import Role

# -- the day's digests --------------------------------------------------------------------------------------


@transaction.atomic
def tell(
    *, day: date, digests: Sequence[Digest], items: Sequence[Item] = (), now: datetime | None = None
) -> list[Message]:
    """Write the digests of the day, and one message for chat rooms. People who already have today's digest get none.

    When two processes do this at once, the unique constraint stops the second one completely; its next run finds
    everything written.
    """
    moment = now or clock.now()
    told = already_told(day, [digest.user.pk for digest in digests])
    made: list[tuple[Message, list[Cycle]]] = []
    deliveries = []
    for digest in digests:
        if (digest.user.pk, digest.user.agency_id) in told:
            continue
        subject, body = message_texts.digest(digest, day)
        files = any(
            item.waiting.acts == digest.user.agency_id and item.waiting.reason != Reason.ADOPT
            for item in digest.items
        )
        message = Message(
            kind=Kind.DIGEST,
            user=digest.user,
            agency_id=digest.user.agency_id,
            day=day,
            subject=subject,
            body=body,
            place="desk" if files else "review",
            created_at=moment,
        )
        made.append((message, digest.cycles))
        deliveries += [
            Delivery(message=message, channel=channel, address=address)
            for channel, address in reminder_rules.ways_to(digest.user, Topic.DIGEST)
        ]
    if items and reminder_rules.rooms() and not Message.objects.filter(kind=Kind.ROOM, day=day).exists():
        subject, body = message_texts.room(items, day)
        message = Message(kind=Kind.ROOM, day=day, subject=subject, body=body, created_at=moment)
        cycles = {item.waiting.cycle.pk: item.waiting.cycle for item in items}
        made.append((message, list(cycles.values())))
        deliveries += [Delivery(message=message, channel=channel) for channel in reminder_rules.rooms()]
    return _write(made, deliveries)


def _write(made: list[tuple[Message, list[Cycle]]], deliveries: list[Delivery]) -> list[Message]:
    """Write messages, the cycles that they are about, and their deliveries, in three INSERTs."""
    messages = Message.objects.bulk_create([message for message, _cycles in made])
    about = Message.cycles.through
    about.objects.bulk_create(
        about(message_id=message.pk, cycle_id=cycle.pk) for message, cycles in made for cycle in cycles
    )
    for delivery in deliveries:
        delivery.message_id = delivery.message.pk
    Delivery.objects.bulk_create(deliveries)
    return messages


# -- news ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class News:
    """One event to tell these people about, on a topic by which they choose what to receive. `place` is the path of the page that shows it; `cycles` are the periods it
    is about, under which the record of sent messages lists it."""

    topic: Topic
    users: Sequence[User]
    subject: str
    body: str
    place: str
    cycles: Collection[Cycle] = ()
    agency_id: int | None = None  # the agency concerned; None: each person's own


def notify(
    *,
    topic: Topic,
    users: Iterable[User],
    subject: str,
    body: str,
    place: str,
    cycles: Collection[Cycle] = (),
    agency_id: int | None = None,
    now: datetime | None = None,
) -> list[Message]:
    """Tell people one thing: each person once, on the site and by every channel that reaches them."""
    return notify_all(news=[News(topic, list(users), subject, body, place, cycles, agency_id)], now=now)


@transaction.atomic
def notify_all(*, news: Sequence[News], now: datetime | None = None) -> list[Message]:
    """Tell people what happened. Called by packages above, in their transaction, so that nobody is told of something that
    was rolled back. The number of queries does not grow with the amount of news."""
    moment = now or clock.now()
    day = timezone.localdate(moment, timezone.get_default_timezone())
    made, deliveries = [], []
    for one in news:
        # A trial goes whole; a message is never deleted. So it says what it is about, and refers to nothing that goes.
        trial = any(cycle.is_trial for cycle in one.cycles)
        for user in dict.fromkeys(user for user in one.users if user.is_active):
            message = Message(
                kind=Kind.NEWS,
                user=user,
                agency_id=user.agency_id if one.agency_id is None else one.agency_id,
                day=day,
                subject=_("【试填】%(subject)s") % {"subject": one.subject} if trial else one.subject,
                body=one.body,
                place=one.place,
                created_at=moment,
            )
            made.append((message, [] if trial else list(one.cycles)))
            deliveries += [
                Delivery(message=message, channel=channel, address=address)
                for channel, address in reminder_rules.ways_to(user, one.topic)
            ]
    return _write(made, deliveries)


# -- chasing ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ChaseInput:
    """Whom to chase for what, and how. A logged call says who answered and when; a message may also go out by mail and
    SMS."""

    responsibility_ids: Collection[int]
    means: str
    note: str = ""
    mail: bool = True
    sms: bool = False
    spoke_to: str = ""
    telephone: str = ""
    called_at: datetime | None = None
    key: uuid.UUID | None = None  # of the form, so that pressing its button twice sends once
    again: bool = False  # the user confirmed chasing an agency again after a few hours


@transaction.atomic
def chase(*, by: User, cycle: Cycle, agency: Agency, asked: ChaseInput, now: datetime | None = None) -> Chase:
    """Chase an agency for returns that it owes and has not filed. The same form sent twice is one chase."""
    moment = now or clock.now()
    if not may_be_chased(by, cycle, agency.pk):
        raise PermissionDenied(_("催报由领导小组办公室或任务的牵头单位办理。"))
    _lock(cycle)
    if asked.key is not None:
        known = Chase.objects.filter(key=asked.key, by=by).first()
        if known is not None:
            return known
    open_ones = {one.duty.pk: one for one in chaseable(by, cycle, agency.pk)}
    wanted = set(asked.responsibility_ids)
    problems = _problems(asked, cycle, moment)
    if problems:
        raise Problems(problems)
    if not wanted <= set(open_ones):
        raise Conflict(_("所选填报中有的刚刚已经提交，或不由您催报，请刷新后再选。"))
    if asked.means == Means.MESSAGE and not asked.again:
        last = chased_lately(by, cycle, wanted, moment).get(agency.pk)
        if last is not None:
            raise Problems([Problem("again", lately_sentence(last))])
    chosen = [one for pk, one in open_ones.items() if pk in wanted]
    return _chase(by, cycle, agency, asked, chosen, moment)


@dataclass(frozen=True)
class ChasedMany:
    """Result of chasing several agencies: (chase, number of returns), and (agency, reason why it was left out)."""

    made: list[tuple[Chase, int]]
    left_out: list[tuple[int, str]]


class ChasedLately(Conflict):
    """Some of the agencies were chased within the last hours; `last` is {agency id: its latest chase}."""

    def __init__(self, last: Mapping[int, Chase]) -> None:
        super().__init__(
            _("所选单位中有%(n)d个在%(hours)d小时内已经催过，请确认是否再催。")
            % {"n": len(last), "hours": settings.CHASED_LATELY_HOURS}
        )
        self.last = last


@transaction.atomic
def chase_many(
    *,
    by: User,
    cycle: Cycle,
    agency_ids: Collection[int] | None,
    key: uuid.UUID,
    note: str = "",
    lately: str = "",
    now: datetime | None = None,
) -> ChasedMany:
    """Chase bodies for all that each owes and the actor may chase: one message a body. None stands for every such body.

    `lately` says what of those which were chased a few hours ago: "again" or "skip"; otherwise ChasedLately asks, and
    nothing was sent. A body that cannot be told, or owes nothing any more, is left out and named. The same form sent
    twice chases once.
    """
    moment = now or clock.now()
    if not reminder_rules.may_chase_at_all(by):
        raise PermissionDenied(_("催报由领导小组办公室或任务的牵头单位办理。"))
    _lock(cycle)
    owing: dict[int, list[Waiting]] = {}
    for one in all_chaseable(by, cycle):
        owing.setdefault(one.duty.agency_id, []).append(one)
    chosen = list(owing) if agency_ids is None else list(dict.fromkeys(agency_ids))
    known = {
        one.agency_id: one
        for one in Chase.objects.filter(by=by, key__in=[uuid.uuid5(key, str(pk)) for pk in chosen])
    }
    duties_of = [one.duty.pk for pk in chosen if pk not in known for one in owing.get(pk, [])]
    if not chosen:
        raise Problems([Problem("agencies", _("请先勾选要催报的单位。"))])
    if len(note) > NOTE_LENGTH:
        raise Problems([Problem("note", _("附言最多%(n)d字。") % {"n": NOTE_LENGTH})])
    last = chased_lately(by, cycle, duties_of, moment)
    if last and lately not in LATELY:
        raise ChasedLately(last)
    agencies = Agency.objects.in_bulk(chosen)
    peopled = bodies_with_people(chosen, cycle.plan_id)
    made: list[tuple[Chase, int]] = []
    left_out: list[tuple[int, str]] = []
    for pk in chosen:
        ones = owing.get(pk, [])
        if pk in known:
            made.append((known[pk], known[pk].responsibilities.count()))
        elif not ones:
            left_out.append((pk, _("已经报齐，或不由您催报")))
        elif pk not in peopled:
            left_out.append((pk, _("没有填报账号，请打电话")))
        elif pk in last and lately == "skip":
            left_out.append((pk, _("刚催过")))
        else:
            asked = ChaseInput(
                responsibility_ids=[one.duty.pk for one in ones],
                means=Means.MESSAGE,
                note=note,
                key=uuid.uuid5(key, str(pk)),
            )
            problems = _problems(asked, cycle, moment)
            if problems:
                raise Problems(problems)
            made.append((_chase(by, cycle, agencies[pk], asked, ones, moment), len(ones)))
    return ChasedMany(made, left_out)


LATELY = ("again", "skip")
NOTE_LENGTH = 500


def _lock(cycle: Cycle) -> None:
    """Lock the period for chasing: when two people chase at once, the second one sees what the first did. Filing does not
    wait for this lock."""
    Cycle.objects.select_for_update(no_key=True).get(pk=cycle.pk)


def chased_lately(
    by: User, cycle: Cycle, responsibility_ids: Collection[int], moment: datetime
) -> dict[int, Chase]:
    """{agency id: the latest chase for one of these responsibilities within the last hours, as far as `by` may see it}."""
    since = moment - timedelta(hours=settings.CHASED_LATELY_HOURS)
    found = (
        Chase.objects.visible_to(by)
        .filter(cycle=cycle, at__gt=since, responsibilities__in=responsibility_ids)
        .select_related("by")
        .order_by("at", "pk")
    )
    return {one.agency_id: one for one in found}


def lately_sentence(last: Chase) -> str:
    """Sentence: who chased when, and how to chase nevertheless."""
    at = f"{timezone.localtime(last.at, timezone.get_default_timezone()):%m-%d %H:%M}"
    return _("%(who)s %(at)s 刚催过这个单位；确需再催，请勾选。") % {"who": last.by.display_name, "at": at}


def _chase(
    by: User, cycle: Cycle, agency: Agency, asked: ChaseInput, chosen: Sequence[Waiting], moment: datetime
) -> Chase:
    """Write one chase for returns that were checked to be open."""
    called = asked.means == Means.TELEPHONE
    try:
        with transaction.atomic():
            made = Chase.objects.create(
                key=asked.key or uuid.uuid4(),
                cycle=cycle,
                agency=agency,
                means=asked.means,
                at=asked.called_at if called and asked.called_at else moment,
                by=by,
                spoke_to=asked.spoke_to.strip() if called else "",
                telephone=asked.telephone.strip() if called else "",
                note=asked.note.strip(),
            )
    except IntegrityError as error:
        raise Conflict(_("这张催报单刚刚已经提交。")) from error
    made.responsibilities.set([one.duty.pk for one in chosen])
    if not called:
        _send_chase(made, chosen, asked, moment)
    record(
        by=by,
        verb="chase.call" if called else "chase.message",
        subject=made,
        note=made.note,
        data={
            "agency": agency.slug,
            "quarter": str(cycle.quarter),
            "tasks": [one.duty.task.ref for one in chosen],
            **({"spoke_to": made.spoke_to} if called else {}),
        },
        at=moment,
    )
    return made


def _problems(asked: ChaseInput, cycle: Cycle, moment: datetime) -> list[Problem]:
    problems = []
    if not cycle.is_open(moment) and not openings([cycle], moment).reopened:
        problems.append(Problem("", _("这个季度没有开启填报，不能催报。")))
    if not asked.responsibility_ids:
        problems.append(Problem("responsibilities", _("请至少选择一项。")))
    if asked.means == Means.TELEPHONE:
        if not asked.spoke_to.strip():
            problems.append(Problem("spoke_to", _("请填写接话人。")))
        if asked.called_at is not None and asked.called_at > moment:
            problems.append(Problem("called_at", _("通话时间不能晚于现在。")))
        elif asked.called_at is not None and asked.called_at < cycle.opened_at:
            problems.append(Problem("called_at", _("通话时间不能早于填报开启。")))
    elif asked.sms and not reminder_rules.sends_sms():
        problems.append(Problem("sms", _("没有配置短信网关。")))
    return problems


def _asks(by: User, cycle: Cycle) -> str:
    """In whose name the chase is sent: people of the office write for the office, not for the agency they belong to."""
    if by.has(Role.OFFICE):
        return words_of(cycle.plan_id).office
    return name_of(by.agency_id, cycle.quarter) if by.agency_id else str(by)


def _send_chase(made: Chase, chosen: Sequence[Waiting], asked: ChaseInput, moment: datetime) -> None:
    """Send the chase to everybody who files for the agency; with SMS also to the mobile numbers on record."""
    cycle = made.cycle
    day = timezone.localdate(moment, timezone.get_default_timezone())
    subject, body = message_texts.chase(
        name_of(made.agency_id, cycle.quarter),
        chosen,
        made.note,
        _asks(made.by, cycle),
    )

    def message(user: User | None) -> Message:
        return Message(
            kind=Kind.CHASE,
            user=user,
            agency_id=made.agency_id,
            chase=made,
            day=day,
            subject=subject,
            body=body,
            place="desk",
            created_at=moment,
        )

    people = people_of(made.agency_id, made.cycle.plan_id)
    messages, deliveries = [], []
    for user in people:
        own = message(user)
        messages.append(own)
        if asked.mail:
            deliveries += [
                Delivery(message=own, channel=channel, address=address)
                for channel, address in reminder_rules.ways_to(user, Topic.CHASE)
            ]
    numbers = []
    if asked.sms:
        contacts = contacts_on(day, [one.duty.pk for one in chosen])
        numbers = sorted(
            {n for contact in contacts.values() if (n := reminder_rules.mobile(contact.telephone))}
        )
        if not numbers:
            raise Problems([Problem("sms", _("联系人没有手机号码，不能发短信。"))])
        short = message(None)
        messages.append(short)
        deliveries += [Delivery(message=short, channel=Channel.SMS, address=number) for number in numbers]
    if not people and not numbers:
        raise Problems([Problem("means", _("这个单位还没有填报账号，请改用电话。"))])
    _write([(one, [cycle]) for one in messages], deliveries)


# -- reading ------------------------------------------------------------------------------------------------


def mark_read(*, by: User, message_ids: Collection[int] | None = None, now: datetime | None = None) -> int:
    """Mark these messages of the person as read, or all of them. Returns how many were unread."""
    unread = Message.objects.unread_of(by)
    if message_ids is not None:
        unread = unread.filter(pk__in=message_ids)
    return unread.update(read_at=now or clock.now())


# -- deliveries ---------------------------------------------------------------------------------------------

# A sender that has not reported by then is taken for dead; another one takes over its deliveries.
LEASE = timedelta(minutes=15)


@transaction.atomic
def take(*, limit: int = 20) -> list[Delivery]:
    """Claim deliveries that are due: each claim counts as an attempt, and no other process sends it meanwhile."""
    now = timezone.now()
    taken = list(
        Delivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=DeliveryState.QUEUED, not_before__lte=now)
        .select_related("message__user", "message__chase")
        .order_by("attempts", "pk")[:limit]  # deliveries that were already tried come last
    )
    Delivery.objects.filter(pk__in=[one.pk for one in taken]).update(
        attempts=F("attempts") + 1, not_before=now + LEASE
    )
    for one in taken:
        one.attempts += 1
    return taken


def arrived(*, delivery: Delivery, now: datetime | None = None) -> None:
    """Record that the receiving server accepted the delivery."""
    _claimed(delivery).update(state=DeliveryState.SENT, sent_at=now or clock.now(), error="")


def missed(*, delivery: Delivery, why: str) -> None:
    """Record a failed attempt. It is tried again later, or given up and shown to the office."""
    again = reminder_rules.next_attempt(delivery.attempts, timezone.now())
    _claimed(delivery).update(
        state=DeliveryState.QUEUED if again else DeliveryState.FAILED,
        not_before=again or timezone.now(),
        error=(why or _("没有说明原因"))[:300],
    )


def put_off(*, delivery: Delivery, why: str) -> None:
    """Record that it was not tried because its channel was down: this costs no attempt, and the next run starts with it."""
    _claimed(delivery).update(
        attempts=delivery.attempts - 1, not_before=timezone.now() + timedelta(minutes=1), error=why[:300]
    )


def _claimed(delivery: Delivery) -> QuerySet[Delivery]:
    """The row, if this process still holds its claim: the number of attempts has not changed since."""
    return Delivery.objects.filter(pk=delivery.pk, state=DeliveryState.QUEUED, attempts=delivery.attempts)


@transaction.atomic
def send_again(*, by: User, delivery_ids: Collection[int], now: datetime | None = None) -> int:
    """Start again with deliveries that were given up. Returns how many there were."""
    if not reminder_rules.may_send_again(by):
        raise PermissionDenied(_("只有领导小组办公室可以重发。"))
    failed = list(
        Delivery.objects.select_for_update()
        .filter(pk__in=delivery_ids, state=DeliveryState.FAILED)
        .order_by("pk")
    )
    Delivery.objects.filter(pk__in=[one.pk for one in failed]).update(
        state=DeliveryState.QUEUED, attempts=0, not_before=timezone.now()
    )
    record_all([Entry("delivery.again", one) for one in failed], by=by, at=now)
    return len(failed)


@on_leaving
def end_messages(user: User, agency_id: int | None, by: User, moment: datetime) -> dict[str, int]:
    """Mark a person's unread messages as read when they leave the agency, because nobody waits for them any more. Returns
    how many."""
    ended = Message.objects.unread_of(user).update(read_at=moment)
    return {"messages": ended} if ended else {}
