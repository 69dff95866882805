"""The pages of adjustments: the list, each one, the forms, and the marks on every page of the plan."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.adjustments import actions
from tasks.models import Adjustment, User
from tasks.values import Period
from tests import factories as make
from tests.adjustments.conftest import Small
from tests.pages import text

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-07-05 10:00")
Q2, Q3 = Period(2017, 2), Period(2017, 3)


@pytest.fixture(autouse=True)
def _at() -> Any:
    with clock.at(NOW):
        yield


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def approved(small: Small, **values: Any) -> Adjustment:
    """A deadline for the first task, from 2017Q2 on."""
    made = actions.propose_withdrawal(
        by=small.office, task=small.task, **{"effective": Q2, "reason": "并入他项", **values}
    )
    return actions.approve(by=small.leader, adjustment=made)


# -- from proposing to the mark -----------------------------------------------------------------------------


def test_target_goes_from_the_form_to_the_mark_on_the_overview(small: Small) -> None:
    order = make.target(small.plan, value=12, unit="%", text="到2020年达到12%", task=small.task).order
    office, leader = client_of(small.office), client_of(small.leader)
    form = office.get(reverse("adjust_target", args=[small.plan.slug, order]))
    assert form.context["form"].initial["value"] == "12"
    given = {
        "text": "到2020年达到15%",
        "comparison": "reach",
        "value": "15",
        "unit": "%",
        "effective": "2017Q2",
        "doc_number": "青政〔2017〕9号",
        "reason": "形势变化",
    }

    sent = office.post(form.request["PATH_INFO"], given, follow=True)
    made = Adjustment.objects.get()
    page = reverse("adjustment", args=[small.plan.slug, made.pk])
    assert sent.redirect_chain[-1][0] == page
    assert "须由另一个人批准" in text(sent)
    assert "提出人可以撤回" in text(sent)
    seen = text(leader.get(page))
    for words in ("到2020年达到12%", "到2020年达到15%", "达到 15 %", "青政〔2017〕9号", "形势变化"):
        assert words in seen
    decided = leader.post(
        reverse("adjustment_decide", args=[small.plan.slug, made.pk]), {"action": "approve"}, follow=True
    )
    assert "已批准，自2017年第二季度起生效" in text(decided)

    overview = text(office.get(reverse("overview", args=[small.plan.slug]), {"q": "2017Q2"}))
    assert "已调整 1 项目标" in overview
    assert "到2020年达到15%" in overview
    assert f"第{made.pk}号调整（目标）自本季度起生效" in overview
    before = text(office.get(reverse("overview", args=[small.plan.slug]), {"q": "2017Q1"}))
    assert "到2020年达到12%" in before
    assert "已调整" not in before
    task = office.get(reverse("task", args=[small.plan.slug, small.task.ref]), {"q": "2017Q2"})
    assert [one.number for one in task.context["adjustments"]] == [made.pk]
    assert "已调整1次" in text(task)


def test_duties_form_lists_the_bodies_of_the_quarter_and_adds_others(small: Small) -> None:
    office = client_of(small.office)
    url = reverse("adjust_duties", args=[small.plan.slug, small.task.ref])
    page = office.get(url, {"effective": "2017Q3"})
    assert [field.label for field in page.context["form"].bodies()] == ["甲局", "乙局"]
    given = {
        f"duty-{small.lead.pk}": "co",
        f"duty-{small.co.pk}": "",
        "added-1": str(small.third.pk),
        "added-duty-1": "lead",
        "effective": "2017Q3",
        "reason": "职责划转",
    }

    wrong = office.post(url, {**given, "added-1": ""})
    assert wrong.status_code == 422
    assert "没有牵头单位了" in text(wrong)
    assert '<option value="co" selected>' in text(wrong)
    assert office.post(url, {**given, "added-1": "x"}).status_code == 422
    unchosen = office.post(url, {**given, "added-duty-1": ""})
    assert (unchosen.status_code, text(unchosen).count("请选身份。")) == (
        422,
        2,
    )  # on top, on the field
    assert office.post(url, {**given, "effective": "2017"}).status_code == 404
    assert office.get(url, {"effective": "2026Q1"}).status_code == 404
    assert office.post(url, given).status_code == 302

    made = Adjustment.objects.get()
    lines = (
        client_of(small.leader)
        .get(reverse("adjustment", args=[small.plan.slug, made.pk]))
        .context["shown"]
        .lines
    )
    assert [(line.what, line.before, line.after) for line in lines] == [
        ("甲局", "牵头", "配合"),
        ("乙局", "配合", "不负责"),
        ("丙局", "不负责", "牵头"),
    ]
    actions.approve(by=small.leader, adjustment=made)
    with clock.at(make.moment("2017-10-05")):
        task = office.get(reverse("task", args=[small.plan.slug, small.task.ref]), {"q": "2017Q3"})
    assert [(b.name, b.duty, b.adjustment) for b in task.context["bodies"]] == [
        ("丙局", "lead", made.pk),
        ("甲局", "co", made.pk),
    ]
    drawn = [(row.name, row.duty, str(row.start), str(row.end)) for row in task.context["timeline"]]
    assert drawn == [
        ("甲局", "lead", "2016Q3", "2017Q2"),
        ("丙局", "lead", "2017Q3", "None"),
        ("乙局", "co", "2016Q3", "2017Q2"),
        ("甲局", "co", "2017Q3", "None"),
    ]


def test_deadline_and_withdrawal_forms_say_what_is_in_force(small: Small) -> None:
    office = client_of(small.office)
    deadline = reverse("adjust_deadline", args=[small.plan.slug, small.task.ref])
    withdrawal = reverse("adjust_withdrawal", args=[small.plan.slug, small.task.ref])

    assert "现在：未定期限" in text(office.get(deadline))
    wrong = office.post(deadline, {"deadline": "去年", "effective": "2017Q3", "reason": ""})
    assert set(wrong.context["form"].errors) == {"deadline", "reason"}
    assert (
        office.post(deadline, {"deadline": "2018-06-30", "effective": "2017Q3", "reason": "顺延"}).status_code
        == 302
    )
    approved(small, effective=Q3)
    with clock.at(make.moment("2017-08-01")):
        assert "恢复 " in text(office.get(withdrawal))
        assert office.post(withdrawal, {"effective": "2017Q4", "reason": "重新启动"}).status_code == 302
    assert Adjustment.objects.order_by("-id")[0].content["after"]["status"] == "open"


def test_approver_is_told_how_many_filed_returns_would_count_no_more(small: Small) -> None:
    make.version(small.task, small.lead, "2017Q2")
    made = actions.propose_withdrawal(by=small.office, task=small.task, effective=Q2, reason="并入他项")

    page = text(client_of(small.leader).get(reverse("adjustment", args=[small.plan.slug, made.pk])))

    assert "已报的 1 件填报将不再计入" in page


# -- refusals -----------------------------------------------------------------------------------------------


def test_second_to_decide_sees_who_was_first(small: Small) -> None:
    made = approved(small)

    response = client_of(small.second).post(
        reverse("adjustment_decide", args=[small.plan.slug, made.pk]), {"action": "approve"}
    )

    assert response.status_code == 409
    assert f"{small.leader}已于 2017-07-05 10:00" in text(response)


def test_rejecting_without_a_reason_keeps_the_page(small: Small) -> None:
    made = actions.propose_withdrawal(by=small.office, task=small.task, effective=Q2, reason="并入他项")
    url = reverse("adjustment_decide", args=[small.plan.slug, made.pk])

    refused = client_of(small.leader).post(url, {"action": "reject", "note": " "})
    assert (refused.status_code, "不批准要写明理由" in text(refused)) == (422, True)
    assert client_of(small.leader).post(url, {"action": "eat"}).status_code == 422


def test_viewer_sees_history_and_no_proposal(small: Small) -> None:
    done = approved(small)
    waiting = actions.propose_withdrawal(
        by=small.office, task=small.other_task, effective=Q3, reason="并入他项"
    )
    viewer = client_of(make.user(password=None))

    page = viewer.get(reverse("adjustment_list", args=[small.plan.slug]))
    assert [row.adjustment for row in page.context["rows"]] == [done]
    assert "提出任务的调整" not in text(page)
    assert viewer.get(reverse("adjustment", args=[small.plan.slug, waiting.pk])).status_code == 404
    told = viewer.get(reverse("api_adjustment_list", args=[small.plan.slug])).json()["results"]
    assert [(one["id"], one["effective"], one["tasks"]) for one in told] == [
        (done.pk, "2017Q2", [small.task.ref])
    ]


def test_page_of_another_plan_or_none_is_not_found(small: Small) -> None:
    office = client_of(small.office)
    made = approved(small)

    for name, args in [
        ("adjustment_list", ["nothing"]),
        ("adjustment", [make.plan().slug, made.pk]),
        ("adjustment", [small.plan.slug, 10**30]),
        ("adjust_target", [small.plan.slug, 10**30]),
        ("adjust_deadline", [small.plan.slug, "9-9"]),
    ]:
        assert office.get(reverse(name, args=args)).status_code == 404


def test_pages_escape_what_people_wrote(small: Small) -> None:
    approved(small, reason="<script>alert(1)</script>", doc_number="<b>号")
    office = client_of(small.office)

    for page in (
        office.get(reverse("adjustment_list", args=[small.plan.slug])),
        office.get(reverse("adjustment", args=[small.plan.slug, Adjustment.objects.get().pk])),
        office.get(reverse("task", args=[small.plan.slug, small.task.ref])),
    ):
        assert "<script>alert" not in text(page)
        assert "<b>号" not in text(page)


# -- list, marks, queries -----------------------------------------------------------------------------------


def test_list_is_narrowed_by_kind_and_state(small: Small) -> None:
    done = approved(small)
    waiting = actions.propose_withdrawal(by=small.office, task=small.other_task, effective=Q3, reason="并入")
    office = client_of(small.office)
    url = reverse("adjustment_list", args=[small.plan.slug])

    def listed(**query: str) -> list[Adjustment]:
        return [row.adjustment for row in office.get(url, query).context["rows"]]

    assert listed() == [waiting, done]
    assert listed(state="approved") == [done]
    assert listed(kind="target") == []
    assert "没有调整" in text(office.get(url, {"kind": "target"}))


@pytest.mark.full
def test_marks_stand_on_every_page_of_the_plan(small: Small) -> None:
    made = approved(small, effective=Period(2017, 1))
    office = client_of(small.office)
    link = f'<a class="adjusted" href="{reverse("adjustment", args=[small.plan.slug, made.pk])}"'

    for name, args in [
        ("task_list", []),
        ("matrix", []),
        ("task", [small.task.ref]),
    ]:
        page = office.get(reverse(name, args=[small.plan.slug, *args]), {"q": "2017Q2"})
        assert link in text(page) or "已调整1次" in text(page)
        early = office.get(reverse(name, args=[small.plan.slug, *args]), {"q": "2016Q4"})
        assert "已调整" not in text(early)
        then = {"q": "2017Q2", "known": "2017-07-01T00:00"}
        assert "已调整" not in text(office.get(reverse(name, args=[small.plan.slug, *args]), then))


@pytest.mark.full
def test_pages_ask_no_more_of_the_database_when_there_is_more(small: Small) -> None:
    make.target(small.plan, value=12, unit="%", text="到2020年达到12%")
    made = approved(small)
    office = client_of(small.office)

    def queries(url: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert office.get(url, {"q": "2017Q2"}).status_code == 200
        return len(captured)

    pages = [
        reverse("adjustment_list", args=[small.plan.slug]),
        reverse("adjustment", args=[small.plan.slug, made.pk]),
        reverse("adjust_duties", args=[small.plan.slug, small.other_task.ref]),
        reverse("overview", args=[small.plan.slug]),
        reverse("matrix", args=[small.plan.slug]),
        reverse("task", args=[small.plan.slug, small.task.ref]),
        reverse("api_adjustment_list", args=[small.plan.slug]),
    ]

    def adjust(number: int) -> None:
        task = make.task(small.plan, lead=small.lead, co=[small.third])
        done = actions.propose_duties(
            by=small.office,
            task=task,
            effective=Q2,
            duties={small.third.pk: "", make.agency(f"丁{number}").pk: "co"},
            reason="职责调整",
        )
        actions.approve(by=small.leader, adjustment=done)

    adjust(0)
    few = [queries(url) for url in pages]
    for number in range(1, 4):
        adjust(number)
    assert [queries(url) for url in pages] == few
