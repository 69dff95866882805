"""A small world for scores. It is Wednesday, 5 July 2017; the first quarter's lead returns were due on 10 April, 17:00, and
its decisions on 15 April. One body leads three tasks: one reported in time and green, one late and yellow, one missing."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from qhplan import clock
from reports.scoring import actions, schemes
from reports.scoring.models import Scheme, ScoreSheet
from reports.scoring.queries import BodyScore, scores
from reports.scoring.schemes import SchemeInput
from reports.scoring.values import Content, ScoredPeriod
from tasks.models import Agency, Plan, User, Version
from tasks.values import Period, Role
from tests import factories as make

NOW = make.moment("2017-07-05 10:00")
Q1 = Period(2017, 1)
P1 = ScoredPeriod(Q1, Q1)


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.lead: Agency = make.agency("牵头局")
        self.co: Agency = make.agency("配合局")
        self.home: Agency = make.agency("办公室所在委")
        self.bank: Agency = make.agency("人行中心支行", kind="central")
        self.tasks = [make.task(self.plan, lead=self.lead, co=[self.co]), *self._more(2)]
        self.homes = make.task(self.plan, lead=self.home)
        make.cycle(self.plan, Q1)
        self.green: Version = make.accept(make.version(self.tasks[0], self.lead, Q1))
        late = make.version(self.tasks[1], self.lead, Q1, "red", at="2017-04-12 10:00")
        self.yellow: Version = make.accept(late, "yellow")
        make.version(self.tasks[0], self.co, Q1)
        self.office: User = make.user(Role.OFFICE, agency=self.home, display_name="办公室王某", password=None)
        review = make.agency("督查室", kind="review")
        self.second: User = make.user(Role.SECOND_REVIEWER, agency=review, password=None)
        self.leader: User = make.user(Role.LEADERSHIP, display_name="组长", password=None)
        self.reporter: User = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver: User = make.user(Role.APPROVER, agency=self.lead, display_name="签批乙", password=None)
        self.co_approver: User = make.user(Role.APPROVER, agency=self.co, password=None)
        self.home_approver: User = make.user(Role.APPROVER, agency=self.home, password=None)

    def _more(self, count: int) -> list[Any]:
        return [make.task(self.plan, lead=self.lead) for _n in range(count)]

    def written(self, since: Period = Q1, *, revision: int | None = None, **changes: Any) -> Scheme:
        """A draft by the office: what the site suggests, with changes."""
        content: Content = replace(schemes.suggestion(), **changes)
        asked = SchemeInput("考核办法", "", since, content, revision)
        return schemes.write_scheme(by=self.office, plan=self.plan, asked=asked)

    def scheme(self, since: Period = Q1, **changes: Any) -> Scheme:
        """In force."""
        draft = self.written(since, **changes)
        return schemes.decide_scheme(by=self.leader, scheme=draft, revision=draft.revision, adopt=True)

    def announced(self, note: str = "") -> ScoreSheet:
        sheet = actions.propose_sheet(by=self.office, plan=self.plan, period=P1, note=note)
        return actions.decide_sheet(by=self.leader, sheet=sheet, announce=True)

    def corrected(self, points: str = "2", agency: Agency | None = None) -> Any:
        """Proposed by the office, approved by the leader."""
        row = actions.propose_correction(
            by=self.office,
            plan=self.plan,
            period=P1,
            agency=agency or self.lead,
            points=Decimal(points),
            reason="漏计一件",
        )
        return actions.decide_correction(by=self.leader, correction=row, approve=True)

    def scores(self, period: ScoredPeriod = P1, at: Any = NOW) -> dict[str, BodyScore]:
        """By the suggested scheme."""
        rows = scores(self.plan, period, schemes.suggestion(), known_at=at)
        return {row.agency.name: row for row in rows}

    def total(self, name: str = "牵头局", period: ScoredPeriod = P1) -> str:
        return str(self.scores(period)[name].calculation.total)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()
