"""Reading a filled-in workbook: what each task that somebody touched says, and every problem with its cell.

Nothing here asks the database. Rows may have been added, sorted, copied or left out: a task is known by its number, a
milestone by its row's key, a measure by its words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from tasks.workbooks import reading
from tasks.workbooks.upload_check import open_package
from tasks.workbooks.values import ERRORS, CellProblem, Refused, plain
from tasks.workplans.content import MeasureInput, MilestoneInput, new_key
from tasks.workplans.values import Period, read_day
from tasks.workplans.workbook.values import MEASURE, ROW_FIELDS, Manifest, TaskKey, fingerprint

_SAID = ("none_reason", "measure", "division", "contact", "node", "due", "evidence")


@dataclass(frozen=True)
class Expected:
    """Whose workbook is being waited for, and of which plan and period."""

    plan: str
    period: Period
    agency: str


@dataclass
class Filled:
    """What the rows of one touched task say. `places` gives the row of a measure's or milestone's key."""

    key: TaskKey
    sheet: str
    row: int  # its first
    columns: Mapping[str, int]
    none_reason: str = ""
    measures: list[MeasureInput] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def cell(self, name: str, key: str = "") -> tuple[str, int, int]:
        """(sheet, row, column) of a field, of the row of a measure or milestone, or the task's first."""
        return self.sheet, self.places.get(key, self.row), self.columns.get(name, self.columns["code"])


@dataclass
class Parsed:
    """A workbook read: tasks that were touched, and what is to be mended (problems) or known (notes)."""

    manifest: Manifest
    tasks: list[Filled]
    untouched: int
    missing: list[TaskKey]
    problems: list[CellProblem]
    notes: list[CellProblem]


def parse(data: bytes, expected: Expected, name: str = "") -> Parsed:
    """Read an uploaded workbook; raises Refused when the file as a whole is not the one that is expected."""
    package = open_package(data, name)
    try:
        manifest = Manifest.of(reading.hidden_rows(package))
        _check(manifest, expected)
        faults = reading.admit(package, manifest.sheet)
        rows = reading.rows_of(reading.open_sheets(package), manifest.sheet)
        return _Reader(manifest, rows, faults, expected.period).read()
    except reading.CalamineError as error:
        raise Refused(_("文件已损坏，打不开，请重新保存后再上传。")) from error


def _check(manifest: Manifest, expected: Expected) -> None:
    if manifest.agency != expected.agency:
        raise Refused(_("这是%(agency)s的方案表，您只能上传本单位的。") % {"agency": manifest.agency_name})
    if manifest.plan != expected.plan:
        raise Refused(_("这是另一个方案的表，请下载本方案的再填。"))
    if manifest.period != str(expected.period):
        raise Refused(
            _("这是%(theirs)s的表，您正在填%(ours)s。请到那一份里上传，或下载这一份的再填。")
            % {"theirs": Period.parse(manifest.period).label, "ours": expected.period.label}
        )


@dataclass(frozen=True)
class _Row:
    """One row with something in it, and the task that it belongs to."""

    number: int
    task: TaskKey
    said: Mapping[str, str]
    faults: Sequence[CellProblem]  # told only of a task that somebody touched


@dataclass
class _Group:
    """A measure, and what its rows say."""

    first: _Row
    division: str
    contact: str
    rows: list[_Row]


