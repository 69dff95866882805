"""The web process as the Procfile starts it: clients that are too slow neither stop it nor stay."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as project
from pytest_django.fixtures import Settings
from waitress.adjustments import Adjustments

from qhplan import serving
from tests import rig
from tests.site.test_trial import free_port

HEAD_SECONDS, BODY_SECONDS = 2, 3
COUNT = 20  # of slow clients at once: more than there are threads
POST = b"POST /verify/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def web(cloned_db: str, tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port and the process of a web process that answers."""
    port = int(free_port())
    command = (project.BASE_DIR / "Procfile").read_text().partition("web:")[2].splitlines()[0]
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=project.BASE_DIR,
        env={
            **rig.child_environment(cloned_db),
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "QHPLAN_DATA": str(tmp_path),
            "SLOW_HEAD_SECONDS": str(HEAD_SECONDS),
            "SLOW_BODY_SECONDS": str(BODY_SECONDS),
        },
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + 120
        answered = 0
        while answered < 4 and time.monotonic() < end and process.poll() is None:
            with suppress(OSError):
                answered += ask(port)[0] == 200
            time.sleep(0.2)
        assert answered == 4
        yield port, process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def ask(port: int, path: str = "/health/") -> tuple[int, float]:
    """The status and the seconds until it came."""
    begin = time.monotonic()
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - begin


def clients(port: int, first: bytes) -> list[socket.socket]:
    made = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(COUNT)]
    for client in made:
        if first:
            client.sendall(first)
    return made


def closed(client: socket.socket) -> bool:
    """Whether the server has ended the connection."""
    client.setblocking(False)
    try:
        return client.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


SLOW = {  # what each sends first, then three times a second, and after how long it is closed
    "silent": (b"", b"", HEAD_SECONDS),
    "half a head": (b"GET /hea", b"", HEAD_SECONDS),
    "a head byte by byte": (b"GET /hea", b"x", HEAD_SECONDS),
    "a body byte by byte": (POST + b"Content-Length: 100000\r\n\r\nfile=", b"a", BODY_SECONDS),
    "chunks of a byte": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfile=\r\n",
        b"1\r\na\r\n",
        BODY_SECONDS,
    ),
}


@pytest.mark.full
@pytest.mark.slow
def test_slow_clients_neither_stop_the_site_nor_stay(web: tuple[int, "subprocess.Popen[bytes]"]) -> None:
    port, _process = web
    begin = time.monotonic()
    open_yet = [(kind, client) for kind, (first, _, _) in SLOW.items() for client in clients(port, first)]
    ended: dict[str, float] = {}  # when the first of a kind was closed
    asked = []
    while open_yet and time.monotonic() - begin < BODY_SECONDS + 20:
        asked.append(ask(port))
        for kind, client in open_yet:
            with suppress(OSError):
                client.sendall(SLOW[kind][1])
        now = time.monotonic() - begin
        gone = [(kind, client) for kind, client in open_yet if closed(client)]
        for kind, _ in gone:
            ended.setdefault(kind, now)
        open_yet = [each for each in open_yet if each not in gone]
        time.sleep(0.3)
    assert [kind for kind, _ in open_yet] == []
    assert [kind for kind, at in ended.items() if at < SLOW[kind][2]] == []
    assert {status for status, _ in asked} == {200}
    # A busy machine takes its time; where slow clients held the threads, nobody would be answered before these end.
    assert max(took for _, took in asked) < HEAD_SECONDS


@pytest.mark.full
@pytest.mark.slow
def test_an_honest_slow_upload_is_taken_and_a_stop_waits_for_it(
    web: tuple[int, "subprocess.Popen[bytes]"],
) -> None:
    port, process = web
    size = 100_000
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(POST + f"Content-Length: {size}\r\n\r\n".encode())
    for part in range(20):
        if part == 10:
            process.send_signal(signal.SIGTERM)
        client.sendall(b"a" * (size // 20))
        time.sleep(0.3)
    answer = client.recv(4000)
    assert answer.startswith(b"HTTP/1.1 422")  # understood: there is no file in it
    assert b"\r\nConnection: close\r\n" in answer
    assert process.wait(30) == 0


@pytest.mark.full
@pytest.mark.slow
def test_what_is_too_large_is_answered_by_the_site_without_its_body(
    web: tuple[int, "subprocess.Popen[bytes]"],
) -> None:
    port, _process = web
    for expect, sent in (("Expect: 100-continue\r\n", 0), ("", 8_000_000)):
        client = socket.create_connection(("127.0.0.1", port), timeout=30)
        client.sendall(POST + f"{expect}Content-Length: {10**9}\r\n\r\n".encode())
        client.sendall(b"a" * sent)
        answer = client.makefile("rb").read()
        assert answer.startswith(b"HTTP/1.1 413")
        assert "提交的内容过大".encode() in answer
        assert b"\r\nServer:" not in answer
    # The same process, and a connection that is kept for the next request.
    connection = http.client.HTTPConnection("localhost", port, timeout=30)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/health/")
        connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1
    assert None not in sockets


def test_bodies_that_fill_what_the_disk_gives_are_refused(settings: Settings) -> None:
    """Each of two bodies fits, both together do not; what is only announced takes nothing."""
    settings.ARRIVING_CAP = 1_500_000
    arriving: list[serving.Request] = []
    worker = SimpleNamespace(on_disk=lambda: sum(each.on_disk() for each in arriving))
    channel: Any = SimpleNamespace(worker=worker, refused=False)
    for _ in range(3):
        request = serving.Request(channel, Adjustments(max_request_body_size=10**9))
        request.received(POST + b"Content-Length: 100000000\r\n\r\n")
        arriving.append(request)
    arriving[0].received(b"a" * 1_000_000)
    assert (arriving[0].error, channel.refused) == (None, False)
    arriving[1].received(b"a" * 400_000)
    assert arriving[1].error is None
    arriving[1].received(b"a" * 600_000)
    assert arriving[1].error.code == 503
    assert (arriving[1].completed, channel.refused) == (True, True)
    assert arriving[2].error is None
