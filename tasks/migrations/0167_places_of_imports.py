from django.db import migrations, models
from django.db.models import OuterRef, Subquery


def place_of_uploader(apps, schema_editor):
    """What was uploaded before is the work of the place in which its uploader's account is."""
    users = apps.get_model("tasks", "User").objects.filter(pk=OuterRef("uploaded_by"))
    place = Subquery(users.values("agency__jurisdiction")[:1])
    apps.get_model("tasks", "PlanImport").objects.update(jurisdiction=place)
    apps.get_model("tasks", "Ledger").objects.filter(plan=None).update(jurisdiction=place)


def field(words):
    return models.ForeignKey(
        blank=True, help_text=words, null=True, on_delete=models.PROTECT, related_name="+",
        to="tasks.jurisdiction", verbose_name="地区",
    )


class Migration(migrations.Migration):
    dependencies = [("tasks", "0166_reassign_is_reserved")]

    operations = [
        migrations.AddField("planimport", "jurisdiction", field("上传单位所在的地区，由该地区的办公室办理。")),
        migrations.AddField(
            "ledger", "jurisdiction", field("做成新方案的台账，由哪个地区的办公室办理；补录的随方案。")
        ),
        migrations.RunPython(place_of_uploader, migrations.RunPython.noop),
    ]
