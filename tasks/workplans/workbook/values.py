"""The format of the workbook: its columns, and what its hidden sheet remembers."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from tasks.workbooks.values import Column, Refused, check_seal, lines_of, sealed

TEMPLATE = 1  # of the format; a workbook of another template is not read
MEASURE = "m-"  # before the key of a row that stands for a measure without milestones
SPARE_ROWS = 300  # below the last, ready for dates
_SALT = "tasks.workplans.workbook"


def columns() -> list[Column]:
    """The columns of the sheet, left to right."""
    return [
        Column("code", _("编号"), 11, False, _("新加的行照抄编号，或留空（同上一行）。")),
        Column("task", _("任务"), 26),
        Column("duty", _("身份"), 7),
        Column("none_reason", _("不列举措的原因"), 22, True, _("确实不用列举措的任务才填。")),
        Column("measure", _("举措"), 36, True, _("做什么。留空就是同上一行的举措。")),
        Column("division", _("责任处室"), 15, True),
        Column("contact", _("联系人"), 12, True, _("可不填。")),
        Column("node", _("节点"), 36, True, _("到哪一天，做到哪一步。一个节点一行。")),
        Column("due", _("完成时限"), 13, True, _("2017-06-30；只写到月的，按月底算。")),
        Column("evidence", _("完成标志"), 24, True, _("凭什么看得出来，可不填。")),
        Column("key", _("行码"), 13, False, _("系统认行用，不要改；新加的行留空。")),
    ]


ROW_FIELDS = ("none_reason", "measure", "division", "contact", "node", "due", "evidence", "key")


def fingerprint(rows: Iterable[Sequence[str]]) -> str:
    """What a task's rows said when they were handed out, to know later whether anybody touched them; in whatever order
    they stand."""
    text = "\x1e".join(sorted("\x1f".join(row) for row in rows if any(row)))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


@dataclass(frozen=True, slots=True)
class TaskKey:
    """One task that was handed out, and the draft that it showed; `revision` is None where there was none."""

    ref: str
    code: str
    revision: int | None
    touched: str  # its rows' fingerprint


@dataclass(frozen=True)
class Manifest:
    """Where a workbook comes from. Signed, so that a draft's revision or the body cannot be made up."""

    plan: str
    period: str
    agency: str
    agency_name: str
    sheet: str
    heads: Mapping[str, str]  # {heading: field}
    tasks: tuple[TaskKey, ...] = field(default_factory=tuple)
    rows: Mapping[str, str] = field(default_factory=dict)  # {milestone's key: its measure's}

    def lines(self) -> list[list[str]]:
        """The hidden sheet, row by row, all of it text."""
        head = {
            "template": str(TEMPLATE),
            "plan": self.plan,
            "period": self.period,
            "agency": self.agency,
            "agency_name": self.agency_name,
            "sheet": self.sheet,
            "heads": json.dumps(dict(self.heads), ensure_ascii=False),
        }
        lines = [[name, value] for name, value in head.items()]
        for one in self.tasks:
            revision = "" if one.revision is None else str(one.revision)
            lines.append(["task", one.ref, one.code, revision, one.touched])
        lines += [["row", key, measure] for key, measure in self.rows.items()]
        return sealed(lines, _SALT)

    @classmethod
    def of(cls, rows: Sequence[Sequence[Any]]) -> "Manifest":
        """Read the hidden sheet; raises Refused when it is not ours, not this template's or was changed."""
        signature, lines = lines_of(rows)
        head = {
            line[0]: line[1] for line in lines if line and line[0] not in {"task", "row"} and len(line) > 1
        }
        if "period" not in head:
            raise Refused(_("这不是实施方案或年度要点的方案表，请从本页下载再填。"))
        if head.get("template") != str(TEMPLATE):
            raise Refused(_("这是旧版模板的方案表，请重新下载再填。"))
        check_seal(signature, lines, _SALT)
        tasks = []
        for line in lines:
            if line and line[0] == "task":
                _task, ref, code, revision, touched = line + [""] * (5 - len(line))
                tasks.append(TaskKey(ref, code, int(revision) if revision else None, touched))
        return cls(
            plan=head["plan"],
            period=head["period"],
            agency=head["agency"],
            agency_name=head.get("agency_name", ""),
            sheet=head["sheet"],
            heads=json.loads(head["heads"]),
            tasks=tuple(tasks),
            rows={line[1]: line[2] for line in lines if line and line[0] == "row" and len(line) > 2},
        )
