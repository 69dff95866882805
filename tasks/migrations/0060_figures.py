"""Indicators say how their figures are put together; a figure says of which quarter it is, and whether it is final."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import tasks.fields
import tasks.values
from django.db import migrations, models


# What there is keeps its meaning: counts and amounts were added up over bodies, ratios by their two parts, and the last
# quarter stood. An amount could have four decimals, since nobody asked how many it had.
INDICATORS = """
UPDATE tasks_indicator SET kind = 'qualitative' WHERE kind = 'words';
UPDATE tasks_indicator
   SET across = CASE kind WHEN 'ratio' THEN 'ratio' WHEN 'qualitative' THEN 'latest' ELSE 'sum' END;
UPDATE tasks_indicator SET decimals = 4 WHERE kind = 'amount' AND decimals = 0;
"""
INDICATORS_UNDO = "UPDATE tasks_indicator SET kind = 'words' WHERE kind = 'qualitative';"

# Figures are append-only, for the owner of the table too; this says of each what its version says already.
FIGURES = """
ALTER TABLE tasks_figure DISABLE TRIGGER figure_guard;
UPDATE tasks_figure f SET quarter = v.quarter FROM tasks_version v WHERE v.id = f.version_id;
ALTER TABLE tasks_figure ENABLE TRIGGER figure_guard;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0051_adjustments_are_final'),
    ]

    operations = [
        migrations.CreateModel(
            name='IndicatorDefinition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('definition', models.TextField(blank=True, verbose_name='口径')),
                ('source', models.CharField(blank=True, max_length=300, verbose_name='数据来源')),
                ('frequency', models.CharField(choices=[('quarterly', '每季'), ('yearly', '每年')], default='quarterly', max_length=10, verbose_name='频度')),
                ('lag_months', models.PositiveSmallIntegerField(default=0, help_text='期末后几个月才发布；在此之前未填不算缺报。', verbose_name='发布时滞（月）')),
                ('valid', django.contrib.postgres.fields.ranges.IntegerRangeField(verbose_name='有效季度')),
                ('known', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='记录期间')),
                ('origin', models.CharField(choices=[('plan', '方案原文'), ('inferred', '据原文推断'), ('outside', '非方案内容')], default='outside', max_length=10, verbose_name='来源')),
                ('origin_note', models.TextField(blank=True, verbose_name='来源说明')),
            ],
            options={
                'verbose_name': '指标口径',
                'ordering': ['indicator_id', 'valid'],
            },
        ),
        migrations.CreateModel(
            name='IndicatorOwner',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('valid', django.contrib.postgres.fields.ranges.IntegerRangeField(verbose_name='有效季度')),
                ('known', django.contrib.postgres.fields.ranges.DateTimeRangeField(verbose_name='记录期间')),
                ('origin', models.CharField(choices=[('plan', '方案原文'), ('inferred', '据原文推断'), ('outside', '非方案内容')], default='outside', max_length=10, verbose_name='来源')),
                ('origin_note', models.TextField(verbose_name='来源说明')),
            ],
            options={
                'verbose_name': '数据责任单位',
                'ordering': ['indicator_id', 'valid', 'agency_id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='figure',
            name='figure_once',
        ),
        migrations.RemoveConstraint(
            model_name='figure',
            name='figure_value_or_parts',
        ),
        migrations.RemoveConstraint(
            model_name='figure',
            name='figure_denominator_not_zero',
        ),
        migrations.AddField(
            model_name='figure',
            name='preliminary',
            field=models.BooleanField(default=False, help_text='以后由最终数替换；两者都留存。', verbose_name='初步数'),
        ),
        migrations.AddField(
            model_name='figure',
            name='quarter',
            field=tasks.fields.QuarterField(default=tasks.values.Quarter(2000, 1), verbose_name='数据所属季度'),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='figure',
            name='text',
            field=models.TextField(blank=True, verbose_name='定性'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='across',
            field=models.CharField(choices=[('sum', '各单位之和'), ('ratio', '分子之和除以分母之和'), ('latest', '最后报来的'), ('maximum', '各单位最大'), ('lead', '以牵头单位所报为准')], default='sum', max_length=10, verbose_name='各单位怎样合成'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='denominator_unit',
            field=models.CharField(blank=True, help_text='与分子相同的不写。', max_length=20, verbose_name='分母单位'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='direction',
            field=models.CharField(choices=[('more', '越大越好'), ('less', '越小越好')], default='more', max_length=4, verbose_name='方向'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='may_be_negative',
            field=models.BooleanField(default=False, verbose_name='可为负数'),
        ),
        migrations.AddField(
            model_name='indicator',
            name='over_time',
            field=models.CharField(choices=[('latest', '最近一季'), ('year', '本年各季合计'), ('all', '方案施行以来各季合计'), ('maximum', '各季最大')], default='latest', max_length=10, verbose_name='各季怎样合成'),
        ),
        migrations.AlterField(
            model_name='indicator',
            name='decimals',
            field=models.PositiveSmallIntegerField(default=0, help_text='所填的数最多几位小数；比率是其分子、分母的。', verbose_name='小数位'),
        ),
        migrations.AlterField(
            model_name='indicator',
            name='flow',
            field=models.CharField(choices=[('flow', '当季'), ('stock', '累计')], default='stock', max_length=10, verbose_name='时期'),
        ),
        migrations.AlterField(
            model_name='indicator',
            name='kind',
            field=models.CharField(choices=[('count', '个数'), ('amount', '数额'), ('ratio', '比率'), ('yes_no', '是否'), ('qualitative', '定性')], max_length=12, verbose_name='类型'),
        ),
        migrations.AlterField(
            model_name='indicator',
            name='parts_unit',
            field=models.CharField(blank=True, max_length=20, verbose_name='分子单位'),
        ),
        migrations.RunSQL(INDICATORS, INDICATORS_UNDO),
        migrations.RunSQL(FIGURES, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.UniqueConstraint(fields=('version', 'indicator', 'quarter'), name='figure_once_a_quarter'),
        ),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('denominator__isnull', True), ('numerator__isnull', True), ('text', ''), ('value__isnull', False)), models.Q(('denominator__isnull', False), ('numerator__isnull', False), ('text', ''), ('value__isnull', True)), models.Q(('denominator__isnull', True), ('numerator__isnull', True), ('value__isnull', True), models.Q(('text', ''), _negated=True)), _connector='OR'), name='figure_value_parts_or_text'),
        ),
        migrations.AddConstraint(
            model_name='figure',
            constraint=models.CheckConstraint(condition=models.Q(('denominator__isnull', True), models.Q(('denominator', 0), _negated=True), ('numerator', 0), _connector='OR'), name='figure_of_nothing_is_nothing'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('across__in', ('sum', 'latest', 'maximum', 'lead')), ('kind', 'count')), models.Q(('across__in', ('sum', 'latest', 'maximum', 'lead')), ('kind', 'amount')), models.Q(('across__in', ('ratio', 'latest', 'maximum', 'lead')), ('kind', 'ratio')), models.Q(('across__in', ('maximum', 'latest', 'lead')), ('kind', 'yes_no')), models.Q(('across__in', ('latest', 'lead')), ('kind', 'qualitative')), _connector='OR'), name='indicator_rule_fits_kind'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('over_time__in', ['all', 'year']), _negated=True), models.Q(('flow', 'flow'), ('kind__in', ['count', 'amount', 'ratio'])), _connector='OR'), name='indicator_sums_only_what_flows'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('kind', 'qualitative'), _negated=True), ('over_time', 'latest'), _connector='OR'), name='indicator_words_are_the_latest'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('decimals__lte', 4)), name='indicator_decimals_are_kept'),
        ),
        migrations.AddConstraint(
            model_name='indicator',
            constraint=models.CheckConstraint(condition=models.Q(('may_be_negative', False), ('kind__in', ['amount', 'ratio']), _connector='OR'), name='indicator_negative_where_it_can_be'),
        ),
        migrations.AddField(
            model_name='indicatordefinition',
            name='indicator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='definitions', to='tasks.indicator', verbose_name='指标'),
        ),
        migrations.AddField(
            model_name='indicatorowner',
            name='agency',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.agency', verbose_name='数据责任单位'),
        ),
        migrations.AddField(
            model_name='indicatorowner',
            name='indicator',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='owners', to='tasks.indicator', verbose_name='指标'),
        ),
        migrations.AddField(
            model_name='indicatorowner',
            name='task',
            field=models.ForeignKey(help_text='该单位承担的任务，数据填在它的填报里。', on_delete=django.db.models.deletion.PROTECT, related_name='+', to='tasks.task', verbose_name='随哪项任务填'),
        ),
        migrations.AddConstraint(
            model_name='indicatordefinition',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('indicator', '='), ('valid', '&&'), ('known', '&&')], name='one_definition_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='indicatordefinition',
            constraint=models.CheckConstraint(condition=models.Q(('lag_months__lte', 24)), name='definition_lag_in_months'),
        ),
        migrations.AddConstraint(
            model_name='indicatordefinition',
            constraint=models.CheckConstraint(condition=models.Q(('origin', 'plan'), models.Q(('origin_note', ''), _negated=True), _connector='OR'), name='definition_says_why'),
        ),
        migrations.AddConstraint(
            model_name='indicatorowner',
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('indicator', '='), ('agency', '='), ('valid', '&&'), ('known', '&&')], name='one_ownership_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='indicatorowner',
            constraint=models.CheckConstraint(condition=models.Q(('origin', 'outside')), name='owner_is_not_in_the_plan'),
        ),
        migrations.AddConstraint(
            model_name='indicatorowner',
            constraint=models.CheckConstraint(condition=models.Q(('origin_note', ''), _negated=True), name='owner_says_why'),
        ),
    ]
