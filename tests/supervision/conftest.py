"""A small world for supervision: a task with a lead and a co that are late and red, and everybody who has to do with it.

It is Wednesday, 5 July 2017. The first quarter's returns were due on 5 and 10 April (17:00), the office's cycle of the
factories. Holidays of these months: 29 April to 1 May, 28 to 30 May (with 27 May worked).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from qhplan import clock
from reports.supervision import actions
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.models import Notice
from reports.supervision.triggers import Grounds
from reports.supervision.values import Ground
from tasks.models import Agency, Plan, Task, User
from tasks.values import Period, Role
from tests import factories as make

NOW = make.moment("2017-07-05 10:00")
Q1 = Period(2017, 1)
DUE = date(2017, 7, 19)
CONTENT = IssueInput(title="关于进展滞后的督办单", text="请查明原因，提出措施。", due_on=DUE)


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.lead: Agency = make.agency("牵头局")
        self.co: Agency = make.agency("配合局")
        self.home: Agency = make.agency("办公室所在委")
        self.bank: Agency = make.agency("人行中心支行", kind="central")
        self.task: Task = make.task(self.plan, lead=self.lead, co=[self.co], heading="智能制造")
        make.cycle(self.plan, "2016Q4")
        make.cycle(self.plan, Q1)
        self.office: User = make.user(Role.OFFICE, agency=self.home, display_name="办公室王某", password=None)
        review = make.agency("督查室", kind="review")
        self.second: User = make.user(Role.SECOND_REVIEWER, agency=review, password=None)
        self.leadership: User = make.user(Role.LEADERSHIP, display_name="组长", password=None)
        self.reporter: User = make.user(Role.REPORTER, agency=self.lead, display_name="填报甲", password=None)
        self.approver: User = make.user(Role.APPROVER, agency=self.lead, display_name="签批乙", password=None)
        self.co_approver: User = make.user(Role.APPROVER, agency=self.co, password=None)
        self.home_approver: User = make.user(Role.APPROVER, agency=self.home, password=None)
        self.expert: User = make.user(Role.EXPERT, password=None)
        self.viewer: User = make.user(Role.VIEWER, password=None)

    def red(self, *quarters: str, task: Task | None = None, agency: Agency | None = None) -> None:
        """The task's lead reported red in these quarters, and the office verified it."""
        for quarter in quarters or ("2016Q4", "2017Q1"):
            make.accept(make.version(task or self.task, agency or self.lead, quarter, "red"))

    def grounds(self, at: Any = NOW) -> Grounds:
        return Grounds(self.plan, Q1, at)

    def proposal(self, **values: Any) -> Notice:
        """A proposal of the rules about the lead's red task, or another agency's."""
        self.red()
        (made,) = actions.propose(plan=self.plan, found=self.grounds().of(Ground.RED), **values)
        return made

    def hand(self, agency: Agency | None = None, **values: Any) -> HandInput:
        """A notice of a person's own statement."""
        fields: dict[str, Any] = {
            "plan": self.plan,
            "agency_id": (agency or self.lead).pk,
            "ground": Ground.HAND,
            "quarter": Q1,
            "content": CONTENT,
            "task_ids": (self.task.pk,),
        }
        return HandInput(**{**fields, **values})

    def issued(self, agency: Agency | None = None, by: User | None = None, **values: Any) -> Notice:
        """An issued notice."""
        return actions.issue_by_hand(by=by or self.office, asked=self.hand(agency, **values))


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()
