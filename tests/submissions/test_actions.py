"""The write path of returns: who may, from which state, and what is kept."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.db.utils import IntegrityError
from django.test.utils import CaptureQueriesContext

from tasks.errors import Conflict, Problems
from tasks.models import Event, Figure, Message, State, Submission, Task, User, Version, VersionBasis
from tasks.review.actions import DecisionInput, decide
from tasks.submissions.actions import hand, save_drafts, submit, take_back
from tasks.submissions.content import DraftInput
from tasks.submissions.queries import desk
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
LATER = make.moment("2017-04-04 09:00")


class World:
    """One task with a lead and a co-agency, and one person for each thing to do."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead = make.agency("牵头局")
        self.co = make.agency("配合局")
        self.task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.co_reporter = make.user(Role.REPORTER, agency=self.co, password=None)
        self.co_approver = make.user(Role.APPROVER, agency=self.co, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.second = make.user(Role.SECOND_REVIEWER, password=None)

    def draft(self, **values: Any) -> DraftInput:
        return DraftInput(
            **{
                "plan_id": self.plan.pk,
                "quarter": Q,
                "task_id": self.task.pk,
                "agency_id": self.lead.pk,
                "light": "green",
                "done": "完成三件事。",
                **values,
            }
        )

    def saved(self, **values: Any) -> Submission:
        return save_drafts(by=self.reporter, drafts=[self.draft(**values)], now=NOW)[0]

    def submitted(self, now: datetime = NOW, **values: Any) -> Version:
        return submit(by=self.approver, submissions=[self.saved(**values).pk], now=now)[0]

    def co_submitted(self, **values: Any) -> Version:
        draft = self.draft(agency_id=self.co.pk, **values)
        head = save_drafts(by=self.co_reporter, drafts=[draft], now=NOW)[0]
        return submit(by=self.co_approver, submissions=[head.pk], now=NOW)[0]


@pytest.fixture
def world(db: None) -> World:
    return World()


def messages(raised: Any) -> dict[str, list[str]]:
    error: Problems = raised.value
    return error.by_field()


# -- drafts -------------------------------------------------------------------------------------------------


def test_save_keeps_what_was_typed_complete_or_not(world: World) -> None:
    head = world.saved(light="", done="写到一半", figures={"any": {"value": "十二"}})
    head.refresh_from_db()
    assert (head.state, head.revision, head.done) == (State.DRAFT, 1, "写到一半")
    assert head.figures == {"any": {"value": "十二"}}


def test_save_again_with_the_revision_seen_replaces(world: World) -> None:
    world.saved()
    head = world.saved(done="改过", revision=1)
    head.refresh_from_db()
    assert (head.revision, head.done) == (2, "改过")


@pytest.mark.slow
def test_save_over_someone_elses_later_save_is_refused_and_says_who(world: World) -> None:
    world.saved()
    other = make.user(Role.REPORTER, agency=world.lead, password=None, display_name="王五")
    save_drafts(by=other, drafts=[world.draft(done="王五的", revision=1)], now=LATER)
    with pytest.raises(Conflict, match="王五于 04-04 09:00 保存过"):
        world.saved(done="我的", revision=1)
    assert Submission.objects.get().done == "王五的"


def test_save_a_first_draft_that_another_began_meanwhile_is_refused(world: World) -> None:
    world.saved()
    other = make.user(Role.REPORTER, agency=world.lead, password=None)
    with pytest.raises(Conflict):
        save_drafts(by=other, drafts=[world.draft(done="也来填")], now=LATER)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"light": "purple"}, "light"),
        ({"light": "grey"}, "light"),
        ({"progress": 101}, "progress"),
        ({"progress": -1}, "progress"),
        ({"done": "长" * 5001}, "done"),
        ({"problems": [{"category": "weather", "text": "雨"}]}, "problems"),
        ({"problems": [{"category": "money", "text": "缺"}] * 21}, "problems"),
    ],
)
def test_save_refuses_what_cannot_be_kept_on_its_field(world: World, values: Any, field: str) -> None:
    with pytest.raises(Problems) as raised:
        world.saved(**values)
    assert list(messages(raised)) == [field]
    assert not Submission.objects.exists()


def test_save_for_another_body_is_denied(world: World) -> None:
    with pytest.raises(PermissionDenied):
        save_drafts(by=world.co_reporter, drafts=[world.draft()], now=NOW)


