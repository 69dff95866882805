"""Reading a filled-in workbook: the content of each changed row, and every problem with its cell.

Nothing here queries the database. Rows are identified by their number (编号), so they may have been sorted or moved.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from tasks.indicators.reading import TEXT_LIMIT as FIGURE_TEXT_LIMIT
from tasks.indicators.reading import read_number, read_yes_no
from tasks.submissions.fields import FIELDS, TEXT_LIMIT, Kind
from tasks.submissions.models import ProblemCategory
from tasks.submissions.workbook.values import Key, Manifest, Shape, figure_columns, fingerprint, main_columns
from tasks.values import Light, Quarter
from tasks.workbooks import reading
from tasks.workbooks.upload_check import Package, open_package
from tasks.workbooks.values import ERRORS, CellProblem, Refused, letters, plain

_PLACES = ("value", "numerator", "denominator")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
_PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)(%?)", re.ASCII)
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?", re.ASCII)


@dataclass(frozen=True)
class Expected:
    """Of which agency, plan and quarter the workbook must be."""

    plan: str
    quarter: Quarter
    agency: str


@dataclass
class Filled:
    """One changed row: `content` {field: value}. `places` gives the column of each field on the main sheet,
    `figure_places` (row, {part: column}) on the sheet of figures."""

    key: Key
    sheet: str
    row: int
    places: Mapping[str, int]
    content: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    figure_sheet: str = ""
    figure_places: dict[str, tuple[int, Mapping[str, int]]] = field(default_factory=dict)

    def place(self, name: str) -> tuple[str, int, int]:
        """(sheet, row, column) of a field: "done", or "figures.<slug>.<part>"; the number's cell for any other."""
        if name.startswith("figures."):
            _figures, slug, part = name.split(".", 2)
            if slug in self.figure_places:
                row, columns = self.figure_places[slug]
                return self.figure_sheet, row, columns.get("value" if part == "text" else part, 0)
        if name == "problems":
            name = "problem_text_1"
        return self.sheet, self.row, self.places.get(name) or self.places.get("code", 0)


@dataclass
class Parsed:
    """A workbook read: the changed rows, and what must be corrected (problems) or should be known (notes)."""

    manifest: Manifest
    rows: list[Filled]
    untouched: int
    missing: list[Key]
    problems: list[CellProblem]
    notes: list[CellProblem]


def parse(data: bytes, expected: Expected, name: str = "") -> Parsed:
    """Read an uploaded workbook; raises Refused when the file as a whole is not the one that is expected."""
    package = open_package(data, name)
    try:
        manifest = Manifest.of(reading.hidden_rows(package))
        _check(manifest, expected)
        return _Reader(package, manifest).read()
    except reading.CalamineError as error:
        raise Refused(_("文件已损坏，打不开，请重新保存后再上传。")) from error


def _check(manifest: Manifest, expected: Expected) -> None:
    if not manifest.agency:
        raise Refused(_("这是各单位总表，只供查阅；请下载本单位的填报表来填。"))
    if manifest.agency != expected.agency:
        raise Refused(_("这是%(agency)s的填报表，您只能上传本单位的。") % {"agency": manifest.agency_name})
    if manifest.plan != expected.plan:
        raise Refused(_("这是另一个方案的填报表，请下载本方案的再填。"))
    if manifest.quarter != str(expected.quarter):
        raise Refused(
            _("这是%(theirs)s的填报表，您正在填%(ours)s。请换到那个季度上传，或下载本季的再填。")
            % {"theirs": Quarter.parse(manifest.quarter).label, "ours": expected.quarter.label}
        )


