"""Pages, workbook and API of scores: the same numbers to everybody who may see them, and to nobody else."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from qhplan import clock
from reports.scoring import actions
from reports.scoring.actions import GradeInput
from reports.scoring.models import Appeal, EvidenceGrade, Scheme, ScoreCorrection, ScoreSheet
from tasks.models import Agency, User
from tasks.values import Role
from tests import factories as make
from tests.pages import client
from tests.permission_table import SCHEME
from tests.scoring.conftest import NOW, P1, World

MARKUP = '<script>alert(1)</script>=HYPERLINK("x")'


def url(world: World, name: str, agency: Agency | None = None, query: str = "?period=2017Q1") -> str:
    return reverse(name, args=[world.plan.slug, *([agency.slug] if agency else [])]) + query


def get(user: User, address: str, status: int = 200) -> Any:
    answer = client(user).get(address)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


def post(user: User, address: str, status: int = 302, **data: str) -> Any:
    answer = client(user).post(address, data)
    assert answer.status_code == status, answer.content.decode()[:2000]
    return answer


# -- a body's page ------------------------------------------------------------------------------------------


def test_the_page_says_the_whole_calculation_so_that_it_can_be_repeated(world: World) -> None:
    world.scheme()
    world.corrected("1.5")
    answer = get(world.approver, url(world, "score", world.lead))
    page = answer.content.decode()
    for words in (
        "33.33 × (1×100 + 1×50 + 1×0) ÷ (3 × 100)",
        "50.00 × (1×100 + 1×60 + 1×0) ÷ (3 × 100)",
        "16.67 + 11.11 + 26.67 + 1.50 = 55.95",
        "办公室王某提出，组长批准",
        "没有可计的事项，不计分",
        "未公布 · 试算",
    ):
        assert words in page, words
    said = answer.context["body"]
    again = Decimal(0)
    for line in said["lines"]:
        if line["number"]:
            gained = sum(one["count"] * Decimal(one["percent"]) for one in line["counts"])
            exact = Decimal(line["weight"]) * gained / (line["number"] * 100)
            assert abs(exact - Decimal(line["points"])) <= Decimal("0.005")
            again += Decimal(line["points"])
    assert again + Decimal("1.50") == Decimal(said["total"])


def test_no_score_and_why_is_said_on_page_list_file_and_api(world: World) -> None:
    world.scheme()
    why = "可计的项目只占权重的 30 / 100，不足一半，不计分。"
    assert why in get(world.office, url(world, "score", world.co)).content.decode()
    assert why in get(world.office, url(world, "score_list")).content.decode()
    sheet = load_workbook(BytesIO(get(world.office, url(world, "score_xlsx")).content)).active
    assert sheet is not None
    sums = [row for row in sheet.iter_rows(values_only=True) if row[1] == "配合局" and row[2] == "合计"]
    assert [(row[7], row[8]) for row in sums] == [(why, "不计分")]
    api = get(world.office, f"/api/v1/plans/{world.plan.slug}/scores/?period=2017Q1").json()
    found = next(one for one in api["bodies"] if one["agency"]["name"] == "配合局")
    assert (found["calculation"]["total"], found["rank"], found["among"]) == (None, None, 0)


@pytest.mark.full
def test_the_things_that_were_counted_lead_to_where_they_can_be_looked_up(world: World) -> None:
    world.scheme()
    lines = get(world.office, url(world, "score", world.lead)).context["body"]["lines"]
    light = next(line for line in lines if line["component"] == "light")
    for thing in light["things"]:
        assert get(world.office, thing["url"]).status_code == 200
    assert [thing["outcome"] for thing in light["things"]] == ["绿 正常", "黄 有风险", "未报"]


def test_a_body_sees_its_own_score_alone_and_no_rank_unless_ranks_are_published(world: World) -> None:
    world.scheme()
    own, home = url(world, "score", world.lead), url(world, "score", world.home)
    assert "名次" not in get(world.approver, own).content.decode()
    assert "名次（" in get(world.leader, own).content.decode()
    get(world.approver, home, 403)
    assert get(world.approver, url(world, "score_list"), 302)["Location"].startswith(own.partition("?")[0])
    book = load_workbook(BytesIO(get(world.approver, url(world, "score_xlsx")).content)).active
    assert book is not None
    bodies = {row[1] for row in book.iter_rows(min_row=6, values_only=True)}
    assert bodies == {"牵头局"}
    for user in (make.user(Role.EXPERT, password=None), make.user(Role.VIEWER, password=None)):
        for name in ("score_list", "score_xlsx", "schemes"):
            get(user, url(world, name), 403)


@pytest.mark.full
def test_ranks_are_shown_to_bodies_where_the_scheme_publishes_and_once_announced(world: World) -> None:
    world.scheme(publish_ranking=True)
    make.accept(make.version(world.homes, world.home, P1.first))
    own = url(world, "score", world.lead)
    assert "名次" not in get(world.approver, own).content.decode()
    world.announced()
    page = get(world.approver, own).content.decode()
    assert "2 <small>/ 2</small>" in page
    api = f"/api/v1/plans/{world.plan.slug}/scores/?period=2017Q1"
    assert [one["rank"] for one in get(world.approver, api).json()["bodies"]] == [2]
    assert [one["rank"] for one in get(world.approver, api + "&edition=live").json()["bodies"]] == [None]


def test_kinds_that_are_never_ranked_are_not(world: World) -> None:
    make.task(world.plan, lead=world.bank)
    world.scheme(publish_ranking=True)
    page = get(world.leader, url(world, "score", world.bank)).content.decode()
    assert "不排名" in page
    assert "名次（" not in page


def test_a_body_without_a_duty_has_no_score_page(world: World) -> None:
    world.scheme()
    get(world.leader, url(world, "score", make.agency()), 404)
    for query in ("?period=2031Q1", "?period=nonsense", "?period=2017Q1&edition=7", "?edition=proposed"):
        get(world.leader, url(world, "score_list", query=query), 404)


@pytest.mark.full
def test_before_there_is_a_scheme_every_page_says_what_to_do(world: World) -> None:
    assert "还没有施行的考核办法" in get(world.leader, url(world, "score_list")).content.decode()
    assert "还没有施行的考核办法" in get(world.approver, url(world, "score", world.lead)).content.decode()
    assert "还没有考核办法" in get(world.leader, url(world, "schemes")).content.decode()
    get(world.leader, url(world, "score_xlsx"), 404)
    get(world.office, url(world, "score_try"))


# -- from a draft to the answer of an appeal ----------------------------------------------------------------


@pytest.mark.full
def test_a_score_goes_from_the_draft_of_a_scheme_to_the_answer_of_an_appeal(world: World) -> None:
    edit = url(world, "scheme_edit", query="")
    first = get(world.office, edit)
    assert first.context["form"].initial["weight_light"] == 30
    asked = {**SCHEME, "revision": "", "valid_from": "2017Q1"}
    wrong = post(world.office, edit, 422, **{**asked, "weight_light": "99", "valid_from": "去年"})
    assert "写成" in str(wrong.context["form"].errors["valid_from"]) or wrong.context["form"].errors
    wrong = post(world.office, edit, 422, **{**asked, "weight_light": "99"})
    assert "合计须为 100，现在是 99" in wrong.content.decode()
    post(world.office, edit, **asked)
    post(world.leader, url(world, "schemes", query=""), number="1", revision="1", action="adopt")
    assert Scheme.objects.get().state == "adopted"
    listed = url(world, "score_list")
    post(world.office, listed, action="propose")
    assert "待公布" in get(world.leader, listed).content.decode()
    assert get(world.leader, listed + "&edition=proposed").context["shown"].sheet is not None
    sheet = str(ScoreSheet.objects.get().pk)
    # Who announces sees what was frozen, and no form over anything else.
    assert get(world.leader, listed).context["shown"].sheet == ScoreSheet.objects.get()
    announce = 'value="announce"'
    assert announce in get(world.leader, listed).content.decode()
    assert announce not in get(world.leader, listed + "&edition=live").content.decode()
    assert "定格以后" not in get(world.leader, listed).content.decode()
    with clock.at(NOW + timedelta(hours=1)):
        world.corrected("-2")
        later = get(world.leader, listed).content.decode()
    assert "定格以后，1个单位的得分有变动；另有1件人工调整是定格以后批准的，没有计入" in later
    assert post(world.leader, listed, 422, action="drop", sheet=sheet, note="").context["form"].errors
    post(world.leader, listed, action="announce", sheet=sheet)
    own = url(world, "score", world.lead)
    assert "已公布 · 第 1 版" in get(world.approver, own).content.decode()
    assert "提出申诉" not in get(world.reporter, own).content.decode()
    empty = post(world.approver, own, 422, action="appeal", text="")
    assert empty.context["forms"]["appeal"].errors
    post(world.approver, own, action="appeal", text=MARKUP)
    page = get(world.office, own).content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    kept = post(world.office, own, 422, action="answer", answer="经查", upheld="").content.decode()
    assert "经查</textarea>" in kept
    post(world.office, own, action="answer", answer="经查无误", upheld="no")
    assert Appeal.objects.get().upheld is False
    assert "答复：申诉不成立" in get(world.approver, own).content.decode()
    assert "牵头局" in get(world.leader, listed).content.decode()


@pytest.mark.full
def test_a_correction_is_proposed_and_approved_on_the_page(world: World) -> None:
    world.scheme()
    own = url(world, "score", world.lead)
    far = post(world.office, own, 422, action="correct", points="9", reason="漏计")
    assert far.context["forms"]["correct"].errors["points"]
    post(world.office, own, 422, action="correct", points="一", reason="漏计")
    post(world.office, own, action="correct", points="-2", reason=MARKUP)
    # Sent twice it stands once; and who proposed it may take it back.
    twice = Client()
    twice.force_login(world.office)
    again = twice.post(own, {"action": "correct", "points": "-2", "reason": MARKUP}, follow=True)
    assert "同样的调整已经提出" in again.content.decode()
    assert MARKUP[:8] in unescape(again.content.decode())
    row = ScoreCorrection.objects.get()
    assert "撤回" in get(world.office, own).content.decode()
    post(world.office, own, 422, action="reject", correction=str(row.pk), note="")
    post(world.office, own, action="reject", correction=str(row.pk), note="写错了")
    post(world.office, own, action="correct", points="-2", reason=MARKUP)
    row = ScoreCorrection.objects.get(state="proposed")
    assert "批准" in get(world.leader, own).content.decode()
    assert MARKUP[:8] not in get(world.approver, own).content.decode()  # a proposal is not the body's to see
    assert post(world.leader, own, 422, action="reject", correction=str(row.pk), note="").context[
        "problem_form"
    ]
    post(world.leader, own, action="approve", correction=str(row.pk))
    assert "52.45" in get(world.approver, own).content.decode()
    book = load_workbook(BytesIO(get(world.office, url(world, "score_xlsx")).content)).active
    assert book is not None
    cells = [cell for line in book.iter_rows() for cell in line if cell.value]
    assert not [cell for cell in cells if cell.data_type == "f"]
    totals = [line for line in book.iter_rows(values_only=True) if line[2] == "合计"]
    assert 52.45 in [line[8] for line in totals]  # numbers, to be summed
    post(world.leader, own, 404, action="approve", correction="999")
    post(world.leader, own, 404, action="nonsense")


@pytest.mark.full
def test_what_was_announced_is_shown_and_what_is_known_now_beside_it(world: World) -> None:
    world.scheme()
    world.announced()
    make.accept(make.version(world.tasks[2], world.lead, P1.first))
    own = url(world, "score", world.lead)
    assert get(world.approver, own).context["body"]["total"] == "54.45"
    assert get(world.approver, own + "&edition=live").context["body"]["total"] == "87.78"
    assert (
        "54.45"
        in get(world.approver, reverse("agency", args=[world.plan.slug, world.lead.slug])).content.decode()
    )
    other = get(world.home_approver, reverse("agency", args=[world.plan.slug, world.lead.slug]))
    assert "54.45" not in other.content.decode()


# -- evidence and dry runs ----------------------------------------------------------------------------------


def test_evidence_is_judged_many_at_once_and_errors_stand_in_their_rows(world: World) -> None:
    page = reverse("score_evidence", args=[world.plan.slug]) + "?q=2017Q1"
    green, yellow = world.green.pk, world.yellow.pk
    rows = get(world.office, page).context["rows"]
    assert [row["version"].pk for row in rows] == [green, yellow]
    sent = {f"{green}-grade": "good", f"{yellow}-grade": "poor", f"{yellow}-note": ""}
    wrong = post(world.office, page, 422, **sent)
    assert [fault["id"] for fault in wrong.context["faults"]] == [f"id_{yellow}-note"]
    assert not EvidenceGrade.objects.exists()
    post(world.office, page, **{**sent, f"{yellow}-note": "没有合同"})
    assert set(EvidenceGrade.objects.values_list("version", "grade")) == {(green, "good"), (yellow, "poor")}
    post(world.office, page, 422, **{f"{green}-grade": "best"})


@pytest.mark.full
def test_a_dry_run_shows_both_schemes_and_writes_nothing(world: World) -> None:
    world.scheme()
    world.written(ceiling=Decimal(110))
    page = get(world.office, url(world, "score_try", query="?period=2017Q1&scheme=2"))
    assert "试算 · 不作依据" in page.content.decode()
    assert not ScoreSheet.objects.exists()
    get(world.office, url(world, "score_try", query="?scheme=9"), 404)
    get(world.office, url(world, "score_try", query="?period=2017"))


# -- queries ------------------------------------------------------------------------------------------------


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "name", ["score_list", "score", "score_xlsx", "score_evidence", "score_try", "api_scores", "api_schemes"]
)
def test_queries_do_not_grow_with_rows(world: World, name: str) -> None:
    world.scheme()

    def count() -> int:
        address = url(world, name, world.lead if name == "score" else None)
        with CaptureQueriesContext(connection) as queries:
            get(world.office, address)
        return len(queries)

    count()
    before = count()
    for _n in range(4):
        body = make.agency()
        task = make.task(world.plan, lead=body, co=[world.co])
        version = make.accept(make.version(task, body, P1.first))
        actions.grade_evidence(by=world.office, grades=[GradeInput(version.pk, "good")])
        world.corrected("1", body)
    assert count() == before


@pytest.mark.full
def test_queries_of_a_frozen_list_with_appeals_do_not_grow(world: World) -> None:
    world.scheme()
    sheet = world.announced()

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            get(world.office, url(world, "score_list"))
        return len(queries)

    actions.make_appeal(by=world.approver, sheet=sheet, agency=world.lead, text="有异议")
    before = count()
    actions.make_appeal(by=world.co_approver, sheet=sheet, agency=world.co, text="有异议")
    actions.make_appeal(by=world.home_approver, sheet=sheet, agency=world.home, text="有异议")
    assert count() == before


def test_what_is_too_long_is_told_in_the_sites_words_and_each_weight_by_its_name(world: World) -> None:
    world.scheme()
    long = post(world.office, url(world, "score_list"), 422, action="propose", note="长" * 501)
    assert "有 501 字，最多 500 字，请删减。" in long.content.decode()
    marking = next(name for name in SCHEME if name.startswith("points_"))
    asked = {**SCHEME, "revision": "", "valid_from": "2017Q1", "weight_light": "一", marking: "1.234"}
    wrong = post(world.office, url(world, "scheme_edit", query=""), 422, **asked).content.decode()
    assert "核定灯 · 权重：" in wrong
    assert "最多 2 位小数。" in wrong
