"""manage.py backup_key: print a new pair of keys for backups."""

from textwrap import wrap
from typing import Any

from django.core.management.base import BaseCommand

from qhplan.backups import archive


class Command(BaseCommand):
    help = (
        "Print a new pair of keys for backups and keep neither. The public key goes into BACKUP_RECIPIENT; the secret "
        "key goes on paper, into two safes: without it no archive can be read, by anybody."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        public, secret = archive.new_key()
        # Groups of letters can be typed from paper; spaces are ignored, and a wrong letter is found out.
        groups = " ".join(wrap(secret.removeprefix("AGE-SECRET-KEY-1"), 5))
        self.stdout.write(
            f"Put this into .env:\n\n  BACKUP_RECIPIENT={public}\n\n"
            "Print this and keep it in two safes. It is not stored anywhere:\n\n"
            f"  AGE-SECRET-KEY-1 {groups}\n\n"
            "With an archive and this key a new machine has the site back:\n\n"
            "  python manage.py restore qhplan-20261201-023000.tar.age\n"
        )
