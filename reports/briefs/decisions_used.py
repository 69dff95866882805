"""A decision whose figures a numbered brief has frozen is no longer taken back: the correction is a second person's."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.briefs.models import NUMBERED, Brief, BriefKind
from reports.evaluation.actions import builds_on_evaluations
from reports.evaluation.models import FinalEvaluation
from reports.supervision.models import Notice
from reports.supervision.reopening import builds_on_closing
from tasks.decisions.actions import Decided, builds_on_decisions


@builds_on_decisions
def used_in_briefs(decided: Sequence[Decided]) -> dict[int, str]:
    """{version id: the brief that was made of figures with this decision}. One query."""
    briefs = list(
        Brief.objects.filter(
            plan__in={one.plan_id for one in decided},
            known_at__gte=min(one.decided_at for one in decided),
            state__in=NUMBERED,
        )
        .order_by("issued_at")
        .only("plan_id", "quarter", "known_at", "year", "number", "edition")
    )
    found = {}
    for one in decided:
        for brief in briefs:
            if (
                brief.plan_id == one.plan_id
                and (one.quarter is None or brief.quarter >= one.quarter)
                and brief.known_at >= one.decided_at
            ):
                found[one.pk] = _("%(brief)s简报已据此印发，不能撤销，可由另一人更正核定。") % {
                    "brief": brief.label
                }
                break
    return found


@builds_on_evaluations
def used_in_an_evaluation_brief(signed: FinalEvaluation) -> str:
    """The numbered brief of the plan's evaluation that was made since the edition was signed."""
    brief = (
        Brief.objects.filter(
            plan=signed.plan_id, kind=BriefKind.EVALUATION, state__in=NUMBERED, known_at__gte=signed.at
        )
        .order_by("issued_at")
        .only("plan_id", "quarter", "known_at", "year", "number", "edition")
        .first()
    )
    return _("%(brief)s简报已据此印发，不能撤销，可再出一版。") % {"brief": brief.label} if brief else ""


@builds_on_closing
def used_in_a_brief(notice: Notice) -> str:
    """The numbered brief of the quarter or a later one that was made since the notice was closed."""
    if notice.ended_at is None:
        return ""
    brief = (
        Brief.objects.filter(
            plan=notice.plan_id,
            quarter__gte=notice.quarter,
            state__in=NUMBERED,
            known_at__gte=notice.ended_at,
        )
        .order_by("issued_at")
        .only("plan_id", "quarter", "known_at", "year", "number", "edition")
        .first()
    )
    return _("%(brief)s简报已据此印发，不能重开，可另发督办单。") % {"brief": brief.label} if brief else ""
