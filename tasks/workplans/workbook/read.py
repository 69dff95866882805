"""Reading a filled-in workbook: what it says of each task that somebody touched, and every fault with its cell.

Nothing here runs a query. Rows may have been added, sorted, copied or left out: a task is known by its code, a milestone
by its row's key, a measure by its words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from django.utils.translation import gettext as _

from tasks import typed
from tasks.workbooks import reading
from tasks.workbooks.manifest import Key, Manifest, Origin
from tasks.workbooks.reading import Parsed, Reader
from tasks.workbooks.upload_check import Package
from tasks.workbooks.values import CellProblem, Place, plain
from tasks.workplans.content import MeasureInput, MilestoneInput, new_key
from tasks.workplans.values import WorkPlanPeriod
from tasks.workplans.workbook.values import CONTENT_FIELDS, FORMAT, MEASURE, ROW_FIELDS, fingerprint


@dataclass
class Filled(reading.Filled):
    """What the rows of one touched task say. `places` is {key of a measure or milestone: row}."""

    none_reason: str = ""
    measures: list[MeasureInput] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, name: str, key: str = "") -> Place:
        """The cell of a field, in the row of a measure or milestone or in the task's first row."""
        return self.table.at(self.places.get(key, self.row), name)


def parse(data: bytes, period: WorkPlanPeriod, origin: Origin, name: str = "") -> Parsed[Filled]:
    """Read an uploaded workbook; raises Refused when the file as a whole is not the one of this origin."""
    return reading.parse(
        data,
        name,
        FORMAT,
        origin,
        lambda package, manifest: _WorkPlanReader(package, manifest, period).read(),
    )


@dataclass(frozen=True)
class _Row:
    """One row that is not blank: {field: text}, and the task that it belongs to."""

    number: int
    task: Key
    texts: Mapping[str, str]
    faults: Sequence[CellProblem]  # reported only for a task that somebody touched


@dataclass
class _Group:
    """A measure and its rows."""

    first: _Row
    division: str
    contact: str
    rows: list[_Row]


