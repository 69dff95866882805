"""The written table once more, for a site with two plans and two offices: an office serves the plans of its jurisdiction.

The neighbour is the office, and then the second reviewer, of another city with a plan of its own. Whatever row lets the
first plan's office or second reviewer in refuses the neighbour, writes nothing, and shows no word of the first plan's
returns.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from qhplan import clock, jobs
from qhplan.plan_routes import ROUTES, WHOLE_SITE
from reports.briefs.jobs import FONTS
from reports.briefs.models import Brief
from reports.supervision import grade_actions
from reports.supervision.models import Notice
from tasks.agencies.models import Agency
from tasks.jurisdictions.actions import save_words
from tasks.jurisdictions.models import Jurisdiction
from tasks.people.models import User
from tasks.plans.models import Plan
from tasks.plans.queries import published_for
from tasks.submissions.models import Version
from tasks.values import Role
from tests import factories as make
from tests import rig
from tests.permission_table import ROWS, Row, people
from tests.permission_world import NOW, PROBLEM, World, written
from tests.test_permission_table import ADDRESSES, send, undone

# Rows of the office that name nothing of a plan: the neighbour keeps these.
OWN = WHOLE_SITE | {
    name
    for name in ROUTES.across
    if name not in {"brief_ask", "brief_set_ask", "notice_new", "instruction_new"}
}


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, prepared_fonts: None, shared: Path
) -> Iterator[World]:
    """The world of the permission table, all of it in one province, and a city with an office and a plan of its own."""
    with django_db_blocker.unblock(), clock.at(NOW):
        template, world = rig.need_filled("permissions", World, shared=shared)
        with rig.clone(template), transaction.atomic():
            province = Jurisdiction.objects.create(name="某省", level="province", office="省办")
            city = Jurisdiction.objects.create(name="乙市", level="city", office="乙办")
            Plan.objects.update(jurisdiction=province)
            Agency.objects.update(jurisdiction=province)
            own = make.plan(slug="city", title="乙市行动方案", jurisdiction=city, issued_on=date(2017, 3, 1))
            make.task(own, lead=make.agency("乙局", slug="city-lead", jurisdiction=city))
            for name, role in (("office", Role.OFFICE), ("second", Role.SECOND_REVIEWER)):
                agency = make.agency(f"乙市{name}", slug=f"city-{name}", jurisdiction=city)
                world.users[f"city.{name}"] = user = make.user(
                    role, username=f"city.{name}", agency=agency, password=None
                )
                client = Client()
                client.force_login(user)
                world.sessions[f"city.{name}"] = client.cookies[settings.SESSION_COOKIE_NAME].value
            yield world
            transaction.set_rollback(True)


def of_a_plan(row: Row, person: str) -> bool:
    return person in people(row.who) and row.name not in OWN and row.name not in ROUTES.asked


ASKED = [
    (row, person)
    for row in ROWS
    for person in ("office", "second")
    if of_a_plan(row, person)
    and (row.name, row.method) != ("notice_new", "GET")
    and (person == "office" or "office" not in people(row.who))
]


def kind_of(row: Row, person: str) -> tuple[str, ...]:
    """Rows that are refused by the same lines: one person's, of one module of views, of one way to name the plan."""
    view = ADDRESSES[row.name]
    module = getattr(getattr(view, "cls", view), "__module__", "")
    named = next((str(how) for how, names in WAYS.items() if row.name in names), "path")
    return (person, module, named, "read" if row.method == "GET" else "write")


WAYS = {"object": ROUTES.objects, "across": ROUTES.across, "batches": ROUTES.batches}
FIRST = {kind_of(*case): case for case in reversed(ASKED)}
# One of each kind in `make test`, all in `make test-all`.
CASES = [
    pytest.param(
        *case, id=f"{case[1]} {case[0].id}", marks=[] if FIRST[kind_of(*case)] is case else pytest.mark.full
    )
    for case in ASKED
]


@pytest.mark.pages
@pytest.mark.parametrize(("row", "person"), CASES)
def test_the_neighbour_is_refused(world: World, row: Row, person: str) -> None:
    with undone():
        url, data = world.url(row, person), world.data(row)
        before = written()
        answer = send(world.client(f"city.{person}"), row, url, data)
        assert answer.status_code in {400, 403, 404, 422}, answer.status_code
        assert PROBLEM not in ("" if answer.streaming else answer.content.decode())
        assert written() == before


def test_pages_without_a_plan_in_their_address_open_on_the_neighbours_own(world: World) -> None:
    with undone():
        page = world.client("city.office").get("/review/")
        assert page.status_code == 200
        assert world.plan.title not in page.content.decode()
        asked = world.client("city.office").get(f"/review/?plan={world.plan.slug}")
        assert asked.status_code == 404


