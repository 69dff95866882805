"""Hints: the messages that tell a worker which jobs wait (`qhplan/jobs.py`). A hint may be lost, so whoever sends one
does not wait for a broker that does not answer: one attempt with a short time limit, and after a failure none at all
for some seconds.

The time limits are for sending alone. A worker waits for work on connections of its own, as long as it takes.
"""

import logging
import threading
import time
import uuid
from collections.abc import Sequence

from django.conf import settings
from kombu import pools

from qhplan.celery import app as celery_app

log = logging.getLogger(__name__)


class Breaker:
    """Says whether to try what has failed lately. One for a process; threads may share it.

    After a failure nobody tries for `pause` seconds; then one does, and the others only once that has succeeded.
    """

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._closed_until: float | None = None  # on the monotonic clock; None while all is well

    def may_try(self) -> bool:
        """Whether the caller may try now. He then reports what came of it."""
        with self._lock:
            if self._closed_until is None:
                return True
            now = time.monotonic()
            if now < self._closed_until:
                return False
            self._closed_until = now + self.pause
            return True

    def failed(self) -> None:
        with self._lock:
            self._closed_until = time.monotonic() + self.pause

    def succeeded(self) -> None:
        with self._lock:
            self._closed_until = None


breaker = Breaker(settings.HINT_PAUSE)


def send(job_ids: Sequence[uuid.UUID]) -> bool:
    """Send one message that names these jobs; returns whether the broker has taken it. Raises nothing."""
    if not breaker.may_try():
        return False
    try:
        with _producers().acquire(block=True, timeout=settings.HINT_TIMEOUT) as producer:
            celery_app.send_task(
                "qhplan.jobs.run",
                [str(job_id) for job_id in job_ids],
                producer=producer,
                ignore_result=True,
                retry=False,
            )
    except Exception:  # whatever the broker's client raises: the rows are there and the sweep will find them
        breaker.failed()
        log.warning(
            "no broker to hint %d jobs, the first %s; the sweep will find them",
            len(job_ids),
            job_ids[0],
            exc_info=True,
        )
        return False
    breaker.succeeded()
    return True


def _producers() -> pools.ProducerPool:
    """Kombu's pool for connections with these options; it keeps one for each set of options and each address."""
    options = {
        "socket_timeout": settings.HINT_TIMEOUT,
        "socket_connect_timeout": settings.HINT_TIMEOUT,
        "max_retries": 0,  # else Kombu goes on connecting for seconds
    }
    pool: pools.ProducerPool = pools.producers[celery_app.connection_for_write(transport_options=options)]
    return pool
