"""Out and in again: what nobody touched stays, what somebody typed arrives, and nothing is ever a formula."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.models import ProblemCategory, State, Submission
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tasks.submissions.workbook.preview import confirmed
from tasks.values import Light
from tasks.workbooks.values import plain
from tests import factories as make
from tests.examples import examples
from tests.submissions.workbook.conftest import HEAD, MAIN, Book, Desk, Q


def keep(desk: Desk, **values: Any) -> Submission:
    """A draft kept through the write path."""
    head = Submission.objects.filter(task=desk.lead, agency=desk.agency).first()
    draft = DraftInput(
        plan_id=desk.plan.pk,
        quarter=Q,
        task_id=desk.lead.pk,
        agency_id=desk.agency.pk,
        revision=head.revision if head else None,
        **values,
    )
    return actions.save_drafts(by=desk.user, drafts=[draft])[0]


def apply(desk: Desk, book: Book) -> list[Submission]:
    """Upload, confirm."""
    preview = desk.examine(book)
    assert preview.problems == []
    return actions.save_drafts(by=desk.user, drafts=confirmed(preview.signed))


@pytest.mark.slow
def test_one_row_for_each_task_owed_with_last_quarter_beside_it(desk: Desk) -> None:
    before = make.version(desk.lead, desk.agency, "2016Q4", "yellow", done="上季办了", next_steps="加快")
    make.accept(before, "red")
    make.figure(before, desk.amount, 12)
    make.figure(before, desk.ratio, parts=(3, 4))
    book = desk.book()
    assert book.main.max_row == HEAD + 2
    assert [
        book.cell(desk.lead.code, name).value for name in ("task", "agency", "duty", "lead", "state")
    ] == [
        desk.lead.heading,
        "牵头局",
        "牵头",
        "牵头局",
        "未填",
    ]
    assert [
        book.cell(desk.lead.code, name).value
        for name in ("last_quarter", "last_light", "last_done", "last_next_steps")
    ] == ["2016Q4", "红 滞后", "上季办了", "加快"]
    assert book.figure(desk.amount.slug, "last").value == "12"
    assert book.figure(desk.ratio.slug, "last").value == "3 ÷ 4"
    assert book.figures.max_row == HEAD + 3 + 2  # two final figures of last year, for the annual report
    assert "年报核定数" in str(book.figure(f"{desk.amount.slug}@2016Q4", "name").value)


@pytest.mark.slow
def test_headings_and_keys_are_protected_and_lights_are_chosen_from_a_list(desk: Desk) -> None:
    book = desk.book()
    assert book.main.protection.sheet
    assert book.figures.protection.sheet
    assert book.main.cell(HEAD, MAIN["light"]).protection.locked
    assert book.cell(desk.lead.code, "code").protection.locked
    assert not book.cell(desk.lead.code, "light").protection.locked
    rules = {str(rule.sqref): rule.formula1 for rule in book.main.data_validations.dataValidation}
    assert rules[f"K{HEAD + 1}:K{HEAD + 2}"] == '"绿 正常,黄 有风险,红 滞后,蓝 已完成"'
    assert '"资金,土地,审批,人才,技术,市场,其他"' in rules.values()
    assert book.book["_qhplan"].sheet_state == "veryHidden"
    assert "严禁填报涉密信息" in book.book["说明"]["A1"].value


@pytest.mark.slow
def test_a_round_trip_without_edits_changes_nothing(desk: Desk) -> None:
    keep(
        desk,
        light="yellow",
        progress=12,
        done="第一行\r\n第二行",
        problems=[{"category": "money", "text": "缺钱"}] * 5,
        coordination="=1+1",
        next_steps="@加快",
        figures={
            desk.amount.slug: {"value": "1,200.50", "reason": "核减"},
            desk.ratio.slug: {"numerator": "约三", "denominator": "4"},
        },
    )
    for data in (desk.download(), desk.book().data()):
        preview = desk.examine(data)
        assert (preview.changes, preview.problems, preview.same, preview.signed) == ([], [], 2, "")


@pytest.mark.slow
def test_a_row_that_only_looks_changed_is_left_out(desk: Desk) -> None:
    """Typed again the same, or typed another way."""
    head = keep(desk, light="green", done="办成", figures={desk.amount.slug: {"value": "1,200"}})
    book = desk.book().fill(desk.lead.code, light=" green ", done="办成\n")
    book.figure(desk.amount.slug, "value").value = "1200.0"
    preview = desk.examine(book)
    assert (preview.changes, preview.problems, preview.same) == ([], [], 2)
    head.refresh_from_db()
    assert head.revision == 1


@pytest.mark.slow
def test_what_was_typed_arrives_on_the_draft(desk: Desk) -> None:
    book = desk.book().fill(
        desk.lead.code,
        light="黄 有风险",
        progress=40,
        done="办成两件事\n第二件",
        problem_category_1="资金",
        problem_text_1="缺三百万",
        problem_category_3="land",
        problem_text_3="没批",
        coordination="请省里协调",
        next_steps="追",
    )
    book.fill(desk.shared.code, no_progress="是", no_progress_reason="停工")
    book.figure(desk.amount.slug, "value").value = 12.5
    book.figure(desk.ratio.slug, "numerator").value = 3
    book.figure(desk.ratio.slug, "denominator").value = "１，０００"
    heads = apply(desk, book)
    lead = next(head for head in heads if head.task_id == desk.lead.pk)
    assert (lead.light, lead.progress, lead.done) == ("yellow", 40, "办成两件事\n第二件")
    assert lead.problems == [
        {"category": "money", "text": "缺三百万"},
        {"category": "land", "text": "没批"},
    ]
    assert (lead.coordination, lead.next_steps, lead.state) == ("请省里协调", "追", State.DRAFT)
    assert lead.figures == {
        desk.amount.slug: {"value": "12.5"},
        desk.ratio.slug: {"numerator": "3", "denominator": "１，０００"},
    }
    shared = next(head for head in heads if head.task_id == desk.shared.pk)
    assert (shared.no_progress, shared.no_progress_reason, shared.duty) == (True, "停工", "co")


@pytest.mark.slow
def test_the_preview_says_cell_by_cell_what_will_change(desk: Desk) -> None:
    keep(desk, light="green", done="旧话", progress=10, figures={desk.amount.slug: {"value": "1"}})
    book = desk.book().fill(desk.lead.code, light="红 滞后", progress=None, done="新话")
    book.figure(desk.amount.slug, "value").value = 2
    (change,) = desk.examine(book).changes
    assert [(field.label, field.before, field.after, field.place) for field in change.fields] == [
        ("自评灯", "绿 正常", "红 滞后", "填报 K5"),
        ("自评进度", "10%", "", "填报 L5"),
        ("本季进展", "旧话", "新话", "填报 M5"),
        (f"数据 {desk.amount.slug} 数值", "1", "2", "数据 I5"),
    ]
    assert (change.is_new, change.row) == (False, 5)


@pytest.mark.slow
def test_rows_may_be_sorted_and_are_known_by_their_number(desk: Desk) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常").fill(desk.shared.code, light="红 滞后")
    first, second = (
        [book.main.cell(row, column).value for column in range(1, len(MAIN) + 1)]
        for row in (HEAD + 1, HEAD + 2)
    )
    for row, values in ((HEAD + 1, second), (HEAD + 2, first)):
        for column, value in enumerate(values, 1):
            book.main.cell(row, column).value = value
    assert {head.task_id: head.light for head in apply(desk, book)} == {
        desk.lead.pk: "green",
        desk.shared.pk: "red",
    }


def as_excel_saves(data: bytes) -> bytes:
    """The same workbook with its texts shared, as Excel and WPS write them."""
    shared: list[bytes] = []

    def share(match: re.Match[bytes]) -> bytes:
        shared.append(match[2])
        return b'<c %st="s"><v>%d</v></c>' % (match[1], len(shared) - 1)

    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = re.sub(
                    rb'<c ([^>]*)t="inlineStr"><is>(.*?)</is></c>', share, content, flags=re.DOTALL
                )
                content = re.sub(rb'(<row r="\d+")', rb'\1 spans="1:30" x14ac:dyDescent="0.25"', content)
                content = content.replace(
                    b"<worksheet ", b'<worksheet xmlns:x14ac="http://schemas.microsoft.com/x14ac" ', 1
                )
                content = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n' + content
            if name == "xl/_rels/workbook.xml.rels":
                link = (
                    b'<Relationship Id="rId99" Target="sharedStrings.xml" Type="http://schemas.openxmlformats'
                    b'.org/officeDocument/2006/relationships/sharedStrings"/></Relationships>'
                )
                content = content.replace(b"</Relationships>", link)
            if name != "xl/sharedStrings.xml":
                new.writestr(name, content)
        items = b"".join(b"<si>%s</si>" % text for text in shared)
        space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        new.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (space, items))
    return out.getvalue()


@pytest.mark.slow
def test_a_workbook_is_the_same_however_its_texts_are_stored(desk: Desk) -> None:
    keep(desk, light="yellow", done="第一行\n  第二行", next_steps="=加快", progress=3)
    data = as_excel_saves(desk.download())
    assert b"inlineStr" not in zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
    preview = desk.examine(data)
    assert (preview.changes, preview.problems, preview.same) == ([], [], 2)
    book = desk.book().fill(desk.shared.code, light="绿 正常", done="办成\n了")
    (change,) = desk.examine(as_excel_saves(book.data())).changes
    assert (change.value.light, change.value.done) == ("green", "办成\n了")


@pytest.mark.slow
def test_a_column_may_be_moved_and_an_empty_row_put_between(desk: Desk) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常")
    book.main.insert_rows(HEAD + 1)
    book.main.insert_cols(3)
    assert [change.value.light for change in desk.examine(book).changes] == ["green"]


@pytest.mark.slow
def test_a_missing_row_is_said_and_changes_nothing(desk: Desk) -> None:
    keep(desk, light="green")
    book = desk.book().fill(desk.shared.code, light="绿 正常")
    book.main.delete_rows(book.row(desk.lead.code))
    preview = desk.examine(book)
    assert preview.missing == [desk.lead.code]
    assert [change.task for change in preview.changes] == [desk.shared]


@pytest.mark.slow
def test_a_missing_figure_row_leaves_the_figure(desk: Desk) -> None:
    keep(desk, figures={desk.amount.slug: {"value": "7"}})
    book = desk.book().fill(desk.lead.code, light="绿 正常")
    book.figures.delete_rows(book.figure_row(desk.amount.slug))
    (head,) = apply(desk, book)
    assert head.figures == {desk.amount.slug: {"value": "7"}}


@pytest.mark.slow
def test_a_draft_saved_meanwhile_is_told_on_its_row_only_if_the_row_was_touched(desk: Desk) -> None:
    keep(desk, done="下载时")
    untouched = desk.book().fill(desk.shared.code, light="绿 正常")
    touched = desk.book().fill(desk.lead.code, done="表里改的")
    keep(desk, done="网上改的")
    preview = desk.examine(untouched)
    assert ([change.task for change in preview.changes], preview.problems) == ([desk.shared], [])
    (problem,) = desk.examine(touched).problems
    assert problem.place == f"填报 A{touched.row(desk.lead.code)}"
    assert f"{desk.user}于 04-03 09:00 保存过这份草稿" in problem.message
    assert desk.examine(touched).signed == ""


@pytest.mark.slow
def test_a_draft_begun_meanwhile_is_told(desk: Desk) -> None:
    book = desk.book().fill(desk.lead.code, done="表里写的")
    keep(desk, done="网上写的")
    (problem,) = desk.examine(book).problems
    assert "保存过这份草稿" in problem.message


@pytest.mark.slow
def test_a_submitted_return_is_locked_and_a_change_to_it_is_told(desk: Desk) -> None:
    make.version(desk.lead, desk.agency, Q)
    book = desk.book()
    assert book.cell(desk.lead.code, "done").protection.locked
    assert desk.examine(book).problems == []
    (problem,) = desk.examine(book.fill(desk.lead.code, done="改")).problems
    assert "现在是“已提交”" in problem.message


@pytest.mark.slow
def test_a_duty_that_ended_meanwhile_is_told(desk: Desk) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常")
    held = desk.lead.responsibilities.get(agency=desk.agency)
    held.known = make.known(None, "2017-04-02")
    held.save()
    (problem,) = desk.examine(book).problems
    assert "不再承担这项任务" in problem.message


@pytest.mark.slow
def test_more_problems_than_usual_have_their_columns(desk: Desk) -> None:
    problems = [{"category": "other", "text": f"问题{n}"} for n in range(20)]
    keep(desk, problems=problems, light="red")
    book = desk.book()
    heads = [cell.value for cell in book.main[HEAD]]
    assert "问题20" in heads
    assert "问题21" not in heads
    book.fill(desk.lead.code, light="绿 正常")
    (change,) = desk.examine(book).changes
    assert [item["text"] for item in change.value.problems] == [item["text"] for item in problems]


def _texts() -> st.SearchStrategy[str]:
    risky = st.sampled_from(
        ["=1+1", "+1", "-1", "@x", "\t=1", "'0", "0012", "1E5", "TRUE", "2017-03-01", "12%"]
    )
    free = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
    return risky | free


@pytest.mark.slow
@examples(25)
@given(
    done=_texts(),
    coordination=_texts(),
    problem=_texts(),
    light=st.sampled_from(["", *Light.values]),
    category=st.sampled_from(ProblemCategory.values),
    progress=st.none() | st.integers(0, 100),
    value=st.sampled_from(["", "0", "1.5", "-3", "1,200", "约十二", "99999999999999.9999", "１２"])
    | _texts(),
)
def test_whatever_a_draft_says_comes_back_unchanged(
    desk: Desk, value: str, problem: str, category: str, **values: Any
) -> None:
    """And no cell is a formula."""
    kept = {
        name: text.replace("\x00", "") if isinstance(text, str) else text for name, text in values.items()
    }
    head = Submission.objects.filter(task=desk.lead, agency=desk.agency).first() or keep(desk)
    for name, text in kept.items():
        setattr(head, name, text)
    head.problems = [{"category": category, "text": problem.replace("\x00", "")}]
    head.figures = {desk.amount.slug: {"value": value.replace("\x00", "")}}
    head.save()
    data = desk.download()
    preview = desk.examine(data)
    assert (preview.changes, preview.problems, preview.same) == ([], [], 2)
    sheet = openpyxl.load_workbook(io.BytesIO(data))["填报"]
    assert all(cell.data_type != "f" for cell in cells(sheet))
    assert plain(sheet.cell(HEAD + 1, MAIN["coordination"]).value) == plain(kept["coordination"])


def cells(sheet: Any) -> Iterator[Any]:
    for row in sheet.iter_rows():
        yield from row
