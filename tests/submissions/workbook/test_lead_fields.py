"""What only a lead writes, and the date of the paper from which a past quarter is entered."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest

from tests.submissions.workbook.conftest import Desk

pytestmark = pytest.mark.slow


def test_a_lead_writes_its_judgement_and_why_its_light_differs(desk: Desk) -> None:
    book = desk.book().fill(
        desk.lead.code, light="绿", judgement="总体可控。", light_reason="两家滞后不影响节点。", done="完成。"
    )
    (change,) = desk.examine(book).changes
    assert (change.value.judgement, change.value.light_reason) == ("总体可控。", "两家滞后不影响节点。")
    assert {field.label for field in change.fields} >= {"牵头单位研判"}


@pytest.mark.parametrize("field", ["judgement", "light_reason"])
def test_a_co_agency_has_no_judgement_to_write(
    desk: Desk, problems: Callable[..., list[tuple[str, str]]], field: str
) -> None:
    book = desk.book()
    assert book.cell(desk.shared.code, field).protection.locked
    assert not book.cell(desk.lead.code, field).protection.locked
    (told,) = problems(book.fill(desk.shared.code, **{field: "写错了地方"}))
    assert told[1] == "这一项由牵头单位填写，请清空。"
    assert told[0] == f"填报 {book.cell(desk.shared.code, field).coordinate}"


@pytest.mark.few(2)
@pytest.mark.parametrize(
    "typed",
    [
        datetime.datetime(2017, 4, 2),
        datetime.date(2017, 4, 2),
        "2017-04-02",
        "2017/4/2",
        "2017年4月2日",
        " 2017-4-2 ",
    ],
)
def test_the_day_of_the_paper_is_read_as_people_write_it(desk: Desk, typed: Any) -> None:
    (change,) = desk.examine(desk.book().fill(desk.lead.code, paper_date=typed)).changes
    assert change.value.paper_date == datetime.date(2017, 4, 2)


@pytest.mark.few(1)
@pytest.mark.parametrize("typed", ["四月二日", "2017-02-30", "42827.5天", 12.5])
def test_what_is_no_day_is_told_on_its_cell(
    desk: Desk, problems: Callable[..., list[tuple[str, str]]], typed: Any
) -> None:
    book = desk.book()
    (told,) = problems(book.fill(desk.lead.code, paper_date=typed))
    assert "请写成 2017-06-30 这样" in told[1]
    assert told[0] == f"填报 {book.cell(desk.lead.code, 'paper_date').coordinate}"
