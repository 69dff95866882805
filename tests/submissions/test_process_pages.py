"""Package, consolidation, reopening, progress, several at once: what a person sees and does on these pages."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qhplan import clock
from tasks.models import (
    AdoptedPiece,
    AgencyKind,
    Assignment,
    Package,
    Presence,
    Reopening,
    SealedSheet,
    State,
    Submission,
    Supplement,
    TermReview,
    TermStatus,
    User,
    Version,
)
from tasks.review.consolidation import adopt
from tasks.standing.progress import by_body, by_task, owed_returns
from tasks.values import Period, Role
from tests import factories as make
from tests.markup import one_line
from tests.pages import text

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
LATE = make.moment("2017-04-12 09:00")
CLOSED = make.moment("2017-05-02 09:00")


class World:
    """A lead with three tasks, one of them shared, and people who are logged in on demand."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co = make.agency("牵头局"), make.agency("配合局")
        self.tasks = [make.task(self.plan, lead=self.lead, co=[self.co] if not n else []) for n in range(3)]
        self.task = self.tasks[0]
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None, display_name="张三")
        self.colleague = make.user(Role.REPORTER, agency=self.lead, password=None, display_name="李四")
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.co_reporter = make.user(Role.REPORTER, agency=self.co, password=None)
        self.office = make.user(Role.OFFICE, password=None, display_name="办公室人")
        self.second = make.user(Role.SECOND_REVIEWER, password=None)

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    def url(self, name: str, task: Any = None) -> str:
        return reverse(name, args=[self.plan.slug, str(Q), (task or self.task).ref])


@pytest.fixture
def world(db: None) -> Any:
    with clock.at(NOW):
        yield World()


# -- the package --------------------------------------------------------------------------------------------


def test_package_is_approved_at_once(world: World) -> None:
    for task in world.tasks:
        make.submission(task, world.lead, Q, light="green", done="办成两件事", state=State.HANDED)
    client = world.client(world.approver)
    page = text(client.get(reverse("package")))
    assert "可提交 3 项" in page

    chosen = [str(task.pk) for task in world.tasks]
    answer = client.post(reverse("package"), {"action": "submit", "tasks": chosen})

    assert answer.status_code == 302
    package = Package.objects.get()
    assert set(Version.objects.values_list("package", flat=True)) == {package.pk}
    assert "第 1 次报送，3 件" in text(client.get(reverse("package")))


def test_package_sends_what_is_ready_and_names_what_is_not(world: World) -> None:
    complete, other = world.tasks[0], world.tasks[1]
    client = world.client(world.approver)
    make.submission(complete, world.lead, Q, light="green", done="完成三件事。", saved_by=world.reporter)
    make.submission(other, world.lead, Q, saved_by=world.reporter)
    data = {"action": "submit", "tasks": [str(complete.pk), str(other.pk)]}
    said = text(client.post(reverse("package"), data, follow=True))
    assert f"已提交 1 件：{complete.code}" in said
    assert "这 1 件没有办" in said
    assert other.code in said.split("这 1 件没有办")[1][:200]
    assert [version.task for version in Version.objects.all()] == [complete]
    # Nothing is ticked beforehand, and with nothing that can be sent all of it is refused.
    assert " checked" not in text(client.get(reverse("package")))
    refused = client.post(reverse("package"), {"action": "submit", "tasks": [str(other.pk)]})
    assert refused.status_code == 422


def test_package_is_withdrawn_as_far_as_nobody_has_acted(world: World) -> None:
    first, second = (make.version(task, world.lead, Q) for task in world.tasks[:2])
    make.accept(second)
    client = world.client(world.approver)
    data = {"action": "withdraw", "tasks": [str(first.task_id), str(second.task_id)]}
    assert client.post(reverse("package"), data).status_code == 422
    said = text(client.post(reverse("package"), {**data, "withdraw_reason": "数字抄错"}, follow=True))
    assert "已撤回 1 件" in said
    assert second.task.code in said.split("这 1 件没有办")[1][:200]
    assert list(Version.objects.all()) == [second]


def test_package_takes_the_last_words_over_into_all_chosen(world: World) -> None:
    for task in world.tasks[:2]:
        make.version(task, world.lead, "2016Q4", next_steps="倒排工期")
    data = {"action": "take_over", "tasks": [str(task.pk) for task in world.tasks[:2]]}
    assert "已从上次带入并保存 2 件" in text(
        world.client(world.reporter).post(reverse("package"), data, follow=True)
    )
    drafts = Submission.objects.filter(quarter=Q)
    assert set(drafts.values_list("next_steps", flat=True)) == {"倒排工期"}