@pytest.mark.parametrize("role", [Role.OFFICE, Role.LEADERSHIP, Role.VIEWER, Role.EXPERT])
def test_save_without_a_filing_role_is_denied(world: World, role: Role) -> None:
    someone = make.user(role, agency=world.lead, password=None)
    with pytest.raises(PermissionDenied):
        save_drafts(by=someone, drafts=[world.draft()], now=NOW)


def test_save_for_a_task_that_is_not_owed_is_denied(world: World) -> None:
    foreign = make.task(world.plan, lead=world.co)
    with pytest.raises(PermissionDenied):
        save_drafts(by=world.reporter, drafts=[world.draft(task_id=foreign.pk)], now=NOW)


def test_save_counts_the_duty_on_the_quarters_last_day(world: World) -> None:
    ended = make.task(world.plan)
    make.responsibility(ended, world.lead, last="2016Q4")
    with pytest.raises(PermissionDenied):
        save_drafts(by=world.reporter, drafts=[world.draft(task_id=ended.pk)], now=NOW)


@pytest.mark.parametrize(
    ("now", "word"), [("2017-03-31 23:59", "尚未开启"), ("2017-04-30 17:00", "已于 04-30 17:00 截止")]
)
def test_save_outside_the_cycle_says_why(world: World, now: str, word: str) -> None:
    with pytest.raises(Conflict, match=word):
        save_drafts(by=world.reporter, drafts=[world.draft()], now=make.moment(now))


def test_a_batch_with_one_fault_writes_nothing(world: World) -> None:
    second = make.task(world.plan, lead=world.lead)
    with pytest.raises(Problems):
        save_drafts(
            by=world.reporter,
            drafts=[world.draft(), world.draft(task_id=second.pk, progress=200)],
            now=NOW,
        )
    assert not Submission.objects.exists()


# -- handing on ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"light": ""}, "light"),
        ({"done": "  "}, "done"),
        ({"no_progress": True, "done": ""}, "no_progress_reason"),
        ({"light": "yellow"}, "next_steps"),
        ({"light": "red"}, "next_steps"),
        ({"problems": [{"category": "money", "text": " "}]}, "problems"),
        ({"elsewhere": True}, "elsewhere"),
    ],
)
def test_incomplete_returns_cannot_be_handed_or_submitted(world: World, values: Any, field: str) -> None:
    head = world.saved(**values)
    for by, act in ((world.reporter, hand), (world.approver, submit)):
        with pytest.raises(Problems) as raised:
            act(by=by, submissions=[head.pk], now=NOW)  # type: ignore[operator]
        assert list(messages(raised)) == [field]
    head.refresh_from_db()
    assert head.state == State.DRAFT
    assert not Version.objects.exists()


def test_no_progress_with_a_reason_is_a_report(world: World) -> None:
    version = world.submitted(done="", no_progress=True, no_progress_reason="未到节点")
    assert (version.no_progress, version.number) == (True, 1)


def test_filed_elsewhere_counts_without_content(world: World) -> None:
    version = world.submitted(elsewhere=True, light="", done="")
    assert (version.elsewhere, version.light, version.done) == (True, "", "")


def test_hand_take_back_and_the_record(world: World) -> None:
    head = world.saved()
    hand(by=world.reporter, submissions=[head.pk], now=NOW)
    with pytest.raises(Conflict, match="待签批"):
        world.saved(done="又改", revision=1)
    take_back(by=world.reporter, submissions=[head.pk], now=LATER)
    head.refresh_from_db()
    assert head.state == State.DRAFT
    assert list(Event.objects.values_list("verb", "from_state", "to_state", "note")) == [
        ("return.hand", "draft", "handed", ""),
        ("return.take_back", "handed", "draft", ""),
    ]


@pytest.mark.slow
def test_an_approver_sends_back_to_the_reporter_with_a_reason_that_the_desk_shows(world: World) -> None:
    head = world.saved()
    hand(by=world.reporter, submissions=[head.pk], now=NOW)
    with pytest.raises(Problems) as raised:
        take_back(by=world.approver, submissions=[head.pk], note=" ", now=LATER)
    assert list(raised.value.by_field()) == ["note"]
    take_back(by=world.approver, submissions=[head.pk], note="补数字", now=LATER)

    def told() -> list[str]:
        rows = desk(world.plan, Q, world.lead.pk).rows
        return [row.sent_to_reporter.note for row in rows if row.sent_to_reporter]

    assert told() == ["补数字"]
    assert Message.objects.filter(user=world.reporter, subject__contains="签批人退回").exists()
    hand(by=world.reporter, submissions=[head.pk], now=LATER)
    take_back(by=world.reporter, submissions=[head.pk], now=LATER)
    assert told() == []


