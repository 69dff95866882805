"""考核得分 as a table: one row for each component of each agency, so that every sum can be repeated."""

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from reports.exports.table import Table, by_position
from reports.scoring.presenters import body


def scores_table(
    slug: str,
    bodies: Iterable[Mapping[str, Any]],
    *,
    title: str,
    state: str,
    with_ranks: bool,
    is_sample: bool,
) -> Table[Any]:
    """From live scores or a frozen sheet; `state` says which."""
    notes = [state, _("每行得分 = 实计权重 × 折算之和 ÷（件数 × 100），四舍五入到百分位；合计为各行之和。")]
    if is_sample:
        notes.append(_("示例数据，非真实统计。"))
    heads = [
        (_("类别"), 12),
        (_("单位"), 24),
        (_("项目"), 22),
        (_("权重"), 8),
        (_("实计权重"), 10),
        (_("件数"), 8),
        (_("计了什么"), 40),
        (_("算式"), 44),
        (_("得分"), 10),
        (_("同类名次"), 10),
    ]
    rows: list[list[Any]] = []
    for said in bodies:
        shown = body(slug, said)
        kind, name = shown["kind"], said["agency"]["name"]
        for line in shown["lines"]:
            counts = "，".join(f"{one['label']} {one['count']}" for one in line["counts"])
            if line["number"]:
                formula = f"{line['weight']} × ({line['sum']}) ÷ ({line['number']} × 100)"
                row = [
                    _figure(line["printed"]),
                    _figure(line["weight"]),
                    line["number"],
                    counts,
                    formula,
                    _figure(line["points"]),
                ]
            else:
                row = [_figure(line["printed"]), "", 0, _("没有可计的事项"), "", ""]
            rows.append([kind, name, line["label"], *row, ""])
        for mark in shown["marks"]:
            events = "，".join(event["what"] for event in mark["events"])
            formula = _("%(n)d × %(each)s，最多 %(most)s") % {
                "n": mark["count"],
                "each": mark["each"],
                "most": mark["most"],
            }
            rows.append(
                [
                    kind,
                    name,
                    mark["label"],
                    "",
                    "",
                    mark["count"],
                    events,
                    formula,
                    _figure(mark["points"]),
                    "",
                ]
            )
        for one in shown["corrections"]:
            who = _("%(a)s提出，%(b)s批准") % {"a": one["proposed_by"], "b": one["decided_by"]}
            rows.append(
                [kind, name, _("人工调整"), "", "", "", one["reason"], who, _figure(one["points"]), ""]
            )
        rank = said["rank"] if with_ranks and shown["is_ranked"] else ""
        rows.append(
            [
                kind,
                name,
                _("合计"),
                "",
                "",
                "",
                "",
                shown["why_not"] or shown["formula"],
                _figure(shown["total"]),
                rank or "",
            ]
        )
    return Table(sheet=_("考核得分"), title=title, notes=notes, columns=by_position(heads), rows=rows)


def _figure(printed: str) -> Decimal | str:
    """A printed figure as a number, so that the sheet can be summed; what is none (—) as it is."""
    try:
        return Decimal(printed.replace("−", "-"))
    except InvalidOperation:
        return printed
