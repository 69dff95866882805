"""Every level from one query: the same numbers as the plan's own figures, and behind each number as many returns."""

import random
import re
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.figures.levels import ACROSS_PLANS, Level, LevelFigures, Levels, Number
from reports.figures.queries import plan_figures
from tasks.models import Agency, Direction, Plan, Task, TaskSector
from tasks.values import Period, Role
from tests import factories as make

Q4, Q1 = Period(2016, 4), Period(2017, 1)
NOW = make.moment("2017-05-02 10:00")


class Site:
    """Nine tasks in three groups and two safeguards, of bodies of every kind, filed at random over two quarters; one task
    has no lead."""

    def __init__(self, seed: int, *, leadless: bool = True) -> None:
        chance = random.Random(seed)
        self.plan: Plan = make.plan()
        self.seat = make.agency("甲市政府", kind="government")
        self.bodies: list[Agency] = [
            make.agency("发改委"),
            make.agency("经信委"),
            self.seat,
            make.agency("乙州政府", kind="government"),
            make.agency("甲园区", kind="zone", region=self.seat),
            make.agency("银监局", kind="central"),
        ]
        groups = [make.group(self.plan) for _n in range(3)]
        self.tasks: list[Task] = []
        for number in range(9):
            lead, *co = chance.sample(self.bodies, 3)
            self.tasks.append(make.task(self.plan, groups[number % 3], lead=lead, co=co))
        self.tasks += [make.safeguard(self.plan, lead=chance.choice(self.bodies)) for _n in range(2)]
        if leadless:
            make.task(self.plan, groups[0])
        sectors = [make.sector(self.plan, *chance.sample(self.tasks[:9], 4)) for _n in range(2)]
        outside = make.OUTSIDE
        direction = Direction.objects.create(sector=sectors[0], number=1, name="方向一", **outside)
        for task in chance.sample(self.tasks[:9], 2):
            TaskSector.objects.create(task=task, sector=sectors[0], direction=direction, **outside)
        for quarter in (Q4, Q1):
            make.cycle(self.plan, quarter)
            for task in self.tasks:
                for duty in task.responsibilities.select_related("agency"):
                    if chance.random() < 0.25:
                        continue
                    late = (quarter + 1).first_day.strftime("%Y-%m-20 10:00")
                    version = make.version(
                        task,
                        duty.agency,
                        quarter,
                        chance.choice(["green", "yellow", "red", "blue"]),
                        at=late if chance.random() < 0.3 else None,
                    )
                    if chance.random() < 0.6:
                        make.accept(version, chance.choice(["green", "yellow", "red", "blue"]), note="核")
                    elif chance.random() < 0.2:
                        make.send_back(version)


def levels(site: Site, first: Period = Q1, last: Period = Q1) -> Levels:
    return Levels([site.plan], first, last, known_at=NOW)


def counted(row: LevelFigures) -> dict[str, int]:
    """Every number that a row shows, by its name."""
    return {
        **{light: getattr(row.lights, light) for light in ("green", "yellow", "red", "blue", "grey")},
        Number.TASKS: row.lights.total,
        Number.UNVERIFIED: row.lights.unverified,
        Number.LEAD_DUE: row.lead.due,
        Number.LEAD_REPORTED: row.lead.reported,
        Number.LEAD_ON_TIME: row.lead.on_time,
        Number.LEAD_MISSING: row.lead.missing,
        Number.CO_DUE: row.co.due,
        Number.CO_REPORTED: row.co.reported,
        Number.CO_ON_TIME: row.co.on_time,
        Number.CO_MISSING: row.co.missing,
        Number.DUE: row.lead.due + row.co.due,
        Number.REPORTED: row.lead.reported + row.co.reported,
        Number.ON_TIME: row.lead.on_time + row.co.on_time,
        Number.MISSING: row.lead.missing + row.co.missing,
        Number.NEW_RED: row.newly.red,
        Number.NEW_DONE: row.newly.done,
        Number.NEW_MISSING: row.newly.missing,
    }


