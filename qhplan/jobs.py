"""Jobs: work that outlives a request. A job is a row, written in the transaction that asks for it; the Celery message
carries only ids and is a hint (`qhplan/hints.py`). Beat sweeps rows that nobody took, so a dead broker fails no
request and a dead worker loses no job.

While a job runs, its worker's database session holds an advisory lock: when the worker dies the lock is gone with
its session, and whoever gets the next hint starts the job again. The effect is written in the same transaction that
marks the job done, so that it happens once however often the work was begun.
"""

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qhplan import hints

log = logging.getLogger(__name__)

MAX_ATTEMPTS = 3
HINTED_AT_ONCE = 500  # jobs in one message, of 40 bytes each

Result = dict[str, Any]
Effect = Callable[[], Result]


class JobState(models.TextChoices):
    QUEUED = "queued", gettext_lazy("排队中")
    RUNNING = "running", gettext_lazy("进行中")
    DONE = "done", gettext_lazy("已完成")
    FAILED = "failed", gettext_lazy("失败")


class Job(models.Model):
    """作业: one piece of background work, its progress and how it ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    label = models.CharField(max_length=200)
    args: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)  # real time: it is about this process, not the plan
    not_before = models.DateTimeField(default=timezone.now)
    hinted_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_text = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    result: Any = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        indexes = [
            models.Index(
                name="job_unfinished",
                fields=["not_before"],
                condition=models.Q(state__in=["queued", "running"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"

    @property
    def finished(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED)

    @property
    def is_failed(self) -> bool:
        return bool(self.state == JobState.FAILED)

    @property
    def percent(self) -> int:
        """Share of the work done, 0 to 100, for a progress bar."""
        if self.state == JobState.DONE:
            return 100
        return min(99, 100 * self.progress_done // self.progress_total) if self.progress_total else 0

    @property
    def reason(self) -> str:
        """Why it failed, in a sentence for a person: what a job refused with, or the last line of a traceback."""
        lines = self.error.strip().splitlines()
        if not lines or not self.error.startswith("Traceback"):
            return self.error.strip()
        return _("程序出错：%(error)s") % {"error": lines[-1][:300]}

    def progress(self, done: int, total: int, text: str) -> None:
        """Tell whoever watches how far the work is. Called outside of transactions, so that it shows at once."""
        Job.objects.filter(pk=self.pk).update(
            progress_done=done, progress_total=total, progress_text=text[:200]
        )


class Refused(Exception):
    """The job cannot succeed however often it is tried; the message tells a person what to do."""


class Overtaken(Exception):
    """Another worker has begun the job anew; this one's effect is not written."""


@dataclass(frozen=True)
class _Handler:
    work: Callable[[Job], Effect]
    on_failure: Callable[[Job], None] | None


_handlers: dict[str, _Handler] = {}


def handles(
    kind: str, *, on_failure: Callable[[Job], None] | None = None
) -> Callable[[Callable[[Job], Effect]], Callable[[Job], Effect]]:
    """Register the function that does a kind of job.

    It may be run again from the beginning at any time; it returns a function that writes the effect and is called
    inside the transaction that marks the job done. `on_failure` is called in the transaction that marks it failed.
    Where `on_failure` itself fails, what it wrote is undone, the error is logged, and the job is failed all the same:
    its page says why the work failed, and what the job was for stays as it was (a brief stays 生成中).
    """

    def register(work: Callable[[Job], Effect]) -> Callable[[Job], Effect]:
        _handlers[kind] = _Handler(work, on_failure)
        return work

    return register


def ask(kind: str, *, label: str, args: dict[str, Any], by: Any = None) -> Job:
    """Write a job row in the caller's transaction; once that commits, one message tells a worker of all its jobs."""
    if kind not in _handlers:
        raise LookupError(f"no handler for job kind {kind!r}")
    job = Job.objects.create(kind=kind, label=label, args=args, asked_by=by)
    _hint_after_commit(job.id)
    return job


@dataclass
class _Hint:
    """The jobs of one transaction."""

    job_ids: list[uuid.UUID] = field(default_factory=list)

    def send(self) -> None:
        _hint(self.job_ids)


def _hint_after_commit(job_id: uuid.UUID) -> None:
    # What waits for the commit is what Django would call: where a savepoint is rolled back, it drops the hints that
    # were begun inside. A job of such a savepoint whose hint was begun before it stays in the hint and is not found.
    for entry in connection.run_on_commit:
        hint = getattr(entry[1], "__self__", None)  # the callable, between its savepoints and how it may fail
        if isinstance(hint, _Hint):
            hint.job_ids.append(job_id)
            return
    transaction.on_commit(_Hint([job_id]).send, robust=True)


def _hint(job_ids: Sequence[uuid.UUID]) -> None:
    """Tell a worker of the jobs, up to HINTED_AT_ONCE of them: the sweep tells of the rest."""
    job_ids = job_ids[:HINTED_AT_ONCE]
    if not hints.send(job_ids):
        return
    with transaction.atomic():
        # A row that is locked belongs to a worker that has begun it, or to a sweep that hints it too.
        free = Job.objects.select_for_update(skip_locked=True).filter(pk__in=job_ids)
        Job.objects.filter(pk__in=free.order_by().values("pk")).update(hinted_at=timezone.now())


