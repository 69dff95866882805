"""The row of files in the form, with and without a script; who is given a file, and how."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.fixtures import Settings

from qhplan.jobs import Job
from tasks.files import storage
from tasks.models import State, StoredFile, Submission, User
from tasks.submissions import actions as filing
from tests import factories as make
from tests.files.samples import EXE, pdf
from tests.markup import one_line
from tests.pages import text
from tests.submissions.evidence.conftest import NOW, World, in_draft, in_version, upload

ALONE = {"HX-Request": "true", "HX-Target": "evidence"}


# -- the whole form, without a script -----------------------------------------------------------------------


def test_adding_a_file_saves_what_was_typed_and_comes_back_to_the_row(world: World) -> None:
    client = world.client(world.reporter)
    form = world.form(done="写到一半", action="attach", evidence=[upload("一.pdf"), upload("二.pdf")])
    answer = client.post(world.form_url, form)
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{world.form_url}#evidence")
    head = Submission.objects.get()
    assert (head.done, in_draft(head)) == ("写到一半", ["一.pdf", "二.pdf"])
    page = text(client.get(world.form_url))
    assert "已添加“一.pdf”、“二.pdf”。" in page
    for file in StoredFile.objects.all():
        assert f'href="{reverse("evidence", args=[file.pk])}"' in page
    assert "PDF、Word、Excel、OFD、图片，每件 20 MB 以内，最多 10 件。本站没有接杀毒程序" in page


@pytest.mark.parametrize("action", ["save", "leave", "check"])
def test_a_chosen_file_is_not_lost_whatever_button_is_pressed(world: World, action: str) -> None:
    answer = world.client(world.reporter).post(world.form_url, world.form(action=action, evidence=upload()))
    assert answer.status_code == 302
    assert in_draft(Submission.objects.get()) == ["佐证.pdf"]


def test_a_refused_file_stands_on_its_field_and_the_text_is_kept(world: World) -> None:
    client = world.client(world.reporter)
    answer = client.post(world.form_url, world.form(done="<b>写了", evidence=upload("坏.pdf", EXE)))
    page = text(answer)
    assert answer.status_code == 422
    assert '<a href="#evidence">“坏.pdf”的内容是程序，不能收' in page
    assert "草稿已保存" in page
    head = Submission.objects.get()
    assert (head.done, in_draft(head)) == ("<b>写了", [])
    assert 'name="revision" value="1"' in page
    assert client.post(world.form_url, world.form(revision="1", done="再写")).status_code == 302


def test_too_large_is_told_with_its_size(world: World, settings: Settings) -> None:
    settings.EVIDENCE_MAX_MB = 1
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    settings.UPLOAD_CAP = 1024 * 1024
    large = upload("大.pdf", pdf() + bytes(3 * 1024 * 1024))
    answer = world.client(world.reporter).post(world.form_url, world.form(done="写了", evidence=large))
    assert answer.status_code == 422
    assert "“大.pdf”有 3.0 MB，每件最多 1 MB；请压缩或分成几件再传。" in text(answer)
    assert Submission.objects.get().done == "写了"


@pytest.mark.slow
def test_a_disk_that_is_full_loses_no_text(world: World, settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 1000
    full = OSError(28, "No space left on device")
    for place in ("tasks.files.uploads._BesideTheStore", "tasks.files.storage.put"):
        with patch(place, side_effect=full):
            answer = world.client(world.reporter).post(
                world.form_url, world.form(done="写了很多", evidence=upload("证.pdf", pdf() + bytes(5000)))
            )
        assert answer.status_code == 422
        assert "没有收下：服务器的存储空间不足" in text(answer)
        assert "写了很多" in text(answer)
        assert not StoredFile.objects.exists()
        Submission.objects.all().delete()


def test_a_form_refused_for_something_else_says_that_the_files_are_to_be_chosen_again(world: World) -> None:
    client = world.client(world.reporter)
    answer = client.post(world.form_url, world.form(progress="很多", evidence=upload()))
    assert answer.status_code == 422
    assert "文件还没有上传：先改正其他各处，再选一次文件。" in text(answer)
    world.draft()
    answer = client.post(world.form_url, world.form(done="后到的", evidence=upload()))
    assert answer.status_code == 409
    assert "文件还没有上传" in text(answer)
    assert not StoredFile.objects.exists()


def test_what_is_far_too_large_is_told_on_a_page_of_its_own(world: World, settings: Settings) -> None:
    settings.UPLOAD_REQUEST_CAP = 1000
    answer = world.client(world.reporter).post(
        world.form_url, world.form(evidence=upload("大.pdf", bytes(5000)))
    )
    assert answer.status_code == 413
    assert "文件请分次上传" in text(answer)
    many = world.form(evidence=[upload(f"{number}.pdf") for number in range(101)])
    settings.UPLOAD_REQUEST_CAP = 1_000_000
    assert world.client(world.reporter).post(world.form_url, many).status_code == 413
    assert not Submission.objects.exists()


def test_nothing_chosen_is_told(world: World) -> None:
    answer = world.client(world.reporter).post(world.form_url, world.form(action="attach"))
    assert answer.status_code == 422
    assert "没有选择文件，请先选择再添加。" in text(answer)


@pytest.mark.slow
def test_removing_saves_too(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    client = world.client(world.reporter)
    client.post(world.form_url, world.form(done="改过", revision="1", remove=str(file.pk)))
    head.refresh_from_db()
    assert (head.done, in_draft(head)) == ("改过", [])
    for wrong in (str(file.pk), "没有"):
        head.refresh_from_db()
        answer = client.post(
            world.form_url, world.form(revision=str(head.revision), remove=wrong), follow=True
        )
        assert "要删除的文件已经不在草稿里，请刷新页面。" in text(answer)


# -- the row alone, with one --------------------------------------------------------------------------------


def alone(client: Client, url: str, **values: Any) -> Any:
    return client.post(url, values, headers=ALONE)


def test_the_row_alone_leaves_the_text_as_it_is(world: World) -> None:
    head = world.draft(done="保存过的")
    client = world.client(world.reporter)
    answer = alone(client, world.form_url, action="attach", evidence=upload("一.pdf"))
    assert answer.status_code == 200
    assert answer["Cache-Control"].startswith("no-store")
    part = text(answer)
    assert "<html" not in part
    assert "已添加“一.pdf”。" in part
    assert 'name="revision"' not in part
    head.refresh_from_db()
    assert (head.done, head.revision, in_draft(head)) == ("保存过的", 1, ["一.pdf"])
    file = StoredFile.objects.get()
    answer = alone(client, world.form_url, remove=str(file.pk))
    assert "已删除“一.pdf”。" in text(answer)
    assert in_draft(head) == []


def test_the_first_file_begins_the_draft_and_the_form_goes_on_from_it(world: World) -> None:
    client = world.client(world.reporter)
    part = text(alone(client, world.form_url, action="attach", evidence=upload("一.pdf")))
    assert 'id="revision" value="1" hx-swap-oob="true"' in part
    assert client.post(world.form_url, world.form(revision="1")).status_code == 302
    assert in_draft(Submission.objects.get()) == ["一.pdf"]


@pytest.mark.full
def test_a_draft_that_only_a_file_has_begun_can_still_start_from_the_last_return(world: World) -> None:
    make.version(world.task, world.co, "2016Q4", done="上季写的")
    client = world.client(world.reporter)
    alone(client, world.form_url, action="attach", evidence=upload("一.pdf"))
    assert 'name="take_over" value="all"' in text(client.get(world.form_url))
    taken = client.post(world.form_url, {**world.form(revision="1", done=""), "take_over": "all"})
    assert taken.status_code == 302
    assert Submission.objects.get(quarter=make.quarter("2017Q1")).done == "上季写的"
    assert 'name="take_over" value="all"' not in text(client.get(world.form_url))


def test_a_refused_first_file_begins_nothing(world: World) -> None:
    answer = alone(
        world.client(world.reporter), world.form_url, action="attach", evidence=upload("坏.pdf", EXE)
    )
    assert answer.status_code == 422
    assert "“坏.pdf”的内容是程序" in text(answer)
    assert not Submission.objects.exists()


def test_the_same_file_is_told(world: World) -> None:
    world.attach(world.draft(), "一.pdf")
    answer = alone(world.client(world.reporter), world.form_url, action="attach", evidence=upload("一.pdf"))
    assert "“一.pdf”与已有的“一.pdf”内容相同，没有再存一份。" in text(answer)


def test_after_somebody_submitted_the_row_says_so_and_offers_nothing(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    filing.submit(by=world.approver, submissions=[head.pk])
    client = world.client(world.reporter)
    for sent in ({"action": "attach", "evidence": upload("二.pdf")}, {"remove": str(file.pk)}):
        answer = alone(client, world.form_url, **sent)
        assert answer.status_code == 409
        assert f"已由{world.approver}于 04-03 09:00 改为“已提交”" in text(answer)
        assert "添加文件" not in text(answer)
        assert "删除" not in text(answer)
    assert in_draft(head) == ["一.pdf"]


def test_a_full_row_offers_no_more(world: World, settings: Settings) -> None:
    settings.EVIDENCE_MAX_FILES = 1
    world.attach(world.draft(), "一.pdf")
    page = text(world.client(world.reporter).get(world.form_url))
    assert "已有 1 件，要加请先删去一件。" in page
    assert "添加文件" not in page


def test_the_scanner_is_asked_for_and_the_row_asks_again_until_it_has_spoken(
    world: World, settings: Settings
) -> None:
    settings.CLAMAV_SOCKET = "unix:/nowhere/clamd.ctl"
    client = world.client(world.reporter)
    part = text(alone(client, world.form_url, action="attach", evidence=upload("一.pdf")))
    assert Job.objects.get().kind == "files.scan"
    assert 'hx-trigger="every 3s"' in part
    assert "正在等待查毒，稍后可以下载。" in part
    StoredFile.objects.update(scan_state="infected", scan_note="Eicar", scanned_at=NOW)
    part = text(client.get(world.form_url, headers={**ALONE, "HX-Target": "evidence-files"}))
    assert "every 3s" not in part
    assert "查出病毒（Eicar），不提供下载。" in part
    assert reverse("evidence", args=[StoredFile.objects.get().pk]) not in part
    page = text(client.get(world.check_url))
    assert "“一.pdf”查出病毒，请删去。" in page
    # A page that asks and asks would never let its session end.
    StoredFile.objects.update(scan_state="unscanned", scanned_at=None, scan_after=NOW)
    assert "every 3s" not in text(client.get(world.form_url, headers=ALONE))


# -- beside it, and afterwards ------------------------------------------------------------------------------


def test_last_quarters_files_stand_beside_this_quarters(world: World) -> None:
    old = make.file(make.version(world.task, world.co, "2016Q4"), "上季.pdf")
    page = text(world.client(world.reporter).get(world.form_url))
    assert f'<a href="{reverse("evidence", args=[old.pk])}">上季.pdf</a>' in one_line(page)
    assert page.index("上季.pdf") < page.index('id="evidence"')


@pytest.mark.full
@pytest.mark.slow
def test_check_page_and_every_version_show_their_own_files(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    client = world.client(world.approver)
    assert "一.pdf" in text(client.get(world.check_url))
    client.post(world.check_url, {"action": "submit"})
    one = head.versions.get()
    make.send_back(one)
    world.attach(head, "二.pdf")
    assert "二.pdf" not in text(client.get(reverse("return", args=[head.pk])))
    client.post(world.check_url, {"action": "submit"})
    latest = text(client.get(reverse("return", args=[head.pk])))
    first = text(client.get(reverse("version", args=[head.pk, 1])))
    assert ("一.pdf" in latest, "二.pdf" in latest) == (True, True)
    assert ("一.pdf" in first, "二.pdf" in first) == (True, False)
    assert in_version(one) == ["一.pdf"]


@pytest.mark.slow
def test_files_of_a_version_are_shown_to_those_who_see_problems(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    filing.submit(by=world.approver, submissions=[head.pk])
    make.accept(head.versions.get())
    url = reverse("return", args=[head.pk])
    seen = {
        user: "一.pdf" in text(world.client(user).get(url))
        for user in (
            world.reporter,
            world.lead_reporter,
            world.office,
            world.leadership,
            world.stranger,
            world.viewer,
        )
    }
    assert list(seen.values()) == [True, True, True, True, False, False]


def test_what_a_body_does_with_its_files_is_not_told_outside(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    filing.submit(by=world.approver, submissions=[head.pk])
    url = reverse("return", args=[head.pk])
    assert "添加佐证材料" in text(world.client(world.reporter).get(url))
    assert "添加佐证材料" not in text(world.client(world.lead_reporter).get(url))


# -- handing out --------------------------------------------------------------------------------------------


def get(world: World, user: User, file: StoredFile) -> Any:
    return world.client(user).get(reverse("evidence", args=[file.pk]))


def test_a_file_is_handed_out_so_that_no_browser_opens_it_here(world: World) -> None:
    (file,) = world.attach(world.draft(), '佐证 “一”;"二".pdf')
    answer = get(world, world.reporter, file)
    assert b"".join(answer.streaming_content) == pdf('佐证 “一”;"二".pdf')
    assert {
        name: answer.headers[name]
        for name in (
            "Content-Type",
            "Content-Length",
            "Content-Disposition",
            "Content-Security-Policy",
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Cross-Origin-Resource-Policy",
            "Cache-Control",
        )
    } == {
        "Content-Type": "application/pdf",
        "Content-Length": str(file.size),
        "Content-Disposition": (
            "attachment; filename*=utf-8''"
            "%E4%BD%90%E8%AF%81%20%E2%80%9C%E4%B8%80%E2%80%9D%3B%22%E4%BA%8C%22.pdf"
        ),
        "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",
    }


@pytest.mark.slow
def test_a_draft_file_is_its_bodys_own_until_it_is_submitted(world: World) -> None:
    head = world.draft()
    (file,) = world.attach(head, "一.pdf")
    outside = (world.lead_reporter, world.office, world.leadership, world.stranger, world.viewer)
    assert [get(world, user, file).status_code for user in outside] == [404] * 5
    assert get(world, world.approver, file).status_code == 200
    filing.submit(by=world.approver, submissions=[head.pk])
    assert [get(world, user, file).status_code for user in outside] == [200, 200, 404, 404, 404]
    make.accept(head.versions.get())
    assert [get(world, user, file).status_code for user in outside] == [200, 200, 200, 404, 404]
    # What was taken off the draft later stays with the version, for the body too.
    Submission.objects.filter(pk=head.pk).update(state=State.RETURNED)
    world.client(world.reporter).post(world.form_url, world.form(revision="2", remove=str(file.pk)))
    assert in_draft(head) == []
    assert get(world, world.reporter, file).status_code == 200


def test_a_file_that_may_not_leave_says_why(world: World, settings: Settings) -> None:
    (file,) = world.attach(world.draft(), "一.pdf")
    settings.CLAMAV_SOCKET = "unix:/nowhere/clamd.ctl"
    answer = get(world, world.reporter, file)
    assert answer.status_code == 403
    assert "“一.pdf”正在等待查毒，稍后可以下载。" in text(answer)
    assert get(world, world.stranger, file).status_code == 404


def test_bytes_that_are_gone_are_no_failure_of_ours(world: World) -> None:
    (file,) = world.attach(world.draft(), "一.pdf")
    storage.drop(file.path)
    assert get(world, world.reporter, file).status_code == 404


def test_a_name_with_markup_stays_text(world: World) -> None:
    world.attach(world.draft(), "<img src=x onerror=alert(1)>.pdf")
    page = text(world.client(world.reporter).get(world.form_url))
    assert "&lt;img src=x onerror=alert(1)&gt;.pdf" in page
    assert "<img src=x" not in page


@pytest.mark.full
@pytest.mark.slow
def test_pages_take_as_many_queries_with_one_file_as_with_ten(world: World) -> None:
    head = world.draft()
    client = world.client(world.reporter)

    def queries(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url).status_code == 200
        return len(captured)

    urls = [world.form_url, world.check_url]
    world.attach(head, "0.pdf")
    few = [queries(url) for url in urls]
    world.attach(head, *[f"{number}.pdf" for number in range(1, 10)])
    assert [queries(url) for url in urls] == few
