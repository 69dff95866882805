"""Template tags: what they draw, and what they say to readers who cannot see it."""

import time
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils.html import conditional_escape

from tasks.templatetags import drawing, qh
from tasks.values import GREY, Light, Period


def render(text: str, **context: Any) -> str:
    return Template("{% load qh %}" + text).render(Context(context))


@pytest.mark.parametrize("key", [*Light.values, GREY])
def test_light_has_shape_colour_and_word(key: str) -> None:
    html = render("{% light key %}", key=key)
    assert f'class="light-shape light-shape--{key}"' in html
    assert qh.light_word(key) in html


def test_every_light_has_a_shape_of_its_own() -> None:
    shapes = {qh.light_shape(key).split(">", 1)[1] for key in [*Light.values, GREY]}
    assert len(shapes) == 5


@pytest.mark.parametrize("nothing", [None, "", "purple"])
def test_light_of_nothing_is_grey(nothing: str | None) -> None:
    assert "灰 未报" in qh.light(nothing)


def test_unverified_light_is_underlined_and_says_so() -> None:
    html = qh.light("green", True)
    assert "light-shape__unverified" in html
    assert "未核" in html


def test_grey_light_is_never_unverified() -> None:
    assert "light-shape__unverified" not in qh.light(None, True)


def test_light_without_visible_word_still_speaks() -> None:
    assert '<span class="visually-hidden">红 滞后，未核</span>' in qh.light("red", True, "none")


def test_heat_cell_takes_the_worst_tint_and_counts_in_words() -> None:
    html = qh.heat_cell(["green", ("yellow", True), {"light": "red", "unverified": False}])
    assert "tint-red" in html
    assert "滞后1、有风险1、正常1，其中未核1" in html


def test_matrix_cell_tells_lead_from_co() -> None:
    lead = qh.matrix_cell({"duty": "lead", "light": "green", "label": "甲 三(一)1", "url": "/x/"})
    co = qh.matrix_cell({"duty": "co", "light": "green", "label": "甲 三(一)1"})
    assert "matrix__cell--lead" in lead
    assert 'aria-label="甲 三(一)1：牵头 绿 正常"' in lead
    assert "matrix__cell--co" in co
    assert qh.matrix_cell(None) == '<td class="matrix__cell "></td>'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"),
        ("", "—"),
        (0, "0"),
        (Decimal("1204.50"), "1,204.5"),
        (Decimal("-0.0"), "0"),
        (-24, "−24"),
        (100, "100"),
    ],
)
def test_figure_keeps_zero_from_blank(value: object, text: str) -> None:
    assert qh.figure(value) == text


@pytest.mark.parametrize(("value", "text"), [(344, "+344"), (-24, "−24"), (0, "0"), (None, "—")])
def test_signed(value: int | None, text: str) -> None:
    assert qh.signed(value) == text


def test_ratio_shows_what_it_is_made_of() -> None:
    assert qh.ratio(37, 39) == '<span class="ratio">94.9%<small>37 / 39</small></span>'


def test_ratio_of_counts_is_rounded_as_in_the_briefs() -> None:
    """Never 100 % while one is missing; a measured figure is not a count."""
    assert "99.9%" in qh.ratio(2999, 3000)
    assert "0.1%" in qh.ratio(1, 3000)
    assert "100.0%" in qh.ratio(Decimal("2999"), Decimal("3000"))


def test_ratio_of_nothing_is_a_dash() -> None:
    assert qh.ratio(0, 0) == '<span class="ratio">—<small>0 / 0</small></span>'


def test_text_diff_of_one_letter_over_and_over_does_not_keep_a_reader_waiting() -> None:
    started = time.process_time()
    assert qh.text_diff("a" * 5000, "a" * 4999 + "<") == "a" * 4999 + "&lt;"
    assert qh.text_diff("a" * 5000, "a" * 5000) == "a" * 5000
    assert time.process_time() - started < 1


def test_text_diff_escapes_and_marks() -> None:
    assert qh.text_diff("六月<上线", "七月<上线") == "<del>六</del><ins>七</ins>月&lt;上线"
    # Whole numbers, and no crumbs between two changes.
    assert qh.text_diff("投产28家", "投产25家") == "投产<del>28</del><ins>25</ins>家"
    assert qh.text_diff("率12.5%。", "率12.8%。") == "率<del>12.5%</del><ins>12.8%</ins>。"
    assert qh.text_diff("开会的人很多", "打会的话很多") == "<del>开会的人</del><ins>打会的话</ins>很多"


