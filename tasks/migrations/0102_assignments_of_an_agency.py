"""An assignment counts in the agency that gave it. Whoever moved since their tasks were given out has left that agency:
the audit log says which it was."""

import django.db.models.deletion
from django.db import migrations, models


def fill(apps, schema_editor):
    Assignment = apps.get_model("tasks", "Assignment")
    Event = apps.get_model("tasks", "Event")
    User = apps.get_model("tasks", "User")
    Agency = apps.get_model("tasks", "Agency")
    agencies = set(Agency.objects.values_list("pk", flat=True))
    people = User.objects.filter(pk__in=Assignment.objects.values("user"))
    for user_id, agency_id in people.values_list("pk", "agency"):
        events = list(
            Event.objects.filter(subject=f"user:{user_id}", verb__in=["return.assign", "account.amend"])
            .order_by("id")
            .values_list("verb", "data")
        )
        given = [n for n, (verb, _data) in enumerate(events) if verb == "return.assign"]
        giver = agency_id
        for verb, data in events[given[-1] if given else 0 :]:
            before, after = data.get("before"), data.get("after")
            if verb != "account.amend" or not isinstance(before, dict) or not isinstance(after, dict):
                continue
            if before.get("agency") != after.get("agency"):
                giver = before.get("agency")
                break
        own = Assignment.objects.filter(user=user_id)
        if giver in agencies:
            own.update(agency=giver)
        else:
            own.delete()  # given by nobody who is known: it counts nowhere


class Migration(migrations.Migration):
    dependencies = [("tasks", "0101_decision_records_guards")]
    operations = [
        migrations.AddField(
            model_name="assignment",
            name="agency",
            field=models.ForeignKey(
                help_text="分给时所在的单位。",
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tasks.agency",
                verbose_name="单位",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="assignment",
            name="agency",
            field=models.ForeignKey(
                help_text="分给时所在的单位。",
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="tasks.agency",
                verbose_name="单位",
            ),
        ),
        migrations.RemoveConstraint(model_name="assignment", name="assignment_once"),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(fields=("user", "task", "agency"), name="assignment_once"),
        ),
    ]
