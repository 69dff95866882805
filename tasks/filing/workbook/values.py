"""The format of the workbook: its columns, what its hidden sheet remembers, and what is said about a cell."""

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _

TEMPLATE = 2  # of the format; a workbook of another template is not read
HIDDEN = "_qhplan"  # the sheet that remembers; its name is for programs
PROBLEM_PAIRS = 3  # problems that a new row has room for, at least
MAX_ROWS = 20_000
_SALT = "tasks.filing.workbook"
_CONTROL = re.compile(r"_x000[Dd]_|[\x00-\x08\x0b\x0c\x0e-\x1f]")


class Refused(Exception):
    """The file as a whole cannot be taken; `str(error)` is one sentence for the person who sent it."""


def letters(column: int) -> str:
    """1 → A, 27 → AA."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


@dataclass(frozen=True, slots=True)
class CellProblem:
    """One thing to mend, or to know, with its place. Row and column count from 1; 0 means the whole sheet or row."""

    message: str
    sheet: str = ""
    row: int = 0
    column: int = 0

    @property
    def place(self) -> str:
        """填报 E7, or 填报 第7行, for a person to find."""
        if self.row and self.column:
            return f"{self.sheet} {letters(self.column)}{self.row}"
        if self.row:
            return _("%(sheet)s 第 %(row)d 行") % {"sheet": self.sheet, "row": self.row}
        return self.sheet


# -- columns ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Column:
    """One column: its field, its heading, and whether the body fills it in."""

    field: str
    label: str
    width: int
    editable: bool = False
    hint: str = ""


def main_columns(pairs: int) -> list[Column]:
    """The columns of the main sheet, with room for so many problems."""
    problems = []
    for number in range(1, pairs + 1):
        problems += [
            Column(
                f"problem_category_{number}",
                _("问题%(n)d类别") % {"n": number},
                11,
                True,
                _("从下拉框选。") if number == 1 else "",
            ),
            Column(
                f"problem_text_{number}",
                _("问题%(n)d") % {"n": number},
                30,
                True,
                _("一个问题填一组，没有不填。") if number == 1 else "",
            ),
        ]
    return [
        Column("code", _("编号"), 11),
        Column("task", _("任务"), 30),
        Column("agency", _("单位"), 16),
        Column("duty", _("身份"), 7),
        Column("lead", _("牵头单位"), 16),
        Column("state", _("状态"), 9),
        Column("last_quarter", _("上次季度"), 10),
        Column("last_light", _("上次灯"), 11),
        Column("last_done", _("上次进展"), 36),
        Column("last_next_steps", _("上次下步打算"), 26),
        Column("light", _("自评灯"), 11, True, _("从下拉框选。")),
        Column("progress", _("自评进度（%）"), 10, True, _("0 到 100 的整数，12 就是 12%。")),
        Column("done", _("本季进展"), 44, True, _("做了什么，做到哪一步。")),
        Column("no_progress", _("本季度无进展"), 9, True, _("无进展填“是”。")),
        Column("no_progress_reason", _("无进展原因"), 26, True, _("填“是”时必填。")),
        *problems,
        Column("coordination", _("需省级协调事项"), 30, True, _("请谁协调什么。")),
        Column("next_steps", _("下步打算"), 36, True, _("灯为黄、红时必填。")),
        Column("elsewhere", _("另渠道报送"), 9, True, _("涉密内容不在此填；填“是”的，其余清空。")),
    ]


def figure_columns() -> list[Column]:
    """The columns of the sheet of figures: one row for each indicator of a task."""
    return [
        Column("code", _("编号"), 11),
        Column("indicator", _("指标代号"), 14),
        Column("agency", _("单位"), 16),
        Column("task", _("任务"), 30),
        Column("name", _("指标"), 30),
        Column("unit", _("计量单位"), 10),
        Column("flow", _("口径"), 8),
        Column("last", _("上次数值"), 16),
        Column("value", _("本季数值"), 14, True, _("只填数字；是否填“是”或“否”。0 是数值，空白是没有统计。")),
        Column("numerator", _("分子"), 14, True, _("比率填分子、分母，不填百分比。")),
        Column("denominator", _("分母"), 14, True),
        Column("preliminary", _("初步数"), 8, True, _("以后还要改的填“是”。")),
        Column("reason", _("说明"), 30, True, _("累计数减少时必填。")),
    ]


# -- cells --------------------------------------------------------------------------------------------------


def plain(value: Any) -> str:
    """A cell's content as one text, the same however a program stored it: 12, 12.0 and "12 " are all 12."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value
        if not text.isprintable() or "_x00" in text:  # quick to ask, and few are not
            text = text.replace("\r\n", "\n").replace("_x000D_\n", "\n")
            text = _CONTROL.sub("", text).replace("\r", "\n")
        return text.strip()
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float | Decimal):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            return str(value)
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def fingerprint(cells: Iterable[str], figures: Iterable[tuple[str, Sequence[str]]]) -> str:
    """What a row said when it was handed out, to know later whether anybody touched it."""
    text = "\x1f".join(cells) + "".join(
        f"\x1e{slug}\x1f" + "\x1f".join(parts) for slug, parts in sorted(figures)
    )
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


