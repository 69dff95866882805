"""The SQL behind standings: one row for each responsibility and quarter, by the rules of tasks.standing.queries.

`Statement` runs SQL that groups or extends these rows.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cached_property, partial
from typing import Any, ClassVar

from django.conf import settings
from django.db import connection

from tasks.cycles.lateness import days_after_sql, due_sql, on_time_sql
from tasks.standing.prepared import run_prepared
from tasks.values import Period, Rhythm, ends_half_year_sql

# Of a row `s` of the relation.
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
def _required(period: str, first: str, last: str) -> str:
    """The condition; `period` is the plan's own, `first` and `last` are those in which a call counts."""
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
            WHERE l.task_id = r.task_id AND l.role = 'lead' AND l.valid @> {period}
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


# One row per responsibility and quarter, without the stale look-ups; see `Statement`.
#
# A quarter at a time, so that one quarter costs the same whatever else is asked, its versions come in the order of
# their index, and what is sorted or hashed fits in memory. Within it, what is owed and what was filed are joined FULL,
# though only what is owed is kept: such a join hashes or merges, whatever the planner believes of the tables. (With
# LEFT, and statistics missing after a large import, it took the filed side for a single row and computed it again for
# each row of the other.) OFFSET 0 keeps the planner from turning it into LEFT, and each quarter by itself; COALESCE
# gives it half of the duties as its guess of those valid in the quarter, where it would take a thousandth.
def _relation(
    *,
    periods: str,
    joined: str,
    period: str,
    rhythm: str,
    required: str,
    opened: str = "NULL::int",
    filed_in_parts: str = "",
    cycle: str = "q.quarter",
) -> str:
    """The standing of tasks of one rhythm: `periods` selects `n.quarter` and what else is needed of a period; `joined` joins
    what the rhythm needs, `period` is the plan's own period, and `rhythm` chooses the responsibilities; `opened` is the
    last cycle within the period, `filed_in_parts` adds versions of its parts, `cycle` names the cycle whose dates hold."""
    return f"""
SELECT q.quarter, one.*
FROM ({periods} ORDER BY n.quarter) q
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
        {joined}
        LEFT JOIN tasks_taskterm e
          ON e.task_id = r.task_id AND e.status IN ('closed', 'withdrawn') AND e.valid @> {period}
             AND e.known @> %(known_at)s::timestamptz
        LEFT JOIN tasks_filingrule f
          ON f.plan_id = t.plan_id AND f.role = r.role AND f.valid @> {period}
             AND f.known @> %(known_at)s::timestamptz
        WHERE COALESCE(r.valid @> {period}, false) AND {rhythm} AND r.known @> %(known_at)s::timestamptz AND {{held}}
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
        WHERE (state = 'granted' OR state = 'revoked' AND revoked_at > %(known_at)s)
              AND decided_at <= %(known_at)s GROUP BY cycle_id, agency_id, duty
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


# Where every task follows its plan's rhythm, and the plan's periods are of the kind that is asked for: a task needs no
# rhythm looked up, and the planner takes a quarter of the time.
_PLAIN = _relation(
    periods="SELECT n.quarter FROM generate_series(%(first)s::int, %(last)s::int) AS n (quarter)",
    joined="",
    period="q.quarter",
    rhythm="true",
    required=_required("q.quarter", "q.quarter", "q.quarter"),
)
# Otherwise two halves: tasks by their plan's own rhythm, and those with a closer one, which ask for more. Apart, because
# what closer ones ask for would cost every task its order by the index.
_PERIODS = """SELECT n.* FROM unnest(
        %(quarters)s::int[], %(starts)s::date[], %(in_quarter)s::int[], %(in_half)s::int[], %(in_year)s::int[]
    ) AS n (quarter, starts, in_quarter, in_half, in_year)"""
_BY_OWN_RHYTHM = _relation(
    periods=_PERIODS,
    joined="JOIN tasks_plan g ON g.id = t.plan_id CROSS JOIN LATERAL (SELECT q.quarter) own (period)",
    period="own.period",
    rhythm=f"""g.rhythm = %(kind)s AND NOT EXISTS (
            SELECT FROM tasks_taskrhythm h
            WHERE h.task_id = r.task_id AND h.valid @> q.quarter AND h.known @> %(known_at)s::timestamptz
              AND {_BEFORE_DEADLINE}
        )""",
    required=_required("own.period", "q.quarter", "q.quarter"),
)
_BY_CLOSER_RHYTHM = _relation(
    periods=_PERIODS,
    joined=f"""JOIN tasks_plan g ON g.id = t.plan_id
        CROSS JOIN LATERAL (
            SELECT CASE g.rhythm WHEN %(kind)s THEN q.quarter WHEN 'quarter' THEN q.in_quarter
                        WHEN 'half' THEN q.in_half WHEN 'year' THEN q.in_year END
        ) own (period)
        JOIN ({_CLOSER}) h ON h.task_id = r.task_id AND h.valid @> own.period AND {_BEFORE_DEADLINE}""",
    period="own.period",
    rhythm="(g.rhythm = %(kind)s OR h.kind = %(kind)s)",
    required=_required("own.period", "COALESCE(h.first, q.quarter)", "COALESCE(h.last, q.quarter)"),
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
)
_FULL = f"{_BY_OWN_RHYTHM} UNION ALL {_BY_CLOSER_RHYTHM}"


# What a missing return `s` falls back on: of the last earlier quarter in which the agency filed on the duty, the version
# that counts. The quarter is found first, by one descent of the index, so that it costs the same however many there are.
# `s.state = 'missing'` stands inside, so that rows which came in never look.
def _earlier(agency: str, also: str) -> str:
    filed = (
        f"""w.task_id = s.task_id AND w.agency_id = {agency} AND w.duty = s.duty AND {_FILED} AND {also}"""
    )
    return f"""
