"""帮助: every page has its help, no help is of a page that is gone, the words are the glossary's, and what a reader sets for
themselves: the hint of a first visit, and large type."""

import re
from pathlib import Path

import pymupdf
import pytest
from django.test import Client
from django.urls import reverse

from qhplan.help.handbooks import HANDBOOKS, chapters
from qhplan.help.pages import PAGES, name_of_help, title_of
from qhplan.help.words import WORDS
from qhplan.navigation import PLACES, PRINTED
from tasks.people.models import User
from tasks.values import Role
from tests import factories as make
from tests.journeys.test_every_page import NO_PAGES
from tests.permission_table import ROWS, people

SHOWN = {row.name for row in ROWS if row.method == "GET" and not row.api} - NO_PAGES
ABOUT_HELP = {"help", "help_index", "handbook"}
PERSONS = {
    Role.REPORTER: "lead.reporter",
    Role.APPROVER: "lead.approver",
    Role.SECOND_REVIEWER: "second",
    Role.ACCOUNTS_ADMIN: "accounts",
    Role.RIGHTS_ADMIN: "rights",
    Role.AUDIT_ADMIN: "audit",
}


def test_every_page_has_its_help_and_no_help_is_of_a_page_that_is_gone() -> None:
    assert {name for name in SHOWN if not name_of_help(name)} == ABOUT_HELP
    assert set(PLACES) - set(PAGES) == set()
    assert set(PAGES) - SHOWN - {"home", "chase_now"} == set()
    assert set() == PRINTED - SHOWN
    assert all(str(title_of(name)) for name in PAGES)


def test_the_words_are_those_of_the_glossary_and_each_is_used() -> None:
    glossary = Path("docs/glossary.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)
    known = {one for cell in cells for one in re.split("、|：|（|）", cell.strip())} | {"截止"}
    spoken = {one for word in WORDS.values() for one in str(word.word).split("、")}
    assert spoken - known == set()
    assert {word for one in PAGES.values() for word in one.words} == set(WORDS)


def test_every_role_has_its_handbook_of_pages_that_it_may_open() -> None:
    assert set(HANDBOOKS) == set(Role.values)
    for role, book in HANDBOOKS.items():
        person = PERSONS.get(Role(role), str(role))
        may = {row.name for row in ROWS if row.method == "GET" and person in people(row.who)}
        assert set(book.pages) - may == set(), role
        assert len(set(book.pages)) == len(book.pages), role
    told = {name for book in HANDBOOKS.values() for name in book.pages}
    assert set(PLACES) - told == set()


@pytest.fixture
def user(db: None) -> User:
    return make.user(Role.VIEWER)


def test_help_opens_without_a_script_and_beside_the_page_with_one(user: User, client: Client) -> None:
    make.plan(slug="first")
    client.force_login(user)
    overview = client.get("/plans/first/").content.decode()
    assert f'href="{reverse("help", args=["overview"])}" data-help' in overview
    page = client.get("/help/overview/").content.decode()
    part = client.get("/help/overview/", headers={"HX-Request": "true"}).content.decode()
    assert all(str(PAGES["overview"].what) in one for one in (page, part))
    assert ("<h1" in page, "<html" in part) == (True, False)
    assert client.get("/help/nothing/").status_code == 404
    assert client.get("/handbooks/nobody/").status_code == 404
    book = client.get("/handbooks/viewer/").content.decode()
    assert all(str(one.title) in book and str(one.help.what) in book for one in chapters("viewer"))


def test_who_has_not_signed_in_reads_the_help_of_open_pages_alone(db: None, client: Client) -> None:
    assert client.get("/help/login/").status_code == 200
    assert client.get("/help/desk/")["Location"] == "/login/?next=/help/desk/"
    assert client.get("/handbooks/reporter/").status_code == 302


@pytest.mark.slow
def test_the_handbook_in_print_says_what_the_page_says(
    user: User, client: Client, prepared_fonts: None
) -> None:
    client.force_login(user)
    answer = client.get("/handbooks/viewer/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    said = "".join(page.get_text() for page in pymupdf.open(stream=answer.content))
    squeezed = re.sub(r"\s|[“”]", "", said)
    assert all(re.sub(r"\s|[“”]", "", str(one.help.what)) in squeezed for one in chapters("viewer"))


def test_the_hint_of_a_first_visit_is_put_away_for_the_person(user: User, client: Client) -> None:
    make.plan(slug="first")
    client.force_login(user)
    overview = "/plans/first/"
    assert "首次使用" in client.get(overview).content.decode()
    assert "首次使用" not in client.get("/help/overview/").content.decode()
    answer = client.post("/first-use/", headers={"Referer": f"http://testserver{overview}"})
    assert answer["Location"] == overview
    assert "首次使用" not in client.get(overview).content.decode()
    client.post("/first-use/", {"show": "again"})
    assert "首次使用" in client.get(overview).content.decode()
    assert client.get("/first-use/").status_code == 405


def test_large_type_is_kept_by_the_browser_before_sign_in_and_by_the_account_after(
    user: User, client: Client
) -> None:
    large = ' class="large"'
    assert large not in client.get("/login/").content.decode()
    client.post("/text-size/", {"size": "large"})
    assert large in client.get("/login/").content.decode()
    client.force_login(user)
    assert large not in client.get("/help/").content.decode()
    answer = client.post("/text-size/", {"size": "large"}, headers={"Referer": "http://elsewhere.test/x"})
    assert answer["Location"] == "/"
    assert large in client.get("/help/").content.decode()
    client.post("/text-size/", {"size": "<b>"})
    assert large not in client.get("/help/").content.decode()
