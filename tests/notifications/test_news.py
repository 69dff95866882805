"""News: people are told once that something happened, and where it stands."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from qhplan import clock
from tasks.models import Delivery, Message
from tasks.notifications.actions import notify
from tasks.notifications.channels import link_of
from tasks.notifications.queries import sent_in
from tasks.notifications.values import Topic
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-07-05 10:00")


def test_each_person_is_told_once_by_every_way_that_leads_to_him() -> None:
    with_mail = make.user(Role.REPORTER, email="a@example.cn", password=None)
    without = make.user(Role.LEADERSHIP, password=None)
    closed = make.user(Role.LEADERSHIP, password=None, is_active=False)
    cycle = make.cycle(make.plan(), "2017Q1")
    with clock.at(NOW):
        made = notify(
            topic=Topic.SUPERVISION,
            users=[with_mail, without, closed, with_mail],
            subject="督办单待签收",
            body="请于7月20日前反馈。",
            place="/supervision/1/",
            cycles=[cycle],
        )
    assert [(one.user, one.agency_id, one.kind) for one in made] == [
        (with_mail, with_mail.agency_id, "news"),
        (without, None, "news"),
    ]
    assert [delivery.address for delivery in Delivery.objects.all()] == ["a@example.cn"]
    assert set(sent_in(cycle)) == set(made)


def test_nobody_to_tell_writes_nothing() -> None:
    assert notify(topic=Topic.SUPERVISION, users=[], subject="x", body="y", place="/") == []
    assert not Message.objects.exists()


def test_a_message_leads_to_its_page_in_the_site_and_outside(settings: Settings) -> None:
    user = make.user(Role.LEADERSHIP, password=None)
    (message,) = notify(
        topic=Topic.SUPERVISION,
        users=[user],
        subject="督办升级",
        body="逾期5个工作日。",
        place="/supervision/7/",
    )
    settings.SITE_ADDRESS = "https://plan.example.cn"
    assert link_of(message) == "https://plan.example.cn/supervision/7/"
    client = Client()
    client.force_login(user)
    page = client.get(reverse("message_list")).content.decode()
    assert 'href="/supervision/7/"' in page
    assert "通知" in page
