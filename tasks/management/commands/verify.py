"""`manage.py verify`: computes seals, versions, briefs and files again, and says what does not fit."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tasks.audit.models import Seal
from tasks.audit.verifying import verify


class Command(BaseCommand):
    """Ends with an error if anything does not fit. With SEAL_KEY the heads of the chain are computed too."""

    help = "compare the audit log, versions, briefs and files with what was sealed"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head", help="a head that was printed or mailed, which the chain must still have"
        )

    def handle(self, *args: Any, head: str | None = None, **options: Any) -> None:
        """Print the result and each fault."""
        report = verify()
        if head and not Seal.objects.filter(head=head).exists():
            report.faults.append(f"the chain has no head {head}: it was cut off or made anew")
        self.stdout.write(
            f"{report.seals} seals, {report.entries} entries, {report.objects} objects; head {report.head or '-'}"
        )
        for fault in report.faults:
            self.stdout.write(fault)
        if report.faults:
            raise CommandError(f"{len(report.faults)} do not fit")
