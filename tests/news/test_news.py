"""最新动态: what moved, for whom, since when; by a press alone it is read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.news.actions import mark_read
from reports.news.models import NewsMark
from reports.news.queries import news, of_task, read_until, summary
from reports.supervision.instructions import InstructionInput, instruct
from tasks.models import User
from tests import factories as make
from tests.coordination.conftest import World, submitted, world
from tests.coordination.test_pages import signed, text_of
from tests.supervision.conftest import NOW

__all__ = ["world"]

EARLY = NOW - timedelta(days=20)


def filled(world: World) -> None:
    """Two days ago a return was sent back and another accepted; long before, one was filed."""
    make.accept(make.version(world.task, world.lead, "2016Q3", at=EARLY), at=EARLY)
    make.send_back(
        make.version(world.task, world.lead, "2016Q4", at=NOW - timedelta(days=3)),
        at=NOW - timedelta(days=2), by=world.office,
    )  # fmt: skip
    make.accept(
        make.version(world.task, world.co, "2016Q4", at=NOW - timedelta(days=3)), at=NOW - timedelta(days=2)
    )
    submitted(world, "请协调用电。", world.co, at=NOW - timedelta(days=1))
    instruct(by=world.leadership, asked=InstructionInput(words="请抓紧。", task=world.task))


def moved(user: User) -> dict[str, int]:
    return {part.key: part.count for part in news(user, read_until(user))}


def test_each_reads_what_moved_of_what_they_may_read(world: World) -> None:
    filled(world)
    assert moved(world.approver) == {"returned": 1, "filed": 3, "accepted": 1, "requests": 1}
    assert moved(world.co_approver) == {"decided": 1, "filed": 2, "requests": 1}
    assert moved(world.office) == {"filed": 3, "sent": 1, "accepted": 1, "requests": 1, "instructions": 1}
    assert moved(world.viewer) == {"filed": 1, "accepted": 1}
    shown = text_of(signed(world.approver).get(reverse("news")))
    assert "退回本单位的" in shown
    assert "牵头局的填报被退回" in shown
    assert "请抓紧" not in shown
    told = summary(world.approver)
    assert (told.filed, told.returned, told.mine) == (3, 1, 0)


def test_the_page_marks_nothing_and_the_button_all_that_it_showed(world: World) -> None:
    filled(world)
    client = signed(world.viewer)
    page = client.get(reverse("news"))
    assert not NewsMark.objects.exists()
    until = page.context["until"]
    assert client.get(reverse("news_read")).status_code == 405
    assert client.post(reverse("news_read"), {"until": until.isoformat()}).status_code == 302
    assert read_until(world.viewer) == until
    assert "没有新的动态" in text_of(client.get(reverse("news")))
    mark_read(by=world.viewer, until=until - timedelta(days=9))
    assert read_until(world.viewer) == until  # never back
    mark_read(by=world.viewer, until=until + timedelta(days=9))
    assert read_until(world.viewer) <= clock.now()  # nor ahead
    for odd in ("", "x", "2017-13-01T00:00", "2017-01-01", "2017-01-01T10:00", "\x00"):
        assert client.post(reverse("news_read"), {"until": odd}).status_code == 302, odd
    assert NewsMark.objects.count() == 1


@pytest.mark.slow
def test_the_queries_do_not_grow(world: World) -> None:
    def counted() -> list[int]:
        found = []
        for user in (world.office, world.approver):
            client = signed(user)
            for address in (
                reverse("news"), reverse("desk" if user == world.approver else "review"),
                reverse("task", args=[world.plan.slug, world.task.ref]),
            ):  # fmt: skip
                client.get(address)
                with CaptureQueriesContext(connection) as queries:
                    client.get(address)
                found.append(len(queries))
        return found

    filled(world)
    one = counted()
    for quarter in ("2015Q4", "2016Q1"):
        at = NOW - timedelta(days=1)
        make.send_back(make.version(world.task, world.lead, quarter, at=at), at=at, by=world.office)
        make.accept(make.version(world.task, world.co, quarter, at=at), at=at)
        instruct(by=world.leadership, asked=InstructionInput(words="请抓紧。", task=world.task))
    assert counted() == one


def test_a_task_says_what_moved_last_on_it(world: World) -> None:
    filled(world)
    assert [item.words for item in of_task(world.approver, world.task)] == [
        "配合局提交配合填报", "配合局的配合填报已采纳", "牵头局的填报被退回",
    ]  # fmt: skip
    page = text_of(signed(world.viewer).get(reverse("task", args=[world.plan.slug, world.task.ref])))
    assert "配合局的配合填报已采纳" in page
    assert "被退回" not in page
