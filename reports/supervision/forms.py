"""What a person fills in: a notice, what becomes of it, an answer, an instruction, the rules."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from qhplan import clock
from reports.supervision.actions import IssueInput
from reports.supervision.grades import grades_of, retitled
from reports.supervision.models import EscalationRule, ProposalRule
from reports.supervision.rule_actions import MOST, ProposalInput
from reports.supervision.values import (
    ANSWER_LIMIT,
    REASON_LIMIT,
    TEXT_LIMIT,
    TITLE_LIMIT,
    WORDS_LIMIT,
    Ground,
    Receiver,
    Stage,
)
from tasks.cycles.workdays import workday_after
from tasks.models import Task
from tasks.web.forms import DueField, FilesField, ProseField

_TOO_LONG = _("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。")


def day_field(
    label: Any, help_text: Any = "", required: bool = True, kind: type[forms.DateField] = DueField
) -> forms.DateField:
    """A day, with the browser's own picker."""
    return kind(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期。"), "invalid": _("请填写日期，如 2017-07-20。")},
    )


def reason_field(label: Any, empty: Any, help_text: Any = "", required: bool = True) -> ProseField:
    return ProseField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": empty, "max_length": _TOO_LONG},
    )


class AgenciesField(forms.TypedMultipleChoiceField):
    """One or several agencies, by their ids."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            coerce=int,
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("请选择一个单位。"),
                "invalid_choice": _("没有这个单位，或不由您督办。"),
            },
            **kwargs,
        )


EACH, TOGETHER = "each", "together"


def together_field() -> forms.ChoiceField:
    """Whether several agencies get a notice each, or one document together."""
    return forms.ChoiceField(
        label=_("选了几个单位时"),
        required=False,
        initial=EACH,
        widget=forms.RadioSelect,
        choices=[(EACH, _("一单位一件，各编文号")), (TOGETHER, _("一个文号，主送各单位"))],
        help_text=_("都由各单位分别签收、反馈。"),
    )


class IssueForm(forms.Form):
    """What a notice says beside its facts, and by when an answer is asked for."""

    title = forms.CharField(
        label=_("标题"), max_length=TITLE_LIMIT, error_messages={"required": _("请写标题。")}
    )
    text = ProseField(
        label=_("办理要求"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("一行一段。反馈期限由系统写在最后。不得写入涉密内容。"),
        error_messages={"required": _("请写办理要求。"), "max_length": _TOO_LONG},
    )
    grade = forms.ChoiceField(
        label=_("等级"), widget=forms.RadioSelect, error_messages={"required": _("请选等级。")}
    )
    due_on = day_field(_("反馈期限"), required=False)

    def __init__(self, *args: Any, plan_id: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plan_id = plan_id
        self._grades = grades_of(plan_id)
        grade, due_on = self.fields["grade"], self.fields["due_on"]
        assert isinstance(grade, forms.ChoiceField)
        grade.choices = [(one.code, one.name) for one in self._grades]
        if len(self._grades) == 1:  # otherwise it is for a person to choose: no decision is preset
            grade.initial = self._grades[0].code
        days = "、".join(
            gettext("%(name)s%(n)d个工作日") % {"name": one.name, "n": one.answer_days}
            for one in self._grades
        )
        due_on.help_text = gettext("当日截止。留空按等级推算：%(days)s。") % {"days": days}

    def content(self) -> IssueInput:
        """For the write path; only after `is_valid()`. Without a day it is that of the grade; a title that ends with the
        name of another grade gets the name of this one."""
        data = self.cleaned_data
        grade = next(one for one in self._grades if one.code == data["grade"])
        return IssueInput(
            title=retitled(data["title"], grade, self._plan_id),
            text=data["text"],
            due_on=data["due_on"] or workday_after(clock.today(), grade.answer_days),
            grade=grade.code,
        )


class SeveralForm(forms.Form):
    """By when ticked proposals are to be answered."""

    due_on = day_field(_("反馈期限"), required=False)


class HandForm(IssueForm):
    """A notice that a person states. With a fact, agency and ground are given by it and stand hidden in the form."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    ground = forms.ChoiceField(choices=Ground.choices, widget=forms.HiddenInput)
    subject = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)
    agency = AgenciesField(label=_("主送单位"), help_text=_("可以选几个。"))
    together = together_field()
    task = forms.ModelChoiceField(
        label=_("所涉任务"),
        queryset=Task.objects.none(),
        required=False,
        empty_label=_("不涉及某一项任务"),
        help_text=_("督办单会列在任务页上。"),
    )
    field_order = (
        "agency",
        "together",
        "grade",
        "task",
        "title",
        "text",
        "due_on",
        "key",
        "ground",
        "subject",
    )

    def __init__(
        self,
        *args: Any,
        bodies: list[tuple[str, str]],
        tasks: QuerySet[Task],
        fixed: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        agency, task = self.fields["agency"], self.fields["task"]
        assert isinstance(agency, AgenciesField)
        assert isinstance(task, forms.ModelChoiceField)
        agency.choices = bodies
        task.queryset = tasks
        if fixed:
            agency.widget = forms.MultipleHiddenInput()
            del self.fields["task"], self.fields["together"]


class AssignForm(IssueForm):
    """To which agency an instruction is assigned, and what is asked of it."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    agency = AgenciesField(label=_("承办单位"), help_text=_("可以选几个。"))
    together = together_field()
    field_order = ("agency", "together", "grade", "title", "text", "due_on", "key")

    def __init__(self, *args: Any, bodies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agency = self.fields["agency"]
        assert isinstance(agency, AgenciesField)
        agency.choices = bodies


class RejectForm(forms.Form):
    reason = reason_field(
        _("不予督办的理由"), _("请写明不予督办的理由。"), _("同一季度的同一事项，规则不再提出。")
    )


class WithdrawForm(forms.Form):
    reason = reason_field(_("撤销理由"), _("请写明撤销理由。"), _("单位看得到。文号和文件保留。"))


class TakeBackForm(forms.Form):
    """Why an agency takes its answer back."""

    reason = reason_field(_("撤回理由"), _("请写明撤回的理由。"), _("审核的人看得到；撤回的反馈保留可查。"))


class ReopenForm(forms.Form):
    """Why a closed notice is open again, and by when the agency answers."""

    prefix = "reopen"

    reason = reason_field(_("重开理由"), _("请写明重开的理由，主送单位看得到。"), _("主送单位看得到。"))
    due_on = forms.DateField(
        label=_("新的反馈期限"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写反馈期限。")},
    )


class AsideForm(forms.Form):
    reason = reason_field(
        _("不交办的理由"), _("请写明不交办的理由。"), _("例如：批示为阅知；或登记有误，另行登记。")
    )


class AnswerForm(forms.Form):
    """The agency's answer. `revision` is that of the draft that was shown."""

    text = ProseField(
        label=_("办理情况"),
        max_length=ANSWER_LIMIT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("做了什么、结果怎样、还差什么、何时完成。不得写入涉密内容。"),
        error_messages={"max_length": _TOO_LONG},
    )
    # Checked and kept by reports.supervision.answer_files; here only for what is refused.
    evidence = forms.Field(label=_("佐证材料"), required=False, widget=forms.HiddenInput)
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class DecideForm(forms.Form):
    """What becomes of an answer: the one that was read is named."""

    answer = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    action = forms.ChoiceField(
        label=_("审核"),
        choices=[("accept", _("办结")), ("return", _("退回重报"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选办结或退回。")},
    )
    note = reason_field(_("审核意见"), "", _("退回必填；单位看得到。"), required=False)
    due_on = day_field(_("新的反馈期限"), _("退回时填写。"), required=False)


class InstructionForm(forms.Form):
    """An instruction. The office says who wrote it and when; leaders write their own."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    leader = forms.CharField(
        label=_("批示人"), max_length=60, help_text=_("姓名和职务，如纸面所署。"),
        error_messages={"required": _("请写明批示人。")},
    )  # fmt: skip
    given_on = day_field(_("批示日期"), _("纸面日期。登记时间另记。"), kind=forms.DateField)
    words = ProseField(
        label=_("批示原文"),
        max_length=WORDS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("一字不改。登记后不能修改。不得写入涉密内容。"),
        error_messages={"required": _("请写批示原文。"), "max_length": _TOO_LONG},
    )
    scan = FilesField(label=_("批示扫描件"), required=False, help_text=_("可以选多个。严禁上传涉密文件。"))

    def __init__(self, *args: Any, writes_himself: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if writes_himself:
            del self.fields["leader"], self.fields["given_on"]
            self.fields["scan"].label = _("附件")
            self.fields["words"].label = _("批示")

    @property
    def leader_given(self) -> str:
        return str(self.cleaned_data.get("leader", ""))

    @property
    def day_given(self) -> date | None:
        day: date | None = self.cleaned_data.get("given_on")
        return day


class ProposalRuleForm(forms.Form):
    """One rule that proposes, and how it stood when it was shown."""

    rule = forms.IntegerField(widget=forms.HiddenInput)
    before = forms.CharField(widget=forms.HiddenInput)
    is_active = forms.BooleanField(label=_("启用"), required=False)
    threshold = forms.IntegerField(label=_("数值"), min_value=1, max_value=MOST)
    verified_only = forms.BooleanField(label=_("只看核定的"), required=False)
    answer_days = forms.IntegerField(label=_("反馈期限（工作日）"), min_value=1, max_value=MOST)

    @classmethod
    def of(cls, rule: ProposalRule, data: Any = None) -> "ProposalRuleForm":
        """The form of a rule, as it stands or as it was sent."""
        initial = {
            "rule": rule.pk,
            "before": fingerprint(rule),
            "is_active": rule.is_active,
            "threshold": rule.threshold,
            "verified_only": rule.verified_only,
            "answer_days": rule.answer_days,
        }
        form = cls(data, initial=initial, auto_id=f"rule-{rule.pk}-%s")
        form.fields["threshold"].label = _("连续几季") if rule.ground == Ground.RED else _("逾期几个工作日")
        if rule.ground == Ground.TARGET:
            form.fields["threshold"].widget = forms.HiddenInput()
        if rule.ground == Ground.MISSING:
            form.fields["verified_only"].widget = forms.HiddenInput()
        return form

    def asked(self) -> ProposalInput:
        data = self.cleaned_data
        return ProposalInput(
            is_active=data["is_active"],
            threshold=data["threshold"],
            verified_only=data["verified_only"],
            answer_days=data["answer_days"],
        )


def fingerprint(rule: ProposalRule) -> str:
    """How a rule stands, in one word, to see whether it was changed meanwhile."""
    return f"{rule.is_active:d}-{rule.threshold}-{rule.verified_only:d}-{rule.answer_days}"


class EscalationRuleForm(forms.Form):
    """One more rule of escalation."""

    stage = forms.ChoiceField(label=_("情形"), choices=Stage.choices)
    after_days = forms.IntegerField(
        label=_("满几个工作日"), min_value=1, max_value=MOST, help_text=_("签发或期限的次日起算。")
    )
    to = forms.ChoiceField(label=_("升级到"), choices=Receiver.choices)


class RetireForm(forms.Form):
    rule = forms.ModelChoiceField(queryset=EscalationRule.objects.filter(is_active=True))
