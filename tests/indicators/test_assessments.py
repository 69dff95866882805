"""The office's word on promises without figures: reasoned, kept for good, as known then."""

import uuid
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.figures.target_standing import target_standings
from tasks.errors import Problems
from tasks.indicators.target_actions import AssessmentInput, assess
from tasks.models import Assessment, Event, Plan, User
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-05-10 09:00")
GIVEN = AssessmentInput(
    "mostly", "四项重点已启动三项", "调度会纪要", "https://example.cn/a\n\nhttp://example.cn/b"
)


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.office: User = make.user(Role.OFFICE, password=None)
        self.task = make.task(self.plan, lead=make.agency())
        self.indicator = make.indicator(self.plan, self.task)
        self.words = make.target(self.plan, text="明显提高")
        self.number = make.target(self.plan, self.indicator, 20)

    def assess(self, said: AssessmentInput = GIVEN, **more: Any) -> Assessment:
        about = {"by": self.office, "plan": self.plan, "order": 1, "quarter": Q, "now": NOW}
        return assess(values=said, **{**about, **more})

    def found(self, quarter: Period = Q, known_at: Any = "2018-01-01") -> list[tuple[str, str]]:
        standing = target_standings(self.plan, quarter, known_at=make.moment(known_at))[0]
        return [(str(one.quarter), one.verdict) for one in standing.assessments]

    def client(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.office)
        return client


@pytest.fixture
def world(db: None) -> World:
    return World()


def told(world: World, said: AssessmentInput, **more: Any) -> list[str]:
    with pytest.raises(Problems) as raised:
        world.assess(said, **more)
    assert not Assessment.objects.exists()
    return list(raised.value.by_field())


def test_a_word_is_kept_with_reason_evidence_and_date(world: World) -> None:
    made = world.assess()
    assert (made.verdict, made.links, made.assessed_on, made.at) == (
        "mostly",
        ["https://example.cn/a", "http://example.cn/b"],
        date(2017, 5, 10),
        NOW,
    )
    event = Event.objects.get()
    assert (event.verb, event.note, event.data["verdict"]) == (
        "target.assess",
        "四项重点已启动三项",
        "mostly",
    )


def test_a_correction_is_another_word_and_the_history_stays(world: World) -> None:
    world.assess()
    world.assess(AssessmentInput("missed", "核查后改判"), now=make.moment("2017-06-01"))
    assert world.found() == [("2017Q1", "missed"), ("2017Q1", "mostly")]
    assert world.found(known_at="2017-05-31") == [("2017Q1", "mostly")]
    assert world.found(known_at="2017-05-09") == []


def test_the_latest_quarters_word_holds_and_no_later_one_is_seen_before(world: World) -> None:
    world.assess(AssessmentInput("reached", "二季度"), quarter=Period(2017, 2), now=make.moment("2017-07-02"))
    world.assess(now=make.moment("2017-08-01"))  # entered late, on the quarter before
    assert world.found(Period(2017, 2)) == [("2017Q2", "reached"), ("2017Q1", "mostly")]
    assert world.found(Q) == [("2017Q1", "mostly")]


def test_the_same_form_twice_is_one_word(world: World) -> None:
    key = uuid.uuid4()
    assert world.assess(key=key) == world.assess(key=key)
    assert Assessment.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (AssessmentInput("", ""), ["verdict", "note"]),
        (AssessmentInput("perhaps", "理由"), ["verdict"]),
        (AssessmentInput("mostly", " "), ["note"]),
        (AssessmentInput("mostly", "长" * 2001), ["note"]),
        (AssessmentInput("mostly", "理由\x00"), ["note"]),
        (AssessmentInput("mostly", "理由", links="javascript:alert(1)"), ["links"]),
        (AssessmentInput("mostly", "理由", links="ftp://example.cn/a\n年鉴"), ["links"]),
        (AssessmentInput("mostly", "理由", links="https://example.cn/\n" * 21), ["links"]),
        (AssessmentInput("mostly", "理由", assessed_on=date(2017, 5, 11)), ["assessed_on"]),
        (AssessmentInput("mostly", "理由", assessed_on=date(2016, 12, 31)), ["assessed_on"]),
    ],
)
def test_what_is_wrong_stands_on_its_field(world: World, said: AssessmentInput, fields: list[str]) -> None:
    assert list(dict.fromkeys(told(world, said))) == fields


