"""manage.py load_lineage FILE: what became of agencies after a plan named them, as a file of facts."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks.errors import Problems
from tasks.lineage.lineage_import import load


class Command(BaseCommand):
    help = "Load bodies, names and lineage that no plan states; again adds only what is not there yet."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the facts stand."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load it, or say in a sentence each why not."""
        try:
            loaded = load(options["file"])
        except Problems as error:
            raise CommandError("\n".join(problem.message for problem in error.problems)) from error
        self.stdout.write(
            _("已载入非方案内容：%(bodies)d 个单位、%(edges)d 条沿革。")
            % {"bodies": loaded.bodies, "edges": loaded.edges}
        )
