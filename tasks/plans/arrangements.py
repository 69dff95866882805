"""How submissions on tasks without a lead come together, as the office has arranged it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from tasks.plans.models import Arrangement
from tasks.values import Period


@dataclass(frozen=True)
class Arrangements:
    """The arrangements of some tasks, as known at a moment: `{task id: [Arrangement]}`."""

    rows: dict[int, list[Arrangement]] = field(default_factory=dict)

    def of(self, task_id: int) -> Sequence[Arrangement]:
        """All of the task's, whatever their quarters."""
        return self.rows.get(task_id, ())

    def at(self, task_id: int, quarter: Period) -> Arrangement | None:
        """The one that holds in the quarter; None where the office has set nothing."""
        return next((one for one in self.of(task_id) if quarter.within(one.valid)), None)


def arrangements(task_ids: Collection[int], known_at: datetime) -> Arrangements:
    """The tasks' arrangements. One query, and none without tasks."""
    found: dict[int, list[Arrangement]] = {}
    if task_ids:
        for row in Arrangement.objects.filter(task__in=task_ids, known__contains=known_at):
            found.setdefault(row.task_id, []).append(row)
    return Arrangements(found)