class _WorkPlanReader(Reader):
    """One reading of one workbook."""

    def __init__(self, package: Package, manifest: Manifest, period: WorkPlanPeriod) -> None:
        super().__init__(package, [manifest.about["sheet"]])
        self.tasks = manifest.keys
        # {key of a row: key of its measure}
        self.measure_keys = {line[1]: line[2] for line in manifest.others}
        self.period = period
        self.sheet = self.table(manifest.about["sheet"], manifest.loaded("heads"))

    def read(self) -> Parsed[Filled]:
        by_task: dict[str, list[_Row]] = {}
        for row in self._rows():
            by_task.setdefault(row.task.code, []).append(row)
        seen: dict[str, int] = {}  # {key of a row: row number}
        touched = []
        for key in self.tasks:
            rows = by_task.get(key.code, [])
            if key.touched != fingerprint([row.texts[name] for name in ROW_FIELDS] for row in rows):
                touched.append(key)
            else:
                # The original of a copied row is in its task, even where a touched task comes first.
                seen |= {row.texts["key"]: row.number for row in rows if row.texts["key"]}
        filled = [self._task(key, by_task[key.code], seen) for key in touched if key.code in by_task]
        missing = [key for key in self.tasks if key.code not in by_task]
        return Parsed(filled, len(by_task) - len(filled), missing, self.problems, self.notes)

    def _rows(self) -> list[_Row]:
        """Every row that is not blank, with its task."""
        tasks = {key.code: key for key in self.tasks}
        found: list[_Row] = []
        task: Key | None = None
        for number, cells in self.sheet.rows:
            before = len(self.problems)
            texts = {
                name: self._cell(cells[self.sheet.columns[name] - 1], self.sheet.at(number, name))
                for name in ROW_FIELDS
            }
            faults, self.problems[before:] = self.problems[before:], []
            code, at = plain(cells[self.sheet.columns["code"] - 1]), self.sheet.at(number, "code")
            if code:
                task = tasks.get(code)
                if task is None:
                    self.report(
                        _("编号“%(code)s”不在本单位这张表里：是别的单位的任务，或编号被改动。")
                        % {"code": code[:20]},
                        at,
                    )
            elif not any(texts[name] for name in CONTENT_FIELDS):
                continue
            elif task is not None:
                self.note(_("没有编号，读作 %(code)s，同上一行。") % {"code": task.code}, at)
            elif not found:
                self.report(_("这一行没有编号，不知道是哪项任务。"), at)
            if task is not None:
                found.append(_Row(number, task, texts, faults))
        return found

    def _cell(self, value: Any, at: Place) -> str:
        if at[2] == self.sheet.columns["due"]:
            return self._day(value, at)
        optional = at[2] in {self.sheet.columns[name] for name in ("division", "contact", "evidence")}
        return self.optional(value, at) if optional else self.text(value, at)

    def _day(self, value: Any, at: Place) -> str:
        """A day as 2017-06-30; a text that is no day as it was typed."""
        if isinstance(value, date):  # a datetime is one
            text = f"{value:%Y-%m-%d}"
            if self.sheet.is_month(at):
                text = plain(typed.day(text[:7]))
                self.note(_("只写到月，读作 %(day)s。") % {"day": text}, at)
            return text
        text = plain(value)
        is_number = isinstance(value, bool | int | float | time)
        try:
            day = typed.day(text, self.period.year)
        except ValueError as error:
            told = _("这里要填日期，写成 2017-06-30，或把单元格改成日期格式。")
            self.report(told if is_number else str(error), at)
            return "" if is_number else text
        if is_number and day:  # a day in a cell that is formatted as a number
            self.note(_("%(was)s 读作 %(day)s。") % {"was": text, "day": day.isoformat()}, at)
        return day.isoformat() if day else ""

    # -- one task ---------------------------------------------------------------------------------------

    def _task(self, key: Key, rows: Sequence[_Row], seen: dict[str, int]) -> Filled:
        filled = Filled(key, self.sheet, rows[0].number)
        groups: dict[str, _Group] = {}
        last: _Group | None = None
        for row in rows:
            texts = row.texts
            self.problems += row.faults
            if reason := texts["none_reason"]:
                if filled.none_reason and filled.none_reason != reason:
                    self.report(
                        _("同一项任务写了两个不同的原因，请留一个。"),
                        self.sheet.at(row.number, "none_reason"),
                    )
                filled.none_reason = reason
            if not any(texts[name] for name in CONTENT_FIELDS if name != "none_reason"):
                continue
            words = texts["measure"]
            group = groups.get(words) if words else last
            if group is None:
                if not words:
                    self.report(_("请写这个节点属于哪项举措。"), self.sheet.at(row.number, "measure"))
                    continue
                group = groups[words] = _Group(row, texts["division"], texts["contact"], [])
            self._merge(group, row)
            group.rows.append(row)
            last = group
        taken: set[str] = set()
        for words, group in groups.items():
            filled.measures.append(self._measure(words, group, filled, seen, taken))
        return filled

    def _merge(self, group: _Group, row: _Row) -> None:
        """Take division and contact from a row of the measure; they are the same in all of its rows, or blank."""
        for name, label in (("division", _("责任处室")), ("contact", _("联系人"))):
            text, known = row.texts[name], getattr(group, name)
            if text and known and text != known:
                self.report(
                    _("同一项举措在第 %(row)d 行的%(label)s是“%(known)s”，请改成一样的。")
                    % {"row": group.first.number, "label": label, "known": known[:20]},
                    self.sheet.at(row.number, name),
                )
            elif text and not known:
                setattr(group, name, text)

    def _measure(
        self, words: str, group: _Group, filled: Filled, seen: dict[str, int], taken: set[str]
    ) -> MeasureInput:
        own = ""
        nodes = []
        for row in group.rows:
            texts = row.texts
            code = self._row_key(row, seen)
            came_from = self.measure_keys.get(code, "")
            if came_from and came_from not in taken and not own:
                own = came_from
            if not any(texts[name] for name in ("node", "due", "evidence")):
                continue
            key = code if code and not code.startswith(MEASURE) else new_key()
            filled.places[key] = row.number
            nodes.append(MilestoneInput(texts["node"], texts["due"], texts["evidence"], key))
        own = own or new_key()
        taken.add(own)
        filled.places[own] = group.first.number
        return MeasureInput(words, group.division, group.contact, tuple(nodes), own)

    def _row_key(self, row: _Row, seen: dict[str, int]) -> str:
        """The row's key if the workbook handed it out and no row above has it; a copied row is a new milestone."""
        code = row.texts["key"]
        if not code:
            return ""
        if code not in self.measure_keys:
            self.report(_("行码被改动过；原有的行请恢复，新加的行请清空。"), self.sheet.at(row.number, "key"))
            return ""
        if code in seen:
            self.note(
                _("行码与第 %(row)d 行相同，作为新加的节点。") % {"row": seen[code]},
                self.sheet.at(row.number, "key"),
            )
            return ""
        seen[code] = row.number
        return code
