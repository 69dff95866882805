"""Writing the workbook: one row for each milestone, and one for each task or measure without milestones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from tasks.values import Duty
from tasks.workbooks import writing
from tasks.workbooks.manifest import Key, Manifest, dumped
from tasks.workbooks.values import plain
from tasks.workplans.content import EVIDENCE_LIMIT, SHORT_LIMIT, TEXT_LIMIT, TaskContent
from tasks.workplans.values import WorkPlanPeriod
from tasks.workplans.workbook.values import FORMAT, MEASURE, ROW_FIELDS, SPARE_ROWS, columns, fingerprint

_LIMITS = {
    "none_reason": TEXT_LIMIT,
    "measure": TEXT_LIMIT,
    "division": SHORT_LIMIT,
    "contact": SHORT_LIMIT,
    "node": TEXT_LIMIT,
    "evidence": EVIDENCE_LIMIT,
}


def build(
    *,
    plan_slug: str,
    plan_title: str,
    period: WorkPlanPeriod,
    agency_slug: str,
    agency_name: str,
    contents: Sequence[TaskContent],
    revisions: Mapping[int, int],
) -> bytes:
    """The workbook of one agency; `revisions` is {task id: revision of the draft that the workbook shows}."""
    book, (sheet, guide) = writing.new_book(_("方案"), _("说明"))
    title = _("%(plan)s %(label)s：%(agency)s") % {
        "plan": plan_title,
        "label": period.label,
        "agency": agency_name,
    }
    warning = _("严禁填报涉密信息。可以加行、删行、排序；灰底的格子不要改。")
    table = writing.TableWriter(sheet, columns(), title, warning, writing.Styles())
    measure_keys: dict[str, str] = {}  # {key of a row: key of its measure}
    keys = []
    for content in contents:
        rows = list(_rows(content, measure_keys))
        for row in rows:
            table.row(row)
        touched = fingerprint([plain(row.get(name, "")) for name in ROW_FIELDS] for row in rows)
        keys.append(Key(content.ref, content.code, revisions.get(content.task_id), touched))
    table.spare_rows(SPARE_ROWS)
    writing.finish(sheet, table.columns, protect=False)
    table.restrict({name: writing.text_within(limit) for name, limit in _LIMITS.items()}, sheet.max_row)
    writing.guide(guide, _guidance(period))
    about = {
        "plan": plan_slug,
        "period": str(period),
        "agency": agency_slug,
        "agency_name": agency_name,
        "sheet": sheet.title,
        "heads": dumped(table.headings),
    }
    others = [("row", key, measure) for key, measure in measure_keys.items()]
    return writing.packed(book, Manifest(about, keys, others), FORMAT)


def _rows(content: TaskContent, measure_keys: dict[str, str]) -> Iterator[dict[str, Any]]:
    """A task's rows as {field: value}; adds the keys of rows with a measure to `measure_keys`."""
    about = {
        "code": content.code,
        "task": content.heading,
        "duty": Duty(content.duty).label,
        "none_reason": content.none_reason,
    }
    if not content.steps:
        yield about
    for step in content.steps:
        measure = about | {"measure": step.text, "division": step.division, "contact": step.contact}
        if not step.nodes:
            measure_keys[MEASURE + step.key] = step.key
            yield {**measure, "key": MEASURE + step.key}
        for node in step.nodes:
            measure_keys[node.key] = step.key
            yield {
                **measure,
                "node": node.text,
                # As text in a cell of text: of 2018年6月 typed over it Excel would make the first of June.
                "due": plain(node.due) or node.typed,
                "evidence": node.evidence,
                "key": node.key,
            }


def _guidance(period: WorkPlanPeriod) -> list[str]:
    lines = [
        _("严禁填报涉密信息。"),
        _("一个节点一行。新加的行写上编号，或留空（同上一行的任务）；举措留空就是同上一行的举措。"),
        _("同一项举措的各行，举措的文字要一样，责任处室和联系人写在第一行即可。"),
        _("删去一行就是删去那个节点；一项任务的行全删掉，则这项任务不改。"),
        _("“行码”是系统认行用的：原有的行不要改，新加的行留空，复制出来的行不必管它。"),
        _("完成时限写 2017-06-30 这样；写 2017年6月，按月底算。"),
        _("不要合并单元格、写公式。填好后在“上传方案表”里上传：先逐格列出改动，您确认后才写入草稿。"),
        _("有一处不对，全部不写。上传只存为草稿，还要检查、签批后才算提交。"),
    ]
    if period.year is not None:
        lines.insert(6, _("年度要点的节点须在 %(year)d 年内，可以只写 6月底。") % {"year": period.year})
    return lines
