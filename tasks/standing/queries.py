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
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection

from tasks.cycles import lateness
from tasks.cycles.lateness import days_after_sql, due_sql, on_time_sql
from tasks.values import BACKFILLED, Duty, Period, Rhythm, ends_half_year_sql

MISSING = "missing"
SUBMITTED = "submitted"
RETURNED = "returned"
ACCEPTED = "accepted"
CLOSED = "closed"
WITHDRAWN = "withdrawn"
EXEMPT = "exempt"  # nothing is required of the role in the quarter, and nothing was submitted


@dataclass(frozen=True, slots=True)
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
        `COUNTED_AS_SQL` says the same of a row of `relation`."""
        return Duty.LEAD if self.role == Duty.LEAD else Duty.CO

    @property
    def owed(self) -> bool:
        """Whether a submission is owed at all; `OWED_SQL` says the same of a row of `relation`."""
        return self.state not in {CLOSED, WITHDRAWN, EXEMPT, BACKFILLED}

    @property
    def reported(self) -> bool:
        """Whether what is owed was submitted; `REPORTED_SQL` says the same of a row of `relation`."""
        return self.owed and self.state != MISSING

    def is_overdue(self, now: datetime) -> bool:
        """Whether a submission at that moment would be late; False where the office never opened the quarter."""
        return lateness.is_overdue(self.due_at, now)


# Of a row `s` of `relation`.
COUNTED_AS_SQL = "CASE s.role WHEN 'lead' THEN 'lead' ELSE 'co' END"
OWED_SQL = "s.state NOT IN ('closed', 'withdrawn', 'exempt', 'backfilled')"
REPORTED_SQL = f"{OWED_SQL} AND s.state <> 'missing'"

_DAYS_AFTER = days_after_sql(
    "due.at", "COALESCE(v.first_submitted_at, %(known_at)s::timestamptz)", zone="%(zone)s"
)

# Of a version `w`: the decision on it as known at the moment, and whether it was withdrawn by then. The version carries
# its last decision; the records are looked up only where that one was not known yet.
_RECORD = """LEFT JOIN LATERAL (
    SELECT d.decision, d.decided_at, d.verified_light, d.verification FROM tasks_decisionrecord d
    WHERE COALESCE(w.decided_at > %(known_at)s, true) AND d.version_id = w.id AND d.decided_at <= %(known_at)s
    ORDER BY d.id DESC LIMIT 1
) d ON true"""
_DECISION = "CASE WHEN w.decided_at <= %(known_at)s THEN w.decision ELSE COALESCE(d.decision, '') END"
_DECIDED_AT = (
    "CASE WHEN w.decided_at <= %(known_at)s THEN w.decided_at WHEN d.decision <> '' THEN d.decided_at END"
)
_VERIFIED = (
    "CASE WHEN w.decided_at <= %(known_at)s THEN w.verified_light ELSE COALESCE(d.verified_light, '') END"
)
_VERIFICATION = "CASE WHEN w.decided_at <= %(known_at)s THEN w.verification ELSE COALESCE(d.verification, 'unverified') END"
_FILED = "NOT w.is_trial AND w.submitted_at <= %(known_at)s AND COALESCE(w.withdrawn_at > %(known_at)s, true)"


# Whether a responsibility `r` requires a submission in the quarter by the filing rule `f` of its role: what
# `ResponsibilityQuerySet.owed` says of one quarter.
def _required(first: str, last: str) -> str:
    """The condition; `first` and `last` are the periods in which a call counts."""
    return f"""(
    r.duty = 'lead' OR f.frequency IS NULL OR f.frequency = 'period'
    OR (f.frequency = 'half' AND {ends_half_year_sql("q.quarter")})
    OR (f.frequency = 'called' AND (
        EXISTS (
            SELECT 1 FROM tasks_call k
            WHERE k.task_id = r.task_id AND k.agency_id = r.agency_id
              AND k.quarter BETWEEN {first} AND {last}
              AND k.called_at <= %(known_at)s
        ) OR NOT EXISTS (
            SELECT 1 FROM tasks_responsibility l
            WHERE l.task_id = r.task_id AND l.role = 'lead' AND l.valid @> own.period
              AND l.known @> %(known_at)s::timestamptz
        )
    ))
)"""  # noqa: S608 — made of constants


# Tasks that are reported on more often than their plan, with the first and the last part of the period by their rhythm;
# for a period that is itself of that rhythm without either.
_CLOSER = """
SELECT a.task_id, a.kind, a.valid, i.first, i.last FROM tasks_taskrhythm a
LEFT JOIN unnest(%(of)s::int[], %(part_kind)s::text[], %(part_first)s::int[], %(part_last)s::int[])
  AS i (quarter, kind, first, last) ON i.quarter = q.quarter AND i.kind = a.kind