class _Reader:
    """One reading of one workbook."""

    def __init__(
        self,
        manifest: Manifest,
        rows: Sequence[Sequence[Any]],
        faults: Sequence[CellProblem],
        period: Period,
    ) -> None:
        self.manifest = manifest
        self.period = period
        self.columns, top = reading.table(rows, manifest.sheet, manifest.heads)
        known = set(self.columns.values())
        # What stands beside the table is nobody's.
        self.problems = [one for one in faults if one.row > top and one.column in known]
        self.notes: list[CellProblem] = []
        self.rows = list(enumerate(rows[top:], top + 1))

    def read(self) -> Parsed:
        by_task: dict[str, list[_Row]] = {}
        for row in self._said():
            by_task.setdefault(row.task.code, []).append(row)
        filled: list[Filled] = []
        untouched = 0
        seen: dict[str, int] = {}
        for key in self.manifest.tasks:
            rows = by_task.get(key.code)
            if rows is None:
                continue
            if key.touched == fingerprint([row.said[name] for name in ROW_FIELDS] for row in rows):
                seen |= {row.said["key"]: row.number for row in rows if row.said["key"]}
                untouched += 1
        for key in self.manifest.tasks:
            rows = by_task.get(key.code)
            if rows is None:
                continue
            if key.touched != fingerprint([row.said[name] for name in ROW_FIELDS] for row in rows):
                filled.append(self._task(key, rows, seen))
        missing = [key for key in self.manifest.tasks if key.code not in by_task]
        return Parsed(self.manifest, filled, untouched, missing, self.problems, self.notes)

    def _said(self) -> list[_Row]:
        """Every row with something in it, under its task."""
        tasks = {key.code: key for key in self.manifest.tasks}
        found: list[_Row] = []
        task: TaskKey | None = None
        for number, cells in self.rows:
            faults: list[CellProblem] = []
            said = {name: self._text(cells, name, number, faults) for name in ROW_FIELDS}
            code = plain(cells[self.columns["code"] - 1])
            if code:
                task = tasks.get(code)
                if task is None:
                    self._say(
                        _("编号“%(code)s”不在本单位这张表里：是别的单位的任务，或编号被改动。")
                        % {"code": code[:20]},
                        number,
                        "code",
                    )
            elif any(said[name] for name in _SAID):
                if not found and task is None:
                    self._say(_("这一行没有编号，不知道是哪项任务。"), number, "code")
                elif task is not None:
                    self.notes.append(
                        self._at(
                            _("没有编号，读作 %(code)s，同上一行。") % {"code": task.code}, number, "code"
                        )
                    )
            else:
                continue
            if task is not None:
                found.append(_Row(number, task, said, faults))
        return found

    def _text(self, cells: Sequence[Any], name: str, number: int, faults: list[CellProblem]) -> str:
        value = cells[self.columns[name] - 1]
        if name == "due":
            return self._day(value, number, faults)
        if isinstance(value, bool):
            faults.append(self._at(_("这里要填文字，却是 TRUE 或 FALSE。"), number, name))
            return ""
        text = plain(value)
        if text in ERRORS:
            faults.append(self._at(_("单元格是错误值，请改成数或文字。"), number, name))
        return text

    def _day(self, value: Any, number: int, faults: list[CellProblem]) -> str:
        if isinstance(value, datetime):
            return value.date().isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, bool | int | float | time):
            said = _("这里要填日期，写成 2017-06-30，或把单元格改成日期格式。")
            faults.append(self._at(said, number, "due"))
            return ""
        text = plain(value)
        try:
            day = read_day(text, self.period.year)
        except ValueError as error:
            faults.append(self._at(str(error), number, "due"))
            return text
        return day.isoformat() if day else ""

    # -- one task ---------------------------------------------------------------------------------------

    def _task(self, key: TaskKey, rows: Sequence[_Row], seen: dict[str, int]) -> Filled:
        filled = Filled(key, self.manifest.sheet, rows[0].number, self.columns)
        groups: dict[str, _Group] = {}
        last: _Group | None = None
        for row in rows:
            said = row.said
            self.problems += row.faults
            if reason := said["none_reason"]:
                if filled.none_reason and filled.none_reason != reason:
                    self._say(_("同一项任务写了两个不同的原因，请留一个。"), row.number, "none_reason")
                filled.none_reason = reason
            if not any(said[name] for name in _SAID if name != "none_reason"):
                continue
            words = said["measure"]
            group = groups.get(words) if words else last
            if group is None:
                if not words:
                    self._say(_("请写这个节点属于哪项举措。"), row.number, "measure")
                    continue
                group = groups[words] = _Group(row, said["division"], said["contact"], [])
            self._same(group, row)
            group.rows.append(row)
            last = group
        taken: set[str] = set()
        for words, group in groups.items():
            filled.measures.append(self._measure(words, group, filled, seen, taken))
        return filled

    def _same(self, group: _Group, row: _Row) -> None:
        """The division and contact of a measure are the same on all of its rows, or stand on one."""
        for name, label in (("division", _("责任处室")), ("contact", _("联系人"))):
            said, known = row.said[name], getattr(group, name)
            if said and known and said != known:
                self._say(
                    _("同一项举措在第 %(row)d 行的%(label)s是“%(known)s”，请改成一样的。")
                    % {"row": group.first.number, "label": label, "known": known[:20]},
                    row.number,
                    name,
                )
            elif said and not known:
                setattr(group, name, said)

    def _measure(
        self, words: str, group: _Group, filled: Filled, seen: dict[str, int], taken: set[str]
    ) -> MeasureInput:
        own = ""
        nodes = []
        for row in group.rows:
            said = row.said
            code = self._row_key(row, seen)
            came_from = self.manifest.rows.get(code, "")
            if came_from and came_from not in taken and not own:
                own = came_from
            if not any(said[name] for name in ("node", "due", "evidence")):
                continue
            key = code if code and not code.startswith(MEASURE) else new_key()
            filled.places[key] = row.number
            nodes.append(MilestoneInput(said["node"], said["due"], said["evidence"], key))
        own = own or new_key()
        taken.add(own)
        filled.places[own] = group.first.number
        return MeasureInput(words, group.division, group.contact, tuple(nodes), own)

    def _row_key(self, row: _Row, seen: dict[str, int]) -> str:
        """The row's key if it is ours and stands for the first time; a copied row is a new one."""
        code = row.said["key"]
        if not code:
            return ""
        if code not in self.manifest.rows:
            self._say(_("行码被改动过；原有的行请恢复，新加的行请清空。"), row.number, "key")
            return ""
        if code in seen:
            self.notes.append(
                self._at(
                    _("行码与第 %(row)d 行相同，作为新加的节点。") % {"row": seen[code]}, row.number, "key"
                )
            )
            return ""
        seen[code] = row.number
        return code

    def _say(self, message: str, row: int, name: str) -> None:
        self.problems.append(self._at(message, row, name))

    def _at(self, message: str, row: int, name: str) -> CellProblem:
        return CellProblem(message, self.manifest.sheet, row, self.columns[name])
