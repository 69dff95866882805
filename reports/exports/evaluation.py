"""总结评估 as a table: one row for each promise, as the page shows it."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from reports.evaluation.presenters import lede, row
from reports.exports.table import Table, by_position


def evaluation_table(slug: str, said: Mapping[str, Any], *, state: str, is_sample: bool) -> Table[Any]:
    """From the live evaluation or a signed one; `state` says which."""
    notes = [state, lede(said)]
    if is_sample:
        notes.append(_("示例数据，非真实统计。"))
    heads = [
        (_("年份"), 8),
        (_("方案原文"), 44),
        (_("承诺"), 16),
        (_("结果"), 12),
        (_("未定事项"), 18),
        (_("最终数"), 14),
        (_("分子 ÷ 分母"), 18),
        (_("数据所属"), 10),
        (_("评估理由"), 44),
        (_("依据"), 30),
        (_("来自"), 40),
        (_("谁定的"), 20),
        (_("何时"), 12),
    ]
    rows = []
    for target in said["targets"]:
        shown = row(slug, target)
        rows.append(
            [
                target["year"] or "",
                shown["text"],
                shown["promise"],
                shown["result"],
                shown["lacks"],
                shown["final"],
                shown["parts"],
                shown["quarter"],
                shown["note"],
                shown["evidence"],
                shown["behind"],
                shown["decided_by"],
                shown["decided_on"],
            ]
        )
    title = _("%(plan)s · 总结评估") % {"plan": said["plan_title"]}
    return Table(sheet=_("总结评估"), title=title, notes=notes, columns=by_position(heads), rows=rows)
