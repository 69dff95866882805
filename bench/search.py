"""The search beside a million returns, or as many as BENCH_RETURNS says."""

import os
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from io import StringIO
from itertools import islice
from typing import TYPE_CHECKING, Any

import bench
from bench import figure, side_by_side
from bench.filled import filled_plan

if TYPE_CHECKING:
    from tasks.models import User

VERSIONS = int(os.environ.get("BENCH_RETURNS", "1000000"))
RARE, COMMON = "钛合金", "建设"
SHOWN = 5  # hits of a kind on the page
_BATCH = 20_000
_COLUMNS = (
    "submission_id", "number", "quarter", "task_id", "agency_id", "duty", "submitted_at", "submitted_by_id", "recorded_at",
    "light", "done", "no_progress", "no_progress_reason", "problems", "coordination", "next_steps", "judgement",
    "light_reason", "elsewhere", "is_trial", "decision", "decided_at", "decided_by_id", "verified_light", "verification",
    "decision_note", "field_notes",
)  # fmt: skip


def _more(cursor: Any, count: int) -> Iterator[str]:
    """As many more versions of the returns that are there, each with three pieces of the plan's own text, as lines of COPY."""
    cursor.execute("SELECT replace(text, E'\\n', '') FROM tasks_plan WHERE slug = 'qinghai-2016-48'")
    text = cursor.fetchone()[0].translate(str.maketrans("", "", "\\\t\r"))
    cursor.execute(
        "SELECT id, quarter, task_id, agency_id, saved_at, saved_by_id FROM tasks_submission ORDER BY id"
    )
    heads = cursor.fetchall()

    def piece(n: int, step: int, length: int) -> str:
        start = n * step % len(text)
        return str(text[start : start + length])

    for n in range(count):
        head, quarter, task, agency, saved_at, by = heads[n % len(heads)]
        at = saved_at + timedelta(seconds=n)
        done = piece(n, 7919, 50) + piece(n, 104729, 40)
        row = (
            head, 10 + n // len(heads), quarter, task, agency, "co", at, by, at, "green", done, "f", "", "[]", "",
            piece(n, 1299709, 40), "", "", "f", "f", "accepted", at, by, "", "unverified", "", "{}",
        )  # fmt: skip
        yield "\t".join(map(str, row)) + "\n"


@cache
def _million() -> "User":
    """Copied past triggers and foreign keys, as a restored dump is; the indexes of words are made afterwards."""
    from tasks.values import Role
    from tests import factories as make
    from tests import rig

    filled_plan()
    door = rig.admin(bench.database)
    names = ("version_words", "version_withheld_words")
    with door.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; SET maintenance_work_mem = '512MB'")
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname IN %s", [names])
        made = [row[0] for row in cursor.fetchall()]
        cursor.execute("DROP INDEX version_words, version_withheld_words")
        cursor.execute("SELECT count(*) FROM tasks_version")
        lines = _more(cursor, VERSIONS - cursor.fetchone()[0])
        while batch := "".join(islice(lines, _BATCH)):
            cursor.copy_expert(f"COPY tasks_version ({', '.join(_COLUMNS)}) FROM STDIN", StringIO(batch))
        for definition in made:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE tasks_version")
    door.close()
    return make.user(Role.LEADERSHIP, password=None)


def _beside_its_floor(word: str, find: Any) -> tuple[float, float]:
    """The floor reads the rows that were found by their ids, from the index of the primary key alone."""
    from django.db import connection

    from reports.search.asking import Asker
    from tasks.finding import read_query
    from tasks.grams import holds
    from tasks.submissions.models import OPEN_WORDS, Version

    asker = Asker(_million(), read_query(word))
    ids = list(
        Version.objects.filter(holds([word], *OPEN_WORDS)).order_by("-pk").values_list("pk", flat=True)[:201]
    )
    assert ids

    def floor() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM tasks_version WHERE id = ANY(%s)", [ids])
            assert len(cursor.fetchall()) == len(ids)

    return side_by_side(lambda: find(asker), floor, rounds=10)


@figure("search_million_rare", "ms")
def search_rare() -> tuple[float, float]:
    """Returns with a word of three characters that one in a hundred has."""
    from reports.search.records import returns

    return _beside_its_floor(RARE, lambda asker: returns(asker, SHOWN))


@figure("search_million_common", "ms")
def search_common() -> tuple[float, float]:
    """Returns with a word that every fourth has."""
    from reports.search.records import returns

    return _beside_its_floor(COMMON, lambda asker: returns(asker, SHOWN))


@figure("search_million_nothing", "ms")
def search_nothing() -> tuple[float, float]:
    """A word of which every pair stands somewhere and that stands nowhere; the floor is that of the common word."""
    from reports.search.asking import Asker
    from reports.search.records import returns
    from tasks.finding import read_query

    return _beside_its_floor(COMMON, lambda asker: returns(Asker(asker.user, read_query("金属设建")), SHOWN))


@figure("search_million_everything", "ms")
def search_everything() -> tuple[float, float]:
    """Every kind, as page and suggestions ask for it."""
    from reports.search.queries import search

    return _beside_its_floor(RARE, lambda asker: search(asker.user, asker.query))
