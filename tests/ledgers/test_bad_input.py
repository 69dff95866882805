"""What an office may upload by mistake: one clear sentence each, and nothing kept."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tasks.errors import Problems
from tasks.ledgers import actions
from tasks.ledgers.models import Ledger
from tasks.ledgers.queries import Prepared, prepared
from tasks.models import Plan, Version
from tasks.values import Role
from tests import factories as make
from tests.files.samples import ole
from tests.ledgers.books import office_ledger, plain_book

pytestmark = pytest.mark.django_db
PROTECTED = ole({"EncryptedPackage": b"x" * 6000, "EncryptionInfo": b"y" * 3000})
HEADS = ["任务", "牵头单位", "2015年一季度进展", "2015年一季度状态"]


def uploaded(content: bytes, plan: Plan | None = None, name: str = "台账.xlsx") -> Ledger:
    by = make.user(Role.OFFICE, password=None)
    return actions.upload(by=by, plan=plan, upload=SimpleUploadedFile(name, content))


def world(*rows: list[Any]) -> Prepared:
    """The rows against a plan that has the task 建库."""
    plan = make.plan(in_force_from="2015-01-01")
    plan.refresh_from_db()
    make.task(plan, lead=make.agency("省财政厅"), heading="建库")
    return prepared(uploaded(plain_book(HEADS, *rows), plan))


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "台账.xlsx", "文件是空的"),
        (plain_book(), "台账.xlsx", "文件里没有文字"),
        ("任务\t进展".encode(), "台账.txt", "台账请用 Excel"),
        (b"PK\x03\x04 broken", "台账.xlsx", "损坏"),
        (b"%PDF-1.7", "台账.xlsx", "扩展名"),
        (PROTECTED, "台账.xlsx", "加了打开密码"),
        (b"PK\x05\x06" + bytes(18), "台账.xlsx", "空的压缩包"),
    ],
)
def test_what_is_no_ledger_is_refused(content: bytes, name: str, sentence: str) -> None:
    with pytest.raises(Problems, match=sentence) as refused:
        uploaded(content, name=name)
    assert len(refused.value.problems) == 1
    assert not Ledger.objects.exists()


@pytest.mark.full
def test_a_hundred_thousand_rows_are_refused() -> None:
    book = io.BytesIO(plain_book(HEADS, *(["建库", "省财政厅", "完成"] for _n in range(100_000))))
    with pytest.raises(Problems, match="最多 20000 行"):
        uploaded(book.getvalue())


@pytest.mark.full
def test_more_tasks_than_a_ledger_may_have_are_refused() -> None:
    rows = [[f"第{n}项", "省财政厅", "完成"] for n in range(3001)]
    with pytest.raises(Problems, match="台账有 3001 项任务"):
        world(*rows)


def test_a_ledger_without_rows_is_refused() -> None:
    with pytest.raises(Problems, match="表头下面没有任务行"):
        world()


def test_a_ledger_without_a_column_of_tasks_says_what_to_do() -> None:
    row = uploaded(plain_book(["姓名", "电话"], ["张三", "1"]))
    with pytest.raises(Problems, match="请指定一列为任务"):
        prepared(row)


def test_a_formula_without_a_result_is_named_by_its_cell() -> None:
    found = world(["建库", "省财政厅", '="完成"&"1项"', "正常"])
    assert [(p.row, p.column) for p in found.problems] == [(2, 3)]
    assert "公式" in found.problems[0].message
    assert [line.entry.done for line in found.lines] == [""]


@pytest.mark.slow
def test_a_date_where_a_status_should_be_is_named_by_its_cell() -> None:
    found = world(["建库", "省财政厅", "完成1项", 45473])
    assert [(p.row, p.column) for p in found.problems] == [(2, 4)]
    assert [(line.entry.light, line.entry.done) for line in found.lines] == [("", "完成1项")]


def test_text_that_begins_as_a_formula_stays_text() -> None:
    found = world(["建库", "省财政厅", "+完成1项", "正常"])
    assert [line.entry.done for line in found.lines] == ["+完成1项"]


@pytest.mark.slow
def test_too_long_a_text_is_left_out_and_named() -> None:
    found = world(["建库", "省财政厅", "长" * 5000, "正常"])
    assert [(p.row, p.column) for p in found.problems] == [(2, 3)]


@pytest.mark.slow
def test_merged_cells_in_the_rows_are_read_as_one() -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(office_ledger([("建库", "完成"), ("入库", "完成")], year=2015)))
    sheet = book.worksheets[0]
    sheet.merge_cells("C4:C5")
    sheet.merge_cells("K4:K5")
    out = io.BytesIO()
    book.save(out)
    plan = make.plan(in_force_from="2015-01-01")
    plan.refresh_from_db()
    for heading in ("建库", "入库"):
        make.task(plan, lead=make.agency(), heading=heading)
    found = prepared(uploaded(out.getvalue(), plan))
    assert [line.entry.done for line in found.lines] == ["完成", "完成"]
    assert not Version.objects.exists()


@pytest.mark.slow
def test_several_sheets_are_read_one_after_the_other() -> None:
    plan = make.plan(in_force_from="2015-01-01")
    plan.refresh_from_db()
    make.task(plan, lead=make.agency(), heading="建库")
    found = prepared(uploaded(plain_book(HEADS, ["建库", "省财政厅", "完成"], sheets=3), plan))
    assert len(found.lines) == 1
    assert [one.why[:5] for one in found.skipped] == ["与工作表“", "与工作表“"]