@pytest.mark.parametrize("data", [{"action": "hand"}, {"action": "no_progress", "reason": "等批复"}])
def test_package_with_nothing_chosen_is_told(world: World, data: dict[str, str]) -> None:
    answer = world.client(world.reporter).post(reverse("package"), data)
    assert answer.status_code == 422
    assert "请先勾选要办理的。" in text(answer)


def test_several_are_marked_with_one_reason_and_the_light_of_last_time(world: World) -> None:
    make.version(world.tasks[0], world.lead, "2016Q4", "green")
    make.accept(make.version(world.tasks[1], world.lead, "2016Q4", "green"), "yellow", note="核过")
    written = make.submission(world.tasks[2], world.lead, Q, done="写了一半")
    client = world.client(world.reporter)
    data = {
        "action": "no_progress",
        "reason": "等待省里批复。",
        "light": "keep",
        "next_steps": "批复后开工。",
    }

    done = client.post(
        reverse("package"), {**data, "tasks": [str(task.pk) for task in world.tasks]}, follow=True
    )
    assert "已填本季进展，不能批量标为无进展" in text(done)
    written.refresh_from_db()
    assert (written.no_progress, written.done) == (False, "写了一半")
    kept = {row.task_id: row for row in Submission.objects.filter(quarter=Q).exclude(pk=written.pk)}
    assert [
        (row.no_progress, row.no_progress_reason, row.light, row.next_steps)
        for row in (kept[world.tasks[0].pk], kept[world.tasks[1].pk])
    ] == [(True, "等待省里批复。", "green", ""), (True, "等待省里批复。", "yellow", "批复后开工。")]


def test_marking_without_a_last_light_asks_for_one(world: World) -> None:
    data = {"action": "no_progress", "reason": "等", "tasks": [str(world.task.pk)]}
    answer = world.client(world.reporter).post(reverse("package"), data)
    assert answer.status_code == 422
    assert "没有上次的灯，请选一个灯" in text(answer)


def test_sheet_for_seal_carries_a_code_that_follows_the_words(world: World) -> None:
    client = world.client(world.reporter)
    assert "本季还没有提交过" in text(client.get(reverse("package_sheet")))
    make.version(world.task, world.lead, Q, done="办成两件事")
    first = text(client.get(reverse("package_sheet")))
    again = text(client.get(reverse("package_sheet")))
    make.version(world.task, world.lead, Q, done="办成三件事", number=2)
    second = text(client.get(reverse("package_sheet")))

    def code(page: str) -> str:
        return page.split('<dd class="digits">')[1].split("<")[0]

    assert code(first) == code(again) != code(second)
    assert "单位盖章" in first


def test_what_is_signed_before_it_is_sent_keeps_its_code(world: World) -> None:
    """The head signs the drafts on paper; sent as printed, the sheet of what was sent has the same code."""
    client = world.client(world.reporter)
    draft = {"light": "green", "done": "办成两件事", "judgement": "好", "revision": "", "action": "leave"}
    assert client.post(world.url("return_edit"), draft).status_code == 302

    def code(page: str) -> str:
        return page.split('<dd class="digits">')[1].split("<")[0]

    plain = text(client.get(reverse("package_sheet")))
    assert "要先签字再提交，请打印送签稿" in plain
    assert "单位盖章" not in plain  # nothing to sign, no place to sign it
    before = text(client.get(reverse("package_sheet"), {"drafts": "1"}))
    assert "（送签稿）" in before
    assert "第 1 版，还没有提交" in before
    assert "单位盖章" in before
    package = {"tasks": [world.task.pk], "action": "submit"}
    assert world.client(world.approver).post(reverse("package"), package).status_code == 302
    after = text(client.get(reverse("package_sheet")))
    assert code(after) == code(before)
    assert "（送签稿）" not in after


