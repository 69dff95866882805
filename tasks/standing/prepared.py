"""Statements that the database plans once a connection instead of each time.

Planning the standings of one quarter takes the database about as long as reading them. Their values are those of a
quarter, so that one plan serves all of them; `plan_cache_mode` (`qhplan/settings.py`) has the database keep it.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.backends.utils import CursorWrapper

_NAMED = re.compile(r"%\((\w+)\)s")
# {connection to the database: {statement: how it is run there}}
_prepared: WeakKeyDictionary[Any, dict[str, str]] = WeakKeyDictionary()


def run_prepared(cursor: CursorWrapper, sql: str, values: Mapping[str, Any]) -> None:
    """As `cursor.execute(sql, values)`, for a statement in which every value has one type wherever it stands."""
    known = _prepared.setdefault(connection.connection, {})
    if sql not in known:
        names = list(dict.fromkeys(_NAMED.findall(sql)))
        numbered = _NAMED.sub(lambda found: f"${names.index(found[1]) + 1}", sql).replace("%%", "%")
        name = f"s_{sha256(sql.encode()).hexdigest()[:16]}"
        # Past Django's own cursor: it is no query of the page. It outlives a transaction that is rolled back.
        cursor.cursor.execute(f"PREPARE {name} AS {numbered}")
        known[sql] = f"EXECUTE {name} ({', '.join(f'%({name})s' for name in names)})"
    cursor.execute(known[sql], values)
