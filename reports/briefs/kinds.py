"""The kinds of briefs: what each is called, and which sections and annexes it has."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.values import Quarter

from . import annexes, sections
from .desk import Desk, Section

Compose = Callable[[Desk], Section | None]


@dataclass(frozen=True)
class Kind:
    """`series` follows the plan's title in the red head; `title` gives the lines of the title."""

    series: Promise
    title: Callable[[Desk], list[str]]
    sections: tuple[Compose, ...]
    annexes: tuple[Compose, ...] = ()
    has_contents: bool = False


def _quarter(desk: Desk) -> str:
    return Quarter.parse(desk.figures["quarter"]).label


def _plan_title(desk: Desk) -> list[str]:
    return [
        _("《%(plan)s》") % {"plan": desk.say(desk.figures["plan_title"])},
        _("%(quarter)s实施情况") % {"quarter": _quarter(desk)},
    ]


PLAN = Kind(
    series=gettext_lazy("实施情况简报"),
    title=_plan_title,
    sections=(
        sections.overall,
        sections.groups,
        sections.changes,
        sections.targets,
        sections.reporting,
        sections.problems,
        sections.coordination,
        sections.progress,
        sections.safeguards,
        sections.next_steps,
    ),
    annexes=(annexes.tasks, annexes.missing),
    has_contents=True,
)
