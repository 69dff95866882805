"""Work plans through the API: the same rules, batches all or nothing, errors in the one shape."""

from typing import Any

import pytest

from tasks.models import MilestoneReport, User, WorkPlan, WorkPlanDraft
from tasks.values import Role
from tests import factories as make
from tests.api.conftest import client, error
from tests.workplans.conftest import World, measure, node

BASE = "/api/v1/workplans/"


def section(world: World, **more: Any) -> dict[str, Any]:
    said = {
        "text": "建平台",
        "division": "规划处",
        "milestones": [{"text": "建成", "due": "2017年6月", "evidence": "验收"}],
    }
    return {"task": world.first.ref, "measures": [said], **more}


def saved(world: World, *sections: dict[str, Any], by: User | None = None) -> Any:
    body = {"plan": world.plan.slug, "period": "whole", "sections": list(sections)}
    return client(by or world.reporter).post(f"{BASE}save/", body)


@pytest.mark.slow
def test_a_work_plan_from_draft_to_confirmed_and_reported(world: World) -> None:
    answer = saved(world, section(world), {"task": world.second.ref, "none_reason": "配合"})
    head = answer.json()
    assert (answer.status_code, head["state"], head["period"]) == (200, "draft", "whole")
    one = client(world.reporter).get(f"{BASE}{head['id']}/").json()
    assert one["sections"] is None
    draft = next(item for item in one["draft"] if item["task"] == world.first.ref)
    assert (draft["revision"], draft["measures"][0]["milestones"][0]["due"]) == (1, "2017-06-30")
    for step, user, state in (
        ("hand", world.reporter, "handed"),
        ("take_back", world.reporter, "draft"),
        ("submit", world.approver, "submitted"),
    ):
        answer = client(user).post(f"{BASE}{step}/", {"work_plans": [head["id"]]})
        assert (answer.status_code, answer.json()[0]["state"]) == (200, state)
    version = answer.json()[0]["versions"][0]["id"]
    refused = client(world.office).post(f"{BASE}decide/", [{"version": version, "confirm": False}])
    assert (refused.status_code, list(error(refused)["fields"])) == (422, ["note"])
    done = client(world.office).post(f"{BASE}decide/", [{"version": version, "confirm": True}])
    assert done.json()[0]["state"] == "confirmed"
    said = client(world.viewer).get(f"{BASE}{head['id']}/").json()
    assert said["draft"] is None
    milestone = said["sections"][0]["measures"][0]["milestones"][0]
    assert (milestone["text"], milestone["due"]) == ("建成", "2017-06-30")
    report = [{"milestone": milestone["id"], "reached_on": "2017-05-02", "words": "办结"}]
    made = client(world.reporter).post("/api/v1/milestones/report/", report)
    assert (made.status_code, made.json()[0]["key"]) == (200, milestone["key"])
    schedule = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/schedule/?q=2017Q2").json()
    row = next(r for r in schedule["results"] if r["milestones"])
    assert (row["task"], row["agency"]["slug"], row["words"], row["behind"]) == (
        world.first.ref,
        world.lead.slug,
        "按序时",
        0,
    )
    assert (row["milestones"][0]["standing"], row["milestones"][0]["reached_on"]) == ("reached", "2017-05-02")


@pytest.mark.slow
def test_reports_are_undone_and_refuted_with_a_reason(world: World) -> None:
    world.confirmed()
    first = world.reached("平台建成", "2017-05-02")
    nothing = client(world.reporter).post("/api/v1/milestones/undo/", {"reports": [first.pk], "reason": ""})
    assert (nothing.status_code, list(error(nothing)["fields"])) == (422, ["reason"])
    undone = client(world.reporter).post("/api/v1/milestones/undo/", {"reports": [first.pk], "reason": "错"})
    assert undone.json()[0]["undo_reason"] == "错"
    second = world.reached("平台建成", "2017-05-03")
    asked = {"reports": [second.pk], "reason": "没有建成"}
    assert client(world.reporter).post("/api/v1/milestones/refute/", asked).status_code == 403
    assert client(world.office).post("/api/v1/milestones/refute/", asked).status_code == 200
    assert client(world.office).post("/api/v1/milestones/refute/", asked).status_code == 409
    listed = client(world.viewer).get("/api/v1/milestones/?standing=true").json()
    assert listed["count"] == 0
    others = client(world.viewer).get("/api/v1/milestones/?standing=false").json()["results"]
    assert [(row["id"], row["refute_reason"]) for row in others] == [(second.pk, None), (first.pk, None)]


