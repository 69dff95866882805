"""Who may do what in the database, and what a test's own clone is."""

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from tests.rig import TEMPLATE, exists


@pytest.mark.django_db
def test_application_role_owns_no_table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) > 0, count(*) FILTER (WHERE tableowner = current_user) FROM pg_tables "
            "WHERE schemaname = 'public'"
        )
        assert cursor.fetchone() == (True, 0)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE mine (n int)", "DROP TABLE tasks_user CASCADE", "TRUNCATE tasks_user CASCADE"],
)
def test_application_role_changes_no_table(statement: str) -> None:
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_migrate_in_production_needs_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "PRODUCTION", True)
    monkeypatch.setattr(settings, "MIGRATION_DATABASE", {})
    with pytest.raises(CommandError, match="MIGRATION_DATABASE_URL is not set: put postgres://"):
        call_command("migrate", verbosity=0)


def test_a_clone_commits_and_leaves_the_template_alone(cloned_db: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database(), current_user")
        assert cursor.fetchone() == (cloned_db, "qhplan_app")
    assert exists(TEMPLATE)
    assert connection.settings_dict["NAME"] != TEMPLATE
