"""The standing of one responsibility in one quarter: what was owed, what came in, which light it shows.

Everything that counts submissions groups these rows; nothing else decides what counts as reported or verified, and
tasks.cycles.lateness alone decides what is on time. The rules:

- **As known at** a moment: versions submitted and decisions made after it do not exist yet, and the
  responsibilities are those on record then. A decision is the last one on record then: one that was taken back 撤销
  or corrected 更正 later still counts, and a version that was withdrawn 撤回 by then is neither reported nor on time.
  The agency that holds the duty in the quarter owes the submission; a version under another duty, or of an agency that does not hold the duty on record, does not count for it. Drafts
  are never read.
- **In force** is the latest accepted version, or the latest one while none is accepted: a newer version that
  is not decided yet changes nothing that was verified (`pending` says that there is one). Light, words and
  figures all come from this one version, so that the reported and the verified light belong together.
- **Light**: the verified one, before that the reported one, grey when nothing was submitted. A version that was
  sent back still counts as reported, unverified. `verified` says that the decision was made: by the office on a
  lead's submission, by the lead (which adopts it) on a co-submission.
- **另渠道报送** is a submission without content and so without a light: it counts as reported and has its date like
  any other; the light is grey while the state says that it was submitted.
- **On time** is a first submission by the due moment, by the dates known then and what the agency was granted by
  then; a submission that was sent back keeps its first moment.
- **Ended.** Of a task that was closed 销号 nothing is owed from the quarter on that the office set, and it shows
  blue, state closed; a withdrawn one is grey, state withdrawn, and counts nowhere. Both still have a row for the
  agency that would hold the duty; `owed` is False for them.
- **Exempt.** What the plan's filing rules do not require (tasks.plans.filing_rules) is not owed, state and light
  exempt, unless it was submitted all the same.
- **Backfilled 补录.** What the office took from a ledger, for a quarter that was never opened on the site: shown with its
  light, state backfilled, not verified, neither owed nor on time nor late, and outside rates and scores.
- **Closer.** Of a task that is reported on more often than its plan (TaskRhythm) a period of the plan reads the latest
  return in it, as it stands by the dates of its own cycle; without one the latest cycle in it says what was due.
- **Stale** is looked up for missing submissions only and never counted: the last earlier quarter with a submission,
  and the light that it showed.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import lru_cache
from typing import Any

from tasks.cycles import lateness
from tasks.standing.statements import STANDING, Statement, parameters
from tasks.values import BACKFILLED, Duty, Period

MISSING = "missing"
SUBMITTED = "submitted"
RETURNED = "returned"
ACCEPTED = "accepted"
CLOSED = "closed"
WITHDRAWN = "withdrawn"
EXEMPT = "exempt"  # nothing is required of the role in the quarter, and nothing was submitted


# Not frozen, because a page reads hundreds and a frozen one takes three times as long to make; nobody changes one.
@dataclass(slots=True, unsafe_hash=True)
class Standing:
    """How one responsibility stands in one quarter, as known at a moment. See the module for the rules."""

    quarter: Period
    plan_id: int
    task_id: int
    agency_id: int
    role: str  # as the plan prints it: a Duty
    duty: str  # as which the submission is filed: lead consolidates and gives the task its light, co goes to the lead
    responsibility_id: int

    state: (
        str  # of the version in force: missing, submitted, returned, accepted; closed, withdrawn of the task
    )
    light: str  # the light that counts; grey when there is none
    verified: bool
    reported_light: str  # "" when missing or filed 另渠道
    verified_light: str  # "" until the office decided, and for every co-return
    verification: str
    progress: int | None
    no_progress: bool
    elsewhere: bool

    submission_id: int | None
    version_id: int | None  # the version in force
    number: int | None
    pending: bool  # a newer version than the one in force awaits its decision
    first_submitted_at: datetime | None
    submitted_at: datetime | None  # of the version in force
    decided_at: datetime | None

    due_at: datetime | None  # None: the office never opened the quarter
    on_time: bool | None  # None when missing
    days_late: int  # calendar days after the due day: to the first submission, or when missing to known_at

    stale_quarter: Period | None  # of a missing one: the last quarter that this agency reported on this duty
    stale_light: str
    task_stale_quarter: Period | None  # of a missing lead: the last that the task's lead of then reported
    task_stale_light: str

    @property
    def counted_as(self) -> Duty:
        """Among which submissions it is counted: those of leads, of which a task may have several, or all others.
        `COUNTED_AS_SQL` says the same in SQL."""
        return Duty.LEAD if self.role == Duty.LEAD else Duty.CO

    @property
    def owed(self) -> bool:
        """Whether a submission is owed at all; `OWED_SQL` says the same in SQL."""
        return self.state not in {CLOSED, WITHDRAWN, EXEMPT, BACKFILLED}

    @property
    def reported(self) -> bool:
        """Whether what is owed was submitted; `REPORTED_SQL` says the same in SQL."""
        return self.owed and self.state != MISSING

    def is_overdue(self, now: datetime) -> bool:
        """Whether a submission at that moment would be late; False where the office never opened the quarter."""
        return lateness.is_overdue(self.due_at, now)


def standing(plan_ids: Sequence[int], quarter: Period, *, known_at: datetime) -> list[Standing]:
    """Every responsibility of the plans in the quarter, in the plan's order, whoever consolidates first. One query."""
    return standing_between(quarter, quarter, known_at=known_at, plan_ids=plan_ids)


def standing_between(
    first: Period,
    last: Period,
    *,
    known_at: datetime,
    plan_ids: Sequence[int] | None = None,
    task_ids: Sequence[int] | None = None,
    agency_ids: Sequence[int] | None = None,
) -> list[Standing]:
    """The same for each quarter from first to last, of whole plans or of some tasks or agencies. One query.

    What is None does not narrow; a list does, an empty one to nothing.
    """
    tasks, narrow = ["true"], "true"
    values = parameters(first, last, known_at)
    if plan_ids is not None:
        tasks.append("t.plan_id = ANY(%(plan_ids)s)")
        values["plan_ids"] = list(plan_ids)
    if task_ids is not None:
        tasks.append("t.id = ANY(%(task_ids)s)")
        values["task_ids"] = list(task_ids)
    if agency_ids is not None:
        narrow = "{x}.agency_id = ANY(%(agency_ids)s)"
        values["agency_ids"] = list(agency_ids)
    names, rows = Statement(STANDING, " AND ".join(tasks), narrow).rows(values, plan_ids)
    assert names == _FIELDS
    return [_standing(row) for row in rows]


_FIELDS = [field.name for field in fields(Standing)]
_QUARTERS = [_FIELDS.index(name) for name in ("quarter", "stale_quarter", "task_stale_quarter")]


def _standing(row: tuple[Any, ...]) -> Standing:
    """The row, whose columns are the fields in their order; quarters come as ordinals."""
    values = list(row)
    for place in _QUARTERS:
        if values[place] is not None:
            values[place] = _quarter(values[place])
    return Standing(*values)


_quarter = lru_cache(maxsize=200)(Period.from_ordinal)  # hundreds of rows name the same few quarters
