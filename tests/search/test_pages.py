"""The page of the search, what is offered while somebody types, and the API, which all say the same."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks.models import Plan
from tasks.values import Duty, Role
from tests import factories as make

ODD = [
    "",
    "   ",
    "\u3000",
    "字" * 2000,
    "%",
    "_",
    "\\",
    "'",
    '"',
    "<script>alert(1)</script>",
    "a\x00b",
    "😀",
    "(" * 60,
    ":*&|!",
]


def signed(*roles: Role) -> Client:
    client = Client()
    client.force_login(make.user(*(roles or (Role.VIEWER,)), password=None))
    return client


@pytest.mark.slow
def test_whatever_is_typed_is_answered(db: None) -> None:
    client = signed()
    for typed in ODD:
        page = client.get(reverse("search"), {"words": typed})
        assert page.status_code == 200, typed
        assert "<script>alert" not in page.content.decode()
    for typed in ("字" * 2000, "'", "\x00"):
        assert client.get(reverse("search_suggestions"), {"words": typed}).status_code == 200, typed
        refused = client.get(reverse("api_search"), {"words": typed})
        assert refused.status_code == (422 if len(typed) > 60 else 200), typed
    assert "关键词最多60个字" in client.get(reverse("search"), {"words": "字" * 2000}).content.decode()
    assert (
        client.get(reverse("search"), {"words": "茶", "kind": "nothing", "plan": "x\x00"}).status_code == 404
    )
    assert client.get(reverse("search"), {"words": "茶", "plan": "nothing"}).status_code == 404
    assert client.get(reverse("api_search"), {"words": "茶", "kind": "nothing"}).status_code == 422


def test_page_suggestions_and_api_find_the_same(db: None) -> None:
    plan = make.plan()
    task = make.task(plan, heading="建设琉璃瓦窑")
    make.accept(make.version(task, agency := make.agency("县陶瓷局"), "2017Q1", done="琉璃瓦窑<b>点火</b>"))
    make.responsibility(task, agency, Duty.LEAD)
    client = signed(Role.LEADERSHIP)
    page = client.get(reverse("search"), {"words": "瓦窑"}).content.decode()
    assert "建设琉璃<mark>瓦窑</mark>" in page
    assert "<mark>瓦窑</mark>&lt;b&gt;点火&lt;/b&gt;" in page
    assert 'value="瓦窑"' in page
    offered = client.get(reverse("search_suggestions"), {"words": "瓦窑"}).content.decode()
    assert "建设琉璃<mark>瓦窑</mark>" in offered
    assert "找到2条" in offered
    found = client.get(reverse("api_search"), {"words": "瓦窑"}).json()
    assert [(one["kind"], one["count"]) for one in found["kinds"]] == [("tasks", 1), ("returns", 1)]
    hit = found["kinds"][0]["hits"][0]
    assert [run["text"] for run in hit["title"] if run["is_hit"]] == ["瓦窑"]
    assert client.get(hit["url"]).status_code == 200
    one_kind = client.get(reverse("search"), {"words": "瓦窑", "kind": "returns"}).content.decode()
    assert "点火" in one_kind
    assert "建设琉璃" not in one_kind


@pytest.mark.slow
def test_every_hit_leads_to_its_page(plan: Plan) -> None:
    client = signed()
    for typed in ("锂电", "西宁", "质量"):
        found = client.get(reverse("api_search"), {"words": typed}).json()
        urls = {hit["url"].split("#")[0] for section in found["kinds"] for hit in section["hits"][:1]}
        assert all(client.get(url).status_code == 200 for url in urls), typed


def test_the_search_takes_the_same_queries_for_more(db: None) -> None:
    plan = make.plan()
    client = signed(Role.LEADERSHIP)

    def fill(count: int) -> None:
        for _number in range(count):
            task = make.task(plan, heading="琉璃瓦窑")
            make.sector(plan, task, name=f"琉璃瓦窑{task.pk}")
            make.target(plan, text="琉璃瓦窑")
            make.accept(
                make.version(
                    task,
                    make.agency(f"琉璃瓦窑{task.pk}局"),
                    "2017Q1",
                    done="琉璃瓦窑",
                    coordination="琉璃瓦窑",
                )
            )

    client.get(reverse("search"), {"words": "琉璃"})  # each process reads a plan's text once
    counted = []
    for more in (1, 2):
        fill(more)
        with CaptureQueriesContext(connection) as queries:
            assert "琉璃" in client.get(reverse("search"), {"words": "琉璃瓦窑"}).content.decode()
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_administrators_are_offered_no_search(db: None) -> None:
    for role in (Role.ACCOUNTS_ADMIN, Role.AUDIT_ADMIN):
        client = signed(role)
        assert client.get(reverse("search"), {"words": "茶"}).status_code == 403
        assert "data-find" not in client.get(reverse("message_list")).content.decode()


def test_names_of_earlier_days_and_heirs_are_found(db: None) -> None:
    from datetime import date

    from tasks.models import AgencyName

    plan = make.plan()
    old = make.agency("县轻工局")
    AgencyName.objects.filter(agency=old).update(valid=(date(2000, 1, 1), date(2015, 1, 1)))
    AgencyName.objects.create(agency=old, short="县工信局", valid=(date(2015, 1, 1), None), origin="outside")
    heir = make.agency("县产业局")
    make.edge("merged", old, heir, on="2016-05-01")
    make.responsibility(make.task(plan), old, Duty.LEAD)
    found = signed().get(reverse("api_search"), {"words": "轻工局"}).json()["kinds"]
    hits = next(one["hits"] for one in found if one["kind"] == "agencies")
    titles = ["".join(run["text"] for run in hit["title"]) for hit in hits]
    assert titles == ["县工信局", "县产业局"]
    assert "原名县轻工局（至2015-01-01）" in "".join(run["text"] for run in hits[0]["text"])
    assert "承接" in hits[1]["note"]
