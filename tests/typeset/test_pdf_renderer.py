"""Rendering: what it refuses, what it fetches, how a document ends, and that documents do not affect each other."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

import pymupdf
import pypdf
import pytest
import tinycss2
from django.conf import settings

from reports.briefs import render as briefs
from reports.supervision import document as notices
from reports.typeset import fonts, pdf_renderer
from reports.typeset.weasyprint_patches.speed import paragraph_shaping, shared_styles

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("prepared_fonts", "fresh_pdfs")]

META = pdf_renderer.DocumentMeta(
    "标题", "单位", "说明", datetime(2017, 5, 8, 18, 0, tzinfo=timezone(timedelta(hours=8)))
)


def page(body: str) -> str:
    return f'<!DOCTYPE html><html lang="zh-CN"><head><title>x</title></head><body>{body}</body></html>'


def pdf(body: str, **options: Any) -> pdf_renderer.RenderedPdf:
    return pdf_renderer.render_pdf(page(body), meta=META, sheets=("typeset/official.css",), **options)


SAMPLE = (
    "<h1>标题</h1><h2>一、总体情况</h2>"
    + "<p>“十三五”以来，32项主要任务中，正常16项（50%）；<span class='run'>其中</span>滞后4项，详见附件。</p>"
    * 8
    + "<table class='data'><caption>表1　样表</caption><colgroup><col style='width: 60pt'/><col/><col/></colgroup>"
    "<thead><tr><th scope='col' class='text'>任务组</th><th scope='col'>应报</th><th scope='col'>已报</th></tr></thead>"
    "<tbody><tr class='band'><th colspan='3' scope='colgroup' class='text'>甲组</th></tr>"
    + "<tr><th scope='row' class='text'>完善制造业创新体系</th><td>12</td><td>11<br/><small>未核</small></td></tr>"
    * 40
    + "<tr class='sum'><th scope='row' class='text'>合计</th><td>480</td><td>440</td></tr></tbody></table>"
    "<p>以上。</p>"
)


def test_missing_glyph_stops_rendering() -> None:
    with pytest.raises(pdf_renderer.TypesetError, match="没有字形"):
        pdf("<p>缺\U000f1234字</p>")


def test_missing_glyph_in_a_chart_stops_rendering() -> None:
    with pytest.raises(pdf_renderer.TypesetError, match="没有字形"):
        pdf(
            '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><title>x</title>'
            '<text x="1" y="9">缺\U000f1234</text></svg>'
        )


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:9/x.png", "file:///etc/passwd", "data:image/png;base64,AAAA"]
)
def test_nothing_is_fetched_but_our_fonts(address: str) -> None:
    with pytest.raises(pdf_renderer.TypesetError, match="不得引用外部文件"):
        pdf(f'<p>字</p><img alt="x" src="{address}"/>')


def test_controls_that_no_xml_may_hold_do_not_stop_rendering() -> None:
    done = pdf("<p>红\x00\x1b字\ufffe</p>")
    assert pymupdf.open(stream=done.pdf, filetype="pdf")[0].get_text().startswith("红字")


def test_attached_file_travels_inside_unchanged() -> None:
    import io

    done = pdf("<p>字</p>", attachments=(pdf_renderer.Attachment("data.json", "数据", b"{}"),))
    assert pypdf.PdfReader(io.BytesIO(done.pdf)).attachments == {"data.json": [b"{}"]}


@pytest.mark.parametrize(
    ("lines", "pages", "last"),
    [
        (5, 2, "证明版记"),  # after an odd page, on the even one that follows
        (30, 2, "字" * 8 + "证明版记"),  # on an even page with room for it
        (42, 4, "版记"),  # after an even page that is full, on the second of two
    ],
)
def test_document_ends_on_an_even_page(lines: int, pages: int, last: str) -> None:
    def ending(count: int, apart: bool) -> str:
        proof, imprint = "<p>证明</p>", "<p>版记</p>"
        first = f"<section class='sheet'>{proof}</section>" if apart else ""
        foot = f"<div class='foot'>{'' if apart else proof}{imprint}</div>"
        return page(f"{first}<section class='sheet'>{foot}</section>")

    done = pdf_renderer.render_pdf(
        page("<p>字</p>" * lines), meta=META, sheets=("typeset/official.css",), ending=ending
    )
    document = pymupdf.open(stream=done.pdf, filetype="pdf")
    assert (done.pages, len(document)) == (pages, pages)
    block = pymupdf.Rect(0, 36 * 72 / 25.4, 600, 263 * 72 / 25.4)
    assert "".join(document[-1].get_text(clip=block).split()) == last
    assert all(one.get_text(clip=block).strip() for one in document)  # none is blank
    foot = next(word for word in document[-1].get_text("words") if word[4] == "版记")
    assert foot[3] == pytest.approx((37 + 225) * 72 / 25.4, abs=8)


def test_missing_sheet_is_an_error_in_a_sentence() -> None:
    with pytest.raises(pdf_renderer.TypesetError, match=r"找不到样式文件 typeset/none\.css"):
        pdf_renderer.render_pdf(page("<p>字</p>"), meta=META, sheets=("typeset/none.css",))


def test_missing_library_is_an_error_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.text import ffi

    assert pdf_renderer.installation_problems() == []
    monkeypatch.setattr(ffi, "harfbuzz_subset", None)
    assert pdf_renderer.installation_problems() == [
        "缺少系统库 libharfbuzz-subset0，没有它排版要慢数倍，请先安装。"
    ]
    with pytest.raises(pdf_renderer.TypesetError, match="libharfbuzz-subset0"):
        pdf("<p>字</p>")


def test_fonts_that_are_not_prepared_are_an_error_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(settings, "FONT_CACHE_DIR", tmp_path)
    assert pdf_renderer.installation_problems() == ["简报字体尚未准备，请先运行 manage.py prepare_fonts。"]
    with pytest.raises(pdf_renderer.TypesetError, match="prepare_fonts"):
        pdf("<p>字</p>")
    with pytest.raises(fonts.FontsNotReady):
        fonts.load()


# -- one document after another -----------------------------------------------------------------------------


def test_a_document_is_the_same_whatever_was_rendered_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    alone = pdf(SAMPLE).pdf
    others = (
        SAMPLE.replace("width: 60pt", "width: 90pt").replace("<h2>", "<h2 id='there'>").replace("run", "x")
    )
    assert pdf(others).pdf != alone
    assert pdf(SAMPLE).pdf == alone
    monkeypatch.setattr(shared_styles, "_MOST", 1)  # all styles are freed between documents
    assert pdf(SAMPLE).pdf == alone


@pytest.mark.full
def test_styles_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_styles, "_MOST", 300)
    for number in range(40):
        pdf("".join(f"<p id='p{number}-{one}'>字</p>" for one in range(20)))
        assert sum(shape.size() for shape in shared_styles._roots.values()) < 300 + 100


def test_nothing_of_a_document_is_kept_but_styles() -> None:
    pdf(SAMPLE)
    assert paragraph_shaping._styles == {}


def test_selectors_of_our_sheets_ask_for_nothing_but_what_a_shape_holds() -> None:
    part = r"(?:[a-z][a-z0-9]*|\*)?(?:\.[a-z-]+)*"
    asked = re.compile(rf"{part}(?: (?:> )?{part}(?: \+ {part})?)*(?::last-child)?(?:::[a-z]+)?")
    sheets = {"typeset/base.css", *briefs.SHEETS, *notices.SHEETS}
    selectors = [selector for sheet in sheets for selector in _selectors(pdf_renderer._static(sheet))]
    assert len(selectors) > 100
    assert [selector for selector in selectors if not asked.fullmatch(selector)] == []


def _selectors(sheet: str) -> Iterator[str]:
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    for rule in (one for one in rules if one.type == "qualified-rule"):
        yield from (" ".join(one.split()) for one in tinycss2.serialize(rule.prelude).split(","))