WHERE a.known @> %(known_at)s::timestamptz
"""
_BEFORE_DEADLINE = """NOT EXISTS (
    SELECT FROM tasks_taskterm d
    WHERE d.task_id = h.task_id AND d.deadline < q.starts AND d.valid @> own.period
      AND d.known @> %(known_at)s::timestamptz
)"""
_COLUMNS = f"""w.task_id, w.agency_id, w.duty, w.id, w.submission_id, w.number, w.light, w.progress,
    w.no_progress, w.elsewhere, w.submitted_at, w.backfill_id, w.quarter AS period,
    {_DECISION} AS decision, {_DECIDED_AT} AS decided_at,
    {_VERIFIED} AS verified_light, {_VERIFICATION} AS verification"""


# One row per responsibility and quarter, without the stale look-ups; see `relation`.
#
# A quarter at a time, so that one quarter costs the same whatever else is asked, its versions come in the order of
# their index, and what is sorted or hashed fits in memory. Within it, what is owed and what was filed are joined FULL,
# though only what is owed is kept: such a join hashes or merges, whatever the planner believes of the tables. (With
# LEFT, and statistics missing after a large import, it took the filed side for a single row and computed it again for
# each row of the other.) OFFSET 0 keeps the planner from turning it into LEFT, and each quarter by itself; COALESCE
# gives it half of the duties as its guess of those valid in the quarter, where it would take a thousandth.
def _relation(
    *, own: str, rhythm: str, opened: str, filed_in_parts: str, cycle: str, begin: str, required: str
) -> str:
    """The standing of tasks of one rhythm: `own` joins `own.period`, the plan's period, and for closer tasks `h`; `rhythm`
    chooses the responsibilities; `opened` is the last cycle within the period, `filed_in_parts` adds versions of its
    parts, `cycle` names the cycle whose dates hold; `begin` may keep all of it from running."""
    return f"""
