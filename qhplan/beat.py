"""Beat's schedule when the clock is set back."""

from typing import Any

from celery.beat import PersistentScheduler


class Scheduler(PersistentScheduler):
    """What is noted as done later than now was done when the clock was ahead: it counts from now. Otherwise nothing would be
    due until the clock has caught up."""

    def tick(self, *args: Any, **kwargs: Any) -> Any:
        """One round; entries that wait for a moment of the former clock are looked at again."""
        ahead = [
            entry
            for entry in self.schedule.values()
            if entry.last_run_at and entry.last_run_at > entry.default_now()
        ]
        for entry in ahead:
            entry.last_run_at = entry.default_now()
        if ahead:
            self._heap = None
        return super().tick(*args, **kwargs)
