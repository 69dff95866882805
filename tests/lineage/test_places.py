"""An office keeps the agencies of its own place: those of another it neither sees nor changes."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from tasks.agencies.models import Agency, Confidence, Lineage, LineageKind, Precision
from tasks.jurisdictions.models import Jurisdiction
from tasks.lineage.actions import EdgeInput, amend_edge, record_edges, register_agency
from tasks.models import User
from tasks.plans.queries import published_for
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@dataclass
class Two:
    """Two places with an office and two agencies each, and one that has no office yet."""

    here: Jurisdiction
    there: Jurisdiction
    free: Jurisdiction
    own: list[Agency]
    other: list[Agency]
    office: User


@pytest.fixture
def two() -> Two:
    here, there, free = (
        Jurisdiction.objects.create(name=name, level="city", office=f"{name}办")
        for name in ("甲市", "乙市", "丙市")
    )
    bodies = [
        [
            make.agency(f"{place.name}{what}", slug=f"{slug}-{n}", jurisdiction=place)
            for n, what in enumerate(("工信局", "发改委"))
        ]
        for slug, place in (("own", here), ("other", there))
    ]
    make.user(Role.OFFICE, agency=bodies[1][0])
    office = make.user(Role.OFFICE, agency=bodies[0][0])
    make.agency("甲市某县人民政府", slug="own-county", kind="government", jurisdiction=here)
    make.agency("乙市某县人民政府", slug="other-county", kind="government", jurisdiction=there)
    make.plan(jurisdiction=here)
    return Two(here, there, free, bodies[0], bodies[1], office)


def edge(predecessor: Agency, successor: Agency) -> EdgeInput:
    return EdgeInput(
        predecessor_id=predecessor.pk,
        successor_id=successor.pk,
        kind=LineageKind.MERGED,
        on=date(2018, 11, 1),
        precision=Precision.DAY,
        date_confidence=Confidence.HIGH,
        confidence=Confidence.HIGH,
        note="文件",
    )


def test_pages_offer_and_show_the_own_place_alone(client: Client, two: Two) -> None:
    client.force_login(two.office)
    form = client.get(reverse("body_add")).context["form"]
    assert form.fields["jurisdiction"].initial() == two.here
    offered_places = set(form.fields["jurisdiction"].queryset)
    assert offered_places >= {two.here, two.free}
    assert two.there not in offered_places
    regions = {one.slug for one in form.fields["region"].queryset}
    assert regions & {"own-county", "other-county"} == {"own-county"}
    chosen = client.get(reverse("edge_add", args=["own-0"])).context["form"].fields["successor"].choices
    offered = {int(pk) for pk, _label in chosen if pk}
    assert {one.pk for one in two.own} <= offered
    assert not offered & {one.pk for one in two.other}
    (made,) = record_edges(by=None, edges=[edge(*two.other)])
    addresses = [reverse(name, args=["other-0"]) for name in ("body", "body_name", "edge_add")]
    for address in [*addresses, reverse("edge", args=[made.pk])]:
        assert client.get(address).status_code == 404, address
        assert client.post(address, {}).status_code in {404, 405}, address


def test_actions_refuse_agencies_of_another_place(two: Two) -> None:
    for pair in (two.other, (two.own[0], two.other[0]), (two.other[0], two.own[0])):
        with pytest.raises(PermissionDenied, match="其他地区的单位"):
            record_edges(by=two.office, edges=[edge(*pair)])
    (made,) = record_edges(by=None, edges=[edge(*two.other)])
    with pytest.raises(PermissionDenied, match="其他地区的单位"):
        amend_edge(by=two.office, edge=made, change=edge(*two.other))
    values = {"kind": "department", "short": "新局", "full": "", "since": None, "note": "新设"}
    with pytest.raises(PermissionDenied, match="其他地区的单位"):
        register_agency(by=two.office, slug="new-there", jurisdiction=two.there, **values)
    for n, place in enumerate((two.here, two.free)):
        register_agency(by=two.office, slug=f"new-{n}", jurisdiction=place, **values | {"short": f"新局{n}"})
    assert Lineage.objects.count() == 1


def test_who_files_is_offered_the_plans_in_which_the_agency_has_something_to_do(two: Two) -> None:
    mine, other = make.plan(slug="mine"), make.plan(slug="not-mine")
    agency = two.own[1]
    reporter = make.user(Role.REPORTER, agency=agency)
    assert other in published_for(reporter)  # nothing anywhere: all of them
    make.task(other, lead=two.other[0])
    make.task(mine, lead=two.other[0], co=[agency])
    assert [plan.slug for plan in published_for(reporter)] == ["mine"]
    assert reporter.sees(other.pk)
    for more in (Role.VIEWER, Role.LEADERSHIP):
        reader = make.hold(make.user(Role.REPORTER, agency=agency), Role.REPORTER, more)
        assert other in published_for(reader)
    browser = Client()
    browser.force_login(reporter)
    page = browser.get(reverse("plan_list")).content.decode()
    assert "/plans/not-mine/" not in page
    assert browser.get(reverse("overview", args=["not-mine"])).status_code == 200


def test_who_reads_plans_of_one_place_is_told_of_no_agency_of_another(two: Two) -> None:
    named = make.agency("乙市水务局", slug="other-water", jurisdiction=two.there)
    plan = published_for(User.objects.get(pk=two.office.pk)).get()
    make.task(plan, lead=named)
    client = Client()
    client.force_login(User.objects.get(pk=two.office.pk))
    listed = client.get(reverse("api_agency_list"), {"name": "市", "page_size": 200}).json()["results"]
    slugs = {one["slug"] for one in listed}
    assert {"own-0", "own-1", "own-county", named.slug} <= slugs
    assert not slugs & {"other-0", "other-1", "other-county"}
    for slug, status in (("own-1", 200), (named.slug, 200), ("other-0", 404)):
        assert client.get(reverse("api_agency", args=[slug])).status_code == status
        assert client.get(reverse("agency", args=[plan.slug, slug])).status_code == status
