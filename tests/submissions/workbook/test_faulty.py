"""Bad workbooks: each is survived, and told in one clear word where to look. Nothing is written by a preview."""

import datetime
import io
import random
import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import openpyxl
import pytest

from qhplan import clock
from tasks.models import Submission
from tasks.submissions.workbook.build import build
from tasks.submissions.workbook.rows import all_rows, own_rows
from tasks.values import Period, Role
from tasks.workbooks import upload_check
from tasks.workbooks.values import MAX_ROWS, Refused
from tests import factories as make
from tests.submissions.workbook.conftest import HEAD, MAIN, Desk

pytestmark = pytest.mark.slow

Told = Callable[..., list[tuple[str, str]]]


def refused(desk: Desk, data: bytes, name: str = "表.xlsx") -> str:
    """The sentence that the file as a whole is refused with."""
    with pytest.raises(Refused) as caught:
        desk.examine(data, name)
    assert not Submission.objects.exists()
    return str(caught.value)


def rewritten(
    data: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None
) -> bytes:
    """The same package with parts changed, dropped (None) or added."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = change(name, old.read(name))
            if content is not None:
                new.writestr(name, content)
        for name, content in (extra or {}).items():
            new.writestr(name, content)
    return out.getvalue()


def same(_name: str, content: bytes) -> bytes:
    return content


def in_main(before: bytes, after: bytes) -> Callable[[str, bytes], bytes]:
    """Replace something on the main sheet, once."""

    def change(name: str, content: bytes) -> bytes:
        if name == "xl/worksheets/sheet1.xml":
            assert before in content
            return content.replace(before, after, 1)
        return content

    return change


# -- not the file that is expected --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "表.xlsx", "文件是空的。"),
        (b"a,b,c\n1,2,3", "表.xlsx", "这不是 Excel 工作簿"),
        (b"%PDF-1.7", "表.xlsx", "这不是 Excel 工作簿"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "表.xlsx", "这是旧版 .xls 或 WPS .et 文件"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "表.xlsx",
            "文件加了打开密码",
        ),
        (b"PK\x03\x04" + b"\x00" * 100, "表.xlsx", "文件已损坏"),
        (b"PK\x03\x04", "表.xlsm", "文件带宏"),
        (b"x" * (upload_check.MAX_BYTES + 1), "表.xlsx", "文件超过 10 MB"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(desk: Desk, data: bytes, name: str, says: str) -> None:
    assert says in refused(desk, data, name)


def test_a_truncated_workbook_is_refused(desk: Desk) -> None:
    data = desk.download()
    assert "文件已损坏" in refused(desk, data[: len(data) // 2])


def test_damaged_bytes_are_refused(desk: Desk) -> None:
    """Wherever they are: never anything but a sentence."""
    data = desk.download()
    for at in range(40, len(data) - 4, len(data) // 40):
        broken = data[:at] + bytes(byte ^ 0x5A for byte in data[at : at + 4]) + data[at + 4 :]
        with suppress(Refused):
            desk.examine(broken)


@pytest.mark.full
def test_mangled_parts_are_refused_or_read(desk: Desk) -> None:
    """Well packed, badly written: never anything but a sentence."""
    chance = random.Random(7)
    words = [b"<c ", b"</c>", b't="s"', b"99999999999", b"]]>", b'"', b"<", b"\xff", b"<si>", b's="9999"']
    data = desk.download()
    names = [name for name in zipfile.ZipFile(io.BytesIO(data)).namelist() if "theme" not in name]
    for _round in range(150):
        part = chance.choice(names)

        def mangle(name: str, content: bytes, part: str = part) -> bytes:
            if name != part:
                return content
            at = chance.randrange(len(content))
            return content[:at] + chance.choice(words) + content[at + chance.randint(0, 9) :]

        with suppress(Refused):
            desk.examine(rewritten(data, mangle))


def test_another_zip_is_refused(desk: Desk) -> None:
    assert "这不是 Excel 工作簿" in refused(
        desk, rewritten(b"PK\x05\x06" + b"\x00" * 18, same, {"word/document.xml": b"<a/>"})
    )


def test_somebody_elses_workbook_is_refused(desk: Desk) -> None:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    assert "这不是从本系统下载的表" in refused(desk, out.getvalue())


def test_a_macro_file_is_refused_whatever_its_name(desk: Desk) -> None:
    data = rewritten(desk.download(), same, {"xl/vbaProject.bin": b"macro"})
    assert "文件带宏" in refused(desk, data)
    typed = rewritten(
        desk.download(),
        lambda name, content: (
            content.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
            if name == "[Content_Types].xml"
            else content
        ),
    )
    assert "文件带宏" in refused(desk, typed)


def test_a_binary_workbook_is_refused(desk: Desk) -> None:
    assert "这是 .xlsb 文件" in refused(desk, rewritten(desk.download(), same, {"xl/workbook.bin": b""}))


def test_external_links_are_refused(desk: Desk) -> None:
    data = rewritten(desk.download(), same, {"xl/externalLinks/externalLink1.xml": b"<externalLink/>"})
    assert "外部链接" in refused(desk, data)


def test_an_encrypted_entry_is_refused(desk: Desk) -> None:
    data = bytearray(desk.download())
    at = data.index(b"PK\x01\x02")
    struct.pack_into("<H", data, at + 8, 1)
    assert "文件加了打开密码" in refused(desk, bytes(data))


# -- attacks ------------------------------------------------------------------------------------------------


def test_a_zip_bomb_is_refused_by_its_directory(desk: Desk) -> None:
    data = rewritten(desk.download(), same, {"xl/media/bomb.xml": b"\x00" * (20 * 1024 * 1024)})
    assert "解压后大得不正常" in refused(desk, data)


def test_a_zip_bomb_that_lies_about_its_size_is_not_inflated(desk: Desk) -> None:
    """The directory says ten bytes; the reader must never see the rest."""
    bomb = b"A" * (60 * 1024 * 1024)
    data = bytearray(rewritten(desk.download(), same, {"xl/worksheets/sheet9.xml": bomb}))
    for magic, offset in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = 0
        while (at := data.find(magic, at)) >= 0:
            if struct.unpack_from("<I", data, at + offset)[0] == len(bomb):
                struct.pack_into("<I", data, at + offset, 10)
            at += 4
    with suppress(Refused):
        assert desk.examine(bytes(data)).changes == []


def test_too_many_entries_are_refused(desk: Desk) -> None:
    data = rewritten(desk.download(), same, {f"x{n}": b"" for n in range(upload_check.MAX_ENTRIES)})
    assert "解压后大得不正常" in refused(desk, data)


def test_entities_are_refused(desk: Desk) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">]><x>&a;</x>'
    for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/sharedStrings.xml"):
        data = rewritten(
            desk.download(), lambda name, content, part=part: laughs if name == part else content
        )
        if part == "xl/sharedStrings.xml":
            data = rewritten(
                desk.download(), lambda n, c: None if n.endswith("gs.xml") else c, {part: laughs}
            )
        assert "另存为 .xlsx" in refused(desk, data)


@pytest.mark.parametrize("address", ["XFD1048576", "A1048576", f"A{MAX_ROWS + 1}"])
def test_a_cell_in_the_last_corner_is_refused_before_it_is_laid_out(desk: Desk, address: str) -> None:
    data = rewritten(
        desk.download(),
        in_main(
            b"</sheetData>", f'<row r="9"><c r="{address}" t="n"><v>1</v></c></row></sheetData>'.encode()
        ),
    )
    assert "还有内容，最多 20000 行" in refused(desk, data)


def test_cells_far_to_the_right_are_refused(desk: Desk) -> None:
    book = desk.book()
    book.main["XFD5"] = 1
    assert "右边还有不属于本表的内容（XFD5）" in refused(desk, book.data())


@pytest.mark.parametrize(
    "cell",
    ["<x:c r='XFD1'/>", "<c r='XFD1048576'/>", '<c\nr="XFD1"/>', '<c r="&#88;FD1"/>', '<c z="" r="XFD1"/>'],
)
def test_a_cell_written_as_no_program_writes_it_is_refused(desk: Desk, cell: str) -> None:
    data = rewritten(desk.download(), in_main(b"</sheetData>", f"{cell}</sheetData>".encode()))
    assert "另存为 .xlsx" in refused(desk, data)


def test_a_hundred_thousand_rows_are_refused(desk: Desk) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="n"><v>1</v></c></row>' for n in range(10, 100_010))
    data = rewritten(desk.download(), in_main(b"</sheetData>", f"{rows}</sheetData>".encode()))
    assert "最多 20000 行，请删去多余的行" in refused(desk, data)


def test_a_workbook_with_an_endless_style_sheet_is_refused(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_check, "MAX_TREE", 1000)
    assert "解压后大得不正常" in refused(desk, desk.download())


def test_one_long_text_used_by_many_cells_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_check, "MAX_TEXT", 100_000)
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(50, 150))
    shared = b"<sst><si><t>" + b"x" * 2000 + b"</t></si></sst>"
    data = rewritten(
        desk.download(),
        lambda name, content: (
            content.replace(b"</sheetData>", cells.encode() + b"</sheetData>")
            if name == "xl/worksheets/sheet1.xml"
            else None
            if name == "xl/sharedStrings.xml"
            else content
        ),
        {"xl/sharedStrings.xml": shared},
    )
    assert "文字太多" in refused(desk, data)


# -- the wrong workbook of ours -----------------------------------------------------------------------------


def test_another_quarter_is_refused_by_name(desk: Desk) -> None:
    says = refused(desk, desk.download(Period(2016, 4)))
    assert "这是2016年第四季度的填报表，您正在填2017年第一季度" in says


def test_another_plan_and_another_body_are_refused(desk: Desk) -> None:
    about: dict[str, Any] = {
        "plan_title": desk.plan.title,
        "quarter": Period(2017, 1),
        "agency_name": "别的局",
        "rows": own_rows(desk.plan, Period(2017, 1), desk.other.pk),
    }
    theirs = build(plan_slug=desk.plan.slug, agency_slug=desk.other.slug, **about)
    assert "这是别的局的填报表，您只能上传本单位的。" in refused(desk, theirs)
    elsewhere = build(plan_slug="another", agency_slug=desk.agency.slug, **about)
    assert "这是另一个方案的填报表" in refused(desk, elsewhere)


def test_the_offices_workbook_is_to_be_read_only(desk: Desk) -> None:
    office = make.user(Role.OFFICE, password=None)
    data = build(
        plan_slug=desk.plan.slug,
        plan_title="",
        quarter=Period(2017, 1),
        agency_slug="",
        agency_name="",
        rows=all_rows(desk.plan, Period(2017, 1), office),
    )
    assert "这是各单位总表，只供查阅" in refused(desk, data)


def test_another_template_is_refused(desk: Desk) -> None:
    book = desk.book()
    hidden = book.book["_qhplan"]
    line = next(row for row in hidden.iter_rows() if row[0].value == "template")
    line[1].value = "0"
    assert "旧版模板" in refused(desk, book.data())


@pytest.mark.parametrize("name", ["agency", "row", "signature"])
def test_a_changed_hidden_sheet_is_refused(desk: Desk, name: str) -> None:
    book = desk.book()
    line = next(row for row in book.book["_qhplan"].iter_rows() if row[0].value == name)
    line[3 if name == "row" else 1].value = "7"
    assert "隐藏页被改动过" in refused(desk, book.data())


def test_a_renamed_sheet_and_a_lost_heading_are_refused(desk: Desk) -> None:
    book = desk.book()
    book.main.title = "我的"
    assert "找不到工作表“填报”" in refused(desk, book.data())
    book = desk.book()
    book.main.cell(HEAD, MAIN["done"]).value = "干了啥"
    assert "缺少列：本季进展" in refused(desk, book.data())
    book = desk.book()
    book.main.cell(HEAD, 1).value = "号"
    assert "找不到标题行" in refused(desk, book.data())


def test_a_quarter_that_is_closed_or_not_open_is_refused(desk: Desk) -> None:
    data = desk.download()
    with clock.at(make.moment("2017-06-01")):
        assert "填报已于 04-30 17:00 截止" in refused(desk, data)
    desk.cycle.delete()
    assert "尚未开启填报" in refused(desk, data)


# -- faults of single cells ---------------------------------------------------------------------------------


@pytest.mark.few(5)
@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("light", "橙", "“橙”不是状态灯，请从下拉框选绿、黄、红、蓝之一。"),
        ("progress", "大约一半", "“大约一半”不是数。自评进度请填 0 到 100 之间的整数。"),
        ("progress", 101, "自评进度请填 0 到 100 之间的整数。"),
        ("progress", -1, "自评进度请填 0 到 100 之间的整数。"),
        ("progress", 12.5, "自评进度请填 0 到 100 之间的整数。"),
        ("progress", 0.125, "自评进度请填 0 到 100 之间的整数。"),
        ("progress", True, "自评进度请填 0 到 100 之间的整数。"),
        ("progress", datetime.date(2017, 1, 12), "这里要填数，却是日期。请把单元格改成常规格式再填。"),
        ("done", True, "这里要填文字，却是 TRUE 或 FALSE。"),
        ("done", "字" * 5001, "有 5001 字，最多 5000 字，请删减。"),
        ("done", "=1+1", "单元格是公式。请粘贴为数值：公式算出的数我们不认。"),
        ("no_progress", "也许", "“也许”无法识别，请填“是”，或留空。"),
        ("problem_text_1", "没有类别", "请为每个问题选一个类别。"),
        ("problem_category_1", "天气", "“天气”不是问题类别，请从下拉框选。"),
        ("problem_text_2", "字" * 5001, None),
    ],
)
def test_a_faulty_cell_is_named(desk: Desk, problems: Told, field: str, value: Any, says: str | None) -> None:
    book = desk.book().fill(desk.lead.code, **{field: value})
    told = problems(book)
    named = "problem_category_1" if field == "problem_text_1" else field
    place = f"填报 {book.cell(desk.lead.code, named).coordinate}"
    if says is None:  # both the text and the category that is not there
        assert {message for _place, message in told} == {
            "有 5001 字，最多 5000 字，请删减。",
            "请为每个问题选一个类别。",
        }
    else:
        assert told == [(place, says)]
    assert desk.examine(book).signed == ""


@pytest.mark.few(5)
@pytest.mark.parametrize(
    ("value", "number_format", "means"),
    [
        (12, "General", 12),
        ("12", "@", 12),
        ("12%", "@", 12),
        ("１２％", "@", 12),
        (" 12 % ", "@", 12),
        (0.12, "0%", 12),
        (0.12, "General", 12),
        (0.29, "0.00%", 29),
        (1, "0%", 100),
        (1, "General", 1),
        (1, '0"%"', 1),  # shown as 1% and stored as 1: a quoted sign multiplies nothing
        (0, "General", 0),
        (100, "General", 100),
        ("100%", "@", 100),
        ("", "General", None),
    ],
)
def test_a_percentage_is_understood_however_it_is_typed(
    desk: Desk, value: Any, number_format: str, means: int | None
) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常", progress=value)
    book.cell(desk.lead.code, "progress").number_format = number_format
    preview = desk.examine(book)
    assert preview.problems == []
    assert preview.changes[0].value.progress == means
    assert [note.message for note in preview.notes] == (
        ["0.12 读作 12%。"] if (value, number_format) == (0.12, "General") else []
    )


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("part", "value", "says"),
    [
        ("value", "约十二", "“约十二”不是数，请只填数字，小数最多 4 位。"),
        ("value", "12%", "不要填百分比，请分别填分子和分母，或去掉百分号。"),
        ("value", datetime.datetime(2017, 3, 1), "这里要填数，却是日期。请把单元格改成常规格式再填。"),
        ("value", datetime.time(3, 4), "这里要填数，却是日期。请把单元格改成常规格式再填。"),
        ("value", 0.123456, "“0.123456”不是数，请只填数字，小数最多 4 位。"),
        ("value", "=SUM(A1:A3)", "单元格是公式。请粘贴为数值：公式算出的数我们不认。"),
        ("numerator", 3, "这个指标不是比率，请填在“本季数值”里。"),
        ("reason", "字" * 5001, "有 5001 字，最多 5000 字，请删减。"),
    ],
)
def test_a_faulty_figure_is_named(desk: Desk, problems: Told, part: str, value: Any, says: str) -> None:
    book = desk.book()
    cell = book.figure(desk.amount.slug, part)
    cell.value = value
    assert problems(book) == [(f"数据 {cell.coordinate}", says)]


@pytest.mark.full
def test_a_figure_shown_as_a_percentage_is_refused(desk: Desk, problems: Told) -> None:
    book = desk.book()
    cell = book.figure(desk.amount.slug, "value")
    cell.value, cell.number_format = 0.12, "0%"
    assert problems(book) == [(f"数据 {cell.coordinate}", "不要填百分比，请分别填分子和分母，或去掉百分号。")]


def test_a_ratio_is_filed_in_its_parts(desk: Desk, problems: Told) -> None:
    book = desk.book()
    cell = book.figure(desk.ratio.slug, "value")
    cell.value = 0.5
    assert problems(book) == [(f"数据 {cell.coordinate}", "这个指标是比率，请分别填分子和分母。")]


def test_an_error_value_is_named(desk: Desk, problems: Told) -> None:
    book = desk.book()
    cell = book.cell(desk.lead.code, "progress")
    cell.value, cell.data_type = "#N/A", "e"
    assert problems(book) == [(f"填报 {cell.coordinate}", "单元格是错误值，请改成数或文字。")]


def test_merged_cells_are_named_but_not_in_the_title(desk: Desk, problems: Told) -> None:
    book = desk.book()
    book.main.merge_cells("A1:F1")
    assert problems(book) == []
    book.main.merge_cells("M5:M6")
    assert problems(book) == [("填报 M5", "单元格被合并了，看不出内容属于哪一行，请取消合并。")]


def test_rows_of_another_body_are_named(desk: Desk, problems: Told) -> None:
    strange = make.task(desk.plan, lead=desk.other)
    book = desk.book()
    end = book.main.max_row + 1
    book.main.cell(end, 1).value = strange.code
    assert problems(book) == [
        (
            f"填报 A{end}",
            f"编号“{strange.code}”不在本单位这张表里：是别的单位的行，或编号被改动。",
        )
    ]
    book = desk.book().fill(desk.shared.code, agency="别的局", light="绿 正常")
    assert problems(book) == [
        (f"填报 C{book.row(desk.shared.code)}", "这一行是别的局的，不能在本单位的表里填。")
    ]


def test_a_row_without_a_number_or_twice_is_named(desk: Desk, problems: Told) -> None:
    book = desk.book()
    end = book.main.max_row + 1
    book.main.cell(end, MAIN["done"]).value = "写了没编号"
    assert problems(book) == [(f"填报 A{end}", "这一行没有编号，不知道是哪项任务。")]
    book = desk.book()
    book.main.cell(end, 1).value = desk.lead.code
    assert problems(book) == [
        (f"填报 A{end}", f"编号“{desk.lead.code}”在第 5 行已经有了，一项任务只能一行。")
    ]


def test_figures_of_another_task_are_named(desk: Desk, problems: Told) -> None:
    book = desk.book()
    end = book.figures.max_row + 1
    for column, value in ((1, desk.lead.code), (2, "made-up"), (9, 3)):
        book.figures.cell(end, column).value = value
    assert problems(book) == [
        (f"数据 A{end}", f"本单位的这张表里没有编号“{desk.lead.code}”的指标“made-up”。")
    ]


def test_formulas_beside_the_table_or_on_another_sheet_are_nobodys_business(
    desk: Desk, problems: Told
) -> None:
    book = desk.book()
    book.main.cell(5, len(MAIN) + 3).value = "=1+1"
    book.book.create_sheet("我的草稿")["A1"] = "=1+1"
    assert problems(book) == []


def test_all_faults_are_told_at_once_in_the_order_of_the_sheet(desk: Desk, problems: Told) -> None:
    book = desk.book().fill(desk.lead.code, light="橙", progress="半").fill(desk.shared.code, progress=200)
    assert [place for place, _message in problems(book)] == ["填报 K5", "填报 L5", "填报 L6"]
