"""目标: how each promise stands, where its number comes from, and the pages on which the office sets its path."""

from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from qhplan import clock
from reports.figures.target_standing import TargetStanding, shown_to, target_standings
from tasks.indicators.target_path import Schedule
from tasks.indicators.values import IndicatorKind
from tasks.models import IndicatorDefinition, IndicatorOwner, PathPoint, User
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q4, Q1 = Period(2016, 4), Period(2017, 1)
NOW = make.moment("2017-07-05 10:00")


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.at(NOW):
        yield


class World:
    """A task with a lead that files a count (promised: 20 for 2020) and an office."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.other = make.agency("牵头局"), make.agency("统计局")
        self.task = make.task(self.plan, lead=self.lead)
        self.second = make.task(self.plan, lead=self.other)
        self.count = make.indicator(self.plan, self.task, name="平台数")
        self.target = make.target(self.plan, self.count, 20, unit="个", text="建成20个平台")
        self.words = make.target(self.plan, text="明显提高", year=2025)
        self.office = make.user(Role.OFFICE, password=None)
        self.viewer = make.user(password=None)

    def filed(self, value: Any, quarter: Period = Q1, *, accepted: bool = True, **more: Any) -> None:
        version = make.version(self.task, self.lead, quarter)
        make.figure(version, self.count, value, **more)
        if accepted:
            make.accept(version)

    def stands(self, quarter: Period = Q1, known_at: Any = NOW) -> TargetStanding:
        return target_standings(self.plan, quarter, known_at=make.moment(known_at))[0]

    def client(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.office)
        return client

    def url(self, name: str = "target", *args: Any) -> str:
        first = [1] if name in {"target", "target_path"} else []
        return reverse(name, args=[self.plan.slug, *(args or first)])


@pytest.fixture
def world(db: None) -> World:
    return World()


# -- standing -----------------------------------------------------------------------------------------------


def test_a_target_stands_against_its_path_as_known_then(world: World) -> None:
    # From 0 in 2015: 5 expected in 2017Q1, of which 3 were filed. The baseline was set on 2017-05-01.
    world.filed(3)
    make.path_point(world.plan, 1, 2015, 0, known_since="2017-05-01")
    now, then = world.stands(), world.stands(known_at="2017-04-30")
    assert (now.status, now.path, now.straight, now.points) == (Schedule.SLIGHT, 5, True, -10)
    assert (now.done, now.expected, now.baseline and now.baseline.year) == (15, 25, 2015)
    assert (then.status, then.path, then.baseline) == (Schedule.NO_BASELINE, None, None)


def test_a_milestone_from_a_later_quarter_on_changes_no_earlier_one(world: World) -> None:
    world.filed(3)
    make.path_point(world.plan, 1, 2015, 0)
    before = world.stands()
    make.path_point(world.plan, 1, 2017, 3, kind="milestone", first="2017Q2")
    assert world.stands() == before
    assert world.stands(Period(2017, 2)).straight is False


def test_after_the_year_the_figure_at_its_end_decides_and_the_later_one_still_shows(world: World) -> None:
    world.filed(19, Period(2020, 4))
    world.filed(21, Period(2021, 2))
    with clock.at(make.moment("2021-10-01")):
        later = world.stands(Period(2021, 3), "2021-10-01")
    assert (later.status, later.at_due, later.target.actual) == (Schedule.MISSED, 19, 21)


def test_words_and_silence(world: World) -> None:
    first, second = target_standings(world.plan, Q1, known_at=NOW)
    assert (first.status, second.status) == (Schedule.NO_FIGURE, Schedule.WORDS)
    assert [(origin.agency.name, origin.state) for origin in first.origins] == [("牵头局", "missing")]


def test_less_is_better_where_the_indicator_says_so(world: World) -> None:
    less = make.indicator(world.plan, world.task, kind=IndicatorKind.AMOUNT, direction="less")
    make.target(world.plan, less, 80)
    make.path_point(world.plan, 3, 2015, 100)
    version = make.accept(make.version(world.task, world.lead, Q4))
    make.figure(version, less, 90)
    standing = target_standings(world.plan, Q4, known_at=NOW)[2]
    assert (standing.path, standing.status) == (96, Schedule.AHEAD)


def test_what_was_not_decided_is_read_by_its_own_people_and_the_office_alone(world: World) -> None:
    world.filed(3, accepted=False, reason="企业尚未投产")
    own = make.user(Role.REPORTER, agency=world.lead, password=None)
    found = [world.stands()]

    def words(user: User) -> tuple[str, str, bool]:
        (origin,) = shown_to(user, found)[0].origins
        return origin.words, origin.reason, origin.hidden

    assert words(own) == words(world.office) == ("3", "企业尚未投产", False)
    assert words(world.viewer) == ("", "", True)


def test_queries_do_not_grow_with_targets_and_bodies(world: World) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown_to(world.office, target_standings(world.plan, Q1, known_at=NOW))
        return len(captured)

    world.filed(3)
    few = queries()
    for number in range(6):
        task = make.task(world.plan, lead=make.agency())
        indicator = make.indicator(world.plan, task)
        make.target(world.plan, indicator, number + 1)
        make.path_point(world.plan, number + 3, 2015, 0)
        make.figure(make.version(task, task.responsibilities.all()[0].agency, Q1), indicator, 1)
    assert queries() == few


# -- pages --------------------------------------------------------------------------------------------------


def test_the_list_tells_each_promise_with_its_number_and_where_it_comes_from(world: World) -> None:
    world.filed(3)
    make.path_point(world.plan, 1, 2015, 0)
    page = world.client(world.viewer).get(world.url("target_list"), {"q": "2017Q1"}).content.decode()
    for words in (
        "2项承诺，其中1项有数值、1项只有文字。有数值的：略滞后1项。",
        "2020年目标",
        "2025年目标",
        "略滞后，低于序时目标 2 个",
        "数据来源",
        "明显提高",
        "平台数",
    ):
        assert words in page


def test_a_target_shows_its_path_chart_and_parts(world: World) -> None:
    world.filed(2, Q4)
    world.filed(3)
    make.path_point(world.plan, 1, 2015, 0)
    page = world.client(world.viewer).get(world.url(), {"q": "2017Q1"})
    content = page.content.decode()
    assert '<path class="pathchart__path"' in content
    assert [(str(line.quarter), line.actual, line.path) for line in page.context["chart"].table] == [
        ("2017Q1", 3, 5),
        ("2016Q4", 2, 4),
        ("2016Q3", None, 3),
    ]
    assert "由基期到目标直线推算，非方案原文" in content
    assert "设定基期和序时目标" not in content


def test_a_target_without_a_baseline_says_so(world: World) -> None:
    world.filed(3)
    page = world.client(world.viewer).get(world.url(), {"q": "2017Q1"}).content.decode()
    assert "未设基期，没有序时目标" in page
    assert "未设基期，距目标 17 个" in page


@pytest.mark.parametrize("order", [3, 99999])
def test_a_target_that_is_none_is_not_found(world: World, order: int) -> None:
    assert world.client().get(world.url("target", order)).status_code == 404
    assert world.client().get(world.url("target_path", order)).status_code == 404


def test_the_office_sets_a_path_and_sees_all_that_is_wrong_at_once(world: World) -> None:
    url = world.url("target_path") + "?q=2017Q1"
    typed = {
        "since": "2017Q1",
        "baseline_year": "2021",
        "baseline_value": "一",
        "source": "",
        "milestone_2017": "4",
        "reason": "",
    }
    refused = world.client().post(url, typed)
    assert refused.status_code == 422
    assert {name: len(found) for name, found in refused.context["form"].errors.items()} == {
        "reason": 1,
        "baseline_value": 1,
        "source": 1,
    }
    assert 'value="一"' in refused.content.decode()
    typed |= {"baseline_year": "2015", "baseline_value": "1", "source": "年鉴", "reason": "会议纪要"}
    assert world.client().post(url, typed).status_code == 302
    assert set(PathPoint.objects.values_list("kind", "year", "value")) == {
        ("baseline", 2015, 1),
        ("milestone", 2017, 4),
    }
    shown = world.client().get(url).context["form"]
    assert (shown["baseline_value"].value(), shown["milestone_2017"].value()) == ("1", "4")


def test_words_have_no_path_to_set_and_the_past_is_not_changed(world: World) -> None:
    assert world.client().get(world.url("target_path", 2)).status_code == 404
    assert world.client().get(world.url("target_path"), {"known": "2017-04-01"}).status_code == 404
    assert world.client(world.viewer).get(world.url("target_path")).status_code == 403


def test_the_office_changes_a_definition_and_names_an_owner(world: World) -> None:
    url = world.url("indicator", world.count.slug) + "?q=2017Q1"
    office = world.client()
    defined = {
        "action": "define",
        "since": "2017Q1",
        "frequency": "quarterly",
        "lag_months": "2",
        "note": "统计制度",
    }
    assert office.post(url, {**defined, "definition": "已认定的平台"}).status_code == 302
    assert IndicatorDefinition.objects.get(indicator=world.count).definition == "已认定的平台"
    wrong = {"action": "own", "since": "2017Q1", "agency": world.other.pk, "task": world.task.pk, "note": ""}
    refused = office.post(url, wrong)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["note"]
    refused = office.post(url, {**wrong, "note": "数据在统计局"})
    assert list(refused.context["form"].errors) == ["task"]
    assert office.post(url, {**wrong, "task": world.second.pk, "note": "数据在统计局"}).status_code == 302
    assert IndicatorOwner.objects.get().agency == world.other
    page = world.client(world.viewer).get(url).content.decode()
    assert "统计局，随" in page
    assert "办公室指定，非方案内容" in page
    assert "已认定的平台" in page
    assert office.post(url, {"action": "release", "since": "2017Q2", "note": "改回"}).status_code == 302
    assert office.post(url, {"action": "nothing"}).status_code == 404
    assert world.client(world.viewer).post(url, defined).status_code == 403


def test_an_indicator_of_another_plan_is_not_found(world: World) -> None:
    elsewhere = make.indicator(make.plan())
    assert world.client().get(world.url("indicator", elsewhere.slug)).status_code == 404


def test_pages_escape_what_people_wrote(world: World) -> None:
    world.filed(3, reason="<script>alert(1)</script>")
    make.definition(world.count, definition="<b>口径</b>", source="<i>源</i>")
    make.path_point(world.plan, 1, 2015, 0, source="<u>年鉴</u>")
    for url in (world.url(), world.url("target_list"), world.url("indicator", world.count.slug)):
        page = world.client().get(url, {"q": "2017Q1"}).content.decode()
        for raw in ("<script>alert", "<b>口径", "<i>源", "<u>年鉴"):
            assert raw not in page


def test_the_workbook_has_a_row_for_each_promise(world: World) -> None:
    world.filed("3")
    make.path_point(world.plan, 1, 2015, 0)
    make.target(world.plan, text="=1+1")
    data = world.client(world.viewer).get(world.url("target_list_xlsx"), {"q": "2017Q1"}).content
    sheet = load_workbook(BytesIO(data)).active
    assert sheet is not None
    rows = [row for row in sheet.iter_rows(values_only=True) if row[1] in {"建成20个平台", "=1+1"}]
    assert (rows[0][5], rows[0][7], rows[0][17], rows[0][18]) == (20, 3, 5, "略滞后")
    texts = [cell for row in sheet.iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in texts] == ["s"]


def test_the_first_plan_has_every_promise_on_its_page(plan: Any) -> None:
    viewer = Client()
    viewer.force_login(make.user(password=None))
    groups = viewer.get(reverse("target_list", args=[plan.slug]), {"q": "2017Q1"}).context["groups"]
    assert [(group.year, group.total, len(group.numbered)) for group in groups] == [
        (2020, 12, 3),
        (2025, 11, 0),
        (None, 12, 10),
    ]
    # Fifteen bases stand behind the promise of fifteen; “过亿元” is a threshold and no value.
    assert (plan.bases.count(), plan.targets.get(text="15个重大产业基地").value) == (15, 15)
    assert plan.targets.get(text__contains="过亿元").value == 20
    assert not plan.targets.filter(passage=None).exists()
