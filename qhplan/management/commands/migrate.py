"""`migrate`, run under the database role that owns the tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections
from psycopg2 import sql


class Command(DjangoMigrate):
    """Django's command under the owner's role; the application's role gets data privileges only.

    These are default privileges, set before the first table is created: privileges that a migration revokes
    afterwards (on an append-only table) stay revoked.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        """Switches to the owner during the migration, then back."""
        alias = options["database"]
        connection = connections[alias]
        role = connection.settings_dict["USER"]
        owner = settings.MIGRATION_DATABASE
        if alias != "default" or not owner:
            if settings.PRODUCTION and alias == "default":
                raise CommandError(
                    "MIGRATION_DATABASE_URL is not set: put postgres://owner:password@host:5432/database of the role "
                    "that owns the tables, which must not be the application's."
                )
            super().handle(*args, **options)
            return
        keys = ("USER", "PASSWORD", "HOST", "PORT")
        before = {key: connection.settings_dict.get(key, "") for key in keys}
        connection.close()
        connection.settings_dict.update({key: owner.get(key, "") for key in keys})
        try:
            with connection.cursor() as cursor:
                # Without the lock two concurrent runs would both see no applied migration; it ends with the connection.
                cursor.execute("SELECT pg_advisory_lock(hashtext('qhplan migrate'))")
                if owner["USER"] != role:
                    for rights in ("SELECT, INSERT, UPDATE, DELETE ON TABLES", "USAGE, SELECT ON SEQUENCES"):
                        cursor.execute(
                            sql.SQL("ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {} TO {}").format(
                                sql.SQL(rights), sql.Identifier(role)
                            )
                        )
            super().handle(*args, **options)
        finally:
            connection.close()
            connection.settings_dict.update(before)
