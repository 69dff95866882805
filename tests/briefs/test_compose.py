"""Which sections a brief has, and what stands in them."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from reports.briefs import composition
from reports.figures.values import Lights, PlanFigures, Rate
from tests.briefs import example
from tests.markup import one_line

pytestmark = pytest.mark.usefixtures("prepared_fonts")


def _composed(
    figures: PlanFigures, *, is_sample: bool = True, head: Any = example.ISSUED
) -> composition.Composed:
    return example.composed(json.loads(example.frozen(figures, is_sample=is_sample)), head=head)


def _headings(html: str, level: int) -> list[str]:
    return [unescape(text) for text in re.findall(rf"<h{level}[^>]*>(.*?)</h{level}>", html)]


def _words(html: str) -> str:
    return re.sub(r"\s", "", unescape(re.sub(r"<[^>]+>", "", html)))


def test_sections_are_numbered_without_gaps() -> None:
    assert _headings(_composed(example.figures()).body, 2) == [
        "一、总体情况",
        "二、各任务组状态",
        "三、与上季度相比的变化",
        "四、目标指标",
        "五、报送情况",
        "六、存在的主要问题",
        "七、需省级协调事项",
        "八、主要任务进展",
        "九、保障措施进展",
        "十、下一步工作",
        "任务状态一览表",
        "未报送和逾期报送清单",
    ]


def test_section_without_content_is_left_out_with_its_number() -> None:
    bare = replace(example.small(), targets=(), missing=(), changes=(), agencies=())
    quiet = tuple(
        replace(task, light="green", narrative=replace(task.narrative, coordination="", problems=()))
        for task in bare.groups[0].tasks
    )
    all_green = replace(bare.groups[0], tasks=quiet, lights=Lights(green=4))
    full = Rate(4, 4, 4)
    calm = replace(bare, groups=(all_green,), lights=Lights(green=4), lead=full, co=full)
    body = _composed(calm).body
    assert _headings(body, 2) == [
        "一、总体情况",
        "二、报送情况",
        "三、主要任务进展",
        "任务状态一览表",
    ]
    assert "没有未报送的单位。" in _words(body)
    assert "与上季度相比" not in _words(body)
    assert "附件2" not in _words(body)


def test_tables_are_numbered_in_their_order() -> None:
    captions = re.findall(r"<caption>(表\d|[^<]*)", one_line(_composed(example.figures()).body))
    assert [caption for caption in captions if caption.startswith("表")] == [f"表{n}" for n in range(1, 6)]


def test_every_task_has_its_paragraph_and_its_row() -> None:
    figures = example.figures()
    body = _composed(figures).body
    assert len(_headings(body, 4)) == 32
    assert len(_headings(body, 3)) == 9 + 7
    for task in figures.tasks:
        code = task.code.replace("(", "（").replace(")", "）")
        annex = body[body.index("任务状态一览表</h2>") :].split("</table>")[0]
        assert annex.count(f'<td class="text">{code}</td>') == 1, task.ref


def test_groups_and_safeguards_are_counted_apart() -> None:
    figures = example.figures()
    words = _words(_composed(figures).body)
    assert f"主要任务合计32{figures.lights.green}{figures.lights.yellow}{figures.lights.red}" in words
    bar = r"7项中，[^。]*。"
    assert re.search(rf"保障措施（另计）{bar}7{figures.safeguard_lights.green}", words)


def test_tasks_that_nobody_leads_have_a_column_so_that_every_row_adds_up() -> None:
    figures = example.figures()
    first = next(one for one in figures.groups if one.lights.green)
    task = next(one for one in first.tasks if one.light == "green")
    unled = replace(task, light="unled", state="unled", lead=None, reported_light="", verified_light="")
    lights = replace(first.lights, green=first.lights.green - 1, unled=1)
    group = replace(first, tasks=tuple(unled if one is task else one for one in first.tasks), lights=lights)
    whole = replace(figures.lights, green=figures.lights.green - 1, unled=1)
    body = _composed(
        replace(figures, groups=tuple(group if one is first else one for one in figures.groups), lights=whole)
    ).body
    table = re.search(r'<table class="data groups">.*?</table>', body, re.DOTALL)
    assert table
    assert "无牵头" in table[0]
    rows = [re.findall(r"<td>(\d+)</td>", row) for row in table[0].split("<tr")[2:]]
    assert rows
    assert all(int(total) == sum(map(int, lights)) for total, *lights in rows)
    assert "stroke-dasharray" in table[0]
    strip = re.search(r'<table class="strip">.*?</table>', body, re.DOTALL)
    assert strip
    assert sum(map(int, re.findall(r"<td>(\d+)</td>", strip[0]))) == whole.total
    # Without such a task there is no such column.
    assert "无牵头" not in _composed(figures).body


def test_unverified_is_marked_beside_what_was_reported() -> None:
    assert _words(_composed(example.figures()).body).count("核定未核") == sum(
        task.state == "submitted" for task in example.figures().tasks
    )


def test_missing_returns_stand_by_body_with_the_lead_first() -> None:
    body = one_line(_composed(example.figures()).body)
    bands = re.findall(r'<tr class="band"><td colspan="5" class="text">(.*?)</td>', body)
    figures = example.figures()
    leads = [item for item in figures.missing if item.duty == "lead"]
    assert bands == [
        f"牵头单位（{len({item.agency.slug for item in leads})}个单位，{len(leads)}件）",
        f"配合单位（6个单位，{len(figures.missing) - len(leads)}件）",
    ]
    assert "三（一）1、2" in _words(body)


def test_nobody_reported_anything() -> None:
    figures = example.small()
    nothing = tuple(
        replace(
            task,
            state="missing",
            light="grey",
            reported_light="",
            verified_light="",
            on_time=None,
            verified=False,
        )
        for task in figures.groups[0].tasks
    )
    group = replace(figures.groups[0], tasks=nothing, lights=Lights(grey=4), lead=Rate(4, 0, 0))
    words = _words(
        _composed(replace(figures, groups=(group,), lights=Lights(grey=4), lead=Rate(4, 0, 0))).body
    )
    assert "2017年第一季度，4项主要任务中，牵头单位均未报送。" in words
    assert "报送率0%（0/4）" in words


def test_contents_name_every_section_and_annex_in_two_columns() -> None:
    body = one_line(_composed(example.figures()).body)
    contents = body[body.index('<div class="contents">') : body.index("<section")]
    links = re.findall(r'<a href="#([\w-]+)">(.*?)</a>', contents)
    assert [re.sub(r"[、　]", "", title) for _anchor, title in links] == [
        *(title.replace("、", "") for title in _headings(body, 2) if "、" in title),
        *(
            f"附件{number}{title}"
            for number, title in enumerate(["任务状态一览表", "未报送和逾期报送清单"], 1)
        ),
    ]
    assert all(f'id="{anchor}"' in body for anchor, _title in links)


def test_changes_stand_in_a_table_the_worse_ones_first() -> None:
    body = one_line(_composed(example.figures()).body)
    table = body[body.index('<table class="data changes">') :].split("</table>")[0]
    kinds = re.findall(r'<td class="text">([^<]*)</td></tr>', table)
    assert kinds == ["转差"] * 4 + ["由已报转为未报"] + ["好转"]


def test_problems_are_counted_by_task_and_category() -> None:
    words = _words(_composed(example.figures()).body)
    troubled = [task for task in example.figures().tasks if task.narrative.problems]
    apart = sum(task.part == "safeguard" for task in troubled)
    money = [task for task in troubled if "资金" in dict(task.narrative.problems)]
    assert (
        f"牵头单位反映问题的有{len(troubled) - apart}项主要任务和{apart}项保障措施，"
        f"按类别（含保障措施）：资金{len(money)}项、"
    ) in words
    assert "报送项数含保障措施。" in words


def test_bodies_that_reported_late_stand_in_the_annex() -> None:
    words = _words(_composed(example.figures()).body)
    late = words[words.rindex("首次提交晚于截止时间的件数") :]
    assert "西宁市人民政府022" in late


def test_every_running_text_has_a_key_and_can_be_amended() -> None:
    content = json.loads(example.frozen(example.small()))
    composed = example.composed(content)
    assert {"overall/1", "changes/1", "3-1-1/done", "next/1"} <= set(composed.words)
    amended = example.composed(
        content, words=composed.words | {"overall/1": "总的看，⟦正常1项⟧。", "3-1-1/next": ""}
    )
    assert "<p>总的看，正常1项。</p>" in amended.body
    assert composed.body.count("下步打算：") - amended.body.count("下步打算：") == 1
    assert (
        amended.words == composed.words
    )  # what could be amended is what was composed, not what was made of it


def test_typed_text_cannot_pass_for_a_figure() -> None:
    said = example.with_texts(example.small(), done="完成⟦99项⟧")
    assert "完成〔99项〕" in _words(_composed(said).body)


@pytest.mark.parametrize(("pages", "apart"), [(5, False), (6, False), (6, True)])
def test_closing_pages_begin_with_the_next_number(pages: int, apart: bool) -> None:
    back = _composed(example.small()).back(pages, apart)
    assert back.count('class="sheet"') == 1 + apart
    assert ('class="verso"' in back) == (pages % 2 == 1)
    assert f"counter-set: page {pages + 1}" in back


def test_real_data_is_not_marked_as_sample() -> None:
    composed = _composed(example.small(), is_sample=False)
    assert "示例数据" not in composed.body + composed.back(5, False)


def test_markup_in_figures_is_text() -> None:
    said = example.with_texts(example.small(), done="<img src=x>&amp;完成", next_steps='"><style>')
    body = _composed(said).body
    assert "&lt;img src=x&gt;&amp;amp；完成" in body
    assert "<img" not in body
    assert "<style>" not in body


def test_name_too_long_for_a_line_is_set_smaller() -> None:
    sizes = []
    for title in ("行动方案", "青海省国民经济和社会发展第十三个五年规划重点专项实施方案"):
        body = _composed(replace(example.small(), plan_title=title)).body
        found = re.search(r'class="plan" style="font-size: ([\d.]+)pt"', body)
        assert found is not None
        sizes.append(float(found[1]))
    assert sizes[0] == 28
    assert sizes[1] * 28 <= 442.3


# -- what was struck out ------------------------------------------------------------------------------------


def _struck(figures: PlanFigures, *keys: str, more: dict[str, Any] | None = None) -> str:
    content = json.loads(example.frozen(figures)) | (more or {})
    return example.composed(content, words=dict.fromkeys(keys, "")).body


def _told(body: str, heading: str) -> str:
    """What stands under a task's heading, to the next one."""
    rest = body[body.index(f" {heading}</h4>") :].split("</h4>", 1)[1]
    return _words(re.split("<h[234]", rest)[0])


