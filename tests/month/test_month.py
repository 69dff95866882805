"""日历: what falls on the days of a month, for whom, and that it takes the same queries for more."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.month.queries import weeks
from reports.supervision import actions
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.values import Ground
from tasks.models import Agency, User
from tasks.values import Period, Role
from tests import factories as make
from tests.workplans.conftest import World, node

pytestmark = pytest.mark.django_db
NOW = make.moment("2017-07-05 10:00")
JULY = date(2017, 7, 1)


def notice(world: World, agency: Agency, due: date) -> None:
    content = IssueInput(title="关于<进展>滞后的督办单", text="请查明原因。", due_on=due)
    asked = HandInput(
        plan=world.plan,
        agency_id=agency.pk,
        ground=Ground.HAND,
        quarter=Period(2017, 1),
        content=content,
        task_ids=(world.first.pk,),
    )
    actions.issue_by_hand(by=world.office, asked=asked)


def shown(world: World, user: User, month: date = JULY, *, own: bool = False) -> dict[str, list[str]]:
    """{day: who it concerns and the kind} of the days of the month on which something falls."""
    found = weeks(user, world.plan, month, own=own, today=NOW.date())
    assert all(len(week) == 7 and week[0].day.weekday() == 0 for week in found)
    return {
        f"{day.day:%m-%d}": [f"{one.kind}{one.who}{'!' if one.is_behind else ''}" for one in day.entries]
        for week in found
        for day in week
        if day.entries
    }


def test_a_month_holds_due_dates_milestones_and_notices_of_whom_the_reader_may_see(client: Client) -> None:
    with clock.at(make.moment("2017-05-10 10:00")):
        world = World()
        world.confirmed(
            node("平台建成", "2017-07-31"), node("试运行", "2017-08-01"), node("开工", "2017-07-03")
        )
        notice(world, world.co, date(2017, 7, 3))
        make.cycle(world.plan, "2017Q2")
    with clock.at(NOW):
        filing = {"07-05": ["填报"], "07-10": ["填报"], "07-15": ["填报"], "07-30": ["填报"]}
        everything = filing | {"07-03": ["督办配合局!", "节点牵头局!"], "07-31": ["节点牵头局"]}
        assert shown(world, world.office) == everything
        # A notice is seen by the office and by its agency, a confirmed milestone by everybody.
        seen_by_lead = filing | {"07-03": ["节点牵头局!"], "07-31": ["节点牵头局"]}
        assert shown(world, world.reporter) == seen_by_lead
        assert shown(world, world.other, own=True) == filing | {"07-03": ["督办配合局!"]}
        assert shown(world, world.office, date(2018, 2, 1)) == {}
        client.force_login(world.office)
        address = reverse("month", args=[world.plan.slug])
        page = client.get(address).content.decode()
        assert "2017年7月日历" in page
        assert "month=2017-06" in page
        assert "month=2017-08" in page
        assert (
            "本月没有填报截止、节点和督办期限。" in client.get(address, {"month": "2018-02"}).content.decode()
        )
        for wrong in ("2017-13", "x", "2017-7", "9999-01", "2017-07-01", "\0"):
            assert client.get(address, {"month": wrong, "own": "x"}).context["first"] == JULY
        client.force_login(make.user(Role.LEADERSHIP, password=None))
        assert client.get(address, {"own": "1"}).context["own"] is False


def test_a_month_takes_the_same_queries_for_more() -> None:
    def count(many: int) -> int:
        with clock.at(make.moment("2017-05-10 10:00")):
            world = World()
            world.confirmed(*(node(f"节点{n}", "2017-07-20") for n in range(many)))
            for n in range(many):
                notice(world, (world.lead, world.co)[n % 2], date(2017, 7, 3) + timedelta(days=n))
                make.cycle(world.plan, Period(2017, 2 - n % 2))
        with clock.at(NOW), CaptureQueriesContext(connection) as caught:
            weeks(world.office, world.plan, JULY, own=False, today=NOW.date())
        return len(caught)

    count(1)  # what a process reads once, such as the working days
    assert count(1) == count(3)
