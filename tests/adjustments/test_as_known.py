"""As at and as known at: late acceptance, correction, dates put off, adjustments; what a page says of it.

The cycle of 2017Q1: opens 04-01 00:00, co-returns due 04-05 17:00, lead returns due 04-10 17:00, decisions 04-15 17:00,
closes 04-30 17:00. It is 2017-07-05.
"""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from qhplan.trial import LINEAGE
from reports.briefs.sentences import notes
from reports.briefs.snapshot import Snapshot
from reports.figures.queries import plan_figures
from reports.figures.values import Lights, Rate
from tasks.adjustments import actions
from tasks.cycles.actions import change_dates
from tasks.cycles.date_history import keep_past_dates
from tasks.cycles.due_dates import CycleDates
from tasks.cycles.models import PastDates
from tasks.lineage.lineage_import import load
from tasks.models import Plan
from tasks.standing.queries import standing
from tasks.values import Period
from tests import factories as make
from tests.adjustments.conftest import Small

pytestmark = pytest.mark.django_db

Q1 = Period(2017, 1)
NOW = make.moment("2017-07-05 10:00")


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.at(NOW):
        yield


@pytest.fixture
def office(small: Small) -> Client:
    client = Client()
    client.force_login(small.office)
    return client


def put_off(small: Small, at: str, lead_due: str) -> None:
    """The office puts the lead returns' date off."""
    cycle = small.plan.cycles.get()
    change_dates(
        by=small.office,
        cycle=cycle,
        dates=CycleDates(
            cycle.co_due,
            make.moment(lead_due),
            make.moment("2017-04-20 17:00"),
            make.moment("2017-04-30 17:00"),
        ),
        note="系统停机",
        now=make.moment(at),
    )


def shown(small: Small, known_at: str) -> tuple[Lights, Rate]:
    figures = plan_figures(small.plan, Q1, known_at=make.moment(known_at))
    return figures.lights, figures.lead


def test_calendar_of_late_acceptance_correction_and_adjustment(small: Small) -> None:
    # 甲局 leads 一, 乙局 leads 二. 04-03 甲局 files green; 04-12 乙局 files red, two days late. 04-14 the office accepts
    # 甲局's as yellow. 04-20, after its own date, it sends 乙局's back; 乙局 files again on 04-25, yellow, accepted on
    # 05-02. On 05-10 一 is withdrawn from 2017Q1 on.
    first = make.version(small.task, small.lead, "2017Q1", "green", at="2017-04-03 12:00")
    late = make.version(small.other_task, small.co, "2017Q1", "red", at="2017-04-12 12:00")
    make.accept(first, "yellow", at="2017-04-14 12:00")
    make.send_back(late, at="2017-04-20 12:00")
    again = make.version(small.other_task, small.co, "2017Q1", "yellow", at="2017-04-25 12:00")
    make.accept(again, at="2017-05-02 12:00")
    withdrawn = actions.propose_withdrawal(
        by=small.office, task=small.task, effective=Q1, reason="并入他项", now=make.moment("2017-05-05")
    )
    actions.approve(by=small.leader, adjustment=withdrawn, now=make.moment("2017-05-10"))

    assert shown(small, "2017-04-02") == (Lights(grey=2), Rate(2, 0, 0))
    assert shown(small, "2017-04-05") == (Lights(green=1, grey=1, unverified=1), Rate(2, 1, 1))
    assert shown(small, "2017-04-13") == (Lights(green=1, red=1, unverified=2), Rate(2, 2, 1))
    assert shown(small, "2017-04-15 17:00") == (Lights(yellow=1, red=1, unverified=1), Rate(2, 2, 1))
    assert shown(small, "2017-04-26") == (Lights(yellow=2, unverified=1), Rate(2, 2, 1))
    assert shown(small, "2017-05-03") == (Lights(yellow=2), Rate(2, 2, 1))
    # Withdrawn: it counts nowhere, with the return that was filed on it.
    assert shown(small, "2017-07-05") == (Lights(yellow=1), Rate(1, 1, 0))


