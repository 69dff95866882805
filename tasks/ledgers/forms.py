"""Forms of ledgers."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Problem, Problems
from tasks.ledgers.columns import OF_PERIOD, PERIODS, from_data
from tasks.plans.documents.table_heads import Column, ColumnPeriod
from tasks.plans.documents.values import FIELD
from tasks.plans.models import Plan

NEW = "new"  # in place of a plan's slug: the ledger makes a plan


class LedgerForm(forms.Form):
    """上传: one ledger, and which plan it tells of."""

    plan = forms.ChoiceField(
        label=gettext_lazy("用来做什么"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("请选这份台账用来做什么。"),
            "invalid_choice": gettext_lazy("请从列表中选。"),
        },
    )
    document = forms.FileField(
        label=gettext_lazy("台账"),
        help_text=gettext_lazy("Excel（.xlsx），表头写明“任务”等列名。严禁上传涉密文件。"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={
            "required": gettext_lazy("请选一份台账。"),
            "empty": gettext_lazy("文件是空的，里面什么都没有。"),
        },
    )

    def __init__(self, *args: Any, plans: list[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = {plan.slug: plan for plan in plans}
        self.fields["plan"].choices = [  # type: ignore[attr-defined]
            *((plan.slug, _("补录“%(title)s”过去各期") % {"title": plan.title}) for plan in plans),
            (NEW, _("做成一份新方案")),
        ]

    @property
    def chosen(self) -> Plan | None:
        """The plan that was chosen; None to make one."""
        return self.plans.get(self.cleaned_data["plan"])


class TemplateForm(forms.Form):
    """台账模板: the office's own workbook."""

    document = forms.FileField(
        label=gettext_lazy("模板"),
        help_text=gettext_lazy(
            "本单位平时用的 Excel（.xlsx）：保留表头和至少一行任务，列宽、合并单元格和格式都照原样。"
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
        error_messages={
            "required": gettext_lazy("请选一份模板。"),
            "empty": gettext_lazy("文件是空的，里面什么都没有。"),
        },
    )


def columns_posted(data: QueryDict, kept: list[dict[str, Any]]) -> tuple[tuple[Column, ...], int]:
    """The columns and the year as the form says: field-0, period-0 (`first-last`), in the order of the ledger. Raises
    Problems for a choice that is not in the lists."""
    columns = []
    for column in from_data(kept):
        field = data.get(f"field-{column.index}", column.field)
        first, last = _period(data.get(f"period-{column.index}"), column.period)
        year = column.period.year if column.period else 0
        period = ColumnPeriod(first, last, year) if first and field in OF_PERIOD else None
        columns.append(Column(column.index, column.head, field, period))
    typed = data.get("year", "").strip().removesuffix("年")
    if typed and not (typed.isascii() and typed.isdigit()):
        raise Problems([Problem("year", _("年份请写四位数字，如 2025。"))])
    return tuple(columns), int(typed[:6] or 0)


def _period(typed: str | None, kept: ColumnPeriod | None) -> tuple[int, int]:
    """(first month, last month), zeros for none; what was not sent stays."""
    known = {f"{first}-{last}": (first, last) for first, last in PERIODS}
    if kept is not None:
        known[f"{kept.first}-{kept.last}"] = (kept.first, kept.last)
    if typed is None:
        return (kept.first, kept.last) if kept else (0, 0)
    if typed and typed not in known:
        raise Problems([Problem(FIELD, _("所属期请从列表中选。"))])
    return known.get(typed, (0, 0))


def answers_posted(data: QueryDict) -> dict[str, int | None]:
    """{row: task id, 0 for none, None for not said} of the fields `row-…`. Raises Problems for what is no number."""
    answers: dict[str, int | None] = {}
    for name, value in data.items():
        if not name.startswith("row-"):
            continue
        text = str(value)
        if text and not (text.isascii() and text.isdigit() and len(text) < 12):
            raise Problems([Problem("", _("请从列表中选任务。"))])
        answers[name.removeprefix("row-")] = int(text) if text else None
    return {key: pk for key, pk in answers.items() if pk is not None or f"said-{key}" in data}
