"""What a return must say before it can be handed on; its figures are read by tasks.figures.reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Problem
from tasks.figures.reading import FIGURE_PARTS, LONG_PARTS
from tasks.filing.models import Content, ProblemCategory
from tasks.values import Light, Quarter

TEXT_LIMIT = 5000  # characters of one text field; a return is read by people
PROBLEMS_LIMIT = 20
FIGURES_LIMIT = 100  # indicators of one return; the first plan asks a handful
NUMBER_LIMIT = 60  # characters of a figure as typed, and of its indicator's slug


@dataclass(frozen=True)
class DraftInput:
    """A return as typed. `figures` is {key of a figure (tasks.figures.asked): {one of FIGURE_PARTS: text}}; its texts
    are kept as typed, so that nothing is lost, and read when the return is handed on."""

    plan_id: int
    quarter: Quarter
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
    elsewhere: bool = False
    figures: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


CONTENT_FIELDS = (
    "light",
    "progress",
    "done",
    "no_progress",
    "no_progress_reason",
    "problems",
    "coordination",
    "next_steps",
    "elsewhere",
)
TEXT_FIELDS = {
    "done": gettext_lazy("本季进展"),
    "no_progress_reason": gettext_lazy("无进展原因"),
    "coordination": gettext_lazy("需省级协调事项"),
    "next_steps": gettext_lazy("下步打算"),
}


def shape_problems(draft: DraftInput, row: str) -> list[Problem]:
    """What makes a draft impossible to keep: a light that is none, a progress outside 0–100, too much text."""
    if _has_nul(draft):
        # PostgreSQL keeps no such character; forms take it out, so that this is nobody's typing.
        return [Problem("", _("内容含有不能保存的字符。"), row)]
    problems = []
    if draft.light not in {"", *Light.values}:
        problems.append(Problem("light", _("请选绿、黄、红、蓝之一。"), row))
    if draft.progress is not None and not 0 <= draft.progress <= 100:
        problems.append(Problem("progress", _("自评进度请填 0 到 100 之间的整数。"), row))
    for name, label in TEXT_FIELDS.items():
        length = len(getattr(draft, name))
        if length > TEXT_LIMIT:
            problems.append(
                Problem(
                    name,
                    _("“%(label)s”有 %(length)d 字，最多 %(limit)d 字，请删减。")
                    % {"label": label, "length": length, "limit": TEXT_LIMIT},
                    row,
                )
            )
    if len(draft.problems) > PROBLEMS_LIMIT:
        problems.append(
            Problem("problems", _("最多列 %(limit)d 个问题，请合并。") % {"limit": PROBLEMS_LIMIT}, row)
        )
    for item in draft.problems:
        if item.get("category") not in ProblemCategory.values:
            problems.append(Problem("problems", _("请为每个问题选一个类别。"), row))
        elif len(item.get("text", "")) > TEXT_LIMIT:
            problems.append(
                Problem("problems", _("一个问题最多 %(limit)d 字，请删减。") % {"limit": TEXT_LIMIT}, row)
            )
    return problems + _figure_shape_problems(draft.figures, row)


def _has_nul(draft: DraftInput) -> bool:
    texts = [getattr(draft, name) for name in TEXT_FIELDS]
    texts += [str(text) for item in draft.problems for text in item.values()]
    texts += [str(text) for slug, parts in draft.figures.items() for text in (slug, *parts, *parts.values())]
    return any("\0" in text for text in texts)


def _figure_shape_problems(figures: Mapping[str, Mapping[str, str]], row: str) -> list[Problem]:
    """A draft keeps figures as typed, whatever they are called, so somebody has to say how much of that is enough."""
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
    """What must be mended in a kept draft before it can be handed on or submitted."""
    if content.elsewhere:
        if (
            content.light
            or content.done
            or content.problems
            or content.coordination
            or content.next_steps
            or content.no_progress
            or content.no_progress_reason
            or content.progress is not None
        ):
            return [
                Problem("elsewhere", _("选了“另渠道报送”，请清空本表其余内容；严禁在此填报涉密信息。"), row)
            ]
        return []
    problems = []
    if not content.light:
        problems.append(Problem("light", _("请选状态自评灯。"), row))
    if content.no_progress:
        if not content.no_progress_reason.strip():
            problems.append(Problem("no_progress_reason", _("选了“本季度无进展”，请写明原因。"), row))
    elif not content.done.strip():
        problems.append(Problem("done", _("请写本季进展；确无进展请勾选“本季度无进展”。"), row))
    if content.light in {Light.YELLOW, Light.RED} and not content.next_steps.strip():
        problems.append(Problem("next_steps", _("灯为黄或红，请写怎样追回。"), row))
    if any(not item.get("text", "").strip() for item in content.problems):
        problems.append(Problem("problems", _("有一个问题只选了类别，请写内容或删去。"), row))
    return problems
