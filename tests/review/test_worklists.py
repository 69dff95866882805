"""Lists that are worked through: place, steps, the next of the same list after each act, with the filter kept."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.models import Submission, Version
from tests import factories as make
from tests.review.test_corrections import World

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-03 10:00")
GO_ON = {"go_on": "1"}


@pytest.fixture
def world() -> Iterator[World]:
    with clock.at(NOW):
        yield World()


def of(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def page_of(version: Version) -> str:
    return reverse("return", args=[version.submission_id])


def form_of(world: World, index: int) -> str:
    return reverse("return_edit", args=[world.plan.slug, "2017Q1", world.tasks[index].ref])


def check_of(world: World, index: int) -> str:
    return reverse("return_check", args=[world.plan.slug, "2017Q1", world.tasks[index].ref])


def accepts(version: Version, **more: str) -> dict[str, str]:
    return {
        "version": str(version.number),
        "action": "accept",
        "verified_light": version.light,
        "verification": "unverified",
        **more,
    }


@pytest.mark.full
def test_the_office_goes_from_one_to_the_next_and_the_filter_stays(world: World) -> None:
    first, second, third = (
        world.submitted(task, light="yellow" if task != world.tasks[1] else "green", next_steps="追")
        for task in world.tasks
    )
    client = of(world.office)
    queue = client.get(reverse("review") + f"?plan={world.plan.slug}&q=2017Q1&light=yellow").content.decode()
    assert f'href="{page_of(first)}?light=yellow"' in queue

    page = client.get(page_of(first) + "?light=yellow")
    shown = page.context["worklist"]
    assert ([one.key for one in shown.items], shown.place) == (
        [first.submission_id, third.submission_id],
        "1 / 2",
    )
    assert (shown.previous, shown.following.url) == (None, page_of(third) + "?light=yellow")
    assert '<input type="hidden" name="light" value="yellow">' in page.content.decode()

    answer = client.post(
        reverse("decide", args=[first.submission_id]), accepts(first, light="yellow", **GO_ON)
    )
    assert answer["Location"] == page_of(third) + "?light=yellow"
    after = client.get(answer["Location"])
    assert f"已核定 {world.tasks[0].code}" in after.content.decode()
    # The last of the filter leads back to the queue, which names the filter still.
    answer = client.post(
        reverse("decide", args=[third.submission_id]), accepts(third, light="yellow", **GO_ON)
    )
    assert "light=yellow" in answer["Location"]
    assert answer["Location"].startswith(reverse("review"))
    assert second.submission.state == "submitted"


def test_what_was_decided_has_no_place_but_both_neighbours(world: World) -> None:
    versions = [world.submitted(task) for task in world.tasks]
    world.decide(versions[1], NOW)
    shown = of(world.office).get(page_of(versions[1])).context["worklist"]
    assert (shown.is_in, shown.place) == (False, "2")
    assert (shown.previous.key, shown.following.key) == (
        versions[0].submission_id,
        versions[2].submission_id,
    )


def test_without_the_word_of_the_form_a_decision_returns_to_the_queue(world: World) -> None:
    versions = [world.submitted(task) for task in world.tasks]
    answer = of(world.office).post(
        reverse("decide", args=[versions[0].submission_id]), accepts(versions[0]), follow=True
    )
    assert f"下一件：{world.tasks[1].code}" in answer.content.decode()
    assert answer.redirect_chain[-1][0].startswith(reverse("review"))


def test_a_lead_goes_through_its_co_submissions(world: World) -> None:
    versions = [world.submitted(task, co=True) for task in world.tasks]
    client = of(world.approver)
    assert client.get(page_of(versions[1])).context["worklist"].place == "2 / 3"
    asked = {"version": "1", "action": "return", "note": "补数据", "co_agency": world.co.slug, **GO_ON}
    answer = client.post(reverse("decide", args=[versions[1].submission_id]), asked)
    assert answer["Location"] == page_of(versions[2]) + f"?co_agency={world.co.slug}"


def test_a_kind_that_is_told_from_the_rows_narrows_the_list_too(world: World) -> None:
    world.submitted()
    odd = world.submitted(world.tasks[1], light="blue", progress=30)
    shown = of(world.office).get(page_of(odd) + "?kind=odd").context["worklist"]
    assert ([one.key for one in shown.items], dict(shown.kept)) == ([odd.submission_id], {"kind": "odd"})


def test_a_bad_filter_is_none(world: World) -> None:
    version = world.submitted()
    shown = of(world.office).get(page_of(version) + "?light=violet&group=x").context["worklist"]
    assert (shown.place, dict(shown.kept)) == ("1 / 1", {})


@pytest.mark.full
def test_a_reporter_hands_on_and_writes_the_next(world: World) -> None:
    client = of(world.reporter)
    assert client.get(form_of(world, 0)).context["worklist"].place == "1 / 3"
    for index in range(3):
        saved = client.post(
            form_of(world, index), {"light": "green", "done": "完成三件事。", "action": "check"}
        )
        assert saved["Location"] == check_of(world, index)
        assert 'name="go_on" value="1"' in client.get(check_of(world, index)).content.decode()
        handed = client.post(check_of(world, index), {"action": "hand", **GO_ON})
        wanted = form_of(world, index + 1) if index < 2 else reverse("desk")
        assert handed["Location"].startswith(wanted)
    # The approver goes through what waits for him, and lands on the desk after the last.
    client = of(world.approver)
    assert client.post(check_of(world, 0), {"action": "submit", **GO_ON})["Location"] == check_of(world, 1)
    assert client.post(check_of(world, 2), {"action": "submit", **GO_ON})["Location"] == check_of(world, 1)
    assert client.post(check_of(world, 1), {"action": "submit", **GO_ON})["Location"].startswith(
        reverse("desk")
    )
    assert set(Submission.objects.values_list("state", flat=True)) == {"submitted"}


def test_saving_offers_the_next_draft_or_goes_to_it(world: World) -> None:
    client = of(world.reporter)
    said = client.post(form_of(world, 0), {"done": "一", "action": "save"}, follow=True).content.decode()
    assert f'<a href="{form_of(world, 1)}">下一件：{world.tasks[1].code}' in said
    answer = client.post(form_of(world, 2), {"done": "三", "action": "next"})
    assert answer["Location"] == form_of(world, 0)  # from the start again
    assert set(Submission.objects.values_list("done", flat=True)) == {"一", "三"}


def test_what_somebody_else_writes_is_shown_and_never_the_next(world: World) -> None:
    from tasks.assignments.actions import assign

    colleague = make.user("reporter", agency=world.lead, password=None)
    given = [world.tasks[0].pk, world.tasks[2].pk]
    assign(by=world.approver, user=colleague, plan=world.plan, quarter=world.cycle.quarter, task_ids=given)
    client = of(colleague)
    assert client.get(form_of(world, 0)).context["worklist"].place == "1 / 3"
    answer = client.post(form_of(world, 0), {"done": "一", "action": "next"})
    assert answer["Location"] == form_of(world, 2)


@pytest.mark.full
def test_lists_take_the_same_queries_for_more_rows(world: World) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    office, reporter = of(world.office), of(world.reporter)

    def counted(client: Client, url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            client.get(url)
        return len(queries)

    first = world.submitted()
    before = counted(office, page_of(first)), counted(reporter, form_of(world, 1))
    for task in (make.task(world.plan, lead=world.lead, co=[world.co]) for _ in range(6)):
        world.submitted(task)
    assert (counted(office, page_of(first)), counted(reporter, form_of(world, 1))) == before
