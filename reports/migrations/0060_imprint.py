"""The imprint of its jurisdiction with which a brief or a notice was issued is kept with it, as its office is."""

from importlib import import_module

from django.db import migrations, models

BEFORE = import_module("reports.migrations.0050_brief_wording").GUARD
GUARD = BEFORE.replace("'office','wording',", "'office','wording','imprint',")


class Migration(migrations.Migration):
    dependencies = [("reports", "0059_words_of_notices")]

    operations = [
        migrations.AddField(
            model_name="brief",
            name="imprint",
            field=models.JSONField(
                blank=True,
                help_text="印发时地区的版记；此前印发的没有。",
                null=True,
                verbose_name="版记",
            ),
        ),
        migrations.AddField(
            model_name="notice",
            name="imprint",
            field=models.JSONField(blank=True, default=dict, verbose_name="版记"),
        ),
        migrations.RunSQL(GUARD, BEFORE),
    ]
