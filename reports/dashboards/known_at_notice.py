"""Whether more is known of a page's quarter than the page shows, or less was known at the quarter's own moment."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from qhplan import clock
from reports.dashboards.page_params import Asked
from tasks.cycles.lateness import is_overdue

# What happened between two moments and concerns the quarter: versions submitted, decided (also taken back or corrected),
# withdrawn; adjustments approved that are in force in it; dates changed. Each count reads an index or a small table.
_AFTER = """
SELECT (SELECT count(*) FROM tasks_version w JOIN tasks_task t ON t.id = w.task_id
        WHERE t.plan_id = %(plan)s AND w.quarter = %(quarter)s AND NOT w.is_trial
          AND w.submitted_at > %(after)s AND w.submitted_at <= %(until)s),
       (SELECT count(*) FROM tasks_decisionrecord d
        JOIN tasks_version w ON w.id = d.version_id JOIN tasks_task t ON t.id = w.task_id
        WHERE t.plan_id = %(plan)s AND w.quarter = %(quarter)s AND NOT w.is_trial
          AND d.decided_at > %(after)s AND d.decided_at <= %(until)s),
       (SELECT count(*) FROM tasks_version w JOIN tasks_task t ON t.id = w.task_id
        WHERE t.plan_id = %(plan)s AND w.quarter = %(quarter)s AND NOT w.is_trial
          AND w.withdrawn_at > %(after)s AND w.withdrawn_at <= %(until)s),
       (SELECT count(*) FROM tasks_adjustment a
        WHERE a.plan_id = %(plan)s AND a.state = 'approved' AND a.effective <= %(quarter)s
          AND a.decided_at > %(after)s AND a.decided_at <= %(until)s),
       (SELECT count(*) FROM tasks_pastdates p JOIN tasks_cycle c ON c.id = p.cycle_id
        WHERE c.plan_id = %(plan)s AND c.quarter = %(quarter)s AND NOT c.is_trial
          AND upper(p.known) > %(after)s AND upper(p.known) <= %(until)s)
"""


@dataclass(frozen=True)
class Differs:
    """How much happened after `moment`, up to now. `is_earlier`: the page shows that moment; otherwise the page shows now,
    and the moment was the quarter's own."""

    moment: datetime
    is_earlier: bool
    submitted: int
    decided: int
    withdrawn: int
    adjusted: int
    dates: int

    @property
    def changes(self) -> list[str]:
        """Each kind of change with its count, in words."""
        counted = (
            (self.submitted, _("%(n)s 项填报")),
            (self.decided, _("%(n)s 项核定、采纳或退回")),
            (self.withdrawn, _("%(n)s 项撤回")),
            (self.adjusted, _("%(n)s 项调整")),
            (self.dates, _("%(n)s 次期限调整")),
        )
        return [words % {"n": n} for n, words in counted if n]


def differs(asked: Asked) -> Differs | None:
    """On a page as known at an earlier moment, what became known later; on a page as known now, what came after the
    office's own due date for the quarter. None when nothing did. One query, or none."""
    now = clock.now()
    if asked.is_earlier:
        after = asked.known_at
    elif asked.cycle is not None and is_overdue(asked.cycle.decision_due, now):
        after = asked.cycle.decision_due
    else:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            _AFTER,
            {"plan": asked.plan.pk, "quarter": asked.quarter.ordinal, "after": after, "until": now},
        )
        counts = cursor.fetchone()
    return Differs(after, asked.is_earlier, *counts) if any(counts) else None
