"""Tasks, groups and lights as a brief's templates show them: the figures in words and shapes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from reports.briefs.composition_context import Context, plain
from reports.briefs.formatting import amount, by_style, light_counts, light_styles, short
from reports.briefs.snapshot import Snapshot
from reports.briefs.values import ENDED
from reports.charts.bars import labelled_bar, stacked_bar
from reports.charts.lights import STYLE
from reports.evaluation.values import EvaluatedTarget
from reports.figures.values import Lights, Rate, TargetFigures, TaskFigures
from reports.typeset.chinese_text import numeral, phrase


@dataclass(frozen=True)
class LightView:
    """Shape and word of a light; `key` is its colour. Without a light: key "none", and a word alone."""

    key: str
    word: str
    mark: str


@dataclass(frozen=True, kw_only=True)
class TaskView:
    """A task without what its lead wrote. `is_safeguard`: it is counted beside the main tasks."""

    ref: str
    code: str
    heading: str
    lead: str
    light: LightView
    reported: LightView
    verified: LightView
    verification: str  # 部分属实 or 不实; "" for what is true, or not checked
    punctuality: str  # 按时, 逾期, 未报; 已销号, 已撤销
    on_time: bool | None
    missing: bool
    co: Rate
    is_safeguard: bool


@dataclass(frozen=True, kw_only=True)
class GroupView:
    """A task group or, apart from these, the safeguards. The bars are SVG: `bar` for a cell of a table, in one scale for
    all groups; `wide_bar` over the whole line."""

    numeral: str
    number: int | None
    name: str
    short: str
    lights: Lights
    counts: list[int]  # by the columns of the table of all groups
    total: int
    lead: Rate
    co: Rate
    sources: tuple[TaskFigures, ...]
    apart: bool
    bar: SafeString
    wide_bar: SafeString


def light(key: str, otherwise: str = "") -> LightView:
    """The light; where there is none, the word `otherwise`."""
    style = STYLE.get(key)
    if style is None:
        return LightView("none", otherwise, "")
    return LightView(style.key, str(style.word), style.mark)


def lights(*counts: Lights) -> list[LightView]:
    """The lights in the order in which they are printed, for the heads of a table of these counts."""
    return [light(style.key) for style in light_styles(*counts)]


def task(context: Context[Snapshot], source: TaskFigures) -> TaskView:
    """The task's view; made once for all sections."""
    return context.cached(("task", source.ref), lambda: _task(context, source))


def _task(context: Context[Snapshot], source: TaskFigures) -> TaskView:
    missing = source.state == "missing"
    ended = _("无牵头") if source.is_unled else ENDED.get(source.state)
    elsewhere = _("另报") if source.narrative.elsewhere else ""
    return TaskView(
        ref=source.ref,
        code=context.printable(source.code),
        heading=phrase(context.printable(source.heading)),
        lead="、".join(context.printable(one.name) for one in source.leads) or _("无牵头单位"),
        light=light(source.light, elsewhere),
        reported=light("unled" if source.is_unled else "grey")
        if missing or ended
        else light(source.reported_light, elsewhere),
        verified=light(
            source.verified_light,
            "—"
            if missing or ended
            else _("补录")
            if source.is_backfilled
            else _("已退回")
            if source.state == "returned"
            else _("未核"),
        ),
        # That the office found a submission true is not printed.
        verification={"partly": _("部分属实"), "false": _("不实")}.get(source.verification, ""),
        punctuality=str(ended)
        if ended
        else _("补录")
        if source.is_backfilled
        else {True: _("按时"), False: _("逾期"), None: _("未报")}[source.on_time],
        on_time=source.on_time,
        missing=missing,
        co=source.co,
        is_safeguard=source.group is None,
    )


def tasks(context: Context[Snapshot]) -> dict[str, TaskView]:
    """{reference: task}: the main tasks in the plan's order, then the safeguards."""
    return {source.ref: task(context, source) for source in context.figures.tasks}


def groups(context: Context[Snapshot]) -> list[GroupView]:
    """The task groups and, last and apart, the safeguards."""
    return context.cached("groups", lambda: _groups(context))


def _groups(context: Context[Snapshot]) -> list[GroupView]:
    figures = context.figures
    counted = [group.lights for group in figures.groups]
    if figures.safeguards:
        counted.append(figures.safeguard_lights)
    longest = max((lights.total for lights in counted), default=1)
    styles = light_styles(*counted)

    def view(
        name: str, number: int | None, lights: Lights, lead: Rate, co: Rate, sources: tuple[TaskFigures, ...]
    ) -> GroupView:
        title = alternative(lights)
        return GroupView(
            numeral="" if number is None else numeral(number),
            number=number,
            name=name,
            short=short(name),
            lights=lights,
            counts=list(by_style(lights, styles).values()),
            total=lights.total,
            lead=lead,
            co=co,
            sources=sources,
            apart=number is None,
            bar=stacked_bar(by_style(lights, styles), of=longest, title=title),
            wide_bar=labelled_bar(by_style(lights, styles), title=title, font_family=context.chart_font),
        )

    views = [
        view(
            phrase(context.printable(group.name)),
            group.number,
            group.lights,
            group.lead,
            group.co,
            group.tasks,
        )
        for group in figures.groups
    ]
    if own := figures.safeguards:
        co = sum((source.co for source in own), Rate())
        views.append(
            view(
                _("保障措施（另计）"),
                None,
                figures.safeguard_lights,
                sum((task.lead_rate for task in own), Rate()),
                co,
                own,
            )
        )
    return views


def alternative(lights: Lights) -> str:
    """What a bar of lights shows, in words."""
    return plain(light_counts(lights, _("%(n)d项中，") % {"n": lights.total}, grey_by="")) + "。"


def grouped(codes: Iterable[str]) -> str:
    """三（一）1, 三（一）4, 三（二）2 → 三（一）1、4；三（二）2."""
    groups: dict[str, list[str]] = {}
    for code in codes:
        match = re.fullmatch(r"(.*）)(\d+)", code)
        groups.setdefault(match[1] if match else code, []).extend([match[2]] if match else [])
    return "；".join(f"{group}{'、'.join(numbers)}" for group, numbers in groups.items())


def actual(target: TargetFigures | EvaluatedTarget, unit: str) -> tuple[str, str]:
    """A target's latest figure with its unit, and a ratio's numerator and denominator; "" when nothing was reported."""
    number = target.actual
    if number is None:
        return "", ""
    if number != number.to_integral():
        number = number.quantize(Decimal("0.01"), ROUND_HALF_UP)
    parts = ""
    if target.numerator is not None and target.denominator is not None:
        parts = f"{amount(target.numerator)}/{amount(target.denominator)}"
    return amount(number, unit), parts
