"""Job that scans waiting files. Beat checks every minute for waiting files, and once a night removes orphaned bytes."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from qhplan import jobs
from qhplan.jobs import Effect, Job, JobState, Refused
from tasks.files import actions, clamav, permissions, storage

SCAN = "files.scan"
# The delay before a failed job is requested again.
ASK_AGAIN = timedelta(minutes=10)


def ask_scan() -> Job | None:
    """Requests a scan of waiting files; callers that store a file call it in the same transaction.

    None if a job is already queued or no scanner is configured.
    """
    if not permissions.scans() or Job.objects.filter(kind=SCAN, state=JobState.QUEUED).exists():
        return None
    return jobs.ask(SCAN, label=_("上传文件查毒"), args={})


def scan_if_due() -> Job | None:
    """Requests a scan if a file waits and is due."""
    if not permissions.scans() or not actions.waiting().exists():
        return None
    scanning = Job.objects.filter(kind=SCAN)
    if scanning.filter(state=JobState.RUNNING).exists():
        return None
    if scanning.filter(state=JobState.FAILED, ended_at__gt=timezone.now() - ASK_AGAIN).exists():
        return None
    return ask_scan()


@shared_task(name="tasks.files.tick", ignore_result=True)
def tick() -> None:
    """Beat calls `scan_if_due` through this task."""
    with transaction.atomic():
        scan_if_due()


@shared_task(name="tasks.files.tidy", ignore_result=True)
def tidy() -> int:
    """Removes orphaned bytes; Beat calls it every night, and a missed night is made up by the next."""
    return storage.tidy()


@jobs.handles(SCAN)
def scan(job: Job) -> Effect:
    """Scans waiting files one by one; each result commits by itself. An unreachable daemon ends the job: its current
    file is recorded as not scanned, the others keep waiting."""
    if not permissions.scans():
        raise Refused(_("没有配置杀毒程序（CLAMAV_SOCKET）。"))
    clean = infected = failed = 0
    while file := actions.take_for_scan():
        try:
            with storage.get(file) as content:
                virus = clamav.scan(content, settings.CLAMAV_SOCKET)
        except clamav.Unreachable as error:
            actions.not_scanned(file=file, why=str(error))
            failed += 1
            break
        except clamav.NotScanned as error:
            actions.not_scanned(file=file, why=str(error))
            failed += 1
        except FileNotFoundError:
            actions.not_scanned(file=file, why=_("文件的内容不在存储里，或已不是上传时的内容"))
            failed += 1
        else:
            actions.scanned(file=file, virus=virus)
            clean, infected = clean + (not virus), infected + bool(virus)
        done = clean + infected + failed
        job.progress(done, done + 1, _("正在查毒"))
    return lambda: {"clean": clean, "infected": infected, "failed": failed}
