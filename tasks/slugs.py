"""Slugs (代号): the codes of plans, agencies and indicators in the addresses of the site.

A row whose slug no address can carry breaks every page that links to it, so the database refuses such a row (the
constraint of each model), and whatever writes one checks first and says what to rename. New slugs follow a stricter
rule than the database: without upper case and underscores, two slugs never differ in these alone.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CheckConstraint, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tasks.errors import Problem

# What `<slug:…>` in an address takes, without a hyphen at the start: `-` is a fixed segment of some addresses.
_CARRIED = r"^[a-zA-Z0-9][a-zA-Z0-9_-]*$"
_NEW = re.compile(r"[a-z0-9][a-z0-9-]+", re.ASCII)


@dataclass(frozen=True)
class SlugRule:
    """Which slugs one model takes: at most `longest` characters, and none of the `reserved` words, which are fixed
    segments of addresses where a slug could stand."""

    longest: int
    example: str
    reserved: frozenset[str] = frozenset()

    def refusal(self, slug: object) -> str:
        """Why a new row cannot have this slug, in one sentence; "" where it can."""
        if not isinstance(slug, str) or not _NEW.fullmatch(slug) or len(slug) > self.longest:
            return _(
                "代号“%(slug)s”不能用在网址里，请改用 2 到 %(longest)d 个小写字母、数字或连字符"
                "（不以连字符开头），如 %(example)s。"
            ) % {"slug": _short(slug), "longest": self.longest, "example": self.example}
        if slug in self.reserved:
            return _("代号“%(slug)s”是网址中的固定用词，请换一个，如 %(example)s。") % {
                "slug": slug,
                "example": self.example,
            }
        return ""

    def refusals(self, named: Iterable[tuple[str, Any]], stored: QuerySet[Any]) -> list[Problem]:
        """A Problem for each (place, slug) that a new row cannot have; a slug that a row of `stored` has stays valid.

        One query where a slug is refused, none otherwise.
        """
        refused = [(place, slug, why) for place, slug in named if (why := self.refusal(slug))]
        # The database is not asked for what it cannot hold: a NUL or half a surrogate is an error to it.
        asked = {
            slug for _place, slug, _why in refused if isinstance(slug, str) and re.search(_CARRIED, slug)
        }
        kept = set(stored.filter(slug__in=asked).values_list("slug", flat=True)) if asked else set()
        return [
            Problem(place, _("%(place)s：%(why)s") % {"place": place, "why": why}, row=place)
            for place, slug, why in refused
            if not (isinstance(slug, str) and slug in kept)
        ]

    def constraint(self, name: str) -> CheckConstraint:
        """The database's own check: an address carries the slug and no fixed segment hides it."""
        condition = Q(slug__regex=_CARRIED)
        if self.reserved:
            condition &= ~Q(slug__in=sorted(self.reserved))
        return CheckConstraint(
            name=name,
            condition=condition,
            violation_error_message=gettext_lazy(
                "代号只能用字母、数字、连字符和下划线，以字母或数字开头，且不能是网址中的固定用词。"
            ),
        )


def repeated(named: Sequence[tuple[str, Any]]) -> list[Problem]:
    """A Problem for each (place, slug) whose slug an earlier place has already."""
    slugs = [slug for _place, slug in named]
    return [
        Problem(
            place,
            _("%(place)s：代号“%(slug)s”前面已用过，请换一个。") % {"place": place, "slug": _short(slug)},
            row=place,
        )
        for number, (place, slug) in enumerate(named)
        if slug in slugs[:number]
    ]


def _short(slug: object) -> str:
    text = str(slug)
    return text if len(text) <= 40 else text[:40] + "…"


# A plan's slug comes after `desk/`, where these stand too.
PLAN_SLUG = SlugRule(
    60,
    "qinghai-2016-48",
    frozenset(
        {"assignments", "extension", "handover", "package", "projects", "reassign", "workbook", "workplans"}
    ),
)
AGENCY_SLUG = SlugRule(40, "kjt", frozenset({"new"}))  # agencies/new/
INDICATOR_SLUG = SlugRule(60, "high-tech-share")
