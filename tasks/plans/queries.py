"""Queries for plans and for the tasks that have ended."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from tasks.agencies.models import Agency
from tasks.people.models import User
from tasks.people.plan_scope import seen_plans
from tasks.plans.models import ENDED, Mention, Plan, Project, Responsibility, TaskTerm
from tasks.plans.names import clean
from tasks.values import Basis, Duty, Period


def published() -> QuerySet[Plan]:
    """All plans without their texts, which are large: the default one first, then the latest."""
    newest_first = F("issued_on").desc(nulls_last=True)  # a plan without its day of issue is no news
    return Plan.objects.defer("text").order_by("-is_default", newest_first, "-id")


def published_for(user: User) -> QuerySet[Plan]:
    """The plans in which the user has a part, in the same order: what lists and choices of plans hold. Who only files for
    agencies is offered the plans in which these have something to do, or all while that is none; the others can be read
    all the same, by their address."""
    plans = published().filter(seen_plans(user))
    if not user.only_files:
        return plans
    own = user.serves
    duties = Responsibility.objects.filter(agency__in=own)
    projects = Project.objects.filter(bodies__agency__in=own)
    return plans.filter(
        Exists(duties.filter(task__plan=OuterRef("pk")))
        | Exists(projects.filter(plan=OuterRef("pk")))
        | ~Exists(duties) & ~Exists(projects)
    )


def default_plan() -> Plan | None:
    """The plan that the site shows by default: the one that the office has chosen, or else the one published last."""
    return published().first()


def agencies_for(plan: Plan) -> QuerySet[Agency]:
    """The agencies that a page of the plan offers: those of its jurisdiction, those of none, and those that it names."""
    own = Q(jurisdiction=None) | Q(jurisdiction=plan.jurisdiction_id)
    named = Responsibility.objects.filter(agency=OuterRef("pk"), task__plan=plan)
    return Agency.objects.filter(own | Exists(named)) if plan.jurisdiction_id else Agency.objects.all()


def agencies_read_by(user: User) -> QuerySet[Agency]:
    """The agencies that a plan of the reader offers, as `agencies_for` says of one, and those of the reader's own place."""
    plans = Plan.objects.filter(seen_plans(user))
    own = Agency.objects.filter(pk=user.acts_for)
    return Agency.objects.filter(
        Q(jurisdiction=None)
        | Q(jurisdiction__in=plans.values("jurisdiction"))
        | Q(jurisdiction__in=own.values("jurisdiction"))
        | Exists(plans.filter(jurisdiction=None))
        | Exists(Responsibility.objects.filter(agency=OuterRef("pk"), task__plan__in=plans))
    )


def lead_note(plan: Plan) -> str:
    """How the plan's leads are known, in a sentence that quotes its own rule; "" where nobody leads. One query."""
    leads = Mention.objects.filter(task__plan=plan, duty=Duty.LEAD)
    found = set(leads.order_by().values_list("basis", flat=True).distinct())
    place = plan.head.get("lead_rule")
    rule = clean(plan.text[slice(*place)]).split("，")[0] if place else ""
    words = {
        Basis.STATED.value: _("原文写明"),
        Basis.RULE.value: _("按原文“%(rule)s”推断") % {"rule": rule},
        Basis.COMMA.value: _("按原文的逗号推断（逗号前为牵头单位）"),
        Basis.SINGLE.value: _("只列一家的由它牵头（推断）"),
        Basis.PERSON.value: _("由导入方案的人确定"),
        "": _("按惯例以排在第一的为牵头单位（推断）"),
    }
    told = [text for basis, text in words.items() if basis in found]
    return _("牵头单位%(how)s。") % {"how": "；".join(told)} if told else ""


@dataclass(frozen=True)
class Ended:
    """The terms of closed and withdrawn tasks, as known at a moment: `{task id: [TaskTerm]}`."""

    terms: dict[int, list[TaskTerm]] = field(default_factory=dict)

    def term(self, task_id: int, quarter: Period) -> TaskTerm | None:
        """The term that ended the task by that quarter, or None if the task still runs."""
        for term in self.terms.get(task_id, []):
            if quarter.within(term.valid):
                return term
        return None


def ended_tasks(plan_ids: Collection[int], known_at: datetime) -> Ended:
    """The terms of the plans' tasks that are closed or withdrawn in any quarter. One query."""
    terms: dict[int, list[TaskTerm]] = {}
    for term in TaskTerm.objects.filter(task__plan__in=plan_ids, status__in=ENDED, known__contains=known_at):
        terms.setdefault(term.task_id, []).append(term)
    return Ended(terms)
