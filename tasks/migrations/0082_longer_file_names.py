from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0081_roles_and_several_leads")]

    operations = [
        migrations.AlterField(
            model_name="storedfile",
            name="name",
            field=models.CharField(
                help_text="只供显示和下载，从不用作路径。", max_length=255, verbose_name="文件名"
            ),
        ),
        migrations.AddField(
            model_name="storedfile",
            name="traces",
            field=models.JSONField(
                blank=True,
                default=list,
                help_text="上传时在文件里看到的修订痕迹、批注。",
                verbose_name="编写痕迹",
            ),
        ),
    ]