def test_lists_over_plans_hold_the_neighbours_alone(world: World) -> None:
    neighbour, office = (User.objects.get(pk=world.users[name].pk) for name in ("city.office", "office"))
    assert [plan.slug for plan in published_for(neighbour)] == ["city"]
    assert "city" not in {plan.slug for plan in published_for(office)}
    assert not Version.objects.visible_to(neighbour).exists()
    assert Version.objects.visible_to(office).exists()
    for path in ("/briefs/", "/supervision/", "/instructions/", "/comments/", "/"):
        with undone():
            text = world.client("city.office").get(path, follow=True).content.decode()
            assert world.plan.title not in text, path


def test_the_neighbour_acts_on_the_own_plan_by_its_address(world: World) -> None:
    """A page narrows the neighbour to a plan that no appointment names."""
    neighbour = User.objects.get(pk=world.users["city.office"].pk)
    own, other = Plan.objects.get(slug="city"), world.plan
    narrowed = neighbour.at_slug("city")
    assert (narrowed.has(Role.OFFICE), narrowed.speaks_of(own.pk), narrowed.speaks_of(other.pk)) == (
        True,
        True,
        False,
    )


def test_people_are_found_by_the_plan_that_they_serve(world: World) -> None:
    found = User.objects.holding(Role.OFFICE, plan=world.plan.pk)
    assert world.users["office"] in found
    assert world.users["city.office"] not in found
    own = Plan.objects.get(slug="city")
    assert list(User.objects.holding(Role.OFFICE, plan=own.pk)) == [world.users["city.office"]]


def test_each_office_keeps_the_words_of_its_own_jurisdiction(world: World) -> None:
    province, city = Jurisdiction.objects.get(name="某省"), Jurisdiction.objects.get(name="乙市")
    free = Jurisdiction.objects.create(name="丙县", level="county", office="丙办")  # has no office yet
    for row, status in ((province, 404), (city, 200), (free, 200)):
        assert world.client("city.office").get(f"/jurisdictions/{row.pk}/").status_code == status
    listed = world.client("city.office").get("/jurisdictions/").content.decode()
    assert ("某省" in listed, "乙市" in listed) == (False, True)
    with pytest.raises(PermissionDenied, match="这个地区的"):
        save_words(by=world.users["city.office"], jurisdiction=province, values={})


def test_each_office_sets_the_grades_of_its_own_jurisdiction(world: World) -> None:
    province, city = Jurisdiction.objects.get(name="某省"), Jurisdiction.objects.get(name="乙市")
    with undone():
        free = Jurisdiction.objects.create(name="丁县", level="county", office="丁办")  # has no office yet
        client = world.client("city.office")
        path = "/supervision/grades/"
        own = client.get(path)  # opens on its own, although the province comes first
        assert (own.context["jurisdiction"], "某省" in own.content.decode()) == (city, False)
        for row, status in ((province, 403), (city, 200), (free, 200)):
            assert client.get(path, {"of": row.pk}).status_code == status, row
        for unknown in ("0", "x", "9" * 30):
            assert client.get(path, {"of": unknown}).status_code == 404, unknown
        before = written()
        assert client.post(path, {"of": province.pk, "count": "0"}).status_code == 403
        assert client.post(f"{path}?of={city.pk}", {"of": province.pk, "count": "0"}).status_code == 403
        rows = grade_actions.rows_of(province)
        seen = grade_actions.fingerprint(rows)
        asked = {"by": world.users["city.office"], "jurisdiction": province, "seen": seen}
        with pytest.raises(PermissionDenied, match="这个地区的"):
            grade_actions.set_grades(rows=rows[::-1], **asked)
        assert written() == before
        assert world.client("office").get(path).context["jurisdiction"] == province


def test_a_site_with_one_jurisdiction_differs_in_nothing(world: World) -> None:
    """No appointment is limited while all plans are of the office's own place, or of none."""
    with undone():
        Plan.objects.filter(slug="city").update(jurisdiction=None)
        assert not User.objects.get(pk=world.users["office"].pk).is_limited


def test_jobs_on_the_provinces_briefs_are_not_the_neighbours(world: World) -> None:
    with undone():
        brief = Brief.objects.filter(plan=world.plan).first()
        notice = Notice.objects.filter(plan=world.plan).first()
        assert brief is not None
        assert notice is not None
        asked = [
            jobs.ask(FONTS, label=label, args=args, by=None)
            for label, args in (
                ("某省季度简报", {"brief": brief.pk}),
                ("某省督办单", {"notice": notice.pk}),
                ("准备字体", {}),
            )
        ]
        for person, count in (("city.office", 1), ("office", 3)):
            client = world.client(person)
            rows = client.get("/api/v1/jobs/?page_size=200").json()["results"]
            assert len([one for one in rows if one["id"] in {str(job.pk) for job in asked}]) == count
            opened = [client.get(f"/jobs/{job.pk}/").status_code for job in asked]
            assert opened.count(200) == count, opened
            shown = client.get("/briefs/").content.decode()
            assert person == "office" or "某省季度简报" not in shown
