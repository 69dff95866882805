"""Slugs that the addresses of the site cannot carry are refused by the database."""

from django.core.management.base import CommandError
from django.db import migrations, models

CARRIED = r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$"
PLAN = models.Q(("slug__regex", CARRIED)) & ~models.Q(
    ("slug__in", ["assignments", "handover", "package", "projects", "workbook", "workplans"])
)
AGENCY = models.Q(("slug__regex", CARRIED)) & ~models.Q(("slug__in", ["new"]))
INDICATOR = models.Q(("slug__regex", CARRIED))
MESSAGE = "代号只能用字母、数字、连字符和下划线，以字母或数字开头，且不能是网址中的固定用词。"


def check_rows(apps, schema_editor):
    """Stop with a line for each row to rename, instead of with the database's own error about the first."""
    lines = [
        f'{name}.objects.filter(pk={pk}).update(slug="新代号")  # 现为 {slug!r}'
        for name, fits in (("Plan", PLAN), ("Agency", AGENCY), ("Indicator", INDICATOR))
        for pk, slug in apps.get_model("tasks", name).objects.exclude(fits).order_by("pk").values_list("pk", "slug")
    ]
    if lines:
        raise CommandError(
            f"升级停在 0070_slugs，数据未改动：以下 {len(lines)} 个代号网址不能使用，相关页面会出错。"
            "新代号请用小写字母、数字或连字符。请在 manage.py shell 中逐行改名，再运行 migrate：\n" + "\n".join(lines)
        )


class Migration(migrations.Migration):
    dependencies = [("tasks", "0067_region_of_zones")]

    operations = [
        migrations.RunPython(check_rows, migrations.RunPython.noop),
        *(
            migrations.AddConstraint(
                model_name=model,
                constraint=models.CheckConstraint(
                    name=f"{model}_slug_fits_addresses", condition=condition, violation_error_message=MESSAGE
                ),
            )
            for model, condition in (("plan", PLAN), ("agency", AGENCY), ("indicator", INDICATOR))
        ),
    ]
