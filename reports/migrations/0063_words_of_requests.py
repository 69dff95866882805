"""Words of requests for coordination are found by an index."""

import django.contrib.postgres.indexes
import tasks.grams
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0062_rules_of_jurisdictions'),
        ('tasks', '0164_words_of_versions'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='coordinationrequest',
            index=django.contrib.postgres.indexes.GinIndex(tasks.grams.Grams(models.F('text')), name='coordination_words'),
        ),
    ]
