"""Every address is held against the written table: who is let in, who is not, and that a refusal changes nothing.

A view that carries a rule (`tasks.people.access.allowed`) refuses by it whoever it does not let in, so that much of the
table is held without a request, for all people and all rows. What the objects decide is held by requests: of
representatives (`asked`), and of everybody in `make test-all`.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from pytest_django.plugin import DjangoDbBlocker

from qhplan import clock
from tasks.accounts import api_access
from tasks.models import User
from tasks.people import access
from tasks.people.permissions import may_review
from tests import permission_table, rig
from tests.permission_table import PEOPLE, ROWS, Row, people
from tests.permission_world import ACCOUNTS, NOW, PROBLEM, World, state_of_database, written


def addresses(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, Any]]:
    """(name, view) of every address, API included."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from addresses(pattern, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{namespace}{pattern.name or pattern.pattern}", pattern.callback


def methods(view: Any) -> set[str]:
    """What a class-based view answers to, beside HEAD and OPTIONS; of a function nobody can tell."""
    actions = getattr(view, "actions", None)
    if actions:
        return {method.upper() for method in actions} & {"GET", "POST", "PUT", "PATCH", "DELETE"}
    cls = getattr(view, "cls", None)
    if cls is None:
        return set()
    return {method for method in ("GET", "POST", "PUT", "PATCH", "DELETE") if hasattr(cls, method.lower())}


ADDRESSES = dict(addresses(get_resolver()))


def rule_of(row: Row) -> Callable[[User], bool] | None:
    """The rule that the row's view carries; None where the view itself, or the object, decides everything."""
    view = ADDRESSES[row.name]
    cls = getattr(view, "cls", None)
    if cls is None:
        return getattr(view, "rule", None)
    asking = cls(**view.initkwargs)
    asking.request = SimpleNamespace(method=row.method)
    asking.action = (getattr(view, "actions", None) or {}).get(row.method.lower())
    rules = [found for one in asking.get_permissions() if (found := getattr(one, "rule", None))]
    return rules[0] if len(rules) == 1 else None


def in_by_rule(row: Row) -> frozenset[str]:
    """Whom the view's rule lets in; all who are signed in, where it carries none."""
    rule = rule_of(row)
    return frozenset(person for person, user in ACCOUNTS.items() if rule is None or rule(user))


def decided(row: Row) -> bool:
    """Whether the view's rule alone decides who is let in."""
    return rule_of(row) is not None and in_by_rule(row) == people(row.who)


