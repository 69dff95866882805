"""Addresses and requests that nobody types: whatever stands in them, the answer is a refusal and never an error."""

from typing import Any

import pytest
from axes.models import AccessAttempt
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from reports.briefs.models import Brief
from tasks.models import Submission
from tests.api.conftest import World, client, error, world

pytestmark = pytest.mark.django_db

__all__ = ["world"]  # the fixture


def browser(user: Any) -> Client:
    made = Client()
    made.force_login(user)
    return made


@pytest.mark.few(1)
@pytest.mark.parametrize("quarter", ["1900Q1", "2999Q4", "0000Q1", "9999Q4", "2017Q5"])
def test_a_quarter_outside_the_plan_is_not_found(world: World, quarter: str) -> None:
    plan = world.plan.slug
    for address in (f"/desk/?q={quarter}", f"/review/?q={quarter}", f"/plans/{plan}/tasks/?q={quarter}"):
        assert browser(world.reporter).get(address).status_code == 404, address
    assert client(world.reporter).get(f"/api/v1/plans/{plan}/desk/?q={quarter}").status_code == 404


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("0001-01-01T00:00", 200),
        ("0001-01-01T00:00-23:59", 200),
        ("0001-01-01T00:00%2B14:00", 404),
        ("9999-12-31T23:59:59", 200),
        ("9999-12-31T23:59-12:00", 404),
    ],
)
def test_a_moment_at_the_ends_of_time_is_read_or_not_found(world: World, moment: str, status: int) -> None:
    address = f"/plans/{world.plan.slug}/matrix/?known={moment}"
    assert browser(world.viewer).get(address).status_code == status


@pytest.mark.parametrize("address", ["/cycles/?plan={}", "/contacts/?agency={}", "/desk/?q={}"])
def test_a_control_character_in_an_address_is_dropped_and_a_wrong_name_not_found(
    world: World, address: str
) -> None:
    asking = browser(world.reporter if "desk" in address else world.office)
    assert asking.get(address.format("%00")).status_code == 200
    assert asking.get(address.format("a%00%2F")).status_code == 404


def test_login_does_not_lead_back_to_itself(world: World) -> None:
    for target in ("/login/", "/login/?next=/login/"):
        answer = browser(world.viewer).get("/login/", {"next": target})
        assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "moment", ["0001-01-01T00:00:00", "0001-01-01T00:00:00-23:59", "2016-12-31T23:59:59"]
)
def test_a_brief_as_known_before_its_quarter_is_refused(world: World, moment: str) -> None:
    asked = {"plan": world.plan.slug, "quarter": "2017Q1", "known_at": moment}
    answer = client(world.office).post("/api/v1/briefs/", asked)
    assert answer.status_code == 422
    assert "known_at" in error(answer)["fields"]
    assert not Brief.objects.exists()


