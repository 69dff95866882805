"""How long the web process waits for its database.

The database itself ends what is slow (`statement_timeout`, `lock_timeout`). One that hangs, or a machine that has gone,
ends nothing, so this side looks at the clock too, and does not let every thread find out for itself.
"""

import select
import time
from typing import Any

import psycopg2
from django.conf import settings
from django.db import InterfaceError, OperationalError, connections
from psycopg2.extensions import POLL_OK, POLL_READ, STATUS_SETUP, set_wait_callback

GRACE = 2.0  # seconds after which a statement that the database should have ended has hung
PAUSE = 5.0  # seconds in which no new connection is tried after one that hung
LOST = (OperationalError, InterfaceError)

_tried_again_at = 0.0


def limit_waiting() -> None:
    """Limits all statements and connections of this process. To be called before its first connection."""
    limits = (
        f"-c statement_timeout={settings.DATABASE_STATEMENT_SECONDS}s"
        f" -c lock_timeout={settings.DATABASE_LOCK_SECONDS}s"
        f" -c idle_in_transaction_session_timeout={settings.DATABASE_IDLE_SECONDS}s"
    )
    options = connections.settings["default"]["OPTIONS"]
    options["options"] = f"{options['options']} {limits}"
    set_wait_callback(wait)


def wait(connection: Any) -> None:
    """Waits until a connection is made or a statement has its answer; raises OperationalError where that takes longer
    than the database would allow."""
    global _tried_again_at
    begun = time.monotonic()
    connecting = connection.status == STATUS_SETUP
    if connecting and begun < _tried_again_at:
        raise psycopg2.OperationalError("The database did not answer a moment ago.")
    seconds = settings.DATABASE_CONNECT_SECONDS if connecting else settings.DATABASE_STATEMENT_SECONDS + GRACE
    while (state := connection.poll()) != POLL_OK:
        left = begun + seconds - time.monotonic()
        watched = select.poll()
        watched.register(connection.fileno(), select.POLLIN if state == POLL_READ else select.POLLOUT)
        if left <= 0 or not watched.poll(left * 1000):
            _tried_again_at = time.monotonic() + PAUSE
            raise psycopg2.OperationalError(f"The database has not answered for {seconds:.0f} seconds.")
