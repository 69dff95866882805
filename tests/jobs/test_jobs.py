"""Jobs as rows: asked for in a transaction, done once, whatever dies."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from qhplan import jobs
from qhplan.jobs import Effect, Job, JobState, Refused
from tasks.models import Event, User
from tests import factories as make
from tests.jobs.kinds import WAITING

KIND = "test.kind"


@pytest.fixture
def handler() -> Iterator[list[Any]]:
    """Registers a kind whose work appends to this list; an exception in it is raised once for each."""
    script: list[Any] = []

    @jobs.handles(KIND, on_failure=lambda job: script.append("failed"))
    def work(job: Job) -> Effect:
        step = script.pop(0) if script and isinstance(script[0], Exception) else None
        if step is not None:
            raise step
        return lambda: {"note": job.args["note"]}

    yield script
    del jobs._handlers[KIND]


def asked() -> Job:
    return jobs.ask(KIND, label="试", args={"note": "好"})


def run(job: Job) -> Job:
    jobs.run(job.pk)
    return Job.objects.get(pk=job.pk)


@pytest.mark.django_db
def test_a_job_of_an_unknown_kind_is_refused_when_asked_for() -> None:
    with pytest.raises(LookupError):
        jobs.ask("nobody.does.this", label="", args={})
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_job_is_done_and_keeps_its_result(handler: list[Any]) -> None:
    job = run(asked())
    assert (job.state, job.result, job.attempts, job.percent) == (JobState.DONE, {"note": "好"}, 1, 100)
    assert jobs.run(job.pk) is None  # a second hint does nothing
    assert Job.objects.get(pk=job.pk).attempts == 1


@pytest.mark.django_db
def test_a_refusal_fails_at_once_with_its_sentence(handler: list[Any]) -> None:
    handler.append(Refused("没有字体，请先准备。"))
    job = run(asked())
    assert (job.state, job.reason, handler) == (JobState.FAILED, "没有字体，请先准备。", ["failed"])


@pytest.mark.django_db
def test_an_error_is_tried_again_later_and_at_last_fails(handler: list[Any]) -> None:
    handler += [ValueError("x")] * jobs.MAX_ATTEMPTS
    job = asked()
    states = []
    for _ in range(jobs.MAX_ATTEMPTS):
        job = run(job)
        states.append(job.state)
        assert job.not_before > timezone.now()
    assert states == [JobState.QUEUED] * (jobs.MAX_ATTEMPTS - 1) + [JobState.FAILED]
    assert job.reason == "程序出错：ValueError: x"
    assert handler == ["failed"]


@pytest.mark.django_db
def test_a_job_that_killed_its_workers_is_given_up(handler: list[Any]) -> None:
    job = asked()
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS)
    job = run(job)
    assert job.state == JobState.FAILED
    assert "中断" in job.reason


@pytest.fixture
def broken_handler() -> Iterator[list[int]]:
    """Registers a kind whose work fails and whose failure handler writes an event and then fails too; its calls."""
    user = make.user(password=None)
    calls: list[int] = []

    def on_failure(job: Job) -> None:
        calls.append(job.attempts)
        make.event(by=user)
        raise LookupError("what the job was for is not there")

    @jobs.handles(KIND, on_failure=on_failure)
    def work(job: Job) -> Effect:
        raise ValueError("x")

    yield calls
    del jobs._handlers[KIND]


@pytest.mark.django_db
def test_a_job_whose_failure_handler_raises_is_failed_all_the_same(
    broken_handler: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    job = asked()
    states = [run(job).state for _ in range(jobs.MAX_ATTEMPTS)]
    assert states == [JobState.QUEUED] * (jobs.MAX_ATTEMPTS - 1) + [JobState.FAILED]
    job.refresh_from_db()
    assert job.reason == "程序出错：ValueError: x"  # why the work failed, not why its handler did
    assert job.ended_at is not None
    assert "its failure handler failed too" in caplog.text
    assert not Event.objects.exists()  # nothing half written
    Job.objects.update(not_before=timezone.now() - timedelta(hours=1))
    assert jobs.sweep() == 0
    assert jobs.run(job.pk) is None
    assert broken_handler == [jobs.MAX_ATTEMPTS]


def test_a_failure_handler_that_fails_at_commit_does_not_keep_its_job(cloned_db: str) -> None:
    """A reference to a row that is not there is only noticed when the transaction ends."""

    def on_failure(job: Job) -> None:
        make.event(by=User(pk=0))

    @jobs.handles(KIND, on_failure=on_failure)
    def work(job: Job) -> Effect:
        raise Refused("不行")

    job = run(asked())
    del jobs._handlers[KIND]
    assert (job.state, job.reason) == (JobState.FAILED, "不行")
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_failure_handler_that_kills_its_workers_is_not_called_for_ever(broken_handler: list[int]) -> None:
    job = asked()
    Job.objects.filter(pk=job.pk).update(state=JobState.RUNNING, attempts=jobs.MAX_ATTEMPTS + 1)
    job = run(job)
    assert (job.state, broken_handler) == (JobState.FAILED, [])


@pytest.mark.django_db
def test_an_overtaken_worker_that_fails_marks_nothing(handler: list[Any]) -> None:
    @jobs.handles("test.overtaken", on_failure=lambda job: handler.append("failed"))
    def work(job: Job) -> Effect:
        Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)
        raise Refused("不行")

    job = run(jobs.ask("test.overtaken", label="", args={}))
    del jobs._handlers["test.overtaken"]
    assert (job.state, job.attempts, handler) == (JobState.RUNNING, 2, [])


@pytest.mark.django_db
def test_an_effect_and_its_job_commit_together_or_not_at_all() -> None:
    user = make.user(password=None)

    @jobs.handles(KIND)
    def work(job: Job) -> Effect:
        def effect() -> dict[str, Any]:
            make.event(by=user)
            raise ValueError("after the write")

        return effect

    job = run(jobs.ask(KIND, label="", args={}))
    del jobs._handlers[KIND]
    assert job.state == JobState.QUEUED
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_an_overtaken_worker_writes_nothing() -> None:
    """Its session was thought dead and the job begun again: the fence stops the second effect."""
    user = make.user(password=None)

    @jobs.handles(KIND)
    def work(job: Job) -> Effect:
        Job.objects.filter(pk=job.pk).update(attempts=job.attempts + 1)

        def effect() -> dict[str, Any]:
            make.event(by=user)
            return {}

        return effect

    job = run(jobs.ask(KIND, label="", args={}))
    del jobs._handlers[KIND]
    assert (job.state, job.attempts) == (JobState.RUNNING, 2)
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_sweep_hints_what_nobody_took(handler: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    hinted: list[list[uuid.UUID]] = []
    monkeypatch.setattr(jobs, "_hint", hinted.append)
    now = timezone.now()
    lost = asked()
    fresh = asked()
    Job.objects.filter(pk=fresh.pk).update(hinted_at=now)
    later = asked()
    Job.objects.filter(pk=later.pk).update(not_before=now + timedelta(minutes=1))
    done = run(asked())
    assert done.finished
    old = asked()
    Job.objects.filter(pk=old.pk).update(state=JobState.RUNNING, hinted_at=now - timedelta(minutes=1))
    assert jobs.sweep() == 2
    assert hinted == [[lost.pk, old.pk]]


def test_a_rolled_back_request_asks_for_nothing(cloned_db: str, handler: list[Any]) -> None:
    def request() -> None:
        with transaction.atomic():
            asked()
            raise LookupError("the request fails after asking")

    with pytest.raises(LookupError, match="after asking"):
        request()
    assert not Job.objects.exists()


def test_two_runs_at_once_do_the_job_once(cloned_db: str) -> None:
    """The second finds the first's lock and leaves."""
    import threading

    from django.db import connections

    inside, leave = threading.Event(), threading.Event()
    runs: list[int] = []

    @jobs.handles(KIND)
    def work(job: Job) -> Effect:
        runs.append(1)
        inside.set()
        assert leave.wait(10)
        return dict

    job = jobs.ask(KIND, label="", args={})

    def first() -> None:
        try:
            jobs.run(job.pk)
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    assert jobs.run(job.pk) is None
    leave.set()
    thread.join()
    del jobs._handlers[KIND]
    job.refresh_from_db()
    assert (runs, job.state) == ([1], JobState.DONE)


def test_a_killed_worker_loses_no_job(worker: Any, tmp_path: Path) -> None:
    """kill -9 in the midst of the work; a new worker does it anew and ends it."""
    go = tmp_path / "go"
    with transaction.atomic():
        job = jobs.ask(WAITING, label="等", args={"until": str(go)})

    def state() -> Job:
        return Job.objects.get(pk=job.pk)

    worker.wait_for(lambda: state().state == JobState.RUNNING and state().progress_done > 0)
    worker.kill()
    assert state().state == JobState.RUNNING
    with connection.cursor() as cursor:  # its session, and so its lock, is gone
        key = job.pk.int & 0x7FFF_FFFF_FFFF_FFFF
        worker.wait_for(lambda: _free(cursor, key), 10)
    go.touch()
    worker.start()
    Job.objects.filter(pk=job.pk).update(hinted_at=timezone.now() - timedelta(minutes=1))
    jobs.sweep()
    worker.wait_for(lambda: state().finished)
    assert (state().state, state().result) == (JobState.DONE, {"attempt": 2})


def _free(cursor: Any, key: int) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
    free = bool(cursor.fetchone()[0])
    if free:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    return free
