"""What stands in a workbook: the returns of one body, or of all for the office. A fixed number of queries."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.figures.models import Indicator, IndicatorKind
from tasks.filing import rules
from tasks.filing.content import FigureValue
from tasks.filing.models import Content, State, Version
from tasks.filing.queries import (
    desk,
    duties,
    indicators_for,
    last_figures_before,
    last_versions_before,
    leads_of,
)
from tasks.people.models import User
from tasks.plan.models import Plan
from tasks.values import Duty, Quarter


@dataclass(frozen=True)
class BookRow:
    """One return: what it says now, and what the last one said. `typed` is the draft's or version's figures."""

    ref: str
    code: str
    heading: str
    agency: str
    duty: str
    lead: str
    state: str
    editable: bool
    revision: int | None = None
    content: Content | None = None
    typed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    previous: Version | None = None
    indicators: tuple[Indicator, ...] = ()
    before: Mapping[int, FigureValue] = field(default_factory=dict)


def state_word(state: str) -> str:
    """The state as the desk says it."""
    return str(State(state).label) if state in State.values else _("未填")


def own_rows(plan: Plan, quarter: Quarter, agency_id: int) -> list[BookRow]:
    """All that a body owes in the quarter, with its drafts."""
    mine = desk(plan, quarter, agency_id)
    task_ids = [row.task.pk for row in mine.rows]
    indicators = indicators_for(task_ids)
    before = last_figures_before(quarter, task_ids=task_ids, agency_ids=[agency_id])
    name = names_at(quarter, [agency_id]).get(agency_id)
    return [
        BookRow(
            ref=row.task.ref,
            code=row.task.code,
            heading=row.task.heading,
            agency=name.short if name else "",
            duty=row.duty,
            lead=row.lead_name,
            state=row.state,
            editable=row.submission is None or row.submission.state in rules.EDITABLE,
            revision=row.submission.revision if row.submission else None,
            content=row.submission,
            typed=row.submission.figures if row.submission else {},
            previous=row.previous,
            indicators=tuple(indicators.get((row.task.pk, row.duty), [])),
            before=before.get((row.task.pk, agency_id), {}),
        )
        for row in mine.rows
    ]


def all_rows(plan: Plan, quarter: Quarter, user: User) -> list[BookRow]:
    """What every body submitted, as far as the user may read it; nothing of a draft."""
    owed = list(
        duties([plan.pk], quarter, known_at=clock.now())
        .select_related("task")
        .order_by("task__order", "-duty", "order", "pk")
    )
    task_ids = {duty.task_id for duty in owed}
    agency_ids = {duty.agency_id for duty in owed}
    versions = {
        (version.task_id, version.agency_id): version
        for version in Version.objects.visible_to(user)
        .filter(quarter=quarter, task__in=task_ids)
        .current()
        .select_related("submission")
        .prefetch_related("figures__indicator")
    }
    previous = last_versions_before(quarter, task_ids=task_ids, agency_ids=agency_ids)
    before = last_figures_before(quarter, task_ids=task_ids, agency_ids=agency_ids)
    indicators = indicators_for(task_ids)
    names = names_at(quarter)
    leads = leads_of(task_ids, quarter)

    def short(agency_id: int | None) -> str:
        return names[agency_id].short if agency_id in names else ""

    rows = []
    for duty in owed:
        pair = (duty.task_id, duty.agency_id)
        version = versions.get(pair)
        rows.append(
            BookRow(
                ref=duty.task.ref,
                code=duty.task.code,
                heading=duty.task.heading,
                agency=short(duty.agency_id),
                duty=duty.duty,
                lead=short(leads.get(duty.task_id)),
                state=_public_state(version),
                editable=False,
                content=version,
                typed=_figures(version) if version else {},
                previous=previous.get(pair),
                indicators=tuple(indicators.get((duty.task_id, duty.duty), [])),
                before=before.get(pair, {}),
            )
        )
    return rows


def _public_state(version: Version | None) -> str:
    """What is known of a return outside its body: what became of its last version."""
    if version is None:
        return "missing"
    return version.decision or State.SUBMITTED


def _figures(version: Version) -> dict[str, dict[str, Any]]:
    return {
        figure.indicator.slug: {
            "value": figure.value,
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "reason": figure.reason,
        }
        for figure in version.figures.all()
    }


def last_light(version: Version | None) -> str:
    """The verified light, or the body's own word marked 未核."""
    if version is None or not (version.verified_light or version.light):
        return ""
    if version.verified_light:
        return str(version.get_verified_light_display())
    label = str(version.get_light_display())
    return _("%(light)s（未核）") % {"light": label} if version.duty == Duty.LEAD else label


def is_ratio(indicator: Indicator) -> bool:
    """Whether it is filed in two parts."""
    return indicator.kind == IndicatorKind.RATIO
