"""Whether a report on a project is late is worked out from its first submission and the due date, and no longer stored."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0070_slugs")]

    operations = [
        # The default lets the removal be reversed where there are rows.
        migrations.AlterField(
            model_name="projectversion",
            name="is_late",
            field=models.BooleanField(default=False, verbose_name="逾期"),
        ),
        migrations.RemoveField(model_name="projectversion", name="is_late"),
    ]
