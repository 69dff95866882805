"""The pages of bodies over time: the picture, the search, and what the office keeps."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tasks.agencies.queries import family_of
from tasks.jurisdictions.models import Jurisdiction
from tasks.lineage.actions import EdgeInput, record_edges
from tasks.models import Agency, AgencyName, Lineage, Plan
from tasks.templatetags.lineage import lineage as draw
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

REFORM = date(2018, 11, 1)
SPAN = Period(2016, 3), Period(2025, 4)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(make.user(Role.OFFICE, password=None))
    return client


@pytest.fixture
def viewer() -> Client:
    client = Client()
    client.force_login(make.user(password=None))
    return client


def merged(*names: str) -> tuple[Agency, list[Agency]]:
    """A body into which those of the names merged on 2018-11-01."""
    new = make.agency("集市局", since=REFORM)
    olds = [make.agency(name) for name in names]
    record_edges(
        by=None,
        edges=[
            EdgeInput(
                kind="merged",
                predecessor_id=old.pk,
                successor_id=new.pk,
                on=REFORM,
                precision="month",
                confidence="high",
                note="机构改革",
            )
            for old in olds
        ],
    )
    return new, olds


def test_picture_draws_a_line_for_each_body_and_where_they_run_together() -> None:
    # 38 quarters from 2016-07-01 to 2025-12-31 are 3471 days; the reform is on day 853, at 24.6 per cent.
    new, _olds = merged("度量局", "行商局")
    drawn = draw(family_of(new), *SPAN, Period(2017, 2), new.pk)

    rows = {row["first_name"]: row for row in drawn["rows"]}
    assert list(rows) == ["度量局", "行商局", "集市局"]
    assert rows["度量局"]["x3"] == rows["集市局"]["x1"] == rows["集市局"]["arrivals"][0] == "24.58%"
    assert [row["joins"][0]["y"] for row in drawn["rows"][:2]] == [22 + 2 * 36, 22 + 36]
    assert rows["度量局"]["marks"][0]["words"] == "2018年11月 并入"
    # In 2017 the new body is still ahead.
    assert (rows["集市局"]["past"], rows["集市局"]["future"]) == (False, True)


def test_picture_says_a_rename_on_the_line_and_escapes_names() -> None:
    body = make.agency("<i>老局</i>")
    record_edges(
        by=None,
        edges=[
            EdgeInput(
                kind="renamed",
                predecessor_id=body.pk,
                short="<b>新局",
                on=REFORM,
                confidence="low",
                note="据",
            )
        ],
    )
    html = Template("{% load lineage %}{% lineage f a b c own %}").render(
        Context({"f": family_of(body), "a": SPAN[0], "b": SPAN[1], "c": SPAN[0], "own": body.pk})
    )

    assert "2018年11月1日 更名 &lt;b&gt;新局" in html
    assert "<b>" not in html
    assert "<i>" not in html


def test_agency_page_shows_the_lineage_with_how_sure_it_is(viewer: Client) -> None:
    plan = make.plan()
    new, (old, _other) = merged("度量局", "行商局")

    response = viewer.get(reverse("agency", args=[plan.slug, old.slug]), {"q": "2018Q4"})

    assert response.context["name"] == "度量局"
    assert [(row.before.name, row.after.name, row.sure) for row in response.context["lineage_table"]] == [
        ("度量局", "集市局", "已核实"),
        ("行商局", "集市局", "已核实"),
    ]
    assert "维护名称与沿革" not in response.content.decode()
    alone = make.agency("统计局")
    assert viewer.get(reverse("agency", args=[plan.slug, alone.slug])).context["family"] is None
    # In 2017 there is no such body yet: it goes by the name that it will have.
    early = viewer.get(reverse("agency", args=[plan.slug, new.slug]), {"q": "2017Q1"})
    assert early.context["name"] == "集市局"


def test_search_on_the_list_of_agencies_finds_former_names(viewer: Client) -> None:
    plan = make.plan()
    _new, (_old, _other) = merged("度量局", "行商局")
    url = reverse("agency_list", args=[plan.slug])

    found = viewer.get(url, {"find": "度量", "q": "2018Q4"}).context["found"]
    assert [(row.name, [one.name for one in row.gone]) for row in found] == [("度量局", ["集市局"])]
    early = viewer.get(url, {"find": "集市", "q": "2017Q1"}).context["found"]
    assert [(row.name, row.is_later, row.gone) for row in early] == [("集市局", True, [])]
    assert "没有找到" in viewer.get(url, {"find": "<script>"}).content.decode()
    assert viewer.get(url, {"find": "\x00"}).status_code == 200


@pytest.mark.full
def test_pages_ask_no_more_of_the_database_when_there_is_more(office: Client) -> None:
    plan = make.plan()
    new, _olds = merged("度量局")

    def queries(url: str, **query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get(url, query).status_code == 200
        return len(captured)

    pages = [
        (reverse("agency", args=[plan.slug, new.slug]), {"q": "2018Q4"}),
        (reverse("agency_list", args=[plan.slug]), {"q": "2018Q4", "find": "局"}),
        (reverse("body", args=[new.slug]), {}),
        (reverse("api_agency_list"), {"name": "局"}),
    ]
    few = [queries(url, **query) for url, query in pages]
    for number in range(5):
        record_edges(
            by=None,
            edges=[
                EdgeInput(
                    kind="merged",
                    predecessor_id=make.agency(f"某局{number}").pk,
                    successor_id=new.pk,
                    on=REFORM,
                    confidence="low",
                    note="据",
                )
            ],
        )

    assert [queries(url, **query) for url, query in pages] == few


def test_office_records_amends_and_refutes_an_edge(office: Client) -> None:
    make.plan()
    old, new = make.agency("度量局"), make.agency("集市局")
    given: dict[str, Any] = {
        "kind": "merged",
        "successor": new.pk,
        "on": "2018-11-01",
        "precision": "month",
        "confidence": "medium",
        "date_confidence": "low",
        "note": "据记忆",
    }

    choices = ("kind", "precision", "confidence", "date_confidence")
    blank = office.get(reverse("edge_add", args=[old.slug])).context["form"]
    assert [blank[name].value() for name in choices] == [None] * 4
    unchosen = office.post(reverse("edge_add", args=[old.slug]), {**given, **dict.fromkeys(choices, "")})
    assert set(unchosen.context["form"].errors) == set(choices)
    refused = office.post(reverse("edge_add", args=[old.slug]), {**given, "successor": "", "note": ""})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"note"}
    refused = office.post(reverse("edge_add", args=[old.slug]), {**given, "successor": old.pk})
    assert "另一个单位" in refused.content.decode()
    assert office.post(reverse("edge_add", args=[old.slug]), given).status_code == 302
    row = Lineage.objects.get()

    page = reverse("edge", args=[row.pk])
    assert office.get(page).context["form"].initial["note"] == "据记忆"
    change = {**given, "on": "2018-10-26", "precision": "day", "note": "青编办文", "revision": "1"}
    assert office.post(page, change).status_code == 302
    second = office.post(page, change)
    assert (second.status_code, "他人更改" in second.content.decode()) == (422, True)
    assert office.post(page, {**change, "confidence": "refuted", "revision": "2"}).status_code == 302

    row.refresh_from_db()
    assert (row.on, row.confidence, row.revision) == (date(2018, 10, 26), "refuted", 3)
    assert AgencyName.objects.get(agency=old).valid.upper is None
    assert "不成立" in office.get(reverse("body", args=[old.slug])).content.decode()


def test_office_adds_a_body_and_mends_its_name(office: Client) -> None:
    make.plan()
    given = {
        "slug": "sczj",
        "kind": "department",
        "short": "集市局",
        "since": "2018-11-01",
        "note": "改革",
    }

    assert office.post(reverse("body_add"), {**given, "slug": "市场"}).status_code == 422
    assert office.post(reverse("body_add"), {**given, "since": "去年"}).status_code == 422
    place = Jurisdiction.objects.create(name="甲市", level="city", office="甲办")
    assert office.post(reverse("body_add"), {**given, "jurisdiction": "0"}).status_code == 422
    assert office.post(reverse("body_add"), {**given, "jurisdiction": place.pk}).status_code == 302
    made = Agency.objects.get(slug="sczj")
    assert (made.in_plan, made.names.get().short, made.jurisdiction) == (False, "集市局", place)

    page = reverse("body_name", args=["sczj"])
    before = office.get(page).context["form"].initial["before"]
    change = {"short": "省集市局", "full": "", "since": "2018-10-26", "note": "三定", "before": before}
    assert office.post(page, change).status_code == 302
    assert office.post(page, change).status_code == 422
    assert made.names.get().valid.lower == date(2018, 10, 26)


def test_body_that_the_plan_names_keeps_its_name(office: Client, plan: Plan) -> None:
    assert office.get(reverse("body_name", args=["jxw"])).status_code == 404


def test_api_tells_what_became_of_a_body_and_finds_it_by_an_old_name(viewer: Client) -> None:
    new, (old, _other) = merged("度量局", "行商局")
    make.edge("transferred", old, new, on="2017-01-01", confidence="refuted")

    listed = viewer.get(reverse("api_agency_list"), {"name": "度量"}).json()["results"]
    assert [(one["slug"], [edge["successor"] for edge in one["became"]]) for one in listed] == [
        (old.slug, [new.slug])
    ]
    told = viewer.get(reverse("api_agency", args=[new.slug])).json()
    assert [edge["predecessor"] for edge in told["came_from"]] == [old.slug, _other.slug]
    assert (told["came_from"][0]["confidence"], told["came_from"][0]["note"]) == ("high", "机构改革")
