"""Reading a filled-in workbook: the content of each changed row, and every problem with its cell.

Nothing here runs a query. Rows are identified by their code (编号), so they may have been sorted or moved.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from tasks import typed
from tasks.indicators.reading import PERCENT_UNITS, read_yes_no, stage_named
from tasks.indicators.reading import TEXT_LIMIT as FIGURE_TEXT_LIMIT
from tasks.indicators.values import stage_note
from tasks.submissions.fields import FIELDS, TEXT_LIMIT, Kind
from tasks.submissions.models import ProblemCategory
from tasks.submissions.workbook.values import (
    FORMAT,
    Shape,
    figure_columns,
    fingerprint,
    main_columns,
    shapes_of,
)
from tasks.values import Light
from tasks.wording import COORDINATION, Wording, current, light_parts
from tasks.workbooks import reading
from tasks.workbooks.manifest import Key, Manifest, Origin
from tasks.workbooks.reading import Parsed, Reader, Table, choice
from tasks.workbooks.upload_check import Package
from tasks.workbooks.values import Place, plain

_NUMBER_PARTS = ("value", "numerator", "denominator")
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)(%?)", re.ASCII)


@dataclass(frozen=True)
class _FigureRow:
    """One row of the sheet of figures: {part: cell}, and the cells as texts."""

    row: int
    cells: Mapping[str, Any]
    texts: Sequence[str]
    in_percent: bool = False  # its unit is %


@dataclass
class Filled(reading.Filled):
    """One changed row: `content` {field: value}, `figures` {key of a figure: {part: text}}."""

    content: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, dict[str, str]] = field(default_factory=dict)
    figure_table: Table | None = None
    figure_rows: Mapping[str, _FigureRow] = field(default_factory=dict)

    def place(self, name: str) -> Place:
        """The cell of a field, such as "done" or "figures.<key>.<part>"."""
        if name.startswith("figures.") and self.figure_table is not None:
            _figures, slug, part = name.split(".", 2)
            if slug in self.figure_rows:
                return self.figure_table.at(self.figure_rows[slug].row, "value" if part == "text" else part)
        return super().place("problem_text_1" if name == "problems" else name)

    @property
    def problem_places(self) -> set[Place]:
        """The cells of all problems of the row."""
        return {self.place(name) for name in self.table.columns if name.startswith("problem_")}


def parse(data: bytes, origin: Origin, name: str = "") -> Parsed[Filled]:
    """Read an uploaded workbook; raises Refused when the file as a whole is not the one of this origin."""
    return reading.parse(
        data, name, FORMAT, origin, lambda package, manifest: _SubmissionReader(package, manifest).read()
    )


class _SubmissionReader(Reader):
    """One reading of one workbook."""

    def __init__(self, package: Package, manifest: Manifest) -> None:
        self.agency_name = manifest.about.get("agency_name", "")
        self.keys = {key.code: key for key in manifest.keys}
        self.shapes = {code: shapes_of(key) for code, key in self.keys.items()}
        self.has_figures = any(self.shapes.values())
        sheets = manifest.loaded("sheets")
        super().__init__(package, [sheets["main"], *([sheets["figures"]] if self.has_figures else [])])
        if self.has_figures:
            self.figures = self.table(sheets["figures"], manifest.loaded("figures"))
        # A workbook may carry the request in the words of another jurisdiction, or of an earlier day.
        self.main = self.table(sheets["main"], manifest.loaded("main"), {"coordination": COORDINATION})
        columns = self.main.columns
        self.pairs = [
            (columns[f"problem_category_{number}"], columns[f"problem_text_{number}"])
            for number in range(1, sum(name.startswith("problem_text_") for name in columns) + 1)
        ]
        readers: dict[Kind, Callable[[Any, Place], Any]] = {
            Kind.LIGHT: self._light,
            Kind.PERCENT: self._percent,
            Kind.TEXT: self._text,
            Kind.YES_NO: self.yes,
            Kind.DAY: self._day,
        }
        # [(field, its column, its reader)], looked up once and not for each cell
        self.fields = [
            (spec.name, columns[spec.name], readers[spec.kind])
            for spec in FIELDS
            if spec.columns and spec.kind is not Kind.PROBLEMS
        ]

    def read(self) -> Parsed[Filled]:
        figures = self._figure_rows() if self.has_figures else {}
        columns = self.main.columns
        editable = [
            columns[column.field] - 1
            for column in main_columns(len(self.pairs))
            if column.editable and column.field in columns
        ]
        code_at = columns["code"] - 1
        filled: list[Filled] = []
        seen: dict[str, int] = {}  # {code: row number}
        untouched = 0
        for number, cells in self.main.rows:
            code = cells[code_at]
            code = plain(code)
            if not code:
                if any(plain(cells[place]) for place in editable):
                    self.report(_("这一行没有编号，不知道是哪项任务。"), self.main.at(number, "code"))
                continue
            key = self._key(code, number, cells, seen)
            if key is None:
                continue
            seen[code] = number
            texts = [plain(cells[n]) for n in editable]
            own = figures.get(code, {})
            if key.touched == fingerprint(texts, ((slug, figure.texts) for slug, figure in own.items())):
                untouched += 1
                continue
            filled.append(self._filled(key, number, cells, own))
        missing = [key for key in self.keys.values() if key.code not in seen]
        return Parsed(filled, untouched, missing, self.problems, self.notes)

    def _key(self, code: str, row: int, cells: Sequence[Any], seen: Mapping[str, int]) -> Key | None:
        """What was handed out under the code; None, with a problem, for a row that may not be read."""
        key = self.keys.get(code)
        agency = ""
        if "agency" in self.main.columns:
            agency = plain(cells[self.main.columns["agency"] - 1])
        if key is None:
            self.report(
                _("编号“%(code)s”不在本单位这张表里：是别的单位的行，或编号被改动。") % {"code": code[:20]},
                self.main.at(row, "code"),
            )
        elif agency and agency != self.agency_name:
            self.report(
                _("这一行是%(agency)s的，不能在本单位的表里填。") % {"agency": agency[:40]},
                self.main.at(row, "agency"),
            )
        elif code in seen:
            self.report(
                _("编号“%(code)s”在第 %(row)d 行已经有了，一项任务只能一行。")
                % {"code": code, "row": seen[code]},
                self.main.at(row, "code"),
            )
        else:
            return key
        return None

    def _figure_rows(self) -> dict[str, dict[str, _FigureRow]]:
        """{code of a task: {key of a figure: its row}}."""
        columns = self.figures.columns
        parts = [column.field for column in figure_columns() if column.editable]
        found: dict[str, dict[str, _FigureRow]] = {}
        for number, cells in self.figures.rows:
            code, slug = plain(cells[columns["code"] - 1]), plain(cells[columns["indicator"] - 1])
            values = {part: cells[columns[part] - 1] for part in parts}
            texts = [plain(value) for value in values.values()]
            if slug not in self.shapes.get(code, {}):
                if any(texts):
                    self.report(
                        _("本单位的这张表里没有编号“%(code)s”的指标“%(slug)s”。")
                        % {"code": code[:20], "slug": slug[:40]},
                        self.figures.at(number, "code"),
                    )
            elif slug in found.get(code, {}):
                self.report(_("这个指标在上面已经有一行。"), self.figures.at(number, "indicator"))
            else:
                found.setdefault(code, {})[slug] = _FigureRow(
                    number, values, texts, plain(cells[columns["unit"] - 1]) in PERCENT_UNITS
                )
        return found

    # -- one row ----------------------------------------------------------------------------------------

    def _filled(self, key: Key, row: int, cells: Sequence[Any], figures: Mapping[str, _FigureRow]) -> Filled:
        filled = Filled(key, self.main, row)
        for name, column, read in self.fields:
            filled.content[name] = read(cells[column - 1], (self.main.sheet, row, column))
        filled.content["problems"] = self._problems(row, cells)
        if figures:
            shapes = self.shapes[key.code]
            filled.figure_table, filled.figure_rows = self.figures, figures
            filled.figures = {slug: self._figure(figure, shapes[slug]) for slug, figure in figures.items()}
        return filled

    def _problems(self, row: int, cells: Sequence[Any]) -> list[dict[str, str]]:
        problems = []
        for category_column, text_column in self.pairs:
            if cells[category_column - 1] == "" and cells[text_column - 1] == "":
                continue
            at = (self.main.sheet, row, category_column)
            category = choice(cells[category_column - 1], self._categories)
            if category is None:
                self.report(
                    _("“%(text)s”不是问题类别，请从下拉框选。")
                    % {"text": typed.visible(plain(cells[category_column - 1]))},
                    at,
                )
            was = cells[text_column - 1]
            text = self._text(was, (self.main.sheet, row, text_column))
            if was and not text:
                continue  # 无: there is no problem, whatever its category
            if text and category == "":
                self.report(_("请为每个问题选一个类别。"), at)
            if category or text:
                problems.append({"category": category or "", "text": text})
        return problems

    def _text(self, value: Any, at: Place) -> str:
        return self.optional(value, at, TEXT_LIMIT)

    def _day(self, value: Any, at: Place) -> date | None:
        """A day as Excel stores it, or typed."""
        if isinstance(value, date):  # a datetime is one
            if self.main.is_month(at):
                text = f"{value:%Y-%m}"
            else:
                return date(value.year, value.month, value.day)
        else:
            text = "" if self.is_nothing(value, at) else plain(value)
        try:
            return typed.day(text, exact=True)
        except ValueError as error:
            self.report(str(error), at)
        return None

    def _light(self, value: Any, at: Place) -> str:
        light = choice(value, self._lights)
        if light is None:
            self.report(
                _("“%(text)s”不是状态灯，请从下拉框选%(all)s之一。")
                % {"text": typed.visible(plain(value)), **light_parts()},
                at,
            )
        return light or ""

    @cached_property
    def _lights(self) -> dict[str, str]:
        """Also in the usual words: a workbook may be older than the jurisdiction's own."""
        words: dict[str, str] = {}
        for wording in (Wording(), current()):
            for value in Light.values:
                light = wording.lights[value]
                texts = (value, light.name, light.mark, light.word, f"{light.mark}{light.word}")
                words |= {text.lower(): value for text in texts}
        return words

    @cached_property
    def _categories(self) -> dict[str, str]:
        return {
            word: value for value, label in ProblemCategory.choices for word in (value, str(label).lower())
        }

    def _percent(self, value: Any, at: Place) -> int | None:
        """12, 12% and 0.12 are all 12 %; 1 is 1 %, unless its cell is shown as a percentage."""
        if value == "" or value is None or self.is_day(value, at):
            return None
        percent = False
        if isinstance(value, str):
            if not plain(value) or self.is_nothing(value, at):
                return None
            text = typed.ascii_number(plain(value)).replace(" ", "")
            match = _PERCENT.fullmatch(typed.tidy_number(text.removesuffix("%")) + "%" * text.endswith("%"))
            if match is None:
                message = _("“%(text)s”不是数。") % {"text": typed.visible(value)}
                self.report(message + self._percent_range, at)
                return None
            number, sign = Decimal(match[1]), match[2]
        elif isinstance(value, bool):
            self.report(self._percent_range, at)
            return None
        else:
            try:
                number, sign = Decimal(typed.number_text(value)), ""
            except InvalidOperation:
                number, sign = Decimal(-1), ""
            percent = self.main.is_percent(at)
        fraction = not sign and (percent or 0 < number < 1)
        if fraction:
            number *= 100
        if number != number.to_integral_value() or not 0 <= number <= 100:
            self.report(self._percent_range, at)
            return None
        if fraction and not percent:
            self.note(_("%(was)s 读作 %(now)d%%。") % {"was": plain(value), "now": number}, at)
        return int(number)

    @cached_property
    def _percent_range(self) -> str:
        return _("自评进度请填 0 到 100 之间的整数。")

    # -- one figure -------------------------------------------------------------------------------------

    def _stage(self, value: Any, at: Place) -> str:
        """The version of a figure as its cell says it: its label, 是 for 初步数 as former workbooks have it."""
        stage = stage_named(plain(value))
        if stage is None:
            return _("是") if self.yes(value, at) else ""
        return stage_note(stage)

    def _figure(self, figure: _FigureRow, shape: Shape) -> dict[str, str]:
        """{part: text} of the parts that say something."""
        typed = {}
        for part, value in figure.cells.items():
            at = self.figures.at(figure.row, part)
            if part == "reason":
                text = self.optional(value, at, TEXT_LIMIT)
            elif part == "preliminary":
                text = self._stage(value, at)
            elif part == "value" and shape is Shape.TEXT:
                text = self.optional(plain(value), at, FIGURE_TEXT_LIMIT)
            elif part == "value" and shape is Shape.YES_NO:
                text = self._yes_or_no(value, at)
            else:
                text = self._number(value, at, in_percent=figure.in_percent)
            if text and part in _NUMBER_PARTS and part not in shape.parts:
                self.report(
                    _("这个指标是比率，请分别填分子和分母。")
                    if shape is Shape.RATIO
                    else _("这个指标不是比率，请填在“本季数值”里。"),
                    at,
                )
            if text:
                typed["text" if part == "value" and shape is Shape.TEXT else part] = text
        return typed

    def _yes_or_no(self, value: Any, at: Place) -> str:
        if typed.is_dash(plain(value)):
            self.is_nothing(value, at)  # notes it
            return ""
        try:
            read = read_yes_no(plain(value))
        except ValueError as error:
            self.report(str(error), at)
            return plain(value)
        return "" if read is None else _("是") if read else _("否")

    def _number(self, value: Any, at: Place, *, in_percent: bool) -> str:
        if self.is_day(value, at):
            return ""
        if isinstance(value, float | int) and self.figures.is_percent(at):
            if in_percent:
                return typed.number_text(value * 100)
            self.report(_("不要填百分比，请分别填分子和分母，或去掉百分号。"), at)
            return ""
        if self.is_nothing(value, at):
            return ""
        text = plain(value)
        try:
            typed.number(text, percent=in_percent)
        except ValueError as error:
            self.report(str(error), at)
        return text
