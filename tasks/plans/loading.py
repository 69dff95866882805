"""Loads a plan's checked folder into the database. `tasks.indicators.loading` calls this and adds the targets.

Loading again changes nothing: an existing row is matched by its natural key and left as it is, because the text
must not undo later changes (a new name, an adjusted target).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import Agency
from tasks.errors import Conflict, Problems
from tasks.jurisdictions.queries import chosen, proposal, saved
from tasks.plans import structure
from tasks.plans.agency_loading import AgencyLoader, member_place, slugs_of_others
from tasks.plans.consolidators import with_duties
from tasks.plans.editing.values import DATES, HEAD_TEXTS
from tasks.plans.filing_rules import DEFAULTS
from tasks.plans.goals import TaskGoal
from tasks.plans.models import (
    Base,
    Cluster,
    Direction,
    FilingRule,
    Frequency,
    Mention,
    Part,
    Passage,
    Plan,
    Principle,
    Project,
    Responsibility,
    Sector,
    Task,
    TaskGroup,
    TaskSector,
    TaskTerm,
)
from tasks.plans.names import clean
from tasks.plans.plan_folder import Source, problem
from tasks.plans.row_sync import check_lengths, sync
from tasks.plans.structure import Span
from tasks.slugs import AGENCY_SLUG, PLAN_SLUG, repeated
from tasks.values import Basis, Duty, Origin, Rhythm


@dataclass
class Loaded:
    """The rows that a load wrote or matched, so that higher packages can link their rows to them."""

    source: Source
    plan: Plan
    tasks: dict[str, Task]
    valid: tuple[int, int | None]
    known: tuple[datetime, None]
    passages: dict[tuple[int, int], Passage]


def load(source: Source) -> Loaded:
    """Writes the plan without its targets, in the caller's transaction. Raises Problems or Conflict."""
    _check_slugs(source)
    loader = _Loader(source)
    loader.run()
    return Loaded(source, loader.plan, loader.tasks, loader.valid, loader.known, loader.passages)


def _check_slugs(source: Source) -> None:
    """Checks the slugs before anything is written. Raises Problems if a new slug does not fit into an address."""
    manual = source.corrections
    plans = PLAN_SLUG.refusals([(source.slug_place, source.slug)], Plan.objects.all())
    agencies = [(f"corrections.json agencies {entry.name}", entry.slug) for entry in manual.agencies]
    members = [
        (f"corrections.json collectives {member.name}", member.slug)
        for collective in manual.collectives
        for member in collective.members
    ]
    refused = AGENCY_SLUG.refusals([*agencies, *members], Agency.objects.all())
    if problems := [*plans, *refused, *repeated(agencies)]:
        raise Problems(problems)
    if problems := slugs_of_others(source):
        raise Problems(problems)


