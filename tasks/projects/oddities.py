"""要留意的: what in a report on a project is possible and yet odd. Its writer and approver are told, and whoever decides; nothing is
refused for it."""

from django.utils.translation import gettext as _

from tasks.projects.models import ProjectVersion, Works
from tasks.submissions.oddities import likeness

_MOSTLY = 80  # per cent of the planned total that a finished project has usually cost


def oddities(report: ProjectVersion, before: ProjectVersion | None) -> list[str]:
    """One sentence for each, of a submitted report or of a draft, whose numbers may be missing; `before`: the last report
    of an earlier period."""
    invested, total, planned = report.invested, report.total, report.planned
    found = []
    if before is not None and (like := likeness(report.progress, before.progress)):
        found.append(
            _("建设进展与%(quarter)s所报%(likeness)s。") % {"quarter": before.quarter.label, "likeness": like}
        )
    if report.works == Works.FINISHED and report.problems:
        found.append(_("建设状态为建成，却仍列有存在问题。"))
    if report.works == Works.FINISHED and total is not None and planned and total * 100 < planned * _MOSTLY:
        found.append(
            _("建设状态为建成，累计完成投资却只有总投资的 %(n)d%%。") % {"n": int(total * 100 / planned)}
        )
    if report.works == Works.STOPPED and invested:
        found.append(_("建设状态为停工，本季却有完成投资。"))
    follows = before is not None and before.quarter == report.quarter - 1
    if follows and before is not None and total is not None and invested is not None:
        more = total - before.total
        if more >= 0 and more != invested:
            found.append(
                _("累计完成投资比上季多 %(more)s 万元，与本季完成投资 %(invested)s 万元不符。")
                % {"more": f"{more.normalize():f}", "invested": f"{invested.normalize():f}"}
            )
    return found
