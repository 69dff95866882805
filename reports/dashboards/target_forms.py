"""What the office types: a target's path and assessment, an indicator's definition and owner."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.accounts.forms import agency_choices
from tasks.indicators.actions import LAG_LIMIT, DefinitionInput
from tasks.indicators.assessment_models import Verdict
from tasks.indicators.models import IndicatorDefinition, Target
from tasks.indicators.queries import Points
from tasks.indicators.target_actions import AssessmentInput, MeasureInput, PathInput
from tasks.indicators.target_manner import LEVEL, Manner
from tasks.indicators.values import Binding, Flow, Frequency, IndicatorKind
from tasks.indicators.write_checks import SOURCE_LIMIT, TEXT_LIMIT
from tasks.plans.models import Plan, Task
from tasks.plans.queries import agencies_for
from tasks.values import Period

_SHORT = {"class": "input", "autocomplete": "off"}


def _reason() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("理由"),
        max_length=TEXT_LIMIT,
        required=False,  # the action requires it, and reports it together with all other problems
        help_text=gettext_lazy("文号、会议或数据出处；与改动一并留痕。"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
    )


class SinceForm(forms.Form):
    """A change that is valid from a quarter on."""

    since = forms.ChoiceField(
        label=gettext_lazy("自哪一季度起"),
        help_text=gettext_lazy("此前各季度不变。"),
        error_messages={"required": gettext_lazy("请选季度。"), "invalid_choice": gettext_lazy("请选季度。")},
    )

    def __init__(
        self, data: QueryDict | None = None, *, plan: Plan, initial: dict[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["since"]
        assert isinstance(field, forms.ChoiceField)
        quarters = Period.span(plan.first_quarter, plan.last_quarter)
        field.choices = [(str(quarter), quarter.label) for quarter in quarters]

    def quarter(self) -> Period:
        """The quarter, of a valid form."""
        return Period.parse(self.cleaned_data["since"])


class PathForm(SinceForm):
    """目标类型, 基期, and a value for each year before the target's. Numbers are text here: the action reads them and
    reports its problems on their fields."""

    manner = forms.ChoiceField(
        label=gettext_lazy("目标类型"),
        choices=[LEVEL, *Manner.choices],
        required=False,
        help_text=gettext_lazy(
            "到期达到：与某一年的水平比。年均增长：由基期逐年复合推算。多年累计：各年所报相加，与时间进度比。"
            "比率和增速只能选“到期达到”。"
        ),
    )
    years = forms.CharField(
        label=gettext_lazy("累计几年"),
        max_length=10,
        required=False,
        help_text=gettext_lazy("只有多年累计填写，如五年累计填 5。"),
        widget=forms.TextInput(attrs={**_SHORT, "inputmode": "numeric"}),
    )
    baseline_year = forms.CharField(
        label=gettext_lazy("基期年份"), max_length=10, required=False, widget=forms.TextInput(attrs=_SHORT)
    )
    baseline_value = forms.CharField(
        label=gettext_lazy("基期数值"), max_length=40, required=False, widget=forms.TextInput(attrs=_SHORT)
    )
    source = forms.CharField(
        label=gettext_lazy("基期数的来源"),
        max_length=SOURCE_LIMIT,
        required=False,
        widget=forms.TextInput(attrs=_SHORT),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        plan: Plan,
        target: Target,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, plan=plan, initial=initial)
        last = target.year or plan.last_quarter.year + 1
        self.milestone_years = list(range(plan.first_quarter.year, last))
        for year in self.milestone_years:
            self.fields[f"milestone_{year}"] = forms.CharField(
                label=_("%(year)d年底") % {"year": year},
                max_length=40,
                required=False,
                widget=forms.TextInput(attrs=_SHORT),
            )
        self.fields["reason"] = _reason()

    @classmethod
    def of(cls, plan: Plan, target: Target, points: Points, quarter: Period) -> "PathForm":
        """The form with the path that is in force."""
        initial: dict[str, object] = {
            "since": str(plan.first_quarter),
            "manner": target.manner,
            "years": target.years or "",
        }
        if points.baseline is not None:
            initial |= {
                "baseline_year": points.baseline.year,
                "baseline_value": f"{points.baseline.value.normalize():f}",
                "source": points.baseline.source,
            }
        if points.baseline is not None or points.milestones:
            initial["since"] = str(quarter)
        initial |= {f"milestone_{point.year}": f"{point.value.normalize():f}" for point in points.milestones}
        return cls(plan=plan, target=target, initial=initial)

    def milestone_fields(self) -> list[forms.BoundField]:
        return [self[f"milestone_{year}"] for year in self.milestone_years]

    def content(self) -> PathInput:
        """The input of the action, of a valid form."""
        data = self.cleaned_data
        return PathInput(
            baseline_year=data["baseline_year"],
            baseline_value=data["baseline_value"],
            source=data["source"],
            manner=data["manner"],
            years=data["years"],
            milestones={
                year: data[f"milestone_{year}"] for year in self.milestone_years if data[f"milestone_{year}"]
            },
        )


class AssessmentForm(forms.Form):
    """评估: a verdict with its reason. What is required the action says, all problems at once."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    quarter = forms.ChoiceField(
        label=gettext_lazy("所述季度"), help_text=gettext_lazy("这次评估说的是哪一季度末的情况。")
    )
    verdict = forms.ChoiceField(
        label=gettext_lazy("结论"),
        choices=Verdict.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("理由"),
        max_length=TEXT_LIMIT,
        required=False,
        help_text=gettext_lazy("判断依据，逐条填写；与结论一并留存。"),
        widget=forms.Textarea(attrs={"rows": 4, "class": "input"}),
    )
    evidence = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=TEXT_LIMIT,
        required=False,
        help_text=gettext_lazy("统计数、文件、核查记录。"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )
    links = forms.CharField(
        label=gettext_lazy("依据链接"),
        required=False,
        help_text=gettext_lazy("一行一个，写全 https://。"),
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
    )
    assessed_on = forms.DateField(
        label=gettext_lazy("评估日期"),
        required=False,
        help_text=gettext_lazy("不填即今天；补录旧的评估时填当时的日期。"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        plan: Plan,
        last: Period,
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        field = self.fields["quarter"]
        assert isinstance(field, forms.ChoiceField)
        quarters = list(Period.span(plan.first_quarter, last))[::-1]
        field.choices = [(str(quarter), quarter.label) for quarter in quarters]

    def content(self) -> AssessmentInput:
        """The input of the action, of a valid form."""
        data = self.cleaned_data
        return AssessmentInput(
            verdict=data["verdict"],
            note=data["note"],
            evidence=data["evidence"],
            links=data["links"],
            assessed_on=data["assessed_on"],
        )


class DefinitionForm(SinceForm):
    """口径."""

    definition = forms.CharField(
        label=gettext_lazy("口径"),
        max_length=TEXT_LIMIT,
        required=False,
        help_text=gettext_lazy("统计什么、不统计什么。"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )
    source = forms.CharField(
        label=gettext_lazy("数据来源"),
        max_length=SOURCE_LIMIT,
        required=False,
        widget=forms.TextInput(attrs=_SHORT),
    )
    frequency = forms.ChoiceField(label=gettext_lazy("频度"), choices=Frequency.choices)
    lag_months = forms.IntegerField(
        label=gettext_lazy("发布时滞（月）"),
        min_value=0,
        max_value=LAG_LIMIT,
        help_text=gettext_lazy("期末后几个月才发布；在此之前未填记为尚未发布，不算缺报。"),
        widget=forms.TextInput(attrs={**_SHORT, "inputmode": "numeric"}),
    )
    note = _reason()

    @classmethod
    def of(cls, plan: Plan, current: IndicatorDefinition | None, quarter: Period) -> "DefinitionForm":
        """The form with the definition that is in force."""
        initial: dict[str, object] = {
            "since": str(quarter),
            "frequency": Frequency.QUARTERLY,
            "lag_months": 0,
        }
        if current is not None:
            initial |= {
                name: getattr(current, name) for name in ("definition", "source", "frequency", "lag_months")
            }
        return cls(plan=plan, initial=initial)

    def content(self) -> DefinitionInput:
        """The input of the action, of a valid form."""
        data = self.cleaned_data
        return DefinitionInput(data["definition"], data["source"], data["frequency"], data["lag_months"])


class OwnerForm(SinceForm):
    """数据责任单位, and the task with whose submissions it gives the figure."""

    agency = forms.TypedChoiceField(
        label=gettext_lazy("单位"), coerce=int, error_messages={"required": gettext_lazy("请选单位。")}
    )
    task = forms.TypedChoiceField(
        label=gettext_lazy("随哪项任务的填报"),
        coerce=int,
        error_messages={"required": gettext_lazy("请选任务。")},
        help_text=gettext_lazy("从该单位承担的任务中选；数据填在它这项任务的季度填报里。"),
    )
    beside = forms.BooleanField(label=gettext_lazy("与已指定的单位并存"), required=False)
    note = _reason()

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        plan: Plan,
        tasks: Iterable[Task],
        initial: dict[str, object] | None = None,
    ) -> None:
        super().__init__(data, plan=plan, initial=initial)
        choices: Mapping[str, list[tuple[str, str]]] = {
            "agency": agency_choices(agencies_for(plan)),
            "task": [(str(task.pk), f"{task.code} {task.heading}") for task in tasks],
        }
        for name, options in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "—"), *options]


