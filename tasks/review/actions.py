"""Deciding submitted versions: the lead on co submissions of its task, the office on lead submissions; and requiring
more of what was accepted.

The other half of the write path (see tasks.submissions.actions, whose contract holds here too).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.cycles import refiling
from tasks.cycles.refiling import Again, Why
from tasks.cycles.reopening import Openings, openings, reopen_task, wanted_by
from tasks.decisions.actions import DECIDED, keep
from tasks.decisions.models import DecisionKind
from tasks.errors import Conflict, Problem, Problems
from tasks.people.models import User
from tasks.people.permissions import may_decide_for, may_file, may_review
from tasks.people.queries import office_agency_ids
from tasks.plans.commit_order import in_order
from tasks.plans.models import Responsibility
from tasks.submissions import transitions
from tasks.submissions.fields import LABELS
from tasks.submissions.models import (
    Decision,
    DecisionRecord,
    Figure,
    State,
    Submission,
    Supplement,
    Verification,
    Version,
)
from tasks.submissions.queries import to_office
from tasks.submissions.transitions import (
    check_states,
    lock,
    move,
    state_sentence,
)
from tasks.transitions import Transition, short_time
from tasks.values import Duty, Light


@dataclass(frozen=True)
class DecisionInput:
    """A decision on a submitted version: adopt or accept it, or send it back with a reason.

    `verified_light` 核定灯 and `verification` 核实情况 are the office's, on lead submissions that it accepts. On what is
    sent back, `field_notes` says field by field what is to be corrected ({field of the form: text}), and `answer_by`
    until when, where that differs from the date due.
    """

    version_id: int
    accept: bool
    verified_light: str = ""
    verification: str = Verification.UNVERIFIED
    note: str = ""
    field_notes: Mapping[str, str] = field(default_factory=dict)
    answer_by: datetime | None = None


@dataclass(frozen=True)
class SupplementInput:
    """What is wanted beyond an accepted version, and until when."""

    version_id: int
    reason: str
    answer_by: datetime


FIELD_NOTE = 500  # characters on one field

# What a decision sets, on a version and on its record alike.
DECIDED_FIELDS = (*DECIDED, "verified_light", "verification", "field_notes", "answer_by")


@dataclass(frozen=True)
class _Case:
    """One version that is being decided, with its locked submission. `overruled`: the office decides over the lead."""

    decision: DecisionInput
    version: Version
    row: Submission
    overruled: bool
    direct: bool  # nobody consolidates the task: the submission goes to the office

    @property
    def transition(self) -> Transition:
        return transitions.ACCEPT if self.decision.accept else transitions.RETURN


@transaction.atomic
def decide(*, by: User, decisions: Sequence[DecisionInput], now: datetime | None = None) -> list[Version]:
    """Decide submitted versions: the lead on co submissions of its task, the office (or, for what the office's own
    agency filed, the second reviewer) on lead submissions. The office may overrule a lead by deciding a co submission
    itself, and then says why.

    What is sent back after the quarter was closed, or until a moment after that, is reopened for its agency until then;
    only those who decide lead submissions may do that.
    """
    cases = _locked_cases(by, decisions)
    moment = now or clock.now()
    opened = openings((case.row.cycle for case in cases), moment)
    _check_decisions(cases, opened, by)
    _check_undecided(cases, opened, by)

    for case in cases:
        fill_decision(case.version, case.decision, by, moment)
    keep_records([case.version for case in cases])
    for case in cases:
        until = case.version.answer_by
        if until is not None and until > case.row.cycle.closes_at:
            reopen_for(case.row, until, case.version.decision_note, by, moment)
    for transition in (transitions.ACCEPT, transitions.RETURN):
        moved = [case for case in cases if case.transition is transition]
        move(
            [case.row for case in moved],
            transition,
            by=by,
            at=moment,
            note={case.row.pk: case.version.decision_note for case in moved},
            data={case.row.pk: _decision_data(case) for case in moved},
        )
    refiling.announce(
        [
            again_of(Why.RETURNED, case.row, case.version.answer_by, opened)
            for case in cases
            if not case.decision.accept
        ],
        moment,
    )
    decided = {case.version.pk: case.version for case in cases}
    return [decided[decision.version_id] for decision in decisions]


def _locked_cases(by: User, decisions: Sequence[DecisionInput]) -> list[_Case]:
    """The decisions with what they are on, locked. Raises PermissionDenied unless the actor may take every one."""
    wanted = {decision.version_id: decision for decision in decisions}
    if len(wanted) != len(decisions):
        raise Problems([Problem("", _("同一份填报不能在一次提交里决定两次。"))])
    heads = lock(Version.objects.filter(pk__in=wanted).values_list("submission_id", flat=True))
    versions = list(Version.objects.filter(pk__in=wanted).select_related("task", "submission"))
    if len(versions) != len(wanted):
        raise PermissionDenied(_("没有这份填报。"))
    rows = {row.pk: row for row in heads}
    overruled = check_may_decide(by, versions)
    in_order(row.cycle.plan_id for row in heads)
    direct = {version.pk for version in filed_with_office(versions)}
    return [
        _Case(
            wanted[version.pk],
            version,
            rows[version.submission_id],
            version.pk in overruled,
            version.pk in direct,
        )
        for version in versions
    ]


def _check_decisions(cases: Sequence[_Case], opened: Openings, by: User) -> None:
    """Raise Problems for what is wrong or missing in the decisions themselves."""
    fields = fields_of(case.version for case in cases)
    problems = []
    for case in cases:
        problems += decision_problems(case.version, case.decision, overrules=case.overruled)
        if not case.decision.accept:
            problems += answer_problems(
                case.version, case.row, case.decision, opened, by, fields[case.version.pk]
            )
    if problems:
        raise Problems(problems)


def _check_undecided(cases: Sequence[_Case], opened: Openings, by: User) -> None:
    """Raise Conflict unless each version is the last of its submission, waits for a decision, and may still be decided
    by the lead where the lead decides."""
    current = last_numbers([case.row.pk for case in cases])
    for case in cases:
        version, row = case.version, case.row
        if row.state not in transitions.ACCEPT.sources:
            raise Conflict(state_sentence(row))
        if current[row.pk] != version.number:
            raise Conflict(
                _("%(code)s 已有第 %(number)d 版，请看新版再决定。")
                % {"code": version.task.code, "number": current[row.pk]}
            )
        if version.duty == Duty.CO and not (case.overruled or case.direct or lead_acts(by, row, opened)):
            raise Conflict(
                _("%(quarter)s填报已于 %(when)s 截止，配合填报按“已报未审”计。")
                % {"quarter": row.quarter.label, "when": short_time(row.cycle.closes_at)}
            )


def fill_decision(version: Version, decision: DecisionInput, by: User, moment: datetime) -> None:
    """Set the decision on the object; `keep_records` stores it."""
    version.field_notes, version.answer_by = {}, None
    version.verified_light, version.verification = "", Verification.UNVERIFIED
    version.decision = Decision.ACCEPTED if decision.accept else Decision.RETURNED
    version.decided_at = moment
    version.decided_by = by
    version.decision_note = decision.note.strip()
    if not decision.accept:
        version.field_notes = {
            name: text.strip() for name, text in decision.field_notes.items() if text.strip()
        }
        version.decision_note = version.decision_note or _("请按逐项意见修改。")
        version.answer_by = decision.answer_by
    if version.duty == Duty.LEAD:
        version.verification = decision.verification
        if decision.accept:
            version.verified_light = decision.verified_light


def keep_records(
    versions: Sequence[Version], kind: DecisionKind = DecisionKind.DECIDED, reason: str = ""
) -> None:
    """Store the decisions that are set on these versions as records, of which the database copies each into its version."""
    keep(DecisionRecord, versions, kind, reason, fields=DECIDED_FIELDS)


def _decision_data(case: _Case) -> dict[str, Any]:
    """What the audit log keeps of a decision."""
    version = case.version
    return {
        "version": version.number,
        "verified_light": version.verified_light,
        "verification": version.verification,
        **({"overruled": True} if case.overruled else {}),
        **({"answer_by": version.answer_by.isoformat()} if version.answer_by else {}),
    }


def decided_by(user: User, decisions: Collection[DecisionInput]) -> bool:
    """Whether this person has already decided just so: then a second request of the same person is no conflict."""
    wanted = {one.version_id: one for one in decisions}
    found = list(Version.objects.filter(pk__in=wanted, decided_by=user))
    return len(found) == len(wanted) and all(
        (version.decision == Decision.ACCEPTED) is wanted[version.pk].accept
        and (version.duty == Duty.CO or version.verified_light == wanted[version.pk].verified_light)
        for version in found
    )


def again_of(why: Why, row: Submission, answer_by: datetime | None, opened: Openings) -> Again:
    until = wanted_by(
        row.cycle,
        opened,
        duty=row.duty,
        agency_id=row.agency_id,
        task_id=row.task_id,
        answer_by=answer_by,
    )
    if until <= opened.moment:  # late already: it is taken as late until the quarter closes
        until = row.cycle.closes_at
    return Again(why, row.cycle, row.agency_id, row.task, until)


@transaction.atomic
def ask_supplement(
    *, by: User, requests: Sequence[SupplementInput], now: datetime | None = None
) -> list[Supplement]:
    """Require more of versions that were accepted: the submission opens for its agency again, until the date, and its
    next version is decided like any other. Until that is accepted the one in force stays in force."""
    wanted = {request.version_id: request for request in requests}
    if len(wanted) != len(requests):
        raise Problems([Problem("", _("同一份填报不能在一次提交里要求两次。"))])
    heads = lock(Version.objects.filter(pk__in=wanted).values_list("submission_id", flat=True))
    versions = list(Version.objects.filter(pk__in=wanted).select_related("task", "submission"))
    if len(versions) != len(wanted):
        raise PermissionDenied(_("没有这份填报。"))
    check_may_decide(by, versions)
    in_order(row.cycle.plan_id for row in heads)
    moment = now or clock.now()
    rows = {row.pk: row for row in heads}
    problems = []
    for version in versions:
        request, row = wanted[version.pk], rows[version.submission_id]
        if not request.reason.strip():
            problems.append(Problem("reason", _("请写明要补充什么。"), version.task.code))
        if request.answer_by <= moment:
            problems.append(Problem("answer_by", _("期限要晚于现在。"), version.task.code))
        elif request.answer_by > row.cycle.closes_at and not may_review(by.at(row.cycle.plan_id)):
            problems.append(
                Problem(
                    "answer_by", _("期限不能晚于填报截止时间；截止后由办公室重新开启。"), version.task.code
                )
            )
    if problems:
        raise Problems(problems)
    check_states(heads, transitions.SUPPLEMENT)
    current = last_numbers(rows)
    for version in versions:
        if version.decision != Decision.ACCEPTED or current[version.submission_id] != version.number:
            raise Conflict(_("%(code)s 已有新版，请看新版再决定。") % {"code": version.task.code})
    made = Supplement.objects.bulk_create(
        Supplement(
            version=version,
            reason=wanted[version.pk].reason.strip(),
            answer_by=wanted[version.pk].answer_by,
            asked_at=moment,
            asked_by=by,
        )
        for version in versions
    )
    for one in made:
        row = rows[one.version.submission_id]
        if one.answer_by > row.cycle.closes_at:
            reopen_for(row, one.answer_by, one.reason, by, moment)
    move(
        heads,
        transitions.SUPPLEMENT,
        by=by,
        at=moment,
        note={one.version.submission_id: one.reason for one in made},
        data={
            one.version.submission_id: {
                "version": one.version.number,
                "answer_by": one.answer_by.isoformat(),
            }
            for one in made
        },
    )
    opened = openings((row.cycle for row in heads), moment)
    refiling.announce(
        [again_of(Why.SUPPLEMENT, rows[one.version.submission_id], one.answer_by, opened) for one in made],
        moment,
    )
    return made


def last_numbers(submissions: Iterable[int]) -> dict[int, int]:
    """{submission id: the number of its last version}."""
    return dict(
        Version.objects.filter(submission__in=submissions)
        .values("submission")
        .annotate(last=Max("number"))
        .values_list("submission", "last")
    )


def fields_of(versions: Iterable[Version]) -> dict[int, set[str]]:
    """{version id: the fields of its form on which something can be noted}."""
    found = {version.pk: set(LABELS) for version in versions}
    for version_id, slug in Figure.objects.filter(version__in=found).values_list(
        "version_id", "indicator__slug"
    ):
        found[version_id].add(f"figures.{slug}")
    return found


def reopen_for(row: Submission, until: datetime, reason: str, by: User, moment: datetime) -> None:
    reopen_task(
        by=by, cycle=row.cycle, agency_id=row.agency_id, task=row.task, until=until, reason=reason, at=moment
    )


def lead_acts(by: User, row: Submission, opened: Openings) -> bool:
    """Whether the lead may still adopt and send back: while its own submission can be filed."""
    return opened.allows(row.cycle, by.acts_for, row.task_id)


def may_decide(by: User, version: Version) -> bool:
    """Whether the actor could decide this version now: for the page that shows the form."""
    if version.decision or version.submission.state != State.SUBMITTED:
        return False
    return _may(by, version)


def may_ask_supplement(by: User, version: Version) -> bool:
    """Whether the actor could require a supplement to this version now."""
    return (
        version.decision == Decision.ACCEPTED
        and version.submission.state == State.ACCEPTED
        and _may(by, version)
    )


def overrules(by: User, version: Version) -> bool:
    """Whether the office would decide this version instead of the lead."""
    try:
        return bool(check_may_decide(by, [version]))
    except PermissionDenied:
        return False


def filed_with_office(versions: Iterable[Version]) -> list[Version]:
    """The co versions among these on whose tasks nobody consolidates: the office decides them. One query."""
    co = [version.pk for version in versions if version.duty == Duty.CO]
    return list(to_office(Version.objects.filter(pk__in=co))) if co else []


def _may(by: User, version: Version) -> bool:
    try:
        check_may_decide(by, [version])
    except PermissionDenied:
        return False
    return True


def check_may_decide(by: User, versions: Sequence[Version]) -> frozenset[int]:
    """Raise PermissionDenied unless the actor may decide every one of them. Nobody judges their own work: neither what
    their agency filed, even if it leads the task since, nor what they signed for an agency to which they then belonged.

    Returns the ids of the co versions that the office decides instead of the lead.
    """
    if by.is_limited:
        by = by.at(*{version.task.plan_id for version in versions})
    if any(by.pk in (version.submitted_by_id, version.signed_for_id) for version in versions):
        raise PermissionDenied(_("自己签批提交的填报，不能由自己采纳、核定或退回。"))
    offices = office_agency_ids(*{version.task.plan_id for version in versions})
    overruled = set()
    co = [version for version in versions if version.duty == Duty.CO]
    if co:
        led = set(
            Responsibility.objects.filter(
                agency=by.agency_id,
                duty=Duty.LEAD,
                task__in={version.task_id for version in co},
                known__contains=clock.now(),
            ).values_list("task_id", "valid")
        )
        direct = {version.pk for version in filed_with_office(co)}
        for version in co:
            if version.pk in direct:
                if not may_decide_for(by, version.agency_id, offices):
                    raise PermissionDenied(
                        _("没有牵头单位的任务，填报由领导小组办公室审核；办公室所在单位的由复核人审核。")
                    )
                continue
            holds = any(
                task_id == version.task_id and version.quarter.within(valid) for task_id, valid in led
            )
            if version.agency_id in by.serves:
                raise PermissionDenied(_("本单位的配合填报不能由自己采纳或退回。"))
            if holds and may_file(by):
                continue
            if not may_decide_for(by, version.agency_id, offices):
                raise PermissionDenied(_("配合填报由该任务的牵头单位采纳或退回。"))
            overruled.add(version.pk)
    if len(co) < len(versions):
        for version in versions:
            if version.duty == Duty.LEAD and not may_decide_for(by, version.agency_id, offices):
                raise PermissionDenied(
                    _("牵头汇总由领导小组办公室核定；办公室所在单位的由复核人核定，本单位的不能自核。")
                )
    return frozenset(overruled)


def answer_problems(
    version: Version,
    row: Submission,
    decision: DecisionInput,
    opened: Openings,
    by: User,
    fields: Collection[str],
) -> list[Problem]:
    """What is wrong with the date by which a version that is sent back is wanted again, and with the notes on fields."""
    code = version.task.code
    problems = []
    for name, text in decision.field_notes.items():
        if name not in fields:
            problems.append(
                Problem("field_notes", _("填报表没有“%(name)s”这一项。") % {"name": name[:40]}, code)
            )
        elif len(text) > FIELD_NOTE:
            problems.append(
                Problem(f"note.{name}", _("最多 %(limit)d 字，请删减。") % {"limit": FIELD_NOTE}, code)
            )
    if decision.answer_by is None:
        if not opened.allows(row.cycle, row.agency_id, row.task_id):
            problems.append(
                Problem(
                    "answer_by",
                    _("填报已于 %(when)s 截止：退回须另定重报期限，期限内为该单位重新开启这一件。")
                    % {"when": short_time(row.cycle.closes_at)},
                    code,
                )
            )
    elif decision.answer_by <= opened.moment:
        problems.append(Problem("answer_by", _("期限要晚于现在。"), code))
    elif decision.answer_by > row.cycle.closes_at and not may_review(by.at(row.cycle.plan_id)):
        problems.append(Problem("answer_by", _("期限不能晚于填报截止时间；截止后由办公室重新开启。"), code))
    return problems


def decision_problems(version: Version, decision: DecisionInput, *, overrules: bool) -> list[Problem]:
    row = version.task.code
    note = decision.note.strip()
    if overrules and not note:
        return [Problem("note", _("配合填报由牵头单位采纳或退回；办公室代为决定，要写明理由。"), row)]
    if not decision.accept:
        if note or any(text.strip() for text in decision.field_notes.values()):
            return []
        return [Problem("note", _("退回要写明理由，单位才知道改什么。"), row)]
    if version.duty == Duty.CO:
        return []
    problems = []
    if decision.verification not in Verification.values:
        problems.append(Problem("verification", _("请选核实情况。"), row))
    elif decision.verification in {Verification.PARTLY, Verification.FALSE} and not note:
        problems.append(Problem("note", _("部分属实或不实，要写明核实情况。"), row))
    if version.elsewhere:
        if decision.verified_light:
            problems.append(Problem("verified_light", _("另渠道报送的不在此核定灯。"), row))
    elif decision.verified_light not in Light.values:
        problems.append(Problem("verified_light", _("请选核定灯。"), row))
    elif decision.verified_light != version.light and not note:
        problems.append(Problem("note", _("核定灯与自评灯不同，要写明理由。"), row))
    return problems
