"""Requests for coordination, from who asks to who confirms."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction

from reports.coordination.actions import StepInput, act, add
from reports.coordination.models import CoordinationFile, CoordinationRequest, CoordinationStep
from reports.coordination.queries import open_rows, rows, waiting_for_agency, waiting_for_office
from reports.coordination.transitions import ACTS
from reports.coordination.values import State
from reports.focus.queries import focus_figures
from reports.supervision.instruction_subjects import subject_of, usual_assignees
from reports.supervision.instructions import InstructionInput, instruct
from tasks.errors import Conflict, Problems
from tasks.models import Event, Message, User
from tasks.values import Period, Role
from tests import factories as make
from tests.coordination.conftest import NOW, TEXT, World, asked

DUE = date(2017, 7, 26)


def given(world: World, name: str, **values: Any) -> StepInput:
    usual: dict[str, dict[str, Any]] = {
        "opine": {"words": "建议请财政部门研究。"},
        "meet": {"words": "原则同意。", "meeting": "领导小组第3次会议", "held_on": date(2017, 7, 4)},
        "assign": {"words": "请办理。", "agency_ids": (world.co.pk,), "due_on": DUE},
        "answer": {"words": "已批复。"},
        "unsettle": {"words": "资金还没有到。"},
        "withdraw": {"words": "登记重复。"},
    }
    return StepInput(**{**usual.get(name, {}), **values})


def done(world: World, request: CoordinationRequest, *names: str, by: User | None = None) -> None:
    for name in names:
        who = by or (world.approver if name in ("settle", "unsettle") else world.office)
        act(by=who, request=request, name=name, asked=given(world, name))


def test_a_request_goes_from_its_words_to_its_confirmed_result(world: World) -> None:
    request = asked(world)
    done(world, request, "opine", "meet", "assign")
    (row,) = rows([request])
    assert (row.agency, row.days, row.outcome) == ("牵头局", 0, "7月5日交办配合局，7月26日前办理")
    assert [one.request for one in waiting_for_agency(world.co_approver, world.plan)] == [request]
    done(world, request, "answer", by=world.co_approver)
    assert [one.request for one in waiting_for_agency(world.approver, world.plan)] == [request]
    done(world, request, "unsettle")
    assert request.state == State.RAISED
    assert waiting_for_office(world.office, world.plan).raised == 1
    done(world, request, "answer", "settle")
    assert request.state == State.SETTLED
    assert list(request.steps.values_list("kind", flat=True)) == [
        "raised", "opinion", "meeting", "assigned", "result", "unsettled", "result", "settled",
    ]  # fmt: skip
    verbs = Event.objects.filter(subject=f"coordinationrequest:{request.pk}").values_list("verb", flat=True)
    assert set(verbs) >= {"coordination.raise", "coordination.assign", "coordination.settle"}
    assert TEXT not in "".join(Message.objects.values_list("body", flat=True))
    told = {message.user for message in Message.objects.all()}
    assert told == {world.co_approver, world.reporter, world.approver, world.office}


@pytest.mark.parametrize(
    ("name", "wrong", "field"),
    [
        ("opine", {"words": " "}, "words"),
        ("opine", {"words": "x" * 2001}, "words"),
        ("meet", {"meeting": ""}, "meeting"),
        ("meet", {"held_on": date(2017, 7, 6)}, "held_on"),
        ("meet", {"held_on": date(2010, 7, 6)}, "held_on"),
        ("meet", {"held_on": None}, "held_on"),
        ("assign", {"agency_ids": ()}, "agency"),
        ("assign", {"agency_ids": (10**9,)}, "agency"),
        ("assign", {"due_on": date(2017, 7, 5)}, "due_on"),
        ("assign", {"due_on": None}, "due_on"),
        ("assign", {"words": "有\x00字"}, "words"),
    ],
)
def test_what_is_wrong_with_an_act_is_said_on_its_field(
    world: World, name: str, wrong: dict[str, Any], field: str
) -> None:
    request = asked(world)
    with pytest.raises(Problems) as refused:
        act(by=world.office, request=request, name=name, asked=given(world, name, **wrong))
    assert list(refused.value.by_field()) == [field]
    assert request.steps.count() == 1


def test_each_act_has_its_people(world: World) -> None:
    request = asked(world)
    done(world, request, "assign")
    allowed = {
        "opine": {world.office}, "meet": {world.office}, "assign": {world.office}, "withdraw": set(),
        "answer": {world.office, world.co_approver}, "settle": {world.approver}, "unsettle": {world.approver},
    }  # fmt: skip
    people = (
        world.office, world.second, world.leadership, world.reporter, world.approver, world.co_approver,
        world.home_approver, world.expert, world.viewer,
    )  # fmt: skip
    for name in ACTS:
        for user in people:
            if user not in allowed[name]:
                with pytest.raises(PermissionDenied):
                    act(by=user, request=request, name=name, asked=given(world, name))


def test_who_comes_second_is_told_who_was_first(world: World) -> None:
    request = asked(world)
    stale = CoordinationRequest.objects.get(pk=request.pk)
    done(world, request, "opine")
    with pytest.raises(Conflict, match="办公室王某"):
        done(world, stale, "opine")
    done(world, request, "answer", "settle")
    for name in ("opine", "assign", "answer", "unsettle"):
        with pytest.raises(Conflict):
            done(world, request, name)


def test_the_office_adds_one_once_and_withdraws_it(world: World) -> None:
    key = uuid.uuid4()
    fields: dict[str, Any] = {
        "by": world.office, "task": world.task, "agency_id": world.co.pk, "text": "来函请求协调用地。", "key": key,
    }  # fmt: skip
    scan = make.upload("来函.pdf", b"%PDF-1.7 letter")
    request = add(**fields, uploads=[scan])
    assert add(**fields) == request
    assert (request.by_office, str(request.quarter)) == (True, "2017Q3")
    assert CoordinationFile.objects.get().file.name == "来函.pdf"
    done(world, request, "withdraw")
    assert request.state == State.WITHDRAWN
    with pytest.raises(PermissionDenied):
        add(**{**fields, "by": world.approver, "key": uuid.uuid4()})
    with pytest.raises(Problems):
        add(**{**fields, "agency_id": 10**9, "key": uuid.uuid4()})


def test_requests_are_seen_as_problems_are(world: World) -> None:
    request = asked(world, world.co)
    everybody = (world.office, world.second, world.leadership, world.co_approver, world.approver)
    for user in everybody:
        assert CoordinationRequest.objects.visible_to(user).get() == request
    for user in (world.home_approver, world.expert, world.viewer, make.user(Role.AUDIT_ADMIN, password=None)):
        assert not CoordinationRequest.objects.visible_to(user).exists()
    act(
        by=world.office, request=request, name="assign",
        asked=given(world, "assign", agency_ids=(world.home.pk,)),
    )  # fmt: skip
    assert CoordinationRequest.objects.visible_to(world.home_approver).get() == request


def test_an_instruction_on_a_request_moves_it_on_and_is_assigned_to_the_lead(world: World) -> None:
    request = asked(world, world.co)
    on = subject_of(world.leadership, {"coordination": str(request.pk)})
    said = instruct(by=world.leadership, asked=InstructionInput(words="请发改委研究。", on=on))
    request.refresh_from_db()
    assert (request.state, rows([request])[0].outcome) == (State.DECIDED, "组长7月5日批示")
    assert usual_assignees(said) == [world.lead.pk]
    done(world, request, "answer")
    act(by=world.co_approver, request=request, name="settle", asked=StepInput())
    with pytest.raises(Conflict):
        instruct(by=world.leadership, asked=InstructionInput(words="再议。", on=on))


def test_the_database_refuses_to_change_what_was_done(world: World) -> None:
    request = asked(world)
    done(world, request, "assign")
    link = CoordinationStep.agencies.through.objects
    for change in (
        lambda: CoordinationStep.objects.update(words="改"),
        lambda: CoordinationStep.objects.all().delete(),
        lambda: link.all().delete(),
        lambda: CoordinationRequest.objects.update(agency=world.co),
        lambda: CoordinationStep.objects.create(request=request, kind="meeting", at=NOW, by=world.office),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_a_request_is_read_as_it_stood_at_a_moment(world: World) -> None:
    request = asked(world)
    moments = {}
    for day, name in enumerate(("opine", "assign", "answer", "unsettle", "answer", "settle"), 6):
        moments[day] = make.moment(f"2017-07-{day:02} 10:00")
        who = world.approver if name in ("settle", "unsettle") else world.office
        act(by=who, request=request, name=name, asked=given(world, name), now=moments[day])
    every = CoordinationRequest.objects.filter(plan=world.plan)

    def stood(day: int) -> list[tuple[str, int, str]]:
        return [(row.state, row.days, row.outcome) for row in open_rows(every, moments[day])]

    assert stood(6) == [(State.OPINED, 1, "7月6日提出拟办意见")]
    assert stood(7) == [(State.ASSIGNED, 2, "7月7日交办配合局，7月26日前办理")]
    assert stood(8) == [(State.ANSWERED, 3, "7月8日有办理结果，待提出单位确认")]
    assert stood(9) == [(State.RAISED, 4, "7月9日提出单位认为未解决")]
    assert stood(11) == []
    assert open_rows(every, request.raised_at - timedelta(minutes=1)) == []
    figures = focus_figures(world.plan, Period.parse("2017Q1"), moments[7])
    assert [(one.text, one.agency, one.state) for one in figures.requests] == [(TEXT, "牵头局", "assigned")]
    # The states that steps make are those in the rows.
    assert rows(list(every))[0].state == State.SETTLED
    assert rows(list(every), moments[11])[0].state == State.SETTLED
