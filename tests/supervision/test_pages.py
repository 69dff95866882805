"""Board, notice and instruction pages, and what stands on the pages of other rooms."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from reports.briefs import actions as briefs
from reports.supervision import actions, answers
from reports.supervision.actions import IssueInput, Made
from reports.supervision.instructions import InstructionInput, instruct
from reports.supervision.models import Instruction, Notice
from reports.supervision.values import Ground, State
from tasks.models import User
from tests import factories as make
from tests.briefs import example
from tests.briefs.conftest import frozen
from tests.pages import client
from tests.supervision.conftest import CONTENT, Q1, World

pytestmark = pytest.mark.slow

KEY = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
FORM = {"title": CONTENT.title, "text": CONTENT.text, "due_on": "2017-07-19", "grade": "supervise"}
LATE = IssueInput("标题", "要求", date(2017, 7, 6))


def text(user: User, url: str) -> str:
    """The page, its white space collapsed."""
    answer = client(user).get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def page(notice: Notice) -> str:
    return reverse("notice", args=[notice.pk])


def numbers(user: User, query: str = "") -> list[str]:
    rows = client(user).get(f"{reverse('notice_list')}?{query}").context["rows"]
    return [row.notice.doc_number or row.notice.get_state_display() for row in rows]


# -- the board ----------------------------------------------------------------------------------------------


def test_the_board_shows_open_ones_by_age_and_narrows_by_every_facet(world: World) -> None:
    with clock.at(make.moment("2017-07-03 09:00")):
        old = world.issued(content=LATE)
    letter = world.issued(world.bank)
    proposal = world.proposal()
    closed = world.issued(world.co)
    actions.withdraw(by=world.office, notice=closed, reason="撤")
    with clock.at(make.moment("2017-07-10 09:00")):
        assert numbers(world.office) == [old.doc_number, letter.doc_number]
        assert numbers(world.office, "state=overdue") == [old.doc_number]
        assert numbers(world.office, "state=proposed") == ["建议"]
        assert numbers(world.office, "state=withdrawn") == [closed.doc_number]
        assert numbers(world.office, "series=letter") == [letter.doc_number]
        assert numbers(world.office, f"agency={world.lead.slug}") == [old.doc_number]
        assert numbers(world.office, "state=all&ground=red") == ["建议"]
        assert numbers(world.office, "words=人行") == [letter.doc_number]
        assert numbers(world.office, "words=智能") == [old.doc_number, letter.doc_number]
        assert numbers(world.office, "state=nonsense") == []
        context = client(world.office).get(reverse("notice_list")).context
    counts = {facet["label"]: facet["count"] for facet in context["facets"]}
    assert counts == {
        "未办结": 2, "已逾期": 1, "已报领导小组": 0, "建议": 1, "不予督办": 0, "待签收": 2, "待反馈": 0, "待审核": 0, "退回重报": 0,
        "已办结": 0, "已撤销": 1, "全部": 4,
    }  # fmt: skip
    assert context["lede"] == "未办结2件，其中1件逾期未反馈，0件待审核。另有督办建议1件待定。"
    assert proposal.state == State.PROPOSED


def test_a_body_finds_its_own_on_the_board_and_nothing_of_proposals(world: World) -> None:
    notice = world.issued()
    world.issued(world.co)
    world.proposal()
    assert numbers(world.reporter, "state=all") == [notice.doc_number]
    context = client(world.reporter).get(reverse("notice_list")).context
    assert "建议" not in {facet["label"] for facet in context["facets"]}


# -- from a fact to a notice --------------------------------------------------------------------------------


def test_a_fact_leads_to_a_form_filled_in_and_to_an_issued_notice(world: World) -> None:
    world.red()
    office = client(world.office)
    new = office.get(reverse("notice_new"))
    offered = {one.found.ground: one.url for one in new.context["offered"]}
    assert set(offered) == {Ground.RED, Ground.MISSING}
    form = office.get(offered[Ground.RED])
    assert "连续2季为红灯" in form.content.decode()
    initial = form.context["form"].initial
    # Ten working days after Wednesday, 5 July.
    assert (initial["title"], initial["due_on"]) == ("关于“智能制造”进展滞后的督办单", date(2017, 7, 19))
    posted = office.post(
        offered[Ground.RED],
        {**FORM, "key": KEY, "ground": "red", "subject": initial["subject"], "agency": world.lead.pk},
    )
    notice = Notice.objects.get()
    assert posted.headers["Location"] == page(notice)
    assert (notice.state, notice.ground, list(notice.tasks.all())) == (State.ISSUED, "red", [world.task])
    again = office.get(reverse("notice_new")).context["offered"]
    assert [one.open_one for one in again if one.found.ground == Ground.RED] == [notice]


def test_a_fact_that_is_gone_says_so_and_offers_a_free_form(world: World) -> None:
    url = f"{reverse('notice_new')}?ground=red&subject=task:{world.task.pk}&agency={world.lead.slug}&q=2017Q1"
    assert "所指的依据现在不成立" in text(world.office, url)


def test_a_refused_form_says_so_on_its_field_and_keeps_what_was_typed(world: World) -> None:
    url = f"{reverse('notice_new')}?task={world.task.ref}"
    posted = client(world.office).post(
        url, {**FORM, "key": KEY, "ground": "hand", "agency": world.lead.pk, "due_on": "2017-07-05"}
    )
    assert posted.status_code == 422
    said = posted.content.decode()
    assert "反馈期限须在今天以后。" in said
    assert CONTENT.text in said
    assert "标题" in said
    for wrong in (
        {"due_on": "明天"},
        {"agency": ""},
        {"agency": "x"},
        {"title": "\x00"},
        {"ground": "x"},
        {"grade": ""},
    ):
        fields = {**FORM, "key": KEY, "ground": "hand", "agency": world.lead.pk, **wrong}
        assert client(world.office).post(url, fields).status_code == 422, wrong
    assert not Notice.objects.exists()


@pytest.mark.parametrize("query", ["q=2030Q1", "q=x", "plan=nothing", "plan=a%00"])
def test_an_address_that_names_nothing_is_not_there(world: World, query: str) -> None:
    assert client(world.office).get(f"{reverse('notice_new')}?{query}").status_code == 404


# -- one notice ---------------------------------------------------------------------------------------------


def test_a_notice_goes_from_proposal_to_closing_through_the_pages(world: World) -> None:
    notice = world.proposal()
    office, reporter, approver = (client(user) for user in (world.office, world.reporter, world.approver))
    assert client(world.reporter).get(page(notice)).status_code == 404
    assert office.post(reverse("notice_issue", args=[notice.pk]), FORM).status_code == 302
    assert reporter.post(reverse("notice_acknowledge", args=[notice.pk])).status_code == 302
    url = reverse("notice_answer", args=[notice.pk])
    assert reporter.post(url, {"text": "草稿", "revision": "0", "action": "save"}).status_code == 302
    assert "草稿" in text(world.approver, page(notice))
    assert approver.post(url, {"text": "已办理。", "revision": "1", "action": "send"}).status_code == 302
    given = notice.answers.get()
    decide = reverse("notice_decide", args=[notice.pk])
    refused = office.post(decide, {"answer": given.pk, "action": "return", "note": "", "due_on": ""})
    assert refused.status_code == 422
    assert "退回要写明理由" in refused.content.decode()
    assert "请填写反馈期限。" in refused.content.decode()
    back = {"answer": given.pk, "action": "return", "note": "缺时限", "due_on": "2017-07-31"}
    assert office.post(decide, back).status_code == 302
    assert "缺时限" in text(world.reporter, page(notice))
    assert approver.post(url, {"text": "八月底完成。", "revision": "2", "action": "send"}).status_code == 302
    last = notice.answers.last()
    assert last is not None
    assert office.post(decide, {"answer": last.pk, "action": "accept", "note": ""}).status_code == 302
    notice.refresh_from_db()
    assert notice.state == State.CLOSED
    assert "已办结" in text(world.leadership, page(notice))


def test_two_who_write_the_answer_see_each_others_words(world: World) -> None:
    notice = world.issued()
    answers.acknowledge(by=world.reporter, notice=notice)
    answers.save_draft(by=world.reporter, notice=notice, text="甲写的三段话", revision=0)
    refused = client(world.approver).post(
        reverse("notice_answer", args=[notice.pk]), {"text": "乙写的话", "revision": "0", "action": "send"}
    )
    said = refused.content.decode()
    assert refused.status_code == 409
    assert "甲写的三段话" in said
    assert "乙写的话" in said
    assert 'name="revision" value="1"' in said


def test_what_a_body_is_not_told(world: World) -> None:
    """How the notice came about, and to whom its lateness was told; its draft is told to nobody else."""
    notice = world.proposal()
    actions.issue(by=world.office, notice=notice, content=CONTENT)
    answers.acknowledge(by=world.reporter, notice=notice)
    answers.save_draft(by=world.reporter, notice=notice, text="尚未定稿", revision=0)
    assert "提出督办建议" in text(world.office, page(notice))
    assert "提出督办建议" not in text(world.reporter, page(notice))
    assert "尚未定稿" in text(world.approver, page(notice))
    for user in (world.office, world.second, world.leadership):
        assert "尚未定稿" not in text(user, page(notice))


def test_the_page_says_what_became_of_the_facts_since(world: World) -> None:
    other = make.task(world.plan, lead=world.lead)
    (notice,) = [
        one
        for one in actions.propose(plan=world.plan, found=world.grounds().missing())
        if one.agency == world.lead
    ]
    actions.issue(by=world.office, notice=notice, content=CONTENT)
    assert "现在仍有2件未报。" in text(world.office, page(notice))
    make.version(other, world.lead, Q1, at="2017-07-05 09:30")
    assert "现在还有1件未报，1件已补报。" in text(world.office, page(notice))
    make.version(world.task, world.lead, Q1, at="2017-07-05 09:40")
    assert "现在已全部报齐。" in text(world.office, page(notice))


def test_markup_stands_as_it_was_typed(world: World) -> None:
    hostile = "<script>alert(1)</script>"
    notice = world.issued(content=IssueInput(hostile, hostile, date(2017, 7, 19)))
    for url in (
        page(notice),
        reverse("notice_list"),
        reverse("task", args=[world.plan.slug, world.task.ref]),
    ):
        said = text(world.office, url)
        assert hostile not in said
        assert "&lt;script&gt;" in said


def test_the_document_is_handed_out_to_those_who_may_read_the_notice(world: World) -> None:
    notice = world.issued()
    url = reverse("notice_pdf", args=[notice.pk])
    assert client(world.reporter).get(url).status_code == 404
    actions.keep_document(notice=notice, made=Made(b"%PDF-1.7", "a" * 64, 1, 0.1))
    answer = client(world.reporter).get(f"{url}?download=1")
    assert (answer.content, answer["Content-Type"]) == (b"%PDF-1.7", "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert client(world.co_approver).get(url).status_code == 404


# -- pages of other rooms -----------------------------------------------------------------------------------


def test_a_task_and_a_body_show_their_notices_to_those_who_may_see_them(world: World) -> None:
    notice = world.issued()
    task = reverse("task", args=[world.plan.slug, world.task.ref])
    body = reverse("agency", args=[world.plan.slug, world.lead.slug])
    for url in (task, body):
        for user in (world.office, world.leadership, world.reporter):
            assert notice.doc_number in text(user, url)
        for user in (world.co_approver, world.viewer, world.expert):
            assert notice.doc_number not in text(user, url)
    assert "另发督办单" in text(world.office, task)
    assert "发督办单" not in text(world.leadership, task)
    assert "写批示" in text(world.leadership, task)


def test_a_red_light_and_a_missing_report_lead_from_their_pages_to_the_form_filled_in(world: World) -> None:
    world.red()
    task = reverse("task", args=[world.plan.slug, world.task.ref])
    body = reverse("agency", args=[world.plan.slug, world.co.slug])
    red = client(world.office).get(task).context["parts"]["supervision"].grounds
    assert [(one.found.ground, one.body) for one in red] == [
        (Ground.RED, "牵头局"),
        (Ground.MISSING, "配合局"),
    ]
    missing = client(world.office).get(body).context["parts"]["supervision"].grounds
    assert [(one.found.ground, one.body) for one in missing] == [(Ground.MISSING, "配合局")]
    assert "连续2季为红灯" in text(world.office, red[0].url)
    world.issued(ground=Ground.RED, subject=f"task:{world.task.pk}")
    left = client(world.office).get(task).context["parts"]["supervision"].grounds
    assert [one.found.ground for one in left] == [Ground.MISSING]
    assert "督办牵头局" not in text(world.leadership, task)


def test_desks_show_what_waits_for_whom(world: World) -> None:
    notice = world.issued()
    assert f"签收 {notice.doc_number}" in text(world.reporter, reverse("desk"))
    assert notice.doc_number not in text(world.co_approver, reverse("desk"))
    answers.acknowledge(by=world.reporter, notice=notice)
    assert f"反馈 {notice.doc_number}" in text(world.reporter, reverse("desk"))
    answers.answer(by=world.approver, notice=notice, text="已办。")
    assert f"审核 {notice.doc_number} 的反馈" in text(world.office, reverse("review"))
    world.proposal()
    assert "决定 1 件督办建议" in text(world.office, reverse("review"))


def test_the_overview_tells_the_leading_group_where_to_step_in(world: World) -> None:
    world.issued(content=LATE)
    overview = reverse("overview", args=[world.plan.slug])
    with clock.at(make.moment("2017-07-10 09:00")):
        said = text(world.leadership, overview)
        assert "未办结 1 件" in said
        assert "最久 5 天" in said
        assert "逾期 1 件" in said
        assert "未办结 1 件" not in text(world.reporter, overview)


# -- instructions -------------------------------------------------------------------------------------------


@pytest.mark.full
def test_an_instruction_is_written_on_a_task_and_assigned_by_the_office(world: World) -> None:
    new = f"{reverse('instruction_new')}?plan={world.plan.slug}&task={world.task.ref}"
    assert "批示人" not in text(world.leadership, new)
    written = client(world.leadership).post(new, {"key": KEY, "words": "请抓紧。"})
    instruction = Instruction.objects.get()
    assert written.headers["Location"] == reverse("instruction", args=[instruction.pk])
    assert "交办组长的批示" in text(world.office, reverse("review"))
    assign = reverse("instruction_assign", args=[instruction.pk])
    refused = client(world.office).post(assign, {"key": KEY, **FORM, "agency": ""})
    assert refused.status_code == 422
    assert client(world.office).post(assign, {"key": KEY, **FORM, "agency": world.lead.pk}).status_code == 302
    twice = client(world.office).post(
        assign, {"key": "7c9e6679-7425-40de-944b-e07fc1f90ae8", **FORM, "agency": world.lead.pk}
    )
    assert twice.status_code == 409
    assert "不重复督办" in twice.content.decode()
    assert "请抓紧。" in text(world.reporter, reverse("instruction_list"))
    assert "请抓紧。" in text(world.reporter, page(Notice.objects.get()))
    assert "请抓紧。" in text(world.leadership, reverse("task", args=[world.plan.slug, world.task.ref]))


def test_the_office_registers_what_was_written_on_a_brief(world: World) -> None:
    brief = frozen(world.plan, figures=example.frozen())
    new = f"{reverse('instruction_new')}?brief={brief.pk}"
    assert client(world.office).get(new).status_code == 404  # a draft was given to nobody
    briefs.issue(by=None, brief=brief)
    briefs.publish(brief=brief, made=briefs.Made(b"%PDF", 2, 0.1))
    detail = reverse("brief", args=[brief.pk])
    assert new in text(world.office, detail)
    refused = client(world.office).post(
        new, {"key": KEY, "words": "", "leader": "", "given_on": "2017-07-09"}
    )
    assert refused.status_code == 422
    form = {"key": KEY, "words": "问题要逐项落实。", "leader": "张省长", "given_on": "2017-07-03"}
    assert client(world.office).post(new, form).status_code == 302
    assert "问题要逐项落实。" in text(world.leadership, detail)
    assert "据纸面登记" in text(world.leadership, reverse("instruction", args=[Instruction.objects.get().pk]))


@pytest.mark.parametrize("query", ["task=1", "brief=x", "brief=0", "brief=99999999999999999999"])
def test_an_instruction_on_what_is_not_there_is_refused(world: World, query: str) -> None:
    assert client(world.leadership).get(f"{reverse('instruction_new')}?{query}").status_code == 404


def test_the_list_of_instructions_narrows_by_where_they_stand(world: World) -> None:
    first, second = (
        instruct(by=world.leadership, asked=InstructionInput(words=words, task=world.task))
        for words in ("甲事", "乙事")
    )
    world.issued(ground=Ground.INSTRUCTION, instruction=first)

    def listed(state: str) -> list[int]:
        answer = client(world.office).get(reverse("instruction_list"), {"state": state})
        return sorted(one.pk for one, _on, _rows in answer.context["rows"])

    assert listed("") == listed("all") == [first.pk, second.pk]
    assert listed("waiting") == [second.pk]
    assert listed("assigned") == [first.pk]
    assert listed("done") == []


# -- queries ------------------------------------------------------------------------------------------------


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "name", ["notice_list", "instruction_list", "desk", "review", "task", "agency", "overview"]
)
def test_a_page_asks_no_more_with_more_notices(world: World, name: str) -> None:
    args: dict[str, list[Any]] = {
        "task": [world.plan.slug, world.task.ref],
        "agency": [world.plan.slug, world.lead.slug],
        "overview": [world.plan.slug],
    }
    url = reverse(name, args=args.get(name, []))
    user = world.reporter if name == "desk" else world.office

    def grow() -> None:
        body = make.agency()
        for agency in (world.lead, body):
            notice = world.issued(agency)
            if agency == world.lead:
                answers.acknowledge(by=world.reporter, notice=notice)
                answers.answer(by=world.approver, notice=notice, text="已办。")
            instruction = instruct(
                by=world.leadership, asked=InstructionInput(words="请办。", task=world.task)
            )
            world.issued(agency, ground=Ground.INSTRUCTION, instruction=instruction)

    def queries() -> int:
        asking = client(user)
        with CaptureQueriesContext(connection) as captured:
            assert asking.get(url).status_code == 200
        return len(captured)

    grow()
    queries()
    one = queries()
    for _n in range(2):
        grow()
    assert queries() == one


# -- through the API ----------------------------------------------------------------------------------------


def send(user: User, url: str, data: dict[str, Any] | None = None) -> Any:
    return client(user).post(f"/api/v1/{url}", data or {}, content_type="application/json")


def test_the_api_takes_a_notice_from_proposal_to_closing(world: World) -> None:
    notice = world.proposal()
    own = f"notices/{notice.pk}/"
    issued = send(world.office, f"{own}issue/", FORM)
    assert (issued.status_code, issued.json()["state"], issued.json()["doc_number"]) == (
        200,
        "issued",
        "督〔2017〕1号",
    )
    assert send(world.reporter, f"{own}acknowledge/").json()["state"] == "acknowledged"
    assert send(world.reporter, f"{own}answer/", {"text": "已办。"}).status_code == 403
    answered = send(world.approver, f"{own}answer/", {"text": "已办。"}).json()
    given = answered["answers"][0]["id"]
    missing = send(world.office, f"{own}decide/", {"answer": given, "accept": False})
    assert missing.status_code == 422
    assert set(missing.json()["error"]["fields"]) == {"note", "due_on"}
    assert send(world.office, f"{own}decide/", {"answer": given, "accept": True}).json()["state"] == "closed"
    assert send(world.office, f"{own}withdraw/", {"reason": "撤"}).status_code == 409
    shown = client(world.reporter).get(f"/api/v1/{own}").json()
    assert (shown["why"], shown["proposed_by"], shown["pdf"]) == (None, None, None)


def test_the_api_issues_by_hand_and_refuses_what_is_no_fact(world: World) -> None:
    new = {"plan": world.plan.slug, "agency": world.lead.slug, **FORM}
    made = send(world.office, "notices/", {**new, "ground": "hand", "task": world.task.ref})
    assert (made.status_code, made.json()["tasks"]) == (201, [world.task.ref])
    assert send(world.office, "notices/", {**new, "ground": "red", "task": world.task.ref}).status_code == 409
    for wrong in (
        {"ground": "instruction"},
        {"ground": "hand", "agency": "x"},
        {"ground": "hand", "task": "x"},
    ):
        assert send(world.office, "notices/", {**new, **wrong}).status_code == 422, wrong


def test_the_api_registers_and_assigns_an_instruction(world: World) -> None:
    on = {"plan": world.plan.slug, "task": world.task.ref, "words": "请抓紧。"}
    made = send(world.leadership, "instructions/", on)
    assert (made.status_code, made.json()["state"]) == (201, "waiting")
    own = f"instructions/{made.json()['id']}/"
    given = send(world.office, f"{own}assign/", {"agency": world.lead.slug, **FORM})
    assert (given.status_code, given.json()["ground"]) == (201, "instruction")
    seen = client(world.reporter).get(f"/api/v1/{own}").json()
    assert (seen["state"], seen["notices"]) == ("assigned", [given.json()["id"]])
    assert send(world.office, f"{own}aside/", {"reason": "阅知"}).status_code == 409
    for wrong in ({**on, "task": "x"}, {**on, "brief": 1}, {"words": "请抓紧。"}, {**on, "plan": "x"}):
        assert send(world.leadership, "instructions/", wrong).status_code in {404, 422}, wrong
