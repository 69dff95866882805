"""指标: what is measured, by which rules, and who is asked."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from reports.dashboards.page_params import Asked
from reports.figures.agency_names import agency_refs
from reports.figures.indicator_aggregation import Measured, Measures, value_of
from reports.figures.target_standing import FigureOrigin, origin_of
from tasks.indicators.models import Indicator, IndicatorDefinition, IndicatorOwner
from tasks.indicators.queries import definitions_in
from tasks.indicators.reading import figure_words
from tasks.indicators.values import Frequency
from tasks.values import Quarter


def listed(asked: Asked) -> list[dict[str, Any]]:
    """Every indicator of the plan with who is asked for it. A fixed number of queries."""
    indicators = list(
        Indicator.objects.filter(plan=asked.plan).prefetch_related("tasks__task").order_by("order")
    )
    owners = _owners(asked)
    names = agency_refs((row.agency_id for row in owners), asked.quarter)
    definitions = definitions_in([one.pk for one in indicators], asked.quarter, known_at=asked.known_at)
    return [
        {
            "name": one.name,
            "url": _url(asked, one),
            "kind": str(one.get_kind_display()),
            "rules": f"{one.get_across_display()}；{one.get_over_time_display()}",
            "unit": one.shown_unit,
            "asked": _asked(one, [row for row in owners if row.indicator_id == one.pk], names),
            "owned": any(row.indicator_id == one.pk for row in owners),
            "definition": definitions.get(one.pk),
        }
        for one in indicators
    ]


def about(asked: Asked, indicator_id: int | None, measures: Measures) -> dict[str, Any] | None:
    """One indicator: its rules, definition and who is asked, as of the quarter."""
    found = measures.indicators.get(indicator_id or 0)
    if found is None:
        return None
    one = measures.at(asked.quarter)[found.pk]
    owners = [row for row in _owners(asked) if row.indicator_id == found.pk]
    definition = one.definition
    value = value_of(found, one.figure)
    return {
        "name": found.name,
        "slug": found.slug,
        "url": _url(asked, found),
        "kind": str(found.get_kind_display()),
        "flow": str(found.get_flow_display()),
        "across": str(found.get_across_display()),
        "over_time": str(found.get_over_time_display()),
        "direction": str(found.get_direction_display()),
        "unit": found.shown_unit,
        "parts": f"{found.numerator_name} ÷ {found.denominator_name}" if found.is_ratio else "",
        "decimals": found.decimals,
        "definition": definition.definition if definition else "",
        "source": definition.source if definition else "",
        "frequency": str(Frequency(definition.frequency).label)
        if definition
        else str(Frequency.QUARTERLY.label),
        "lag": definition.lag_months if definition else 0,
        "definition_outside": definition.origin_note if definition else "",
        "asked": _asked(found, owners, agency_refs((row.agency_id for row in owners), asked.quarter)),
        "owners": owners,
        "figure": figure_words(found, one.figure),
        "value": value,
        "quarter": one.quarter,
        "computed": figure_words(found, one.figure.computed) if one.figure.computed else "",
        "reason": one.figure.reason if one.figure.stated else "",
    }


def _owners(asked: Asked) -> list[IndicatorOwner]:
    return list(
        IndicatorOwner.objects.filter(
            indicator__plan=asked.plan,
            valid__contains=asked.quarter.ordinal,
            known__contains=asked.known_at,
        ).select_related("task")
    )


def _asked(indicator: Indicator, owners: Iterable[IndicatorOwner], names: Any) -> str:
    """Who files the figure, in words."""
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
    """The returns behind an indicator's figure."""
    agencies = agency_refs((source.agency_id for source in one.sources), asked.quarter)
    refs = dict(asked.plan.tasks.values_list("pk", "ref"))
    return [origin_of(one.indicator, source, agencies, refs) for source in one.sources]


def history(asked: Asked, indicator: Indicator) -> list[dict[str, Any]]:
    """What was said of the indicator, for which quarters, latest first; as known at the moment."""
    rows: list[dict[str, Any]] = []
    for row in IndicatorDefinition.objects.filter(indicator=indicator, known__contains=asked.known_at):
        rows.append({"what": _("口径"), "words": row.definition or "—", **_span(row)})
    owners = list(
        IndicatorOwner.objects.filter(indicator=indicator, known__contains=asked.known_at).select_related(
            "task"
        )
    )
    names = agency_refs((owner.agency_id for owner in owners), asked.quarter)
    for owner in owners:
        name = names[owner.agency_id].name
        words = _("%(agency)s，随%(task)s填报") % {"agency": name, "task": owner.task.code}
        rows.append({"what": _("数据责任单位"), "words": words, **_span(owner)})
    return sorted(rows, key=lambda row: row["order"], reverse=True)


def _span(row: IndicatorDefinition | IndicatorOwner) -> dict[str, Any]:
    lower, upper = row.valid.lower, row.valid.upper
    return {
        "since": Quarter.from_ordinal(lower) if lower else None,
        "until": Quarter.from_ordinal(upper - 1) if upper else None,
        "known": row.known.lower,
        "why": row.origin_note,
        "order": lower or 0,
    }
