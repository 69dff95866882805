"""Formats figures as text, the same on pages, in workbooks and in briefs."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from qhplan import clock
from tasks.indicators.models import Indicator
from tasks.indicators.reading import figure_words, read_figures
from tasks.indicators.requested_figures import RequestedFigure, as_filed
from tasks.indicators.values import Combined, FigureValue, stage_note


@dataclass(frozen=True)
class ShownFigure:
    """One figure of a submission, formatted for templates."""

    key: str  # as in a draft (RequestedFigure.key)
    name: str
    words: str
    unit: str
    percent: str = ""  # the quotient of a ratio's parts
    period: str = ""  # the earlier quarter of the figure, or ""
    preliminary: bool = False
    reason: str = ""
    stage: str = ""  # 预计数, 快报数 …; "" for 正式数
    was: str = ""  # the figure of the version with which this one is compared

    @property
    def said(self) -> str:
        """The whole figure in one line."""
        words = f"{self.words} {self.unit}".strip()
        if self.percent:
            words = f"{words} = {self.percent}"
        if self.stage:
            words += _("（%s）") % self.stage
        return f"{words}（{self.reason}）" if self.reason else words

    @property
    def label(self) -> str:
        """The indicator's name, with the period of an earlier quarter."""
        return (
            _("%(name)s（%(period)s）") % {"name": self.name, "period": self.period}
            if self.period
            else self.name
        )


def shown(indicator: Indicator, figure: FigureValue, key: str, period: str = "") -> ShownFigure:
    """Formats a stored figure."""
    return ShownFigure(
        key=key,
        name=indicator.name,
        words=figure_words(indicator, figure),
        unit=indicator.parts_unit if indicator.is_ratio else indicator.shown_unit,
        percent=quotient_words(indicator, figure),
        period=period,
        preliminary=figure.preliminary,
        reason=figure.reason,
        stage=stage_note(figure.stage),
    )


def shown_typed(requested: RequestedFigure, texts: Mapping[str, Any]) -> ShownFigure:
    """Formats a figure of a draft: the parsed value, or the typed text if it is invalid."""
    read, _problems = read_figures({requested.key: texts}, [requested], "")
    period = requested.period if requested.is_earlier else ""
    if read:
        figure = as_filed(read[0].figure, requested.quarter, clock.today())
        return shown(requested.indicator, figure, requested.key, period)
    typed = " ÷ ".join(
        str(texts[part]) for part in ("value", "numerator", "denominator", "text") if texts.get(part)
    )
    return ShownFigure(
        requested.key,
        requested.indicator.name,
        typed or "—",
        "",
        period=period,
        reason=str(texts.get("reason", "")),
    )


def quotient_words(indicator: Indicator, figure: FigureValue | Combined) -> str:
    """The quotient (11.3%), or a note that the denominator is zero; "" if the indicator is no ratio."""
    if not indicator.is_ratio or figure.numerator is None:
        return ""
    value = figure.quotient
    if value is None:
        return _("分母为 0，不成比率")
    return f"{rounded(value * indicator.scale)}{indicator.shown_unit}"


def rounded(value: Decimal, places: int = 1) -> str:
    """The number rounded half up: 11.3."""
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):f}"
