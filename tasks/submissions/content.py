"""The content of a submission as it comes in, and what it must say before it can be handed on. Its figures are read by
tasks.indicators.reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tasks import typed
from tasks.errors import Problem
from tasks.indicators.reading import FIGURE_PARTS, LONG_PARTS
from tasks.submissions.fields import FIELDS, PROBLEMS_LIMIT, TEXT_LIMIT, TEXTS, field_values
from tasks.submissions.models import Content, ProblemCategory, Submission
from tasks.values import Light, Period
from tasks.wording import current, light_parts

FIGURES_LIMIT = 100  # indicators of one submission; the first plan asks for a handful
_LIGHTS, _CATEGORIES = frozenset({"", *Light.values}), frozenset(ProblemCategory.values)
NUMBER_LIMIT = 60  # characters of a figure as typed, and of its indicator's slug


@dataclass(frozen=True)
class DraftInput:
    """A submission as typed: the fields of tasks.submissions.fields, and whose, of which task and quarter. `figures` is
    {key of a figure (tasks.indicators.requested_figures): {one of FIGURE_PARTS: text}}; its texts are kept as typed, so
    that nothing is lost, and read when the submission is handed on."""

    plan_id: int
    quarter: Period
    task_id: int
    agency_id: int
    revision: int | None = None  # of the draft that the person saw; None when there was none
    light: str = ""
    progress: int | None = None
    done: str = ""
    no_progress: bool = False
    no_progress_reason: str = ""
    problems: Sequence[Mapping[str, str]] = ()
    coordination: str = ""
    next_steps: str = ""
    judgement: str = ""
    light_reason: str = ""
    paper_date: date | None = None
    elsewhere: bool = False
    figures: Mapping[str, Mapping[str, str]] = dataclass_field(default_factory=dict)

    @classmethod
    def of(cls, submission: Submission, *, plan_id: int) -> "DraftInput":
        """What the kept draft says, to be saved again with `dataclasses.replace`."""
        return cls(
            plan_id=plan_id,
            quarter=submission.quarter,
            task_id=submission.task_id,
            agency_id=submission.agency_id,
            revision=submission.revision,
            figures=submission.figures,
            **field_values(submission),
        )


def understood(draft: DraftInput) -> DraftInput:
    """The draft as it is kept: texts cleaned, and nothing where its words say that there is nothing (无, 暂无, /, —), so
    that nobody counts a problem or a matter for the province that is none."""
    texts: dict[str, Any] = {
        field.name: (typed.reason if typed.asks_for_a_reason(field.name) else typed.optional)(
            getattr(draft, field.name)
        )
        for field in TEXTS
    }
    texts["problems"] = [
        {"category": str(item.get("category", "")), "text": text}
        for item in draft.problems
        if not (text := typed.prose(str(item.get("text", "")))) or not typed.is_nothing(text)
    ]
    figures = {
        typed.prose(str(slug)): {
            typed.prose(str(part)): typed.prose(str(text))
            for part, text in parts.items()
            if not _says_nothing(part, str(text))
        }
        for slug, parts in draft.figures.items()
    }
    return replace(draft, **texts, figures=figures)


def _says_nothing(part: str, text: str) -> bool:
    """Of a yes or no, 没有 is a no: only a dash strikes it out."""
    return typed.is_dash(text) if part == "value" else typed.is_nothing(text)


def misplaced_fields(draft: DraftInput, duty: str) -> list[str]:
    """The fields in which something is written although they are filled under another duty."""
    return [field.name for field in FIELDS if duty not in field.filled_by and getattr(draft, field.name)]


def shape_problems(draft: DraftInput, row: str) -> list[Problem]:
    """What makes a draft impossible to keep: an unknown light, a progress outside 0–100, too much text."""
    if _has_nul(draft):
        # PostgreSQL keeps no such character; forms remove it, so nobody typed it.
        return [Problem("", _("内容含有不能保存的字符。"), row)]
    problems = []
    if draft.light not in _LIGHTS:
        problems.append(Problem("light", _("请选%(all)s之一。") % light_parts(), row))
    if draft.progress is not None and not 0 <= draft.progress <= 100:
        problems.append(Problem("progress", _("自评进度请填 0 到 100 之间的整数。"), row))
    for field in TEXTS:
        length = len(getattr(draft, field.name))
        if length > TEXT_LIMIT:
            problems.append(
                Problem(
                    field.name,
                    _("“%(label)s”有 %(length)d 字，最多 %(limit)d 字，请删减。")
                    % {"label": field.label, "length": length, "limit": TEXT_LIMIT},
                    row,
                )
            )
    if len(draft.problems) > PROBLEMS_LIMIT:
        problems.append(
            Problem("problems", _("最多列 %(limit)d 个问题，请合并。") % {"limit": PROBLEMS_LIMIT}, row)
        )
    for item in draft.problems:
        if item.get("category") not in _CATEGORIES:
            problems.append(Problem("problems", _("请为每个问题选一个类别。"), row))
        elif len(item.get("text", "")) > TEXT_LIMIT:
            problems.append(
                Problem("problems", _("一个问题最多 %(limit)d 字，请删减。") % {"limit": TEXT_LIMIT}, row)
            )
    return problems + _figure_shape_problems(draft.figures, row)


def _has_nul(draft: DraftInput) -> bool:
    texts = [getattr(draft, field.name) for field in TEXTS]
    texts += [str(text) for item in draft.problems for text in item.values()]
    texts += [str(text) for slug, parts in draft.figures.items() for text in (slug, *parts, *parts.values())]
    return any("\0" in text for text in texts)


def _figure_shape_problems(figures: Mapping[str, Mapping[str, str]], row: str) -> list[Problem]:
    """A draft keeps figures as typed, under whatever key, so their number and length are limited here."""
    if len(figures) > FIGURES_LIMIT:
        return [Problem("figures", _("数据最多 %(limit)d 项。") % {"limit": FIGURES_LIMIT}, row)]
    problems = []
    for slug, parts in figures.items():
        name, _at, quarter = slug.partition("@")
        if len(name) > NUMBER_LIMIT or len(quarter) > len("2017Q1") or not set(parts) <= set(FIGURE_PARTS):
            problems.append(Problem("figures", _("本任务没有指标“%(slug)s”。") % {"slug": slug[:40]}, row))
            continue
        for part, text in parts.items():
            limit = TEXT_LIMIT if part in LONG_PARTS else NUMBER_LIMIT
            if len(str(text)) > limit:
                problems.append(
                    Problem(
                        f"figures.{slug}.{part}", _("最多 %(limit)d 字，请删减。") % {"limit": limit}, row
                    )
                )
    return problems


def completeness_problems(content: Content, row: str) -> list[Problem]:
    """What must be corrected in a kept draft before it can be handed on or submitted."""
    if content.elsewhere:
        if any(getattr(content, field.name) != field.empty for field in FIELDS if not field.with_elsewhere):
            return [
                Problem("elsewhere", _("选了“另渠道报送”，请清空本表其余内容；严禁在此填报涉密信息。"), row)
            ]
        return []
    problems = [
        Problem(field.name, str(field.required.message), row)
        for field in FIELDS
        if field.required is not None
        and field.required.when(content)
        and not field.is_written(getattr(content, field.name))
    ]
    if any(not item.get("text", "").strip() for item in content.problems):
        problems.append(Problem("problems", _("有一个问题只选了类别，请写内容或删去。"), row))
    return problems


def conflict_problems(content: Content, red: Sequence[str], row: str) -> list[Problem]:
    """A lead that reports green or blue while co agencies of its task (`red`, by name) report red must say why."""
    if content.light not in {Light.GREEN, Light.BLUE} or not red or content.light_reason.strip():
        return []
    return [
        Problem(
            "light_reason",
            _("%(bodies)s报%(red)s，而本件自评%(light)s：请写明理由，或改灯。")
            % {
                "bodies": "、".join(red),
                "red": current().lights["red"].mark,
                "light": Light(content.light).label,
            },
            row,
        )
    ]


def overdue_problems(content: Content, overdue: Sequence[tuple[str, date]], row: str) -> list[Problem]:
    """A milestone of the work plan that is overdue (`overdue`: text and day) requires a next step."""
    if not overdue or content.next_steps.strip():
        return []
    text, day = overdue[0]
    return [
        Problem(
            "next_steps",
            _("节点“%(text)s”%(day)s逾期未完成，请写怎样追回。")
            % {"text": text[:40], "day": date_format(day, _("n月j日"))},
            row,
        )
    ]


def paper_problems(
    paper_date: date | None, quarter: Period, *, is_late_entry: bool, today: date, row: str
) -> list[Problem]:
    """The date of the paper report from which a submission is entered afterwards: in a 补录 or reopened quarter only,
    not before the quarter and not after today."""
    if paper_date is None:
        return []
    message = ""
    if not is_late_entry:
        message = _("只有补录或重新开启的季度才填纸面日期，请清空。")
    elif paper_date < quarter.first_day:
        message = _("纸面日期不能早于%(quarter)s。") % {"quarter": quarter.label}
    elif paper_date > today:
        message = _("纸面日期不能晚于今天。")
    return [Problem("paper_date", message, row)] if message else []
