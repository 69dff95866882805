"""The write path of notices: from proposal to closing, who may, who comes second, and what the database refuses."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from qhplan import clock
from reports.supervision import actions, answers
from reports.supervision.actions import IssueInput
from reports.supervision.models import Answer, Notice
from reports.supervision.values import Ground, State
from tasks.errors import Conflict, Problems
from tasks.models import AgencyName, Event, Jurisdiction, Message, User
from tasks.values import Role
from tests import factories as make
from tests.supervision.conftest import CONTENT, DUE, NOW, Q1, World

LATER = date(2017, 7, 31)


def fresh(notice: Notice) -> Notice:
    return Notice.objects.select_related("agency", "plan", "job").get(pk=notice.pk)


def answered(world: World, notice: Notice | None = None) -> tuple[Notice, Answer]:
    """A notice that was signed for and answered."""
    found = notice or world.issued()
    answers.acknowledge(by=world.reporter, notice=found)
    return found, answers.answer(by=world.approver, notice=found, text="已采取三项措施。")


# -- from proposal to closing -------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_notice_goes_from_proposal_to_closing_and_every_step_is_on_record(world: World) -> None:
    notice = world.proposal()
    assert (notice.state, notice.doc_number, notice.agency) == (State.PROPOSED, "", world.lead)
    actions.issue(by=world.office, notice=notice, content=CONTENT)
    answers.acknowledge(by=world.reporter, notice=notice)
    first = answers.answer(by=world.approver, notice=notice, text="正在办理。")
    answers.decide(by=world.office, notice=notice, answer=first, accept=False, note="缺时限", due_on=LATER)
    second = answers.answer(by=world.approver, notice=notice, text="八月底前完成。")
    answers.decide(by=world.office, notice=notice, answer=second, accept=True, note="同意")

    kept = fresh(notice)
    assert (kept.state, kept.doc_number, kept.due_on, kept.first_due_on) == (
        State.CLOSED,
        "督〔2017〕1号",
        LATER,
        DUE,
    )
    assert (kept.ended_by, kept.ended_at, kept.ended_reason) == (world.office, NOW, "同意")
    assert [(a.number, a.decision, a.note) for a in kept.answers.all()] == [
        (1, "returned", "缺时限"),
        (2, "accepted", "同意"),
    ]
    events = Event.objects.filter(subject=f"notice:{notice.pk}")
    assert list(events.values_list("verb", "from_state", "to_state", "by")) == [
        ("notice.propose", "", "proposed", None),
        ("notice.issue", "proposed", "issued", world.office.pk),
        ("notice.acknowledge", "issued", "acknowledged", world.reporter.pk),
        ("notice.answer", "acknowledged", "answered", world.approver.pk),
        ("notice.send_back", "answered", "sent_back", world.office.pk),
        ("notice.answer", "sent_back", "answered", world.approver.pk),
        ("notice.close", "answered", "closed", world.office.pk),
    ]


def test_everybody_is_told_when_it_is_his_turn_and_nothing_of_what_it_says_leaves(world: World) -> None:
    notice = world.issued()
    answered(world, notice)
    answers.decide(by=world.office, notice=notice, answer=notice.answers.get(), accept=True)
    told = [(m.user, m.subject, m.place) for m in Message.objects.order_by("pk")]
    place = f"/supervision/{notice.pk}/"
    assert told == [
        (world.reporter, "督〔2017〕1号待签收", place),
        (world.approver, "督〔2017〕1号待签收", place),
        (world.office, "督〔2017〕1号已反馈，待审核", place),
        (world.reporter, "督〔2017〕1号已办结", place),
        (world.approver, "督〔2017〕1号已办结", place),
    ]
    words = "".join(f"{m.subject}{m.body}" for m in Message.objects.all())
    assert "措施" not in words
    assert CONTENT.title not in words


def test_an_issued_notice_names_body_and_issuer_as_they_are_called_on_that_day(world: World) -> None:
    AgencyName.objects.filter(agency=world.lead).update(full="青海省牵头局")
    notice = world.issued()
    assert (notice.addressee, notice.signed) == ("青海省牵头局", "青海省制造强省建设领导小组办公室")
    own = world.issued(world.home, by=world.second)
    assert own.signed == "督查室"


@pytest.mark.slow
def test_party_organs_central_bodies_and_enterprises_get_a_letter_with_its_own_numbers(world: World) -> None:
    first, letter, second = world.issued(), world.issued(world.bank), world.issued()
    assert [n.doc_number for n in (first, letter, second)] == [
        "督〔2017〕1号",
        "函〔2017〕1号",
        "督〔2017〕2号",
    ]
    assert [n.series for n in (first, letter, second)] == ["notice", "letter", "notice"]
    for kind in ("party", "enterprise"):
        assert world.issued(make.agency(kind=kind)).series == "letter"
    for kind in ("government", "zone", "review"):
        assert world.issued(make.agency(kind=kind)).series == "notice"


@pytest.mark.slow
def test_numbers_begin_anew_each_year_and_for_each_plan(world: World) -> None:
    world.issued()
    with clock.at(make.moment("2018-01-03 09:00")):
        content = IssueInput("标题", "要求", date(2018, 1, 20))
        assert world.issued(content=content).doc_number == "督〔2018〕1号"
    other = make.plan()
    assert world.issued(plan=other, task_ids=()).doc_number == "督〔2017〕1号"


@pytest.mark.slow
def test_a_notice_has_mark_and_signature_of_its_plans_jurisdiction(world: World, settings: Any) -> None:
    settings.NOTICE_MARK = "青制强办"
    assert world.issued().doc_number == "青制强办督〔2017〕1号"
    assert world.issued().signed == settings.BRIEF_OFFICE
    other = make.plan(
        jurisdiction=Jurisdiction.objects.create(
            name="浙江省", level="province", office="浙江省某办公室", notice_mark="浙机办"
        )
    )
    notice = world.issued(plan=other, task_ids=())
    assert (notice.doc_number, notice.signed) == ("浙机办督〔2017〕1号", "浙江省某办公室")


# -- who may ------------------------------------------------------------------------------------------------


def test_nobody_issues_to_his_own_body_or_closes_for_it(world: World) -> None:
    asked = world.hand(world.home)
    proposed = actions.issue_by_hand(by=world.office, asked=asked)
    assert proposed.state == State.PROPOSED
    with pytest.raises(PermissionDenied):
        actions.issue(by=world.office, notice=proposed, content=CONTENT)
    with pytest.raises(PermissionDenied):
        actions.reject(by=world.office, notice=proposed, reason="不必")
    actions.issue(by=world.second, notice=proposed, content=CONTENT)
    answers.acknowledge(by=world.home_approver, notice=proposed)
    given = answers.answer(by=world.home_approver, notice=proposed, text="已办。")
    with pytest.raises(PermissionDenied):
        answers.decide(by=world.office, notice=proposed, answer=given, accept=True)
    with pytest.raises(PermissionDenied):
        actions.withdraw(by=world.office, notice=proposed, reason="撤")
    answers.decide(by=world.second, notice=proposed, answer=given, accept=True)
    assert fresh(proposed).state == State.CLOSED


@pytest.mark.slow
def test_the_second_reviewer_supervises_nobody_but_the_offices_bodies(world: World) -> None:
    with pytest.raises(PermissionDenied):
        world.issued(by=world.second)
    with pytest.raises(PermissionDenied):
        actions.issue(by=world.second, notice=world.proposal(), content=CONTENT)


def test_who_signed_an_answer_does_not_decide_on_it_from_his_new_body(world: World) -> None:
    notice, given = answered(world)
    make.hold(world.approver, Role.OFFICE, agency=make.agency())
    judge = User.objects.get(pk=world.approver.pk)
    with pytest.raises(PermissionDenied):
        answers.decide(by=judge, notice=notice, answer=given, accept=True)


def test_only_the_body_itself_signs_and_answers_and_only_its_approver_answers(world: World) -> None:
    notice = world.issued()
    for user in (world.office, world.leadership, world.co_approver, world.viewer):
        with pytest.raises(PermissionDenied):
            answers.acknowledge(by=user, notice=notice)
    answers.acknowledge(by=world.reporter, notice=notice)
    for user in (world.reporter, world.office, world.co_approver):
        with pytest.raises(PermissionDenied):
            answers.answer(by=user, notice=notice, text="已办。")


def test_leaders_bodies_and_experts_issue_nothing(world: World) -> None:
    for user in (world.leadership, world.reporter, world.approver, world.expert, world.viewer):
        with pytest.raises(PermissionDenied):
            world.issued(by=user)
    assert not Notice.objects.exists()


@pytest.mark.slow
def test_visibility_is_the_bodys_own_the_offices_and_leaderships(world: World) -> None:
    proposal, notice = world.proposal(), world.issued()
    people = {
        name: set(Notice.objects.visible_to(getattr(world, name)).values_list("pk", flat=True))
        for name in (
            "office", "second", "leadership", "reporter", "approver", "co_approver", "expert", "viewer",
        )
    }  # fmt: skip
    both, issued = {proposal.pk, notice.pk}, {notice.pk}
    assert people == {
        "office": both,
        "second": both,
        "leadership": issued,
        "reporter": issued,
        "approver": issued,
        "co_approver": set(),
        "expert": set(),
        "viewer": set(),
    }


# -- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (IssueInput("", "要求", DUE), ["title"]),
        (IssueInput("题" * 121, "要求", DUE), ["title"]),
        (IssueInput("标题", " \n", DUE), ["text"]),
        (IssueInput("标题", "字" * 3001, DUE), ["text"]),
        (IssueInput("标题", "a\x00b", DUE), ["text"]),
        (IssueInput("标题", "要求", None), ["due_on"]),
        (IssueInput("标题", "要求", date(2017, 7, 5)), ["due_on"]),
        (IssueInput("标题", "要求", date(2018, 7, 7)), ["due_on"]),
        (IssueInput("", "", None), ["title", "text", "due_on"]),
    ],
)
def test_what_cannot_be_issued_is_refused_on_its_field(
    world: World, content: IssueInput, fields: list[str]
) -> None:
    with pytest.raises(Problems) as raised:
        world.issued(content=content)
    assert list(raised.value.by_field()) == fields
    assert not Notice.objects.exists()


@pytest.mark.usefixtures("prepared_fonts")
def test_what_no_font_draws_is_named_before_there_is_a_number(world: World) -> None:
    with pytest.raises(Problems) as raised:
        world.issued(content=IssueInput("标题", "请张\ue5e5三报送CO₂数据", DUE))
    assert "（U+E5E5）在简报字体里没有，印不出来" in raised.value.by_field()["text"][0]
    assert not Notice.objects.exists()


def test_sending_back_needs_a_reason_and_a_day(world: World) -> None:
    notice, given = answered(world)
    with pytest.raises(Problems) as raised:
        answers.decide(by=world.office, notice=notice, answer=given, accept=False)
    assert list(raised.value.by_field()) == ["note", "due_on"]
    assert fresh(notice).state == State.ANSWERED


@pytest.mark.slow
@pytest.mark.parametrize("reason", ["", "  ", "字" * 501, "a\x00"])
def test_refusing_and_withdrawing_need_a_reason(world: World, reason: str) -> None:
    proposal, notice = world.proposal(), world.issued()
    with pytest.raises(Problems):
        actions.reject(by=world.office, notice=proposal, reason=reason)
    with pytest.raises(Problems):
        actions.withdraw(by=world.office, notice=notice, reason=reason)


def test_nothing_is_addressed_to_a_collective_or_to_nobody(world: World) -> None:
    for agency_id in (make.agency("各市州", kind="collective").pk, 10**9):
        with pytest.raises(Problems) as raised:
            actions.issue_by_hand(by=world.office, asked=world.hand(agency_id=agency_id))
        assert list(raised.value.by_field()) == ["agency"]


# -- who comes second ---------------------------------------------------------------------------------------


STEPS: dict[str, Callable[[World, Notice], Any]] = {
    "issue": lambda w, n: actions.issue(by=w.office, notice=n, content=CONTENT),
    "reject": lambda w, n: actions.reject(by=w.office, notice=n, reason="不必"),
    "acknowledge": lambda w, n: answers.acknowledge(by=w.reporter, notice=n),
    "draft": lambda w, n: answers.save_draft(by=w.reporter, notice=n, text="草稿", revision=n.draft_revision),
    "answer": lambda w, n: answers.answer(by=w.approver, notice=n, text="已办。"),
    "close": lambda w, n: answers.decide(by=w.office, notice=n, answer=n.answers.last(), accept=True),
    "send_back": lambda w, n: answers.decide(
        by=w.office, notice=n, answer=n.answers.last(), accept=False, note="补", due_on=LATER
    ),
    "withdraw": lambda w, n: actions.withdraw(by=w.office, notice=n, reason="撤"),
}
# Which steps lead to a state, and which may be taken from it; every other one is refused.
WAYS: dict[str, tuple[list[str], set[str]]] = {
    "proposed": ([], {"issue", "reject"}),
    "rejected": (["reject"], set()),
    "issued": (["issue"], {"acknowledge", "withdraw"}),
    "acknowledged": (["issue", "acknowledge"], {"draft", "answer", "withdraw"}),
    "answered": (["issue", "acknowledge", "answer"], {"close", "send_back", "withdraw"}),
    "sent_back": (["issue", "acknowledge", "answer", "send_back"], {"draft", "answer", "withdraw"}),
    "closed": (["issue", "acknowledge", "answer", "close"], set()),
    "withdrawn": (["issue", "withdraw"], set()),
}


@pytest.mark.few(4)
@pytest.mark.slow
@pytest.mark.parametrize("state", WAYS)
def test_only_the_ways_of_the_table_lead_out_of_a_state(world: World, state: str) -> None:
    notice = world.proposal()
    steps, allowed = WAYS[state]
    for step in steps:
        STEPS[step](world, notice)
    assert fresh(notice).state == state
    taken = set()
    for name, step in STEPS.items():
        if name in {"close", "send_back"} and not notice.answers.exists():
            continue
        try:
            with transaction.atomic():
                step(world, fresh(notice))
                taken.add(name)
                transaction.set_rollback(True)
        except Conflict:
            pass
    assert taken == allowed


def test_who_comes_second_is_told_who_was_first(world: World) -> None:
    notice = world.issued()
    stale = fresh(notice)
    answers.acknowledge(by=world.reporter, notice=notice)
    with pytest.raises(Conflict, match="填报甲已于 07-05 10:00 办理过这件督办，现在是“待反馈”"):
        answers.acknowledge(by=world.approver, notice=stale)


def test_a_decision_on_an_answer_that_was_overtaken_changes_nothing(world: World) -> None:
    notice, first = answered(world)
    answers.decide(by=world.office, notice=notice, answer=first, accept=False, note="补", due_on=LATER)
    answers.answer(by=world.approver, notice=notice, text="补充。")
    with pytest.raises(Conflict, match="重新反馈"), transaction.atomic():
        answers.decide(by=world.office, notice=notice, answer=first, accept=True)
    assert fresh(notice).state == State.ANSWERED


def test_two_who_write_the_answer_do_not_overwrite_each_other(world: World) -> None:
    notice = world.issued()
    answers.acknowledge(by=world.reporter, notice=notice)
    stale = fresh(notice)
    answers.save_draft(by=world.reporter, notice=notice, text="甲写的", revision=0)
    with pytest.raises(Conflict, match="填报甲于 07-05 10:00 保存过反馈草稿"):
        answers.save_draft(by=world.approver, notice=stale, text="乙写的", revision=0)
    with pytest.raises(Conflict, match="保存过反馈草稿"):
        answers.answer(by=world.approver, notice=stale, text="乙写的", revision=0)
    answers.answer(by=world.approver, notice=stale, text="甲写的", revision=1)
    assert (fresh(notice).draft, fresh(notice).draft_revision) == ("", 2)


def test_the_same_form_sent_twice_is_one_notice(world: World) -> None:
    key = uuid.uuid4()
    assert world.issued(key=key) == world.issued(key=key)
    assert Notice.objects.count() == 1


# -- what stands on a fact ----------------------------------------------------------------------------------


def on_red(world: World, **values: Any) -> Notice:
    return world.issued(ground=Ground.RED, subject=f"task:{world.task.pk}", **values)


def test_a_notice_by_hand_on_a_fact_keeps_the_fact_as_it_is_known(world: World) -> None:
    world.red()
    notice = on_red(world)
    assert (notice.subject, notice.known_at) == (f"task:{world.task.pk}", NOW)
    assert [one["quarter"] for one in notice.facts["quarters"]] == ["2016Q4", "2017Q1"]
    assert list(notice.tasks.all()) == [world.task]


@pytest.mark.slow
def test_a_fact_that_does_not_hold_is_no_ground(world: World) -> None:
    with pytest.raises(Conflict, match="不成立"):
        on_red(world)
    world.red()
    with pytest.raises(Conflict, match="不成立"):  # another body does not lead it
        on_red(world, agency=world.co)


@pytest.mark.slow
def test_the_same_fact_is_not_taken_up_twice_while_one_is_open(world: World) -> None:
    world.red()
    first = on_red(world)
    with pytest.raises(Conflict, match="督〔2017〕1号，还没有办结"):
        on_red(world)
    actions.withdraw(by=world.office, notice=first, reason="发错了")
    assert on_red(world).doc_number == "督〔2017〕2号"


@pytest.mark.slow
def test_a_proposal_is_taken_up_by_hand_only_as_a_proposal(world: World) -> None:
    world.proposal()
    with pytest.raises(Conflict, match="已有督办建议"):
        on_red(world)


def test_a_proposal_whose_fact_is_gone_cannot_be_issued(world: World) -> None:
    make.version(world.task, world.co, Q1)
    (proposal,) = actions.propose(plan=world.plan, found=world.grounds().of(Ground.MISSING))
    assert [one["code"] for one in proposal.facts["returns"]] == [world.task.code]
    make.version(world.task, world.lead, Q1, at="2017-07-04 09:00")
    with pytest.raises(Conflict, match="依据不再成立"):
        actions.issue(by=world.office, notice=proposal, content=CONTENT)
    assert fresh(proposal).state == State.PROPOSED


def test_what_is_issued_speaks_of_the_facts_at_that_moment(world: World) -> None:
    other = make.task(world.plan, lead=world.lead)
    (proposal,) = [
        one
        for one in actions.propose(plan=world.plan, found=world.grounds().of(Ground.MISSING))
        if one.agency == world.lead
    ]
    assert len(proposal.facts["returns"]) == 2
    make.version(other, world.lead, Q1, at="2017-07-05 15:00")
    later = NOW + timedelta(days=1)
    actions.issue(by=world.office, notice=proposal, content=CONTENT, now=later)
    kept = fresh(proposal)
    assert ([one["ref"] for one in kept.facts["returns"]], kept.known_at) == ([world.task.ref], later)
    assert list(kept.tasks.all()) == [world.task]


# -- what the database itself refuses -----------------------------------------------------------------------


def test_the_database_keeps_what_was_issued_and_answered(world: World) -> None:
    notice, given = answered(world)
    rows, answer_rows = Notice.objects.filter(pk=notice.pk), Answer.objects.filter(pk=given.pk)
    for broken in (
        lambda: rows.update(title="另一个"),
        lambda: rows.update(facts={}),
        lambda: rows.update(number=7),
        lambda: rows.update(due_on=LATER),
        lambda: rows.update(state=State.PROPOSED),
        lambda: rows.update(state=State.CLOSED),
        lambda: rows.update(ended_at=NOW),
        lambda: rows.update(state=State.WITHDRAWN, ended_at=NOW, ended_by=world.office),
        rows.delete,
        lambda: answer_rows.update(text="改口"),
        lambda: answer_rows.update(decision="accepted"),
        lambda: answer_rows.update(decision="returned", decided_at=NOW, decided_by=world.office),
        answer_rows.delete,
        lambda: Answer.objects.create(
            notice=notice, number=2, text="再答", due_on=DUE, at=NOW, by=world.approver
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            broken()
    answers.decide(by=world.office, notice=notice, answer=given, accept=True)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state=State.ANSWERED, ended_at=None, ended_by=None)


@pytest.mark.slow
def test_the_database_refuses_a_half_issued_notice(world: World) -> None:
    proposal = world.proposal()
    rows = Notice.objects.filter(pk=proposal.pk)
    whole: dict[str, Any] = {
        "state": State.ISSUED,
        "series": "notice",
        "year": 2017,
        "number": 1,
        "doc_number": "督〔2017〕1号",
        "addressee": "牵头局",
        "signed": "办公室",
        "issued_at": NOW,
        "issued_by": world.office,
        "due_on": DUE,
        "first_due_on": DUE,
    }
    empty: dict[str, Any] = {"series": "", "doc_number": "", "addressee": "", "signed": ""}
    for missing in [name for name in whole if name != "state"]:
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**{**whole, missing: empty.get(missing)})
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(**{**whole, "state": State.PROPOSED})
    with transaction.atomic():
        assert rows.update(**whole) == 1
        transaction.set_rollback(True)