@pytest.mark.few(1)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.django_db
def test_every_level_says_what_the_plan_s_own_figures_say(seed: int) -> None:
    site = Site(seed)
    figures = plan_figures(site.plan, Q1, known_at=NOW)
    found = levels(site)

    def of(level: Level) -> dict[str, LevelFigures]:
        return {row.key: row for row in found.figures(level, Q1)}

    whole = of(Level.PLAN)[site.plan.slug]
    assert (whole.lights, whole.lead, whole.co) == (figures.lights, figures.lead, figures.co)
    assert of(Level.PART)["main"].lights == figures.lights
    assert of(Level.PART)["safeguard"].lights == figures.safeguard_lights
    for group in figures.groups:
        row = of(Level.GROUP)[str(group.number)]
        assert (row.lights, row.lead, row.co) == (group.lights, group.lead, group.co)
    for sector in figures.sectors:
        assert of(Level.SECTOR)[str(sector.number)].lights == sector.lights
    for body in figures.agencies:
        row = of(Level.AGENCY)[body.agency.slug]
        assert (row.lights, row.lead, row.co) == (body.lights, body.lead, body.co)
    for task in figures.tasks:
        row = of(Level.TASK)[task.ref]
        assert (getattr(row.lights, task.light), row.lights.total, row.co) == (1, 1, task.co)
    main = {task.ref for group in figures.groups for task in group.tasks}
    kinds = [change.kind for change in figures.changes if change.task_ref in main]
    assert whole.newly.done == kinds.count("done")
    assert whole.newly.missing == kinds.count("missing")
    assert whole.newly.red == sum(
        change.after == "red" for change in figures.changes if change.task_ref in main
    )


@pytest.mark.few(1)
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.django_db
def test_behind_every_number_stand_as_many_returns(seed: int) -> None:
    """Of every member of every level."""
    found = levels(Site(seed))
    seen = 0
    for level in Level:
        for row in found.figures(level, Q1):
            for number, count in counted(row).items():
                listed = found.behind(level, Q1, row.key, number)
                assert len(listed) == count, (level, row.key, number)
                assert len({(one.task.pk, one.agency_id) for one in listed}) == count
                seen += count
    assert seen > 500


@pytest.mark.django_db
def test_members_add_up_to_the_plan_where_nothing_is_counted_twice() -> None:
    site = Site(5)
    found = levels(site)
    whole = found.figures(Level.PLAN, Q1)[0]
    for level in (Level.PART, Level.TASK, Level.KIND, Level.AGENCY):
        rows = found.figures(level, Q1)
        assert sum(row.lead.due for row in rows) == whole.lead.due
        assert sum(row.co.reported for row in rows) == whole.co.reported
    assert sum(row.lights.total for row in found.figures(Level.GROUP, Q1)) == whole.lights.total == 10


@pytest.mark.django_db
def test_a_zone_counts_in_its_region_and_bodies_of_the_province_in_none() -> None:
    site = Site(1)
    found = levels(site)
    rows = {row.name: row for row in found.figures(Level.REGION, Q1)}
    assert list(rows) == ["甲市政府", "乙州政府"]
    bodies = {row.name: row for row in found.figures(Level.AGENCY, Q1)}
    assert rows["甲市政府"].co == bodies["甲市政府"].co + bodies["甲园区"].co
    assert rows["乙州政府"].lights == bodies["乙州政府"].lights


@pytest.mark.full
@pytest.mark.django_db
def test_a_sector_and_its_direction_count_main_tasks_that_their_words_name() -> None:
    site = Site(2)
    found = levels(site)
    (direction,) = found.figures(Level.DIRECTION, Q1)
    assert (direction.key, direction.lights.total) == ("1.1", 2)
    assert {row.key for row in found.figures(Level.SECTOR, Q1)} == {"1", "2"}


@pytest.mark.full
@pytest.mark.django_db
def test_a_range_gives_each_quarter_as_if_it_were_asked_alone() -> None:
    site = Site(3)
    both = levels(site, Q4, Q1)
    for quarter in (Q4, Q1):
        alone = levels(site, quarter, quarter)
        for level in Level:
            assert both.figures(level, quarter) == alone.figures(level, quarter)


