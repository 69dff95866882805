"""Tasks that nobody leads: submissions go to the office, which arranges how they come together."""

from datetime import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from reports.figures.history import light_history
from reports.figures.levels import Levels
from reports.figures.queries import plan_figures
from reports.figures.values import Lights
from tasks.errors import Problems
from tasks.models import Event, Version
from tasks.notifications.queries import waiting
from tasks.notifications.values import Reason
from tasks.plans.duties import leads_of
from tasks.review.actions import DecisionInput, decide, may_decide, overrules
from tasks.review.arranging import arrange, unled_tasks
from tasks.standing.queries import standing
from tasks.submissions.queries import desk, waiting_for_lead, waiting_for_office
from tasks.values import UNLED, Duty, Light, Period, Role
from tests import factories as make
from tests.pages import client, text

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-04 09:00")


class World:
    """The second plan with its cycle, and the people who decide."""

    def __init__(self) -> None:
        self.second = make.second_plan()
        self.plan, self.task = self.second.plan, self.second.unled
        self.cycle = make.cycle(self.plan, Q)
        self.office = make.user(Role.OFFICE, password=None)
        self.port = make.user(Role.APPROVER, agency=self.second.port, password=None)

    def figures(self, at: datetime = NOW) -> Lights:
        return plan_figures(self.plan, Q, known_at=at).lights

    def arrange(self, collector: int | None, since: Period = Q, now: datetime = NOW) -> None:
        arrange(by=self.office, plan=self.plan, since=since, choices={self.task.pk: collector}, now=now)


@pytest.fixture
def world(db: None) -> World:
    return World()


def test_a_task_without_a_lead_is_neither_grey_nor_missing(world: World) -> None:
    make.version(world.task, world.second.port, Q, Light.RED)

    figures = plan_figures(world.plan, Q, known_at=NOW)
    level = Levels([world.plan], Q, Q, known_at=NOW)

    task = figures.tasks[2]
    assert (task.light, task.state, task.lead, task.lead_names) == (UNLED, UNLED, None, "")
    assert figures.lights == Lights(grey=2, unled=1)
    assert (figures.reported_lights, figures.verified_lights) == (Lights(grey=2, unled=1),) * 2
    assert level.figures("plan", Q)[0].lights == figures.lights
    assert [row.task.pk for row in level.behind("plan", Q, world.plan.slug, "unled")] == [world.task.pk]
    assert light_history(world.plan, Q, Q, NOW)[world.task.pk] == {Q: (UNLED, True)}
    assert {one.task_ref for one in figures.missing} == {
        one.ref for one in (world.second.joint, world.second.single, world.task)
    }


def test_submissions_go_to_the_office_which_gives_no_reason_for_adopting_them(world: World) -> None:
    version = Version.objects.get(pk=make.version(world.task, world.second.port, Q).pk)

    assert list(waiting_for_office(world.plan, Q, world.office)) == [version]
    assert not waiting_for_lead(world.plan, Q, world.second.trade.pk).exists()
    reasons = {
        one.reason for one in waiting([world.cycle], known_at=NOW) if one.duty.task_id == world.task.pk
    }
    assert Reason.DECIDE in reasons
    assert Reason.ADOPT not in reasons
    assert may_decide(world.office, version)
    assert not overrules(world.office, version)
    assert not may_decide(world.port, version)
    decided = decide(by=world.office, decisions=[DecisionInput(version.pk, accept=True)], now=NOW)
    assert decided[0].decision == "accepted"


def test_nobody_decides_for_the_agency_they_sit_in(world: World) -> None:
    own = make.user(Role.OFFICE, agency=world.second.port, password=None)
    version = make.version(world.task, world.second.port, Q)

    assert not waiting_for_office(world.plan, Q, own).exists()
    with pytest.raises(PermissionDenied):
        decide(by=own, decisions=[DecisionInput(version.pk, accept=True)], now=NOW)


# -- arrangements -------------------------------------------------------------------------------------------


def test_where_each_reports_the_task_has_the_most_serious_light(world: World) -> None:
    world.arrange(None)
    assert world.figures() == Lights(grey=3)
    red = make.version(world.task, world.second.port, Q, Light.YELLOW)
    make.version(world.task, world.second.trade, Q, Light.GREEN)
    assert world.figures() == Lights(grey=2, yellow=1, unverified=1)
    make.accept(red, at="2017-04-04")

    figures = plan_figures(world.plan, Q, known_at=NOW)
    assert (figures.tasks[2].light, figures.tasks[2].verified) == (Light.YELLOW, False)
    assert Levels([world.plan], Q, Q, known_at=NOW).figures("plan", Q)[0].lights.yellow == 1
    assert light_history(world.plan, Q, Q, NOW)[world.task.pk][Q] == (Light.YELLOW, False)
    assert leads_of([world.task.pk], Q) == {}


