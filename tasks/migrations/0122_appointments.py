"""Roles become appointments. Each role of an account becomes one for all plans, in the account's own agency where the
role acts for an agency, from the beginning and without end; then the column goes."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.functions.comparison
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


AGENCY_ROLES = {"reporter", "approver", "office", "second_reviewer"}


def appoint(apps, schema_editor):
    User = apps.get_model("tasks", "User")
    Appointment = apps.get_model("tasks", "Appointment")
    Appointment.objects.bulk_create(
        (
            Appointment(
                user_id=pk, role=role, agency_id=agency_id if role in AGENCY_ROLES else None, made_at=joined
            )
            for pk, agency_id, roles, joined in User.objects.order_by("pk")
            .values_list("pk", "agency", "roles", "date_joined")
            .iterator()
            for role in sorted(set(roles))
        ),
        batch_size=2000,
    )


def give_back(apps, schema_editor):
    """What holds now in the account's own agency and for all plans; the column can say no more."""
    User = apps.get_model("tasks", "User")
    Appointment = apps.get_model("tasks", "Appointment")
    held = {}
    rows = Appointment.objects.filter(plan=None, until=None, on_behalf_of=None).order_by("role")
    for row in rows.select_related("user"):
        if row.agency_id in (None, row.user.agency_id):
            held.setdefault(row.user_id, []).append(row.role)
    for pk, roles in held.items():
        User.objects.filter(pk=pk).update(roles=roles)


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0121_plan_rhythm'),
    ]

    operations = [
        migrations.CreateModel(
            name='Appointment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('reporter', '填报员'), ('approver', '签批人'), ('office', '领导小组办公室'), ('second_reviewer', '复核人'), ('leadership', '领导小组'), ('expert', '专家'), ('viewer', '查阅'), ('accounts_admin', '系统管理员'), ('rights_admin', '安全保密管理员'), ('audit_admin', '安全审计员')], max_length=20, verbose_name='角色')),
                ('since', models.DateTimeField(blank=True, help_text='空即自建立账号起。', null=True, verbose_name='自')),
                ('until', models.DateTimeField(blank=True, help_text='不含这一刻；空即未定。', null=True, verbose_name='止')),
                ('made_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='任命时间')),
                ('reason', models.CharField(blank=True, max_length=500, verbose_name='理由')),
                ('ended_at', models.DateTimeField(null=True, verbose_name='终止时间')),
                ('end_reason', models.CharField(blank=True, max_length=500, verbose_name='终止理由')),
            ],
            options={
                'verbose_name': '任命',
            },
        ),
        migrations.AddField(
            model_name='appointment',
            name='agency',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to='tasks.agency', verbose_name='单位'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='ended_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='终止人'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='made_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='任命人'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='on_behalf_of',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='deputies', to=settings.AUTH_USER_MODEL, verbose_name='代签对象'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='plan',
            field=models.ForeignKey(blank=True, help_text='空即全部方案。', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.plan', verbose_name='方案'),
        ),
        migrations.AddField(
            model_name='appointment',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appointments', to=settings.AUTH_USER_MODEL, verbose_name='账号'),
        ),
        migrations.AddIndex(
            model_name='appointment',
            index=models.Index(models.F('agency'), models.F('role'), name='appointment_of_agency'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('agency__isnull', False), ('role__in', ['approver', 'office', 'reporter', 'second_reviewer'])), models.Q(models.Q(('role__in', ['approver', 'office', 'reporter', 'second_reviewer']), _negated=True), ('agency__isnull', True)), _connector='OR'), name='agency_roles_have_an_agency', violation_error_message='填报员、签批人、办公室和复核人必须属于一个单位。'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('role__in', ['accounts_admin', 'audit_admin', 'rights_admin']), _negated=True), models.Q(('on_behalf_of__isnull', True), ('plan__isnull', True)), _connector='OR'), name='administrators_serve_the_whole_site'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='appointment_ends_after_its_beginning'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(('on_behalf_of__isnull', True), models.Q(('role', 'approver'), ('since__isnull', False), ('until__isnull', False), models.Q(('on_behalf_of', models.F('user')), _negated=True)), _connector='OR'), name='deputy_from_a_day_to_a_day'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at__isnull', True), ('ended_by__isnull', True)), models.Q(('ended_at__isnull', False), ('until__isnull', False)), _connector='OR'), name='appointment_says_why_it_ended'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('user'), '='), (models.Func(models.F('since'), models.F('until'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&'), (models.Case(models.When(role__in=['accounts_admin', 'audit_admin', 'rights_admin'], then=models.F('role')), default=models.Value(''), output_field=models.CharField()), '<>')], name='administrators_hold_one_role', violation_error_message='系统管理员、安全保密管理员、安全审计员各由专人担任，不能兼任其他角色。'),
        ),
        migrations.AddConstraint(
            model_name='appointment',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[(models.F('user'), '='), (models.F('role'), '='), (django.db.models.functions.comparison.Coalesce(models.F('agency'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('plan'), 0), '='), (django.db.models.functions.comparison.Coalesce(models.F('on_behalf_of'), 0), '='), (models.Func(models.F('since'), models.F('until'), function='tstzrange', output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField()), '&&')], name='one_appointment_at_a_time'),
        ),
        migrations.RunPython(appoint, give_back),
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL IMMEDIATE"),
        migrations.RemoveConstraint(
            model_name='user',
            name='administrators_hold_one_role',
        ),
        migrations.RemoveConstraint(
            model_name='user',
            name='agency_roles_have_an_agency',
        ),
        migrations.RemoveField(
            model_name='user',
            name='roles',
        ),
    ]
