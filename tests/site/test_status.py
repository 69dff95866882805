"""What is wrong with the site is said in sentences: to probes, to the administrator, and once when it turns."""

from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest
import redis as redis_library
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from qhplan import jobs, status
from qhplan.backups import archive
from qhplan.jobs import Job, JobState
from qhplan.models import Fault
from tasks.notifications.models import Message
from tasks.values import Role
from tests import pages
from tests.factories import user

pytestmark = pytest.mark.django_db
Usage = namedtuple("Usage", "total used free")


def wrong() -> dict[str, str]:
    return {check.name: check.wrong for check in status.all_checks() if check.wrong}


@pytest.fixture(autouse=True)
def alive() -> None:
    status.watch()


def test_a_site_that_is_well_has_nothing_to_say(client: Client) -> None:
    assert wrong().keys() <= {"fonts"}
    assert client.get("/livez").json() == {"alive": True}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True


def test_each_thing_that_is_wrong_has_its_sentence(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    job = jobs.ask("files.scan", label="上传文件查毒", args={})
    Job.objects.filter(pk=job.pk).update(not_before=timezone.now() - timedelta(hours=3))
    failed = jobs.ask("files.scan", label="上传文件查毒", args={})
    Job.objects.filter(pk=failed.pk).update(state=JobState.FAILED, ended_at=timezone.now(), error="坏了")
    settings.BACKUP_RECIPIENTS, settings.BACKUP_DIR = [archive.new_key()[0]], tmp_path
    settings.SIGN_CERTIFICATE = str(tmp_path / "none.p12")
    monkeypatch.setattr(status, "BEAT_LATE", timedelta(0))
    monkeypatch.setattr(status, "CLOCK_OFF", timedelta(0))
    monkeypatch.setattr(status.shutil, "disk_usage", lambda folder: Usage(1, 1, 500 * 2**20))
    found = wrong()
    assert found.keys() - {"fonts"} == {"jobs", "failed", "backup", "certificate", "beat", "clock", "disk"}
    assert found["disk"] == "存放上传文件的磁盘快满了。"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (200, found)
    assert str(tmp_path) not in answer.content.decode()
    monkeypatch.setattr(status.shutil, "disk_usage", lambda folder: Usage(1, 1, 0))
    assert client.get("/readyz").status_code == 503
    with pytest.raises(CommandError, match="are wrong"):
        call_command("doctor")


def test_a_sealer_that_has_stopped_is_told(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "is_behind", lambda: True)
    assert "seals" not in wrong()  # a trial site has none
    settings.PRODUCTION = True
    assert "封存程序停了" in wrong()["seals"]


def test_without_broker_the_site_serves(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["wrong"].keys() >= {"broker", "beat"}
    with pytest.raises(redis_library.RedisError):
        status.watch()


def test_the_administrator_is_told_once_of_what_lasts() -> None:
    user(Role.ACCOUNTS_ADMIN)
    Fault.objects.all().delete()
    ill, well = status.Check("disk", "磁盘", "快满了。"), status.Check("disk", "磁盘")
    for check in (ill, well, ill, ill, ill, well, well):
        status.tell_of([check])
    assert list(Message.objects.order_by("pk").values_list("subject", flat=True)) == [
        "系统故障：磁盘",
        "恢复正常：磁盘",
    ]
    assert not Fault.objects.exists()


def test_the_page_shows_checks_and_jobs_with_queries_that_do_not_grow() -> None:
    admin = user(Role.ACCOUNTS_ADMIN)
    client = pages.client(admin)
    counts = []
    for n in (1, 4):
        for _one in range(n):
            jobs.ask("files.scan", label="上传文件查毒", args={}, by=admin)
        with CaptureQueriesContext(connection) as queries:
            page = client.get("/status/").content.decode()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert "数据库" in page
    assert "上传文件查毒" in page
    assert "没有这样的作业" in client.get("/status/?state=done").content.decode()
    assert client.get("/status/?state=x").status_code == 200
