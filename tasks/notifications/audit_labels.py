"""Labels of messages and reminders in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "chase.message": _("发消息催报"),
        "chase.call": _("打电话催报"),
        "delivery.again": _("重发消息"),
        "message.choose": _("更改消息设置"),
    },
    subjects={"chase": _("催报"), "delivery": _("投递")},
)
