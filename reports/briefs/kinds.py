"""The kinds of briefs: what each is called, and which sections and annexes it has."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.briefs import annexes, kind_sections, sections
from reports.briefs.composition_context import Desk, Figures, Section
from reports.briefs.models import BriefKind
from reports.briefs.scopes import SAFEGUARDS
from reports.briefs.values import HEAD_FIELDS, IMPRINT_FIELDS
from reports.typeset.text import inside_quotes, phrase
from tasks.values import Quarter

Compose = Callable[[Desk], Section | None]


@dataclass(frozen=True)
class Kind:
    """`series` follows the plan's title in the red head; `title` gives the lines of the title. `has_strip`: the count of
    the main tasks by light stands above the text. `is_one_page`: a form of its own, on one side."""

    series: Promise
    title: Callable[[Desk], list[str]]
    sections: tuple[Compose, ...] = ()
    annexes: tuple[Compose, ...] = ()
    has_strip: bool = True
    is_one_page: bool = False


def _quarter(desk: Desk) -> str:
    return Quarter.parse(desk.figures["quarter"]).label


def _scope(desk: Desk) -> str:
    return phrase(desk.say(desk.figures["scope"]["name"]))


def _plan(desk: Desk) -> str:
    return _("《%(plan)s》") % {"plan": desk.say(desk.figures["plan_title"])}


def _plan_title(desk: Desk) -> list[str]:
    return [_plan(desk), _("%(quarter)s实施情况") % {"quarter": _quarter(desk)}]


def _one_page_title(desk: Desk) -> list[str]:
    return [_("%(quarter)s实施情况") % {"quarter": _quarter(desk)}]


def _group_title(desk: Desk) -> list[str]:
    what = _("%(quarter)s进展") % {"quarter": _quarter(desk)}
    if desk.figures["scope"]["ref"] == SAFEGUARDS:
        return [_plan(desk), _("保障措施%(what)s") % {"what": what}]
    return [_("“%(name)s”任务组") % {"name": inside_quotes(_scope(desk))}, what]


def _sector_title(desk: Desk) -> list[str]:
    return [
        _("“%(name)s”重点领域") % {"name": inside_quotes(_scope(desk))},
        _("%(quarter)s进展") % {"quarter": _quarter(desk)},
    ]


def _agency_title(desk: Desk) -> list[str]:
    return [_scope(desk), _("%(quarter)s任务落实情况") % {"quarter": _quarter(desk)}]


def _supervision_title(desk: Desk) -> list[str]:
    return [_plan(desk), _("%(quarter)s督办和批示办理情况") % {"quarter": _quarter(desk)}]


def _annual_title(desk: Desk) -> list[str]:
    return [
        _plan(desk),
        _("%(year)d年度实施情况评估") % {"year": Quarter.parse(desk.figures["quarter"]).year},
    ]


def _evaluation_title(desk: Desk) -> list[str]:
    return [_plan(desk), _("实施情况总结评估")]


_PART = (
    sections.overall,
    sections.changes,
    sections.reporting,
    sections.problems,
    sections.coordination,
    sections.progress,
    sections.safeguards,
    sections.next_steps,
)

KINDS: dict[str, Kind] = {
    BriefKind.PLAN: Kind(
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
            kind_sections.notices,
            kind_sections.instructions,
            sections.progress,
            sections.safeguards,
            sections.next_steps,
        ),
        annexes=(annexes.tasks, annexes.missing, kind_sections.scores),
    ),
    BriefKind.ONE_PAGE: Kind(series=gettext_lazy("实施情况一页纸"), title=_one_page_title, is_one_page=True),
    BriefKind.GROUP: Kind(
        series=gettext_lazy("任务组专报"),
        title=_group_title,
        sections=_PART,
        annexes=(annexes.missing,),
        has_strip=False,
    ),
    BriefKind.SECTOR: Kind(
        series=gettext_lazy("重点领域专报"),
        title=_sector_title,
        sections=(sections.linked, kind_sections.projects, *_PART),
        annexes=(annexes.missing,),
        has_strip=False,
    ),
    BriefKind.AGENCY: Kind(
        series=gettext_lazy("单位通报"),
        title=_agency_title,
        sections=(*_PART[:3], kind_sections.notices, kind_sections.shares, *_PART[3:]),
        annexes=(annexes.missing,),
        has_strip=False,
    ),
    BriefKind.SUPERVISION: Kind(
        series=gettext_lazy("督办通报"),
        title=_supervision_title,
        sections=(kind_sections.notices, kind_sections.instructions, kind_sections.nothing_open),
        has_strip=False,
    ),
    BriefKind.ANNUAL: Kind(
        series=gettext_lazy("年度评估"),
        title=_annual_title,
        sections=(
            sections.overall,
            kind_sections.year,
            sections.groups,
            sections.targets,
            sections.reporting,
            sections.problems,
            sections.coordination,
            sections.next_steps,
        ),
        annexes=(annexes.tasks, annexes.missing, kind_sections.scores),
    ),
    BriefKind.EVALUATION: Kind(
        series=gettext_lazy("总结评估"),
        title=_evaluation_title,
        sections=(kind_sections.results, kind_sections.evaluated, sections.overall, sections.groups),
        annexes=(annexes.tasks,),
    ),
}


def imprint_fields(kind: str) -> tuple[str, ...]:
    """What of the imprint such a brief prints."""
    return HEAD_FIELDS if KINDS[kind].is_one_page else IMPRINT_FIELDS


def kind_of(figures: Figures) -> Kind:
    """What was frozen before there were kinds is the plan's brief."""
    return KINDS[figures.get("kind", BriefKind.PLAN)]
