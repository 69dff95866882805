"""A parent of Celery workers that has imported the libraries once: each worker is a fork of it and starts in a third of the
time. It knows nothing of Django's settings, which each worker reads from an environment of its own, as in production.

Run as a program (`python -m tests.preloaded`) it reads one request a line: `{"arguments", "environment", "log"}` as JSON,
and answers with the worker's pid. It ends with its input.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LIBRARIES = (
    "celery.__main__", "celery.app.trace", "celery.apps.beat", "celery.apps.worker", "celery.bin.celery",
    "celery.concurrency.prefork", "celery.worker.consumer", "chinese_calendar", "django.contrib.postgres.fields",
    "django.core.management", "django.db.backends.postgresql.base", "django.template.backends.django",
    "django.utils.translation.trans_real", "django_filters", "environ", "fontTools.ttLib", "kombu.transport.redis",
    "openpyxl", "psycopg2", "redis", "weasyprint",
)  # fmt: skip


class Parent:
    """The running program; `start` forks a worker from it."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.preloaded"],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, arguments: list[str], environment: dict[str, str], log: Path) -> "Forked":
        """A process in a session of its own that runs `celery` with these arguments."""
        assert self._process.stdin
        assert self._process.stdout
        request = {"arguments": arguments, "environment": environment, "log": str(log)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Forked(int(self._process.stdout.readline()))

    def stop(self) -> None:
        """End the program; workers that it forked go on."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()


class Forked:
    """A worker as `subprocess.Popen` would show it; it is no child of this process, and its status is not known."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """None while it runs."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self, seconds: float = 30) -> None:
        """Until it has ended; raises subprocess.TimeoutExpired."""
        end = time.monotonic() + seconds
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("celery", seconds)
            time.sleep(0.01)

    def terminate(self) -> None:
        os.kill(self.pid, signal.SIGTERM)


def main() -> None:
    """Fork for each request; only a child returns from `_asked`."""
    for name in LIBRARIES:
        importlib.import_module(name)
    request = _asked()
    if request is None:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    with open(os.devnull) as nothing, open(request["log"], "ab") as log:
        for number, file in enumerate((nothing, log, log)):
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = ["celery", *request["arguments"]]
    from celery.__main__ import main as celery

    celery()


def _asked() -> dict[str, Any] | None:
    """In a child what it is to do; in the parent, after its input has ended, None."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for children, and they leave no entry behind
    for line in iter(sys.stdin.readline, ""):
        pid = os.fork()
        if pid == 0:
            request: dict[str, Any] = json.loads(line)
            return request
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
    return None


if __name__ == "__main__":
    main()
