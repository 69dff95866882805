"""Subscriptions: who receives a message and a mail when a brief of a kind is issued, superseded or withdrawn.

The message names the brief and links to its page, where the reader logs in; the file is never sent.
"""

from collections.abc import Collection
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs.models import Brief, BriefKind, Subscription
from tasks.errors import Problem, Problems
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.permissions import may_read_briefs
from tasks.plans.models import Plan


def kinds_of(user: User, plan: Plan) -> frozenset[str]:
    """The kinds to which the person has subscribed."""
    return frozenset(Subscription.objects.filter(user=user, plan=plan).values_list("kind", flat=True))


@transaction.atomic
def subscribe(*, by: User, plan: Plan, kinds: Collection[str], now: datetime | None = None) -> None:
    """Subscribe to these kinds of the plan's briefs and to no others. A second identical call changes nothing."""
    if not may_read_briefs(by.at(plan.pk)):
        raise PermissionDenied(_("您的账号不能阅读简报。"))
    wanted = set(kinds)
    if not wanted <= set(BriefKind.values):
        raise Problems([Problem("kinds", _("没有这种简报，请重新选择。"))])
    Subscription.objects.filter(user=by, plan=plan).exclude(kind__in=wanted).delete()
    Subscription.objects.bulk_create(
        (Subscription(user=by, plan=plan, kind=kind, since=now or clock.now()) for kind in sorted(wanted)),
        ignore_conflicts=True,
    )


def tell_subscribers(*, brief: Brief, withdrawn: bool, now: datetime) -> None:
    """Notify, in the transaction that issues or withdraws the brief, each subscriber who may still read briefs."""
    rows = Subscription.objects.filter(plan=brief.plan_id, kind=brief.kind).values("user")
    users = User.objects.filter(pk__in=rows, is_active=True).order_by("pk")
    readers = [user for user in users if may_read_briefs(user.at(brief.plan_id))]
    if not readers:
        return
    words = {
        "title": brief.title,
        "label": brief.label,
        "day": date_format(timezone.localtime(now, timezone.get_default_timezone()), "Y年n月j日"),
    }
    if withdrawn:
        subject = _("%(title)s（%(label)s）已撤回") % words
        body = _("%(title)s（%(label)s）于%(day)s撤回，不再有效；此前下载的请勿再用。") % words
    else:
        subject = _("%(title)s（%(label)s）已印发") % words
        body = _("%(title)s（%(label)s）于%(day)s印发。") % words
        if brief.supersedes_id is not None:
            body += _("它取代以前的版次；此前下载的请勿再用。")
    body += _("请登录后阅读和下载，文件不随信发送。不再需要的，可在简报页退订。")
    if brief.is_sample:
        subject = _("【示例数据】%(subject)s") % {"subject": subject}
    notify(
        topic=Topic.BRIEF,
        users=readers,
        subject=subject,
        body=body,
        place=reverse("brief", args=[brief.pk]),
        now=now,
    )
