"""Recognises what the columns of a table of tasks hold, by their heads: 任务, 牵头单位, 完成时限, 一季度进展 …

Heads may stand on two rows (责任单位 over 牵头 and 配合), below a title, and on every page again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.plans.documents.values import Cell, Table
from tasks.plans.names import clean

WITHIN = 12  # rows in which the heads are looked for
_MOST_HEAD_ROWS = 3

# Fields in the order in which they are tried.
_FIELDS = (
    ("number", r"(?:任务|项目)?(?:序号?|编号)|项次|[Nn][Oo]\.?|№"),
    ("person", r".*(?:领导|负责人|责任人|联系人|联络员|经办人|填报人|电话|联系方式|手机).*"),
    ("problems", r".*(?:问题|困难|堵点|难点|短板).*"),
    ("next_steps", r".*(?:下一?步|下阶段|后续|下季度|下月).*"),
    ("remark", r".*备注.*|说明|.*来源|.*依据|附注"),
    ("status", r".*(?:状态|是否完成|是否|亮灯|灯号|评价|预警|进度[（(]?%[)）]?|完成率|完成比例|百分比).*"),
    ("progress", r".*(?:进展|(?:完成|落实|推进|实施|执行|办理|贯彻|整改)(?:情况|进度|成效)|工作情况|(?:工作|目前|当前)进度|实际完成|完成内容|完成值).*"),
    ("responsible", r".*牵头.*(?:配合|责任|协办|参与|参加).*|.*(?:责任|配合).*牵头.*(?:单位|部门)?"),
    ("lead", r".*牵头.*|(?:第一|主要|首要)责任(?:单位|部门)|主[办责](?:单位|部门)?"),
    ("co", r".*(?:配合|协办|协同|协助|协作).*"),
    ("join", r".*(?:参与|参加)(?:单位|部门)?"),
    ("guide", r".*(?:指导|督导|督办|监督)(?:单位|部门)"),
    ("carry", r".*(?:落实|承办|实施|执行|建设|承担)(?:责任)?(?:单位|部门|主体)"),
    ("responsible", r".*(?:责任|负责|主管|分工)(?:单位|部门|主体|科室|处室|地区)?|(?:责任|职责|任务)分工|单位|部门|单位名称|责任"),
    ("period", r"(?:填报|报告|所属|统计)?(?:期|期次|期别|季度|月份|期间|时期|周期)"),
    ("deadline", r".*(?:时限|期限|时间|日期|时间节点|起止年限|时间要求|时间进度)(?:要求|安排)?"),
    ("group", r".*(?:类别|分类|类型|领域|板块|方面|大类|专项|章节|一级(?:任务|指标|目标))"),
    ("content", r".*(?:内容|措施|举措|要求|要点|安排|描述|做法|路径|抓手)"),
    ("task", r".*(?:任务|事项|工作|项目|行动|工程|清单)(?:名称|分解|细化)?|(?:任务|事项)?名称"),
    ("target", r".*(?:目标|指标|成果|成效|目标值)(?:任务|要求|值|内容|形式)?"),
)  # fmt: skip
_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _FIELDS)
DUTIES = ("lead", "responsible", "co", "carry", "join", "guide")
_PLANNED = re.compile("目标|计划|节点|安排|任务|要求|进度")
_DONE = re.compile("进展|情况|实际|成效|完成")
_BARE = re.compile(r"单位|部门|名称|目标|计划|情况|内容|进度|时间|节点|任务|安排")

_YEAR = r"(?:(?P<year>(?:19|20)\d\d)年?(?:度)?)?"
_PERIOD = re.compile(
    rf"{_YEAR}(?:第?(?P<quarter>[一二三四1-4])季度?|[QＱ](?P<q>[1-4])|(?P<half>上|下)半年|前?(?P<from>\d{{1,2}})[—–\-~至到](?P<to>\d{{1,2}})月"
    r"|(?P<month>\d{1,2}|十[一二]?|[一二三四五六七八九])月份?|(?P<whole>全年|年度|年底|年末))"
)
_CHINESE = {char: value for value, char in enumerate("一二三四五六七八九", 1)} | {
    "十": 10,
    "十一": 11,
    "十二": 12,
}


@dataclass(frozen=True)
class ColumnPeriod:
    """A period that a head names: its first and last month, and the year where it is printed (0 without one)."""

    first: int
    last: int
    year: int = 0


@dataclass(frozen=True)
class Column:
    """A column: its number from 0, its head as printed, the field that the head names ("" for none), and its period.

    Fields are number, group, task, content, lead, responsible, co, carry, join, guide, deadline, target, node (what is
    planned for a period), progress, problems, next_steps, status, period (of which the row speaks), person, remark.
    """

    index: int
    head: str
    field: str
    period: ColumnPeriod | None = None


@dataclass(frozen=True)
class Heads:
    """The heads of a table: rows `[top, bottom)` and the columns below them."""

    top: int
    bottom: int
    columns: tuple[Column, ...]

    def of(self, name: str) -> tuple[Column, ...]:
        """The columns of a field, from left to right."""
        return tuple(column for column in self.columns if column.field == name)

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(column.head for column in self.columns)


def period_of(head: str) -> ColumnPeriod | None:
    """The period that a head names: 一季度, 2017年上半年, 1-2月, 6月."""
    match = _PERIOD.search(clean(head).replace(" ", ""))
    if match is None:
        return None
    year = int(match["year"] or 0)
    if quarter := match["quarter"] or match["q"]:
        number = _CHINESE.get(quarter) or int(quarter)
        return ColumnPeriod(3 * number - 2, 3 * number, year)
    if match["half"]:
        return ColumnPeriod(1, 6, year) if match["half"] == "上" else ColumnPeriod(7, 12, year)
    if match["from"]:
        first, last = int(match["from"]), int(match["to"])
        return ColumnPeriod(first, last, year) if 1 <= first <= last <= 12 else None
    if match["month"]:
        month = _CHINESE.get(match["month"]) or int(match["month"])
        return ColumnPeriod(month, month, year) if 1 <= month <= 12 else None
    return ColumnPeriod(1, 12, year)


def field_of(head: str) -> str:
    """The field that a head names, "" for none."""
    words = re.sub(r"[（(〔\[].*?[）)〕\]]|\s|[：:／/*＊]", "", clean(head)) or re.sub(
        r"\s|[（）()]", "", clean(head)
    )
    if not words or len(words) > 24:
        return ""
    if period_of(head) is not None:
        if _DONE.search(words) and not re.search("目标|计划|节点|任务", words):
            return "progress"
        if re.fullmatch("(?:全年|年度)(?:工作|重点|主要)?(?:任务|事项)", words):
            return "task"
        if re.search("(?:全年|年度).*目标", words):
            return "target"
        if _PLANNED.search(words) and not re.search("时限|时间|日期", words):
            return "node"
        if _PERIOD.fullmatch(words):
            return "node"
    return next((name for name, pattern in _PATTERNS if pattern.fullmatch(words)), "")


def heads(table: Table, chosen: Mapping[str, Column] | None = None) -> Heads | None:
    """The table's heads; None if it is no table of tasks, that is without a column of tasks and one of duties, dates,
    targets or progress. `chosen` is what a person decided about heads, {head as printed: column}."""
    best: Heads | None = None
    for top in range(min(WITHIN, len(table.grid))):
        found = _heads_at(table, top, chosen or {})
        if found and (best is None or _weight(found) > _weight(best)):
            best = found
    return best if best is None or chosen else _told_apart(table, best)


def candidates(table: Table) -> tuple[Column, ...]:
    """The columns under what looks most like heads, for a person to choose from: the row with the most short texts."""
    rows = table.grid[:WITHIN]
    texts = [{cell for cell in row if cell and 0 < len(cell.text.strip()) <= 30} for row in rows]
    top = max(range(len(rows)), key=lambda number: len(texts[number]), default=None)
    if top is None:
        return ()
    return tuple(_column(index, rows[top : top + 1], {}) for index in range(len(rows[top])))


def _weight(found: Heads) -> int:
    return len([column for column in found.columns if column.field])


def _heads_at(table: Table, top: int, chosen: Mapping[str, Column]) -> Heads | None:
    for height in range(1, _MOST_HEAD_ROWS + 1):
        rows = table.grid[top : top + height]
        if len(rows) < height:
            return None
        whole = all(cell is None or cell.row + cell.rows <= top + height for row in rows for cell in row)
        below = table.grid[top + height : top + height + 1]
        if not whole or (below and _has_lower_heads(rows[0], below[0], top)):
            continue
        columns = tuple(_column(index, rows, chosen) for index in range(max(map(len, rows))))
        names = {column.field for column in columns}
        if names & {"task", "content"} and names & {*DUTIES, "deadline", "target", "progress", "node"}:
            return Heads(top, top + height, columns)
        return None
    return None


def _has_lower_heads(row: Sequence[Cell | None], below: Sequence[Cell | None], top: int) -> bool:
    """Whether cells of a head row that reach over several columns are divided in the row below."""
    wide = [cell for cell in row if cell and cell.columns > 1 and cell.row >= top and cell.columns < len(row)]
    return any(
        sub is not None and sub.row > cell.row and sub.columns < cell.columns and field_of(sub.text)
        for cell in wide
        for sub in below[cell.column : cell.column + cell.columns]
    )


def _column(index: int, rows: Sequence[Sequence[Cell | None]], chosen: Mapping[str, Column]) -> Column:
    words: list[str] = []
    for row in rows:
        cell = row[index] if index < len(row) else None
        text = clean(cell.text).replace(" ", "") if cell else ""
        if text and text not in words:
            words.append(text)
    if not words:
        return Column(index, "", "")
    if decided := chosen.get("／".join(words)):
        return replace(decided, index=index, head="／".join(words))
    whole = "".join(words)
    lowest = words[-1]
    name = field_of(lowest) if not _BARE.fullmatch(lowest) or len(words) == 1 else ""
    name = field_of(whole) if period_of(whole) and len(words) > 1 else name
    name = name or field_of(whole) or field_of(words[0])
    return Column(
        index,
        "／".join(words),
        name,
        period_of(whole) if name in ("node", "progress", "problems", "next_steps", "status") else None,
    )


def _told_apart(table: Table, found: Heads) -> Heads:
    """Which of several columns of tasks names the group, which the task, and which says more about it.

    A column whose cells reach over several rows holds groups. The first after them holds the tasks.
    """
    candidates = [column for column in found.columns if column.field in ("task", "content", "group")]
    wide = [column for column in candidates if _reaches_down(table, found, column.index)]
    single = [column for column in candidates if column not in wide and column.field != "group"]
    if not single:
        single = [column for column in candidates if column.field != "group"][-1:]
        wide = [column for column in candidates if column not in single]
    names = [column for column in single if column.field == "task"]
    task = (
        names[-1]
        if names and names[-1].index < min((c.index for c in single if c.field == "content"), default=999)
        else single[0]
    )
    if names and task not in names:
        task = names[0]
    fields = {task.index: "task"}
    for column in candidates:
        if column.index != task.index:
            is_above = column.field == "group" or (column in wide and column.index < task.index)
            is_above = is_above or (column.field == "task" and column.index < task.index)
            fields[column.index] = "group" if is_above else "content"
    return replace(
        found,
        columns=tuple(replace(c, field=fields.get(c.index, c.field)) for c in found.columns),
    )


def _reaches_down(table: Table, found: Heads, index: int) -> bool:
    cells = [row[index] for row in table.grid[found.bottom :] if index < len(row)]
    return any(cell is not None and cell.rows > 1 for cell in cells)
