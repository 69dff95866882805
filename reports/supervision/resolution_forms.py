"""The table in which the office enters what a meeting decided."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.coordination.models import CoordinationRequest
from reports.coordination.values import WORDS_LIMIT
from reports.supervision.forms import day_field
from reports.supervision.resolutions import ResolutionInput
from tasks.errors import Problems
from tasks.models import Task
from tasks.web.forms import ProseField

ROWS = 8


class MeetingForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    meeting = forms.CharField(
        label=_("会议"), max_length=60, help_text=_("如：领导小组第3次会议。"),
        error_messages={"required": _("请写会议名称。")},
    )  # fmt: skip
    held_on = day_field(_("会议日期"), kind=forms.DateField)


class ResolutionForm(forms.Form):
    """One row; an empty one is left out."""

    about = forms.ChoiceField(label=_("针对"), required=False)
    words = ProseField(
        label=_("议定内容"), required=False, max_length=WORDS_LIMIT, widget=forms.Textarea(attrs={"rows": 2})
    )
    agency = forms.TypedChoiceField(label=_("承办单位"), required=False, coerce=int, empty_value=None)
    due_on = day_field(_("办理期限"), required=False)

    def __init__(self, *args: Any, about: Any, agencies: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen, agency = self.fields["about"], self.fields["agency"]
        assert isinstance(chosen, forms.ChoiceField)
        assert isinstance(agency, forms.ChoiceField)
        chosen.choices = about
        agency.choices = [("", _("不交办")), *agencies]


class ResolutionTable:
    """The meeting and its rows, read together."""

    def __init__(
        self,
        data: Any,
        *,
        requests: dict[int, tuple[CoordinationRequest, str]],
        tasks: list[Task],
        agencies: list[tuple[str, str]],
        chosen: list[int],
    ) -> None:
        self._requests = {f"request-{pk}": request for pk, (request, _label) in requests.items()}
        self._tasks = {f"task-{task.ref}": task for task in tasks}
        about = [
            ("", _("不针对某一件事")),
            (_("提请协调事项"), [(f"request-{pk}", label) for pk, (_request, label) in requests.items()]),
            (_("任务"), [(f"task-{task.ref}", f"{task.code} {task.heading}") for task in tasks]),
        ]
        self.meeting = MeetingForm(data)
        self.rows = [
            ResolutionForm(
                data,
                prefix=f"row{number}",
                about=about,
                agencies=agencies,
                initial={"about": f"request-{chosen[number]}" if number < len(chosen) else ""},
            )
            for number in range(ROWS)
        ]
        self._kept: list[int] = []

    def is_valid(self) -> bool:
        checked = [form.is_valid() for form in (self.meeting, *self.rows)]
        return all(checked)

    def resolutions(self) -> list[ResolutionInput]:
        """The rows in which something was typed."""
        found = []
        self._kept = []
        for number, row in enumerate(self.rows):
            data = row.cleaned_data
            if not (data["words"].strip() or data["agency"] or data["due_on"]):
                continue
            self._kept.append(number)
            found.append(
                ResolutionInput(
                    words=data["words"],
                    request=self._requests.get(data["about"]),
                    task=self._tasks.get(data["about"]),
                    agency_id=data["agency"],
                    due_on=data["due_on"],
                )
            )
        return found

    def refuse(self, problems: Problems) -> None:
        """Each fault on its row and field."""
        for problem in problems.problems:
            form = self.rows[self._kept[int(problem.row)]] if problem.row else self.meeting
            form.add_error(problem.field if problem.field in form.fields else None, problem.message)
