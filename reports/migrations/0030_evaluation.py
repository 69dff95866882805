"""Final evaluations that somebody signed; append-only, as the files of a brief."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0021_supervision_guards'),
        ('tasks', '0062_assessments'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='FinalEvaluation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('edition', models.PositiveSmallIntegerField(verbose_name='版次')),
                ('at', models.DateTimeField(verbose_name='定稿时间')),
                ('note', models.TextField(blank=True, verbose_name='说明')),
                ('content', models.TextField(help_text='规范 JSON 文本，校验值即其 SHA-256。', verbose_name='内容')),
                ('sha256', models.CharField(max_length=64, verbose_name='校验值')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='定稿人')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evaluations', to='tasks.plan', verbose_name='方案')),
            ],
            options={
                'verbose_name': '总结评估定稿',
                'ordering': ['plan_id', '-edition'],
                'constraints': [models.UniqueConstraint(fields=('plan', 'edition'), name='evaluation_edition')],
            },
        ),
        migrations.RunSQL(
            "CREATE TRIGGER evaluation_guard BEFORE UPDATE OR DELETE ON reports_finalevaluation "
            "FOR EACH ROW EXECUTE FUNCTION reports_never_changed();",
            "DROP TRIGGER evaluation_guard ON reports_finalevaluation;",
        ),
    ]
