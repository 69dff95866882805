"""The pages themselves: measured, read back and rasterised by other programs than the one that set them."""

import hashlib
import io
import json
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import outloud
import pdfua
import pymupdf
import pypdf
import pytest
from django.conf import settings

from reports.briefs.render import Rendered, render
from reports.typeset import fonts
from tests.briefs import example

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_fonts")]

MM = 72 / 25.4
LEFT, TOP, RIGHT, BOTTOM = 28 * MM, 37 * MM, (28 + 156) * MM, (37 + 225) * MM
PITCH = 28.98
CLOSING = set("、。，．：；！？）〕】》」』〉”’%")
OPENING = set("（〔【《「『〈“‘")


@lru_cache(maxsize=1)
def issued() -> Rendered:
    return render(example.frozen(), example.ISSUED)


def opened(done: Rendered) -> pymupdf.Document:
    return pymupdf.open(stream=done.pdf, filetype="pdf")


def lines(page: pymupdf.Page, size: float = 16) -> list[list[dict[str, Any]]]:
    """The page's lines of characters of one size, each from left to right."""
    found: dict[int, list[dict[str, Any]]] = {}
    for block in page.get_text("rawdict")["blocks"]:
        for line in block.get("lines", ()):
            for span in line["spans"]:
                if abs(span["size"] - size) < 0.1:
                    for char in span["chars"]:
                        if TOP - 1 < char["origin"][1] < BOTTOM + 1:
                            found.setdefault(round(char["origin"][1]), []).append(char)
    return [sorted(found[y], key=lambda char: char["origin"][0]) for y in sorted(found)]


def text_of(done: Rendered) -> str:
    return "".join(page.get_text() for page in opened(done))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# -- the page of GB/T 9704 ----------------------------------------------------------------------------------


def test_page_is_a4_and_nothing_leaves_the_text_block() -> None:
    for page in opened(issued()):
        assert (page.rect.width / MM, page.rect.height / MM) == pytest.approx((210, 297), abs=0.1)
        for x0, _y0, x1, y1, *_rest in page.get_text("words"):
            assert x0 > LEFT - 1, page.number
            assert x1 < RIGHT + 1, page.number
            # Under the text block stands the page number alone.
            assert y1 < BOTTOM + 1 or y1 > BOTTOM + 7 * MM, page.number


def test_full_lines_end_at_the_right_edge() -> None:
    measured = 0
    for page in opened(issued()):
        rows = lines(page)
        for row, below in pairwise(rows):
            pitch = below[0]["origin"][1] - row[0]["origin"][1]
            continues = abs(below[0]["origin"][0] - LEFT) < 1 and abs(pitch - PITCH) < 0.5
            if continues and row[0]["origin"][0] < LEFT + 33:
                # A closing mark may be set to half its em at the end of a line.
                edge = max(char["bbox"][2] for char in row)
                assert RIGHT - edge < 0.6 or row[-1]["c"] in CLOSING, "".join(char["c"] for char in row)
                assert edge < RIGHT + 0.6
                measured += 1
    assert measured > 200


def test_full_page_of_text_has_22_lines_of_28_characters() -> None:
    said = example.with_texts(example.small(), done="青海省制造强省建设" * 200)
    rows = max((lines(page) for page in opened(render(example.frozen(said), example.ISSUED))), key=len)
    assert len(rows) == 22
    assert {len(row) for row in rows[:-1]} == {28}
    pitches = [below[0]["origin"][1] - row[0]["origin"][1] for row, below in pairwise(rows)]
    assert pitches == pytest.approx([PITCH] * 21, abs=0.1)


def test_no_closing_mark_begins_a_line_and_no_opening_mark_ends_one() -> None:
    for page in opened(issued()):
        for row in lines(page):
            assert row[0]["c"] not in CLOSING, "".join(char["c"] for char in row)
            assert row[-1]["c"] not in OPENING, "".join(char["c"] for char in row)


def test_number_is_not_parted_from_its_measure_word_in_our_sentences() -> None:
    rows = [row for page in opened(issued()).pages(0, 5) for row in lines(page)]
    for row, below in pairwise(rows):
        assert not (row[-1]["c"].isdigit() and below[0]["c"] in "项个件家"), "".join(
            char["c"] for char in row
        )


def test_page_numbers_stand_at_the_outer_corners() -> None:
    for number, page in enumerate(opened(issued()), 1):
        foot = page.get_text(
            "words", clip=pymupdf.Rect(0, BOTTOM + 5 * MM, page.rect.width, page.rect.height)
        )
        assert " ".join(word[4] for word in foot) == f"— {number} —"
        middle = (foot[0][0] + foot[-1][2]) / 2
        assert (middle > page.rect.width / 2) == (number % 2 == 1)


