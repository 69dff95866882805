"""The kinds of briefs, and what is looked up by kind."""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from qhplan import __version__
from reports.briefs.kinds import (
    agency,
    annual,
    evaluation,
    feedback,
    group,
    one_page,
    quarterly,
    sector,
    supervision,
)
from reports.briefs.kinds.kind import Coverage, Kind
from reports.briefs.models import BriefKind
from reports.briefs.scopes import Scope
from reports.briefs.snapshot import Snapshot, Source
from reports.canonical import canonical, read
from reports.figures.queries import plan_figures
from tasks.period_words import speaking
from tasks.plans.models import Plan
from tasks.values import Period, Rhythm

# In the order in which lists and a quarter's set have them.
KINDS: dict[str, Kind[Any]] = {
    module.KIND.key.value: module.KIND
    for module in (quarterly, one_page, group, sector, agency, feedback, supervision, annual, evaluation)
}


# -- what briefs a plan has ---------------------------------------------------------------------------------


def scopes(plan: Plan, quarter: Period) -> list[Scope]:
    """Every brief that the plan can have of the quarter, in the order of a quarter's set; then those of years and of its
    end. Four queries."""
    return [
        Scope(kind.key, scope.ref, scope.name)
        for kind in KINDS.values()
        for scope in kind.scopes(plan, quarter)
    ]


def find_scope(plan: Plan, quarter: Period, kind: str, ref: str) -> Scope | None:
    """The scope, with its name; None where the plan has no such brief of the quarter."""
    return next((one for one in scopes(plan, quarter) if (one.kind, one.ref) == (kind, ref)), None)


# What a set may consist of: kinds of a quarter, the first of which is always there.
SET_KINDS = tuple(key for key, kind in KINDS.items() if kind.period is Coverage.QUARTER)
USUAL_SET = tuple(key for key in SET_KINDS if KINDS[key].is_in_set)


def quarter_set(plan: Plan, quarter: Period, chosen: Collection[str] = USUAL_SET) -> list[Scope]:
    """A quarter's whole set: of each chosen kind every brief that the plan has, the plan's own brief first."""
    return [one for one in scopes(plan, quarter) if one.kind in chosen]


# -- figures ------------------------------------------------------------------------------------------------


def freeze(
    plan: Plan,
    quarter: Period,
    *,
    known_at: datetime,
    kind: str,
    scope: str = "",
    name: str = "",
    is_sample: bool,
) -> bytes:
    """The figures of one brief as known at the moment, as canonical text."""
    figures = plan_figures(plan, quarter, known_at=known_at, with_narrative=True)
    source = Source(plan, quarter, known_at, scope)
    return canonical(
        KINDS[kind].freeze_from(figures, source, scope_name=name, is_sample=is_sample, release=__version__)
    )


def read_snapshot(text: str | bytes) -> Snapshot:
    """The frozen figures of a brief, as the class of its kind; canonical(it) gives the same text again. What was frozen
    before there were kinds is the plan's brief. Raises cattrs.BaseValidationError for what is no snapshot."""
    content = json.loads(text)
    snapshot: Snapshot = read(content, KINDS[content.get("kind", BriefKind.PLAN.value)].snapshot)
    return snapshot


# -- names --------------------------------------------------------------------------------------------------


def period_label(kind: str, quarter: Period) -> str:
    """2017年第一季度, 2017年度; "" for what speaks of the plan's whole time."""
    match KINDS[kind].period:
        case Coverage.PLAN:
            return ""
        case Coverage.YEAR:
            return _("%(year)d年度") % {"year": quarter.year}
        case Coverage.QUARTER:
            return quarter.label


def title_of(kind: str, quarter: Period, scope_name: str) -> str:
    """2017年第一季度单位通报：省科技厅, 2017年3月月报, as pages call a brief."""
    is_yearly = KINDS[kind].period is Coverage.YEAR
    when = _("%(year)d年") % {"year": quarter.year} if is_yearly else quarter.label
    words = f"{when}{KINDS[kind].name_of(quarter)}"
    return _("%(words)s：%(name)s") % {"words": words, "name": scope_name} if scope_name else words


def kind_label(kind: str, rhythm: Rhythm) -> str:
    """季度简报, 月报, 半年简报, 年度简报, …: what a kind is called in a plan of this rhythm, whatever is spoken of else."""
    with speaking(rhythm):
        return str(BriefKind(kind).label)


__all__ = [
    "KINDS",
    "SET_KINDS",
    "USUAL_SET",
    "Coverage",
    "Kind",
    "find_scope",
    "freeze",
    "kind_label",
    "period_label",
    "quarter_set",
    "read_snapshot",
    "scopes",
    "title_of",
]
