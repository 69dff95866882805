"""The workbook of a work plan: out and in again, rows added, sorted, copied and left out; bad ones survived."""

import io
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks.models import WorkPlanDraft
from tasks.submissions.workbook.build import build as build_returns
from tasks.values import Period, Role
from tasks.workbooks.values import Refused
from tasks.workplans import actions
from tasks.workplans.queries import draft_contents, held
from tasks.workplans.workbook.build import build
from tasks.workplans.workbook.preview import Preview, confirmed, examine, revisions
from tasks.workplans.workbook.values import MEASURE, columns, fingerprint
from tests import factories as make
from tests.workplans.conftest import WHOLE, Y2017, World, measure, node

HEAD = 4
AT = {column.field: number for number, column in enumerate(columns(), 1)}


class Book:
    """A workbook on somebody's desk."""

    def __init__(self, world: World, period: Any = WHOLE) -> None:
        self.world, self.period = world, period
        head = world.plan.work_plans.filter(agency=world.lead, year=period.year).first()
        tasks = held(world.plan, period, [world.lead.pk])[world.lead.pk].values()
        data = build(
            plan_slug=world.plan.slug,
            plan_title=world.plan.title,
            period=period,
            agency_slug=world.lead.slug,
            agency_name="牵头局",
            contents=draft_contents(head, tasks, period),
            revisions=revisions(head),
        )
        self.book = openpyxl.load_workbook(io.BytesIO(data))
        self.sheet: Any = self.book["方案"]

    def cell(self, row: int, field: str) -> Any:
        return self.sheet.cell(row, AT[field])

    def rows(self) -> list[tuple[Any, ...]]:
        """(code, measure, node, due) of every row with a code."""
        names = ("code", "measure", "node", "due")
        found = [
            tuple(self.cell(row, name).value for name in names)
            for row in range(HEAD + 1, self.sheet.max_row + 1)
        ]
        return [row for row in found if row[0]]

    def fill(self, row: int, **values: Any) -> "Book":
        for field, value in values.items():
            self.cell(row, field).value = value
        return self

    @property
    def end(self) -> int:
        """The first free row."""
        return HEAD + 1 + len(self.rows())

    def data(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()

    def examine(self) -> Preview:
        return examine(
            by=self.world.reporter, plan=self.world.plan, period=self.period, data=self.data(), name="表.xlsx"
        )

    def apply(self) -> None:
        preview = self.examine()
        assert preview.problems == []
        shown = confirmed(preview.signed)
        actions.save_sections(
            by=self.world.reporter,
            plan=self.world.plan,
            agency_id=shown.agency_id,
            period=shown.period,
            sections=shown.sections,
        )

    def problems(self) -> list[tuple[str, str]]:
        return [(problem.place, problem.message) for problem in self.examine().problems]


@pytest.fixture
def written(world: World) -> World:
    """Two measures with three milestones on the first task; the second was not begun."""
    world.save(
        world.first,
        measure(node("甲", "2017-06-30", "文件"), node("乙", "2017-12-31"), text="建平台"),
        measure(node("丙", "2018-06-30"), text="办培训", division="科技处"),
        measure(text="再说"),
    )
    return world


def said(world: World) -> list[tuple[str, list[tuple[str, str]]]]:
    draft = WorkPlanDraft.objects.get(task=world.first)
    return [(m["text"], [(n["text"], n["due"]) for n in m["milestones"]]) for m in draft.measures]


# -- out and in again ---------------------------------------------------------------------------------------


def test_a_row_for_each_milestone_and_one_for_what_has_none(written: World) -> None:
    first, second = written.first.code, written.second.code
    assert Book(written).rows() == [
        (first, "建平台", "甲", "2017-06-30"),
        (first, "建平台", "乙", "2017-12-31"),
        (first, "办培训", "丙", "2018-06-30"),
        (first, "再说", None, None),
        (second, None, None, None),
    ]


@pytest.mark.slow
def test_a_round_trip_without_edits_changes_nothing(written: World) -> None:
    preview = Book(written).examine()
    assert (preview.changes, preview.same, preview.signed, preview.problems) == ([], 2, "", [])


def test_a_round_trip_of_what_is_not_finished_is_not_complained_about(world: World) -> None:
    world.save(world.first, measure(node("甲", "尽快"), text=""))
    preview = Book(world).examine()
    assert (preview.changes, preview.same, preview.problems) == ([], 2, [])


@pytest.mark.slow
def test_an_empty_work_plan_is_filled_in(world: World) -> None:
    book = Book(world, Y2017)
    row = HEAD + 1
    assert book.rows() == [(world.first.code, None, None, None), (world.second.code, None, None, None)]
    book.fill(row, measure="建平台", division="规划处", node="甲", due="6月底")
    book.fill(row + 1, none_reason="配合")
    # Below the last row: one for the first task by its number, and one that takes task and measure from it.
    book.fill(
        row + 2, code=world.first.code, measure="办培训", division="科技处", node="乙", due=date(2017, 9, 1)
    )
    book.fill(row + 3, node="丙", due="2017年10月")
    preview = book.examine()
    assert [(note.place, note.message) for note in preview.notes] == [
        ("方案 A8", f"没有编号，读作 {world.first.code}，同上一行。")
    ]
    book.apply()
    assert said(world) == [
        ("建平台", [("甲", "2017-06-30")]),
        ("办培训", [("乙", "2017-09-01"), ("丙", "2017-10-31")]),
    ]
    assert WorkPlanDraft.objects.get(task=world.second).none_reason == "配合"
    assert Book(world, Y2017).examine().same == 2


@pytest.mark.slow
def test_edited_rows_keep_their_keys_and_the_preview_names_every_change(written: World) -> None:
    before = WorkPlanDraft.objects.get().measures
    book = Book(written)
    book.fill(HEAD + 1, due="2017-07-31")
    for row in (HEAD + 1, HEAD + 2):
        book.fill(row, measure="建两个平台")
    book.sheet.delete_rows(HEAD + 3)
    preview = book.examine()
    (change,) = preview.changes
    assert [(f.label, f.before, f.after, f.place) for f in change.fields] == [
        ("举措", "建平台（规划处）", "建两个平台（规划处）", "方案 E5"),
        ("举措", "办培训（科技处）", "", ""),
        ("节点", "2017-06-30 甲（文件）", "2017-07-31 甲（文件）", "方案 H5"),
        ("节点", "2018-06-30 丙", "", ""),
    ]
    book.apply()
    after = WorkPlanDraft.objects.get(task=written.first).measures
    assert said(written) == [("建两个平台", [("甲", "2017-07-31"), ("乙", "2017-12-31")]), ("再说", [])]
    assert after[0]["key"] == before[0]["key"]
    assert [n["key"] for n in after[0]["milestones"]] == [n["key"] for n in before[0]["milestones"]]
    assert after[1]["key"] == before[2]["key"]


def test_a_workbook_that_was_handed_out_before_is_known_again() -> None:
    rows = [["", "建", "处"], ["", "", ""], ["", "办", "室"]]
    assert fingerprint(rows) == fingerprint(reversed(rows)) == "099a541652a33462"


def test_sorting_alone_changes_nothing(written: World) -> None:
    book = Book(written)
    lines = [[cell.value for cell in book.sheet[row]] for row in range(HEAD + 1, book.end)]
    for row, values in zip(range(HEAD + 1, book.end), reversed(lines), strict=True):
        for column, value in enumerate(values, 1):
            book.sheet.cell(row, column).value = value
    assert book.examine().same == 2


def test_a_copied_row_is_a_new_milestone(written: World) -> None:
    book = Book(written)
    end = book.end
    for name in AT:
        book.cell(end, name).value = book.cell(HEAD + 1, name).value
    book.fill(end, node="甲二")
    preview = book.examine()
    assert [note.message for note in preview.notes] == ["行码与第 5 行相同，作为新加的节点。"]
    book.apply()
    assert said(written)[0] == (
        "建平台",
        [("甲", "2017-06-30"), ("乙", "2017-12-31"), ("甲二", "2017-06-30")],
    )


def test_a_measure_without_milestones_gets_one_in_its_row(written: World) -> None:
    key = WorkPlanDraft.objects.get().measures[2]["key"]
    book = Book(written)
    assert book.cell(HEAD + 4, "key").value == MEASURE + key
    book.fill(HEAD + 4, node="丁", due="2019-01-01").apply()
    kept = WorkPlanDraft.objects.get(task=written.first).measures[2]
    assert (kept["key"], [n["text"] for n in kept["milestones"]]) == (key, ["丁"])


def test_a_milestone_moved_to_another_measure_is_told(written: World) -> None:
    book = Book(written).fill(HEAD + 2, measure="办培训", division="科技处")
    (change,) = book.examine().changes
    assert [(f.before, f.after) for f in change.fields] == [
        ("2017-12-31 乙", "2017-12-31 乙（移到另一项举措）")
    ]


@pytest.mark.slow
def test_tasks_without_any_row_are_left_alone(written: World) -> None:
    book = Book(written)
    book.sheet.delete_rows(HEAD + 1, 4)
    book.fill(HEAD + 1, none_reason="配合")
    preview = book.examine()
    assert (preview.missing, len(preview.changes)) == ([written.first.code], 1)
    book.apply()
    assert len(said(written)) == 3


def test_formulas_typed_into_a_draft_stay_text(world: World) -> None:
    world.save(world.first, measure(node("=1+1", "2017-06-30"), text="@SUM(A1)"))
    book = Book(world)
    assert (book.cell(HEAD + 1, "node").data_type, book.cell(HEAD + 1, "measure").data_type) == ("s", "s")
    assert book.examine().same == 2


# -- what is to be mended -----------------------------------------------------------------------------------


@pytest.mark.few(4)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "named", "says"),
    [
        ({"due": "尽快"}, "due", "“尽快”不是日期"),
        ({"due": 429}, "due", "这里要填日期"),
        ({"due": True}, "due", "这里要填日期"),
        ({"due": "2026-01-01"}, "due", "方案有效期至 2025-12-31，节点不能更晚。"),
        ({"due": datetime(2016, 1, 1)}, "due", "方案自 2016-07-26 起施行，节点不能更早。"),
        ({"node": True}, "node", "这里要填文字，却是 TRUE 或 FALSE。"),
        ({"node": "节" * 501}, "node", "“节点”有 501 字，最多 500 字，请删减。"),
        ({"evidence": "标" * 201}, "evidence", "“完成标志”有 201 字"),
        ({"node": "=1+1"}, "node", "单元格是公式"),
        ({"code": "九(九)9"}, "code", "编号“九(九)9”不在本单位这张表里"),
        ({"key": "abc"}, "key", "行码被改动过"),
    ],
)
def test_a_faulty_cell_is_named(written: World, values: dict[str, Any], named: str, says: str) -> None:
    book = Book(written).fill(HEAD + 1, **values)
    if isinstance(values.get("due"), int):
        book.cell(HEAD + 1, "due").number_format = "General"
    ((place, message),) = book.problems()
    assert place == f"方案 {book.cell(HEAD + 1, named).coordinate}"
    assert says in message
    assert book.examine().signed == ""


