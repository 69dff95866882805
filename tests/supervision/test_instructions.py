"""Instructions: a leader's own words, what is assigned on them, and until when they are shown."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.http import Http404

from reports.supervision import actions, answers
from reports.supervision.instruction_subjects import address_of, subject_of, usual_assignees, words_of
from reports.supervision.instructions import InstructionInput, instruct, set_aside
from reports.supervision.message_texts import basis
from reports.supervision.models import Instruction, Notice
from reports.supervision.queries import office_desk, open_instructions, waiting_for_body
from reports.supervision.values import Ground, InstructionState
from tasks.errors import Conflict, Problems
from tasks.models import Event, Message, User
from tasks.values import Role
from tests import factories as make
from tests.briefs.conftest import frozen, issued
from tests.supervision.conftest import DUE, NOW, Q1, World

WORDS = "请牵头单位拿出具体措施，务于八月底前见效。"


def said(world: World, by: User | None = None, **values: Any) -> Instruction:
    """An instruction on the task, by a leader or as the office transcribes it."""
    fields: dict[str, Any] = {"words": WORDS, "task": world.task}
    if by is not None and not by.has(Role.LEADERSHIP):
        fields |= {"leader": "张省长", "given_on": date(2017, 7, 3)}
    return instruct(by=by or world.leadership, asked=InstructionInput(**{**fields, **values}))


def assigned(world: World, instruction: Instruction, **values: Any) -> Notice:
    return world.issued(ground=Ground.INSTRUCTION, instruction=instruction, task_ids=(), **values)


def closed(world: World, notice: Notice) -> None:
    answers.acknowledge(by=world.reporter, notice=notice)
    given = answers.answer(by=world.approver, notice=notice, text="已办。")
    answers.decide(by=world.office, notice=notice, answer=given, accept=True)


def standing(instruction: Instruction) -> InstructionState:
    return Instruction.objects.with_standing().get(pk=instruction.pk).standing


def test_an_instruction_goes_from_its_words_to_done(world: World) -> None:
    instruction = said(world)
    assert standing(instruction) == InstructionState.WAITING
    notice = assigned(world, instruction)
    assert (notice.doc_number, notice.due_on, list(notice.tasks.all())) == (
        "督〔2017〕1号",
        DUE,
        [world.task],
    )
    assert notice.facts == {
        "leader": "组长",
        "given_on": "2017-07-05",
        "words": WORDS,
        "on": f"“{world.task.code} 智能制造”任务",
    }
    assert standing(instruction) == InstructionState.ASSIGNED
    closed(world, notice)
    assert standing(instruction) == InstructionState.DONE


def test_it_is_done_only_when_all_that_was_assigned_is_closed(world: World) -> None:
    instruction = said(world)
    first, second = assigned(world, instruction), assigned(world, instruction, agency=world.co)
    closed(world, first)
    assert standing(instruction) == InstructionState.ASSIGNED
    actions.withdraw(by=world.office, notice=second, reason="并入牵头单位")
    assert standing(instruction) == InstructionState.DONE


def test_it_waits_again_when_everything_assigned_was_withdrawn(world: World) -> None:
    instruction = said(world)
    actions.withdraw(by=world.office, notice=assigned(world, instruction), reason="发错单位")
    assert standing(instruction) == InstructionState.WAITING


def test_a_leader_writes_himself_and_the_office_transcribes_with_who_when_and_the_own_words(
    world: World,
) -> None:
    own, theirs = said(world), said(world, by=world.office)
    assert [(one.leader, one.given_on, one.at, one.by, one.transcribed) for one in (own, theirs)] == [
        ("组长", date(2017, 7, 5), NOW, world.leadership, False),
        ("张省长", date(2017, 7, 3), NOW, world.office, True),
    ]
    # A leader cannot write in another's name, whatever is sent.
    assert said(world, leader="王省长", given_on=date(2017, 1, 1)).leader == "组长"


def test_nobody_else_writes_or_transcribes(world: World) -> None:
    for user in (world.second, world.reporter, world.expert, world.viewer):
        with pytest.raises(PermissionDenied):
            said(world, by=user)


def test_an_instruction_stands_on_one_thing_or_on_nothing(world: World) -> None:
    brief, notice = issued(world.plan), world.issued()
    version = make.accept(make.version(world.task, world.co, Q1))
    target = make.target(world.plan, text="明显提高")
    plan = {"plan": world.plan.slug}
    on: list[tuple[dict[str, str], str, Any, list[int]]] = [
        ({**plan, "task": world.task.ref}, "task", world.task, [world.lead.pk]),
        ({"brief": str(brief.pk)}, "brief", brief, []),
        ({"return": str(version.submission_id)}, "submission", version.submission, [world.co.pk]),
        ({"notice": str(notice.pk)}, "notice", notice, [world.lead.pk]),
        ({**plan, "agency": world.bank.slug}, "agency", world.bank, [world.bank.pk]),
        ({**plan, "target": str(target.order)}, "target", target, []),
        (plan, "", None, []),
    ]
    for named, field, thing, whom in on:
        made = said(world, task=None, on=subject_of(world.leadership, named))
        assert (made.subject, made.plan, usual_assignees(made)) == (thing, world.plan, whom), field
        assert bool(words_of(made)) == bool(address_of(made)) == (thing is not None), field
    for named, words in (
        (
            {**plan, "agency": world.bank.slug},
            "2017年7月5日，组长就“人行中心支行”批示：“请牵头单位拿出具体措施，务于八月底前见效。”",
        ),
        (plan, "2017年7月5日，组长批示：“请牵头单位拿出具体措施，务于八月底前见效。”"),
    ):
        made = said(world, task=None, on=subject_of(world.leadership, named))
        assert basis(assigned(world, made, agency=world.bank)) == words
    with pytest.raises(Problems):
        said(world, brief_id=brief.pk)
    with pytest.raises(PermissionDenied):
        said(world, by=world.office, task=None, brief_id=frozen(world.plan).pk)
    for wrong in ({"return": "999"}, {"notice": "x"}, {**plan, "task": "9-9"}, {**plan, "target": "99"}):
        with pytest.raises(Http404):
            subject_of(world.leadership, wrong)
    with pytest.raises(DatabaseError), transaction.atomic():
        Instruction.objects.create(
            plan=world.plan, task=world.task, agency=world.bank, leader="组长", words="办", given_on=DUE, at=NOW,
            by=world.leadership, transcribed=False, is_sample=False,
        )  # fmt: skip


def test_a_scan_is_kept_with_the_instruction(world: World) -> None:
    scan = make.upload("批示.pdf", b"%PDF-1.7 scan")
    made = said(world, by=world.office, uploads=[scan])
    assert made.files.get().file.name == "批示.pdf"
    with pytest.raises(Problems) as refused:
        said(world, by=world.office, uploads=[make.upload("批示.pdf", b"MZ program")])
    assert list(refused.value.by_field()) == ["scan"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"words": " "}, "words"),
        ({"words": "字" * 2001}, "words"),
        ({"words": "a\x00"}, "words"),
        ({"leader": ""}, "leader"),
        ({"given_on": None}, "given_on"),
        ({"given_on": date(2017, 7, 6)}, "given_on"),
        ({"given_on": date(2016, 7, 25)}, "given_on"),
    ],
)
def test_what_cannot_be_registered_is_refused_on_its_field(
    world: World, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Problems) as raised:
        said(world, by=world.office, **wrong)
    assert list(raised.value.by_field()) == [field]


def test_the_same_form_sent_twice_is_one_instruction(world: World) -> None:
    key = uuid.uuid4()
    assert said(world, key=key) == said(world, key=key)


def test_what_is_not_assigned_is_set_aside_with_a_reason_by_the_office(world: World) -> None:
    instruction = said(world)
    for user in (world.leadership, world.second):
        with pytest.raises(PermissionDenied):
            set_aside(by=user, instruction=instruction, reason="阅知")
    with pytest.raises(Problems):
        set_aside(by=world.office, instruction=instruction, reason="")
    set_aside(by=world.office, instruction=instruction, reason="批示为阅知")
    assert standing(instruction) == InstructionState.ASIDE
    with pytest.raises(Conflict):
        set_aside(by=world.office, instruction=instruction, reason="再来")
    with pytest.raises(Conflict, match="不交办"):
        assigned(world, instruction)


def test_what_was_assigned_cannot_be_set_aside(world: World) -> None:
    instruction = said(world)
    closed(world, assigned(world, instruction))
    with pytest.raises(Conflict, match="已经交办"):
        set_aside(by=world.office, instruction=instruction, reason="不必了")


def test_a_body_is_assigned_the_same_instruction_once_at_a_time(world: World) -> None:
    instruction = said(world)
    assigned(world, instruction)
    with pytest.raises(Conflict, match="督〔2017〕1号"):
        assigned(world, instruction)


def test_a_body_sees_an_instruction_once_something_of_it_was_assigned_to_it(world: World) -> None:
    instruction = said(world)
    proposed = assigned(world, instruction, agency=world.home)  # the office only proposes to its own body
    assert proposed.state == "proposed"

    def readers() -> list[str]:
        return [
            name
            for name in (
                "office",
                "second",
                "leadership",
                "reporter",
                "co_approver",
                "home_approver",
                "expert",
            )
            if Instruction.objects.visible_to(getattr(world, name)).exists()
        ]

    assert readers() == ["office", "second", "leadership"]
    assigned(world, instruction)
    assert readers() == ["office", "second", "leadership", "reporter"]


@pytest.mark.slow
def test_it_is_shown_on_both_desks_until_it_is_done(world: World) -> None:
    instruction = said(world)

    def desks() -> tuple[list[Instruction], list[str]]:
        office = office_desk(world.office)
        assert office is not None
        return office.instructions, [row.notice.state for row in waiting_for_body(world.reporter)]

    assert desks() == ([instruction], [])
    notice = assigned(world, instruction)
    assert desks() == ([instruction], ["issued"])
    answers.acknowledge(by=world.reporter, notice=notice)
    given = answers.answer(by=world.approver, notice=notice, text="已办。")
    assert desks() == ([instruction], ["answered"])
    answers.decide(by=world.office, notice=notice, answer=given, accept=True)
    assert desks() == ([], [])


def test_the_office_is_told_of_a_new_instruction_and_it_is_on_record_without_its_words(world: World) -> None:
    instruction = said(world)
    assert [(m.user, m.place) for m in Message.objects.all()] == [
        (world.office, f"/instructions/{instruction.pk}/")
    ]
    event = Event.objects.get(subject=f"instruction:{instruction.pk}")
    assert (event.verb, event.by) == ("instruction.make", world.leadership)
    assert WORDS not in str(event.data) + event.note


def test_the_database_keeps_a_leaders_words(world: World) -> None:
    instruction = said(world)
    rows = Instruction.objects.filter(pk=instruction.pk)
    for broken in (
        lambda: rows.update(words="改了"),
        lambda: rows.update(leader="别人"),
        lambda: rows.update(aside_at=NOW),
        lambda: rows.update(aside_reason="无人"),
        rows.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            broken()


# -- for the next brief -------------------------------------------------------------------------------------


def test_open_instructions_are_those_that_were_not_done_at_the_moment(world: World) -> None:
    """Registered on the 5th at 10:00, assigned on the 6th, answered and closed on the 10th."""
    instruction = said(world)
    aside = said(world, by=world.office)
    set_aside(by=world.office, instruction=aside, reason="阅知", now=NOW + timedelta(days=2))
    sixth, tenth = NOW + timedelta(days=1), NOW + timedelta(days=5)
    notice = actions.issue_by_hand(
        by=world.office,
        asked=world.hand(ground=Ground.INSTRUCTION, instruction=instruction, task_ids=()),
        now=sixth,
    )
    answers.acknowledge(by=world.reporter, notice=notice, now=sixth)
    given = answers.answer(by=world.approver, notice=notice, text="已办。", now=tenth)
    answers.decide(by=world.office, notice=notice, answer=given, accept=True, now=tenth)

    def known(at: Any) -> list[tuple[int, str, list[str]]]:
        return [
            (one.id, one.state, [notice.state for notice in one.assigned])
            for one in open_instructions(world.plan, at)
        ]

    assert known(NOW - timedelta(minutes=1)) == []
    assert known(NOW) == [(instruction.pk, "waiting", []), (aside.pk, "waiting", [])]
    assert known(sixth) == [(instruction.pk, "assigned", ["acknowledged"]), (aside.pk, "waiting", [])]
    assert known(NOW + timedelta(days=3)) == [(instruction.pk, "assigned", ["acknowledged"])]
    assert known(tenth) == []
    (one,) = open_instructions(world.plan, NOW + timedelta(days=3))
    assert (one.leader, one.words, one.task_code, one.assigned[0].addressee, one.assigned[0].due_on) == (
        "组长",
        WORDS,
        world.task.code,
        "牵头局",
        DUE,
    )
    assert open_instructions(make.plan(), NOW) == []
