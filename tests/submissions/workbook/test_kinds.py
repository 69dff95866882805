"""Figures that are no plain numbers, and those of earlier quarters, out and in again."""

import pytest

from tasks.indicators.values import IndicatorKind
from tasks.submissions.workbook.preview import confirmed
from tasks.submissions.workbook.values import Shape, fingerprint, shapes_of, shapes_text
from tasks.workbooks.manifest import Key
from tests import factories as make
from tests.submissions.workbook.conftest import Book, Desk
from tests.submissions.workbook.test_round_trip import keep


def typed(desk: Desk, book: Book) -> dict[str, dict[str, str]]:
    """What the upload would keep of the figures."""
    preview = desk.examine(book)
    assert preview.problems == []
    (draft,) = confirmed(preview.signed)
    return {key: dict(parts) for key, parts in draft.figures.items()}


@pytest.mark.slow
def test_yes_and_words_and_preliminary_arrive(desk: Desk) -> None:
    built = make.indicator(desk.plan, desk.lead, kind=IndicatorKind.YES_NO)
    words = make.indicator(desk.plan, desk.lead, kind=IndicatorKind.QUALITATIVE)
    book = desk.book()
    book.figure(built.slug, "value").value = "是"
    book.figure(words.slug, "value").value = "试运行"
    book.figure(desk.amount.slug, "value").value = 12
    book.figure(desk.amount.slug, "preliminary").value = "是"
    assert typed(desk, book) == {
        desk.amount.slug: {"value": "12", "preliminary": "是"},
        built.slug: {"value": "是"},
        words.slug: {"text": "试运行"},
    }


@pytest.mark.slow
def test_a_round_trip_of_every_kind_changes_nothing(desk: Desk) -> None:
    built = make.indicator(desk.plan, desk.lead, kind=IndicatorKind.YES_NO)
    words = make.indicator(desk.plan, desk.lead, kind=IndicatorKind.QUALITATIVE)
    keep(
        desk,
        light="green",
        figures={
            built.slug: {"value": "1"},
            words.slug: {"text": "=1+1", "reason": "据调度会"},
            desk.amount.slug: {"value": "12", "preliminary": "1"},
        },
    )
    preview = desk.examine(desk.download())
    assert (preview.changes, preview.problems, preview.same) == ([], [], 2)
    # Typed again in another way it is still the same.
    book = desk.book()
    book.figure(built.slug, "value").value = "yes"
    assert desk.examine(book).changes == []


def test_neither_yes_nor_no_is_named_on_its_cell(desk: Desk) -> None:
    built = make.indicator(desk.plan, desk.lead, kind=IndicatorKind.YES_NO)
    book = desk.book()
    book.figure(built.slug, "value").value = "也许"
    book.figure(built.slug, "preliminary").value = "大概"
    assert [problem.message for problem in desk.examine(book).problems] == [
        "“也许”无法识别，请填“是”或“否”。",
        "“大概”无法识别，请填“是”，或留空。",
    ]


@pytest.mark.slow
def test_an_earlier_quarter_has_a_row_of_its_own(desk: Desk) -> None:
    before = make.version(desk.lead, desk.agency, "2016Q4")
    make.figure(before, desk.amount, 12, preliminary=True)
    book = desk.book()
    key = f"{desk.amount.slug}@2016Q4"
    assert (book.figure(key, "name").value, book.figure(key, "last").value) == (
        f"{desk.amount.name}（2016年第四季度）",
        "12",
    )
    book.figure(key, "value").value = 13
    assert typed(desk, book) == {key: {"value": "13"}}


def test_workbooks_that_were_handed_out_before_are_known_again() -> None:
    assert fingerprint(["绿 正常", "12"], [("b", ["2"]), ("a", ["1", ""])]) == "51afd1cb17efabe5"
    shapes = {"a": Shape.NUMBER, "b@2016Q4": Shape.RATIO, "c": Shape.YES_NO, "d": Shape.TEXT}
    assert shapes_text(shapes) == "a b@2016Q4/ c? d~"
    assert shapes_of(Key("r", "一", None, "", (shapes_text(shapes),))) == shapes
    assert shapes_of(Key("r", "一", None, "")) == {}
