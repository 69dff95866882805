"""Beat after the clock was set back: what was done \"later\" is due again as usual."""

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from qhplan.beat import Scheduler
from qhplan.celery import app


def test_a_clock_set_back_stops_nothing(tmp_path: Path) -> None:
    scheduler = Scheduler(app=app, schedule_filename=str(tmp_path / "schedule"))
    entry = scheduler.schedule["sweep"]
    entry.last_run_at = timezone.now() + timedelta(days=1)
    assert not entry.is_due().is_due
    assert entry.is_due().next > 3600
    scheduler.apply_entry = lambda *_a, **_k: None  # type: ignore[method-assign]
    scheduler.tick()
    assert entry.last_run_at <= timezone.now()
    assert scheduler.schedule["sweep"].is_due().next <= 10
    scheduler.close()