@pytest.mark.full
def test_sealed_sheet_is_kept_with_the_code_of_what_was_sent(world: World) -> None:
    client = world.client(world.reporter)
    pdf = SimpleUploadedFile("盖章.pdf", b"%PDF-1.7 sealed")
    refused = client.post(reverse("package"), {"action": "sheet", "sheet": pdf})
    assert refused.status_code == 409  # nothing was sent yet
    make.version(world.task, world.lead, Q, done="办成两件事")

    for wrong, said in (
        ({}, "请选扫描件"),
        ({"sheet": SimpleUploadedFile("表.html", b"<html></html>")}, "表.html"),
    ):
        answer = client.post(reverse("package"), {"action": "sheet", **wrong})
        assert answer.status_code == 422
        assert said in text(answer)
    pdf.seek(0)
    assert client.post(reverse("package"), {"action": "sheet", "sheet": pdf}).status_code == 302
    sheet = SealedSheet.objects.get()
    page = text(client.get(reverse("package")))
    assert f"校验码 {sheet.code}" in page
    assert "此后内容又有改动" not in page
    pdf.seek(0)
    assert client.post(reverse("package"), {"action": "sheet", "sheet": pdf}).status_code == 422  # twice

    make.version(world.task, world.lead, Q, done="办成三件事", number=2)
    assert "此后内容又有改动" in text(client.get(reverse("package")))
    url = reverse("sealed_sheet", args=[sheet.file_id])
    for user, status in ((world.approver, 200), (world.office, 200), (world.co_reporter, 404)):
        assert world.client(user).get(url).status_code == status


@pytest.mark.full
def test_package_queries_do_not_grow_with_its_rows(world: World) -> None:
    client = world.client(world.approver)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("package")).status_code == 200
            assert client.get(reverse("package_sheet")).status_code == 200
        return len(caught)

    make.version(world.task, world.lead, "2016Q4")
    make.submission(world.task, world.lead, Q, light="green", done="做了")
    make.version(world.tasks[1], world.lead, Q)
    queries()
    before = queries()
    for _ in range(4):
        make.submission(make.task(world.plan, lead=world.lead), world.lead, Q, light="green", done="做了")
        make.version(make.task(world.plan, lead=world.lead, co=[world.co]), world.lead, Q)
    assert queries() == before


def test_work_is_divided_on_its_page(world: World) -> None:
    client = world.client(world.approver)
    answer = client.post(
        reverse("assignments"), {"user": str(world.reporter.pk), "tasks": [str(world.task.pk)]}
    )
    assert answer.status_code == 302
    assert list(Assignment.objects.values_list("user", "task")) == [(world.reporter.pk, world.task.pk)]
    reporter = world.client(world.reporter)
    assert "分给他人" in text(reporter.get(reverse("desk")))
    assert reporter.get(world.url("return_edit")).status_code == 200
    assert reporter.get(world.url("return_edit", world.tasks[1])).status_code == 403
    assert client.post(reverse("assignments"), {"user": str(world.co_reporter.pk)}).status_code == 404


# -- autosave -----------------------------------------------------------------------------------------------


def autosave(client: Client, url: str, **values: str) -> Any:
    return client.post(
        url,
        {"action": "autosave", "light": "green", "done": "边写边存", **values},
        headers={"X-Autosave": "1"},
    )


def test_autosave_keeps_the_draft_and_tells_its_revision(world: World) -> None:
    client = world.client(world.reporter)
    first = autosave(client, world.url("return_edit"), revision="")
    assert first.status_code == 200
    assert first.json() == {
        "revision": 1,
        "saved_at": "09:00",
        "saved_by": "",
        "editable": True,
        "others": [],
    }
    assert autosave(client, world.url("return_edit"), revision="1", done="再写").json()["revision"] == 2
    assert Submission.objects.get().done == "再写"


def test_autosave_never_overwrites_another(world: World) -> None:
    one, two = world.client(world.reporter), world.client(world.colleague)
    autosave(one, world.url("return_edit"), revision="", done="张三写的")

    refused = autosave(two, world.url("return_edit"), revision="", done="李四写的")
    assert refused.status_code == 409
    assert "张三" in refused.json()["conflict"]
    assert Submission.objects.get().done == "张三写的"
    page = two.post(
        world.url("return_edit"), {"action": "save", "light": "green", "done": "李四写的", "revision": ""}
    )
    assert page.status_code == 409
    shown = text(page)
    assert "两边的差别" in shown
    assert "李四写的" in shown
    assert "张三写的" in shown


def test_autosave_tells_what_it_cannot_keep(world: World) -> None:
    refused = autosave(world.client(world.reporter), world.url("return_edit"), revision="", progress="很多")
    assert refused.status_code == 422
    assert "自评进度" in refused.json()["errors"][0]
    assert not Submission.objects.exists()


def test_autosave_without_a_session_is_no_page(world: World) -> None:
    assert autosave(Client(), world.url("return_edit"), revision="").status_code == 401


