"""A decision on which announced scores are based is no longer taken back: the correction is a second person's."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.scoring.models import ScoreSheet, SheetState
from tasks.decisions.actions import Decided, builds_on_decisions


@builds_on_decisions
def used_in_scores(decided: Sequence[Decided]) -> dict[int, str]:
    """{version id: the announced scores that count this decision}. One query."""
    sheets = list(
        ScoreSheet.objects.filter(plan__in={one.plan_id for one in decided}, state=SheetState.ANNOUNCED).only(
            "plan_id", "period", "known_at"
        )
    )
    found = {}
    for one in decided:
        for sheet in sheets:
            if (
                sheet.plan_id == one.plan_id
                and (one.quarter is None or sheet.span.first <= one.quarter <= sheet.span.last)
                and sheet.known_at >= one.decided_at
            ):
                found[one.pk] = _("%(period)s考核结果已据此公布，不能撤销，可由另一人更正核定。") % {
                    "period": sheet.span.label
                }
                break
    return found
