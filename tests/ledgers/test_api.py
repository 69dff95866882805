"""Ledgers through the API: from the upload to what was written and back, by the actions of the page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from tasks.models import Plan, TaskGoal, User, Version
from tasks.values import Role
from tests import factories as make
from tests.importing.uploads import office
from tests.ledgers.books import plain_book

pytestmark = pytest.mark.django_db
BOOK = plain_book(
    ["事", "牵头单位", "年度目标", "怎么样"],
    ["建库", "省财政厅", "建成一期", "已选址"],
    ["植树", "省财政厅", "", "种了"],
)


def client(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def upload(api: APIClient, content: bytes = BOOK, **data: str) -> Any:
    file = SimpleUploadedFile("2015年台账.xlsx", content)
    return api.post("/api/v1/ledgers/", {"document": file, **data}, format="multipart")


def post(api: APIClient, row: int, what: str, **data: Any) -> Any:
    return api.post(f"/api/v1/ledgers/{row}/{what}/", data, format="json")


def plan_with_a_task() -> Plan:
    plan = make.plan(in_force_from="2015-01-01")
    plan.refresh_from_db()
    make.task(plan, lead=make.agency("省财政厅"), heading="建库")
    return plan


def test_a_ledger_is_read_confirmed_by_a_second_person_and_taken_back() -> None:
    plan = plan_with_a_task()
    first, second = client(office()), client(office())
    found = upload(first, plan=plan.slug).json()
    row = found["id"]
    assert (found["plan"], found["lines"]) == (plan.slug, [])
    assert found["unread"]
    columns = [
        {"head": "事", "field": "task"},
        {"head": "怎么样", "field": "progress", "first": 1, "last": 3},
    ]
    found = post(first, row, "columns", columns=columns).json()
    assert [(one["quarter"], one["done"]) for one in found["lines"]] == [("2015Q1", "已选址")]
    assert [one["id"] for one in first.get("/api/v1/ledgers/").json()["results"]] == [row]
    assert [(one["year"], one["text"]) for one in found["goals"]] == [(2015, "建成一期")]
    (open_row,) = (one for one in found["rows"] if one["is_open"])
    found = post(first, row, "rows", rows={open_row["key"]: ""}).json()
    assert not any(one["is_open"] for one in found["rows"])
    assert post(first, row, "act", action="submit").json()["state"] == "submitted"
    assert post(first, row, "act", action="confirm").status_code == 403
    assert post(second, row, "act", action="confirm").json()["state"] == "confirmed"
    assert (Version.objects.count(), TaskGoal.objects.count()) == (1, 1)
    post(second, row, "act", action="ask_undo", note="录错了")
    assert post(first, row, "act", action="undo").json()["state"] == "undone"


def test_a_ledger_makes_a_plan() -> None:
    api = client(office())
    book = plain_book(["某省2026年重点任务台账"], ["任务", "牵头单位"], ["建设数据库", "省财政厅"])
    row = upload(api, book).json()["id"]
    done = post(api, row, "act", action="import").json()
    assert done["state"] == "imported"
    assert api.get(f"/api/v1/imports/{done['plan_import']}/").json()["tasks"][0]["heading"] == "建设数据库"


def test_what_is_refused_is_one_sentence() -> None:
    plan = plan_with_a_task()
    api = client(office())
    row = upload(api, plan=plan.slug).json()["id"]
    for answer, status, words in (
        (upload(api, plan="nowhere"), 422, "没有这个方案"),
        (upload(api, plan=plan.slug), 422, "请到那里继续"),
        (upload(api, b"no workbook"), 422, ""),
        (post(api, row, "columns", columns=[{"head": "事", "field": "x"}]), 422, ""),
        (post(api, row, "columns", columns=[{"head": "无", "field": "task"}]), 422, "没有“无”这一列"),
        (post(api, row, "columns", columns=[{"head": "事", "field": "task", "first": 3}]), 422, "起止月份"),
        (post(api, row, "rows", rows={"x": "9-9"}), 422, "没有任务“9-9”"),
        (post(api, row, "act", action="undo"), 409, ""),
        (upload(client(make.user(Role.VIEWER, password=None))), 403, ""),
    ):
        assert (answer.status_code, words in str(answer.json())) == (status, True), answer.json()
