"""What was open at a moment, and counts for those who read all of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from reports.supervision import actions, answers
from reports.supervision.actions import IssueInput
from reports.supervision.escalation import escalate
from reports.supervision.instructions import InstructionInput, instruct
from reports.supervision.queries import open_instructions, open_notices, overall, rows
from reports.supervision.values import Ground
from tests import factories as make
from tests.supervision.conftest import NOW, World


def test_a_notice_stands_as_it_did_at_the_moment(world: World) -> None:
    """Issued on 5 July to be answered by the 10th; signed for on the 6th; late on the 12th (2 working days) and told to
    its head on the 11th; answered on the 13th; sent back on the 14th until the 21st; answered on the 17th; closed on the
    18th."""
    content = IssueInput("标题", "要求", date(2017, 7, 10))
    notice = world.issued(content=content)

    def at(day: int, hour: int = 12) -> Any:
        return NOW + timedelta(days=day - 5, hours=hour - 10)

    answers.acknowledge(by=world.reporter, notice=notice, now=at(6))
    escalate(day=date(2017, 7, 11), now=at(11, 6))
    first = answers.answer(by=world.approver, notice=notice, text="已办。", now=at(13))
    answers.decide(
        by=world.office,
        notice=notice,
        answer=first,
        accept=False,
        note="补",
        due_on=date(2017, 7, 21),
        now=at(14),
    )
    second = answers.answer(by=world.approver, notice=notice, text="补了。", now=at(17))
    answers.decide(by=world.office, notice=notice, answer=second, accept=True, now=at(18))

    def known(day: int) -> list[tuple[str, date, int, str]]:
        return [
            (one.state, one.due_on, one.workdays_late, one.escalated_to)
            for one in open_notices(world.plan, at(day))
        ]

    tenth, later = date(2017, 7, 10), date(2017, 7, 21)
    assert known(4) == []
    assert known(5) == [("issued", tenth, 0, "")]
    assert known(6) == [("acknowledged", tenth, 0, "")]
    assert known(12) == [("acknowledged", tenth, 2, "head")]
    assert known(13) == [("answered", tenth, 0, "head")]
    assert known(14) == [("sent_back", later, 0, "head")]
    assert known(17) == [("answered", later, 0, "head")]
    assert known(18) == []
    (one,) = open_notices(world.plan, at(12))
    assert (one.doc_number, one.form, one.task_codes, one.issued_on) == (
        "督〔2017〕1号",
        "督办单",
        (world.task.code,),
        date(2017, 7, 5),
    )


def test_rows_count_age_in_days_and_lateness_in_working_days(world: World) -> None:
    """Issued on Wednesday the 5th, due on Friday the 7th; on Monday the 17th it is 12 days old and 6 working days late."""
    notice = world.issued(content=IssueInput("标题", "要求", date(2017, 7, 7)))
    with clock.at(make.moment("2017-07-17 09:00")):
        (row,) = rows([notice])
    assert (row.age, row.late, row.is_late, row.body) == (12, 6, True, "牵头局")


@pytest.mark.slow
def test_overall_counts_are_for_those_who_read_all(world: World) -> None:
    late = world.issued(content=IssueInput("标题", "要求", date(2017, 7, 7)))
    world.issued(world.co)
    world.proposal()
    world.issued(plan=make.plan(), task_ids=())
    with clock.at(make.moment("2017-07-17 09:00")):
        escalate(day=date(2017, 7, 17))
        counts = overall(world.plan, world.leadership)
        assert counts is not None
        assert (counts.open, counts.late, counts.to_leadership, counts.oldest) == (2, 1, 1, 12)
        actions.withdraw(by=world.office, notice=late, reason="撤")
        assert overall(world.plan, world.reporter) is None
        again = overall(world.plan, world.office)
        assert again is not None
        assert (again.open, again.late, again.to_leadership) == (1, 0, 0)


@pytest.mark.slow
def test_what_a_brief_reads_takes_as_many_queries_with_many_as_with_one(world: World) -> None:
    def grow() -> None:
        body = make.agency()
        instruction = instruct(
            by=world.leadership, asked=InstructionInput(words="请办。", task=make.task(world.plan))
        )
        world.issued(body, ground=Ground.INSTRUCTION, instruction=instruction)
        world.issued(body)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert open_notices(world.plan, NOW)
            assert open_instructions(world.plan, NOW)
        return len(captured)

    grow()
    one = queries()
    for _n in range(3):
        grow()
    assert queries() == one