def test_only_the_approver_submits(world: World) -> None:
    head = world.saved()
    for someone in (world.reporter, world.co_approver, world.office):
        with pytest.raises(PermissionDenied):
            submit(by=someone, submissions=[head.pk], now=NOW)
    assert not Version.objects.exists()


@pytest.mark.slow
def test_submitting_twice_is_told_who_did_it(world: World) -> None:
    head = world.saved()
    submit(by=world.approver, submissions=[head.pk], now=NOW)
    second = make.user(Role.APPROVER, agency=world.lead, password=None)
    with pytest.raises(Conflict, match=f"已由{world.approver}于 04-03 09:00 改为“已提交”"):
        submit(by=second, submissions=[head.pk], now=LATER)
    assert Version.objects.count() == 1


def test_late_returns_are_taken_until_the_cycle_closes(world: World) -> None:
    late = make.moment("2017-04-29 12:00")
    head = save_drafts(by=world.reporter, drafts=[world.draft()], now=late)[0]
    with pytest.raises(Conflict, match="截止"):
        submit(by=world.approver, submissions=[head.pk], now=make.moment("2017-05-01 12:00"))
    assert submit(by=world.approver, submissions=[head.pk], now=late)[0].submitted_at == late


# -- figures ------------------------------------------------------------------------------------------------


def test_zero_is_a_value_and_blank_is_none(world: World) -> None:
    zero = make.indicator(world.plan, world.task)
    blank = make.indicator(world.plan, world.task)
    version = world.submitted(figures={zero.slug: {"value": "0"}, blank.slug: {"value": " "}})
    assert list(version.figures.values_list("indicator", "value")) == [(zero.pk, Decimal(0))]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "part", "word"),
    [
        ({"value": "十二"}, "value", "不是数"),
        ({"value": "12%"}, "value", "不要填百分比"),
        ({"value": "1.23456"}, "value", "不是数"),
        ({"value": "=1+1"}, "value", "不是数"),
        ({"value": "9" * 15}, "value", "不是数"),
        ({"value": "1,23"}, "value", "不是数"),
        ({"value": "NaN"}, "value", "不是数"),
    ],
)
def test_a_wrong_figure_is_named_on_its_field(
    world: World, typed: dict[str, str], part: str, word: str
) -> None:
    indicator = make.indicator(world.plan, world.task)
    head = world.saved(figures={indicator.slug: typed})
    with pytest.raises(Problems) as raised:
        submit(by=world.approver, submissions=[head.pk], now=NOW)
    fields = messages(raised)
    assert list(fields) == [f"figures.{indicator.slug}.{part}"]
    assert word in fields[f"figures.{indicator.slug}.{part}"][0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "value"), [("１，２３４．５", "1234.5"), (" 7 ", "7"), ("-3", "-3"), ("12,345,678", "12345678")]
)
def test_figures_are_read_as_people_type_them(world: World, typed: str, value: str) -> None:
    indicator = make.indicator(world.plan, world.task, kind="amount", may_be_negative=True)
    version = world.submitted(figures={indicator.slug: {"value": typed.replace("，", ",")}})
    assert version.figures.get().value == Decimal(value)


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        ({"numerator": "3"}, "denominator"),
        ({"denominator": "3"}, "numerator"),
        ({"numerator": "3", "denominator": "0"}, "denominator"),
    ],
)
def test_a_ratio_needs_both_parts_and_a_denominator(world: World, typed: dict[str, str], part: str) -> None:
    ratio = make.indicator(world.plan, world.task, kind="ratio")
    head = world.saved(figures={ratio.slug: typed})
    with pytest.raises(Problems) as raised:
        submit(by=world.approver, submissions=[head.pk], now=NOW)
    assert list(messages(raised)) == [f"figures.{ratio.slug}.{part}"]


def test_a_cumulative_figure_that_falls_needs_a_reason(world: World) -> None:
    indicator = make.indicator(world.plan, world.task)
    before = make.version(world.task, world.lead, "2016Q4")
    make.figure(before, indicator, "120")
    head = world.saved(figures={indicator.slug: {"value": "96"}})
    with pytest.raises(Problems) as raised:
        submit(by=world.approver, submissions=[head.pk], now=NOW)
    name = f"figures.{indicator.slug}.reason"
    assert messages(raised) == {name: ["累计数比上次少 24，请写明原因，或改正数字。"]}
    head = world.saved(figures={indicator.slug: {"value": "96", "reason": "上季重复统计"}}, revision=1)
    submit(by=world.approver, submissions=[head.pk], now=NOW)
    assert Figure.objects.get(version__quarter=Q).reason == "上季重复统计"


