"""A province of many plans with 40 quarters filed, in a database of its own that is thrown away: millions of returns.

Every plan has the first one's shape (39 items, 485 duties of the same bodies, sectors and directions); of ten returns
nine are filed, one of ten twice, nine of ten decided. The rows are made quarter by quarter, as a province files them,
and come in by COPY without the tables' indexes and look-ups of foreign keys, which are made again afterwards; CHECK
constraints hold throughout. One million returns take about a minute and 1.5 GB, ten about ten minutes and 15 GB.
"""

import random
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import TextIOBase
from typing import TYPE_CHECKING, Any

import bench

if TYPE_CHECKING:
    from tasks.models import Plan

MILLION = 1_000_000
BYTES_A_RETURN = 2000  # with room for the sorts of the indexes
KNOWN_AT = datetime(2026, 6, 1, tzinfo=UTC)
_TABLES = ("tasks_submission", "tasks_version")
_LIGHTS = ("green", "green", "green", "green", "yellow", "yellow", "red", "blue")
_DONE = "按计划推进，完成阶段性目标。" * 4


@dataclass(frozen=True)
class Province:
    """The database, and what a measurement of it needs to know."""

    name: str
    plan_ids: tuple[int, ...]
    returns: int
    versions: int
    copied_in: float  # seconds
    bytes: int

    @property
    def plan(self) -> "Plan":
        """One plan out of the middle."""
        from tasks.models import Plan

        return Plan.objects.get(pk=self.plan_ids[len(self.plan_ids) // 2])


def turn_to(returns: int) -> Province:
    """This process's connections go to the province of so many returns, which is made if need be."""
    from tests import rig

    made = _made(returns)
    rig.turn_to(made.name)
    return made


@cache
def _made(returns: int) -> Province:
    from django.conf import settings

    from tests import rig

    room = shutil.disk_usage(settings.DATA_DIR).free
    if room < returns * BYTES_A_RETURN:
        raise SystemExit(
            f"{returns:,} returns need {returns * BYTES_A_RETURN / 2**30:.0f} GB of disk; {room / 2**30:.0f} GB are free."
        )
    name = f"{bench.database}_{returns // MILLION}m"
    rig.drop(name)
    rig.create(name, rig.TEMPLATE)
    bench.cleanup.callback(rig.drop, name)
    bench.cleanup.callback(rig.turn_to, bench.database)
    rig.turn_to(name)
    owed = _plans(returns)
    begin = time.perf_counter()
    heads, versions = _fill(name, owed, returns)
    taken = time.perf_counter() - begin
    rig.turn_to(name)
    return Province(name, tuple(dict.fromkeys(row[0] for row in owed)), heads, versions, taken, _size(name))


def _size(name: str) -> int:
    from tests import rig

    with closing(rig.admin()) as door, door.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(%s)", [name])
        return int(cursor.fetchone()[0])


# -- plans --------------------------------------------------------------------------------------------------


def _plans(returns: int) -> list[tuple[int, int, int, str]]:
    """As many plans as that many returns make, with their cycles. (plan, task, agency, duty) of all that is owed."""
    from django.db.backends.postgresql.psycopg_any import DateTimeTZRange, NumericRange

    from tasks.models import (
        Cycle,
        Direction,
        Plan,
        Responsibility,
        Sector,
        Task,
        TaskGroup,
        TaskSector,
    )
    from tasks.values import Origin, Period

    first = Plan.objects.get(slug="qinghai-2016-48")
    outside = {"origin": Origin.OUTSIDE, "origin_note": "测量用"}
    duties = list(Responsibility.objects.filter(task__plan=first).order_by("task__order", "order", "id"))
    links = list(TaskSector.objects.filter(task__plan=first))
    quarters = list(Period.span(Period(2016, 1), Period(2025, 4)))
    count = max(1, round(returns / (0.9 * len(duties) * len(quarters))))
    plans = Plan.objects.bulk_create(
        Plan(
            slug=f"plan-{number}",
            title=f"第{number}号行动方案",
            doc_number=f"测政〔2016〕{number}号",
            in_force_from=date(2016, 1, 1),
            in_force_to=date(2025, 12, 31),
            text="测",
            text_sha256="0" * 64,
        )
        for number in range(1, count + 1)
    )

    def copies(
        model: Any, sources: list[Any], **parents: dict[tuple[int, int], Any]
    ) -> dict[tuple[int, int], Any]:
        """{(plan, source): its copy in that plan}; `parents` are the copies that it hangs on."""
        keys = [(plan.pk, source) for plan in plans for source in sources]
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if field.attname not in {"id", "plan_id", "passage_id", "body_id", "origin", "origin_note"}
        ]
        rows = []
        for plan_id, source in keys:
            values = {name: getattr(source, name) for name in fields}
            for name, made in parents.items():
                if values[f"{name}_id"] is not None:
                    values[f"{name}_id"] = made[plan_id, values[f"{name}_id"]].pk
            if any(field.attname == "plan_id" for field in model._meta.concrete_fields):
                values["plan_id"] = plan_id
            rows.append(model(**values, **outside))
        made = model.objects.bulk_create(rows, batch_size=5000)
        return {(plan_id, source.pk): row for (plan_id, source), row in zip(keys, made, strict=True)}

    groups = copies(TaskGroup, list(first.groups.all()))
    sectors = copies(Sector, list(first.sectors.all()))
    directions = copies(Direction, list(Direction.objects.filter(sector__plan=first)), sector=sectors)
    tasks = copies(Task, list(first.tasks.all()), group=groups)
    copies(TaskSector, links, task=tasks, sector=sectors, direction=directions)
    owed = [(plan.pk, tasks[plan.pk, duty.task_id].pk, duty) for plan in plans for duty in duties]
    Responsibility.objects.bulk_create(
        (
            Responsibility(
                task_id=task,
                agency_id=duty.agency_id,
                role=duty.role,
                duty=duty.duty,
                order=duty.order,
                valid=NumericRange(None, None),
                known=DateTimeTZRange(None, None),
                **outside,
            )
            for _plan, task, duty in owed
        ),
        batch_size=5000,
    )
    Cycle.objects.bulk_create(
        (
            Cycle(
                plan=plan,
                quarter=quarter,
                opened_at=_opened(quarter),
                co_due=_opened(quarter) + timedelta(days=4),
                lead_due=_opened(quarter) + timedelta(days=9),
                decision_due=_opened(quarter) + timedelta(days=14),
                closes_at=_opened(quarter) + timedelta(days=29),
            )
            for quarter in quarters
            for plan in plans
        ),
        batch_size=5000,
    )
    return [(plan, task, duty.agency_id, duty.duty) for plan, task, duty in owed]


def _opened(quarter: Any) -> datetime:
    following = (quarter + 1).first_day
    return datetime(following.year, following.month, following.day, 1, tzinfo=UTC)


# -- returns ------------------------------------------------------------------------------------------------


def _fill(name: str, owed: list[tuple[int, int, int, str]], returns: int) -> tuple[int, int]:
    """Both tables, by COPY."""
    from tasks.models import Cycle
    from tasks.values import Role
    from tests import factories as make
    from tests import rig

    clerk = make.user(Role.APPROVER, password=None).pk
    cycles = {
        (plan, quarter.ordinal): pk
        for plan, quarter, pk in Cycle.objects.values_list("plan", "quarter", "pk")
    }
    quarters = [(_quarter(ordinal), ordinal) for ordinal in sorted({ordinal for _plan, ordinal in cycles})]
    rig.turn_to(bench.database)  # nobody else is in the database while its indexes are away
    counted: dict[str, int] = {}
    with closing(rig.admin(name)) as door, door.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '1GB'")
        cursor.execute(
            "SET session_replication_role = 'replica'"
        )  # foreign keys are right by the way they are made
        again = _take_indexes(cursor)
        for table, lines in (
            ("tasks_submission", _heads(owed, quarters, cycles, clerk)),
            ("tasks_version", _versions(owed, quarters, clerk)),
        ):
            columns = _HEAD if table == "tasks_submission" else _VERSION
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", _Lines(lines), size=1 << 16)
            counted[table] = cursor.rowcount
        for statement in again:
            cursor.execute(statement)
        for table in _TABLES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}")  # noqa: S608
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("CHECKPOINT")
    return counted["tasks_submission"], counted["tasks_version"]


