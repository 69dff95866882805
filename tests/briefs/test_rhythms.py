"""Briefs of every kind for plans of every rhythm speak of the plan's own periods."""

import json
import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client

from qhplan import clock
from reports.briefs import composition, kinds
from reports.briefs.models import Brief, BriefKind
from reports.briefs.values import BriefHead
from reports.briefs.views import file_name
from tasks.period_words import speaking
from tasks.plans.models import Plan
from tasks.values import Light, Period, Rhythm, Role
from tests import factories as make
from tests.briefs.test_kinds import INSTRUCTION, NOTICE
from tests.journeys.test_rhythms import World
from tests.journeys.test_rhythms import world as world_of

NOW = make.moment("2018-02-05 10:00")
# {rhythm: (a period, what its plain brief is called on pages, in its head, as a kind)}
CALLED = {
    Rhythm.MONTH: ("2017M12", "2017年12月月报", "实施情况月报", "月报"),
    Rhythm.JOINED: ("2017M01-02", "2017年1—2月月报", "实施情况月报", "月报"),
    Rhythm.QUARTER: ("2017Q4", "2017年第四季度简报", "实施情况简报", "季度简报"),
    Rhythm.HALF: ("2017H2", "2017年下半年简报", "实施情况简报", "半年简报"),
    Rhythm.YEAR: ("2017", "2017年度简报", "实施情况简报", "年度简报"),
}


def rich_world(kind: Rhythm) -> World:
    found = world_of(kind)
    make.sector(found.plan, *found.tasks, name="智能制造")
    guard = make.safeguard(found.plan, lead=found.lead)
    make.version(
        guard, found.lead, found.first, Light.GREEN, done="", no_progress=True, no_progress_reason="等待批复"
    )
    return found


@pytest.fixture(params=list(Rhythm), ids=[str(kind.value) for kind in Rhythm])
def made(request: pytest.FixtureRequest, db: None, prepared_fonts: None) -> Iterator[World]:
    found = rich_world(request.param)
    with clock.at(found.now):
        yield found


def text_of(world: World, period: Period, scope: kinds.Scope) -> str:
    """What the brief prints, and what its editor and its file are called."""
    frozen = json.loads(
        kinds.freeze(
            world.plan,
            period,
            known_at=clock.now(),
            kind=scope.kind,
            scope=scope.ref,
            name=scope.name,
            is_sample=False,
        )
    )
    if "notices" in frozen:
        frozen["notices"] = [NOTICE]
    if "instructions" in frozen:
        frozen["instructions"] = [INSTRUCTION | {"on": kinds.title_of("plan", period, "")}]
    with speaking(period.kind):
        done = composition.html(
            kinds.read_snapshot(json.dumps(frozen)), head=BriefHead(office="办公室"), figures_sha256="0" * 64
        )
        labels = " ".join(map(str, kinds.KINDS[scope.kind].text_labels.values()))
    back = done.back(1, False) if done.back else ""
    html = re.sub(r"(?s)<style.*?</style>", "", done.body + back)
    return (
        re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html))) + " ".join(done.words.values()) + labels
    )


@pytest.mark.full
def test_every_kind_speaks_of_the_plans_periods(made: World) -> None:
    kind = made.plan.kind
    seen = set()
    last = Period.closing(made.first.year, kind)
    for period in dict.fromkeys([made.first, made.second, last, made.plan.last_quarter]):
        for scope in kinds.scopes(made.plan, period):
            seen.add(scope.kind)
            text = text_of(made, period, scope)
            assert kind is Rhythm.QUARTER or not re.search("季|Q[1-4]", text), (period, scope, text)
    assert seen == set(BriefKind)


@pytest.mark.parametrize("rhythm", list(Rhythm))
def test_titles_heads_and_files_are_called_by_the_plans_rhythm(rhythm: Rhythm) -> None:
    code, title, head, kind = CALLED[rhythm]
    period = Period.parse(code)
    plan = Plan(title="测试行动方案", rhythm=rhythm)
    brief = Brief(plan=plan, quarter=period, kind=BriefKind.PLAN)
    for spoken in (Rhythm.QUARTER, rhythm, None):
        with speaking(spoken):
            assert (brief.title, brief.kind_label) == (title, kind)
            assert kinds.KINDS["plan"].series_of(period) == head
            assert file_name(brief) == f"测试行动方案 {title} 草稿".replace("—", "-")


@pytest.mark.django_db
def test_a_list_over_plans_calls_each_brief_by_its_own_plan(prepared_fonts: None) -> None:
    office = make.user(Role.OFFICE)
    for kind in (Rhythm.MONTH, Rhythm.QUARTER):
        plan = make.plan(slug=f"of-{kind.value}", title=f"方案{kind.value}", rhythm=kind)
        code = CALLED[kind][0]
        Brief.objects.create(
            plan=plan, quarter=Period.parse(code), known_at=NOW, asked_at=NOW, is_sample=False
        )
    browser = Client()
    browser.force_login(office)
    with clock.at(make.moment("2018-03-05 10:00")):
        page = browser.get("/briefs/").content.decode()
    assert "2017年12月月报" in page
    assert "2017年第四季度简报" in page
    assert "生成本期整套" in page
    assert set(re.findall(r'briefs__state">\s*(.*?) · ', page)) == {"方案month", "方案quarter"}
    assert set(re.findall(r'value="plan">\s*<span>(.*?)</span>', page)) == {"月报", "季度简报"}
