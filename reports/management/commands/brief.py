"""`manage.py brief 2017Q1 --out DIR`: make a brief from the shell, through the same code as the page."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from qhplan import jobs
from reports.briefs import jobs as brief_jobs
from reports.briefs.models import PUBLISHED, Brief, BriefFile, BriefKind
from reports.briefs.queries import file_with_bytes
from tasks.errors import Conflict, Problems
from tasks.plans.models import Plan
from tasks.plans.queries import default_plan
from tasks.values import Period


class Command(BaseCommand):
    help = "Make the brief of a quarter, as a draft or issued, and write its PDF and figures into a folder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("quarter", help="such as 2017Q1")
        parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder for the files")
        parser.add_argument("--plan", metavar="SLUG", help="the plan (default: the one published last)")
        parser.add_argument(
            "--kind",
            default=BriefKind.PLAN,
            choices=BriefKind.values,
            metavar="KIND",
            help=", ".join(BriefKind.values),
        )
        parser.add_argument(
            "--scope", default="", help="which group, sector or body: 3, safeguards, or a slug such as kjt"
        )
        parser.add_argument("--issue", action="store_true", help="issue it: with number, edition and code")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = self._plan(options["plan"])
        try:
            quarter = Period.parse(options["quarter"], plan.kind)
            asked = brief_jobs.ask_draft(
                by=None, plan=plan, quarter=quarter, kind=options["kind"], scope=options["scope"]
            )
            brief = self._finish(asked)
            if options["issue"]:
                brief = self._finish(brief_jobs.ask_issue(by=None, brief=brief))
        except (ValueError, Problems, Conflict) as refused:
            raise CommandError(str(refused)) from refused
        file = file_with_bytes(brief)
        assert file is not None  # its job is done
        path = self._write(brief, file, options["out"])
        self.stdout.write(
            _("%(path)s\n%(pages)d 页，%(seconds).2f 秒，SHA-256 %(sha256)s")
            % {"path": path, "pages": file.pages, "seconds": file.seconds, "sha256": file.sha256}
        )

    def _plan(self, slug: str | None) -> Plan:
        plan = Plan.objects.filter(slug=slug).first() if slug else default_plan()
        if plan is None:
            raise CommandError(
                _("没有方案“%(slug)s”。") % {"slug": slug}
                if slug
                else _("还没有载入方案，请先运行 load_plan。")
            )
        return plan

    def _finish(self, brief: Brief) -> Brief:
        assert brief.job_id is not None
        job = jobs.finish(brief.job_id)
        if job.state == jobs.JobState.FAILED:
            raise CommandError(job.reason)
        return Brief.objects.select_related("plan").get(pk=brief.pk)

    def _write(self, brief: Brief, file: BriefFile, folder: Path) -> Path:
        issued = brief.state in PUBLISHED
        part = "".join(f"{word}-" for word in (brief.kind, brief.scope) if word and word != BriefKind.PLAN)
        name = f"{brief.plan.slug}-{brief.quarter}-{part}" + (
            f"{brief.year}-{brief.number}-{brief.edition}" if issued else f"draft-{brief.pk}"
        )
        path = folder / f"{name}.pdf"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(file.pdf))
            path.with_suffix(".json").write_bytes(brief.figures.encode())
        except OSError as error:
            raise CommandError(
                _("无法写入 %(folder)s：%(error)s") % {"folder": folder, "error": error.strerror}
            ) from error
        return path.resolve()
