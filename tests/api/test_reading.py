"""What is read through the API is what the pages show, and each reader sees what is his."""

from typing import Any

import pytest
from django.http import HttpRequest

from qhplan import clock
from qhplan.jobs import Job
from reports.canonical import canonical
from reports.dashboards.page_params import Asked
from reports.dashboards.task_list import TaskList
from reports.figures.queries import plan_figures
from tasks.models import Contact, Plan, State
from tasks.values import Period, Role
from tests import factories as make
from tests.api.conftest import NOW, PROBLEM, Q1, World, client
from tests.briefs.conftest import frozen, issued

# -- returns ------------------------------------------------------------------------------------------------


def seen(user: Any, pk: int) -> Any:
    answer = client(user).get(f"/api/v1/returns/{pk}/")
    return answer.json() if answer.status_code == 200 else None


@pytest.mark.slow
def test_a_draft_is_its_own_bodys(world: World) -> None:
    head = world.draft(figures={"a": {"value": "十二"}})
    own = seen(world.reporter, head.pk)
    assert (own["state"], own["version"], own["versions"]) == ("draft", None, [])
    assert own["draft"]["done"] == "写到一半"
    assert own["draft"]["figures"] == {"a": {"value": "十二"}}
    assert [seen(user, head.pk) for user in (world.co_approver, world.office, world.viewer)] == [None] * 3


def test_others_read_the_version_while_its_body_writes_the_next(world: World) -> None:
    head = world.submitted(done="第一版").submission
    make.send_back(head.versions.get())
    type(head).objects.filter(pk=head.pk).update(done="正在改", state=State.HANDED, light="red")
    own, office = seen(world.reporter, head.pk), seen(world.office, head.pk)
    assert (own["state"], own["draft"]["done"], own["version"]["done"]) == ("handed", "正在改", "第一版")
    assert (office["state"], office["draft"], office["version"]["done"]) == ("returned", None, "第一版")


@pytest.mark.slow
def test_problems_are_for_the_body_its_lead_the_office_and_leadership(world: World) -> None:
    version = make.accept(world.submitted(world.co, coordination="请省里协调"), note="已阅")
    other = make.user(Role.REPORTER, agency=make.agency(), password=None)
    for user in (world.co_approver, world.reporter, world.office, world.leadership):
        shown = seen(user, version.submission_id)["version"]
        assert shown["problems"] == [{"category": "land", "text": PROBLEM}]
        assert (shown["coordination"], shown["decision_note"]) == ("请省里协调", "已阅")
    for user in (other, world.viewer):
        shown = seen(user, version.submission_id)["version"]
        assert (shown["problems"], shown["coordination"], shown["decision_note"]) == (None, None, "已阅")
        assert shown["done"] == "完成了本季工作。"


def test_a_lead_of_another_quarter_is_no_lead_of_this_one(world: World) -> None:
    version = make.accept(world.submitted(world.co))
    world.task.responsibilities.filter(agency=world.lead).update(valid=make.quarters("2017Q2"))
    assert seen(world.reporter, version.submission_id)["version"]["problems"] is None


@pytest.mark.slow
def test_a_version_names_what_it_stands_on_as_far_as_the_reader_may_see(world: World) -> None:
    co = world.submitted(world.co)
    lead = world.submitted()
    lead.basis.add(co, through_defaults={"adopted": False})
    make.accept(lead)
    url = f"/api/v1/versions/{lead.pk}/"
    assert client(world.office).get(url).json()["basis"] == [
        {"version": co.pk, "agency": world.co.slug, "adopted": False}
    ]
    assert client(world.viewer).get(url).json()["basis"] == []


