"""Who is given one plan neither sees nor changes anything of the others: every address of the permission table, asked by
people whose appointments are for single plans."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from qhplan.plan_routes import ROUTES, WHOLE_SITE
from tasks.audit.labels import SUBJECTS
from tasks.models import User
from tasks.people.plan_scope import plan_path
from tasks.values import ADMIN_ROLES, Role
from tests import factories as make
from tests.permission_table import ROWS, Row
from tests.permission_world import PROBLEM, World, _handler, state_of_database, written
from tests.test_permission_table import ADDRESSES as VIEWS
from tests.test_permission_table import _text, send, undone, world

__all__ = ["world"]  # the fixture

BUSINESS = sorted(set(Role) - ADMIN_ROLES)
NAMED = {*ROUTES.objects, *ROUTES.asked, *ROUTES.across, *ROUTES.batches, *WHOLE_SITE}


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield str(pattern.name), path


ADDRESSES = dict(addresses(get_resolver()))


def names_its_plan(path: str) -> bool:
    return "<slug:plan>" in path or ("<slug:slug>" in path and not path.startswith("api/"))


def test_every_address_says_how_it_names_its_plan() -> None:
    assert {name for name, path in ADDRESSES.items() if not names_its_plan(path)} == NAMED
    for name, path in ADDRESSES.items():
        if "<slug:slug>" in path and not path.startswith("api/"):
            assert path.startswith(("plans/", "desk/", "chase/", "chase-several/")), name


def test_everything_on_record_belongs_to_a_plan_or_to_the_whole_site() -> None:
    of_the_site = {
        "user", "agency", "lineage", "workday", "jurisdiction", "storedfile", "delivery", "comment", "proposalrule",
        "escalationrule", "planimport", "ledger", "ledgertemplate", "carriedtask",
    }  # fmt: skip
    models = {model._meta.model_name: model for model in apps.get_models()}
    without = {name for name in SUBJECTS.keys() - {"page"} if plan_path(models[name]) is None}
    assert without <= of_the_site


def rows_of_plans(*, everything: bool) -> list[Row]:
    """The rows that are of plans; or one of each module of views, and of those that write to it."""
    first: dict[tuple[str, bool, bool], Row] = {}
    found = [row for row in ROWS if row.name not in WHOLE_SITE]
    for row in found:
        view = VIEWS[row.name]
        module = getattr(getattr(view, "cls", view), "__module__", "")
        first.setdefault((module, row.writes, row.name in row_names_of_plans()), row)
    return found if everything else list(first.values())


SOME_OR_ALL = pytest.mark.parametrize(
    "everything", [pytest.param(False, id="some"), pytest.param(True, id="all", marks=pytest.mark.full)]
)


@dataclass
class Limited:
    """A person in this world, signed in."""

    user: User
    session: str
    found: dict[str, tuple[int, int]]

    def client(self) -> Client:
        client = Client()
        client.handler = _handler()
        client.cookies[settings.SESSION_COOKIE_NAME] = self.session
        return client


def limited(world: World, **roles: list[Role]) -> Limited:
    """In the agency that leads, with the roles elsewhere, and here."""
    elsewhere = make.plan(title="另一个方案", slug="elsewhere")
    user = make.hold(make.user(password=None, agency=world.lead, username="limited"))
    for role in roles["elsewhere"]:
        make.appointment(user, role, plan=elsewhere)
    for role in roles.get("here", []):
        for plan in {world.plan, world.ended, world.scores.plan, world.work_plans.second}:
            make.appointment(user, role, plan=plan)
    client = Client()
    client.force_login(user)
    return Limited(user, client.cookies[settings.SESSION_COOKIE_NAME].value, state_of_database())


@pytest.mark.slow
@SOME_OR_ALL
def test_whoever_holds_everything_elsewhere_has_nothing_here(world: World, everything: bool) -> None:
    wrong = []
    with undone():
        person = limited(world, elsewhere=BUSINESS)
        for row in rows_of_plans(everything=everything):
            with undone():
                before = written()
                answer = send(person.client(), row, world.url(row, "lead.reporter"), world.data(row))
                text = _text(answer)
                told = world.plan.title in text or f"/{world.plan.slug}/" in text or PROBLEM in text
                changed = row.writes and written() != before and state_of_database() != person.found
                hidden = answer.status_code in {403, 404} or row.name not in row_names_of_plans()
                changed = changed and row.name in row_names_of_plans() | ROUTES.batches
                if told or changed or not hidden:
                    wrong.append((row.id, answer.status_code, told, changed))
    assert not wrong, "\n".join(map(str, wrong))


def row_names_of_plans() -> set[str]:
    """The addresses that lead to something of this plan: in their path, or by what they show."""
    return {name for name, path in ADDRESSES.items() if names_its_plan(path)} | set(ROUTES.objects)


@pytest.mark.slow
@SOME_OR_ALL
def test_the_office_of_another_plan_is_a_reporter_here(world: World, everything: bool) -> None:
    """Whatever the person is elsewhere, here they get what every reporter of the agency gets."""
    wrong = []
    with undone():
        person = limited(
            world, elsewhere=[Role.OFFICE, Role.SECOND_REVIEWER, Role.LEADERSHIP], here=[Role.REPORTER]
        )
        for row in filter(is_of_this_plan, rows_of_plans(everything=everything)):
            with undone():
                answer = send(person.client(), row, world.url(row, "lead.reporter"), world.data(row))
                expected = row.expected("lead.reporter")
                sees = PROBLEM in _text(answer)
                if answer.status_code != expected or (
                    sees and row.sees is not None and "lead" not in row.sees
                ):
                    wrong.append((row.id, answer.status_code, expected))
    assert not wrong, "\n".join(map(str, wrong))


def is_of_this_plan(row: Row) -> bool:
    return row.name in row_names_of_plans() | ROUTES.batches
