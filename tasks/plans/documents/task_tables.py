"""Reads a table of tasks (任务分解表) in .docx, .xlsx or HTML: a row for each task with who does it and until when.

The cells of duties are read by the grammar of the reader (tasks/plans/reading), so that 甲牵头，乙配合 means in a cell
what it means in a bracket. All quotes refer to the document's text.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from tasks.plans.documents.table_heads import DUTIES, Column, ColumnPeriod, Heads, heads, period_of
from tasks.plans.documents.values import Cell, Document, Format, Place, Table, refusal
from tasks.plans.names import clean
from tasks.plans.reading import deadlines
from tasks.plans.reading.bodies import is_body
from tasks.plans.reading.brackets import Bracket
from tasks.plans.reading.labels import LABEL
from tasks.plans.reading.layout import Layout
from tasks.plans.reading.responsibilities import Responsibilities
from tasks.plans.structure import Deadline, Goal, Mention, Question, Quote, Span

_LABELS = {
    "lead": "牵头单位：", "responsible": "责任单位：", "co": "配合单位：", "carry": "落实单位：", "join": "参与单位：",
    "guide": "指导单位：",
}  # fmt: skip
_YEAR = re.compile(r"((?:19|20)\d\d)\s*年")
_SAME = re.compile('同上|〃|”|″|"')
_NONE = re.compile(r"[—–\-－/／无、\s]*")
_CONTINUED = re.compile(r"[（(]?续(?:表|上表)?[一二三四五六七八九十\d]*[）)]?|第?\d+页?|[—–-]\s*\d+\s*[—–-]")
_REMARK = re.compile("注[：:]|备注|说明[：:]|填表|制表|合计|总计|小计")
_TOTAL = re.compile(r"(?:合|总|小|共)计[：:]?")
_REST_OF_NAME = re.compile("人民政府|政府|管委会|管理委员会|委员会|办公室|有限|公司|集团")
_GAP = re.compile(r"(?<=[\u4e00-\u9fff）)])\s(?=[\u4e00-\u9fff])")
_MARK = re.compile(r"[（(](牵头|主办|配合|协办|参与|落实|指导)(?:单位|部门)?[）)][、，,]?")
HEADING = 100  # characters; a longer cell is cut after its first sentence


@dataclass(frozen=True)
class TaskRow:
    """A task of the table. `cells` are all cells of its row, by the index of their column.

    `groups` are the headings above it, outermost first. `body` is what the row says about the task beside its heading.
    """

    number: str
    groups: tuple[Quote, ...]
    heading: Quote
    body: Span
    mentions: tuple[Mention, ...]
    duties: Span | None  # the cells that name the agencies
    deadline: Deadline | None
    cells: Mapping[int, Cell]
    place: Place
    goals: tuple[Goal, ...] = ()


@dataclass(frozen=True)
class TaskTable:
    """The tasks of a document's tables, with the heads of the first and what a person should look at."""

    heads: Heads
    tables: tuple[Table, ...]
    rows: tuple[TaskRow, ...]
    lead_rule: Quote | None
    questions: tuple[Question, ...]

    def year(self, document: Document) -> int:
        """The year in the rows above the heads or in the names of sheet and file, 0 for none."""
        first = self.tables[0]
        above = [cell.text for row in first.grid[: self.heads.top] for cell in row if cell]
        match = _YEAR.search(" ".join([*above, first.title, document.name]))
        return int(match[1]) if match else 0


@dataclass(frozen=True)
class _Line:
    """A row of a table that holds a task, with the groups above it."""

    cells: Mapping[int, Cell]
    groups: tuple[Cell, ...]
    heads: Heads


