"""The submission that an address names, with what its form and its check page both show of it."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.cycles.models import Cycle
from tasks.cycles.page_params import quarter_or_default
from tasks.cycles.reopening import openings, wanted_by
from tasks.indicators.requested_figures import RequestedFigure
from tasks.people.models import User
from tasks.period_words import speak
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility
from tasks.plans.plan_resolver import address
from tasks.submissions.figures import asked_for
from tasks.submissions.models import State, Submission, Supplement, Version
from tasks.submissions.queries import answer_by_of
from tasks.submissions.worklist import Worklist, desk_worklist
from tasks.values import Duty, Period


@dataclass(frozen=True)
class Place:
    """What one submission's address says: whose, of which task, in which quarter."""

    plan: Plan
    quarter: Period
    duty: Responsibility
    cycle: Cycle | None
    submission: Submission | None

    @property
    def key(self) -> dict[str, Any]:
        return {
            "plan_id": self.plan.pk,
            "quarter": self.quarter,
            "task_id": self.duty.task_id,
            "agency_id": self.duty.agency_id,
        }

    @property
    def url_args(self) -> list[str]:
        return [self.plan.slug, str(self.quarter), self.duty.task.ref]

    @property
    def words(self) -> str:
        """What messages call it."""
        return f"{self.duty.task.code} {self.duty.task.heading}"

    @property
    def is_open(self) -> bool:
        """Whether the agency can file here now."""
        cycle = self.cycle
        if cycle is None or clock.now() < cycle.opened_at:
            return False
        return openings([cycle], clock.now()).allows(cycle, self.duty.agency_id, self.duty.task_id)


def find(user: User, slug: str, quarter_text: str, ref: str) -> Place:
    """The place, or 404: no such plan, or nothing that the user's agency owes there."""
    plan = Plan.objects.defer("text").filter(slug=slug).first()
    if plan is None or "\x00" in ref:
        raise Http404(_("没有这个方案或任务。"))
    speak(plan.kind)
    quarter = quarter_or_default(quarter_text, plan)
    duty = (
        duties([plan.pk], quarter)
        .filter(agency=user.agency_id, task__ref=ref)
        .select_related("task__body__plan", "task__group")
        .first()
    )
    if duty is None:
        raise Http404(_("本单位在这个季度不承担这项任务。"))
    return Place(
        plan,
        quarter,
        duty,
        Cycle.objects.filter(plan=plan, quarter=quarter).first(),
        Submission.objects.select_related("saved_by", "cycle", "task")
        .filter(task=duty.task, agency=user.agency_id, quarter=quarter)
        .first(),
    )


def worklist_at(user: User, place: Place) -> Worklist:
    return desk_worklist(user, place.plan, place.quarter, place.duty.task_id)


def desk_url(place: Place) -> str:
    return address("desk", place.plan, place.quarter)


def answered_by(head: Submission | None) -> tuple[Version | None, Supplement | None]:
    """The last version, and the supplement that is required while it is outstanding."""
    if head is None:
        return None, None
    last = head.versions.order_by("-number").select_related("decided_by").first()
    if last is None or head.state != State.SUPPLEMENT:
        return last, None
    return last, Supplement.objects.filter(version=last).select_related("asked_by").first()


def due_of(place: Place, last: Version | None, supplement: Supplement | None) -> Any:
    """Until when the submission is wanted: the cycle's date, or the one that was set when it was sent back."""
    if place.cycle is None:
        return None
    return wanted_by(
        place.cycle,
        openings([place.cycle], clock.now()),
        duty=place.duty.duty,
        agency_id=place.duty.agency_id,
        task_id=place.duty.task_id,
        answer_by=answer_by_of(last, supplement),
    )


@dataclass(frozen=True)
class CoStanding:
    """Of a lead's task: co submissions owed, those submitted, the agencies that are missing, those not decided."""

    due: int
    came: tuple[Version, ...]
    missing: tuple[str, ...]
    waiting: int


def co_standing(place: Place) -> CoStanding:
    owed = list(
        duties([place.plan.pk], place.quarter)
        .filter(task=place.duty.task, duty=Duty.CO)
        .order_by("order", "pk")
        .values_list("agency_id", flat=True)
    )
    came = tuple(Version.objects.filter(task=place.duty.task, quarter=place.quarter, duty=Duty.CO).current())
    names = names_at(place.quarter, owed)
    there = {version.agency_id for version in came}
    return CoStanding(
        len(owed),
        came,
        tuple(names[pk].short for pk in owed if pk not in there and pk in names),
        sum(not version.decision for version in came),
    )


def asked_figures(duty: Responsibility, quarter: Period) -> tuple[RequestedFigure, ...]:
    """The figures that a submission requires."""
    asked = asked_for([(duty.task_id, duty.agency_id, duty.duty)], quarter)
    return asked.of(duty.task_id, duty.agency_id)
