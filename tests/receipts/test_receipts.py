"""已阅: who is asked, who sees it, once a person, by a press alone."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.urls import reverse

from reports.receipts.actions import give
from reports.receipts.models import Receipt
from reports.receipts.queries import part
from reports.supervision.instructions import InstructionInput, instruct
from tasks.models import Event
from tests import factories as make
from tests.coordination.conftest import World, world
from tests.coordination.test_pages import signed, text_of

__all__ = ["world"]


def test_what_was_sent_back_is_read_by_a_press(world: World) -> None:
    version = make.send_back(make.version(world.task, world.lead, "2017Q1"), by=world.office)
    page = reverse("version", args=[version.submission_id, version.number])
    client = signed(world.approver)
    for _again in range(2):
        assert f'action="{reverse("version_seen", args=[version.pk])}"' in client.get(page).content.decode()
    assert not Receipt.objects.exists()  # reading the page says nothing
    assert client.get(reverse("version_seen", args=[version.pk])).status_code == 405
    for _again in range(2):
        assert client.post(reverse("version_seen", args=[version.pk])).status_code == 302
    receipt = Receipt.objects.get()
    assert (receipt.version, receipt.by) == (version, world.approver)
    assert Event.objects.filter(verb="receipt.give").count() == 1
    assert "已阅" in text_of(signed(world.office).get(page))
    assert reverse("version_seen", args=[version.pk]) not in client.get(page).content.decode()
    assert reverse("version_seen", args=[version.pk]) in signed(world.reporter).get(page).content.decode()
    shown = signed(world.office).get(reverse("api_version_receipts", args=[version.pk])).json()
    assert [one["by"] for one in shown] == [str(world.approver)]
    with pytest.raises(DatabaseError), transaction.atomic():
        Receipt.objects.update(by=world.office)


def test_who_is_not_asked_gives_none(world: World) -> None:
    version = make.version(world.task, world.lead, "2017Q1")
    with pytest.raises(PermissionDenied):
        give(by=world.approver, read=version)  # nobody sent it back
    returned = make.send_back(version, by=world.office)
    for user in (world.office, world.co_approver, world.leadership):
        with pytest.raises(PermissionDenied):
            give(by=user, read=returned)
    assert part(world.office, returned) is None


def test_an_instruction_is_read_by_those_whom_it_reaches(world: World) -> None:
    told = instruct(by=world.leadership, asked=InstructionInput(words="请抓紧。", task=world.task))
    for user in (world.leadership, world.viewer):
        with pytest.raises(PermissionDenied):
            give(by=user, read=told)
    page = reverse("instruction", args=[told.pk])
    assert "已阅" in text_of(signed(world.office).get(page))
    assert signed(world.approver).post(reverse("instruction_seen", args=[told.pk])).status_code == 404
    first = give(by=world.office, read=told)
    assert give(by=world.office, read=told) == first
    shown = part(world.leadership, told)
    assert shown is not None
    assert ([one.by for one in shown.rows], shown.asks) == ([world.office], False)
    assert part(world.approver, told) is not None
    assert part(world.approver, told).rows == []  # type: ignore[union-attr]