def test_two_texts_are_marked_where_little_is_new_and_stand_side_by_side_where_much_is() -> None:
    before = "完成企业技术改造项目28个，投入资金1.2亿元，其余项目按计划推进，年底前全部完工。"
    little = before.replace("28", "31")
    much = "召开现场推进会<3次>，协调解决用地、用电问题14个，新开工项目9个，续建项目进展顺利。"
    assert qh.text_diff(before, little).count("<ins>31</ins>") == 1
    assert qh.text_diff(before, much) == conditional_escape(much)
    marked = render("{% difference a b '上季' '本次' %}", a=before, b=little)
    assert ("<ins>31</ins>" in marked, "two-texts" in marked) == (True, False)
    beside = render("{% difference a b '上季' '本次' %}", a=before, b=much)
    assert ("<ins>" in beside, "two-texts" in beside) == (False, True)
    assert before in beside
    assert "&lt;3次&gt;" in beside
    assert "<ins>" in qh.text_diff("", much)  # nothing to set it beside


def test_ruler_links_keep_the_query_and_stop_at_the_last_open_quarter() -> None:
    request = RequestFactory().get("/?light=red&page=3&q=2017Q1")
    ruler = drawing.ruler(Context({"request": request}), "2017Q1", "2016Q3", "2025Q4", until="2017Q2")
    assert len(ruler["cells"]) == 38
    assert ruler["cells"][0]["url"] == "?light=red&q=2016Q3"
    assert ruler["cells"][4]["url"] == ""
    assert ruler["next_url"] == "?light=red&q=2017Q2"


def test_ruler_at_its_ends_has_no_way_out() -> None:
    first = drawing.ruler(Context({}), "2016Q3", "2016Q3", "2025Q4")
    last = drawing.ruler(Context({}), "2025Q4", "2016Q3", "2025Q4")
    assert first["previous_url"] == ""
    assert last["next_url"] == ""
    assert last["next"] is None


def test_ruler_bars_put_the_worst_at_the_bottom() -> None:
    ruler = drawing.ruler(
        Context({}), "2016Q3", "2016Q3", "2016Q4", lights={Period(2016, 3): {"green": 3, "red": 1}}
    )
    assert ruler["cells"][0]["bar"] == [
        {"light": "green", "y": "0.0%", "h": "75.0%"},
        {"light": "red", "y": "75.0%", "h": "25.0%"},
    ]
    assert ruler["cells"][1]["bar"] == []


def test_sparkline_breaks_where_a_figure_restarts_or_is_missing() -> None:
    assert qh_path(drawing.sparkline([1, 2, 3, 1, 2], [3])) == ["M", "L", "L", "M", "L"]
    assert qh_path(drawing.sparkline([1, None, 3])) == ["M", "M"]
    assert drawing.sparkline([None, None]) == ""


def qh_path(svg: str) -> list[str]:
    return [part[0] for part in svg.split(' d="')[1].split('"')[0].split(" ") if part[0] in "ML"]


def test_timeline_joins_a_merged_body_to_its_successor() -> None:
    rows = [
        {"duty": "lead", "name": "甲", "start": "2016Q3"},
        {"duty": "co", "name": "乙", "start": "2016Q3", "end": "2016Q4", "into": 0},
    ]
    timeline = drawing.timeline(rows, "2016Q3", "2017Q2", "2017Q1")
    heir, merged = timeline["rows"]
    assert merged["x3"] == "50.00%"
    assert merged["join"] == {"x": "52.00%", "y": -14}
    assert heir["ring_x"] == "52.00%"
    assert heir["future"]


def test_target_bar_without_a_value_draws_no_bar() -> None:
    html = render('{% target_bar None 12 9.6 "%" 2020 %}')
    assert "target-bar__bar" not in html
    assert "没有数值" in html
    assert "2020年 12%" in html


def test_deadline_stands_where_today_is() -> None:
    days = drawing.deadline(date(2019, 7, 1), date(2019, 7, 15), date(2019, 7, 9))
    assert days["today_x"] == "50.00%"
    assert len(days["ticks"]) == 17


def test_sort_head_turns_the_order_round() -> None:
    request = RequestFactory().get("/?o=due&page=2")
    html = render("{% sort_head 'due' '期限' 'n' %}", request=request)
    assert 'aria-sort="ascending"' in html
    assert 'href="?o=-due"' in html
