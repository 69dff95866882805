"""The navigation: every page has its place, and nobody is led to a page that refuses them."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from qhplan.context import with_parts
from qhplan.navigation import ELSEWHERE, GROUPS, PERSONAL, PLACES, Reader, frame_of, place_of
from tasks.models import User
from tasks.plans.models import Plan
from tasks.values import Role
from tests import factories as make
from tests import pages
from tests.journeys.conftest import everybody
from tests.permission_table import ROWS
from tests.permission_world import ACCOUNTS


def names(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    """URL names of all pages, API left out."""
    for pattern in resolver.url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from names(pattern, path)
        elif isinstance(pattern, URLPattern) and not path.startswith("api/"):
            yield str(pattern.name)


ALL = set(names(get_resolver()))
BELOW = {name for place in PLACES.values() for name in (place.name, *place.pages)}


def test_every_page_has_a_place_and_every_name_is_a_page() -> None:
    assert set() == ALL - BELOW - PERSONAL
    assert (BELOW | PERSONAL | set(ELSEWHERE) | set(ELSEWHERE.values())) - ALL == set()
    assert set(ELSEWHERE.values()) <= set(PLACES)


def reader(user: User, url_name: str = "", hint: str = "") -> Reader:
    plan = Plan(pk=1, slug="a", title="甲", in_force_from=date(2016, 1, 1), in_force_to=date(2025, 12, 31))
    return Reader(user, url_name, plan, [plan], hint=hint)


@pytest.mark.parametrize("person", ACCOUNTS)
def test_places_shown_are_those_that_open(person: str) -> None:
    """Against the table of permissions: what is shown opens, and what opens is shown."""
    user = ACCOUNTS[person]
    shown = {place.name for place in PLACES.values() if place.rule(user) and not place.needs_plans}
    opened = {
        row.name
        for row in ROWS
        if row.name in PLACES and row.method == "GET" and row.expected(person) in (200, 302)
    }
    alike = {"workplan_list", "plan_list", "comment_list", "work"}  # shown to some of those who may open them
    assert shown - opened == set()
    # Adjustments are public; they stand under 管理 for those who decide them, and on the pages of tasks for all others.
    assert opened - shown - alike - {"adjustment_list", "verify"} == set()


@pytest.mark.parametrize(
    ("person", "page", "hint", "place"),
    [
        ("lead.reporter", "project_list", "", "project_list"),
        ("office", "chase_list", "", "chase_now"),
        ("lead.reporter", "return_edit", "", "desk"),
        ("lead.reporter", "return", "desk", "desk"),
        ("lead.reporter", "return", "review", "review"),
        ("office", "return", "desk", "review"),
        ("viewer", "return", "review", "task_list"),
        ("lead.reporter", "workplan", "", "workplan_desk"),
        ("viewer", "workplan", "", "workplan_list"),
        ("lead.reporter", "adjustment", "", "task_list"),
        ("leadership", "adjustment", "", "adjustment_list"),
        ("audit", "audit", "", "audit"),
        ("viewer", "message_list", "", None),
    ],
)
def test_a_page_stands_where_its_reader_may_go(person: str, page: str, hint: str, place: str | None) -> None:
    found = place_of(page, reader(ACCOUNTS[person]).may_open, hint)
    assert (found.name if found else None) == place


def test_groups_stand_in_one_order_for_all() -> None:
    order = [str(group.label) for group in GROUPS]
    for user in ACCOUNTS.values():
        shown = [str(one.label) for one in frame_of(reader(user)).groups]
        assert shown == [label for label in order if label in shown]


@pytest.mark.slow
@pytest.mark.django_db
def test_a_page_is_marked_in_both_rows_and_has_a_trail() -> None:
    cast = everybody()
    page = pages.client(cast.leader).get(reverse("project_list", args=[cast.plan.slug])).content.decode()
    rows = re.findall(r'<a href="[^"]*" aria-current="(\w+)">(\w+)</a>', page)
    assert rows[:2] == [("true", "总览"), ("page", "重大项目")]
    deep = pages.client(cast.reporter).get(f"/desk/{cast.plan.slug}/2017Q2/3-1-1/").content.decode()
    trail = deep[deep.index('class="crumbs"') :]
    assert re.findall(r"<a [^>]*>([^<]+)</a>", trail[: trail.index("</nav>")])[:2] == ["填报", "工作台"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person", "page"),
    [
        ("reporter", "desk"),
        ("approver", "desk"),
        ("office", "review"),
        ("second", "review"),
        ("accounts", "accounts"),
    ],
)
def test_sign_in_lands_where_the_work_is(person: str, page: str) -> None:
    user = everybody().users[person]
    assert pages.client(user).get("/").url == reverse(page)


@pytest.mark.slow
@pytest.mark.django_db
def test_leaders_and_readers_land_on_their_page_and_next_is_followed() -> None:
    cast = everybody()
    for user, page in ((cast.leader, "focus"), (cast.users["viewer"], "overview")):
        assert pages.client(user).get("/").url == reverse(page, args=[cast.plan.slug])
    user = make.user()
    answer = pages.Client().post(
        "/login/?next=/messages/", {"username": user.username, "password": make.PASSWORD}
    )
    assert answer.url == "/messages/"


def test_parts_that_a_plan_does_not_have_are_not_offered(db: None) -> None:
    """Targets and projects: to nobody, but to whoever may add a project."""
    bare, full = make.plan(), make.plan()
    make.target(full)
    plans = {plan.pk: plan for plan in with_parts(Plan.objects.filter(pk__in=[bare.pk, full.pk]))}

    def offered(plan: Plan, *roles: Role) -> set[str]:
        user = make.user(*roles, agency=make.agency())
        reader = Reader(user, "overview", plan, list(plans.values()))
        return {name for name in ("target_list", "project_list") if reader.may_open(PLACES[name])}

    assert offered(bare, Role.VIEWER) == set()
    assert offered(bare, Role.OFFICE) == {"project_list"}
    assert offered(full, Role.VIEWER) == {"target_list"}
