#!/usr/bin/env python
"""Commands. In trial and test mode one that needs the database brings it along when it is not running."""

import gc
import os
import signal
import sys
from contextlib import nullcontext

# These look at files only, or see to the database themselves; everything else may ask it.
WITHOUT_DATABASE = {
    "", "backup_key", "help", "version", "--help", "-h", "--version", "check", "collectstatic", "compilemessages", "diffsettings",
    "findstatic", "makemessages", "makemigrations", "prepare_fonts", "read_plan", "run_trial", "spectacular", "startapp", "test",
}  # fmt: skip
# These are what the database is prepared with.
PREPARING = {"restore", "migrate", "load_plan", "sqlmigrate", "showmigrations"}


def main() -> None:
    """Run one command, between the start and the stop of the services it needs."""
    if sys.version_info < (3, 11):  # noqa: UP036
        sys.exit(
            f"Python {sys.version.split()[0]} is too old: install Python 3.11 or newer and run this with it."
        )
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")
    gc.disable()  # until qhplan/apps.py
    import django
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from qhplan.services import ServiceError

    command = sys.argv[1] if len(sys.argv) > 1 else ""
    try:
        embedded = settings.EMBEDDED_DATABASE or settings.EMBEDDED_BROKER
        needed = embedded and command not in WITHOUT_DATABASE and not {"--help", "-h"} & set(sys.argv)
        if needed:
            # Ended politely, it still stops what it started.
            signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
        with settings.EMBEDDED.running() if needed else nullcontext():
            if needed and settings.QHPLAN_MODE == "trial" and command not in PREPARING:
                django.setup()
                from qhplan import trial

                trial.prepare()
            execute_from_command_line(sys.argv)
    except (ImproperlyConfigured, ServiceError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
