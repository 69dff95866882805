"""Corrections by a person: each kind of edit, the same edits in another text of the document, edits that do not fit."""

from datetime import date
from typing import Any

import pytest

from tasks.plans.editing.anchors import locate
from tasks.plans.editing.application import apply
from tasks.plans.editing.typed import deadline_day
from tasks.plans.reading.reader import read
from tests.plans.sample_plan import TEXT, at, edit, found
from tests.plans.texts import TEXT as FIRST
from tests.plans.texts import found as first_found

TAILINGS = at("推进尾矿利用")
LITHIUM = at("做强锂电材料")
CHAIN = at("延伸产业链条")


def named(edited: Any, ref: str) -> list[tuple[str, str]]:
    task = next(task for task in edited.structure.all_tasks if task.ref == ref)
    return [(mention.quote.name, mention.duty) for mention in task.mentions]


def why(*edits: dict[str, Any]) -> str:
    (failure,) = edit(*edits).failures
    return failure.reason


def test_without_edits_nothing_changes() -> None:
    assert apply(FIRST, first_found(), []).structure == first_found()


def test_an_answer_alone_changes_nothing_of_the_structure() -> None:
    answer = {"op": "answer", "question": "x", "choice": "ok"}
    edited = apply(FIRST, first_found(), [answer])
    assert edited.structure == first_found()
    assert edited.answers["x"].choice == "ok"


# -- the head --------------------------------------------------------------------------------------------------


def test_a_typed_date_that_the_text_prints_is_anchored_there() -> None:
    edited = edit({"op": "head", "field": "issued_on", "value": "2017-1-5"})
    assert edited.structure.head.issued_on is not None
    assert edited.structure.head.issued_on.of(TEXT) == "2017年1月5日"
    assert edited.corrections.head == ()


def test_a_typed_date_that_the_text_does_not_print_is_an_entry() -> None:
    edited = edit({"op": "head", "field": "in_force_to", "value": "2020年12月31日"})
    (entry,) = edited.corrections.head
    assert (entry.field, entry.day) == ("in_force_to", date(2020, 12, 31))


