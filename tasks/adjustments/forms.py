"""Forms to propose and to decide an adjustment."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.adjustments.actions import NUMBER_LIMIT, REASON_LIMIT
from tasks.adjustments.applications import OPINION_LIMIT
from tasks.adjustments.checks import TEXT_LIMIT
from tasks.adjustments.values import Promise
from tasks.indicators.values import Comparison
from tasks.lineage.forms import agency_choices, day_field, text_field
from tasks.plans.models import Plan
from tasks.plans.queries import agencies_for
from tasks.values import Duty, Period
from tasks.web.forms import DueField, FilesField

ADDED = 3  # rows for agencies to add to a task


class ProposalForm(forms.Form):
    """Fields of all proposals: quarter, document number and reason."""

    effective = forms.TypedChoiceField(
        label=_("生效季度"),
        coerce=Period.parse,
        help_text=_("从这个季度起按新的办；此前各季度仍按原来的。"),
    )
    doc_number = forms.CharField(
        label=_("文号"),
        max_length=NUMBER_LIMIT,
        required=False,
        help_text=_("批准文件的发文字号，没有的留空。"),
    )
    reason = text_field(
        label=_("理由"), max_length=REASON_LIMIT, error_messages={"required": _("请写明调整的理由。")}
    )

    def __init__(self, *args: Any, plan: Plan, applies: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if applies:
            self.fields["reason"].label = _("申请理由")
            self.fields["doc_number"].label = _("来文文号")
            self.fields["doc_number"].help_text = _("本单位来文的发文字号，没有的留空。")
            self.fields["attachments"] = FilesField(
                label=_("附件"),
                required=False,
                help_text=_("依据材料；盖章的申请表可在提交后打印、盖章，再上传扫描件。严禁上传涉密文件。"),
            )
        field: Any = self.fields["effective"]
        field.choices = [
            (str(quarter), quarter.label) for quarter in Period.span(plan.first_quarter, plan.last_quarter)
        ]

    def common(self) -> dict[str, Any]:
        """The common arguments of the actions; only after `is_valid()`."""
        given = {name: self.cleaned_data[name] for name in ("effective", "doc_number", "reason")}
        return given | {"uploads": self.cleaned_data.get("attachments") or ()}


class TargetForm(ProposalForm):
    """The new text and value of a target."""

    text = forms.CharField(label=_("调整后的表述"), max_length=300, widget=forms.Textarea(attrs={"rows": 2}))
    comparison = forms.ChoiceField(
        label=_("比较"), choices=[("", _("只有文字")), *Comparison.choices], required=False
    )
    value = forms.DecimalField(
        label=_("数值"),
        required=False,
        max_digits=20,
        decimal_places=4,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        error_messages={"invalid": _("请填数字，如 15 或 12.5。")},
    )
    unit = forms.CharField(label=_("计量单位"), max_length=20, required=False)
    field_order = ("text", "comparison", "value", "unit", "effective", "doc_number", "reason")

    def promise(self) -> Promise:
        """The new promise; only after `is_valid()`."""
        data = self.cleaned_data
        return Promise(data["text"], data["comparison"], data["value"], data["unit"])


class DeadlineForm(ProposalForm):
    """The new deadline of a task."""

    deadline = day_field(DueField, label=_("完成期限"), required=False, help_text=_("留空为取消期限。"))
    field_order = ("deadline", "effective", "doc_number", "reason")


class ContentForm(ProposalForm):
    """Other words for what a task asks."""

    text = text_field(label=_("调整后的任务内容"), max_length=TEXT_LIMIT)
    field_order = ("text", "effective", "doc_number", "reason")


class WithdrawalForm(ProposalForm):
    """The withdrawal of a task, or its resumption."""


class DutiesForm(ProposalForm):
    """The duties on a task: a choice for each present agency, and rows to add others."""

    choices = [*Duty.choices, ("", _("不再负责"))]

    def __init__(
        self,
        *args: Any,
        plan: Plan,
        present: Mapping[int, str],
        names: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, plan=plan, **kwargs)
        self.fields["effective"].widget = forms.HiddenInput()
        self._present = present
        for agency_id, duty in present.items():
            self.fields[f"duty-{agency_id}"] = forms.ChoiceField(
                label=names.get(agency_id, ""), choices=self.choices, required=False, initial=duty
            )
        others = [
            choice
            for choice in agency_choices(plan.last_quarter, empty=_("增加单位"), among=agencies_for(plan))
            if choice[0] not in map(str, present)
        ]
        for number in range(1, ADDED + 1):
            self.fields[f"added-{number}"] = forms.TypedChoiceField(
                label=_("增加单位"), choices=others, coerce=int, empty_value=None, required=False
            )
            self.fields[f"added-duty-{number}"] = forms.ChoiceField(
                label=_("身份"), choices=[("", _("请选择")), *Duty.choices], required=False
            )

    def bodies(self) -> Sequence[forms.BoundField]:
        return [self[f"duty-{agency_id}"] for agency_id in self._present]

    def added(self) -> Sequence[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"added-{n}"], self[f"added-duty-{n}"]) for n in range(1, ADDED + 1)]

    def others(self) -> Sequence[forms.BoundField]:
        return [self[name] for name in ("doc_number", "reason", "attachments") if name in self.fields]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for number in range(1, ADDED + 1):
            if data.get(f"added-{number}") is not None and data.get(f"added-duty-{number}") == "":
                self.add_error(f"added-duty-{number}", _("请选身份。"))
        return data

    def duties(self) -> dict[int, str]:
        """`{agency id: new duty}`; only after `is_valid()`."""
        data = self.cleaned_data
        duties = {agency_id: data[f"duty-{agency_id}"] for agency_id in self._present}
        for number in range(1, ADDED + 1):
            if data[f"added-{number}"] is not None:
                duties[data[f"added-{number}"]] = data[f"added-duty-{number}"]
        return duties


class ReformForm(forms.Form):
    """Document number and reason of a reform; its quarter is that of its day."""

    doc_number = forms.CharField(label=_("文号"), max_length=NUMBER_LIMIT, required=False)
    reason = text_field(
        label=_("理由"), max_length=REASON_LIMIT, error_messages={"required": _("请写明调整的理由。")}
    )


class DecideForm(forms.Form):
    """The decision on a proposal."""

    ACTIONS = ("approve", "reject", "withdraw")

    action = forms.ChoiceField(choices=[(one, one) for one in ACTIONS], widget=forms.HiddenInput)
    note = forms.CharField(
        label=_("意见"),
        max_length=REASON_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不批准时必填。"),
    )


class OpinionForm(forms.Form):
    """The office's opinion on an application. Nothing is preset."""

    agrees = forms.TypedChoiceField(
        label=_("意见"),
        choices=[("yes", _("拟同意")), ("no", _("拟不同意"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    opinion = text_field(
        label=_("拟办意见"),
        max_length=OPINION_LIMIT,
        error_messages={"required": _("请写明拟办意见。")},
    )


class FilesForm(forms.Form):
    """Files to add to an application."""

    attachments = FilesField(
        label=_("上传附件"), help_text=_("盖章的申请表扫描件及依据材料。严禁上传涉密文件。")
    )
