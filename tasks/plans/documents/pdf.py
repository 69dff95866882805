"""PDFs with a text layer: lines are joined into paragraphs by where they stand on the page.

Page numbers, running heads and footnotes are left out of the text and told. A line that reaches the right edge of the
text goes on in the next line that is not indented; every other line ends a paragraph. So titles keep their lines.
"""

import itertools
import json
import logging
import os
import re
import statistics
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tasks.plans.documents.values import (
    MAX_CHARACTERS,
    MAX_PAGES,
    Omission,
    Place,
    Reason,
    TextBuilder,
    Unit,
    refusal,
    too_long,
)

logger = logging.getLogger(__name__)

SECONDS = 60  # of the processor; 500 pages take about five
_WAIT = 120  # seconds by the clock, on a machine that is busy
_PROGRAM = Path(__file__).with_name("pdf_child.py")
_SCANNED = 30  # characters on a page; a scan with a stamp or a page number has fewer
_GARBLED_SHARE = 0.1

_DASHES = r"[-—–―－─_·•.\s]*"
_PAGE_NUMBER = re.compile(
    rf"{_DASHES}\d{{1,4}}{_DASHES}|第\s*\d+\s*页.{{0,12}}|\d{{1,4}}\s*[/／]\s*\d{{1,4}}"
)
_NOTE_MARK = re.compile(r"[\[［〔]?(\d{1,3})[\]］〕]?|([①-⑳*＊※])")
# What stands on one line: a word or figure, or a character with the marks that may not be parted from it; quotation
# marks also hold what is beyond them.
_WORD = "(?:[!-~]{1,40}|[^!-~])"
_UNIT = re.compile(
    rf"[“‘（《〈【〔「『]*{_WORD}?(?:[”’“‘]+{_WORD})?[”’）》〉】〕」』，。、；：！？｡､,.;:!?)]*"
)
_SLACK = 1.2  # characters
# Fonts often map a character to the radical that looks like it: ⼀ for 一.
_RADICALS = re.compile("[\u2e80-\u2fdf\uf900-\ufaff]")
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd\x00-\x08\x0e-\x1f]")


@dataclass(frozen=True)
class Run:
    """Characters of one size without wide gaps; lengths in points, y grows upwards."""

    text: str
    size: float
    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Line:
    """A printed line: its runs from left to right."""

    page: int  # from 0
    runs: tuple[Run, ...]

    @property
    def text(self) -> str:
        return (
            " ".join(run.text for run in self.runs) if self.is_row else "".join(run.text for run in self.runs)
        )

    @property
    def size(self) -> float:
        """The size of its longest run."""
        return max(self.runs, key=lambda run: len(run.text)).size

    @property
    def left(self) -> float:
        return self.runs[0].left

    @property
    def right(self) -> float:
        return max(run.right for run in self.runs)

    @property
    def bottom(self) -> float:
        return min(run.bottom for run in self.runs)

    @property
    def top(self) -> float:
        return max(run.top for run in self.runs)

    @property
    def is_row(self) -> bool:
        """Whether wide gaps divide it, as in a row of a table."""
        return any(b.left - a.right > 1.5 * a.size for a, b in itertools.pairwise(self.runs))


def read_pdf(content: bytes, out: TextBuilder) -> None:
    """Read a PDF. Raises Problems if it has a password, no text layer, too many pages, or is damaged."""
    pages, pictures = _pages(content)
    read_pages(pages, out)
    for number, is_picture in enumerate(pictures, 1):
        if is_picture:
            out.omitted.append(Omission(_("本页是图片，没有文字"), Reason.PICTURE, Place(Unit.PAGE, number)))


