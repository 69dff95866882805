"""Prepares a trial site (tables, plans, lineage, secret key) before its first command."""

import fcntl
import hashlib
import io
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command, get_commands

PLANS = settings.BASE_DIR / "fixtures" / "plans"
SAMPLE_PLANS = settings.BASE_DIR / "fixtures" / "sample-plans"  # invented ones, for trial sites alone
LINEAGE = settings.BASE_DIR / "fixtures" / "lineage-2018.json"


def prepare(say: Callable[[str], None] = lambda text: None) -> None:
    """Migrates and loads plans and lineage, unless this was done before with the same files. One process at a time."""
    stamp = settings.EMBEDDED.root / "prepared"
    with _alone(settings.DATA_DIR / "prepare.lock"):
        make_key()
        digest = _digest()
        if settings.EMBEDDED_DATABASE and stamp.exists() and stamp.read_text() == digest:
            return
        say("migrating")
        call_command("migrate", verbosity=0, interactive=False)
        if "load_plan" in get_commands():
            for folder in _folders():
                say(f"loading the plan {folder.name}")
                call_command("load_plan", str(folder), stdout=io.StringIO())
            _open_on_the_first()
            if LINEAGE.exists():
                call_command("load_lineage", str(LINEAGE), stdout=io.StringIO())
        if settings.EMBEDDED_DATABASE:
            stamp.write_text(digest)


def _folders() -> list[Path]:
    """The plans to load, the invented ones last."""
    places = [PLANS, *([SAMPLE_PLANS] if settings.QHPLAN_MODE == "trial" else [])]
    return [path for place in places for path in sorted(place.glob("*")) if path.is_dir()]


def _open_on_the_first() -> None:
    """Unless somebody chose another one, a trial site opens on its first plan, however many were published later."""
    plans = apps.get_model("tasks.Plan").objects
    first = plans.order_by("pk").first()
    if first is not None and not plans.filter(is_default=True).exists():
        plans.filter(pk=first.pk).update(is_default=True)


def make_key() -> None:
    """Creates the random secret key of the trial site at its first use."""
    path = settings.DATA_DIR / "secret-key"
    if not path.exists():
        write_private(path, secrets.token_urlsafe(48))
    if not os.environ.get("SECRET_KEY"):
        settings.SECRET_KEY = path.read_text().strip()


def write_private(path: Path, text: str) -> None:
    """Writes a file that only this system account can read, from the first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def _digest() -> str:
    summed = hashlib.sha256()
    files = [
        path
        for app in ("tasks", "reports", "qhplan")
        for path in (settings.BASE_DIR / app).glob("migrations/*.py")
    ]
    facts = [path for path in (*PLANS.rglob("*"), *SAMPLE_PLANS.rglob("*"), LINEAGE) if path.is_file()]
    for path in sorted([*files, *facts]):
        summed.update(f"{path.relative_to(settings.BASE_DIR)}\n".encode() + path.read_bytes())
    return summed.hexdigest()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
