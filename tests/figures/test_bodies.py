"""Bodies are named as on the day that the figures speak of."""

from datetime import date

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from reports.figures.agency_names import agency_refs
from tasks.models import Agency, AgencyName
from tasks.values import Origin, Period
from tests import factories as make

pytestmark = pytest.mark.django_db


def name(agency: Agency, quarter: Period) -> str:
    return agency_refs([agency.pk], quarter)[agency.pk].name


def test_renamed_body_has_the_name_of_the_quarters_last_day() -> None:
    # 旧名 until 2017-03-30, 新名 from 2017-03-31, the last day of 2017Q1.
    body = make.agency("旧名", until=date(2017, 3, 31))
    AgencyName.objects.create(
        agency=body, short="新名", valid=DateRange(date(2017, 3, 31), None), origin=Origin.OUTSIDE
    )

    assert (name(body, Period(2016, 4)), name(body, Period(2017, 1))) == ("旧名", "新名")


def test_body_that_ended_keeps_its_last_name() -> None:
    body = make.agency("首名", until=date(2017, 1, 1))
    AgencyName.objects.create(
        agency=body, short="末名", valid=DateRange(date(2017, 1, 1), date(2018, 1, 1)), origin=Origin.OUTSIDE
    )

    assert name(body, Period(2020, 1)) == "末名"


def test_body_founded_later_has_its_first_name() -> None:
    assert name(make.agency("后设单位", since=date(2018, 4, 1)), Period(2017, 1)) == "后设单位"


def test_bodies_stand_in_their_order() -> None:
    second, first = make.agency("二", order=2), make.agency("一", order=1)

    assert list(agency_refs([second.pk, first.pk], Period(2017, 1))) == [first.pk, second.pk]
