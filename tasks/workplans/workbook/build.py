"""Writing the workbook: a row for each milestone, one for each task that has none yet."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from tasks.values import Duty
from tasks.workbooks import writing
from tasks.workbooks.values import plain
from tasks.workbooks.writing import HEAD_ROW, Styles, cell_at
from tasks.workplans.content import EVIDENCE_LIMIT, SHORT_LIMIT, TEXT_LIMIT, TaskContent
from tasks.workplans.values import Period
from tasks.workplans.workbook.values import (
    MEASURE,
    ROW_FIELDS,
    SPARE_ROWS,
    Manifest,
    TaskKey,
    columns,
    fingerprint,
)

_DAY = "yyyy-mm-dd"


def build(
    *,
    plan_slug: str,
    plan_title: str,
    period: Period,
    agency_slug: str,
    agency_name: str,
    contents: Sequence[TaskContent],
    revisions: Mapping[int, int],
) -> bytes:
    """The workbook of one body; `revisions` are those of the drafts that it shows, by task."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = _("方案")
    guide = book.create_sheet(_("说明"))
    about = {"plan": plan_title, "label": period.label, "agency": agency_name}
    writing.head(
        sheet,
        columns(),
        _("%(plan)s %(label)s：%(agency)s") % about,
        _("严禁填报涉密信息。可以加行、删行、排序；灰底的格子不要改。"),
    )
    tasks, rows = _fill(sheet, contents, revisions)
    writing.finish(sheet, columns(), protect=False)
    _rules(sheet)
    writing.guide(guide, _guidance(period))
    manifest = Manifest(
        plan=plan_slug,
        period=str(period),
        agency=agency_slug,
        agency_name=agency_name,
        sheet=sheet.title,
        heads={column.label: column.field for column in columns()},
        tasks=tuple(tasks),
        rows=rows,
    )
    return writing.packed(book, manifest.lines())


def _fill(
    sheet: Worksheet, contents: Sequence[TaskContent], revisions: Mapping[int, int]
) -> tuple[list[TaskKey], dict[str, str]]:
    styles = Styles()
    tasks: list[TaskKey] = []
    known: dict[str, str] = {}
    line = HEAD_ROW
    for content in contents:
        rows = list(_rows(content, known))
        for row in rows:
            line += 1
            for place, column in enumerate(columns(), 1):
                value = row.get(column.field, "")
                shown = _DAY if column.field == "due" and isinstance(value, date) else "@"
                styles.put(cell_at(sheet, line, place), value, locked=not column.editable, shown_as=shown)
        said = [[plain(row.get(name, "")) for name in ROW_FIELDS] for row in rows]
        tasks.append(TaskKey(content.ref, content.code, revisions.get(content.task_id), fingerprint(said)))
    for spare in range(line + 1, line + SPARE_ROWS + 1):
        for place, column in enumerate(columns(), 1):
            if column.editable:
                shown = "General" if column.field == "due" else "@"
                styles.put(cell_at(sheet, spare, place), "", locked=False, shown_as=shown)
    return tasks, known


def _rows(content: TaskContent, known: dict[str, str]) -> Any:
    """A task's rows; the keys of those that stand for something go into `known`."""
    about = {
        "code": content.code,
        "task": content.heading,
        "duty": Duty(content.duty).label,
        "none_reason": content.none_reason,
    }
    if not content.steps:
        yield about
    for step in content.steps:
        said = {"measure": step.text, "division": step.division, "contact": step.contact}
        if not step.nodes:
            known[MEASURE + step.key] = step.key
            yield {**about, **said, "key": MEASURE + step.key}
        for node in step.nodes:
            known[node.key] = step.key
            yield {
                **about,
                **said,
                "node": node.text,
                "due": node.due or node.typed,
                "evidence": node.evidence,
                "key": node.key,
            }


def _rules(sheet: Worksheet) -> None:
    limits = {
        "none_reason": TEXT_LIMIT,
        "measure": TEXT_LIMIT,
        "division": SHORT_LIMIT,
        "contact": SHORT_LIMIT,
        "node": TEXT_LIMIT,
        "evidence": EVIDENCE_LIMIT,
    }
    for place, column in enumerate(columns(), 1):
        if column.field in limits:
            writing.apply(sheet, writing.text_within(limits[column.field]), place, sheet.max_row)


def _guidance(period: Period) -> list[str]:
    lines = [
        _("严禁填报涉密信息。"),
        _("一个节点一行。新加的行写上编号，或留空（同上一行的任务）；举措留空就是同上一行的举措。"),
        _("同一项举措的各行，举措的文字要一样，责任处室和联系人写在第一行即可。"),
        _("删去一行就是删去那个节点；一项任务的行全删掉，则这项任务不改。"),
        _("“行码”是系统认行用的：原有的行不要改，新加的行留空，复制出来的行不必管它。"),
        _("完成时限写 2017-06-30 这样；写 2017年6月，按月底算。"),
        _("不要合并单元格、写公式。填好后在“上传方案表”里上传：先逐格列出会改什么，您确认后才写入草稿。"),
        _("有一处不对，全部不写。上传只存为草稿，还要检查、签批后才算提交。"),
    ]
    if period.year is not None:
        lines.insert(6, _("年度要点的节点须在 %(year)d 年内，可以只写 6月底。") % {"year": period.year})
    return lines
