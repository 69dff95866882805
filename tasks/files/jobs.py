"""The job of the room: having what waits scanned. Beat looks every minute whether anything does, and once a night
removes bytes that no row names.
"""

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
# A scan that failed as a job is asked for anew after this.
ASK_AGAIN = timedelta(minutes=10)


def ask_scan() -> Job | None:
    """The job that scans what waits, unless one is about to or there is no scanner. For whoever has stored a file, in
    the same transaction."""
    if not permissions.scans() or Job.objects.filter(kind=SCAN, state=JobState.QUEUED).exists():
        return None
    return jobs.ask(SCAN, label=_("上传文件查毒"), args={})


def scan_if_due() -> Job | None:
    """Ask for the scanning of what waits and whose time has come."""
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
    """Beat's door to it."""
    with transaction.atomic():
        scan_if_due()


@shared_task(name="tasks.files.tidy", ignore_result=True)
def tidy() -> int:
    """Beat's other door; what one night misses the next one finds."""
    return storage.tidy()


@jobs.handles(SCAN)
def scan(job: Job) -> Effect:
    """Scan what waits, file by file; each result commits by itself. A daemon that cannot be reached ends the round:
    the file that met it says so, and the others go on waiting."""
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
            actions.not_scanned(file=file, why=_("文件的内容不在存储里"))
            failed += 1
        else:
            actions.scanned(file=file, virus=virus)
            clean, infected = clean + (not virus), infected + bool(virus)
        done = clean + infected + failed
        job.progress(done, done + 1, _("正在查毒"))
    return lambda: {"clean": clean, "infected": infected, "failed": failed}
