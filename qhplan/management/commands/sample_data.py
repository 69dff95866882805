"""`manage.py sample_data`: files sample quarters and work plans in a sample database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qhplan.sample.adjustments import adjust
from qhplan.sample.plans import first_plan
from qhplan.sample.submissions import FIRST, LAST, file_quarters
from qhplan.sample.workplans import file_plans
from tasks.errors import Problems
from tasks.values import Period


class Command(BaseCommand):
    help = (
        "File sample returns for every quarter up to one; quarters that were filed are left alone. "
        "Without options: 2016Q4 and 2017Q1. Files the work plans of bodies that have none, too."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="first", help="first quarter (default: the plan's first)")
        parser.add_argument("--through", dest="last", help="last quarter, such as 2025Q4 (the plan's last)")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = first_plan()
        if plan is None:
            raise CommandError("No plan is loaded: run `manage.py load_plan` first.")
        try:
            if options["first"] or options["last"]:
                first = Period.parse(options["first"], plan.kind) if options["first"] else plan.first_quarter
                last = Period.parse(options["last"], plan.kind) if options["last"] else plan.last_quarter
            else:
                first, last = FIRST, LAST
            filed = file_quarters(
                plan,
                Period.span(max(first, plan.first_quarter), min(last, plan.last_quarter)),
                progress=self._print_progress,
            )
            versions = file_plans(plan)
            adjust(plan)
        except (ValueError, Problems) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{filed} returns and {versions} work plans filed")

    def _print_progress(self, done: int, total: int, text: str) -> None:
        if text:
            self.stderr.write(f"[{done + 1}/{total}] {text}")
