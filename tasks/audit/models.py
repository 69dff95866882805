"""The audit log 留痕."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.people.models import User


class Outcome(models.TextChoices):
    """What came of an action."""

    DONE = "done", _("已办理")
    REFUSED = "refused", _("未获准许")
    FAILED = "failed", _("未能办成")


class Event(models.Model):
    """留痕: who did what to which object and when, from which address and session, and what came of it; written in the
    transaction that does it, never changed."""

    at = models.DateTimeField(_("业务时间"))
    recorded_at = models.DateTimeField(_("记录时间"), auto_now_add=True)
    by = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("经办人")
    )
    verb = models.CharField(_("动作"), max_length=40)
    subject = models.CharField(_("对象"), max_length=60, help_text="model:id")
    from_state = models.CharField(_("原状态"), max_length=20, blank=True)
    to_state = models.CharField(_("新状态"), max_length=20, blank=True)
    note = models.TextField(_("理由"), blank=True)
    data: Any = models.JSONField(_("细节"), default=dict, blank=True)

    address = models.GenericIPAddressField(_("网络地址"), null=True, blank=True)
    session = models.CharField(
        _("会话"), max_length=40, blank=True, db_default="", help_text="session: or token:, and a digest"
    )
    outcome = models.CharField(
        _("结果"), max_length=10, choices=Outcome, default=Outcome.DONE, db_default=Outcome.DONE
    )

    class Meta:
        verbose_name = _("留痕")
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "id"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject}"


class Seal(models.Model):
    """封存: what was on record by a moment, chained to the seal before it; append-only.

    `ids` are the entries that it covers, as ranges; `content` is the hash of these entries and of the objects that they
    speak of; `head` is the keyed hash of the last head and the content. `waiting` are numbers below the last one that no
    committed entry had yet, each with the moment since when: a transaction that runs may still bring it.
    """

    sealed_at = models.DateTimeField(_("封存时间"))
    ids = models.TextField(_("记录号"), help_text="1-40,42-50")
    upto = models.BigIntegerField(_("至记录号"))
    waiting: Any = models.JSONField(_("待到的记录号"), default=dict, blank=True)
    method = models.CharField(_("算法"), max_length=12)
    content = models.CharField(_("内容校验值"), max_length=64)
    head = models.CharField(_("链值"), max_length=64)

    class Meta:
        verbose_name = _("封存")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.head}"


class SealedObject(models.Model):
    """The hash of an object as a seal found it, such as all versions of a submission; the last one counts. Append-only."""

    seal = models.ForeignKey(Seal, models.PROTECT, related_name="objects_sealed")
    subject = models.CharField(_("对象"), max_length=60)
    digest = models.CharField(_("校验值"), max_length=64)

    class Meta:
        verbose_name = _("封存的对象")
        ordering = ["id"]
        indexes = [models.Index(fields=["subject", "id"])]

    def __str__(self) -> str:
        return f"{self.subject} {self.digest}"
