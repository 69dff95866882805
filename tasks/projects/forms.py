"""Forms of projects. The write path checks the input and reports all problems at once, each on its field."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.accounts.forms import agency_choices
from tasks.agencies.models import Agency
from tasks.indicators.write_checks import TEXT_LIMIT as NOTE_LIMIT
from tasks.plans.models import Plan
from tasks.plans.queries import agencies_for
from tasks.projects.actions import NAME_LIMIT
from tasks.projects.models import Works
from tasks.projects.values import TEXT_LIMIT, ReportInput
from tasks.values import Period
from tasks.web.forms import ProseField

_SHORT = {"class": "input", "autocomplete": "off"}
_MONEY = {**_SHORT, "inputmode": "decimal"}


def _prose(label: Any, rows: int, hint: Any = "", limit: int = TEXT_LIMIT) -> ProseField:
    return ProseField(
        label=label,
        required=False,
        max_length=limit,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows, "class": "input"}),
    )


def _money(label: Any, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=False, max_length=40, help_text=hint, widget=forms.TextInput(attrs=_MONEY)
    )


class ReportForm(forms.Form):
    """A project's report for one period."""

    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    works = forms.ChoiceField(
        label=_("建设状态"),
        required=False,
        choices=Works.choices,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("请选建设状态。")},
    )
    invested = _money(_("本季完成投资（万元）"), _("没有就填 0。"))
    total = _money(_("累计完成投资（万元）"), _("开工以来。"))
    planned = _money(_("项目总投资（万元）"), _("还没定的留空。"))
    fall_reason = _prose(_("累计数变小的原因"), 2, _("只在累计数比上次小时填写。"))
    progress = _prose(_("本季建设进展"), 4)
    problems = _prose(_("存在问题"), 3, _("停工的必填。"))
    next_steps = _prose(_("下步打算"), 3)

    def said(self) -> ReportInput:
        """Call it only on a valid form."""
        data = self.cleaned_data
        return ReportInput(**{name: data[name] or "" for name in ReportInput().kept()})


class AssignForm(forms.Form):
    """填报单位 from a period on; blank removes it."""

    agency = forms.ChoiceField(
        label=_("填报单位"), required=False, error_messages={"invalid_choice": _("请选一个单位。")}
    )
    since = forms.ChoiceField(
        label=_("自哪一季度起"),
        help_text=_("此前各季度不变。"),
        error_messages={"required": _("请选季度。"), "invalid_choice": _("请选季度。")},
    )
    note = _prose(_("依据"), 2, _("文号或会议；与改动一并留痕。"), NOTE_LIMIT)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency, since = self.fields["agency"], self.fields["since"]
        assert isinstance(agency, forms.ChoiceField)
        assert isinstance(since, forms.ChoiceField)
        agency.choices = [("", _("不再由单位填报")), *agency_choices(agencies_for(plan))]
        quarters = Period.span(plan.first_quarter, plan.last_quarter)
        since.choices = [(str(quarter), quarter.label) for quarter in quarters]

    def body(self) -> Agency | None:
        """Call it only on a valid form."""
        chosen = self.cleaned_data["agency"]
        return Agency.objects.get(pk=chosen) if chosen else None

    def quarter(self) -> Period:
        """Call it only on a valid form."""
        return Period.parse(self.cleaned_data["since"])


class ProjectForm(forms.Form):
    """A project that the plan does not name."""

    name = forms.CharField(
        label=_("项目名称"), required=False, max_length=NAME_LIMIT, widget=forms.TextInput(attrs=_SHORT)
    )
    sector = forms.ChoiceField(
        label=_("重点领域"), required=False, error_messages={"invalid_choice": _("请选重点领域。")}
    )
    note = _prose(_("依据"), 2, _("批文或会议纪要；页面上注明非方案内容。"), NOTE_LIMIT)

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["sector"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", _("不归入领域")), *((str(one.number), one.name) for one in plan.sectors.all())]

    def number(self) -> int | None:
        """Call it only on a valid form."""
        return int(self.cleaned_data["sector"]) if self.cleaned_data["sector"] else None


class DecisionForm(forms.Form):
    """The office's decision on the version that it saw."""

    number = forms.IntegerField(widget=forms.HiddenInput)
    note = _prose(_("意见"), 3, _("退回时必填。"), NOTE_LIMIT)
