"""The search beside a million returns."""

from functools import cache
from typing import TYPE_CHECKING, Any

import bench
from bench import figure, side_by_side
from bench.filled import filled_plan

if TYPE_CHECKING:
    from tasks.models import User

VERSIONS = 1_000_000
RARE, COMMON = "钛合金", "建设"
# As many more versions of the returns that are there, each with three pieces of the plan's own text.
_MORE = """
INSERT INTO tasks_version (
    submission_id, number, quarter, task_id, agency_id, duty, submitted_at, submitted_by_id, recorded_at, light, done,
    no_progress, no_progress_reason, problems, coordination, next_steps, judgement, light_reason, elsewhere, is_trial,
    decision, decided_at, decided_by_id, verified_light, verification, decision_note, field_notes
)
SELECT
    s.id, 10 + n / (SELECT count(*) FROM tasks_submission), s.quarter, s.task_id, s.agency_id, 'co',
    s.saved_at + n * interval '1 second', s.saved_by_id, now(), 'green',
    substr(p.text, 1 + (n * 7919 %% length(p.text))::int, 50) || substr(p.text, 1 + (n * 104729 %% length(p.text))::int, 40),
    false, '', '[]', '', substr(p.text, 1 + (n * 1299709 %% length(p.text))::int, 40), '', '', false, false,
    'accepted', s.saved_at + n * interval '1 second', s.saved_by_id, '', 'unverified', '', '{}'
FROM generate_series(1::bigint, %s) AS n
JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, * FROM tasks_submission) AS s
    ON s.place = n %% (SELECT count(*) FROM tasks_submission)
CROSS JOIN (SELECT replace(text, E'\\n', '') AS text FROM tasks_plan WHERE slug = 'qinghai-2016-48') AS p
"""


@cache
def _million() -> "User":
    """Written past triggers and foreign keys, as a restored dump is; the indexes of words are made afterwards."""
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
        cursor.execute(_MORE, [VERSIONS - cursor.fetchone()[0]])
        for definition in made:
            cursor.execute(definition)
        cursor.execute("VACUUM ANALYZE tasks_version")
    door.close()
    return make.user(Role.LEADERSHIP, password=None)


def _beside_its_floor(word: str, find: Any) -> tuple[float, float]:
    """The floor reads the rows that were found by their ids, from the index of the primary key alone."""
    from django.db import connection

    from reports.search.records import Asker
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

    return _beside_its_floor(RARE, returns)


@figure("search_million_common", "ms")
def search_common() -> tuple[float, float]:
    """Returns with a word that every fourth has."""
    from reports.search.records import returns

    return _beside_its_floor(COMMON, returns)


@figure("search_million_nothing", "ms")
def search_nothing() -> tuple[float, float]:
    """A word of which every pair stands somewhere and that stands nowhere; the floor is that of the common word."""
    from reports.search.records import Asker, returns
    from tasks.finding import read_query

    return _beside_its_floor(COMMON, lambda asker: returns(Asker(asker.user, read_query("金属设建"))))


@figure("search_million_everything", "ms")
def search_everything() -> tuple[float, float]:
    """Every kind, as page and suggestions ask for it."""
    from reports.search.queries import search

    return _beside_its_floor(RARE, lambda asker: search(asker.user, asker.query))
