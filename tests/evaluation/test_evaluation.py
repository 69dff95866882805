"""总结评估: what became of each promise once a plan's validity has ended, and what somebody signed stays as it was."""

import json
from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from qhplan import clock
from reports.evaluation.actions import finalise, undo
from reports.evaluation.models import FinalEvaluation
from reports.evaluation.queries import changed_since, editions, evaluate
from tasks.errors import Conflict, Problems
from tasks.indicators.target_actions import AssessmentInput, assess
from tasks.models import Event, Plan, User, Version
from tasks.values import Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

# The plan ends on 2025-12-31; in February its last figures are in.
NOW = make.moment("2026-02-10 10:00")
LAST = Period(2025, 4)


class World:
    """Five promises: 20 (25 was verified for 2020, and 30 later), 12 % (9/60 = 15 % in 2020, not verified), 5 (nobody
    said anything), and words for 2020 and 2025, of which the later are not assessed."""

    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.lead = make.agency("牵头局")
        self.office: User = make.user(Role.OFFICE, agency=make.agency("办公室所在委"), password=None)
        self.other: User = make.user(Role.OFFICE, agency=self.office.agency, password=None)
        self.leader: User = make.user(Role.LEADERSHIP, password=None)
        self.count_task, self.ratio_task = (make.task(self.plan, lead=self.lead) for _n in range(2))
        self.count = make.indicator(self.plan, self.count_task, unit="家")
        self.ratio = make.indicator(self.plan, self.ratio_task, kind="ratio", unit="%")
        self.silent = make.indicator(self.plan, make.task(self.plan, lead=self.lead), unit="个")
        make.target(self.plan, self.count, 20, comparison="at_least")
        make.target(self.plan, self.ratio, 12, comparison="at_least")
        make.target(self.plan, self.silent, 5)
        make.target(self.plan, text="创新能力明显提高")
        make.target(self.plan, text="迈入制造强省", year=2025)
        self.returned("2020Q4", self.count_task, accepted=True, value=25)
        self.returned("2020Q4", self.ratio_task, accepted=False, parts=(9, 60))
        self.returned("2025Q4", self.count_task, accepted=True, value=30)
        self.assess(4, "mostly", Period(2020, 4), "2021-02-01")

    def returned(self, quarter: str, task: Any, *, accepted: bool, **figure: Any) -> Version:
        at = make.moment(f"{int(quarter[:4]) + 1}-01-10 10:00")
        version = make.version(task, self.lead, quarter, at=at)
        make.figure(version, self.count if task == self.count_task else self.ratio, **figure)
        return make.accept(version, at=at, by=self.office) if accepted else version

    def assess(self, order: int, verdict: str, quarter: Period, at: str) -> None:
        said = AssessmentInput(verdict, "四项重点已启动三项", "调度会纪要", "https://example.cn/a")
        assess(by=self.office, plan=self.plan, order=order, quarter=quarter, values=said, now=make.moment(at))

    def sign(self, **more: Any) -> FinalEvaluation:
        asked = {"by": self.office, "plan": self.plan, "edition": 1, "now": NOW}
        return finalise(**{**asked, "with_open": True, "note": "统计数据七月公布。", **more})

    def page(self, path: str = "", user: User | None = None, **data: Any) -> Any:
        client = Client()
        client.force_login(user or self.office)
        url = reverse("evaluation", args=[self.plan.slug]) + path
        with clock.at(NOW):
            return client.post(url, data) if data else client.get(url)


@pytest.fixture
def world() -> World:
    return World()


def test_each_promise_is_judged_at_the_end_of_its_year(world: World) -> None:
    found = {one.order: one for one in evaluate(world.plan, known_at=NOW).targets}
    assert {order: one.result for order, one in found.items()} == {
        1: "reached",  # 25 in 2020; the 30 of 2025 is another year's
        2: "reached",  # 9 / 60 = 15 %, more than 12 %
        3: "open",
        4: "mostly",
        5: "open",
    }
    assert {order: list(one.lacks) for order, one in found.items()} == {
        1: [],
        2: ["unverified"],
        3: ["no_figure"],
        4: [],
        5: ["not_assessed"],
    }
    assert (found[1].actual, str(found[1].actual_quarter)) == (25, "2020Q4")
    assert (found[2].numerator, found[2].denominator) == (9, 60)
    assert found[1].decided_by == (str(world.office),)
    assert str(found[1].decided_on) == "2021-01-10"
    assert (found[4].note, found[4].evidence, found[4].decided_by) == (
        "四项重点已启动三项",
        "调度会纪要",
        (str(world.office),),
    )
    assert [(one.agency, str(one.quarter)) for one in found[1].behind] == [("牵头局", "2020Q4")]


