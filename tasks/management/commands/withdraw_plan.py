"""manage.py withdraw_plan SLUG: take a plan off the site before anybody has filed a return on it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks.errors import Conflict, Problems
from tasks.importing.actions import withdraw_plan
from tasks.importing.models import PlanImport
from tasks.plans.models import Plan


class Command(BaseCommand):
    help = (
        "Take the plan SLUG back whole: hidden everywhere, its code free again, no row deleted. Refused once a return "
        "was filed. On the site two people of the office do this; the command is for plans loaded by load_plan."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--reason", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        plan = Plan.objects.filter(slug=options["slug"]).first()
        if plan is None:
            known = "、".join(Plan.objects.values_list("slug", flat=True)) or "—"
            raise CommandError(
                _("库中没有方案“%(slug)s”。现有：%(known)s。") % {"slug": options["slug"], "known": known}
            )
        if PlanImport.objects.filter(plan=plan).exists():
            raise CommandError(_("这份方案是在“导入方案”页导入的，请两个人在那里申请和同意撤回。"))
        if not options["reason"].strip():
            raise CommandError(_("请写明理由。"))
        try:
            withdraw_plan(plan=plan, by=None, reason=options["reason"].strip())
        except Problems as error:
            raise CommandError("".join(one.message for one in error.problems)) from error
        except Conflict as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            _("已撤回“%(title)s”，代号 %(slug)s 可以再用。") % {"title": plan.title, "slug": options["slug"]}
        )
