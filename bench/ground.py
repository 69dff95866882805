"""Figures of the ground: a request through the whole stack, a job's way to a worker and back, a cold start."""

import shutil
import subprocess
import time

import bench
from bench import figure, side_by_side


@figure("health_request", "ms")
def health_request() -> tuple[float, float]:
    """A page without a template, through every middleware; the floor is its one query and its one ping."""
    import redis
    from django.conf import settings
    from django.db import connection
    from django.test import Client

    client = Client()

    def least() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        broker = redis.Redis.from_url(settings.REDIS_URL)
        broker.ping()
        broker.close()

    def ours() -> None:
        assert client.get("/health/").status_code == 200

    return side_by_side(ours, least, rounds=100)


@figure("job_round_trip", "ms")
def job_round_trip() -> tuple[float, float]:
    """From asking for a job until its row says done, by a real worker; the floor is writing the row twice."""
    from django.db import connection

    from qhplan import jobs
    from qhplan.jobs import Job, JobState
    from tests.rig import Worker

    # A kind that the worker knows nothing of is refused at once: the way there and back, without any work.
    jobs._handlers.setdefault("bench.nothing", jobs._Handler(lambda job: dict, None))
    worker = Worker(bench.database, bench.scratch / "worker.log")
    worker.start()

    def ours() -> None:
        job = jobs.ask("bench.nothing", label="bench", args={})
        while Job.objects.values_list("state", flat=True).get(pk=job.pk) in (
            JobState.QUEUED,
            JobState.RUNNING,
        ):
            time.sleep(0.001)

    def least() -> None:
        job = Job.objects.create(kind="bench.nothing", label="bench")
        Job.objects.filter(pk=job.pk).update(state=JobState.DONE)

    try:
        return side_by_side(ours, least)
    finally:
        worker.stop()
        connection.close()


@figure("services_cold_start", "ms")
def services_cold_start() -> tuple[float, float]:
    """Database and broker from an empty folder until both answer; the floor is initdb alone."""
    from qhplan.services import Embedded

    def ours() -> None:
        made = Embedded(bench.scratch / "cold")
        with made.running():
            pass
        shutil.rmtree(made.root)
        if made.account.uid is not None:
            shutil.rmtree(made.cluster.parent)

    def least() -> None:
        made = Embedded(bench.scratch / "floor")
        folder = bench.scratch / "floor-cluster"
        folder.mkdir(mode=0o700)
        if made.account.uid is not None:
            shutil.chown(folder, made.account.uid, made.account.gid)
        command = [
            *made.account.prefix,
            str(made.binaries / "initdb"),
            "-D",
            str(folder),
            "-U",
            "postgres",
            "--auth=trust",
        ]
        subprocess.run(command, check=True, capture_output=True, cwd="/", **made.account.popen())
        shutil.rmtree(folder)

    return side_by_side(ours, least, rounds=3)
