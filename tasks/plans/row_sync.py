"""Inserts rows that are missing, by their natural key, and leaves those that are there as they are."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from tasks.plans.plan_folder import problem

M = TypeVar("M", bound=models.Model)


def sync(model: type[M], rows: list[M], key: tuple[str, ...], **scope: Any) -> dict[tuple[Any, ...], M]:
    """Inserts the missing rows in one statement. Returns all of `rows` as stored: `{key values: row}`."""
    take: Callable[[M], tuple[Any, ...]] = lambda row: tuple(getattr(row, name) for name in key)  # noqa: E731
    manager = model._default_manager
    stored = {take(row): row for row in manager.filter(**scope)} if rows else {}
    missing = [row for row in rows if take(row) not in stored]
    check_lengths(missing)
    stored |= {take(row): row for row in manager.bulk_create(missing)}
    return {take(row): stored[take(row)] for row in rows}


def check_lengths(rows: Iterable[models.Model]) -> None:
    """Raises Problems for words that are too long for their column: the database's own error names neither."""
    for row in rows:
        for column in row._meta.concrete_fields:
            value = getattr(row, column.attname)
            most = getattr(column, "max_length", None)
            if most and isinstance(value, str) and len(value) > most:
                raise problem(
                    _("%(what)s的%(column)s“%(words)s…”有 %(now)d 字，最多 %(most)d 字，请更正后再载入。")
                    % {
                        "what": row._meta.verbose_name,
                        "column": column.verbose_name,
                        "words": value[:30],
                        "now": len(value),
                        "most": most,
                    }
                )
