"""The picture of places that pages of the first province's plans had until now becomes that jurisdiction's."""

from django.db import migrations

_NAME = "青海省"
_LAYOUT = [["海西州", "", "海北州"], ["", "海南州", "西宁市", "海东市"], ["玉树州", "果洛州", "黄南州"]]


def keep(apps, schema_editor):
    row = apps.get_model("tasks", "Jurisdiction").objects.filter(name=_NAME).first()
    if row is not None and "layout" not in row.own_words:
        row.own_words = {**row.own_words, "layout": _LAYOUT}
        row.save(update_fields=["own_words"])


class Migration(migrations.Migration):
    dependencies = [("tasks", "0132_own_words")]

    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
