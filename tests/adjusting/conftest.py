"""A small plan with people who may adjust it.

The cycles are those of tests/factories: each opens on the first day after its quarter and closes on the 30th. Plans of
factories are known since ever, so what an adjustment changes is the only thing that has a date.
"""

from dataclasses import dataclass

import pytest

from tasks.models import Agency, Plan, Task, User
from tasks.values import Role
from tests import factories as make


@dataclass
class Small:
    """One task led by `lead`, shared by `co`; another led by `co`; and bodies that have nothing to do with them."""

    plan: Plan
    task: Task
    other_task: Task
    lead: Agency
    co: Agency
    third: Agency
    office: User
    second: User
    leader: User


@pytest.fixture
def small(db: None) -> Small:
    plan = make.plan()
    lead, co, third = make.agency("甲局"), make.agency("乙局"), make.agency("丙局")
    return Small(
        plan=plan,
        task=make.task(plan, lead=lead, co=[co]),
        other_task=make.task(plan, lead=co),
        lead=lead,
        co=co,
        third=third,
        office=make.user(Role.OFFICE, password=None),
        second=make.user(Role.OFFICE, password=None),
        leader=make.user(Role.LEADERSHIP, password=None),
    )
