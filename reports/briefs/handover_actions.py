"""Handing 反馈单 over to their agencies, and the agencies' receipts. The rules are those of reports.briefs.actions."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock
from reports.briefs.models import UNNUMBERED, Brief, BriefState, Handover
from reports.briefs.transitions import check_may
from tasks.agencies.models import ENDING, Agency
from tasks.agencies.queries import believed
from tasks.audit.log import Entry, record, record_all
from tasks.errors import Conflict
from tasks.notifications.actions import News, notify_all
from tasks.notifications.values import Topic
from tasks.people.models import User
from tasks.people.permissions import may_file
from tasks.people.queries import serving
from tasks.transitions import short_time
from tasks.values import Role


@dataclass(frozen=True)
class HandedOver:
    """What came of handing over: the handovers, and (brief, why it was left out)."""

    handed: list[Handover]
    left_out: list[tuple[Brief, str]]


@transaction.atomic
def hand_over(*, by: User | None, briefs: Collection[Brief], now: datetime | None = None) -> HandedOver:
    """Hand over what of these is issued, is meant for an agency and was not handed over before. The people who file for
    the agency are told; an agency without any is left out, and gets its paper by hand."""
    check_may(by)
    moment = now or clock.now()
    locked = (
        Brief.objects.select_for_update(of=("self",))
        .filter(pk__in=[brief.pk for brief in briefs], kind__in=UNNUMBERED, state=BriefState.ISSUED)
        .defer("figures", "plan__text", "plan__head")
        .select_related("plan")
        .order_by("pk")
    )
    there = set(Handover.objects.filter(brief__in=briefs).values_list("brief_id", flat=True))
    waiting = [brief for brief in locked if brief.pk not in there]
    if not waiting:
        raise Conflict(_("没有可以送达的：反馈单印发后才能送达，已送达的不再重复。"))
    receivers = _receivers(waiting, moment)
    handed, left_out, news = [], [], []
    for brief in waiting:
        agency, people = receivers[brief.pk]
        if not people:
            left_out.append((brief, _("单位没有填报员和签批人的账号，请线下送达")))
            continue
        handed.append(Handover(brief=brief, agency=agency, at=moment, by=by))
        subject = _("%(title)s已送达，请签收") % {"title": brief.title}
        if brief.is_sample:
            subject = _("【示例数据】%(subject)s") % {"subject": subject}
        body = _("%(plan)s：%(title)s已送达你单位。请登录后阅读、签收，文件不随信发送。")
        words = {"plan": brief.plan.title, "title": brief.title}
        news.append(
            News(Topic.BRIEF, people, subject, body % words, reverse("feedback_list"), agency_id=agency.pk)
        )
    Handover.objects.bulk_create(handed)
    record_all(
        [Entry("brief.hand_over", one.brief, data={"agency": one.agency.slug}) for one in handed],
        by=by,
        at=moment,
    )
    notify_all(news=news, now=moment)
    return HandedOver(handed, left_out)


def _filers(plan_id: int, agency_id: int) -> list[User]:
    return serving(Role.REPORTER, Role.APPROVER, agencies=[agency_id], plan=plan_id)


def _receivers(briefs: Collection[Brief], moment: datetime) -> dict[int, tuple[Agency, list[User]]]:
    """{brief id: (the agency that takes it, the people who file there)}. An agency that has ended since has a successor;
    where there are several, nobody can say which of them it is."""
    day = timezone.localdate(moment, timezone.get_default_timezone())
    heirs: dict[int, list[Agency]] = {}
    for edge in believed():
        if edge.kind in ENDING and edge.on <= day:
            heirs.setdefault(edge.predecessor_id, []).append(edge.successor)
    agencies = {one.slug: one for one in Agency.objects.filter(slug__in={brief.scope for brief in briefs})}
    found = {}
    for brief in briefs:
        receiver = agencies[brief.scope]
        people = _filers(brief.plan_id, receiver.pk)
        seen = {receiver.pk}
        while not people and len(own := heirs.get(receiver.pk, [])) == 1 and own[0].pk not in seen:
            receiver = own[0]
            seen.add(receiver.pk)
            people = _filers(brief.plan_id, receiver.pk)
        found[brief.pk] = (receiver, people)
    return found


@transaction.atomic
def sign_for(*, by: User, handover: Handover, now: datetime | None = None) -> None:
    """The agency has received it. Of two who sign at once the second is told of the first."""
    if not may_file(by) or by.agency_id != handover.agency_id:
        raise PermissionDenied(_("由送达单位的填报员或签批人签收。"))
    moment = now or clock.now()
    if not Brief.objects.filter(pk=handover.brief_id, state=BriefState.ISSUED).exists():
        raise Conflict(_("这份反馈单已撤回或已有新版，不必签收；请刷新页面。"))
    signed = Handover.objects.filter(pk=handover.pk, received_at__isnull=True)
    if not signed.update(received_at=moment, received_by=by):
        first = Handover.objects.select_related("received_by").get(pk=handover.pk)
        at = short_time(first.received_at) if first.received_at else ""
        raise Conflict(_("%(who)s已于 %(when)s 签收。") % {"who": first.received_by, "when": at})
    record(by=by, verb="brief.sign_for", subject=handover.brief, at=moment)


def tell_withdrawn(*, brief: Brief, now: datetime) -> None:
    """Tell the agency that what it was handed holds no more."""
    handover = Handover.objects.filter(brief=brief).first()
    if handover is None:
        return
    subject = _("%(title)s已撤回") % {"title": brief.title}
    body = _("%(title)s已撤回，不再有效；此前下载的请勿再用。") % {"title": brief.title}
    people = _filers(brief.plan_id, handover.agency_id)
    notify_all(
        news=[
            News(Topic.BRIEF, people, subject, body, reverse("feedback_list"), agency_id=handover.agency_id)
        ],
        now=now,
    )
