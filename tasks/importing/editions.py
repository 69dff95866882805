"""A new edition of a plan in use, compared with it item by item: what is kept, changed, moved, new or gone.

Of tasks the comparison has name, words, group, agencies and deadline; of targets their words. A task of the plan and one
of the edition that are the same have the same name, or nearly the same name and words; a person corrects the pairs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz import fuzz

from tasks.adjustments.queries import contents_at
from tasks.adjustments.values import Term
from tasks.agencies.models import Agency
from tasks.agencies.queries import names_at
from tasks.importing.matching import AgencyEntries, entries_of
from tasks.importing.queries import Current
from tasks.indicators.models import Target
from tasks.plans import structure
from tasks.plans.models import ENDED, Part, Plan, Responsibility, Task, TaskTerm
from tasks.plans.names import clean
from tasks.values import Duty, Period

KEPT, CHANGED, MOVED, NEW, GONE = "kept", "changed", "moved", "new", "gone"
STATUSES = {
    KEPT: gettext_lazy("保留"),
    CHANGED: gettext_lazy("有改动"),
    MOVED: gettext_lazy("移动"),
    NEW: gettext_lazy("新增"),
    GONE: gettext_lazy("取消"),
}
ALIKE = 72  # of 100, by names alone or by names and words together


@dataclass(frozen=True)
class Difference:
    """Old and new words of one field; `kind` is words, duties, deadline, group or code."""

    kind: str
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class TaskPair:
    """A task of the plan beside one of the edition; one of them is None where it is gone or new."""

    status: str
    old: Task | None
    new: structure.Task | None
    before: str  # name and words
    after: str
    differences: tuple[Difference, ...] = ()
    duties: Mapping[str, str] = field(default_factory=dict)  # {slug: role} in the edition
    deadline: date | None = None
    group: str = ""  # in the edition; "" for a safeguard

    @property
    def has(self) -> set[str]:
        """The kinds of its differences."""
        return {one.kind for one in self.differences}


@dataclass(frozen=True)
class TargetPair:
    status: str
    old: Target | None
    new: structure.Target | None

    @property
    def before(self) -> str:
        return self.old.text if self.old else ""

    @property
    def after(self) -> str:
        return self.new.quote.name if self.new else ""


@dataclass(frozen=True)
class Comparison:
    """The plan, as it holds from the period on, beside the edition."""

    plan: Plan
    effective: Period
    tasks: tuple[TaskPair, ...]
    targets: tuple[TargetPair, ...]
    entries: AgencyEntries

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be carried over: all is kept, or printed in another place alone."""
        statuses = {*(one.status for one in self.tasks), *(one.status for one in self.targets)}
        return statuses <= {KEPT, MOVED}


def compare(now: Current, plan: Plan, effective: Period, moment: datetime) -> Comparison:
    """Compares the import, as corrected, with the plan as it holds from the period on."""
    entries = entries_of(now.matches, now.register)
    return Comparison(
        plan,
        effective,
        tuple(_task_pairs(now, plan, effective, moment, entries)),
        tuple(_target_pairs(now, plan, effective, moment)),
        entries,
    )


# -- tasks -------------------------------------------------------------------------------------------------------