def test_two_at_one_form_are_told_of_each_other(world: World) -> None:
    one, two = world.client(world.reporter), world.client(world.colleague)
    one.post(world.url("return_edit"), {"action": "ping"})
    heard = two.post(world.url("return_edit"), {"action": "ping"}).json()
    assert heard["others"] == ["张三"]
    assert "同时填报：" in text(one.get(world.url("return_edit")))
    Presence.objects.update(at=NOW)  # long ago, in real time
    assert two.post(world.url("return_edit"), {"action": "ping"}).json()["others"] == []


# -- consolidation ------------------------------------------------------------------------------------------


def test_lead_takes_pieces_over_and_each_keeps_its_origin(world: World) -> None:
    co = make.version(
        world.task,
        world.co,
        Q,
        done="建成检测线两条。",
        problems=[{"category": "money", "text": "缺配套资金。"}],
        next_steps="七月验收。",
    )
    client = world.client(world.reporter)
    page = text(client.get(world.url("consolidate")))
    assert "建成检测线两条。" in page
    assert "全部引用到汇总（3 段）" in page

    data = {"action": "adopt", "version": str(co.pk), "piece": ["done", "problem.0"], "revision": ""}
    assert client.post(world.url("consolidate"), data).status_code == 302

    head = Submission.objects.get(agency=world.lead)
    assert head.done == "配合局：建成检测线两条。"
    assert head.problems == [{"category": "money", "text": "配合局：缺配套资金。"}]
    again = client.post(world.url("consolidate"), {**data, "revision": str(head.revision)})
    assert again.status_code == 422
    assert "已经采纳过" in text(again)

    head.light, head.revision = "green", head.revision
    head.save()
    approver = world.client(world.approver)
    assert approver.post(world.url("return_check"), {"action": "submit"}).status_code == 302
    assert list(AdoptedPiece.objects.values_list("co_version", "piece", "text")) == [
        (co.pk, "done", "建成检测线两条。"),
        (co.pk, "problem.0", "缺配套资金。"),
    ]
    lead = Version.objects.get(agency=world.lead)
    shown = text(world.client(world.office).get(reverse("return", args=[lead.submission_id])))
    assert "引用的段落" in shown
    assert "配合局 · 本季进展" in shown


def test_piece_is_taken_out_again_with_its_words(world: World) -> None:
    co = make.version(world.task, world.co, Q, done="建成检测线两条。")
    make.submission(world.task, world.lead, Q, done="本单位做了。")
    client = world.client(world.reporter)
    data = {"version": str(co.pk), "piece": "done"}
    client.post(world.url("consolidate"), {**data, "action": "adopt", "revision": "1"})
    assert Submission.objects.get(agency=world.lead).done == "本单位做了。\n配合局：建成检测线两条。"
    client.post(world.url("consolidate"), {**data, "action": "take_out", "revision": "2"})
    head = Submission.objects.get(agency=world.lead)
    assert (head.done, head.adopted) == ("本单位做了。", [])


def test_consolidation_never_overwrites_another(world: World) -> None:
    co = make.version(world.task, world.co, Q, done="建成检测线两条。")
    make.submission(world.task, world.lead, Q, done="本单位做了。", revision=3)
    data = {"action": "adopt", "version": str(co.pk), "piece": "done", "revision": "2"}
    answer = world.client(world.reporter).post(world.url("consolidate"), data)
    assert answer.status_code == 409
    assert Submission.objects.get(agency=world.lead).done == "本单位做了。"


def test_only_the_lead_consolidates(world: World) -> None:
    co = make.version(world.task, world.co, Q, done="建成检测线两条。")
    assert world.client(world.co_reporter).get(world.url("consolidate")).status_code == 404
    from django.core.exceptions import PermissionDenied

    with pytest.raises(PermissionDenied):
        adopt(
            by=world.co_reporter,
            plan_id=world.plan.pk,
            quarter=Q,
            task_id=world.task.pk,
            version_id=co.pk,
            keys=["done"],
            revision=None,
            now=NOW,
        )


def test_consolidation_page_names_who_is_missing_and_its_queries_do_not_grow(world: World) -> None:
    client = world.client(world.reporter)
    assert "配合局" in text(client.get(world.url("consolidate")))

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(world.url("consolidate")).status_code == 200
        return len(caught)

    make.version(world.task, world.co, Q)
    queries()
    before = queries()
    for _ in range(4):
        another = make.agency()
        make.responsibility(world.task, another, "co")
        make.version(world.task, another, Q, problems=[{"category": "money", "text": "缺"}])
    assert queries() == before


