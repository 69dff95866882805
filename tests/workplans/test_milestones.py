"""Reporting milestones: by the body itself, once, on a day that can be; taken back or refuted with a reason."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.utils import InternalError
from django.test.utils import CaptureQueriesContext

from tasks.errors import Conflict, Problems
from tasks.models import Event, Measure, Milestone, MilestoneReport, WorkPlanSection, WorkPlanVersion
from tasks.workplans import actions, milestones
from tasks.workplans.milestones import ReportInput
from tests import factories as make
from tests.workplans.conftest import Y2017, World, measure, node


def test_a_milestone_is_reported_with_its_day_and_words(world: World) -> None:
    world.confirmed(node("平台建成", "2017-04-30"))
    row = world.reached("平台建成", "2017-04-28")
    assert (row.reached_on, row.words, row.reported_by, row.stands) == (
        date(2017, 4, 28),
        "已办结。",
        world.reporter,
        True,
    )
    assert Event.objects.filter(verb="milestone.report", subject=f"milestonereport:{row.pk}").count() == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("day", "words", "field", "says"),
    [
        ("2017-05-11", "好了", "reached_on", "完成日期不能晚于今天。"),
        ("2016-07-25", "好了", "reached_on", "方案自 2016-07-26 起施行，请核对年份。"),
        ("2017-05-10", "  ", "words", "请写完成情况"),
        ("2017-05-10", "字" * 1001, "words", "最多 1000 字"),
        ("2017-05-10", "好\0了", "words", "最多 1000 字"),
    ],
)
def test_what_cannot_be_is_told_on_its_field(
    world: World, day: str, words: str, field: str, says: str
) -> None:
    world.confirmed()
    item = ReportInput(world.node("平台建成").pk, date.fromisoformat(day), words)
    with pytest.raises(Problems) as caught:
        milestones.report(by=world.reporter, reports=[item])
    ((problem),) = caught.value.problems
    assert (problem.field, problem.row) == (field, "0")
    assert says in problem.message


def test_only_the_body_itself_reports(world: World) -> None:
    world.confirmed()
    for who in (world.other, world.office, world.viewer):
        with pytest.raises(PermissionDenied):
            world.reached("平台建成", "2017-05-02", by=who)
    with pytest.raises(PermissionDenied, match="没有这个节点"):
        milestones.report(by=world.reporter, reports=[ReportInput(0, date(2017, 5, 2), "好了")])


def test_what_is_not_confirmed_cannot_be_reported(world: World) -> None:
    world.submitted()
    with pytest.raises(Conflict, match="已不在现行的实施方案里"):
        world.reached("平台建成", "2017-05-02")


def test_reported_twice_the_second_is_told(world: World) -> None:
    world.confirmed()
    world.reached("平台建成", "2017-05-02")
    with pytest.raises(Conflict, match=rf"{world.reporter}已于 05-10 10:00 报告过"):
        world.reached("平台建成", "2017-05-03", by=world.colleague)
    item = ReportInput(world.node("平台建成").pk, date(2017, 5, 2), "好了")
    with pytest.raises(Problems, match="不能在一次提交里报两次"):
        milestones.report(by=world.reporter, reports=[item, item])


@pytest.mark.slow
def test_a_milestone_is_the_same_in_a_later_version_and_in_the_years_points(world: World) -> None:
    """Reported by the row of the old version; it counts for the one that came in its place, and for 年度要点."""
    first = world.confirmed(node("平台建成", "2017-06-30"))
    old = world.node("平台建成")
    actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="推迟")
    kept = first.work_plan.drafts.get(task=world.first).measures[0]
    world.save(world.first, measure(node("平台建成", "2017-09-30", key=old.key), key=kept["key"]), revision=1)
    world.confirm(world.submit(first.work_plan))
    world.confirmed(node("平台建成", "2017-09-30", key=old.key), period=Y2017)
    milestones.report(by=world.reporter, reports=[ReportInput(old.pk, date(2017, 5, 2), "好了")])
    with pytest.raises(Conflict, match="报告过这个节点"):
        world.reached("平台建成", "2017-05-02")
    milestones.undo(by=world.reporter, reports=[MilestoneReport.objects.get().pk], reason="错")
    rows = Milestone.objects.filter(key=old.key).values_list("pk", flat=True)
    both = [ReportInput(pk, date(2017, 5, 2), "好了") for pk in rows[:2]]
    with pytest.raises(Problems, match="不能在一次提交里报两次"):
        milestones.report(by=world.reporter, reports=both)


def test_a_milestone_that_was_left_out_cannot_be_reported_any_more(world: World) -> None:
    first = world.confirmed(node("旧节点", "2017-06-30"))
    actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="改")
    world.save(world.first, measure(node("新节点", "2017-06-30")), revision=1)
    world.confirm(world.submit(first.work_plan))
    with pytest.raises(Conflict, match="节点“旧节点”已不在"):
        world.reached("旧节点", "2017-05-02")


def test_a_report_is_taken_back_by_its_body_with_a_reason_and_made_again(world: World) -> None:
    world.confirmed()
    row = world.reached("平台建成", "2017-05-02")
    for who in (world.other, world.office):
        with pytest.raises(PermissionDenied):
            milestones.undo(by=who, reports=[row.pk], reason="错")
    with pytest.raises(Problems, match="请写明为什么撤销"):
        milestones.undo(by=world.colleague, reports=[row.pk], reason=" ")
    milestones.undo(by=world.colleague, reports=[row.pk], reason="报错了")
    with pytest.raises(Conflict, match=rf"{world.colleague}已于 05-10 10:00 撤销"):
        milestones.undo(by=world.reporter, reports=[row.pk], reason="错")
    with pytest.raises(Conflict, match="撤销了这份报告"):
        milestones.refute(by=world.office, reports=[row.pk], reason="没有")
    world.reached("平台建成", "2017-05-03")
    assert [r.stands for r in MilestoneReport.objects.order_by("pk")] == [False, True]


def test_the_office_refutes_with_a_reason_and_nobody_his_own(world: World) -> None:
    world.confirmed()
    row = world.reached("平台建成", "2017-05-02")
    for who in (world.reporter, world.approver, world.other, world.second_reviewer, world.viewer):
        with pytest.raises(PermissionDenied, match="节点由领导小组办公室核实"):
            milestones.refute(by=who, reports=[row.pk], reason="没有")
    with pytest.raises(Problems, match="请写明核实的情况"):
        milestones.refute(by=world.office, reports=[row.pk], reason="")
    milestones.refute(by=world.office, reports=[row.pk], reason="现场没有设备")
    with pytest.raises(Conflict, match="不予认定"):
        milestones.undo(by=world.reporter, reports=[row.pk], reason="错")
    assert Event.objects.filter(verb="milestone.refute", note="现场没有设备").exists()
    world.reached("平台建成", "2017-05-09")


def test_queries_do_not_grow_with_the_batch(world: World) -> None:
    names = [f"节点{number}" for number in range(1, 12)]
    world.confirmed(*[node(name, "2017-06-30") for name in names])

    def counted(act: Any) -> tuple[int, Any]:
        with CaptureQueriesContext(connection) as caught:
            rows = act()
        return len(caught), rows

    def all_of(chosen: list[str]) -> list[int]:
        items = [ReportInput(world.node(name).pk, date(2017, 5, 2), "好了") for name in chosen]
        first, rows = counted(lambda: milestones.report(by=world.reporter, reports=items))
        ids = [row.pk for row in rows]
        second, _rows = counted(lambda: milestones.undo(by=world.reporter, reports=ids, reason="错"))
        return [first, second]

    assert all_of(names[:1]) == all_of(names[1:])


# -- what the database itself holds -------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "values"),
    [
        (WorkPlanVersion, {"note": "改"}),
        (WorkPlanVersion, {"decision_note": "改"}),
        (WorkPlanSection, {"none_reason": "改"}),
        (Measure, {"text": "改"}),
        (Milestone, {"due": "2017-12-31"}),
        (MilestoneReport, {"words": "改"}),
        (MilestoneReport, {"reached_on": "2017-05-01"}),
    ],
)
def test_what_was_submitted_or_reported_is_never_changed(
    world: World, model: Any, values: dict[str, Any]
) -> None:
    world.confirmed()
    world.reached("平台建成", "2017-05-02")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        model.objects.update(**values)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        model.objects.all().delete()


def test_a_report_that_was_taken_back_stays_so(world: World) -> None:
    world.confirmed()
    row = world.reached("平台建成", "2017-05-02")
    milestones.undo(by=world.reporter, reports=[row.pk], reason="错")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        MilestoneReport.objects.update(undone_at=None, undone_by=None, undo_reason="")


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        {"undo_reason": "只有理由"},
        {"undone_at": make.moment("2017-05-10")},
        {"refuted_at": make.moment("2017-05-10"), "refute_reason": "没有人"},
        {"undone": True, "undo_reason": ""},
        {"undone": True, "refuted": True, "undo_reason": "错", "refute_reason": "没有"},
    ],
)
def test_a_half_ended_report_is_impossible(world: World, values: dict[str, Any]) -> None:
    world.confirmed()
    row = world.reached("平台建成", "2017-05-02")
    for word in ("undone", "refuted"):
        if values.pop(word, False):
            values |= {f"{word}_at": make.moment("2017-05-10"), f"{word}_by": world.office}
    with pytest.raises(IntegrityError), transaction.atomic():
        MilestoneReport.objects.filter(pk=row.pk).update(**values)


@pytest.mark.slow
@pytest.mark.parametrize(
    "values",
    [
        {"decision": "confirmed"},
        {"decision_note": "只有意见"},
        {"decided": True},
        {"decision": "returned", "decided": True},
    ],
)
def test_a_half_decided_version_is_impossible(world: World, values: dict[str, Any]) -> None:
    version = world.submitted()
    if values.pop("decided", False):
        values |= {"decided_at": make.moment("2017-05-10"), "decided_by": world.office}
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkPlanVersion.objects.filter(pk=version.pk).update(**values)
