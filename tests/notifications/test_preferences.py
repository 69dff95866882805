"""消息设置: what a person does not want by a channel is not sent by it; what is compulsory is; on the site all of it stays."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tasks.audit.models import Event
from tasks.errors import Problems
from tasks.notifications import preferences
from tasks.notifications.actions import notify
from tasks.notifications.models import Delivery, Message
from tasks.notifications.values import COMPULSORY, Topic
from tasks.people.models import User
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make.user(Role.VIEWER, email="a@example.cn", password=None)


def tell(user: User, topic: Topic) -> list[str]:
    """The channels by which a message on the topic goes to the person."""
    person = User.objects.get(pk=user.pk)
    (message,) = notify(topic=topic, users=[person], subject="某事", body="某事", place="/")
    return list(Delivery.objects.filter(message=message).values_list("channel", flat=True))


def test_what_is_not_wanted_stays_on_the_site_and_what_is_compulsory_is_sent(
    user: User, settings: Settings
) -> None:
    settings.NOTIFY_URLS = {"wecom": "wecom://x/{username}", "webhook": "json://room"}
    assert tell(user, Topic.BRIEF) == ["mail", "wecom"]
    wanted = [one for one in preferences.choices() if one != ("brief", "mail")]
    preferences.choose(by=user, wanted=wanted)
    assert tell(user, Topic.BRIEF) == ["wecom"]
    assert tell(user, Topic.SCORE) == ["mail", "wecom"]
    preferences.choose(by=user, wanted=[])
    assert tell(user, Topic.BRIEF) == []
    assert all(tell(user, topic) == ["mail", "wecom"] for topic in COMPULSORY)
    assert Message.objects.filter(user=user).count() == 4 + len(COMPULSORY)
    # A channel that the site has no longer is nobody's to choose, and stays as it was chosen.
    settings.NOTIFY_URLS = {}
    preferences.choose(by=user, wanted=preferences.choices())
    settings.NOTIFY_URLS = {"wecom": "wecom://x/{username}"}
    assert tell(user, Topic.BRIEF) == ["mail"]


def test_choosing_is_recorded_once_and_refuses_what_is_not_offered(user: User) -> None:
    preferences.choose(by=user, wanted=[])
    preferences.choose(by=user, wanted=[])
    assert Event.objects.filter(verb="message.choose").count() == 1
    for strange in (("returned", "mail"), ("brief", "sms"), ("<b>", "mail"), ("brief", "")):
        with pytest.raises(Problems):
            preferences.choose(by=user, wanted=[strange])


def test_page_and_api_say_and_set_the_same(user: User) -> None:
    client = Client()
    client.force_login(user)
    page = client.get("/account/").content.decode()
    assert page.count("必收") == len(COMPULSORY)
    assert page.count(" checked") == len(Topic) - len(COMPULSORY)
    assert client.post("/account/", {"wanted": ["digest:mail"]})["Location"] == "/account/"
    assert client.get("/account/").content.decode().count(" checked") == 1
    refused = client.post("/account/", {"wanted": ["returned:mail"]})
    assert refused.status_code == 422
    assert "必须接收" in refused.content.decode()
    shown = {one["kind"]: one for one in client.get("/api/v1/message-preferences/").json()}
    assert (shown["digest"]["channels"], shown["brief"]["channels"]) == ({"mail": True}, {"mail": False})
    assert shown["returned"] == {
        "kind": "returned", "title": "退回、补充和决定的更改", "compulsory": True, "channels": {"mail": True},
    }  # fmt: skip
    put = {"path": "/api/v1/message-preferences/", "content_type": "application/json"}
    assert client.put(data={"wanted": ["brief:mail"]}, **put).json()[-1]["channels"] == {"mail": True}
    assert client.put(data={"wanted": ["chase:mail"]}, **put).status_code == 422
    assert client.put(data={"wanted": "brief:mail"}, **put).status_code == 422
    assert User.objects.get(pk=user.pk).unwanted == sorted(
        f"{topic}:mail" for topic in Topic if topic not in COMPULSORY | {Topic.BRIEF}
    )
