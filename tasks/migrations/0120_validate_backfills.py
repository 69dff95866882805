"""Rows that were there keep the constraints of versions: checked without a lock against writers."""

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("tasks", "0119_ledger_backfills")]
    operations = [
        ValidateConstraint("version", name="version_says_something"),
        ValidateConstraint("version", name="version_backfilled_is_not_decided"),
    ]
