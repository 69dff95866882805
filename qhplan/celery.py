"""The Celery application. What it runs are jobs (`qhplan/jobs.py`); "task" means a plan task and nothing else."""

import gc
import os
import warnings

from celery import Celery
from celery.exceptions import SecurityWarning

gc.disable()  # until qhplan/apps.py
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qhplan.settings")

if os.environ.get("QHPLAN_MODE") in {"trial", "test"}:
    # A trial may be started by root; its worker reads JSON from a socket that only root can reach.
    warnings.simplefilter("ignore", SecurityWarning)

app = Celery("qhplan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.imports = ("qhplan.jobs", "tasks.notifications.jobs", "tasks.files.jobs", "reports.supervision.jobs")
