"""Kinds of job for tests with a real worker, which loads this module beside the product's own (`celery -I`)."""

import time
from pathlib import Path

from qhplan import jobs
from qhplan.jobs import Effect, Job

WAITING = "test.waiting"


@jobs.handles(WAITING)
def waiting(job: Job) -> Effect:
    """Work until the file named by the job is there."""
    job.progress(1, 2, "等")
    end = time.monotonic() + 60
    while not Path(job.args["until"]).exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    return lambda: {"attempt": job.attempts}
