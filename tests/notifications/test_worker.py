"""The whole way on real components: beat asks, the broker carries the hint, a worker tells and sends, once."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery.beat import PersistentScheduler
from django.conf import settings

from qhplan.celery import app
from qhplan.jobs import Job, JobState
from tasks.notifications import jobs
from tasks.notifications.models import Delivery, Message
from tasks.notifications.values import DeliveryState
from tests.notifications.test_digests import World
from tests.rig import Worker


@pytest.fixture
def beating(cloned_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker with beat, not started; it is the morning of 10 April 2017, and beat last looked long ago."""
    import redis

    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    client.close()
    monkeypatch.setenv("QHPLAN_NOW", "2017-04-10T09:00:00+08:00")
    worker = Worker(cloned_db, tmp_path / "worker.log", beat=True)
    schedule = PersistentScheduler(app, schedule_filename=str(worker.log.with_suffix(".schedule")))
    for entry in schedule.schedule.values():
        entry.last_run_at -= timedelta(hours=1)
    schedule.close()
    yield worker
    worker.stop()


@pytest.mark.full
def test_beat_job_and_worker_send_one_digest(beating: Worker) -> None:
    World()
    beating.start()
    beating.wait_for(lambda: Delivery.objects.filter(state=DeliveryState.SENT).exists(), 60)
    assert Message.objects.get().subject == "填报提醒：2项待办，今日截止"
    # Asked a second time, whatever the reason: nobody is told again.
    again = jobs.ask_reminders(day=Message.objects.get().day)
    beating.wait_for(lambda: Job.objects.filter(pk=again.pk, state=JobState.DONE).exists(), 30)
    assert Message.objects.count() == Delivery.objects.count() == 1
    assert beating.log.read_text().count("To: co.reporter@example.cn") == 1
    assert Job.objects.filter(kind=jobs.REMIND).count() == 2