def run(job_id: uuid.UUID) -> Job | None:
    """Do the job now, unless someone else is doing it or it has ended; returns it as it then stands."""
    with connection.cursor() as cursor:
        key = job_id.int & 0x7FFF_FFFF_FFFF_FFFF
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            return None
        try:
            with translation.override(settings.LANGUAGE_CODE):
                return _run_locked(job_id)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _run_locked(job_id: uuid.UUID) -> Job | None:
    unfinished = Job.objects.filter(pk=job_id, state__in=[JobState.QUEUED, JobState.RUNNING])
    taken = unfinished.update(
        state=JobState.RUNNING, started_at=timezone.now(), attempts=models.F("attempts") + 1, error=""
    )
    if not taken:
        return None
    job = Job.objects.get(pk=job_id)
    handler = _handlers.get(job.kind)
    try:
        if handler is None:
            raise Refused(
                _("没有能处理“%(kind)s”的程序，请确认工作进程与网站是同一版本。") % {"kind": job.kind}
            )
        if job.attempts > MAX_ATTEMPTS:  # each earlier attempt killed its worker
            raise Refused(_("作业 %(n)d 次使工作进程中断，已停止重试。") % {"n": MAX_ATTEMPTS})
        effect = handler.work(job)
        with transaction.atomic():
            result = effect()
            # The attempt's number is a fence: had this session been taken for dead and the job begun again, the
            # effect written here would be a second one, and must not commit.
            if not unfinished.filter(attempts=job.attempts).update(
                state=JobState.DONE, ended_at=timezone.now(), result=result, progress_text="", error=""
            ):
                raise Overtaken(f"job {job.id} was begun again elsewhere")
    except Overtaken:
        log.warning("job %s %s: another worker has taken over", job.kind, job.id)
    except Exception as error:
        final = isinstance(error, Refused) or job.attempts >= MAX_ATTEMPTS
        log.exception("job %s %s failed (attempt %s)", job.kind, job.id, job.attempts)
        told = str(error) if isinstance(error, Refused) else traceback.format_exc(limit=-6)
        mine = unfinished.filter(attempts=job.attempts)
        if final:
            _set_aside(job, mine, told, handler)
        else:
            mine.update(
                state=JobState.QUEUED,
                not_before=timezone.now() + timedelta(seconds=5 * 3**job.attempts),
                error=told,
            )
    job.refresh_from_db()
    return job


def _set_aside(job: Job, mine: "models.QuerySet[Job]", told: str, handler: _Handler | None) -> None:
    """Mark the job failed, together with what its kind's `on_failure` writes; where that fails, without it. Nothing
    happens when another worker has begun the job anew (`mine` is then empty)."""

    def mark() -> int:
        return mine.update(state=JobState.FAILED, ended_at=timezone.now(), error=told)

    # An `on_failure` that kills its worker is called once more by the next worker, and then no longer.
    if handler is not None and handler.on_failure is not None and job.attempts <= MAX_ATTEMPTS + 1:
        try:
            with transaction.atomic():
                if mark():
                    handler.on_failure(job)
            return
        except Exception:  # whatever the kind's own code raises, also when its writes are committed
            log.exception("job %s %s: its failure handler failed too", job.kind, job.id)
    mark()


def finish(job_id: uuid.UUID) -> Job:
    """Do the job here and now, or wait for whoever is doing it; returns it ended. For commands, which have a terminal
    to wait at."""
    while True:
        run(job_id)
        job = Job.objects.get(pk=job_id)
        if job.finished:
            return job
        time.sleep(0.2)


def unfinished_for_site(limit: int = 5) -> list[Job]:
    """What is queued or running, the oldest first, for the band that the office sees on every page."""
    waiting = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING]).defer(
        "error", "args", "result"
    )
    return list(waiting.order_by("asked_at")[:limit])


@shared_task(name="qhplan.jobs.run", ignore_result=True)
def run_hinted(*job_ids: str) -> None:
    """Do the first of these jobs that waits, and pass the others on in one message.

    So a message costs one job's time, which is what the time limit and a worker's prefetch count; whoever is free
    takes the next, and a job that is asked for later comes in between. When passing on fails, the sweep hints the
    others. A message with a single id is also what earlier versions sent.
    """
    ids = [uuid.UUID(job_id) for job_id in job_ids]
    unfinished = Job.objects.filter(pk__in=ids, state__in=[JobState.QUEUED, JobState.RUNNING])
    # A hint may be older than the attempt after which the job has to rest.
    due = models.Q(attempts=0) | models.Q(not_before__lte=timezone.now())
    waiting = set(unfinished.filter(due).values_list("pk", flat=True))
    left = [job_id for job_id in ids if job_id in waiting]
    if len(left) > 1:
        hints.send(left[1:])
    if left:
        run(left[0])


@shared_task(name="qhplan.jobs.sweep", ignore_result=True)
def sweep() -> int:
    """Hint again, in one message, unfinished jobs whose time has come and whose last hint is old; returns how many."""
    now = timezone.now()
    stale = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING], not_before__lte=now).filter(
        models.Q(hinted_at__isnull=True) | models.Q(hinted_at__lt=now - timedelta(seconds=20))
    )
    ids = list(stale.order_by("asked_at").values_list("pk", flat=True)[:HINTED_AT_ONCE])
    if ids:
        _hint(ids)
    return len(ids)
