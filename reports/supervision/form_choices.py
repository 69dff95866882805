"""What the forms offer: agencies that the reader may address, and the facts that hold now."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from reports.supervision.models import Notice
from reports.supervision.permissions import may_propose
from reports.supervision.rules import proposal_rules
from reports.supervision.triggers import Found, Grounds
from reports.supervision.values import ALIVE, FACTS
from tasks.accounts.forms import agency_choices
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.people.models import User
from tasks.people.queries import office_agency_ids
from tasks.plans.models import Plan
from tasks.plans.queries import agencies_for
from tasks.values import Period

DEFAULT_DAYS = 10  # working days to answer, where no rule says otherwise


def bodies_for(user: User, plan: Plan) -> list[tuple[str, str]]:
    """(id, name) of every agency of the plan that the user may address, in the usual order."""
    offices = office_agency_ids(plan.pk)
    return [
        (pk, name) for pk, name in agency_choices(agencies_for(plan)) if may_propose(user, int(pk), offices)
    ]


def answer_days(ground: str, plan: Plan) -> int:
    """Working days in which an answer is asked for on that ground, by the rules of the plan's jurisdiction."""
    days = {rule.ground: rule.answer_days for rule in proposal_rules(plan.jurisdiction_id)}
    return days.get(ground, DEFAULT_DAYS)


@dataclass(frozen=True)
class Offered:
    """A fact on which a notice can be issued now, with the link to the form; what is open on it already."""

    found: Found
    body: str
    ground: str
    url: str
    open_one: Notice | None


def offered(plan: Plan, grounds: Grounds, user: User) -> list[Offered]:
    """Every fact of the quarter that the reader may take up."""
    offices = office_agency_ids(plan.pk)
    facts = [
        one for ground in FACTS for one in grounds.of(ground) if may_propose(user, one.agency_id, offices)
    ]
    if not facts:
        return []
    slugs = dict(Agency.objects.values_list("pk", "slug"))
    names = names_at(grounds.quarter, {one.agency_id for one in facts})
    alive = {
        (notice.ground, notice.subject, notice.agency_id): notice
        for notice in Notice.objects.filter(plan=plan, ground__in=FACTS, state__in=ALIVE)
    }
    return [
        Offered(
            found=one,
            body=names[one.agency_id].short if one.agency_id in names else slugs[one.agency_id],
            ground=str(one.ground.label),
            url=hand_url(plan, one.ground, grounds.quarter, slugs[one.agency_id], one.subject),
            open_one=alive.get(one.key),
        )
        for one in facts
    ]


def hand_url(
    plan: Plan, ground: str, quarter: Period, agency: str = "", subject: str = "", task: str = ""
) -> str:
    """The form by which a person issues a notice, filled in as far as is said."""
    asked = {
        "plan": plan.slug,
        "ground": ground,
        "q": str(quarter),
        "agency": agency,
        "subject": subject,
        "task": task,
    }
    return f"{reverse('notice_new')}?{urlencode({key: value for key, value in asked.items() if value})}"
