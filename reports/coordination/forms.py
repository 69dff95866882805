"""What a person fills in: a new request, and each act on one."""

import uuid
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from reports.coordination.actions import StepInput
from reports.coordination.transitions import Act
from reports.coordination.values import MEETING_LIMIT, TEXT_LIMIT, WORDS_LIMIT
from tasks.models import Task
from tasks.web.forms import DueField, FilesField, ProseField

_TOO_LONG = _("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。")


def _day(label: Any, help_text: Any, kind: type[forms.DateField]) -> forms.DateField:
    return kind(
        label=label,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期。"), "invalid": _("请填写日期，如 2017-07-20。")},
    )


def files_field() -> FilesField:
    return FilesField(label=_("附件"), required=False, help_text=_("可以选多个。严禁上传涉密文件。"))


class ActForm(forms.Form):
    """One act: its words, its files, and what only a meeting or an assignment has."""

    def __init__(self, *args: Any, act: Act, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": f"{act.name}-%s", **kwargs})
        self.act = act
        if act.name == "meet":
            self.fields["meeting"] = forms.CharField(
                label=_("会议"), max_length=MEETING_LIMIT, help_text=_("如：领导小组第3次会议。"),
                error_messages={"required": _("请写会议名称。"), "max_length": _TOO_LONG},
            )  # fmt: skip
            self.fields["held_on"] = _day(_("会议日期"), "", forms.DateField)
        if act.name == "assign":
            self.fields["agency"] = forms.TypedMultipleChoiceField(
                label=_("承办单位"), coerce=int, choices=agencies, widget=forms.CheckboxSelectMultiple,
                help_text=_("可以选几个。"),
                error_messages={"required": _("请选择一个单位。"), "invalid_choice": _("没有这个单位。")},
            )  # fmt: skip
        self.fields["words"] = ProseField(
            label=act.field,
            help_text=act.hint,
            required=bool(act.empty),
            max_length=WORDS_LIMIT,
            widget=forms.Textarea(attrs={"rows": 4}),
            error_messages={"required": act.empty, "max_length": _TOO_LONG},
        )
        if act.name == "assign":
            self.fields["due_on"] = _day(_("办理期限"), _("当日截止。"), DueField)
        self.fields["attachments"] = files_field()

    def asked(self) -> StepInput:
        data = self.cleaned_data
        return StepInput(
            words=data["words"],
            agency_ids=tuple(data.get("agency", ())),
            due_on=data.get("due_on"),
            meeting=data.get("meeting", ""),
            held_on=data.get("held_on"),
            uploads=data["attachments"],
        )


class AddForm(forms.Form):
    """A request that the office adds for an agency."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    task = forms.ModelChoiceField(
        label=_("任务"), queryset=Task.objects.none(), empty_label=_("请选择"),
        error_messages={"required": _("请选择任务。"), "invalid_choice": _("方案中没有这项任务。")},
    )  # fmt: skip
    agency = forms.TypedChoiceField(
        label=_("提出单位"), coerce=int,
        error_messages={"required": _("请选择单位。"), "invalid_choice": _("没有这个单位。")},
    )  # fmt: skip
    text = ProseField(
        label=_("提请协调事项"),
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("请谁协调什么，照来文写。不得写入涉密内容。"),
        error_messages={"required": _("请写提请协调的事项。"), "max_length": _TOO_LONG},
    )
    attachments = files_field()

    def __init__(
        self, *args: Any, tasks: QuerySet[Task], agencies: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        task, agency = self.fields["task"], self.fields["agency"]
        assert isinstance(task, forms.ModelChoiceField)
        assert isinstance(agency, forms.TypedChoiceField)
        task.queryset = tasks
        agency.choices = [("", _("请选择")), *agencies]