def test_a_promise_that_falls_short_is_missed(world: World) -> None:
    make.target(world.plan, world.count, 26, comparison="at_least")
    assert evaluate(world.plan, known_at=NOW).targets[-1].result == "missed"


def test_it_says_what_was_known_then(world: World) -> None:
    early = evaluate(world.plan, known_at=make.moment("2021-01-15 10:00"))
    assert [one.result for one in early.targets] == ["reached", "reached", "open", "open", "open"]


def test_what_was_signed_never_changes_and_its_successor_says_what_did(world: World) -> None:
    signed = world.sign()
    assert (signed.edition, signed.sha256) == (1, sha256(signed.content.encode()).hexdigest())
    assert [row["result"] for row in json.loads(signed.content)["targets"]] == [
        "reached",
        "reached",
        "open",
        "mostly",
        "open",
    ]
    world.assess(5, "reached", LAST, "2026-02-11 09:00")
    assert changed_since(signed, evaluate(world.plan, known_at=make.moment("2026-02-12"))) == [5]
    second = world.sign(edition=2, note="补上五号目标的评估。", now=make.moment("2026-02-12 09:00"))
    assert json.loads(second.content)["targets"][4]["result"] == "reached"
    assert json.loads(FinalEvaluation.objects.get(edition=1).content)["targets"][4]["result"] == "open"
    assert Event.objects.filter(verb="evaluation.finalise").count() == 2
    for change in (
        lambda: FinalEvaluation.objects.filter(edition=1).update(note="改"),
        lambda: signed.delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"with_open": False}, "with_open"),
        ({"note": "  "}, "note"),
        ({"note": "字" * 20_001}, "note"),
        ({"note": "a\0b"}, "note"),
        ({"now": make.moment("2025-12-31 23:00")}, ""),
    ],
)
def test_what_does_not_hold_is_refused_where_it_stands(world: World, more: Any, field: str) -> None:
    with pytest.raises(Problems) as raised:
        world.sign(**more)
    assert field in [problem.field for problem in raised.value.problems]
    assert not FinalEvaluation.objects.exists()


def test_only_the_office_signs_and_an_edition_once(world: World) -> None:
    with pytest.raises(PermissionDenied):
        world.sign(by=world.leader)
    world.sign()
    with pytest.raises(Conflict, match="已定稿第1版"):
        world.sign()


def test_the_page_shows_signs_and_keeps(world: World) -> None:
    page = world.page().content.decode()
    assert "5项承诺" in page
    assert "编制中" in page
    assert page.index("未定事项") < page.index("2020年目标") < page.index("2025年目标")
    assert "定稿第 1 版" not in world.page(user=world.leader).content.decode()
    refused = world.page(edition="1", note="")
    assert refused.status_code == 422
    assert "还有3项未定" in refused.content.decode()
    done = world.page(edition="1", note="<b>说明</b>", with_open="on")
    assert done["Location"].endswith("?edition=1")
    shown = world.page("?edition=1", world.leader).content.decode()
    assert "已定稿 · 第 1 版" in shown
    assert "&lt;b&gt;说明" in shown
    assert "与第 1 版相比没有变动" in world.page().content.decode()
    for wrong in ("?edition=2", "?edition=x", "?edition=99999999999"):
        assert world.page(wrong).status_code == 404


def test_the_second_who_signs_is_told_who_was_first(world: World) -> None:
    world.sign(by=world.other)
    client = Client()
    client.force_login(world.office)
    data = {"edition": "1", "note": "再签", "with_open": "on"}
    with clock.at(NOW):
        answer = client.post(reverse("evaluation", args=[world.plan.slug]), data, follow=True)
    assert f"{world.other}已定稿第1版，请刷新页面" in answer.content.decode()
    assert FinalEvaluation.objects.count() == 1


