"""重点关注: what it shows to whom, and that its queries do not grow."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.focus.queries import missed_targets
from reports.supervision.actions import IssueInput
from reports.supervision.instructions import InstructionInput, instruct
from tasks.values import Period
from tests import factories as make
from tests.coordination.conftest import World, asked, submitted, world
from tests.coordination.test_pages import signed, text_of

__all__ = ["world"]


def page(world: World, user: Any) -> Any:
    return signed(user).get(reverse("focus", args=[world.plan.slug]), {"q": "2017Q1"})


def overdue(world: World, **values: Any) -> None:
    """A notice that should have been answered two working days ago."""
    with clock.at(make.moment("2017-06-20 10:00")):
        world.issued(content=IssueInput("督办单", "请查明原因。", date(2017, 7, 3)), **values)


def filled(world: World) -> None:
    for quarter in ("2016Q4", "2017Q1"):
        make.accept(make.version(world.task, world.lead, quarter, "red"))
    submitted(world, "请协调用电。", world.co)
    instruct(by=world.leadership, asked=InstructionInput(words="请抓紧。", task=world.task))
    overdue(world)


def test_the_leader_reads_what_to_step_in_for(world: World) -> None:
    filled(world)
    answer = page(world, world.leadership)
    assert (
        answer.context["lede"]
        == "1件事提请协调，其中1件尚未答复；2017年第一季度1项任务滞后，其中1项连续滞后。"
    )
    shown = text_of(answer)
    for words in (
        "请协调用电。",
        "未答复，已0天",
        "连续2季",
        "督〔2017〕1号",
        "逾期 2 个工作日",
        "请抓紧。",
        "写批示",
    ):
        assert words in shown, words
    assert 'href="/instructions/new/?coordination=' in shown
    assert "写批示" not in text_of(page(world, world.office))
    for user in (world.approver, world.viewer, world.expert):
        assert page(world, user).status_code == 403
    assert signed(world.leadership).get("/").headers["Location"] == reverse("focus", args=[world.plan.slug])
    ask = f"{reverse('instruction_new')}?plan={world.plan.slug}&task={world.task.ref}&ask=1"
    assert "请报告目前进展" in text_of(signed(world.leadership).get(ask))


def test_an_empty_page_says_so(world: World) -> None:
    answer = page(world, world.leadership)
    assert answer.context["lede"] == "没有待协调的事项。"
    assert "没有待协调的事项。" in text_of(answer)


def test_the_page_takes_the_same_queries_for_more_of_everything(world: World) -> None:
    def counted() -> int:
        page(world, world.leadership)
        client = signed(world.leadership)
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("focus", args=[world.plan.slug]), {"q": "2017Q1"})
        return len(captured)

    filled(world)
    few = counted()
    for number in range(3):
        task = make.task(world.plan, lead=world.lead, co=[world.co])
        make.accept(make.version(task, world.lead, "2017Q1", "red"))
        instruct(by=world.leadership, asked=InstructionInput(words=f"请办{number}。", task=task))
        overdue(world, task_ids=(task.pk,))
        asked(world, world.co if number else world.lead, f"事{number}")
    assert counted() == few


@pytest.mark.parametrize(
    ("values", "missed", "unprojected"), [("6 6.5 7 7.5", 1, 0), ("6 9 12 15", 0, 0), ("6 7 8", 0, 1)]
)
def test_targets_that_the_present_pace_misses(
    world: World, values: str, missed: int, unprojected: int
) -> None:
    indicator = make.indicator(world.plan, world.task)
    make.target(world.plan, indicator, "20")
    quarters = list(Period.span(Period(2016, 3), Period(2017, 2)))
    for quarter, value in zip(quarters, values.split(), strict=False):
        version = make.version(world.task, world.lead, str(quarter))
        make.figure(version, indicator, value)
        make.accept(version)
    found, few = missed_targets(world.plan, Period(2017, 2), make.moment("2018-07-05 10:00"))
    assert (len(found), few) == (missed, unprojected)