def test_many_words_make_no_endless_query(world: World) -> None:
    words = "+".join("abcdefgh")

    def longest(words: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            answer = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/tasks/?words={words}")
        assert answer.status_code == 200
        return max(len(query["sql"]) for query in asked)

    assert longest(words) < longest("a") + 3_000


def test_more_words_than_the_page_takes_find_nothing(world: World) -> None:
    address = f"plans/{world.plan.slug}/tasks/?words=" + "a+" * 30
    assert browser(world.viewer).get(f"/{address}").status_code == 200
    assert client(world.viewer).get(f"/api/v1/{address}").status_code == 422


def test_a_name_that_grows_when_it_is_read_is_a_failure_as_any_other(db: None) -> None:
    answer = Client().post("/login/", {"username": "\ufdfa" * 60, "password": "x"})
    assert answer.status_code == 200
    assert AccessAttempt.objects.count() == 1


@pytest.mark.parametrize(
    ("forwarded", "counted"),
    [
        ("6.6.6.6, 1.2.3.4", "1.2.3.4"),
        ("1.2.3.4:5678", "1.2.3.4"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1", "2001:db8::1"),
        ("unknown", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_failures_are_counted_by_an_address(
    db: None, settings: Settings, forwarded: str, counted: str
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    headers = {"X-Forwarded-For": forwarded}
    assert Client().post("/login/", {"username": "a", "password": "x"}, headers=headers).status_code == 200
    assert AccessAttempt.objects.get().ip_address == counted


def test_htmx_may_say_what_it_likes_of_the_page_it_is_on(db: None) -> None:
    answer = Client().get("/desk/", headers={"HX-Request": "true", "HX-Current-URL": "http://[bad"})
    assert (answer.status_code, answer["HX-Redirect"]) == (200, "/login/?next=/")


# -- drafts -------------------------------------------------------------------------------------------------


def test_a_nul_in_a_form_is_taken_out(world: World) -> None:
    typed = {
        "light": "green",
        "done": "做了",
        "revision": "",
        "action": "save",
        "figures.out\0put.value": "1\0",
        "problem_category": "land",
        "problem_text": "征\0地",
    }
    answer = browser(world.reporter).post(f"/desk/{world.plan.slug}/2017Q1/{world.task.ref}/", typed)
    assert answer.status_code == 302
    kept = Submission.objects.get()
    assert kept.figures == {"output": {"value": "1"}}
    assert kept.problems == [{"category": "land", "text": "征地"}]
    taken = {"action": "take_back", "note": "再\0改"}
    Submission.objects.update(state="handed")
    answer = browser(world.reporter).post(f"/desk/{world.plan.slug}/2017Q1/{world.task.ref}/", taken)
    assert answer.status_code == 302
    assert Submission.objects.get().state == "draft"


@pytest.mark.parametrize(
    "figures",
    [
        {f"s{number}": {"value": "1"} for number in range(101)},
        {"output": {"value": "9" * 61}},
        {"output": {"reason": "字" * 5001}},
        {"s" * 61: {"value": "1"}},
    ],
    ids=["many", "long number", "long reason", "long name"],
)
def test_a_draft_does_not_keep_figures_without_end(world: World, figures: dict[str, Any]) -> None:
    answer = client(world.reporter).post("/api/v1/returns/save/", [world.item(figures=figures)])
    assert answer.status_code == 422
    assert not Submission.objects.exists()


def test_a_form_keeps_no_figure_of_a_kind_that_there_is_not(world: World) -> None:
    typed = {"light": "green", "done": "做了", "revision": "", "action": "save", "figures.output.secret": "1"}
    answer = browser(world.reporter).post(f"/desk/{world.plan.slug}/2017Q1/{world.task.ref}/", typed)
    assert answer.status_code == 422
    assert not Submission.objects.exists()


def test_the_same_return_twice_in_a_batch_is_refused(world: World) -> None:
    both = [world.item(done="一"), world.item(done="二")]
    assert client(world.reporter).post("/api/v1/returns/save/", both).status_code == 422
    assert not Submission.objects.exists()


def test_a_body_too_large_is_refused_in_the_api_own_shape(world: World) -> None:
    answer = client(world.reporter).generic(
        "POST", "/api/v1/returns/save/", "[" + " " * (3 << 20) + "]", content_type="application/json"
    )
    assert answer.status_code == 413
    assert error(answer)["code"] == "too_large"


# -- caches -------------------------------------------------------------------------------------------------


def test_what_was_answered_to_somebody_is_kept_by_no_cache(world: World) -> None:
    head = world.submitted().submission
    slug = world.plan.slug
    asking = browser(world.office)
    for address in (
        f"/returns/{head.pk}/",
        f"/api/v1/returns/{head.pk}/",
        f"/plans/{slug}/tasks.xlsx",
        "/nowhere/",
    ):
        assert asking.get(address)["Cache-Control"] == "private, no-store", address
    # Its own browser may keep a page of the plan, asks each time, and drops it when the person leaves.
    assert asking.get(f"/plans/{slug}/")["Cache-Control"] == "private, no-cache"
    assert asking.post("/logout/")["Clear-Site-Data"] == '"cache"'


def test_a_form_can_be_found_again_with_what_was_typed(world: World) -> None:
    answer = browser(world.reporter).get(f"/desk/{world.plan.slug}/2017Q1/{world.task.ref}/")
    kept = {part.strip() for part in answer["Cache-Control"].split(",")}
    assert kept == {"private", "no-cache"}


def test_a_stranger_is_told_nothing_of_caches(world: World) -> None:
    assert not Client().get("/desk/").has_header("Cache-Control")


def test_an_address_of_the_api_with_a_line_end_is_answered_in_its_shape(world: World) -> None:
    answer = client(world.viewer).get("/api/v1/no%0Asuch/")
    assert (answer.status_code, error(answer)["code"]) == (404, "not_found")