SELECT q.quarter, one.*
FROM (
    SELECT n.* FROM unnest(
        %(quarters)s::int[], %(starts)s::date[], %(in_quarter)s::int[], %(in_half)s::int[], %(in_year)s::int[]
    ) AS n (quarter, starts, in_quarter, in_half, in_year) {begin} ORDER BY n.quarter
) q
CROSS JOIN LATERAL (
    SELECT r.plan_id, r.task_order, r.part, r.task_id, r.agency_id, r.role, r.duty,
           r.id AS responsibility_id, r."order" AS agency_order,
           CASE WHEN o.ended <> '' THEN o.ended WHEN v.id IS NULL THEN 'missing' WHEN v.backfill_id IS NOT NULL THEN 'backfilled'
                WHEN v.decision = '' THEN 'submitted' ELSE v.decision END AS state,
           CASE o.ended WHEN 'closed' THEN 'blue' WHEN 'withdrawn' THEN 'grey' WHEN 'exempt' THEN 'exempt'
                ELSE COALESCE(NULLIF(v.verified_light, ''), NULLIF(v.light, ''), 'grey') END AS light,
           CASE o.ended WHEN '' THEN COALESCE(v.decision = 'accepted', false) ELSE o.ended IN ('closed', 'exempt') END AS verified,
           COALESCE(v.light, '') AS reported_light,
           CASE o.ended WHEN 'closed' THEN 'blue' ELSE COALESCE(v.verified_light, '') END AS verified_light,
           COALESCE(v.verification, 'unverified') AS verification, v.progress,
           COALESCE(v.no_progress, false) AS no_progress, COALESCE(v.elsewhere, false) AS elsewhere,
           v.submission_id, v.id AS version_id, v.number,
           COALESCE(v.last_undecided > v.number, false) AS pending,
           CASE WHEN v.backfill_id IS NULL THEN v.first_submitted_at END AS first_submitted_at,
           v.submitted_at, v.decided_at,
           due.at AS due_at,
           CASE o.ended WHEN '' THEN {on_time_sql("v.first_submitted_at", "due.at")} END AS on_time,
           CASE WHEN o.ended <> '' THEN 0 ELSE GREATEST(0, COALESCE({_DAYS_AFTER}, 0)) END AS days_late
    FROM (
        SELECT r.id, r.task_id, r.agency_id, r.role, r.duty, r."order", t.plan_id, t."order" AS task_order, t.part,
               CASE WHEN e.status IS NOT NULL THEN e.status WHEN {required} THEN '' ELSE 'exempt' END AS ended,
               {opened} AS opened
        FROM tasks_responsibility r
        JOIN tasks_task t ON t.id = r.task_id AND {{tasks}}
        JOIN tasks_plan g ON g.id = t.plan_id
        {own}
        LEFT JOIN tasks_taskterm e
          ON e.task_id = r.task_id AND e.status IN ('closed', 'withdrawn') AND e.valid @> own.period
             AND e.known @> %(known_at)s::timestamptz
        LEFT JOIN tasks_filingrule f
          ON f.plan_id = t.plan_id AND f.role = r.role AND f.valid @> own.period
             AND f.known @> %(known_at)s::timestamptz
        WHERE COALESCE(r.valid @> own.period, false) AND {rhythm} AND r.known @> %(known_at)s::timestamptz AND {{held}}
    ) r
    FULL JOIN (
        SELECT DISTINCT ON (task_id, agency_id, duty) *,
               min(submitted_at) OVER whole AS first_submitted_at,
               max(number) FILTER (WHERE decision = '') OVER whole AS last_undecided
        FROM (
            SELECT {_COLUMNS}
            FROM tasks_version w
            JOIN tasks_task t ON t.id = w.task_id AND {{tasks}}
            {_RECORD}
            WHERE w.quarter = q.quarter AND {_FILED} AND {{filed}}
            {filed_in_parts}
        ) filed
        WINDOW whole AS (
            PARTITION BY task_id, agency_id, duty
            ORDER BY decision = 'accepted' DESC, submitted_at DESC, id DESC
            ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING  -- in the order of DISTINCT ON: one sort for both
        )
        ORDER BY task_id, agency_id, duty, decision = 'accepted' DESC, submitted_at DESC, id DESC
    ) v ON v.task_id = r.task_id AND v.agency_id = r.agency_id AND v.duty = r.duty
    LEFT JOIN tasks_cycle c ON c.plan_id = r.plan_id AND c.quarter = {cycle}
         AND NOT c.only_backfilled AND NOT c.is_trial
    LEFT JOIN tasks_pastdates p ON p.cycle_id = c.id AND p.known @> %(known_at)s::timestamptz
    LEFT JOIN (
        SELECT cycle_id, agency_id, duty, max(until) AS until FROM tasks_extension
        WHERE state = 'granted' AND decided_at <= %(known_at)s GROUP BY cycle_id, agency_id, duty
    ) x ON x.cycle_id = c.id AND x.agency_id = r.agency_id AND x.duty = r.duty
    CROSS JOIN LATERAL (
        SELECT {due_sql("r.duty", cycle="c", past="p", extended="x.until")}
    ) due (at)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN r.ended = 'exempt' AND v.id IS NOT NULL THEN '' ELSE r.ended END
    ) o (ended)
    OFFSET 0
) one
WHERE one.responsibility_id IS NOT NULL
"""  # noqa: S608 — made of constants; every value is a parameter


# Tasks by their plan's own rhythm, which are nearly all; and those with a closer one, which ask for more. Apart, because
# what closer ones ask for would cost every task its order by the index; without any closer task the second is not run.
_BY_OWN_RHYTHM = _relation(
    own="CROSS JOIN LATERAL (SELECT q.quarter) own (period)",
    rhythm=f"""g.rhythm = %(kind)s AND NOT EXISTS (
            SELECT FROM tasks_taskrhythm h
            WHERE h.task_id = r.task_id AND h.valid @> q.quarter AND h.known @> %(known_at)s::timestamptz
              AND {_BEFORE_DEADLINE}
        )""",
    opened="NULL::int",
    filed_in_parts="",
    cycle="q.quarter",
    begin="",
    required=_required("q.quarter", "q.quarter"),
)
_BY_CLOSER_RHYTHM = _relation(
    own=f"""CROSS JOIN LATERAL (
            SELECT CASE g.rhythm WHEN %(kind)s THEN q.quarter WHEN 'quarter' THEN q.in_quarter
                        WHEN 'half' THEN q.in_half WHEN 'year' THEN q.in_year END
        ) own (period)
        JOIN ({_CLOSER}) h ON h.task_id = r.task_id AND h.valid @> own.period AND {_BEFORE_DEADLINE}""",
    rhythm="(g.rhythm = %(kind)s OR h.kind = %(kind)s)",
    opened="""CASE WHEN h.first IS NOT NULL THEN (
                   SELECT max(z.quarter) FROM tasks_cycle z
                   WHERE z.plan_id = t.plan_id AND z.quarter BETWEEN h.first AND h.last
                     AND NOT z.only_backfilled AND NOT z.is_trial
               ) END""",
    filed_in_parts=f"""UNION ALL
            SELECT {_COLUMNS}
            FROM ({_CLOSER}) h
            JOIN tasks_task t ON t.id = h.task_id AND {{tasks}}
            JOIN tasks_version w ON w.task_id = h.task_id AND w.quarter BETWEEN h.first AND h.last
            CROSS JOIN LATERAL (SELECT q.quarter) own (period)
            {_RECORD}
            WHERE h.valid @> q.quarter AND {_BEFORE_DEADLINE} AND {_FILED} AND {{filed}} AND NOT EXISTS (
                SELECT FROM tasks_version z
                WHERE z.task_id = w.task_id AND z.agency_id = w.agency_id AND z.duty = w.duty
                  AND z.quarter > w.quarter AND z.quarter <= h.last AND z.submitted_at <= %(known_at)s
                  AND COALESCE(z.withdrawn_at > %(known_at)s, true) AND NOT z.is_trial
            )""",  # noqa: S608 — made of constants; every value is a parameter
    cycle="COALESCE(v.period, r.opened, q.quarter)",
    begin="WHERE EXISTS (SELECT FROM tasks_taskrhythm)",
    required=_required("COALESCE(h.first, q.quarter)", "COALESCE(h.last, q.quarter)"),
)
_RELATION = f"{_BY_OWN_RHYTHM} UNION ALL {_BY_CLOSER_RHYTHM}"

# The versions of earlier quarters that a missing return `s` can fall back on, the one that counts first.
_EARLIER = f"""
SELECT w.quarter, w.submitted_at, w.id, {_DECISION} = 'accepted' AS accepted,
       COALESCE(NULLIF({_VERIFIED}, ''), NULLIF(w.light, ''), 'grey') AS light
