"""A task that is reported on every month in a plan by quarter, until its deadline; its quarters read the latest month."""

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.figures.indicator_aggregation import Measures
from tasks.cycles.actions import cycle_rows, open_cycle
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Event, Plan, Responsibility, Task, User
from tasks.plans.duties import duties
from tasks.plans.models import TaskRhythm, TermStatus
from tasks.review.filing_requirements import report_more_often
from tasks.standing.queries import Standing, standing
from tasks.standing.statements import Statement, parameters, places_and_parts
from tasks.submissions.actions import save_drafts, submit
from tasks.submissions.content import DraftInput
from tasks.values import Light, Period, Rhythm, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q1, Q2 = Period(2017, 1), Period(2017, 2)
JAN, FEB, MARCH, APRIL, MAY, JUNE = (Period(2017, number, Rhythm.MONTH) for number in range(1, 7))
BEFORE, NOW = make.moment("2017-01-05 09:00"), make.moment("2017-07-20 09:00")


class World:
    """Two tasks of one lead and one co agency; the first is reported on every month from 2017Q1 on."""

    def __init__(self) -> None:
        self.plan: Plan = make.plan(in_force_from=date(2016, 7, 1), in_force_to=date(2019, 12, 31))
        self.lead: Agency = make.agency("省测试厅")
        self.co: Agency = make.agency("市测试局")
        self.monthly: Task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.plain: Task = make.task(self.plan, lead=self.lead)
        self.office: User = make.user(Role.OFFICE, agency=make.agency("省办公室"))
        report_more_often(
            by=self.office, plan=self.plan, ref=self.monthly.ref, rhythm="month", since=Q1, now=BEFORE
        )

    def leads(self, period: Period) -> dict[str, Standing]:
        rows = standing([self.plan.pk], period, known_at=NOW)
        return {self.name(row.task_id): row for row in rows if row.duty == "lead"}

    def owed(self, period: Period) -> set[tuple[str, int]]:
        rows = duties([self.plan.pk], period, known_at=NOW)
        return {(self.name(row.task_id), row.agency_id) for row in rows}

    def name(self, task_id: int) -> str:
        return "monthly" if task_id == self.monthly.pk else "plain"


@pytest.fixture
def world() -> World:
    return World()


def test_nothing_is_filed_for_the_quarter_of_a_monthly_task_but_for_its_months(world: World) -> None:
    lead, co = world.lead.pk, world.co.pk
    assert world.owed(Q1 - 1) == {("monthly", lead), ("monthly", co), ("plain", lead)}
    assert world.owed(Q1) == {("plain", lead)}
    assert world.owed(FEB) == {("monthly", lead), ("monthly", co)}
    assert world.owed(JAN - 1) == set()
    assert world.owed(Period.parse("2017M01-02")) == world.owed(Period.parse("2017H1")) == set()


def test_standings_of_other_plans_follow_their_own_rhythm_alone(world: World) -> None:
    other = make.plan(in_force_from=date(2016, 7, 1), in_force_to=date(2019, 12, 31))
    task = make.task(other, lead=world.lead, co=[world.co])
    make.accept(make.version(task, world.lead, Q1, Light.RED))
    values = parameters(Q1, Q2, NOW, plan_id=other.pk)
    of_plan = Statement("SELECT s.* FROM ({standing}) s ORDER BY 1, 2, 3, 4, 5, 6", "t.plan_id = %(plan_id)s")

    values |= places_and_parts(values["first"], values["last"])
    plain, full = (_run(sql, values) for sql in (of_plan.plain, of_plan.full))
    assert len(plain) == 4
    assert plain == full
    assert of_plan.rows(values, [other.pk])[1] == plain
    assert standing([other.pk], JAN, known_at=NOW) == []  # its periods are quarters

    report_more_often(by=world.office, plan=other, ref=task.ref, rhythm="month", since=Q2, now=BEFORE)
    assert {row[0] for row in of_plan.rows(values, [other.pk])[1]} == {Q1.ordinal, Q2.ordinal}
    assert {row.task_id for row in standing([other.pk], APRIL, known_at=NOW)} == {task.pk}


