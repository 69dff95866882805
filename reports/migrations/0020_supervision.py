"""Notices 督办 with answers, escalations and documents; instructions 批示; the rules that are data."""

import django.db.models.deletion
import tasks.fields
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('qhplan', '0001_initial'),
        ('reports', '0002_issued_is_final'),
        ('tasks', '0041_notify_kinds'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='EscalationRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('acknowledge', '未签收'), ('answer', '逾期未反馈')], max_length=12, verbose_name='情形')),
                ('after_days', models.PositiveSmallIntegerField(verbose_name='满几个工作日')),
                ('to', models.CharField(choices=[('head', '单位负责人（签批人）'), ('leadership', '领导小组')], max_length=12, verbose_name='升级到')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
            ],
            options={
                'verbose_name': '督办升级规则',
                'ordering': ['stage', 'after_days', 'to'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_active', True)), fields=('stage', 'after_days', 'to'), name='escalationrule_once'), models.CheckConstraint(condition=models.Q(('after_days__gte', 1), ('after_days__lte', 60)), name='escalationrule_in_bounds')],
            },
        ),
        migrations.CreateModel(
            name='Instruction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='同一张表单只记一次。', unique=True)),
                ('leader', models.CharField(max_length=60, verbose_name='批示人')),
                ('words', models.TextField(verbose_name='批示原文')),
                ('given_on', models.DateField(verbose_name='批示日期')),
                ('at', models.DateTimeField(verbose_name='登记时间')),
                ('transcribed', models.BooleanField(verbose_name='由办公室登记')),
                ('is_sample', models.BooleanField(verbose_name='示例数据')),
                ('aside_at', models.DateTimeField(blank=True, null=True, verbose_name='定为不交办的时间')),
                ('aside_reason', models.TextField(blank=True, verbose_name='不交办的理由')),
                ('aside_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='定为不交办的人')),
                ('brief', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='reports.brief', verbose_name='简报')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='登记人')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='tasks.plan', verbose_name='方案')),
                ('task', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='instructions', to='tasks.task', verbose_name='任务')),
            ],
            options={
                'verbose_name': '批示',
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, help_text='同一张表单只记一次。', unique=True)),
                ('quarter', tasks.fields.QuarterField(verbose_name='季度')),
                ('ground', models.CharField(choices=[('red', '红灯滞后'), ('missing', '逾期未报'), ('target', '目标未达'), ('instruction', '领导批示'), ('hand', '其他事项')], max_length=12, verbose_name='依据')),
                ('subject', models.CharField(blank=True, max_length=40, verbose_name='依据的对象')),
                ('facts', models.JSONField(blank=True, default=dict, verbose_name='当时的事实')),
                ('known_at', models.DateTimeField(verbose_name='事实所知时点')),
                ('why', models.CharField(blank=True, max_length=300, verbose_name='建议理由')),
                ('title', models.CharField(max_length=120, verbose_name='标题')),
                ('text', models.TextField(verbose_name='办理要求')),
                ('state', models.CharField(choices=[('proposed', '建议'), ('rejected', '不予督办'), ('issued', '待签收'), ('acknowledged', '待反馈'), ('answered', '待审核'), ('sent_back', '退回重报'), ('closed', '已办结'), ('withdrawn', '已撤销')], default='proposed', max_length=12, verbose_name='状态')),
                ('proposed_at', models.DateTimeField(verbose_name='提出时间')),
                ('is_sample', models.BooleanField(verbose_name='示例数据')),
                ('series', models.CharField(blank=True, choices=[('notice', '督办单'), ('letter', '函')], max_length=6, verbose_name='文种')),
                ('year', models.PositiveSmallIntegerField(blank=True, null=True, verbose_name='年份')),
                ('number', models.PositiveIntegerField(blank=True, null=True, verbose_name='顺序号')),
                ('doc_number', models.CharField(blank=True, max_length=60, verbose_name='发文字号')),
                ('addressee', models.CharField(blank=True, max_length=120, verbose_name='主送机关')),
                ('signed', models.CharField(blank=True, max_length=120, verbose_name='署名')),
                ('due_on', models.DateField(blank=True, null=True, verbose_name='反馈期限')),
                ('first_due_on', models.DateField(blank=True, null=True, verbose_name='原定期限')),
                ('issued_at', models.DateTimeField(blank=True, null=True, verbose_name='签发时间')),
                ('acknowledged_at', models.DateTimeField(blank=True, null=True, verbose_name='签收时间')),
                ('draft', models.TextField(blank=True, verbose_name='反馈草稿')),
                ('draft_revision', models.PositiveIntegerField(default=0, verbose_name='草稿修订号')),
                ('draft_at', models.DateTimeField(blank=True, null=True, verbose_name='草稿保存时间')),
                ('ended_at', models.DateTimeField(blank=True, null=True, verbose_name='了结时间')),
                ('ended_reason', models.TextField(blank=True, verbose_name='了结说明')),
                ('acknowledged_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签收人')),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='tasks.agency', verbose_name='主送单位')),
                ('draft_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='草稿保存人')),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='了结人')),
                ('instruction', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='reports.instruction', verbose_name='批示')),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签发人')),
                ('job', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qhplan.job', verbose_name='作业')),
                ('plan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='tasks.plan', verbose_name='方案')),
                ('proposed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='提出人')),
                ('target', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='tasks.target', verbose_name='目标')),
                ('tasks', models.ManyToManyField(related_name='notices', to='tasks.task', verbose_name='任务')),
            ],
            options={
                'verbose_name': '督办单',
                'ordering': ['-proposed_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Escalation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('stage', models.CharField(choices=[('acknowledge', '未签收'), ('answer', '逾期未反馈')], max_length=12, verbose_name='情形')),
                ('to', models.CharField(choices=[('head', '单位负责人（签批人）'), ('leadership', '领导小组')], max_length=12, verbose_name='升级到')),
                ('since', models.DateField(verbose_name='起算日')),
                ('workdays', models.PositiveSmallIntegerField(verbose_name='已过工作日')),
                ('at', models.DateTimeField(verbose_name='时间')),
                ('leaders', models.CharField(blank=True, max_length=200, verbose_name='登记的分管领导')),
                ('told', models.ManyToManyField(related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='告知的人')),
                ('rule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='reports.escalationrule', verbose_name='规则')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='escalations', to='reports.notice', verbose_name='督办单')),
            ],
            options={
                'verbose_name': '督办升级',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='Answer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField(verbose_name='次数')),
                ('text', models.TextField(verbose_name='反馈')),
                ('due_on', models.DateField(verbose_name='当时的期限')),
                ('at', models.DateTimeField(verbose_name='反馈时间')),
                ('decision', models.CharField(blank=True, choices=[('accepted', '办结'), ('returned', '退回')], max_length=8, verbose_name='审核')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='审核时间')),
                ('note', models.TextField(blank=True, verbose_name='审核意见')),
                ('new_due_on', models.DateField(blank=True, null=True, verbose_name='新的期限')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='签批人')),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='审核人')),
                ('notice', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='answers', to='reports.notice', verbose_name='督办单')),
            ],
            options={
                'verbose_name': '督办反馈',
                'ordering': ['notice_id', 'number'],
            },
        ),
        migrations.CreateModel(
            name='NoticeFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('pdf', models.BinaryField(verbose_name='PDF')),
                ('sha256', models.CharField(max_length=64, verbose_name='文件校验值')),
                ('pages', models.PositiveSmallIntegerField(verbose_name='页数')),
                ('seconds', models.FloatField(verbose_name='用时（秒）')),
                ('made_at', models.DateTimeField(verbose_name='生成时间')),
                ('notice', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='file', to='reports.notice', verbose_name='督办单')),
            ],
            options={
                'verbose_name': '督办单文件',
            },
        ),
        migrations.CreateModel(
            name='ProposalRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ground', models.CharField(choices=[('red', '红灯滞后'), ('missing', '逾期未报'), ('target', '目标未达')], max_length=12, unique=True, verbose_name='依据')),
                ('is_active', models.BooleanField(default=True, verbose_name='启用')),
                ('threshold', models.PositiveSmallIntegerField(default=1, verbose_name='程度')),
                ('verified_only', models.BooleanField(default=True, verbose_name='只看核定灯')),
                ('answer_days', models.PositiveSmallIntegerField(default=10, verbose_name='反馈期限（工作日）')),
            ],
            options={
                'verbose_name': '督办提出规则',
                'ordering': ['id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('answer_days__gte', 1), ('answer_days__lte', 60), ('threshold__gte', 1), ('threshold__lte', 60)), name='proposalrule_in_bounds')],
            },
        ),
        migrations.AddConstraint(
            model_name='instruction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('brief__isnull', True), ('task__isnull', False)), models.Q(('brief__isnull', False), ('task__isnull', True)), _connector='OR'), name='instruction_on_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='instruction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('words', ''), _negated=True), models.Q(('leader', ''), _negated=True)), name='instruction_says_something'),
        ),
        migrations.AddConstraint(
            model_name='instruction',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('aside_at__isnull', True), ('aside_by__isnull', True), ('aside_reason', '')), models.Q(('aside_at__isnull', False), ('aside_by__isnull', False), models.Q(('aside_reason', ''), _negated=True)), _connector='OR'), name='instruction_aside_whole_or_not'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['agency', 'state'], name='notice_of_body'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('state__in', ('issued', 'acknowledged', 'answered', 'sent_back'))), fields=['plan', 'issued_at'], name='notice_open'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('plan', 'series', 'year', 'number'), name='notice_number', nulls_distinct=True),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('proposed', 'issued', 'acknowledged', 'answered', 'sent_back')), models.Q(('subject', ''), _negated=True)), fields=('plan', 'ground', 'subject', 'agency'), name='notice_one_alive'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(condition=models.Q(('proposed_by__isnull', True)), fields=('plan', 'ground', 'subject', 'agency', 'quarter'), name='notice_rule_says_it_once'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ground', 'hand'), ('instruction__isnull', True), ('subject', ''), ('target__isnull', True)), models.Q(('ground__in', ['red', 'missing']), ('instruction__isnull', True), ('target__isnull', True), models.Q(('subject', ''), _negated=True)), models.Q(('ground', 'target'), ('instruction__isnull', True), ('target__isnull', False), models.Q(('subject', ''), _negated=True)), models.Q(('ground', 'instruction'), ('instruction__isnull', False), ('target__isnull', True), models.Q(('subject', ''), _negated=True)), _connector='OR'), name='notice_stands_on_something'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_on__isnull', False), ('first_due_on__isnull', False), ('issued_at__isnull', False), ('issued_by__isnull', False), ('number__gte', 1), ('number__isnull', False), ('state__in', ('issued', 'acknowledged', 'answered', 'sent_back', 'closed', 'withdrawn')), ('year__isnull', False), models.Q(('series', ''), _negated=True), models.Q(('doc_number', ''), _negated=True), models.Q(('addressee', ''), _negated=True), models.Q(('signed', ''), _negated=True), models.Q(('title', ''), _negated=True), models.Q(('text', ''), _negated=True)), models.Q(('addressee', ''), ('doc_number', ''), ('due_on__isnull', True), ('first_due_on__isnull', True), ('issued_at__isnull', True), ('issued_by__isnull', True), ('number__isnull', True), ('series', ''), ('signed', ''), ('state__in', ['proposed', 'rejected']), ('year__isnull', True)), _connector='OR'), name='notice_numbered_when_issued'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('acknowledged_by__isnull', True), ('state__in', ['proposed', 'rejected', 'issued'])), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False), ('state__in', ['acknowledged', 'answered', 'sent_back', 'closed'])), models.Q(('acknowledged_at__isnull', True), ('acknowledged_by__isnull', True), ('state', 'withdrawn')), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by__isnull', False), ('state', 'withdrawn')), _connector='OR'), name='notice_acknowledged_before_answered'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('ended_reason', ''), ('state__in', ('proposed', 'issued', 'acknowledged', 'answered', 'sent_back'))), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('state', 'closed')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), ('state__in', ['rejected', 'withdrawn']), models.Q(('ended_reason', ''), _negated=True)), _connector='OR'), name='notice_ended_whole_or_not'),
        ),
        migrations.AddConstraint(
            model_name='escalation',
            constraint=models.UniqueConstraint(fields=('notice', 'rule', 'since'), name='escalation_once'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(fields=('notice', 'number'), name='answer_number'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.UniqueConstraint(condition=models.Q(('decision', '')), fields=('notice',), name='answer_one_undecided'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='answer_says_something'),
        ),
        migrations.AddConstraint(
            model_name='answer',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('decided_by__isnull', True), ('decision', ''), ('new_due_on__isnull', True), ('note', '')), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('decision', 'accepted'), ('new_due_on__isnull', True)), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('decision', 'returned'), ('new_due_on__isnull', False), models.Q(('note', ''), _negated=True)), _connector='OR'), name='answer_decided_whole_or_not'),
        ),
    ]
