"""Models of the project itself; `qhplan.jobs` defines that of jobs."""

from django.db import models
from django.utils import timezone

from qhplan.jobs import Job

__all__ = ["Fault", "Job"]


class Fault(models.Model):
    """故障: a check of `qhplan/status.py` that is wrong. A row exists as long as it is; `told` once the administrator was
    told."""

    name = models.CharField(max_length=30, primary_key=True)
    since = models.DateTimeField(default=timezone.now)
    told = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
