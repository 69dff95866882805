"""manage.py doctor: what is wrong with the site, and what to do about it."""

from typing import Any

from django.core import checks as system_checks
from django.core.management.base import BaseCommand, CommandError

from qhplan.status import all_checks


class Command(BaseCommand):
    help = "Look at configuration, database, broker, disk, jobs, backup and certificate. Exit status 1 if anything is wrong."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        wrong = 0
        for message in system_checks.run_checks():
            wrong += message.is_serious()
            self.stdout.write(f"{'✗' if message.is_serious() else '·'} {message.id}  {message.msg}")
            if message.hint:
                self.stdout.write(f"    {message.hint}")
        for check in all_checks():
            wrong += bool(check.wrong)
            said = "  ".join(part for part in (check.wrong, check.detail) if part)
            self.stdout.write(f"{'✗' if check.wrong else '✓'} {check.label}  {said}".rstrip())
        if wrong:
            raise CommandError(f"{wrong} of these are wrong.")
