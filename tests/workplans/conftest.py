"""Two bodies with two tasks between them, an office, and hands that write, submit and confirm work plans."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from qhplan import clock
from tasks.models import Agency, AgencyKind, Milestone, Plan, Task, User, WorkPlan, WorkPlanVersion
from tasks.values import Role
from tasks.workplans import actions, milestones
from tasks.workplans.content import MeasureInput, MilestoneInput, SectionInput
from tasks.workplans.decisions import DecisionInput, decide
from tasks.workplans.values import WorkPlanPeriod
from tests import factories as make

NOW = make.moment("2017-05-10 10:00")
WHOLE, Y2017 = WorkPlanPeriod(), WorkPlanPeriod(2017)


def node(text: str, due: str, evidence: str = "", key: str = "") -> MilestoneInput:
    return MilestoneInput(text, due, evidence, key)


def measure(
    *nodes: MilestoneInput, text: str = "建平台", division: str = "规划处", **more: str
) -> MeasureInput:
    return MeasureInput(text=text, division=division, milestones=nodes, **more)


class World:
    """牵头局 leads the first task and shares the second, which 配合局 leads. The office sits in 办公委."""

    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.lead: Agency = make.agency("牵头局")
        self.co: Agency = make.agency("配合局")
        self.first: Task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.second: Task = make.task(self.plan, lead=self.co, co=[self.lead])
        self.reporter = self.person(Role.REPORTER, self.lead)
        self.colleague = self.person(Role.REPORTER, self.lead)
        self.approver = self.person(Role.APPROVER, self.lead)
        self.other = self.person(Role.REPORTER, self.co)
        self.home: Agency = make.agency("办公委")
        self.office = self.person(Role.OFFICE, self.home)
        self.second_reviewer = self.person(
            Role.SECOND_REVIEWER, make.agency("督查室", kind=AgencyKind.REVIEW)
        )
        self.viewer = self.person(Role.VIEWER, None)

    def person(self, role: Role, agency: Agency | None) -> User:
        return make.user(role, agency=agency, password=None)

    def save(
        self,
        task: Task | None = None,
        *measures: MeasureInput,
        by: User | None = None,
        period: WorkPlanPeriod = WHOLE,
        revision: int | None = None,
        none_reason: str = "",
        at: str = "",
    ) -> WorkPlan:
        """Keep a section of a body's work plan (default: the reporter's body, its first task)."""
        who = by or self.reporter
        return actions.save_sections(
            by=who,
            plan=self.plan,
            agency_id=who.agency_id or 0,
            period=period,
            sections=[SectionInput((task or self.first).pk, revision, none_reason, measures)],
            now=make.moment(at) if at else None,
        )

    def written(self, *nodes: MilestoneInput, period: WorkPlanPeriod = WHOLE, at: str = "") -> WorkPlan:
        """A complete draft of 牵头局: the nodes under one measure of its first task, none for its second."""
        self.save(self.first, measure(*nodes or (node("平台建成", "2017-06-30"),)), period=period, at=at)
        return self.save(self.second, period=period, none_reason="配合牵头单位，不单列。", at=at)

    def submitted(
        self, *nodes: MilestoneInput, period: WorkPlanPeriod = WHOLE, at: str = ""
    ) -> WorkPlanVersion:
        head = self.written(*nodes, period=period, at=at)
        return self.submit(head, at=at)

    def submit(self, head: WorkPlan, at: str = "") -> WorkPlanVersion:
        return actions.submit(by=self.approver, work_plans=[head.pk], now=make.moment(at) if at else None)[0]

    def confirmed(
        self, *nodes: MilestoneInput, period: WorkPlanPeriod = WHOLE, at: str = ""
    ) -> WorkPlanVersion:
        """Written, submitted and confirmed at one moment (default: now)."""
        return self.confirm(self.submitted(*nodes, period=period, at=at), at=at)

    def confirm(self, version: WorkPlanVersion, *, confirm: bool = True, note: str = "", at: str = "") -> Any:
        decision = DecisionInput(version.pk, confirm, note or ("" if confirm else "请补充节点。"))
        return decide(by=self.office, decisions=[decision], now=make.moment(at) if at else None)[0]

    def node(self, text: str) -> Milestone:
        """The latest row of a milestone."""
        return Milestone.objects.filter(text=text).latest("pk")

    def reached(self, text: str, day: str, *, at: str = "", by: User | None = None) -> Any:
        """牵头局 reports a milestone."""
        item = milestones.ReportInput(self.node(text).pk, make.moment(day).date(), "已办结。")
        return milestones.report(by=by or self.reporter, reports=[item], now=make.moment(at) if at else None)[
            0
        ]

    def report(self, milestone_id: int, day: str) -> Any:
        """牵头局 reports one row."""
        item = milestones.ReportInput(milestone_id, make.moment(day).date(), "已办结。")
        return milestones.report(by=self.reporter, reports=[item])[0]

    def client(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.reporter)
        return client


@pytest.fixture
def world(db: None) -> Iterator[World]:
    with clock.at(NOW):
        yield World()
