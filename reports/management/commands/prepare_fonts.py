"""`manage.py prepare_fonts`: make the brief's fonts ready."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from reports.typeset import fonts


class Command(BaseCommand):
    help = "Prepare the fonts of the briefs, once; does nothing when they are there."
    requires_system_checks: list[str] = []  # it needs files alone, no database

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="say nothing but the last line")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        last = ""

        def tell(done: int, total: int, text: str) -> None:
            nonlocal last
            line = f"{100 * done // total // 10 * 10:3d} %  {text}"
            if line != last and not options["quiet"]:
                self.stdout.write(line)
            last = line

        try:
            paths = fonts.prepare(tell)
        except fonts.FontError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("简报字体就绪：%(count)d 个文件，用时 %(seconds).1f 秒，位于 %(folder)s")
            % {"count": len(paths), "seconds": time.monotonic() - started, "folder": paths[0].parent}
        )