def test_a_day_in_a_cell_that_is_formatted_as_a_number_is_read_and_said(written: World) -> None:
    book = Book(written).fill(HEAD + 1, due=42916)
    book.cell(HEAD + 1, "due").number_format = "General"
    examined = book.examine()
    assert not examined.problems
    assert [one.message for one in examined.notes] == ["42916 读作 2017-06-30。"]


def test_two_divisions_for_one_measure_are_named(written: World) -> None:
    book = Book(written).fill(HEAD + 1, division="别的处")
    assert book.problems() == [
        (
            f"方案 {book.cell(HEAD + 2, 'division').coordinate}",
            "同一项举措在第 5 行的责任处室是“别的处”，请改成一样的。",
        )
    ]


def test_what_may_stand_in_a_draft_is_not_complained_about(written: World) -> None:
    """A reason beside measures, a milestone without a day: the check before handing on tells of them."""
    book = Book(written).fill(HEAD + 1, none_reason="不做", due=None)
    assert (book.problems(), len(book.examine().changes)) == ([], 1)


@pytest.mark.slow
def test_rows_that_belong_nowhere_are_named(world: World) -> None:
    book = Book(world)
    book.sheet.delete_rows(HEAD + 1, 2)
    book.fill(HEAD + 1, node="孤", due="2017-06-30")
    assert book.problems() == [("方案 A5", "这一行没有编号，不知道是哪项任务。")]
    book = Book(world).fill(HEAD + 1, node="孤", due="2017-06-30")
    measure_cell = book.cell(HEAD + 1, "measure").coordinate
    assert book.problems() == [(f"方案 {measure_cell}", "请写这个节点属于哪项举措。")]