@pytest.mark.full
@pytest.mark.django_db
def test_several_plans_are_counted_by_what_they_share() -> None:
    one, other = Site(1), Site(2)
    found = Levels([one.plan, other.plan], Q1, Q1, known_at=NOW)
    for site in (one, other):
        (alone,) = levels(site).figures(Level.PLAN, Q1)
        assert alone in found.figures(Level.PLAN, Q1)
    for level in ACROSS_PLANS:
        for row in found.figures(level, Q1):
            assert len(found.behind(level, Q1, row.key, "lead_due")) == row.lead.due
    with pytest.raises(LookupError):
        found.figures(Level.GROUP, Q1)


@pytest.mark.full
@pytest.mark.django_db
def test_queries_grow_neither_with_plans_nor_quarters_nor_rows() -> None:
    def count(plans: list[Plan], first: Period, level: Level) -> int:
        with CaptureQueriesContext(connection) as queries:
            found = Levels(plans, first, Q1, known_at=NOW)
            for quarter in Period.span(first, Q1):
                found.figures(level, quarter)
        return len(queries)

    one, other = Site(1), Site(2)
    for level in Level:
        assert count([one.plan], Q1, level) == count([one.plan], Q1 - 3, level) <= 7
    assert count([one.plan], Q1, Level.REGION) == count([one.plan, other.plan], Q1, Level.REGION)


# -- pages --------------------------------------------------------------------------------------------------


def numbers_of(html: str) -> list[tuple[str, int]]:
    """Every number of the page that opens: (address, number)."""
    found = re.findall(r'<a class="behind__number" href="([^"]*)">(\d+)</a>', html)
    return [(unescape(address), int(number)) for address, number in found]


