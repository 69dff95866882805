"""`manage.py add_agency`: an agency that the plan does not name, such as the second reviewing agency."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks.agencies.actions import add_agency
from tasks.agencies.models import AgencyKind
from tasks.errors import Problems
from tasks.plans.queries import default_plan


class Command(BaseCommand):
    help = "Add a body that the plan does not name, such as the second reviewing body (--kind review)."

    def add_arguments(self, parser: CommandParser) -> None:
        """What it is called and why it is added."""
        parser.add_argument("slug")
        parser.add_argument("--kind", choices=AgencyKind.values, required=True)
        parser.add_argument("--short", required=True, help="short name")
        parser.add_argument("--full", default="", help="name as on its seal")
        parser.add_argument("--since", default="", help="first day of the name, as 2016-07-26")
        parser.add_argument("--note", required=True, help="why it is added")

    def handle(self, *args: Any, **options: Any) -> None:
        """Add it, or say in one sentence why not."""
        plan = default_plan()
        try:
            since = (
                date.fromisoformat(options["since"])
                if options["since"]
                else plan.in_force_from
                if plan
                else date(2000, 1, 1)
            )
        except ValueError as error:
            raise CommandError(f"--since is {options['since']!r}: put a day such as 2016-07-26.") from error
        try:
            agency = add_agency(
                slug=options["slug"],
                kind=options["kind"],
                short=options["short"],
                full=options["full"],
                since=since,
                note=options["note"],
            )
        except Problems as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{agency.slug}\t{options['short']}")
