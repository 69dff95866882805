"""What is possible and yet odd, asked on the check page and shown in the queue."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.indicators.values import IndicatorKind
from tasks.models import Version
from tasks.submissions import oddities
from tasks.submissions.queries import last_versions_before
from tasks.values import Duty, Period, Role
from tests import factories as make

Q1, Q2 = Period(2017, 1), Period(2017, 2)
TEXT = "本季度组织企业完成智能化改造十二项，培训技术人员三百二十人次，全部通过验收。"
NEARLY = TEXT.replace("十二项", "十三项")
OTHER = "本季度新建公共服务平台三个，其中两个已经投入使用，另一个正在安装调试设备。"

pytestmark = pytest.mark.django_db


class World:
    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.one, self.two = (make.agency(name) for name in ("牵头局", "甲局", "乙局"))
        self.task = make.task(self.plan, lead=self.lead, co=[self.one, self.two])
        self.other = make.task(self.plan, lead=self.two)
        for quarter in (Q1, Q2):
            make.cycle(self.plan, quarter)

    def odd(self, *versions: Version) -> list[list[str]]:
        before = last_versions_before(
            Q2, task_ids=[one.task_id for one in versions], agency_ids=[one.agency_id for one in versions]
        )
        found = oddities.of_versions(versions, Q2, before)
        return [found[version.pk] for version in versions]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"progress": 30}, ["自评已完成，自评进度却是 30%。"]),
        ({"progress": 100}, []),
        ({"problems": [{"category": "money", "text": "项目停工"}]}, ["自评已完成，却仍列有存在问题。"]),
        ({"coordination": "请协调土地"}, ["自评已完成，却仍有需上级协调事项。"]),
        ({"light": "green", "progress": 30}, []),
    ],
)
def test_what_contradicts_done(world: World, values: dict[str, Any], words: list[str]) -> None:
    version = make.version(world.task, world.lead, Q2, **{"light": "blue", "done": TEXT, **values})
    assert world.odd(version) == [words]


@pytest.mark.parametrize(
    ("before", "words"),
    [
        (TEXT, "本季进展与2017年第一季度所报一字不差。"),
        (f" {TEXT}\n", "本季进展与2017年第一季度所报一字不差。"),
        (NEARLY, "本季进展与2017年第一季度所报几乎相同（相似度 97%）。"),
        (OTHER, ""),
    ],
)
def test_the_last_quarters_text_again(world: World, before: str, words: str) -> None:
    make.version(world.task, world.lead, Q1, done=before)
    assert world.odd(make.version(world.task, world.lead, Q2, done=TEXT)) == [[words] if words else []]


def test_the_threshold_is_a_setting(world: World, settings: Any) -> None:
    settings.ODD_TEXT_SIMILARITY = 99
    make.version(world.task, world.lead, Q1, done=NEARLY)
    assert world.odd(make.version(world.task, world.lead, Q2, done=TEXT)) == [[]]


def test_the_same_text_from_another_agency(world: World) -> None:
    code, other = world.task.code, world.other.code
    lead = make.version(world.task, world.lead, Q2, done=TEXT)
    one = make.version(world.task, world.one, Q2, done=TEXT)
    two = make.version(world.task, world.two, Q2, done=NEARLY)
    # A lead repeats its co agencies, an agency itself: neither is odd.
    assert world.odd(lead, one, two) == [
        [],
        [f"本季进展与乙局{code}所报几乎相同（相似度 97%）。"],
        [f"本季进展与甲局{code}所报几乎相同（相似度 97%）。"],
    ]
    make.version(world.other, world.two, Q2, done=TEXT)
    assert world.odd(lead) == [[f"本季进展与乙局{other}所报一字不差。"]]


def test_a_short_text_is_nobodys(world: World) -> None:
    make.version(world.task, world.lead, Q1, done="按计划推进。")
    assert world.odd(make.version(world.task, world.lead, Q2, done="按计划推进。")) == [[]]


def test_a_share_above_the_whole(world: World) -> None:
    ratio = make.indicator(world.plan, world.task, kind=IndicatorKind.RATIO, unit="%", name="高技术占比")
    version = make.version(world.task, world.lead, Q2, done=TEXT)
    make.figure(version, ratio, parts=(12, 10))
    assert world.odd(version) == [["高技术占比为 120%，超过 100%，请核对分子和分母。"]]


@pytest.mark.full
def test_the_queue_shows_and_filters_them_and_the_check_page_asks(world: World) -> None:
    make.version(world.task, world.lead, Q1, done=TEXT)
    make.version(world.task, world.lead, Q2, done=TEXT, light="blue", progress=30)
    make.version(world.other, world.two, Q2, done=OTHER)
    client = Client()
    client.force_login(make.user(Role.OFFICE, agency=make.agency("办公室"), password=None))
    address = f"{reverse('review')}?plan={world.plan.slug}&q=2017Q2"
    with clock.at(make.moment("2017-07-05 09:00")):
        page = client.get(address)
        odd = client.get(f"{address}&kind=odd")
        plain = client.get(f"{address}&kind=plain")
    assert "自评已完成，自评进度却是 30%。" in page.content.decode()
    assert [row.version.task for row in odd.context["office_rows"]] == [world.task]
    assert [row.version.task for row in plain.context["office_rows"]] == [world.other]

    make.version(world.task, world.one, Q1, done=TEXT)
    make.submission(world.task, world.one, Q2, done=TEXT, duty=Duty.CO, state="draft", light="green")
    client.force_login(make.user(Role.REPORTER, agency=world.one, password=None))
    with clock.at(make.moment("2017-07-05 09:00")):
        checked = client.get(reverse("return_check", args=[world.plan.slug, "2017Q2", world.task.ref]))
    assert "本季进展与2017年第一季度所报一字不差。" in checked.content.decode()


def test_a_queue_of_many_takes_the_same_queries(world: World, django_assert_num_queries: Any) -> None:
    versions = [make.version(world.task, world.lead, Q2, done=TEXT)]
    before = last_versions_before(Q2, task_ids=[], agency_ids=[])
    with django_assert_num_queries(6):
        oddities.of_versions(versions, Q2, before)
    versions += [make.version(world.task, body, Q2, done=OTHER) for body in (world.one, world.two)]
    with django_assert_num_queries(6):
        oddities.of_versions(versions, Q2, before)