def test_a_figure_that_the_task_does_not_ask_for_is_refused(world: World) -> None:
    other = make.indicator(world.plan, make.task(world.plan, lead=world.co))
    head = world.saved(figures={other.slug: {"value": "1"}})
    with pytest.raises(Problems) as raised:
        submit(by=world.approver, submissions=[head.pk], now=NOW)
    assert list(messages(raised)) == ["figures"]


# -- consolidating and deciding -----------------------------------------------------------------------------


def test_the_lead_adopts_or_returns_and_its_version_names_what_it_stands_on(world: World) -> None:
    third = make.agency("第三局")
    make.responsibility(world.task, third, Duty.CO)
    adopted = world.co_submitted()
    decide(by=world.reporter, decisions=[DecisionInput(adopted.pk, accept=True)], now=NOW)
    waiting = make.version(world.task, third, Q)
    lead = world.submitted(now=LATER)
    assert set(VersionBasis.objects.values_list("lead_version", "co_version", "adopted")) == {
        (lead.pk, adopted.pk, True),
        (lead.pk, waiting.pk, False),
    }


@pytest.mark.slow
def test_a_returned_co_return_is_no_basis_and_can_be_sent_again(world: World) -> None:
    first = world.co_submitted()
    decide(by=world.approver, decisions=[DecisionInput(first.pk, accept=False, note="缺数字")], now=NOW)
    assert Submission.objects.get(agency=world.co).state == State.RETURNED
    lead = world.submitted(now=LATER)
    assert not lead.basis.exists()
    head = save_drafts(
        by=world.co_reporter,
        drafts=[world.draft(agency_id=world.co.pk, done="补了", revision=first.submission.revision + 2)],
        now=LATER,
    )[0]
    second = submit(by=world.co_approver, submissions=[head.pk], now=LATER)[0]
    assert (second.number, second.done) == (2, "补了")
    first.refresh_from_db()
    assert first.done == "完成三件事。"


@pytest.mark.parametrize("who", ["co_approver", "second"])
def test_only_the_lead_decides_co_returns(world: World, who: str) -> None:
    version = world.co_submitted()
    with pytest.raises(PermissionDenied):
        decide(by=getattr(world, who), decisions=[DecisionInput(version.pk, accept=True)], now=NOW)


def test_the_office_overrules_a_lead_and_says_why(world: World) -> None:
    version = world.co_submitted()
    with pytest.raises(Problems) as raised:
        decide(by=world.office, decisions=[DecisionInput(version.pk, accept=True)], now=NOW)
    assert list(messages(raised)) == ["note"]

    note = "牵头单位逾期未审，办公室代为采纳。"
    decide(by=world.office, decisions=[DecisionInput(version.pk, accept=True, note=note)], now=NOW)

    version.refresh_from_db()
    assert (version.decision, version.decided_by, version.decision_note) == ("accepted", world.office, note)
    assert Event.objects.get(verb="return.accept").data["overruled"] is True


@pytest.mark.slow
def test_the_office_accepts_with_its_own_light_and_says_why(world: World) -> None:
    version = world.submitted()
    decision = DecisionInput(version.pk, accept=True, verified_light="yellow", verification="partly")
    with pytest.raises(Problems) as raised:
        decide(by=world.office, decisions=[decision], now=LATER)
    assert list(messages(raised)) == ["note"]
    decide(by=world.office, decisions=[replace(decision, note="现场未完成")], now=LATER)
    version.refresh_from_db()
    assert (version.decision, version.verified_light, version.verification, version.decided_at) == (
        "accepted",
        "yellow",
        "partly",
        LATER,
    )


def test_nobody_judges_himself(world: World) -> None:
    version = world.submitted()
    own_office = make.user(Role.OFFICE, agency=world.lead, password=None)
    own_second = make.user(Role.SECOND_REVIEWER, agency=world.lead, password=None)
    decision = DecisionInput(version.pk, accept=True, verified_light="green", verification="true")
    # The office now sits in the lead's own body too: neither its people nor the office may decide.
    for someone in (own_office, own_second, world.office):
        with pytest.raises(PermissionDenied):
            decide(by=someone, decisions=[decision], now=LATER)
    decide(by=world.second, decisions=[decision], now=LATER)
    version.refresh_from_db()
    assert version.decided_by == world.second


