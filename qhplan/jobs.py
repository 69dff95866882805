"""Jobs: background work. A job is a row, written in the transaction that requests it; the Celery message contains only
ids and is a hint (`qhplan/hints.py`). Beat sweeps rows that no worker has started, so a dead broker fails no request
and a dead worker loses no job.

While a job runs, the database session of its worker has an advisory lock. If the worker dies, the lock ends with its
session, and the worker with the next hint starts the job again. The effect is written in the same transaction that
sets the job to done, so it happens once, however often the work was started.
"""

import logging
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Sequence
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
HINTED_AT_ONCE = 500  # maximum number of jobs in one message, 40 bytes each

Result = dict[str, Any]
Effect = Callable[[], Result]


class JobState(models.TextChoices):
    QUEUED = "queued", gettext_lazy("排队中")
    RUNNING = "running", gettext_lazy("进行中")
    DONE = "done", gettext_lazy("已完成")
    FAILED = "failed", gettext_lazy("失败")


class Job(models.Model):
    """作业: one piece of background work, its progress and its result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=60)
    label = models.CharField(max_length=200)
    args: Any = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=JobState, default=JobState.QUEUED)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    asked_at = models.DateTimeField(default=timezone.now)  # real time, not that of qhplan.clock
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
        """The reason of a failure for users: the message of Refused, or the last line of the traceback."""
        lines = self.error.strip().splitlines()
        if not lines or not self.error.startswith("Traceback"):
            return self.error.strip()
        return _("程序出错：%(error)s") % {"error": lines[-1][:300]}

    def progress(self, done: int, total: int, text: str) -> None:
        """Records the progress. Called outside of transactions, so that it is visible at once."""
        Job.objects.filter(pk=self.pk).update(
            progress_done=done, progress_total=total, progress_text=text[:200]
        )


class Refused(Exception):
    """The job cannot succeed, however often it is tried; the message tells users what to do."""


class Overtaken(Exception):
    """Another worker has restarted the job; the effect of this one is not written."""


@dataclass(frozen=True)
class _Handler:
    work: Callable[[Job], Effect]
    on_failure: Callable[[Job], None] | None


_handlers: dict[str, _Handler] = {}


def handles(
    kind: str, *, on_failure: Callable[[Job], None] | None = None
) -> Callable[[Callable[[Job], Effect]], Callable[[Job], Effect]]:
    """Decorator: registers the function that runs jobs of this kind.

    The function may be run again from the beginning at any time. It returns a function that writes the effect and is
    called in the transaction that sets the job to done. `on_failure` is called in the transaction that sets the job to
    failed. If `on_failure` itself fails, its writes are rolled back, the error is logged, and the job still fails: its
    page shows the reason, and the object of the job stays as it was (a brief stays 生成中).
    """

    def register(work: Callable[[Job], Effect]) -> Callable[[Job], Effect]:
        _handlers[kind] = _Handler(work, on_failure)
        return work

    return register


def ask(kind: str, *, label: str, args: dict[str, Any], by: Any = None) -> Job:
    """Writes a job row in the caller's transaction. After the commit, one message hints all jobs of the transaction."""
    return ask_all(kind, [(label, args)], by=by)[0]


def ask_all(kind: str, asked: Iterable[tuple[str, dict[str, Any]]], *, by: Any = None) -> list[Job]:
    """`ask` for several jobs of one kind, (label, args) of each. One query."""
    if kind not in _handlers:
        raise LookupError(f"no handler for job kind {kind!r}")
    made = Job.objects.bulk_create(
        Job(kind=kind, label=label, args=args, asked_by=by) for label, args in asked
    )
    for job in made:
        _hint_after_commit(job.id)
    return made


@dataclass
class _Hint:
    """The jobs of one transaction."""

    job_ids: list[uuid.UUID] = field(default_factory=list)

    def send(self) -> None:
        _hint(self.job_ids)


def _hint_after_commit(job_id: uuid.UUID) -> None:
    # The hint is a commit hook of Django: if a savepoint is rolled back, Django drops the hints created inside it. A
    # job of such a savepoint whose hint was created before it stays in the hint, and the worker finds no row for it.
    for entry in connection.run_on_commit:
        hint = getattr(entry[1], "__self__", None)  # entry: (savepoint ids, callable, robust)
        if isinstance(hint, _Hint):
            hint.job_ids.append(job_id)
            return
    transaction.on_commit(_Hint([job_id]).send, robust=True)


def _hint(job_ids: Sequence[uuid.UUID]) -> None:
    """Sends a hint of at most HINTED_AT_ONCE jobs; the sweep hints the rest."""
    job_ids = job_ids[:HINTED_AT_ONCE]
    if not hints.send(job_ids):
        return
    with transaction.atomic():
        # A locked row belongs to a worker that has started it, or to a sweep that hints it too.
        free = Job.objects.select_for_update(skip_locked=True).filter(pk__in=job_ids)
        Job.objects.filter(pk__in=free.order_by().values("pk")).update(hinted_at=timezone.now())


