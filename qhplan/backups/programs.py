"""PostgreSQL's own programs pg_dump and pg_restore, which know every kind of object that a database can have."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection

from qhplan.backups.archive import BackupError


def dump(target: Path, snapshot: str) -> None:
    """Writes the database as `snapshot` sees it. Raises BackupError."""
    role = settings.MIGRATION_DATABASE or settings.DATABASES["default"]
    _run(
        "pg_dump", role, "--format=custom", "--compress=6", "--no-owner", f"--snapshot={snapshot}",
        f"--file={target}", f"--dbname={_name()}",
    )  # fmt: skip


def contents(source: Path) -> int:
    """The number of objects in a dump. Raises BackupError if it cannot be read."""
    listed = _run("pg_restore", {}, "--list", str(source))
    return sum(1 for line in listed.splitlines() if line and not line.startswith(";"))


def restore(source: Path) -> None:
    """Restores a dump into the empty database, in one transaction and as the role that owns the tables. Raises
    BackupError."""
    role = settings.MIGRATION_DATABASE
    _run(
        "pg_restore", role, "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={_name()}", str(source),
    )  # fmt: skip


def check_version() -> None:
    """Raises BackupError unless the programs are here and at least as new as the server."""
    text = _run("pg_dump", {}, "--version")
    found = re.search(r"(\d+)(?:\.\d+)?", text)
    ours, theirs = int(found[1]) if found else 0, server_version() // 10000
    if ours < theirs:
        raise BackupError(
            f"pg_dump is of version {ours} and the server of {theirs}: install PostgreSQL's client programs of "
            f"version {theirs}, and put their folder into PG_BINDIR."
        )


def server_version() -> int:
    """The server's version as a number, such as 180003."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0])


def _name() -> str:
    return str(connection.settings_dict["NAME"])


def _run(program: str, role: dict[str, Any], *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    for variable, key in (
        ("PGHOST", "HOST"),
        ("PGPORT", "PORT"),
        ("PGUSER", "USER"),
        ("PGPASSWORD", "PASSWORD"),
    ):
        if role.get(key):
            environment[variable] = str(role[key])
    environment |= {"PGCONNECT_TIMEOUT": "10", "LC_MESSAGES": "C"}
    for name, value in (role.get("OPTIONS") or {}).items():
        if name.startswith("ssl"):
            environment[f"PG{name.upper()}"] = str(value)
    try:
        done = subprocess.run(
            [_path(program), *arguments], capture_output=True, env=environment, check=False, text=True
        )
    except OSError as error:
        raise BackupError(f"{program} cannot be run ({error.strerror}).") from error
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise BackupError(f"{program} failed: {lines[-1]}")
    return done.stdout


def _path(program: str) -> str:
    if settings.EMBEDDED_DATABASE:
        return str(settings.EMBEDDED.binaries / program)
    folder = os.environ.get("PG_BINDIR")
    found = shutil.which(program, path=folder or None)
    if found is None:
        raise BackupError(
            f"{program} is not here: install PostgreSQL's client programs, or put their folder into PG_BINDIR."
        )
    return found
