"""PDFs with a text layer: paragraphs, and what stands at the edges of pages."""

from tasks.plans.documents.extraction import extract
from tasks.plans.documents.values import Document, Reason
from tests.plans.documents.files import Printed, pdf, typeset

LONG = "推动制造业高质量发展，坚持创新驱动、质量为先、绿色发展、结构优化、人才为本，" * 12
TEXTS = [
    "一、总体要求",
    LONG,
    "（一）指导思想。" + LONG,
    "二、重点任务",
    "1.做强链主企业。" + LONG,
    "（省工业和信息化厅牵头）",
]


def read(*pages: list[Printed]) -> Document:
    return extract("方案.pdf", pdf(*pages))


def told(document: Document) -> list[tuple[Reason, str, str]]:
    return [(o.reason, o.text, str(o.place)) for o in document.omitted]


def test_lines_are_joined_into_paragraphs_over_pages() -> None:
    document = read(*typeset(*TEXTS))
    assert document.text.splitlines() == TEXTS
    assert document.omitted == ()
    assert [str(document.place(document.text.index(text))) for text in ("一、", "二、")] == [
        "第 1 页",
        "第 2 页",
    ]


def test_page_numbers_and_running_heads_are_left_out() -> None:
    pages = typeset(*TEXTS, *TEXTS)
    for number, page in enumerate(pages, 1):
        page.insert(0, ("××省人民政府公报　2024年第3期" if number % 2 else "××省人民政府文件", 240, 780, 12))
        page.append((f"— {number} —" if number != 2 else "2", 280, 43, 14))
    document = read(*pages)
    assert document.text.splitlines() == [*TEXTS, *TEXTS]
    assert told(document)[:2] == [
        (Reason.RUNNING_HEAD, "××省人民政府公报　2024年第3期", "第 1 页"),
        (Reason.PAGE_NUMBER, "— 1 —", "第 1 页"),
    ]
    assert [o.text for o in document.omitted if o.reason is Reason.PAGE_NUMBER][:3] == ["— 1 —", "2", "— 3 —"]


def test_footnotes_are_left_out_with_their_marks() -> None:
    [page] = typeset("一、总体要求", "到2025年，制造业增加值占地区生产总值比重", "达到30%以上，" * 40)
    page.append(("[1]", 475, 680, 8))  # raised behind the second line
    page += [("1 见《××省统计年鉴》，", 85, 90, 10), ("中国统计出版社。", 85, 76, 10), ("— 1 —", 280, 43, 14)]
    document = read(page)
    assert document.text.startswith("一、总体要求\n到2025年，制造业增加值占地区生产总值比重\n达到30%以上，")
    assert "年鉴" not in document.text
    assert [(o.reason, o.text) for o in document.omitted] == [
        (Reason.PAGE_NUMBER, "— 1 —"),
        (Reason.FOOTNOTE, "1 见《××省统计年鉴》，中国统计出版社。"),
    ]


def test_small_print_at_the_foot_without_a_mark_above_is_text() -> None:
    [page] = typeset("一、总体要求", "到2025年，" * 50)
    page += [("1 推进项目", 85, 90, 10), ("2 建设园区", 85, 76, 10)]
    document = read(page)
    assert document.omitted == ()
    assert document.text.splitlines()[-2:] == ["1 推进项目", "2 建设园区"]


def test_titles_keep_their_lines_and_a_row_of_a_table_stays_a_row() -> None:
    [page] = typeset("一、总体要求", "坚持创新驱动，" * 40)
    title = [("××省人民政府关于印发××省推动制造业高质", 100, 790, 22), ("量发展行动方案的通知", 180, 760, 22)]
    row = [("1", 85, 60, 16), ("建设项目库", 160, 60, 16), ("省发展改革委", 320, 60, 16)]
    lines = read([*title, *page, *row]).text.splitlines()
    assert lines[:2] == [text for text, *_place in title]
    assert lines[-1] == "1 建设项目库 省发展改革委"


def test_a_character_alone_on_its_line() -> None:
    texts = ["一、总体要求", "坚持创新驱动、质量为先、绿色发展、结构优化、人才为本不动摇。", "二、"]
    assert read(*typeset(*texts, "坚持创新驱动，" * 40)).text.splitlines()[:3] == texts


def test_quotation_marks_hold_what_is_beyond_them_and_a_hyphen_stays() -> None:
    lines = [
        "力争实现跨省业务协同，全面推进数字政府一体化建设，",  # had no room for 务“无 and its marks
        "务“无死角”监管，天然气管道途经崇明县并连接至五号沟再到崇明-",
        "五号沟，坚持创新驱动、质量为先、绿色发展、结构优化、人才。",
    ]
    page = [
        (text, 85.0, 700.0 - 28 * row, 16.0)
        for row, text in enumerate(["坚持创新驱动、质量为先、绿色发展、结构优化、人才为本向。"] * 6 + lines)
    ]
    assert "".join(lines) in read(page).text


def test_a_watermark_is_no_text() -> None:
    [page] = typeset("一、总体要求", "坚持创新驱动，" * 40)
    mark = "BT /F1 40 Tf 0.7 0.7 -0.7 0.7 200 300 Tm <51855b89> Tj ET\n"
    assert extract("方案.pdf", pdf(page, extra=mark)).text == read(page).text


def test_radicals_that_look_like_characters() -> None:
    assert read(typeset("⼀、总体要求", "⼆是坚持创新驱动，" * 9)[0]).text.startswith("一、总体要求\n二是")
