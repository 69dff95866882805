"""`make run`: runs a complete trial site in the foreground, until Ctrl-C."""

import ctypes
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection

from qhplan import trial

GRACE = 3.0  # seconds between SIGTERM and SIGKILL of the processes; an interrupted job is run again


class Stopped(Exception):
    """Ctrl-C, or the terminal was closed."""


class Command(BaseCommand):
    """Prepares database, plan and accounts, then starts the processes of the Procfile; slow steps run as jobs."""

    help = "Run a trial site: web, worker and beat, with the database and broker they need."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Starts the parts in the order in which a visitor needs them, and always stops all of them at the end."""
        if settings.QHPLAN_MODE != "trial":
            raise CommandError(
                f"QHPLAN_MODE is {settings.QHPLAN_MODE}: this is for trial sites, run `make run`."
            )
        self.begin = time.monotonic()
        self.host, self.port = os.environ.get("HOST") or "127.0.0.1", os.environ.get("PORT") or "8000"
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.stopping = False
        self._check_port()
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, self._on_signal)
        try:
            self._say("starting the database and the broker")
            with settings.EMBEDDED.running():
                try:
                    self._prepare()
                    # The web process first, with the whole CPU; the jobs can wait a second for their worker.
                    self._start("web")
                    self._wait_until_served()
                    self._start("worker", "beat")
                    self._watch()
                finally:
                    connection.close()
                    self._stop_processes()
        except Stopped:
            pass
        self._say("stopped; the data stays in " + str(settings.DATA_DIR))

    # -- before the site ----------------------------------------------------------------------------------

    def _check_port(self) -> None:
        if not self.port.isdecimal() or not 0 < int(self.port) < 65536:
            raise CommandError(
                f"PORT is {self.port!r}: put a number below 65536, such as `make run PORT=8001`."
            )
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.host, int(self.port)))
            except PermissionError as error:
                raise CommandError(
                    f"Port {self.port} is for root alone: run `make run PORT=8000`."
                ) from error
            except OSError as error:
                raise CommandError(
                    f"Port {self.port} of {self.host} is taken: stop what uses it, or run "
                    f"`make run PORT={int(self.port) + 1}`."
                ) from error

    def _prepare(self) -> None:
        """Creates what the first page needs: tables, the plan, accounts."""
        trial.prepare(self._say)
        self.accounts = self._accounts()
        self._say("asking for fonts, sample data and the first brief, which are made while the site runs")
        call_command("start_trial", stdout=io.StringIO())

    def _accounts(self) -> list[list[str]]:
        """Creates one account for each role, with passwords that are generated on this machine."""
        self._say("accounts")
        out = io.StringIO()
        call_command("sample_accounts", stdout=out)
        return [line.split("\t") for line in out.getvalue().splitlines() if line.count("\t") >= 3]

    # -- the site -----------------------------------------------------------------------------------------

    def _start(self, *names: str) -> None:
        self._say(f"starting {' and '.join(names)}")
        environment = {
            **os.environ,
            "HOST": self.host,
            "PORT": self.port,
            "QHPLAN_DATA": str(settings.DATA_DIR),
            "SITE_ADDRESS": os.environ.get("SITE_ADDRESS") or self._address().rstrip("/"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
            "PYTHONUNBUFFERED": "1",
        }
        lines = (settings.BASE_DIR / "Procfile").read_text().splitlines()
        commands = {
            name.strip(): command.strip() for name, _, command in (line.partition(":") for line in lines)
        }
        for name in names:
            process = self.processes[name] = subprocess.Popen(
                ["/bin/sh", "-c", commands[name]],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,  # Ctrl-C reaches only this process, which stops the others in order
                preexec_fn=_end_with_parent,
            )
            threading.Thread(target=self._relay, args=(name, process), daemon=True).start()

    def _relay(self, name: str, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            print(f"{name:>6} | {line.rstrip()}", flush=True)  # noqa: T201

    def _wait_until_served(self) -> None:
        address = self._address()
        while True:
            self._check_alive()
            with suppress(OSError), urllib.request.urlopen(address + "health/", timeout=2):  # noqa: S310
                break
            time.sleep(0.1)
        lines = ["", f"  The site is at  {address}", ""]
        if self.accounts:
            lines += ["  Log in as one of these (made on this machine, for this trial only):", ""]
            widths = [max(_width(row[column]) for row in self.accounts) for column in range(3)]
            lines += [
                "    " + "  ".join(
                    [value + " " * (widths[n] - _width(value)) if n < 3 else value for n, value in enumerate(row)]
                )
                for row in self.accounts
            ]  # fmt: skip
        lines += ["", "  Ctrl-C stops everything; the next run finds it as it was left.", ""]
        self._say("the site is being served")
        self.stdout.write("\n".join(lines))

    def _address(self) -> str:
        name = "localhost" if self.host in {"127.0.0.1", "0.0.0.0"} else self.host  # noqa: S104
        return f"http://{name}:{self.port}/"

    def _watch(self) -> None:
        """Prints the progress of jobs until the site is stopped or a process ends by itself."""
        seen: dict[Any, str] = {}
        while True:
            self._check_alive()
            with suppress(DatabaseError):
                self._report_jobs(seen)
            time.sleep(0.5)

    def _report_jobs(self, seen: dict[Any, str]) -> None:
        from qhplan.jobs import Job, JobState

        first = not seen
        for job in Job.objects.order_by("asked_at"):
            state = job.state
            if state == JobState.RUNNING:
                state = f"{job.percent // 10 * 10} %"
            if seen.get(job.pk) == state:
                continue
            seen[job.pk] = state
            path = job.result.get("path") if isinstance(job.result, dict) else None
            if job.state == JobState.DONE:
                if path or not first:
                    self._say(f"{job.label}: " + (f"done, {path}" if path else "done"))
            elif job.state == JobState.FAILED:
                self._say(f"{job.label}: failed: {job.error.strip().splitlines()[-1] if job.error else ''}")
            elif job.state == JobState.RUNNING:
                self._say(f"{job.label}: {state} {job.progress_text}")

    def _check_alive(self) -> None:
        if self.stopping:
            raise Stopped
        for name, process in self.processes.items():
            if process.poll() is not None:
                time.sleep(0.3)  # wait for its last output
                raise CommandError(
                    f"The process {name} ended by itself (status {process.returncode}): its lines above say why."
                )

    # -- the end ------------------------------------------------------------------------------------------

    def _on_signal(self, number: int, frame: Any) -> None:
        # The exception interrupts a long step. Python drops exceptions raised in a finaliser, so there is a flag too,
        # which every round checks. A second signal during the stop changes nothing.
        self.stopping = True
        for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(sign, signal.SIG_IGN)
        raise Stopped

    def _stop_processes(self) -> None:
        if not self.processes:
            return
        self._say("stopping")
        for process in self.processes.values():
            with suppress(ProcessLookupError):
                process.terminate()
        end = time.monotonic() + GRACE
        for process in self.processes.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, end - time.monotonic()))
            # Kills the process group, with all remaining children.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _say(self, text: str) -> None:
        with suppress(BrokenPipeError):
            self.stdout.write(f"[{time.monotonic() - self.begin:5.1f} s] {text}")
            self.stdout.flush()


def _width(text: str) -> int:
    """The width of a text in terminal columns; a Chinese character takes two."""
    return sum(2 if ord(character) > 0x2E80 else 1 for character in text)


def _end_with_parent() -> None:
    """Makes the kernel end this process with its parent (on Linux), so that a killed runner leaves no processes."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
