"""The imprint of a jurisdiction's documents, and who reviews what the office's own agency submits."""

from django.db import migrations, models

FIELDS = {
    "report_to": ("简报报", 110),
    "send_to": ("简报送", 110),
    "distribute_to": ("简报发", 110),
    "copy_to": ("督办单抄送", 110),
    "printed_by": ("印发机关", 60),
    "second_reviewer": ("复核机构", 60),
}


class Migration(migrations.Migration):
    dependencies = [("tasks", "0164_words_of_versions")]

    operations = [
        migrations.AddField(
            model_name="jurisdiction",
            name=name,
            field=models.CharField(blank=True, default="", max_length=most, verbose_name=label),
            preserve_default=False,
        )
        for name, (label, most) in FIELDS.items()
    ]