def test_a_collector_consolidates_and_is_no_lead(world: World) -> None:
    world.arrange(world.second.port.pk)
    co = make.version(world.task, world.second.trade, Q, Light.RED)
    make.version(world.task, world.second.port, Q, Light.GREEN, duty=Duty.LEAD)

    figures = plan_figures(world.plan, Q, known_at=NOW)
    task = figures.tasks[2]
    assert (task.light, task.lead, task.leads) == (Light.GREEN, None, ())
    assert task.collector is not None
    assert task.collector.id == world.second.port.pk
    assert (figures.lead.due, figures.co.due) == (3, 7)  # nobody became a lead
    port = next(one for one in figures.agencies if one.agency.id == world.second.port.pk)
    assert (port.lead.due, port.lights.total) == (0, 0)
    assert list(waiting_for_lead(world.plan, Q, world.second.port.pk)) == [co]
    decided = decide(by=world.port, decisions=[DecisionInput(co.pk, accept=True)], now=NOW)
    assert decided[0].decision == "accepted"
    rows = {row.task.pk: row for row in desk(world.plan, Q, world.second.trade.pk).rows}
    assert rows[world.task.pk].goes_to == "汇总：临溟港区管委会（非方案内容）"


def test_what_is_arranged_is_known_from_then_on_and_can_be_changed(world: World) -> None:
    world.arrange(world.second.port.pk)
    later = make.moment("2017-04-10 09:00")
    world.arrange(None, now=later)

    assert [event.to_state for event in Event.objects.filter(verb="task.arrange").order_by("pk")] == [
        "collector",
        "each",
    ]
    for moment, duty in [("2017-04-03", "co"), ("2017-04-05", "lead"), ("2017-04-11", "co")]:
        rows = standing([world.plan.pk], Q, known_at=make.moment(moment))
        assert [
            row.duty for row in rows if (row.task_id, row.agency_id) == (world.task.pk, world.second.port.pk)
        ] == [duty]


@pytest.mark.parametrize(
    ("of", "collector", "words"),
    [("single", "port", "有牵头单位"), ("unled", "reform", "须是这项任务的责任单位")],
)
def test_what_cannot_be_arranged_is_refused(world: World, of: str, collector: str, words: str) -> None:
    task, agency = getattr(world.second, of), getattr(world.second, collector)

    with pytest.raises(Problems, match=words):
        arrange(by=world.office, plan=world.plan, since=Q, choices={task.pk: agency.pk}, now=NOW)
    with pytest.raises(PermissionDenied):
        arrange(by=world.port, plan=world.plan, since=Q, choices={world.task.pk: None}, now=NOW)


def test_a_collector_is_not_set_over_what_it_has_submitted(world: World) -> None:
    make.version(world.task, world.second.port, Q)

    with pytest.raises(Problems, match="临溟港区管委会已报送"):
        world.arrange(world.second.port.pk)
    world.arrange(world.second.port.pk, since=Q + 1)


def test_the_office_arranges_all_tasks_at_once_on_a_page(world: World) -> None:
    address = reverse("arrangements") + f"?plan={world.plan.slug}"
    office = client(world.office)

    page = office.get(address)
    assert [row[0].task.pk for row in page.context["rows"]] == [world.task.pk]
    assert not any(field.initial for _one, field, *_rest in page.context["rows"])
    assert office.post(address, {"plan": world.plan.slug, "since": "1999Q1"}).status_code == 422
    empty = office.post(address, {"plan": world.plan.slug, "since": "2020Q4"})
    assert empty.status_code == 422
    assert "请至少为一项任务选定办法" in text(empty)
    done = office.post(address, {"plan": world.plan.slug, "since": "2020Q4", "every": "first"})
    assert done.status_code == 302
    assert unled_tasks(world.plan, Period(2020, 4))[0].arrangement.agency_id == world.second.trade.pk  # type: ignore[union-attr]
    assert client(world.port).get(address).status_code == 403


def test_pages_say_that_nobody_leads(world: World) -> None:
    version = make.version(world.task, world.second.port, Q)
    viewer = client(make.user(Role.LEADERSHIP, password=None))
    slug = world.plan.slug

    for name, args in [
        ("overview", [slug]),
        ("task_list", [slug]),
        ("matrix", [slug]),
        ("task", [slug, world.task.ref]),
    ]:
        page = viewer.get(reverse(name, args=args) + "?q=2017Q1")
        assert "无牵头" in text(page), name
    shown = client(world.office).get(reverse("return", args=[version.submission_id]))
    assert shown.context["deciding"]
    assert not shown.context["overruling"]
