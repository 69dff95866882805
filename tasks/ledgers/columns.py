"""What the columns of a ledger hold: proposed by their heads, or as the office said once about the same head."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from tasks.errors import Problem
from tasks.jurisdictions.models import Jurisdiction
from tasks.ledgers.models import LedgerColumn
from tasks.people.models import User
from tasks.plans.documents.ledgers import proposed_columns
from tasks.plans.documents.table_heads import Column, ColumnPeriod
from tasks.plans.documents.values import FIELD, Document

# What a column may be said to hold, in the order of the list on the page.
FIELDS = {
    "task": _("任务"),
    "number": _("序号"),
    "group": _("任务组"),
    "content": _("任务内容"),
    "lead": _("牵头单位"),
    "responsible": _("责任单位（牵头、配合写在一起）"),
    "co": _("配合单位"),
    "carry": _("落实单位"),
    "guide": _("指导单位"),
    "join": _("参与单位"),
    "deadline": _("完成时限"),
    "target": _("年度目标"),
    "period": _("所属期（一行一期）"),
    "node": _("本期节点（计划）"),
    "progress": _("进展"),
    "status": _("状态或完成比例"),
    "problems": _("存在问题"),
    "next_steps": _("下步打算"),
    "person": _("联系人"),
    "remark": _("备注"),
}
# The fields that speak of a period.
OF_PERIOD = ("node", "progress", "status", "problems", "next_steps")
# The periods that a column may be said to speak of, by their first and last month.
PERIODS = {
    (0, 0): _("不分期"),
    **{
        (3 * n - 2, 3 * n): word
        for n, word in enumerate((_("一季度"), _("二季度"), _("三季度"), _("四季度")), 1)
    },
    (1, 6): _("上半年"),
    (7, 12): _("下半年"),
    (1, 12): _("全年"),
    (1, 9): _("前三季度"),
    (1, 2): _("1—2月"),
    **{(n, n): _("%(n)d月") for n in range(1, 13)},
}


def period_words(first: int, last: int) -> str:
    """一季度, 上半年, 3月, 2—5月."""
    if (first, last) in PERIODS:
        return str(PERIODS[first, last]) % {"n": first} if first == last else str(PERIODS[first, last])
    return f"{first}—{last}月"


def as_data(columns: Iterable[Column]) -> list[dict[str, Any]]:
    """The columns as a ledger keeps them."""
    return [
        {
            "head": column.head,
            "field": column.field,
            "first": column.period.first if column.period else 0,
            "last": column.period.last if column.period else 0,
            "year": column.period.year if column.period else 0,
        }
        for column in columns
    ]


def from_data(rows: Sequence[dict[str, Any]]) -> tuple[Column, ...]:
    """Inverse of `as_data`."""
    return tuple(
        Column(
            index,
            row["head"],
            row["field"],
            ColumnPeriod(row["first"], row["last"], row["year"]) if row["first"] else None,
        )
        for index, row in enumerate(rows)
    )


def field_problems(columns: Iterable[Column]) -> list[Problem]:
    """A problem for each column that is said to hold what no column can."""
    return [
        Problem(FIELD, _("“%(head)s”的内容请从列表中选。") % {"head": column.head})
        for column in columns
        if column.field and column.field not in FIELDS
    ]


def remember(
    rows: Sequence[dict[str, Any]], jurisdiction: Jurisdiction | None, *, by: User, at: datetime
) -> None:
    """Keep what the office said of each head, for the next workbook of the 地区. Called by actions, in their transaction."""
    LedgerColumn.objects.bulk_create(
        [
            LedgerColumn(
                jurisdiction=jurisdiction,
                head=one["head"][:200],
                field=one["field"],
                first=one["first"] if one["field"] in OF_PERIOD else 0,
                last=one["last"] if one["field"] in OF_PERIOD else 0,
                year=one["year"] if one["field"] in OF_PERIOD else 0,
                named_by=by,
                named_at=at,
            )
            for one in {one["head"]: one for one in rows if one["head"]}.values()
        ],
        update_conflicts=True,
        unique_fields=["jurisdiction", "head"],
        update_fields=["field", "first", "last", "year", "named_by", "named_at"],
    )


def columns_of(document: Document, jurisdiction: Jurisdiction | None) -> tuple[Column, ...]:
    """The columns of a new ledger: as the office said of a head before, else as the head is understood. One query."""
    said = {row.head: row for row in LedgerColumn.objects.filter(jurisdiction=jurisdiction)}
    found = []
    for column in proposed_columns(document):
        known = said.get(column.head)
        if known is not None:
            period = ColumnPeriod(known.first, known.last, known.year) if known.first else None
            column = replace(column, field=known.field, period=period)
        found.append(column)
    return tuple(found)
