"""The rows of a workbook: the submissions of one agency, or of all agencies for the office. The number of queries is
fixed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.queries import names_at
from tasks.indicators.requested_figures import RequestedFigure
from tasks.indicators.values import IndicatorKind, stage_note, stage_of
from tasks.people.models import User
from tasks.plans.duties import duties, leads_of
from tasks.plans.models import Plan
from tasks.submissions import transitions
from tasks.submissions.figures import asked_for
from tasks.submissions.marks import mark_columns, marks
from tasks.submissions.models import Content, State, Version
from tasks.submissions.permissions import readable_versions, withheld_fields
from tasks.submissions.queries import desk, last_versions_before
from tasks.submissions.workbook.values import Shape
from tasks.values import Duty, Period


@dataclass(frozen=True)
class BookRow:
    """One submission and the previous one. `typed` has the figures of the draft or version: {key: {part: text}}."""

    ref: str
    code: str
    heading: str
    agency: str
    role: str
    duty: str
    lead: str
    state: str
    editable: bool
    marks: Sequence[str] = ()  # of the last version (tasks.submissions.marks)
    revision: int | None = None
    content: Content | None = None
    typed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()  # fields of `content` that are withheld from the reader
    previous: Version | None = None
    asked: tuple[RequestedFigure, ...] = ()


def state_word(state: str) -> str:
    """The label of a state, as on the desk."""
    return str(State(state).label) if state in State.values else _("未填")


def own_rows(plan: Plan, quarter: Period, agency_id: int) -> list[BookRow]:
    """All submissions that an agency owes in the quarter, with its drafts."""
    mine = desk(plan, quarter, agency_id)
    asked = asked_for([(row.task.pk, agency_id, row.duty) for row in mine.rows], quarter)
    name = names_at(quarter, [agency_id]).get(agency_id)
    return [
        BookRow(
            ref=row.task.ref,
            code=row.task.code,
            heading=row.task.heading,
            agency=name.short if name else "",
            role=row.role,
            duty=row.duty,
            lead=row.lead_name,
            state=row.state,
            editable=row.submission is None or row.submission.state in transitions.EDITABLE,
            marks=row.marks,
            revision=row.submission.revision if row.submission else None,
            content=row.submission,
            typed=row.submission.figures if row.submission else {},
            previous=row.previous,
            asked=asked.of(row.task.pk, agency_id),
        )
        for row in mine.rows
    ]


def all_rows(plan: Plan, quarter: Period, user: User) -> list[BookRow]:
    """The submitted versions of all agencies, as far as the user may read them; no drafts."""
    owed = list(
        duties([plan.pk], quarter, known_at=clock.now())
        .select_related("task")
        .order_by("task__order", "-duty", "order", "pk")
    )
    task_ids = {duty.task_id for duty in owed}
    agency_ids = {duty.agency_id for duty in owed}
    versions = {
        (version.task_id, version.agency_id): version
        for version in readable_versions(user)
        .filter(quarter=quarter, task__in=task_ids, withdrawn_at=None)
        .current()
        .annotate(**mark_columns())
        .select_related("submission")
        .prefetch_related("figures__indicator")
    }
    previous = last_versions_before(quarter, task_ids=task_ids, agency_ids=agency_ids)
    asked = asked_for([(duty.task_id, duty.agency_id, duty.duty) for duty in owed], quarter)
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
                role=duty.role,
                duty=duty.duty,
                lead=short(leads.get(duty.task_id)),
                state=_public_state(version),
                editable=False,
                marks=marks(version) if version else (),
                content=version,
                typed=_figures(version) if version else {},
                withheld=withheld_fields(version) if version else frozenset(),
                previous=previous.get(pair),
                asked=asked.of(*pair),
            )
        )
    return rows


def _public_state(version: Version | None) -> str:
    """The state as other agencies see it: the decision on the current version."""
    if version is None:
        return "missing"
    return State.BACKFILLED if version.backfill_id else version.decision or State.SUBMITTED


def _figures(version: Version) -> dict[str, dict[str, Any]]:
    found = {}
    for figure in version.figures.all():
        slug = figure.indicator.slug
        yes_no = figure.indicator.kind == IndicatorKind.YES_NO
        found[slug if figure.quarter == version.quarter else f"{slug}@{figure.quarter}"] = {
            "value": (_("是") if figure.value else _("否")) if yes_no else figure.value,
            "numerator": figure.numerator,
            "denominator": figure.denominator,
            "text": figure.text,
            "preliminary": stage_note(stage_of(figure.preliminary, figure.stage)),
            "reason": figure.reason,
        }
    return found


def last_light(version: Version | None) -> str:
    """The verified light; without one the self-assessed light, of a lead with 未核."""
    if version is None or not (version.verified_light or version.light):
        return ""
    if version.verified_light:
        return str(version.get_verified_light_display())
    label = str(version.get_light_display())
    return _("%(light)s（未核）") % {"light": label} if version.duty == Duty.LEAD else label


def shape_of(asked: RequestedFigure) -> Shape:
    """How the figure is filled in."""
    kind = asked.indicator.kind
    if kind == IndicatorKind.RATIO:
        return Shape.RATIO
    if kind == IndicatorKind.YES_NO:
        return Shape.YES_NO
    return Shape.TEXT if kind == IndicatorKind.QUALITATIVE else Shape.NUMBER
