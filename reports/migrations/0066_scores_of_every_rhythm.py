from django.db import migrations, models


def period():
    return models.CharField(max_length=10, verbose_name="考核期")


class Migration(migrations.Migration):
    """A month (2017M03) or two (2017M01-02) has more characters than a quarter."""

    dependencies = [("reports", "0065_words_of_brief_texts")]

    operations = [
        migrations.AlterField("appeal", "period", period()),
        migrations.AlterField("scorecorrection", "period", period()),
        migrations.AlterField("scoresheet", "period", period()),
    ]
