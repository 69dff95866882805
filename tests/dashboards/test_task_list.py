"""The task list's filter: each choice narrows, and every choice says how many it would leave."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.models import Plan
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.at(make.moment("2017-07-05 10:00")):
        yield


@pytest.fixture
def viewer(client: Client) -> Client:
    client.force_login(make.user(password=None))
    return client


@pytest.fixture
def listed() -> Plan:
    """Four tasks in two groups and a safeguard; 甲 leads the first three and shares the fourth, 乙 leads the rest."""
    plan = make.plan(text="全文：推进智能制造，建设智能\n工厂。")
    first, second = make.group(plan), make.group(plan)
    a, b = make.agency("甲", slug="a"), make.agency("乙", slug="b")
    one = make.task(plan, first, lead=a, heading="智能制造")
    two = make.task(plan, first, lead=a, heading="绿色制造")
    three = make.task(plan, second, lead=a, heading="国际合作")
    four = make.task(plan, second, lead=b, co=[a], heading="品牌建设")
    make.safeguard(plan, lead=b, heading="人才保障")
    make.sector(plan, one, four)
    make.version(one, a, "2017Q1", "green")
    make.version(two, a, "2017Q1", "red")
    make.accept(make.version(three, a, "2017Q1", "red"), "yellow", note="已有措施。")
    body = plan.passages.create(start=3, end=len(plan.text))
    four.body = body
    four.save()
    return plan


def rows(client: Client, plan: Plan, **query: str) -> list[str]:
    response = client.get(reverse("task_list", args=[plan.slug]), {"q": "2017Q1", **query})
    assert response.status_code == 200
    return [row.heading for part in response.context["parts"] for row in part.rows]


@pytest.mark.few(6)
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["智能制造", "绿色制造", "国际合作", "品牌建设", "人才保障"]),
        ({"group": "2"}, ["国际合作", "品牌建设"]),
        ({"part": "safeguard"}, ["人才保障"]),
        ({"sector": "1"}, ["智能制造", "品牌建设"]),
        ({"agency": "a"}, ["智能制造", "绿色制造", "国际合作", "品牌建设"]),
        ({"agency": "a", "duty": "co"}, ["品牌建设"]),
        ({"agency": "b", "duty": "lead"}, ["品牌建设", "人才保障"]),
        ({"duty": "co"}, ["品牌建设"]),
        ({"light": "red"}, ["绿色制造"]),
        ({"light": "yellow"}, ["国际合作"]),  # what the office verified, not what was reported
        ({"light": "grey"}, ["品牌建设", "人才保障"]),
        ({"words": "制造"}, ["智能制造", "绿色制造", "品牌建设"]),
        ({"words": "智能工厂"}, ["品牌建设"]),  # over a wrapped line of the plan
        ({"words": "智能 工厂"}, ["品牌建设"]),
        ({"group": "1", "light": "red"}, ["绿色制造"]),
        ({"agency": "nobody"}, []),
        ({"light": "purple"}, []),
        ({"group": "甲"}, []),
    ],
)
def test_filter_leaves(viewer: Client, listed: Plan, query: dict[str, str], expected: list[str]) -> None:
    assert rows(viewer, listed, **query) == expected


def test_filter_that_is_no_choice_says_so(viewer: Client, listed: Plan) -> None:
    page = viewer.get(reverse("task_list", args=[listed.slug]), {"light": "purple"}).content.decode()

    assert "不是可选的值" in page


@pytest.mark.few(1)
@pytest.mark.parametrize("query", [{}, {"group": "1"}, {"agency": "a"}, {"light": "red"}, {"words": "制造"}])
def test_every_count_is_what_the_choice_leaves(viewer: Client, listed: Plan, query: dict[str, str]) -> None:
    response = viewer.get(reverse("task_list", args=[listed.slug]), {"q": "2017Q1", **query})
    form = response.context["form"]

    for facet in ("group", "sector", "part", "agency", "duty", "light"):
        for value, label in form.fields[facet].choices[1:]:
            left = rows(viewer, listed, **{**query, facet: value})
            assert label.endswith(f"（{len(left)}）"), (facet, value, label, left)


def test_duties_are_those_of_the_quarter(viewer: Client) -> None:
    plan = make.plan()
    old, new = make.agency("旧", slug="former"), make.agency("新", slug="later")
    one = make.task(plan, heading="移交")
    make.responsibility(one, old, last="2016Q4")
    make.responsibility(one, new, first="2017Q1")

    assert rows(viewer, plan, q="2016Q4", agency="former") == ["移交"]
    assert rows(viewer, plan, q="2016Q4", agency="later") == []
    assert rows(viewer, plan, q="2017Q1", agency="later") == ["移交"]


def test_export_carries_the_filters(viewer: Client, listed: Plan) -> None:
    response = viewer.get(reverse("task_list", args=[listed.slug]), {"q": "2017Q1", "light": "red"})

    assert response.context["export"] == reverse("task_list_xlsx", args=[listed.slug]) + "?q=2017Q1&light=red"


def test_htmx_finds_the_results_in_the_answer(viewer: Client, listed: Plan) -> None:
    page = viewer.get(
        reverse("task_list", args=[listed.slug]), {"light": "red"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert 'id="results"' in page
    assert 'hx-select="#results"' in page
