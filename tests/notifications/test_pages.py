"""The pages: own messages, chasing, and the record of what was sent."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from qhplan.jobs import Job
from tasks.cycles.actions import open_cycles
from tasks.models import Plan, State, User
from tasks.notifications import actions
from tasks.notifications import jobs as notify_jobs
from tasks.notifications.models import Chase, Delivery, Message
from tasks.notifications.queries import digests_on, items_on
from tasks.notifications.values import DeliveryState
from tasks.values import Role
from tests import factories as make
from tests.markup import one_line
from tests.notifications.test_chasing import duties
from tests.notifications.test_digests import Q, World
from tests.pages import client

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-10 10:00")


@pytest.fixture
def world() -> Iterator[World]:
    with clock.at(NOW):
        yield World()


@pytest.fixture(autouse=True)
def _only_plan(db: None) -> None:
    """The pages open on the plan that was published last: the test's own."""
    Plan.objects.update(issued_on=date(2000, 1, 1))


def tell() -> None:
    items = items_on(NOW.date(), open_cycles())
    actions.tell(day=NOW.date(), digests=digests_on(items), items=items)


def page(user: User, name: str, *args: Any, query: str = "") -> str:
    answer = client(user).get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_unread_messages_are_counted_on_every_page_and_read_by_a_press(world: World) -> None:
    tell()
    reader = world.people["co.reporter"]
    assert "消息（1条未读）" in page(reader, "desk")
    shown = page(reader, "message_list")
    assert "填报提醒：2项待办，今日截止" in shown
    assert Message.objects.unread_of(reader).count() == 1  # reading the list marks nothing
    answer = client(reader).post(reverse("messages_read"), {"message": Message.objects.get().pk})
    assert answer.status_code == 302
    assert Message.objects.get().read_at == NOW
    assert "条未读" not in page(reader, "desk")


def test_nobody_reads_anothers_messages(world: World) -> None:
    tell()
    other = world.people["co.approver"]
    assert "今日截止" not in page(other, "message_list")
    client(other).post(reverse("messages_read"), {"message": Message.objects.get().pk})
    client(other).post(reverse("messages_read"))
    assert Message.objects.get().read_at is None


def test_all_at_once(world: World) -> None:
    tell()
    client(world.people["co.reporter"]).post(reverse("messages_read"))
    assert not Message.objects.filter(read_at=None).exists()


def test_the_list_of_whom_to_chase(world: World) -> None:
    make.version(world.tasks[0], world.co, Q, at="2017-04-06 10:00")
    office = page(world.people["office"], "chase_list", world.plan.slug, Q)
    assert "还有 2 个单位的 3 项没有报" in office
    lead = page(world.people["lead.reporter"], "chase_list", world.plan.slug, Q)
    assert "还有 1 个单位的 1 项没有报" in lead
    nobody = page(world.people["co.reporter"], "chase_list", world.plan.slug, Q)
    assert "由您催办的填报都已提交" in nobody


def test_how_far_a_draft_is_stays_with_its_body(world: World) -> None:
    first, second = world.tasks
    make.submission(first, world.co, Q, state=State.DRAFT)
    make.submission(second, world.co, Q, state=State.HANDED)
    make.send_back(make.version(make.task(world.plan, lead=world.lead, co=[world.co]), world.co, Q))
    for name, args in (
        ("chase_list", (world.plan.slug, Q)),
        ("chase", (world.plan.slug, Q, world.co.slug)),
    ):
        shown = page(world.people["office"], name, *args)
        assert ("未报" in shown, "被退回" in shown) == (True, True)
        assert ("草稿" in shown, "签批" in shown) == (False, False)


def test_chasing_by_the_form(world: World) -> None:
    office, url = world.people["office"], reverse("chase", args=[world.plan.slug, Q, world.co.slug])
    first, second = duties(world.co)
    shown = one_line(client(office).get(f"{url}?r={first}").content.decode())
    assert f'value="{first}" checked' in shown
    assert f'value="{second}" checked' not in shown
    key = shown.partition('name="key" value="')[2].partition('"')[0]
    data = {"key": key, "responsibilities": [first], "means": "message", "mail": "on", "note": ""}
    for _ in range(2):  # pressed twice
        answer = client(office).post(url, data)
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            reverse("chase_list", args=[world.plan.slug, Q]),
        )
    made = Chase.objects.get()
    assert list(made.responsibilities.values_list("pk", flat=True)) == [first]
    assert Job.objects.filter(kind=notify_jobs.DELIVER).count() == 1
    assert "1 次" in page(office, "chase_list", world.plan.slug, Q)


def test_what_is_missing_is_said_and_kept(world: World) -> None:
    url = reverse("chase", args=[world.plan.slug, Q, world.co.slug])
    answer = client(world.people["office"]).post(
        url,
        {
            "key": "8c1d4f6e-1f9e-4a3e-9d66-0d3b7c8f2a11",
            "responsibilities": duties(world.co)[:1],
            "means": "telephone",
            "note": "无人接听",
        },
    )
    text = answer.content.decode()
    assert answer.status_code == 422
    assert ("请填写接话人" in text, "无人接听" in text) == (True, True)
    answer = client(world.people["office"]).post(url, {"means": "message"})
    assert answer.status_code == 422
    assert "请至少选择一项" in answer.content.decode()


