"""manage.py load_plan DIR: put a plan from its folder into the database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks.errors import Conflict, Problems
from tasks.indicators.loading import load
from tasks.indicators.models import Target
from tasks.plans.models import Responsibility, Task
from tasks.values import Duty


class Command(BaseCommand):
    help = "Load a plan (text.txt, structure.json, corrections.json in DIR) into the database; again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """The plan's folder, and its slug where the folder's name cannot be one."""
        parser.add_argument("dir", type=Path)
        parser.add_argument(
            "--slug", metavar="NAME", help="the plan's code in addresses (default: the name of DIR)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            plan = load(options["dir"], options["slug"])
        except Problems as error:
            raise CommandError("\n".join(problem.message for problem in error.problems)) from error
        except Conflict as error:
            raise CommandError(str(error)) from error
        duties = Responsibility.objects.filter(task__plan=plan)
        self.stdout.write(
            _(
                "已载入“%(title)s”（%(slug)s）：%(tasks)d 项任务和保障措施，%(lead)d 项牵头、%(co)d 项配合，%(targets)d 条目标。"
            )
            % {
                "title": plan.title,
                "slug": plan.slug,
                "tasks": Task.objects.filter(plan=plan).count(),
                "lead": duties.filter(duty=Duty.LEAD).count(),
                "co": duties.filter(duty=Duty.CO).count(),
                "targets": Target.objects.filter(plan=plan).count(),
            }
        )
