"""Several people at once: numbers without a gap, and one winner. On a clone, because these commit."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from reports.briefs import actions
from reports.briefs.models import Brief
from tasks.errors import Conflict
from tasks.values import Period
from tests import factories as make
from tests.briefs.conftest import NOW, frozen


def test_issue_has_no_gap_when_many_issue_at_once(cloned_db: str) -> None:
    plan = make.plan()
    quarters = Period.span(Period(2016, 3), Period(2018, 2))
    late = make.moment("2018-08-01 09:00")
    drafts = [frozen(plan, quarter=quarter, at=late) for quarter in quarters]

    def issue(brief: Brief) -> int | None:
        try:
            return actions.issue(by=None, brief=brief, now=late).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(drafts)) as pool:
        numbers = list(pool.map(issue, drafts))
    assert sorted(number or 0 for number in numbers) == list(range(1, 9))


def test_one_brief_issued_by_two_at_once_is_issued_once(cloned_db: str) -> None:
    brief = frozen(make.plan())

    def issue(_: int) -> str:
        try:
            actions.issue(by=None, brief=Brief.objects.get(pk=brief.pk), now=NOW)
        except Conflict:
            return "conflict"
        finally:
            connections.close_all()
        return "issued"

    with ThreadPoolExecutor(2) as pool:
        outcomes = sorted(pool.map(issue, range(2)))
    assert outcomes == ["conflict", "issued"]


def test_a_draft_that_one_issues_while_another_discards_it_is_one_of_both(cloned_db: str) -> None:
    plan = make.plan()
    drafts = [frozen(plan, quarter=quarter) for quarter in Period.span(Period(2016, 3), Period(2017, 1))]

    def act(wanted: tuple[Brief, bool]) -> str:
        brief, discards = Brief.objects.get(pk=wanted[0].pk), wanted[1]
        try:
            if discards:
                actions.discard(by=None, brief=brief, reason="放弃", now=NOW)
            else:
                actions.issue(by=None, brief=brief, now=NOW)
        except Conflict:
            return "conflict"
        finally:
            connections.close_all()
        return str(brief.state)

    with ThreadPoolExecutor(6) as pool:
        outcomes = list(pool.map(act, [(brief, discards) for brief in drafts for discards in (True, False)]))
    assert outcomes.count("conflict") == len(drafts)
    won = sorted(outcome for outcome in outcomes if outcome != "conflict")
    assert won == sorted(Brief.objects.values_list("state", flat=True))
    numbers = Brief.objects.filter(state="issuing").order_by("number").values_list("number", flat=True)
    assert list(numbers) == list(range(1, len(numbers) + 1))
