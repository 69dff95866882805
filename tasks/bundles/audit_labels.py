"""Labels of bundles and of trial cycles in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "cycle.remove_trial": _("清除试填期"),
        "package.sheet": _("上传用印扫描件"),
    },
)
