import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("qhplan", "0002_changes")]

    operations = [
        migrations.CreateModel(
            name="Fault",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                ("told", models.BooleanField(default=False)),
            ],
        ),
    ]