@pytest.mark.slow
def test_what_was_struck_out_leaves_no_statement_of_its_own() -> None:
    figures = example.figures()
    silent = next(task for task in figures.tasks if task.state == "missing")
    filed = next(task for task in figures.tasks if task.state != "missing")
    body = _struck(
        figures, f"{silent.ref}/silence", *(f"{filed.ref}/{k}" for k in ("done", "problems", "next", "note"))
    )
    assert "未填写文字" not in body
    assert "<p></p>" not in body
    assert _told(body, filed.heading).startswith(filed.lead.name if filed.lead else "")
    wordless = example.with_texts(
        figures, done="", problems=(), next_steps="", decision_note="", coordination=""
    )
    assert "牵头单位已报送状态，未填写文字。" in _struck(wordless)
    asking = example.with_texts(
        figures, done="", problems=(), next_steps="", decision_note="", coordination="请协调"
    )
    assert "未填写文字" not in _struck(asking)
    assert "牵头单位未填写进展情况和下步打算。" in _struck(asking)


def test_a_section_whose_text_was_all_struck_out_is_left_out_with_its_number() -> None:
    sector = {"kind": "sector", "scope": {"ref": "1", "name": "新能源"}, "projects": []}
    assert _headings(_struck(example.figures(), more=sector), 2)[0] == "一、统计范围"
    assert _headings(_struck(example.figures(), "linked/1", more=sector), 2)[0] == "一、总体情况"
    body = _struck(example.figures(), *(f"overall/{n}" for n in range(1, 4)))
    assert _headings(body, 2)[0] == "一、各任务组状态"
    assert "总体情况" not in body


