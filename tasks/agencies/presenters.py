"""The groups in which a list of agencies is shown."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy

from tasks.agencies.models import AgencyKind


class AgencyGroup(TextChoices):
    """The groups, in the order in which they are shown."""

    LEADS = "leads", gettext_lazy("牵头单位")
    OTHERS = "others", gettext_lazy("其他省级配合单位")
    GOVERNMENTS = "governments", gettext_lazy("市州人民政府")
    ZONES = "zones", gettext_lazy("园区管委会")


def group_of(kind: str, *, is_lead: bool) -> AgencyGroup:
    """The group of an agency of this AgencyKind. `is_lead`: the agency leads at least one task; this comes before its
    kind."""
    if is_lead:
        return AgencyGroup.LEADS
    if kind == AgencyKind.GOVERNMENT:
        return AgencyGroup.GOVERNMENTS
    if kind == AgencyKind.ZONE:
        return AgencyGroup.ZONES
    return AgencyGroup.OTHERS