class _Reader:
    """One reading of one workbook."""

    def __init__(self, package: Package, manifest: Manifest) -> None:
        self.package = package
        self.manifest = manifest
        self.main = manifest.sheets["main"]
        self.figures = manifest.sheets["figures"]
        self.problems: list[CellProblem] = []
        self.notes: list[CellProblem] = []
        self.keys = {key.code: key for key in manifest.keys}

    def read(self) -> Parsed:
        asks_figures = any(key.figures for key in self.keys.values())
        self.faults = {self.main: reading.admit(self.package, self.main)}
        if asks_figures:
            self.faults[self.figures] = reading.admit(self.package, self.figures)
        self.book = reading.open_sheets(self.package)
        figures = self._figure_rows() if asks_figures else {}
        head, rows = self._sheet("main", self.main)
        editable = self._editable_fields(head)
        filled: list[Filled] = []
        seen: dict[str, int] = {}
        untouched = 0
        at = [head[name] - 1 for name in editable if name in head]
        code_at = head["code"] - 1
        agency_at = head["agency"] - 1 if "agency" in head else None
        for number, cells in rows:
            code = cells[code_at]
            code = code.strip() if type(code) is str else plain(code)
            if not code:
                if any(plain(cells[place]) for place in at):
                    self._say(_("这一行没有编号，不知道是哪项任务。"), self.main, number, code_at + 1)
                continue
            key = self.keys.get(code)
            if key is None:
                self._say(
                    _("编号“%(code)s”不在本单位这张表里：是别的单位的行，或编号被改动。")
                    % {"code": code[:20]},
                    self.main,
                    number,
                    code_at + 1,
                )
                continue
            agency = plain(cells[agency_at]) if agency_at is not None else ""
            if agency and agency != self.manifest.agency_name:
                self._say(
                    _("这一行是%(agency)s的，不能在本单位的表里填。") % {"agency": agency[:40]},
                    self.main,
                    number,
                    (agency_at or 0) + 1,
                )
                continue
            if code in seen:
                self._say(
                    _("编号“%(code)s”在第 %(row)d 行已经有了，一项任务只能一行。")
                    % {"code": code, "row": seen[code]},
                    self.main,
                    number,
                    code_at + 1,
                )
                continue
            seen[code] = number
            said = [cell.strip() if type(cell) is str else plain(cell) for cell in (cells[n] for n in at)]
            said = [plain(text) if "\r" in text or "_x0" in text else text for text in said]
            mine = figures.get(code, {})
            if key.touched == fingerprint(said, ((slug, told.texts) for slug, told in mine.items())):
                untouched += 1
                continue
            filled.append(self._fill(key, number, cells, head, mine))
        missing = [key for key in self.keys.values() if key.code not in seen]
        return Parsed(self.manifest, filled, untouched, missing, self.problems, self.notes)

    # -- sheets -----------------------------------------------------------------------------------------

    def _sheet(self, which: str, sheet: str) -> tuple[dict[str, int], list[tuple[int, list[Any]]]]:
        """({field: column}, [(row number, cells)]) below the heading."""
        rows = reading.rows_of(self.book, sheet)
        head, number = reading.table(rows, sheet, self.manifest.heads[which])
        # Cells beside the table belong to no submission.
        known = set(head.values())
        self.problems += [
            problem for problem in self.faults[sheet] if problem.row > number and problem.column in known
        ]
        return head, list(enumerate(rows[number:], number + 1))

    def _editable_fields(self, head: Mapping[str, int]) -> list[str]:
        pairs = sum(name.startswith("problem_text_") for name in head)
        self.pairs = pairs
        return [column.field for column in main_columns(pairs) if column.editable]

    def _figure_rows(self) -> dict[str, dict[str, "_Told"]]:
        """{task's number: {indicator's slug: what its row says}}."""
        head, rows = self._sheet("figures", self.figures)
        parts = [column.field for column in figure_columns() if column.editable]
        at = [head[part] - 1 for part in parts]
        found: dict[str, dict[str, _Told]] = {}
        for number, cells in rows:
            code, slug = plain(cells[head["code"] - 1]), plain(cells[head["indicator"] - 1])
            values = [cells[place] for place in at]
            texts = [plain(value) for value in values]
            if not code and not slug and not any(texts):
                continue
            key = self.keys.get(code)
            if key is None or slug not in dict(key.figures):
                if any(texts):
                    self._say(
                        _("本单位的这张表里没有编号“%(code)s”的指标“%(slug)s”。")
                        % {"code": code[:20], "slug": slug[:40]},
                        self.figures,
                        number,
                        head["code"],
                    )
                continue
            if slug in found.get(code, {}):
                self._say(_("这个指标在上面已经有一行。"), self.figures, number, head["indicator"])
                continue
            found.setdefault(code, {})[slug] = _Told(
                number, head, dict(zip(parts, values, strict=True)), texts
            )
        return found

    # -- one row ----------------------------------------------------------------------------------------

    def _fill(
        self,
        key: Key,
        row: int,
        cells: Sequence[Any],
        head: Mapping[str, int],
        figures: Mapping[str, "_Told"],
    ) -> Filled:
        filled = Filled(key, self.main, row, head, figure_sheet=self.figures)

        def take(name: str, read: Callable[[Any, int, int], Any]) -> Any:
            column = head[name]
            return read(cells[column - 1], row, column)

        readers: dict[Kind, Callable[[Any, int, int], Any]] = {
            Kind.LIGHT: self._light,
            Kind.PERCENT: self._progress,
            Kind.TEXT: self._text,
            Kind.YES_NO: self._yes,
            Kind.DAY: self._day,
        }
        for spec in FIELDS:
            if not spec.columns:
                continue
            filled.content[spec.name] = (
                self._problems(row, cells, head, take)
                if spec.kind is Kind.PROBLEMS
                else take(spec.name, readers[spec.kind])
            )
        shapes = dict(key.figures)
        for slug, told in figures.items():
            filled.figures[slug] = self._figure(told, shapes[slug])
            filled.figure_places[slug] = (told.row, told.columns)
        return filled

    def _problems(
        self, row: int, cells: Sequence[Any], head: Mapping[str, int], take: Callable[..., Any]
    ) -> list[dict[str, str]]:
        problems = []
        for number in range(1, self.pairs + 1):
            pair = (f"problem_category_{number}", f"problem_text_{number}")
            if all(cells[head[name] - 1] == "" for name in pair):
                continue
            category = take(pair[0], self._category)
            text = take(pair[1], self._text)
            if text and category == "":
                self._say(_("请为每个问题选一个类别。"), self.main, row, head[pair[0]])
            if category or text:
                problems.append({"category": category or "", "text": text})
        return problems

    def _text(self, value: Any, row: int, column: int) -> str:
        if isinstance(value, bool):
            self._say(_("这里要填文字，却是 TRUE 或 FALSE。"), self.main, row, column)
            return ""
        text = plain(value)
        if text in ERRORS:
            self._say(_("单元格是错误值，请改成数或文字。"), self.main, row, column)
        if len(text) > TEXT_LIMIT:
            self._say(
                _("有 %(length)d 字，最多 %(limit)d 字，请删减。")
                % {"length": len(text), "limit": TEXT_LIMIT},
                self.main,
                row,
                column,
            )
        return text

    def _day(self, value: Any, row: int, column: int) -> date | None:
        """A day as Excel keeps it, or typed: 2017-01-12, 2017/1/12, 2017年1月12日."""
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        text = plain(value)
        match = _DAY.fullmatch(text)
        if match is not None:
            try:
                return date(int(match[1]), int(match[2]), int(match[3]))
            except ValueError:
                pass
        if text:
            self._say(
                _("“%(text)s”不是日期，请写成 2017-01-12 这样。") % {"text": text[:20]},
                self.main,
                row,
                column,
            )
        return None

    def _light(self, value: Any, row: int, column: int) -> str:
        found = self._choice(value, self._lights)
        if found is None:
            self._say(_("请从下拉框选绿、黄、红、蓝之一。"), self.main, row, column)
        return found or ""

    def _category(self, value: Any, row: int, column: int) -> str | None:
        """None for a wrong word, so that it is reported once."""
        found = self._choice(value, self._categories)
        if found is None:
            self._say(_("请从下拉框选问题类别。"), self.main, row, column)
        return found

    def _choice(self, value: Any, words: Mapping[str, str]) -> str | None:
        text = plain(value)
        return words.get(text.lower()) if text else ""

    @cached_property
    def _lights(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for value, label in Light.choices:
            text = str(label).lower()
            words |= {value: value, text: value, text.split(" ")[0]: value, text.replace(" ", ""): value}
        return words

    @cached_property
    def _categories(self) -> dict[str, str]:
        return {
            word: value for value, label in ProblemCategory.choices for word in (value, str(label).lower())
        }

    def _yes(self, value: Any, row: int, column: int, sheet: str = "") -> bool:
        text = plain(value).lower()
        if not text:
            return False
        if text in {"0", "no", "n", "false", _("否")}:
            return False
        if text in {"1", "yes", "y", "true", "√", "✓", _("是")}:
            return True
        self._say(_("请填“是”，或留空。"), sheet or self.main, row, column)
        return False

    def _progress(self, value: Any, row: int, column: int) -> int | None:
        """12, 12% and 0.12 are all twelve per cent; one is one, unless its cell is shown as a percentage."""
        if value == "" or value is None:
            return None
        if isinstance(value, date | time):
            self._say(_("这里要填数，却是日期。请把单元格改成常规格式再填。"), self.main, row, column)
            return None
        percent = False
        if isinstance(value, str):
            match = _PERCENT.fullmatch(value.strip().translate(_FULL_WIDTH).replace(" ", ""))
            if not value.strip():
                return None
            if match is None:
                said = _("“%(text)s”不是数。") % {"text": value.strip()[:20]}
                self._say(said + self._no_progress_word, self.main, row, column)
                return None
            number, sign = Decimal(match[1]), match[2]
        elif isinstance(value, bool):
            self._say(self._no_progress_word, self.main, row, column)
            return None
        else:
            try:
                number, sign = Decimal(repr(value)), ""
            except InvalidOperation:
                number, sign = Decimal(-1), ""
            percent = f"{letters(column)}{row}" in self._main_percent
        fraction = not sign and (percent or 0 < number < 1)
        if fraction:
            number *= 100
        if number != number.to_integral_value() or not 0 <= number <= 100:
            self._say(self._no_progress_word, self.main, row, column)
            return None
        if fraction and not percent:
            self.notes.append(
                CellProblem(
                    _("%(was)s 读作 %(now)d%%。") % {"was": plain(value), "now": number},
                    self.main,
                    row,
                    column,
                )
            )
        return int(number)

    @cached_property
    def _no_progress_word(self) -> str:
        return _("自评进度请填 0 到 100 之间的整数。")

    @cached_property
    def _main_percent(self) -> frozenset[str]:
        return self.package.percent_cells(self.main)

    @cached_property
    def _figure_percent(self) -> frozenset[str]:
        return self.package.percent_cells(self.figures)

    def _figure(self, told: "_Told", shape: Shape) -> dict[str, str]:
        typed = {}
        for part, value in told.values.items():
            column = told.columns[part]
            if part == "reason" or (part == "value" and shape is Shape.TEXT):
                text = plain(value)
                limit = TEXT_LIMIT if part == "reason" else FIGURE_TEXT_LIMIT
                if len(text) > limit:
                    self._say(
                        _("有 %(length)d 字，最多 %(limit)d 字，请删减。")
                        % {"length": len(text), "limit": limit},
                        self.figures,
                        told.row,
                        column,
                    )
            elif part == "preliminary":
                text = _("是") if self._yes(value, told.row, column, self.figures) else ""
            elif part == "value" and shape is Shape.YES_NO:
                text = self._yes_or_no(value, told.row, column)
            else:
                text = self._number(value, told.row, column)
            if text and part in _PLACES and part not in shape.parts:
                self._say(
                    _("这个指标是比率，请分别填分子和分母。")
                    if shape is Shape.RATIO
                    else _("这个指标不是比率，请填在“本季数值”里。"),
                    self.figures,
                    told.row,
                    column,
                )
            if text:
                typed["text" if part == "value" and shape is Shape.TEXT else part] = text
        return typed

    def _yes_or_no(self, value: Any, row: int, column: int) -> str:
        try:
            read = read_yes_no(plain(value))
        except ValueError as error:
            self._say(str(error), self.figures, row, column)
            return plain(value)
        return "" if read is None else _("是") if read else _("否")

    def _number(self, value: Any, row: int, column: int) -> str:
        if isinstance(value, date | time):
            self._say(_("这里要填数，却是日期。请把单元格改成常规格式再填。"), self.figures, row, column)
            return ""
        if isinstance(value, float | int) and f"{letters(column)}{row}" in self._figure_percent:
            self._say(_("不要填百分比，请分别填分子和分母，或去掉百分号。"), self.figures, row, column)
            return ""
        text = plain(value)
        try:
            read_number(text)
        except ValueError as error:
            self._say(str(error), self.figures, row, column)
        return text

    def _say(self, message: str, sheet: str, row: int, column: int) -> None:
        self.problems.append(CellProblem(message, sheet, row, column))


@dataclass(frozen=True)
class _Told:
    """One row of the sheet of figures."""

    row: int
    columns: Mapping[str, int]
    values: Mapping[str, Any]
    texts: Sequence[str]