def test_on_time_is_told_by_the_dates_that_were_known(small: Small) -> None:
    # Due 04-10 17:00. 甲局 files on 04-12, late. On 04-13 the date is put off to 04-14: in time after all, as known
    # since then; on 04-12 evening it was late by two days. On 04-14 it is put off again, to 04-18.
    make.version(small.task, small.lead, "2017Q1", at="2017-04-12 12:00")
    put_off(small, "2017-04-13 09:00", "2017-04-14 17:00")
    put_off(small, "2017-04-14 09:00", "2017-04-18 17:00")

    def told(known_at: str) -> tuple[Any, Any, int]:
        row = next(
            r
            for r in standing([small.plan.pk], Q1, known_at=make.moment(known_at))
            if r.task_id == small.task.pk
        )
        return row.due_at, row.on_time, row.days_late

    assert told("2017-04-12 18:00") == (make.moment("2017-04-10 17:00"), False, 2)
    assert told("2017-04-13 08:59") == (make.moment("2017-04-10 17:00"), False, 2)
    assert told("2017-04-13 09:00") == (make.moment("2017-04-14 17:00"), True, 0)
    assert told("2017-04-14 09:00") == (make.moment("2017-04-18 17:00"), True, 0)
    assert plan_figures(small.plan, Q1, known_at=make.moment("2017-04-12 18:00")).lead_due == make.moment(
        "2017-04-10 17:00"
    )
    kept = [(row.lead_due, row.known.lower, row.known.upper) for row in PastDates.objects.all()]
    assert kept == [
        (make.moment("2017-04-10 17:00"), make.moment("2017-04-01"), make.moment("2017-04-13 09:00")),
        (make.moment("2017-04-14 17:00"), make.moment("2017-04-13 09:00"), make.moment("2017-04-14 09:00")),
    ]


def test_past_dates_never_overlap_and_are_past(small: Small) -> None:
    cycle = make.cycle(small.plan, "2017Q1")
    cycle.refresh_from_db()
    before = CycleDates(cycle.co_due, cycle.lead_due, cycle.decision_due, cycle.closes_at)
    keep_past_dates(cycle, before, make.moment("2017-04-13"))
    keep_past_dates(cycle, before, make.moment("2017-04-13"))  # again at the same moment: nothing

    assert PastDates.objects.count() == 1
    for known in (make.known("2017-04-12", "2017-04-14"), make.known("2017-05-01")):
        with pytest.raises(IntegrityError), transaction.atomic():
            PastDates.objects.create(cycle=cycle, known=known, **before.__dict__)


def test_page_as_known_then_names_the_dates_of_then(small: Small, office: Client) -> None:
    make.cycle(small.plan, "2017Q1")
    put_off(small, "2017-04-09 09:00", "2017-04-18 17:00")
    url = reverse("overview", args=[small.plan.slug])

    def state(known: str) -> str:
        return str(office.get(url, {"q": "2017Q1", "known": known}).context["state"])

    assert (
        state("2017-04-08T12:00") == "填报中：配合填报2017年4月5日 17:00截止，牵头汇总2017年4月10日 17:00截止"
    )
    assert (
        state("2017-04-11T12:00") == "填报中：配合填报2017年4月5日 17:00截止，牵头汇总2017年4月18日 17:00截止"
    )


def test_page_says_when_another_moment_knows_more_and_links_to_it(small: Small, office: Client) -> None:
    # Filed 04-03, corrected on 04-20 after the office's date of 04-15 17:00, accepted on 04-21.
    make.send_back(make.version(small.task, small.lead, "2017Q1", at="2017-04-03"), at="2017-04-12")
    make.accept(make.version(small.task, small.lead, "2017Q1", "red", at="2017-04-20"), at="2017-04-21")
    url = reverse("overview", args=[small.plan.slug])

    now = office.get(url, {"q": "2017Q1"})
    assert (now.context["differs"].submitted, now.context["differs"].decided) == (1, 1)
    line = "数据截至2017年3月31日，含4月15日后的 1 项填报、1 项核定、采纳或退回"
    assert line in now.content.decode()
    assert 'href="?q=2017Q1&amp;known=2017-04-15T17%3A00"' in now.content.decode()

    then = office.get(url, {"q": "2017Q1", "known": "2017-04-15T17:00"})
    assert then.context["differs"].is_earlier
    assert "，提取于2017年4月15日 17:00，不含此后的 1 项填报" in then.content.decode()
    assert 'href="?q=2017Q1"' in then.content.decode()
    # At a moment after which nothing came, and for a quarter of which nothing is known, nothing is said.
    for query in ({"q": "2017Q1", "known": "2017-05-01T00:00"}, {"q": "2016Q4"}, {"q": "2017Q2"}):
        assert office.get(url, query).context["differs"] is None


