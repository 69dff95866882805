"""Parses the typed figures of a submission, with each problem on its field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks import typed
from tasks.errors import Problem
from tasks.indicators.requested_figures import RequestedFigure
from tasks.indicators.values import (
    Combined,
    FigureValue,
    Flow,
    IndicatorKind,
    Stage,
    stored_stage,
)

FIGURE_PARTS = ("value", "numerator", "denominator", "text", "preliminary", "reason")
LONG_PARTS = ("text", "reason")  # typed as sentences
TEXT_LIMIT = 500  # characters of a qualitative figure: a word or a sentence, not a report
PERCENT_UNITS = ("%", "％")  # of a figure that may be typed with its sign
_OTHER_WORDS: Mapping[Stage, tuple[Any, ...]] = {
    Stage.AUDITED: (
        gettext_lazy("年报"),
        gettext_lazy("核定"),
        gettext_lazy("核定数"),
        gettext_lazy("年报数"),
    ),
    Stage.FINAL: (gettext_lazy("最终"), gettext_lazy("最终数")),
}
_YES = {"1", "yes", "y", "true", "on", "√", "✓"}
_NO = {"0", "no", "n", "false"}


@dataclass(frozen=True)
class Read:
    """A parsed figure with the request that it answers."""

    requested: RequestedFigure
    figure: FigureValue


def read_yes_no(text: str) -> Decimal | None:
    """Parses 是 as 1 and 否 as 0, in all usual spellings; None for blank and for a dash. Raises ValueError with a message
    for users."""
    plain = typed.line(text).lower()
    if typed.is_dash(plain):
        return None
    if plain in _YES or plain == _("是"):
        return Decimal(1)
    if plain in _NO or plain == _("否"):
        return Decimal(0)
    raise ValueError(_("“%(text)s”无法识别，请填“是”或“否”。") % {"text": typed.visible(text)})


def read_stage(text: str) -> Stage:
    """The stage of a figure as people write it: 快报, 快报数, 年报核定; a bare yes means 初步数, a no or nothing 正式数, and
    so does any other word mean 初步数: what is not final is replaced later."""
    plain = typed.line(text).lower()
    if typed.is_nothing(plain) or plain in _NO or plain == _("否"):
        return Stage.FINAL
    stage = stage_named(text)
    return Stage.PRELIMINARY if stage is None else stage


def stage_named(text: str) -> Stage | None:
    """The stage that the text names; None where it names none."""
    plain = typed.line(text).lower()
    for stage in Stage:
        label = str(stage.label)
        words = {stage.value, label, label.removesuffix(_("数")), *map(str, _OTHER_WORDS.get(stage, ()))}
        if plain and plain in words:
            return stage
    return None


def read_figures(
    typed: Mapping[str, Mapping[str, Any]], requested: Sequence[RequestedFigure], row: str
) -> tuple[list[Read], list[Problem]]:
    """Parses the figures of a submission. Returns (figures, problems); `typed` is `{RequestedFigure.key: {part: text}}`.

    A blank figure is left out: zero is a value, blank is none. A reason is required for a cumulative count or amount
    below the agency's last one, and for a lead's figure that differs from the one computed from its co submissions.
    """
    figures: list[Read] = []
    problems: list[Problem] = []
    known = {one.key for one in requested}
    for key in typed:
        if key not in known and any(str(text).strip() for text in typed[key].values()):
            problems.append(Problem("figures", _("本任务没有指标“%(slug)s”。") % {"slug": key[:40]}, row))
    for one in requested:
        texts = {part: str(text) for part, text in typed.get(one.key, {}).items()}
        figure, wrong = _figure(one, texts)
        wrong = wrong or (_reasons_missing(one, figure) if figure else [])
        problems += [
            Problem(f"figures.{one.key}.{part}", message, row, _part_name(one, part))
            for part, message in wrong
        ]
        if figure is not None and not wrong:
            figures.append(Read(one, figure))
    return figures, problems


def _part_name(requested: RequestedFigure, part: str) -> str:
    """The label of a part's field."""
    names = {
        "numerator": requested.indicator.numerator_name,
        "denominator": requested.indicator.denominator_name,
    }
    return names.get(part) or requested.name


