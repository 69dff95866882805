"""A body with a workbook, and hands that fill it in."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from qhplan import clock
from tasks.models import Agency, IndicatorKind, Plan, User
from tasks.submissions.workbook.build import build
from tasks.submissions.workbook.preview import Preview, examine
from tasks.submissions.workbook.rows import own_rows
from tasks.submissions.workbook.values import figure_columns, main_columns
from tasks.values import Duty, Period, Role
from tests import factories as make

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
HEAD = 4
MAIN = {column.field: number for number, column in enumerate(main_columns(3), 1)}
FIGURES = {column.field: number for number, column in enumerate(figure_columns(), 1)}


class Book:
    """A workbook on somebody's desk."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data))

    @property
    def main(self) -> Any:
        return self.book["填报"]

    @property
    def figures(self) -> Any:
        return self.book["数据"]

    def row(self, code: str) -> int:
        """The row of a task on the main sheet."""
        return next(n for n in range(HEAD + 1, self.main.max_row + 1) if self.main.cell(n, 1).value == code)

    def figure_row(self, slug: str) -> int:
        return next(
            n for n in range(HEAD + 1, self.figures.max_row + 1) if self.figures.cell(n, 2).value == slug
        )

    def cell(self, code: str, field: str) -> Any:
        return self.main.cell(self.row(code), MAIN[field])

    def figure(self, slug: str, field: str) -> Any:
        return self.figures.cell(self.figure_row(slug), FIGURES[field])

    def fill(self, code: str, **values: Any) -> "Book":
        """Type into a row."""
        for field, value in values.items():
            self.cell(code, field).value = value
        return self

    def data(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()


class Desk:
    """A body that leads one task and shares another, with figures to file, and somebody at its desk."""

    def __init__(self) -> None:
        self.plan: Plan = make.plan()
        self.agency: Agency = make.agency("牵头局")
        self.other: Agency = make.agency("别的局")
        self.lead = make.task(self.plan, lead=self.agency, co=[self.other])
        self.shared = make.task(self.plan, lead=self.other, co=[self.agency])
        self.cycle = make.cycle(self.plan, Q)
        self.amount = make.indicator(self.plan, self.lead)
        self.ratio = make.indicator(self.plan, self.lead, kind=IndicatorKind.RATIO)
        self.co_count = make.indicator(self.plan, self.shared, duty=Duty.CO)
        self.user: User = make.user(Role.REPORTER, agency=self.agency, password=None)

    def download(self, quarter: Period = Q) -> bytes:
        return build(
            plan_slug=self.plan.slug,
            plan_title=self.plan.title,
            quarter=quarter,
            agency_slug=self.agency.slug,
            agency_name="牵头局",
            rows=own_rows(self.plan, quarter, self.agency.pk),
        )

    def book(self) -> Book:
        """This quarter's workbook, just downloaded."""
        return Book(self.download())

    def examine(self, book: Book | bytes, name: str = "表.xlsx") -> Preview:
        data = book if isinstance(book, bytes) else book.data()
        return examine(by=self.user, plan=self.plan, quarter=Q, data=data, name=name)

    def client(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.user)
        return client


@pytest.fixture
def desk(db: None) -> Any:
    with clock.at(NOW):
        yield Desk()


@pytest.fixture
def problems(desk: Desk) -> Callable[..., list[tuple[str, str]]]:
    """(place, message) of what an upload is told."""

    def told(book: Book | bytes) -> list[tuple[str, str]]:
        return [(problem.place, problem.message) for problem in desk.examine(book).problems]

    return told