def test_a_title_in_other_words_replaces_the_one_that_was_read() -> None:
    (entry,) = edit({"op": "head", "field": "title", "value": "盐湖方案"}).corrections.head
    assert (entry.field, entry.value) == ("title", "盐湖方案")


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("title", "", "请填方案的标题"),
        ("title", "长" * 201, "最多 200 字"),
        ("issued_on", "2017年13月1日", "不是日期"),
        ("nonsense", "x", "没有“nonsense”这一栏"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(field: str, value: str, said: str) -> None:
    assert said in why({"op": "head", "field": field, "value": value})


# -- tasks and groups --------------------------------------------------------------------------------------------


def test_a_missing_task_takes_its_text_and_its_agencies_along() -> None:
    surplus = {"op": "drop_task", "task": at("健全监测体系"), "into_previous": True}
    merged = edit(surplus)
    assert [name for name, _duty in named(merged, "2-1-1")] == [
        "省工业厅", "省科学厅", "省财务厅", "省资源厅", "省水务厅",
    ]  # fmt: skip
    again = edit(surplus, {"op": "add_task", "at": at("健全监测体系"), "group": at("提升资源利用水平")})
    assert [(task.ref, task.code) for task in again.structure.groups[0].tasks] == [
        ("2-1-1", "二(一)1"), ("2-1-2", "二(一)2"),
    ]  # fmt: skip
    assert [name for name, _duty in named(again, "2-1-2")] == ["省资源厅", "省水务厅"]
    assert [name for name, _duty in named(again, "2-1-1")] == ["省工业厅", "省科学厅", "省财务厅"]


def test_a_surplus_task_is_left_out_with_what_refers_to_it() -> None:
    edited = edit({"op": "drop_task", "task": LITHIUM})
    assert [task.ref for task in edited.structure.tasks] == ["2-1-1", "2-1-2"]
    assert "省贸易厅" not in edited.names


def test_a_task_moves_to_another_group_and_to_the_safeguards() -> None:
    edited = edit({"op": "move_task", "task": TAILINGS, "group": CHAIN})
    assert [task.ref for task in edited.structure.groups[1].tasks] == ["2-1-1", "2-2-1"]
    safe = edit({"op": "move_task", "task": TAILINGS, "group": None}).structure
    assert [task.ref for task in safe.safeguards] == ["2-1-1", "3-1", "3-2"]


def test_a_heading_is_other_words_of_the_text_or_typed() -> None:
    edited = edit({"op": "heading", "task": TAILINGS, "at": at("推进尾矿利用。支持企业开展老卤提锂")})
    task = edited.structure.all_tasks[0]
    assert task.heading.name == "推进尾矿利用。支持企业开展老卤提锂"
    assert task.body.of(TEXT).startswith("，2019年")
    (entry,) = edit({"op": "heading", "task": TAILINGS, "value": "尾矿的利用"}).corrections.headings
    assert (entry.task, entry.name) == ("2-1-1", "尾矿的利用")


def test_a_new_group_takes_the_tasks_below_it() -> None:
    gone = edit({"op": "drop_group", "group": CHAIN})
    assert [len(group.tasks) for group in gone.structure.groups] == [3]
    back = edit({"op": "drop_group", "group": CHAIN}, {"op": "add_group", "at": CHAIN})
    assert [(one.number, one.heading.name, len(one.tasks)) for one in back.structure.groups] == [
        (1, "提升资源利用水平", 2),
        (2, "延伸产业链条", 1),
    ]


@pytest.mark.parametrize(
    ("kind", "tasks", "safeguards"), [("safeguards", 0, 5), ("aims", 0, 2), ("sectors", 0, 2)]
)
def test_what_a_part_is_can_be_changed(kind: str, tasks: int, safeguards: int) -> None:
    there = {"op": "part", "part": at("重点任务"), "kind": kind}
    changed = edit(there).structure
    assert (len(changed.tasks), len(changed.safeguards)) == (tasks, safeguards)
    if kind == "sectors":
        assert [len(sector.directions) for sector in changed.sectors] == [2, 1]
        again = edit(there, {**there, "kind": "tasks"}).structure
        assert [[task.heading.name for task in group.tasks] for group in again.groups] == [
            ["推进尾矿利用", "健全监测体系"],
            ["做强锂电材料"],
        ]


def test_a_missing_part_is_added_and_a_surplus_one_left_out() -> None:
    added = edit({"op": "add_part", "at": CHAIN, "kind": "safeguards"}).structure
    assert [(part.heading.name, part.kind) for part in added.parts] == [
        ("工作目标", "aims"), ("重点任务", "tasks"), ("延伸产业链条", "safeguards"), ("保障措施", "safeguards"),
    ]  # fmt: skip
    assert [group.heading.name for group in added.groups] == ["提升资源利用水平"]
    assert [task.ref for task in added.safeguards] == ["2-2-1", "3-1", "3-2"]
    gone = edit({"op": "drop_part", "part": at("保障措施")}).structure
    assert [part.heading.name for part in gone.parts] == ["工作目标", "重点任务"]
    assert not gone.safeguards
    assert "已是一个部分" in why({"op": "add_part", "at": at("保障措施"), "kind": "tasks"})


# -- agencies ----------------------------------------------------------------------------------------------------


def test_a_printed_agency_is_added_where_it_stands() -> None:
    edited = edit({"op": "add_mention", "task": LITHIUM, "duty": "co", "at": at("省贸易厅", "做强锂电")})
    assert named(edited, "2-2-1") == [("省贸易厅", "co"), ("省科学厅", "lead")]
    assert edited.corrections.duties == ()


def test_an_agency_that_is_not_printed_there_is_assigned() -> None:
    edited = edit({"op": "add_mention", "task": LITHIUM, "duty": "lead", "name": "省能源局"})
    (entry,) = edited.corrections.duties
    assert (entry.task, entry.name, entry.duty) == ("2-2-1", "省能源局", "lead")
    assert "省能源局" in edited.names


def test_a_role_is_changed_and_an_agency_taken_out() -> None:
    place = at("省科学厅", "推进尾矿")
    edited = edit(
        {"op": "duty", "task": TAILINGS, "at": place, "duty": "lead"},
        {"op": "drop_mention", "task": TAILINGS, "at": at("省财务厅", "推进尾矿")},
    )
    assert named(edited, "2-1-1") == [("省工业厅", "lead"), ("省科学厅", "lead")]


def test_a_shorter_name_replaces_the_one_that_contains_it() -> None:
    text = TEXT.replace("省工业厅、", "省工业厅牵头省科学厅、")
    start = text.index("省工业厅牵头")
    edits = [
        {
            "op": "add_mention",
            "task": {"ref": "2-1-1"},
            "duty": "lead",
            "at": {"start": start, "end": start + 4, "quote": "省工业厅"},
        }
    ]
    names = [mention.quote.name for mention in apply(text, read(text), edits).structure.tasks[0].mentions]
    assert names == ["省工业厅", "省科学厅", "省财务厅"]


def test_a_name_that_is_none_disappears_from_all_tasks() -> None:
    edited = edit({"op": "agency", "name": "省财务厅", "choice": "none"})
    assert "省财务厅" not in edited.names
    assert all(
        name != "省财务厅" for task in edited.structure.all_tasks for name, _ in named(edited, task.ref)
    )


# -- deadlines, targets, indicators ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("2021年6月底前", date(2021, 6, 30)),
        ("2022年底前完成", date(2022, 12, 31)),
        ("2020年2月", date(2020, 2, 29)),
        ("2020年12月", date(2020, 12, 31)),
        ("2021年3月15日", date(2021, 3, 15)),
        ("持续推进", None),
        ("2021年13月", None),
    ],
)
def test_deadlines_in_words(words: str, day: date | None) -> None:
    assert deadline_day(words) == day