def test_conflict_of_lights_is_shown_upward(world: World) -> None:
    make.version(world.task, world.co, Q, "red", next_steps="追")
    lead = make.version(world.task, world.lead, Q, "green", light_reason="不影响总体。")
    office = world.client(world.office)
    assert "配合局报红" in text(office.get(reverse("review")))
    shown = text(office.get(reverse("return", args=[lead.submission_id])))
    assert "灯有冲突" in shown
    assert "不影响总体。" in shown


# -- nothing is decided by leaving a form as it came -------------------------------------------------------------


def decide_form(page: Any) -> str:
    """The form of the return page in which it is decided."""
    return one_line(text(page).split('id="h-decide"')[1].split("</form>")[0])


@pytest.mark.parametrize("duty", ["lead", "co"])
def test_decision_form_comes_without_a_choice_and_asks_for_one(world: World, duty: str) -> None:
    version = make.version(world.task, world.lead if duty == "lead" else world.co, Q)
    client = world.client(world.office if duty == "lead" else world.reporter)
    shown = decide_form(client.get(reverse("return", args=[version.submission_id])))
    assert ("checked" in shown, "autofocus" in shown) == (False, False)

    answer = client.post(reverse("decide", args=[version.submission_id]), {"version": "1", "note": "缺数字"})

    assert answer.status_code == 422
    again = decide_form(answer)
    assert (again.count("请选通过或退回。"), "checked" in again) == (2, False)  # on top, on the field
    assert "缺数字</textarea>" in again
    assert Version.objects.get().decision == ""


def test_office_says_itself_which_light_and_whether_it_was_verified(world: World) -> None:
    version = make.version(world.task, world.lead, Q)
    url = reverse("decide", args=[version.submission_id])

    answer = world.client(world.office).post(url, {"version": "1", "action": "accept"})

    assert answer.status_code == 422
    form = decide_form(answer)
    assert (form.count("请选核定灯。"), form.count("请选核实情况。")) == (2, 2)
    assert Version.objects.get().decision == ""


def test_link_that_says_return_opens_with_it_and_leads_to_the_reason(world: World) -> None:
    version = make.version(world.task, world.co, Q)
    lead = world.client(world.reporter)
    link = f"{reverse('return', args=[version.submission_id])}?next=co&amp;decide=return"
    assert f'href="{link}"' in text(lead.get(world.url("consolidate")))

    shown = decide_form(lead.get(link.replace("&amp;", "&")))

    assert 'value="return" checked' in shown
    assert shown.count(" checked") == 1
    assert 'aria-describedby="note-h" autofocus' in shown


@pytest.mark.few(1)
@pytest.mark.parametrize(
    "extra", [{"note": "缺数字"}, {"note.done": "缺数字"}, {"answer_by": "2017-04-13T17:00"}]
)
def test_reason_beside_adoption_is_asked_about_and_nothing_is_lost(
    world: World, extra: dict[str, str]
) -> None:
    version = make.version(world.task, world.co, Q)
    lead = world.client(world.reporter)
    url = reverse("decide", args=[version.submission_id])
    given = {"version": "1", "action": "accept", "next": "co", **extra}

    asked = lead.post(url, given)

    assert asked.status_code == 422
    form = decide_form(asked)
    assert "选的却是“采纳”" in form
    assert 'id="sure"' in form
    assert 'value="accept" checked' in form
    assert next(iter(extra.values())) in form
    assert 'name="next" value="co"' in form
    assert Version.objects.get().decision == ""

    assert lead.post(url, {**given, "sure": "1"}).status_code == 302
    decided = Version.objects.get()
    assert (decided.decision, decided.decision_note) == ("accepted", extra.get("note", ""))


def test_reason_that_acceptance_itself_asks_for_is_not_asked_about(world: World) -> None:
    lead, co = make.version(world.task, world.lead, Q), make.version(world.task, world.co, Q)
    office = world.client(world.office)
    given = {"version": "1", "action": "accept", "note": "核实过"}
    partly = {**given, "verified_light": "green", "verification": "partly"}
    assert office.post(reverse("decide", args=[lead.submission_id]), partly).status_code == 302
    # The office decides in the lead's place: it always says why.
    assert office.post(reverse("decide", args=[co.submission_id]), given).status_code == 302
    assert set(Version.objects.values_list("decision", flat=True)) == {"accepted"}


