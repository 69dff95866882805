"""Several people at once: numbers without a gap, and one winner. On a clone, because these commit."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from reports.briefs import actions
from reports.briefs.models import Brief
from tasks.errors import Conflict
from tasks.values import Quarter
from tests import factories as make
from tests.briefs.conftest import NOW, frozen


def test_issue_has_no_gap_when_many_issue_at_once(cloned_db: str) -> None:
    plan = make.plan()
    quarters = Quarter.span(Quarter(2016, 3), Quarter(2018, 2))
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
