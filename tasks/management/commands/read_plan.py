"""manage.py read_plan TEXT: read a plan's text and write down its structure."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from tasks.plans.reading.reader import ReadError, read
from tasks.plans.structure import to_json
from tasks.slugs import PLAN_SLUG


class Command(BaseCommand):
    help = (
        "Read a plan's text (UTF-8) and write DIR/text.txt and DIR/structure.json (default: beside the text)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("text", type=Path)
        parser.add_argument("--out", type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["text"]
        out: Path = options["out"] or source.parent
        try:
            published = source.read_bytes()
            found = read(published.decode())
        except OSError as error:
            raise CommandError(_("读不了 %(path)s：%(error)s") % {"path": source, "error": error}) from error
        except UnicodeDecodeError as error:
            raise CommandError(
                _("%(path)s 不是 UTF-8 编码，请先转换编码（原文字符不要改动）。") % {"path": source}
            ) from error
        except ReadError as error:
            raise CommandError(f"{source}: {error}") from error
        out.mkdir(parents=True, exist_ok=True)
        if not (out / "text.txt").exists() or (out / "text.txt").read_bytes() != published:
            (out / "text.txt").write_bytes(published)
        (out / "structure.json").write_text(to_json(found), encoding="utf-8")
        for note in found.notes:
            line = found_line(published.decode(), note.start)
            self.stderr.write(f"{source}:{line}: {note.kind} {note.detail}")
        for question in found.questions:
            self.stderr.write(
                f"{source}:{found_line(published.decode(), question.start)}: {question.sentence}"
            )
        if PLAN_SLUG.refusal(out.resolve().name):
            self.stderr.write(
                _("目录名“%(name)s”不能作方案的代号：载入前请改名，或用 load_plan --slug NAME 另给代号。")
                % {"name": out.resolve().name}
            )
        self.stdout.write(
            _("%(summary)s已写入 %(path)s。") % {"summary": found.summary, "path": out / "structure.json"}
        )


def found_line(text: str, offset: int) -> int:
    """The printed line that holds the offset."""
    return text.count("\n", 0, offset) + 1
