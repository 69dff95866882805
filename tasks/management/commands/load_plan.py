"""manage.py load_plan DIR: put a plan from its folder into the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.indicators.loading import load
from tasks.indicators.models import Target
from tasks.plans.models import Plan, Responsibility, Task
from tasks.values import Duty


class Command(BaseCommand):
    help = "Load a plan (text.txt, structure.json, corrections.json in DIR) into the database; again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The plan's folder, and its slug where the folder's name cannot be one."""
        parser.add_argument("dir", type=Path)
        parser.add_argument(
            "--slug", metavar="NAME", help="the plan's code in addresses (default: the name of DIR)"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would be loaded, and load nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        agencies = Agency.objects.count()
        try:
            with transaction.atomic():
                plan = load(options["dir"], options["slug"])
                said = _summary(plan, Agency.objects.count() - agencies)
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except Problems as error:
            raise CommandError("\n".join(problem.message for problem in error.problems)) from error
        except Conflict as error:
            raise CommandError(str(error)) from error
        form = _("试载入，没有写入：%(said)s") if options["dry_run"] else _("已载入%(said)s")
        self.stdout.write(form % {"said": said})


def _summary(plan: Plan, new: int) -> str:
    duties = Responsibility.objects.filter(task__plan=plan)
    return _(
        "“%(title)s”（%(slug)s）：%(tasks)d 项任务和保障措施，%(lead)d 项牵头、%(co)d 项配合，%(targets)d 条目标；新单位 %(new)d 个。"
    ) % {
        "title": plan.title,
        "slug": plan.slug,
        "tasks": Task.objects.filter(plan=plan).count(),
        "lead": duties.filter(role=Duty.LEAD).count(),
        "co": duties.exclude(role=Duty.LEAD).count(),
        "targets": Target.objects.filter(plan=plan).count(),
        "new": new,
    }