def test_a_quarter_that_has_not_begun_or_is_none_of_the_plan(world: World) -> None:
    assert told(world, GIVEN, quarter=Period(2017, 3)) == ["quarter"]
    assert told(world, GIVEN, quarter=Period(2030, 1)) == ["quarter"]
    assert told(world, GIVEN, order=77) == [""]


def test_what_has_figures_is_judged_by_them(world: World) -> None:
    assert world.assess(order=2).verdict == "mostly"  # nobody ever filed one
    make.figure(make.version(world.task, world.task.responsibilities.get().agency, Q), world.indicator, 3)
    with pytest.raises(Problems, match="按数据判断"):
        world.assess(order=2)
    # What was said before stays readable.
    assert Assessment.objects.get().target_order == 2


@pytest.mark.parametrize("role", [Role.SECOND_REVIEWER, Role.LEADERSHIP, Role.EXPERT, Role.APPROVER])
def test_only_the_office_assesses(world: World, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        world.assess(by=make.user(role, password=None))


def test_what_was_said_cannot_be_changed_or_deleted(world: World) -> None:
    made = world.assess()
    for change in (
        lambda: Assessment.objects.filter(pk=made.pk).update(verdict="reached"),
        lambda: Assessment.objects.filter(pk=made.pk).delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# -- pages and API ------------------------------------------------------------------------------------------


@pytest.mark.few(1)
@pytest.mark.parametrize("role", [Role.REPORTER, Role.LEADERSHIP, Role.EXPERT, Role.VIEWER])
def test_every_role_that_sees_the_plan_reads_what_was_found(world: World, role: Role) -> None:
    world.assess(AssessmentInput("unclear", "<b>尚无数据</b>", links="https://example.cn/?a=1&b=2"))
    client = world.client(make.user(role, password=None))
    with clock.at(NOW):
        page = client.get(reverse("target", args=[world.plan.slug, 1]), {"q": "2017Q1"}).content.decode()
        listed = client.get(reverse("target_list", args=[world.plan.slug]), {"q": "2017Q1"}).content.decode()
    assert "尚无法判断" in page
    assert "阶段评估" in page  # of 2020, in 2017
    assert "&lt;b&gt;尚无数据&lt;/b&gt;" in page
    assert 'href="https://example.cn/?a=1&amp;b=2"' in page
    assert "尚无法判断" in listed


def test_the_office_assesses_on_its_page_and_loses_nothing_that_is_wrong(world: World) -> None:
    url = reverse("target_assess", args=[world.plan.slug, 1])
    typed = {
        "key": str(uuid.uuid4()),
        "quarter": "2017Q1",
        "verdict": "",
        "note": "理由在此",
        "links": "年鉴",
    }
    with clock.at(NOW):
        refused = world.client().post(url, typed)
        assert refused.status_code == 422
        assert set(refused.context["form"].errors) == {"verdict", "links"}
        assert "理由在此" in refused.content.decode()
        typed |= {"verdict": "mostly", "links": ""}
        assert world.client().post(url, typed).status_code == 302
        assert world.client().post(url, typed).status_code == 302  # sent twice
    assert Assessment.objects.get().note == "理由在此"


def test_a_target_with_figures_has_no_form(world: World) -> None:
    make.figure(make.version(world.task, world.task.responsibilities.get().agency, Q), world.indicator, 3)
    with clock.at(NOW):
        assert world.client().get(reverse("target_assess", args=[world.plan.slug, 2])).status_code == 404


def test_the_api_takes_and_shows_a_word(world: World) -> None:
    url = reverse("api_assessment_list", args=[world.plan.slug, 1])
    sent = {
        "key": str(uuid.uuid4()),
        "quarter": "2017Q1",
        "verdict": "reached",
        "note": "据年报",
        "links": ["https://example.cn/"],
    }
    with clock.at(NOW):
        office = world.client()
        answer = office.post(url, sent, content_type="application/json")
        assert (answer.status_code, answer.json()["verdict"]) == (200, "reached")
        wrong = office.post(
            url, {**sent, "key": str(uuid.uuid4()), "note": ""}, content_type="application/json"
        )
        assert (wrong.status_code, list(wrong.json()["error"]["fields"])) == (422, ["note"])
        shown = world.client(make.user(password=None)).get(url).json()["results"]
    assert [(row["quarter"], row["verdict"], row["links"]) for row in shown] == [
        ("2017Q1", "reached", ["https://example.cn/"])
    ]
