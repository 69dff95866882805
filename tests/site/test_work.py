"""What waits for a person in all plans, on one page, and where the start page leads."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from qhplan.work import work_of
from tasks.models import State, User
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-12 10:00")
Q = Period(2017, 1)


def counts(user: User) -> dict[str, tuple[int | None, ...]]:
    with clock.at(NOW):
        return {
            row.plan.title: (row.to_file, row.to_approve, row.to_adopt, row.to_decide)
            for row in work_of(User.objects.get(pk=user.pk))
        }


def test_work_of_all_plans_counts_what_waits_for_whom() -> None:
    agency, other = make.agency(), make.agency()
    first, second = make.plan(title="甲方案"), make.plan(title="乙方案")
    led = make.task(first, lead=agency, co=[other])
    make.task(second, lead=agency)
    for plan in (first, second):
        make.cycle(plan, Q)
    make.version(led, other, Q)
    make.submission(make.task(first, lead=agency), agency, Q, state=State.HANDED, light="green", done="做了")
    make.version(make.task(second, lead=other), other, Q)
    reporter = make.user(Role.REPORTER, agency=agency, password=None)
    approver = make.user(Role.APPROVER, agency=agency, password=None)
    office = make.user(Role.OFFICE, password=None)
    assert counts(reporter) == {"甲方案": (2, None, 1, None), "乙方案": (1, None, 0, None)}
    assert counts(approver) == {"甲方案": (2, 1, 1, None), "乙方案": (1, 0, 0, None)}
    assert counts(office) == {"甲方案": (None, None, None, 0), "乙方案": (None, None, None, 1)}
    assert counts(make.user(Role.VIEWER, password=None)) == {}


def test_a_plan_that_is_not_given_does_not_appear() -> None:
    agency = make.agency()
    first, second = make.plan(title="甲方案"), make.plan(title="乙方案")
    for plan in (first, second):
        make.task(plan, lead=agency)
        make.cycle(plan, Q)
    user = make.hold(make.user(password=None, agency=agency))
    make.appointment(user, Role.REPORTER, plan=second)
    assert counts(user) == {"乙方案": (1, None, 0, None)}


def test_the_start_page_leads_to_where_the_work_is(client: Client) -> None:
    agency = make.agency()
    first, second = make.plan(), make.plan()
    user = make.user(Role.REPORTER, agency=agency, password=None)
    client.force_login(user)
    make.task(first, lead=agency)
    make.cycle(first, Q)
    with clock.at(NOW):
        assert client.get("/").headers["Location"] == reverse("desk")
        make.task(second, lead=agency)
        make.cycle(second, Q)
        assert client.get("/").headers["Location"] == reverse("work")
        page = client.get(reverse("work")).content.decode()
    assert first.title in page
    assert second.title in page


def test_the_page_takes_the_same_queries_for_more_tasks() -> None:
    agency, plan = make.agency(), make.plan()
    make.task(plan, lead=agency)
    make.cycle(plan, Q)
    user = make.user(Role.REPORTER, agency=agency, password=None)

    def queries() -> int:
        with clock.at(NOW), CaptureQueriesContext(connection) as captured:
            work_of(user)
        return len(captured)

    one = queries()
    for _n in range(3):
        make.task(plan, lead=agency)
    assert queries() == one
