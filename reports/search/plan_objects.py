"""Finds what stands in the plans that the reader sees: text, sectors, tasks, targets, projects and bases."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from qhplan import clock
from reports.search.numbers import number_of
from reports.search.values import Hit, Kind, Rank
from tasks.finding import Query, excerpt, has_all, plain, runs
from tasks.models import Base, Cluster, Direction, Plan, Project, Sector, Target, Task, TaskGroup, TaskSector
from tasks.plans.annotations import layout_of
from tasks.plans.finding import Heads, Paragraph, find, heads
from tasks.plans.models import Part


@lru_cache(maxsize=128)
def _text(plan_id: int, sha256: str) -> str:
    """A plan's text. It is large and never changes under its checksum, so each process reads it once."""
    return str(Plan.everything.values_list("text", flat=True).get(pk=plan_id))


def title_rank(title: str, query: Query) -> Rank | None:
    """How well a title answers; None where it lacks one of the words."""
    compared = plain(title)
    if not all(word in compared for word in query.words):
        return None
    if compared == query.plain:
        return Rank.EXACT
    return Rank.STARTS if compared.startswith(query.words[0]) else Rank.TITLE


@dataclass
class PlanObjects:
    """What the plans' objects answer to one query. A fixed number of queries, however many plans and objects."""

    query: Query
    plans: Sequence[Plan]
    _found: dict[int, list[Paragraph]] = field(default_factory=dict)

    def hits(self) -> dict[Kind, list[Hit]]:
        """{kind: its hits}; each kind in the plan's order, the caller ranks them."""
        for plan in self.plans:
            self._found[plan.pk] = find(_text(plan.pk, plan.text_sha256), self.query.words)
        return {
            Kind.PARTS: list(self._parts()),
            Kind.TASKS: [*self._groups(), *self._task_hits()],
            Kind.TARGETS: list(self._targets()),
            Kind.PROJECTS: [*self._projects(), *self._bases()],
            Kind.PASSAGES: list(self._passages()),
        }

    # -- rows ---------------------------------------------------------------------------------------------------

    @cached_property
    def _by_id(self) -> dict[int, Plan]:
        return {plan.pk: plan for plan in self.plans}

    def _rows(self, model: Any, *related: str, way: str = "plan", **more: Any) -> list[Any]:
        rows = model.objects.filter(**{f"{way}__in": list(self._by_id)}, **more)
        return list(rows.select_related("passage", *related))

    @cached_property
    def _sectors(self) -> list[Sector]:
        return self._rows(Sector, "body")

    @cached_property
    def _directions(self) -> list[Direction]:
        return self._rows(Direction, "body", "sector", way="sector__plan")

    @cached_property
    def _task_groups(self) -> list[TaskGroup]:
        return self._rows(TaskGroup)

    @cached_property
    def _tasks(self) -> list[Task]:
        return self._rows(Task, "body")

    def _of_plan(self, plan: Plan) -> str:
        """The plan's name, where there are several."""
        return str(plan.title) if len(self.plans) > 1 else ""

    def _body(self, obj: Any, plan_id: int) -> list[Any]:
        """The beginning of the full text around the first of the words that stands in it."""
        span = obj.body or obj.passage
        if span is None:
            return []
        layout = layout_of(_text(plan_id, self._by_id[plan_id].text_sha256))
        start, end = layout.place(span.start), layout.place(span.end)
        text = layout.flat[start:end].replace("\n", "")
        return excerpt(text, self.query.words)

    def _is_in_body(self, obj: Any, plan_id: int) -> bool:
        """Whether a paragraph with all of the words has one of them within the object's full text."""
        span = obj.body
        if span is None or not self._found[plan_id]:
            return False
        layout = layout_of(_text(plan_id, self._by_id[plan_id].text_sha256))
        start, end = layout.place(span.start), layout.place(span.end)
        return any(start <= left < end for one in self._found[plan_id] for left, _right in one.occurrences)

    def _rank(self, title: str, obj: Any, plan_id: int) -> Rank | None:
        rank = title_rank(title, self.query)
        return Rank.TEXT if rank is None and self._is_in_body(obj, plan_id) else rank

    # -- kinds --------------------------------------------------------------------------------------------------

    def _parts(self) -> Iterator[Hit]:
        """Sectors and their directions. A sector's text is that of its directions: it is shown for its name alone."""
        for sector in self._sectors:
            rank = title_rank(sector.name, self.query)
            if rank is not None:
                plan = self._by_id[sector.plan_id]
                yield Hit(
                    rank,
                    runs(sector.name, self.query.words),
                    _sector_url(plan, sector),
                    self._body(sector, plan.pk),
                    _joined(_("重点领域"), self._of_plan(plan)),
                )
        for direction in self._directions:
            plan = self._by_id[direction.sector.plan_id]
            rank = self._rank(direction.name, direction, plan.pk)
            if rank is not None:
                yield Hit(
                    rank,
                    runs(direction.name, self.query.words),
                    _sector_url(plan, direction.sector),
                    self._body(direction, plan.pk),
                    _joined(
                        _("方向，重点领域“%(name)s”") % {"name": direction.sector.name}, self._of_plan(plan)
                    ),
                )

    def _groups(self) -> Iterator[Hit]:
        for group in self._task_groups:
            rank = title_rank(group.name, self.query)
            if rank is not None:
                plan = self._by_id[group.plan_id]
                url = reverse("task_list", args=[plan.slug]) + f"?group={group.number}"
                note = _joined(_("任务组"), self._of_plan(plan))
                yield Hit(rank, runs(group.name, self.query.words), url, note=note)

    def _task_hits(self) -> Iterator[Hit]:
        number = number_of(self.query.text)
        related = self._related()
        for task in self._tasks:
            plan = self._by_id[task.plan_id]
            rank = self._rank(task.heading, task, plan.pk)
            why = ""
            if number and (own := number_of(task.code))[: len(number)] == number:
                rank = Rank.EXACT if own == number else Rank.STARTS
            elif rank is None and task.pk in related:
                rank, why = Rank.RELATED, related[task.pk]
            if rank is None:
                continue
            part = _("保障措施") if task.part == Part.SAFEGUARD else _("任务")
            yield Hit(
                rank,
                runs(task.heading, self.query.words),
                reverse("task", args=[plan.slug, task.ref]),
                self._body(task, plan.pk),
                _joined(part, why, self._of_plan(plan)),
                ref=task.code,
            )

    def _related(self) -> dict[int, str]:
        """{task id: why}: tasks that the plan's words link to a sector or direction whose name has the words."""
        sectors = {one.pk: one.name for one in self._sectors if has_all(one.name, self.query.words)}
        directions = {one.pk: one.name for one in self._directions if has_all(one.name, self.query.words)}
        links = TaskSector.objects.filter(task__plan__in=list(self._by_id))
        found: dict[int, str] = {}
        for task_id, sector_id, direction_id in links.values_list("task_id", "sector_id", "direction_id"):
            name = directions.get(direction_id) or (sectors.get(sector_id) if direction_id is None else None)
            if name:
                found.setdefault(task_id, _("因用词与“%(name)s”相联，推断；正文没有此词") % {"name": name})
        return found

    def _targets(self) -> Iterator[Hit]:
        for target in self._rows(Target, "indicator", known__contains=clock.now()):
            titles = (target.text, target.indicator.name if target.indicator else "")
            ranks = [title_rank(title, self.query) for title in titles]
            rank = Rank.OTHER_NAME if ranks[0] is None and ranks[1] is not None else ranks[0]
            if rank is None:
                continue
            plan = self._by_id[target.plan_id]
            year = _("%(year)d年目标") % {"year": target.year} if target.year else _("目标，方案未写年份")
            yield Hit(
                rank,
                runs(target.text, self.query.words),
                reverse("target", args=[plan.slug, target.order]),
                note=_joined(year, titles[1], self._of_plan(plan)),
            )

    def _projects(self) -> Iterator[Hit]:
        for project in self._rows(Project, "sector"):
            rank = title_rank(project.name, self.query)
            if rank is not None:
                plan = self._by_id[project.plan_id]
                note = _("重大项目，非方案原文") if project.added_at else _("重大项目")
                yield Hit(
                    rank,
                    runs(project.name, self.query.words),
                    reverse("project", args=[plan.slug, project.pk]),
                    note=_joined(note, project.sector.name if project.sector else "", self._of_plan(plan)),
                )

    def _bases(self) -> Iterator[Hit]:
        """Industrial bases and clusters, which have no page: their place in the plan's text."""
        named = [
            *((one, f"{one.city}{one.name}", _("产业基地")) for one in self._rows(Base)),
            *((one, one.name, _("产业集群")) for one in self._rows(Cluster)),
        ]
        for one, title, word in named:
            whole = title if has_all(title, self.query.words) else f"{title} · {one.level}"
            rank = title_rank(whole, self.query)
            if rank is not None:
                plan = self._by_id[one.plan_id]
                anchor = f"#p-{one.passage.start}-{one.passage.end}" if one.passage else ""
                yield Hit(
                    max(rank, Rank.STARTS),  # what has a page of its own comes before it
                    runs(whole, self.query.words),
                    reverse("source", args=[plan.slug]) + anchor,
                    note=_joined(word, one.level if whole == title else "", self._of_plan(plan)),
                )

    def _passages(self) -> Iterator[Hit]:
        for plan in self.plans:
            over = self._heads(plan)
            for one in self._found[plan.pk]:
                title = over.over(one.occurrences[0][0]) or str(plan.title)
                count = len(one.occurrences)
                yield Hit(
                    Rank.TEXT,
                    runs(title, ()),
                    text_url(plan, self.query, one.first),
                    excerpt(one.text, self.query.words),
                    _joined(_("%(n)d处") % {"n": count} if count > 1 else "", self._of_plan(plan)),
                )

    def _heads(self, plan: Plan) -> Heads:
        named: list[tuple[int, str]] = []
        objects: Iterable[Any] = (*self._sectors, *self._directions, *self._task_groups, *self._tasks)
        for one in objects:
            plan_id = one.sector.plan_id if isinstance(one, Direction) else one.plan_id
            if plan_id == plan.pk and one.passage is not None:
                name = f"{one.code} {one.heading}" if isinstance(one, Task) else one.name
                named.append((one.passage.start, name))
        return heads(_text(plan.pk, plan.text_sha256), named)


def text_url(plan: Plan, query: Query, number: int = 0) -> str:
    """The plan's text with the words marked, at one of them."""
    address = reverse("source", args=[plan.slug]) + "?" + urlencode({"find": query.text})
    return f"{address}#hit-{number}" if number else address


def _sector_url(plan: Plan, sector: Sector) -> str:
    return reverse("task_list", args=[plan.slug]) + f"?sector={sector.number}"


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))