def test_adjustments_and_dates_make_a_difference_too(small: Small, office: Client) -> None:
    make.cycle(small.plan, "2017Q1")
    put_off(small, "2017-04-09 09:00", "2017-04-18 17:00")
    made = actions.propose_withdrawal(
        by=small.office, task=small.task, effective=Q1, reason="并入", now=make.moment("2017-05-01")
    )
    actions.approve(by=small.leader, adjustment=made, now=make.moment("2017-05-02"))

    page = office.get(reverse("matrix", args=[small.plan.slug]), {"q": "2017Q1", "known": "2017-04-08T00:00"})

    assert (page.context["differs"].adjusted, page.context["differs"].dates) == (1, 1)
    assert "不含此后的 1 项调整、1 次期限调整" in page.content.decode()
    early = office.get(
        reverse("matrix", args=[small.plan.slug]), {"q": "2016Q4", "known": "2017-04-08T00:00"}
    )
    assert early.context["differs"] is None


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["overview", "task_list", "matrix", "agency_list", "agency", "task"])
def test_every_page_takes_a_quarter_and_a_moment_and_offers_to_change_them(
    small: Small, office: Client, name: str
) -> None:
    make.version(small.task, small.lead, "2017Q1", at="2017-04-03")
    args = {"agency": [small.lead.slug], "task": [small.task.ref]}.get(name, [])
    url = reverse(name, args=[small.plan.slug, *args])

    page = office.get(url, {"q": "2017Q1", "known": "2017-04-02T00:00"})

    html = page.content.decode()
    assert 'name="known"' in html
    assert 'value="2017-04-02T00:00"' in html
    assert "提取于2017年4月2日 00:00" in html
    with CaptureQueriesContext(connection) as captured:
        office.get(url, {"q": "2017Q1"})
    assert sum("tasks_pastdates p JOIN" in query["sql"] for query in captured) == 1


def test_source_names_bodies_as_in_the_quarter(plan: Plan) -> None:
    load(LINEAGE)
    client = Client()
    client.force_login(make.user(password=None))
    url = reverse("source", args=[plan.slug])

    with clock.at(make.moment("2019-02-01")):
        early = client.get(url, {"q": "2017Q1"}).content.decode()
        late = client.get(url).content.decode()
        assert client.get(url, {"q": "2030Q1"}).status_code == 404

    assert ("省工业和信息化厅" in early, "省工业和信息化厅" in late) == (False, True)


def test_brief_tells_what_changed_within_the_quarter(small: Small) -> None:
    made = actions.propose_withdrawal(
        by=small.office, task=small.task, effective=Q1, reason="并入", now=make.moment("2017-05-01")
    )
    actions.approve(by=small.leader, adjustment=made, now=make.moment("2017-05-02"))
    new = make.agency("丁局")
    make.edge("merged", small.co, new, on="2017-02-01")
    make.edge("merged", make.agency("与方案无关"), new, on="2017-02-01")

    figures = plan_figures(small.plan, Q1, with_narrative=True)
    assert figures.within == (
        f"第{made.pk}号调整（撤销任务）自本季度起生效",
        "2017年2月1日 乙局 并入 丁局",
    )
    assert plan_figures(small.plan, Q1, known_at=make.moment("2017-05-01"), with_narrative=True).within == (
        "2017年2月1日 乙局 并入 丁局",
    )
    said = notes(Snapshot(**vars(figures)), unprintable=False)
    assert "季度内的变化：第" in said[-1]
    assert "乙局 并入 丁局。" in said[-1]
