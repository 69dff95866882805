"""The format of the workbook: its columns, and what its hidden sheet remembers."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from tasks.submissions.fields import FIELDS, Kind, SubmissionField
from tasks.workbooks.values import Column, Refused, check_seal, lines_of, sealed

TEMPLATE = 3  # of the format; a workbook of another template is not read
PROBLEM_PAIRS = 3  # problems for which a new row has cells, at least
_SALT = "tasks.submissions.workbook"

# -- columns ------------------------------------------------------------------------------------------------


def main_columns(pairs: int) -> list[Column]:
    """The columns of the main sheet, with cells for so many problems."""
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
        *(column for field in FIELDS for column in columns_of(field, pairs)),
    ]


def columns_of(field: SubmissionField, pairs: int) -> list[Column]:
    """The columns in which one field is filled in: one, or for problems a category and a text, `pairs` times."""
    if field.kind is not Kind.PROBLEMS:
        return [
            Column(
                column.name or field.name,
                str(column.title or field.label),
                column.width,
                editable=True,
                hint=str(column.hint),
            )
            for column in field.columns
        ]
    return [
        Column(
            column.name.format(n=number),
            str(column.title) % {"n": number},
            column.width,
            editable=True,
            hint=str(column.hint) if number == 1 else "",
        )
        for number in range(1, pairs + 1)
        for column in field.columns
    ]


def fields_by_column(pairs: int) -> dict[str, SubmissionField]:
    """{name of an editable column: the field that it holds}."""
    return {column.field: field for field in FIELDS for column in columns_of(field, pairs)}


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


# -- rows ---------------------------------------------------------------------------------------------------


def fingerprint(cells: Iterable[str], figures: Iterable[tuple[str, Sequence[str]]]) -> str:
    """A hash of a row as it was downloaded, to know later whether anybody changed it."""
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
    """One row that was downloaded: which submission, and the draft that it showed.

    `figures` is ((key of a figure, its shape), …); `revision` is None where there was no draft.
    """

    ref: str
    code: str
    revision: int | None
    touched: str  # the row's fingerprint
    figures: tuple[tuple[str, Shape], ...] = ()


@dataclass(frozen=True)
class Manifest:
    """Where a workbook comes from. Signed, so that a draft's revision or the agency cannot be made up."""

    plan: str
    quarter: str
    agency: str  # its slug; "" for the office's workbook of all agencies
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
        return sealed(lines, _SALT)

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> "Manifest":
        """Read the hidden sheet; raises Refused when it is not ours, not this template's or was changed."""
        signature, lines = lines_of(rows)
        head = {line[0]: line[1] for line in lines if line and line[0] != "row" and len(line) > 1}
        if head.get("template") != str(TEMPLATE):
            raise Refused(_("这是旧版模板的填报表，请重新下载再填。"))
        check_seal(signature, lines, _SALT)
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