def asked(row: Row) -> list[str]:
    """Whose requests represent all others, in the order of PEOPLE: the stranger; one of those who get each refusal, two
    where all refusals are alike; and one of those who are let in and shown the same. Where the rule alone decides, nobody
    whom it refuses: `test_a_rule_refuses_nobody_whom_its_row_lets_in` holds that for all, and
    `test_what_a_rule_guards_carries_it_and_refuses_by_it` what the rule does. Who of a kind it is changes from row to row,
    so that whoever a page, a file and the API answer alike is asked for by some of them."""
    turn = ROWS.index(row)
    kinds: dict[Any, list[str]] = {}
    for person in PEOPLE:
        if person != "stranger" and not (decided(row) and row.expected(person) == 403):
            key = (person in people(row.who), row.expected(person), person in people(row.sees or ""))
            kinds.setdefault(key, []).append(person)
    chosen = {"stranger"} | {alike[turn % len(alike)] for alike in kinds.values()}
    refused = [alike for (let_in, *_rest), alike in kinds.items() if not let_in]
    if len(refused) == 1 and not decided(row):
        chosen.add(refused[0][(turn + len(refused[0]) // 2) % len(refused[0])])
    return [person for person in PEOPLE if person in chosen]


@pytest.fixture(scope="module")
def world(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, prepared_fonts: None, shared: Path
) -> Iterator[World]:
    """One world for all rows and all test processes: whatever a request does to it is undone before the next."""
    with django_db_blocker.unblock(), clock.at(NOW):
        template, world = rig.need_filled("permissions", World, shared=shared)
        with rig.clone(template), transaction.atomic():
            yield world
            transaction.set_rollback(True)


@contextmanager
def undone() -> Iterator[None]:
    """What happens within has never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def send(client: Client, row: Row, url: str, data: Any) -> Any:
    """The row's request; an API's takes JSON, but for files."""
    if row.api and row.method != "GET" and not row.upload:
        return client.generic(row.method, url, json.dumps(data), content_type="application/json")
    return getattr(client, row.method.lower())(url, data)


# -- the table is whole -------------------------------------------------------------------------------------


def test_every_address_has_a_row() -> None:
    assert set(ADDRESSES) - {row.name for row in ROWS} == set()


def test_every_row_has_an_address() -> None:
    assert {row.name for row in ROWS} - set(ADDRESSES) == set()


def test_every_method_of_the_api_has_a_row() -> None:
    needed = {(name, method) for name, view in ADDRESSES.items() for method in methods(view)}
    assert needed - {(row.name, row.method) for row in ROWS} == set()


def test_rows_name_people_that_there_are() -> None:
    for row in ROWS:
        named = people(row.who) | people(row.sees or "") | {p for words in row.but for p in people(words)}
        assert named <= {*PEOPLE}, row.id
        assert len({row.id for row in ROWS}) == len(ROWS)


def test_the_document_carries_the_table() -> None:
    text = permission_table.DOCUMENT.read_text(encoding="utf-8")
    assert text == permission_table.document(text), "run: python -m tests.permission_table"


# -- the table holds ----------------------------------------------------------------------------------------


def test_what_a_rule_guards_carries_it_and_refuses_by_it() -> None:
    view = access.allowed(may_review)(lambda request: HttpResponse())
    permission = api_access.allowed(may_review)
    assert (view.rule, permission.rule) == (may_review, may_review)
    for person, user in ACCOUNTS.items():
        request = RequestFactory().get("/")
        request.user = user
        let_in = may_review(user)
        assert permission().has_permission(request, None) == let_in, person
        with nullcontext() if let_in else pytest.raises(PermissionDenied):
            view(request)


def test_a_rule_refuses_nobody_whom_its_row_lets_in() -> None:
    """For all rows and all people, by the rule that the view itself applies: whom it refuses gets 403."""
    wrong = [
        (row.id, person)
        for row in ROWS
        for person in ACCOUNTS
        if person not in in_by_rule(row) and row.expected(person) != 403
    ]
    assert wrong == []


def test_representatives_are_of_every_kind() -> None:
    for row in ROWS:
        answers = {
            (row.expected(person), person in people(row.sees or ""))
            for person in PEOPLE
            if not (decided(row) and row.expected(person) == 403) or person in asked(row)
        }
        assert answers == {(row.expected(person), person in people(row.sees or "")) for person in asked(row)}
        assert "stranger" in asked(row)
    assert {person for row in ROWS for person in asked(row)} == {*PEOPLE}


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row(world: World, row: Row) -> None:
    """One row, representatives of all people."""
    hold(world, row, asked(row))


@pytest.mark.full
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_row_for_everybody(world: World, row: Row) -> None:
    """One row, all people."""
    hold(world, row, PEOPLE)


def hold(world: World, row: Row, persons: Iterable[str]) -> None:
    """Let each of the persons send the row's request, and compare with the row."""
    statuses, changed, seen = {}, set(), set()
    for person in persons:
        with undone():
            url, data, client = world.url(row, person), world.data(row), world.client(person)
            before = written()
            answer = send(client, row, url, data)
            statuses[person] = answer.status_code
            # Whose request is to write has written, by its status; of the others it is looked at whether it stands.
            if written() != before and (
                (row.writes and person in people(row.who)) or state_of_database() != world.found
            ):
                changed.add(person)
            if PROBLEM in _text(answer):
                seen.add(person)
    assert statuses == {person: row.expected(person) for person in persons}
    if not row.logs:
        assert changed == (people(row.who) & set(persons) if row.writes else set())
    # Whatever a page shows, it shows no problem of a return to those who may not read it.
    assert seen <= people(row.who) if row.sees is None else seen == people(row.sees) & set(persons)


def _text(answer: Any) -> str:
    kind = answer.headers.get("Content-Type", "")
    if answer.streaming or not kind.startswith(("text/", "application/json")):  # a file, handed out as it is
        return ""
    return answer.content.decode()


WRITES = {(row.name, row.method) for row in ROWS if row.method != "GET"}
PAGES = {row.name: row for row in ROWS if row.method == "GET"}


# They take any method, or one form of several: what they do with it is looked at.
BY_REQUEST = {"login", "login_code", "password", "invitation", "extension_ask", "extensions"}
READ_ONLY = {name: row for name, row in PAGES.items() if not row.api and name not in BY_REQUEST}
METHODS = ("POST", "PUT", "PATCH", "DELETE")


def unnamed(row: Row) -> list[str]:
    """The methods by which the table writes nothing at the row's address."""
    return [method for method in METHODS if (row.name, method) not in WRITES]


@pytest.mark.parametrize("row", READ_ONLY.values(), ids=READ_ONLY)
def test_a_method_that_the_table_does_not_name_is_refused(row: Row) -> None:
    """By the view itself, before it asks the database: so it writes nothing, whoever sends it. The API's are compared in
    `test_every_method_of_the_api_has_a_row`; Django REST framework refuses the others."""
    person = next(iter(sorted(people(row.who) - {"stranger"})), "")
    for method in unnamed(row):
        request = RequestFactory().generic(method, "/")
        request.user = ACCOUNTS.get(person)
        assert ADDRESSES[row.name](request).status_code == 405, method


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BY_REQUEST))
def test_a_method_that_the_table_does_not_name_writes_nothing(world: World, name: str) -> None:
    """Not even for somebody who may read the page."""
    row = PAGES[name]
    writes_nothing(world, row, sorted(people(row.who) - {"stranger"})[:1] or ["stranger"])


@pytest.mark.full
@pytest.mark.parametrize("row", PAGES.values(), ids=PAGES)
def test_a_method_that_the_table_does_not_name_writes_nothing_for_others(world: World, row: Row) -> None:
    writes_nothing(world, row, [*sorted(people(row.who) - {"stranger"})[:2], "stranger"])


def writes_nothing(world: World, row: Row, persons: Iterable[str]) -> None:
    for person in persons:
        with undone():
            url, client = world.url(row, person), world.client(person)
            before = written()
            for method in unnamed(row):
                client.generic(method, url, b"", content_type="application/x-www-form-urlencoded")
            assert written() == before or state_of_database() == world.found, person