@pytest.mark.slow
def test_one_wrong_section_and_nothing_is_written(world: World) -> None:
    unknown = saved(world, section(world), section(world, task="9-9-9"))
    assert (unknown.status_code, error(unknown)["rows"]) == (422, {"1": {"task": ["方案中没有这项任务。"]}})
    long = section(world)
    long["measures"][0]["text"] = "字" * 501
    wrong = saved(world, long, {"task": world.second.ref})
    assert wrong.status_code == 422
    assert list(error(wrong)["rows"][world.first.code]) == ["measures.0.text"]
    foreign = saved(world, section(world), by=world.person(Role.REPORTER, make.agency()))
    assert foreign.status_code == 403
    assert saved(world).status_code == 422
    plan = client(world.reporter).post(
        f"{BASE}save/", {"plan": "none", "period": "whole", "sections": [section(world)]}
    )
    assert (plan.status_code, error(plan)["fields"]) == (422, {"plan": ["没有这个方案。"]})
    period = client(world.reporter).post(
        f"{BASE}save/", {"plan": world.plan.slug, "period": "17", "sections": [section(world)]}
    )
    assert (period.status_code, list(error(period)["fields"])) == (422, ["period"])
    assert not WorkPlan.objects.exists()


@pytest.mark.slow
def test_a_section_of_its_own_address(world: World) -> None:
    url = f"/api/v1/plans/{world.plan.slug}/workplans/2017/{world.first.ref}/"
    asking = client(world.reporter)
    assert asking.get(url).status_code == 404
    body = {"measures": [{"text": "一", "division": "处", "milestones": [{"text": "甲", "due": "6月底"}]}]}
    first = asking.put(url, body)
    assert (first.status_code, first.json()["revision"]) == (200, 1)
    assert first.json()["measures"][0]["milestones"][0]["due"] == "2017-06-30"
    assert asking.put(url, body).status_code == 409
    assert asking.put(url, {**body, "revision": 1}).json()["revision"] == 2
    assert asking.get(url.replace("2017", "x")).status_code == 404
    assert asking.put(url.replace(world.first.ref, "9-9-9"), body).status_code == 404
    assert WorkPlanDraft.objects.count() == 1


@pytest.mark.slow
def test_versions_are_read_by_number_and_contacts_by_those_who_need_them(world: World) -> None:
    world.save(world.first, measure(node("一", "2017-06-30"), contact="王某"))
    version = world.submit(world.save(world.second, none_reason="配合"))
    world.confirm(version, note="内部意见")
    url = f"{BASE}{version.work_plan_id}/"
    seen = client(world.office).get(f"{url}?version=1").json()
    assert seen["sections"][0]["measures"][0]["contact"] == "王某"
    assert seen["versions"][0]["decision_note"] == "内部意见"
    viewed = client(world.viewer).get(url).json()
    assert viewed["sections"][0]["measures"][0]["contact"] is None
    assert viewed["versions"][0]["decision_note"] is None
    assert client(world.viewer).get(f"{url}?version=2").status_code == 404
    listed = client(world.viewer).get(f"{BASE}?period=whole&agency={world.lead.slug}").json()
    assert listed["count"] == 1
    assert client(world.viewer).get(f"{BASE}?period=2017").json()["count"] == 0
    assert client(world.viewer).get(f"{BASE}?period=x").status_code == 422


def test_a_refused_milestone_changes_nothing(world: World) -> None:
    world.confirmed()
    item = {"milestone": world.node("平台建成").pk, "reached_on": "2018-01-01", "words": "办结"}
    future = client(world.reporter).post("/api/v1/milestones/report/", [item])
    assert (future.status_code, error(future)["rows"]) == (
        422,
        {"0": {"reached_on": ["完成日期不能晚于今天。"]}},
    )
    assert client(world.other).post("/api/v1/milestones/report/", [item]).status_code == 403
    assert not MilestoneReport.objects.exists()
