"""A small world for the API: one task with a lead and a co, and everybody who has to do with it, on a day on which the
quarter is open."""

from collections.abc import Iterator
from typing import Any

import pytest
from rest_framework.test import APIClient

from qhplan import clock
from tasks.models import Agency, Cycle, Plan, Submission, Task, User, Version
from tasks.values import Period, Role
from tests import factories as make

NOW = make.moment("2017-04-05 10:00")
Q1 = Period(2017, 1)
PROBLEM = "征地补偿谈不拢"
PROBLEMS = [{"category": "land", "text": PROBLEM}]


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.lead: Agency = make.agency("牵头局")
        self.co: Agency = make.agency("配合局")
        self.task: Task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.cycle: Cycle = make.cycle(self.plan, Q1)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.co_approver = make.user(Role.REPORTER, Role.APPROVER, agency=self.co, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.leadership = make.user(Role.LEADERSHIP, password=None)
        self.expert = make.user(Role.EXPERT, password=None)
        self.viewer = make.user(Role.VIEWER, password=None)

    @property
    def draft_url(self) -> str:
        return f"/api/v1/plans/{self.plan.slug}/desk/2017Q1/{self.task.ref}/"

    def item(self, task: Task | None = None, **values: Any) -> dict[str, Any]:
        """A draft as a batch has it."""
        place = {"plan": self.plan.slug, "quarter": "2017Q1", "task": (task or self.task).ref}
        return {**place, "light": "green", "done": "办成两件事", **values}

    def submitted(self, agency: Agency | None = None, **values: Any) -> Version:
        return make.version(self.task, agency or self.lead, Q1, **{"problems": PROBLEMS, **values})

    def draft(self, agency: Agency | None = None, **values: Any) -> Submission:
        content = {"light": "green", "done": "写到一半", "problems": PROBLEMS, **values}
        return make.submission(self.task, agency or self.lead, Q1, **content)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()


def client(user: User | None) -> APIClient:
    """A program in whose session the user is signed in."""
    made = APIClient()
    if user is not None:
        made.force_login(user)
    return made


def error(answer: Any) -> dict[str, Any]:
    """What an error says; it has its four parts and nothing else."""
    body = answer.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "fields", "rows"}
    assert body["error"]["message"]
    found: dict[str, Any] = body["error"]
    return found
