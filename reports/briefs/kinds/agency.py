"""单位通报: a numbered brief on the tasks that one agency leads, and on what it submits as a co agency."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes
from reports.briefs.kinds import of_agency
from reports.briefs.kinds.kind import Heading, Kind
from reports.briefs.kinds.of_part import PART_BEGINNING, PART_REST
from reports.briefs.models import BriefKind
from reports.briefs.supervision_sections import notices


def _title(heading: Heading) -> list[str]:
    return [heading.scope_name, _("%(quarter)s任务落实情况") % {"quarter": heading.quarter.label}]


KIND = Kind(
    key=BriefKind.AGENCY,
    series=gettext_lazy("单位通报"),
    title=_title,
    name=BriefKind.AGENCY.label,
    scopes=of_agency.scopes,
    narrow=of_agency.narrow,
    snapshot=of_agency.AgencySnapshot,
    freeze=of_agency.freeze,
    sections=(*PART_BEGINNING, notices, of_agency.shares, *PART_REST),
    annexes=(annexes.missing,),
    text_labels={"shares": gettext_lazy("配合任务")},
    main_tasks=gettext_lazy("本单位牵头的%(count)s主要任务中，"),
    has_strip=False,
)