FROM tasks_version w {_RECORD}
WHERE w.task_id = s.task_id AND w.duty = s.duty AND w.quarter < s.quarter AND {_FILED}
"""  # noqa: S608 — made of this module's own constants; every value is a parameter
_LATEST = "ORDER BY quarter DESC, accepted DESC, submitted_at DESC, id DESC LIMIT 1"

# `s.state = 'missing'` stands inside the look-ups, so that rows which came in never run them.
_STANDING = f"""
SELECT s.quarter, s.plan_id, s.task_id, s.agency_id, s.role, s.duty, s.responsibility_id, s.state, s.light,
       s.verified, s.reported_light, s.verified_light, s.verification, s.progress, s.no_progress,
       s.elsewhere, s.submission_id, s.version_id, s.number, s.pending, s.first_submitted_at,
       s.submitted_at, s.decided_at, s.due_at, s.on_time, s.days_late,
       own.quarter AS stale_quarter, COALESCE(own.light, '') AS stale_light,
       led.quarter AS task_stale_quarter, COALESCE(led.light, '') AS task_stale_light
FROM ({_RELATION}) s
LEFT JOIN LATERAL (
    {_EARLIER} AND s.state = 'missing' AND w.agency_id = s.agency_id {_LATEST}
) own ON true
LEFT JOIN LATERAL (
    SELECT e.* FROM tasks_responsibility h CROSS JOIN LATERAL (
        {_EARLIER} AND w.agency_id = h.agency_id AND h.valid @> w.quarter {_LATEST}
    ) e
    WHERE s.state = 'missing' AND s.duty = 'lead'
      AND h.task_id = s.task_id AND h.duty = 'lead' AND h.known @> %(known_at)s::timestamptz
    {_LATEST}
) led ON true
ORDER BY s.quarter, s.plan_id, s.task_order, s.duty = 'co', s.agency_order, s.responsibility_id
"""  # noqa: S608 — made of this module's own constants; every value is a parameter


def relation(tasks: str, narrow: str = "true") -> str:
    """The standing as a relation, for SQL that groups it: `FROM (…) s`. Its parameters are `parameters()`.

    `tasks` is a condition on `tasks_task t`. `narrow` is one on duty, task_id or agency_id of `{x}`, applied
    to the responsibilities and the versions alike (the planner cannot carry it over from outside).
    """
    return _fill(_RELATION, tasks, narrow)


def parameters(first: Period, last: Period, known_at: datetime, **values: Any) -> dict[str, Any]:
    """The values that `relation` needs, and those of the caller's own conditions."""
    return {
        "first": first.ordinal,
        "last": last.ordinal,
        "kind": first.kind.value,
        **_spans(list(Period.span(first, last))),
        "known_at": known_at,
        "zone": settings.TIME_ZONE,
        **values,
    }