def get(address: str, **values: Any) -> Any:
    client = Client()
    client.force_login(values.get("user") or make.user(Role.VIEWER, password=None))
    return client.get(address)


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "level",
    [
        "part",
        "region",
        "agency",
        *(pytest.param(level, marks=pytest.mark.full) for level in ("group", "sector", "direction", "kind")),
    ],
)
@pytest.mark.django_db
def test_every_number_of_the_page_opens_to_as_many_rows(level: str) -> None:
    site = Site(1)
    with clock.at(NOW):
        page = get(reverse("levels", args=[site.plan.slug]) + f"?by={level}&q=2017Q1").content.decode()
        numbers = numbers_of(page)
        assert len(numbers) >= 8
        for address, number in numbers[:: max(len(numbers) // 16, 1)]:
            answer = get(address)
            assert answer.status_code == 200
            assert len(answer.context["rows"]) == number, address


@pytest.mark.full
@pytest.mark.django_db
def test_a_number_over_all_plans_opens_as_known_at_the_page_s_moment() -> None:
    Site(1), Site(2)
    with clock.at(NOW):
        early, late = (
            numbers_of(get(reverse("plan_list") + "?q=2017Q1" + known).content.decode())
            for known in ("&known=2017-04-10T12:00", "")
        )
        reported = [(address, number) for address, number in early if address.endswith("co_reported")]
        assert reported != [(address, number) for address, number in late if "co_reported" in address]
        for address, number in early:
            answer = get(address)
            assert len(answer.context["rows"]) == number, address
            assert "2017年4月10日 12:00" in answer.content.decode()
            assert all("known=" in row.url for row in answer.context["rows"])


@pytest.mark.full
@pytest.mark.django_db
def test_the_course_of_a_level_shows_every_quarter_from_the_plan_s_first() -> None:
    site = Site(1)
    with clock.at(NOW):
        context = get(reverse("levels", args=[site.plan.slug]) + "?by=agency&q=2017Q1").context
    assert context["trend_quarters"] == list(Period.span(site.plan.first_quarter, Q1))
    found = levels(site, Q4, Q1)
    for row in context["trend"]:
        for quarter, cell in zip(context["trend_quarters"], row.cells, strict=True):
            own = [one for one in found.figures(Level.AGENCY, quarter) if one.name == row.name]
            if quarter >= Q4:
                assert (cell.reported, cell.due) == (
                    own[0].lead.reported + own[0].co.reported,
                    own[0].lead.due + own[0].co.due,
                )
    assert len(context["trend"]) == 6


@pytest.mark.full
@pytest.mark.django_db
def test_all_plans_stand_side_by_side_and_their_numbers_open() -> None:
    Site(1), Site(2)
    with clock.at(NOW):
        for level in ("plan", "agency"):
            page = get(reverse("plan_list") + f"?by={level}&q=2017Q1").content.decode()
            numbers = numbers_of(page)
            assert numbers
            for address, number in numbers[:: max(len(numbers) // 8, 1)]:
                assert len(get(address).context["rows"]) == number, address


@pytest.mark.full
@pytest.mark.django_db
def test_numbers_of_other_pages_open_to_as_many_rows() -> None:
    site = Site(1, leadless=False)
    slug = site.plan.slug
    with clock.at(NOW):
        for address in (
            reverse("overview", args=[slug]),
            reverse("agency_list", args=[slug]),
            reverse("agency", args=[slug, site.seat.slug]),
        ):
            numbers = numbers_of(get(address + "?q=2017Q1").content.decode())
            assert len(numbers) >= 3, address
            for opened, number in numbers[:: max(len(numbers) // 24, 1)]:
                assert len(get(opened).context["rows"]) == number, opened


@pytest.mark.parametrize(
    "query",
    ["?by=task", "?by=nonsense", "?by=plan"],
)
@pytest.mark.django_db
def test_a_level_that_the_page_does_not_have_is_not_found(query: str) -> None:
    plan = make.plan()
    assert get(reverse("levels", args=[plan.slug]) + query).status_code == 404


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "query", ["", "?by=group&key=1&of=nonsense", "?by=group&key=99&of=red", "?by=x&key=1&of=red"]
)
@pytest.mark.django_db
def test_a_number_that_there_is_not_is_not_found(query: str) -> None:
    site = Site(1)
    assert get(reverse("behind", args=[site.plan.slug]) + query).status_code == 404
    assert get(reverse("behind_all") + query).status_code == 404


@pytest.mark.parametrize("query", ["?q=2031Q1", "?q=nonsense", "?q=2017Q1&known=nonsense"])
@pytest.mark.django_db
def test_an_odd_quarter_or_moment_over_all_plans_is_not_found(query: str) -> None:
    make.plan()
    with clock.at(NOW):
        assert get(reverse("plan_list") + query).status_code == 404


@pytest.mark.django_db
def test_who_sees_no_plan_sees_no_numbers() -> None:
    plan = make.plan()
    admin = make.user(Role.ACCOUNTS_ADMIN, password=None)
    for address in (
        reverse("plan_list"),
        reverse("behind_all"),
        reverse("levels", args=[plan.slug]),
        reverse("behind", args=[plan.slug]),
    ):
        assert get(address, user=admin).status_code == 403


@pytest.mark.full
@pytest.mark.parametrize("name", ["levels", "plan_list", "behind"])
@pytest.mark.django_db
def test_queries_of_the_pages_do_not_grow_with_rows(name: str) -> None:
    site = Site(1)
    user = make.user(Role.OFFICE, password=None)
    args = [] if name == "plan_list" else [site.plan.slug]
    query = "?q=2017Q1" + ("&by=part&key=main&of=lead_due" if name == "behind" else "&by=agency")

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert get(reverse(name, args=args) + query, user=user).status_code == 200
        return len(queries)

    with clock.at(NOW):
        count()
        before = count()
        for _n in range(4):
            body = make.agency()
            task = make.task(site.plan, lead=body, co=[site.seat])
            make.accept(make.version(task, body, Q1))
        assert count() == before


@pytest.mark.django_db
def test_levels_that_a_plan_does_not_have_are_not_offered() -> None:
    plan = make.plan()
    make.task(plan, lead=make.agency())
    found = Levels([plan], Q1, Q1, known_at=NOW)

    assert {level.value for level in Level if not found.offers(level)} == {"sector", "direction", "region"}
    page = get(reverse("levels", args=[plan.slug]), user=make.user(Role.VIEWER, password=None))
    assert not {"市州", "重点领域"} & {one.label for one in page.context["choices"]}
    make.sector(plan)
    assert Levels([plan], Q1, Q1, known_at=NOW).offers("sector")
