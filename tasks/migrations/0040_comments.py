"""Experts' comments. What was said is never changed; its author's withdrawal is filled in once."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

GUARD = """
CREATE FUNCTION tasks_comment_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a comment is never deleted' USING ERRCODE = 'restrict_violation';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL
       OR (to_jsonb(NEW) - ARRAY['withdrawn_at','withdrawn_reason'])
          IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['withdrawn_at','withdrawn_reason'])
    THEN
        RAISE EXCEPTION 'what was said is never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER comment_guard BEFORE UPDATE OR DELETE ON tasks_comment
    FOR EACH ROW EXECUTE FUNCTION tasks_comment_guard();
CREATE TRIGGER commentrelease_guard BEFORE UPDATE OR DELETE ON tasks_commentrelease
    FOR EACH ROW EXECUTE FUNCTION tasks_never_changed();
"""

UNDO = """
DROP TRIGGER commentrelease_guard ON tasks_commentrelease;
DROP TRIGGER comment_guard ON tasks_comment;
DROP FUNCTION tasks_comment_guard();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0021_workplans_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='同一张表单只记一次。', unique=True)),
                ('kind', models.CharField(max_length=20, verbose_name='对象类别')),
                ('subject_id', models.BigIntegerField(verbose_name='对象编号')),
                ('text', models.TextField(verbose_name='意见')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True, verbose_name='撤回时间')),
                ('withdrawn_reason', models.TextField(blank=True, verbose_name='撤回理由')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='专家')),
            ],
            options={
                'verbose_name': '专家意见',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='CommentRelease',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.agency', verbose_name='转送单位')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='经办人')),
                ('comment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='releases', to='tasks.comment', verbose_name='专家意见')),
            ],
            options={
                'verbose_name': '专家意见转送',
                'ordering': ['id'],
            },
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['kind', 'subject_id', '-at'], name='comment_of_subject'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_says_something'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('withdrawn_at__isnull', True), ('withdrawn_reason', '')), models.Q(('withdrawn_at__isnull', False), models.Q(('withdrawn_reason', ''), _negated=True)), _connector='OR'), name='comment_withdrawn_whole_or_not'),
        ),
        migrations.AddConstraint(
            model_name='commentrelease',
            constraint=models.UniqueConstraint(fields=('comment', 'agency'), name='comment_released_once'),
        ),
        migrations.RunSQL(GUARD, UNDO),
    ]
