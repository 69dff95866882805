"""manage.py export_plan SLUG: print a plan's structure as JSON, or write the folder from which it can be loaded."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks.errors import Problems
from tasks.importing.models import PlanImport
from tasks.importing.queries import as_loaded
from tasks.indicators.export import export
from tasks.plans.corrections import as_json
from tasks.plans.models import Plan
from tasks.plans.structure import to_json


class Command(BaseCommand):
    help = "Print the structure of the plan SLUG from the database as JSON (schema: docs/plan-schema.json)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument(
            "--folder",
            type=Path,
            metavar="DIR",
            help="write text.txt, structure.json and corrections.json of an imported plan into DIR, which must not exist",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.filter(slug=options["slug"]).first()
        if plan is None:
            known = "、".join(Plan.objects.values_list("slug", flat=True)) or "—"
            raise CommandError(
                _("库中没有方案“%(slug)s”。现有：%(known)s。") % {"slug": options["slug"], "known": known}
            )
        if options["folder"]:
            self.stdout.write(_write(plan, options["folder"]))
            return
        self.stdout.write(json.dumps(export(plan), ensure_ascii=False, indent=1))


def _write(plan: Plan, folder: Path) -> str:
    """The folder of a plan that was imported on the site: what was read, with the corrections that were confirmed."""
    row = PlanImport.objects.filter(plan=plan, edition_of=None).first()
    if row is None:
        raise CommandError(_("这份方案是用 load_plan 载入的，它的目录就是当初载入的那个。"))
    if folder.exists():
        raise CommandError(_("%(path)s 已存在，没有改动。请另给一个还没有的目录。") % {"path": folder})
    try:
        source = as_loaded(row)
        folder.mkdir(parents=True)
        (folder / "text.txt").write_bytes(source.text.encode())
        (folder / "structure.json").write_text(to_json(source.structure), encoding="utf-8")
        (folder / "corrections.json").write_text(as_json(source.corrections), encoding="utf-8")
    except Problems as error:
        raise CommandError("".join(one.message for one in error.problems)) from error
    except OSError as error:
        raise CommandError(_("写不了 %(path)s：%(error)s") % {"path": folder, "error": error}) from error
    return _("已写入 %(path)s。") % {"path": folder}
