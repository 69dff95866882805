"""Workbooks made to be slow: eight times the size takes about eight times as long to check, not sixty-four times."""

import io
import time
import zipfile
from collections.abc import Callable
from contextlib import suppress
from xml.etree import ElementTree

import pytest

from tasks import markup
from tasks.files.content import Unfit, kind_of
from tasks.workbooks import upload_check
from tasks.workbooks.upload_check import Package, open_package
from tasks.workbooks.values import Refused

pytestmark = pytest.mark.slow

SMALL, TIMES = 25_000, 8  # bytes of the small input, and how many times as large the other one is
SHORTEST = 0.002  # seconds; below it a clock tells little
STYLES = (
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="9"/>'
    b'<xf numFmtId="0"/></cellXfs></styleSheet>'
)


def grows_with_its_size(look: Callable[[bytes], object], made: Callable[[int], bytes]) -> None:
    """Fail when the time that `look` takes grows much faster than the input. Of several tries the quickest counts."""

    def quickest(xml: bytes) -> float:
        taken = []
        for _try in range(3):
            started = time.thread_time()
            with suppress(Refused, Unfit, ElementTree.ParseError):
                look(xml)
            taken.append(time.thread_time() - started)
            if taken[-1] > 1:  # so slow that another try would tell nothing new
                break
        return min(taken)

    small = quickest(made(SMALL))
    large = quickest(made(SMALL * TIMES))
    assert large < 3 * TIMES * max(small, SHORTEST), f"{small:.4f} s became {large:.4f} s"


