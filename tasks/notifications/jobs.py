"""Jobs that remind people of what is due today, and that send messages out of the site.

Beat checks every minute whether the reminders of the day were requested and whether deliveries are due. If the site was
down at 8:30, reminders are therefore sent as soon as it is up again. Requesting twice reminds once, because a person
has one digest a day.
"""

from datetime import date, datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import clock, jobs
from qhplan.jobs import Effect, Job, JobState, Refused
from tasks.cycles.actions import cycles_in_progress
from tasks.cycles.workdays import is_workday
from tasks.notifications import actions
from tasks.notifications.channels import Ways
from tasks.notifications.models import Delivery
from tasks.notifications.queries import digests_on, items_on
from tasks.notifications.values import DeliveryState
from tasks.people.models import User
from tasks.people.queries import is_sample_database

REMIND = "notify.remind"
DELIVER = "notify.deliver"
# A failed reminder job is requested again after this.
ASK_AGAIN = timedelta(minutes=30)


# -- asking -------------------------------------------------------------------------------------------------


@transaction.atomic
def ask_reminders(*, day: date, by: User | None = None) -> Job:
    """Request the job that reminds everybody of what is due on the day."""
    return jobs.ask(REMIND, label=_("%(day)s填报提醒") % {"day": day}, args={"day": day.isoformat()}, by=by)


def ask_delivery() -> Job | None:
    """Request the job that sends waiting deliveries, unless one is already queued."""
    if Job.objects.filter(kind=DELIVER, state=JobState.QUEUED).exists():
        return None
    return jobs.ask(DELIVER, label=_("发送消息"), args={})


def remind_if_due(now: datetime | None = None) -> Job | None:
    """Request the reminders of the day from their hour on: on a working day, while a period is open."""
    moment = timezone.localtime(now or clock.now(), timezone.get_default_timezone())
    day = moment.date()
    if moment.time() < settings.REMIND_AT or not is_workday(day) or not cycles_in_progress(moment):
        return None
    asked = Job.objects.filter(kind=REMIND, args__day=day.isoformat())
    recent = asked.filter(asked_at__gt=timezone.now() - ASK_AGAIN)
    if asked.exclude(state=JobState.FAILED).exists() or recent.exists():
        return None
    return ask_reminders(day=day)


def deliver_if_due() -> Job | None:
    """Request the sending of deliveries that are due."""
    now = timezone.now()
    waiting = Delivery.objects.filter(state=DeliveryState.QUEUED, not_before__lte=now)
    if not waiting.exists():
        return None
    sending = Job.objects.filter(kind=DELIVER)
    if sending.filter(state=JobState.RUNNING).exists():
        return None
    if sending.filter(state=JobState.FAILED, ended_at__gt=now - ASK_AGAIN).exists():
        return None
    return ask_delivery()


@shared_task(name="tasks.notifications.tick", ignore_result=True)
def tick() -> None:
    """Called by beat every minute."""
    with transaction.atomic():
        remind_if_due()
    with transaction.atomic():
        deliver_if_due()


# -- doing --------------------------------------------------------------------------------------------------


@jobs.handles(REMIND)
def remind(job: Job) -> Effect:
    """Write the digests of the day, and request their sending."""
    day = date.fromisoformat(job.args["day"])
    if not is_workday(day):
        raise Refused(_("%(day)s不是工作日，不发提醒。") % {"day": day})

    def effect() -> jobs.Result:
        items = items_on(day, cycles_in_progress())
        made = actions.tell(day=day, digests=digests_on(items), items=items)
        if made and Delivery.objects.filter(message__in=made).exists():
            ask_delivery()
        return {"messages": len(made), "items": len(items)}

    return effect


@jobs.handles(DELIVER)
def deliver(job: Job) -> Effect:
    """Send waiting deliveries. Each one commits separately, because a mail that was sent cannot be called back."""
    if settings.PRODUCTION and is_sample_database():
        raise Refused(_("示例数据库不向外发送消息。"))
    ways = Ways()
    sent = missed = put_off = 0
    while taken := actions.take():
        for outcome in ways.send(taken):
            if not outcome.why:
                actions.arrived(delivery=outcome.delivery)
                sent += 1
            elif outcome.tried:
                actions.missed(delivery=outcome.delivery, why=outcome.why)
                missed += 1
            else:
                actions.put_off(delivery=outcome.delivery, why=outcome.why)
                put_off += 1
        done = sent + missed + put_off
        job.progress(done, done + 1, _("正在发送"))
    return lambda: {"sent": sent, "missed": missed, "put_off": put_off}
