"""A tiny format of its own: one sheet, a text and a yes for each task, drafts in memory."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import openpyxl
import pytest

from tasks.workbooks import preview as engine
from tasks.workbooks import reading, signed_preview, writing
from tasks.workbooks.manifest import Format, Key, Manifest, Origin, dumped, fingerprint_of
from tasks.workbooks.preview import FieldChange, RowChange, RowRefused, place_text
from tasks.workbooks.reading import Filled, Parsed, Reader
from tasks.workbooks.upload_check import Package
from tasks.workbooks.values import Column, Place, plain
from tasks.workbooks.writing import HEAD_ROW, TableWriter

FORMAT = Format(
    salt="tests.workbooks",
    template=2,
    key_word="row",
    period="year",
    period_label=lambda text: f"{text}年",
    outdated="旧版",
    foreign="别的格式",
    other_agency="这是%(agency)s的。",
    other_plan="另一个方案",
    other_period="这是%(theirs)s，要%(ours)s。",
    all_agencies="总表",
)
ORIGIN = Origin("plan", "2017", "a")
ABOUT = {"plan": "plan", "year": "2017", "agency": "a", "agency_name": "甲局"}
COLUMNS = [
    Column("code", "编号", 10),
    Column("heading", "任务", 20),
    Column("words", "内容", 30, True, "写什么。"),
    Column("done", "办结", 8, True),
]
AT = {column.field: place for place, column in enumerate(COLUMNS, 1)}
LIMIT = 10


@dataclass(frozen=True)
class Task:
    code: str
    heading: str


@dataclass(frozen=True)
class Draft:
    code: str
    words: str = ""
    done: bool = False
    revision: int | None = None


def build(drafts: Sequence[Draft], form: Format = FORMAT, **about: str) -> bytes:
    """The workbook of these drafts; the third has no cell for 办结."""
    book, (sheet, guide) = writing.new_book("表", "说明")
    table = TableWriter(sheet, COLUMNS, "标题", "提示", writing.Styles())
    keys = []
    for number, draft in enumerate(drafts, 1):
        texts = table.row(
            {
                "code": draft.code,
                "heading": f"任务{draft.code}",
                "words": draft.words,
                "done": "是" * draft.done,
            },
            unlocked=("words",) if number == 3 else None,
        )
        keys.append(Key(draft.code, draft.code, draft.revision, fingerprint_of("\x1f".join(texts))))
    writing.finish(sheet, COLUMNS)
    table.restrict({"words": writing.text_within(LIMIT), "done": writing.choice(["是"])}, table.last)
    writing.guide(guide, ["第一句", "第二句"])
    manifest = Manifest({**ABOUT, "heads": dumped(table.headings), **about}, keys)
    return writing.packed(book, manifest, form)


@dataclass
class Line(Filled):
    words: str = ""
    done: bool = False


class Lines(Reader):
    def __init__(self, package: Package, manifest: Manifest) -> None:
        super().__init__(package, ["表"])
        self.keys = {key.code: key for key in manifest.keys}
        self.lines = self.table("表", manifest.loaded("heads"))

    def read(self) -> Parsed[Line]:
        columns, seen, touched = self.lines.columns, set(), []
        for row, cells in self.lines.rows:
            values = {name: cells[column - 1] for name, column in columns.items()}
            key = self.keys.get(plain(values["code"]))
            if key is None:
                continue
            seen.add(key.code)
            if key.touched != fingerprint_of("\x1f".join(plain(values[name]) for name in ("words", "done"))):
                words = self.text(values["words"], self.lines.at(row, "words"), LIMIT)
                done = self.yes(values["done"], self.lines.at(row, "done"))
                touched.append(Line(key, self.lines, row, words, done))
        missing = [key for key in self.keys.values() if key.code not in seen]
        return Parsed(touched, len(seen) - len(touched), missing, self.problems, self.notes)


class Comparison:
    """Refuses the task 禁; the write path refuses the words 坏 and more than the limit."""

    def __init__(self, drafts: Sequence[Draft]) -> None:
        self.drafts = {draft.code: draft for draft in drafts}

    def change(self, filled: Line) -> RowChange[Draft] | None:
        if filled.key.code == "禁":
            raise RowRefused("这一行不能改。")
        draft = self.drafts[filled.key.code]
        value = replace(draft, words=filled.words, done=filled.done)
        if value == draft:
            return None
        if draft.revision != filled.key.revision:
            raise RowRefused("下载以后有人保存过。")
        before, after = draft.words, value.words
        field = FieldChange("内容", before, after, place_text(filled.place("words")))
        return RowChange(Task(draft.code, "任务"), filled.row, draft.revision is None, (field,), value)

    def problems(self, filled: Line, value: Draft, reported: set[Place]) -> Iterator[tuple[str, Place]]:
        at = filled.place("words")
        if (value.words == "坏" or len(value.words) > LIMIT) and at not in reported:
            yield "写不进去。", at


def sign(drafts: Sequence[Draft]) -> str:
    return signed_preview.sign([asdict(draft) for draft in drafts], salt="tests")


class Upload:
    """A workbook that somebody fills in, and the drafts in the database meanwhile."""

    def __init__(self, *drafts: Draft) -> None:
        self.drafts = list(drafts)
        self.book = openpyxl.load_workbook(io.BytesIO(build(drafts)))

    @property
    def sheet(self) -> Any:
        return self.book["表"]

    def cell(self, number: int, name: str) -> Any:
        """A cell of the task with this number, counted from 1."""
        return self.sheet.cell(HEAD_ROW + number, AT[name])

    def fill(self, number: int, **values: Any) -> "Upload":
        for name, value in values.items():
            self.cell(number, name).value = value
        return self

    def data(self) -> bytes:
        out = io.BytesIO()
        self.book.save(out)
        return out.getvalue()

    def parse(self) -> Parsed[Line]:
        return parse(self.data())

    def examine(self) -> engine.Preview[Draft]:
        return engine.compare(self.parse(), Comparison(self.drafts), sign)


def parse(data: bytes, origin: Origin = ORIGIN, form: Format = FORMAT) -> Parsed[Line]:
    return reading.parse(
        data, "表.xlsx", form, origin, lambda package, manifest: Lines(package, manifest).read()
    )


@pytest.fixture
def upload() -> Upload:
    return Upload(
        Draft("一", "旧话", revision=3), Draft("二"), Draft("三", done=True, revision=1), Draft("禁")
    )