def test_several_are_not_verified_by_leaving_the_form_as_it_came(world: World) -> None:
    versions = [make.version(task, world.lead, Q) for task in world.tasks]
    office = world.client(world.office)
    given = {"action": "accept", "versions": [str(version.pk) for version in versions], "q": str(Q)}
    shown = text(office.get(reverse("review"))).split('id="several-verification"')[1].split("</select>")[0]
    assert ('<option value="">' in shown, "selected" in shown) == (True, False)

    unchosen = office.post(reverse("decide_several"), {**given, "verification": ""})
    assert (unchosen.status_code, text(unchosen).count("请选核实情况。")) == (422, 2)  # on top, on the field
    doubted = office.post(reverse("decide_several"), {**given, "verification": "true", "note": "都补数字"})
    assert (doubted.status_code, 'id="sure"' in text(doubted)) == (422, True)
    assert "都补数字</textarea>" in text(doubted)
    assert not Version.objects.exclude(decision="").exists()

    sure = {**given, "verification": "unverified", "note": "都看过", "sure": "1"}
    assert office.post(reverse("decide_several"), sure).status_code == 302
    assert set(Version.objects.values_list("verification", "decision_note")) == {("unverified", "都看过")}


# -- several at once ----------------------------------------------------------------------------------------


def test_office_accepts_several_with_the_lights_they_report(world: World) -> None:
    versions = [
        make.version(task, world.lead, Q, light)
        for task, light in zip(world.tasks, ("green", "yellow", "red"), strict=True)
    ]
    data = {
        "action": "accept",
        "verification": "true",
        "versions": [str(version.pk) for version in versions[:2]],
        "q": str(Q),
    }
    assert world.client(world.office).post(reverse("decide_several"), data).status_code == 302
    assert list(Version.objects.order_by("pk").values_list("decision", "verified_light")) == [
        ("accepted", "green"),
        ("accepted", "yellow"),
        ("", ""),
    ]


def test_several_are_sent_back_with_one_reason_or_not_at_all(world: World) -> None:
    versions = [make.version(task, world.lead, Q) for task in world.tasks]
    chosen = [str(version.pk) for version in versions]
    office = world.client(world.office)
    refused = office.post(reverse("decide_several"), {"action": "return", "versions": chosen, "q": str(Q)})
    assert refused.status_code == 422
    assert "退回要写明理由" in text(refused)
    assert not Version.objects.exclude(decision="").exists()
    office.post(reverse("decide_several"), {"action": "return", "versions": chosen, "note": "都补数字"})
    assert set(Version.objects.values_list("decision", "decision_note")) == {("returned", "都补数字")}


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("light=yellow", [1]),
        ("kind=changed", [1]),
        ("kind=plain", [0, 2]),
        ("group=9", []),
        ("light=pink", []),
    ],
)
def test_queue_is_filtered(world: World, query: str, codes: list[int]) -> None:
    for task, light in zip(world.tasks, ("green", "yellow", "green"), strict=True):
        make.version(task, world.lead, "2016Q4", "green")
        make.version(task, world.lead, Q, light)
    page = text(world.client(world.office).get(f"{reverse('review')}?{query}"))
    shown = page.split('id="h-office"')[1].split('id="h-done"')[0]
    assert [n for n, task in enumerate(world.tasks) if f"{task.code}</span> {task.heading}" in shown] == codes


def test_return_filed_again_stays_late_by_its_first_submission(world: World) -> None:
    late, again, punctual = world.tasks
    make.version(late, world.lead, Q, at="2017-04-11 09:00")
    make.send_back(make.version(again, world.lead, Q, at="2017-04-11 09:00"), note="补")
    second = make.version(again, world.lead, Q, at="2017-04-13 09:00")
    make.send_back(make.version(punctual, world.lead, Q, at="2017-04-09 09:00"), note="补")
    third = make.version(punctual, world.lead, Q, at="2017-04-13 09:00")
    office = world.client(world.office)

    page = one_line(text(office.get(f"{reverse('review')}?kind=late")))
    queue = page.split('id="h-office"')[1].split('id="h-done"')[0]

    shown = [f"{task.code}</span> {task.heading}" in queue for task in world.tasks]
    assert (shown, queue.count("版 · 逾期")) == ([True, True, False], 2)
    assert "提交 · 逾期" in one_line(text(office.get(reverse("return", args=[second.submission_id]))))
    assert (
        "逾期" not in text(office.get(reverse("return", args=[third.submission_id]))).split('id="h-says"')[0]
    )