SELECT w.quarter, w.submitted_at, w.id, {_DECISION} = 'accepted' AS accepted,
       COALESCE(NULLIF({_VERIFIED}, ''), NULLIF(w.light, ''), 'grey') AS light
FROM (
    SELECT w.quarter FROM tasks_version w WHERE s.state = 'missing' AND w.quarter < s.quarter AND {filed}
    ORDER BY w.quarter DESC LIMIT 1
) k
JOIN tasks_version w ON w.quarter = k.quarter AND {filed} {_RECORD}
{_LATEST}"""  # noqa: S608 — made of constants; every value is a parameter


_LATEST = "ORDER BY quarter DESC, accepted DESC, submitted_at DESC, id DESC LIMIT 1"

# Every standing with its stale lights, for `Statement`.
STANDING = f"""
SELECT s.quarter, s.plan_id, s.task_id, s.agency_id, s.role, s.duty, s.responsibility_id, s.state, s.light,
       s.verified, s.reported_light, s.verified_light, s.verification, s.progress, s.no_progress,
       s.elsewhere, s.submission_id, s.version_id, s.number, s.pending, s.first_submitted_at,
       s.submitted_at, s.decided_at, s.due_at, s.on_time, s.days_late,
       own.quarter AS stale_quarter, COALESCE(own.light, '') AS stale_light,
       led.quarter AS task_stale_quarter, COALESCE(led.light, '') AS task_stale_light
