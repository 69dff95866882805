"""Labels of jurisdictions in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.audit.labels import register

register(verbs={"jurisdiction.change": _("更改地区用语")}, subjects={"jurisdiction": _("地区")})
