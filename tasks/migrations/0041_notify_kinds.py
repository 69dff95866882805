"""News: a message that something happened, with the page where it stands."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0040_comments'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='message',
            name='message_knows_its_reader',
        ),
        migrations.AlterField(
            model_name='message',
            name='kind',
            field=models.CharField(choices=[('digest', '每日提醒'), ('room', '群内提醒'), ('chase', '催报'), ('news', '通知')], max_length=10, verbose_name='类别'),
        ),
        migrations.AlterField(
            model_name='message',
            name='place',
            field=models.CharField(blank=True, help_text='desk、review，或本站的路径。', max_length=200, verbose_name='去处'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('chase__isnull', True), ('kind__in', ['digest', 'news']), ('user__isnull', False)), models.Q(('chase__isnull', True), ('kind', 'room'), ('user__isnull', True)), models.Q(('chase__isnull', False), ('kind', 'chase')), _connector='OR'), name='message_knows_its_reader'),
        ),
    ]
