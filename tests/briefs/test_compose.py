"""Which sections a brief has, and what stands in them."""

import json
import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from reports.briefs import compose
from reports.rollup.values import Lights, PlanFigures, Rate
from tests.briefs import example

pytestmark = pytest.mark.usefixtures("prepared_fonts")


def _composed(
    figures: PlanFigures, *, is_sample: bool = True, head: Any = example.ISSUED
) -> compose.Composed:
    return compose.html(
        json.loads(example.frozen(figures, is_sample=is_sample)), head=head, figures_sha256="0" * 64
    )


def _headings(html: str, level: int) -> list[str]:
    return [unescape(text) for text in re.findall(rf"<h{level}[^>]*>(.*?)</h{level}>", html)]


def _words(html: str) -> str:
    return re.sub(r"\s", "", unescape(re.sub(r"<[^>]+>", "", html)))


def test_sections_are_numbered_without_gaps() -> None:
    assert _headings(_composed(example.figures()).body, 2) == [
        "一、总体情况",
        "二、各任务组状态",
        "三、目标指标",
        "四、报送情况",
        "五、需省级协调事项",
        "六、主要任务进展",
        "七、保障措施进展",
        "任务状态一览表",
        "未报送清单",
    ]


def test_section_without_content_is_left_out_with_its_number() -> None:
    bare = replace(example.small(), targets=(), missing=(), changes=())
    quiet = tuple(
        replace(task, narrative=replace(task.narrative, coordination="")) for task in bare.groups[0].tasks
    )
    body = _composed(replace(bare, groups=(replace(bare.groups[0], tasks=quiet),))).body
    assert _headings(body, 2) == [
        "一、总体情况",
        "二、各任务组状态",
        "三、报送情况",
        "四、主要任务进展",
        "任务状态一览表",
    ]
    assert "没有未报送的单位。" in _words(body)
    assert "与上季度相比" not in _words(body)
    assert "附件2" not in _words(body)


def test_tables_are_numbered_in_their_order() -> None:
    captions = re.findall(r"<caption>(表\d|[^<]*)", _composed(example.figures()).body)
    assert [caption for caption in captions if caption.startswith("表")] == ["表1", "表2", "表3"]


def test_every_task_has_its_paragraph_and_its_row() -> None:
    figures = example.figures()
    body = _composed(figures).body
    assert len(_headings(body, 4)) == 32
    assert len(_headings(body, 3)) == 9 + 7
    for task in figures.tasks:
        code = task.code.replace("(", "（").replace(")", "）")
        assert body.count(f"<td>{code}</td>") == 1, task.ref


def test_groups_and_safeguards_are_counted_apart() -> None:
    figures = example.figures()
    words = _words(_composed(figures).body)
    assert f"主要任务合计32{figures.lights.green}{figures.lights.yellow}{figures.lights.red}" in words
    assert f"保障措施（另计）7{figures.safeguard_lights.green}" in words


def test_unverified_is_marked_beside_what_was_reported() -> None:
    assert _words(_composed(example.figures()).body).count("核定未核") == sum(
        task.state == "submitted" for task in example.figures().tasks
    )


def test_missing_returns_stand_by_body_with_the_lead_first() -> None:
    body = _composed(example.figures()).body
    bands = re.findall(r'<tr class="band"><th scope="colgroup" colspan="5" class="text">(.*?)</th>', body)
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


def test_closing_pages_end_on_an_even_one() -> None:
    composed = _composed(example.small())
    for pages in (5, 6):
        back = composed.back(pages)
        assert (back.count('class="sheet"') + pages) % 2 == 0
        assert ('class="verso"' in back) == (pages % 2 == 1)
        assert f"counter-set: page {pages + 1}" in back


def test_real_data_is_not_marked_as_sample() -> None:
    composed = _composed(example.small(), is_sample=False)
    assert "示例数据" not in composed.body + composed.back(5)


def test_markup_in_figures_is_text() -> None:
    said = example.with_texts(example.small(), done="<img src=x>&amp;完成", next_steps='"><style>')
    body = _composed(said).body
    assert "&lt;img src=x&gt;&amp;amp；完成" in body
    assert "<img" not in body
    assert body.count("<style>") == 1  # the red head's own


def test_name_too_long_for_a_line_is_set_smaller() -> None:
    sizes = []
    for title in ("行动方案", "青海省国民经济和社会发展第十三个五年规划重点专项实施方案"):
        body = _composed(replace(example.small(), plan_title=title)).body
        found = re.search(r"\.plan \{ font-size: ([\d.]+)pt", body)
        assert found is not None
        sizes.append(float(found[1]))
    assert sizes[0] == 28
    assert sizes[1] * 28 <= 442.3
