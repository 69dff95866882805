"""Official words on a cycle that holds only what was taken from a ledger. Changes no table."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("tasks", "0134_work_plan_roles"),
    ]

    operations = [
        migrations.AlterField(
            model_name='cycle',
            name='only_backfilled',
            field=models.BooleanField(db_default=False, default=False, help_text='从未开启填报，只存台账补录。', verbose_name='只有台账补录'),
        ),
    ]