def _pages(content: bytes) -> tuple[list[list[Line]], list[bool]]:
    """The lines of each page, and whether it is a picture without any."""
    result = _run(content)
    error = result.get("error")
    if error == "password":
        raise refusal(_("PDF 加了打开密码。请去掉密码后再上传。"))
    if error in ("pages", "text"):
        raise too_long()
    if error:
        raise _damaged()
    pages = [
        [Line(number, tuple(Run(*run) for run in line)) for line in page["lines"]]
        for number, page in enumerate(result["pages"])
    ]
    text = "".join(run.text for lines in pages for line in lines for run in line.runs)
    if len(text) < _SCANNED * len(pages):
        raise refusal(
            _(
                "PDF 是扫描件或图片，没有文字层。请换用文字版，或先做文字识别、核对无误后存为 .docx 或 .txt 再上传。"
            )
        )
    if len(_UNREADABLE.findall(text)) > _GARBLED_SHARE * len(text):
        raise refusal(
            _("PDF 里的字体没有文字编码，取出的是乱码。请换用 Word 原件，或另存为 .docx 后再上传。")
        )
    return pages, [page["picture"] for page in result["pages"]]


def _run(content: bytes) -> dict[str, Any]:
    """The output of the program that opens PDFs, see `pdf_child.py`."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH", "TMPDIR") if name in os.environ}
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_PROGRAM), str(MAX_PAGES), str(MAX_CHARACTERS), str(SECONDS)],
            input=content,
            capture_output=True,
            timeout=_WAIT,
            env=kept,
        )
    except subprocess.TimeoutExpired as error:
        raise refusal(
            _("PDF 太复杂，没有在规定时间内读完。请换用 Word 原件，或另存为 .docx 后再上传。")
        ) from error
    if done.returncode:
        logger.warning(
            "reading a PDF ended with %s: %s", done.returncode, done.stderr[-2000:].decode(errors="replace")
        )
        raise _damaged()
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _damaged() -> Exception:
    return refusal(_("PDF 已损坏，无法打开。请重新导出 PDF，或换用 Word 原件后再上传。"))


def read_pages(pages: Sequence[Sequence[Line]], out: TextBuilder) -> None:
    """Write the pages' lines as paragraphs."""
    body: list[list[Line]] = []
    heads = _running(pages)
    for number, lines in enumerate(pages):
        place = Place(Unit.PAGE, number + 1)
        kept = []
        for line in lines:
            if (number, id(line)) in heads:
                out.omitted.append(Omission(line.text.strip(), Reason.RUNNING_HEAD, place))
            else:
                kept.append(line)
        body.append(_without_number(kept, place, out))
    sizes = Counter[float]()
    for lines in body:
        for line in lines:
            for run in line.runs:
                sizes[run.size] += len(run.text)
    usual = sizes.most_common(1)[0][0] if sizes else 0
    body = [_without_notes(lines, Place(Unit.PAGE, n), usual, out) for n, lines in enumerate(body, 1)]
    _write(body, usual, out)