def _take_indexes(cursor: Any) -> list[str]:
    """Drop what would be kept up row by row; the statements that make it again."""
    again = []
    for table in _TABLES:
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'u'",
            [table],
        )
        for constraint, definition in cursor.fetchall():
            again.append(f'ALTER TABLE {table} ADD CONSTRAINT "{constraint}" {definition}')
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{constraint}"')
        cursor.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s AND indexname NOT LIKE '%%_pkey'",
            [table],
        )
        for index, definition in cursor.fetchall():
            again.append(definition)
            cursor.execute(f'DROP INDEX "{index}"')
    return again


_HEAD = (
    "id, cycle_id, quarter, task_id, agency_id, duty, state, light, progress, done, no_progress, no_progress_reason, "
    "problems, coordination, next_steps, judgement, light_reason, elsewhere, figures, revision, saved_at, saved_by_id, "
    "adopted"
)
_VERSION = (
    "id, submission_id, number, quarter, task_id, agency_id, duty, light, progress, done, no_progress, "
    "no_progress_reason, problems, coordination, next_steps, judgement, light_reason, elsewhere, submitted_at, "
    "submitted_by_id, recorded_at, decision, decided_at, decided_by_id, verified_light, verification, decision_note, "
    "field_notes"
)
# (returned once, decided, light, progress, hours until it was first filed, hours until it was filed again)
_Drawn = tuple[bool, bool, str, int, int, int]


