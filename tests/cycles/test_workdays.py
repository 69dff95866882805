"""工作日 that the office sets otherwise than announced, and what follows from them."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.cycles.due_dates import default_dates
from tasks.cycles.workdays import is_workday, set_day, unset_day, workdays_between
from tasks.errors import Conflict, Problems
from tasks.models import Event, User, Workday
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-07-03 09:00")
TUESDAY = date(2017, 7, 4)


@pytest.fixture
def office() -> User:
    return make.user(Role.OFFICE, password=None)


def test_a_day_off_puts_the_default_dates_off_and_unset_brings_them_back(office: User) -> None:
    before = default_dates(Period(2017, 2))
    assert is_workday(TUESDAY)
    made = set_day(by=office, day=TUESDAY, works=False, note="省政府办公厅通知", now=NOW)
    assert not is_workday(TUESDAY)
    assert default_dates(Period(2017, 2)).co_due == make.moment("2017-07-10 17:00")
    assert workdays_between(date(2017, 7, 3), date(2017, 7, 5)) == 1
    unset_day(by=office, pk=made.pk, now=NOW)
    assert default_dates(Period(2017, 2)) == before
    assert list(Event.objects.order_by("pk").values_list("verb", "data__works")) == [
        ("workday.set", False),
        ("workday.unset", False),
    ]


def test_a_sunday_can_be_worked(office: User) -> None:
    set_day(by=office, day=date(2017, 7, 9), works=True, note="抢险补班", now=NOW)
    assert workdays_between(date(2017, 7, 7), date(2017, 7, 10)) == 2


@pytest.mark.parametrize(
    ("works", "note", "field"), [(True, "通知", "day"), (False, " ", "note"), (False, "长" * 201, "note")]
)
def test_what_changes_nothing_or_says_no_ground_is_refused(
    office: User, works: bool, note: str, field: str
) -> None:
    with pytest.raises(Problems) as raised:
        set_day(by=office, day=TUESDAY, works=works, note=note, now=NOW)
    assert list(raised.value.by_field()) == [field]


def test_twice_is_a_conflict_and_others_may_not(office: User) -> None:
    made = set_day(by=office, day=TUESDAY, works=False, note="通知", now=NOW)
    with pytest.raises(Conflict, match="已由"):
        set_day(by=office, day=TUESDAY, works=False, note="通知", now=NOW)
    with pytest.raises(PermissionDenied):
        set_day(by=make.user(Role.SECOND_REVIEWER, password=None), day=TUESDAY, works=False, note="通知")
    unset_day(by=office, pk=made.pk)
    with pytest.raises(Conflict):
        unset_day(by=office, pk=made.pk)


def test_the_page_lists_the_year_and_sets_a_day(office: User, client: Client) -> None:
    client.force_login(office)
    url = reverse("workdays")
    with clock.at(NOW):
        page = client.get(url).content.decode()
        assert "2017-10-02" in page  # announced
        bad = client.post(url, {"day": "2017-07-04", "works": "1", "note": "=1+1"})
        assert bad.status_code == 422
        assert "这一天本来就上班" in bad.content.decode()
        client.post(url, {"day": "2017-07-04", "works": "0", "note": "<b>通知</b>"})
        page = client.get(url).content.decode()
        assert "&lt;b&gt;通知" in page
        client.post(reverse("workday_unset", args=[Workday.objects.get().pk]))
    assert not Workday.objects.exists()
    for year, status in (("2090", 200), ("1999", 404), ("x", 404), ("20170", 404)):
        assert client.get(url, {"year": year}).status_code == status


def test_the_page_takes_as_many_queries_with_many_days(office: User, client: Client) -> None:
    client.force_login(office)

    def queries() -> int:
        with clock.at(NOW), CaptureQueriesContext(connection) as captured:
            client.get(reverse("workdays"))
        return len(captured)

    set_day(by=office, day=TUESDAY, works=False, note="通知", now=NOW)
    one = queries()
    for day in range(5, 8):
        set_day(by=office, day=date(2017, 7, day), works=False, note="通知", now=NOW)
    assert queries() == one
