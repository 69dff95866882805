"""Messages, their deliveries outside the site, and the record of who chased whom."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Agency
from tasks.cycles.models import Cycle
from tasks.notifications.values import Channel, DeliveryState, Kind, Means
from tasks.people.models import User
from tasks.people.plan_scope import by_plan
from tasks.plans.models import Responsibility
from tasks.values import Role


class ChaseQuerySet(models.QuerySet["Chase"]):
    """Queries of chases by reader."""

    @by_plan
    def visible_to(self, user: User) -> "ChaseQuerySet":
        """All for the office; for leads and the second reviewer those made by their agency."""
        if user.has(Role.OFFICE):
            return self
        if user.agency_id is None or not user.has(Role.REPORTER, Role.APPROVER, Role.SECOND_REVIEWER):
            return self.none()
        return self.filter(by__agency=user.agency_id)


class Chase(models.Model):
    """催报: a person reminds one agency of returns that it owes, by message or by a telephone call, which is logged."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, help_text=_("同一张表单只记一次。"))
    cycle = models.ForeignKey(Cycle, models.PROTECT, related_name="chases", verbose_name=_("填报周期"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="chases", verbose_name=_("被催单位"))
    responsibilities = models.ManyToManyField(
        Responsibility, related_name="chases", verbose_name=_("所催责任")
    )
    means = models.CharField(_("方式"), max_length=10, choices=Means)
    at = models.DateTimeField(_("时间"))  # time of the call, or of sending
    by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("催办人"))
    spoke_to = models.CharField(_("接话人"), max_length=60, blank=True)
    telephone = models.CharField(_("电话"), max_length=40, blank=True)
    note = models.TextField(_("内容"), blank=True)
    recorded_at = models.DateTimeField(_("记录时间"), auto_now_add=True)

    objects = ChaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("催报")
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                name="chase_call_says_who_answered",
                condition=Q(means=Means.TELEPHONE) & ~Q(spoke_to="")
                | Q(means=Means.MESSAGE, spoke_to="", telephone=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d} {self.means} {self.agency_id}"


class MessageQuerySet(models.QuerySet["Message"]):
    """Queries of messages by reader."""

    def unread_of(self, user: User) -> "MessageQuerySet":
        return self.filter(user=user, read_at__isnull=True)


class Message(models.Model):
    """消息: one message to one person. Without a person it is for a chat room, or an SMS.

    It says what is due, when and where to go, and never quotes a return.
    """

    kind = models.CharField(_("类别"), max_length=10, choices=Kind)
    user = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="messages", verbose_name=_("收件人")
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位")
    )
    # A digest covers every open period; plan and period are those of the cycles.
    cycles = models.ManyToManyField(Cycle, related_name="messages", verbose_name=_("填报周期"))
    chase = models.ForeignKey(
        Chase, models.CASCADE, null=True, blank=True, related_name="messages", verbose_name=_("催报")
    )
    day = models.DateField(_("日期"))
    subject = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("正文"))
    place = models.CharField(
        _("去处"), max_length=200, blank=True, help_text=_("desk、review，或本站的路径。")
    )
    created_at = models.DateTimeField(_("时间"))
    read_at = models.DateTimeField(_("已读时间"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("消息")
        ordering = ["-created_at", "-id"]
        constraints = [
            # One digest per person and day, however often it is requested.
            models.UniqueConstraint(
                name="one_digest_a_day",
                fields=["user", "agency", "day"],  # whoever serves two agencies has one of each
                nulls_distinct=False,
                condition=Q(kind=Kind.DIGEST),
            ),
            models.UniqueConstraint(
                name="one_room_message_a_day", fields=["day"], condition=Q(kind=Kind.ROOM)
            ),
            models.UniqueConstraint(
                name="one_message_of_a_chase",
                fields=["chase", "user"],
                nulls_distinct=False,
                condition=Q(kind=Kind.CHASE),
            ),
            models.CheckConstraint(
                name="message_knows_its_reader",
                condition=Q(kind__in=[Kind.DIGEST, Kind.NEWS], user__isnull=False, chase__isnull=True)
                | Q(kind=Kind.ROOM, user__isnull=True, chase__isnull=True)
                | Q(kind=Kind.CHASE, chase__isnull=False),
            ),
        ]
        indexes = [
            models.Index(name="message_unread", fields=["user"], condition=Q(read_at__isnull=True)),
            models.Index(name="message_of_user", fields=["user", "-created_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.kind} {self.user_id}"


class Delivery(models.Model):
    """投递: the delivery of one message by one channel to one address; repeated until it arrives or is given up.

    `attempts` and `not_before` are also the claim: a sender increases both before sending, so that two processes never
    send the same delivery at once, and one whose sender died is sent later by another.
    """

    message = models.ForeignKey(Message, models.CASCADE, related_name="deliveries", verbose_name=_("消息"))
    channel = models.CharField(_("渠道"), max_length=10, choices=Channel)
    address = models.CharField(_("地址"), max_length=254, blank=True, help_text=_("群消息没有地址。"))
    state = models.CharField(_("状态"), max_length=6, choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    error = models.CharField(_("原因"), max_length=300, blank=True)
    not_before = models.DateTimeField(default=timezone.now)  # real time, not the trial's clock, as for jobs
    sent_at = models.DateTimeField(_("送出时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("投递")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="delivery_once", fields=["message", "channel", "address"]),
            models.CheckConstraint(
                name="delivery_sent_says_when",
                condition=Q(state=DeliveryState.SENT, sent_at__isnull=False)
                | ~Q(state=DeliveryState.SENT) & Q(sent_at__isnull=True),
            ),
            models.CheckConstraint(
                name="delivery_failed_says_why", condition=~Q(state=DeliveryState.FAILED) | ~Q(error="")
            ),
        ]
        indexes = [
            models.Index(name="delivery_due", fields=["not_before"], condition=Q(state=DeliveryState.QUEUED)),
            models.Index(name="delivery_failed", fields=["message"], condition=Q(state=DeliveryState.FAILED)),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"