def _run(sql: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def test_a_quarter_reads_the_latest_return_in_it(world: World) -> None:
    make.cycle(world.plan, Q1)
    for month, light in [(JAN, Light.GREEN), (FEB, Light.RED)]:
        make.accept(make.version(world.monthly, world.lead, month, light))
    make.cycle(world.plan, MARCH)
    make.version(world.plain, world.lead, Q1, Light.BLUE)
    shown = world.leads(Q1)
    assert {name: (row.light, row.state, row.on_time) for name, row in shown.items()} == {
        "monthly": (Light.RED, "accepted", True),
        "plain": (Light.BLUE, "submitted", True),
    }
    assert shown["monthly"].due_at == make.cycle(world.plan, FEB).lead_due
    months = {month: world.leads(month) for month in (JAN, FEB, MARCH)}
    assert {
        (month, name): (row.light, row.state) for month, rows in months.items() for name, row in rows.items()
    } == {
        (JAN, "monthly"): (Light.GREEN, "accepted"),
        (FEB, "monthly"): (Light.RED, "accepted"),
        (MARCH, "monthly"): ("grey", "missing"),
    }


def test_a_quarter_in_which_nothing_came_is_due_by_its_latest_month(world: World) -> None:
    make.cycle(world.plan, Q1)
    for month in (JAN, FEB):
        make.cycle(world.plan, month)
    row = world.leads(Q1)["monthly"]
    assert (row.state, row.owed, row.due_at) == ("missing", True, make.cycle(world.plan, FEB).lead_due)


def test_after_its_deadline_it_goes_by_the_plan_again(world: World) -> None:
    make.term(world.monthly, TermStatus.OPEN, deadline=date(2017, 5, 10))
    assert [bool(world.owed(month)) for month in (APRIL, MAY, JUNE)] == [True, True, False]
    assert world.owed(Q2) == {("plain", world.lead.pk)}
    assert ("monthly", world.lead.pk) in world.owed(Q2 + 1)
    make.version(world.monthly, world.lead, MAY, Light.YELLOW)
    make.version(world.monthly, world.lead, Q2 + 1, Light.GREEN, at="2017-07-10")
    assert world.leads(Q2)["monthly"].light == Light.YELLOW
    assert world.leads(Q2 + 1)["monthly"].light == Light.GREEN
    assert "monthly" not in world.leads(JUNE)


def test_its_figures_are_those_of_the_latest_return(world: World) -> None:
    counted = make.indicator(world.plan, world.monthly)
    for month, value in [(JAN, 3), (FEB, 5)]:
        make.figure(make.version(world.monthly, world.lead, month), counted, value)
    found = Measures(world.plan, Q1, known_at=NOW).at(Q1)[counted.pk]
    assert found.figure.value == 5


def test_a_month_is_opened_and_filed_by_the_write_path(world: World) -> None:
    reporter = make.user(Role.REPORTER, Role.APPROVER, agency=world.lead)
    with clock.at(make.moment("2017-03-02 09:00")):
        rows = {row.quarter: row.has_begun for row in cycle_rows(world.plan)}
        assert {FEB, MARCH, Q1} <= {one for one, begun in rows.items() if begun}
        assert JAN - 1 not in rows
        cycle = open_cycle(by=world.office, plan=world.plan, quarter=FEB)
        about = {"plan_id": world.plan.pk, "quarter": FEB, "agency_id": world.lead.pk, "light": Light.GREEN}
        draft = DraftInput(task_id=world.monthly.pk, done="开工3个项目。", next_steps="继续。", **about)
        (row,) = save_drafts(by=reporter, drafts=[draft])
        submit(by=reporter, submissions=[row.pk])
        with pytest.raises((PermissionDenied, Conflict)):
            save_drafts(by=reporter, drafts=[DraftInput(task_id=world.plain.pk, done="。", **about)])
        browser = Client()
        browser.force_login(reporter)
        page = browser.get(reverse("desk") + f"?plan={world.plan.slug}&q=2017M02")
        assert "2017年2月" in page.content.decode()
        assert world.monthly.heading in page.content.decode()
        assert browser.get(reverse("desk") + f"?plan={world.plan.slug}&q=2017H1").status_code == 404
        assert browser.get(reverse("overview", args=[world.plan.slug]) + "?q=2017M02").status_code == 404
        assert browser.get(reverse("overview", args=[world.plan.slug]) + "?q=2017Q1").status_code == 200
        assert cycle.quarter == FEB


def test_a_plan_without_closer_tasks_opens_no_month(world: World) -> None:
    other = make.plan(in_force_from=date(2017, 1, 1))
    with (
        clock.at(make.moment("2017-03-02 09:00")),
        pytest.raises(Problems, match="“2017M02”不是季度，请写成 2017Q1"),
    ):
        open_cycle(by=world.office, plan=other, quarter=FEB)


def test_a_month_owes_nothing_of_an_open_ended_plan(world: World) -> None:
    assert Responsibility.objects.held(MARCH, NOW).exclude(task=world.monthly).count() == 0


@pytest.mark.few(1)
@pytest.mark.parametrize(
    ("rhythm", "since", "said"),
    [
        ("quarter", Q2, "更勤"),
        ("week", Q2, "更勤"),
        ("month", MARCH, "请写成 2017Q1"),
        ("month", Q1, "已有单位报送"),
    ],
)
def test_what_cannot_be_is_refused(world: World, rhythm: str, since: Period, said: str) -> None:
    make.version(world.plain, world.lead, Q1)
    with pytest.raises(Problems, match=said):
        report_more_often(by=world.office, plan=world.plan, ref=world.plain.ref, rhythm=rhythm, since=since)
    assert TaskRhythm.objects.count() == 1


def test_the_office_says_so_on_its_page(world: World) -> None:
    browser = Client()
    browser.force_login(world.office)
    address = reverse("filing_rules") + f"?plan={world.plan.slug}"
    sent = {"plan": world.plan.slug, "ref": world.plain.ref, "rhythm": "joined", "since_period": "2018Q1"}
    with clock.at(NOW):
        answer = browser.post(address, sent, follow=True).content.decode()
        assert "自2018Q1起 每月，1—2月合为一期" in answer, answer[answer.find("<main") :][:6000]
        assert "自2017Q1起 每月" in answer
        assert Event.objects.filter(verb="task.rhythm").count() == 2
        answer = browser.post(address, sent | {"ref": ""})
        assert (answer.status_code, "请选任务" in answer.content.decode()) == (422, True)
        browser.post(address, sent | {"rhythm": ""})
    assert world.owed(Period.parse("2018M03-03")) == set()
    assert ("plain", world.lead.pk) in world.owed(Period(2018, 1))
