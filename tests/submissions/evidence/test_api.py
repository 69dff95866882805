"""The same through the API: list, upload, remove, download; and what a version shows of its files to whom."""

from typing import Any

import pytest
from django.urls import reverse
from pytest_django.fixtures import Settings

from tasks.models import StoredFile, Submission
from tasks.submissions import actions as filing
from tests import factories as make
from tests.api.conftest import client, error
from tests.files.samples import EXE, pdf
from tests.submissions.evidence.conftest import World, in_draft, upload


def address(head: Submission, file: StoredFile | None = None) -> str:
    if file is None:
        return reverse("api_return_evidence", args=[head.pk])
    return reverse("api_return_evidence_file", args=[head.pk, file.pk])


def send(world: World, head: Submission, *files: Any, user: Any = None) -> Any:
    return client(user or world.reporter).post(address(head), {"files": list(files)}, format="multipart")


@pytest.mark.slow
def test_upload_list_download_and_remove(world: World) -> None:
    head = world.draft()
    answer = send(world, head, upload("一.pdf"), upload("二.pdf"))
    assert answer.status_code == 201
    body = answer.json()
    assert ([file["name"] for file in body["new"]], body["same"]) == (["一.pdf", "二.pdf"], [])
    assert send(world, head, upload("一.pdf")).json() == {
        "new": [],
        "same": [{"name": "一.pdf", "id": body["new"][0]["id"]}],
    }
    listed = client(world.reporter).get(address(head)).json()
    assert listed == body["new"]
    assert listed[0] | {"id": "", "sha256": "", "url": ""} == {
        "id": "",
        "name": "一.pdf",
        "media_type": "application/pdf",
        "size": len(pdf("一.pdf")),
        "sha256": "",
        "traces": [],
        "uploaded_at": "2017-04-03T09:00:00+08:00",
        "scan": "unscanned",
        "url": "",
    }
    got = client(world.reporter).get(listed[0]["url"])
    assert b"".join(got.streaming_content) == pdf("一.pdf")
    assert got["Content-Disposition"].startswith("attachment;")
    first = StoredFile.objects.get(pk=listed[0]["id"])
    assert client(world.reporter).delete(address(head, first)).status_code == 204
    assert in_draft(head) == ["二.pdf"]
    assert client(world.reporter).delete(address(head, first)).status_code == 404


@pytest.mark.slow
def test_what_is_refused_is_refused_in_the_one_shape(world: World, settings: Settings) -> None:
    head = world.draft()
    answer = send(world, head, upload("坏.pdf", EXE))
    assert answer.status_code == 422
    assert [words.partition("；")[0] for words in error(answer)["fields"]["evidence"]] == [
        "“坏.pdf”的内容是程序，不能收"
    ]
    answer = client(world.reporter).post(address(head), {}, format="multipart")
    assert error(answer)["fields"] == {"files": ["没有文件：请以 multipart/form-data 的 files 字段上传。"]}
    assert client(world.reporter).post(address(head), {"files": []}).status_code == 415
    settings.UPLOAD_REQUEST_CAP = 100
    answer = send(world, head, upload("大.pdf", pdf() + bytes(1000)))
    assert (answer.status_code, error(answer)["code"]) == (413, "too_large")
    settings.UPLOAD_REQUEST_CAP = 1_000_000
    answer = send(world, head, *[upload(f"{number}.pdf") for number in range(101)])
    assert (answer.status_code, error(answer)["code"]) == (413, "too_large")
    filing.submit(by=world.approver, submissions=[head.pk])
    settings.UPLOAD_REQUEST_CAP = 10_000
    assert send(world, head, upload("三.pdf")).status_code == 409
    assert not StoredFile.objects.exists()


@pytest.mark.slow
def test_a_drafts_files_are_its_bodys_own(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    filing.submit(by=world.approver, submissions=[head.pk])
    for user in (world.lead_reporter, world.stranger):
        assert client(user).get(address(head)).status_code == 404
        assert send(world, head, upload("二.pdf"), user=user).status_code == 404
        assert client(user).delete(address(head, file)).status_code == 404
    assert client(world.office).get(address(head)).status_code == 403


@pytest.mark.slow
def test_versions_and_drafts_carry_their_files_for_those_who_see_problems(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    (version,) = filing.submit(by=world.approver, submissions=[head.pk])
    make.accept(version)
    url = reverse("api_version", args=[version.pk])
    for user, seen in (
        (world.reporter, True),
        (world.lead_reporter, True),
        (world.office, True),
        (world.leadership, True),
        (world.stranger, False),
        (world.viewer, False),
    ):
        files = client(user).get(url).json()["evidence"]
        assert (files and [file["name"] for file in files]) == (["一.pdf"] if seen else None)
    shown = client(world.reporter).get(reverse("api_return", args=[head.pk])).json()
    assert [file["name"] for file in shown["draft"]["evidence"]] == ["一.pdf"]
    shown = client(world.lead_reporter).get(reverse("api_return", args=[head.pk])).json()
    assert shown["draft"] is None
    assert [file["name"] for file in shown["version"]["evidence"]] == ["一.pdf"]


@pytest.mark.slow
def test_a_file_that_may_not_leave_has_no_address(world: World, settings: Settings) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    settings.CLAMAV_SOCKET = "unix:/nowhere/clamd.ctl"
    shown = client(world.reporter).get(address(head)).json()[0]
    assert (shown["scan"], shown["url"]) == ("unscanned", None)
    answer = client(world.reporter).get(reverse("api_evidence", args=[file.pk]))
    assert answer.status_code == 403
    assert error(answer)["message"] == "“一.pdf”正在等待查毒，稍后可以下载。"
