"""Reading a submission from a posted form, and showing again what was typed with each error on its field."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy, gettext_noop

from tasks import typed
from tasks.errors import Problem
from tasks.indicators.form_rows import figure_rows
from tasks.indicators.requested_figures import RequestedFigure
from tasks.submissions.content import DraftInput
from tasks.submissions.fields import (
    FIELDS,
    FORM_ROWS,
    LABELS,
    PROBLEMS_LIMIT,
    TEXT_LIMIT,
    Kind,
    SubmissionField,
)
from tasks.submissions.models import Content, ProblemCategory, Verification, Version
from tasks.values import Light, Period
from tasks.web.forms import moment_field
from tasks.wording import with_lights

EMPTY_PROBLEMS = 2  # blank rows offered below those that are filled


class PercentField(forms.Field):
    """A percentage from 0 to 100 as people type it."""

    def to_python(self, value: Any) -> int | None:
        text = "" if value is None else str(value)
        try:
            return typed.percent(text)
        except ValueError as error:
            raise forms.ValidationError(
                gettext("“%(text)s”不是 0 到 100 之间的整数，请改正。") % {"text": typed.visible(text)}
            ) from error


def form_field(field: SubmissionField) -> forms.Field:
    """The form field in which one field of a submission is typed."""
    about: dict[str, Any] = {
        "label": field.form.label or field.label,
        "help_text": field.form.help,
        "required": False,
    }
    match field.kind:
        case Kind.LIGHT:
            return forms.ChoiceField(
                choices=Light.choices,
                widget=forms.RadioSelect,
                error_messages={"invalid_choice": with_lights(gettext_noop("请选%(all)s之一。"))},
                **about,
            )
        case Kind.PERCENT:
            return PercentField(
                widget=forms.TextInput(
                    attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input"}
                ),
                **about,
            )
        case Kind.TEXT:
            return forms.CharField(
                max_length=TEXT_LIMIT,
                widget=forms.Textarea(attrs={"rows": field.form.height, "class": "input"}),
                error_messages={
                    "max_length": gettext_lazy("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。")
                },
                **about,
            )
        case Kind.YES_NO:
            return forms.BooleanField(**about)
        case Kind.DAY:
            return forms.DateField(
                widget=forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
                error_messages={"invalid": gettext_lazy("纸面日期请写成 2017-01-12 这样。")},
                **about,
            )
        case Kind.PROBLEMS:
            raise TypeError("problems repeat: the form keeps them beside its fields")


# Problems repeat, so they are kept beside the form's fields.
_SINGLE = tuple(field for field in FIELDS if field.kind is not Kind.PROBLEMS)


class ReturnForm(forms.Form):
    """A submission as text, from a kept draft or from what was just posted. Its fields are those of the specification
    (tasks.submissions.fields).

    Nothing is required here: a draft is kept as typed, and the write path says what is missing when it is handed on.
    Problems and figures repeat, so they are kept beside the form's fields: `problems` and `figures`.
    """

    revision = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        problems: list[dict[str, str]],
        figures: dict[str, dict[str, str]],
    ) -> None:
        super().__init__(data, auto_id="%s")
        self.fields = {field.name: form_field(field) for field in _SINGLE} | self.fields
        self.problems = problems
        self.figures = figures
        self.other_errors: dict[str, list[str]] = {}
        self.labels: dict[str, str] = {}  # of those errors' fields
        self.numbers: dict[str, int] = {}
        self.remarks: dict[str, str] = {}

    categories = ProblemCategory.choices

    @classmethod
    def of(
        cls, content: Content, revision: int | None, figures: Mapping[str, Any] | None = None
    ) -> "ReturnForm":
        """What is kept, ready to be edited."""
        data = {field.name: getattr(content, field.name) for field in _SINGLE}
        data |= {field.name: field.shown(data[field.name]) for field in _SINGLE if field.kind is Kind.DAY}
        return cls(
            {**data, "revision": revision},
            problems=[dict(item) for item in content.problems],
            figures={slug: dict(parts) for slug, parts in (figures or {}).items()},
        )

    @classmethod
    def blank(cls, revision: int | None = None) -> "ReturnForm":
        return cls({"revision": revision}, problems=[], figures={})

    @classmethod
    def posted(cls, data: QueryDict) -> "ReturnForm":
        """What was typed."""
        figures: dict[str, dict[str, str]] = {}
        for name in data:
            if name.startswith("figures.") and name.count(".") == 2:
                _prefix, slug, part = name.split(".")
                figures.setdefault(typed.prose(slug), {})[typed.prose(part)] = typed.prose(str(data[name]))
        rows = zip(data.getlist("problem_category"), data.getlist("problem_text"), strict=False)
        names = [*(field.name for field in _SINGLE), *cls.base_fields]
        return cls(
            {name: typed.clean(str(data.get(name, ""))) for name in names},
            problems=[
                {"category": typed.prose(category), "text": typed.prose(text)}
                for category, text in rows
                if category.strip() or text.strip()
            ],
            figures=figures,
        )

    def takeable(self, previous: Version | None, duty: str) -> list[str]:
        """The fields that are empty in the form and can be taken over from the last submission."""
        if previous is None:
            return []
        return [
            field.name
            for field in FIELDS
            if field.copied
            and duty in field.filled_by
            and field.is_written(getattr(previous, field.name))
            and not self._is_written(field.name)
        ]

    def _is_written(self, name: str) -> bool:
        if name == "problems":
            return any(row["text"].strip() or row["category"] for row in self.problems)
        return bool(str(self.data.get(name) or "").strip())

    def draft(self, *, plan_id: int, quarter: Period, task_id: int, agency_id: int) -> DraftInput:
        """For the write path; only of a form that is valid."""
        data = self.cleaned_data
        content: dict[str, Any] = {field.name: data[field.name] for field in _SINGLE}
        return DraftInput(
            plan_id=plan_id,
            quarter=quarter,
            task_id=task_id,
            agency_id=agency_id,
            revision=data["revision"],
            problems=self.problems,
            figures=self.figures,
            **content,
        )

    def show(self, problems: Iterable[Problem]) -> None:
        """Add the problems of the write path to the fields that they are of."""
        self.is_valid()
        for problem in problems:
            if problem.field in self.fields:
                self.add_error(problem.field, problem.message)
            elif problem.message not in self.other_errors.get(problem.field, []):
                self.other_errors.setdefault(problem.field, []).append(problem.message)
                self.labels[problem.field] = problem.label

    def number_rows(self, *, hidden: Collection[str]) -> None:
        """Number the form's rows that the page shows."""
        rows = [name for name in FORM_ROWS if name not in hidden]
        self.numbers = {name: number for number, name in enumerate(rows, 1)}

    def note(self, remarks: Mapping[str, str]) -> None:
        """Keep the comments on single fields with which the version was sent back."""
        self.remarks = dict(remarks)

    def remark_rows(self) -> list[dict[str, str]]:
        """Those comments in the form's order, each with its field."""
        order = {name: place for place, name in enumerate(self.numbers)}
        return [
            {
                "field_id": field_id(name),
                "label": str(LABELS.get(name, name.removeprefix("figures."))),
                "text": text,
            }
            for name, text in sorted(
                self.remarks.items(), key=lambda item: order.get(item[0].partition(".")[0], 99)
            )
        ]

    def summary(self) -> list[dict[str, str]]:
        """Every error in the page's order, each with the id of its field."""
        found = []
        for name in self.fields:
            for message in self.errors.get(name, []):
                found.append({"field_id": field_id(name), "text": f"{self.fields[name].label}：{message}"})
        for name, messages in self.other_errors.items():
            label = f"{self.labels[name]}：" if self.labels.get(name) else ""
            found += [{"field_id": field_id(name), "text": f"{label}{message}"} for message in messages]
        return found

    def problem_rows(self) -> list[dict[str, str]]:
        """The problems, and blank rows to add some."""
        room = max(0, min(EMPTY_PROBLEMS, PROBLEMS_LIMIT - len(self.problems)))
        return self.problems + [{"category": "", "text": ""}] * room

    def figure_rows(
        self, asked: Iterable[RequestedFigure], targets: Mapping[int, str]
    ) -> list[dict[str, Any]]:
        """The figures that the submission requires, with what was typed and each error on its field."""
        return figure_rows(asked, self.figures, self.other_errors, targets)


def field_id(name: str) -> str:
    """The id of the element that takes the focus; "" where there is none."""
    if name == "light":
        return "light_0"  # a radio group has no element of its own id: its first button takes the focus
    if name == "problems":
        return "problem_text_1"
    if name == "figures":
        return ""
    return f"{name}.value" if name.startswith("figures.") and name.count(".") == 1 else name


class DecisionForm(forms.Form):
    """The office's or the lead's decision on a version; the write path checks what belongs together. Nothing is chosen
    beforehand. `sure` says that a version is accepted although a reason to return it is written."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    action = forms.ChoiceField(
        choices=[("accept", gettext_lazy("通过")), ("return", gettext_lazy("退回"))],
        error_messages={"required": gettext_lazy("请选通过或退回。")},
    )
    verified_light = forms.ChoiceField(choices=[("", ""), *Light.choices], required=False)
    verification = forms.ChoiceField(choices=Verification.choices, required=False)
    note = forms.CharField(
        max_length=2000,
        required=False,
        error_messages={"max_length": gettext_lazy("理由最多 2000 字，请删减。")},
    )
    answer_by = moment_field(gettext_lazy("重报期限"), required=False)
    sure = forms.BooleanField(required=False)