def _task_pairs(
    now: Current, plan: Plan, effective: Period, moment: datetime, entries: AgencyEntries
) -> Iterable[TaskPair]:
    terms = _terms(plan, effective, moment)
    held = Task.objects.filter(plan=plan).select_related("group", "body").order_by("order")
    old = [task for task in held if terms.get(task.pk, Term()).status not in ENDED]
    new = list(now.structure.all_tasks)
    groups = {task.ref: group.heading.name for group in now.structure.groups for task in group.tasks}
    headings = {entry.task: entry.name for entry in now.edited.corrections.headings}
    days = {entry.task: entry.day for entry in now.edited.corrections.deadlines}
    names = {one.ref: headings.get(one.ref, one.heading.name) for one in new}
    text, words_of = now.row.text, _words_of(plan)
    adjusted = contents_at(plan, effective, moment)
    old_words = {task.pk: adjusted.get(task.pk) or words_of(task) for task in old}
    new_words = {one.ref: _join(names[one.ref], clean(one.body.of(text))) for one in new}
    found = _paired(
        [(str(task.ref), task.heading, old_words[task.pk]) for task in old],
        [(one.ref, names[one.ref], new_words[one.ref]) for one in new],
        {old_ref: new_ref for (item, old_ref), new_ref in now.edited.pairs.items() if item == "task"},
    )
    roles: dict[int, dict[int, str]] = {}
    rows = Responsibility.objects.filter(task__plan=plan).held(effective, moment).order_by("order", "id")
    for task_id, agency_id, role in rows.values_list("task_id", "agency_id", "role"):
        roles.setdefault(task_id, {})[agency_id] = role
    agencies = {agency_id for own in roles.values() for agency_id in own}
    slugs = dict(Agency.objects.filter(pk__in=agencies).values_list("pk", "slug"))
    shown = {slugs[pk]: name.short for pk, name in names_at(effective, slugs).items()}
    shown |= {entry.slug: entry.name for entry in entries.agencies if entry.slug not in shown}
    shown |= {
        one.slug: one.name for group in entries.collectives for one in group.members if one.slug not in shown
    }
    by_ref = {one.ref: one for one in new}
    for task in old:
        own = {slugs[pk]: role for pk, role in roles.get(task.pk, {}).items()}
        one = by_ref.pop(found.get(task.ref, ""), None)
        if one is None:
            yield TaskPair(GONE, task, None, old_words[task.pk], "")
            continue
        wanted = _duties(now, one, entries)
        deadline = days.get(one.ref, one.deadline.day if one.deadline else None)
        group = groups.get(one.ref, "")
        differences = list(
            _differences(task, one, own, wanted, terms.get(task.pk, Term()).deadline, deadline, group, shown)
        )
        if old_words[task.pk] != new_words[one.ref]:
            differences.insert(0, Difference("words", _("文字"), old_words[task.pk], new_words[one.ref]))
        kinds = {difference.kind for difference in differences}
        status = CHANGED if kinds & {"words", "duties", "deadline"} else MOVED if "group" in kinds else KEPT
        yield TaskPair(
            status,
            task,
            one,
            old_words[task.pk],
            new_words[one.ref],
            tuple(differences),
            wanted,
            deadline,
            group,
        )
    for one in by_ref.values():
        wanted = _duties(now, one, entries)
        deadline = days.get(one.ref, one.deadline.day if one.deadline else None)
        differences = [Difference("duties", _("单位"), "", _duty_words(wanted, shown))] if wanted else []
        if deadline:
            differences.append(Difference("deadline", _("完成时限"), "", deadline.isoformat()))
        yield TaskPair(
            NEW,
            None,
            one,
            "",
            new_words[one.ref],
            tuple(differences),
            wanted,
            deadline,
            groups.get(one.ref, ""),
        )


def _terms(plan: Plan, effective: Period, moment: datetime) -> dict[int, Term]:
    rows = TaskTerm.objects.filter(
        task__plan=plan, valid__contains=effective.ordinal, known__contains=moment
    ).values_list("task_id", "status", "deadline")
    return {task_id: Term(status, deadline) for task_id, status, deadline in rows}


def _words_of(plan: Plan) -> Callable[[Task], str]:
    text = plan.text

    def words(task: Task) -> str:
        body = clean(text[task.body.start : task.body.end]) if task.body else ""
        return _join(task.heading, body)

    return words


def _join(heading: str, body: str) -> str:
    return f"{heading}。{body.lstrip('。：')}" if body else heading


def _differences(
    task: Task,
    one: structure.Task,
    own: Mapping[str, str],
    wanted: Mapping[str, str],
    before: date | None,
    after: date | None,
    group: str,
    shown: Mapping[str, str],
) -> Iterable[Difference]:
    if dict(own) != dict(wanted):
        yield Difference("duties", _("单位"), _duty_words(own, shown), _duty_words(wanted, shown))
    if before != after:
        none = _("未定期限")
        yield Difference("deadline", _("完成时限"), str(before or none), str(after or none))
    old_group = task.group.name if task.group else ""
    if old_group != group and fuzz.ratio(old_group, group) < 90:
        main = str(Part.SAFEGUARD.label)
        yield Difference("group", _("任务组"), old_group or main, group or main)
    if task.code != one.code:
        yield Difference("code", _("编号"), task.code, one.code)