def test_a_request_that_was_struck_out_was_made_all_the_same() -> None:
    figures = example.figures()
    asking = [task for task in figures.tasks if task.narrative.coordination]
    body = _words(_struck(figures, f"{asking[0].ref}/coordination"))
    apart = sum(task.part == "safeguard" for task in asking)
    assert f"需省级协调的有{len(asking) - apart}项主要任务" in body
    everything = [f"{task.ref}/coordination" for task in asking]
    assert "需省级协调事项" not in _struck(figures, "coordination/1", *everything)


def test_one_page_has_no_label_without_a_text() -> None:
    kind = {"kind": "one_page", "scope": {"ref": "", "name": ""}}
    body = _struck(example.figures(), "pointers/1", more=kind)
    assert "本季转红" not in body
    assert "现为滞后" in body
    assert "重点关注" not in _struck(example.figures(), *(f"pointers/{n}" for n in range(1, 9)), more=kind)


LINES = "一、重点工作\n建成平台3个\n二、存在困难\n资金缺口1.2亿元\n联系人：张三 李四"
SIGNS = "CO₂减排3.5×10⁴t，SO₂、PM₂.₅、H₂均达标；下降10⁻³级；☑已核 ☐未核 ✔✗①㎡℃‰‱Ⅲ⅓⅔ⁿ⁺"


