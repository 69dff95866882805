"""Filing and deciding through the API: the one write path, a batch whole or not at all."""

import pytest

from qhplan.jobs import Job
from tasks.models import State, Submission, Version
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tests import factories as make
from tests.api.conftest import PROBLEMS, Q1, World, client, error
from tests.briefs.conftest import frozen, issued


def states(world: World) -> list[str]:
    return list(Submission.objects.order_by("pk").values_list("state", flat=True))


@pytest.mark.slow
def test_a_quarter_from_draft_to_decision(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    figures = {indicator.slug: {"value": "１，２００"}}
    sent = {
        "light": "yellow",
        "done": " 办成两件事 ",
        "next_steps": "加快",
        "problems": PROBLEMS,
        "figures": figures,
    }

    answer = client(world.reporter).put(world.draft_url, sent)
    assert answer.status_code == 200
    kept = answer.json()
    assert (kept["state"], kept["draft"]["revision"], kept["draft"]["done"]) == ("draft", 1, "办成两件事")
    answer = client(world.reporter).put(world.draft_url, {**sent, "progress": 30, "revision": 1})
    assert answer.json()["draft"]["progress"] == 30

    ids = {"returns": [kept["id"]]}
    assert client(world.reporter).post("/api/v1/returns/hand/", ids).json()[0]["state"] == "handed"
    back = client(world.approver).post("/api/v1/returns/take_back/", {**ids, "note": "请补"})
    assert back.json()[0]["state"] == "draft"
    submitted = client(world.approver).post("/api/v1/returns/submit/", ids).json()[0]
    assert (submitted["state"], submitted["versions"]) == ("submitted", [1])
    assert submitted["version"]["figures"][0]["value"] == "1200"

    decision = {
        "version": submitted["version"]["id"],
        "accept": True,
        "verified_light": "red",
        "note": "滞后",
    }
    undecided = {name: value for name, value in decision.items() if name != "accept"}
    assert client(world.office).post("/api/v1/returns/decide/", [undecided]).status_code == 422
    assert Version.objects.get().decision == ""
    decided = client(world.office).post("/api/v1/returns/decide/", [{**decision, "verification": "partly"}])
    assert decided.status_code == 200
    shown = decided.json()[0]
    assert (shown["state"], shown["version"]["verified_light"]) == ("accepted", "red")
    version = Version.objects.get()
    assert (version.decided_by, version.verification) == (world.office, "partly")


def test_a_return_is_verified_only_by_who_says_so(world: World) -> None:
    version = make.version(world.task, world.lead, "2017Q1")
    sent = [{"version": version.pk, "accept": True, "verified_light": "green"}]

    shown = client(world.office).post("/api/v1/returns/decide/", sent).json()[0]["version"]

    assert (shown["decision"], shown["verification"]) == ("accepted", "unverified")


def test_a_draft_through_the_api_is_the_one_of_the_form(world: World) -> None:
    answer = client(world.reporter).post("/api/v1/returns/save/", [world.item(problems=PROBLEMS)])
    through_api = Submission.objects.values().get(pk=answer.json()[0]["id"])
    Submission.objects.all().delete()
    draft = DraftInput(
        plan_id=world.plan.pk,
        quarter=Q1,
        task_id=world.task.pk,
        agency_id=world.lead.pk,
        light="green",
        done="办成两件事",
        problems=PROBLEMS,
    )
    head = actions.save_drafts(by=world.reporter, drafts=[draft])[0]
    plain = Submission.objects.values().get(pk=head.pk)
    assert {**through_api, "id": head.pk} == plain


def test_what_is_left_out_of_a_draft_is_emptied(world: World) -> None:
    world.draft(progress=50, revision=1)
    shown = client(world.reporter).put(world.draft_url, {"light": "red", "revision": 1}).json()["draft"]
    assert (shown["light"], shown["progress"], shown["done"], shown["problems"]) == ("red", None, "", [])


def test_a_batch_is_saved_in_the_order_given(world: World) -> None:
    other = make.task(world.plan, lead=world.lead)
    answer = client(world.reporter).post("/api/v1/returns/save/", [world.item(other), world.item()])
    assert [row["task"] for row in answer.json()] == [other.ref, world.task.ref]


@pytest.mark.slow
def test_one_wrong_item_and_nothing_of_a_batch_is_written(world: World) -> None:
    other = make.task(world.plan, lead=world.lead)
    foreign = make.task(world.plan, lead=world.co)
    asking = client(world.reporter)

    unknown = asking.post("/api/v1/returns/save/", [world.item(), {**world.item(), "task": "9-9-9"}])
    assert (unknown.status_code, error(unknown)["rows"]) == (422, {"1": {"task": ["方案中没有这项任务。"]}})
    wrong = asking.post("/api/v1/returns/save/", [world.item(), world.item(other, progress=101)])
    assert (wrong.status_code, list(error(wrong)["rows"])) == (422, [other.code])
    denied = asking.post("/api/v1/returns/save/", [world.item(), world.item(foreign)])
    assert denied.status_code == 403
    assert not Submission.objects.exists()

    whole, empty = world.draft(), make.submission(other, world.lead, Q1)
    handed = asking.post("/api/v1/returns/hand/", {"returns": [whole.pk, empty.pk]})
    assert (handed.status_code, list(error(handed)["rows"])) == (422, [other.code])
    assert states(world) == [State.DRAFT, State.DRAFT]


def test_decisions_in_a_batch_are_all_or_none(world: World) -> None:
    first = world.submitted(world.co)
    second = make.version(make.task(world.plan, lead=world.co, co=[world.lead]), world.lead, Q1)
    sent = [{"version": first.pk, "accept": True}, {"version": second.pk, "accept": True}]
    answer = client(world.reporter).post("/api/v1/returns/decide/", sent)
    assert answer.status_code == 403
    assert not Version.objects.exclude(decision="").exists()


def test_a_version_that_has_a_later_one_is_not_decided(world: World) -> None:
    old = world.submitted()
    make.send_back(old)
    world.submitted()
    sent = [{"version": old.pk, "accept": True, "verified_light": "green", "verification": "true"}]
    answer = client(world.office).post("/api/v1/returns/decide/", sent)
    assert answer.status_code == 409


def test_the_office_does_not_decide_its_own_bodys_returns(world: World) -> None:
    own = make.task(world.plan, lead=world.office.agency)
    version = make.version(own, own.responsibilities.get().agency, Q1)
    sent = [{"version": version.pk, "accept": True, "verified_light": "green", "verification": "true"}]
    answer = client(world.office).post("/api/v1/returns/decide/", sent)
    assert answer.status_code == 403
    assert "本单位的不能自核" in error(answer)["message"]


# -- briefs -------------------------------------------------------------------------------------------------


def test_a_brief_is_asked_for_and_its_job_with_it(world: World) -> None:
    answer = client(world.office).post("/api/v1/briefs/", {"plan": world.plan.slug, "quarter": "2017Q1"})
    assert (answer.status_code, answer.json()["state"]) == (201, "asked")
    assert str(Job.objects.get().pk) == answer.json()["job"]
    assert client(world.office).get(f"/api/v1/jobs/{answer.json()['job']}/").json()["state"] == "queued"


def test_a_brief_of_a_quarter_that_is_not_over_is_refused(world: World) -> None:
    answer = client(world.office).post("/api/v1/briefs/", {"plan": world.plan.slug, "quarter": "2017Q2"})
    assert answer.status_code == 422
    assert error(answer)["fields"] == {"quarter": ["2017年第二季度尚未结束，不能生成简报。"]}


@pytest.mark.slow
def test_a_brief_is_issued_and_withdrawn(world: World) -> None:
    draft = frozen(world.plan, at=make.moment("2017-04-05 09:00"))
    answer = client(world.office).post(f"/api/v1/briefs/{draft.pk}/issue/")
    assert (answer.status_code, answer.json()["number"]) == (202, 1)
    assert client(world.office).post(f"/api/v1/briefs/{draft.pk}/issue/").status_code == 409

    other = make.plan()
    brief = issued(other, at=make.moment("2017-04-05 09:00"))
    answer = client(world.office).post(f"/api/v1/briefs/{brief.pk}/withdraw/", {"reason": "有误"})
    assert (answer.json()["state"], answer.json()["withdrawn_reason"]) == ("withdrawn", "有误")
    assert client(world.leadership).get(f"/api/v1/briefs/{brief.pk}/").json()["pdf"] is None


@pytest.mark.slow
def test_a_draft_brief_is_discarded_and_listed_where_it_is_asked_for(world: World) -> None:
    draft, kept = (frozen(world.plan, at=make.moment("2017-04-05 09:00")) for _ in range(2))
    asking = client(world.office)
    path = f"/api/v1/briefs/{draft.pk}/"
    for reason in ("", "长" * 501):
        refused = asking.post(f"{path}discard/", {"reason": reason})
        assert (refused.status_code, list(error(refused)["fields"])) == (422, ["reason"])
    assert client(world.leadership).post(f"{path}discard/", {"reason": "放弃"}).status_code == 403
    done = asking.post(f"{path}discard/", {"reason": "放弃"}).json()
    assert (done["state"], done["discarded_reason"], done["discarded_by"]) == (
        "discarded",
        "放弃",
        str(world.office),
    )
    assert done["discarded_at"]
    again = asking.post(f"{path}discard/", {"reason": "放弃"})
    assert (again.status_code, "现在是“已作废”" in error(again)["message"]) == (409, True)
    assert asking.post(f"{path}issue/").status_code == 409

    def listed(query: str) -> list[int]:
        return [row["id"] for row in asking.get(f"/api/v1/briefs/{query}").json()["results"]]

    assert listed("") == [kept.pk]
    assert listed("?state=discarded") == [draft.pk]
    assert asking.get(path).json()["state"] == "discarded"
    assert asking.get(f"{path}pdf/").status_code == 200
