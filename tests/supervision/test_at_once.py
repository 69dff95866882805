"""Several people at once, on real connections of their own: numbers without a gap, one notice on a fact, one winner."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

from django.db import connections

from qhplan import clock
from reports.supervision import actions, answers
from reports.supervision.escalation import escalate
from reports.supervision.models import Escalation, Notice
from reports.supervision.proposals import propose_by_rules
from reports.supervision.values import Ground
from tasks.errors import Conflict
from tasks.models import Message
from tests import factories as make
from tests.supervision.conftest import NOW, World


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each returns, or "conflict"; all begin together."""
    start = Barrier(len(acts))

    def one(act: Callable[[], Any]) -> Any:
        start.wait()
        try:
            with clock.at(NOW):
                return act()
        except Conflict:
            return "conflict"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_numbers_have_no_gap_when_many_issue_at_once(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        bodies = [make.agency() for _n in range(6)]
        letters = [make.agency(kind="central") for _n in range(2)]
    numbers = at_once(
        [lambda body=body: world.issued(body).doc_number for body in (*bodies, *letters)]  # type: ignore[misc]
    )
    assert sorted(numbers) == sorted(
        [*(f"督〔2017〕{n}号" for n in range(1, 7)), "函〔2017〕1号", "函〔2017〕2号"]
    )


def test_one_fact_taken_up_by_hand_and_by_the_rules_at_once_is_one_notice(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        world.red()
        make.version(world.task, world.co, "2017Q1")
    subject = f"task:{world.task.pk}"
    at_once(
        [
            lambda: world.issued(ground=Ground.RED, subject=subject),
            lambda: world.issued(ground=Ground.RED, subject=subject),
            lambda: propose_by_rules(),
            lambda: propose_by_rules(),
        ]
    )
    assert Notice.objects.count() == 1


def test_a_proposal_issued_and_refused_at_once_is_one_of_both(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        proposal = world.proposal()
        content = world.hand().content
    outcomes = at_once(
        [
            lambda: (actions.issue(by=world.office, notice=proposal, content=content), "issued")[1],
            lambda: (
                actions.reject(by=world.office, notice=Notice.objects.get(pk=proposal.pk), reason="不必"),
                "rejected",
            )[1],
        ]
    )
    assert sorted(outcomes) in (["conflict", "issued"], ["conflict", "rejected"])
    assert Notice.objects.get().state in outcomes


def test_an_answer_decided_by_two_at_once_is_decided_once(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        notice = world.issued()
        answers.acknowledge(by=world.reporter, notice=notice)
        given = answers.answer(by=world.approver, notice=notice, text="已办。")

    def close() -> str:
        fresh = Notice.objects.get(pk=notice.pk)
        answers.decide(by=world.office, notice=fresh, answer=given, accept=True)
        return "closed"

    def send_back() -> str:
        fresh = Notice.objects.get(pk=notice.pk)
        answers.decide(
            by=world.office, notice=fresh, answer=given, accept=False, note="补", due_on=date(2017, 7, 31)
        )
        return "sent_back"

    outcomes = at_once([close, send_back])
    assert outcomes.count("conflict") == 1
    assert Notice.objects.get().state in outcomes


def test_two_who_answer_at_once_answer_once(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        notice = world.issued()
        answers.acknowledge(by=world.reporter, notice=notice)

    def answer() -> str:
        fresh = Notice.objects.get(pk=notice.pk)
        answers.answer(by=world.approver, notice=fresh, text="已办。")
        return "answered"

    assert sorted(at_once([answer, answer])) == ["answered", "conflict"]
    assert notice.answers.count() == 1


def test_a_night_that_is_done_by_two_at_once_escalates_once(cloned_db: str) -> None:
    with clock.at(NOW):
        world = World()
        world.issued()
    day = date(2017, 7, 7)  # the second working day, not signed for
    at_once([lambda: len(escalate(day=day)), lambda: len(escalate(day=day))])
    assert Escalation.objects.count() == 1
    assert Message.objects.filter(subject__contains="仍未签收").count() == 1
