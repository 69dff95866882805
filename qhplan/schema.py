"""Which migrations this release has, and which the database has: what both sides of a backup and the checks compare."""

from functools import cache

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder


@cache
def known() -> frozenset[str]:
    """The migrations of this release, as `app.name`. Reads the files once a process, without a database."""
    return frozenset(".".join(key) for key in MigrationLoader(None).disk_migrations)


def applied() -> set[str]:
    """The migrations that the database has. Two queries."""
    return {".".join(key) for key in MigrationRecorder(connection).applied_migrations()}
