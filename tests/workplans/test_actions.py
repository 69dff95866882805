"""The write path of work plans: who, in which state, what is complete, and who was quicker."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.errors import Conflict, Problems
from tasks.models import (
    Agency,
    Event,
    Measure,
    Milestone,
    TermStatus,
    WorkPlan,
    WorkPlanDraft,
    WorkPlanVersion,
)
from tasks.values import Duty, Role
from tasks.workplans import actions
from tasks.workplans.content import SectionInput, changes
from tasks.workplans.decisions import DecisionInput, decide
from tasks.workplans.models import State
from tasks.workplans.queries import held, version_contents
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make
from tests.workplans.conftest import WHOLE, Y2017, World, measure, node


def told(caught: pytest.ExceptionInfo[Problems]) -> list[tuple[str, str, str]]:
    return [(problem.row, problem.field, problem.message) for problem in caught.value.problems]


# -- drafts -------------------------------------------------------------------------------------------------


def test_a_section_is_kept_as_typed_with_days_in_one_form_and_blank_rows_left_out(world: World) -> None:
    said = measure(node(" 平台建成 ", "2017年6月底前"), node("", ""), node("验收", "尽快"), contact="王某")
    head = world.save(world.first, said, measure(text="", division=""))
    draft = head.drafts.get()
    assert (head.state, head.saved_by, draft.revision) == (State.DRAFT, world.reporter, 1)
    kept = draft.measures[0]
    assert len(draft.measures) == 1
    assert (kept["text"], kept["division"], kept["contact"]) == ("建平台", "规划处", "王某")
    assert [(n["text"], n["due"]) for n in kept["milestones"]] == [
        ("平台建成", "2017-06-30"),
        ("验收", "尽快"),
    ]
    keys = [kept["key"], *(n["key"] for n in kept["milestones"])]
    assert len({key for key in keys if key}) == 3


def test_keys_stay_when_a_draft_is_saved_again(world: World) -> None:
    first = world.save(world.first, measure(node("平台建成", "2017-06-30"))).drafts.get().measures[0]
    again = measure(node("平台建成并验收", "2017-07-31", key=first["milestones"][0]["key"]), key=first["key"])
    second = world.save(world.first, again, revision=1).drafts.get().measures[0]
    assert (second["key"], second["milestones"][0]["key"]) == (first["key"], first["milestones"][0]["key"])
    assert second["milestones"][0]["due"] == "2017-07-31"


def test_two_people_write_on_two_tasks_of_one_work_plan(world: World) -> None:
    world.save(world.first, measure(node("一", "2017-06-30")))
    head = world.save(world.second, measure(node("二", "2017-06-30")), by=world.colleague)
    assert WorkPlan.objects.get() == head
    assert {draft.task: draft.saved_by for draft in head.drafts.all()} == {
        world.first: world.reporter,
        world.second: world.colleague,
    }


@pytest.mark.parametrize("seen", [None, 0, 2])
def test_the_second_on_one_task_is_told_and_overwrites_nothing(world: World, seen: int | None) -> None:
    world.save(world.first, measure(node("一", "2017-06-30")))
    with pytest.raises(Conflict, match=rf"{world.reporter}于 05-10 10:00 保存过"):
        world.save(world.first, measure(node("别的", "2017-06-30")), by=world.colleague, revision=seen)
    assert WorkPlanDraft.objects.get().measures[0]["milestones"][0]["text"] == "一"


def test_a_draft_that_is_not_there_any_more_is_a_conflict(world: World) -> None:
    with pytest.raises(Conflict, match="草稿已不在"):
        world.save(world.first, revision=3)
    assert not WorkPlan.objects.exists()


def test_nobody_writes_for_another_body_or_on_a_task_that_it_does_not_hold(world: World) -> None:
    strange = make.task(world.plan, lead=world.co)
    with pytest.raises(PermissionDenied, match="本单位不承担这项任务"):
        world.save(strange)
    for who in (world.other, world.viewer, world.office):
        with pytest.raises(PermissionDenied, match="只能填写本单位的"):
            actions.save_sections(
                by=who,
                plan=world.plan,
                agency_id=world.lead.pk,
                period=WHOLE,
                sections=[SectionInput(world.first.pk)],
            )
    assert not WorkPlan.objects.exists()


@pytest.mark.parametrize("year", [2015, 2019, 2026])
def test_a_year_outside_or_too_far_ahead_is_refused(world: World, year: int) -> None:
    with pytest.raises(Problems, match="现在可以填报 2016 年至 2018 年的年度要点"):
        world.save(world.first, period=WorkPlanPeriod(year))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("section", "field", "says"),
    [
        ({"none_reason": "字" * 501}, "none_reason", "“不列举措的原因”有 501 字，最多 500 字，请删减。"),
        ({"measures": (measure(text="字" * 501),)}, "measures.0.text", "“举措”有 501 字"),
        ({"measures": (measure(division="处" * 61),)}, "measures.0.division", "“责任处室”有 61 字"),
        ({"measures": (measure(), measure(contact="人" * 61))}, "measures.1.contact", "“联系人”有 61 字"),
        ({"measures": (measure(node("节" * 501, "")),)}, "measures.0.milestones.0.text", "“节点”有 501 字"),
        ({"measures": (measure(node("一", "9" * 41)),)}, "measures.0.milestones.0.due", "“完成时限”有 41 字"),
        (
            {"measures": (measure(node("一", ""), node("二", "", "标" * 201)),)},
            "measures.0.milestones.1.evidence",
            "“完成标志”有 201 字",
        ),
        ({"measures": (measure(),) * 31}, "measures", "一项任务最多 30 项举措。"),
        ({"measures": (measure(*[node("一", "")] * 31),)}, "measures.0.text", "一项举措最多 30 个节点。"),
        ({"measures": (measure(node("一\0", "")),)}, "", "内容含有不能保存的字符。"),
        ({"measures": (measure(key="<b>"),)}, "", "内容含有不能保存的字符。"),
        (
            {"measures": (measure(node("一", "", key="k"), node("二", "", key="k")),)},
            "",
            "同一个节点或举措出现了两次",
        ),
    ],
)
def test_what_cannot_be_kept_is_told_on_its_field(
    world: World, section: dict[str, Any], field: str, says: str
) -> None:
    with pytest.raises(Problems) as caught:
        actions.save_sections(
            by=world.reporter,
            plan=world.plan,
            agency_id=world.lead.pk,
            period=WHOLE,
            sections=[SectionInput(world.first.pk, **section)],
        )
    ((row, named, message),) = told(caught)
    assert (row, named) == (world.first.code, field)
    assert says in message
    assert not WorkPlan.objects.exists()


def test_one_task_twice_in_a_batch_is_refused(world: World) -> None:
    with pytest.raises(Problems, match="同一项任务不能在一次保存里出现两次"):
        actions.save_sections(
            by=world.reporter,
            plan=world.plan,
            agency_id=world.lead.pk,
            period=WHOLE,
            sections=[SectionInput(world.first.pk)] * 2,
        )


def test_number_and_date_of_the_paper_are_kept_beside_the_time_of_recording(world: World) -> None:
    about: dict[str, Any] = {
        "by": world.reporter,
        "plan": world.plan,
        "agency_id": world.lead.pk,
        "period": WHOLE,
    }
    paper = make.moment("2016-10-08").date()
    world.written()
    head = actions.save_cover(**about, doc_number=" 青经信〔2016〕9号 ", paper_date=paper)
    version = world.submit(head)
    assert (version.doc_number, version.paper_date) == ("青经信〔2016〕9号", paper)
    assert version.submitted_at == clock.now()
    with pytest.raises(Conflict, match="改为“待确认”"):
        actions.save_cover(**about, doc_number="", paper_date=None)
    with pytest.raises(Problems) as caught:
        actions.save_cover(**about, doc_number="号" * 61, paper_date=make.moment("2017-05-11").date())
    assert [field for _row, field, _message in told(caught)] == ["doc_number", "paper_date"]
    with pytest.raises(PermissionDenied):
        actions.save_cover(**{**about, "by": world.other}, doc_number="", paper_date=None)


# -- which tasks --------------------------------------------------------------------------------------------


def test_a_year_is_for_whoever_held_a_task_in_any_quarter_of_it(world: World) -> None:
    """From July on 新局 leads the first task instead of 牵头局: both write the year, only who holds it now the whole."""
    heir = make.agency("新局")
    old = world.first.responsibilities.get(agency=world.lead)
    old.valid = make.quarters(None, "2017Q2")
    old.save()
    make.responsibility(world.first, heir, first="2017Q3")
    year = {agency: sorted(tasks) for agency, tasks in held(world.plan, Y2017).items()}
    whole = {agency: sorted(tasks) for agency, tasks in held(world.plan, WHOLE).items()}
    both = sorted([world.first.pk, world.second.pk])
    assert year == {world.lead.pk: both, world.co.pk: both, heir.pk: [world.first.pk]}
    assert whole == {world.lead.pk: both, world.co.pk: both}
    with clock.at(make.moment("2017-07-10")):
        assert sorted(held(world.plan, WHOLE)) == [world.lead.pk, world.co.pk, heir.pk]


def test_a_task_that_was_closed_is_written_of_only_in_years_in_which_it_ran(world: World) -> None:
    make.term(world.first, TermStatus.CLOSED, first="2017Q2")

    def tasks(period: WorkPlanPeriod) -> list[int]:
        return list(held(world.plan, period, [world.lead.pk])[world.lead.pk])

    assert (tasks(WHOLE), tasks(Y2017), tasks(WorkPlanPeriod(2018))) == (
        [world.second.pk],
        [world.first.pk, world.second.pk],
        [world.second.pk],
    )


def test_a_duty_that_changes_within_the_year_counts_as_the_later(world: World) -> None:
    own = world.first.responsibilities.get(agency=world.co)
    own.valid = make.quarters(None, "2017Q1")
    own.save()
    make.responsibility(world.first, world.co, Duty.CO, first="2018Q1")
    third = make.task(world.plan, lead=world.home)
    make.responsibility(third, world.co, Duty.CO, last="2017Q2")
    make.responsibility(third, make.agency(), Duty.CO, first="2017Q1")
    assert held(world.plan, Y2017, [world.co.pk])[world.co.pk][third.pk].duty == Duty.CO


def test_what_was_written_on_a_task_given_up_is_left_out_when_submitted(world: World) -> None:
    head = world.written()
    world.second.responsibilities.filter(agency=world.lead).update(valid=make.quarters(None, "2017Q1"))
    version = world.submit(head)
    assert [section.task for section in version.sections.all()] == [world.first]


# -- handing on and submitting ------------------------------------------------------------------------------


def test_a_work_plan_goes_from_draft_to_confirmed(world: World) -> None:
    head = world.written(node("平台建成", "2017-06-30", "验收报告"), node("投入运行", "2017-09-30"))
    actions.hand(by=world.reporter, work_plans=[head.pk])
    actions.take_back(by=world.approver, work_plans=[head.pk], note="再看看")
    actions.hand(by=world.reporter, work_plans=[head.pk])
    version = world.submit(head)
    assert (version.number, version.submitted_by, version.decision) == (1, world.approver, "")
    sections = list(version.sections.order_by("task__order"))
    assert [(s.task, s.duty, s.none_reason) for s in sections] == [
        (world.first, Duty.LEAD, ""),
        (world.second, Duty.CO, "配合牵头单位，不单列。"),
    ]
    said = Measure.objects.get()
    assert (said.section, said.text, said.division) == (sections[0], "建平台", "规划处")
    assert [(m.text, str(m.due), m.evidence) for m in Milestone.objects.order_by("order")] == [
        ("平台建成", "2017-06-30", "验收报告"),
        ("投入运行", "2017-09-30", ""),
    ]
    world.confirm(version)
    head.refresh_from_db()
    version.refresh_from_db()
    assert (head.state, version.decision, version.decided_by) == (State.CONFIRMED, "confirmed", world.office)
    events = Event.objects.filter(subject=f"workplan:{head.pk}").order_by("id")
    assert [(e.verb, e.by, e.from_state, e.to_state) for e in events] == [
        ("workplan.hand", world.reporter, "draft", "handed"),
        ("workplan.take_back", world.approver, "handed", "draft"),
        ("workplan.hand", world.reporter, "draft", "handed"),
        ("workplan.submit", world.approver, "handed", "submitted"),
        ("workplan.confirm", world.office, "submitted", "confirmed"),
    ]
    assert [e.note for e in events] == ["", "再看看", "", "", ""]


def test_who_wrote_on_a_task_last_does_not_approve_unless_the_body_allows_it(world: World) -> None:
    head = world.written()
    Agency.objects.filter(pk=world.lead.pk).update(one_person=False)
    world.save(world.first, measure(node("建成", "2017-06-30")), revision=1, by=world.approver)
    with pytest.raises(Problems, match="自己最后写的") as refused:
        world.submit(head)
    assert [problem.row for problem in refused.value.problems] == [world.first.code]
    Agency.objects.filter(pk=world.lead.pk).update(one_person=True)
    assert world.submit(head).number == 1


def test_what_is_missing_is_told_task_by_task(world: World) -> None:
    head = world.save(
        world.first,
        measure(node("", "2017-06-30"), node("验收", "尽快"), node("早", "2016-07-25"), text="", division=""),
        measure(node("晚", "2026-01-01"), node("空", "")),
        none_reason="没有任务",
    )
    with pytest.raises(Problems) as caught:
        actions.hand(by=world.reporter, work_plans=[head.pk])
    first, second = world.first.code, world.second.code
    assert told(caught) == [
        (first, "none_reason", "已经列了举措，请清空“不列举措的原因”。"),
        (first, "measures.0.text", "请写举措。"),
        (first, "measures.0.division", "请写责任处室。"),
        (first, "measures.0.milestones.0.text", "请写节点。"),
        (
            first,
            "measures.0.milestones.1.due",
            "“尽快”不是日期，请写成 2017-06-30；只写到月的，按月底算。",
        ),
        (first, "measures.0.milestones.2.due", "方案自 2016-07-26 起施行，节点不能更早。"),
        (first, "measures.1.milestones.0.due", "方案有效期至 2025-12-31，节点不能更晚。"),
        (first, "measures.1.milestones.1.due", "请填完成时限。"),
        (second, "measures", "请列举措；确实不用列的，写明原因。"),
    ]
    assert actions.problems_of([head]) == caught.value.problems
    head.refresh_from_db()
    assert head.state == State.DRAFT


def test_measures_without_any_milestone_are_not_enough(world: World) -> None:
    world.save(world.first, measure(), measure())
    head = world.save(world.second, none_reason="配合。")
    assert [(p.field, p.message) for p in actions.problems_of([head])] == [
        ("measures.0.milestones", "请至少列一个有完成时限的节点，序时进度才有得对照。")
    ]


def test_the_milestones_of_a_year_lie_within_it(world: World) -> None:
    head = world.written(node("早", "2016-12-31"), node("晚", "2018-01-01"), period=Y2017)
    assert [problem.message for problem in actions.problems_of([head])] == [
        "年度要点的节点须在 2017 年内。"
    ] * 2


def test_only_the_approver_submits_and_only_the_own_body_hands_on(world: World) -> None:
    head = world.written()
    for act, who in [
        (actions.submit, world.reporter),
        (actions.submit, world.office),
        (actions.hand, world.other),
        (actions.hand, world.viewer),
    ]:
        with pytest.raises(PermissionDenied):
            act(by=who, work_plans=[head.pk])
    with pytest.raises(PermissionDenied, match="没有这份实施方案"):
        actions.hand(by=world.reporter, work_plans=[head.pk, 0])


def test_what_was_handed_on_is_not_written_on(world: World) -> None:
    head = world.written()
    actions.hand(by=world.reporter, work_plans=[head.pk])
    for act in (
        lambda: world.save(world.first, revision=1),
        lambda: actions.hand(by=world.colleague, work_plans=[head.pk]),
    ):
        with pytest.raises(Conflict, match=rf"实施方案已由{world.reporter}于 05-10 10:00 改为“待签批”"):
            act()


def test_submitted_twice_at_once_is_one_version(world: World) -> None:
    version = world.submitted()
    with pytest.raises(Conflict, match="改为“待确认”"):
        world.submit(version.work_plan)
    assert WorkPlanVersion.objects.count() == 1


# -- deciding -----------------------------------------------------------------------------------------------


def test_a_returned_work_plan_says_why_and_comes_again(world: World) -> None:
    version = world.submitted()
    with pytest.raises(Problems, match="请写明退回的理由"):
        decide(by=world.office, decisions=[DecisionInput(version.pk, confirm=False, note=" ")])
    world.confirm(version, confirm=False, note="节点太少。")
    version.work_plan.refresh_from_db()
    assert version.work_plan.state == State.RETURNED
    world.save(world.first, measure(node("平台建成", "2017-07-31")), revision=1)
    again = world.submit(version.work_plan)
    assert again.number == 2
    assert [v.decision for v in WorkPlanVersion.objects.order_by("number")] == ["returned", ""]


def test_nobody_confirms_his_own_bodys_work_plan(world: World) -> None:
    task = make.task(world.plan, lead=world.home)
    writer = world.person(Role.APPROVER, world.home)
    head = world.save(task, measure(node("一", "2017-06-30")), by=writer)
    version = actions.submit(by=writer, work_plans=[head.pk])[0]
    theirs = world.submitted()
    for who, item in [
        (world.office, version),
        (writer, version),
        (world.second_reviewer, theirs),
        (world.reporter, theirs),
        (world.other, theirs),
        (world.viewer, theirs),
    ]:
        with pytest.raises(PermissionDenied, match="由领导小组办公室确认"):
            decide(by=who, decisions=[DecisionInput(item.pk, confirm=True)])
    decide(by=world.second_reviewer, decisions=[DecisionInput(version.pk, confirm=True)])
    # The approver has moved to the office meanwhile.
    moved = make.hold(world.approver, Role.OFFICE, agency=world.home)
    with pytest.raises(PermissionDenied):
        decide(by=moved, decisions=[DecisionInput(theirs.pk, confirm=True)])


def test_decided_twice_the_second_is_told(world: World) -> None:
    version = world.confirmed()
    with pytest.raises(Conflict, match=rf"已由{world.office}于 05-10 10:00 改为“已确认”"):
        world.confirm(version, confirm=False)


def test_an_old_version_is_not_decided(world: World) -> None:
    old = world.submitted()
    world.confirm(old, confirm=False)
    world.submit(old.work_plan)
    with pytest.raises(Conflict, match="已有第 2 版"):
        world.confirm(old)


def test_decisions_are_all_or_none(world: World) -> None:
    first = world.submitted()
    head = world.save(world.first, none_reason="不牵头", by=world.other)
    world.save(world.second, measure(node("二", "2017-06-30")), by=world.other)
    second = actions.submit(by=world.person(Role.APPROVER, world.co), work_plans=[head.pk])[0]
    with pytest.raises(Problems):
        decide(
            by=world.office,
            decisions=[DecisionInput(first.pk, confirm=True), DecisionInput(second.pk, confirm=False)],
        )
    assert not WorkPlanVersion.objects.exclude(decision="").exists()
    with pytest.raises(Problems, match="不能在一次提交里决定两次"):
        decide(by=world.office, decisions=[DecisionInput(first.pk, confirm=True)] * 2)


# -- writing anew -------------------------------------------------------------------------------------------


def test_a_confirmed_work_plan_is_written_anew_while_the_former_holds(world: World) -> None:
    first = world.confirmed(node("平台建成", "2017-06-30"), node("运行", "2017-12-31"))
    with pytest.raises(Conflict, match="改为“已确认”"):
        world.save(world.first, revision=1)
    with pytest.raises(Problems, match="请写明为什么修改"):
        actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="")
    actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="征地推迟。")
    kept = first.work_plan.drafts.get(task=world.first).measures[0]
    keys = [item["key"] for item in kept["milestones"]]
    later = measure(node("平台建成", "2017-09-30", key=keys[0]), node("扩建", "2018-06-30"), key=kept["key"])
    world.save(world.first, later, revision=1)
    assert WorkPlanVersion.objects.in_force().get() == first
    second = world.submit(first.work_plan)
    assert (second.number, second.note) == (2, "征地推迟。")
    assert WorkPlanVersion.objects.in_force().get() == first
    before = clock.now()
    world.confirm(second, at="2017-05-11 09:00")
    with clock.at(make.moment("2017-05-12")):
        assert WorkPlanVersion.objects.in_force().get() == second
        assert WorkPlanVersion.objects.in_force(before).get() == first
    contents = version_contents([first.pk, second.pk])
    assert [(c.label, c.before, c.after) for c in changes(contents[first.pk], contents[second.pk])] == [
        ("节点", "2017-06-30 平台建成", "2017-09-30 平台建成"),
        ("节点", "2017-12-31 运行", ""),
        ("节点", "", "2018-06-30 扩建"),
    ]


def test_changes_that_were_begun_can_be_given_up(world: World) -> None:
    first = world.confirmed(node("平台建成", "2017-06-30"))
    before = first.work_plan.drafts.get(task=world.first).measures
    actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="改")
    world.save(world.first, none_reason="不做了", revision=1)
    actions.drop(by=world.reporter, work_plans=[first.work_plan_id])
    head = WorkPlan.objects.get()
    draft = head.drafts.get(task=world.first)
    assert (head.state, head.note, draft.measures, draft.none_reason) == (State.CONFIRMED, "", before, "")
    assert head.drafts.get(task=world.second).none_reason == "配合牵头单位，不单列。"


def test_without_a_confirmed_version_there_is_nothing_to_go_back_to(world: World) -> None:
    head = world.written()
    with pytest.raises(Conflict, match="还没有确认过的版本"):
        actions.drop(by=world.reporter, work_plans=[head.pk])
    with pytest.raises(Conflict):
        actions.revise(by=world.reporter, work_plans=[head.pk], note="改")


# -- queries ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_queries_do_not_grow_with_the_batch(world: World) -> None:
    """As many for seven tasks with seven measures of seven milestones as for one."""

    def act(count: int) -> list[int]:
        tasks = [make.task(world.plan, lead=world.lead) for _ in range(count)]
        sections = [
            SectionInput(task.pk, measures=(measure(*[node("节点", "2017-06-30")] * count),) * count)
            for task in tasks
        ]
        counts: list[int] = []

        def measured(call: Any) -> Any:
            with CaptureQueriesContext(connection) as caught:
                answer = call()
            counts.append(len(caught))
            return answer

        head = measured(
            lambda: actions.save_sections(
                by=world.reporter, plan=world.plan, agency_id=world.lead.pk, period=WHOLE, sections=sections
            )
        )
        measured(lambda: actions.hand(by=world.reporter, work_plans=[head.pk]))
        version = measured(lambda: world.submit(head))
        measured(lambda: world.confirm(version))
        actions.revise(by=world.reporter, work_plans=[head.pk], note="改")
        measured(lambda: actions.drop(by=world.reporter, work_plans=[head.pk]))
        measured(lambda: actions.revise(by=world.reporter, work_plans=[head.pk], note="改"))
        return counts

    world.written()
    assert act(1) == act(7)


@pytest.mark.slow
def test_a_submitted_work_plan_is_withdrawn_until_it_is_decided(world: World) -> None:
    version = world.submitted()
    head = version.work_plan
    for by, note, refused in (
        (world.reporter, "数字有误", PermissionDenied),
        (world.office, "数字有误", PermissionDenied),
        (world.approver, " ", Problems),
    ):
        with pytest.raises(refused):
            actions.withdraw(by=by, work_plans=[head.pk], note=note)
    actions.withdraw(by=world.approver, work_plans=[head.pk], note="数字有误")
    head.refresh_from_db()
    version.refresh_from_db()
    assert (head.state, version.decision, version.decision_note) == (State.DRAFT, "withdrawn", "数字有误")
    again = world.submit(head)
    assert again.number == 2
    world.confirm(again)
    with pytest.raises(Conflict):
        actions.withdraw(by=world.approver, work_plans=[head.pk], note="数字有误")


def test_an_approver_says_why_a_handed_work_plan_goes_back_to_the_reporter(world: World) -> None:
    head = world.written()
    actions.hand(by=world.reporter, work_plans=[head.pk])
    with pytest.raises(Problems, match="退回填报员的理由"):
        actions.take_back(by=world.approver, work_plans=[head.pk], note="  ")
    actions.take_back(by=world.reporter, work_plans=[head.pk])
    actions.hand(by=world.reporter, work_plans=[head.pk])
    (back,) = actions.take_back(by=world.approver, work_plans=[head.pk], note="补节点")
    assert back.state == State.DRAFT


@pytest.mark.pages
def test_the_page_offers_to_withdraw_and_keeps_a_refusal_beside_the_field(world: World) -> None:
    version = world.submitted()
    approver = world.client(world.approver)
    address = reverse("workplan_edit", args=[world.plan.slug, str(version.work_plan.period)])
    assert 'value="withdraw"' in approver.get(address).content.decode()
    assert 'value="withdraw"' not in world.client().get(address).content.decode()
    refused = approver.post(address, {"action": "withdraw", "note": "无"})
    assert (refused.status_code, "请写明撤回的理由" in refused.content.decode()) == (422, True)
    assert approver.post(address, {"action": "withdraw", "note": "数字有误"}).status_code == 302
