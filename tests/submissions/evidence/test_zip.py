"""Evidence as one ZIP: whose files, under which names, and what is left out."""

import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from tasks.files import archives
from tasks.models import Event, StoredFile, User
from tasks.submissions import actions as filing
from tasks.submissions.evidence import actions
from tests.files.samples import pdf
from tests.submissions.evidence.conftest import NOW, Q, World, upload


def fetch(world: World, user: User, url: str) -> Any:
    answer = world.client(user).get(url)
    if answer.status_code != 200:
        return answer.status_code
    return zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))


@pytest.mark.slow
def test_who_gets_which_files(world: World) -> None:
    head = world.draft()
    world.attach(head, "一.pdf")
    period = f"{reverse('evidence_zip')}?plan={world.plan.slug}&q={Q}"
    single = reverse("return_evidence_zip", args=[head.pk])
    for url in (period, single):  # a draft is its agency's alone
        assert fetch(world, world.office, url) == 404
        assert len(fetch(world, world.reporter, url).namelist()) == 1
    filing.submit(by=world.approver, submissions=[head.pk], now=NOW)
    folder = f"配合局/{world.task.code} {world.task.heading}"
    for user in (world.office, world.lead_reporter, world.reporter):
        assert fetch(world, user, period).namelist() == [f"{folder}/一.pdf"]
    for user in (world.stranger, world.viewer, world.leadership):
        assert (fetch(world, user, period), fetch(world, user, single)) == (404, 404)
    assert fetch(world, world.office, f"{period}&agency={world.lead.slug}") == 404
    assert Event.objects.filter(verb="evidence.download", by=world.office).get().data["files"] == 1


def test_equal_names_are_told_apart_and_what_is_kept_back_is_named(world: World) -> None:
    head = world.draft()
    first, second = (
        actions.attach(
            by=world.reporter, submission=head.pk, uploads=[file], now=NOW + timedelta(hours=n)
        ).new[0]
        for n, file in enumerate((upload(), upload("佐证.pdf", pdf("另一件"))))
    )
    url = reverse("return_evidence_zip", args=[head.pk])
    found = fetch(world, world.reporter, url)
    assert (found.namelist(), found.testzip()) == (["佐证.pdf", "佐证（2）.pdf"], None)
    assert len(found.read("佐证.pdf")) == first.size
    StoredFile.objects.filter(pk=second.pk).update(scan_state="infected", scan_note="Eicar", scanned_at=NOW)
    found = fetch(world, world.reporter, url)
    assert found.namelist()[-1] == "未包括的文件.txt"
    assert "佐证（2）.pdf　查出病毒（Eicar）" in found.read("未包括的文件.txt").decode("utf-8-sig")


def test_names_are_safe_on_every_system() -> None:
    assert [archives.safe(name) for name in ("../a:b?.pdf", "con.pdf", "...", "表 .xlsx")] == [
        "_a_b_.pdf",
        "_con.pdf",
        "_",
        "表.xlsx",
    ]


@pytest.mark.full
@pytest.mark.slow
def test_a_page_offers_no_empty_download(world: World) -> None:
    head = world.draft()
    offers = [(world.office, "review"), (world.reporter, "package")]

    def offered() -> list[bool]:
        pages = [world.client(user).get(reverse(name), {"q": Q}).content.decode() for user, name in offers]
        return ["evidence/period.zip" in page for page in pages]

    assert offered() == [False, False]
    world.attach(head, "一.pdf")
    assert offered() == [False, True]
    filing.submit(by=world.approver, submissions=[head.pk], now=NOW)
    assert offered() == [True, True]
