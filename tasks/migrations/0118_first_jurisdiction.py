"""The plans and agencies that a site has belong to one jurisdiction, whose words are those of the site's settings."""

from django.conf import settings
from django.db import migrations

# The sites so far: one province each. The functions of the application may change; this stays.
_OWN = "青海"


def give(apps, schema_editor):
    jurisdictions = apps.get_model("tasks", "Jurisdiction")
    plans, agencies = apps.get_model("tasks", "Plan"), apps.get_model("tasks", "Agency")
    # The model of a migration has no managers of its own: it sees plans that were taken back too.
    if not plans._base_manager.exists() and not agencies._base_manager.exists():
        return
    office = settings.BRIEF_OFFICE
    group = office.removesuffix("办公室")
    is_own = office.startswith(_OWN)
    first = jurisdictions.objects.create(
        name=f"{_OWN}省" if is_own else group[:40],
        level="province",
        abbreviation="青" if is_own else "",
        leading_group=group if group.endswith("领导小组") else "",
        office=office,
        notice_mark=settings.NOTICE_MARK[:20],
    )
    for model in (plans, agencies):
        model._base_manager.filter(jurisdiction=None).update(jurisdiction=first)


class Migration(migrations.Migration):
    dependencies = [("tasks", "0117_jurisdictions")]

    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
