"""Labels of uploaded files in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "file.damaged": _("文件内容已变"),
        "file.infected": _("查出病毒"),
    },
    subjects={"storedfile": _("上传文件")},
)