class ReleaseForm(SinceForm):
    """No owner is named any more."""

    note = _reason()


@dataclass(frozen=True)
class IndicatorForms:
    """The forms of an indicator's page. A form's name here is the value of the field `action` that it sends."""

    define: DefinitionForm
    own: OwnerForm
    release: ReleaseForm

    def named(self, action: str) -> DefinitionForm | OwnerForm | ReleaseForm | None:
        """The form that an action sends; None for an unknown action."""
        forms: dict[str, DefinitionForm | OwnerForm | ReleaseForm] = {
            "define": self.define,
            "own": self.own,
            "release": self.release,
        }
        return forms.get(action)


class MeasureForm(forms.Form):
    """An indicator for a target."""

    name = forms.CharField(label=gettext_lazy("指标名称"), max_length=200, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("类型"), choices=IndicatorKind.choices)
    flow = forms.ChoiceField(label=gettext_lazy("数值口径"), choices=Flow.choices, initial=Flow.STOCK)
    unit = forms.CharField(label=gettext_lazy("计量单位"), max_length=20, required=False)
    numerator_name = forms.CharField(
        label=gettext_lazy("分子"), max_length=100, required=False, help_text=gettext_lazy("比率填写。")
    )
    denominator_name = forms.CharField(
        label=gettext_lazy("分母"), max_length=100, required=False, help_text=gettext_lazy("比率填写。")
    )
    decimals = forms.IntegerField(label=gettext_lazy("小数位"), initial=0, min_value=0, max_value=4)
    binding = forms.ChoiceField(
        label=gettext_lazy("约束性或预期性"),
        choices=[
            (
                "",
                gettext_lazy("未注明"),
            ),
            *Binding.choices,
        ],
        required=False,
        help_text=gettext_lazy("原文已注明的照原文；改动写明理由。"),
    )
    tasks = forms.MultipleChoiceField(
        label=gettext_lazy("由哪些任务的牵头单位填报"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = _reason()

    def __init__(
        self, data: QueryDict | None = None, *, plan: Plan, initial: dict[str, object] | None = None
    ) -> None:
        super().__init__(data, initial=initial)
        rows = Task.objects.filter(plan=plan).order_by("order").values_list("ref", "code", "heading")
        self.fields["tasks"].choices = [(ref, f"{code} {heading}") for ref, code, heading in rows]  # type: ignore[attr-defined]

    def content(self) -> MeasureInput:
        data = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return MeasureInput(**{**data, "tasks": tuple(data["tasks"])})
