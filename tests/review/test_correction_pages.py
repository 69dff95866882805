"""The page of a submission: withdrawing it, taking a decision back, correcting another person's."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.models import State, Submission, User
from tests import factories as make
from tests.review.test_corrections import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> Iterator[World]:
    with clock.at(make.moment("2017-04-03 10:00")):
        yield World()


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.full
def test_an_approver_withdraws_from_the_page_and_the_desk_says_so(world: World) -> None:
    version = world.submitted()
    client = as_(world.approver)
    desk = reverse("desk") + f"?plan={world.plan.slug}&q=2017Q1"
    page = reverse("return", args=[version.submission_id])
    assert f"{page}?act=withdraw#withdraw" in client.get(desk).content.decode()
    assert "撤回这一版" in client.get(page).content.decode()
    assert "撤回这一版" not in as_(world.reporter).get(page).content.decode()

    blank = client.post(reverse("withdraw", args=[version.submission_id]), {"withdraw-version": 1})
    assert blank.status_code == 422
    done = client.post(
        reverse("withdraw", args=[version.submission_id]),
        {"withdraw-version": 1, "withdraw-reason": "数字抄错"},
        follow=True,
    )
    said = done.content.decode()
    assert f"{world.task.code} 已撤回" in said
    assert "第 1 版已于 04-03 10:00 撤回" in said
    assert Submission.objects.get(pk=version.submission_id).state == State.DRAFT
    assert "数字抄错" in as_(world.office).get(page).content.decode()


def test_whoever_decided_takes_it_back_and_another_person_corrects(world: World) -> None:
    version = world.decide(world.submitted(), make.moment("2017-04-03 09:30"))
    page = reverse("return", args=[version.submission_id])
    own, other = as_(world.office).get(page).content.decode(), as_(world.colleague).get(page).content.decode()
    assert "撤销决定" in own
    assert "更正核定" not in own
    assert "更正核定" in other
    assert "撤销决定" not in other

    address = reverse("correct_decision", args=[version.submission_id])
    asked = {"correct-version": 1, "correct-action": "accept", "correct-reason": "误核"}
    assert as_(world.colleague).post(address, asked).status_code == 422
    chosen = {**asked, "correct-verified_light": "red", "correct-verification": "true"}
    assert as_(world.colleague).post(address, chosen).status_code == 302
    version.refresh_from_db()
    assert (version.verified_light, version.decided_by) == ("red", world.colleague)
    assert "更正为" in as_(world.office).get(page).content.decode()

    undo = reverse("undo_decision", args=[version.submission_id])
    assert as_(world.colleague).post(undo, {"undo-version": 1}).status_code == 302
    version.refresh_from_db()
    assert version.decision == ""
