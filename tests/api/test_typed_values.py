"""A value that a program or a person types wrongly is told at its field, in words that repeat it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from rest_framework import serializers

from tasks.audit.filters import EventFilter
from tasks.models import User
from tasks.serializers import MomentField
from tasks.submissions.forms import moment_field
from tasks.values import Period, Role
from tests import factories as make
from tests.api.conftest import World, client, error, world

pytestmark = pytest.mark.django_db

__all__ = ["world"]  # the fixture


@pytest.mark.parametrize("typed", ["100%", "%s", "%(x)s", "9999Q4", "0000Q0", "9" * 5000])
@pytest.mark.parametrize("address", ["returns/?quarter=", "versions/?quarter=", "workplans/?period="])
def test_a_filter_repeats_what_was_typed(world: World, address: str, typed: str) -> None:
    path, name = address.split("?")
    answer = client(world.office).get(f"/api/v1/{path}", {name.removesuffix("="): typed})
    assert answer.status_code == 422
    assert typed[:20] in error(answer)["fields"][name.removesuffix("=")][0]


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    ("day", "is_told"),
    [("9999-12-31", True), ("0001-01-01", True), ("2999-12-31", False), ("1900-01-01", False), ("", False)],
)
def test_a_day_of_the_record_at_the_ends_of_the_calendar_is_told_at_its_field(
    name: str, day: str, is_told: bool
) -> None:
    browser = Client()
    browser.force_login(make.user(Role.AUDIT_ADMIN, password=None))
    answer = browser.get("/audit/", {name: day})
    assert answer.status_code == 200
    assert ("日期要在 1900 年到 2999 年之间。" in answer.content.decode()) == is_told
    assert bool(EventFilter({name: day}).form.errors) == is_told
    assert User.objects.exists()


@pytest.mark.parametrize("typed", ["0001-01-01T00:00", "9999-12-31T23:59"])
def test_a_moment_at_the_ends_of_the_calendar_is_told(typed: str) -> None:
    with pytest.raises(ValidationError, match="1900 年"):
        moment_field("期限").clean(typed)
    with pytest.raises(serializers.ValidationError):
        MomentField().run_validation(typed)


@pytest.mark.parametrize("typed", ["0001-01-01", "9999-12-31"])
def test_a_day_sent_to_the_api_at_the_ends_of_the_calendar_is_told(typed: str) -> None:
    with pytest.raises(serializers.ValidationError, match="1900 年"):
        serializers.DateField().run_validation(typed)


def test_the_first_and_the_last_quarter_have_their_days() -> None:
    assert Period(2999, 4).last_day.isoformat() == "2999-12-31"
    days = [Period(1900, number).last_day.isoformat()[5:] for number in (1, 2, 3, 4)]
    assert days == ["03-31", "06-30", "09-30", "12-31"]


@pytest.mark.parametrize("address", ["/plans/", "/api/v1/levels/"])
@pytest.mark.parametrize(("quarter", "status"), [("1900Q1", 200), ("2999Q4", 404), ("9999Q4", 404)])
def test_all_plans_at_the_ends_of_the_calendar(world: World, address: str, quarter: str, status: int) -> None:
    found: Any = Client()
    found.force_login(world.viewer)
    assert found.get(address, {"q": quarter}).status_code == status


@pytest.mark.parametrize("year", ["0020179999", "20170", "9" * 5000, "1999", "2100", "%s"])
def test_a_year_of_working_days_that_is_none_is_not_found(world: World, year: str) -> None:
    found = Client()
    found.force_login(world.office)
    assert found.get("/workdays/", {"year": year}).status_code == 404
