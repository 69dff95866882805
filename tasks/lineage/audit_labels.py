"""Labels of agencies and their lineage in the audit log."""

from django.utils.translation import gettext_lazy as _

from tasks.agencies.models import Confidence
from tasks.audit.labels import register

register(
    verbs={
        "body.add": _("增列单位"),
        "body.name": _("更改单位名称"),
        "lineage.record": _("登记沿革"),
        "lineage.amend": _("更改沿革"),
    },
    subjects={"agency": _("单位"), "lineage": _("沿革")},
    states={"lineage": dict(Confidence.choices)},
)
