"""manage.py sample_data: file sample quarters in a sample database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks.errors import Problems
from tasks.filing.sample import file_quarters
from tasks.plan.queries import default_plan
from tasks.values import Quarter


class Command(BaseCommand):
    help = "File sample returns for every quarter up to one; quarters that were filed are left alone."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", default="2016Q4", help="first quarter, such as 2016Q4")
        parser.add_argument("--through", dest="last", default="2017Q1", help="last quarter, such as 2025Q4")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = default_plan()
        if plan is None:
            raise CommandError("No plan is loaded: run `manage.py load_plan` first.")
        try:
            first, last = Quarter.parse(options["first"]), Quarter.parse(options["last"])
            filed = file_quarters(
                plan,
                Quarter.span(max(first, plan.first_quarter), min(last, plan.last_quarter)),
                told=self._tell,
            )
        except (ValueError, Problems) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{filed} returns filed")

    def _tell(self, done: int, total: int, text: str) -> None:
        if text:
            self.stderr.write(f"[{done + 1}/{total}] {text}")
