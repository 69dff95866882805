"""What the office finds of a promise in words; append-only, as tasks_version is."""

import django.contrib.postgres.fields
import django.db.models.deletion
import tasks.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0061_paths'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='同一张表单只记一次。', unique=True)),
                ('target_order', models.PositiveSmallIntegerField(verbose_name='目标次序')),
                ('quarter', tasks.fields.QuarterField(verbose_name='评估所述季度')),
                ('verdict', models.CharField(choices=[('reached', '达到'), ('mostly', '基本达到'), ('missed', '未达到'), ('unclear', '尚无法判断')], max_length=10, verbose_name='结论')),
                ('note', models.TextField(verbose_name='理由')),
                ('evidence', models.TextField(blank=True, verbose_name='依据')),
                ('links', django.contrib.postgres.fields.ArrayField(base_field=models.URLField(max_length=500), blank=True, default=list, size=None, verbose_name='依据链接')),
                ('assessed_on', models.DateField(verbose_name='评估日期')),
                ('at', models.DateTimeField(verbose_name='记录时间')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='评估人')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assessments', to='tasks.plan', verbose_name='方案')),
            ],
            options={
                'verbose_name': '目标评估',
                'ordering': ['-quarter', '-at', '-id'],
                'indexes': [models.Index(fields=['plan', 'target_order', '-quarter', '-at'], name='assessment_of_target')],
                'constraints': [models.CheckConstraint(condition=models.Q(('note', ''), _negated=True), name='assessment_says_why')],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER assessment_guard BEFORE UPDATE OR DELETE ON tasks_assessment "
            "FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();",
            "DROP TRIGGER assessment_guard ON tasks_assessment;",
        ),
    ]