def test_supplement_is_asked_for_on_the_return_page(world: World) -> None:
    version = make.accept(make.version(world.task, world.lead, Q))
    office = world.client(world.office)
    url = reverse("supplement", args=[version.submission_id])
    refused = office.post(url, {"version": "1", "reason": "", "answer_by": "明天"})
    assert refused.status_code == 422
    assert "请写明要补充什么。" in text(refused)
    assert office.post(
        url, {"version": "1", "reason": "补合格率佐证", "answer_by": "2017-04-20T17:00"}
    ).headers["Location"] == reverse("return", args=[version.submission_id])
    assert Supplement.objects.get().reason == "补合格率佐证"
    desk = text(world.client(world.reporter).get(reverse("desk")))
    assert "要求补充" in desk
    assert "补合格率佐证" in desk
    form = text(world.client(world.reporter).get(world.url("return_edit")))
    assert "第 1 版仍然有效" in form


def test_notes_on_fields_stand_beside_the_fields(world: World) -> None:
    version = make.version(world.task, world.lead, Q)
    answer = world.client(world.office).post(
        reverse("decide", args=[version.submission_id]),
        {
            "version": "1",
            "action": "return",
            "note": "",
            "note.done": "缺数字 <b>12</b>",
            "answer_by": "2017-04-13T17:00",
        },
    )
    assert answer.status_code == 302
    form = text(world.client(world.reporter).get(world.url("return_edit")))
    assert form.count("缺数字 &lt;b&gt;12&lt;/b&gt;") == 2  # in the notice, and beside the field
    assert "4月13日 17:00 前重报" in form
    assert "限 4月13日 17:00" in text(world.client(world.reporter).get(reverse("desk")))


def test_versions_are_compared_field_by_field(world: World) -> None:
    make.send_back(make.version(world.task, world.lead, Q, "green", done="旧"), note="补")
    second = make.version(world.task, world.lead, Q, "yellow", done="新", next_steps="追", number=2)
    page = text(world.client(world.office).get(reverse("return", args=[second.submission_id])))
    assert "第 1 版与第 2 版的差别" in page
    assert "黄 有风险" in page


# -- progress and reopening ---------------------------------------------------------------------------------


def test_progress_counts_by_body_and_by_task(world: World) -> None:
    # Lead: one accepted, one draft, one never begun; co: submitted late (due 04-05, submitted 04-06).
    make.accept(make.version(world.task, world.lead, Q, at="2017-04-04 10:00"))
    make.submission(world.tasks[1], world.lead, Q, done="写着")
    make.version(world.task, world.co, Q, at="2017-04-06 10:00")
    returns = owed_returns(world.plan, Q, now=LATE)

    (lead, others) = by_body(returns)
    assert (lead.key, lead.lines[0].all.by_state, lead.lines[0].all.overdue) == ("leads", [1, 0, 0, 1, 1], 2)
    assert (others.key, others.lines[0].all.by_state, others.lines[0].all.late) == (
        "others",
        [0, 1, 0, 0, 0],
        1,
    )
    assert [(line.lead.state if line.lead else "", line.co.filed) for line in by_task(returns)] == [
        ("accepted", 1),
        ("draft", 0),
        ("missing", 0),
    ]


def test_progress_shows_governments_and_zones_apart(world: World) -> None:
    for kind in (AgencyKind.GOVERNMENT, AgencyKind.ZONE):
        make.responsibility(world.task, make.agency(kind=kind), "co")
    page = text(world.client(world.office).get(reverse("progress")))
    assert "市州人民政府 1 家" in page
    assert "园区管委会 1 家" in page


@pytest.mark.full
def test_progress_queries_do_not_grow(world: World) -> None:
    client = world.client(world.office)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            for query in ("", "?by=task", f"?agency={world.lead.slug}"):
                assert client.get(reverse("progress") + query).status_code == 200
        return len(caught)

    make.version(world.task, world.lead, Q)
    queries()
    before = queries()
    for _ in range(4):
        make.version(make.task(world.plan, lead=make.agency(), co=[world.co]), world.co, Q)
    assert queries() == before


def test_closed_quarter_says_since_when_and_who_can_reopen_it(world: World) -> None:
    with clock.at(CLOSED):
        page = text(world.client(world.reporter).get(world.url("return_edit")))
        assert "2017年4月30日 17:00 填报截止，现在不能再填" in page
        assert "办公室人" in page