class _Loader:
    """State of one load. Each step writes one kind of row and keeps it for the following steps."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.structure = source.structure
        self.corrections = source.corrections
        self.passages: dict[tuple[int, int], Passage] = {}
        self.agencies: dict[str, Agency] = {}  # by each printed name
        self.sectors: dict[int, Sector] = {}
        self.directions: dict[tuple[int, int], Direction] = {}
        self.tasks: dict[str, Task] = {}
        self.collectives: dict[int, list[Agency]] = {}

    def run(self) -> None:
        self._plan()
        self._passages()
        self._sectors()
        self._named()
        loader = AgencyLoader(self.source, self.plan, self.since, self.passages)
        loader.run()
        self.agencies, self.collectives = loader.agencies, loader.collectives
        self._tasks()
        self._responsibilities()
        self._deadlines()
        self._goals()
        self._links()
        self._filing_rules()

    def _plan(self) -> None:
        head = self.structure.head
        days = {name: getattr(head, name) for name in DATES}
        values: dict[str, Any] = {name: day.day if day else None for name, day in days.items()}
        values |= {name: quote.name if (quote := getattr(head, name)) else "" for name in HEAD_TEXTS}
        values |= {
            entry.field: entry.day if entry.field in DATES else entry.value for entry in self.corrections.head
        }
        values["rhythm"] = values.get("rhythm") or Rhythm.QUARTER
        if values["rhythm"] not in Rhythm.values:
            raise problem(
                _("填报频次“%(value)s”不认识，可用：%(known)s。")
                % {"value": str(values["rhythm"])[:40], "known": "、".join(Rhythm.values)}
            )
        # What most documents print of neither: they hold from the day of issue on, and without an end.
        values["in_force_from"] = values["in_force_from"] or values["issued_on"] or clock.today()
        if values["in_force_to"] and values["in_force_to"] < values["in_force_from"]:
            raise problem(
                _("有效期至 %(last)s，早于施行日期 %(first)s，请核对这两个日期。")
                % {"first": values["in_force_from"], "last": values["in_force_to"]}
            )
        places: dict[str, Span | None] = {
            "title": head.title,
            "notice_title": head.notice_title,
            "doc_number": head.doc_number,
            "issuer": head.issuer,
            "interpreter": head.interpreter,
            "lead_rule": self.structure.lead_rule,
            **days,
        }
        replaced = {entry.field for entry in self.corrections.head}
        check_lengths([Plan(**values)])
        # Looked up, or made, only for a plan that is new.
        jurisdiction: dict[str, Any] = {
            "jurisdiction_id": lambda: self._jurisdiction(values["issuer"], values["title"])
        }
        self.plan, created = Plan.objects.get_or_create(
            slug=self.source.slug,
            defaults={
                "text": self.source.text,
                "text_sha256": self.structure.text_sha256,
                "head": {
                    name: [place.start, place.end]
                    for name, place in places.items()
                    if place and name not in replaced
                },
                **values,
                **jurisdiction,
            },
        )
        self.is_new = created
        if not created and self.plan.text_sha256 != self.structure.text_sha256:
            raise Conflict(
                _(
                    "库中已有方案“%(slug)s”，其原文与这份不同（SHA-256 %(there)s，这份 %(here)s）。"
                    "已公布的方案不能改写；请改目录名，或用 --slug 另给代号导入。"
                )
                % {
                    "slug": self.plan.slug,
                    "there": self.plan.text_sha256[:16],
                    "here": self.structure.text_sha256[:16],
                }
            )
        last = self.plan.in_force_to
        self.valid = (
            self.plan.first_quarter.ordinal,
            self.plan.period_of(last).ordinal + 1 if last else None,
        )
        published = self.plan.issued_on or self.plan.in_force_from
        self.since = published
        # The plan's content counts as known from the day of issue, whenever the plan is loaded; and at once where that
        # day is still to come, as on a trial site whose clock stands in an earlier year.
        issued = datetime.combine(published, time(), ZoneInfo("Asia/Shanghai")).astimezone(UTC)
        self.known = (min(issued, clock.now()), None)

    def _jurisdiction(self, issuer: str, title: str) -> int:
        words = self.source.jurisdiction
        return saved(chosen(words) if words else proposal(issuer, title)).pk

    def _passages(self) -> None:
        spans = {(span.start, span.end) for span in structure.walk(self.structure) if span.end > span.start}
        spans |= {self.source.find(entry.quote, entry.task) for entry in self.corrections.add_links}
        spans |= {self.source.find(entry.quote) for entry in self.corrections.add_projects}
        spans |= {
            member_place(self.source, member)
            for c in self.corrections.collectives
            for member in c.members
            if member.quote
        }
        rows = [Passage(plan=self.plan, start=start, end=end) for start, end in sorted(spans)]
        stored = sync(Passage, rows, ("start", "end"), plan=self.plan)
        self.passages = {(row.start, row.end): row for row in stored.values()}

    def _sectors(self) -> None:
        plan_structure = self.structure
        sync(
            Principle,
            [
                Principle(plan=self.plan, number=p.number, name=p.heading.name, passage=self._at(p.heading))
                for p in plan_structure.principles
            ],
            ("number",),
            plan=self.plan,
        )
        rows = [
            Sector(
                plan=self.plan,
                number=sector.number,
                name=sector.heading.name,
                passage=self._at(sector.heading),
                body=self._text(sector.body),
            )
            for sector in plan_structure.sectors
        ]
        self.sectors = {row.number: row for row in sync(Sector, rows, ("number",), plan=self.plan).values()}
        directions = [
            Direction(
                sector=self.sectors[sector.number],
                number=direction.number,
                name=direction.heading.name,
                passage=self._at(direction.heading),
                body=self._text(direction.body),
            )
            for sector in plan_structure.sectors
            for direction in sector.directions
        ]
        stored = sync(Direction, directions, ("sector_id", "number"), sector__plan=self.plan)
        numbers = {row.pk: row.number for row in self.sectors.values()}
        self.directions = {(numbers[row.sector_id], row.number): row for row in stored.values()}

    def _named(self) -> None:
        """Writes projects, clusters and bases."""
        removed = {entry.name for entry in self.corrections.remove_projects}
        projects = [
            Project(
                plan=self.plan,
                sector=self.sectors[project.sector] if project.sector else None,
                name=project.name,
                passage=self._at(project.quote),
                origin=Origin.INFERRED if project.inferred else Origin.PLAN,
                origin_note=_("原文简作“%(quote)s”，全名据同句补足。") % {"quote": project.quote.name}
                if project.inferred
                else "",
            )
            for project in self.structure.projects
            if project.name not in removed
        ] + [
            Project(
                plan=self.plan,
                sector=self.sectors[entry.sector] if entry.sector else None,
                name=entry.name,
                passage=self.passages[self.source.find(entry.quote)],
                origin=Origin.PLAN if clean(entry.quote) == entry.name else Origin.INFERRED,
                origin_note=entry.reason,
            )
            for entry in self.corrections.add_projects
        ]
        sync(Project, projects, ("name",), plan=self.plan)
        clusters = [
            Cluster(
                plan=self.plan,
                name=cluster.quote.name,
                level=cluster.level.name,
                passage=self._at(cluster.quote),
            )
            for cluster in self.structure.clusters
        ]
        sync(Cluster, clusters, ("name",), plan=self.plan)
        named = [(base, name) for base in self.structure.bases for name in base.names]
        bases = [
            Base(
                plan=self.plan,
                order=order,
                city=base.city.name,
                level=base.level.name,
                name=name.name,
                passage=self._at(name),
            )
            for order, (base, name) in enumerate(named, 1)
        ]
        sync(Base, bases, ("name",), plan=self.plan)

    def _tasks(self) -> None:
        groups = [
            TaskGroup(
                plan=self.plan, number=group.number, name=group.heading.name, passage=self._at(group.heading)
            )
            for group in self.structure.groups
        ]
        stored = sync(TaskGroup, groups, ("number",), plan=self.plan)
        placed: list[tuple[structure.Task, TaskGroup | None]] = [
            (task, stored[(group.number,)]) for group in self.structure.groups for task in group.tasks
        ]
        placed += [(task, None) for task in self.structure.safeguards]
        headings = {entry.task: entry for entry in self.corrections.headings}
        rows = [
            Task(
                plan=self.plan,
                part=Part.MAIN if group else Part.SAFEGUARD,
                group=group,
                number=task.number,
                order=order,
                ref=task.ref,
                code=task.code,
                heading=headings[task.ref].name if task.ref in headings else task.heading.name,
                passage=self._at(task.heading),
                origin=Origin.INFERRED if task.ref in headings else Origin.PLAN,
                origin_note=headings[task.ref].reason if task.ref in headings else "",
                body=self._text(task.body),
            )
            for order, (task, group) in enumerate(placed, 1)
        ]
        self.tasks = {row.ref: row for row in sync(Task, rows, ("ref",), plan=self.plan).values()}

    def _responsibilities(self) -> None:
        tasks = self.structure.all_tasks
        rows = [
            Mention(
                task=self.tasks[task.ref],
                agency=self.agencies[mention.name],
                order=order,
                duty=Duty(mention.duty),
                basis=_basis(mention, has_rule=self.structure.lead_rule is not None),
                printed=mention.quote.name,
                passage=self._at(mention.quote),
            )
            for task in tasks
            for order, mention in enumerate(task.mentions, 1)
        ]
        mentions = sync(Mention, rows, ("task_id", "order"), task__plan=self.plan)
        rule = self.structure.lead_rule
        duties: dict[tuple[int, int], Responsibility] = {}
        # An agency named by itself comes before the same agency as a member of a collective: an agency has one
        # responsibility for each task, and `setdefault` keeps the first.
        agencies = {agency.pk: agency for agency in self.agencies.values()}
        for mention in sorted(mentions.values(), key=lambda row: row.agency_id in self.collectives):
            members = self.collectives.get(mention.agency_id)
            if members is None and agencies[mention.agency_id].is_collective:
                continue
            for member in members or [agencies[mention.agency_id]]:
                note = (
                    lead_note(mention.basis, rule.name if rule else "") if mention.duty == Duty.LEAD else ""
                )
                if members:
                    note = _("原文为集合单位“%(name)s”，按成员逐一列出。") % {"name": mention.printed}
                duties.setdefault(
                    (mention.task_id, member.pk),
                    Responsibility(
                        task_id=mention.task_id,
                        agency=member,
                        role=mention.duty,
                        order=mention.order * 100 + (members or [member]).index(member),
                        valid=self.valid,
                        known=self.known,
                        mention=mention,
                        origin=Origin.INFERRED if note else Origin.PLAN,
                        origin_note=note,
                    ),
                )
        for order, entry in enumerate(self.corrections.duties, 1):
            agency = self.agencies[entry.name]
            members = self.collectives.get(agency.pk)
            if members is None and agency.is_collective:
                continue
            for member in members or [agency]:
                duties.setdefault(
                    (self.tasks[entry.task].pk, member.pk),
                    Responsibility(
                        task_id=self.tasks[entry.task].pk,
                        agency=member,
                        role=entry.duty,
                        order=20000 + order * 100 + (members or [member]).index(member),
                        valid=self.valid,
                        known=self.known,
                        origin=Origin.OUTSIDE,
                        origin_note=entry.reason,
                    ),
                )
        sync(
            Responsibility,
            with_duties(duties.values()),
            ("task_id", "agency_id", "mention_id"),
            task__plan=self.plan,
        )

    def _filing_rules(self) -> None:
        """Writes how often each role files and which are asked for work plans, when the plan is new: afterwards the office
        may have changed it."""
        if not self.is_new:
            return
        asked = {Duty.LEAD.value, *(entry.role for entry in self.corrections.work_plans)}
        self.plan.work_plan_roles = [role for role in Duty.values if role in asked]
        self.plan.save(update_fields=["work_plan_roles"])
        chosen = DEFAULTS | {
            Duty(entry.role): Frequency(entry.frequency) for entry in self.corrections.filing
        }
        FilingRule.objects.bulk_create(
            FilingRule(plan=self.plan, role=role, frequency=frequency, valid=self.valid, known=self.known)
            for role, frequency in chosen.items()
            if frequency != Frequency.PERIOD
        )

    def _deadlines(self) -> None:
        read = {task.ref: task.deadline for task in self.structure.all_tasks}
        days = {ref: (one.day, one.name) for ref, one in read.items() if one}
        days |= {entry.task: (entry.day, entry.reason) for entry in self.corrections.deadlines}
        rows = [
            TaskTerm(
                task=self.tasks[ref],
                deadline=day,
                valid=self.valid,
                known=self.known,
                reason=_("完成时限：%(words)s") % {"words": words},
            )
            for ref, (day, words) in days.items()
            if day
        ]
        sync(TaskTerm, rows, ("task_id",), task__plan=self.plan)

    def _goals(self) -> None:
        rows = [
            TaskGoal(
                task=self.tasks[task.ref],
                year=goal.year,
                first=goal.first,
                last=goal.last,
                text=goal.name,
                passage=self._at(goal),
            )
            for task in self.structure.all_tasks
            for goal in task.goals
        ]
        sync(TaskGoal, rows, ("task_id", "passage_id"), task__plan=self.plan)

    def _links(self) -> None:
        removed = {(entry.task, entry.sector, entry.direction) for entry in self.corrections.remove_links}
        note = _("据任务原文的用词与重点领域、方向的名称对应推断。")
        rows = [
            TaskSector(
                task=self.tasks[link.task],
                sector=self.sectors[link.sector],
                direction=self.directions[(link.sector, link.direction)] if link.direction else None,
                passage=self._at(link.quote),
                origin=Origin.INFERRED,
                origin_note=note,
            )
            for link in self.structure.links
            if (link.task, link.sector, link.direction) not in removed
        ] + [
            TaskSector(
                task=self.tasks[entry.task],
                sector=self.sectors[entry.sector],
                direction=self.directions[(entry.sector, entry.direction)] if entry.direction else None,
                passage=self.passages[self.source.find(entry.quote, entry.task)],
                origin=Origin.INFERRED,
                origin_note=entry.reason,
            )
            for entry in self.corrections.add_links
        ]
        sync(TaskSector, rows, ("task_id", "sector_id", "direction_id"), task__plan=self.plan)

    def _text(self, span: Span) -> Passage | None:
        """The passage of a text, which may be empty: a heading without anything under it."""
        return self._at(span) if span.end > span.start else None

    def _at(self, span: Span) -> Passage:
        return self.passages[(span.start, span.end)]


def _basis(mention: structure.Mention, *, has_rule: bool) -> str:
    """How it is known that the mentioned agency leads; "" for other roles, and where custom alone says so."""
    if mention.duty != Duty.LEAD:
        return ""
    if mention.basis == Basis.RULE and not has_rule:  # the reader's default: the first one listed
        return ""
    return Basis(mention.basis)


def lead_note(basis: str, rule: str) -> str:
    """Why the agency is the lead, in a sentence; "" where the plan says so itself. `rule` is the plan's rule as printed."""
    match basis:
        case Basis.STATED:
            return ""
        case Basis.RULE:
            return _("据原文“%(rule)s”推断。") % {"rule": rule}
        case Basis.COMMA:
            return _("原文以逗号分开牵头和其他单位，逗号前的为牵头单位。")
        case Basis.SINGLE:
            return _("责任单位只有这一家，由它牵头。")
        case Basis.PERSON:
            return _("导入方案时由人确定为牵头单位。")
    return _("按惯例，排在第一的单位为牵头单位。")
