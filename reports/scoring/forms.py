"""Forms of the room. What must be there and within which bounds the write path says, all of it at once."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.scoring.actions import REASON_LIMIT, TEXT_LIMIT
from reports.scoring.models import Scheme
from reports.scoring.schemes import SchemeInput
from reports.scoring.values import (
    BONUSES,
    OUTCOMES,
    Component,
    Content,
    Grade,
    Mark,
    Marking,
    Weighing,
    Worth,
)
from tasks.plans.models import Plan
from tasks.values import Period
from tasks.web.forms import ProseField


def _decimal(label: Any, **more: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=6,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "input input--num", "step": "any"}),
        **more,
    )


class SchemeForm(forms.Form):
    """A scheme: a field for every weight and worth, named as the write path names its problems."""

    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(
        label=gettext_lazy("名称"), max_length=80, widget=forms.TextInput(attrs={"class": "input"})
    )
    valid_from = forms.ChoiceField(
        label=gettext_lazy("自何季度起"),
        widget=forms.Select(attrs={"class": "input"}),
    )
    basis = ProseField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )
    ceiling = _decimal(gettext_lazy("最高分"))
    correction_most = _decimal(gettext_lazy("人工调整合计最多 ±"))
    appeal_days = forms.IntegerField(
        label=gettext_lazy("申诉期（工作日）"), widget=forms.NumberInput(attrs={"class": "input input--num"})
    )
    publish_ranking = forms.BooleanField(
        label=gettext_lazy("向单位公布同类名次"),
        help_text=gettext_lazy("默认不公布，减轻基层负担。"),
        required=False,
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        quarters = Period.span(plan.first_quarter, plan.last_quarter)
        valid_from: Any = self.fields["valid_from"]
        valid_from.choices = [("", _("请选择")), *((str(quarter), quarter.label) for quarter in quarters)]
        for component in Component.values:
            self.fields[f"weight_{component}"] = _decimal(_("权重"))
            for outcome, label in OUTCOMES[component]:
                self.fields[f"worth_{component}_{outcome}"] = _decimal(str(label))
        for mark in Mark.values:
            self.fields[f"points_{mark}"] = _decimal(_("每次"))
            self.fields[f"most_{mark}"] = _decimal(_("最多"))

    @classmethod
    def of(cls, plan: Plan, content: Content, draft: Scheme | None, **values: Any) -> "SchemeForm":
        """Filled with a scheme."""
        initial: dict[str, Any] = {
            "revision": draft.revision if draft else None,
            "ceiling": content.ceiling,
            "correction_most": content.correction_most,
            "appeal_days": content.appeal_days,
            "publish_ranking": content.publish_ranking,
            **values,
        }
        for weighing in content.weighings:
            initial[f"weight_{weighing.component}"] = weighing.weight
            for worth in weighing.worths:
                initial[f"worth_{weighing.component}_{worth.outcome}"] = worth.percent
        for marking in content.markings:
            initial[f"points_{marking.mark}"] = marking.points
            initial[f"most_{marking.mark}"] = marking.most
        return cls(initial=initial, plan=plan)

    def clean_valid_from(self) -> Any:
        try:
            return self.plan.quarter(self.cleaned_data["valid_from"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def asked(self) -> SchemeInput:
        data = self.cleaned_data
        return SchemeInput(
            title=data["title"],
            basis=data["basis"],
            valid_from=data["valid_from"],
            revision=data["revision"],
            content=Content(
                weighings=tuple(
                    Weighing(
                        component,
                        data[f"weight_{component}"],
                        tuple(
                            Worth(outcome, data[f"worth_{component}_{outcome}"])
                            for outcome, _label in OUTCOMES[component]
                        ),
                    )
                    for component in Component.values
                ),
                markings=tuple(
                    Marking(mark, data[f"points_{mark}"], data[f"most_{mark}"]) for mark in Mark.values
                ),
                ceiling=data["ceiling"],
                correction_most=data["correction_most"],
                appeal_days=data["appeal_days"],
                publish_ranking=data["publish_ranking"],
            ),
        )

    def faults(self) -> list[dict[str, str]]:
        """What is wrong where, for the summary on top: many fields are called the same, so each says what it is of."""
        owners = {
            **{f"weight_{one}": Component(one).label for one in Component.values},
            **{
                f"worth_{one}_{outcome}": Component(one).label
                for one in Component.values
                for outcome, _label in OUTCOMES[one]
            },
            **{f"{what}_{mark}": Mark(mark).label for mark in Mark.values for what in ("points", "most")},
        }
        return [
            {
                "field_id": self[name].id_for_label if name in self.fields else "",
                "text": "".join(
                    part
                    for part in (
                        f"{owners[name]} · " if name in owners else "",
                        f"{self[name].label}：" if name in self.fields else "",
                        str(error),
                    )
                ),
            }
            for name, errors in self.errors.items()
            for error in errors
        ]

    # -- as the page lays them out

    def components(self) -> list[dict[str, Any]]:
        return [
            {
                "label": str(Component(component).label),
                "weight": self[f"weight_{component}"],
                "worths": [self[f"worth_{component}_{outcome}"] for outcome, _label in OUTCOMES[component]],
            }
            for component in Component.values
        ]

    def markings(self) -> list[dict[str, Any]]:
        return [
            {
                "label": str(Mark(mark).label),
                "sign": "+" if mark in BONUSES else "−",
                "points": self[f"points_{mark}"],
                "most": self[f"most_{mark}"],
            }
            for mark in Mark.values
        ]


class ReasonForm(forms.Form):
    """A note on a decision; whether it must be there depends on which."""

    note = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2, "class": "input"}),
    )


class CorrectionForm(forms.Form):
    """A correction by hand."""

    points = forms.DecimalField(
        label=gettext_lazy("加减分"),
        help_text=gettext_lazy("减分写负数。"),
        max_digits=5,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"class": "input input--num", "step": "any"}),
    )
    reason = ProseField(
        label=gettext_lazy("调整理由"),
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
    )


class AppealForm(forms.Form):
    """An agency's appeal."""

    text = ProseField(
        label=gettext_lazy("申诉理由"),
        help_text=gettext_lazy("写明对哪一项有异议、依据是什么。一期只能申诉一次。严禁填报涉密信息。"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5, "class": "input"}),
    )


class AnswerForm(forms.Form):
    """The answer to it."""

    upheld = forms.TypedChoiceField(
        label=gettext_lazy("申诉是否成立"),
        choices=[("yes", gettext_lazy("成立")), ("no", gettext_lazy("不成立"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    answer = ProseField(
        label=gettext_lazy("答复"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4, "class": "input"}),
    )


class GradeForm(forms.Form):
    """The judgement of one return's evidence; left empty it judges nothing."""

    grade = forms.ChoiceField(
        label=gettext_lazy("佐证质量"),
        choices=[("", "—"), *Grade.choices],
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    note = forms.CharField(
        label=gettext_lazy("说明"),
        required=False,
        max_length=REASON_LIMIT,
        widget=forms.TextInput(attrs={"class": "input"}),
    )