def test_figures_of_a_version_are_plain_numbers(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    version = world.submitted()
    make.figure(version, indicator, "1200.5")
    shown = client(world.office).get(f"/api/v1/versions/{version.pk}/").json()["figures"]
    assert shown == [
        {
            "indicator": indicator.slug,
            "quarter": "2017Q1",
            "value": "1200.5",
            "numerator": None,
            "denominator": None,
            "text": "",
            "preliminary": False,
            "stage": "",
            "reason": "",
        }
    ]


@pytest.mark.slow
def test_filters_of_returns_and_versions(world: World) -> None:
    co, lead = world.submitted(world.co), make.accept(world.submitted())
    second = make.version(world.task, world.co, Q1)

    def found(path: str) -> list[int]:
        return [row["id"] for row in client(world.office).get(f"/api/v1/{path}").json()["results"]]

    assert found("returns/?quarter=2017Q1&duty=co") == [co.submission_id]
    assert found(f"returns/?agency={world.lead.slug}&plan={world.plan.slug}") == [lead.submission_id]
    assert found("returns/?quarter=2017Q2") == []
    assert found("versions/") == [lead.pk, second.pk, co.pk]
    assert found("versions/?decision=undecided&current=true") == [second.pk]
    assert found("versions/?decision=accepted") == [lead.pk]


@pytest.mark.slow
def test_the_desk_and_the_queue(world: World) -> None:
    co = world.submitted(world.co)
    desk = client(world.reporter).get(f"/api/v1/plans/{world.plan.slug}/desk/").json()
    assert (desk["quarter"], desk["cycle"]["state"]) == ("2017Q1", "filing")
    assert [(row["task"], row["duty"], row["state"], row["co_waiting"]) for row in desk["rows"]] == [
        (world.task.ref, "lead", "missing", 1)
    ]

    def queue(user: Any) -> list[int]:
        return [
            row["id"]
            for row in client(user).get(f"/api/v1/plans/{world.plan.slug}/review/").json()["results"]
        ]

    lead = world.submitted()
    assert (queue(world.reporter), queue(world.office), queue(world.co_approver)) == ([co.pk], [lead.pk], [])


# -- figures ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_figures_are_those_that_a_brief_freezes_but_for_the_words(world: World) -> None:
    import json

    make.accept(world.submitted(), "yellow", at="2017-04-05 09:00")
    indicator = make.indicator(world.plan, world.task)
    make.target(world.plan, indicator, "20")
    shown = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/figures/?q=2017Q1").json()
    counted = json.loads(canonical(plan_figures(world.plan, Q1, known_at=NOW)))
    for task in [*(task for group in counted["groups"] for task in group["tasks"]), *counted["safeguards"]]:
        del task["narrative"], task["progress"]
    del counted["within"]
    assert _as_frozen(shown) == counted


# What frozen figures leave out while it has its default; the API always has it.
LATER = {
    "unled": 0,
    "joint_leads": [],
    "collector": None,
    "joint": {"due": 0, "reported": 0, "on_time": 0},
    "stage": "",
    "binding": "",
    "manner": "",
    "rate": None,
    "since": None,
}


def _as_frozen(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: one for key, one in value.items() if not (key in LATER and one == LATER[key])}
        return {key: _as_frozen(one) for key, one in kept.items()}
    return [_as_frozen(one) for one in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_figures_as_known_before(world: World) -> None:
    make.accept(world.submitted(at="2017-04-04 12:00"), "yellow", at="2017-04-05 09:00")
    url = f"/api/v1/plans/{world.plan.slug}/figures/?q=2017Q1&known="
    lights = [
        client(world.viewer).get(url + known).json()["lights"]
        for known in ("2017-04-03T09:00", "2017-04-04T13:00", "2017-04-05T09:00")
    ]
    assert [(one["grey"], one["green"], one["yellow"]) for one in lights] == [(1, 0, 0), (0, 1, 0), (0, 0, 1)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "query", ["", "group=3", "agency=jxw&duty=lead", "light=grey", "part=safeguard", "words=镁"]
)
def test_tasks_are_those_of_the_page(plan: Plan, query: str) -> None:
    user = make.user(Role.VIEWER, password=None)
    listed = _task_list(user, plan, query)
    answer = client(user).get(f"/api/v1/plans/{plan.slug}/tasks/?q=2017Q1&{query}&page_size=500").json()
    assert [row["ref"] for row in answer["results"]] == [row.ref for row in listed.rows]
    assert answer["count"] == len(listed.rows) > 0


def _task_list(user: Any, plan: Plan, query: str) -> TaskList:
    from django.http import QueryDict

    from reports.dashboards.page_params import ask

    request = HttpRequest()
    request.user = user
    request.GET = QueryDict(f"q=2017Q1&{query}")
    asked: Asked = ask(request, plan.slug)
    return TaskList(asked, request.GET)


@pytest.mark.slow
def test_a_task_with_its_words_bodies_and_history(world: World) -> None:
    make.accept(world.submitted())
    lead = world.task.responsibilities.get(agency=world.lead)
    Contact.objects.create(
        responsibility=lead, division="规划处", liaison="张三", telephone="0971", valid=("2016-01-01", None)
    )
    url = f"/api/v1/plans/{world.plan.slug}/tasks/{world.task.ref}/?q=2017Q1"
    shown = client(world.co_approver).get(url).json()
    assert shown["task"]["light"] == "green"
    assert [
        (body["agency"]["name"], body["duty"], body["standing"]["state"]) for body in shown["bodies"]
    ] == [
        ("牵头局", "lead", "accepted"),
        ("配合局", "co", "missing"),
    ]
    assert shown["bodies"][0]["contact"] == {
        "division": "规划处",
        "leader": "",
        "liaison": "张三",
        "telephone": "0971",
    }
    assert [(one["quarter"], one["state"]) for one in shown["history"][0]["quarters"]][-2:] == [
        ("2017Q1", "accepted"),
        ("2017Q2", "missing"),
    ]
    for address in (url, f"/api/v1/plans/{world.plan.slug}/responsibilities/?q=2017Q1"):
        answer = client(world.viewer).get(address).json()
        contact = answer.get("bodies", answer.get("results"))[0]["contact"]
        assert contact == {"division": "规划处", "leader": None, "liaison": None, "telephone": None}


def test_history_has_every_quarter_that_began(world: World) -> None:
    world.submitted()
    shown = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/history/").json()
    span = [str(quarter) for quarter in Period.span(world.plan.first_quarter, Period(2017, 2))]
    assert [one["quarter"] for one in shown["lights"][0]["quarters"]] == span
    assert [one["quarter"] for one in shown["rates"]] == span
    assert shown["rates"][2] == {
        "quarter": "2017Q1",
        "lead": {"due": 1, "reported": 1, "on_time": 1},
        "co": {"due": 1, "reported": 0, "on_time": 0},
    }


# -- the plan -----------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_passage_quotes_the_text(plan: Plan) -> None:
    asking = client(make.user(Role.VIEWER, password=None))
    text = asking.get(f"/api/v1/plans/{plan.slug}/text/").json()["text"]
    first = asking.get(f"/api/v1/plans/{plan.slug}/passages/?page_size=500").json()
    assert text == plan.text
    assert first["count"] > 500
    assert {row["quote"] == text[row["start"] : row["end"]] for row in first["results"]} == {True}


@pytest.mark.slow
def test_the_plan_has_its_counts(plan: Plan) -> None:
    asking = client(make.user(Role.VIEWER, password=None))

    def rows(path: str) -> list[Any]:
        answer = asking.get(f"/api/v1/plans/{plan.slug}/{path}/?page_size=500&q=2017Q1").json()
        assert len(answer["results"]) == answer["count"]
        found: list[Any] = answer["results"]
        return found

    assert [len(group["tasks"]) for group in rows("groups")] == [4, 4, 3, 4, 3, 4, 3, 4, 3]
    assert [len(sector["directions"]) for sector in rows("sectors")] == [2, 5, 5, 2, 3, 2, 2]
    targets = rows("targets")
    assert [sum(target["year"] == year for target in targets) for year in (2020, 2025)] == [12, 11]
    assert [target["value"] for target in targets if target["year"] == 2020 and target["value"]] == [
        "12",
        "5",
        "20",
    ]
    responsibilities = rows("responsibilities")
    assert [sum(row["duty"] == duty for row in responsibilities) for duty in ("lead", "co")] == [39, 446]
    assert len(rows("bodies")) == 42
    structure = asking.get(f"/api/v1/plans/{plan.slug}/structure/").json()
    assert sum(len(group["tasks"]) for group in structure["groups"]) == 32
    assert len(structure["safeguards"]) == 7


# -- briefs and jobs ----------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_brief_leads_to_its_files_for_those_who_may_open_them(world: World) -> None:
    brief = issued(world.plan, at=NOW)
    shown = client(world.leadership).get("/api/v1/briefs/").json()["results"]
    assert [(row["id"], row["state"], row["label"], row["file"]["pages"]) for row in shown] == [
        (brief.pk, "issued", "2017年第1期", 3)
    ]
    answer = client(world.leadership).get(shown[0]["pdf"])
    assert (answer.content, answer["Content-Type"]) == (f"issued {brief.pk}".encode(), "application/pdf")
    assert client(world.leadership).get(shown[0]["figures"]).content == brief.figures.encode()


@pytest.mark.slow
def test_a_draft_brief_is_the_offices(world: World) -> None:
    frozen(world.plan, at=NOW)
    counts = [
        client(user).get("/api/v1/briefs/").json()["count"] for user in (world.office, world.leadership)
    ]
    assert counts == [1, 0]


@pytest.mark.slow
def test_jobs_are_the_askers_and_the_offices(world: World) -> None:
    for asker in (world.reporter, world.office, None):
        Job.objects.create(kind="test", label="作业", asked_by=asker)
    counts = [
        client(user).get("/api/v1/jobs/").json()["count"]
        for user in (world.reporter, world.office, world.viewer)
    ]
    assert counts == [1, 3, 0]


def test_sample_data_is_marked(world: World) -> None:
    from tasks.accounts.actions import mark_installation

    assert clock.is_fixed()
    mark_installation(is_sample=True)
    assert client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/").json()["is_sample"] is True
