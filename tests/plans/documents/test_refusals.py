"""Documents that cannot be read: one clear sentence each, in bounded time."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from tasks.errors import Problems
from tasks.files.values import DOC
from tasks.plans.documents import extraction, pdf
from tasks.plans.documents.extraction import extract
from tests.files.samples import ole
from tests.plans.documents.files import docx, paragraph, table, typeset
from tests.plans.documents.files import pdf as printed
from tests.plans.texts import TEXT

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED = "/Encrypt << /Filter /Standard /V 1 /R 2 /O <{0}> /U <{0}> /P -4 >> /ID [<00> <00>]".format(
    "41" * 32
)
SCAN = [[("3", 280.0, 43.0, 14.0)]] * 3
GOOD = printed(*typeset(TEXT[:3000]))

PROTECTED = ole({"EncryptedPackage": b"x" * 6000, "EncryptionInfo": b"y" * 3000})


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


TYPES = (
    b'<Types xmlns="x"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    b'wordprocessingml.document.main+xml"/></Types>'
)


def excel() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


def with_macros() -> bytes:
    out = io.BytesIO(docx(paragraph("一、总体要求")))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"x")
    return out.getvalue()


def second_plan(title: str) -> str:
    return f"\n{title}\n\n为推动消费品工业发展，制定本方案。\n\n一、总体要求\n\n（一）指导思想。坚持创新。\n\n二、重点任务\n"


CASES = {
    "empty": ("方案.docx", b"", "文件是空的，里面什么都没有。"),
    "blank": ("方案.txt", b"\n \n", "文件里没有文字。"),
    "blank docx": ("方案.docx", docx(paragraph(" ")), "文件里没有文字。"),
    "blank xlsx": ("台账.xlsx", excel(), "文件里没有文字。"),
    "English": ("plan.txt", b"Action plan for industry. " * 50, "文件里几乎没有汉字"),
    "not Chinese letters": ("方案.txt", "経".encode("cp932") * 3 + "ﾃｽﾄ".encode("cp932") * 99, "认不出文件的文字编码"),
    "scanned": ("方案.pdf", printed(*SCAN), "PDF 是扫描件或图片"),
    "password pdf": ("方案.pdf", printed(*typeset("一、总体要求" * 30), trailer=ENCRYPTED), "PDF 加了打开密码"),
    "damaged pdf": ("方案.pdf", b"%PDF-1.7\n" + b"x" * 900, "PDF 已损坏，无法打开"),
    "half a pdf": ("方案.pdf", GOOD[: len(GOOD) // 40], "PDF 已损坏，无法打开"),
    "501 pages": ("方案.pdf", printed(*typeset(*["一、总体要求"] * 501, lines=1)), "文件超过 500 页"),
    "600,001 characters": ("方案.txt", ("总" * 600_001).encode(), "文件超过 500 页"),
    "old Word": ("方案.doc", OLE, "“方案.doc”已损坏，无法打开"),
    "damaged docx": ("方案.docx", docx(paragraph("一、"))[:-60], "“方案.docx”已损坏，无法打开"),
    "empty archive": ("方案.docx", zipped(), "“方案.docx”是空的压缩包，里面没有文档"),
    "bytes of no kind": ("方案.docx", bytes(range(256)) * 9, "“方案.docx”已损坏，无法打开"),
    "password docx": ("方案.docx", PROTECTED, "“方案.docx”加了打开密码，他人无法查看"),
    "no document": ("方案.docx", zipped(**{"[Content_Types].xml": TYPES}), "已损坏"),
    "entities": ("方案.docx", docx("<!DOCTYPE x>"), "Word 文档已损坏"),
    "macros": ("方案.docx", with_macros(), "“方案.docx”带宏，不能收；请另存为不带宏的 .docx"),
    "deep": ("方案.docx", docx("<w:sdt>" * 900 + "</w:sdt>" * 900), "Word 文档已损坏"),
    "bomb": ("方案.docx", docx(paragraph("总" * 6_000_000)), "“方案.docx”解压后大得不正常"),
    "archive": ("方案.zip", zipped(a=b"x"), "这种文件读不了。请上传方案的 .docx、PDF"),
    "wrong extension": ("方案.docx", GOOD, "“方案.docx”的内容是PDF，扩展名却是 .docx；请改为 .pdf 再传。"),
    "text named pdf": ("方案.pdf", TEXT.encode(), "“方案.pdf”的内容是纯文本，扩展名却是 .pdf。"),
    "page named doc": ("方案.doc", b"<html><body><p>x</p></body></html>", "“方案.doc”的内容是网页，扩展名却是 .doc。"),
    "picture": ("方案.png", b"\x89PNG\r\n\x1a\n" + b"0" * 99, "这是图片，里面没有文字。"),
    "rtf": ("方案.rtf", b"{\\rtf1 x}", "这是 RTF 文件"),
    "other": ("方案.csv", TEXT.encode(), "这种文件读不了。"),
    "frames": ("方案.html", b"<html><body></body></html>", "文件里没有文字。"),
    "deep page": ("方案.html", b"<html><body>" + b"<div><b>" * 90_000 + "深，".encode(), "网页已损坏"),
    "two plans": (
        "方案.txt",
        (second_plan("××省制造业行动方案") + second_plan("××省消费品工业实施方案")).encode(),
        "文件里有 2 个方案：《××省制造业行动方案》、《××省消费品工业实施方案》。请分成 2 个文件，一次上传一个。",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_one_sentence_says_why(case: tuple[str, bytes, str]) -> None:
    name, content, words = case
    with pytest.raises(Problems) as caught:
        extract(name, content)
    [problem] = caught.value.problems
    assert problem.field == "document"
    assert words in problem.message


@pytest.mark.parametrize("suffix", [".doc", ".wps"])
def test_old_formats_are_told_how_to_be_saved(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extraction, "kind_of", lambda _file, _name: DOC)
    with pytest.raises(
        Problems, match=rf"^\{suffix} 是旧格式，读不了。请用 Word 或 WPS 打开，选“另存为”，类型选 .docx"
    ):
        extract(f"方案{suffix}", OLE)


def test_a_large_file_is_refused_unread() -> None:
    with pytest.raises(Problems, match="文件超过 20 MB"):
        extract("方案.txt", b"0" * (extraction.MAX_BYTES + 1))


def test_a_pdf_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "_WAIT", 0.001)
    with pytest.raises(Problems, match="PDF 太复杂"):
        extract("方案.pdf", GOOD)


def test_a_crash_of_the_library_is_a_damaged_file(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setattr(pdf, "_PROGRAM", "/nowhere.py")
    with pytest.raises(Problems, match="PDF 已损坏"):
        extract("方案.pdf", GOOD)


@pytest.mark.parametrize(
    "between",
    [
        "\n附件\n\n××省消费品工业实施方案\n\n一、总体要求\n\n二、重点任务\n",
        "\n附件2：\n" + second_plan("××省消费品工业实施方案") + second_plan("××省食品工业实施方案"),
        second_plan("××省制造业行动方案"),  # a table of contents before, or the title again
    ],
)
def test_annexes_and_repeated_titles_are_no_second_plan(between: str) -> None:
    text = second_plan("××省制造业行动方案") + between
    assert extract("方案.txt", text.encode()).text == text


def test_plans_of_a_gazette_differ_in_number() -> None:
    first = "×政〔2024〕1号" + second_plan("××省制造业行动方案") + "\n附件：1.目录\n"
    with pytest.raises(Problems, match="文件里有 2 个方案"):
        extract("公报.txt", (first + "×政〔2024〕2号" + second_plan("××省消费品工业实施方案")).encode())


def test_hostile_tables_take_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = "<w:tc><w:tcPr><w:gridSpan w:val='999'/><w:vMerge/></w:tcPr><w:p><w:r><w:t>甲</w:t></w:r></w:p></w:tc>"
    grid = extract("方案.docx", docx(table(*[[wide] * 9] * 300))).tables[0].grid
    assert {len(row) for row in grid} == {63}


def test_a_page_of_too_many_tags() -> None:
    page = "<html><body>" + "<br>总，" * 400_000 + "</body></html>"
    with pytest.raises(Problems, match="网页太大"):
        extract("方案.html", page.encode())
