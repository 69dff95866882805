"""Labels of bundles in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "package.sheet": _("上传用印扫描件"),
    },
)
