"""What a file is, is found in it; its name has to agree."""

import io
import random
import zipfile

import pytest

from tasks.files import content
from tasks.files.content import Unfit, kind_of, traces_of
from tasks.files.values import KINDS
from tests.files import samples
from tests.files.samples import CONTENT_TYPES, MACRO_SHEET, PASSWORD, SHEET, WORD_MAIN, archive, docx

MACRO_MAIN = "application/vnd.ms-word.document.macroEnabled.main+xml"
SLIDES_MAIN = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
BINARY_MAIN = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"


def told(data: bytes, name: str) -> str:
    with pytest.raises(Unfit) as refused:
        kind_of(io.BytesIO(data), name)
    return str(refused.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", samples.pdf()),
        ("大写.PDF", samples.pdf()),
        ("扫描仪加了空行.pdf", b"\r\n\n" + samples.pdf()),
        ("a.docx", docx()),
        ("a.xlsx", samples.xlsx()),
        ("a.doc", samples.doc()),
        ("a.wps", samples.doc()),
        ("a.xls", samples.xls(SHEET)),
        ("a.et", samples.xls(SHEET)),
        ("a.ofd", samples.ofd()),
        ("a.jpg", samples.JPEG),
        ("a.jpeg", samples.JPEG),
        ("a.png", samples.PNG),
        ("a.tif", samples.TIFF),
        ("a.tiff", b"MM\x00*" + samples.TIFF[4:]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_taken_is_known_by_its_content(name: str, data: bytes) -> None:
    kind = kind_of(io.BytesIO(data), name)
    assert kind in KINDS
    assert name[name.rindex(".") :].lower() in kind.suffixes


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("病毒.pdf", samples.EXE, "的内容是程序，不能收；请交 PDF、"),
        ("a.pdf", b"Rar!\x1a\x07\x01\x00" + bytes(64), "的内容是压缩包，不能收"),
        ("a.zip", archive({"a.pdf": samples.pdf()}), "的内容是压缩包，不能收"),
        ("a.docx", archive({"word/document.xml": "<w/>"}), "的内容是压缩包，不能收"),
        ("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg'></svg>", "的内容是SVG 图片，不能收"),
        ("a.pdf", b"<!DOCTYPE html><script>alert(1)</script>", "的内容是网页，不能收"),
        ("a.pdf", b"<script>alert(1)</script>", "不是能收的文件；请交"),
        ("a.jpg", bytes(4) + b"ftypheic" + bytes(64), "的内容是HEIC 照片，不能收"),
        ("a.txt", "只有文字".encode(), "不是能收的文件；请交"),
        ("a.pdf", b"\n\n\n", "不是能收的文件；请交"),
        ("a.pdf", b"", "是空文件"),
        ("a.pdf", docx(), "的内容是Word 文档，扩展名却是 .pdf；请改为 .docx 再传。"),
        (
            "a.docx",
            samples.doc(),
            "的内容是Word 97-2003 或 WPS 文字，扩展名却是 .docx；请改为 .doc 或 .wps 再传。",
        ),
        ("a.pdf.exe", samples.pdf(), "的内容是PDF，扩展名却是 .exe；请改为 .pdf 再传。"),
        ("说明", samples.pdf(), "的名字没有扩展名；内容是PDF，请加上 .pdf 再传。"),
        ("a.pptx", archive({CONTENT_TYPES: samples.content_types(SLIDES_MAIN)}), "的内容是演示文稿，不能收"),
        ("a.ppt", samples.ole({"PowerPoint Document": b"x"}), "的内容是演示文稿，不能收"),
        ("a.xlsb", archive({CONTENT_TYPES: samples.content_types(BINARY_MAIN)}), "是 .xlsb 工作簿，不能收"),
        ("a.msg", samples.ole({"__properties_version1.0": b"x"}), "不是能收的文件"),
        ("a.ofd", samples.ofd(space="http://example.cn/"), "不是能收的文件"),
    ],
)
def test_what_is_something_else_is_told_what_it_is(name: str, data: bytes, sentence: str) -> None:
    assert told(data, name).startswith(sentence)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docm", docx(main=MACRO_MAIN)),
        ("改名.docx", docx(main=MACRO_MAIN)),
        ("藏在里面.docx", docx(**{"word/vbaProject.bin": b"x"})),
        ("另外的名字.docx", docx("application/vnd.ms-office.vbaProject")),
        # Word reads the entity, a search for the word would not.
        ("写成实体.docx", docx("application/vnd.ms-word.document.macro&#69;nabled.12")),
        ("a.docx", docx(**{"xl/macrosheets/sheet1.xml": "<m/>"})),
        ("a.doc", samples.doc(**{"Macros/VBA/dir": b"x"})),
        ("a.xls", samples.xls(SHEET, **{"_VBA_PROJECT_CUR/VBA/dir": b"x"})),
        ("老式宏表.xls", samples.xls(SHEET, MACRO_SHEET)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_macros_are_refused_wherever_they_hide(name: str, data: bytes) -> None:
    assert told(data, name).startswith("带宏，不能收")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.docx", samples.ole({"EncryptedPackage": b"x", "EncryptionInfo": b"x"})),
        ("a.doc", samples.doc(encrypted=True)),
        ("a.xls", samples.xls(PASSWORD, SHEET)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_nobody_else_could_open_is_refused(name: str, data: bytes) -> None:
    assert told(data, name).startswith("加了打开密码")


def _encrypted(data: bytes) -> bytes:
    """With the flag of an encrypted entry in the directory."""
    start = data.index(b"PK\x01\x02")
    return data[: start + 8] + bytes([data[start + 8] | 1]) + data[start + 9 :]


def test_an_encrypted_entry_is_a_password() -> None:
    assert told(_encrypted(docx()), "a.docx").startswith("加了打开密码")


@pytest.mark.parametrize(
    "data",
    [
        docx()[:-40],
        docx()[:60] + bytes(40) + docx()[100:],
        archive({CONTENT_TYPES: "<Types"}),
        archive({CONTENT_TYPES: f"<!DOCTYPE x [<!ENTITY e 'x'>]>{samples.content_types(WORD_MAIN)}"}),
        archive({CONTENT_TYPES: samples.content_types(WORD_MAIN), "[content_types].XML": "<Types/>"}),
        archive({CONTENT_TYPES: samples.content_types(WORD_MAIN)}, zipfile.ZIP_LZMA),
        samples.doc()[:700],
        samples.ole({"Workbook": b"\x09\x08\xff\xff"}),
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(5).randbytes(4000),
    ],
    ids=(
        "cut off",
        "overwritten",
        "not xml",
        "declares",
        "twice",
        "lzma",
        "ole cut off",
        "no end",
        "ole noise",
    ),
)
def test_what_cannot_be_read_is_damaged(data: bytes) -> None:
    name = "a.doc" if data.startswith(b"\xd0") else "a.docx"
    assert told(data, name) == "已损坏，无法打开；请重新保存后再上传。"


def test_a_bomb_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = docx(**{"word/media/image1.png": bytes(8 * 1024 * 1024)})
    assert len(bomb) < 20_000
    opened: list[str] = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda self, entry, *_a: opened.append(entry))
    assert told(bomb, "a.docx").startswith("解压后大得不正常")
    assert opened == []


def test_many_entries_that_inflate_together_are_a_bomb() -> None:
    bomb = docx(**{f"word/media/image{n}.png": bytes(4 * 1024 * 1024) for n in range(8)})
    assert len(bomb) < 100_000
    assert told(bomb, "a.docx").startswith("解压后大得不正常")


def test_a_directory_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    data = docx(a=b"", b=b"")
    monkeypatch.setattr(content, "MAX_ENTRIES", 3)
    monkeypatch.setattr(zipfile, "ZipFile", None)
    assert told(data, "a.docx").startswith("解压后大得不正常")


def test_a_list_of_contents_that_is_too_long_is_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "MAX_PART", 100)
    assert told(docx(), "a.docx").startswith("解压后大得不正常")


def test_signatures_are_counted_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_CHUNK", 3)
    assert content._count(io.BytesIO(b"xxPK\x01\x02xPK\x01\x02P"), b"PK\x01\x02") == 2


@pytest.mark.parametrize(
    ("document", "parts", "traces"),
    [
        ("<w:p><w:r/></w:p>", {}, []),
        ('<w:p><w:del w:id="1"><w:delText>内部意见</w:delText></w:del></w:p>', {}, ["revisions"]),
        ('<w:ins w:id="1"/>', {}, ["revisions"]),
        ("<w:insideH/><w:delText/>", {}, []),
        ("<w:p/>", {"word/comments.xml": '<w:comments><w:comment w:id="0"/></w:comments>'}, ["comments"]),
        ("<w:p/>", {"word/comments.xml": "<w:comments></w:comments>"}, []),
        ("<w:p/>", {"word/header1.xml": '<w:ins w:id="1"/>'}, ["revisions"]),
    ],
)
def test_how_a_document_was_written_is_told(document: str, parts: dict[str, str], traces: list[str]) -> None:
    data = samples.docx(**{"word/document.xml": document, **parts})
    file = io.BytesIO(data)
    assert traces_of(file, kind_of(file, "佐证.docx")) == traces
