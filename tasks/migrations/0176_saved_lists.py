import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tasks", "0175_sign_ins"),
    ]

    operations = [
        migrations.CreateModel(
            name="SavedList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=200, verbose_name="清单")),
                ("name", models.CharField(max_length=20, verbose_name="名称")),
                ("query", models.CharField(max_length=1000, verbose_name="筛选条件")),
                ("at", models.DateTimeField(verbose_name="保存时间")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="所属人",
                    ),
                ),
            ],
            options={
                "verbose_name": "已存筛选",
                "ordering": ["path", "name"],
                "constraints": [models.UniqueConstraint(fields=("user", "path", "name"), name="one_name_a_list")],
            },
        ),
    ]
