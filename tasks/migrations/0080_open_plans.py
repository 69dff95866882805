"""Plans without a day on which they end, plans that were taken back, and the plan that the site opens on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tasks", "0072_event_source")]

    operations = [
        migrations.AlterField(
            model_name="plan",
            name="in_force_to",
            field=models.DateField(blank=True, null=True, verbose_name="有效期至"),
        ),
        migrations.AddField(
            model_name="plan",
            name="is_default",
            field=models.BooleanField(default=False, help_text="登录后首先打开的方案。", verbose_name="默认方案"),
        ),
        migrations.AddField(
            model_name="plan",
            name="state",
            field=models.CharField(
                choices=[("in_use", "在用"), ("withdrawn", "已撤回")], default="in_use", max_length=10, verbose_name="状态"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_default", True)), fields=("is_default",), name="one_default_plan"
            ),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_default", True), ("state", "withdrawn"), _negated=True),
                name="withdrawn_plan_is_no_default",
            ),
        ),
    ]
