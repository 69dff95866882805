"""The specification of a submission's fields. The form, the API, the workbook, differences, consolidation, copies and
briefs are built from it; a field that is added here, to DraftInput and to the model Content is in all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from tasks.submissions.models import Content, ProblemCategory, Submission
from tasks.values import Duty, Light
from tasks.wording import coordination_words, with_lights

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TEXT_LIMIT = 5000  # characters of one text field; a submission is read by people
PROBLEMS_LIMIT = 20
_LIGHTS, _CATEGORIES = frozenset(Light.values), frozenset(ProblemCategory.values)


class Kind(Enum):
    """What a field holds, as Python keeps it, and with that how each interface reads and writes it."""

    LIGHT = "light"  # a Light, "" for none
    PERCENT = "percent"  # int from 0 to 100, None for none
    TEXT = "text"  # at most TEXT_LIMIT characters
    YES_NO = "yes_no"  # bool
    PROBLEMS = "problems"  # list of {"category": ProblemCategory, "text": str}, at most PROBLEMS_LIMIT
    DAY = "day"  # datetime.date, None for none


@dataclass(frozen=True)
class Column:
    """One column of the workbook. `name` and `title` hold {n} and %(n)d where a field has several such columns."""

    width: int
    hint: "StrOrPromise" = ""
    name: str = ""  # "" for the field's own
    title: "StrOrPromise" = ""  # "" for the field's label


@dataclass(frozen=True)
class Row:
    """One row of the form, of the pages that show a submission and of its sheet. Rows are shown by `place`; what has none
    is a box under the row `beside`, or below all rows. `only_if_written`: pages have no such row while nothing is
    written in the field."""

    help: "StrOrPromise" = ""
    place: int | None = None
    beside: str = ""
    only_if_written: bool = False
    height: int = 0  # of a text, in lines
    label: "StrOrPromise" = ""  # "" for the field's label


@dataclass(frozen=True)
class Required:
    """`when` a complete submission must say something in the field, and the error if it does not."""

    when: Callable[[Content], bool]
    message: "StrOrPromise"


@dataclass(frozen=True)
class SubmissionField:
    """One field of a submission.

    `filled_by`: the duties under which it is written. `withheld`: only for the agency itself, the task's lead, the office
    and the leadership (tasks.submissions.permissions). `commented`: who sends a version back may comment on it.
    `copied`: goes into the next quarter's form when the agency asks for its last words. `inherited`: a successor takes it
    over from an earlier quarter. `adopted_into`: the lead's field into which a co agency's words go, "" for none.
    `with_elsewhere`: may be filled although the content travels by another channel.
    """

    name: str
    label: "StrOrPromise"
    kind: Kind
    form: Row
    columns: tuple[Column, ...]  # none: not in the workbook
    required: Required | None = None
    filled_by: frozenset[Duty] = frozenset(Duty)
    withheld: bool = False
    commented: bool = False
    copied: bool = False
    inherited: bool = False
    in_brief: bool = False
    adopted_into: str = ""
    with_elsewhere: bool = False
    api_help: str = ""

    @property
    def empty(self) -> Any:
        """What the field holds while nothing is written in it."""
        return _EMPTY[self.kind]

    def is_written(self, value: Any) -> bool:
        """Whether the value says anything. A progress of 0 does; blanks alone do not."""
        return bool(value.strip()) if isinstance(value, str) else value != self.empty

    def shown(self, value: Any) -> str:
        """The value as a reader sees it, "" for nothing. A wrong light or category is shown as it was typed."""
        return _SHOWN[self.kind](value)


def _shown_problems(problems: Sequence[Mapping[str, str]]) -> str:
    """One problem a line, its category first."""
    return "\n".join(f"{category_label(item)}：{str(item.get('text', '')).strip()}" for item in problems)


def category_label(problem: Mapping[str, str]) -> str:
    """The category of one problem in words; one that does not exist as it was typed."""
    category = problem.get("category", "")
    return str(ProblemCategory(category).label) if category in _CATEGORIES else category


def light_label(light: str) -> str:
    """The light in words; one that does not exist as it was typed."""
    return str(Light(light).label) if light in _LIGHTS else light


_EMPTY: dict[Kind, Any] = {
    Kind.LIGHT: "",
    Kind.PERCENT: None,
    Kind.TEXT: "",
    Kind.YES_NO: False,
    Kind.PROBLEMS: [],
    Kind.DAY: None,
}
_SHOWN: dict[Kind, Callable[[Any], str]] = {
    Kind.LIGHT: light_label,
    Kind.PERCENT: lambda value: "" if value is None else f"{value}%",
    Kind.TEXT: lambda value: str(value).strip(),
    Kind.YES_NO: lambda value: _("是") if value else "",
    Kind.PROBLEMS: _shown_problems,
    Kind.DAY: lambda value: "" if value is None else value.isoformat(),
}

_LEAD = frozenset({Duty.LEAD})

# In the order of the workbook, of differences and of the code on a sheet 报送单.
FIELDS = (
    SubmissionField(
        "light",
        gettext_lazy("自评灯"),
        Kind.LIGHT,
        Row(
            label=gettext_lazy("状态自评"),
            help=gettext_lazy("办公室核定时可改，会写明理由。"),
            place=10,
        ),
        (Column(11, gettext_lazy("从下拉框选。")),),
        required=Required(lambda content: True, gettext_lazy("请选状态自评灯。")),
        commented=True,
    ),
    SubmissionField(
        "progress",
        gettext_lazy("自评进度"),
        Kind.PERCENT,
        Row(gettext_lazy("0 到 100 的整数，单位 %。仅作自评，不参与汇总。"), place=40),
        (
            Column(
                10,
                gettext_lazy("0 到 100 的整数，12 就是 12%。"),
                title=gettext_lazy("自评进度（%）"),
            ),
        ),
        commented=True,
    ),
    SubmissionField(
        "done",
        gettext_lazy("本季进展"),
        Kind.TEXT,
        Row(gettext_lazy("做了什么，做到哪一步，对照原文逐项写。"), place=20, height=6),
        (Column(44, gettext_lazy("做了什么，做到哪一步。")),),
        required=Required(
            lambda content: not content.no_progress,
            gettext_lazy("请写本季进展；确无进展请勾选“本季度无进展”。"),
        ),
        commented=True,
        copied=True,
        inherited=True,
        in_brief=True,
        adopted_into="done",
    ),
    SubmissionField(
        "no_progress",
        gettext_lazy("本季度无进展"),
        Kind.YES_NO,
        Row(beside="done"),
        (Column(9, gettext_lazy("无进展填“是”。")),),
        in_brief=True,
    ),
    SubmissionField(
        "no_progress_reason",
        gettext_lazy("无进展原因"),
        Kind.TEXT,
        Row(gettext_lazy("勾选“本季度无进展”时必填。"), place=30, height=2),
        (Column(26, gettext_lazy("填“是”时必填。")),),
        required=Required(
            lambda content: content.no_progress, gettext_lazy("选了“本季度无进展”，请写明原因。")
        ),
        copied=True,
        in_brief=True,
        adopted_into="done",
    ),
    SubmissionField(
        "problems",
        gettext_lazy("存在问题"),
        Kind.PROBLEMS,
        Row(gettext_lazy("一个问题一行，选类别；没有可不填。"), place=60),
        (
            Column(11, gettext_lazy("从下拉框选。"), "problem_category_{n}", gettext_lazy("问题%(n)d类别")),
            Column(
                30, gettext_lazy("一个问题填一组，没有不填。"), "problem_text_{n}", gettext_lazy("问题%(n)d")
            ),
        ),
        withheld=True,
        commented=True,
        copied=True,
        inherited=True,
        in_brief=True,
        adopted_into="problems",
    ),
    SubmissionField(
        "coordination",
        coordination_words(),
        Kind.TEXT,
        Row(gettext_lazy("需要领导小组出面的事，请写清请谁协调什么。"), place=70, height=2),
        (Column(30, gettext_lazy("请谁协调什么。")),),
        withheld=True,
        commented=True,
        copied=True,
        inherited=True,
        in_brief=True,
        adopted_into="coordination",
    ),
    SubmissionField(
        "next_steps",
        gettext_lazy("下步打算"),
        Kind.TEXT,
        Row(with_lights(gettext_noop("灯为%(yellow)s、%(red)s时必填：怎样追回。")), place=80, height=3),
        (Column(36, with_lights(gettext_noop("灯为%(yellow)s、%(red)s时必填。"))),),
        required=Required(
            lambda content: content.light in {Light.YELLOW, Light.RED},
            with_lights(gettext_noop("灯为%(yellow)s或%(red)s，请写怎样追回。")),
        ),
        commented=True,
        copied=True,
        inherited=True,
        in_brief=True,
        adopted_into="next_steps",
    ),
    SubmissionField(
        "judgement",
        gettext_lazy("牵头单位研判"),
        Kind.TEXT,
        Row(gettext_lazy("汇总各配合单位后，对全项任务的判断。"), place=90, height=3),
        (Column(36, gettext_lazy("牵头任务填：对全项任务的判断。")),),
        filled_by=_LEAD,
        commented=True,
        copied=True,
        api_help="of a lead return alone",
    ),
    SubmissionField(
        "light_reason",
        gettext_lazy("与配合单位灯不一致的说明"),
        Kind.TEXT,
        Row(
            with_lights(gettext_noop("自评%(green)s或%(blue)s，而有配合单位报%(red)s时必填；随本件上报。")),
            place=100,
            height=2,
            only_if_written=True,
        ),
        (
            Column(
                30,
                with_lights(gettext_noop("牵头自评%(green)s、%(blue)s而配合报%(red)s时必填。")),
                title=gettext_lazy("灯不一致的说明"),
            ),
        ),
        filled_by=_LEAD,
        commented=True,
        api_help="of a lead return that is green or blue over a red co-return",
    ),
    SubmissionField(
        "paper_date",
        gettext_lazy("纸面日期"),
        Kind.DAY,
        Row(
            gettext_lazy("补录时填：原来的纸面报告是哪一天的。录入时间另记。"),
            place=120,
            only_if_written=True,
        ),
        (Column(12, gettext_lazy("补录时填，写成 2017-01-12。")),),
        with_elsewhere=True,
        api_help="in a quarter that is entered afterwards",
    ),
    SubmissionField(
        "elsewhere",
        gettext_lazy("另渠道报送"),
        Kind.YES_NO,
        Row(gettext_lazy("涉密内容不在本系统填报。选此项计为已报，本表其余内容须清空。")),
        (Column(9, gettext_lazy("涉密内容不在此填；填“是”的，其余清空。")),),
        copied=True,
        in_brief=True,
        with_elsewhere=True,
    ),
)
FIELD = {field.name: field for field in FIELDS}
NAMES = tuple(FIELD)
LABELS = {**{field.name: field.label for field in FIELDS}, "figures": gettext_lazy("数据")}
TEXTS = tuple(field for field in FIELDS if field.kind is Kind.TEXT)
# The rows of form and pages in their order. Figures and evidence are rows, not fields of Content.
FORM_ROWS = tuple(
    name
    for _place, name in sorted(
        [
            *((field.form.place, field.name) for field in FIELDS if field.form.place is not None),
            (50, "figures"),
            (110, "evidence"),
        ]
    )
)


def field_values(content: Any) -> dict[str, Any]:
    """{name: value} of every field, from a draft, a version or a DraftInput."""
    return {name: getattr(content, name) for name in NAMES}


def filled_fields(draft: Submission) -> list[str]:
    """The fields of the draft that say something, in the order of FIELDS, and "figures" last."""
    found = [field.name for field in FIELDS if field.is_written(getattr(draft, field.name))]
    return [*found, "figures"] if draft.figures else found


def is_blank(draft: Submission) -> bool:
    """Whether nobody has written anything in the draft yet: its first file may have begun it."""
    return not filled_fields(draft)
