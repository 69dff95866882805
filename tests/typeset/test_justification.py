"""Lines break where WeasyPrint breaks them; that they are flush is measured in the PDF."""

import random
from itertools import pairwise
from typing import Any

import pymupdf
import pytest

from reports.typeset.weasyprint_patches import justification
from reports.typeset.weasyprint_patches.speed import paragraph_shaping
from tests.typeset.test_pdf_renderer import pdf

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_fonts", "fresh_pdfs")]

MM = 72 / 25.4
LEFT, RIGHT = 28 * MM, (28 + 156) * MM


@pytest.fixture(scope="module")
def style() -> Any:
    """The computed style of a paragraph, and a text box's."""
    import os

    from reports.typeset import pdf_renderer

    process = os.getpid()
    faces = pdf_renderer._faces(process)
    document = pdf_renderer._layout(
        '<html lang="zh-CN"><head><title>x</title></head><body><p>字</p></body></html>',
        faces,
        [pdf_renderer._sheet(process, "typeset/official.css")],
    )
    (box,) = [box for box in document.pages[0]._page_box.descendants() if type(box).__name__ == "TextBox"][:1]
    return box.style


def broken(split: Any, text: str, style: Any, widths: list[float]) -> list[str]:
    """The lines of the text, by a function that gives one line at a time."""
    found: list[str] = []
    while text:
        width = widths[min(len(found), len(widths) - 1)]
        layout, _length, resume_at, _width, _height, _baseline = split(text, style, None, width, 0)
        found.append(layout.text.rstrip(" "))
        if resume_at is None:
            return found
        text = text.encode()[resume_at:].decode()
        text = text.lstrip(" ")
    return found


WORDS = [
    "青海省", "制造强省", "《行动方案》", "“十三五”", "——", "……", "2017年", "12.5%", "94.9%（37/39）", "3,200万元", "工业互联网",
    "IPv6", "GDP", "Industry 4.0", "完成", "推进", "三（一）1", "率", "的", "5G", "（资金）", "http://10.0.0.1/x",
]  # fmt: skip
MARKS = ["", "", "", "，", "、", "。", "；", "：", "！", " "]


def test_lines_break_where_weasyprint_breaks_them(style: Any) -> None:
    chance = random.Random(2017)
    for _ in range(150):
        words = chance.choices(WORDS, k=chance.randint(1, 60))
        text = "".join(word + chance.choice(MARKS) for word in words).strip()
        widths = [chance.choice([60.0, 200.0, 547.5, 589.6]), chance.choice([205.6, 589.6])]
        theirs = broken(paragraph_shaping._original_split_first_line, text, style, widths)
        assert broken(paragraph_shaping._split_first_line, text, style, widths) == theirs, text


def test_gaps_are_between_characters_and_never_inside_a_word_or_a_dash() -> None:
    assert justification.gaps_of("约GDP的5%——好") == [
        True,
        False,
        False,
        True,
        True,
        False,
        True,
        False,
        True,
    ]


def rows(done: Any, number: int = 0) -> list[list[dict[str, Any]]]:
    page = pymupdf.open(stream=done.pdf, filetype="pdf")[number]
    found: dict[int, list[dict[str, Any]]] = {}
    for block in page.get_text("rawdict")["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                if abs(span["size"] - 16) < 0.1:
                    for char in span["chars"]:
                        found.setdefault(round(char["origin"][1]), []).append(char)
    return [sorted(found[y], key=lambda char: char["origin"][0]) for y in sorted(found)]


def test_number_keeps_its_measure_word_and_a_bracket_its_number() -> None:
    for count in range(20, 30):
        done = pdf(f"<p>{'字' * count}共有3,200万元和94.9%（37/39），{'字' * 18}1.（资金）见三（一）12。</p>")
        for row, below in pairwise(rows(done)):
            end, start = row[-1]["c"], below[0]["c"]
            assert not (end.isdigit() and start in "万元%"), count
            assert (end, start) not in {("7", "/"), ("/", "3"), (".", "（"), ("三", "（"), ("）", "1")}, count


def test_no_line_is_spread_wide_before_a_percentage_with_its_ratio() -> None:
    for count in range(14, 30):
        done = pdf(f"<p>{'字' * count}达到94.9%（37/39），{'字' * 40}</p>")
        for row in rows(done)[:-1]:
            gaps = [right["origin"][0] - left["bbox"][2] for left, right in pairwise(row)]
            assert max(gaps) < 0.2 * 16, count
            assert min(gaps) > -0.55 * 16, count  # but for marks that share an em, nothing overlaps
            assert row[-1]["c"] in "，。" or RIGHT - row[-1]["bbox"][2] < 0.6, count
        with pymupdf.open(stream=done.pdf, filetype="pdf") as document:
            text = "".join(page.get_text() for page in document)
            assert "94.9%（37/39）" in text.replace("\n", "")
            assert "\u200b" not in text


def test_words_and_numbers_are_not_torn_apart_by_justification() -> None:
    done = pdf("<p>" + "中国制造2025青海行动方案与IPv6的对接，" * 12 + "</p>")
    full = rows(done)[1:-1]
    assert len(full) > 5
    for row in full:
        assert RIGHT - row[-1]["bbox"][2] < 0.6 or row[-1]["c"] in "，。"
        for left, right in pairwise(row):
            if left["c"].isascii() and right["c"].isascii():
                # Inside of a word nothing is added: the pen stands where the last letter ended, but for the tracking.
                assert abs(right["origin"][0] - left["bbox"][2] + 0.215) < 0.1, left["c"] + right["c"]


def test_text_of_several_faces_is_flush_too() -> None:
    done = pdf("<p>" + "<span class='run'>进展情况：</span>全省规模以上工业增加值同比增长，" * 12 + "</p>")
    for row in rows(done)[1:-1]:
        assert RIGHT - row[-1]["bbox"][2] < 0.6 or row[-1]["c"] in "，："
        assert row[0]["origin"][0] == pytest.approx(LEFT, abs=0.3)


def test_line_of_one_long_word_is_left_short_rather_than_torn() -> None:
    done = pdf(f"<p>见{'x' * 60}与{'y' * 60}和{'z' * 30}</p>")
    for row in rows(done):
        gaps = [right["origin"][0] - left["bbox"][2] for left, right in pairwise(row)]
        assert max(gaps, default=0) < 0.5 * 16 + 0.5
