"""The figures of a plan in a quarter: the standings of all its responsibilities, grouped.

Ten queries, fourteen with the narrative at most, however many rows there are; the same figures for every viewer. Who may
see the narrative (it holds problems) is for the caller to say.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from qhplan import clock
from reports.figures.agency_names import agency_refs
from reports.figures.history import light_history, previous_lights, rate_history
from reports.figures.indicator_aggregation import Measures
from reports.figures.quarter_changes import changes_within
from reports.figures.targets import target_figures
from reports.figures.unled import severity, unled_light
from reports.figures.values import (
    AgencyFigures,
    AgencyRef,
    Change,
    GroupFigures,
    Lights,
    MissingReturn,
    Narrative,
    PlanFigures,
    Rate,
    SectorFigures,
    TaskFigures,
)
from tasks import typed
from tasks.models import DecisionRecord, Part, Plan, ProblemCategory, Sector, Task, Version
from tasks.plans.arrangements import arrangements
from tasks.plans.models import Gathering
from tasks.standing.queries import MISSING, WITHDRAWN, Standing, standing
from tasks.submissions.fields import FIELDS
from tasks.submissions.models import Channel
from tasks.values import GREY, UNLED, Duty, Light, Period


def plan_figures(
    plan: Plan,
    quarter: Period,
    *,
    known_at: datetime | None = None,
    with_narrative: bool = False,
    standings: list[Standing] | None = None,
    measures: Measures | None = None,
) -> PlanFigures:
    """All figures of the plan in the quarter, as known at the moment (default: now).

    Groups count the main tasks alone; the rates of the plan count every return, those on safeguards too. A page
    that shows the standings or the measures themselves reads them once, of the same quarter and moment, and hands
    them over.
    """
    moment = known_at or clock.now()
    rows = standing([plan.pk], quarter, known_at=moment) if standings is None else standings
    leads = {row.task_id: row for row in rows if row.duty == Duty.LEAD}
    refs = agency_refs((row.agency_id for row in rows), quarter)
    links = _sectors(plan)
    narratives = _narratives(leads.values()) if with_narrative else {}

    sectors_of: defaultdict[int, list[int]] = defaultdict(list)
    for sector, task_ids in links:
        for task_id in task_ids:
            sectors_of[task_id].append(sector.number)

    main: dict[tuple[int, str], list[TaskFigures]] = {}
    safeguards: list[TaskFigures] = []
    tasks = list(_tasks(plan, quarter, moment))
    for task, figures in zip(
        tasks, _of_tasks(tasks, rows, quarter, moment, refs, sectors_of, narratives), strict=True
    ):
        if task.part == Part.SAFEGUARD or task.group is None:
            safeguards.append(figures)
        else:
            main.setdefault((task.group.number, task.group.name), []).append(figures)
    groups = tuple(
        GroupFigures(
            number,
            name,
            lights_of(tasks),
            sum((task.lead_rate for task in tasks), Rate()),
            sum((task.co for task in tasks), Rate()),
            tuple(tasks),
            *said_and_found(tasks),
        )
        for (number, name), tasks in sorted(main.items())
    )
    every = {task.id: task for task in (*(task for group in groups for task in group.tasks), *safeguards)}

    return PlanFigures(
        plan_slug=plan.slug,
        plan_title=plan.title,
        doc_number=plan.doc_number,
        quarter=quarter,
        as_at=quarter.last_day,
        known_at=moment,
        lights=sum((group.lights for group in groups), Lights()),
        safeguard_lights=lights_of(safeguards),
        lead=Rate.of(row for row in rows if row.counted_as == Duty.LEAD),
        co=Rate.of(row for row in rows if row.counted_as == Duty.CO),
        groups=groups,
        safeguards=tuple(safeguards),
        sectors=tuple(_sector(sector, [every[id_] for id_ in ids if id_ in every]) for sector, ids in links),
        agencies=_agencies(rows, refs),
        missing=tuple(
            _missing(row, every[row.task_id], refs) for row in _leads_first(rows) if row.state == MISSING
        ),
        changes=_changes(plan, quarter, moment, every, leads),
        targets=target_figures(plan, quarter, known_at=moment, measures=measures),
        # An extension puts off an agency's own date; the quarter's is the earliest.
        co_due=min((row.due_at for row in rows if row.duty == Duty.CO and row.due_at), default=None),
        lead_due=min((row.due_at for row in rows if row.duty == Duty.LEAD and row.due_at), default=None),
        reported_lights=sum((group.reported_lights for group in groups), Lights()),
        verified_lights=sum((group.verified_lights for group in groups), Lights()),
        within=tuple(one.text for one in changes_within(plan, quarter, moment)) if with_narrative else (),
    )


def task_figures(
    task: Task, quarter: Period, *, known_at: datetime, standings: Sequence[Standing]
) -> TaskFigures:
    """The same of one task alone, from its standings in the quarter. At most four queries."""
    sectors = task.sector_links.order_by("sector__number").values_list("sector__number", flat=True)
    refs = agency_refs((row.agency_id for row in standings), quarter)
    (figures,) = _of_tasks([task], standings, quarter, known_at, refs, {task.pk: list(sectors)}, {})
    return figures


# -- counting -----------------------------------------------------------------------------------------------


def lights_of(items: Iterable[TaskFigures | Standing]) -> Lights:
    """Counts by light; those that show a light which nobody verified yet are the unverified ones. What was withdrawn
    counts nowhere."""
    counts = {
        Light.GREEN.value: 0,
        Light.YELLOW.value: 0,
        Light.RED.value: 0,
        Light.BLUE.value: 0,
        GREY: 0,
        UNLED: 0,
    }
    unverified = 0
    for item in items:
        if item.state == WITHDRAWN:
            continue
        counts[item.light] += 1
        unverified += item.light != GREY and not item.verified
    return Lights(**counts, unverified=unverified)


def said_and_found(items: Iterable[TaskFigures | Standing]) -> tuple[Lights, Lights]:
    """Counts by the leads' own lights and by the office's, grey where there is no such word. Never mixed: what
    counts is in `lights_of`."""
    said, found = Counter[str](), Counter[str]()
    for item in items:
        if item.state == WITHDRAWN:
            continue
        nothing = UNLED if item.state == UNLED else GREY
        said[item.reported_light or nothing] += 1
        found[item.verified_light or nothing] += 1
    return Lights(**said), Lights(**found)


def _of_tasks(
    tasks: Sequence[Task],
    rows: Iterable[Standing],
    quarter: Period,
    known_at: datetime,
    refs: Mapping[int, AgencyRef],
    sectors_of: Mapping[int, Sequence[int]],
    narratives: Mapping[int, Narrative],
) -> Iterator[TaskFigures]:
    """Of each task in turn. At most two queries, where tasks have no lead."""
    leads: dict[int, Standing] = {}
    others: defaultdict[int, list[Standing]] = defaultdict(list)
    for row in rows:
        if row.duty == Duty.LEAD:
            leads[row.task_id] = row
        elif row.duty == Duty.CO:
            others[row.task_id].append(row)
    gathered = arrangements([task.pk for task in tasks if task.pk not in leads], known_at)
    for task in tasks:
        arranged = gathered.at(task.pk, quarter)
        yield _task(
            task,
            leads.get(task.pk),
            others[task.pk],
            by_each=arranged is not None and arranged.kind == Gathering.EACH,
            refs=refs,
            sectors=tuple(sectors_of.get(task.pk, ())),
            narrative=narratives.get(task.pk, Narrative()),
        )


def _task(
    task: Task,
    lead: Standing | None,
    others: list[Standing],
    *,
    by_each: bool,
    refs: Mapping[int, AgencyRef],
    sectors: tuple[int, ...],
    narrative: Narrative,
) -> TaskFigures:
    """`lead` is the submission that gives the task its light, `others` are all the rest. `by_each`: there is no such
    submission, because each agency reports by itself."""
    light, verified, state = (
        (lead.light, lead.verified, lead.state) if lead else unled_light(others, by_each=by_each)
    )
    leading = lead if lead and lead.counted_as == Duty.LEAD else None
    joint = [row for row in others if row.counted_as == Duty.LEAD]
    return TaskFigures(
        id=task.pk,
        ref=task.ref,
        code=task.code,
        heading=task.heading,
        part=task.part,
        group=task.group.number if task.group else None,
        lead=refs[leading.agency_id] if leading else None,
        light=light,
        verified=verified,
        reported_light=lead.reported_light if lead else light if light in Light.values else "",
        verified_light=lead.verified_light if lead else light if verified and light in Light.values else "",
        verification=lead.verification if lead else "unverified",
        state=state,
        submission_id=lead.submission_id if lead else None,
        submitted_at=lead.first_submitted_at if lead else None,
        on_time=lead.on_time if lead else None,
        version=lead.number if lead else None,
        stale_quarter=lead.task_stale_quarter if lead else None,
        stale_light=lead.task_stale_light if lead else "",
        co=Rate.of(row for row in (lead, *others) if row is not None and row.counted_as == Duty.CO),
        co_lights=lights_of(row for row in others if row.owed),
        sectors=sectors,
        progress=lead.progress if lead else None,
        narrative=narrative,
        joint_leads=tuple(refs[row.agency_id] for row in joint),
        joint=Rate.of(joint),
        collector=refs[lead.agency_id] if lead and not leading else None,
    )


def _sector(sector: Sector, tasks: list[TaskFigures]) -> SectorFigures:
    """Of the main tasks linked to it; a safeguard is never counted among tasks."""
    linked = [task for task in tasks if task.part == Part.MAIN]
    refs = tuple(task.ref for task in linked)
    return SectorFigures(sector.number, sector.name, lights_of(linked), refs, *said_and_found(linked))


def _agencies(rows: list[Standing], refs: Mapping[int, AgencyRef]) -> tuple[AgencyFigures, ...]:
    """Each agency with a duty in the quarter; what it leads counts tasks and safeguards together. Rates count all that it
    leads, lights the tasks whose light is its own."""
    own: defaultdict[int, list[Standing]] = defaultdict(list)
    for row in rows:
        own[row.agency_id].append(row)
    return tuple(_agency(ref, own[id_]) for id_, ref in refs.items())


def _agency(ref: AgencyRef, rows: list[Standing]) -> AgencyFigures:
    consolidated = [row for row in rows if row.duty == row.counted_as == Duty.LEAD]
    return AgencyFigures(
        ref,
        Rate.of(row for row in rows if row.counted_as == Duty.LEAD),
        Rate.of(row for row in rows if row.counted_as == Duty.CO),
        lights_of(consolidated),
        lights_of(row for row in rows if row.owed and row not in consolidated),
        *said_and_found(consolidated),
    )


def _leads_first(rows: list[Standing]) -> list[Standing]:
    return sorted(rows, key=lambda row: row.counted_as != Duty.LEAD)


def _missing(row: Standing, task: TaskFigures, refs: Mapping[int, AgencyRef]) -> MissingReturn:
    return MissingReturn(
        agency=refs[row.agency_id],
        duty=row.counted_as.value,
        task_ref=task.ref,
        task_code=task.code,
        task_heading=task.heading,
        days_late=row.days_late,
        last_quarter=row.stale_quarter,
    )


def _changes(
    plan: Plan,
    quarter: Period,
    known_at: datetime,
    tasks: Mapping[int, TaskFigures],
    leads: Mapping[int, Standing],
) -> tuple[Change, ...]:
    """Tasks and safeguards, in the plan's order, whose light differs from the quarter before, both as known now.

    There is none while the office had not opened the quarter before.
    """
    before = previous_lights(plan, quarter, known_at)
    changes = []
    for task in tasks.values():
        if task.id not in before or task.id not in leads:
            continue
        now = leads[task.id]
        kind = change_kind(before[task.id], (now.light, now.state), overdue=now.is_overdue(known_at))
        if kind:
            light_before = before[task.id][0]
            changes.append(
                Change(task.ref, task.code, task.heading, task.lead, light_before, task.light, kind)
            )
    return tuple(changes)


def change_kind(before: tuple[str, str], after: tuple[str, str], *, overdue: bool) -> str:
    """What became of a task from one (light, state) to the next: worse, better, done, missing, back, or "".

    A report that is not due yet is not missed; of one filed elsewhere without a light nothing can be said.
    """
    (light, state), (new_light, new_state) = before, after
    if WITHDRAWN in (state, new_state):
        return ""
    if new_state == MISSING:
        return "missing" if state != MISSING and overdue else ""
    if state == MISSING:
        return "back"
    if GREY in (light, new_light) or light == new_light:
        return ""
    if new_light == Light.BLUE:
        return "done"
    return "worse" if severity(new_light) > severity(light) else "better"


# -- loading ------------------------------------------------------------------------------------------------


def _tasks(plan: Plan, quarter: Period, known_at: datetime) -> Iterable[Task]:
    return (
        Task.objects.filter(plan=plan).existing(quarter, known_at).select_related("group").order_by("order")
    )


def _sectors(plan: Plan) -> list[tuple[Sector, list[int]]]:
    """The plan's sectors, each with the ids of the tasks linked to it, once each, in the plan's order."""
    linked: dict[int, tuple[Sector, dict[int, None]]] = {}
    for sector_id, number, name, task_id in (
        Sector.objects.filter(plan=plan)
        .order_by("number", "task_links__task__order")
        .values_list("id", "number", "name", "task_links__task_id")
    ):
        _, tasks = linked.setdefault(sector_id, (Sector(id=sector_id, number=number, name=name), {}))
        if task_id is not None:
            tasks[task_id] = None
    return [(sector, list(tasks)) for sector, tasks in linked.values()]


def _narratives(leads: Iterable[Standing]) -> dict[int, Narrative]:
    """{task id: the words of the lead's version in force}, without what the office decided after the moment in
    question."""
    in_force = {row.version_id: row for row in leads if row.version_id is not None}
    narratives = {}
    versions = list(Version.every.filter(id__in=in_force))
    # Where another decision was made since, the note is that of the decision that was known.
    since = [version.pk for version in versions if version.decided_at != in_force[version.pk].decided_at]
    notes: dict[tuple[int, datetime], str] = {
        (version_id, at): note
        for version_id, at, note in DecisionRecord.objects.filter(version__in=since).values_list(
            "version", "decided_at", "decision_note"
        )
    }
    for version in versions:
        row = in_force[version.pk]
        note = version.decision_note
        if version.decided_at != row.decided_at:
            note = notes.get((version.pk, row.decided_at), "") if row.decided_at is not None else ""
        words = {field.name: getattr(version, field.name) for field in FIELDS if field.in_brief}
        # Versions of earlier releases may hold 无 as a problem or a matter for the province.
        words["coordination"] = typed.optional(version.coordination)
        words["problems"] = tuple(
            (str(ProblemCategory(item["category"]).label), item["text"])
            for item in version.problems
            if not typed.is_nothing(item["text"])
        )
        narratives[row.task_id] = Narrative(
            **words, decision_note=note, entered=version.channel == Channel.ENTERED
        )
    return narratives


__all__ = [
    "change_kind",
    "light_history",
    "lights_of",
    "plan_figures",
    "rate_history",
]
