"""`manage.py remind`: the day's reminders, here and now."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from qhplan import clock, jobs
from qhplan.jobs import JobState
from tasks.notifications import jobs as notify_jobs


class Command(BaseCommand):
    help = "Write the day's reminders and send them; a second run of the same day writes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--day", type=date.fromisoformat, help="such as 2017-07-05; default: today")

    def handle(self, *args: Any, **options: Any) -> None:
        """Both jobs, one after the other."""
        job = jobs.finish(notify_jobs.ask_reminders(day=options["day"] or clock.today()).pk)
        if job.state == JobState.FAILED:
            raise CommandError(job.reason)
        self.stdout.write(f"{job.result['messages']} messages about {job.result['items']} returns")
        with transaction.atomic():
            sending = notify_jobs.deliver_if_due()
        if sending is not None:
            result = jobs.finish(sending.pk).result
            self.stdout.write(
                f"{result.get('sent', 0)} sent, {result.get('missed', 0) + result.get('put_off', 0)} to be tried again"
            )
