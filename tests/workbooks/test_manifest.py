"""Workbooks are known by their manifest, and the ones that were handed out before stay valid."""

import hashlib
import json
from dataclasses import replace

import pytest
from django.core import signing

from tasks.workbooks.manifest import Key, Manifest, Origin, dumped, fingerprint_of
from tasks.workbooks.values import Refused
from tests.workbooks.conftest import FORMAT, ORIGIN, Draft, Upload, build, parse

MANIFEST = Manifest(
    {"plan": "plan", "year": "2017", "agency": "a", "heads": dumped({"编号": "code"})},
    [Key("r1", "一", None, "abc"), Key("r2", "二", 7, "def", ("k1 k2/",))],
    [("link", "n1", "s1")],
)
LINES = [
    ["template", "2"],
    ["plan", "plan"],
    ["year", "2017"],
    ["agency", "a"],
    ["heads", '{"编号": "code"}'],
    ["row", "r1", "一", "", "abc"],
    ["row", "r2", "二", "7", "def", "k1 k2/"],
    ["link", "n1", "s1"],
]


def test_lines_and_signature_keep_their_form() -> None:
    digest = hashlib.sha256(json.dumps(LINES, ensure_ascii=False).encode()).hexdigest()
    assert MANIFEST.lines(FORMAT) == [
        ["signature", signing.Signer(salt="tests.workbooks").signature(digest)],
        *LINES,
    ]
    assert fingerprint_of("一\x1f二") == "342f81757b0424c3"


def test_what_was_written_is_read_again_whatever_blank_cells_follow() -> None:
    rows = [[*line, "", None] for line in MANIFEST.lines(FORMAT)]
    read = Manifest.of(rows, FORMAT)
    assert (read.about, list(read.keys)) == (MANIFEST.about, list(MANIFEST.keys))
    assert [tuple(line) for line in read.others] == MANIFEST.others
    assert read.loaded("heads") == {"编号": "code"}


@pytest.mark.parametrize(
    ("row", "column", "text", "says"),
    [
        (0, 1, "x", "隐藏页被改动过"),
        (0, 0, "x", "隐藏页被改动过"),
        (4, 1, "b", "隐藏页被改动过"),
        (6, 3, "1", "隐藏页被改动过"),
        (1, 1, "1", "旧版"),
        (3, 0, "quarter", "别的格式"),
    ],
)
def test_a_changed_manifest_is_refused(row: int, column: int, text: str, says: str) -> None:
    rows = MANIFEST.lines(FORMAT)
    rows[row][column] = text
    with pytest.raises(Refused, match=says):
        Manifest.of(rows, FORMAT)


def test_a_workbook_that_another_format_signed_is_refused() -> None:
    with pytest.raises(Refused, match="隐藏页被改动过"):
        parse(build([Draft("一")], replace(FORMAT, salt="other")))


@pytest.mark.parametrize(
    ("origin", "about", "says"),
    [
        (replace(ORIGIN, agency="b"), {}, "这是甲局的。"),
        (replace(ORIGIN, plan="other"), {}, "另一个方案"),
        (replace(ORIGIN, period="2018"), {}, "这是2017年，要2018年。"),
        (ORIGIN, {"agency": ""}, "总表"),
    ],
)
def test_a_workbook_of_another_origin_is_refused(origin: Origin, about: dict[str, str], says: str) -> None:
    with pytest.raises(Refused) as caught:
        parse(build([Draft("一")], **about), origin)
    assert str(caught.value) == says


def test_a_workbook_without_a_manifest_is_refused(upload: Upload) -> None:
    del upload.book["_qhplan"]
    with pytest.raises(Refused, match="这不是从本系统下载的表"):
        upload.parse()
