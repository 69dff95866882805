"""What somebody with the owner's role rewrites, past every guard, is found by `manage.py verify`."""

from io import StringIO

import pytest
from django.conf import settings as site
from django.core.management import CommandError, call_command
from pytest_django import Settings

from qhplan import clock
from tasks.audit.models import Event, Seal
from tasks.audit.sealing import seal_all
from tasks.audit.verifying import verify
from tests import factories as make
from tests.api.conftest import NOW, World


def as_owner(database: str, statement: str) -> None:
    """What somebody with the owner's role can do, guards off and on again."""
    door = site.EMBEDDED.connect(role="qhplan_owner", name=database)
    try:
        with door.cursor() as cursor:
            for table in ("tasks_event", "tasks_version", "tasks_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(statement)
            for table in ("tasks_event", "tasks_version", "tasks_seal"):
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    finally:
        door.close()


def faults() -> str:
    return "\n".join(verify().faults)


@pytest.mark.skipif(not site.EMBEDDED_DATABASE, reason="needs the owner's role")
def test_what_the_owner_rewrites_is_found(cloned_db: str, settings: Settings) -> None:
    settings.SEAL_KEY = "a key that the web process does not have"
    with clock.at(NOW):
        world = World()
        version = world.submitted()
    subject = f"submission:{version.submission_id}"
    make.event("return.submit", subject)
    make.event("account.login", f"user:{world.office.pk}", by=world.office)
    make.event("return.accept", subject, by=world.office)
    seal_all()
    assert faults() == ""
    _one, two, three = Event.objects.exclude(verb="audit.verify").order_by("id").values_list("pk", flat=True)
    seal = Seal.objects.get()

    # A light is set from green to red, past every guard.
    as_owner(cloned_db, f"UPDATE tasks_version SET light = 'red' WHERE id = {version.pk}")
    assert f"{subject} 与封存时不符" in faults()
    as_owner(cloned_db, f"UPDATE tasks_version SET light = 'green' WHERE id = {version.pk}")
    assert faults() == ""

    # An entry is changed, then taken out.
    as_owner(cloned_db, f"UPDATE tasks_event SET by_id = {world.viewer.pk} WHERE id = {two}")
    assert f"封存{seal.pk}：记录" in faults()
    as_owner(cloned_db, f"UPDATE tasks_event SET by_id = {world.office.pk} WHERE id = {two}")
    assert faults() == ""
    as_owner(cloned_db, f"DELETE FROM tasks_event WHERE id = {three}")
    assert "有缺失" in faults()
    copy = "at, recorded_at, by_id, verb, subject, from_state, to_state, note, data, outcome"
    as_owner(
        cloned_db,
        f"INSERT INTO tasks_event (id, {copy}) SELECT {three}, {copy} FROM tasks_event WHERE id = {two}",
    )
    assert "被改动" in faults()
    as_owner(
        cloned_db, f"UPDATE tasks_event SET verb = 'return.accept', subject = '{subject}' WHERE id = {three}"
    )
    assert "被改动" in faults(), "the moment differs by microseconds"

    # An entry that is slipped in before the last seal, and a submission that no action made.
    seal_all()
    as_owner(
        cloned_db, f"INSERT INTO tasks_event (id, {copy}) SELECT -5, {copy} FROM tasks_event WHERE id = {two}"
    )
    assert "记录-5没有封存" in faults()
    with clock.at(NOW):
        other = world.submitted(world.co)
    assert f"submission:{other.submission_id} 有填报版本而没有封存" in faults()

    # The chain is made anew without the key; a guard stays switched off.
    as_owner(cloned_db, f"UPDATE tasks_seal SET head = repeat('0', 64) WHERE id = {seal.pk}")
    assert "链值不符" in faults()
    door = site.EMBEDDED.connect(role="qhplan_owner", name=cloned_db)
    with door.cursor() as cursor:
        cursor.execute("ALTER TABLE tasks_version DISABLE TRIGGER version_guard")
    door.close()
    assert "tasks_version 的触发器 version_guard 被停用" in faults()
    with pytest.raises(CommandError, match="do not fit"):
        call_command("verify", head=seal.head, stdout=StringIO())
    assert seal.head not in Seal.objects.values_list("head", flat=True), "the printed head is gone"
