"""The notice on paper: measured, read back and rasterised by other programs than the one that set it."""

import io
import json
import re
from datetime import date, datetime
from typing import Any

import pymupdf
import pypdf
import pytest

from reports.supervision import document, message_texts
from reports.supervision.actions import Made
from reports.supervision.models import Notice, form_of
from reports.supervision.values import Ground, Series
from tasks.models import Agency, Plan
from tasks.values import Period
from tests import factories as make

MM = 72 / 25.4
LEFT, TOP, RIGHT, BOTTOM = 28 * MM, 37 * MM, (28 + 156) * MM, (37 + 225) * MM
AT: datetime = make.moment("2017-07-05 10:00")
OFFICE = "青海省制造强省建设领导小组办公室"
RED = {
    "task": {"ref": "3-1-1", "code": "三(一)1", "heading": "构建产业技术创新体系"},
    "quarters": [{"quarter": "2016Q4", "verified": True}, {"quarter": "2017Q1", "verified": True}],
    "reported": "yellow",
    "verified": True,
}


def missing(count: int) -> dict[str, Any]:
    one = {"duty": "co", "due_on": "2017-04-10", "workdays": 57, "last": "2016Q4"}
    return {
        "owed": 30,
        "workdays": 57,
        "returns": [
            {"ref": f"3-1-{n}", "code": f"三(一){n}", "heading": f"推进第{n}项工作", **one}
            for n in range(1, count + 1)
        ],
    }


def notice(
    ground: Ground = Ground.RED, facts: Any = None, *, kind: str = "department", **values: Any
) -> Notice:
    """An issued notice that is in no database."""
    agency, quarter = Agency(slug="kjt", kind=kind), Period(2017, 1)
    facts = RED if facts is None else facts
    form = form_of(agency)
    return Notice(
        **{
            "plan": Plan(slug="plan", title="中国制造2025青海行动方案", doc_number="青政〔2016〕48号"),
            "agency": agency,
            "quarter": quarter,
            "ground": ground,
            "facts": facts,
            "known_at": AT,
            "issued_at": AT,
            "series": form,
            "doc_number": "函〔2017〕3号" if form == "letter" else "督〔2017〕3号",
            "addressee": "青海省科学技术厅",
            "signed": OFFICE,
            "first_due_on": date(2017, 7, 20),
            "title": message_texts.title(ground, facts, quarter, form),
            "text": message_texts.request(ground, form),
            "is_sample": False,
            **values,
        }
    )


def opened(made: Made) -> pymupdf.Document:
    return pymupdf.open(stream=made.pdf, filetype="pdf")


def text_of(made: Made) -> str:
    """As a second reader reads it, without its spaces and line ends."""
    pages = pypdf.PdfReader(io.BytesIO(made.pdf)).pages
    return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


# -- words --------------------------------------------------------------------------------------------------


def test_a_notice_says_what_is_known_what_is_asked_and_by_when() -> None:
    one = notice()
    assert message_texts.basis(one) == (
        "《中国制造2025青海行动方案》（青政〔2016〕48号）任务三(一)1“构建产业技术创新体系”由你单位牵头。"
        "经核定，该任务自2016年第四季度至2017年第一季度连续2季为红灯（滞后）。"
    )
    assert message_texts.closing(one, date(2017, 7, 20)) == "请于2017年7月20日前将办理情况书面反馈。"
    assert message_texts.formula(one) == "特此督办。"


def test_a_letter_asks_where_a_notice_tells() -> None:
    one = notice(kind="central")
    assert one.title == "关于商请推进“构建产业技术创新体系”的函"
    assert "由贵单位牵头" in message_texts.basis(one)
    assert message_texts.closing(one, date(2017, 7, 20)) == "请于2017年7月20日前函复。"
    assert message_texts.formula(one) == "特此致函。"
    for ground in (Ground.RED, Ground.MISSING, Ground.TARGET, Ground.INSTRUCTION):
        said = message_texts.request(ground, form_of(one.agency))
        assert "商请贵单位" in said
        assert "你单位" not in said


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (
            RED | {"quarters": [{"quarter": "2017Q1", "verified": False}], "verified": False},
            "据自评，该任务2017年第一季度为红灯（滞后）。",
        ),
    ],
)
def test_one_quarter_is_not_several_and_a_bodys_own_word_is_called_so(facts: Any, said: str) -> None:
    assert message_texts.basis(notice(facts=facts)).endswith(said)


def test_few_missing_returns_stand_in_the_sentence_and_many_in_an_annex() -> None:
    few, many = notice(Ground.MISSING, missing(3)), notice(Ground.MISSING, missing(4))
    assert message_texts.basis(few) == (
        "截至2017年7月5日，你单位应报《中国制造2025青海行动方案》（青政〔2016〕48号）2017年第一季度填报30件，"
        "其中3件未报，最长已逾期57个工作日：三(一)1“推进第1项工作”（配合）、三(一)2“推进第2项工作”（配合）、"
        "三(一)3“推进第3项工作”（配合）。"
    )
    assert message_texts.basis(many).endswith("其中4件未报，最长已逾期57个工作日，清单附后。")
    assert (message_texts.needs_annex(few), message_texts.needs_annex(many)) == (False, True)


