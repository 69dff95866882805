"""What a person sees and does: desk, list of tasks, form of one task, check page, the office's list, milestones."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.contacts.models import Contact
from tasks.models import MilestoneReport, TermStatus, WorkPlan, WorkPlanDraft, WorkPlanVersion
from tasks.values import Role
from tasks.workplans import actions
from tasks.workplans.models import State
from tests import factories as make
from tests.markup import one_line
from tests.pages import text
from tests.workplans.conftest import WHOLE, Y2017, World, measure, node


def edit_url(world: World, period: Any = WHOLE) -> str:
    return reverse("workplan_edit", args=[world.plan.slug, str(period)])


def section_url(world: World, task: Any = None, period: Any = WHOLE) -> str:
    return reverse("workplan_section", args=[world.plan.slug, str(period), (task or world.first).ref])


def check_url(world: World, period: Any = WHOLE) -> str:
    return reverse("workplan_check", args=[world.plan.slug, str(period)])


POSTED = {
    "revision": "",
    "measure_key": ["", ""],
    "measure_text": ["建平台", "  "],
    "measure_division": ["规划处", "规划处"],
    "measure_contact": ["王某", ""],
    "milestone_key_0": ["", ""],
    "milestone_text_0": ["平台\r\n建成", ""],
    "milestone_due_0": ["2017-06-30", ""],
    "milestone_evidence_0": ["验收报告", ""],
    "none_reason": "",
}


# -- the desk -----------------------------------------------------------------------------------------------


def test_the_desk_shows_each_work_plan_with_its_state(world: World) -> None:
    page = text(world.client().get(reverse("workplan_desk")))
    assert page.count("开始填写") == 4  # the whole, and the years 2016, 2017 and 2018
    world.confirmed()
    world.written(period=Y2017)
    page = text(world.client().get(reverse("workplan_desk")))
    assert "2017-05-10 确认" in page
    assert "第 1 版" in page
    assert "继续填写" in page
    assert "本单位承担 2 项任务，其中牵头 1 项" in page


def test_the_desk_quotes_the_plans_own_words(world: World) -> None:
    world.plan.text = (
        "一｡各部门要研究制定具体实施\n方案｡又｡各地区､各部门要按照任务分工研究制定具体实施方案,明确责任｡完｡"
    )
    world.plan.save()
    page = text(world.client().get(reverse("workplan_desk")))
    assert "各地区、各部门要按照任务分工研究制定具体实施方案，明确责任。" in page
    world.plan.text = "没有这样的话｡"
    world.plan.save()
    assert "方案的要求" not in text(world.client().get(reverse("workplan_desk")))


def test_the_desks_list_what_is_overdue_and_due(world: World) -> None:
    make.cycle(world.plan, "2017Q2", opened_at=make.moment("2017-04-01"))
    world.confirmed(node("过了的", "2017-03-31"), node("快到的", "2017-06-20"), node("以后的", "2017-09-30"))
    own = text(world.client().get(reverse("workplan_desk")))
    assert ("过了的" in own, "快到的" in own, "以后的" in own) == (True, True, False)
    assert "逾期未完成" in own
    desk = text(world.client().get(reverse("desk"), {"q": "2017Q2"}))
    assert ("过了的" in desk, "本季还有 1 个节点到期" in desk) == (True, True)


def test_an_account_that_files_for_nobody_is_refused(world: World) -> None:
    for path in (reverse("workplan_desk"), edit_url(world), section_url(world), check_url(world)):
        assert world.client(world.office).get(path).status_code == 403


@pytest.mark.parametrize("period", ["2015", "2019", "17", "all", "２０１７"])
def test_a_period_that_is_none_is_not_found(world: World, period: str) -> None:
    assert world.client().get(edit_url(world, period)).status_code == 404


def test_a_body_without_tasks_has_nothing_to_write(world: World) -> None:
    stranger = world.person(Role.REPORTER, make.agency())
    assert world.client(stranger).get(edit_url(world)).status_code == 404
    assert world.client().get(section_url(world, make.task(world.plan, lead=world.co))).status_code == 404


# -- one task -----------------------------------------------------------------------------------------------


def test_a_section_is_written_without_a_script(world: World) -> None:
    client = world.client()
    Contact.objects.create(
        responsibility=world.first.responsibilities.get(agency=world.lead),
        division="产业处",
        liaison="李某",
        valid=("2016-01-01", None),
    )
    page = text(client.get(section_url(world)))
    assert 'value="产业处"' in page  # offered, and no reason to keep an empty measure
    answer = client.post(section_url(world), {**POSTED, "action": "next"})
    assert answer.headers["Location"] == section_url(world, world.second)
    kept = WorkPlanDraft.objects.get().measures
    assert len(kept) == 1
    assert kept[0]["contact"] == "王某"
    assert kept[0]["milestones"][0]["text"] == "平台\n建成"
    again = text(client.get(section_url(world)))
    assert 'type="date"' in again
    assert 'value="2017-06-30"' in again
    assert "第 1 / 2 项" in again


def test_more_rows_are_asked_for_and_what_was_typed_is_kept(world: World) -> None:
    client = world.client()
    answer = client.post(section_url(world), {**POSTED, "action": "more-0"})
    assert answer.headers["Location"] == f"{section_url(world)}?more=0#measure-0"
    page = text(client.get(f"{section_url(world)}?more=0"))
    assert page.count('name="milestone_text_0"') == 1 + 3
    answer = client.post(section_url(world), {**POSTED, "revision": "1", "action": "more-measure"})
    assert answer.headers["Location"].endswith("?more=measure#measure-1")
    page = text(client.get(f"{section_url(world)}?more=measure"))
    assert page.count('name="measure_text"') == 2
    assert WorkPlanDraft.objects.get().revision == 2


def test_rows_are_ticked_off(world: World) -> None:
    client = world.client()
    world.save(world.first, measure(node("一", "2017-06-30"), node("二", "2017-07-31")), measure(text="别的"))
    posted = {
        "revision": "1",
        "measure_key": ["a", "b"],
        "measure_text": ["建平台", "别的"],
        "measure_division": ["规划处", "规划处"],
        "measure_contact": ["", ""],
        "milestone_key_0": ["c", "d"],
        "milestone_text_0": ["一", "二"],
        "milestone_due_0": ["2017-06-30", "2017-07-31"],
        "milestone_evidence_0": ["", ""],
        "drop_node": ["0.0"],
        "drop_measure": ["1"],
    }
    assert client.post(section_url(world), posted).status_code == 302
    kept = WorkPlanDraft.objects.get().measures
    assert [(m["text"], [n["text"] for n in m["milestones"]]) for m in kept] == [("建平台", ["二"])]


def test_what_cannot_be_kept_stays_on_the_page_with_its_error(world: World) -> None:
    posted = {**POSTED, "milestone_evidence_0": ["标" * 201, ""], "measure_text": ["<b>建</b>", ""]}
    answer = world.client().post(section_url(world), posted)
    page = text(answer)
    assert answer.status_code == 422
    assert "举措 1 节点 1：“完成标志”有 201 字" in page
    assert 'href="#milestone_evidence_0_0"' in page
    assert "&lt;b&gt;建&lt;/b&gt;" in page
    assert not WorkPlanDraft.objects.exists()


def test_the_second_person_loses_nothing_and_sees_the_difference(world: World) -> None:
    world.save(world.first, measure(node("同事的", "2017-06-30"), text="同事的举措"), by=world.colleague)
    answer = world.client().post(section_url(world), POSTED)
    page = text(answer)
    assert answer.status_code == 409
    assert f"{world.colleague}于 05-10 10:00 保存过" in page
    assert "同事的举措" in page
    assert "建平台" in page
    assert 'name="revision" value="1"' in page
    assert world.client().post(section_url(world), {**POSTED, "revision": "1"}).status_code == 302


def test_a_day_that_cannot_be_read_is_shown_as_typed_and_told_at_the_check(world: World) -> None:
    world.save(world.first, measure(node("一", "尽快")))
    page = text(world.client().get(f"{section_url(world)}?check=1"))
    assert 'value="尽快" type="text"' in one_line(page)
    assert "举措 1 节点 1：“尽快”不是日期" in page
    assert 'aria-describedby="milestone_due_0_0_e"' in page


def test_the_years_points_begin_with_the_milestones_of_the_year(world: World) -> None:
    world.confirmed(node("今年的", "2017-06-30"), node("明年的", "2018-06-30"))
    page = text(world.client().get(f"{section_url(world, period=Y2017)}?copy=1"))
    assert ("今年的" in page, "明年的" in page) == (True, False)
    assert f'value="{world.node("今年的").key}"' in page
    assert "同一节点两处只算一个" in page
    assert not WorkPlan.objects.filter(year=2017).exists()
    empty = text(world.client().get(f"{section_url(world, world.second, Y2017)}?copy=1"))
    assert "没有为这项任务在 2017 年列节点" in empty


# -- the list and the check page ----------------------------------------------------------------------------


def test_the_list_tells_what_is_left_to_do(world: World) -> None:
    world.save(world.first, measure(node("一", "")))
    page = text(world.client().get(edit_url(world)))
    assert "2 项任务中 0 项已写完" in page
    assert "1 处要改" in page
    assert f"{section_url(world)}?check=1" in page
    assert "未填" in page


def test_the_cover_is_kept(world: World) -> None:
    client = world.client()
    data = {"action": "cover", "doc_number": "青科〔2016〕1号", "paper_date": "2016-10-08"}
    assert client.post(edit_url(world), data).status_code == 302
    assert WorkPlan.objects.get().doc_number == "青科〔2016〕1号"
    faulty = client.post(edit_url(world), {"action": "cover", "paper_date": "2017-05-11"})
    assert (faulty.status_code, "印发日期不能晚于今天" in text(faulty)) == (422, True)
    unread = client.post(edit_url(world), {"action": "cover", "paper_date": "昨天"})
    assert (unread.status_code, "请填日期" in text(unread)) == (422, True)


def test_checked_handed_on_and_submitted(world: World) -> None:
    head = world.save(world.first, measure(node("一", "2017-06-30")))
    reporter, approver = world.client(), world.client(world.approver)
    page = text(reporter.get(check_url(world)))
    assert "还有 1 处要改" in page
    assert reporter.post(check_url(world), {"action": "hand"}).status_code == 422
    world.save(world.second, none_reason="配合")
    assert "交签批人" in text(reporter.get(check_url(world)))
    assert reporter.post(check_url(world), {"action": "hand"}).status_code == 302
    assert reporter.post(check_url(world), {"action": "submit"}).status_code == 403
    assert section_url(world) not in text(reporter.get(edit_url(world)))
    assert reporter.get(section_url(world)).status_code == 302
    assert approver.post(check_url(world), {"action": "submit"}).status_code == 302
    head.refresh_from_db()
    assert head.state == State.SUBMITTED
    late = approver.post(check_url(world), {"action": "submit"}, follow=True)
    assert "实施方案已由" in text(late)
    assert reporter.post(check_url(world), {"action": "nothing"}).status_code == 404


def test_a_returned_one_says_why_and_a_confirmed_one_is_changed(world: World) -> None:
    version = world.submitted()
    world.confirm(version, confirm=False, note="<i>节点</i>太少")
    client = world.client()
    page = text(client.get(edit_url(world)))
    assert "&lt;i&gt;节点&lt;/i&gt;太少" in page
    world.confirm(world.submit(version.work_plan))
    faulty = client.post(edit_url(world), {"action": "revise", "reason": ""})
    assert (faulty.status_code, "请写明为什么修改" in text(faulty)) == (422, True)
    assert client.post(edit_url(world), {"action": "revise", "reason": "征地推迟"}).status_code == 302
    assert "第 2 版仍然有效" in text(client.get(edit_url(world)))
    draft = WorkPlanDraft.objects.get(task=world.first)
    kept = draft.measures[0]
    world.save(
        world.first,
        measure(node("平台建成", "2017-09-30", key=kept["milestones"][0]["key"]), key=kept["key"]),
        revision=draft.revision,
    )
    check = text(client.get(check_url(world)))
    assert "与已确认的第 2 版相比" in check
    assert "1 处不同" in check
    assert client.post(edit_url(world), {"action": "drop"}).status_code == 302
    assert WorkPlanDraft.objects.get(task=world.first).measures == draft.measures
    assert client.post(edit_url(world), {"action": "drop"}, follow=True).status_code == 200
    assert client.post(edit_url(world), {"action": "what"}).status_code == 404


# -- reading and confirming ---------------------------------------------------------------------------------


def test_the_office_confirms_on_the_page_and_sees_what_changed(world: World) -> None:
    first = world.confirmed(node("平台建成", "2017-06-30"))
    actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="征地推迟")
    kept = first.work_plan.drafts.get(task=world.first).measures[0]
    later = node("平台建成", "2017-09-30", key=kept["milestones"][0]["key"])
    world.save(world.first, measure(later, key=kept["key"]), revision=1)
    world.submit(first.work_plan)
    client = world.client(world.office)
    listed = text(client.get(reverse("workplan_list", args=[world.plan.slug])))
    assert "1 件，先交的在前" in listed
    assert "另有新版待确认" in listed
    page = text(client.get(reverse("workplan", args=[first.work_plan_id])))
    assert ("征地推迟" in page, "与第 1 版相比" in page, "1 处不同" in page) == (True, True, True)
    decide = reverse("workplan_decide", args=[first.work_plan_id])
    refused = client.post(decide, {"version": "2", "action": "return", "note": ""})
    assert (refused.status_code, "请写明退回的理由" in text(refused)) == (422, True)
    assert "checked" not in page.split('id="h-decide"')[1]
    unchosen = client.post(decide, {"version": "2", "note": "缺节点"})
    assert (unchosen.status_code, text(unchosen).count("请选确认或退回。")) == (
        422,
        2,
    )  # on top, on the field
    doubted = client.post(decide, {"version": "2", "action": "confirm", "note": "缺节点"})
    assert (doubted.status_code, "选的却是“确认”" in text(doubted)) == (422, True)
    assert ("缺节点</textarea>" in text(doubted), 'name="sure"' in text(doubted)) == (True, True)
    assert client.post(decide, {"version": "9", "action": "confirm"}).status_code == 404
    sure = {"version": "2", "action": "confirm", "note": "缺节点", "sure": "1"}
    done = client.post(decide, sure, follow=True)
    assert "序时进度即与它对照" in text(done)
    late = client.post(decide, {"version": "2", "action": "confirm"}, follow=True)
    assert "改为“已确认”" in text(late)
    old = text(client.get(reverse("workplan_version", args=[first.work_plan_id, 1])))
    assert "已被新版取代" in old


def test_what_a_body_does_within_itself_is_told_to_nobody_else(world: World) -> None:
    head = world.written()
    actions.hand(by=world.reporter, work_plans=[head.pk])
    world.submit(head)
    address = reverse("workplan", args=[head.pk])
    assert "实施方案交签批" in text(world.client().get(address))
    assert "实施方案交签批" not in text(world.client(world.office).get(address))


def test_names_and_reasons_are_for_those_who_need_them(world: World) -> None:
    world.save(world.first, measure(node("一", "2017-03-31"), contact="王某某"))
    head = world.save(world.second, none_reason="配合")
    version = world.submit(head)
    world.confirm(version, note="内部意见")
    address = reverse("workplan", args=[head.pk])
    seen = {
        name: ("王某某" in page, "内部意见" in page)
        for name in ("reporter", "office", "viewer", "other")
        for page in (text(world.client(getattr(world, name)).get(address)),)
    }
    assert seen == {
        "reporter": (True, True),
        "office": (True, True),
        "viewer": (False, False),
        "other": (False, False),
    }


def test_everybody_sees_who_has_filed_and_only_what_may_be_seen(world: World) -> None:
    world.submitted()
    rows = world.client(world.viewer).get(reverse("workplan_list", args=[world.plan.slug])).context["rows"]
    assert [(row.filing.state, row.sees) for row in rows] == [("submitted", False), ("missing", False)]
    year = world.client(world.viewer).get(reverse("workplan_list", args=[world.plan.slug]), {"year": "2017"})
    assert "各单位2017年度要点" in text(year)
    for bad in ("2030", "x", "whole"):
        address = reverse("workplan_list", args=[world.plan.slug])
        assert world.client().get(address, {"year": bad}).status_code == 404


# -- milestones ---------------------------------------------------------------------------------------------


@pytest.mark.full
def test_a_milestone_is_reported_taken_back_and_refuted_on_its_page(world: World) -> None:
    world.confirmed(node("平台建成", "2017-04-30"))
    address = reverse("milestone", args=[world.node("平台建成").pk])
    client, office = world.client(), world.client(world.office)
    assert "逾期未完成" in text(client.get(address))
    empty = client.post(address, {"action": "report", "reached_on": "", "words": ""})
    assert (empty.status_code, "请填日期" in text(empty), "请写完成情况" in text(empty)) == (422, True, True)
    future = client.post(address, {"action": "report", "reached_on": "2017-05-11", "words": "好了"})
    assert (future.status_code, "完成日期不能晚于今天" in text(future)) == (422, True)
    good = {"action": "report", "reached_on": "2017-05-03", "words": "<u>验收</u>"}
    assert "已报告完成" in text(client.post(address, good, follow=True))
    assert "报告过这个节点完成" in text(client.post(address, good, follow=True))
    page = text(client.get(address))
    assert "2017-05-03 完成，晚 3 天" in page
    assert "&lt;u&gt;验收&lt;/u&gt;" in page
    first = MilestoneReport.objects.get()
    refused = client.post(address, {"action": "undo", "report": first.pk, "reason": ""})
    assert (refused.status_code, "请写明为什么撤销" in text(refused)) == (422, True)
    assert client.post(address, {"action": "undo", "report": first.pk, "reason": "错"}).status_code == 302
    client.post(address, good)
    second = MilestoneReport.objects.get(undone_at=None)
    # The office looked at the one that was taken back meanwhile.
    stale = office.post(address, {"action": "refute", "report": first.pk, "reason": "没有建成"}, follow=True)
    assert "刚刚有了变化" in text(stale)
    office.post(address, {"action": "refute", "report": second.pk, "reason": "现场没有设备"})
    assert "现场没有设备" in text(client.get(address))
    assert "现场没有设备" not in text(world.client(world.viewer).get(address))
    assert client.post(address, {"action": "what"}).status_code == 404


def test_a_milestones_page_shows_its_day_in_every_version(world: World) -> None:
    first = world.confirmed(node("平台建成", "2017-06-30"))
    old = world.node("平台建成")
    actions.revise(by=world.reporter, work_plans=[first.work_plan_id], note="推迟")
    kept = first.work_plan.drafts.get(task=world.first).measures[0]
    world.save(world.first, measure(node("平台建成", "2017-09-30", key=old.key), key=kept["key"]), revision=1)
    second = world.submit(first.work_plan)
    viewer, own = world.client(world.viewer), world.client()
    address = reverse("milestone", args=[old.pk])
    assert "2017-09-30" not in text(viewer.get(address))
    assert "2017-09-30" in text(own.get(address))
    world.confirm(second)
    assert "2017-09-30" in text(viewer.get(address))


# -- the return's form and the pages of the plan ------------------------------------------------------------


def test_the_returns_form_tells_what_is_overdue(world: World) -> None:
    make.cycle(world.plan, "2017Q1", opened_at=make.moment("2017-04-01"), closes_at=make.moment("2017-06-01"))
    world.confirmed(
        node("早该办的", "2017-02-28"), node("后来办的", "2017-03-20"), node("以后", "2017-09-30")
    )
    world.reached("后来办的", "2017-04-03")
    address = reverse("return_edit", args=[world.plan.slug, "2017Q1", world.first.ref])
    page = text(world.client().get(address))
    assert "序时进度：落后 2 个节点" in page
    assert "逾期未完成的节点，请在“下步打算”里写怎样追回" in page
    assert "4月3日已完成，计入下一季" in page
    assert "以后" not in page.partition("填报</title>")[2].partition("状态自评")[0].replace("报告以后", "")
    other = reverse("return_edit", args=[world.plan.slug, "2017Q1", world.second.ref])
    assert "序时进度" not in text(world.client().get(other))


@pytest.mark.parametrize(
    ("filed", "says"),
    [
        ("nothing", "实施方案尚未报送"),
        ("submitted", "实施方案待确认"),
        ("none", "已确认的方案里没有节点"),
        ("confirmed", "落后 1 个节点"),
    ],
)
def test_the_task_page_fills_its_third_status(world: World, filed: str, says: str) -> None:
    if filed == "submitted":
        world.submitted()
    elif filed == "none":
        head = world.save(world.first, none_reason="不列")
        world.save(world.second, none_reason="不列")
        world.confirm(world.submit(head))
    elif filed == "confirmed":
        world.confirmed(node("早该办的", "2017-02-28"), node("以后", "2017-09-30"))
    address = reverse("task", args=[world.plan.slug, world.first.ref])
    page = text(world.client(world.viewer).get(address, {"q": "2017Q1"}))
    assert says in page
    if filed == "confirmed":
        assert (
            "到本季末应完成1个，已完成0个。2017年2月28日“早该办的”逾期未完成。下一个：2017年9月30日 以后。"
            in page
        )


def test_the_task_page_of_a_closed_task_compares_nothing(world: World) -> None:
    world.confirmed(node("早该办的", "2017-02-28"))
    make.term(world.first, TermStatus.CLOSED, first="2017Q1")
    address = reverse("task", args=[world.plan.slug, world.first.ref])
    page = text(world.client(world.viewer).get(address, {"q": "2017Q1"}))
    assert ("本季起不再对照节点" in page, "落后" in page) == (True, False)


def test_a_bodys_page_leads_to_what_is_in_force(world: World) -> None:
    version = world.confirmed()
    world.submitted(node("一", "2017-06-30"), period=Y2017)
    address = reverse("agency", args=[world.plan.slug, world.lead.slug])
    page = text(world.client(world.viewer).get(address, {"q": "2017Q1"}))
    assert reverse("workplan_version", args=[version.work_plan_id, 1]) in page
    assert "2017年度要点" not in page


def test_the_overview_counts_and_the_schedule_lists(world: World) -> None:
    world.confirmed(node("早该办的", "2017-02-28"))
    client = world.client(world.viewer)
    said = "按牵头单位的节点，2项任务中1项落后，共1个节点逾期未完成；1项尚无已确认的节点。"
    assert said in text(client.get(reverse("overview", args=[world.plan.slug]), {"q": "2017Q1"}))
    address = reverse("schedule", args=[world.plan.slug])
    page = client.get(address, {"q": "2017Q1"})
    assert said in text(page)
    assert [row.schedule.words for part in page.context["parts"] for row in part.rows] == [
        "落后 1 个节点",
        "尚无已确认的节点",
    ]
    behind = client.get(address, {"q": "2017Q1", "show": "behind"})
    assert [row.lead for part in behind.context["parts"] for row in part.rows] == ["牵头局"]
    assert "没有这样的任务" in text(client.get(address, {"q": "2017Q1", "show": "on"}))
    earlier = client.get(address, {"q": "2017Q1", "known": "2017-05-09T10:00"})
    assert "2项尚无已确认的节点" in text(earlier)


# -- how many queries ---------------------------------------------------------------------------------------


@pytest.mark.full
@pytest.mark.slow
def test_no_page_asks_more_with_more_rows(world: World) -> None:
    make.cycle(world.plan, "2017Q1", opened_at=make.moment("2017-04-01"), closes_at=make.moment("2017-06-01"))
    office, client = world.client(world.office), world.client()

    def grow(count: int) -> None:
        """More tasks, measures, milestones, bodies and versions."""
        head = WorkPlan.objects.filter(agency=world.lead, year=None).first()
        if head is not None and head.state == State.CONFIRMED:
            actions.revise(by=world.reporter, work_plans=[head.pk], note="加任务")
        for _ in range(count):
            task = make.task(world.plan, lead=world.lead, co=[make.agency()])
            days = ["2017-02-28", "2017-05-20", "2017-09-30"]
            world.save(task, *[measure(*[node(day, day) for day in days])] * 2)
        for task in (world.first, world.second):
            draft = head.drafts.filter(task=task).first() if head else None
            world.save(task, none_reason="不牵头", revision=draft.revision if draft else None)
        head = WorkPlan.objects.get(agency=world.lead, year=None)
        version = world.submit(head)
        stranger = make.agency()
        third = make.task(world.plan, lead=stranger)
        writer = world.person(Role.APPROVER, stranger)
        theirs = world.save(third, measure(node("一", "2017-06-30")), by=writer)
        actions.submit(by=writer, work_plans=[theirs.pk])
        world.confirm(version)
        actions.revise(by=world.reporter, work_plans=[head.pk], note="再改")

    def measured() -> list[int]:
        task = world.plan.tasks.order_by("order")[2]
        version = WorkPlanVersion.objects.filter(work_plan__agency=world.lead).latest("pk")
        counts = []
        for who, path in [
            (client, reverse("workplan_desk")),
            (client, edit_url(world)),
            (client, section_url(world, task)),
            (client, check_url(world)),
            (client, reverse("desk") + "?q=2017Q1"),
            (client, reverse("return_edit", args=[world.plan.slug, "2017Q1", task.ref])),
            (client, reverse("workplan_book", args=[world.plan.slug, "whole"])),
            (office, reverse("workplan_list", args=[world.plan.slug])),
            (office, reverse("workplan", args=[version.work_plan_id])),
            (office, reverse("milestone", args=[version.milestones.first().pk])),
            (office, reverse("schedule", args=[world.plan.slug]) + "?q=2017Q1"),
            (office, reverse("task", args=[world.plan.slug, task.ref]) + "?q=2017Q1"),
            (office, "/api/v1/workplans/"),
            (office, f"/api/v1/workplans/{version.work_plan_id}/"),
            (office, f"/api/v1/plans/{world.plan.slug}/schedule/?q=2017Q1"),
            (office, "/api/v1/milestones/"),
        ]:
            with CaptureQueriesContext(connection) as caught:
                assert who.get(path).status_code == 200, path
            counts.append(len(caught))
        return counts

    grow(1)
    world.reached("2017-02-28", "2017-03-01")
    measured()
    before = measured()
    with clock.at(make.moment("2017-05-11 10:00")):
        grow(3)
        for row in (
            WorkPlanVersion.objects.in_force()
            .get(work_plan__agency=world.lead)
            .milestones.filter(text="2017-05-20")[:3]
        ):
            world.report(row.pk, "2017-05-10")
        assert measured() == before
