"""The number of queries of a list does not grow with it."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qhplan.jobs import Job
from reports.coordination import actions as coordination
from reports.supervision import actions as notices
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.instructions import InstructionInput, instruct
from tasks.comments import actions as comments
from tasks.models import Contact
from tasks.values import Duty
from tests import factories as make
from tests.api.conftest import NOW, Q1, World, client
from tests.briefs.conftest import frozen

pytestmark = pytest.mark.slow


def grow(world: World) -> None:
    """Another of everything."""
    agency = make.agency()
    task = make.task(world.plan, make.group(world.plan), lead=agency, co=[world.co])
    make.sector(world.plan, task)
    indicator = make.indicator(world.plan, task)
    make.target(world.plan, indicator, "20")
    make.cycle(world.plan, Q1 - world.plan.cycles.count())
    own = make.task(world.plan, lead=world.lead, co=[agency])
    make.submission(own, world.lead, Q1, saved_by=world.reporter)
    version = make.version(task, agency, Q1)
    make.figure(version, indicator, "1")
    make.file(version)
    co = make.version(own, agency, Q1)
    version.basis.add(co, through_defaults={"adopted": True})
    make.accept(make.version(task, world.co, Q1))
    Contact.objects.create(
        responsibility=task.responsibilities.get(duty=Duty.LEAD), division="处", valid=("2016-01-01", None)
    )
    make.plan()
    frozen(world.plan, at=NOW)
    Job.objects.create(kind="test", label="作业", asked_by=world.office)
    instruction = instruct(by=world.leadership, asked=InstructionInput(words="请办。", task=task))
    coordination.add(by=world.office, task=task, agency_id=agency.pk, text="请协调。")
    content = IssueInput("标题", "要求", date(2017, 4, 28))
    for ground, on in (("hand", None), ("instruction", instruction)):
        asked = HandInput(world.plan, agency.pk, ground, Q1, content, task_ids=(task.pk,), instruction=on)
        notice = notices.issue_by_hand(by=world.office, asked=asked)
        notices.keep_document(notice=notice, made=notices.Made(b"%PDF", "0" * 64, 1, 0.1))
    comment = comments.comment(by=world.expert, subject=task, text="口径宜统一。")
    comments.release(by=world.office, comment=comment, agency_ids=[agency.pk, world.co.pk])


LISTS = [
    *(
        f"/api/v1/{name}/"
        for name in (
            "plans",
            "agencies",
            "returns",
            "versions",
            "briefs",
            "notices",
            "instructions",
            "coordination",
            "comments",
            "jobs",
        )
    ),
    *(
        f"/api/v1/plans/{{plan}}/{name}/?q=2017Q1"
        for name in (
            "passages",
            "structure",
            "groups",
            "sectors",
            "indicators",
            "targets",
            "targets/standing",
            "projects",
            "cycles",
            "tasks",
            "responsibilities",
            "bodies",
            "figures",
            "levels",
            "history",
            "review",
        )
    ),
    "/api/v1/levels/?by=agency&q=2017Q1",
    "/api/v1/plans/{plan}/behind/?by=plan&key={plan}&of=lead_due&q=2017Q1",
]


def queries(world: World, call: Callable[[], int]) -> int:
    call()  # what is looked up once for the life of a process
    with CaptureQueriesContext(connection) as captured:
        assert call() == 200
    return len(captured)


@pytest.mark.full
def test_a_list_takes_as_many_queries_with_one_row_as_with_ten(world: World) -> None:
    asking = client(world.office)

    def counted() -> dict[str, int]:
        urls = [address.format(plan=world.plan.slug) for address in LISTS]
        return {url: queries(world, lambda url=url: asking.get(url).status_code) for url in urls}  # type: ignore[misc]

    grow(world)
    one = counted()
    for _ in range(9):
        grow(world)
    assert counted() == one


@pytest.mark.full
def test_the_desk_takes_as_many_queries_with_one_row_as_with_ten(world: World) -> None:
    asking = client(world.reporter)
    url = f"/api/v1/plans/{world.plan.slug}/desk/?q=2017Q1"
    grow(world)
    one = queries(world, lambda: asking.get(url).status_code)
    for _ in range(9):
        grow(world)
    assert queries(world, lambda: asking.get(url).status_code) == one


def test_a_batch_takes_as_many_queries_with_one_row_as_with_ten(world: World) -> None:
    asking = client(world.reporter)
    tasks = [make.task(world.plan, lead=world.lead) for _ in range(11)]

    def save(chosen: slice) -> int:
        return int(
            asking.post("/api/v1/returns/save/", [world.item(task) for task in tasks[chosen]]).status_code
        )

    with CaptureQueriesContext(connection) as one:
        assert save(slice(0, 1)) == 200
    with CaptureQueriesContext(connection) as ten:
        assert save(slice(1, 11)) == 200
    assert len(one) == len(ten)


def test_every_list_has_one_shape_of_pages(world: World) -> None:
    for _ in range(3):
        grow(world)
    url = "/api/v1/returns/?page_size=2"
    first = client(world.office).get(url).json()
    assert set(first) == {"count", "next", "previous", "results"}
    second = client(world.office).get(first["next"]).json()
    ids = [row["id"] for row in (*first["results"], *second["results"])]
    assert len(set(ids)) == 4
    assert client(world.office).get(url + "&page=999").status_code == 404