def test_a_target_and_an_instruction_are_quoted() -> None:
    target = {
        "text": "高技术产业增加值占比达到12%", "year": 2020, "indicator": "高技术产业增加值占比", "value": "12",
        "unit": "%", "comparison": "reach", "actual": "10.4", "numerator": "104", "denominator": "1000",
        "quarter": "2020Q4", "verified": True,
    }  # fmt: skip
    assert message_texts.basis(notice(Ground.TARGET, target)).endswith(
        "提出“高技术产业增加值占比达到12%”。据填报，至2020年第四季度为10.4%（104/1000），未达到2020年12%的目标。"
    )
    behind = target | {"quarter": "2017Q1", "path": "11.2"}
    assert message_texts.basis(notice(Ground.TARGET, behind)).endswith(
        "提出“高技术产业增加值占比达到12%”（2020年目标）。据填报，至2017年第一季度为10.4%（104/1000），"
        "序时目标为11.2%，落后于序时目标。"
    )
    for facts, title, asked in (
        (target, "关于“高技术产业增加值占比”未达目标的督办单", "未达目标的原因"),
        (behind, "关于“高技术产业增加值占比”落后于序时目标的督办单", "落后原因"),
    ):
        assert message_texts.title(Ground.TARGET, facts, Period(2017, 1), Series.NOTICE) == title
        assert asked in message_texts.request(Ground.TARGET, Series.NOTICE, facts)
    said = {"leader": "张省长", "given_on": "2017-07-03", "words": "抓紧办。", "on": "2017年第一季度简报"}
    assert (
        message_texts.basis(notice(Ground.INSTRUCTION, said))
        == "2017年7月3日，张省长在2017年第一季度简报上批示：“抓紧办。”"
    )


def test_quotes_within_quotes_are_single_ones() -> None:
    facts = RED | {"task": {"ref": "3-3-3", "code": "三(三)3", "heading": "加强“四基”推广应用"}}
    one = notice(facts=facts)
    assert one.title == "关于“加强‘四基’推广应用”进展滞后的督办单"
    assert "任务三(三)3“加强‘四基’推广应用”由你单位牵头" in message_texts.basis(one)


@pytest.mark.parametrize(
    ("title", "lines"),
    [
        ("关于办理领导批示事项的督办单", ["关于办理领导批示事项的督办单"]),
        ("关于“构建产业技术创新体系”进展滞后的督办单", ["关于“构建产业技术创新体系”", "进展滞后的督办单"]),
        ("关于商请推进“构建产业技术创新体系”的函", ["关于商请推进“构建产业技术创新体系”的函"]),
    ],
)
def test_a_title_breaks_where_it_is_read_in_one_breath(title: str, lines: list[str]) -> None:
    assert document.title_lines(title) == lines


@pytest.mark.parametrize("title", ["字" * 120, "A" * 120, "关于" + "（2017年）" * 20, "“" * 40, "短"])
def test_whatever_the_title_no_character_is_lost_and_no_line_begins_with_a_closing_mark(title: str) -> None:
    lines = document.title_lines(title)
    assert "".join(lines) == title
    assert all(line and line[0] not in "，。、）》”" for line in lines[1:])


# -- the page -----------------------------------------------------------------------------------------------

on_paper = pytest.mark.usefixtures("prepared_fonts")


@on_paper
@pytest.mark.slow
def test_the_document_says_it_all_in_the_order_of_the_standard() -> None:
    made = document.render(notice())
    text = text_of(made)
    parts = (
        OFFICE, "督办单", "督〔2017〕3号", "关于“构建产业技术创新体系”", "青海省科学技术厅：", "连续2季为红灯",
        "请你单位查明滞后原因", "请于2017年7月20日前将办理情况书面反馈。", "特此督办。", "2017年7月5日",
        "2017年7月5日印发",
    )  # fmt: skip
    places = [text.find(part) for part in parts]
    assert -1 not in places
    assert places == sorted(places)
    assert made.pages == 1
    assert "示例数据" not in text
    assert "示例数据" in text_of(document.render(notice(is_sample=True)))


@on_paper
@pytest.mark.slow
def test_a_letter_has_no_imprint_and_no_number_on_its_first_page() -> None:
    made = document.render(notice(kind="central"))
    text = text_of(made)
    assert "函〔2017〕3号" in text
    assert "印发" not in text
    assert "—1—" not in text
    # Two red rules, the thick one outside: under the head and at the foot, wider than the text.
    red = [
        drawing["rect"]
        for drawing in opened(made)[0].get_drawings()
        if drawing.get("fill") and drawing["fill"][0] > 0.7 and drawing["fill"][1] < 0.2
    ]
    assert len(red) == 4
    assert all(rect.width > (156 + 10) * MM for rect in red)


