"""An agency takes its answer to a notice back until it is decided."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from reports.supervision import answers
from reports.supervision.models import Notice
from reports.supervision.queries import open_notices
from reports.supervision.values import State
from tasks.errors import Conflict, Problems
from tasks.models import Message
from tests import factories as make
from tests.supervision.conftest import DUE, World


def answered(world: World) -> Notice:
    notice = world.issued()
    answers.acknowledge(by=world.reporter, notice=notice)
    answers.answer(by=world.approver, notice=notice, text="已采取三项措施。")
    return Notice.objects.get(pk=notice.pk)


def test_an_answer_is_taken_back_with_a_reason_and_its_text_is_the_draft_again(world: World) -> None:
    notice = answered(world)
    for by, reason, refused in (
        (world.reporter, "数字有误", PermissionDenied),
        (world.co_approver, "数字有误", PermissionDenied),
        (world.approver, " ", Problems),
    ):
        with pytest.raises(refused):
            answers.take_back(by=by, notice=notice, reason=reason)
    taken = answers.take_back(by=world.approver, notice=notice, reason="数字有误")
    fresh = Notice.objects.get(pk=notice.pk)
    assert (taken.decision, taken.note) == ("withdrawn", "数字有误")
    assert (fresh.state, fresh.draft) == (State.ACKNOWLEDGED, "已采取三项措施。")
    assert Message.objects.filter(user=world.office, subject__contains="已撤回").exists()
    (row,) = open_notices(world.plan, make.moment("2017-07-06"))
    assert row.state == State.ACKNOWLEDGED
    second = answers.answer(by=world.approver, notice=fresh, text="已采取四项措施。")
    assert second.number == 2


def test_after_a_return_it_goes_back_to_that_and_a_decided_one_stays(world: World) -> None:
    notice = answered(world)
    first = notice.answers.get()
    answers.decide(by=world.office, notice=notice, answer=first, accept=False, note="再报", due_on=DUE)
    with pytest.raises(Conflict):
        answers.take_back(by=world.approver, notice=notice, reason="数字有误")
    answers.answer(by=world.approver, notice=Notice.objects.get(pk=notice.pk), text="补充。")
    answers.take_back(by=world.approver, notice=Notice.objects.get(pk=notice.pk), reason="数字有误")
    assert Notice.objects.get(pk=notice.pk).state == State.SENT_BACK


@pytest.mark.pages
def test_the_page_offers_it_to_the_approver_alone(world: World) -> None:
    notice = answered(world)
    address = reverse("notice_take_back", args=[notice.pk])
    approver, reporter = Client(), Client()
    approver.force_login(world.approver)
    reporter.force_login(world.reporter)
    page = reverse("notice", args=[notice.pk])
    assert address in approver.get(page).content.decode()
    assert address not in reporter.get(page).content.decode()
    assert reporter.post(address, {"reason": "数字有误"}).status_code == 403
    assert approver.post(address, {"reason": "。"}).status_code == 422
    assert approver.post(address, {"reason": "数字有误"}).status_code == 302
    assert Notice.objects.get(pk=notice.pk).state == State.ACKNOWLEDGED
