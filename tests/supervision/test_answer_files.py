"""Files of answers: checked and kept as evidence is, sent with the answer, seen by whoever sees the answer."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from reports.supervision import actions, answer_files, answers
from reports.supervision.models import AnswerFile, Notice
from tasks.errors import Conflict, Problems
from tasks.files.models import StoredFile
from tasks.files.values import ScanState
from tests import factories as make
from tests.files.samples import pdf
from tests.pages import client
from tests.supervision.conftest import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def notice(world: World) -> Notice:
    made = actions.issue_by_hand(by=world.office, asked=world.hand())
    answers.acknowledge(by=world.reporter, notice=made)
    return made


def names(notice: Notice, **of: Any) -> list[str]:
    return list(AnswerFile.objects.filter(notice=notice, **of).values_list("file__name", flat=True))


def test_files_are_drafted_sent_and_downloaded(world: World, notice: Notice) -> None:
    url, reporter = reverse("notice_answer", args=[notice.pk]), client(world.reporter)
    given = {
        "text": "正在办",
        "revision": "0",
        "action": "save",
        "evidence": [make.upload("照片.pdf", pdf("一"))],
    }
    assert reporter.post(url, given).status_code == 302
    again = {
        **given,
        "revision": "1",
        "evidence": [make.upload("另名.pdf", pdf("一")), make.upload("二.pdf", pdf("二"))],
    }
    reporter.post(url, again)
    assert names(notice, answer=None) == ["照片.pdf", "二.pdf"]  # the same content is kept once
    draft = AnswerFile.objects.get(file__name="照片.pdf")
    address = reverse("notice_answer_file", args=[draft.file_id])
    assert reporter.get(address).status_code == 200
    assert client(world.office).get(address).status_code == 404
    second = AnswerFile.objects.get(file__name="二.pdf").file_id
    reporter.post(url, {"text": "正在办", "revision": "2", "remove": str(second)})
    assert (names(notice), StoredFile.objects.filter(pk=second).exists()) == (["照片.pdf"], False)
    approver = client(world.approver)
    assert approver.post(url, {"text": "已办结", "revision": "3", "action": "send"}).status_code == 302
    assert names(notice, answer__number=1) == ["照片.pdf"]
    page = client(world.office).get(reverse("notice", args=[notice.pk])).content.decode()
    assert "照片.pdf" in page
    for user, status in ((world.office, 200), (world.leadership, 200), (world.co_approver, 404)):
        assert client(user).get(address).status_code == status
    held = client(world.office).get(reverse("api_notice", args=[notice.pk])).json()["answers"][0]["files"]
    assert [(one["name"], one["url"].endswith(address)) for one in held] == [("照片.pdf", True)]


def test_what_is_no_document_is_refused_and_the_text_stays(world: World, notice: Notice) -> None:
    url = reverse("notice_answer", args=[notice.pk])
    bad = {
        "text": "写了很多",
        "revision": "0",
        "action": "save",
        "evidence": [make.upload("坏.pdf", b"MZ\x90")],
    }
    answer = client(world.reporter).post(url, bad)
    assert (answer.status_code, "写了很多" in answer.content.decode()) == (422, True)
    assert names(notice) == []
    notice.refresh_from_db()
    assert notice.draft == ""


def test_others_and_other_states_add_no_files(world: World, notice: Notice) -> None:
    one = [make.upload("一.pdf", pdf("一"))]
    for user in (world.co_approver, world.office, world.leadership):
        with pytest.raises(PermissionDenied):
            answer_files.attach(by=user, notice=notice, uploads=one)
    answers.answer(by=world.approver, notice=notice, text="已办结")
    with pytest.raises(Conflict):
        answer_files.attach(by=world.reporter, notice=notice, uploads=one)


def test_no_more_files_than_a_return_may_have(world: World, notice: Notice, settings: Any) -> None:
    settings.EVIDENCE_MAX_FILES = 1
    uploads = [make.upload(f"{n}.pdf", pdf(str(n))) for n in range(2)]
    with pytest.raises(Problems) as raised:
        answer_files.attach(by=world.reporter, notice=notice, uploads=uploads)
    assert list(raised.value.by_field()) == ["evidence"]
    assert names(notice) == []


def test_an_infected_file_is_not_sent(world: World, notice: Notice) -> None:
    (file,) = answer_files.attach(
        by=world.reporter, notice=notice, uploads=[make.upload("毒.pdf", pdf("一"))]
    )
    StoredFile.objects.filter(pk=file.pk).update(
        scan_state=ScanState.INFECTED, scan_note="Eicar", scanned_at=make.moment("2017-07-01 10:00")
    )
    with pytest.raises(Problems) as raised:
        answers.answer(by=world.approver, notice=notice, text="已办结")
    assert raised.value.by_field() == {"evidence": ["“毒.pdf”查出病毒，请删去。"]}


def test_what_was_sent_never_changes(world: World, notice: Notice) -> None:
    answer_files.attach(by=world.reporter, notice=notice, uploads=[make.upload("一.pdf", pdf("一"))])
    answers.answer(by=world.approver, notice=notice, text="已办结")
    rows = AnswerFile.objects.filter(notice=notice)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(answer=None)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


def test_the_draft_goes_on_with_the_files_of_an_answer_that_was_taken_back(
    world: World, notice: Notice
) -> None:
    (file,) = answer_files.attach(
        by=world.reporter, notice=notice, uploads=[make.upload("一.pdf", pdf("一"))]
    )
    answers.answer(by=world.approver, notice=notice, text="已办结")
    answers.take_back(by=world.approver, notice=notice, reason="漏了一段")
    assert names(notice, answer=None) == names(notice, answer__number=1) == ["一.pdf"]
    address = reverse("notice_answer_file", args=[file.pk])
    assert client(world.reporter).get(address).status_code == 200
    answer_files.remove(by=world.reporter, notice=notice, file_ids=[file.pk])
    # What was sent stays readable.
    assert (names(notice), StoredFile.objects.filter(pk=file.pk).exists()) == (["一.pdf"], True)
    answers.answer(by=world.approver, notice=notice, text="已办结，补一段")
    assert names(notice, answer__number=2) == []
