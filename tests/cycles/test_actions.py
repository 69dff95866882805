"""Cycles: whose working days count, what the office may set, and that nobody becomes late after the fact."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from qhplan import clock
from tasks.cycles import due_dates
from tasks.cycles.actions import (
    FIELDS,
    CycleState,
    change_dates,
    cycle_rows,
    dates_of,
    open_cycle,
    open_cycles,
    state_of,
    undo_opening,
)
from tasks.cycles.due_dates import CycleDates, default_dates
from tasks.cycles.lateness import TOLERANCE
from tasks.cycles.page_params import quarter_or_default
from tasks.cycles.workdays import is_workday, workday_after
from tasks.errors import Conflict, Problems
from tasks.models import Cycle, Event, User
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db  # days off that an office has set

NOW = make.moment("2017-07-03 09:00")
Q2 = Period(2017, 2)


def days(dates: CycleDates) -> list[str]:
    return [
        f"{moment:%Y-%m-%d %H:%M}"
        for moment in (dates.co_due, dates.lead_due, dates.decision_due, dates.closes_at)
    ]


# -- working days -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quarter", "expected"),
    [
        # 国庆 1–7 October; the 8th and 9th are make-up working days.
        ("2016Q3", ["2016-10-12 17:00", "2016-10-19 17:00", "2016-10-26 17:00", "2016-12-25 17:00"]),
        # New Year's 2 January; Sunday the 22nd is worked for 春节.
        ("2016Q4", ["2017-01-09 17:00", "2017-01-16 17:00", "2017-01-22 17:00", "2017-03-23 17:00"]),
        # 清明 2–4 April; Saturday the 1st is worked.
        ("2017Q1", ["2017-04-10 17:00", "2017-04-17 17:00", "2017-04-24 17:00", "2017-06-23 17:00"]),
        ("2017Q2", ["2017-07-07 17:00", "2017-07-14 17:00", "2017-07-21 17:00", "2017-09-19 17:00"]),
    ],
)
def test_default_dates_count_holidays_and_make_up_days(quarter: str, expected: list[str]) -> None:
    assert days(default_dates(Period.parse(quarter))) == expected


def test_default_dates_are_in_order_for_every_quarter_of_the_plan() -> None:
    for quarter in Period.span(Period(2016, 3), Period(2025, 4)):
        dates = default_dates(quarter)
        assert dates.in_order()
        assert dates.co_due.date() > quarter.last_day
        assert dates.closes_at.date() < (quarter + 1).last_day  # closed before the next one's dates begin


def test_default_dates_of_a_late_opening_count_from_that_day() -> None:
    assert days(default_dates(Period(2016, 4), make.moment("2017-07-05 10:00")))[:3] == [
        "2017-07-12 17:00",
        "2017-07-19 17:00",
        "2017-07-26 17:00",
    ]


def test_default_dates_of_an_opening_within_the_first_days_stay() -> None:
    assert default_dates(Q2, make.moment("2017-07-07 16:59")) == default_dates(Q2)


def test_unknown_year_counts_monday_to_friday_and_says_so() -> None:
    assert not due_dates.knows(2090)
    assert is_workday(date(2090, 10, 2))  # a Monday
    assert not is_workday(date(2090, 10, 1))  # a Sunday
    assert workday_after(date(2090, 9, 29), 5) == date(2090, 10, 6)
    assert "2090年放假安排尚未载入" in due_dates.calendar_note(default_dates(Period(2090, 1)))
    assert due_dates.calendar_note(default_dates(Q2)) == ""


# -- opening ------------------------------------------------------------------------------------------------


@pytest.fixture
def office(db: None) -> User:
    return make.user(Role.OFFICE, password=None)


@pytest.mark.django_db
def test_open_cycle_opens_from_now_on(office: User) -> None:
    plan = make.plan()
    cycle = open_cycle(by=office, plan=plan, quarter=Q2, now=NOW)
    assert (cycle.opened_at, cycle.opened_by, dates_of(cycle)) == (NOW, office, default_dates(Q2))
    event = Event.objects.get()
    assert (event.verb, event.by, event.to_state, event.at) == ("cycle.open", office, "filing", NOW)
    assert event.data["quarter"] == "2017Q2"


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(set(Role) - {Role.OFFICE}))
def test_open_cycle_refused_to_others(role: Role) -> None:
    with pytest.raises(PermissionDenied):
        open_cycle(by=make.user(role, password=None), plan=make.plan(), quarter=Q2, now=NOW)
    assert not Cycle.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("quarter", ["2016Q2", "2026Q1", "2017Q4"])
def test_open_cycle_refuses_the_quarter(office: User, quarter: str) -> None:
    moment = make.moment("2026-06-01") if quarter == "2026Q1" else NOW
    with pytest.raises(Problems) as caught:
        open_cycle(by=office, plan=make.plan(), quarter=Period.parse(quarter), now=moment)
    assert list(caught.value.by_field()) == ["quarter"]
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("quarter", "year"), [("2016Q3", 2016), ("2025Q4", 2026)])
def test_open_cycle_takes_the_first_and_last_quarter_of_validity(
    office: User, quarter: str, year: int
) -> None:
    asked = Period.parse(quarter)
    opened = datetime.combine(asked.last_day + timedelta(days=1), datetime.min.time(), make.SHANGHAI)
    cycle = open_cycle(by=office, plan=make.plan(), quarter=asked, now=opened)
    assert cycle.co_due.year == year


@pytest.mark.django_db
def test_open_cycle_twice_is_a_problem_of_the_quarter(office: User) -> None:
    plan = make.plan()
    open_cycle(by=office, plan=plan, quarter=Q2, now=NOW)
    with pytest.raises(Problems) as caught:
        open_cycle(by=office, plan=plan, quarter=Q2, now=NOW)
    assert list(caught.value.by_field()) == ["quarter"]
    assert (Cycle.objects.count(), Event.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_open_cycle_by_two_at_once_tells_the_second(office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make.plan()
    create = Cycle.objects.create

    def another_was_quicker(**values: Any) -> Cycle:
        create(**values)
        return create(**values)

    monkeypatch.setattr(Cycle.objects, "create", another_was_quicker)
    with pytest.raises(Conflict):
        open_cycle(by=office, plan=plan, quarter=Q2, now=NOW)
    assert not Event.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("co_due", "2017-07-01 17:00"),
        ("lead_due", "2017-07-05 17:00"),
        ("decision_due", "2017-07-10 17:00"),
        ("closes_at", "2017-07-20 17:00"),
    ],
)
def test_dates_out_of_order_are_refused_on_the_field_and_by_the_database(
    office: User, field: str, value: str
) -> None:
    plan = make.plan()
    dates = replace(default_dates(Q2), **{field: make.moment(value)})
    with pytest.raises(Problems) as caught:
        open_cycle(by=office, plan=plan, quarter=Q2, dates=dates, now=NOW)
    assert list(caught.value.by_field()) == [field]
    with pytest.raises(IntegrityError, match="cycle_dates_in_order"), transaction.atomic():
        Cycle.objects.create(
            plan=plan,
            quarter=Q2,
            opened_at=NOW,
            co_due=dates.co_due,
            lead_due=dates.lead_due,
            decision_due=dates.decision_due,
            closes_at=dates.closes_at,
        )


# -- changing dates -----------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_change_dates_puts_off_with_a_reason(office: User) -> None:
    cycle = open_cycle(by=office, plan=make.plan(), quarter=Q2, now=NOW)
    before = dates_of(cycle)
    later = replace(before, co_due=make.moment("2017-07-10 17:00"))
    change_dates(by=office, cycle=cycle, dates=later, note="系统停电", now=make.moment("2017-07-08"))
    assert dates_of(Cycle.objects.get()) == later
    event = Event.objects.get(verb="cycle.dates")
    assert event.note == "系统停电"
    assert event.data["before"]["co_due"] == before.co_due.isoformat()


@pytest.mark.django_db
def test_change_dates_never_makes_anyone_late_after_the_fact(office: User) -> None:
    cycle = open_cycle(by=office, plan=make.plan(), quarter=Q2, now=NOW)
    earlier = replace(dates_of(cycle), co_due=make.moment("2017-07-05 17:00"))
    with pytest.raises(Problems) as caught:
        change_dates(by=office, cycle=cycle, dates=earlier, note="x", now=make.moment("2017-07-06 10:00"))
    assert list(caught.value.by_field()) == ["co_due"]
    change_dates(by=office, cycle=cycle, dates=earlier, note="x", now=make.moment("2017-07-04"))
    assert Cycle.objects.get().co_due == earlier.co_due


@pytest.mark.django_db
def test_change_dates_needs_a_reason_and_a_change(office: User) -> None:
    cycle = open_cycle(by=office, plan=make.plan(), quarter=Q2, now=NOW)
    later = replace(dates_of(cycle), closes_at=make.moment("2017-10-10"))
    with pytest.raises(Problems) as caught:
        change_dates(by=office, cycle=cycle, dates=later, note=" ", now=NOW)
    assert list(caught.value.by_field()) == ["note"]
    with pytest.raises(Problems):
        change_dates(by=office, cycle=cycle, dates=dates_of(cycle), note="x", now=NOW)
    assert Event.objects.count() == 1


@pytest.mark.django_db
def test_change_dates_by_two_at_once_tells_the_second(office: User) -> None:
    cycle = open_cycle(by=office, plan=make.plan(), quarter=Q2, now=NOW)
    seen = Cycle.objects.get()
    change_dates(
        by=office,
        cycle=cycle,
        dates=replace(dates_of(cycle), closes_at=make.moment("2017-10-10")),
        note="x",
        now=NOW,
    )
    with pytest.raises(Conflict):
        change_dates(
            by=office,
            cycle=seen,
            dates=replace(dates_of(seen), closes_at=make.moment("2017-11-11")),
            note="x",
            now=NOW,
        )
    assert f"{Cycle.objects.get().closes_at.astimezone(make.SHANGHAI):%m-%d}" == "10-10"


# -- states -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2017-07-03 08:59", CycleState.UNOPENED),
        ("2017-07-03 09:00", CycleState.FILING),
        ("2017-07-14 16:59", CycleState.FILING),
        ("2017-07-14 17:00", CycleState.FILING),  # what is submitted at this moment is on time
        ("2017-07-14 17:01", CycleState.LATE),
        ("2017-09-19 16:59", CycleState.LATE),
        ("2017-09-19 17:00", CycleState.CLOSED),
    ],
)
def test_state_of_a_cycle(office: User, at: str, state: CycleState) -> None:
    plan = make.plan()
    cycle = open_cycle(by=office, plan=plan, quarter=Q2, now=NOW)
    moment = make.moment(at) + (TOLERANCE if at == "2017-07-14 17:01" else timedelta(0))
    assert state_of(cycle, moment) == state
    assert cycle.is_open(moment) == (state in {CycleState.FILING, CycleState.LATE})
    assert (cycle in open_cycles(moment, plan)) == cycle.is_open(moment)


@pytest.mark.django_db
def test_cycle_rows_are_the_38_quarters_of_validity() -> None:
    plan = make.plan()
    rows = cycle_rows(plan, now=NOW)
    assert len(rows) == 38
    assert (rows[0].quarter, rows[-1].quarter) == (Period(2025, 4), Period(2016, 3))
    assert [str(row.quarter) for row in rows if row.has_begun] == [
        "2017Q3",
        "2017Q2",
        "2017Q1",
        "2016Q4",
        "2016Q3",
    ]
    assert {row.state for row in rows} == {CycleState.UNOPENED}


# -- the page -----------------------------------------------------------------------------------------------

FORM = {
    "quarter": "2017Q2",
    "co_due": "2017-07-07T17:00",
    "lead_due": "2017-07-14T17:00",
    "decision_due": "2017-07-21T17:00",
    "closes_at": "2017-09-19T17:00",
}


@pytest.mark.django_db
def test_cycles_page_offers_the_last_quarter_that_ended_and_opens_it(client: Client, office: User) -> None:
    make.plan()
    client.force_login(office)
    with clock.at(NOW):
        page = client.get("/cycles/")
        assert page.context["opening"] == Q2
        assert {name: page.context["form"][name].value() for name in ("quarter", "co_due")} == {
            "quarter": "2017Q2",
            "co_due": datetime(2017, 7, 7, 17, 0),
        }
        assert client.post("/cycles/", {**FORM, "sure": "1"}).url == "/cycles/"
        assert dates_of(Cycle.objects.get()) == default_dates(Q2)
        # What was left out before it is opened when somebody asks for it, not by default.
        assert client.get("/cycles/").context["opening"] is None
        assert client.get("/cycles/?open=2017Q1").context["opening"] == Period(2017, 1)


@pytest.mark.django_db
def test_cycles_page_shows_problems_on_the_field(client: Client, office: User) -> None:
    make.plan()
    client.force_login(office)
    with clock.at(NOW):
        answer = client.post("/cycles/", {**FORM, "lead_due": "2017-07-06T17:00"})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == ["lead_due"]
        answer = client.post("/cycles/", {**FORM, "quarter": "2031Q1"})
        assert answer.status_code == 422
        assert "不在方案有效期内" in answer.content.decode()
    assert not Cycle.objects.exists()


@pytest.mark.django_db
def test_cycle_page_changes_dates_unless_another_was_quicker(client: Client, office: User) -> None:
    cycle = open_cycle(by=office, plan=make.plan(), quarter=Q2, now=NOW)
    client.force_login(office)
    with clock.at(NOW):
        page = client.get(f"/cycles/{cycle.pk}/")
        before = page.context["form"]["before"].value()
        data = {**FORM, "closes_at": "2017-10-10T17:00", "note": "延长", "before": before}
        assert client.post(f"/cycles/{cycle.pk}/", data).url == "/cycles/"
        answer = client.post(f"/cycles/{cycle.pk}/", {**data, "closes_at": "2017-11-11T17:00"})
    assert answer.status_code == 422
    assert "已由他人更改" in answer.content.decode()
    assert Cycle.objects.get().closes_at == make.moment("2017-10-10 17:00")


# -- confirmed with its numbers, and undone -------------------------------------------------------------------


@pytest.mark.django_db
def test_opening_is_confirmed_with_its_numbers_and_undone_while_nobody_writes(
    client: Client, office: User
) -> None:
    plan, lead = make.plan(), make.agency("牵头局")
    for _n in range(2):
        make.task(plan, lead=lead, co=[make.agency()])
    client.force_login(office)
    dates = default_dates(Period(2016, 4), make.moment("2017-01-03 09:00"))
    asked = {
        "quarter": "2016Q4",
        **{field: f"{timezone.localtime(getattr(dates, field)):%Y-%m-%dT%H:%M}" for field in FIELDS},
    }
    page = reverse("cycles") + f"?plan={plan.slug}"
    with clock.at(make.moment("2017-01-03 09:00")):
        answer = client.post(page, asked)
        assert answer.status_code == 422
        assert "将为 3 个单位开放2016年第四季度的 4 件填报" in answer.content.decode()
        assert not Cycle.objects.exists()
        assert client.post(page, {**asked, "sure": "1"}).status_code == 302
        cycle = Cycle.objects.get()
        undo = reverse("cycle_undo", args=[cycle.pk])
        assert client.post(undo, {"undo-note": ""}).status_code == 422
        assert client.post(undo, {"undo-note": "开错了"}).status_code == 302
    assert not Cycle.objects.exists()
    assert Event.objects.filter(verb="cycle.undo_opening", note="开错了").exists()


@pytest.mark.django_db
def test_an_opening_on_which_something_stands_is_not_undone(office: User) -> None:
    plan, lead = make.plan(), make.agency("牵头局")
    task = make.task(plan, lead=lead)
    cycle = make.cycle(plan, "2017Q1")
    make.submission(task, lead, "2017Q1")
    with pytest.raises(Conflict, match="已有 1 个单位"):
        undo_opening(by=office, cycle=cycle, note="开错了")
    assert Cycle.objects.exists()


@pytest.mark.django_db
def test_dates_before_the_end_of_the_quarter_are_confirmed_and_past_ones_refused(
    client: Client, office: User
) -> None:
    plan = make.plan()
    make.task(plan, lead=make.agency("牵头局"))
    cycle = make.cycle(plan, "2017Q1", opened_at=make.moment("2017-03-01"))
    client.force_login(office)
    cycle.refresh_from_db()
    before = dates_of(cycle)
    wanted = {field: f"{timezone.localtime(getattr(before, field)):%Y-%m-%dT%H:%M}" for field in FIELDS}
    stamp = " ".join(getattr(before, field).isoformat() for field in FIELDS)
    page = reverse("cycle", args=[cycle.pk])
    with clock.at(make.moment("2017-03-10 09:00")):
        asked = {**wanted, "before": stamp, "note": "中旬报季度", "co_due": "2017-03-20T17:00"}
        answer = client.post(page, asked)
        assert "1 个单位、1 件" in answer.content.decode()
        assert "预计数" in answer.content.decode()
        past = {**asked, "co_due": "2017-03-09T17:00", "sure": "1"}
        assert "已经过去" in client.post(page, past).content.decode()
        assert client.post(page, {**asked, "sure": "1"}).status_code == 302


@pytest.mark.django_db
def test_pages_open_on_the_period_that_is_due_first() -> None:
    plan = make.plan()
    make.cycle(plan, "2017Q1")
    make.cycle(plan, "2017Q2", opened_at=make.moment("2017-04-02"))
    with clock.at(make.moment("2017-04-08 09:00")):
        assert quarter_or_default("", plan) == Period(2017, 1)
    with clock.at(make.moment("2017-04-12 09:00")):
        assert quarter_or_default("", plan) == Period(2017, 2)
