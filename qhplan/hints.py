"""Sends hints: messages that name waiting jobs to the workers (`qhplan/jobs.py`).

A hint may be lost, so a sender does not wait for a broker that does not respond: it makes one attempt with a short
time limit, and none for some seconds after a failure. The limits apply to sending only; a worker waits for work on its
own connections without limit.
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
    """Circuit breaker for a service that has failed. One for each process; thread-safe.

    After a failure no caller may try for `pause` seconds; then one may, and the others only after it has succeeded.
    """

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self._lock = threading.Lock()
        self._closed_until: float | None = None  # on the monotonic clock; None while all is well

    def may_try(self) -> bool:
        """Whether the caller may try now; if so, it must report the result with `failed` or `succeeded`."""
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
    """Sends one message with these jobs; returns whether the broker has accepted it. Raises nothing."""
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
    except (
        Exception
    ):  # whatever the client raises: the rows are committed, and the sweep will hint them again
        breaker.failed()
        log.warning(
            "the broker did not accept a hint of %d jobs, the first %s; the sweep will hint them again",
            len(job_ids),
            job_ids[0],
            exc_info=True,
        )
        return False
    breaker.succeeded()
    return True


def _producers() -> pools.ProducerPool:
    """Kombu's pool of producers with these connection options; Kombu keeps one for each set of options and URL."""
    options = {
        "socket_timeout": settings.HINT_TIMEOUT,
        "socket_connect_timeout": settings.HINT_TIMEOUT,
        "max_retries": 0,  # otherwise Kombu retries to connect for seconds
    }
    pool: pools.ProducerPool = pools.producers[celery_app.connection_for_write(transport_options=options)]
    return pool
