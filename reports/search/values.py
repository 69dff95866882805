"""What a search finds."""

from dataclasses import dataclass, field
from enum import IntEnum
from itertools import takewhile
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from tasks.finding import Query, Run

MOST = 200  # hits of one kind that are counted and listed; of more it is said that there are more


class Kind(models.TextChoices):
    """What is found, in the order of the page where nothing else decides."""

    PARTS = "parts", _("重点领域与方向")
    TASKS = "tasks", _("任务")
    TARGETS = "targets", _("目标")
    PROJECTS = "projects", _("重大项目与产业基地")
    AGENCIES = "agencies", _("单位")
    PASSAGES = "passages", _("方案原文")
    DRAFTS = "drafts", _("本单位未提交的填报")
    RETURNS = "returns", _("填报")
    PROBLEMS = "problems", _("问题与需协调事项")
    WORK_PLANS = "work_plans", _("实施方案与年度要点")
    PROJECT_REPORTS = "project_reports", _("项目报告")
    REQUESTS = "requests", _("提请协调事项")
    NOTICES = "notices", _("督办")
    INSTRUCTIONS = "instructions", _("批示")
    BRIEFS = "briefs", _("简报")
    COMMENTS = "comments", _("专家意见")


class Rank(IntEnum):
    """How well a hit answers the query; a smaller one is shown first."""

    EXACT = 0  # its number or its name is the query
    STARTS = 1
    TITLE = 2
    OTHER_NAME = 3  # an earlier name, or another number
    TEXT = 4
    RELATED = 5  # has none of the words; `note` says by what it is related
    RECORD = 6  # what people wrote: newest first


@dataclass(frozen=True)
class Hit:
    """One thing that was found. `title` and `text` are cut into runs, of which those looked for are marked; `note` says
    where it stands and why it is shown; `light` and `verified` are those of a return."""

    rank: Rank
    title: list[Run]
    url: str
    text: list[Run] = field(default_factory=list)
    note: str = ""
    ref: str = ""
    light: str = ""
    verified: str = ""
    is_lead: bool = False

    @property
    def label(self) -> str:
        return "".join(run.text for run in self.title)

    @property
    def title_place(self) -> int:
        """Where in the title the first of the words stands."""
        return sum(len(run.text) for run in takewhile(lambda run: not run.is_hit, self.title))


@dataclass(frozen=True)
class Finds:
    """What a kind of record answers: how many there are, and those that are shown, the best first. Of the others no more
    than number and key is read."""

    count: int
    is_more: bool
    hits: list[Hit]


@dataclass(frozen=True)
class Section:
    """The hits of one kind, the best first. `count` is at most MOST; `is_more` where there are others beyond."""

    kind: Kind
    hits: list[Hit]
    count: int
    is_more: bool = False
    note: str = ""

    @property
    def rank(self) -> int:
        return min((hit.rank for hit in self.hits), default=int(Rank.RECORD))


@dataclass(frozen=True)
class Found:
    """What a reader finds. Every kind is among `counts`, those without a hit too."""

    query: Query
    sections: list[Section]
    counts: dict[Kind, Section]
    plans: list[Any]

    @property
    def total(self) -> int:
        return sum(section.count for section in self.counts.values())

    @property
    def is_more(self) -> bool:
        return any(section.is_more for section in self.counts.values())