def read_task_table(
    document: Document, issued: date | None = None, chosen: Mapping[str, Column] | None = None
) -> TaskTable | None:
    """The document's table of tasks, None if it has none. `issued` completes deadlines without a year (6月底前); `chosen`
    is what a person decided about the heads, {head as printed: column}.

    Raises Problems for a workbook without a column of tasks.
    """
    parts = _parts(document, chosen)
    if not parts:
        if document.format is Format.EXCEL:
            raise refusal(
                _(
                    "表里找不到任务列。请在表头写明“任务”，以及“牵头单位”“责任单位”或“完成时限”等列名，再上传。"
                )
            )
        return None
    questions: list[Question] = []
    rows_of = _Rows(questions)
    lines = [line for table, found in parts for line in rows_of.read(table, found)]
    duties = _Duties(document, [table for table, _heads in parts], lines)
    rows = []
    for line in lines:
        row = _row(document, line, duties, issued)
        rows.append(row)
        if not row.mentions and any(found.of(duty) for _table, found in parts for duty in DUTIES):
            questions.append(_question("no_bracket", row.heading))
        if row.deadline and row.deadline.day is None and re.search(r"\d", row.deadline.name):
            questions.append(_question("deadline", row.deadline))
    questions += [_question("name", quote) for quote in duties.doubtful()]
    return TaskTable(
        parts[0][1],
        tuple(table for table, _heads in parts),
        tuple(rows),
        duties.rule,
        tuple(sorted(questions, key=lambda question: (question.start, question.kind))),
    )


def _question(kind: str, quote: Quote) -> Question:
    return Question(
        quote.start, quote.end, kind, quote.name if len(quote.name) <= 60 else f"{quote.name[:60]}…"
    )


def _parts(document: Document, chosen: Mapping[str, Column] | None) -> list[tuple[Table, Heads]]:
    """The tables of tasks with their heads. A table that goes on below a page's end may be without heads."""
    parts: list[tuple[Table, Heads]] = []
    end = 0
    for table in document.tables:
        found = heads(table, chosen)
        between = document.text[end : table.start]
        if found is None and parts and _goes_on(parts[-1][0], table, between):
            found = Heads(0, 0, parts[-1][1].columns)
        if found is not None:
            parts.append((table, found))
            end = table.end
    return parts


def _goes_on(before: Table, table: Table, between: str) -> bool:
    width = max(map(len, before.grid), default=0)
    lines = [line.strip() for line in between.splitlines() if line.strip()]
    return max(map(len, table.grid), default=0) == width and all(map(_CONTINUED.fullmatch, lines))


# -- rows ---------------------------------------------------------------------------------------------------


class _Rows:
    """Finds the rows that hold tasks. A row that is one cell heads the rows below it, also those of the next page."""

    def __init__(self, questions: list[Question]) -> None:
        self._questions = questions
        self._section: Cell | None = None
        self._groups: dict[int, Cell] = {}
        self._above: Mapping[int, Cell] = {}

    def read(self, table: Table, found: Heads) -> Iterator[_Line]:
        """The rows of one table, in order; the tables are read in order, too."""
        [task] = found.of("task")
        for row in table.grid[found.bottom :]:
            cells = {index: cell for index, cell in enumerate(row) if cell is not None and cell.text.strip()}
            if not cells or _repeats_heads(row, found):
                continue
            first = min(cells.values(), key=lambda cell: cell.start)
            if _REMARK.match(clean(first.text)) and (task.index not in cells or first.columns > 1):
                continue
            if _TOTAL.fullmatch(clean(first.text).replace(" ", "")):
                continue
            if (
                len(set(cells.values())) == 1
                and len(row) > 1
                and (first.columns > 1 or first.column < task.index)
            ):
                self._section, self._groups = first, {}
                continue
            for column in found.of("group"):
                if column.index in cells:
                    self._groups[column.index] = cells[column.index]
            cells = {
                i: self._above.get(i, c) if _SAME.fullmatch(c.text.strip()) else c for i, c in cells.items()
            }
            self._above = cells
            if task.index in cells:
                section = (self._section,) if self._section else ()
                yield _Line(cells, (*section, *(self._groups[i] for i in sorted(self._groups))), found)
            elif any(column.index in cells for duty in DUTIES for column in found.of(duty)):
                self._questions.append(Question(first.start, first.end, "row", clean(first.text)[:60]))


def _repeats_heads(row: Sequence[Cell | None], found: Heads) -> bool:
    texts = [clean(cell.text).replace(" ", "") if cell else "" for cell in row]
    same = sum(
        bool(text) and text in head.split("／") for text, head in zip(texts, found.words, strict=False)
    )
    return same > 1 and same >= len([text for text in texts if text])


