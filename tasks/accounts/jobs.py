"""What beat does every night with accounts: sessions and counts that have ended go, unused accounts are suspended."""

from celery import shared_task
from django.core.management import call_command

from tasks.accounts import limits, sessions


@shared_task(name="tasks.accounts.tidy", ignore_result=True)
def tidy() -> None:
    """Repeating it does nothing more; a missed night is made up by the next."""
    call_command("clearsessions")
    limits.tidy()
    sessions.suspend_unused()
