"""The Celery application. It runs jobs (`qhplan/jobs.py`); "task" always means a task of a plan."""

import gc
import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning

gc.disable()  # until qhplan/apps.py
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")

if os.environ.get("QHPLAN_MODE") in {"trial", "test"}:
    # Root may start a trial site; its worker reads JSON from a socket that only root can access.
    warnings.simplefilter("ignore", SecurityWarning)

app = Celery("qhplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = (
    "qhplan.jobs", "qhplan.backups.jobs", "qhplan.status", "tasks.notifications.jobs", "tasks.files.jobs", "tasks.accounts.jobs", "reports.supervision.jobs",
)  # fmt: skip
