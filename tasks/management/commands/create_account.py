"""`manage.py create_account`: an account made on the machine itself, for the first administrators of a site."""

import getpass
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from tasks.accounts import second_factor
from tasks.accounts.actions import (
    NewAccount,
    create_accounts,
    mark_installation,
    new_password,
    normal_username,
    reset_password,
)
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.people.models import User
from tasks.values import Role


class Command(BaseCommand):
    help = (
        "Make an account with roles, or give an administrator a new password (--reset). The password is asked for on "
        "a terminal; elsewhere a random one is made and printed once."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """The account's data."""
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="the person's name")
        parser.add_argument(
            "--role", action="append", choices=Role.values, default=[], help="may be given again"
        )
        parser.add_argument("--agency", default="", help="the body's slug, such as jxw")
        parser.add_argument("--random", action="store_true", help="make a random password and print it")
        parser.add_argument(
            "--reset", action="store_true", help="give an existing account a new random password"
        )
        parser.add_argument(
            "--remove-second-factor",
            action="store_true",
            help="remove the second factor of an existing account whose device and recovery codes are lost",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make it, or say in one sentence why not."""
        username = normal_username(options["username"])
        try:
            if options["reset"]:
                self._reset(username)
            elif options["remove_second_factor"]:
                second_factor.remove(by=None, user=self._existing(username))
            else:
                self._create(username, options)
        except (Problems, Conflict) as error:
            raise CommandError(str(error)) from error

    def _existing(self, username: str) -> User:
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no account {username}.")
        return user

    def _reset(self, username: str) -> None:
        self.stdout.write(f"{username}\t{reset_password(by=None, user=self._existing(username))}")

    def _create(self, username: str, options: dict[str, Any]) -> None:
        agency = None
        if options["agency"]:
            agency = Agency.objects.filter(slug=options["agency"]).first()
            if agency is None:
                raise CommandError(
                    f"There is no body {options['agency']}: load the plan first, or mend the slug."
                )
        if settings.PRODUCTION:
            mark_installation(is_sample=False)
        asked = sys.stdin.isatty() and not options["random"]
        password = self._ask() if asked else new_password()
        create_accounts(
            by=None,
            accounts=[
                NewAccount(
                    username=username,
                    display_name=options["name"] or username,
                    agency_id=agency.pk if agency else None,
                    password=password,
                    must_change_password=not asked,
                    roles=frozenset(Role(role) for role in options["role"]),
                )
            ],
        )
        # The user name alone when the person chose the password; a made one is shown here and nowhere else.
        self.stdout.write(username if asked else f"{username}\t{password}")

    def _ask(self) -> str:
        first = getpass.getpass("Password: ")
        if first != getpass.getpass("Password again: "):
            raise CommandError("The two passwords differ.")
        return first
