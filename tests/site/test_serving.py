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

import pytest
from django.conf import settings

from tests import rig
from tests.site.test_trial import free_port

HEAD_SECONDS, BODY_SECONDS = 2, 3
COUNT = 20  # of slow clients at once: more than there are threads
pytestmark = pytest.mark.slow
POST = b"POST /verify/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def web(cloned_db: str, tmp_path: Path) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """The port and the process of a web process that answers."""
    port = int(free_port())
    command = (settings.BASE_DIR / "Procfile").read_text().partition("web:")[2].splitlines()[0]
    process = subprocess.Popen(
        ["/bin/sh", "-c", command],
        cwd=settings.BASE_DIR,
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


@pytest.mark.parametrize(
    ("first", "then", "seconds"),
    [
        (b"", b"", HEAD_SECONDS),
        (b"GET /hea", b"", HEAD_SECONDS),
        (b"GET /hea", b"x", HEAD_SECONDS),  # a byte now and then changes nothing
        (POST + b"Content-Length: 100000\r\n\r\nfile=", b"a", BODY_SECONDS),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nfile=\r\n", b"1\r\na\r\n", BODY_SECONDS),
    ],
    ids=["silent", "half a head", "a head byte by byte", "a body byte by byte", "chunks of a byte"],
)
def test_slow_clients_neither_stop_the_site_nor_stay(
    web: tuple[int, "subprocess.Popen[bytes]"], first: bytes, then: bytes, seconds: int
) -> None:
    port, _process = web
    slow = clients(port, first)
    begin = time.monotonic()
    asked = []
    while slow and time.monotonic() - begin < seconds + 20:
        asked.append(ask(port))
        for client in slow:
            with suppress(OSError):
                client.sendall(then)
        slow = [client for client in slow if not closed(client)]
        time.sleep(0.3)
    assert slow == []
    assert time.monotonic() - begin > seconds
    assert {status for status, _ in asked} == {200}
    assert (
        max(took for _, took in asked) < seconds
    )  # a busy machine; held threads would take longer than that


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


@pytest.mark.parametrize(("expect", "sent"), [("Expect: 100-continue\r\n", 0), ("", 8_000_000)])
def test_what_is_too_large_is_answered_by_the_site_without_its_body(
    web: tuple[int, "subprocess.Popen[bytes]"], expect: str, sent: int
) -> None:
    port, _process = web
    client = socket.create_connection(("127.0.0.1", port), timeout=30)
    client.sendall(POST + f"{expect}Content-Length: {10**9}\r\n\r\n".encode())
    client.sendall(b"a" * sent)
    answer = client.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 413")
    assert "核验".encode() in answer
    assert b"\r\nServer:" not in answer


def test_a_connection_is_kept_for_the_next_request(web: tuple[int, "subprocess.Popen[bytes]"]) -> None:
    connection = http.client.HTTPConnection("localhost", web[0], timeout=30)
    sockets = set()
    for _ in range(3):
        connection.request("GET", "/health/")
        connection.getresponse().read()
        sockets.add(connection.sock)
    assert len(sockets) == 1
    assert None not in sockets