def test_a_person_s_name_in_the_imprint_is_not_broken() -> None:
    said = replace(example.ISSUED.imprint, drafted_by="欧阳建国", checked_by="司马文秀", signed_by="诸葛长明")
    done = render(example.frozen(example.small()), replace(example.ISSUED, imprint=said))
    rows = opened(done)[-1].get_text().splitlines()
    for words in ("拟稿：欧阳建国", "核稿：司马文秀", "签发：诸葛长明"):
        assert any(words in row for row in rows), words


def test_heading_is_never_the_last_line_of_a_page() -> None:
    for page in opened(issued()):
        rows = lines(page)
        last = "".join(char["c"] for char in rows[-1]) if rows else ""
        assert not re.match(r"^([一二三四五六七八九十]+、|（[一二三四五六七八九十]+）\w)", last), page.number


def test_last_page_is_even_and_carries_what_proves_the_brief() -> None:
    document = opened(issued())
    last = document[-1]
    assert len(document) % 2 == 0
    digest = hashlib.sha256(example.frozen()).hexdigest()
    said = squeezed(last.get_text())
    assert digest in said
    assert "7QK4-M2XT-VB9D" in said
    assert "http://localhost:8000/verify/7QK4M2XTVB9D/" in said
    # 版记 stands at the foot of the text block.
    assert max(word[3] for word in last.get_text("words") if word[3] < BOTTOM + 2) > BOTTOM - 24


@pytest.mark.parametrize("extra", [0, 700, 1400])
def test_number_of_pages_is_always_even(extra: int) -> None:
    said = example.with_texts(example.small(), done="长" * extra)
    document = opened(render(example.frozen(said), example.ISSUED))
    assert len(document) % 2 == 0
    assert "共印60份" in document[-1].get_text()
    assert all(squeezed(page.get_text(clip=pymupdf.Rect(0, TOP - 3, 600, BOTTOM + 3))) for page in document)


# -- what it says -------------------------------------------------------------------------------------------


def test_figures_read_back_from_the_pdf() -> None:
    figures = example.figures()
    said = squeezed(text_of(issued()))
    other_reader = pypdf.PdfReader(io.BytesIO(issued().pdf))
    assert squeezed(other_reader.pages[2].extract_text()) in said
    lights = figures.lights
    assert f"32项主要任务中，正常{lights.green}项、有风险{lights.yellow}项、滞后{lights.red}项" in said
    assert f"牵头汇总应报39件，已报{figures.lead.reported}件" in said
    assert f"（{figures.lead.on_time}/39）" in said
    assert f"配合填报应报{figures.co.due}件，已报{figures.co.reported}件" in said
    for task in figures.tasks:
        assert squeezed(task.heading.replace("(", "（").replace(")", "）")) in said, task.ref


def test_every_page_is_marked_as_sample_data() -> None:
    for page in opened(issued()):
        head = squeezed(page.get_text(clip=pymupdf.Rect(0, 0, page.rect.width, TOP)))
        assert head == "内部资料示例数据"


def test_draft_is_marked_on_every_page_and_has_no_code() -> None:
    document = opened(render(example.frozen(example.small(), is_sample=False), example.DRAFT))
    for page in document:
        head = squeezed(page.get_text(clip=pymupdf.Rect(0, 0, page.rect.width, TOP)))
        assert head == "内部资料草稿"
    said = squeezed("".join(page.get_text() for page in document))
    assert "草稿未编期号" in said
    assert "本件为草稿，未经签发，没有核验码。" in said
    assert "核验网址" not in said
    assert "示例数据" not in said


def test_issued_one_has_its_number_and_no_draft_mark() -> None:
    said = squeezed(text_of(issued()))
    assert "2017年第3期" in said
    assert "草稿" not in said
    assert "第2版" not in said
    stamp = example.ISSUED.stamp
    assert stamp is not None
    again = render(example.frozen(example.small()), replace(example.ISSUED, stamp=replace(stamp, edition=2)))
    assert "2017年第3期（总第7期）第2版" in squeezed(text_of(again))


def test_properties_language_bookmarks_and_tags() -> None:
    reader = pypdf.PdfReader(io.BytesIO(issued().pdf))
    about = reader.metadata
    assert about is not None
    assert about.title == "《中国制造2025青海行动方案》2017年第一季度实施情况"
    assert about.author == example.OFFICE
    assert about["/CreationDate"] == about["/ModDate"]
    assert str(about["/CreationDate"]).startswith("D:20170508180000+08")
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    titles = [entry.title for entry in reader.outline if not isinstance(entry, list)]
    assert titles[0] == about.title
    assert b"pdfuaid:part" in reader.trailer["/Root"]["/Metadata"].get_data()


