"""manage.py restore ARCHIVE: bring database and files back, on an empty machine."""

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qhplan.backups import actions
from qhplan.backups.archive import BackupError


class Command(BaseCommand):
    help = (
        "Restore an archive that `backup` wrote into an empty database and an empty folder, and bring it up to this "
        "release. Everything is decrypted and compared first; `verify` follows. The secret key is asked for, or read from --key-file."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("archive", type=Path)
        parser.add_argument(
            "--key-file", type=Path, help="a file with the secret key; - reads it from the input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = actions.restore(options["archive"], self._key(options["key_file"]))
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"Restored: the site as it was on {done.made_at:%Y-%m-%d %H:%M:%S %Z} (release {done.release}), with "
            f"{done.files} files. Now compared with what was sealed:"
        )
        call_command("verify", stdout=self.stdout)
        self.stdout.write("Start it, and look at what you remember last.")

    def _key(self, file: Path | None) -> str:
        if file is None:
            return getpass.getpass("Secret key from the sheet (it is not shown): ")
        if str(file) == "-":
            return sys.stdin.read()
        try:
            return file.read_text(errors="replace")
        except OSError as error:
            raise CommandError(f"{file} cannot be read ({error.strerror}).") from error