FROM ({{standing}}) s
LEFT JOIN LATERAL ({_earlier("s.agency_id", "true")}) own ON true
LEFT JOIN LATERAL (
    SELECT e.* FROM tasks_responsibility h
    CROSS JOIN LATERAL ({_earlier("h.agency_id", "h.valid @> w.quarter")}) e
    WHERE s.state = 'missing' AND s.duty = 'lead'
      AND h.task_id = s.task_id AND h.duty = 'lead' AND h.known @> %(known_at)s::timestamptz
    {_LATEST}
) led ON true
ORDER BY s.quarter, s.plan_id, s.task_order, s.duty = 'co', s.agency_order, s.responsibility_id
"""  # noqa: S608 — made of constants; every value is a parameter

# Whether one of the plans needs the full relation: its periods are of another kind, or a task has or had a closer rhythm.
_NEEDS_FULL = """
SELECT EXISTS (
    SELECT FROM tasks_plan g
    WHERE (%(of_plans)s::int[] IS NULL OR g.id = ANY(%(of_plans)s::int[]))
      AND (g.rhythm <> %(kind)s OR EXISTS (
          SELECT FROM tasks_taskrhythm h JOIN tasks_task u ON u.id = h.task_id WHERE u.plan_id = g.id
      ))
) AS needs_full
"""


class Statement:
    """SQL over standings, in which `{standing}` stands for the relation: `FROM ({standing}) s`. Its parameters are
    `parameters()`.

    `tasks` is a condition on `tasks_task t`. `narrow` is one on duty, task_id or agency_id of `{x}`, applied to the
    responsibilities and the versions alike (the planner cannot carry it over from outside).

    The relation has two forms with the same rows. `plain` is planned and run in less time, but holds only while each of
    the plans follows its own rhythm. The same query says whether they do, so that an answer is never wrong; plans that
    did not are remembered by the process and not tried again.
    """

    # (kind of periods, plans asked for) that needed the full relation.
    _tried: ClassVar[set[tuple[str, frozenset[int] | None]]] = set()

    def __init__(self, sql: str, tasks: str, narrow: str = "true") -> None:
        self._sql, self._tasks, self._narrow = sql, tasks, narrow

    @cached_property
    def plain(self) -> str:
        return self._with(_PLAIN)

    @cached_property
    def _asked(self) -> str:
        # A row even where there is none. The one row before a LEFT JOIN leaves those behind it in their order.
        return f"SELECT own.*, k.needs_full FROM ({_NEEDS_FULL}) k LEFT JOIN ({self.plain}) own ON true"  # noqa: S608 — made of constants; every value is a parameter

    @cached_property
    def full(self) -> str:
        return self._with(_FULL)

    def _with(self, relation: str) -> str:
        held, filed = self._narrow.replace("{x}", "r"), self._narrow.replace("{x}", "w")
        return self._sql.replace("{standing}", relation.format(tasks=self._tasks, held=held, filed=filed))

    def rows(
        self, values: Mapping[str, Any], plan_ids: Iterable[int] | None
    ) -> tuple[list[str], list[tuple[Any, ...]]]:
        """(names of the columns, rows). `plan_ids` are the plans to which `tasks` narrows, None for all. One query; two
        when this process first meets a plan that needs the full relation."""
        of_plans = None if plan_ids is None else sorted(set(plan_ids))
        asked = (values["kind"], None if of_plans is None else frozenset(of_plans))
        with connection.cursor() as cursor:
            if asked not in self._tried:
                # Few quarters are read faster than it is planned how; of many the plan should know how many.
                few = values["last"] - values["first"] < 8
                run = partial(run_prepared, cursor) if few else cursor.execute
                run(self._asked, {**values, "of_plans": of_plans})
                rows = cursor.fetchall()
                if not rows[0][-1]:
                    names = [column.name for column in cursor.description][:-1]
                    is_empty = all(value is None for value in rows[0][:-1])
                    return names, [] if is_empty else [row[:-1] for row in rows]
                self._tried.add(asked)
            cursor.execute(self.full, {**values, **places_and_parts(values["first"], values["last"])})
            return [column.name for column in cursor.description], cursor.fetchall()


def parameters(first: Period, last: Period, known_at: datetime, **values: Any) -> dict[str, Any]:
    """The values that every `Statement` needs, and those of the caller's own conditions."""
    return {
        "first": first.ordinal,
        "last": last.ordinal,
        "kind": first.kind.value,
        "known_at": known_at,
        "zone": settings.TIME_ZONE,
        **values,
    }


def places_and_parts(first: int, last: int) -> dict[str, Any]:
    """What the full relation needs besides: the periods between two ordinals; each one's place in longer ones, for plans
    of those; and their parts, for tasks that are reported on in these."""
    periods = [Period.from_ordinal(ordinal) for ordinal in range(first, last + 1)]
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
