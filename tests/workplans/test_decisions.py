"""Decisions on work plans that are taken back or corrected; what was known meanwhile stays known."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from tasks.decisions.actions import correct, undo
from tasks.errors import Conflict, Problems
from tasks.models import Message, WorkPlanVersion
from tasks.values import Role
from tasks.workplans import actions
from tasks.workplans.decisions import WORK_PLANS
from tasks.workplans.queries import filed_by
from tests import factories as make
from tests.workplans.conftest import World, node

pytestmark = pytest.mark.django_db


def colleague(world: World) -> Any:
    return make.user(Role.OFFICE, agency=world.office.agency, password=None)


def test_a_decision_is_taken_back_and_what_was_known_stays_known(world: World) -> None:
    version = world.confirmed(at="2017-04-10")
    with pytest.raises(PermissionDenied):
        undo(WORK_PLANS, by=colleague(world), versions=[version.pk])
    undo(WORK_PLANS, by=world.office, versions=[version.pk], reason="点错了", now=make.moment("2017-04-20"))
    version.refresh_from_db()
    assert (version.decision, version.decided_by, version.work_plan.state) == ("", None, "submitted")
    in_force = WorkPlanVersion.objects.in_force
    assert [in_force(make.moment(f"2017-04-{day}")).count() for day in ("09", 15, 25)] == [0, 1, 0]
    assert [
        filed_by(world.plan, version.work_plan.agency_id, known_at=make.moment(f"2017-04-{day}"))
        for day in (15, 25)
    ] == ["confirmed", "submitted"]
    assert Message.objects.filter(user=world.reporter, subject__contains="决定已撤销").exists()
    with pytest.raises(Conflict, match="已经撤销"):
        undo(WORK_PLANS, by=world.office, versions=[version.pk])
    world.confirm(version, at="2017-04-22")
    assert in_force(make.moment("2017-04-21")).count() == 0
    assert in_force(make.moment("2017-04-23")).get() == version
    with pytest.raises(DatabaseError), transaction.atomic():
        WorkPlanVersion.objects.update(decision="", decided_at=None, decided_by=None, decision_note="")


def test_a_second_person_corrects_with_a_reason_while_nothing_is_newer(world: World) -> None:
    version = world.confirmed(at="2017-04-10")
    other = colleague(world)
    wanted = {version.pk: "returned"}
    for by, reason, refused in (
        (world.office, "误核", PermissionDenied),
        (world.second_reviewer, "误核", PermissionDenied),
        (other, " ", Problems),
    ):
        with pytest.raises(refused):
            correct(WORK_PLANS, by=by, decisions=wanted, reason=reason)
    with pytest.raises(Problems, match="与现在的决定相同"):
        correct(WORK_PLANS, by=other, decisions={version.pk: "confirmed"}, reason="误核")
    correct(WORK_PLANS, by=other, decisions=wanted, reason="缺节点", now=make.moment("2017-04-20"))
    version.refresh_from_db()
    assert (version.decision, version.decided_by, version.decision_note) == ("returned", other, "缺节点")
    assert version.work_plan.state == "returned"
    assert WorkPlanVersion.objects.in_force(make.moment("2017-04-15")).get() == version
    assert not WorkPlanVersion.objects.in_force().exists()
    # The agency has gone on from what was returned: nothing is taken back, and after a new version nothing corrected.
    world.save(world.first, revision=1, none_reason="不单列。", at="2017-04-21")
    with pytest.raises(Conflict, match="开始修改"):
        undo(WORK_PLANS, by=other, versions=[version.pk])
    actions.submit(by=world.approver, work_plans=[version.work_plan_id], now=make.moment("2017-04-22"))
    with pytest.raises(Conflict, match="已有新版"):
        correct(WORK_PLANS, by=world.office, decisions={version.pk: "confirmed"}, reason="误核")


def test_what_builds_on_a_decision_keeps_it(world: World) -> None:
    version = world.confirmed(node("平台建成", "2017-06-30"), at="2017-04-10")
    world.reached("平台建成", "2017-05-02")
    with pytest.raises(Conflict, match="已有节点据此报告完成"):
        undo(WORK_PLANS, by=world.office, versions=[version.pk])


def test_the_page_and_the_api_take_back_and_correct(world: World) -> None:
    version = world.confirmed()
    page = reverse("workplan", args=[version.work_plan_id])
    address = reverse("workplan_decide", args=[version.work_plan_id])
    office, other = world.client(world.office), world.client(colleague(world))
    assert "可以撤销重办" in office.get(page).content.decode()
    seen = other.get(page).content.decode()
    assert ("更正为退回" in seen, "可以撤销重办" in seen) == (True, False)
    assert "更正为退回" not in world.client().get(page).content.decode()
    blank = other.post(address, {"action": "correct", "correct-version": 1, "correct-reason": "—"})
    assert (blank.status_code, "请写明理由" in blank.content.decode()) == (422, True)
    other.post(address, {"action": "correct", "correct-version": 1, "correct-reason": "缺节点"})
    own = world.client().get(page).content.decode()
    assert "历次决定" in own
    assert "缺节点" in own
    asked = {"reason": "原决定无误", "decisions": [{"version": version.pk, "confirm": True}]}
    told = office.post(reverse("api_workplan_correct"), asked, content_type="application/json")
    decisions = told.json()[0]["versions"][0]["decisions"]
    assert [(one["kind"], one["decision"]) for one in decisions] == [
        ("decided", "confirmed"),
        ("corrected", "returned"),
        ("corrected", "confirmed"),
    ]
    office.post(reverse("api_workplan_undo"), {"versions": [version.pk]}, content_type="application/json")
    version.refresh_from_db()
    assert version.decision == ""
