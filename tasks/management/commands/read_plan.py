"""manage.py read_plan DOCUMENT: read a plan's document into a folder from which it can be loaded."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.translation import gettext as _

from tasks.agencies.models import AgencyKind
from tasks.agencies.proposals import slug_of
from tasks.errors import Problems
from tasks.importing.matching import Register, entries_of, match_all, register
from tasks.plans.corrections import Corrections, as_json
from tasks.plans.documents.extraction import extract
from tasks.plans.documents.plan_documents import read_document
from tasks.plans.editing.application import apply
from tasks.plans.reading.reader import ReadError, read
from tasks.plans.structure import Structure, to_json
from tasks.slugs import PLAN_SLUG

TEXT, STRUCTURE, CORRECTIONS = "text.txt", "structure.json", "corrections.json"


class Command(BaseCommand):
    help = (
        "Read a plan's document (Word, PDF, web page, text, or an Excel table of tasks) and write DIR/text.txt, DIR/structure.json and a first "
        "DIR/corrections.json (default: the folder of a text.txt, else a new folder beside the document)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("document", type=Path)
        parser.add_argument("--out", type=Path, metavar="DIR")

    def handle(self, *args: Any, **options: Any) -> None:
        source: Path = options["document"]
        try:
            text, found = _read(source)
        except ReadError as error:
            raise CommandError(f"{source}: {error}") from error
        out: Path = options["out"] or (
            source.parent if source.name == TEXT else source.parent / _folder_name(found)
        )
        _refuse_to_overwrite(out, text)
        try:
            out.mkdir(parents=True, exist_ok=True)
            if not (out / TEXT).exists():
                (out / TEXT).write_bytes(text.encode())
            (out / STRUCTURE).write_text(to_json(found), encoding="utf-8")
            if not (out / CORRECTIONS).exists():
                (out / CORRECTIONS).write_text(as_json(_skeleton(text, found)), encoding="utf-8")
        except OSError as error:
            raise CommandError(_("写不了 %(path)s：%(error)s") % {"path": out, "error": error}) from error
        for note in found.notes:
            self.stderr.write(f"{source}:{found_line(text, note.start)}: {note.kind} {note.detail}")
        for question in found.questions:
            self.stderr.write(f"{source}:{found_line(text, question.start)}: {question.sentence}")
        if PLAN_SLUG.refusal(out.resolve().name):
            self.stderr.write(
                _("目录名“%(name)s”不能作方案的代号：载入前请改名，或用 load_plan --slug NAME 另给代号。")
                % {"name": out.resolve().name}
            )
        said = _("%(summary)s已写入 %(path)s。") % {"summary": found.summary, "path": out / STRUCTURE}
        if found.lost:  # what is lost is no success, whoever reads the exit code
            raise CommandError(said)
        self.stdout.write(said)


def _read(source: Path) -> tuple[str, Structure]:
    """The document's text and the plan in it. A text.txt is a plan's stored text and stays as it is, to the byte."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise CommandError(_("读不了 %(path)s：%(error)s") % {"path": source, "error": error}) from error
    if source.name == TEXT:
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise CommandError(
                _("%(path)s 不是 UTF-8 编码，请先转换编码（原文字符不要改动）。") % {"path": source}
            ) from error
        return text, read(text)
    try:
        document = extract(source.name, content)
        return document.text, read_document(document)
    except Problems as error:
        raise CommandError(f"{source}: " + "".join(one.message for one in error.problems)) from error


def _folder_name(found: Structure) -> str:
    head = found.head
    return slug_of(head.doc_number.name if head.doc_number else head.title.name, (), longest=40)


def _refuse_to_overwrite(out: Path, text: str) -> None:
    """The data of another text is never overwritten."""
    there = out / TEXT
    if there.exists() and there.read_bytes() != text.encode():
        raise CommandError(
            _("%(path)s 是另一份方案的原文，没有改动。请用 --out 另给一个还没有的目录。") % {"path": there}
        )
    if not there.exists() and any((out / name).exists() for name in (STRUCTURE, CORRECTIONS)):
        raise CommandError(
            _("%(path)s 中已有别的方案的数据，没有改动。请用 --out 另给一个还没有的目录。") % {"path": out}
        )


def _skeleton(text: str, found: Structure) -> Corrections:
    """A first corrections.json: an entry for each agency, with a guessed kind and a free code."""
    try:
        known = register()
    except DatabaseError:  # before the site has a database
        known = Register()
    entries = entries_of(match_all(apply(text, found, []), known), known)
    return Corrections(
        found.text_sha256,
        agencies=tuple(entry for entry in entries.agencies if entry.kind in AgencyKind.values),
        aliases=entries.aliases,
        collectives=entries.collectives,
    )


def found_line(text: str, offset: int) -> int:
    """The printed line that holds the offset."""
    return text.count("\n", 0, offset) + 1
