"""How often a plan is reported on: set while nothing names a period yet, and then for good."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from tasks.errors import Problems
from tasks.importing.rhythm import set_rhythm
from tasks.models import Event, Plan, Responsibility, TaskTerm, User
from tasks.plans.models import TermStatus
from tasks.values import Period, Rhythm, Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> User:
    return make.user(Role.OFFICE)


def small() -> Plan:
    """A plan of 2017 and 2018 whose lead changes in 2017Q3."""
    plan = make.plan(in_force_from=date(2017, 2, 10), in_force_to=date(2018, 12, 31))
    task = make.task(plan)
    make.responsibility(task, make.agency(), first="2017Q1", last="2017Q2")
    make.responsibility(task, make.agency(), first="2017Q3")
    return plan


def spans(plan: Plan) -> list[tuple[str, str]]:
    rows = Responsibility.objects.filter(task__plan=plan).order_by("pk").values_list("valid", flat=True)
    return [
        (
            str(Period.from_ordinal(row.lower)),
            str(Period.from_ordinal(row.upper - 1)) if row.upper else "",
        )
        for row in rows
    ]


@pytest.mark.parametrize(
    ("rhythm", "expected", "first", "last"),
    [
        ("month", [("2017M01", "2017M06"), ("2017M07", "")], "2017M02", "2018M12"),
        ("joined", [("2017M01-02", "2017M06-06"), ("2017M07-07", "")], "2017M01-02", "2018M12-12"),
        ("half", [("2017H1", "2017H1"), ("2017H2", "")], "2017H1", "2018H2"),
    ],
)
def test_what_the_plan_holds_keeps_its_days(
    office: User, rhythm: str, expected: list[tuple[str, str]], first: str, last: str
) -> None:
    plan = set_rhythm(by=office, plan=small(), rhythm=rhythm)
    assert spans(plan) == expected
    assert (str(plan.first_quarter), str(plan.last_quarter)) == (first, last)
    back = set_rhythm(by=office, plan=plan, rhythm="quarter")
    assert spans(back) == [("2017Q1", "2017Q2"), ("2017Q3", "")]
    assert Event.objects.filter(verb="plan.rhythm").count() == 2


def test_what_would_fall_into_one_period_is_refused(office: User) -> None:
    plan = small()
    task = plan.tasks.get()
    make.term(task, TermStatus.OPEN, first="2017Q1", last="2017Q2")
    make.term(task, TermStatus.CLOSED, first="2017Q3")
    with pytest.raises(Problems, match="一个新的填报周期之内更改过"):
        set_rhythm(by=office, plan=plan, rhythm="year")
    assert Plan.objects.get(pk=plan.pk).kind is Rhythm.QUARTER
    assert spans(plan) == [("2017Q1", "2017Q2"), ("2017Q3", "")]
    assert TaskTerm.objects.filter(task=task, valid__contains=Period(2017, 3).ordinal).count() == 1


def test_once_a_period_was_opened_it_stays(office: User) -> None:
    plan = small()
    make.cycle(plan, "2017Q1")
    with pytest.raises(Problems, match="不能再改"):
        set_rhythm(by=office, plan=plan, rhythm="month")
    assert Plan.objects.get(pk=plan.pk).rhythm == "quarter"


def test_only_the_office_sets_it(office: User) -> None:
    with pytest.raises(PermissionDenied):
        set_rhythm(by=make.user(Role.LEADERSHIP), plan=small(), rhythm="month")


def test_the_page_of_plans_changes_it_and_says_so(office: User) -> None:
    plan, browser = small(), Client()
    browser.force_login(office)
    for asked, said, now in [
        ("week", "请选填报频次。", "quarter"),
        ("joined", "的填报频次：每月，1—2月合为一期。", "joined"),
    ]:
        answer = browser.post(reverse("plan_rhythm", args=[plan.slug]), {"rhythm": asked}, follow=True)
        assert said in answer.content.decode()
        assert Plan.objects.get(pk=plan.pk).rhythm == now
    make.cycle(Plan.objects.get(pk=plan.pk), "2017M01-02")
    page = browser.get(reverse("plan_imports")).content.decode()
    assert reverse("plan_rhythm", args=[plan.slug]) not in page
