"""The first plan in every format, read again: the text is the same, and so is what the reader finds."""

import io
import re
from collections.abc import Callable

import docx
import pytest

from tasks.plans.documents.extraction import extract
from tasks.plans.documents.values import Document
from tasks.plans.names import clean
from tasks.plans.reading.reader import read
from tests.plans.documents import files
from tests.plans.documents.files import abstract, level, num, paragraph, pdf, typeset
from tests.plans.texts import TEXT

LEVELS = [
    (re.compile(r"[一二三四五六七八九十]+､"), level(0, "chineseCounting", "%1、")),
    (re.compile(r"\([一二三四五六七八九十]+\)"), level(1, "chineseCountingThousand", "（%2）")),
    (re.compile(r"\d\."), level(2, "decimal", "%3.")),
]


def paragraphs() -> list[str]:
    """The plan's paragraphs, with hard-wrapped lines joined; titles and signatures keep their lines."""
    found: list[str] = []
    for block in re.split(r"\n[ \u2002]*\n", re.sub(r"(?<=[^\n])\(九\)", "\n\n(九)", TEXT)):
        lines = [line for line in block.split("\n") if line.strip()]
        found += ["".join(lines)] if lines and max(map(len, lines)) > 25 else lines
    return found


def numbered() -> bytes:
    body = ""
    for text in paragraphs():
        at, match = next(
            ((at, match) for at, (pattern, _) in enumerate(LEVELS) if (match := pattern.match(text))),
            (None, None),
        )
        body += paragraph(text[match.end() :] if match else text, level=at)
    return files.docx(body, numbering=abstract(0, *(xml for _pattern, xml in LEVELS)) + num(1, 0))


def by_python_docx() -> bytes:
    document, out = docx.Document(), io.BytesIO()
    for line in TEXT.split("\n"):
        document.add_paragraph(line)
    document.save(out)
    return out.getvalue()


def page() -> bytes:
    body = "".join(f"<p>{text}</p>" for text in paragraphs())
    return f"<html><head><meta charset=gb2312></head><body><div id=zoom>{body}</div></body></html>".encode(
        "gb18030"
    )


FORMATS: dict[str, Callable[[], bytes]] = {
    "numbered.docx": numbered,
    "plain.docx": by_python_docx,
    "printed.pdf": lambda: pdf(*typeset(*paragraphs())),
    "page.html": page,
    "text.txt": lambda: TEXT.encode("gb18030"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", FORMATS)
def test_the_first_plan_reads_the_same(name: str) -> None:
    document: Document = extract(name, FORMATS[name]())
    assert clean(document.text) == clean(TEXT)
    structure = read(document.text)
    bracketed = [task for task in structure.all_tasks if task.bracket]
    assert (len(structure.tasks), len(structure.safeguards), len(bracketed)) == (32, 7, 39)
    assert (
        document.place(structure.tasks[-1].heading.start).number
        > document.place(structure.tasks[0].heading.start).number
    )
