"""A decision on which announced scores are based is no longer taken back: the correction is a second person's."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.scoring.models import ScoreSheet, SheetState
from tasks.review.corrections import builds_on_decisions
from tasks.submissions.models import Version


@builds_on_decisions
def used_in_scores(versions: Sequence[Version]) -> dict[int, str]:
    """{version id: the announced scores that count this decision}; versions with their tasks. One query."""
    sheets = list(
        ScoreSheet.objects.filter(
            plan__in={version.task.plan_id for version in versions}, state=SheetState.ANNOUNCED
        ).only("plan_id", "period", "known_at")
    )
    found = {}
    for version in versions:
        for sheet in sheets:
            if (
                sheet.plan_id == version.task.plan_id
                and sheet.span.first <= version.quarter <= sheet.span.last
                and version.decided_at is not None
                and sheet.known_at >= version.decided_at
            ):
                found[version.pk] = _("%(period)s考核结果已据此公布，不能撤销，可由另一人更正核定。") % {
                    "period": sheet.span.label
                }
                break
    return found
