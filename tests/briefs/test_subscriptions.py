"""Subscriptions: told by message and mail when a brief of the kind is issued, superseded or withdrawn."""

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from reports.briefs import actions
from reports.briefs.models import BriefKind, Subscription
from reports.briefs.subscriptions import kinds_of, subscribe
from tasks.errors import Problems
from tasks.models import Delivery, Message, Plan, User
from tasks.notifications.channels import link_of
from tasks.people.permissions import may_read_briefs
from tasks.values import Role
from tests import factories as make
from tests.briefs.conftest import NOW, frozen, issued
from tests.briefs.test_actions import MADE

pytestmark = pytest.mark.django_db


@pytest.fixture
def leader() -> User:
    return make.user(Role.LEADERSHIP, password=None, email="leader@example.cn")


def test_an_issued_brief_is_told_with_a_link_and_without_the_file(small_plan: Plan, leader: User) -> None:
    subscribe(by=leader, plan=small_plan, kinds=["plan"], now=NOW)
    other = make.user(Role.LEADERSHIP, password=None)
    subscribe(by=other, plan=small_plan, kinds=["one_page"], now=NOW)
    draft = frozen(small_plan)
    actions.issue(by=None, brief=draft, now=NOW)
    assert not Message.objects.exists()  # it has its number, and nobody can read it yet
    actions.publish(brief=draft, made=MADE, now=NOW)
    message = Message.objects.get()
    assert message.user == leader
    assert message.subject.endswith("已印发")
    assert draft.title in message.subject
    assert message.place == reverse("brief", args=[draft.pk])
    assert link_of(message).endswith(f"/briefs/{draft.pk}/")
    assert Delivery.objects.get().address == "leader@example.cn"


def test_a_new_edition_and_a_withdrawal_are_told(small_plan: Plan, leader: User) -> None:
    issued(small_plan)
    subscribe(by=leader, plan=small_plan, kinds=["plan"], now=NOW)
    second = issued(small_plan)
    actions.withdraw(by=None, brief=second, reason="数据有误", now=NOW)
    bodies = list(Message.objects.order_by("pk").values_list("body", flat=True))
    assert len(bodies) == 2
    assert "它取代以前的版次" in bodies[0]
    assert "不再有效" in bodies[1]


def test_who_lost_the_right_or_left_hears_nothing(small_plan: Plan, leader: User) -> None:
    gone = make.user(Role.LEADERSHIP, password=None)
    for user in (leader, gone):
        subscribe(by=user, plan=small_plan, kinds=BriefKind.values, now=NOW)
    make.hold(leader, Role.ACCOUNTS_ADMIN)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    assert not may_read_briefs(User.objects.get(pk=leader.pk))
    issued(small_plan)
    assert not Message.objects.exists()


def test_choosing_again_replaces_and_nonsense_is_refused(small_plan: Plan, leader: User) -> None:
    subscribe(by=leader, plan=small_plan, kinds=["plan", "group"], now=NOW)
    subscribe(by=leader, plan=small_plan, kinds=["group", "group"], now=NOW)
    assert kinds_of(leader, small_plan) == {"group"}
    with pytest.raises(Problems):
        subscribe(by=leader, plan=small_plan, kinds=["gruop"], now=NOW)
    with pytest.raises(PermissionDenied):
        subscribe(by=make.user(Role.ACCOUNTS_ADMIN, password=None), plan=small_plan, kinds=["plan"], now=NOW)
    assert kinds_of(leader, small_plan) == {"group"}


def test_the_list_and_a_briefs_page_subscribe_and_end_it(
    small_plan: Plan, leader: User, client: Client
) -> None:
    brief = issued(small_plan)
    client.force_login(leader)
    page = client.get(reverse("brief_list")).content.decode()
    assert "保存订阅" in page
    client.post(reverse("brief_subscriptions"), {"plan": small_plan.slug, "kinds": ["plan", "annual"]})
    assert kinds_of(leader, small_plan) == {"plan", "annual"}
    url = reverse("brief_subscription", args=[brief.pk])
    client.post(url, {"wanted": "0"})
    assert kinds_of(leader, small_plan) == {"annual"}
    client.post(url, {"wanted": "1"})
    client.post(url, {"wanted": "1"})
    assert Subscription.objects.count() == 2
    assert client.get(url).status_code == 405


def test_the_list_of_drafts_has_pages(small_plan: Plan, client: Client) -> None:
    client.force_login(make.user(Role.OFFICE, password=None))
    for _n in range(31):
        frozen(small_plan)
    assert len(client.get(reverse("brief_list")).context["in_hand"]) == 30
    assert len(client.get(reverse("brief_list"), {"page": "2"}).context["in_hand"]) == 1
