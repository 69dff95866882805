"""In which agencies the office of a plan sits: the office of another place is an agency like any other here."""

from dataclasses import dataclass

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tasks.jurisdictions.models import Jurisdiction
from tasks.models import Agency, Plan, User
from tasks.people.permissions import may_decide_for
from tasks.people.queries import office_agencies, office_agency_ids
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@dataclass
class Two:
    """A province and a city, each with an office in an agency of its own and a plan."""

    of_province: Plan
    of_city: Plan
    of_none: Plan
    province: Agency
    city: Agency
    office: User
    second: User


@pytest.fixture
def two() -> Two:
    province = Jurisdiction.objects.create(name="某省", level="province", office="省办")
    city = Jurisdiction.objects.create(name="乙市", level="city", office="乙办")
    bodies = [make.agency(f"{one.name}工信局", jurisdiction=one) for one in (province, city)]
    office, _other = (make.user(Role.OFFICE, agency=body) for body in bodies)
    second = make.user(Role.SECOND_REVIEWER, agency=make.agency("省督查室", jurisdiction=province))
    plans = [make.plan(slug=f"of-{n}", jurisdiction=one) for n, one in enumerate((province, city, None))]
    return Two(*plans, *bodies, office, second)


def test_an_office_sits_where_it_serves_the_plan(two: Two) -> None:
    expected = {
        two.of_province.pk: {two.province.pk},
        two.of_city.pk: {two.city.pk},
        two.of_none.pk: {two.province.pk, two.city.pk},  # a plan of no place is served by every office
    }
    assert office_agencies(expected) == expected
    for plan_id, ids in expected.items():
        assert office_agency_ids(plan_id) == ids
    assert office_agency_ids(two.of_province.pk, two.of_city.pk) == {two.province.pk, two.city.pk}
    assert office_agency_ids() == {two.province.pk, two.city.pk}


def test_one_for_a_single_plan_sits_there_alone(two: Two) -> None:
    guest = make.agency("外聘单位")
    make.appointment(make.user(agency=guest), Role.OFFICE, plan=two.of_city, agency=guest)
    assert office_agency_ids(two.of_city.pk) == {two.city.pk, guest.pk}
    assert office_agencies([two.of_province.pk, two.of_city.pk]) == {
        two.of_province.pk: {two.province.pk},
        two.of_city.pk: {two.city.pk, guest.pk},
    }


def test_the_province_decides_what_a_citys_office_agency_files_with_it(two: Two) -> None:
    plan = two.of_province.pk
    offices = office_agency_ids(plan)
    assert may_decide_for(two.office.at(plan), two.city.pk, offices)
    assert not may_decide_for(two.second.at(plan), two.city.pk, offices)
    assert may_decide_for(two.second.at(plan), two.province.pk, offices)
    assert not may_decide_for(two.office.at(plan), two.province.pk, offices)


def test_the_queries_do_not_grow_with_plans(two: Two) -> None:
    for ids in ([two.of_city.pk], [two.of_city.pk, two.of_province.pk, two.of_none.pk]):
        with CaptureQueriesContext(connection) as queries:
            office_agencies(ids)
        assert len(queries) == 2
