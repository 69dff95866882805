"""The job that makes the backup of the day. Administrators are told when it fails, and when it is well again."""

from datetime import datetime, timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import jobs
from qhplan.backups import actions
from qhplan.backups.archive import BackupError
from qhplan.jobs import Effect, Job, JobState, Refused
from tasks.notifications.actions import notify
from tasks.notifications.values import Topic
from tasks.people.queries import serving
from tasks.values import Role

BACK_UP = "site.backup"
# A failed backup is requested again after this.
ASK_AGAIN = timedelta(minutes=30)


def back_up_if_due(now: datetime | None = None) -> Job | None:
    """Requests the backup of the day from its hour on, if archives can be encrypted. By the real clock, also on a trial
    site."""
    moment = timezone.localtime(now or timezone.now(), timezone.get_default_timezone())
    day = moment.date().isoformat()
    if not settings.BACKUP_RECIPIENTS or moment.time() < settings.BACKUP_AT:
        return None
    asked = Job.objects.filter(kind=BACK_UP, args__day=day)
    recent = asked.filter(asked_at__gt=timezone.now() - ASK_AGAIN)
    if asked.exclude(state=JobState.FAILED).exists() or recent.exists():
        return None
    return jobs.ask(BACK_UP, label=_("%(day)s备份") % {"day": day}, args={"day": day})


@shared_task(name="qhplan.backups.tick", ignore_result=True)
def tick() -> None:
    """Called by beat every minute."""
    with transaction.atomic():
        back_up_if_due()


def _failed(job: Job) -> None:
    if not _last_failed(job):
        _tell(job, _("今天的备份没有做成"), job.reason)


@jobs.handles(BACK_UP, on_failure=_failed)
def back_up(job: Job) -> Effect:
    """Makes the backup. Its result has the archive's path, size in bytes and hash."""
    job.progress(0, 1, _("正在备份"))
    try:
        made = actions.back_up()
    except BackupError as error:
        raise Refused(str(error)) from error

    def effect() -> jobs.Result:
        if _last_failed(job):
            _tell(job, _("备份恢复正常"), _("已写入 %(name)s，并读回核对。") % {"name": made.path.name})
        return {
            "path": str(made.path),
            "copy": str(made.copy or ""),
            "size": made.size,
            "sha256": made.sha256,
            "files": made.files,
            "removed": list(made.removed),
        }

    return effect


def _last_failed(job: Job) -> bool:
    """Whether the backup before this one failed."""
    earlier = Job.objects.filter(kind=BACK_UP, ended_at__isnull=False, asked_at__lt=job.asked_at)
    last = earlier.order_by("-asked_at").first()
    return last is not None and last.is_failed


def _tell(job: Job, subject: str, body: str) -> None:
    notify(topic=Topic.SITE, users=serving(Role.ACCOUNTS_ADMIN), subject=subject, body=body, place="/status/")
