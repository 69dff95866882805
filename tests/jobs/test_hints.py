"""Hints: one message for a transaction, and a broker that is away or hangs costs a request one attempt at most."""

import socket
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis.connection
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from qhplan import hints, jobs
from qhplan.celery import app as celery_app
from qhplan.jobs import Effect, Job, JobState
from tests.jobs.kinds import WAITING
from tests.rig import Worker

KIND = "test.hinted"


@pytest.fixture
def kind() -> Iterator[None]:
    """A kind of job that has nothing to do."""

    @jobs.handles(KIND)
    def work(job: Job) -> Effect:
        return dict

    yield
    del jobs._handlers[KIND]


def asked() -> Job:
    return jobs.ask(KIND, label="试", args={})


def ask_many(count: int) -> list[uuid.UUID]:
    with transaction.atomic():
        return [asked().pk for _n in range(count)]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[list[uuid.UUID]]:
    """The messages of this process, none of which goes anywhere."""
    messages: list[list[uuid.UUID]] = []

    def send(job_ids: Sequence[uuid.UUID]) -> bool:
        messages.append(list(job_ids))
        return True

    monkeypatch.setattr(hints, "send", send)
    return messages


# -- the breaker --------------------------------------------------------------------------------------------


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Sets the breaker's clock, and gives this test a breaker of its own."""
    now = [1000.0]
    monkeypatch.setattr(hints.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(hints, "breaker", hints.Breaker(10))

    def put(seconds: float) -> None:
        now[0] = 1000.0 + seconds

    return put


def test_after_a_failure_nobody_tries_for_a_while_and_then_one_does(at: Callable[[float], None]) -> None:
    breaker = hints.breaker
    assert (breaker.may_try(), breaker.may_try()) == (True, True)
    breaker.failed()
    at(9.9)
    assert not breaker.may_try()
    at(10)
    assert (breaker.may_try(), breaker.may_try()) == (True, False)  # the others wait for how it goes
    breaker.succeeded()
    assert (breaker.may_try(), breaker.may_try()) == (True, True)


def test_who_tries_and_never_reports_stops_the_others_for_a_while_only(at: Callable[[float], None]) -> None:
    hints.breaker.failed()
    at(10)
    assert hints.breaker.may_try()
    at(20)
    assert hints.breaker.may_try()


# -- one message for a transaction --------------------------------------------------------------------------


def test_one_message_names_all_jobs_of_a_transaction(
    cloned_db: str, kind: None, sent: list[list[uuid.UUID]]
) -> None:
    many = ask_many(61)
    assert sent == [many]
    assert not Job.objects.filter(hinted_at=None).exists()
    one = asked()  # outside of any transaction
    assert sent == [many, [one.pk]]
    sent.clear()

    # A savepoint that is rolled back takes with it the hint that was begun in it, and no other.
    with transaction.atomic():
        with transaction.atomic():
            asked()
            transaction.set_rollback(True)
        kept = [asked().pk]
        with transaction.atomic():
            kept.append(asked().pk)
        with transaction.atomic():
            gone = asked().pk
            transaction.set_rollback(True)
        kept.append(asked().pk)
        assert sent == []
    assert sent == [[*kept[:2], gone, kept[2]]]  # a hint for a row that is not there is harmless
    sent.clear()

    with transaction.atomic():
        asked()
        transaction.set_rollback(True)
    assert sent == []


@pytest.mark.django_db
def test_a_hint_for_a_row_that_is_not_there_is_harmless(sent: list[list[uuid.UUID]]) -> None:
    jobs.run_hinted(str(uuid.uuid4()))
    assert sent == []


# -- a broker that is away ----------------------------------------------------------------------------------


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every attempt to connect to a broker by network."""
    made: list[str] = []
    connect = redis.connection.Connection._connect

    def counted(self: Any) -> Any:
        made.append(f"{self.host}:{self.port}")
        return connect(self)

    monkeypatch.setattr(redis.connection.Connection, "_connect", counted)
    return made


@pytest.fixture(params=["refused", "hung"])
def bad_broker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Hints go to an address where nobody listens, or where a connection is taken and nothing is ever answered."""
    monkeypatch.setattr(settings, "HINT_TIMEOUT", 0.2)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "hung":
            listener.listen(50)
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setattr(celery_app.conf, "broker_url", f"redis://{address}/0")
        yield address


def test_a_broker_that_is_away_costs_one_attempt(
    bad_broker: str,
    cloned_db: str,
    kind: None,
    attempts: list[str],
    at: Callable[[float], None],
) -> None:
    ask_many(61)
    assert attempts == [bad_broker]
    ask_many(5)
    asked()
    at(9.9)
    asked()
    assert jobs.sweep() == 68
    assert attempts == [bad_broker]
    at(10)
    ask_many(5)
    assert attempts == [bad_broker] * 2
    assert not Job.objects.exclude(state=JobState.QUEUED, hinted_at=None).exists()


class Line:
    """A way to the real broker that can be made to swallow everything, as a broker does that hangs."""

    def __init__(self) -> None:
        self.hung = threading.Event()
        self.swallowed: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self.listener.getsockname()[1]}/0"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                client, _address = self.listener.accept()
            except OSError:  # the test is over
                return
            broker = socket.socket(socket.AF_UNIX)
            broker.connect(str(settings.EMBEDDED.broker_socket))
            for source, target in ((client, broker), (broker, client)):
                threading.Thread(target=self._carry, args=[source, target], daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with target:
            while data := source.recv(65536):
                if self.hung.is_set():
                    self.swallowed.append(data)
                else:
                    target.sendall(data)


@pytest.mark.slow
def test_a_connection_that_stops_answering_costs_one_attempt(
    services: None, monkeypatch: pytest.MonkeyPatch, attempts: list[str], at: Callable[[float], None]
) -> None:
    """The broker hangs after it has taken hints from the same process."""
    if not settings.EMBEDDED_BROKER:
        pytest.skip("the way to the broker is made for the embedded one")
    monkeypatch.setattr(settings, "HINT_TIMEOUT", 2.0)
    line = Line()
    with line.listener:
        monkeypatch.setattr(celery_app.conf, "broker_url", line.url)
        assert hints.send([uuid.uuid4()])
        connected = len(attempts)
        line.hung.set()
        assert not hints.send([uuid.uuid4()])
        assert not hints.send([uuid.uuid4()])
    assert len(line.swallowed) == 1
    assert len(attempts) == connected


def test_a_worker_waits_for_work_as_long_as_it_takes() -> None:
    with celery_app.connection_for_read() as connection:
        assert connection.transport_options == {
            "visibility_timeout": 3600,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
        }


# -- the worker's side --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_worker_does_the_first_that_waits_and_passes_the_others_on(
    kind: None, sent: list[list[uuid.UUID]]
) -> None:
    done, resting, first, second = (asked().pk for _n in range(4))
    jobs.run(done)
    later = timezone.now() + timedelta(minutes=1)
    Job.objects.filter(pk=resting).update(attempts=1, not_before=later)
    jobs.run_hinted(*map(str, [done, uuid.uuid4(), resting, first, second]))
    assert sent == [[second]]
    states = dict(Job.objects.values_list("pk", "state"))
    assert states == {done: "done", resting: "queued", first: "done", second: "queued"}
    jobs.run_hinted(str(second))  # as earlier versions named it
    assert sent == [[second]]
    assert Job.objects.get(pk=second).state == JobState.DONE


@pytest.mark.full
def test_a_worker_does_all_jobs_of_one_message(worker: Worker, tmp_path: Path) -> None:
    go = tmp_path / "go"
    go.touch()
    with transaction.atomic():
        for _n in range(5):
            jobs.ask(WAITING, label="等", args={"until": str(go)})
    assert not Job.objects.filter(hinted_at=None).exists()
    worker.wait_for(lambda: Job.objects.filter(state=JobState.DONE).count() == 5)
    assert set(Job.objects.values_list("attempts", flat=True)) == {1}