def _running(pages: Sequence[Sequence[Line]]) -> set[tuple[int, int]]:
    """Lines at the edges of pages which recur at the same height: {(page, id of the line)}."""
    seen: dict[tuple[str, int], list[tuple[int, int]]] = {}
    for number, lines in enumerate(pages):
        for line in {id(line): line for line in (*lines[:3], *lines[-3:])}.values():
            key = (re.sub(r"[\d\s]+", "", line.text), round(line.bottom / 4))
            if key[0] and not _PAGE_NUMBER.fullmatch(line.text.strip()):
                seen.setdefault(key, []).append((number, id(line)))
    # A head on left or right pages alone stands on half of them; two lines of text are hardly ever equal and level.
    least = max(2, len(pages) // 4)
    found: set[tuple[int, int]] = set()
    for (text, height), places in seen.items():
        near = places + seen.get((text, height + 1), []) + seen.get((text, height - 1), [])
        if len({number for number, _line in near}) >= least:
            found.update(places)
    return found


def _without_number(lines: list[Line], place: Place, out: TextBuilder) -> list[Line]:
    """The page's lines without its number, which is the first or the last."""
    for index in (-1, 0):
        if not lines or not _PAGE_NUMBER.fullmatch(lines[index].text.strip()):
            continue
        bare = lines[index].text.strip().isdigit()
        others = lines[:-1] if index else lines[1:]
        near = (others[-1] if index else others[0]) if others else None
        if bare and near is not None and abs(near.bottom - lines[index].bottom) < 1.5 * near.size:
            continue  # a figure on a line of its own
        out.omitted.append(Omission(lines[index].text.strip(), Reason.PAGE_NUMBER, place))
        return others
    return lines


def _without_notes(lines: list[Line], place: Place, usual: float, out: TextBuilder) -> list[Line]:
    """The page's lines without the footnotes below them and without their marks in the text.

    A footnote is printed smaller, begins with a mark, and the same mark stands raised in the text above.
    """
    small = len(lines)
    while small and lines[small - 1].size < 0.9 * usual:
        small -= 1
    raised = {
        run.text.strip("[]［］〔〕 ")
        for line in lines[:small]
        for run in line.runs
        if len(run.text) <= 5 and run.size < 0.8 * line.size and run.top > line.bottom + 0.5 * line.size
    }
    for first in range(small, len(lines)):
        mark = _NOTE_MARK.match(lines[first].text.strip())
        if mark and (mark[1] or mark[2]) in raised:
            break
    else:
        return lines
    notes = lines[first:]
    out.omitted.append(Omission("".join(line.text for line in notes), Reason.FOOTNOTE, place))
    return [
        Line(
            line.page,
            tuple(
                run
                for run in line.runs
                if run.size >= 0.8 * line.size or run.text.strip("[]［］〔〕 ") not in raised
            )
            or line.runs,
        )
        for line in lines[:first]
    ]


def _write(pages: Sequence[Sequence[Line]], usual: float, out: TextBuilder) -> None:
    lines = [line for page in pages for line in page]
    if not lines:
        return
    steps = [
        above.bottom - below.bottom
        for above, below in itertools.pairwise(lines)
        if above.page == below.page and above.size == below.size == usual
    ]
    step = statistics.median(steps) if steps else 2 * usual
    edges = {number: _edges(page, usual) for number, page in enumerate(pages) if page}
    every = _edges(lines, usual)
    for index, line in enumerate(lines):
        place = Place(Unit.PAGE, line.page + 1)
        text = _RADICALS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), line.text.rstrip())
        following = lines[index + 1] if index + 1 < len(lines) else None
        out.add(text, place)
        if following is None or not _goes_on(
            line, following, edges[line.page] or every, edges[following.page] or every, step
        ):
            out.add("\n", place)
        elif (
            text[-1:].isascii()
            and text[-1:].isalpha()
            and following.text[:1].isascii()
            and following.text[:1].isalpha()
        ):
            out.add(" ", place)


def _edges(lines: Sequence[Line], usual: float) -> tuple[float, float] | None:
    """The left and right edge of the text on a page; None where too little is printed to tell."""
    long = [line for line in lines if line.size == usual and not line.is_row]
    lefts = Counter(round(line.left) for line in long)
    if len(long) < 6:
        return None
    # The right edge is where the longest lines end; one that sticks out by a mark does not move it.
    rights = sorted((line.right for line in long), reverse=True)
    left = (
        min(place for place, count in lefts.items() if count >= max(2, len(long) // 10))
        if max(lefts.values()) > 1
        else min(lefts)
    )
    return float(left), rights[min(2, len(rights) - 1)]


def _goes_on(
    line: Line,
    following: Line,
    here: tuple[float, float] | None,
    there: tuple[float, float] | None,
    step: float,
) -> bool:
    """Whether the paragraph of `line` goes on in `following`."""
    if here is None or there is None or line.is_row or following.is_row:
        return False
    if abs(line.size - following.size) > 0.1 * line.size:
        return False
    if line.page == following.page and line.bottom - following.bottom > 1.5 * step:
        return False
    # Full is a line in which what the next one begins with had no room.
    unit = _UNIT.match(following.text)
    needed = sum(0.6 if char.isascii() else 1.0 for char in unit[0]) if unit else 1.0
    full = line.right + (needed + _SLACK) * line.size >= here[1]
    indented = following.left > there[0] + 0.9 * following.size
    return full and not indented
