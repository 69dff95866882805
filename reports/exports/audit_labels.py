"""Labels of downloads in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(verbs={"task.download": _("下载任务（Word）"), "return.download": _("下载填报（Word）")})