def _row(document: Document, line: _Line, duties: "_Duties", issued: date | None) -> TaskRow:
    cells = line.cells
    task = cells[line.heads.of("task")[0].index]
    heading, rest = _heading(document.text, task)
    end = task.end
    for column in line.heads.of("content"):
        cell = cells.get(column.index)
        if cell is not None and cell.row == task.row and cell.start >= end:
            end = cell.end
    number = next((cells[c.index].text for c in line.heads.of("number") if c.index in cells), "")
    deadline = next((cells[c.index] for c in line.heads.of("deadline") if c.index in cells), None)
    named = [cells[c.index] for duty in DUTIES for c in line.heads.of(duty) if c.index in cells]
    return TaskRow(
        clean(number),
        tuple(_quote(document.text, cell) for cell in line.groups),
        heading,
        _trimmed(document.text, rest, end),
        duties.mentions(line),
        Span(min(c.start for c in named), max(c.end for c in named)) if named else None,
        _deadline(document.text, deadline, issued) if deadline else None,
        cells,
        document.place(task.start),
        tuple(_goals(document.text, line)),
    )


def _goals(text: str, line: _Line) -> Iterator[Goal]:
    """What the row promises for the year and for periods of it; of a head without a period, for the row's own one."""
    own = next(
        (period_of(line.cells[c.index].text) for c in line.heads.of("period") if c.index in line.cells), None
    )
    for column in (*line.heads.of("target"), *line.heads.of("node")):
        cell = line.cells.get(column.index)
        if cell is None or _NONE.fullmatch(cell.text):
            continue
        said = column.period
        if column.field == "target":
            named = period_of(column.head)
            said = ColumnPeriod(1, 12, named.year if named else 0)
        period = said or own or ColumnPeriod(1, 12)
        span = _trimmed(text, cell.start, cell.end)
        yield Goal(span.start, span.end, clean(span.of(text)), period.year, period.first, period.last)


def _heading(text: str, cell: Cell) -> tuple[Quote, int]:
    """The task's name and where the rest begins; of a long cell the first sentence, or what fits."""
    start, end = cell.start, cell.end
    number = re.match(
        r"\s*(?:\d{1,3}[.．、](?!\d)|[（(]\d{1,3}[）)]|[（(]?[一二三四五六七八九十]+[）)、])\s*",
        text[start:end],
    )
    if number and number.end() < end - start:
        start += number.end()
    if end - start > HEADING:
        stop = re.search(r"[。；：:\n]", text[start : start + HEADING])
        comma = text.rfind("，", start, start + HEADING)
        end = (
            start + stop.start() if stop and stop.start() > 3 else comma if comma > start else start + HEADING
        )
    quote = _quote(text, Span(start, end))
    return replace(quote, name=quote.name.rstrip("。；")) if quote.name.endswith(("。", "；")) else quote, end


