"""manage.py backup: write one encrypted archive of the database and the uploaded files, while people work."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qhplan.backups import actions
from qhplan.backups.archive import BackupError


class Command(BaseCommand):
    help = (
        "Write an archive of the database and all uploaded files under BACKUP_DIR, encrypted for BACKUP_RECIPIENT, read "
        "it back, and copy it to BACKUP_COPY_DIR. The worker does the same every day from BACKUP_AT on."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = actions.back_up()
        except BackupError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{made.path}\n{made.size / 2**20:.1f} MB, {made.files} files, written and read back\nSHA-256 {made.sha256}"
        )
        if made.copy:
            self.stdout.write(f"copied to {made.copy}")
        for name in made.removed:
            self.stdout.write(f"removed {name}, older than the {len(actions.archives())} that are kept")