def _duty_words(duties: Mapping[str, str], shown: Mapping[str, str]) -> str:
    """省科技厅（牵头）、省财政厅（配合）."""
    return "、".join(f"{shown.get(slug, slug)}（{Duty(role).label}）" for slug, role in duties.items())


def _duties(now: Current, task: structure.Task, entries: AgencyEntries) -> dict[str, str]:
    """{slug: role} of the task's agencies, as the loader would have them: an agency named by itself comes before the
    same agency as a member of a collective."""
    slugs = {entry.name: entry.slug for entry in entries.agencies}
    slugs |= {alias.written: slugs[alias.name] for alias in entries.aliases if alias.name in slugs}
    members = {one.name: [member.slug for member in one.members] for one in entries.collectives}
    named = [(mention.name, mention.duty) for mention in task.mentions]
    named += [(entry.name, entry.duty) for entry in now.edited.corrections.duties if entry.task == task.ref]
    found: dict[str, str] = {}
    for name, duty in sorted(named, key=lambda one: one[0] in members):
        if name in members:
            for slug in members[name]:
                found.setdefault(slug, duty)
        elif name in slugs:
            found.setdefault(slugs[name], duty)
    return found


# -- targets -----------------------------------------------------------------------------------------------------


def _target_pairs(now: Current, plan: Plan, effective: Period, moment: datetime) -> Iterable[TargetPair]:
    old = list(
        Target.objects.filter(plan=plan, valid__contains=effective.ordinal, known__contains=moment).order_by(
            "order"
        )
    )
    new = list(now.structure.targets)
    found = _paired(
        [(str(one.order), one.text, f"{one.year}{one.text}") for one in old],
        [(_key(one), one.quote.name, f"{one.year}{one.quote.name}") for one in new],
        {old_key: new_key for (item, old_key), new_key in now.edited.pairs.items() if item == "target"},
    )
    by_key = {_key(one): one for one in new}
    for target in old:
        one = by_key.pop(found.get(str(target.order), ""), None)
        if one is None:
            yield TargetPair(GONE, target, None)
        else:
            yield TargetPair(KEPT if clean(target.text) == one.quote.name else CHANGED, target, one)
    for one in by_key.values():
        yield TargetPair(NEW, None, one)


def _key(target: structure.Target) -> str:
    return str(target.quote.start)


# -- pairs -------------------------------------------------------------------------------------------------------


def _paired(
    old: Sequence[tuple[str, str, str]], new: Sequence[tuple[str, str, str]], said: Mapping[str, str]
) -> dict[str, str]:
    """{old key: new key} of `(key, name, words)`. What a person said comes first ("": it is gone), then equal names in
    their order, then the most alike."""
    found = dict(said)
    taken = set(said.values())
    free: dict[str, list[str]] = {}
    for key, name, _words in new:
        if key not in taken:
            free.setdefault(name, []).append(key)
    for key, name, _words in old:
        if key not in found and free.get(name):
            found[key] = free[name].pop(0)
            taken.add(found[key])
    scores = []
    for place, (key, name, words) in enumerate(old):
        if key in found:
            continue
        for other_place, (other, other_name, other_words) in enumerate(new):
            if other in taken:
                continue
            by_name = fuzz.ratio(name, other_name)
            score = by_name
            if 30 < by_name < ALIKE or len(name) < 8:
                score = max(by_name, (by_name + fuzz.ratio(words[:400], other_words[:400])) / 2)
            if score >= ALIKE:
                scores.append((-score, abs(place - other_place), key, other))
    for _score, _distance, key, other in sorted(scores):
        if key not in found and other not in taken:
            found[key] = other
            taken.add(other)
    return {key: other for key, other in found.items() if other}