@on_paper
@pytest.mark.slow
def test_nothing_leaves_the_text_block() -> None:
    for one in (notice(), notice(Ground.MISSING, missing(30)), notice(kind="party")):
        letter = one.series == "letter"
        for page in opened(document.render(one)):
            for x0, y0, x1, y1, word, *_rest in page.get_text("words"):
                assert LEFT - 1 < x0 < x1 < RIGHT + 1, word
                assert y0 > (TOP - 30 if letter else TOP) - 14 * MM, word
                assert y1 < BOTTOM + 1 or y1 > BOTTOM + 7 * MM, word  # below stands the page's number


@on_paper
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["department", "central"])
def test_there_is_room_for_the_seal(kind: str) -> None:
    """A seal of 42 mm, in the middle over signature and date, these a little under its own middle: nothing else is
    printed under it, and its top comes within a line of the text."""
    page = opened(document.render(notice(kind=kind)))[0]
    words = page.get_text("words")
    days = [word for word in words if word[4].startswith("2017年7月5日") and "印发" not in word[4]]
    day = max((word for word in days if word[0] > LEFT + 150), key=lambda word: word[1])
    middle = (day[0] + day[2]) / 2
    signature = max(
        (word for word in words if OFFICE in word[4] and word[3] < day[3]), key=lambda word: word[1]
    )
    assert (signature[0] + signature[2]) / 2 == pytest.approx(middle, abs=2)
    bottom = day[3] + 6
    seal = pymupdf.Rect(middle - 21 * MM, bottom - 42 * MM, middle + 21 * MM, bottom)
    under = {word[4] for word in words if seal.intersects(pymupdf.Rect(word[:4]))}
    assert under == {signature[4], day[4]}
    assert seal.x1 < RIGHT - 2
    above = max(word[3] for word in words if word[3] <= signature[1])
    assert seal.y0 - above < 28.98 + 1


@on_paper
@pytest.mark.slow
def test_a_list_of_missing_returns_follows_as_an_annex_with_every_one() -> None:
    made = document.render(notice(Ground.MISSING, missing(30)))
    text = text_of(made)
    assert "附件：2017年第一季度逾期未报清单" in text
    assert text.count("2017年4月10日") == 30
    assert all(f"推进第{n}项工作" in text for n in range(1, 31))
    assert made.pages > 1


@on_paper
@pytest.mark.slow
def test_the_imprint_stands_in_one_line_at_the_foot_of_the_last_page() -> None:
    last = opened(document.render(notice(issued_at=make.moment("2017-12-28 10:00"))))[-1]
    words = last.get_text("words")
    (day,) = [word for word in words if word[4] == "2017年12月28日印发"]
    (office,) = [word for word in words if word[4] == OFFICE and abs(word[1] - day[1]) < 2]
    assert office[0] < day[0]
    assert BOTTOM - 30 < day[1] < day[3] < BOTTOM + 1


@on_paper
@pytest.mark.slow
def test_hostile_and_long_words_are_printed_as_words() -> None:
    text = "\n".join(
        ["<script>alert(1)</script> & “引号”", "=1+1", "字" * 3000, "emoji \U0001f600 \u202e反写"]
    )
    made = document.render(notice(text=text, title="<b>标题</b>"))
    said = text_of(made)
    assert "<script>alert(1)</script>" in said
    assert "<b>标题</b>" in said
    assert said.count("字") >= 3000
    assert made.pages > 3


@on_paper
@pytest.mark.slow
@pytest.mark.usefixtures("fresh_pdfs")
def test_the_same_notice_is_the_same_bytes_and_carries_its_facts() -> None:
    first, second = document.render(notice()), document.render(notice())
    assert (first.pdf, first.sha256) == (second.pdf, second.sha256)
    (attached,) = pypdf.PdfReader(io.BytesIO(first.pdf)).attachments.values()
    content = json.loads(attached[0])
    assert (content["doc_number"], content["facts"]) == ("督〔2017〕3号", RED)


@on_paper
@pytest.mark.slow
def test_a_page_is_drawn_in_red_and_black_and_without_a_missing_glyph() -> None:
    page = opened(document.render(notice()))[0]
    pixels = page.get_pixmap(dpi=50)
    colours = {pixels.pixel(x, y) for x in range(0, pixels.width, 2) for y in range(0, pixels.height, 2)}
    assert any(red > 180 and green < 90 for red, green, _blue in colours)
    assert any(max(colour) < 90 for colour in colours)
    assert "\ufffd" not in page.get_text()
