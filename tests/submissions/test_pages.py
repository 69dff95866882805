"""Desk, form, check page, queues: what a person sees and does."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.models import State, Submission, User, Version
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")


class World:
    """A lead and a co-agency with one task, and people who are logged in on demand."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead = make.agency("牵头局")
        self.co = make.agency("配合局")
        self.task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.co_reporter = make.user(Role.REPORTER, agency=self.co, password=None)
        self.co_approver = make.user(Role.APPROVER, agency=self.co, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.viewer = make.user(Role.VIEWER, password=None)
        self.url = reverse("return_edit", args=[self.plan.slug, str(Q), self.task.ref])
        self.check = reverse("return_check", args=[self.plan.slug, str(Q), self.task.ref])

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def form(self, **values: Any) -> dict[str, Any]:
        return {"light": "green", "done": "办成两件事", "revision": "", "action": "save", **values}


@pytest.fixture
def world(db: None) -> Any:
    with clock.at(NOW):
        yield World()


def test_a_return_goes_from_draft_to_accepted_through_the_pages(world: World) -> None:
    co_client = world.client(world.co_reporter)
    assert (
        co_client.post(world.url, world.form(done="配合了", action="check")).headers["Location"]
        == world.check
    )
    assert co_client.post(world.check, {"action": "hand"}).status_code == 302
    assert world.client(world.co_approver).post(world.check, {"action": "submit"}).status_code == 302
    co = Version.objects.get(agency=world.co)

    lead = world.client(world.reporter)
    assert "配合局" in lead.get(reverse("review")).content.decode()
    decided = lead.post(
        reverse("decide", args=[co.submission_id]), {"version": co.number, "action": "accept"}
    )
    assert decided.status_code == 302
    lead.post(world.url, world.form(action="check"))
    lead.post(world.check, {"action": "hand"})
    page = world.client(world.approver).get(world.check).content.decode()
    assert "签批并提交" in page
    world.client(world.approver).post(world.check, {"action": "submit"})

    office = world.client(world.office)
    head = Submission.objects.get(agency=world.lead)
    assert world.task.heading in office.get(reverse("review")).content.decode()
    page = office.get(reverse("return", args=[head.pk])).content.decode()
    assert "配合局" in page
    assert "核定通过" in page
    answer = office.post(
        reverse("decide", args=[head.pk]),
        {"version": 1, "action": "accept", "verified_light": "yellow", "verification": "true", "note": ""},
    )
    assert answer.status_code == 422
    assert "核定灯与自评灯不同，要写明理由。" in answer.content.decode()
    office.post(
        reverse("decide", args=[head.pk]),
        {
            "version": 1,
            "action": "accept",
            "verified_light": "yellow",
            "verification": "true",
            "note": "见现场",
        },
    )
    head.refresh_from_db()
    assert head.state == State.ACCEPTED
    assert head.versions.get().basis.get() == co


def test_a_faulty_form_keeps_what_was_typed_and_links_to_the_field(world: World) -> None:
    answer = world.client(world.reporter).post(world.url, world.form(progress="很多", done="<b>写了半天</b>"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#progress"' in page
    assert "“很多”不是 0 到 100 之间的整数，请改正。" in page
    assert "&lt;b&gt;写了半天&lt;/b&gt;" in page
    assert "<b>写了半天" not in page
    assert not Submission.objects.exists()


def test_checking_an_incomplete_draft_saves_it_and_shows_what_is_missing(world: World) -> None:
    client = world.client(world.reporter)
    answer = client.post(world.url, world.form(done="", light="red", action="check"), follow=True)
    page = answer.content.decode()
    assert Submission.objects.get().light == "red"
    assert 'href="#done"' in page
    assert 'href="#next_steps"' in page


def test_a_conflict_keeps_both_texts(world: World) -> None:
    world.client(world.reporter).post(world.url, world.form(done="先来的"))
    other = make.user(Role.REPORTER, agency=world.lead, password=None)
    answer = world.client(other).post(world.url, world.form(done="后到的"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "先来的" in page
    assert "后到的" in page
    assert "您的改动没有丢" in page
    assert Submission.objects.get().done == "先来的"
    # Having seen it, the second may go on from there.
    assert world.client(other).post(world.url, world.form(done="后到的", revision="1")).status_code == 302
    assert Submission.objects.get().done == "后到的"


def test_figures_are_typed_saved_and_shown_with_their_errors(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    name = f"figures.{indicator.slug}.value"
    client = world.client(world.reporter)
    page = client.post(
        world.url, world.form(action="check", **{name: "约十二"}), follow=True
    ).content.decode()
    assert "“约十二”不是数" in page
    assert 'value="约十二"' in page
    client.post(world.url, world.form(revision="1", action="check", **{name: "12"}))
    client.post(world.check, {"action": "hand"})
    world.client(world.approver).post(world.check, {"action": "submit"})
    assert str(Version.objects.get().figures.get().value) == "12.0000"


def test_the_form_of_a_quarter_that_is_not_open_says_so(world: World) -> None:
    url = reverse("return_edit", args=[world.plan.slug, "2017Q3", world.task.ref])
    page = world.client(world.reporter).get(url).content.decode()
    assert "尚未开启填报" in page
    with clock.at(make.moment("2017-06-30 09:00")):
        page = world.client(world.reporter).get(world.url).content.decode()
    assert "填报已截止" in page


@pytest.mark.parametrize("address", ["2017Q9", "下季", "2017"])
def test_a_wrong_quarter_is_not_found(world: World, address: str) -> None:
    client = world.client(world.reporter)
    assert (
        client.get(reverse("return_edit", args=[world.plan.slug, address, world.task.ref])).status_code == 404
    )
    assert client.get(reverse("desk"), {"q": address}).status_code == 404


def test_a_stranger_cannot_open_the_form_or_read_the_return(world: World) -> None:
    stranger = make.user(Role.REPORTER, password=None)
    world.client(world.reporter).post(world.url, world.form())
    head = Submission.objects.get()
    assert world.client(stranger).get(world.url).status_code == 404
    for someone in (stranger, world.office, world.viewer, world.co_reporter):
        assert world.client(someone).get(reverse("return", args=[head.pk])).status_code == 404
    assert world.client(world.viewer).get(reverse("desk")).status_code == 403


def test_problems_are_hidden_from_those_who_need_not_know(world: World) -> None:
    version = make.version(
        world.task,
        world.lead,
        Q,
        problems=[{"category": "money", "text": "缺钱三百万"}],
        coordination="请省里出面",
    )
    make.accept(version)
    url = reverse("return", args=[version.submission_id])
    leadership = make.user(Role.LEADERSHIP, password=None)
    seen = {
        name: "缺钱三百万" in (page := world.client(user).get(url).content.decode()) and "请省里出面" in page
        for name, user in {
            "own": world.reporter,
            "office": world.office,
            "leadership": leadership,
            "co": world.co_reporter,
            "viewer": world.viewer,
        }.items()
    }
    assert seen == {"own": True, "office": True, "leadership": True, "co": False, "viewer": False}


@pytest.mark.full
def test_desk_queries_do_not_grow_with_its_rows(world: World) -> None:
    client = world.client(world.reporter)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    def grow(count: int) -> None:
        for _ in range(count):
            task = make.task(world.plan, lead=world.lead, co=[world.co])
            make.version(task, world.lead, Q)
            make.version(task, world.lead, "2016Q4")
            make.version(task, world.co, Q)

    grow(1)
    client.get(reverse("desk"))
    before = [queries(reverse("desk")), queries(reverse("review"))]
    grow(5)
    assert [queries(reverse("desk")), queries(reverse("review"))] == before


@pytest.mark.full
def test_office_queue_and_return_page_queries_do_not_grow(world: World) -> None:
    client = world.client(world.office)

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    first = make.version(world.task, world.lead, Q)
    make.version(world.task, world.lead, Q, number=2)  # compared with the first
    page = reverse("return", args=[first.submission_id])
    client.get(page)
    before = [queries(reverse("review")), queries(page)]
    for _ in range(5):
        task = make.task(world.plan, lead=world.lead)
        make.version(task, world.lead, Q)
        another = make.agency()
        make.responsibility(world.task, another, Duty.CO)
        make.version(world.task, another, Q)
    make.version(world.task, world.lead, Q, number=3)
    assert [queries(reverse("review")), queries(page)] == before