def _quote(text: str, place: Span | Cell) -> Quote:
    span = _trimmed(text, place.start, place.end)
    while span.end > span.start and text[span.end - 1] in "。；;":
        span = Span(span.start, span.end - 1)
    return Quote(span.start, span.end, clean(text[span.start : span.end]))


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and (text[start].isspace() or text[start] in "。；：:"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _deadline(text: str, cell: Cell, issued: date | None) -> Deadline | None:
    quote = _quote(text, cell)
    if not quote.name or _NONE.fullmatch(quote.name):
        return None
    day, inferred = deadlines.last_day(quote.name, issued)
    if day is None and (
        iso := re.fullmatch(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月?)", quote.name)
    ):
        words = f"{iso[1]}年{iso[2]}月" + (f"{iso[3]}日" if iso[3] else "")
        day, inferred = deadlines.last_day(words, issued)
    elif day is None and re.fullmatch(r"\d{4}年?度?", quote.name):
        day = date(int(quote.name[:4]), 12, 31)
    return Deadline(quote.start, quote.end, quote.name, day, inferred)


# -- duties -------------------------------------------------------------------------------------------------


class _Duties:
    """Reads the cells of duties all at once, as the reader reads the brackets of a plan: names that leave out what they
    share are completed by other rows, and a rule for the lead may stand in a head or in the text around the table.

    The cells are put behind the text, each row as a passage (牵头单位：…；配合单位：…), and what is found is traced back.
    """

    def __init__(self, document: Document, tables: Sequence[Table], lines: Sequence[_Line]) -> None:
        self._pieces = [document.without(document.tables), "\n"]
        self._length = sum(map(len, self._pieces))
        self._origins: list[tuple[int, Cell]] = []  # where a cell begins in the passages
        self._ranges: list[tuple[int, int]] = []
        for head in dict.fromkeys(
            column.head for line in lines for column in line.heads.columns if column.field in DUTIES
        ):
            self._add(f"（{head}）\n")
        rule_end = self._length
        for line in lines:
            start = self._length
            for duty in DUTIES:
                for column in line.heads.of(duty):
                    cell = line.cells.get(column.index)
                    if cell is not None and not _NONE.fullmatch(cell.text):
                        self._add_cell(duty, cell)
            self._ranges.append((start, self._length))
            self._add("\n")
        self._text = "".join(self._pieces)
        self._document = document
        self._lines = {id(line): number for number, line in enumerate(lines)}
        layout = Layout(self._text)
        self._brackets = [self._bracket(layout, start, end) for start, end in self._ranges]
        self._found = Responsibilities(layout, [bracket for bracket in self._brackets if bracket is not None])
        rule = self._found.rule.quote if self._found.rule else None
        self.rule = self._rule(rule, rule_end, tables) if rule else None

    def _add(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def _add_cell(self, duty: str, cell: Cell) -> None:
        text = _separated(cell.text)
        if not LABEL.match(clean(text)):
            self._add(_LABELS[duty])
        self._origins.append((self._length, cell))
        self._add(text.rstrip("。；; "))
        self._add("；")

    def _bracket(self, layout: Layout, start: int, end: int) -> Bracket | None:
        if start == end:
            return None
        first, last = layout.place(start), layout.place(end - 1)
        return Bracket(first, last, first, last, is_line=True)

    def mentions(self, line: _Line) -> tuple[Mention, ...]:
        """The agencies of a row."""
        bracket = self._brackets[self._lines[id(line)]]
        if bracket is None:
            return ()
        found = sorted(self._found.mentions([bracket]), key=lambda mention: mention.quote.start)
        return tuple(replace(mention, quote=self._traced(mention.quote)) for mention in found)

    def doubtful(self) -> Iterator[Quote]:
        """Names that do not look like those of one agency."""
        flat = self._found.layout
        for start, end in self._found.doubtful():
            yield self._traced(flat.quote(start, end))

    def _traced(self, quote: Quote) -> Quote:
        """The quote in the document's text."""
        at, cell = self._origins[bisect_right(self._origins, quote.start, key=lambda origin: origin[0]) - 1]
        shift = cell.start - at
        return Quote(quote.start + shift, quote.end + shift, quote.name)

    def _rule(self, rule: Quote, end: int, tables: Iterable[Table]) -> Quote | None:
        """The rule in the document's text, from the text itself or from a head or cell of the table."""
        text = self._document.text
        if rule.end <= len(self._pieces[0]):
            return rule
        if rule.start >= end:
            return self._traced(rule)
        words = self._text[rule.start : rule.end]
        start = next((text.find(words, table.start, table.end) for table in tables), -1)
        return Quote(start, start + len(words), rule.name) if start >= 0 else None


def _separated(text: str) -> str:
    """The cell as the reader's grammar has it, character for character: 、 for a space or line break that parts two
    agencies, and 甲牵头， for 甲（牵头）、."""
    out = list(text)
    for gap in _GAP.finditer(text):
        before = re.split(r"[、，；,;\s]", text[: gap.start()])[-1]
        after = re.split(r"[、，；,;\s]", text[gap.end() :])[0]
        if is_body(clean(before)) and is_body(clean(after)) and not _REST_OF_NAME.match(after):
            out[gap.start()] = "、"
    for mark in _MARK.finditer(text):
        out[slice(*mark.span())] = mark[1] + "，" + " " * (len(mark[0]) - len(mark[1]) - 1)
    return "".join(out)
