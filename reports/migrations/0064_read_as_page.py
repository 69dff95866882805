from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0063_words_of_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="download",
            name="as_page",
            field=models.BooleanField(db_default=False, default=False, verbose_name="在页面阅读"),
        ),
    ]