class Shape(StrEnum):
    """How a figure is filled in: in one cell as a number, a yes or no or a text, or in two. The value marks its key on
    the hidden sheet."""

    NUMBER = ""
    RATIO = "/"
    YES_NO = "?"
    TEXT = "~"

    @property
    def parts(self) -> tuple[str, ...]:
        """The cells that it leaves free."""
        return ("numerator", "denominator") if self is Shape.RATIO else ("value",)


# -- what the hidden sheet remembers ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Key:
    """One row that was handed out: which return, and the draft that it showed.

    `figures` is ((key of a figure, its shape), …); `revision` is None where there was no draft.
    """

    ref: str
    code: str
    revision: int | None
    touched: str  # the row's fingerprint
    figures: tuple[tuple[str, Shape], ...] = ()


@dataclass(frozen=True)
class Manifest:
    """Where a workbook comes from. Signed, so that a draft's revision or the body cannot be made up."""

    plan: str
    quarter: str
    agency: str  # its slug; "" for the office's workbook of all bodies
    agency_name: str
    sheets: dict[str, str]  # {"main" | "figures": name}
    heads: dict[str, dict[str, str]]  # {"main" | "figures": {heading: field}}
    keys: tuple[Key, ...] = field(default_factory=tuple)
    template: int = TEMPLATE

    def rows(self) -> list[list[str]]:
        """The hidden sheet, row by row, all of it text."""
        head = {
            "template": str(self.template),
            "plan": self.plan,
            "quarter": self.quarter,
            "agency": self.agency,
            "agency_name": self.agency_name,
            "sheets": json.dumps(self.sheets, ensure_ascii=False),
            "main": json.dumps(self.heads["main"], ensure_ascii=False),
            "figures": json.dumps(self.heads["figures"], ensure_ascii=False),
        }
        lines = [[name, value] for name, value in head.items()]
        for key in self.keys:
            revision = "" if key.revision is None else str(key.revision)
            figures = " ".join(f"{name}{shape}" for name, shape in key.figures)
            lines.append(["row", key.ref, key.code, revision, key.touched, figures])
        return [["signature", _signature(lines)], *lines]

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> "Manifest":
        """Read the hidden sheet; raises Refused when it is not ours, not this template's or was changed."""
        changed = Refused(_("表里的隐藏页被改动过，核对不了来源，请重新下载再填。"))
        lines = [[plain(value) for value in row] for row in rows]
        if not lines or len(lines[0]) < 2 or lines[0][0] != "signature":
            raise changed
        signature, lines = lines[0][1], [_trimmed(line) for line in lines[1:]]
        head = {line[0]: line[1] for line in lines if line and line[0] != "row" and len(line) > 1}
        if head.get("template") != str(TEMPLATE):
            raise Refused(_("这是旧版模板的填报表，请重新下载再填。"))
        try:
            signing.Signer(salt=_SALT).unsign(f"{_digest(lines)}:{signature}")
        except signing.BadSignature as error:
            raise changed from error
        keys = []
        for line in lines:
            if line and line[0] == "row":
                _row, ref, code, revision, touched, figures = line + [""] * (6 - len(line))
                asked = tuple(_named(word) for word in figures.split())
                keys.append(Key(ref, code, int(revision) if revision else None, touched, asked))
        return cls(
            plan=head["plan"],
            quarter=head["quarter"],
            agency=head.get("agency", ""),
            agency_name=head.get("agency_name", ""),
            sheets=json.loads(head["sheets"]),
            heads={"main": json.loads(head["main"]), "figures": json.loads(head["figures"])},
            keys=tuple(keys),
        )


def _named(word: str) -> tuple[str, Shape]:
    mark = word[-1:] if word[-1:] in {Shape.RATIO, Shape.YES_NO, Shape.TEXT} else ""
    return word.removesuffix(mark), Shape(mark)


def _trimmed(line: list[str]) -> list[str]:
    """Without the blank cells at its end: a program may store them or not."""
    while line and not line[-1]:
        line = line[:-1]
    return line


def _digest(lines: Sequence[list[str]]) -> str:
    text = json.dumps([_trimmed(line) for line in lines], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _signature(lines: Sequence[list[str]]) -> str:
    signature: str = signing.Signer(salt=_SALT).signature(_digest(lines))
    return signature
