"""What leaves the site: mails and channels, tried again until they arrive or are given up, and always shown."""

import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.management import CommandError, call_command
from django.utils import timezone

from qhplan import clock, jobs
from qhplan.jobs import Job, JobState
from tasks.models import Event
from tasks.notifications import actions
from tasks.notifications import jobs as notify_jobs
from tasks.notifications.models import Delivery, Message
from tasks.notifications.reminder_rules import MAX_ATTEMPTS
from tasks.notifications.values import Channel, DeliveryState, Kind
from tasks.values import Role
from tests import factories as make
from tests.notifications.conftest import Ear
from tests.notifications.test_digests import World

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

NOW = make.moment("2017-04-10 08:30")
DEAD = "django.core.mail.backends.smtp.EmailBackend"


@pytest.fixture
def world() -> World:
    return World()


def queue(*addresses: str, channel: str = "mail") -> list[Delivery]:
    """A message for each address, waiting to be sent."""
    made = []
    for address in addresses:
        message = Message.objects.create(
            kind=Kind.DIGEST,
            user=make.user(password=None),
            day=NOW.date(),
            subject="填报提醒：2项待办，今日截止",
            body="2017年第一季度配合填报",
            place="desk",
            created_at=NOW,
        )
        made.append(Delivery.objects.create(message=message, channel=channel, address=address))
    return made


def send() -> dict[str, Any]:
    """One run of the job, as beat would ask for it; {} when it asked for none."""
    Job.objects.filter(kind=notify_jobs.DELIVER).delete()
    asked = notify_jobs.deliver_if_due()
    if asked is None:
        return {}
    jobs.run(asked.pk)
    job = Job.objects.get(pk=asked.pk)
    assert job.state == JobState.DONE, job.error
    return dict(job.result)


def later(hours: int = 24) -> None:
    """As if so much time had gone by for what waits."""
    for one in Delivery.objects.filter(state=DeliveryState.QUEUED):
        Delivery.objects.filter(pk=one.pk).update(not_before=one.not_before - timedelta(hours=hours))


def test_a_mail_says_what_and_when_and_where_and_nothing_else() -> None:
    queue("a@example.cn")
    with clock.at(NOW):
        assert send() == {"sent": 1, "missed": 0, "put_off": 0}
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["a@example.cn"], "填报提醒：2项待办，今日截止")
    assert sent.body == (
        "2017年第一季度配合填报\n\n请登录办理：http://localhost:8000/desk/\n\n"
        "此信由系统发出，请勿回复。严禁通过邮件报送涉密信息。"
    )
    one = Delivery.objects.get()
    assert (one.state, one.attempts, one.sent_at, one.error) == (DeliveryState.SENT, 1, NOW, "")
    assert send() == {}


def test_a_dead_mail_server_fails_nothing_and_is_tried_again(settings: Any) -> None:
    queue("a@example.cn", "b@example.cn", "c@example.cn", "d@example.cn")
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = DEAD, "127.0.0.1", 9
    assert send() == {"sent": 0, "missed": 4, "put_off": 0}
    waiting = list(Delivery.objects.all())
    assert {(one.state, one.attempts, one.error.split(":")[0]) for one in waiting} == {
        (DeliveryState.QUEUED, 1, "ConnectionRefusedError")
    }
    assert all(timezone.now() < one.not_before < timezone.now() + timedelta(minutes=2) for one in waiting)
    assert send() == {}  # not before its time
    later()
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send() == {"sent": 4, "missed": 0, "put_off": 0}
    assert len(mail.outbox) == 4


def test_it_is_given_up_at_last_and_can_be_sent_again_by_hand(settings: Any) -> None:
    (one,) = queue("a@example.cn")
    settings.EMAIL_BACKEND, settings.EMAIL_HOST, settings.EMAIL_PORT = DEAD, "127.0.0.1", 9
    for _ in range(MAX_ATTEMPTS):
        assert send() == {"sent": 0, "missed": 1, "put_off": 0}
        later()
    one.refresh_from_db()
    assert (one.state, one.attempts, bool(one.error)) == (DeliveryState.FAILED, MAX_ATTEMPTS, True)
    assert send() == {}
    office = make.user(Role.OFFICE, password=None)
    assert actions.send_again(by=office, delivery_ids=[one.pk]) == 1
    assert actions.send_again(by=office, delivery_ids=[one.pk]) == 0
    assert Event.objects.filter(verb="delivery.again", by=office).count() == 1
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send() == {"sent": 1, "missed": 0, "put_off": 0}


def test_one_bad_address_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.core.mail.backends.locmem import EmailBackend

    taking = EmailBackend.send_messages

    def choosy(self: EmailBackend, messages: Any) -> int:
        if messages[0].to == ["bad@example.cn"]:
            raise OSError("550 no such mailbox at smtp://user:key@host")
        return taking(self, messages)

    monkeypatch.setattr(EmailBackend, "send_messages", choosy)
    queue("bad@example.cn", "good@example.cn")
    assert send() == {"sent": 1, "missed": 1, "put_off": 0}
    bad = Delivery.objects.get(address="bad@example.cn")
    assert bad.error == "OSError: 550 no such mailbox at …"  # an address may carry a key


def test_who_claims_it_is_the_only_one_to_send_it() -> None:
    queue("a@example.cn")
    (first,) = actions.take()
    assert actions.take() == []
    # The first was taken for dead; another takes it up, and what the first then says no longer counts.
    later()
    (second,) = actions.take()
    actions.missed(delivery=first, why="x")
    actions.arrived(delivery=second, now=NOW)
    assert Delivery.objects.get().state == DeliveryState.SENT


