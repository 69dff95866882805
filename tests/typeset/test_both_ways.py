"""The speed patches change nothing that a reader sees: real documents rendered with and without them are compared."""

import os
import subprocess
import sys
from collections import Counter
from itertools import chain
from pathlib import Path

import pdfua
import pymupdf
import pytest
from django.conf import settings

from tests.typeset import documents

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_fonts")]

# Without the patches, WeasyPrint cuts the distance of each glyph down to a thousandth of the em, which adds up to half a
# point at the end of a line of small glyphs.
MOST_POINTS = 0.75


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The documents, rendered with the patches and without, each in a process of its own."""
    found = {}
    for way, plain in (("patched", "0"), ("plain", "1")):
        found[way] = tmp_path_factory.mktemp(way)
        done = subprocess.run(
            [sys.executable, "-m", "tests.typeset.documents", str(found[way])],
            env=os.environ
            | {
                "QHPLAN_MODE": "test",
                "DJANGO_SETTINGS_MODULE": "qhplan.settings",
                "QHPLAN_PLAIN_WEASYPRINT": plain,
            },
            cwd=settings.BASE_DIR,
            check=True,
            capture_output=True,
            text=True,
        )
        lines = [line for line in done.stderr.splitlines() if "without speed patches" in line]
        assert len(lines) == int(plain), done.stderr
    return found


@pytest.mark.full
@pytest.mark.parametrize("name", documents.DOCUMENTS)
def test_words_positions_and_pictures_are_the_same_both_ways(folders: dict[str, Path], name: str) -> None:
    with (
        pymupdf.open(folders["patched"] / f"{name}.pdf") as patched,
        pymupdf.open(folders["plain"] / f"{name}.pdf") as plain,
    ):
        assert len(patched) == len(plain)
        for ours, other in zip(patched, plain, strict=True):
            _compare(ours, other)


@pytest.mark.full
@pytest.mark.parametrize("way", ["patched", pytest.param("plain", marks=pytest.mark.full)])
def test_tags_are_the_same_both_ways(folders: dict[str, Path], way: str) -> None:
    report = pdfua.validate(folders[way] / "quarterly.pdf")
    assert [str(finding) for finding in report.findings] == []
    with pymupdf.open(folders[way] / "quarterly.pdf") as document:
        kinds = Counter(
            document.xref_get_key(number, "S")[1]
            for number in range(1, document.xref_length())
            if document.xref_get_key(number, "Type")[1] == "/StructElem"
        )
    assert (kinds["/Table"], kinds["/THead"]) == (9, 9)


def _compare(ours: pymupdf.Page, other: pymupdf.Page) -> None:
    words, other_words = ours.get_text("words"), other.get_text("words")
    assert [word[4:] for word in words] == [word[4:] for word in other_words], ours.number
    places, other_places = (chain.from_iterable(word[:4] for word in of) for of in (words, other_words))
    assert list(places) == pytest.approx(list(other_places), abs=MOST_POINTS), ours.number
    # Few dots of a picture change from white to black: glyphs may move by a hair.
    dots, other_dots = (_picture(page, 0) for page in (ours, other))
    differing = sum(abs(a - b) > 96 for a, b in zip(dots, other_dots, strict=True))
    assert differing < 0.02 * sum(dot < 128 for dot in dots) + 20, ours.number
    # Each cell of 8 points by 8 is as dark: nothing is missing, and nothing is drawn that is not in both.
    cells, other_cells = (_picture(page, 3) for page in (ours, other))
    assert max(abs(a - b) for a, b in zip(cells, other_cells, strict=True)) < 19, ours.number


def _picture(page: pymupdf.Page, halved: int) -> bytes:
    """The page in grey, a dot to the point, with its size halved so many times."""
    picture = page.get_pixmap(dpi=72, colorspace=pymupdf.csGRAY)
    if halved:
        picture.shrink(halved)
    return bytes(picture.samples)


def test_the_comparison_sees_a_rule_that_is_missing() -> None:
    pages = []
    for with_rule in (True, False):
        page = pymupdf.open().new_page()
        page.insert_text((100, 100), "text")
        if with_rule:
            page.draw_line((80, 120), (500, 120), width=0.75)
        pages.append(page)
    with pytest.raises(AssertionError):
        _compare(*pages)
