"""gunicorn worker class of the web process: a request gets a thread only when it has arrived completely.

gunicorn starts, watches and stops the processes. In each of them waitress reads all connections in one loop, buffers
request bodies (large ones on disk) and responds with a few threads. A slow client therefore costs a connection and
never a thread. Connections of clients that are too slow are closed.
"""

import os
import socket
import tempfile
import time
from contextlib import suppress
from functools import partial
from typing import Any

from django.conf import settings
from gunicorn.workers.base import Worker as Base
from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.utilities import Error

BODY_RATE = 4096  # minimum average bytes per second of a request body, after SLOW_BODY_SECONDS
HEAD_CAP = 64 * 1024  # bytes
IN_MEMORY = 512 * 1024  # bytes of a request body; a larger one goes to disk
STALLED = 120  # seconds without a byte in either direction
LINGER = (
    2.0  # seconds in which a client may still send after a refusal, or on a silent connection during a stop
)


class Busy(Error):  # type: ignore[misc]
    """The request bodies that are being received have reached the limit on disk."""

    code = 503
    reason = "Service Unavailable"


class Request(HTTPRequestParser):  # type: ignore[misc]
    """One request while it is being received."""

    error: Any
    completed: bool
    expect_continue: bool

    def __init__(self, channel: "Channel", adj: Any) -> None:
        super().__init__(adj)
        self.channel = channel
        self.begun = time.monotonic()
        self.body_begun: float | None = None

    def received(self, data: bytes) -> int:
        """Consumes received data; returns the number of bytes that belong to this request."""
        consumed: int = super().received(data)
        if self.headers_finished and self.body_begun is None:
            self.body_begun = time.monotonic()
            if self.error and self.content_length > settings.UPLOAD_REQUEST_CAP:
                # The body is not read: the site itself refuses the request by its length, with its own page.
                self.error, self.expect_continue = None, False
                self.headers["CONNECTION"] = "close"
                self.channel.refused = True
        if not self.completed and self.on_disk() and self.channel.worker.on_disk() > settings.ARRIVING_CAP:
            self.error, self.completed, self.expect_continue = Busy("Try again in a minute."), True, False
        self.channel.refused |= self.error is not None
        return consumed

    def on_disk(self) -> int:
        """Bytes of its body on disk. An announced length does not count, because announcing costs nothing."""
        return int(self.body_bytes_received) if self.body_bytes_received > IN_MEMORY else 0

    def late(self, now: float) -> bool:
        """Whether its headers or its body take longer than allowed."""
        if self.body_begun is None:
            return now - self.begun > settings.SLOW_HEAD_SECONDS
        owed = (now - self.body_begun - settings.SLOW_BODY_SECONDS) * BODY_RATE
        return bool(self.body_bytes_received < owed)


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection."""

    refused = False  # whether the request gets a response although its body was not read
    lingers: float | None = None  # until then, further data from a refused client is discarded

    def __init__(self, worker: "Worker", *arguments: Any, **named: Any) -> None:
        self.worker = worker
        self.parser_class = partial(Request, self)
        super().__init__(*arguments, **named)

    def handle_close(self) -> None:
        """Closes the connection, but lingers if the client still sends: a reset would lose the response."""
        if self.refused and self.connected and self.lingers is None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            self.lingers, self.will_close = time.monotonic() + LINGER, False
            return
        super().handle_close()

    def readable(self) -> bool:
        """Whether the loop reads from this connection now."""
        return self.lingers is not None or bool(super().readable())

    def handle_read(self) -> None:
        """Reads received data."""
        if self.lingers is None:
            super().handle_read()
            return
        try:
            self.recv(self.adj.recv_bytes)
        except OSError:
            self.handle_close()

    def close_if_late(self, now: float) -> None:
        """Closes the connection if its client is too slow or silent."""
        if self.lingers is not None:
            self.will_close = now > self.lingers
            return
        if self.requests or self.total_outbufs_len or self.close_when_flushed:
            return  # a response is in progress
        if self.request is None:
            allowed = settings.SLOW_HEAD_SECONDS if self.worker.alive else LINGER
            late = time.time() - self.last_activity > allowed
        else:
            late = self.request.late(now)
        if late:
            self.will_close = True

    def service(self) -> None:
        """Handles one request, in a thread."""
        if not self.worker.alive:
            self.requests[0].headers["CONNECTION"] = "close"
        super().service()


class Worker(Base):  # type: ignore[misc]
    """gunicorn's worker class: `gunicorn --worker-class qhplan.serving.Worker`."""

    alive: bool

    def run(self) -> None:
        """Serves until a stop signal; then finishes requests that are being received or handled."""
        # Request bodies are on the disk of the uploads, because /tmp of a container is its memory.
        settings.UPLOAD_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
        tempfile.tempdir = str(settings.UPLOAD_DIR)
        self.connections: dict[int, Any] = {}
        create_server(
            self.wsgi,
            map=self.connections,
            sockets=[listener.sock for listener in self.sockets],
            threads=self.cfg.threads,
            backlog=self.cfg.backlog,
            connection_limit=self.cfg.worker_connections,
            channel_timeout=STALLED,
            cleanup_interval=1,
            recv_bytes=64 * 1024,
            inbuf_overflow=IN_MEMORY,
            max_request_header_size=HEAD_CAP,
            max_request_body_size=settings.UPLOAD_REQUEST_CAP + 1,
            clear_untrusted_proxy_headers=False,  # TRUST_PROXY decides
            ident=None,
            log_socket_errors=False,
            asyncore_use_poll=True,
        )
        listeners = [each for each in self.connections.values() if getattr(each, "accepting", False)]
        for listener in listeners:
            listener.channel_class = partial(Channel, self)
        while self.alive and self.ppid == os.getppid():
            self._round()
        self.alive = False
        for listener in listeners:
            listener.del_channel()
            listener.socket.close()
        end = time.monotonic() + self.cfg.graceful_timeout
        while self.channels() and time.monotonic() < end:
            self._round()

    def _round(self) -> None:
        self.notify()
        wasyncore.loop(timeout=0.5, use_poll=True, map=self.connections, count=1)
        now = time.monotonic()
        for channel in self.channels():
            channel.close_if_late(now)

    def channels(self) -> list[Channel]:
        """The open connections."""
        return [each for each in self.connections.values() if isinstance(each, Channel)]

    def on_disk(self) -> int:
        """Bytes on disk of all request bodies that this process has or receives."""
        return sum(
            request.on_disk()
            for channel in self.channels()
            for request in (*channel.requests, channel.request)
            if request is not None
        )