@pytest.mark.slow
def test_apprise_sends_to_one_person_and_to_a_room(ear: Ear, settings: Any) -> None:
    settings.NOTIFY_URLS = {"webhook": f"{ear.url}/people/{{username}}", "wecom": f"{ear.url}/room"}
    queue("zhang.san", channel="webhook")
    queue("", channel="wecom")
    assert send() == {"sent": 2, "missed": 0, "put_off": 0}
    assert sorted(path for path, _body in ear.heard) == ["/people/zhang.san", "/room"]
    said = ear.heard[0][1]
    assert said["title"] == "填报提醒：2项待办，今日截止"
    assert said["message"] == "2017年第一季度配合填报\n办理：http://localhost:8000/desk/"


@pytest.mark.slow
def test_a_channel_that_refuses_is_tried_again(ear: Ear, settings: Any) -> None:
    settings.NOTIFY_URLS = {"webhook": f"{ear.url}/secret-key"}
    ear.status = 500
    queue("", channel="webhook")
    assert send() == {"sent": 0, "missed": 1, "put_off": 0}
    one = Delivery.objects.get()
    assert (one.state, bool(one.error), "secret-key" in one.error) == (DeliveryState.QUEUED, True, False)
    ear.status = 200
    later()
    assert send() == {"sent": 1, "missed": 0, "put_off": 0}


@pytest.mark.slow
def test_a_closed_channel_is_not_knocked_at_for_every_message(ear: Ear, settings: Any) -> None:
    """And whoever was not tried comes first the next time, so that three bad addresses shut nobody out."""
    settings.NOTIFY_URLS = {"webhook": f"{ear.url}/{{username}}"}
    ear.status = 500
    queue("a", "b", "c", "d", "e", channel="webhook")
    assert send() == {"sent": 0, "missed": 3, "put_off": 2}
    assert [path for path, _body in ear.heard] == ["/a", "/b", "/c"]
    assert list(Delivery.objects.values_list("attempts", flat=True)) == [1, 1, 1, 0, 0]
    later()
    ear.status = 200
    assert send() == {"sent": 5, "missed": 0, "put_off": 0}
    assert [path for path, _body in ear.heard[3:]] == ["/d", "/e", "/a", "/b", "/c"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "scheme", ["wecombot://botkey-0123456789", "dingtalk://token0123456789", "feishu://token0123456789"]
)
def test_the_channels_that_are_promised_are_known(scheme: str) -> None:
    import apprise

    assert apprise.Apprise.instantiate(scheme) is not None


def test_every_channel_can_be_configured_and_is_told_to_operators() -> None:
    """Each reads NOTIFY_<NAME>_URL, which Compose hands on and both tables of variables name."""
    names = {f"NOTIFY_{channel.upper()}_URL" for channel in Channel if channel != Channel.MAIL}
    for document in ("docker-compose.yml", "README.md", "README.zh-CN.md"):
        text = (settings.BASE_DIR / document).read_text(encoding="utf-8")
        assert set(re.findall(r"NOTIFY_[A-Z0-9]+_URL", text)) == names, document


# -- asking -------------------------------------------------------------------------------------------------


def asked_at(text: str) -> Job | None:
    moment = make.moment(text)
    with clock.at(moment):
        return notify_jobs.remind_if_due(moment)


def test_beat_asks_once_on_a_working_day_from_half_past_eight(world: World) -> None:
    assert asked_at("2017-04-10 08:29") is None
    assert asked_at("2017-04-08 09:00") is None  # a Saturday
    assert asked_at("2017-04-01 09:00") is not None  # a Saturday that is worked
    assert asked_at("2017-04-10 08:30") is not None
    assert asked_at("2017-04-10 08:31") is None
    assert asked_at("2017-04-11 16:00") is not None  # the site was down in the morning
    assert asked_at("2017-07-10 09:00") is None  # no quarter is open


def test_a_job_that_failed_is_asked_for_again_after_a_while(world: World) -> None:
    job = asked_at("2017-04-10 08:30")
    assert job is not None
    Job.objects.filter(pk=job.pk).update(state=JobState.FAILED)
    assert asked_at("2017-04-10 08:35") is None
    Job.objects.filter(pk=job.pk).update(asked_at=timezone.now() - timedelta(hours=1))
    assert asked_at("2017-04-10 09:35") is not None


def test_the_job_tells_and_asks_for_the_sending(world: World) -> None:
    with clock.at(NOW):
        job = notify_jobs.remind_if_due()
        assert job is not None
        jobs.run(job.pk)
    assert Job.objects.get(pk=job.pk).result == {"messages": 1, "items": 2}
    assert Job.objects.filter(kind=notify_jobs.DELIVER, state=JobState.QUEUED).count() == 1


def test_the_command(world: World) -> None:
    def remind(*arguments: str) -> list[str]:
        out = StringIO()
        with clock.at(NOW):
            call_command("remind", *arguments, stdout=out)
        return out.getvalue().splitlines()

    assert remind()[0] == "1 messages about 2 returns"
    assert remind()[0] == "0 messages about 2 returns"
    assert remind("--day", "2017-04-11")[0] == "1 messages about 2 returns"
    with pytest.raises(CommandError, match="不是工作日"):
        remind("--day", "2017-04-09")


def test_a_sample_database_sends_nothing_from_a_production_site(settings: Any) -> None:
    from tasks.models import Installation

    Installation.objects.create(is_sample=True)
    settings.PRODUCTION = True
    queue("a@example.cn")
    job = notify_jobs.ask_delivery()
    assert job is not None
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.reason) == (JobState.FAILED, "示例数据库不向外发送消息。")
    assert mail.outbox == []
