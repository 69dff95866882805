"""Cells as people and programs fill them: read as meant, with a note where that needs saying."""

from typing import Any

import pytest
from django.urls import reverse

from tasks.models import Submission
from tests.submissions.workbook.conftest import Desk

pytestmark = pytest.mark.slow

NOTHING = ["无", "无。", "暂无", "没有", "无问题", "/", "—", "-", "－"]


@pytest.mark.few(3)
@pytest.mark.parametrize("word", NOTHING)
def test_words_for_nothing_are_no_problem_and_no_matter(desk: Desk, word: str) -> None:
    book = desk.book().fill(
        desk.lead.code,
        light="绿 正常",
        done="做了",
        problem_text_1=word,
        problem_category_2="资金",
        problem_text_2=word,
        coordination=word,
        progress=word,
        no_progress="/",
    )
    preview = desk.examine(book)
    assert preview.problems == []
    value = preview.changes[0].value
    assert (value.problems, value.coordination, value.progress, value.no_progress) == ([], "", None, False)
    assert f"“{word}”读作空白；没有的请留空。" in {note.message for note in preview.notes}


@pytest.mark.few(3)
@pytest.mark.parametrize("word", NOTHING)
def test_words_for_nothing_in_a_cell_of_numbers_are_blank_with_a_note(desk: Desk, word: str) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常")
    book.figure(desk.ratio.slug, "numerator").value = word
    book.figure(desk.amount.slug, "value").value = word
    preview = desk.examine(book)
    assert preview.problems == []
    assert preview.changes[0].value.figures == {}
    assert len(preview.notes) == 2


@pytest.mark.few(2)
@pytest.mark.parametrize(
    ("value", "number_format", "typed"),
    [
        (68.39999999999999, "General", "68.4"),
        ("\u202d61.5\u202c", "@", "61.5"),
        ("\ufeff61.5", "@", "61.5"),
        ("−3", "@", "−3"),
        ("1 234", "@", "1 234"),
    ],
)
def test_a_number_as_its_cell_shows_it(desk: Desk, value: Any, number_format: str, typed: str) -> None:
    book = desk.book().fill(desk.lead.code, light="绿 正常")
    cell = book.figure(desk.amount.slug, "value")
    cell.value, cell.number_format = value, number_format
    preview = desk.examine(book)
    assert preview.problems == []
    assert preview.changes[0].value.figures == {desk.amount.slug: {"value": typed}}


def test_a_percentage_of_an_indicator_in_per_cent_is_its_number(desk: Desk) -> None:
    desk.amount.unit = "%"
    desk.amount.save()
    for value, number_format, typed in [
        (0.085, "0.0%", "8.5"),
        ("8.5%", "@", "8.5%"),
        (8.5, "General", "8.5"),
    ]:
        book = desk.book().fill(desk.lead.code, light="绿 正常")
        cell = book.figure(desk.amount.slug, "value")
        cell.value, cell.number_format = value, number_format
        preview = desk.examine(book)
        assert preview.problems == []
        assert preview.changes[0].value.figures == {desk.amount.slug: {"value": typed}}


def test_a_light_with_the_remark_of_another_column_is_that_light(desk: Desk) -> None:
    for typed in ("绿 正常（未核）", "绿 正常(未核)", "绿"):
        preview = desk.examine(desk.book().fill(desk.lead.code, light=typed, done="做了"))
        assert (preview.problems, preview.changes[0].value.light) == ([], "green")


@pytest.mark.few(1)
@pytest.mark.parametrize("formula", ['=DISPIMG("ID_1",1)', '=_xlfn.DISPIMG("ID_1",1)', '=_xlfn.IMAGE("x")'])
def test_a_picture_in_a_cell_is_called_one(desk: Desk, problems: Any, formula: str) -> None:
    for as_value in (False, True):
        book = desk.book().fill(desk.lead.code, light="绿 正常", done=formula)
        if as_value:
            if "DISPIMG" not in formula:
                continue
            book.cell(desk.lead.code, "done").data_type = "s"
        (place, message), *more = problems(book)
        assert (message, more) == ("单元格里是图片，本表不收图片。请删去，并在填报页作为佐证材料上传。", [])
        assert place.endswith("5")


@pytest.mark.django_db
def test_a_long_text_with_line_ends_of_a_browser_is_kept(desk: Desk) -> None:
    text = "\n".join(["本季做了一件事，写在这里。" * 4] * 93)[:4928]
    url = reverse("return_edit", args=[desk.plan.slug, "2017Q1", desk.lead.ref])
    answer = desk.client().post(
        url, {"done": text.replace("\n", "\r\n"), "action": "save", "light": "green", "coordination": "无。"}
    )
    assert answer.status_code == 302
    kept = Submission.objects.get(task=desk.lead)
    assert (kept.done, kept.coordination) == (text, "")
