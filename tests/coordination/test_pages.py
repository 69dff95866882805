"""Pages of requests for coordination."""

from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from reports.coordination.models import CoordinationRequest
from reports.coordination.values import State
from tasks.models import User
from tests import factories as make
from tests.coordination.conftest import TEXT, World, asked, submitted


def signed(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_acts_of_each_role_stand_on_the_page(world: World) -> None:
    request = asked(world, text="<b>请</b>协调=1+1")
    page = reverse("coordination", args=[request.pk])
    office = signed(world.office)
    answer = text_of(office.get(page))
    assert "&lt;b&gt;请&lt;/b&gt;协调=1+1" in answer
    assert [word in answer for word in ("拟办意见", "会议研究", "登记批示", "确认已解决")] == [
        True,
        True,
        True,
        False,
    ]
    address = reverse("coordination_act", args=[request.pk])
    sent = office.post(address, {"action": "opine", "words": ""})
    assert (sent.status_code, "请写拟办意见。" in text_of(sent)) == (422, True)
    upload = make.upload("意见.pdf", b"%PDF-1.7 opinion")
    sent = office.post(address, {"action": "opine", "words": "建议专题研究。", "attachments": upload})
    assert sent.status_code == 302
    assert "意见.pdf" in text_of(office.get(page))
    sent = office.post(address, {"action": "opine", "words": "再拟。"})
    assert (sent.status_code, "办公室王某" in text_of(sent)) == (409, True)
    assert office.post(address, {"action": "nothing"}).status_code == 404
    due = {"action": "assign", "words": "请办理。", "agency": [str(world.co.pk)], "due_on": "2017-07-26"}
    assert office.post(address, due).status_code == 302
    co = signed(world.co_approver)
    assert "登记办理结果" in text_of(co.get(reverse("desk")))
    assert co.post(address, {"action": "answer", "words": "已批复。"}).status_code == 302
    lead = signed(world.approver)
    assert "确认办理结果" in text_of(lead.get(reverse("desk")))
    assert lead.post(address, {"action": "settle", "words": ""}).status_code == 302
    request.refresh_from_db()
    assert request.state == State.SETTLED


def test_the_list_counts_by_state_and_finds_words(world: World) -> None:
    asked(world)
    asked(world, world.co, "请协调用电。")
    client = signed(world.leadership)
    answer = client.get(reverse("coordination_list"), {"words": "用电"})
    assert [row.request.text for row in answer.context["rows"]] == ["请协调用电。"]
    assert {one["label"]: one["count"] for one in answer.context["facets"]}["未答复"] == 1
    assert client.get(reverse("coordination_list"), {"words": "\x00"}).status_code == 200
    own = signed(world.co_approver).get(reverse("coordination_list"))
    assert [row.request.agency for row in own.context["rows"]] == [world.co]


def test_list_and_task_take_the_same_queries_for_more_requests(
    world: World,
) -> None:
    client = signed(world.office)
    pages = (reverse("coordination_list"), reverse("task", args=[world.plan.slug, world.task.ref]))
    asked(world)
    counts = []
    for more in ([], [world.co, world.home]):
        for agency in more:
            submitted(world, f"请协调{agency.pk}。", agency)
        for page in pages:
            client.get(page)
            with CaptureQueriesContext(connection) as captured:
                assert client.get(page).status_code == 200
            counts.append(len(captured))
    assert counts[2] == counts[0]
    assert counts[3] <= counts[1]  # the task's own figures differ with who reported
    assert CoordinationRequest.objects.count() == 3


def test_the_office_adds_a_request(world: World) -> None:
    client = signed(world.office)
    page = reverse("coordination_new")
    assert client.post(page, {}).status_code == 422
    data = {
        "key": "3f0f0f7e-0000-4000-8000-000000000001", "task": world.task.pk, "agency": world.co.pk, "text": TEXT,
    }  # fmt: skip
    assert client.post(page, data).status_code == 302
    assert CoordinationRequest.objects.get().by_office
