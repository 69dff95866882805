"""The pages of imports: each form of the workspace, with htmx and without; what the second person sees; the list."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from tasks.importing import actions
from tasks.importing.models import ImportState, PlanImport
from tasks.importing.presenters import workspace
from tasks.importing.queries import current
from tasks.jurisdictions.models import Jurisdiction
from tasks.plans.models import Plan
from tasks.plans.queries import default_plan
from tests import factories as make
from tests.importing.uploads import answer_all, file, imported, office, submitted, uploaded
from tests.plans.documents.files import docx, paragraph
from tests.plans.sample_plan import TEXT, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(client: Client) -> PlanImport:
    """An open import, its uploader signed in."""
    made = uploaded()
    client.force_login(made.uploaded_by)
    return made


def send(client: Client, row: PlanImport, form: str, *, htmx: bool = False, **data: Any) -> Any:
    headers = {"HX-Request": "true"} if htmx else {}
    return client.post(reverse("plan_import_edit", args=[row.pk]), {"form": form, **data}, headers=headers)


def page(client: Client, row: PlanImport) -> str:
    answer = client.get(reverse("plan_import", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def names(row: PlanImport, ref: str) -> list[tuple[str, str]]:
    task = next(task for task in current(row).structure.all_tasks if task.ref == ref)
    return [(one.name, one.duty) for one in task.mentions]


def test_an_upload_leads_to_its_workspace(client: Client) -> None:
    client.force_login(office())
    answer = client.post(reverse("plan_imports"), {"document": file()})
    made = PlanImport.objects.get()
    assert answer.url == reverse("plan_import", args=[made.pk])  # type: ignore[attr-defined]
    said = page(client, made)
    assert "识别任务5项" in said
    assert "推进尾矿利用" in said


@pytest.mark.parametrize(("content", "why"), [(b"", "文件是空的"), (b"In English only.", "没有汉字")])
def test_a_refused_upload_is_said_at_its_field(client: Client, content: bytes, why: str) -> None:
    client.force_login(office())
    answer = client.post(reverse("plan_imports"), {"document": SimpleUploadedFile("a.txt", content)})
    assert answer.status_code == 422
    assert why in answer.content.decode()


def test_without_a_file_the_form_says_so(client: Client) -> None:
    client.force_login(office())
    assert "请选一份方案文件" in client.post(reverse("plan_imports"), {}).content.decode()


def test_the_text_is_shown_with_its_offsets_and_escaped(client: Client) -> None:
    made = uploaded(text=TEXT.replace("扩大产能", "扩大<b>产能</b>"))
    client.force_login(made.uploaded_by)
    said = page(client, made)
    assert "&lt;b&gt;产能" in said
    start = made.text.index("省贸易厅负责")
    assert f'data-start="{start}" class="import__co" title="配合">省贸易厅</span>' in said


# -- the forms ---------------------------------------------------------------------------------------------------


def test_a_sentence_that_quotes_the_title_is_not_set_as_one() -> None:
    quoting = "现将《甲市茶业提升计划（2017—2020年）》印发给你们，请认真贯彻执行。"
    text = (
        f"甲市人民政府关于印发甲市茶业提升计划（2017—2020年）的通知\n{quoting}\n甲市人民政府\n2017年1月9日\n"
    )
    row = uploaded(
        text=f"{text}甲市茶业提升计划（2017—2020年）（示例）\n一、任务\n（一）建茶园。新建。（市农业局负责）\n"
    )
    assert current(row).structure.head.title.of(row.text) in quoting
    assert not [
        block for block in workspace(current(row)).blocks if block.is_title and "印发给" in block.html
    ]


def test_selected_words_become_an_agency_of_their_task(client: Client, row: PlanImport) -> None:
    place = at("省贸易厅", "做强锂电")
    answer = send(client, row, "mark", what="duty-co", **place)
    assert answer.status_code == 302
    assert names(row, "2-2-1") == [("省贸易厅", "co"), ("省科学厅", "lead")]


def test_typed_words_need_no_selection(client: Client, row: PlanImport) -> None:
    send(client, row, "mark", what="deadline", quote="2019年6月底前")
    assert str(current(row).structure.tasks[0].deadline.day) == "2019-06-30"  # type: ignore[union-attr]
    send(client, row, "mark", what="target", quote="扩大产能")
    assert current(row).structure.targets[-1].task == "2-2-1"


def test_a_target_is_selected_and_its_form_opens_with_what_the_words_say(
    client: Client, row: PlanImport
) -> None:
    words = at("支持企业开展老卤提锂，2019年6月底前形成技术规范")
    said = send(client, row, "mark", htmx=True, what="target", **words).content.decode()
    target = current(row).structure.targets[-1]
    assert (target.quote.name, target.year) == (words["quote"], 2019)
    assert 'id="mark-panel"' in said
    assert f'name="target" value="{target.quote.start}:{target.quote.end}"' in said
    assert '<option value="2-1-1" selected>' in said  # the task that states it
    # The name of its indicator is selected too, and the other fields are asked.
    named = send(client, row, "mark", htmx=True, what="indicator", task="2-2-1", **at("技术规范"))
    assert 'name="indicator" value="技术规范"' in named.content.decode()
    assert '<option value="2-2-1" selected>' in named.content.decode()
    plain = send(client, row, "mark", what="indicator", **at("技术规范"))
    assert 'name="indicator" value="技术规范"' in client.get(plain.url).content.decode()
    chosen = {"kind": "count", "flow": "flow", "frequency": "yearly", "unit": "个", "indicator": "技术规范"}
    place = f"{target.quote.start}:{target.quote.end}"
    saved = send(client, row, "target", htmx=True, target=place, year="2019", tasks="2-1-1", **chosen)
    assert '<div id="mark-panel" hx-swap-oob="true"></div>' in saved.content.decode()
    (entry,) = current(row).edited.corrections.indicators
    assert (entry.name, entry.kind, entry.frequency, entry.tasks) == (
        "技术规范",
        "count",
        "yearly",
        ("2-1-1",),
    )
    send(client, row, "mark", what="drop_target", **words)
    assert target not in current(row).structure.targets


def test_what_is_missing_or_surplus_is_selected(client: Client, row: PlanImport) -> None:
    """Each of tasks, groups, parts and agencies, by selecting alone."""

    def mark(what: str, words: str, after: str = "", **data: str) -> Any:
        answer = send(client, row, "mark", what=what, **at(words, after), **data)
        assert answer.status_code == 302, answer.content.decode()
        return current(row).structure

    assert ("省财务厅", "co") not in [
        (one.name, one.duty)
        for one in mark("drop_agency", "省财务厅", "推进尾矿").groups[0].tasks[0].mentions
    ]
    moved = mark("move_task", "延伸产业链条", task="2-1-2")
    assert [task.ref for task in moved.groups[1].tasks] == ["2-1-2", "2-2-1"]
    assert "2-1-1" in {task.ref for task in mark("move_task", "保障措施", task="2-1-1").safeguards}
    assert "2-2-1" not in {task.ref for task in mark("drop_task", "做强锂电材料").all_tasks}
    assert mark("group_heading", "产业链条").groups[-1].heading.name == "产业链条"
    assert [one.heading.name for one in mark("drop_group", "提升资源利用水平").groups] == ["产业链条"]
    assert [one.kind for one in mark("part-other", "保障措施").parts] == ["aims", "tasks", "other"]
    assert [one.heading.name for one in mark("part-tasks", "强化资金支持").parts][-1] == "强化资金支持"
    send(client, row, "parts", **{f"part-{at('强化资金支持')['start']}": "drop"})
    assert len(current(row).structure.parts) == 3


def test_a_task_is_added_between_two_others(client: Client, row: PlanImport) -> None:
    send(client, row, "mark", what="add_task", quote="省贸易厅给予支持")
    assert [task.ref for task in current(row).structure.groups[1].tasks] == ["2-2-1", "2-2-2"]


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("data", "why"),
    [
        ({"what": "duty-co", "quote": ""}, "请在左栏选中文字"),
        ({"what": "", "quote": "扩大产能"}, "请选这些字是什么"),
        ({"what": "add_task", "quote": "没有这些字"}, "原文中找不到“没有这些字”"),
        ({"what": "deadline", "quote": "扩大产能"}, "看不出日期"),
        ({"what": "add_task", "quote": "推进尾矿利用"}, "已是一项任务的名称"),
        ({"what": "duty-co", "quote": "扩大产能", "task": "9-9"}, "这项任务已不在"),
        ({"what": "move_task", "quote": "延伸产业链条"}, "请选把哪项任务归到"),
        ({"what": "move_task", "quote": "扩大产能", "task": "2-1-1"}, "这些字不是任务组的名称"),
        ({"what": "drop_task", "quote": "扩大产能"}, "这些字不是任务名称"),
        ({"what": "indicator", "quote": "扩大产能"}, "不在任何一项目标里"),
        ({"what": "drop_agency", "quote": "扩大产能"}, "没有列“扩大产能”"),
        ({"what": "part-tasks", "quote": "推进尾矿利用"}, "现在是一项任务"),
    ],
)
def test_what_cannot_be_marked_is_said_in_place_and_on_the_page(
    client: Client, row: PlanImport, data: dict[str, str], why: str
) -> None:
    plain = send(client, row, "mark", **data)
    assert plain.status_code == 422
    assert why in plain.content.decode()
    quick = send(client, row, "mark", htmx=True, errors="refusal-mark", **data)
    assert 'id="refusal-mark"' in quick.content.decode()
    assert why in quick.content.decode()
    assert not row.edits.exists()


def test_the_form_of_a_task_makes_one_edit_for_each_change(client: Client, row: PlanImport) -> None:
    panel = client.get(reverse("plan_import_panel", args=[row.pk]), {"of": "task", "ref": "2-1-1"})
    assert "省工业厅" in panel.content.decode()
    send(
        client,
        row,
        "task",
        ref="2-1-1",
        heading="推进尾矿利用",
        group=str(at("延伸产业链条")["start"]),
        **{"name-0": "省工业厅", "duty-0": "lead", "name-1": "省科学厅", "duty-1": "carry"},
        **{"name-2": "省财务厅", "duty-2": ""},
        add="省能源局、省气象站",
        add_duty="join",
        deadline="2019-12-31",
    )
    assert names(row, "2-1-1") == [("省工业厅", "lead"), ("省科学厅", "carry")]
    after = current(row)
    assert [entry.name for entry in after.edited.corrections.duties] == ["省能源局", "省气象站"]
    assert [task.ref for task in after.structure.groups[1].tasks] == ["2-1-1", "2-2-1"]
    assert str(after.edited.corrections.deadlines[0].day) == "2019-12-31"


def test_a_task_is_merged_into_the_one_before(client: Client, row: PlanImport) -> None:
    send(client, row, "task", ref="2-1-2", drop="merge")
    assert len(current(row).structure.groups[0].tasks) == 1


def test_head_parts_and_groups(client: Client, row: PlanImport) -> None:
    send(client, row, "head", title="盐湖方案", in_force_to="2020年12月31日", doc_number="示例政〔2017〕1号")
    assert {entry.field for entry in current(row).edited.corrections.head} == {"title", "in_force_to"}
    send(client, row, "group", group=str(at("延伸产业链条")["start"]), drop="1")
    assert len(current(row).structure.groups) == 1
    send(client, row, "parts", **{f"part-{at('保障措施')['start']}": "tasks"})
    assert not current(row).structure.safeguards


def test_the_form_of_the_head_describes_a_new_jurisdiction_or_chooses_one(
    client: Client, row: PlanImport
) -> None:
    panel = client.get(reverse("plan_import_panel", args=[row.pk]) + "?of=head").content.decode()
    assert 'name="jurisdiction-office" value="示例省人民政府"' in panel
    send(client, row, "head", title="盐湖方案")
    assert not current(row).edited.jurisdiction  # what was proposed and sent unchanged is no edit
    words = {
        "jurisdiction-name": "示例市",
        "jurisdiction-level": "city",
        "jurisdiction-office": "示例市<b>办",
    }
    send(client, row, "head", **words)
    assert "示例市&lt;b&gt;办" in page(client, row)
    refused = send(client, row, "head", **{**words, "jurisdiction-office": ""})
    assert (refused.status_code, "请写办公室的全称" in refused.content.decode()) == (422, True)
    known = Jurisdiction.objects.create(name="已有市", level="city", office="已有办公室")
    send(client, row, "head", **{**words, "jurisdiction-name": "已有市"})
    assert current(row).jurisdiction == known
    assert "已有办公室" in page(client, row)


def test_a_wrong_name_becomes_two_right_ones_in_every_task(client: Client, row: PlanImport) -> None:
    send(client, row, "agency", name="省科学厅", choice="rename", right_name="省科研厅、省学术厅")
    found = current(row).edited.names
    assert {"省科研厅", "省学术厅"} <= set(found)
    assert "省科学厅" not in found


def test_the_indicator_of_a_target(client: Client, row: PlanImport) -> None:
    target = current(row).structure.targets[0]
    place = f"{target.quote.start}:{target.quote.end}"
    typed = {"target": place, "year": "2020", "value": "75", "unit": "%", "comparison": "达到"}
    wrong = send(client, row, "target", **typed, indicator="盐湖资源综合利用率", kind="ratio", flow="stock")
    assert "请选多久报一次" in wrong.content.decode()
    send(
        client,
        row,
        "target",
        **typed,
        indicator="盐湖资源综合利用率",
        kind="ratio",
        flow="stock",
        frequency="yearly",
        numerator_name="利用量",
        denominator_name="总量",
        tasks=["2-1-1"],
    )
    (entry,) = current(row).edited.corrections.indicators
    assert (entry.name, entry.kind, entry.tasks) == ("盐湖资源综合利用率", "ratio", ("2-1-1",))
    answer_all(row, row.uploaded_by)
    actions.submit(by=row.uploaded_by, plan_import=row)
    plan = actions.confirm(by=office(), plan_import=row).plan
    assert plan is not None
    assert plan.targets.get(indicator__isnull=False).indicator.unit == "%"


def test_what_a_target_means_is_said_where_its_words_do_not(client: Client, row: PlanImport) -> None:
    target = current(row).structure.targets[0]
    place = f"{target.quote.start}:{target.quote.end}"
    typed = {"target": place, "year": "2020", "value": "75", "unit": "%", "comparison": "达到"}
    measured = {"indicator": "盐湖资源综合利用率", "frequency": "yearly", "tasks": ["2-1-1"]}
    share = {**measured, "kind": "ratio", "flow": "stock", "numerator_name": "甲", "denominator_name": "乙"}
    for refused, words in (
        ({**share, "manner": "growth"}, "不能按年均增长判断"),
        ({"manner": "total"}, "请填累计几年"),
        ({"manner": "growth", "unit": "吨"}, "须是百分比"),
        ({"manner": "growth", "year": ""}, "须有年份和数值"),
        ({"manner": "cube"}, "请选目标类型"),
    ):
        assert words in send(client, row, "target", **{**typed, **refused}).content.decode()
    assert current(row).structure.targets[0].manner is None
    send(client, row, "target", **typed, **measured, kind="amount", flow="stock", manner="growth")
    assert current(row).structure.targets[0].manner == "growth"
    assert "75%（年均增长）" in page(client, row)
    answer_all(row, row.uploaded_by)
    actions.submit(by=row.uploaded_by, plan_import=row)
    plan = actions.confirm(by=office(), plan_import=row).plan
    assert plan is not None
    assert [one.manner for one in plan.targets.all() if one.manner] == ["growth"]


def test_questions_are_answered_or_left_with_a_reason(client: Client, row: PlanImport) -> None:
    actions.add_edits(
        by=row.uploaded_by,
        plan_import=row,
        edits=[{"op": "add_mention", "task": at("做强锂电材料"), "duty": "co", "name": "盐湖协调组"}],
    )
    key = "agency:盐湖协调组"
    assert "也看不出它是哪类单位" in page(client, row)
    assert (
        "请写明暂不处理的理由" in send(client, row, "answer", question=key, choice="later").content.decode()
    )
    assert "请选单位的类别" in send(client, row, "answer", question=key, choice="new").content.decode()
    send(client, row, "answer", question=key, choice="new", kind="department")
    assert not current(row).questions.open
    gone = send(client, row, "answer", question=key, choice="none")
    assert "这一问已有答复" in gone.content.decode()


def test_htmx_gets_the_changed_parts_alone(client: Client, row: PlanImport) -> None:
    edit = {"name-0": "省工业厅", "duty-0": "co"}
    said = send(client, row, "task", htmx=True, ref="2-1-1", **edit).content.decode()
    assert 'id="task-2-1-1"' in said
    assert 'id="task-2-1-2"' not in said
    assert 'id="import-info"' not in said
    assert len(said) < 6000
    dropped = send(client, row, "task", htmx=True, ref="2-1-1", drop="drop").content.decode()
    assert 'id="import-structure"' in dropped


def test_undo(client: Client, row: PlanImport) -> None:
    send(client, row, "task", ref="2-1-1", drop="drop")
    send(client, row, "undo")
    assert len(current(row).structure.all_tasks) == 5
    assert "没有可以撤销的更正" in send(client, row, "undo").content.decode()


@pytest.mark.parametrize(
    "query", [{}, {"of": "task", "ref": "9"}, {"of": "agency", "name": "无"}, {"of": "target", "target": "x"}]
)
def test_a_form_for_nothing_is_not_found(client: Client, row: PlanImport, query: dict[str, str]) -> None:
    assert client.get(reverse("plan_import_panel", args=[row.pk]), query).status_code == 404


# -- deciding ------------------------------------------------------------------------------------------------------


def act(client: Client, row: PlanImport, action: str, **data: str) -> Any:
    return client.post(reverse("plan_import_act", args=[row.pk]), {"action": action, **data})


def test_from_handing_on_to_taking_back(client: Client, row: PlanImport) -> None:
    answer_all(row, row.uploaded_by)
    assert act(client, row, "submit").status_code == 302
    assert "须由没有参与上传和核对的另一个人确认" in page(client, row)
    assert act(client, row, "confirm").status_code == 403
    second = office()
    client.force_login(second)
    assert "确认导入" in page(client, row)
    assert act(client, row, "confirm").status_code == 302
    plan = PlanImport.objects.get(pk=row.pk).plan
    assert plan is not None
    assert client.get(reverse("overview", args=[plan.slug])).status_code == 200
    assert "请写明理由" in act(client, row, "ask_back").content.decode()
    act(client, row, "ask_back", note="传错了")
    client.force_login(row.uploaded_by)
    act(client, row, "take_back")
    assert client.get(reverse("overview", args=[plan.slug])).status_code == 404
    assert "已撤回" in page(client, row)
    for address in ("plan_list", "desk", "cycles", "plan_imports"):
        assert plan.title not in client.get(reverse(address)).content.decode() or address == "plan_imports"


def test_an_act_after_the_state_moved_on_says_who_was_first(client: Client) -> None:
    made = imported()
    client.force_login(office())
    answer = act(client, made, "confirm")
    assert answer.status_code == 409
    assert str(made.decided_by) in answer.content.decode()


def test_the_original_is_handed_out(client: Client, row: PlanImport) -> None:
    answer = client.get(reverse("plan_import_file", args=[row.pk]))
    assert b"".join(answer.streaming_content).decode() == TEXT  # type: ignore[attr-defined]


def test_the_default_plan_is_chosen_on_the_list(client: Client) -> None:
    plan = make.plan()
    client.force_login(office())
    client.post(reverse("plan_default", args=[plan.slug]))
    assert Plan.objects.get(is_default=True) == plan
    assert default_plan() == plan


def test_the_list_takes_the_same_queries_for_more_imports(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    client.force_login(office())
    submitted()
    client.get(reverse("plan_imports"))
    with django_assert_max_num_queries(17):
        client.get(reverse("plan_imports"))
    for number in range(3):
        uploaded(text=f"{TEXT}\n附注{number}")
    with django_assert_max_num_queries(17):
        client.get(reverse("plan_imports"))


def test_states_are_named(client: Client) -> None:
    made = submitted()
    client.force_login(office())
    assert str(ImportState(made.state).label) in client.get(reverse("plan_imports")).content.decode()


def test_one_answer_gives_all_unknown_agencies_their_kind(client: Client, row: PlanImport) -> None:
    """A plan of the State Council names ministries, of whose form nothing is known."""
    actions.add_edits(
        by=row.uploaded_by,
        plan_import=row,
        edits=[
            {"op": "add_mention", "task": at("做强锂电材料"), "duty": "co", "name": name}
            for name in ("盐湖协调组", "锂电协调组", "能源部")
        ],
    )
    answer = {"question": "agency:盐湖协调组", "choice": "new", "kind": "department", "all": "1"}
    assert [one.key for one in current(row).questions.open] == [
        f"agency:{name}" for name in ("盐湖协调组", "锂电协调组", "能源部")
    ]
    send(client, row, "answer", **answer)
    assert not current(row).questions.open
    assert {one.kind for name, one in current(row).matches.items() if "协调组" in name} == {"department"}


def test_what_the_text_leaves_out_is_shown(client: Client) -> None:
    by = office()
    client.force_login(by)
    struck = '<w:p><w:del w:id="1"><w:r><w:delText>旧的一句。</w:delText></w:r></w:del></w:p>'
    content = docx("".join(map(paragraph, TEXT.strip().split("\n"))) + struck)
    row = actions.upload(by=by, upload=SimpleUploadedFile("方案.docx", content))
    answer = client.get(reverse("plan_import_panel", args=[row.pk]), {"of": "omitted"})
    assert "旧的一句。" in answer.content.decode()
    assert "已删除或隐藏的文字 · 第 17 段" in answer.content.decode()
    assert "?of=omitted" in page(client, row)


def test_it_is_said_where_nothing_is_left_out(client: Client, row: PlanImport) -> None:
    answer = client.get(reverse("plan_import_panel", args=[row.pk]), {"of": "omitted"})
    assert "文件中的文字都作为正文读了" in answer.content.decode()


def test_the_office_of_another_place_is_told_that_the_plan_will_not_be_its_own(client: Client) -> None:
    place = Jurisdiction.objects.create(name="乙市", level="city", office="乙市办公室")
    first, second = (office(agency=make.agency(jurisdiction=place)) for _n in range(2))
    made = submitted(first)
    client.force_login(second)
    assert "您所在地区的办公室看不到它" in page(client, made)
    answer = client.post(reverse("plan_import_act", args=[made.pk]), {"action": "confirm"}, follow=True)
    plan = Plan.objects.get(title__contains="盐湖产业")
    said = answer.content.decode()
    assert "方案归示例省的办公室办理。" in said
    assert reverse("overview", args=[plan.slug]) not in said
    assert client.get(reverse("overview", args=[plan.slug])).status_code == 404


def test_the_office_sees_the_plan_of_its_own_place_once_it_is_confirmed(client: Client) -> None:
    place = Jurisdiction.objects.create(name="示例省", level="province", office="示例省办公室")
    first, second = (office(agency=make.agency(jurisdiction=place)) for _n in range(2))
    made = submitted(first)
    client.force_login(second)
    assert "看不到它" not in page(client, made)
    answer = client.post(reverse("plan_import_act", args=[made.pk]), {"action": "confirm"}, follow=True)
    address = reverse("overview", args=[Plan.objects.get(title__contains="盐湖产业").slug])
    assert f'href="{address}"' in answer.content.decode()
    assert client.get(address).status_code == 200


def test_the_page_of_an_import_names_plans_of_its_own_place_alone(client: Client) -> None:
    other = Jurisdiction.objects.create(name="乙市", level="city", office="乙市办公室")
    own = Jurisdiction.objects.create(name="示例省", level="province", office="示例省办公室")
    strange, earlier = (make.plan(title=f"{one.name}旧方案", jurisdiction=one) for one in (other, own))
    by = office(agency=make.agency(jurisdiction=other))
    row = uploaded(by)
    client.force_login(by)
    for address in (reverse("plan_import", args=[row.pk]), reverse("plan_edition", args=[row.pk])):
        said = client.get(address).content.decode().partition("<main")[2]
        assert earlier.title in said
        assert "乙市" not in said
    answer = client.post(reverse("plan_edition", args=[row.pk]), {"plan": strange.pk, "effective": "2018Q1"})
    assert answer.status_code == 422
