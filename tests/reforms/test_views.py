"""The pages of a reform: what follows from a day's edges, what is undecided, and what the successor goes on from."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.models import Adjustment, Lineage, User
from tasks.values import Role
from tests import factories as make
from tests.adjustments.conftest import NOW, PROPOSED, Reformed
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.at(PROPOSED):
        yield


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(world: Reformed, on: str = "2018-11-01") -> str:
    return reverse("reform", args=[world.plan.slug, on])


def test_days_are_listed_with_what_was_done_about_them(world: Reformed) -> None:
    office = client_of(world.office)
    page = reverse("reform_list", args=[world.plan.slug])
    assert "未办理" in text(office.get(page))

    made = world.propose()

    (day,) = office.get(page).context["days"]
    assert (str(day["on"]), str(day["quarter"]), day["adjustments"]) == ("2018-11-01", "2018Q4", [made])
    assert len(day["edges"]) == 5
    assert office.get(url(world, "2018-11-02")).status_code == 404
    assert office.get(url(world, "yesterday")).status_code == 404


def test_page_lays_out_what_is_sure_and_what_is_open(world: Reformed) -> None:
    user = make.user(Role.REPORTER, agency=world.bodies["食药处"], password=None, display_name="赵经办")
    page = client_of(world.office).get(url(world))

    assert [(row["task"].heading, row["body"], row["to"]) for row in page.context["sure_duties"]] == [
        ("一", "质检局", "市监局"),
        ("一", "工商所", "市监局"),
        ("二", "工商所", "市监局"),
    ]
    assert [
        (row["task"].heading, row["body"], [words for _pk, words in row["options"]])
        for row in page.context["open_duties"]
    ] == [
        ("一", "食药处", ["市监局", "药监处"]),
        ("三", "编制处", ["编制处（不变）", "政务处"]),
        ("三", "食药处", ["市监局", "药监处"]),
    ]
    assert [(row["bodies"], row["to"], row["duty"]) for row in page.context["merged"]] == [
        ("质检局、工商所", "市监局", "牵头")
    ]
    assert [(row["user"], row["body"]) for row in page.context["accounts"]] == [(user, "食药处")]
    assert "赵经办" in text(page)


def test_proposing_with_one_undecided_keeps_every_answer(world: Reformed) -> None:
    office = client_of(world.office)
    answers = world.answers()
    missing = world.key("三", "食药处")
    edges = [edge.pk for edge in Lineage.objects.all()]
    given = {**answers, missing: "", "edge": edges, "reason": "", "doc_number": "青办发〔2018〕33号"}

    refused = office.post(url(world), given)

    assert refused.status_code == 422
    assert [one["field_id"] for one in refused.context["problems"]] == [missing]
    assert f'href="#{missing}"' in text(refused)
    assert "请写明调整的理由。" in text(refused)
    kept = {row["key"]: row["chosen"] for row in refused.context["open_duties"]}
    assert kept == {**answers, missing: ""}
    assert not Adjustment.objects.exists()
    sent = office.post(url(world), {**given, **answers, "reason": "省级机构改革"})
    assert sent.status_code == 302
    assert sent.url == reverse("adjustment", args=[world.plan.slug, Adjustment.objects.get().pk])


def test_narrowed_edges_are_previewed_and_half_a_split_is_refused(world: Reformed) -> None:
    office = client_of(world.office)
    merged = [edge.pk for edge in Lineage.objects.filter(kind="merged")]
    page = office.get(url(world), {"edge": merged})
    assert (len(page.context["sure_duties"]), page.context["open_duties"]) == (3, [])

    half = Lineage.objects.filter(kind="split").first()
    assert half is not None
    assert "一并选上" in text(office.get(url(world), {"edge": [half.pk]}))
    refused = office.post(url(world), {"edge": [half.pk], "reason": "改革"})
    assert (refused.status_code, Adjustment.objects.count()) == (422, 0)
    assert office.get(url(world), {"edge": ["x"]}).status_code == 200


def test_approved_reform_tells_accounts_to_those_alone_who_decide(world: Reformed) -> None:
    user = make.user(Role.REPORTER, agency=world.bodies["质检局"], password=None, display_name="赵经办")
    made = world.approve(world.propose())
    page = reverse("adjustment", args=[world.plan.slug, made.pk])

    with clock.at(NOW):
        told = text(client_of(world.leader).get(page))
        public = text(client_of(make.user(password=None)).get(page))
        api = client_of(make.user(password=None)).get(
            reverse("api_adjustment", args=[world.plan.slug, made.pk])
        )

    assert ("赵经办" in told, "赵经办" in public) == (True, False)
    assert "质检局（牵头）" in public
    assert "moves" not in api.json()["content"]
    assert user.username not in public


def test_task_page_draws_the_succession(world: Reformed) -> None:
    world.approve(world.propose())

    with clock.at(make.moment("2019-02-01")):
        page = client_of(world.office).get(
            reverse("task", args=[world.plan.slug, world.tasks["一"].ref]), {"q": "2018Q4"}
        )

    rows = page.context["timeline"]
    assert [(row.name, row.duty, row.into) for row in rows] == [
        ("质检局", "lead", 1),
        ("市监局", "lead", None),
        ("工商所", "co", 1),
        ("食药处", "co", 1),
    ]
    assert rows[1].change == "2018年11月机构改革"
    assert [item.agency for item in page.context["history"]] == []  # no quarter was opened
    assert [(b.name, b.duty) for b in page.context["bodies"]] == [("市监局", "lead")]
    with clock.at(make.moment("2019-02-01")):
        before = client_of(world.office).get(
            reverse("task", args=[world.plan.slug, world.tasks["一"].ref]), {"q": "2018Q3"}
        )
    assert [b.name for b in before.context["bodies"]] == ["质检局", "工商所", "食药处"]
    assert [row.name for row in before.context["timeline"]][1] == "市监局"


def test_successor_goes_on_from_its_desk(world: Reformed) -> None:
    make.cycle(world.plan, "2018Q4", opened_at=make.moment("2018-11-02"))
    old, new = world.bodies["质检局"], world.bodies["市监局"]
    make.submission(world.tasks["一"], old, "2018Q4", light="green", done="<b>推进会</b>")
    user = make.user(Role.REPORTER, agency=old, password=None)
    world.approve(world.propose())
    client = client_of(user)
    desk = reverse("desk")

    with clock.at(NOW):
        # The desk opens on the plan published last; here that is this one.
        type(world.plan).objects.filter(pk=world.plan.pk).update(issued_on="2018-01-01")
        assert "接续填报" in text(client.get(desk, {"q": "2018Q4"}))
        page = client.get(reverse("handover"), {"q": "2018Q4"})
        assert [(row["body"], row["source"].task.heading) for row in page.context["rows"]] == [
            ("质检局", "一")
        ]
        assert "<b>推进会" not in text(page)
        given = {"q": "2018Q4", "task": world.tasks["一"].ref, "body": str(old.pk)}
        assert client.post(reverse("handover_take"), {**given, "body": "x"}).status_code == 409
        taken = client.post(reverse("handover_take"), given)
        assert taken.url == reverse("return_edit", args=[world.plan.slug, "2018Q4", world.tasks["一"].ref])
        assert "推进会" in text(client.get(taken.url))
        assert client.post(reverse("handover_take"), given).status_code == 409
        assert client.get(reverse("handover"), {"q": "2018Q4"}).context["rows"] == []
        other = make.user(Role.REPORTER, agency=world.bodies["统计处"], password=None)
        assert "接续填报" not in text(client_of(other).get(desk, {"q": "2018Q4"}))
    user.refresh_from_db()
    assert user.agency == new


def test_pages_ask_no_more_of_the_database_when_there_is_more(world: Reformed) -> None:
    office = client_of(world.office)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get(address).status_code == 200
        return len(captured)

    world.propose()
    pages = [url(world), reverse("reform_list", args=[world.plan.slug])]
    few = [queries(page) for page in pages]
    for _ in range(5):
        make.task(world.plan, lead=world.bodies["质检局"], co=[world.bodies["工商所"]])
        make.user(Role.REPORTER, agency=world.bodies["质检局"], password=None)

    assert [queries(page) for page in pages] == few
