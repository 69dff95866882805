"""The whole way on real components: beat asks, the broker carries the hint, a worker has the file scanned."""

import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from celery.beat import PersistentScheduler
from django.conf import settings as own_settings
from django.core.files.base import ContentFile
from pytest_django.fixtures import Settings

from qhplan.celery import app
from tasks.files import storage
from tasks.files.actions import check, store
from tasks.files.values import ScanState
from tasks.models import StoredFile
from tests import factories as make
from tests.files.clamd import Clamd, clamd
from tests.files.samples import EICAR, pdf
from tests.rig import Worker


@pytest.fixture
def beating(
    cloned_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> Iterator[tuple[Worker, Clamd]]:
    """A worker with beat, not started, that knows a daemon; files lie where it looks for them."""
    import redis

    client = redis.Redis.from_url(own_settings.REDIS_URL)
    client.flushdb()
    client.close()
    settings.MEDIA_ROOT = own_settings.DATA_DIR / "media"
    worker = Worker(cloned_db, tmp_path / "worker.log", beat=True)
    schedule = PersistentScheduler(app, schedule_filename=str(worker.log.with_suffix(".schedule")))
    for entry in schedule.schedule.values():
        entry.last_run_at -= timedelta(hours=1)
    schedule.close()
    with tempfile.TemporaryDirectory() as folder, clamd(Path(folder)) as daemon:
        monkeypatch.setenv("CLAMAV_SOCKET", daemon.address)
        yield worker, daemon
        worker.stop()
    for file in StoredFile.objects.all():
        storage.drop(file.path)


@pytest.mark.full
def test_beat_job_and_worker_scan_what_waits(beating: tuple[Worker, Clamd]) -> None:
    worker, daemon = beating
    uploads = [ContentFile(pdf("好"), name="好.pdf"), ContentFile(pdf() + EICAR, name="坏.pdf")]
    store(by=make.user(password=None), checked=check(uploads, field="f"))
    worker.start()
    worker.wait_for(lambda: not StoredFile.objects.filter(scanned_at=None).exists(), 60)
    assert dict(StoredFile.objects.values_list("name", "scan_state")) == {
        "好.pdf": ScanState.CLEAN,
        "坏.pdf": ScanState.INFECTED,
    }
    assert len(daemon.scanned) == 2
