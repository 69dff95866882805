"""What a kind of brief is: what it is called, of what it speaks, what it freezes, and how it is composed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Generic, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs.composition_context import Context, Printable, Section
from reports.briefs.models import OF_PART, BriefKind
from reports.briefs.snapshot import ScopeRef, Snapshot, Source
from reports.briefs.values import HEAD_FIELDS, IMPRINT_FIELDS
from reports.figures.values import PlanFigures
from reports.typeset.chinese_text import phrase
from tasks.plans.models import Plan
from tasks.values import Period

S = TypeVar("S", bound=Snapshot)

_MAIN_TASKS = gettext_lazy("%(count)s主要任务中，")


class Coverage(Enum):
    """The time of which a brief speaks. Its figures are those of one quarter in any case."""

    QUARTER = "quarter"
    YEAR = "year"
    PLAN = "plan"


@dataclass(frozen=True)
class Heading:
    """What the title of a brief is made of. The names are as they were typed; `printable` makes them fit to print."""

    plan_title: str
    quarter: Period
    scope: ScopeRef
    as_at: date
    printable: Printable

    @property
    def plan(self) -> str:
        """《青海行动方案》."""
        return _("《%(plan)s》") % {"plan": self.printable(self.plan_title)}

    @property
    def scope_name(self) -> str:
        """The name of the part as it is printed; "" for the whole plan."""
        return phrase(self.printable(self.scope.name))


def whole_plan(plan: Plan, quarter: Period) -> list[ScopeRef]:
    """The one scope of a brief that speaks of the whole plan."""
    return [ScopeRef()]


def all_figures(figures: PlanFigures, ref: str) -> PlanFigures:
    """The figures of a brief that speaks of the whole plan."""
    return figures


def nothing_more(snapshot: S, source: Source) -> S:
    """For a kind without figures of its own."""
    return snapshot


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[S]):
    """A kind of brief. Each is the KIND of a module of this package.

    CONTRIBUTING.md says how to add one.
    """

    key: BriefKind
    series: str | Promise  # follows the plan's title in the red head
    title: Callable[[Heading], list[str]]  # the lines of the title
    name: str | Promise  # what pages call it after its period: 2017年第一季度 and the name
    of_month: tuple[str | Promise, str | Promise] | None = None  # series and name where the period is a month

    # Of what it speaks. `scopes` gives every such brief that the plan has of the quarter; `narrow` reduces the plan's
    # figures to a part, by the scope's ref.
    period: Coverage = Coverage.QUARTER
    is_in_set: bool = False  # whether a quarter's set usually holds it; the office may choose others
    is_numbered: bool = True  # whether its issues have numbers, a series for each year
    scopes: Callable[[Plan, Period], list[ScopeRef]] = whole_plan
    narrow: Callable[[PlanFigures, str], PlanFigures] = all_figures

    # What it freezes: a subclass of Snapshot, and what fills the fields that are its own.
    snapshot: type[S]
    freeze: Callable[[S, Source], S] = nothing_more

    # How it is composed: of sections and annexes, or as a form on one side, whose content is a dataclass.
    text: str = "briefs/parts/text.html"  # all between title and foot, on paper and on screen
    is_sent: bool = False  # to the agency of which it speaks, and begins with its name
    one_page: Callable[[Context[S]], object] | None = None
    sections: tuple[Callable[[Context[S]], Section | None], ...] = ()
    annexes: tuple[Callable[[Context[S]], Section | None], ...] = ()
    text_labels: Mapping[str, str | Promise] = field(default_factory=dict)  # of its own texts, for the editor
    main_tasks: str | Promise = _MAIN_TASKS  # begins the count of the main tasks
    has_strip: bool = True  # the count of the main tasks by light is printed above the text
    names_quarter: bool = False  # the title does not name the quarter, so the sentences and tables do
    lists_tasks: bool = True  # the working copy's workbook lists the tasks

    def series_of(self, quarter: Period) -> str:
        """What follows the plan's title in the red head of a brief of this period."""
        return str(self.of_month[0] if self.of_month and quarter.is_month else self.series)

    def name_of(self, quarter: Period) -> str:
        """What pages call a brief of this period after the period."""
        return str(self.of_month[1] if self.of_month and quarter.is_month else self.name)

    @property
    def is_of_part(self) -> bool:
        """Whether it speaks of a part of the plan."""
        return self.key in OF_PART

    @property
    def imprint_fields(self) -> tuple[str, ...]:
        """The fields of the imprint that such a brief prints."""
        return HEAD_FIELDS if self.one_page else IMPRINT_FIELDS

    def freeze_from(
        self, figures: PlanFigures, source: Source, *, scope_name: str, is_sample: bool, release: str
    ) -> S:
        """The snapshot of a brief, from the figures of the whole plan."""
        common: dict[str, Any] = vars(self.narrow(figures, source.scope))
        snapshot = self.snapshot(
            **common,
            kind=self.key.value,
            scope=ScopeRef(source.scope, scope_name),
            is_sample=is_sample,
            release=release,
        )
        return self.freeze(snapshot, source)
