"""`manage.py sample_accounts`: creates one account per role to sign in with, and accounts of all filing agencies."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from qhplan.sample.accounts import make_sample_people
from tasks.errors import Problems


class Command(BaseCommand):
    help = "Make sample accounts in a sample database and print role, user name, password and body, with tabs between."

    def handle(self, *args: Any, **options: Any) -> None:
        """Creates and prints the accounts; a second run prints the same and changes nothing."""
        if settings.PRODUCTION:
            raise CommandError("Sample accounts are for trial sites: use `manage.py create_account` here.")
        try:
            accounts = make_sample_people(settings.DATA_DIR)
        except Problems as problems:
            raise CommandError(str(problems)) from problems
        for account in accounts:
            self.stdout.write(account.line())
