"""manage.py export_plan SLUG: print a plan's structure as JSON."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks.indicators.export import export
from tasks.plans.models import Plan


class Command(BaseCommand):
    help = "Print the structure of the plan SLUG from the database as JSON (schema: docs/plan-schema.json)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.filter(slug=options["slug"]).first()
        if plan is None:
            known = "、".join(Plan.objects.values_list("slug", flat=True)) or "—"
            raise CommandError(
                _("库中没有方案“%(slug)s”。现有：%(known)s。") % {"slug": options["slug"], "known": known}
            )
        self.stdout.write(json.dumps(export(plan), ensure_ascii=False, indent=1))
