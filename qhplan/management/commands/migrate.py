"""`migrate`, run by the role that owns the tables."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections
from psycopg2 import sql


class Command(DjangoMigrate):
    """Django's own command under the owner's role; the application's role is given data rights only.

    The rights are default privileges, set before the first table is made: whatever a migration takes back
    afterwards (a table that is only ever appended to) stays taken back.
    """

    def handle(self, *args: Any, **options: Any) -> None:
        """Change to the owner for the time of the migration, then back."""
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
                # Two that start at once would both find nothing applied; the lock ends with the connection.
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
