"""Rates, lights in force, lateness and sums are worked out on each request; no table keeps them."""

import re

from django.apps import apps

WORKED_OUT = re.compile(
    r"late|overdue|on_time|rate|standing|count|total|sum|missing|score|average|share|rank"
)
# What a person wrote or signed, and numbers that a document prints.
WRITTEN = {
    "CarriedTask.later",  # the task of the later plan
    "ProjectVersion.total",  # 总投资, as reported
    "Brief.total",  # 总第N期, printed
    "SeriesStart.total",
    "Tally.count",  # attempts of an hour, which are not kept one by one
}


def test_no_table_has_a_column_for_what_is_worked_out() -> None:
    """A further one is written by a person, and joins `WRITTEN` with who that is."""
    found = {
        f"{model.__name__}.{column.name}"
        for app in ("tasks", "reports")
        for model in apps.get_app_config(app).get_models()
        for column in model._meta.concrete_fields
        if WORKED_OUT.search(column.name)
    }
    assert found == WRITTEN
