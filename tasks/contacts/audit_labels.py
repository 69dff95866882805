"""Labels of contacts in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(
    verbs={
        "contact.set": _("更改联系人"),
    },
    subjects={"contact": _("联系人")},
)
