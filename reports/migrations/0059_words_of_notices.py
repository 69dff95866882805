"""Words of notices and instructions are found by an index."""

import django.contrib.postgres.indexes
import django.db.models.functions.text
import tasks.grams
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0058_coordination'),
        ('tasks', '0164_words_of_versions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='instruction',
            index=django.contrib.postgres.indexes.GinIndex(tasks.grams.Grams(django.db.models.functions.text.Concat(models.F('leader'), models.Value('\x1e'), models.F('words'), output_field=models.TextField())), name='instruction_words'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=django.contrib.postgres.indexes.GinIndex(tasks.grams.Grams(django.db.models.functions.text.Concat(models.F('doc_number'), models.Value('\x1e'), models.F('title'), models.Value('\x1e'), models.F('text'), output_field=models.TextField())), name='notice_words'),
        ),
    ]
