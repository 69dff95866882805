"""The first plan with all 38 quarters filed, as the figures that read returns need it: made once a run."""

import random
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tasks.models import Plan
    from tasks.values import Period


@cache
def filled_plan() -> "Plan":
    """Nine of ten returns filed, a tenth of them twice, nine of ten decided; rows written in bulk, and read
    without fresh statistics, as after any large import."""
    from tasks.models import Plan

    plan = Plan.objects.get(slug="qinghai-2016-48")
    fill(plan, plan.first_quarter)
    return plan


def fill(plan: "Plan", first: "Period") -> None:
    """File the plan's quarters from the first one on."""
    from tasks.models import Responsibility, Submission, Version
    from tasks.values import Duty, Light, Period, Role
    from tests import factories as make

    chance = random.Random(48)  # noqa: S311 — the same rows every time
    clerk = make.user(Role.APPROVER, password=None)
    owed = list(Responsibility.objects.filter(task__plan=plan))
    heads, versions = [], []
    for quarter in Period.span(first, plan.last_quarter):
        cycle = make.cycle(plan, quarter)
        for duty in owed:
            if chance.random() > 0.9:
                continue
            about = {
                "quarter": quarter,
                "task_id": duty.task_id,
                "agency_id": duty.agency_id,
                "duty": duty.duty,
            }
            head = Submission(cycle=cycle, saved_at=cycle.opened_at, saved_by=clerk, **about)
            heads.append(head)
            twice = chance.random() < 0.1
            at = cycle.opened_at
            for number in (1, 2) if twice else (1,):
                at += timedelta(hours=chance.randint(1, 200))
                light = chance.choice(Light.values)
                version = Version(
                    submission=head,
                    number=number,
                    light=light,
                    done="按计划推进，完成阶段性目标。" * 4,
                    submitted_at=at,
                    submitted_by=clerk,
                    **about,
                )
                if twice and number == 1:
                    version.decision, version.decision_note = "returned", "请补充。"
                elif chance.random() < 0.9:
                    version.decision = "accepted"
                    version.verified_light = light if duty.duty == Duty.LEAD else ""
                if version.decision:
                    version.decided_at, version.decided_by = at + timedelta(days=1), clerk
                versions.append(version)
    Submission.objects.bulk_create(heads, batch_size=2000)
    Version.objects.bulk_create(versions, batch_size=2000)


@cache
def measured_plan() -> "Plan":
    """The same with an indicator of which every co-return is asked, and figures in all of them."""
    from tasks.models import Figure, Version
    from tasks.values import Duty
    from tests import factories as make

    plan = filled_plan()
    count = make.indicator(plan, *plan.tasks.all(), duty=Duty.CO)
    Figure.objects.bulk_create(
        (
            Figure(version_id=version, indicator=count, quarter=quarter, value=version % 97)
            for version, quarter in Version.objects.filter(duty=Duty.CO).values_list("pk", "quarter")
        ),
        batch_size=2000,
    )
    return plan
