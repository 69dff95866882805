"""Figures in words, the same on every page, in a workbook and in a brief."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils.translation import gettext as _

from tasks.indicators.models import Indicator
from tasks.indicators.reading import figure_words, read_figures
from tasks.indicators.requested_figures import Asked
from tasks.indicators.values import Combined, FigureValue


@dataclass(frozen=True)
class ShownFigure:
    """One figure of a return, as the templates say it."""

    key: str  # as in a draft (Asked.key)
    name: str
    words: str
    unit: str
    percent: str = ""  # what a ratio's parts come to
    period: str = ""  # of which earlier quarter, where it is one
    preliminary: bool = False
    reason: str = ""

    @property
    def said(self) -> str:
        """All of it in one line."""
        words = f"{self.words} {self.unit}".strip()
        if self.percent:
            words = f"{words} = {self.percent}"
        if self.preliminary:
            words += _("（初步数）")
        return f"{words}（{self.reason}）" if self.reason else words

    @property
    def label(self) -> str:
        """The indicator, and of which quarter where it is an earlier one."""
        return (
            _("%(name)s（%(period)s）") % {"name": self.name, "period": self.period}
            if self.period
            else self.name
        )


def shown(indicator: Indicator, figure: FigureValue, key: str, period: str = "") -> ShownFigure:
    """A stored figure."""
    return ShownFigure(
        key=key,
        name=indicator.name,
        words=figure_words(indicator, figure),
        unit=indicator.parts_unit if indicator.is_ratio else indicator.shown_unit,
        percent=quotient_words(indicator, figure),
        period=period,
        preliminary=figure.preliminary,
        reason=figure.reason,
    )


def shown_typed(asked: Asked, texts: Mapping[str, Any]) -> ShownFigure:
    """A figure of a draft: as it will be read, or as it was typed where it cannot be."""
    read, _problems = read_figures({asked.key: texts}, [asked], "")
    period = asked.period if asked.is_earlier else ""
    if read:
        return shown(asked.indicator, read[0].figure, asked.key, period)
    typed = " ÷ ".join(
        str(texts[part]) for part in ("value", "numerator", "denominator", "text") if texts.get(part)
    )
    return ShownFigure(
        asked.key, asked.indicator.name, typed or "—", "", period=period, reason=str(texts.get("reason", ""))
    )


def quotient_words(indicator: Indicator, figure: FigureValue | Combined) -> str:
    """11.3%, or that there is nothing to divide by; "" for what is no ratio."""
    if not indicator.is_ratio or figure.numerator is None:
        return ""
    value = figure.quotient
    if value is None:
        return _("分母为 0，不成比率")
    return f"{rounded(value * indicator.scale)}{indicator.shown_unit}"


def rounded(value: Decimal, places: int = 1) -> str:
    """11.3, half up."""
    return f"{value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP):f}"