def _figure(
    requested: RequestedFigure, texts: Mapping[str, str]
) -> tuple[FigureValue | None, list[tuple[str, str]]]:
    """The figure (None if blank) and its problems `[(part, message)]`."""
    indicator = requested.indicator
    reason = typed.reason(texts.get("reason", ""))
    stage = Stage.AUDITED if requested.is_audit else read_stage(texts.get("preliminary", ""))
    preliminary, version = stored_stage(stage)
    if indicator.kind == IndicatorKind.QUALITATIVE:
        text = typed.optional(texts.get("text") or texts.get("value", ""))
        if len(text) > TEXT_LIMIT:
            over = _("有 %(length)d 字，最多 %(limit)d 字，请删减。")
            return None, [("text", over % {"length": len(text), "limit": TEXT_LIMIT})]
        figure = FigureValue(text=text, reason=reason, preliminary=preliminary, version=version)
        return figure if text else None, []
    parts: dict[str, Decimal | None] = {}
    wrong: list[tuple[str, str]] = []
    for part in ("numerator", "denominator") if indicator.is_ratio else ("value",):
        try:
            if indicator.kind == IndicatorKind.YES_NO:
                parts[part] = read_yes_no(texts.get(part, ""))
                continue
            parts[part] = number = typed.number(
                texts.get(part, ""), percent=indicator.shown_unit in PERCENT_UNITS
            )
        except ValueError as error:
            wrong.append((part, str(error)))
            continue
        if number is not None and (message := _unfit(requested, number)):
            wrong.append((part, message))
    if wrong or all(number is None for number in parts.values()):
        return None, wrong
    if indicator.is_ratio:
        numerator, denominator = parts["numerator"], parts["denominator"]
        if numerator is None or denominator is None:
            missing = "numerator" if numerator is None else "denominator"
            return None, [(missing, _("分子和分母要同时填，或同时留空。"))]
        if denominator == 0 and numerator != 0:
            return None, [("denominator", _("分母是 0，分子也只能是 0；没有统计请都留空。"))]
    figure = FigureValue(
        parts.get("value"), parts.get("numerator"), parts.get("denominator"), reason, "", preliminary, version
    )
    return figure, []


def _unfit(requested: RequestedFigure, number: Decimal) -> str:
    """The message why the indicator cannot have this number, or ""."""
    indicator = requested.indicator
    exponent = number.normalize().as_tuple().exponent
    if isinstance(exponent, int) and -exponent > indicator.decimals:
        if not indicator.decimals:
            return _("请填整数。")
        return _("最多 %(n)d 位小数。") % {"n": indicator.decimals}
    if number < 0 and not indicator.may_be_negative and indicator.kind != IndicatorKind.GROWTH:
        return _("不能是负数。")
    return ""


def _reasons_missing(requested: RequestedFigure, figure: FigureValue) -> list[tuple[str, str]]:
    if figure.reason:
        return []
    computed = requested.computed
    if computed is not None and not computed.is_blank and not computed.same_figure(figure):
        message = _("与配合单位所报按规则汇总的 %(computed)s 不同，请写明理由，或清空以汇总数为准。")
        return [("reason", message % {"computed": figure_words(requested.indicator, computed)})]
    floor = floor_of(requested)
    if floor is not None and figure.value is not None and figure.value < floor:
        less = f"{(floor - figure.value).normalize():f}"
        return [("reason", _("累计数比上次少 %(less)s，请写明原因，或改正数字。") % {"less": less})]
    return []


def floor_of(requested: RequestedFigure) -> Decimal | None:
    """The value below which a figure needs a reason: the agency's last cumulative count or amount; otherwise None. What
    covers the year so far begins anew with each year."""
    indicator, before = requested.indicator, requested.before
    if indicator.kind not in {IndicatorKind.COUNT, IndicatorKind.AMOUNT} or indicator.flow == Flow.FLOW:
        return None
    if (
        indicator.flow == Flow.YEAR
        and max(requested.history, default=requested.quarter).year != requested.quarter.year
    ):
        return None
    return before.value if before is not None else None


def figure_words(indicator: Any, figure: FigureValue | Combined) -> str:
    """The figure as text: 1204.5, 91.8 ÷ 812, 是, a sentence; “—” if it is blank."""
    if figure.is_blank:
        return "—"
    if indicator.kind == IndicatorKind.QUALITATIVE:
        return figure.text
    if indicator.kind == IndicatorKind.YES_NO:
        return _("是") if figure.value else _("否")
    if indicator.is_ratio:
        return f"{_plain(figure.numerator)} ÷ {_plain(figure.denominator)}"
    return _plain(figure.value)


def _plain(number: Decimal | None) -> str:
    return "—" if number is None else f"{number.normalize():,f}"
