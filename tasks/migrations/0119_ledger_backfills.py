"""Ledgers, and versions and cycles taken from them. The constraints of versions are validated in the next migration."""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0118_first_jurisdiction'),
    ]

    operations = [
        migrations.CreateModel(
            name='CarriedTask',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('light', models.CharField(blank=True, max_length=6, verbose_name='结转时的灯')),
                ('progress', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='结转时的进度（%）')),
                ('carried_at', models.DateTimeField(verbose_name='结转时间')),
                ('undone_at', models.DateTimeField(blank=True, null=True, verbose_name='撤销时间')),
            ],
            options={
                'verbose_name': '结转',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Ledger',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('open', '待核对'), ('submitted', '已提交确认'), ('discarded', '已放弃'), ('confirmed', '已补录'), ('undoing', '申请撤销'), ('undone', '已撤销'), ('imported', '已转为方案导入')], default='open', max_length=12, verbose_name='状态')),
                ('year', models.PositiveSmallIntegerField(default=0, help_text='表头没有写年份的各期，是哪一年的。', verbose_name='年份')),
                ('columns', models.JSONField(blank=True, default=list, help_text='[{head, field, first, last, year}, …]', verbose_name='各列')),
                ('answers', models.JSONField(blank=True, default=dict, verbose_name='对应任务')),
                ('uploaded_at', models.DateTimeField(verbose_name='上传时间')),
                ('submitted_at', models.DateTimeField(blank=True, null=True, verbose_name='提交时间')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='确认时间')),
                ('note', models.TextField(blank=True, help_text='退回、放弃或撤销的理由。', verbose_name='说明')),
            ],
            options={
                'verbose_name': '台账',
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='LedgerColumn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('head', models.CharField(max_length=200, verbose_name='列名')),
                ('field', models.CharField(blank=True, max_length=20, verbose_name='内容')),
                ('first', models.PositiveSmallIntegerField(default=0, help_text='0 为不分期。', verbose_name='首月')),
                ('last', models.PositiveSmallIntegerField(default=0, verbose_name='末月')),
                ('year', models.PositiveSmallIntegerField(default=0, verbose_name='年份')),
                ('named_at', models.DateTimeField(verbose_name='指定时间')),
            ],
            options={
                'verbose_name': '台账的列',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='LedgerTemplate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('columns', models.JSONField(blank=True, default=list, verbose_name='各列')),
                ('uploaded_at', models.DateTimeField(verbose_name='上传时间')),
            ],
            options={
                'verbose_name': '台账模板',
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='version',
            name='version_says_something',
        ),
        migrations.AddField(
            model_name='cycle',
            name='only_backfilled',
            field=models.BooleanField(db_default=False, default=False, help_text='从未开放填报，只存台账补录。', verbose_name='只有台账补录'),
        ),
        migrations.AlterField(
            model_name='submission',
            name='state',
            field=models.CharField(choices=[('draft', '草稿'), ('handed', '待签批'), ('submitted', '已提交'), ('returned', '已退回'), ('accepted', '已核定'), ('backfilled', '补录'), ('supplement', '待补充')], default='draft', max_length=10, verbose_name='状态'),
        ),
        migrations.AddField(
            model_name='carriedtask',
            name='carried_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='结转人'),
        ),
        migrations.AddField(
            model_name='carriedtask',
            name='earlier',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='carried_to', to='tasks.task', verbose_name='原任务'),
        ),
        migrations.AddField(
            model_name='carriedtask',
            name='later',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='carried_from', to='tasks.task', verbose_name='结转到'),
        ),
        migrations.AddField(
            model_name='carriedtask',
            name='undone_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='撤销人'),
        ),
        migrations.AddField(
            model_name='ledger',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='确认人'),
        ),
        migrations.AddField(
            model_name='ledger',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.storedfile', verbose_name='原件'),
        ),
        migrations.AddField(
            model_name='ledger',
            name='plan',
            field=models.ForeignKey(blank=True, help_text='为空是要做成一份新方案。', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ledgers', to='tasks.plan', verbose_name='方案'),
        ),
        migrations.AddField(
            model_name='ledger',
            name='plan_import',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.planimport', verbose_name='方案导入'),
        ),
        migrations.AddField(
            model_name='ledger',
            name='submitted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提交人'),
        ),
        migrations.AddField(
            model_name='ledger',
            name='uploaded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='上传人'),
        ),
        migrations.AddField(
            model_name='version',
            name='backfill',
            field=models.ForeignKey(blank=True, db_index=False, help_text='取自这份台账；为空是单位自己报送的。', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='tasks.ledger', verbose_name='台账补录'),
        ),
        migrations.AddIndex(
            model_name='version',
            index=models.Index(condition=models.Q(('backfill__isnull', False)), fields=['backfill'], name='version_backfill'),
        ),
        AddConstraintNotValid(
            model_name='version',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('coordination', ''), ('done', ''), ('elsewhere', True), ('judgement', ''), ('light', ''), ('light_reason', ''), ('next_steps', ''), ('problems', [])), models.Q(('elsewhere', False), models.Q(('light', ''), _negated=True)), models.Q(('backfill__isnull', False), ('elsewhere', False)), _connector='OR'), name='version_says_something'),
        ),
        AddConstraintNotValid(
            model_name='version',
            constraint=models.CheckConstraint(condition=models.Q(('backfill__isnull', True), models.Q(('decision', ''), ('package__isnull', True)), _connector='OR'), name='version_backfilled_is_not_decided'),
        ),
        migrations.AddField(
            model_name='ledgercolumn',
            name='jurisdiction',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tasks.jurisdiction', verbose_name='地区'),
        ),
        migrations.AddField(
            model_name='ledgercolumn',
            name='named_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='指定人'),
        ),
        migrations.AddField(
            model_name='ledgertemplate',
            name='file',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.storedfile', verbose_name='原件'),
        ),
        migrations.AddField(
            model_name='ledgertemplate',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ledger_templates', to='tasks.plan', verbose_name='方案'),
        ),
        migrations.AddField(
            model_name='ledgertemplate',
            name='uploaded_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='上传人'),
        ),
        migrations.AddConstraint(
            model_name='carriedtask',
            constraint=models.UniqueConstraint(condition=models.Q(('undone_at', None)), fields=('earlier', 'later'), name='carried_once'),
        ),
        migrations.AddConstraint(
            model_name='carriedtask',
            constraint=models.CheckConstraint(condition=models.Q(('earlier', models.F('later')), _negated=True), name='carried_to_another_task'),
        ),
        migrations.AddConstraint(
            model_name='carriedtask',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('undone_at', None), ('undone_by', None)), models.Q(('undone_at__isnull', False), ('undone_by__isnull', False)), _connector='OR'), name='carry_undone_whole_or_not'),
        ),
        migrations.AddConstraint(
            model_name='ledger',
            constraint=models.CheckConstraint(condition=models.Q(('decided_by', None), models.Q(models.Q(('decided_by', models.F('uploaded_by')), _negated=True), models.Q(('decided_by', models.F('submitted_by')), _negated=True)), _connector='OR'), name='ledger_confirmed_by_a_second_person'),
        ),
        migrations.AddConstraint(
            model_name='ledger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('state__in', ['confirmed', 'undoing', 'undone'])), models.Q(models.Q(('state__in', ['confirmed', 'undoing', 'undone']), _negated=True), ('decided_by', None)), _connector='OR'), name='ledger_decided_once_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='ledger',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('plan', None), ('plan_import__isnull', False), ('state', 'imported')), models.Q(models.Q(('state', 'imported'), _negated=True), ('plan_import', None)), _connector='OR'), name='ledger_fills_a_plan_or_makes_one'),
        ),
        migrations.AddConstraint(
            model_name='ledgercolumn',
            constraint=models.UniqueConstraint(fields=('jurisdiction', 'head'), name='ledger_column_once', nulls_distinct=False),
        ),
    ]
