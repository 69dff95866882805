"""`manage.py start_trial`: requests the jobs that prepare a trial site while it is served; returns at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from qhplan.jobs import Refused
from qhplan.sample import preparation
from tasks.people.queries import is_sample_database


class Command(BaseCommand):
    help = "Ask for the jobs that prepare fonts, sample data and the first brief. Again does nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if not is_sample_database():
            raise CommandError(_("这个数据库不是示例数据库，不能写入示例数据。"))
        try:
            requested = preparation.start()
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        for job in requested:
            self.stdout.write(job.label)