def repeated(unit: bytes, before: bytes = b"", after: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: before + unit * (size // len(unit)) + after


SHEETS = {
    "cells without an end": repeated(b'<c r="A1"'),
    "cells of shared texts without an end": repeated(b'<c r="A1" t="s"'),
    "cells of shared texts without a value": repeated(b'<c r="A1" t="s">'),
    "merged ranges without an end": repeated(b"<mergeCell "),
    "merged ranges of many spaces": repeated(b" ", b"<mergeCell"),
    "merged ranges with one attribute many times": repeated(b' ref="A1', b"<mergeCell"),
    "cells in cells": repeated(b'<c r="A1">'),
    "cells of styles without an end": repeated(b' s="1', b'<c r="A1"', b">"),
    "one cell of many attributes": repeated(b' s="1"', b'<c r="A1"'),
    "one cell of many digits": repeated(b"1", b'<c r="A1" s="'),
    "a cell's column of many letters": repeated(b"A", b'<c r="'),
    "formulas": repeated(b"<f>"),
    "formulas in cells": repeated(b'<c r="A1"><f>'),
    "formulas after cells": lambda size: b'<c r="A1">' * (size // 20) + b"<f>" * (size // 6),
    "faulty cells": repeated(b'<c r="A1" t="e">'),
    "tags without a name": repeated(b"<"),
    "a tag of one long name": repeated(b"a", b"<"),
    "tags with prefixes": repeated(b"<a:"),
    "prefixes of one tag": repeated(b"a:", b"<"),
}


@pytest.mark.few(4)
@pytest.mark.parametrize("shape", SHEETS)
def test_a_sheet_is_looked_through_in_one_go(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_check, "MAX_TEXT", 0)  # so that the shared texts are counted cell by cell

    def look(xml: bytes) -> None:
        parts = {"s": xml, "xl/styles.xml": STYLES, "xl/sharedStrings.xml": b"<sst><si>a</si></sst>"}
        book = Package(parts, {"sheet": "s"})
        with suppress(Refused):
            book.admit("sheet")
        with suppress(Refused):
            book._check_text(xml)
        book._cells_of(xml, book.percent_styles | {1})

    grows_with_its_size(look, SHEETS[shape])


@pytest.mark.parametrize("unit", [b"<si", b"<si>", b"<si/>", b"<si><t>", b"<si "])
def test_shared_texts_are_counted_in_one_go(unit: bytes) -> None:
    grows_with_its_size(lambda xml: Package({"xl/sharedStrings.xml": xml}, {})._lengths, repeated(unit))


TREES = {
    "an address of a namespace, copied for each name": lambda size: (
        b'<a xmlns="' + b"u" * size + b'">' + b"<b/>" * (size // 8) + b"</a>"
    ),
    "an address of a namespace, copied for each attribute": lambda size: (
        b'<a xmlns:p="'
        + b"u" * size
        + b'" '
        + b" ".join(b'p:a%d=""' % number for number in range(size // 20))
        + b"/>"
    ),
    "an address behind many spaces": lambda size: (
        b"<a xmlns" + b" " * 400 + b'="' + b"u" * size + b'">' + b"<b/>" * (size // 8) + b"</a>"
    ),
    "a text in pieces": repeated(b"text<!---->", b"<a>", b"</a>"),
    "a text in pieces by instructions": repeated(b"text<?x?>", b"<a>", b"</a>"),
    "nested": lambda size: b"<a>" * (size // 7) + b"</a>" * (size // 7),
    "nested namespaces": lambda size: b'<a xmlns="u">' * (size // 17) + b"</a>" * (size // 17),
    "many attributes": lambda size: (
        b"<a " + b" ".join(b'a%d=""' % number for number in range(size // 10)) + b"/>"
    ),
    "many prefixes": lambda size: (
        b"<a " + b" ".join(b'xmlns:a%d="u"' % number for number in range(size // 16)) + b"/>"
    ),
    "without an end": repeated(b"<a "),
    "declarations without an end": repeated(b" xmlns:"),
    "declarations of spaces": repeated(b" xmlns  "),
}


@pytest.mark.parametrize("shape", TREES)
def test_a_tree_is_made_in_one_go(shape: str) -> None:
    grows_with_its_size(markup.tree, TREES[shape])


def _zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr({"types": "[Content_Types].xml", "book": "xl/workbook.xml"}[name], content)
    return out.getvalue()


LONG_NAMESPACE = TREES["an address of a namespace, copied for each name"]


def test_both_readers_of_packages_make_their_trees_so() -> None:
    workbook = LONG_NAMESPACE(SMALL)
    with pytest.raises(Refused, match="文件已损坏"):
        open_package(_zipped(types=b"<Types/>", book=workbook))
    with pytest.raises(Unfit, match="已损坏"):
        kind_of(io.BytesIO(_zipped(types=workbook)), "表.xlsx")


@pytest.mark.parametrize(
    "declaration",
    [
        b'<?xml version="1.0" encoding="cp037"?>',
        b'<?xml version="1.0" encoding = "cp037"?>',
        b'<?xml version="1.0"' + b" " * 300 + b'encoding="cp037"?>',
        b'<?xml version="1.0" encoding="utf-16"?>',
    ],
)
def test_an_encoding_that_hides_what_is_declared_is_not_read(declaration: bytes) -> None:
    assert not markup.is_plain(declaration + b"<a/>")
    with pytest.raises(Unfit, match="已损坏"):
        kind_of(io.BytesIO(_zipped(types=declaration + b"<Types/>")), "表.xlsx")


@pytest.mark.parametrize(
    "declaration",
    [
        b"",
        b"\xef\xbb\xbf",
        b'<?xml version="1.0"?>\r\n',
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
        b"<?xml version='1.0' encoding='us-ascii'?>",
    ],
)
def test_what_spreadsheet_programs_write_is_read(declaration: bytes) -> None:
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    xml = (
        declaration
        + b'<x:book xmlns:x="'
        + main
        + b'" xmlns:r = \'urn:r\' note="xmlns"><!-- by a program --></x:book>'
    )
    assert markup.is_plain(xml)
    assert markup.tree(xml).tag == "{" + main.decode() + "}book"


def test_more_cells_than_places_and_more_texts_than_cells_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(upload_check, "MAX_CELLS", 10)
    book = Package({"s": b'<c r="A1" s="1"/>' * 11}, {"sheet": "s"})
    with pytest.raises(Refused, match="文字太多"):
        book.admit("sheet")
    book = Package(
        {"s": b'<c r="A1" t="s"><v>0</v></c>', "xl/sharedStrings.xml": b"<si/>" * 11}, {"sheet": "s"}
    )
    with pytest.raises(Refused, match="文字太多"):
        book.admit("sheet")


def test_endless_formulas_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_check, "MAX_PROBLEMS", 10)
    book = Package({"s": b'<c r="A1"><f>1</f></c>' * 11}, {"sheet": "s"})
    with pytest.raises(Refused, match="公式、合并单元格和错误值太多"):
        book.admit("sheet")


@pytest.mark.parametrize(
    "cell", [b'<c r="A1" s="%s"/>', b'<c r="A1" s="%s" t="e"/>', b'<c r="A1" t="s"><v>%s</v></c>']
)
def test_a_number_of_endless_digits_is_refused(cell: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_check, "MAX_TEXT", 0)
    parts = {
        "s": cell % (b"1" * 5000),
        "xl/styles.xml": STYLES,
        "xl/sharedStrings.xml": b"<sst><si>a</si></sst>",
    }
    book = Package(parts, {"sheet": "s"})
    with suppress(Refused):  # a faulty cell is reported with its place
        book.admit("sheet")