def test_charts_have_a_text_alternative() -> None:
    document = opened(issued())
    alternatives = [
        document.xref_get_key(number, "Alt")[1]
        for number in range(1, document.xref_length())
        if document.xref_get_key(number, "S")[1] == "/Figure"
    ]
    # One for each group and the safeguards; the small bars repeat what stands beside them in their row.
    assert len(alternatives) == 9 + 1 + 1
    assert alternatives[0] == "4项中，有风险1项、滞后1项、已完成1项，1项未报。"
    assert alternatives[-1] == "核验二维码"


@pytest.mark.few(1)
@pytest.mark.parametrize("kind", ["whole", "small"])
def test_accessibility_checkers_find_nothing(kind: str, tmp_path: Path) -> None:
    """PDF/UA-1 as far as two checkers know it; veraPDF is not among them."""
    done = issued() if kind == "whole" else render(example.frozen(example.small()), example.DRAFT)
    path = tmp_path / "brief.pdf"
    path.write_bytes(done.pdf)
    # TBL-010 takes a table of a single row for one whose cells were torn apart.
    outloud_said = outloud.check(str(path), skip=["TBL-010"] if kind == "small" else None)
    assert [str(finding) for finding in outloud_said.findings if finding.severity != "info"] == []
    assert outloud_said.verdict == "pass"
    report = pdfua.validate(path)
    assert [str(finding) for finding in report.findings] == []


def test_table_is_one_table_however_many_pages_it_spans() -> None:
    document = opened(issued())
    kinds = Counter(
        document.xref_get_key(number, "S")[1]
        for number in range(1, document.xref_length())
        if document.xref_get_key(number, "Type")[1] == "/StructElem"
    )
    captions = sum(page.get_text().count("状态有变化的任务") for page in document)
    assert captions == 1
    # The strip, five tables of the text, and three in the annexes.
    assert (kinds["/Table"], kinds["/THead"]) == (9, 9)


def test_tables_repeat_their_heads() -> None:
    pages = [squeezed(page.get_text()) for page in opened(issued())]
    annex = [text for text in pages if "编号任务牵头单位自评核定报送" in text]
    assert len(annex) == 2


def test_no_page_of_running_text_ends_in_white() -> None:
    document = opened(issued())
    ends = []
    for page in document.pages(0, len(document) - 1):
        below = document[page.number + 1]
        begins_anew = squeezed(below.get_text(clip=pymupdf.Rect(0, TOP - 3, 600, TOP + 90)))
        # An annex begins on a page of its own, and the last page has nothing but the foot.
        if begins_anew and not re.match(r"附件\d", begins_anew):
            ends.append(max(word[3] for word in page.get_text("words") if word[3] < BOTTOM + 2))
    assert len(ends) > 25
    # Three lines are what a heading with two lines of its text needs; a table adds its caption, head and first row.
    assert min(ends) > BOTTOM - 4.5 * PITCH


def test_contents_lead_to_the_pages_they_name() -> None:
    document = opened(issued())
    first = document[0]
    told = dict(
        re.findall(r"([一二三四五六七八九十]+)、[^·\d]+·+\s*(\d+)", first.get_text().replace("\n", ""))
    )
    assert len(told) == 10
    for numeral, number in told.items():
        assert re.search(rf"^{numeral}、", document[int(number) - 1].get_text(), re.MULTILINE), numeral
    targets = {link["page"] + 1 for link in first.get_links()}
    assert {int(number) for number in told.values()} <= targets


def test_figures_travel_inside_unchanged() -> None:
    content = example.frozen()
    reader = pypdf.PdfReader(io.BytesIO(issued().pdf))
    assert reader.attachments == {"figures.json": [content]}
    assert json.loads(content)["quarter"] == "2017Q1"


# -- fonts --------------------------------------------------------------------------------------------------


def embedded(done: Rendered) -> set[str]:
    return {font[3].split("+", 1)[-1] for page in opened(done) for font in page.get_fonts()}


def of_the_package() -> set[str]:
    """The two faces of the package: without signs and rare names, no further face is embedded."""
    families = {face.family for face in fonts.load().faces}
    return {family for family in families if "NotoSansSC" in family or "NotoSerifSC" in family}


def test_every_embedded_font_is_ours() -> None:
    assert len(of_the_package()) == 2
    assert embedded(issued()) == of_the_package()