def _drawn(
    owed: Iterable[tuple[int, int, int, str]], quarters: list[tuple[Any, int]]
) -> Iterator[tuple[Any, int, int, int, int, str, _Drawn]]:
    """(quarter, its ordinal, plan, task, agency, duty, what chance says) of every return, the same each time. Of
    the last quarter nothing is decided yet."""
    bits = random.Random(48).getrandbits  # noqa: S311
    last = quarters[-1][1]
    for quarter, ordinal in quarters:
        for plan, task, agency, duty in owed:
            if bits(10) > 921:
                continue
            drawn = bits(40)
            twice = drawn & 1023 < 102
            decided = (drawn >> 10) & 1023 < 921 and ordinal != last
            hours = (drawn >> 20) & 127
            yield (
                quarter, ordinal, plan, task, agency, duty,
                (twice, decided, _LIGHTS[(drawn >> 27) & 7], (drawn >> 30) & 63, hours, hours + 1 + ((drawn >> 36) & 15)),
            )  # fmt: skip


def _heads(
    owed: list[tuple[int, int, int, str]],
    quarters: list[tuple[Any, int]],
    cycles: dict[tuple[int, int], int],
    by: int,
) -> Iterator[str]:
    times = _Times()
    for number, (quarter, ordinal, plan, task, agency, duty, drawn) in enumerate(_drawn(owed, quarters), 1):
        twice, decided, light, progress, first, again = drawn
        state = "accepted" if decided else "submitted"
        yield (
            f"{number}\t{cycles[plan, ordinal]}\t{ordinal}\t{task}\t{agency}\t{duty}\t{state}\t{light}\t{progress}\t"
            f"{_DONE}\tf\t\t[]\t\t\t\t\tf\t{{}}\t1\t{times(quarter, again if twice else first)}\t{by}\t[]\n"
        )


def _versions(
    owed: list[tuple[int, int, int, str]], quarters: list[tuple[Any, int]], by: int
) -> Iterator[str]:
    times = _Times()
    pk = 0
    for head, (quarter, ordinal, _plan, task, agency, duty, drawn) in enumerate(_drawn(owed, quarters), 1):
        twice, decided, light, progress, first, again = drawn
        about = f"{ordinal}\t{task}\t{agency}\t{duty}\t{light}\t{progress}\t{_DONE}\tf\t\t[]\t\t\t\t\tf"
        if twice:
            pk += 1
            filed, sent_back = times(quarter, first), times(quarter, first + 1)
            yield (
                f"{pk}\t{head}\t1\t{about}\t{filed}\t{by}\t{filed}\treturned\t{sent_back}\t{by}\t\tunverified\t"
                "请补充。\t{}\n"
            )
        pk += 1
        filed = times(quarter, again if twice else first)
        if decided:
            lead = duty == "lead"
            decision = f"accepted\t{times(quarter, 200)}\t{by}\t{light if lead else ''}\t{'true' if lead else 'unverified'}"
        else:
            decision = "\t\\N\t\\N\t\tunverified"
        yield f"{pk}\t{head}\t{2 if twice else 1}\t{about}\t{filed}\t{by}\t{filed}\t{decision}\t\t{{}}\n"


class _Times:
    """Text of a moment so many hours after the quarter was opened; of one quarter at a time."""

    def __init__(self) -> None:
        self.quarter: Any = None
        self.texts: list[str] = []

    def __call__(self, quarter: Any, hours: int) -> str:
        if quarter is not self.quarter:
            opened = _opened(quarter)
            self.quarter = quarter
            self.texts = [(opened + timedelta(hours=hour)).isoformat() for hour in range(201)]
        return self.texts[hours]


class _Lines(TextIOBase):
    """An iterator of lines as the file that COPY reads."""

    def __init__(self, lines: Iterator[str]) -> None:
        self.lines = lines

    def read(self, size: int | None = -1) -> str:
        """About `size` characters, whole lines; "" at the end."""
        taken, length = [], 0
        for line in self.lines:
            taken.append(line)
            length += len(line)
            if size is not None and 0 < size <= length * 3:
                break
        return "".join(taken)


def _quarter(ordinal: int) -> Any:
    from tasks.values import Period

    return Period.from_ordinal(ordinal)