def test_the_second_reviewer_decides_nothing_else(world: World) -> None:
    version = world.submitted()
    with pytest.raises(PermissionDenied):
        decide(
            by=world.second,
            decisions=[DecisionInput(version.pk, accept=True, verified_light="green", verification="true")],
            now=LATER,
        )


def test_returning_needs_a_reason(world: World) -> None:
    version = world.submitted()
    with pytest.raises(Problems) as raised:
        decide(by=world.office, decisions=[DecisionInput(version.pk, accept=False)], now=LATER)
    assert list(messages(raised)) == ["note"]


def test_deciding_an_old_version_is_told_of_the_new_one(world: World) -> None:
    old = world.submitted()
    decide(by=world.office, decisions=[DecisionInput(old.pk, accept=False, note="补")], now=LATER)
    submit(by=world.approver, submissions=[old.submission_id], now=LATER)
    with pytest.raises(Conflict, match="已有第 2 版"):
        decide(by=world.office, decisions=[DecisionInput(old.pk, accept=False, note="补")], now=LATER)


def test_after_closing_the_office_accepts_and_returns_only_until_a_date(world: World) -> None:
    # The cycle closed on 2017-04-30 17:00.
    version = world.submitted()
    closed = make.moment("2017-05-02 09:00")
    with pytest.raises(Problems) as raised:
        decide(by=world.office, decisions=[DecisionInput(version.pk, accept=False, note="补")], now=closed)
    assert list(messages(raised)) == ["answer_by"]
    decide(
        by=world.office,
        decisions=[DecisionInput(version.pk, accept=True, verified_light="green", verification="true")],
        now=closed,
    )


# -- what the database itself refuses -----------------------------------------------------------------------


def test_a_submitted_version_cannot_be_changed_or_deleted(world: World) -> None:
    version = world.submitted()
    from django.db import transaction

    for change in (
        lambda: Version.objects.filter(pk=version.pk).update(done="改写历史"),
        lambda: Version.objects.filter(pk=version.pk).delete(),
        lambda: Event.objects.update(note="改写"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


# -- queries and visibility ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_queries_do_not_grow_with_the_batch(world: World) -> None:
    def count(tasks: list[Task]) -> list[int]:
        counts = []
        drafts = [world.draft(task_id=task.pk) for task in tasks]
        with CaptureQueriesContext(connection) as saving:
            heads = save_drafts(by=world.reporter, drafts=drafts, now=NOW)
        with CaptureQueriesContext(connection) as submitting:
            versions = submit(by=world.approver, submissions=[head.pk for head in heads], now=NOW)
        decisions = [
            DecisionInput(version.pk, accept=True, verified_light="green", verification="true")
            for version in versions
        ]
        with CaptureQueriesContext(connection) as deciding:
            decide(by=world.office, decisions=decisions, now=LATER)
        counts += [len(saving), len(submitting), len(deciding)]
        return counts

    one = count([make.task(world.plan, lead=world.lead)])
    ten = count([make.task(world.plan, lead=world.lead) for _ in range(10)])
    assert one == ten


def test_visible_to(world: World) -> None:
    version = world.co_submitted()
    outsider = make.user(Role.REPORTER, password=None)
    leadership = make.user(Role.LEADERSHIP, password=None)
    admin = make.user(Role.ACCOUNTS_ADMIN, password=None)

    def who_sees() -> set[str]:
        people: dict[str, User] = {
            "own": world.co_reporter,
            "lead": world.reporter,
            "office": world.office,
            "second": world.second,
            "outsider": outsider,
            "leadership": leadership,
            "admin": admin,
        }
        return {
            name
            for name, user in people.items()
            if Version.objects.visible_to(user).exists() and Submission.objects.visible_to(user).exists()
        }

    assert who_sees() == {"own", "lead", "office", "second"}
    decide(by=world.reporter, decisions=[DecisionInput(version.pk, accept=True)], now=LATER)
    assert who_sees() == {"own", "lead", "office", "second", "outsider", "leadership"}


def test_a_draft_is_seen_by_its_own_body_alone(world: World) -> None:
    world.saved()
    seen = {
        name: Submission.objects.visible_to(getattr(world, name)).exists()
        for name in ("reporter", "approver", "co_reporter", "office", "second")
    }
    assert seen == {
        "reporter": True,
        "approver": True,
        "co_reporter": False,
        "office": False,
        "second": False,
    }
