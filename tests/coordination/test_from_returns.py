"""What submitted and withdrawn returns do to requests for coordination."""

from collections.abc import Callable
from typing import Any

import pytest

from reports.coordination.actions import StepInput, act
from reports.coordination.from_returns import follow_returns
from reports.coordination.models import CoordinationRequest
from reports.coordination.values import State, StepKind
from tasks.models import AdoptedPiece, Version
from tasks.submissions import actions
from tasks.submissions.announcements import Announcement, What
from tasks.submissions.withdrawing import withdraw
from tests import factories as make
from tests.coordination.conftest import NOW, TEXT, World, asked, submitted


def history(request: CoordinationRequest) -> list[str]:
    return list(request.steps.values_list("kind", flat=True))


def withdrawn(world: World, version: Version) -> None:
    Version.objects.filter(pk=version.pk).update(
        withdrawn_at=NOW, withdrawn_by=world.approver, withdrawal_reason="有误"
    )
    follow_returns([Announcement(What.WITHDRAWN, version, world.approver, "有误")], NOW)


def test_submitting_raises_a_request_and_withdrawing_takes_it_along(world: World) -> None:
    """Through the actions themselves."""
    plan = make.plan()
    task = make.task(plan, lead=world.lead)
    make.cycle(plan, "2017Q2", opened_at=make.moment("2017-07-01 09:00"))
    draft = make.submission(
        task, world.lead, "2017Q2", state="handed", light="red", done="做了", next_steps="追", coordination=TEXT,
        problems=[{"category": "land", "text": "未批"}], saved_by=world.reporter,
    )  # fmt: skip
    actions.submit(by=world.approver, submissions=[draft.pk], now=NOW)
    request = CoordinationRequest.objects.get()
    assert (request.agency, request.task, request.text, request.state) == (world.lead, task, TEXT, "raised")
    assert (request.raised_by, request.raised_at, request.by_office) == (world.approver, NOW, False)
    withdraw(by=world.approver, submissions=[draft.pk], reason="写错了", now=NOW)
    request.refresh_from_db()
    assert (request.state, history(request)) == (State.WITHDRAWN, ["raised", "withdrawn"])


def test_a_later_version_rewords_the_request_or_drops_it(world: World) -> None:
    request = asked(world)
    submitted(world, "  请协调明确两户停产企业土地处置路径 ")  # the same words
    submitted(world, "请协调土地处置和职工安置。")
    request.refresh_from_db()
    assert (request.text, history(request)) == ("请协调土地处置和职工安置。", ["raised", "reworded"])
    submitted(world, "")
    request.refresh_from_db()
    assert request.state == State.WITHDRAWN
    submitted(world, TEXT)
    request.refresh_from_db()
    assert (request.state, request.text, CoordinationRequest.objects.count()) == (State.RAISED, TEXT, 1)


def test_the_same_words_in_another_quarter_are_the_same_request(world: World) -> None:
    request = asked(world)
    later = submitted(world, "请协调明确两户停产企业土地处置路径！", quarter="2016Q4")
    assert (CoordinationRequest.objects.count(), history(request)) == (1, ["raised", "again"])
    withdrawn(world, later)
    request.refresh_from_db()
    assert request.state == State.RAISED  # the other quarter still asks
    submitted(world, "请协调资金。", world.co)
    submitted(world, TEXT, world.co, "2016Q4")  # another agency's is its own
    assert CoordinationRequest.objects.count() == 3


def test_what_is_settled_is_asked_anew(world: World) -> None:
    request = asked(world)
    act(by=world.office, request=request, name="answer", asked=StepInput(words="已批复。"))
    act(by=world.approver, request=request, name="settle", asked=StepInput())
    submitted(world, TEXT, quarter="2016Q4")
    assert CoordinationRequest.objects.exclude(pk=request.pk).get().text == TEXT


@pytest.mark.parametrize(("own", "count"), [("", 1), ("\n另请协调用电。", 2)])
def test_what_a_lead_takes_over_stays_the_request_of_its_co_agency(
    world: World, own: str, count: int
) -> None:
    request = asked(world, world.co)
    co = request.steps.get().version
    lead = make.version(world.task, world.lead, "2017Q1", coordination=f"配合局：{TEXT}{own}")
    AdoptedPiece.objects.create(lead_version=lead, co_version=co, piece="coordination", text=TEXT)
    follow_returns([Announcement(What.SUBMITTED, lead, world.approver, "")], NOW)
    assert CoordinationRequest.objects.count() == count
    assert history(request) == [StepKind.RAISED, StepKind.TAKEN]


def test_a_trial_raises_nothing(world: World) -> None:
    cycle = make.cycle(world.plan, "2017Q2", is_trial=True)
    submitted(world, TEXT, quarter="2017Q2")
    assert cycle.submissions.exists()
    assert not CoordinationRequest.objects.exists()


def test_a_batch_takes_the_same_queries_for_more_returns(
    world: World, django_assert_num_queries: Callable[[int], Any]
) -> None:
    def batch(count: int) -> list[Announcement]:
        tasks = [make.task(world.plan, lead=world.lead) for _n in range(count)]
        versions = [make.version(task, world.lead, "2017Q1", coordination=f"事{task.pk}") for task in tasks]
        return [Announcement(What.SUBMITTED, version, world.approver, "") for version in versions]

    for what in (batch(1), batch(3)):
        with django_assert_num_queries(7):
            follow_returns(what, NOW)
