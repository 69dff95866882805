"""Plans of several rhythms counted together: a longer period reads the latest return in it."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from qhplan import clock
from reports.figures.levels import Level, Levels
from reports.figures.values import Rate
from tasks.models import Plan
from tasks.values import Light, Period, Rhythm, Role
from tests import factories as make

NOW = make.moment("2017-07-20 10:00")
Q1, Q2 = Period(2017, 1), Period(2017, 2)


def plan_of(kind: Rhythm, filed: dict[str, Light], *opened: str) -> Plan:
    """A plan with one task that somebody leads and one that nobody leads; {period: the light filed} of the first."""
    plan = make.plan(slug=f"of-{kind.value}", title=f"方案{kind.value}", rhythm=kind)
    lead, co = make.agency(), make.agency()
    task = make.task(plan, lead=lead, co=[co])
    make.task(plan, lead=None, co=[co])
    for period in opened:
        make.cycle(plan, Period.parse(period, kind))
    for text, light in filed.items():
        make.version(task, lead, Period.parse(text, kind), light)
    return plan


@pytest.fixture
def plans(db: None) -> dict[Rhythm, Plan]:
    months = {"2017M01": Light.GREEN, "2017M02": Light.RED, "2017M05": Light.GREEN}
    return {
        Rhythm.MONTH: plan_of(Rhythm.MONTH, months, "2017M03", "2017M04", "2017M06"),
        Rhythm.JOINED: plan_of(Rhythm.JOINED, {"2017M01-02": Light.YELLOW}, "2017M03-03", "2017M04-04"),
        Rhythm.QUARTER: plan_of(Rhythm.QUARTER, {"2017Q1": Light.GREEN, "2017Q2": Light.RED}),
        Rhythm.HALF: plan_of(Rhythm.HALF, {"2017H1": Light.BLUE}),
    }


def numbers(found: Levels, period: Period) -> dict[str, tuple[int, ...]]:
    """{plan: (green, yellow, red, blue, grey, unled, leads due, leads reported, newly red)}."""
    return {
        row.key: (
            *(getattr(row.lights, light) for light in ("green", "yellow", "red", "blue", "grey", "unled")),
            row.lead.due,
            row.lead.reported,
            row.newly.red,
        )
        for row in found.figures(Level.PLAN, period)
    }


def test_a_quarter_reads_the_latest_month_that_was_filed(plans: dict[Rhythm, Plan]) -> None:
    some = [plans[Rhythm.MONTH], plans[Rhythm.JOINED], plans[Rhythm.QUARTER]]
    found = Levels(some, Q1, Q2, known_at=NOW)
    assert numbers(found, Q1) == {
        "of-month": (0, 0, 1, 0, 0, 1, 1, 1, 0),  # February; March was opened and is missing
        "of-joined": (0, 1, 0, 0, 0, 1, 1, 1, 0),
        "of-quarter": (1, 0, 0, 0, 0, 1, 1, 1, 0),
    }
    assert numbers(found, Q2) == {
        "of-month": (1, 0, 0, 0, 0, 1, 1, 1, 0),  # May
        "of-joined": (0, 0, 0, 0, 1, 1, 1, 0, 0),
        "of-quarter": (0, 0, 1, 0, 0, 1, 1, 1, 1),
    }
    assert not found.longer
    (counted,) = found.behind(Level.PLAN, Q1, "of-month", "red")
    assert counted.standing is not None
    assert str(counted.standing.quarter) == "2017M02"


def test_a_half_year_reads_plans_of_every_closer_rhythm(plans: dict[Rhythm, Plan]) -> None:
    half = Period.parse("2017H1")
    found = Levels(list(plans.values()), half, half, known_at=NOW)
    assert {key: row[:6] for key, row in numbers(found, half).items()} == {
        "of-month": (1, 0, 0, 0, 0, 1),
        "of-joined": (0, 1, 0, 0, 0, 1),
        "of-quarter": (0, 0, 1, 0, 0, 1),
        "of-half": (0, 0, 0, 1, 0, 1),
    }
    total = sum((row.lead for row in found.figures(Level.AGENCY, half)), Rate())
    assert (total.due, total.reported) == (4, 4)


def test_whoever_holds_the_duty_on_the_last_day_is_counted(db: None) -> None:
    plan = plan_of(Rhythm.MONTH, {"2017M01": Light.GREEN}, "2017M02", "2017M03")
    duty = plan.tasks.get(order=1).responsibilities.get(duty="lead")
    duty.valid = make.quarters(Period.parse("2017M01"), Period.parse("2017M01"))
    duty.save()
    heir = make.agency("后来的单位")
    make.responsibility(duty.task, heir, first=Period.parse("2017M02"))
    found = Levels([plan], Q1, Q1, known_at=NOW)
    assert [row.name for row in found.figures(Level.AGENCY, Q1) if row.lead.due] == ["后来的单位"]
    assert numbers(found, Q1)["of-month"][4] == 1


def test_a_shorter_period_leaves_out_what_is_not_filed_in_it(plans: dict[Rhythm, Plan]) -> None:
    month = Period.parse("2017M05")
    found = Levels(list(plans.values()), month, month, known_at=NOW)
    assert list(numbers(found, month)) == ["of-month"]
    assert [plan.kind for plan in found.longer] == [Rhythm.JOINED, Rhythm.QUARTER, Rhythm.HALF]


def test_queries_do_not_grow_with_plans_of_a_rhythm(plans: dict[Rhythm, Plan]) -> None:
    def count(some: list[Plan]) -> int:
        with CaptureQueriesContext(connection) as queries:
            Levels(some, Q1, Q2, known_at=NOW).figures(Level.AGENCY, Q1)
        return len(queries)

    other = make.plan(slug="another", rhythm=Rhythm.MONTH)
    make.task(other, lead=make.agency(), co=[])
    assert count([plans[Rhythm.MONTH]]) == count([plans[Rhythm.MONTH], other])


def test_the_page_speaks_of_the_periods_that_it_shows(plans: dict[Rhythm, Plan]) -> None:
    browser = Client()
    browser.force_login(make.user(Role.VIEWER, password=None))
    with clock.at(NOW):
        half = browser.get("/plans/").content.decode()  # opens on the longest rhythm
        assert "各方案 · 2017年上半年" in half
        assert "与上一半年相比" in half
        assert "填报更密的方案，取这一期内最近一次报送。" in half
        quarter = browser.get("/plans/?q=2017Q2").content.decode()
        assert "与上季相比" in quarter
        month = browser.get("/plans/?q=2017M05").content.decode()
        assert "与上月相比" in month
        assert "“方案quarter”的填报周期更长" in month
        assert 'data-label="2017年5月"' in month
        assert "季" not in re.sub(r"(?s)<nav.*?</nav>|试用环境.*?</", "", month).replace("每季度", "")
        opened = [unescape(one) for one in re.findall(r'<a class="behind__number" href="([^"]*)">', quarter)]
        rows = [row for address in opened[::15] for row in browser.get(address).context["rows"]]
        assert {row.plan.kind for row in rows} >= {Rhythm.MONTH, Rhythm.QUARTER}
        for url in {row.url for row in rows if row.plan.kind is Rhythm.MONTH}:
            assert browser.get(url).status_code == 200, url
        assert browser.get("/plans/?q=2017M08").status_code == 404
        figures = browser.get("/api/v1/levels/?by=plan").json()
        assert {row["quarter"] for row in figures["results"]} == {"2017H1"}