@pytest.mark.full
def test_office_reopens_on_its_page_and_the_body_finds_it_on_its_desk(world: World) -> None:
    with clock.at(CLOSED):
        office = world.client(world.office)
        url = reverse("reopening", args=[world.cycle.pk])
        refused = office.post(url, {"until": "2017-05-20T17:00", "reason": ""})
        assert refused.status_code == 422
        assert "请至少选一个单位。" in text(refused)
        data = {"agencies": [str(world.lead.pk)], "until": "2017-05-20T17:00", "reason": "人员调整"}
        assert office.post(url, data).status_code == 302
        reporter = world.client(world.reporter)
        assert "已为本单位重新开启" in text(reporter.get(reverse("desk")))
        assert reporter.get(world.url("return_edit")).status_code == 200
        one = Reopening.objects.get()
        assert office.post(reverse("reopening_end", args=[one.pk])).status_code == 302
        assert "现在不能再填" in text(reporter.get(world.url("return_edit")))


# -- for good -----------------------------------------------------------------------------------------------


def test_task_is_closed_when_both_say_that_it_is_done(world: World) -> None:
    office = world.client(world.office)
    data = {"action": "close", "task": world.task.ref, "text": "方案所提全部做到。"}
    assert office.post(reverse("terms"), data).status_code == 409
    make.accept(make.version(world.task, world.lead, Q, "blue"), at="2017-04-02 12:00")
    assert world.task.code in text(office.get(reverse("terms"))).split('id="h-kept"')[0]
    assert office.post(reverse("terms"), {**data, "text": " "}).status_code == 422

    assert office.post(reverse("terms"), data).status_code == 302

    term = world.task.terms.get()
    assert (term.status, term.valid.lower) == (TermStatus.CLOSED, Period(2017, 2).ordinal)
    assert office.post(reverse("terms"), data).status_code == 409
    again = {"action": "open_again", "task": world.task.ref, "text": "验收后又停。"}
    assert office.post(reverse("terms"), again).status_code == 302


def test_task_that_is_kept_up_is_reviewed_every_year(world: World) -> None:
    office = world.client(world.office)
    keep = {"action": "keep_up", "task": world.task.ref, "text": "没有终点。"}
    assert office.post(reverse("terms"), keep).status_code == 302
    assert "今年还没有复核" in text(office.get(reverse("terms")))
    review = {"action": "review", "task": world.task.ref, "text": "继续坚持。"}
    assert office.post(reverse("terms"), review).status_code == 302
    assert (TermReview.objects.get().year, TermReview.objects.get().by) == (2017, world.office)
    assert "今年还没有复核" not in text(office.get(reverse("terms")))


def test_nobody_closes_what_his_own_body_leads(world: World) -> None:
    own = make.user(Role.OFFICE, agency=world.lead, password=None)
    make.accept(make.version(world.task, world.lead, Q, "blue"), at="2017-04-02 12:00")
    data = {"action": "close", "task": world.task.ref, "text": "做到了。"}
    assert world.client(own).post(reverse("terms"), data).status_code == 403
    assert world.client(world.second).post(reverse("terms"), data).status_code == 302


def test_a_lead_that_returns_a_co_return_goes_on_with_its_consolidation(world: World) -> None:
    version = make.version(world.task, world.co, Q)
    client = world.client(world.reporter)
    page = text(client.get(reverse("return", args=[version.submission_id]), {"next": "co"}))
    assert '<input type="hidden" name="next" value="co">' in page
    decision = {"version": "1", "action": "return", "note": "补数据", "next": "co"}
    answer = client.post(reverse("decide", args=[version.submission_id]), decision)
    assert answer["Location"] == world.url("consolidate")
    # Pressed twice by one person it is no conflict.
    again = client.post(reverse("decide", args=[version.submission_id]), decision, follow=True)
    assert "，理由已告知填报单位" in text(again)


@pytest.mark.few(1)
@pytest.mark.parametrize("name", ["cycles", "terms", "reopening"])
def test_queries_of_the_offices_pages_do_not_grow(world: World, name: str) -> None:
    client = world.client(world.office)
    args = [world.cycle.pk] if name == "reopening" else []

    def queries() -> int:
        with clock.at(CLOSED), CaptureQueriesContext(connection) as caught:
            assert client.get(reverse(name, args=args)).status_code == 200
        return len(caught)

    make.reopening(world.cycle, world.lead, by=world.office, until="2017-05-03", at="2017-05-01")
    make.accept(make.version(world.task, world.lead, Q, light="blue"))
    queries()
    before = queries()
    for quarter in ("2016Q3", "2016Q4"):
        make.cycle(world.plan, quarter)
    for _ in range(4):
        body = make.agency()
        task = make.task(world.plan, lead=body, co=[world.co])
        make.accept(make.version(task, body, Q, light="blue"))
        make.reopening(world.cycle, body, by=world.office, until="2017-05-03", at="2017-05-01")
    assert queries() == before
