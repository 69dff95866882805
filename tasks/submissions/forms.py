"""Reading a return out of a posted form, and showing again what was typed with each error on its field."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from tasks.errors import Problem
from tasks.indicators.form_rows import figure_rows
from tasks.indicators.requested_figures import Asked
from tasks.submissions.content import LABELS, PROBLEMS_LIMIT, TEXT_LIMIT, DraftInput
from tasks.submissions.models import Content, ProblemCategory, Verification
from tasks.values import Light, Quarter
from tasks.web.forms import moment_field

EMPTY_PROBLEMS = 2  # blank rows offered below those that are filled


def _text(label: Any, help_text: Any, *, rows: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        strip=False,
        max_length=TEXT_LIMIT,
        widget=forms.Textarea(attrs={"rows": rows, "class": "input"}),
        error_messages={
            "max_length": gettext_lazy("有 %(show_value)d 字，最多 %(limit_value)d 字，请删减。")
        },
    )


class ReturnForm(forms.Form):
    """A return as text, from a kept draft or from what was just posted.

    Nothing is required here: a draft is kept as typed, and the write path says what is missing when it is handed on.
    Problems and figures repeat, so they stand beside the form's fields: `problems` and `figures`.
    """

    light = forms.ChoiceField(
        label=gettext_lazy("状态自评"),
        choices=Light.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text=gettext_lazy("办公室核定时可改，会写明理由。"),
        error_messages={"invalid_choice": gettext_lazy("请选绿、黄、红、蓝之一。")},
    )
    progress = forms.IntegerField(
        label=gettext_lazy("自评进度"),
        min_value=0,
        max_value=100,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input"}),
        help_text=gettext_lazy("0 到 100 的整数，单位 %。只是自评，从不合计。"),
        error_messages={
            "invalid": gettext_lazy("自评进度请填 0 到 100 之间的整数。"),
            "min_value": gettext_lazy("自评进度请填 0 到 100 之间的整数。"),
            "max_value": gettext_lazy("自评进度请填 0 到 100 之间的整数。"),
        },
    )
    done = _text(gettext_lazy("本季进展"), gettext_lazy("做了什么，做到哪一步，对照原文逐项写。"), rows=6)
    no_progress = forms.BooleanField(label=gettext_lazy("本季度无进展"), required=False)
    no_progress_reason = _text(gettext_lazy("无进展原因"), gettext_lazy("勾选“本季度无进展”时必填。"), rows=2)
    coordination = _text(
        gettext_lazy("需省级协调事项"), gettext_lazy("需要领导小组出面的事，请写清请谁协调什么。"), rows=2
    )
    next_steps = _text(gettext_lazy("下步打算"), gettext_lazy("灯为黄、红时必填：怎样追回。"), rows=3)
    judgement = _text(
        gettext_lazy("牵头单位研判"),
        gettext_lazy("汇总各配合单位后，对全项任务的判断。"),
        rows=3,
    )
    light_reason = _text(
        gettext_lazy("与配合单位灯不一致的说明"),
        gettext_lazy("自评绿或蓝，而有配合单位报红时必填；随本件上报。"),
        rows=2,
    )
    paper_date = forms.DateField(
        label=gettext_lazy("纸面日期"),
        required=False,
        input_formats=["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d"],
        widget=forms.DateInput(attrs={"type": "date", "class": "input"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("补录时填：原来的纸面报告是哪一天的。录入时间另记。"),
        error_messages={"invalid": gettext_lazy("纸面日期请写成 2017-01-12 这样。")},
    )
    elsewhere = forms.BooleanField(
        label=gettext_lazy("另渠道报送"),
        required=False,
        help_text=gettext_lazy("涉密内容不在本系统填报。选此项计为已报，本表其余内容须清空。"),
    )
    revision = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        problems: list[dict[str, str]],
        figures: dict[str, dict[str, str]],
    ) -> None:
        super().__init__(data, auto_id="%s")
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
        data = {name: getattr(content, name) for name in cls.base_fields if name != "revision"}
        data["paper_date"] = "" if content.paper_date is None else content.paper_date.isoformat()
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
                figures.setdefault(lines(slug), {})[lines(part)] = lines(str(data[name]))
        rows = zip(data.getlist("problem_category"), data.getlist("problem_text"), strict=False)
        # A NUL cannot be kept by the database and is nothing that a person typed.
        plain = {name: str(data.get(name, "")).replace("\x00", "") for name in cls.base_fields}
        plain["progress"] = plain["progress"].strip().removesuffix("%").removesuffix("％")
        return cls(
            plain,
            problems=[
                {"category": lines(category), "text": lines(text)}
                for category, text in rows
                if category.strip() or text.strip()
            ],
            figures=figures,
        )

    def draft(self, *, plan_id: int, quarter: Quarter, task_id: int, agency_id: int) -> DraftInput:
        """For the write path; only of a form that is valid."""
        data = self.cleaned_data
        return DraftInput(
            plan_id=plan_id,
            quarter=quarter,
            task_id=task_id,
            agency_id=agency_id,
            revision=data["revision"],
            light=data["light"],
            progress=data["progress"],
            done=lines(data["done"]),
            no_progress=data["no_progress"],
            no_progress_reason=lines(data["no_progress_reason"]),
            problems=self.problems,
            coordination=lines(data["coordination"]),
            next_steps=lines(data["next_steps"]),
            judgement=lines(data["judgement"]),
            light_reason=lines(data["light_reason"]),
            paper_date=data["paper_date"],
            elsewhere=data["elsewhere"],
            figures=self.figures,
        )

    def show(self, problems: Iterable[Problem]) -> None:
        """Put what the write path found on the fields where it stands."""
        self.is_valid()
        for problem in problems:
            if problem.field in self.fields:
                self.add_error(problem.field, problem.message)
            elif problem.message not in self.other_errors.get(problem.field, []):
                self.other_errors.setdefault(problem.field, []).append(problem.message)
                self.labels[problem.field] = problem.label

    def number_rows(self, *, shown: Collection[str]) -> None:
        """The numbers that stand before the form's rows; of those that are not always there, only `shown` take one."""
        always = {
            "light",
            "done",
            "no_progress_reason",
            "progress",
            "problems",
            "coordination",
            "next_steps",
            "evidence",
        }
        rows = [name for name in ROWS if name in always or name in shown]
        self.numbers = {name: number for number, name in enumerate(rows, 1)}

    def note(self, remarks: Mapping[str, str]) -> None:
        """What whoever sent the return back said of its fields."""
        self.remarks = dict(remarks)

    def remark_rows(self) -> list[dict[str, str]]:
        """Those remarks in the form's order, each with its field."""
        order = {name: place for place, name in enumerate(self.numbers)}
        return [
            {
                "field_id": _field_id(name),
                "label": str(LABELS.get(name, name.removeprefix("figures."))),
                "text": text,
            }
            for name, text in sorted(
                self.remarks.items(), key=lambda item: order.get(item[0].partition(".")[0], 99)
            )
        ]

    def summary(self) -> list[dict[str, str]]:
        """Every error in the page's order, each with the id of the field it stands on."""
        found = []
        for name in self.fields:
            for message in self.errors.get(name, []):
                found.append({"field_id": _field_id(name), "text": f"{self.fields[name].label}：{message}"})
        for name, messages in self.other_errors.items():
            label = f"{self.labels[name]}：" if self.labels.get(name) else ""
            found += [{"field_id": _field_id(name), "text": f"{label}{message}"} for message in messages]
        return found

    def problem_rows(self) -> list[dict[str, str]]:
        """The problems, and blank rows to add some."""
        room = max(0, min(EMPTY_PROBLEMS, PROBLEMS_LIMIT - len(self.problems)))
        return self.problems + [{"category": "", "text": ""}] * room

    def figure_rows(self, asked: Iterable[Asked], targets: Mapping[int, str]) -> list[dict[str, Any]]:
        """The figures that the return asks for, with what was typed and each error on its field."""
        return figure_rows(asked, self.figures, self.other_errors, targets)


def _field_id(name: str) -> str:
    """The id of the element that takes the focus; "" where there is none."""
    if name == "light":
        return "light_0"  # a radio group has no element of its own id: its first button takes the focus
    if name == "problems":
        return "problem_text_1"
    if name == "figures":
        return ""
    return f"{name}.value" if name.startswith("figures.") and name.count(".") == 1 else name


# The form's rows in their order on the page.
ROWS = (
    "light",
    "done",
    "no_progress_reason",
    "progress",
    "figures",
    "problems",
    "coordination",
    "next_steps",
    "judgement",
    "light_reason",
    "evidence",
    "paper_date",
)


def lines(text: str) -> str:
    """Line ends as people see them, whatever the browser sent, and no NUL, which PostgreSQL cannot keep."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip()


class DecisionForm(forms.Form):
    """The office's or the lead's word on a version; what belongs together is checked by the write path. Nothing is
    chosen beforehand. `sure` says that a version is accepted although a reason to return it is written."""

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
