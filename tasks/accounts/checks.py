"""Django system check: production refuses a database with sample data."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DatabaseError, transaction
from django.utils.translation import gettext_lazy as _

from tasks.people.queries import is_sample_database

SAMPLE_IN_PRODUCTION = _("这个数据库是示例数据库，正式环境不能使用。请把 DATABASE_URL 指向正式数据库。")


@register(Tags.database)
def real_data_in_production(
    app_configs: Any = None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Fails `migrate` (and `check --database default`) if production is connected to a sample database."""
    if not settings.PRODUCTION or "default" not in (databases or ()):
        return []
    try:
        with transaction.atomic():
            sample = is_sample_database()
    except DatabaseError:
        return []  # no table yet: a new database is no sample
    return [Error(str(SAMPLE_IN_PRODUCTION), id="qhplan.E001")] if sample else []