def test_files_say_the_same_byte_for_byte(world: World) -> None:
    signed = world.sign()
    client = Client()
    client.force_login(world.leader)
    with clock.at(NOW):
        data = client.get(reverse("evaluation_json", args=[world.plan.slug]), {"edition": 1})
        book = client.get(reverse("evaluation_xlsx", args=[world.plan.slug]), {"edition": 1})
        live = client.get(reverse("evaluation_json", args=[world.plan.slug])).json()
        served = client.get(reverse("api_evaluation", args=[world.plan.slug])).json()
    assert data.content.decode() == signed.content
    assert [row["result"] for row in live["targets"]] == [row["result"] for row in served["targets"]]
    cells = [[cell.value for cell in row] for row in load_workbook(BytesIO(book.content)).active.rows]
    assert [row[3] for row in cells if row[1] in {"目标1", "创新能力明显提高", "迈入制造强省"}] == [
        "达到",
        "基本达到",
        "未定",
    ]


def test_a_plan_in_force_has_none_yet(world: World) -> None:
    client = Client()
    client.force_login(world.leader)
    with clock.at(make.moment("2025-12-31 12:00")):
        page = client.get(reverse("evaluation", args=[world.plan.slug]))
        assert page.status_code == 200
        assert "到期后汇总" in page.content.decode()
        for name in ("evaluation_json", "evaluation_xlsx", "api_evaluation"):
            assert client.get(reverse(name, args=[world.plan.slug])).status_code == 404


def test_no_more_queries_with_more_promises(world: World) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert world.page().status_code == 200
        return len(captured)

    asked()
    few = asked()
    for number in range(5):
        task = make.task(world.plan, lead=world.lead)
        indicator = make.indicator(world.plan, task)
        make.target(world.plan, indicator, number)
        version = make.version(task, world.lead, "2020Q4", at=make.moment("2021-01-10 10:00"))
        make.figure(version, indicator, number)
        make.target(world.plan, text=f"文字目标{number}")
    assert asked() == few


def test_the_last_edition_is_undone_with_a_reason_and_stays_readable(world: World) -> None:
    first = world.sign()
    second = world.sign(edition=2, now=make.moment("2026-02-11"))
    later = make.moment("2026-02-12")
    with pytest.raises(PermissionDenied):
        undo(by=world.leader, signed=second, reason="误签", now=later)
    with pytest.raises(Problems):
        undo(by=world.office, signed=second, reason=" ", now=later)
    with pytest.raises(Conflict, match="更新的一版"):
        undo(by=world.office, signed=first, reason="误签", now=later)
    undo(by=world.other, signed=second, reason="误签", now=later)
    with pytest.raises(Conflict, match="已经撤销"):
        undo(by=world.office, signed=second, reason="误签", now=later)

    def known(at: str) -> list[int]:
        return [one.edition for one in editions(world.plan, known_at=make.moment(at))]

    assert (known("2026-02-11 12:00"), known("2026-02-13")) == ([2, 1], [1])
    assert world.sign(edition=3, now=make.moment("2026-02-13")).edition == 3
    with pytest.raises(DatabaseError, match="undone, once"), transaction.atomic():
        FinalEvaluation.objects.update(note="改写")


def test_the_page_undoes_an_edition(world: World) -> None:
    world.sign()
    assert "撤销定稿" in world.page("?edition=1").content.decode()
    assert "撤销定稿" not in world.page("?edition=1", user=world.leader).content.decode()
    assert world.page("undo/", user=world.leader, edition="1", reason="误签").status_code == 403
    assert world.page("undo/", edition="x", reason="误签").status_code == 404
    world.page("undo/", edition="1", reason="无")
    assert FinalEvaluation.objects.get().undone_at is None
    world.page("undo/", edition="1", reason="<b>误签")
    page = world.page("?edition=1").content.decode()
    assert "已撤销" in page
    assert "&lt;b&gt;误签" in page
