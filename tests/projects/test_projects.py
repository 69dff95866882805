"""重大项目: the office names a body, the body reports each quarter, the office decides; sums say what is not known."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.figures.projects import by_sector
from tasks.bitemporal import known_from, quarters_from
from tasks.cycles.actions import change_dates, dates_of
from tasks.cycles.reopening import reopen
from tasks.decisions.actions import undo
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Event, Plan, Project, ProjectBody, ProjectReport, ProjectVersion, User
from tasks.projects import actions
from tasks.projects.deciding import REPORTS, DecisionInput, decide
from tasks.projects.values import ReportInput
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q1, Q2 = Period(2017, 1), Period(2017, 2)
NOW = make.moment(
    "2017-04-04 10:00"
)  # of the cycle of 2017Q1: lead returns are due on 04-10 17:00, it closes on 04-30
SAID = ReportInput("building", "1,200.5", "5000", "20000", progress="主体封顶。", problems="缺配套资金。")


class World:
    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.task = make.task(self.plan, lead=make.agency("牵头局"))
        self.sector = make.sector(self.plan, self.task)
        self.body, self.other, self.home = (
            make.agency(name) for name in ("国资委", "另一局", "办公室所在委")
        )
        self.cycle = make.cycle(self.plan, Q1)
        self.office = self.user(Role.OFFICE, self.home)
        self.second = self.user(Role.SECOND_REVIEWER, make.agency("督查室", kind="review"))
        self.reporter, self.approver = self.user(Role.REPORTER), self.user(Role.APPROVER)
        self.viewer = make.user(Role.VIEWER, password=None)
        self.press = self.add("模锻压机组项目")

    def user(self, role: Role, agency: Any = None) -> User:
        return make.user(role, agency=agency or self.body, password=None)

    def add(self, name: str, sector: int | None = 1) -> Project:
        return actions.add_project(
            by=self.office,
            plan=self.plan,
            name=name,
            sector=sector,
            note="会议纪要",
            now=make.moment("2017-01-05"),
        )

    def assign(self, project: Project | None = None, agency: Any = None, **more: Any) -> ProjectBody | None:
        asked = {"since": Q1, "note": "办公室函", "now": make.moment("2017-01-06"), **more}
        return actions.assign(
            by=self.office, project=project or self.press, agency=agency or self.body, **asked
        )

    def save(self, said: ReportInput = SAID, **more: Any) -> ProjectReport:
        asked = {"by": self.reporter, "project": self.press, "quarter": Q1, "revision": None, "now": NOW}
        return actions.save(said=said, **{**asked, **more})

    def submitted(self, said: ReportInput = SAID, **more: Any) -> ProjectVersion:
        report = self.save(said, **more)
        return actions.submit(by=self.approver, reports=[report.pk], now=more.get("now", NOW))[0]

    def decide(self, version: ProjectVersion, *, accept: bool = True, note: str = "", **more: Any) -> None:
        asked = {"by": self.office, "now": make.moment("2017-04-12"), **more}
        decide(decisions=[DecisionInput(version.report_id, version.number, accept, note)], **asked)

    def is_late(self, version: ProjectVersion, known_at: str = "") -> bool:
        rows = ProjectVersion.objects.with_lateness(make.moment(known_at) if known_at else None)
        return rows.get(pk=version.pk).is_late

    def sums(
        self, quarter: Period = Q1, known_at: str = "2017-06-01"
    ) -> tuple[int, int, int, Decimal, Decimal]:
        found = by_sector(self.plan, quarter, known_at=make.moment(known_at))[0].sums
        return found.due, found.reported, found.unverified, found.invested, found.total

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def world(db: None) -> World:
    return World()


def told(raised: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = raised.value.by_field()
    return found


# -- who reports --------------------------------------------------------------------------------------------


def test_a_body_reports_from_its_quarter_on_and_as_known_since(world: World) -> None:
    world.assign()
    world.assign(agency=world.other, since=Q2, now=make.moment("2017-05-01"))
    assert world.sums() == (1, 0, 0, 0, 0)
    found = {
        (quarter, at): by_sector(world.plan, quarter, known_at=make.moment(at))[0].rows[0].body
        for quarter in (Q1, Q2)
        for at in ("2017-01-05 12:00", "2017-02-01", "2017-06-01")
    }
    assert {key: body.agency_id if body else None for key, body in found.items()} == {
        (Q1, "2017-01-05 12:00"): None,
        (Q2, "2017-01-05 12:00"): None,
        (Q1, "2017-02-01"): world.body.pk,
        (Q2, "2017-02-01"): world.body.pk,
        (Q1, "2017-06-01"): world.body.pk,
        (Q2, "2017-06-01"): world.other.pk,
    }
    # Of a project that was added later nothing was known before.
    assert by_sector(world.plan, Q1, known_at=make.moment("2017-01-04"))[0].rows == ()


def test_two_bodies_at_once_cannot_stand_in_the_database(world: World) -> None:
    world.assign()
    with pytest.raises(IntegrityError), transaction.atomic():
        ProjectBody.objects.create(
            project=world.press,
            agency=world.other,
            valid=quarters_from(Q2.ordinal),
            known=known_from(NOW),
            note="抢",
            by=world.office,
        )


def test_what_cannot_be_assigned_is_refused_on_its_field(world: World) -> None:
    collective = make.agency("各市州", kind="collective")
    for more, field in (
        ({"note": " "}, "note"),
        ({"since": Period(2030, 1)}, "since"),
        ({"agency": collective}, "agency"),
    ):
        with pytest.raises(Problems) as raised:
            world.assign(**more)
        assert field in told(raised)
    world.assign()
    with pytest.raises(Problems) as raised:
        world.assign(since=Q2)
    assert "本来就由这个单位" in told(raised)["agency"][0]
    with pytest.raises(PermissionDenied):
        actions.assign(by=world.second, project=world.press, agency=None, since=Q1, note="撤")
    actions.assign(by=world.office, project=world.press, agency=None, since=Q2, note="撤")
    assert world.sums(Q2, "2030-01-01")[0] == 0


def test_a_project_that_the_plan_does_not_name_says_so(world: World) -> None:
    assert (world.press.origin, world.press.origin_note) == ("outside", "会议纪要")
    for more, field in (
        ({"name": " "}, "name"),
        ({"name": "模锻压机组项目"}, "name"),
        ({"name": "新", "sector": 9}, "sector"),
        ({"name": "新", "note": ""}, "note"),
        ({"name": "新" * 201}, "name"),
    ):
        asked: dict[str, Any] = {"name": "新", "sector": 1, "note": "批文", **more}
        with pytest.raises(Problems) as raised:
            actions.add_project(by=world.office, plan=world.plan, **asked)
        assert field in told(raised)


# -- reporting ----------------------------------------------------------------------------------------------


def test_a_report_goes_from_draft_to_accepted_and_into_the_sums(world: World) -> None:
    world.assign()
    report = world.save(ReportInput(progress="写了一半"))
    assert world.sums()[1] == 0  # a draft is nobody's figure
    report = world.save(revision=report.revision)
    (version,) = actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    assert world.sums() == (1, 1, 1, Decimal("1200.5"), Decimal(5000))
    assert world.sums(known_at="2017-04-03") == (1, 0, 0, 0, 0)
    world.decide(version, accept=False, note="与统计数不符")
    assert world.sums() == (1, 0, 0, 0, 0)
    assert world.sums(known_at="2017-04-10")[1:3] == (1, 1)  # sent back only later
    again = world.submitted(
        ReportInput("building", "1000", "4800", progress="已更正"), revision=report.revision
    )
    world.decide(again, now=make.moment("2017-04-14"))
    assert again.number == 2
    assert world.sums() == (1, 1, 0, Decimal(1000), Decimal(4800))
    assert ProjectVersion.objects.get(number=1).invested == Decimal("1200.5")
    verbs = list(Event.objects.filter(subject=f"projectreport:{report.pk}").values_list("verb", flat=True))
    assert sorted(verbs) == [
        "projectreport.accept",
        "projectreport.return",
        "projectreport.submit",
        "projectreport.submit",
    ]


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (ReportInput(), {"works", "invested", "total", "progress"}),
        (ReportInput("building", "一百", "5", progress="好"), {"invested"}),
        (ReportInput("building", "-1", "5", progress="好"), {"invested"}),
        (ReportInput("building", "1.234", "5", progress="好"), {"invested"}),
        (ReportInput("building", "12%", "5", progress="好"), {"invested"}),
        (ReportInput("building", "9" * 13, "9" * 13, progress="好"), {"invested", "total"}),
        (ReportInput("building", "6", "5", progress="好"), {"total"}),
        (ReportInput("building", "1", "5", "0", progress="好"), {"planned"}),
        (ReportInput("stopped", "0", "5", progress="停"), {"problems"}),
        (ReportInput("demolished", "0", "5", progress="拆"), {"works"}),
    ],
)
def test_an_incomplete_report_is_kept_and_refused_on_its_fields(
    world: World, said: ReportInput, fields: set[str]
) -> None:
    world.assign()
    report = world.save(said)
    with pytest.raises(Problems) as raised:
        actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    assert set(told(raised)) == fields
    assert ReportInput.of(ProjectReport.objects.get().typed) == said


def test_zero_is_a_value_and_a_cumulative_that_falls_says_why(world: World) -> None:
    world.assign()
    world.decide(world.submitted())
    make.cycle(world.plan, Q2)
    at = make.moment("2017-07-04 10:00")
    less = ReportInput("building", "0", "4000", progress="复核后调减。")
    report = world.save(less, quarter=Q2, now=at)
    with pytest.raises(Problems) as raised:
        actions.submit(by=world.approver, reports=[report.pk], now=at)
    assert "2017年第一季度 的 5000 万元" in told(raised)["fall_reason"][0]
    world.submitted(
        ReportInput("building", "0", "4000", fall_reason="审计核减", progress="复核后调减。"),
        quarter=Q2,
        now=at,
        revision=report.revision,
    )
    assert world.sums(Q2, "2017-08-01") == (1, 1, 1, 0, Decimal(4000))
    assert world.sums(Q1, "2017-08-01")[4] == Decimal(5000)


def test_what_is_finished_owes_nothing_more_and_what_is_missing_is_not_nothing(world: World) -> None:
    world.assign()
    other = world.add("炼油厂改造")
    world.assign(other)
    world.decide(world.submitted(ReportInput("finished", "10", "99", progress="竣工。")))
    assert world.sums(Q2, "2017-08-01") == (1, 0, 0, 0, 0)
    rows = by_sector(world.plan, Q2, known_at=make.moment("2017-08-01"))[0].rows
    assert [(row.project.name, row.state) for row in rows] == [
        ("模锻压机组项目", "finished"),
        ("炼油厂改造", "missing"),
    ]


def test_nobody_else_writes_submits_or_decides(world: World) -> None:
    world.assign()
    for who in (world.user(Role.REPORTER, world.other), world.office, world.viewer):
        with pytest.raises(PermissionDenied):
            world.save(by=who)
    report = world.save()
    for who in (world.reporter, world.user(Role.APPROVER, world.other)):
        with pytest.raises(PermissionDenied):
            actions.submit(by=who, reports=[report.pk], now=NOW)
    (version,) = actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    for who in (world.approver, world.second, world.viewer):
        with pytest.raises(PermissionDenied):
            world.decide(version, by=who)


def test_what_the_offices_own_body_reports_goes_to_the_second_reviewer(world: World) -> None:
    world.assign(agency=world.home)
    report = world.save(by=world.user(Role.REPORTER, world.home))
    (version,) = actions.submit(by=world.user(Role.APPROVER, world.home), reports=[report.pk], now=NOW)
    with pytest.raises(PermissionDenied):
        world.decide(version)
    world.decide(version, by=world.second)


def test_two_at_once_are_told(world: World) -> None:
    world.assign()
    report = world.save()
    with pytest.raises(Conflict, match="刷新"):
        world.save()  # began from nothing too
    colleague = world.user(Role.REPORTER)
    world.save(replace(SAID, progress="封顶。"), revision=1, by=colleague)
    with pytest.raises(Conflict, match=str(colleague)):
        world.save(revision=1)
    (version,) = actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    with pytest.raises(Conflict, match="待核"):
        world.save(revision=2)
    with pytest.raises(Conflict, match="待核"):
        actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    world.decide(version)
    with pytest.raises(Conflict, match="已核"):
        world.decide(version)


def test_who_wrote_last_does_not_approve_unless_the_body_allows_it(world: World) -> None:
    """Who only looked has written nothing."""
    Agency.objects.filter(pk=world.body.pk).update(one_person=False)
    world.assign()
    report = world.save()
    world.save(revision=1, by=world.approver)
    assert ProjectReport.objects.get().saved_by == world.reporter
    world.save(replace(SAID, progress="封顶。"), revision=1, by=world.approver)
    with pytest.raises(Problems, match="自己最后写的"):
        actions.submit(by=world.approver, reports=[report.pk], now=NOW)
    Agency.objects.filter(pk=world.body.pk).update(one_person=True)
    assert actions.submit(by=world.approver, reports=[report.pk], now=NOW)


def test_a_closed_quarter_takes_none_until_it_is_reopened_for_the_body(world: World) -> None:
    world.assign()
    late = world.submitted(now=make.moment("2017-04-20 10:00"))
    assert world.is_late(late)
    other = world.add("炼油厂改造")
    world.assign(other)
    after = make.moment("2017-05-05 10:00")
    with pytest.raises(Conflict, match="没有开启"):
        world.save(project=other, now=after)
    with pytest.raises(Conflict, match="没有开启"):
        world.save(project=other, quarter=Q2, now=after)
    make.responsibility(world.task, world.body, "co")
    reopen(
        by=world.office,
        cycle=world.cycle,
        agency_ids=[world.body.pk],
        until=make.moment("2017-05-10 17:00"),
        reason="系统停机",
        now=make.moment("2017-05-04"),
    )
    assert world.is_late(world.submitted(project=other, now=after))


def test_a_report_that_was_sent_back_is_late_by_its_first_submission(world: World) -> None:
    """In both directions: sent back in time and submitted again late, or late and submitted again later."""
    world.assign()
    first = world.submitted(now=make.moment("2017-04-09 10:00"))
    world.decide(first, accept=False, note="补充", now=make.moment("2017-04-10 10:00"))
    again = world.submitted(revision=1, now=make.moment("2017-04-12 10:00"))
    other = world.add("炼油厂改造")
    world.assign(other)
    late = world.submitted(project=other, now=make.moment("2017-04-11 10:00"))
    world.decide(late, accept=False, note="补充", now=make.moment("2017-04-12 10:00"))
    later = world.submitted(project=other, revision=1, now=make.moment("2017-04-13 10:00"))
    assert (again.number, later.number) == (2, 2)
    assert [world.is_late(one) for one in (first, again, late, later)] == [False, False, True, True]


def test_a_report_is_late_by_the_dates_known_at_the_moment(world: World) -> None:
    world.assign()
    version = world.submitted(now=make.moment("2017-04-11 10:00"))
    before = dates_of(world.cycle)
    change_dates(
        by=world.office,
        cycle=world.cycle,
        dates=replace(before, lead_due=make.moment("2017-04-13 17:00")),
        note="顺延",
        now=make.moment("2017-04-12 10:00"),
    )
    known = ("2017-04-11 12:00", "2017-04-12 12:00", "")
    assert [world.is_late(version, at) for at in known] == [True, False, False]


def test_what_was_submitted_never_changes(world: World) -> None:
    world.assign()
    version = world.submitted()
    world.decide(version)
    for change in (
        lambda: ProjectVersion.objects.update(invested=1),
        lambda: ProjectVersion.objects.update(decision_note="改"),
        lambda: version.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# -- pages --------------------------------------------------------------------------------------------------


def test_the_pages_lead_from_assigning_to_the_sum(world: World) -> None:
    with clock.at(NOW):
        office, reporter, approver, viewer = (
            world.client(user) for user in (world.office, world.reporter, world.approver, world.viewer)
        )
        listed = reverse("project_list", args=[world.plan.slug])
        assert "方案未明确责任单位" in viewer.get(listed).content.decode()
        assign = reverse("project_assign", args=[world.plan.slug, world.press.pk])
        refused = office.post(assign, {"agency": world.body.pk, "since": "2017Q1", "note": ""})
        assert (refused.status_code, "请写明依据" in refused.content.decode()) == (422, True)
        office.post(assign, {"agency": world.body.pk, "since": "2017Q1", "note": "办公室函"})
        assert world.press.name in reporter.get(reverse("desk")).content.decode()
        form = reverse("project_report", args=[world.plan.slug, world.press.pk, "2017Q1"])
        assert viewer.get(form).status_code == 403
        saved = {**SAID.kept(), "problems": "<script>alert(1)</script>", "revision": ""}
        assert reporter.post(form, {**saved, "action": "save"}).status_code == 302
        assert "&lt;script&gt;" in approver.get(form).content.decode()
        stale = reporter.post(form, {**saved, "action": "save"})
        assert (stale.status_code, "刚刚保存过" in stale.content.decode()) == (409, True)
        wrong = approver.post(form, {**saved, "invested": "很多", "revision": "1", "action": "submit"})
        assert (wrong.status_code, "“很多”不是数" in wrong.content.decode()) == (422, True)
        # What was typed is kept, and the form shown goes on from there.
        assert 'name="revision" value="2"' in wrong.content.decode()
        assert approver.post(form, {**saved, "revision": "2", "action": "submit"}).status_code == 302
        page = reverse("project", args=[world.plan.slug, world.press.pk]) + "?q=2017Q1"
        assert "主体封顶" not in viewer.get(page).content.decode()  # not decided yet
        assert "1200.50" in viewer.get(page).content.decode()
        report = ProjectReport.objects.get()
        decide = reverse("project_decide", args=[report.pk])
        assert decide in office.get(reverse("review")).content.decode()
        assert office.post(decide, {"number": "1", "note": "", "action": "return"}).status_code == 422
        assert (
            office.post(decide, {"number": "1", "note": "写了意见"}).status_code == 404
        )  # no decision, none made
        assert ProjectReport.objects.get().state == "submitted"
        assert office.post(decide, {"number": "1", "note": "", "action": "accept"}).status_code == 302
        seen = viewer.get(page).content.decode()
        assert "主体封顶" in seen
        assert "alert(1)" not in seen  # problems are not everybody's
        assert "&lt;script&gt;" in office.get(page).content.decode()
        whole = viewer.get(listed + "?q=2017Q1").content.decode()
        assert "本季应报1个，已报1个，完成投资1200.5万元" in whole


def test_a_body_that_is_no_more_is_marked_until_the_office_names_another(world: World) -> None:
    world.assign()
    make.edge("merged", world.body, world.other, on="2017-05-01")
    listed = reverse("project_list", args=[world.plan.slug])
    page = reverse("project", args=[world.plan.slug, world.press.pk])
    with clock.at(make.moment("2017-07-05 10:00")):
        client = world.client(world.office)
        for path in (listed, page):
            assert "须重新指定" in client.get(path + "?q=2017Q2").content.decode()
            assert "须重新指定" not in client.get(path + "?q=2017Q1").content.decode()
        world.assign(agency=world.other, since=Q2, now=make.moment("2017-07-05 09:00"))
        assert "须重新指定" not in client.get(listed + "?q=2017Q2").content.decode()


@pytest.mark.full
def test_no_page_asks_more_with_more_projects_and_quarters(world: World) -> None:
    def asked() -> list[int]:
        counts = []
        for user, path in (
            (world.viewer, reverse("project_list", args=[world.plan.slug])),
            (world.viewer, reverse("project", args=[world.plan.slug, world.press.pk])),
            (world.reporter, reverse("desk")),
            (world.office, reverse("review")),
        ):
            client = world.client(user)
            with clock.at(NOW), CaptureQueriesContext(connection) as captured:
                assert client.get(path + "?q=2017Q1").status_code == 200
            counts.append(len(captured))
        return counts

    world.assign(since=Period(2016, 3))
    make.cycle(world.plan, "2016Q4")
    world.submitted()
    asked()
    few = asked()
    for number in range(4):
        more = world.add(f"项目{number}")
        world.assign(more)
        world.submitted(project=more)
    world.submitted(quarter=Period(2016, 4), now=make.moment("2017-01-08 10:00"))
    assert asked() == few


@pytest.mark.few(3)
@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"invested": "三百万"}, {"invested": "“三百万”不是数"}),
        ({"invested": "-5"}, {"invested": "投资不能是负数"}),
        ({"invested": "−5"}, {"invested": "投资不能是负数"}),
        ({"invested": "6000", "total": "5000"}, {"total": "累计完成投资不能小于本季"}),
        ({"total": "6000", "planned": "5000"}, {"planned": "项目总投资小于累计完成投资（6000 万元）"}),
        ({"invested": "１，４５０", "total": "1 450.50", "planned": "—"}, {}),
        ({"invested": "无", "problems": "无。"}, {}),
        ({}, {}),
    ],
)
def test_a_saved_draft_tells_wrong_numbers_at_their_fields(
    world: World, said: dict[str, str], wrong: dict[str, str]
) -> None:
    world.assign()
    client = Client()
    client.force_login(world.reporter)
    url = reverse("project_report", args=[world.plan.slug, world.press.pk, "2017Q1"])
    with clock.at(NOW):
        answer = client.post(url, {**said, "works": "building", "action": "save"})
    kept = ProjectReport.objects.get().typed
    assert all(kept[name] == ("" if name == "problems" else text) for name, text in said.items())
    assert answer.status_code == (422 if wrong else 302)
    found = answer.context["form"].errors if wrong else {}
    assert {name: found[name][0][: len(text)] for name, text in wrong.items()} == wrong
    assert set(found) == set(wrong)


def test_a_cumulative_that_falls_is_asked_about_when_it_is_saved(world: World) -> None:
    world.assign()
    world.decide(world.submitted())
    make.cycle(world.plan, Q2)
    at = make.moment("2017-07-04 10:00")
    report = world.save(ReportInput("building", "0", "4000"), quarter=Q2, now=at)
    assert [problem.field for problem in actions.faults(report, now=at)] == ["fall_reason"]


def test_a_submitted_report_is_withdrawn_until_it_is_decided_and_counts_as_nothing(world: World) -> None:
    world.assign()
    version = world.submitted()
    later = make.moment("2017-04-06 10:00")
    for by, note, refused in (
        (world.reporter, "数字有误", PermissionDenied),
        (world.office, "数字有误", PermissionDenied),
        (world.approver, " ", Problems),
    ):
        with pytest.raises(refused):
            actions.withdraw(by=by, reports=[version.report_id], note=note, now=later)
    assert world.sums(known_at="2017-04-05")[1] == 1
    actions.withdraw(by=world.approver, reports=[version.report_id], note="数字有误", now=later)
    version.refresh_from_db()
    assert (version.decision, version.report.state) == ("withdrawn", "draft")
    assert world.sums(known_at="2017-04-07")[1] == 0
    assert world.sums(known_at="2017-04-05")[1] == 1
    with pytest.raises(Conflict):
        actions.withdraw(by=world.approver, reports=[version.report_id], note="数字有误", now=later)
    # Submitted again after the date, it is late: the withdrawn one was no report.
    world.save(replace(SAID, progress="改过。"), revision=version.report.revision, now=later)
    (again,) = actions.submit(
        by=world.approver, reports=[version.report_id], now=make.moment("2017-04-11 10:00")
    )
    assert (again.number, world.is_late(again)) == (2, True)


@pytest.mark.pages
def test_the_approver_withdraws_a_report_on_its_page(world: World, settings: Any) -> None:
    settings.QHPLAN_NOW = NOW
    world.assign()
    version = world.submitted()
    address = reverse("project_report", args=[world.plan.slug, world.press.pk, str(Q1)])
    approver, reporter = world.client(world.approver), world.client(world.reporter)
    assert 'value="withdraw"' in approver.get(address).content.decode()
    assert 'value="withdraw"' not in reporter.get(address).content.decode()
    said = approver.post(address, {"action": "withdraw", "withdraw_note": "—"}, follow=True)
    assert "请写明撤回的理由" in said.content.decode()
    approver.post(address, {"action": "withdraw", "withdraw_note": "数字有误"})
    version.refresh_from_db()
    assert version.decision == "withdrawn"


def test_a_decision_on_a_report_is_taken_back_or_corrected_and_what_was_known_stays(world: World) -> None:
    world.assign()
    version = world.submitted()
    world.decide(version)
    page = reverse("project_decide", args=[version.report_id])
    colleague = world.user(Role.OFFICE, world.home)
    office, other = world.client(world.office), world.client(colleague)
    with clock.at(make.moment("2017-04-14 10:00")):
        assert "可以撤销重办" in office.get(page).content.decode()
        assert "更正为退回" in other.get(page).content.decode()
        asked = {"action": "correct", "correct-version": 1, "correct-reason": "数有误"}
        assert other.post(page, asked).status_code == 302
        version.refresh_from_db()
        assert (version.decision, version.decided_by, version.report.state) == (
            "returned",
            colleague,
            "returned",
        )
        desk = reverse("project_report", args=[world.plan.slug, world.press.pk, str(Q1)])
        assert "数有误" in world.client(world.reporter).get(desk).content.decode()
        # Whoever corrected takes that back in turn; the report waits again.
        assert other.post(page, {"action": "undo", "undo-version": 1}).status_code == 302
    version.refresh_from_db()
    assert (version.decision, version.report.state) == ("", "submitted")
    assert [world.sums(known_at=f"2017-04-{day}")[2] for day in (11, 13, 15)] == [1, 0, 1]


def test_what_a_later_report_goes_on_from_is_not_taken_back(world: World) -> None:
    world.assign()
    version = world.submitted()
    world.decide(version)
    make.cycle(world.plan, Q2)
    later = make.moment("2017-07-03")
    report = world.save(quarter=Q2, said=replace(SAID, total="6000"), now=later)
    actions.submit(by=world.approver, reports=[report.pk], now=later)
    with pytest.raises(Conflict, match="之后的报告已据此提交"):
        undo(REPORTS, by=world.office, versions=[version.pk], now=later)


def test_what_is_odd_in_a_report_is_told_to_its_writer_and_to_whoever_decides(world: World) -> None:
    world.assign()
    said = replace(SAID, progress="主体工程已经封顶，设备安装全面展开，进度符合计划。")
    world.decide(world.submitted(said))
    make.cycle(world.plan, Q2)
    later = make.moment("2017-07-03 10:00")
    again = replace(said, works="finished", invested="100", total="6000", problems="缺设备。")
    report = world.save(again, quarter=Q2, now=later)
    expected = [
        "建设进展与2017年第一季度所报一字不差。",
        "建设状态为建成，却仍列有存在问题。",
        "建设状态为建成，累计完成投资却只有总投资的 30%。",
        "累计完成投资比上季多 1000 万元，与本季完成投资 100 万元不符。",
    ]
    with clock.at(later):
        own = reverse("project_report", args=[world.plan.slug, world.press.pk, str(Q2)])
        written = world.client(world.reporter).get(own).content.decode()
        actions.submit(by=world.approver, reports=[report.pk], now=later)
        deciding = (
            world.client(world.office).get(reverse("project_decide", args=[report.pk])).content.decode()
        )
    for page in (written, deciding):
        assert [words for words in expected if words not in page] == []