def run(job_id: uuid.UUID) -> Job | None:
    """Runs the job now, unless another worker runs it or it has ended. Returns the job in its new state."""
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
        if job.attempts > MAX_ATTEMPTS:  # each earlier attempt has killed its worker
            raise Refused(_("作业 %(n)d 次使工作进程中断，已停止重试。") % {"n": MAX_ATTEMPTS})
        effect = handler.work(job)
        with transaction.atomic():
            result = effect()
            # The number of the attempt is a fencing token: if this session was considered dead and the job restarted,
            # the effect written here would be a second one and must not commit.
            if not unfinished.filter(attempts=job.attempts).update(
                state=JobState.DONE, ended_at=timezone.now(), result=result, progress_text="", error=""
            ):
                raise Overtaken(f"job {job.id} was restarted by another worker")
    except Overtaken:
        log.warning("job %s %s: another worker has taken over", job.kind, job.id)
    except Exception as error:
        final = isinstance(error, Refused) or job.attempts >= MAX_ATTEMPTS
        log.exception("job %s %s failed (attempt %s)", job.kind, job.id, job.attempts)
        message = str(error) if isinstance(error, Refused) else traceback.format_exc(limit=-6)
        mine = unfinished.filter(attempts=job.attempts)
        if final:
            _set_failed(job, mine, message, handler)
        else:
            mine.update(
                state=JobState.QUEUED,
                not_before=timezone.now() + timedelta(seconds=5 * 3**job.attempts),
                error=message,
            )
    job.refresh_from_db()
    return job


def _set_failed(job: Job, mine: "models.QuerySet[Job]", message: str, handler: _Handler | None) -> None:
    """Sets the job to failed together with the writes of its kind's `on_failure`, or without them if that fails. Does
    nothing if another worker has restarted the job (`mine` is then empty)."""

    def set_state() -> int:
        return mine.update(state=JobState.FAILED, ended_at=timezone.now(), error=message)

    # If `on_failure` kills its worker, the next worker calls it once more, and then no worker does.
    if handler is not None and handler.on_failure is not None and job.attempts <= MAX_ATTEMPTS + 1:
        try:
            with transaction.atomic():
                if set_state():
                    handler.on_failure(job)
            return
        except Exception:  # whatever the handler raises, also when its writes are committed
            log.exception("job %s %s: its failure handler failed too", job.kind, job.id)
    set_state()


def finish(job_id: uuid.UUID) -> Job:
    """Runs the job now, or waits for the worker that runs it. Returns the ended job. For management commands, whose user
    waits at the terminal."""
    while True:
        run(job_id)
        job = Job.objects.get(pk=job_id)
        if job.finished:
            return job
        time.sleep(0.2)


def unfinished_of(jobs: "models.QuerySet[Job]", limit: int = 5) -> list[Job]:
    """Those of the jobs that are queued or running, the oldest first, for the banner that the office sees on all pages."""
    waiting = (
        jobs.select_related(None)
        .filter(state__in=[JobState.QUEUED, JobState.RUNNING])
        .defer("error", "args", "result")
    )
    return list(waiting.order_by("asked_at")[:limit])


@shared_task(name="qhplan.jobs.run", ignore_result=True)
def run_hinted(*job_ids: str) -> None:
    """Runs the first waiting job of these, and sends the others on in one message.

    A message thus takes the time of one job, as the time limit and a worker's prefetch assume; a free worker takes the
    next job, and jobs requested later come in between. If sending on fails, the sweep hints the others. Earlier
    versions sent messages with a single id, which are accepted too.
    """
    ids = [uuid.UUID(job_id) for job_id in job_ids]
    unfinished = Job.objects.filter(pk__in=ids, state__in=[JobState.QUEUED, JobState.RUNNING])
    # A hint may be older than the last attempt, after which the job has to wait until `not_before`.
    due = models.Q(attempts=0) | models.Q(not_before__lte=timezone.now())
    waiting = set(unfinished.filter(due).values_list("pk", flat=True))
    left = [job_id for job_id in ids if job_id in waiting]
    if len(left) > 1:
        hints.send(left[1:])
    if left:
        run(left[0])


@shared_task(name="qhplan.jobs.sweep", ignore_result=True)
def sweep() -> int:
    """Hints unfinished jobs that are due and whose last hint is old, in one message. Returns their number."""
    now = timezone.now()
    stale = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING], not_before__lte=now).filter(
        models.Q(hinted_at__isnull=True) | models.Q(hinted_at__lt=now - timedelta(seconds=20))
    )
    ids = list(stale.order_by("asked_at").values_list("pk", flat=True)[:HINTED_AT_ONCE])
    if ids:
        _hint(ids)
    return len(ids)
