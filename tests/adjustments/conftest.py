"""A small plan with people who may adjust it.

The cycles are those of tests/factories: each opens on the first day after its quarter and closes on the 30th. Plans of
factories are known since ever, so what an adjustment changes is the only thing that has a date.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from tasks.adjustments import actions, reform_preview
from tasks.adjustments.queries import duties_at
from tasks.models import Adjustment, Agency, AgencyName, Plan, Task, User
from tasks.values import Period, Role
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


# -- a reform -----------------------------------------------------------------------------------------------

ON = date(2018, 11, 1)
PROPOSED, APPROVED = make.moment("2018-11-05 09:00"), make.moment("2018-11-08 09:00")
NOW = make.moment("2018-12-01")


@dataclass
class Reformed:
    """The bodies and tasks of tests/adjustments/test_reform.py, before the reform of 2018-11-01."""

    plan: Plan
    bodies: dict[str, Agency] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    office: User = field(default_factory=lambda: make.user(Role.OFFICE, password=None))
    leader: User = field(default_factory=lambda: make.user(Role.LEADERSHIP, password=None))

    def shown(self, answers: Mapping[str, str] | None = None, at: Any = PROPOSED) -> reform_preview.Preview:
        (day,) = reform_preview.days(self.plan)
        return reform_preview.preview(self.plan, day, at, answers)

    def key(self, task: str, body: str) -> str:
        return f"pass-{self.tasks[task].pk}-{self.bodies[body].pk}"

    def answers(self, **more: str) -> dict[str, str]:
        """All that has to be decided: 市监局 takes 一 and 药监处 takes 三 of 食药处; 编制处 keeps 三."""
        return {
            self.key("一", "食药处"): str(self.bodies["市监局"].pk),
            self.key("三", "食药处"): str(self.bodies["药监处"].pk),
            self.key("三", "编制处"): str(self.bodies["编制处"].pk),
            **more,
        }

    def propose(self, answers: Mapping[str, str] | None = None) -> Adjustment:
        (day,) = reform_preview.days(self.plan)
        return actions.propose_reform(
            by=self.office,
            plan=self.plan,
            edges=day.edges,
            answers=self.answers() if answers is None else answers,
            reason="省级机构改革",
            doc_number="青办发〔2018〕33号",
            now=PROPOSED,
        )

    def approve(self, made: Adjustment, at: Any = APPROVED) -> Adjustment:
        return actions.approve(by=self.leader, adjustment=made, now=at)

    def holders(self, task: str, quarter: Period, at: Any = NOW) -> dict[str, str]:
        names = {body.pk: name for name, body in self.bodies.items()}
        held = duties_at(self.tasks[task].pk, quarter, at)
        return {names[pk]: duty for pk, duty in held.items()}


@pytest.fixture
def world(db: None) -> Reformed:
    made = Reformed(make.plan())
    for name in ("质检局", "工商所", "食药处", "编制处", "统计处"):
        made.bodies[name] = make.agency(name)
    for name in ("市监局", "药监处", "政务处"):
        made.bodies[name] = make.agency(name, since=ON)
    for name, (lead, *co) in {
        "一": ("质检局", "工商所", "食药处"),
        "二": ("统计处", "工商所"),
        "三": ("编制处", "食药处"),
        "四": ("编制处",),
    }.items():
        made.tasks[name] = make.task(
            made.plan, lead=made.bodies[lead], co=[made.bodies[one] for one in co], heading=name
        )
    b = made.bodies
    make.edge("merged", b["质检局"], b["市监局"])
    make.edge("merged", b["工商所"], b["市监局"])
    make.edge("split", b["食药处"], b["市监局"])
    make.edge("split", b["食药处"], b["药监处"])
    make.edge("transferred", b["编制处"], b["政务处"]).tasks.set([made.tasks["三"].pk])  # type: ignore[attr-defined]
    AgencyName.objects.filter(agency__in=[b[n] for n in ("质检局", "工商所", "食药处")]).update(
        valid=(None, ON)
    )
    return made
