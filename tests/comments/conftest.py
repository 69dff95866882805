"""A task, the bodies that answer for it, and an expert who has something to say."""

from collections.abc import Iterator

import pytest

from qhplan import clock
from tasks.models import Agency, Plan, Task, User
from tasks.values import Role
from tests import factories as make

NOW = make.moment("2017-07-05 10:00")


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.lead: Agency = make.agency("牵头局")
        self.co: Agency = make.agency("配合局")
        self.task: Task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.expert: User = make.user(Role.EXPERT, display_name="专家甲", password=None)
        self.other_expert: User = make.user(Role.EXPERT, password=None)
        self.office: User = make.user(Role.OFFICE, password=None)
        self.leadership: User = make.user(Role.LEADERSHIP, password=None)
        self.reporter: User = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.co_reporter: User = make.user(Role.REPORTER, agency=self.co, password=None)
        self.viewer: User = make.user(Role.VIEWER, password=None)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()
