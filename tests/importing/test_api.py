"""Imports through the API: from the upload to the plan and back, by the actions of the page."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.test import APIClient

from tasks.importing.models import ImportState, PlanImport
from tasks.models import User
from tasks.values import Role
from tests import factories as make
from tests.importing.uploads import file, office

pytestmark = pytest.mark.django_db


def client(user: User) -> APIClient:
    made = APIClient()
    made.force_authenticate(user)
    return made


def upload(api: APIClient, document: Any) -> Any:
    return api.post("/api/v1/imports/", {"document": document}, format="multipart")


def post(api: APIClient, row: int, what: str, **data: Any) -> Any:
    return api.post(f"/api/v1/imports/{row}/{what}/", data, format="json")


def said(answer: Any) -> str:
    return str(answer.json()["error"])


def test_from_the_upload_to_the_plan_and_back() -> None:
    first, second = client(office()), client(office())
    found = upload(first, file()).json()
    row = found["id"]
    assert (found["state"], found["head"]["issued_on"]) == ("open", "2017-01-05")
    task = found["tasks"][0]
    assert (task["ref"], task["heading"], task["group"]) == ("2-1-1", "推进尾矿利用", "1 提升资源利用水平")
    assert [(one["name"], one["duty"]) for one in task["agencies"]] == [
        ("省工业厅", "lead"), ("省科学厅", "co"), ("省财务厅", "co"),
    ]  # fmt: skip
    assert [one["value"] for one in found["targets"]] == [75, 6]
    edits = [
        {"op": "add_mention", "task": {"ref": "2-1-2"}, "duty": "co", "name": "盐湖协调组"},
        {"op": "deadline", "task": {"ref": "2-1-1"}, "day": "2019-06-30"},
    ]
    edited = post(first, row, "edits", edits=edits).json()
    assert (edited["edits"], edited["tasks"][0]["deadline"]) == (2, "2019-06-30")
    assert "待确定" in said(post(first, row, "act", action="submit"))
    for one in edited["questions"]:
        values = {choice["value"] for choice in one["choices"]}
        answer = (
            {"choice": "new", "kind": "department"}
            if "new" in values
            else {"choice": "later", "note": "待定"}
        )
        assert post(first, row, "answers", question=one["key"], **answer).status_code == 200
    assert post(first, row, "act", action="submit").json()["state"] == "submitted"
    assert post(first, row, "act", action="confirm").status_code == 403
    done = post(second, row, "act", action="confirm").json()
    assert done["state"] == "imported"
    assert first.get(f"/api/v1/plans/{done['plan']}/").status_code == 200
    assert first.get("/api/v1/imports/").json()["results"][0]["plan"] == done["plan"]
    assert "请写明理由" in said(post(second, row, "act", action="ask_back"))
    post(second, row, "act", action="ask_back", note="传错了")
    assert post(first, row, "act", action="take_back").json()["state"] == "withdrawn"
    assert first.get(f"/api/v1/plans/{done['plan']}/").status_code == 404
    assert PlanImport.objects.get().state == ImportState.WITHDRAWN


def test_what_is_refused_is_one_sentence_and_changes_nothing() -> None:
    api = client(office())
    row = upload(api, file()).json()["id"]
    for answer, status, words in (
        (upload(api, file()), 422, "请到那里继续"),  # the same plan twice
        (upload(api, SimpleUploadedFile("a.docx", b"PK\x03\x04 no archive")), 422, ""),
        (api.post("/api/v1/imports/", {}, format="multipart"), 422, "document"),
        (post(api, row, "edits", edits=[]), 422, ""),
        (post(api, row, "edits", edits=[{"task": {"ref": "2-1-1"}}]), 422, "每一步更正都要写明 op"),
        (post(api, row, "edits", edits=[{"op": "drop_task", "task": {"ref": "9"}}]), 422, "没有“9”这项任务"),
        (post(api, row, "edits", edits="x"), 422, ""),
        (post(api, row, "answers", question="x", choice="later", note="y"), 422, "这一问已有答复"),
        (post(api, row, "act", action="fly"), 422, ""),
        (post(api, row, "act", action="take_back"), 409, "待核对"),
        (api.get("/api/v1/imports/99999999/"), 404, ""),
    ):
        assert (answer.status_code, words in said(answer)) == (status, True), (answer.json(), words)
    made = PlanImport.objects.get()
    assert (made.state, made.edits.count()) == (ImportState.OPEN, 0)


def test_it_is_the_offices(django_assert_max_num_queries: Any) -> None:
    viewer = client(make.user(Role.VIEWER, password=None))
    assert upload(viewer, file()).status_code == 403
    assert viewer.get("/api/v1/imports/").status_code == 403
    api = client(office())
    upload(api, file())
    with django_assert_max_num_queries(8):
        api.get("/api/v1/imports/")
    for number in range(2):
        upload(api, file(f"{file().read().decode()}\n附注{number}"))
    with django_assert_max_num_queries(8):
        assert api.get("/api/v1/imports/").json()["count"] == 3