def test_what_was_filed_meanwhile_is_said(world: World) -> None:
    make.version(world.tasks[0], world.co, Q, at="2017-04-06 10:00")
    answer = client(world.people["office"]).post(
        reverse("chase", args=[world.plan.slug, Q, world.co.slug]),
        {
            "key": "8c1d4f6e-1f9e-4a3e-9d66-0d3b7c8f2a11",
            "responsibilities": duties(world.co),
            "means": "message",
        },
    )
    assert answer.status_code == 409
    assert "刚刚已经提交" in answer.content.decode()


def test_the_queue_leads_to_chasing(world: World) -> None:
    office = page(world.people["office"], "review", query=f"?q={Q}")
    url = reverse("chase", args=[world.plan.slug, Q, world.lead.slug])
    assert [f"{url}?r={pk}" in office for pk in duties(world.lead)] == [True, True]
    lead = page(world.people["lead.reporter"], "review", query=f"?q={Q}")
    assert f"{reverse('chase_now')}?q={Q}" in lead


def test_the_record_shows_what_failed_and_sends_it_again(world: World) -> None:
    tell()
    Delivery.objects.update(state=DeliveryState.FAILED, attempts=7, error="ConnectionRefusedError: 拒绝连接")
    office = world.people["office"]
    shown = page(office, "sent", query=f"?q={Q}")
    assert ("ConnectionRefusedError" in shown, "重发勾选的" in shown) == (True, True)
    answer = client(office).post(reverse("delivery_retry"), {"delivery": Delivery.objects.get().pk})
    assert answer.headers["Location"] == f"{reverse('sent')}?q={Q}"
    assert Delivery.objects.get().state == DeliveryState.QUEUED
    assert Job.objects.filter(kind=notify_jobs.DELIVER).count() == 1


def test_the_record_shows_a_delivery_that_is_being_retried(world: World) -> None:
    tell()
    Delivery.objects.update(attempts=2, error="TimeoutError")
    assert "试过 2 次：TimeoutError" in page(world.people["office"], "sent", query=f"?q={Q}")


def test_a_quarter_that_was_never_opened(world: World) -> None:
    assert "没有开启过填报" in page(world.people["office"], "sent", query="?q=2016Q4")
    answer = client(world.people["office"]).get(reverse("chase_list", args=[world.plan.slug, "2016Q4"]))
    assert answer.status_code == 404


@pytest.mark.full
def test_queries_do_not_grow(world: World) -> None:
    office = client(world.people["office"])
    urls = [
        reverse("chase_list", args=[world.plan.slug, Q]),
        reverse("chase", args=[world.plan.slug, Q, world.co.slug]),
        reverse("sent") + f"?q={Q}",
        reverse("review") + f"?q={Q}",
    ]

    def counts() -> list[int]:
        found = []
        for url in urls:
            with CaptureQueriesContext(connection) as captured:
                assert office.get(url).status_code == 200
            found.append(len(captured))
        return found

    def chase() -> None:
        actions.chase(
            by=world.people["office"],
            cycle=world.cycle,
            agency=world.co,
            asked=actions.ChaseInput(responsibility_ids=duties(world.co), means="message", again=True),
        )

    tell()
    chase()
    few = counts()
    for _ in range(3):
        body = make.agency()
        make.user(Role.REPORTER, agency=body, password=None, email="a@example.cn")
        make.task(world.plan, lead=world.lead, co=[body, world.co])
    chase()
    tell()
    assert counts() == few


def test_chasing_all_of_the_list(world: World) -> None:
    office = world.people["office"]
    shown = page(office, "chase_list", world.plan.slug, Q)
    assert "未报 2" not in one_line(shown)  # 其中 does not repeat the number of all
    url = reverse("chase_several", args=[world.plan.slug, Q])
    key = "8c1d4f6e-1f9e-4a3e-9d66-0d3b7c8f2a1"
    none = client(office).post(url, {"key": key + "1", "action": "chosen"})
    assert (none.status_code, "请先勾选要催报的单位" in none.content.decode()) == (422, True)
    one = {"key": key + "2", "action": "chosen", "agencies": [world.co.pk]}
    text = client(office).post(url, one, follow=True).content.decode()
    assert "已向1个单位催报，共2项：配合局 2项。" in text
    asked = client(office).post(url, {"key": key + "3", "action": "all", "note": "请速报"})
    text = asked.content.decode()
    assert (asked.status_code, "只催其余单位" in text, "请速报" in text) == (409, True, True)
    rest = {"key": key + "3", "action": "all", "lately": "skip"}
    text = client(office).post(url, rest, follow=True).content.decode()
    assert ("牵头局 2项" in text, "未催1个单位：配合局（刚催过）" in text) == (True, True)