def test_two_reasons_for_one_task_are_named(world: World) -> None:
    book = Book(world).fill(HEAD + 1, none_reason="一")
    book.fill(book.end, code=world.first.code, none_reason="二")
    assert [message for _place, message in book.problems()] == ["同一项任务写了两个不同的原因，请留一个。"]


@pytest.mark.slow
def test_what_another_saved_meanwhile_is_told_only_on_its_task(written: World) -> None:
    book = Book(written)
    written.save(written.second, none_reason="同事写的", by=written.colleague)
    assert book.fill(HEAD + 1, node="甲改").examine().problems == []
    book.fill(HEAD + 5, none_reason="我写的")
    ((place, message),) = book.problems()
    assert place == "方案 A9"
    assert f"{written.colleague}于 05-10 10:00 保存过这项任务" in message


@pytest.mark.full
@pytest.mark.slow
def test_the_wrong_workbook_is_refused_in_a_sentence(written: World) -> None:
    def refused(data: bytes, **about: Any) -> str:
        asked = {"by": written.reporter, "plan": written.plan, "period": WHOLE, **about}
        with pytest.raises(Refused) as caught:
            examine(data=data, name="表.xlsx", **asked)
        return str(caught.value)

    data = Book(written).data()
    assert "这是实施方案的表，您正在填2017年度要点" in refused(data, period=Y2017)
    assert "这是牵头局的方案表，您只能上传本单位的" in refused(data, by=written.other)
    other = make.plan()
    make.task(other, lead=written.lead)
    assert "这是另一个方案的表" in refused(data, plan=other)
    returns = build_returns(
        plan_slug=written.plan.slug,
        plan_title="",
        quarter=Period(2017, 1),
        agency_slug=written.lead.slug,
        agency_name="牵头局",
        rows=[],
    )
    assert "这不是实施方案或年度要点的方案表" in refused(returns)
    assert "文件已损坏" in refused(data[: len(data) // 2])
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    assert "这不是从本系统下载的表" in refused(out.getvalue())
    forged = Book(written)
    line = next(row for row in forged.book["_qhplan"].iter_rows() if row[0].value == "task")
    line[3].value = "7"
    assert "隐藏页被改动过" in refused(forged.data())
    old = Book(written)
    next(row for row in old.book["_qhplan"].iter_rows() if row[0].value == "template")[1].value = "0"
    assert "旧版模板" in refused(old.data())
    lost = Book(written)
    lost.sheet.cell(HEAD, AT["due"]).value = "何时"
    assert "缺少列：完成时限" in refused(lost.data())
    written.plan.work_plans.update(state="submitted")
    assert "实施方案现在是“待确认”，不能用表格改" in refused(data)


# -- the pages ----------------------------------------------------------------------------------------------


def urls(world: World) -> tuple[str, str, str]:
    args = [world.plan.slug, "whole"]
    return tuple(reverse(f"workplan_book{name}", args=args) for name in ("", "_upload", "_apply"))  # type: ignore[return-value]


def send(world: World, data: bytes) -> Any:
    return world.client().post(urls(world)[1], {"file": SimpleUploadedFile("表.xlsx", data)})


@pytest.mark.slow
def test_down_up_previewed_and_applied(world: World) -> None:
    download, upload, apply = urls(world)
    answer = world.client().get(download)
    assert "attachment" in answer.headers["Content-Disposition"]
    book = Book(world)
    book.book = openpyxl.load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    book.sheet = book.book["方案"]
    book.fill(HEAD + 1, measure="<b>建</b>", division="规划处", node="甲", due="2017-06-30")
    shown = send(world, book.data())
    page = shown.content.decode()
    assert ("1 项会改 · 1 项不变" in page, "&lt;b&gt;建&lt;/b&gt;" in page) == (True, True)
    assert not WorkPlanDraft.objects.exists()
    signed = shown.context["signed"]
    done = world.client().post(apply, {"changes": signed}, follow=True)
    assert "方案表已写入 1 项任务的草稿" in done.content.decode()
    assert world.client().post(apply, {"changes": signed}).status_code == 409
    assert world.client(world.other).post(apply, {"changes": signed}).status_code == 403
    year = reverse("workplan_book_apply", args=[world.plan.slug, "2017"])
    wrong = world.client().post(year, {"changes": signed})
    assert (wrong.status_code, "预览是另一份方案的" in wrong.content.decode()) == (422, True)
    assert world.client().post(apply, {"changes": signed[:-2] + "xx"}).status_code == 422
    faulty = send(world, Book(world).fill(HEAD + 1, due="尽快").data())
    assert (faulty.status_code, apply in faulty.content.decode()) == (422, False)
    assert "请选择填好的方案表" in world.client().post(upload).content.decode()


@pytest.mark.slow
def test_queries_do_not_grow_with_the_rows(world: World) -> None:
    def count() -> list[int]:
        world.save(world.first, measure(node("甲", "2017-06-30")), revision=_revision(world))
        book = Book(world)
        for row in range(HEAD + 1, book.end):
            book.fill(row, measure=f"改{row}", division="处", node=f"节{row}", due="2017-06-30")
        found = []
        for act in (lambda: send(world, book.data()), lambda: world.client().get(urls(world)[0])):
            with CaptureQueriesContext(connection) as caught:
                assert act().status_code == 200
            found.append(len(caught))
        return found

    count()
    one = count()
    for _ in range(6):
        make.task(world.plan, lead=world.lead)
    assert count() == one


def _revision(world: World) -> int | None:
    draft = WorkPlanDraft.objects.filter(task=world.first).first()
    return draft.revision if draft else None


def test_an_account_that_files_for_nobody_gets_none(world: World) -> None:
    office = world.client(world.person(Role.OFFICE, make.agency()))
    assert [office.get(url).status_code for url in urls(world)[:2]] == [403, 403]


@pytest.mark.few(3)
@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "number_format", "due"),
    [
        (date(2018, 6, 1), 'yyyy"年"m"月"', "2018-06-30"),
        (date(2018, 6, 1), '[$-804]yyyy"年"m"月";@', "2018-06-30"),
        (date(2018, 6, 1), "[DBNum1]yyyy年m月", "2018-06-30"),
        (date(2018, 6, 1), "mmm-yy", "2018-06-30"),
        (date(2018, 6, 1), 'yyyy"年"m"月"d"日"', "2018-06-01"),
        (date(2018, 6, 1), "yyyy-mm-dd", "2018-06-01"),
        (date(2018, 6, 1), "m/d/yyyy h:mm", "2018-06-01"),
        ("2018年6月", "@", "2018-06-30"),
        ("2018-6", "@", "2018-06-30"),
        ("二〇一八年六月", "@", "2018-06-30"),
        ("2018年二季度", "@", "2018-06-30"),
        ("2018年上半年", "@", "2018-06-30"),
    ],
)
def test_a_date_that_shows_no_day_is_a_month(
    written: World, value: Any, number_format: str, due: str
) -> None:
    book = Book(written).fill(5, node="改过", due=value)
    book.cell(5, "due").number_format = number_format
    preview = book.examine()
    assert preview.problems == []
    assert preview.changes[0].value.measures[0].milestones[0].due == due


def test_every_cell_for_a_day_has_the_format_of_text(written: World) -> None:
    sheet = Book(written).sheet
    formats = {sheet.cell(row, AT["due"]).number_format for row in range(HEAD + 1, sheet.max_row + 1)}
    assert formats == {"@"}


@pytest.mark.slow
def test_what_is_optional_and_says_nothing_is_nothing(written: World) -> None:
    preview = Book(written).fill(5, contact="无", evidence="/", node="改过").examine()
    measure = preview.changes[0].value.measures[0]
    assert (measure.contact, measure.milestones[0].evidence) == ("", "")