def _spans(periods: Sequence[Period]) -> dict[str, Any]:
    """The periods; each one's place in longer ones, for plans of those; and their parts, for tasks that are reported on
    in these."""
    values: dict[str, Any] = {
        "quarters": [one.ordinal for one in periods],
        "starts": [one.first_day for one in periods],
    }
    for kind in (Rhythm.QUARTER, Rhythm.HALF, Rhythm.YEAR):
        values[f"in_{kind.value}"] = [
            Period.of(one.last_day, kind).ordinal if kind.rank > one.kind.rank else None for one in periods
        ]
    parts = [
        (one.ordinal, kind.value, found[0].ordinal, found[-1].ordinal)
        for one in periods
        for kind in Rhythm
        if kind.rank < one.kind.rank and (found := one.parts(kind))
    ]
    for place, name in enumerate(("of", "part_kind", "part_first", "part_last")):
        values[name] = [part[place] for part in parts]
    return values


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
    with connection.cursor() as cursor:
        cursor.execute(_fill(_STANDING, " AND ".join(tasks), narrow), values)
        names = [column.name for column in cursor.description]
        return [_standing(names, row) for row in cursor.fetchall()]


def _fill(sql: str, tasks: str, narrow: str) -> str:
    return sql.format(tasks=tasks, held=narrow.format(x="r"), filed=narrow.format(x="w"))


def _standing(names: Sequence[str], row: tuple[Any, ...]) -> Standing:
    """The row by the names of its columns, which are the names of the fields; quarters come as ordinals."""
    values = dict(zip(names, row, strict=True))
    for name in _QUARTERS:
        values[name] = None if values[name] is None else _quarter(values[name])
    return Standing(**values)


_QUARTERS = ("quarter", "stale_quarter", "task_stale_quarter")


_quarter = lru_cache(maxsize=200)(Period.from_ordinal)  # hundreds of rows name the same few quarters
