from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0072_event_source")]

    operations = [
        migrations.AlterField(
            model_name="storedfile",
            name="name",
            field=models.CharField(
                help_text="只供显示和下载，从不用作路径。", max_length=255, verbose_name="文件名"
            ),
        ),
    ]
