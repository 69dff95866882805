"""Words of returns are found by an index, made while the site goes on: returns are the one long table."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently
import django.db.models.functions.text
import tasks.grams
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # an index is not made concurrently within a transaction

    dependencies = [
        ('tasks', '0163_grams'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='version',
            index=django.contrib.postgres.indexes.GinIndex(tasks.grams.Grams(django.db.models.functions.text.Concat(models.F('done'), models.Value('\x1e'), models.F('no_progress_reason'), models.Value('\x1e'), models.F('next_steps'), models.Value('\x1e'), models.F('judgement'), models.Value('\x1e'), models.F('light_reason'), output_field=models.TextField())), name='version_words'),
        ),
        AddIndexConcurrently(
            model_name='version',
            index=django.contrib.postgres.indexes.GinIndex(tasks.grams.Grams(django.db.models.functions.text.Concat(tasks.grams.ProblemWords('problems'), models.Value('\x1e'), models.F('coordination'), output_field=models.TextField())), name='version_withheld_words'),
        ),
    ]
