"""The lead's queue: several adopted at once, all of a filter, what others decided left out and named; messages name what was
done and lead to the next."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.models import Version
from tests import factories as make
from tests.review.test_corrections import World

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-03 10:00")


@pytest.fixture
def world() -> Iterator[World]:
    with clock.at(NOW):
        yield World()


@pytest.fixture
def lead(world: World) -> Client:
    client = Client()
    client.force_login(world.approver)
    return client


def post(client: Client, world: World, **data: object) -> str:
    asked = {"plan": world.plan.slug, "q": "2017Q1", **data}
    answer = client.post(reverse("decide_several"), asked, follow=True)  # type: ignore[arg-type]
    return answer.content.decode()


def adopted() -> set[int]:
    return set(Version.objects.filter(decision="accepted").values_list("pk", flat=True))


def test_the_chosen_are_adopted_and_the_page_stays_in_its_filter(world: World, lead: Client) -> None:
    versions = [world.submitted(task, co=True) for task in world.tasks]
    asked = {
        "plan": world.plan.slug,
        "q": "2017Q1",
        "action": "adopt",
        "versions": [versions[0].pk, versions[1].pk],
        "co_agency": world.co.slug,
    }
    answer = lead.post(reverse("decide_several"), asked)
    assert answer.status_code == 302
    assert f"co_agency={world.co.slug}" in answer["Location"]
    assert answer["Location"].endswith("#h-lead")
    assert adopted() == {versions[0].pk, versions[1].pk}
    assert f"已采纳 2 件：{world.tasks[0].code}" in lead.get(answer["Location"]).content.decode()


@pytest.mark.full
def test_all_that_the_filter_shows_are_adopted(world: World, lead: Client) -> None:
    versions = [world.submitted(task, co=True) for task in world.tasks]
    post(lead, world, action="adopt_all", co_task=world.tasks[1].ref)
    assert adopted() == {versions[1].pk}
    post(lead, world, action="adopt_all")
    assert adopted() == {version.pk for version in versions}


def test_one_is_adopted_in_its_row_and_the_next_is_offered(world: World, lead: Client) -> None:
    versions = [world.submitted(task, co=True) for task in world.tasks]
    said = post(lead, world, one=versions[1].pk)
    assert adopted() == {versions[1].pk}
    assert f"已采纳 {world.tasks[1].code} 配合局" in said
    assert f"下一件：{world.tasks[2].code}" in said


def test_what_was_decided_meanwhile_is_left_out_and_named(world: World, lead: Client) -> None:
    versions = [world.submitted(task, co=True) for task in world.tasks]
    world.decide(versions[0], NOW, by=world.deputy)
    said = post(lead, world, action="adopt", versions=[version.pk for version in versions])
    assert adopted() == {version.pk for version in versions}
    assert f"没有再办：{world.tasks[0].code}" in said


def test_nothing_chosen_is_asked_for(world: World, lead: Client) -> None:
    world.submitted(co=True)
    assert "请先勾选" in post(lead, world, action="adopt")
    assert adopted() == set()


def test_the_office_reads_first_sentences_and_why_green_stands_over_red(world: World) -> None:
    co = world.submitted(co=True, light="red", next_steps="倒排工期")
    world.submitted(light="green", light_reason="不影响全局进度")
    client = Client()
    client.force_login(world.office)
    address = reverse("review") + f"?plan={world.plan.slug}&q=2017Q1"
    page = client.get(address).content.decode()
    assert "完成三件事。" in page
    number = world.task.code.translate(str.maketrans("()0123456789", "（）０１２３４５６７８９"))
    for words, found in ((number, True), (f"{number} 三件", True), ("不在其中", False)):
        shown = client.get(address, {"words": words}).content.decode()
        assert ("完成三件事。" in shown) is found, words
    assert "不影响全局进度" in page
    assert co.light == "red"
