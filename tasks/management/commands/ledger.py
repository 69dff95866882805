"""manage.py ledger: what the pages of 管理 › 台账 do, for operators: read, undo, export, carry."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from tasks.errors import Conflict, Problems
from tasks.ledgers import actions, carrying, templating
from tasks.ledgers.models import Ledger
from tasks.ledgers.queries import Prepared, prepared
from tasks.people.models import User
from tasks.plans.models import Plan


class Command(BaseCommand):
    help = (
        "read: take the past periods of an office's .xlsx into a plan, with two people of the office; undo: take them back; "
        "export: fill the office's own .xlsx for a period; carry: record which unfinished tasks go on in a later plan, by name."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        read = acts.add_parser("read", help="take the past periods of FILE into PLAN")
        read.add_argument("plan")
        read.add_argument("file", type=Path)
        read.add_argument("--year", type=int, default=0, help="of heads that name none")
        read.add_argument(
            "--skip-unknown", action="store_true", help="leave rows out that are no task of the plan"
        )
        read.add_argument(
            "--dry-run", action="store_true", help="say what would be written, and write nothing"
        )
        undo = acts.add_parser("undo", help="take back what the ledger NUMBER brought")
        undo.add_argument("number", type=int)
        undo.add_argument("--reason", required=True)
        for each in (read, undo):
            each.add_argument("--by", required=True, help="username of the office")
            each.add_argument("--confirmed-by", default="", help="username of another person of the office")
        export = acts.add_parser("export", help="fill TEMPLATE for a period of PLAN")
        export.add_argument("plan")
        export.add_argument("template", type=Path)
        export.add_argument("--period", required=True, help="2017Q1")
        export.add_argument("--out", type=Path, required=True)
        export.add_argument("--replace", action="store_true", help="over what stands in its cells")
        carry = acts.add_parser(
            "carry", help="unfinished tasks of PLAN go on as those of the same name in LATER"
        )
        carry.add_argument("plan")
        carry.add_argument("later")
        carry.add_argument("--dry-run", action="store_true")
        for each in (export, carry):
            each.add_argument("--by", required=True, help="username of the office")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except Problems as refused:
            raise CommandError("\n".join(one.message for one in refused.problems)) from refused
        except (Conflict, PermissionDenied) as refused:
            raise CommandError(str(refused)) from refused
        except OSError as error:
            raise CommandError(_("文件打不开：%(why)s") % {"why": error.strerror or error}) from error
        except ValueError as error:
            raise CommandError(str(error)) from error

    def _read(self, options: dict[str, Any]) -> None:
        plan, by = _plan(options["plan"]), _user(options["by"])
        upload = ContentFile(options["file"].read_bytes(), name=options["file"].name)
        with transaction.atomic():
            row = actions.upload(by=by, plan=plan, upload=upload)
            if options["year"]:
                row.year = options["year"]
                row.save(update_fields=["year"])
            found = prepared(row)
            if options["skip_unknown"] and found.open:
                actions.answer(by=by, ledger=row, answers={one.key: 0 for one in found.open})
                found = prepared(row)
            self._tell(found)
            if options["dry_run"]:
                transaction.set_rollback(True)
                self.stdout.write(_("试运行，什么都没有写入。"))
                return
            row = actions.submit(by=by, ledger=row)
            if options["confirmed_by"]:
                actions.confirm(by=_user(options["confirmed_by"]), ledger=row)
                self.stdout.write(_("已补录，第%(n)d号台账。") % {"n": row.pk})
            else:
                self.stdout.write(_("第%(n)d号台账已送确认，请另一个人在“台账”页确认。") % {"n": row.pk})

    def _tell(self, found: Prepared) -> None:
        self.stdout.write(
            _("%(n)d件，%(tasks)d项任务，%(quarters)d期。")
            % {"n": len(found.lines), "tasks": found.tasks, "quarters": len(found.quarters)}
        )
        for match in found.open:
            heading = match.row.task.heading.name
            self.stdout.write(
                _("看不出是哪项任务：%(place)s %(task)s") % {"place": match.row.task.place, "task": heading}
            )
        for skipped in (*found.existing, *found.skipped):
            self.stdout.write(f"{skipped.place} {skipped.task} {skipped.quarter or ''} {skipped.why}")
        for problem in found.problems:
            self.stdout.write(f"{problem.place} {problem.message}")

    def _undo(self, options: dict[str, Any]) -> None:
        row = Ledger.objects.filter(pk=options["number"]).first()
        if row is None:
            raise CommandError(_("没有第%(n)d号台账。") % {"n": options["number"]})
        with transaction.atomic():
            actions.ask_undo(by=_user(options["by"]), ledger=row, note=options["reason"])
            if options["confirmed_by"]:
                actions.undo(by=_user(options["confirmed_by"]), ledger=row)
                self.stdout.write(_("第%(n)d号台账的补录已全部撤销。") % {"n": row.pk})
            else:
                self.stdout.write(_("已申请撤销第%(n)d号台账，须由另一个人同意。") % {"n": row.pk})

    def _export(self, options: dict[str, Any]) -> None:
        plan, by = _plan(options["plan"]), _user(options["by"])
        period = plan.quarter(options["period"])
        upload = ContentFile(options["template"].read_bytes(), name=options["template"].name)
        with transaction.atomic():
            template = templating.upload_template(by=by, plan=plan, upload=upload)
            content = templating.filled(by=by, template=template, period=period, replace=options["replace"])
            options["out"].write_bytes(content)
        self.stdout.write(_("已写入 %(path)s。") % {"path": options["out"]})

    def _carry(self, options: dict[str, Any]) -> None:
        plan, later = _plan(options["plan"]), _plan(options["later"])
        rows = carrying.unfinished(plan, later)
        pairs = {row.task.pk: row.proposed.pk for row in rows if row.proposed and not row.carried}
        for row in rows:
            self.stdout.write(f"{row.task} → {row.proposed or '—'}")
        if options["dry_run"]:
            return
        made = carrying.carry(by=_user(options["by"]), plan=plan, later=later, pairs=pairs)
        self.stdout.write(_("已结转%(n)d项。") % {"n": len(made)})


def _plan(slug: str) -> Plan:
    plan = Plan.objects.select_related("jurisdiction").filter(slug=slug).first()
    if plan is None:
        known = "、".join(Plan.objects.values_list("slug", flat=True)) or "—"
        raise CommandError(_("库中没有方案“%(slug)s”。现有：%(known)s。") % {"slug": slug, "known": known})
    return plan


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        raise CommandError(_("没有账号“%(name)s”，或已停用。") % {"name": name})
    return user
