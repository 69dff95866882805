"""消息设置: which messages a person wants by which channel outside the site. On the site every message stays."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from tasks.audit.log import record
from tasks.errors import Problem, Problems
from tasks.notifications.reminder_rules import personal_channels
from tasks.notifications.values import COMPULSORY, Topic
from tasks.people.models import User

Choice = tuple[str, str]  # (topic, channel)


def choices() -> list[Choice]:
    """What can be put off on this site: the topics that are not compulsory, by the channels that reach a person."""
    return [
        (topic.value, channel.value)
        for topic in Topic
        if topic not in COMPULSORY
        for channel in personal_channels()
    ]


@transaction.atomic
def choose(*, by: User, wanted: Collection[Choice], now: datetime | None = None) -> User:
    """Receive these and no others of the `choices()`. What was put off by a channel that the site has no longer, stays."""
    offered = set(choices())
    if strange := set(wanted) - offered:
        topic, _channel = min(strange)
        if topic in COMPULSORY:
            raise Problems(
                [Problem("wanted", _("“%(kind)s”必须接收，不能选择。") % {"kind": Topic(topic).label})]
            )
        raise Problems([Problem("wanted", _("没有这样的消息类别或渠道，请刷新后再选。"))])
    person = User.objects.select_for_update(no_key=True, of=("self",)).get(pk=by.pk)
    before = set(person.unwanted)
    after = {one for one in before if tuple(one.split(":")) not in offered}
    after |= {f"{topic}:{channel}" for topic, channel in offered - set(wanted)}
    if after != before:
        person.unwanted = sorted(after)
        person.save(update_fields=["unwanted"])
        record(by=by, verb="message.choose", subject=person, data={"unwanted": person.unwanted}, at=now)
    return person