def test_a_deadline_is_read_from_the_words_that_say_it() -> None:
    printed = {"op": "deadline", "task": TAILINGS, "at": at("2019年6月底前")}
    deadline = edit(printed).structure.tasks[0].deadline
    assert deadline is not None
    assert (deadline.day, deadline.name) == (date(2019, 6, 30), "2019年6月底前")
    typed = edit(printed, {"op": "deadline", "task": TAILINGS, "day": "2018-12-31"})
    assert typed.structure.tasks[0].deadline is None
    assert [(one.task, one.day) for one in typed.corrections.deadlines] == [("2-1-1", date(2018, 12, 31))]
    without = edit(printed, {"op": "deadline", "task": TAILINGS, "day": ""})
    assert without.structure.tasks[0].deadline is None
    assert without.corrections.deadlines == ()


def test_targets_are_added_changed_measured_and_dropped() -> None:
    rate = at("盐湖资源综合利用率达到75%以上")
    edited = edit(
        {"op": "add_target", "at": at("扩大产能"), "year": "2019", "value": "1,200", "unit": "吨"},
        {"op": "target", "target": rate, "year": "2020", "value": "76.5", "unit": "%", "comparison": "达到"},
        {
            "op": "indicator",
            "target": rate,
            "name": "盐湖资源综合利用率",
            "slug": "rate",
            "kind": "ratio",
            "tasks": [TAILINGS],
        },
    )
    assert [(one.year, one.value, one.unit) for one in edited.structure.targets] == [
        (2020, 76.5, "%"), (2020, 6, "个"), (2019, 1200, "吨"),
    ]  # fmt: skip
    (indicator,) = edited.corrections.indicators
    assert (indicator.name, indicator.unit, indicator.tasks) == ("盐湖资源综合利用率", "%", ("2-1-1",))
    gone = apply(TEXT, found(), [{"op": "drop_target", "target": rate}])
    assert len(gone.structure.targets) == 1


# -- edits that do not fit, taking back, other texts ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"op": "add_task", "at": {"quote": "没有这句"}}, "原文中找不到“没有这句”"),
        ({"op": "add_task", "at": TAILINGS, "group": CHAIN}, "已是一项任务的名称"),
        ({"op": "drop_task", "task": {"quote": "没有"}}, "没有“没有”这项任务"),
        ({"op": "add_mention", "task": TAILINGS, "duty": "boss", "name": "省能源局"}, "请选单位在这项任务中的身份"),
        ({"op": "target", "target": at("新增省级创新平台6个"), "value": "六"}, "“六”不是数"),
        ({"op": "target", "target": at("新增省级创新平台6个"), "year": "二〇"}, "不是年份"),
        ({"op": "answer", "question": "x", "choice": "later"}, "请填理由"),
        ({"op": "agency", "name": "省工业厅", "choice": "same", "same_as": "没有"}, "请选方案中的另一个单位名称"),
        ({"op": "fly"}, "没有“fly”这种更正"),
        ({"op": "add_task"}, "写法不对"),
        ({"op": "heading", "task": "推进尾矿利用"}, "写法不对"),
    ],
)  # fmt: skip
def test_an_edit_that_does_not_fit_says_why_and_changes_nothing(wrong: dict[str, Any], said: str) -> None:
    edited = edit(wrong)
    assert said in edited.failures[0].reason
    assert edited.structure == found()


def test_an_edit_is_taken_back_by_another() -> None:
    edits = [{"op": "drop_task", "task": LITHIUM}, {"op": "undo", "edit": 1}]
    assert apply(TEXT, found(), edits).structure == found()


def test_the_same_edits_fit_another_text_of_the_document() -> None:
    """Another file of it has other line breaks and marks, so that every offset differs."""
    text = "第 1 页\n\n" + TEXT.replace("，", ",").replace("综合利用率", "综合利\n用率")
    edits = [
        {"op": "move_task", "task": TAILINGS, "group": CHAIN},
        {"op": "drop_mention", "task": TAILINGS, "at": at("省财务厅", "推进尾矿")},
        {"op": "target", "target": at("盐湖资源综合利用率达到75%以上"), "year": "2020", "value": "80"},
    ]
    edited = apply(text, read(text), edits)
    assert edited.failures == ()
    assert [task.heading.name for task in edited.structure.groups[1].tasks] == [
        "推进尾矿利用",
        "做强锂电材料",
    ]
    assert named(edited, "2-1-1") == [("省工业厅", "lead"), ("省科学厅", "co")]
    assert edited.structure.targets[0].value == 80


def test_words_that_stand_twice_are_found_nearest_to_their_place() -> None:
    place = at("省科学厅", "做强锂电")
    moved = locate("头" * 7 + TEXT, {**place, "end": None})
    assert moved is not None
    assert moved.start == place["start"] + 7
