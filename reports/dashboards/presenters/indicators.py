"""指标: what is measured, by which rules, and which agencies give the figure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.forms import Form
from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.figures.agency_names import agency_refs
from reports.figures.indicator_aggregation import Measured, Measures
from reports.figures.target_standing import FigureOrigin, origin_of
from reports.figures.values import AgencyRef
from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorOwner
from tasks.indicators.reading import figure_words
from tasks.indicators.values import Frequency, period_label
from tasks.values import Period

if TYPE_CHECKING:
    from reports.dashboards.presenters.targets import OriginRow
    from reports.dashboards.target_forms import IndicatorForms


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator in the list. `asked` says in words which agencies give the figure; `owned`: the office named them."""

    name: str
    url: str
    kind: str
    rules: str
    unit: str
    asked: str
    owned: bool


@dataclass(frozen=True)
class IndicatorRules:
    """One indicator, for rollup/_indicator.html: how its figure is given and put together, and the figure of the quarter.

    `lag` is in months; `definition_outside` is the reason for a definition that the plan does not give, "" otherwise;
    `figure` is the figure in words with its unit, of `quarter`; where the lead stated another number than the sum of
    its co agencies, `computed` is that sum in words and `reason` the lead's reason.
    """

    name: str
    url: str
    kind: str
    flow: str
    across: str
    over_time: str
    direction: str
    unit: str
    parts: str
    definition: str
    source: str
    frequency: str
    lag: int
    definition_outside: str
    asked: str
    owners: list[IndicatorOwner]
    figure: str
    quarter: Period | None
    computed: str
    reason: str
    alone: str  # 推算: the quarter's own quantity in words, "" where it may not be made


@dataclass(frozen=True)
class IndicatorChange:
    """One definition or owner of an indicator, valid from `since` (None: from the plan's first quarter) until `until`
    (None: still valid), on record since `known`. `why` is the reason."""

    what: str
    words: str
    since: Period | None
    until: Period | None
    known: datetime | None
    why: str


@dataclass(frozen=True)
class IndicatorPage:
    """rollup/indicator.html. `forms` is None for readers who may not change the indicator; `action` names the form that
    was sent, `form` is that form."""

    indicator: Indicator
    about: IndicatorRules
    history: list[IndicatorChange]
    origins: list["OriginRow"]
    forms: "IndicatorForms | None"
    action: str
    form: Form | None


def listed(asked: Asked) -> list[IndicatorRow]:
    """Every indicator of the plan. A fixed number of queries."""
    indicators = list(
        Indicator.objects.filter(plan=asked.plan).prefetch_related("tasks__task").order_by("order")
    )
    owners = _owners(asked)
    names = agency_refs((row.agency_id for row in owners), asked.quarter)
    rows = []
    for one in indicators:
        own = [row for row in owners if row.indicator_id == one.pk]
        rows.append(
            IndicatorRow(
                name=one.name,
                url=_url(asked, one),
                kind=str(one.get_kind_display()),
                rules=f"{one.get_across_display()}；{one.get_over_time_display()}",
                unit=one.shown_unit,
                asked=_responsible(one, own, names),
                owned=bool(own),
            )
        )
    return rows


def about(asked: Asked, indicator_id: int | None, measures: Measures) -> IndicatorRules | None:
    """One indicator, as of the quarter; None for an id that is None or unknown."""
    indicator = measures.indicators.get(indicator_id or 0)
    if indicator is None:
        return None
    one = measures.at(asked.quarter)[indicator.pk]
    owners = [row for row in _owners(asked) if row.indicator_id == indicator.pk]
    names = agency_refs((row.agency_id for row in owners), asked.quarter)
    definition = one.definition
    frequency = Frequency(definition.frequency) if definition else Frequency.QUARTERLY
    return IndicatorRules(
        name=indicator.name,
        url=_url(asked, indicator),
        kind=str(indicator.get_kind_display()),
        flow=period_label(indicator.flow, one.quarter or asked.quarter),
        across=str(indicator.get_across_display()),
        over_time=str(indicator.get_over_time_display()),
        direction=str(indicator.get_direction_display()),
        unit=indicator.shown_unit,
        parts=f"{indicator.numerator_name} ÷ {indicator.denominator_name}" if indicator.is_ratio else "",
        definition=definition.definition if definition else "",
        source=definition.source if definition else "",
        frequency=str(frequency.label),
        lag=definition.lag_months if definition else 0,
        definition_outside=definition.origin_note if definition else "",
        asked=_responsible(indicator, owners, names),
        owners=owners,
        figure=figure_words(indicator, one.figure),
        quarter=one.quarter,
        computed=figure_words(indicator, one.figure.computed) if one.figure.computed else "",
        reason=one.figure.reason if one.figure.stated else "",
        alone="" if one.alone is None else f"{one.alone.normalize():,f} {indicator.shown_unit}".strip(),
    )


def _owners(asked: Asked) -> list[IndicatorOwner]:
    return list(
        IndicatorOwner.objects.filter(
            indicator__plan=asked.plan,
            valid__contains=asked.quarter.ordinal,
            known__contains=asked.known_at,
        ).select_related("task")
    )


def _responsible(
    indicator: Indicator, owners: Iterable[IndicatorOwner], names: Mapping[int, AgencyRef]
) -> str:
    """The agencies that give the figure, in words."""
    named = [
        _("%(agency)s，随%(task)s填报") % {"agency": names[row.agency_id].name, "task": row.task.code}
        for row in owners
    ]
    if named:
        return "；".join(named)
    links = [
        _("%(task)s的%(duty)s单位") % {"task": link.task.code, "duty": link.get_duty_display()}
        for link in indicator.tasks.all()
    ]
    return "、".join(links) or _("还没有单位填报")


def _url(asked: Asked, indicator: Indicator) -> str:
    return reverse("indicator", args=[asked.plan.slug, indicator.slug]) + asked.query()


def origins_of(asked: Asked, one: Measured) -> list[FigureOrigin]:
    """The submissions behind an indicator's figure."""
    agencies = agency_refs((source.agency_id for source in one.sources), asked.quarter)
    refs = dict(asked.plan.tasks.values_list("pk", "ref"))
    return [origin_of(one.indicator, source, agencies, refs) for source in one.sources]


def history(asked: Asked, indicator: Indicator) -> list[IndicatorChange]:
    """Every definition and owner of the indicator, the latest first, as known at the page's moment."""
    known = {"indicator": indicator, "known__contains": asked.known_at}
    definitions = list(IndicatorDefinition.objects.filter(**known))
    owners = list(IndicatorOwner.objects.filter(**known).select_related("task"))
    names = agency_refs((owner.agency_id for owner in owners), asked.quarter)
    changes = [_change(row, _("口径"), row.definition or "—") for row in definitions]
    for owner in owners:
        words = _("%(agency)s，随%(task)s填报") % {
            "agency": names[owner.agency_id].name,
            "task": owner.task.code,
        }
        changes.append(_change(owner, _("数据责任单位"), words))
    return sorted(changes, key=lambda one: one.since.ordinal if one.since else 0, reverse=True)


def _change(row: IndicatorDefinition | IndicatorOwner, what: str, words: str) -> IndicatorChange:
    lower, upper = row.valid.lower, row.valid.upper
    return IndicatorChange(
        what=what,
        words=words,
        since=Period.from_ordinal(lower) if lower else None,
        until=Period.from_ordinal(upper - 1) if upper else None,
        known=row.known.lower,
        why=row.origin_note,
    )