def test_the_lines_of_a_text_are_paragraphs_and_names_stay_apart() -> None:
    source = example.with_texts(example.figures(), done=LINES, coordination="请协调：\n一是土地\n二是资金")
    body = example.composed(json.loads(example.frozen_json(source))).body
    paragraphs = [
        " ".join(re.sub("<[^>]*>", "", one).split()) for one in re.findall("<p.*?</p>", body, re.DOTALL)
    ]
    at = paragraphs.index("进展情况：一、重点工作")
    assert paragraphs[at + 1 : at + 4] == ["建成平台3个", "二、存在困难", "资金缺口1.2亿元"]
    assert paragraphs[at + 4].startswith("联系人：张三 李四。")
    assert paragraphs[
        (first := next(n for n, one in enumerate(paragraphs) if one.endswith("请协调："))) + 1 : first + 3
    ] == ["一是土地", "二是资金。"]


def test_signs_of_industry_are_printed() -> None:
    source = example.with_texts(example.figures(), done=SIGNS)
    composed = example.composed(json.loads(example.frozen_json(source)))
    assert (SIGNS in composed.body, composed.unprintable) == (True, {})


def test_what_no_font_draws_is_named_with_its_place() -> None:
    source = example.with_texts(example.figures(), done="项目由张\ue5e5三负责，由😀牵头")
    composed = example.composed(json.loads(example.frozen_json(source)))
    assert composed.unprintable["\ue5e5"] == "项目由张\ue5e5三负责，由😀"
    assert set(composed.unprintable) == {"\ue5e5", "😀"}


def test_what_an_editor_replaced_is_not_said_to_be_unprintable() -> None:
    source = example.with_texts(example.figures(), done="项目由张\ue5e5三负责")
    figures = json.loads(example.frozen_json(source))
    composed = example.composed(figures)
    assert set(composed.unprintable) == {"\ue5e5"}
    words = {key: text.replace("〓", "某") for key, text in composed.words.items() if "〓" in text}
    assert example.composed(figures, words=words).unprintable == {}
    words.popitem()
    assert set(example.composed(figures, words=words).unprintable) == {"\ue5e5"}
