"""A trial site from nothing: commands that start together, `make run`, its end, and the sentences in between."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

from qhplan.services import Embedded

# One process runs them all: the second finds what the first made.
pytestmark = [pytest.mark.worker, pytest.mark.xdist_group("trial")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A trial site's data folder, empty at first; what still runs on it in the end is stopped."""
    data = tmp_path_factory.mktemp("trial")
    yield data
    made = Embedded(data / "services")
    if made.root.exists():
        made._stop()
        if made.account.uid is not None:
            shutil.rmtree(made.cluster.parent, ignore_errors=True)


def environment(folder: Path, **more: str) -> dict[str, str]:
    ours = ("DATABASE_URL", "REDIS_URL", "QHPLAN_BROKER_DB", "QHPLAN_NOW", "SITE_ADDRESS")
    bare = {name: value for name, value in os.environ.items() if name not in ours}
    return {**bare, "QHPLAN_MODE": "trial", "QHPLAN_DATA": str(folder), "PYTHONUNBUFFERED": "1", **more}


def manage(folder: Path, *arguments: str, **more: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=environment(folder, **more),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def free_port() -> str:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return str(door.getsockname()[1])


def processes_of(folder: Path) -> list[str]:
    """Command lines and environments that name this folder, by process."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            told = process.joinpath("cmdline").read_bytes() + process.joinpath("environ").read_bytes()
            if os.fsencode(folder) in told and process.name != str(os.getpid()):
                found.append(process.joinpath("cmdline").read_text().replace("\0", " "))
    return found


@pytest.mark.full
def test_five_commands_at_once_on_a_cold_machine(folder: Path) -> None:
    code = "from tasks.models import Plan; print(f'{Plan.objects.count()} plan')"
    started = [manage(folder, "shell", "--no-imports", "-v", "0", "-c", code) for _ in range(5)]
    said = [process.communicate(timeout=120)[0] for process in started]
    assert [(process.returncode, text) for process, text in zip(started, said, strict=True)] == [
        (0, "2 plan\n")  # the real one and the invented one
    ] * 5
    assert processes_of(folder) == []


@pytest.mark.full
def test_site_is_served_and_leaves_nothing_behind(folder: Path) -> None:
    port = free_port()
    site = manage(folder, "run_trial", HOST="127.0.0.1", PORT=port)
    try:
        end = time.monotonic() + 90
        answer = None
        while answer is None and site.poll() is None and time.monotonic() < end:
            with suppress(OSError):
                answer = urllib.request.urlopen(f"http://localhost:{port}/login/", timeout=5)
            time.sleep(0.1)
        assert answer is not None
        assert answer.status == 200
        refused, status = (
            (second := manage(folder, "run_trial", HOST="127.0.0.1", PORT=port)).communicate(),
            second,
        )
        assert refused[0].strip().endswith(f"or run `make run PORT={int(port) + 1}`.")
        assert status.returncode == 1
        assert site.stdout is not None
        lines = iter(site.stdout.readline, "")  # until the address is printed, or the process has ended
        assert any(f"http://localhost:{port}/" in line for line in lines)
        site.send_signal(signal.SIGINT)
        begin = time.monotonic()
        site.communicate(timeout=30)
        assert time.monotonic() - begin < 15
    finally:
        if site.poll() is None:
            site.kill()
    assert site.returncode == 0
    assert processes_of(folder) == []
    assert (folder / "accounts.tsv").stat().st_mode & 0o777 == 0o600
    assert (folder / "secret-key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("mode", "writes"), [("trial", "True"), ("test", "False")])
def test_only_a_trial_site_knows_the_jobs_that_write_sample_data(
    mode: str, writes: str, tmp_path: Path
) -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import django; django.setup(); from qhplan import jobs; print('trial.sample_data' in jobs._handlers)",
        ],
        env=environment(tmp_path, QHPLAN_MODE=mode, DJANGO_SETTINGS_MODULE="qhplan.settings"),
        cwd=settings.BASE_DIR,
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == writes
