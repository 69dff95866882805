"""A decision whose figures a numbered brief has frozen is no longer taken back: the correction is a second person's."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from reports.briefs.models import NUMBERED, Brief, BriefKind
from reports.evaluation.actions import builds_on_evaluations
from reports.evaluation.models import FinalEvaluation
from reports.supervision.models import Notice
from reports.supervision.reopening import builds_on_closing
from tasks.review.corrections import builds_on_decisions
from tasks.submissions.models import Version


@builds_on_decisions
def used_in_briefs(versions: Sequence[Version]) -> dict[int, str]:
    """{version id: the brief that was made of figures with this decision}; versions with their tasks. One query."""
    plans = {version.task.plan_id for version in versions}
    quarter = min(version.quarter for version in versions)
    briefs = list(
        Brief.objects.filter(plan__in=plans, quarter__gte=quarter, state__in=NUMBERED)
        .order_by("issued_at")
        .only("plan_id", "quarter", "known_at", "year", "number", "edition")
    )
    found = {}
    for version in versions:
        for brief in briefs:
            if (
                brief.plan_id == version.task.plan_id
                and brief.quarter >= version.quarter
                and version.decided_at is not None
                and brief.known_at >= version.decided_at
            ):
                found[version.pk] = _("%(brief)s简报已据此印发，不能撤销，可由另一人更正核定。") % {
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
