"""Labels of plans and their tasks in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register
from tasks.plans.models import TermStatus

register(
    subjects={"plan": _("方案"), "task": _("任务"), "responsibility": _("责任")},
    states={"task": dict(TermStatus.choices)},
)
