"""The record is written through its function alone and sealed; what is changed by the application or on the disk is found."""

from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django import Settings

from tasks.audit.models import Event, Seal, SealedObject
from tasks.audit.sealing import _waiting, fingerprint, numbers_in, ranges, seal_all
from tasks.audit.verifying import verify
from tasks.files import storage
from tasks.values import Role
from tests import factories as make
from tests.api.conftest import NOW, World, world

pytestmark = pytest.mark.django_db

__all__ = ["world"]  # the fixture


@pytest.fixture(autouse=True)
def key(settings: Settings) -> None:
    settings.SEAL_KEY = "a key that the web process does not have"


def test_ranges_name_every_number_once() -> None:
    assert ranges([1, 2, 3, 5, 7, 8]) == "1-3,5,7-8"
    assert list(numbers_in("1-3,5,7-8")) == [(1, 3), (5, 5), (7, 8)]
    assert fingerprint(["省"], "sha256") == fingerprint(["省"]) != fingerprint(["市"])


def test_the_application_cannot_insert_into_the_record() -> None:
    user = make.user(password=None)
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        Event.objects.create(at=NOW, recorded_at=NOW, by=user, verb="return.accept", subject="submission:1")
    with (
        pytest.raises(DatabaseError, match="not told who acts"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT tasks_record('[]')")
    make.event(by=user)
    event = Event.objects.get()
    assert (event.by, event.at) == (user, make.moment("2017-04-05 12:00"))
    assert event.recorded_at.year > 2020, "the moment of recording is the database's own"


def test_what_is_whole_verifies_and_the_next_seal_follows(world: World) -> None:
    version = world.submitted()
    make.event("return.submit", f"submission:{version.submission_id}")
    (first,) = seal_all()
    assert seal_all() == []
    make.event()
    (second,) = seal_all()
    assert (first.ids, second.upto > first.upto) == (str(first.upto), True)
    report = verify()
    assert (report.faults, report.seals, report.entries, report.objects) == ([], 2, 2, 1)
    assert report.head == second.head
    assert Event.objects.filter(verb="audit.verify", outcome="done").count() == 1
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        Seal.objects.update(head="")
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        SealedObject.objects.all().delete()


def test_a_number_that_comes_late_is_sealed_and_one_that_never_comes_is_waited_for() -> None:
    make.event()
    late = Event.objects.get().pk
    seal = Seal(upto=late - 1)
    waited = _waiting(seal, {late + 2}, late + 2, NOW)
    assert set(waited) == {str(late), str(late + 1)}
    seal = Seal(upto=late + 2, waiting=waited)
    assert set(_waiting(seal, {late}, late + 2, NOW)) == {str(late + 1)}
    assert _waiting(seal, set(), late + 2, NOW.replace(day=28)) == {}
    assert _waiting(Seal(upto=0), {10**12}, 10**12, NOW) == {}, "no gap without end"


def test_bytes_changed_on_the_disk_do_not_leave_and_are_found(world: World) -> None:
    file = make.file(world.submitted())
    path = Path(default_storage.path(file.path))
    content = path.read_bytes()
    path.write_bytes(content[:-2] + b"xx")
    with pytest.raises(storage.Damaged):
        storage.get(file)
    browser = Client()
    browser.force_login(world.office)
    assert browser.get(f"/evidence/{file.pk}/").status_code == 404
    assert Event.objects.filter(verb="file.damaged", subject=f"storedfile:{file.pk}").count() == 2
    assert f"上传文件 {file.pk} 的内容与上传时不符" in "\n".join(verify().faults)
    path.unlink()
    assert f"上传文件 {file.pk} 的内容不在存储里" in "\n".join(verify().faults)


def test_the_auditor_sees_heads_and_the_last_check(world: World) -> None:
    make.event()
    (seal,) = seal_all()
    browser = Client()
    browser.force_login(make.user(Role.AUDIT_ADMIN, password=None))
    assert "还没有核对过" in browser.get("/audit/seals/").content.decode()
    verify()
    shown = browser.get("/audit/seals/").content.decode()
    assert seal.head in shown
    assert "均相符" in shown
    assert "封存程序停了" not in shown
    with patch("tasks.audit.sealing.BEHIND", timedelta(0)):
        assert "封存程序停了" in browser.get("/audit/seals/").content.decode()


def test_the_sealer_needs_its_key_and_tells_the_head_once_a_day(
    settings: Settings, mailoutbox: list[object]
) -> None:
    settings.SEAL_MAIL_TO = ["audit@example.cn"]
    make.event()
    call_command("seal")
    assert Event.objects.filter(verb="audit.verify").count() in {0, 1}
    settings.SEAL_KEY = ""
    with pytest.raises(CommandError, match="SEAL_KEY is not set"):
        call_command("seal")
