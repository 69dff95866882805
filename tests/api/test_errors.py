"""Every refusal has the one shape, whoever refused."""

from unittest.mock import patch

import pytest

from qhplan import api
from tests.api.conftest import World, client, error


def test_not_signed_in(world: World) -> None:
    answer = client(None).get("/api/v1/plans/")
    assert (answer.status_code, error(answer)["code"]) == (401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Token"


def test_not_allowed(world: World) -> None:
    answer = client(world.viewer).get("/api/v1/briefs/")
    assert (answer.status_code, error(answer)["code"]) == (403, "permission_denied")


def test_denied_by_the_write_path_says_why(world: World) -> None:
    answer = client(world.viewer).post("/api/v1/returns/save/", [world.item()])
    assert answer.status_code == 403
    assert error(answer)["message"] == "只能填报本单位的任务。"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("/api/v1/plans/nothing/", "没有这个方案。"),
        ("/api/v1/returns/1/", "没有这一项，或您不能看。"),
        ("/api/v1/returns/99999999999999999999/", "没有这一项，或您不能看。"),
        ("/api/v1/nothing/", "接口没有这个地址；地址以斜线结尾。"),
        ("/api/v1/plans", "接口没有这个地址；地址以斜线结尾。"),
    ],
)
def test_not_found(world: World, url: str, message: str) -> None:
    answer = client(world.viewer).get(url)
    assert (answer.status_code, error(answer)["message"]) == (404, message)


def test_a_quarter_outside_the_plan_is_not_found(world: World) -> None:
    answer = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/figures/?q=2031Q1")
    assert answer.status_code == 404
    assert "不在方案有效期内" in error(answer)["message"]


def test_conflict_tells_who_was_first(world: World) -> None:
    head = world.draft(revision=3)
    answer = client(world.reporter).put(world.draft_url, {"light": "green", "revision": 2})
    assert (answer.status_code, error(answer)["code"]) == (409, "conflict")
    assert str(head.saved_by) in error(answer)["message"]


def test_problems_stand_on_their_fields_by_row(world: World) -> None:
    head = world.draft(light="", done="")
    answer = client(world.reporter).post("/api/v1/returns/hand/", {"returns": [head.pk]})
    assert answer.status_code == 422
    assert error(answer) == {
        "code": "problems",
        "message": "有内容需要改正，没有写入。",
        "fields": {},
        "rows": {
            world.task.code: {
                "light": ["请选状态自评灯。"],
                "done": ["请写本季进展；确无进展请勾选“本季度无进展”。"],
            }
        },
    }


def test_fields_of_one_draft(world: World) -> None:
    sent = {"light": "purple", "problems": [{"category": "land"}], "figures": {"a b": {}}}
    answer = client(world.reporter).put(world.draft_url, sent)
    assert answer.status_code == 422
    found = error(answer)
    assert (found["code"], found["rows"]) == ("invalid", {})
    assert set(found["fields"]) == {"light", "problems.0.text", "figures"}


def test_fields_of_a_batch_by_the_place_in_the_list(world: World) -> None:
    sent = [world.item(), world.item(quarter="2017第五季度", light="purple")]
    answer = client(world.reporter).post("/api/v1/returns/save/", sent)
    assert answer.status_code == 422
    found = error(answer)
    assert found["fields"] == {}
    assert {row: set(fields) for row, fields in found["rows"].items()} == {"1": {"quarter", "light"}}


def test_a_batch_is_a_list_that_is_not_empty(world: World) -> None:
    for sent in ([], {}, world.item(), "x"):
        answer = client(world.reporter).post("/api/v1/returns/save/", sent)
        assert answer.status_code == 422
        assert set(error(answer)["fields"]) == {""}


def test_a_filter_that_is_none(world: World) -> None:
    answer = client(world.viewer).get("/api/v1/returns/?quarter=spring")
    assert answer.status_code == 422
    assert error(answer)["fields"] == {
        "quarter": [
            "“spring”不是填报周期，请写成 2017Q1（季度）、2017M03（月）、2017H1（半年）或 2017（年）。"
        ]
    }
    answer = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/tasks/?light=purple")
    assert answer.status_code == 422
    assert set(error(answer)["fields"]) == {"light"}


@pytest.mark.parametrize(
    ("sent", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 200_000, "application/json", 400),
        (b"a=1", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_cannot_be_read(world: World, sent: bytes, kind: str, status: int) -> None:
    answer = client(world.reporter).generic("POST", "/api/v1/returns/save/", sent, content_type=kind)
    assert answer.status_code == status
    error(answer)


def test_a_body_that_is_too_large(world: World) -> None:
    with patch.object(api, "MAX_BODY", 10):
        answer = client(world.reporter).post("/api/v1/returns/save/", [world.item()])
    assert (answer.status_code, error(answer)["code"]) == (413, "too_large")


def test_a_method_that_there_is_not(world: World) -> None:
    for method, url in (("DELETE", "/api/v1/plans/"), ("OPTIONS", world.draft_url)):
        answer = client(world.reporter).generic(method, url)
        assert (answer.status_code, error(answer)["code"]) == (405, "method_not_allowed")


def test_what_nobody_foresaw(world: World) -> None:
    asking = client(world.viewer)
    asking.raise_request_exception = False
    with patch("reports.dashboards.api.plan_figures", side_effect=ZeroDivisionError):
        answer = asking.get(f"/api/v1/plans/{world.plan.slug}/figures/")
    assert (answer.status_code, error(answer)["code"]) == (500, "error")


def test_a_first_password_is_changed_before_anything_else(world: World) -> None:
    type(world.viewer).objects.filter(pk=world.viewer.pk).update(must_change_password=True)
    answer = client(world.viewer).get("/api/v1/plans/")
    assert answer.status_code == 403
    assert "设置自己的新密码" in error(answer)["message"]


def test_a_session_writes_only_with_its_csrf_token(world: World) -> None:
    asking = type(client(None))(enforce_csrf_checks=True)
    asking.force_login(world.reporter)
    answer = asking.put(world.draft_url, {"light": "green"})
    assert answer.status_code == 403
    assert "CSRF" in error(answer)["message"]