def test_every_chinese_character_leaves_ink() -> None:
    """No blank and no box where a character should be, in a reader that takes glyph ids literally."""
    document = opened(issued())
    zoom = 3
    seen: dict[tuple[str, str], bytes] = {}
    for number in (0, 1, 5, len(document) - 1):
        page = document[number]
        picture = page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom), colorspace=pymupdf.csGRAY)
        width, samples = picture.width, picture.samples
        for block in page.get_text("rawdict")["blocks"]:
            for span in (span for line in block.get("lines", ()) for span in line["spans"]):
                for char in span["chars"]:
                    if "一" <= char["c"] <= "鿿":
                        x0, y0, x1, y1 = (round(value * zoom) for value in char["bbox"])
                        rows = [samples[y * width + x0 : y * width + x1] for y in range(y0, y1)]
                        assert min(min(row) for row in rows) < 150, char["c"]
                        if span["size"] > 20:
                            seen[char["c"], span["font"]] = b"".join(rows)
    assert len(seen) > 15
    assert len(set(seen.values())) == len(seen)  # the same box for all would be one picture


# -- what agencies may write --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (
            "<script>alert(1)</script><b>粗</b>&amp;{{ x }}{% now %}",
            "<script>alert(1)</script><b>粗</b>&amp;{{x}}{%now%}",
        ),
        ("进度\u202e反向\u202c，\u2067完成", "进度反向，完成"),
        ("已竣工😀🏗️，进展👍🏽顺利", "已竣工〓，进展〓顺利"),
        ("张堃、李喆、王昇、赵祎、䶮某、㛃某、𬭎某", "张堃、李喆、王昇、赵祎、䶮某、㛃某、𬭎某"),
        ("̴̵z̶a̷lgo文", "zalgo文"),
        ("无" * 10_000, "无" * 10_000),
        ("A" * 5_000, "A" * 5_000),
        ("http://10.0.0.1/x.png " * 30, "http://10.0.0.1/x.png" * 29),
        ("\x00\x1b[31m红", "[31m红"),
    ],
    ids=["markup", "direction", "emoji", "rare", "combining", "long", "unbroken", "addresses", "controls"],
)
def test_hostile_text_is_printed_as_text(written: str, printed: str) -> None:
    said = example.with_texts(example.small(), done=written, problems=(("资金", written[:40]),))
    done = render(example.frozen(said), example.ISSUED)
    for page in opened(done):
        assert all(word[2] < RIGHT + 1 for word in page.get_text("words"))
    body = squeezed(
        "".join(page.get_text(clip=pymupdf.Rect(0, TOP - 3, 600, BOTTOM + 3)) for page in opened(done))
    )
    assert printed in re.sub(
        "[\u0300-\u036f]", "", body
    )  # marks above and below are drawn where a face has them
    assert ("“〓”表示填报内容中无法印刷的字符" in body) == ("〓" in printed)
    ours = {face.family for face in fonts.load().faces}
    assert of_the_package() <= embedded(done) <= ours
    if not re.search("[\u0300-\u036f]", written):  # such marks are a further face's
        assert embedded(done) == of_the_package()


# -- the same bytes -----------------------------------------------------------------------------------------

_IN_ANOTHER_PROCESS = """
import django, hashlib; django.setup()
from reports.briefs.render import render
from tasks.wording import speaking
from tests.briefs import example
with speaking(example.WORDING): print(hashlib.sha256(render(example.frozen(example.small()), example.ISSUED).pdf).hexdigest())
"""


@pytest.mark.usefixtures("fresh_pdfs")
def test_bytes_are_the_same_in_any_process_and_at_any_time() -> None:
    found = set()
    for seed, zone in (("0", "UTC"), ("1", "America/New_York")):
        env = os.environ | {
            "PYTHONHASHSEED": seed,
            "TZ": zone,
            "QHPLAN_MODE": "test",
            "DJANGO_SETTINGS_MODULE": "qhplan.settings",
        }
        said = subprocess.run(
            [sys.executable, "-c", _IN_ANOTHER_PROCESS],
            env=env,
            cwd=settings.BASE_DIR,
            check=True,
            capture_output=True,
        )
        found.add(said.stdout.decode().split()[-1])
    assert found == {render(example.frozen(example.small()), example.ISSUED).sha256}


def test_other_figures_are_other_bytes() -> None:
    other = example.with_texts(example.small(), done="另一句话。")
    first, second = (render(example.frozen(one), example.ISSUED).sha256 for one in (example.small(), other))
    assert first != second
