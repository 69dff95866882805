"""What the page of one submission shows: the version that the reader may see, what it is based on, its history."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.agencies.models import AgencyName
from tasks.agencies.queries import names_at
from tasks.audit.log import subject_of
from tasks.audit.models import Event
from tasks.cycles.extensions import extended
from tasks.cycles.reopening import openings
from tasks.decisions.pages import history
from tasks.indicators.formatting import ShownFigure
from tasks.people.models import User
from tasks.people.permissions import may_approve, may_file, may_review
from tasks.period_words import speak
from tasks.plans.duties import duties
from tasks.plans.models import Plan, Responsibility, Task, valid_in
from tasks.review.actions import may_ask_supplement, may_decide, overrules
from tasks.review.consolidation import field_of_piece
from tasks.review.corrections import may_correct, undo_obstacles
from tasks.submissions.differences import Difference, differences
from tasks.submissions.evidence.form_row import Line
from tasks.submissions.evidence.form_row import lines as evidence_lines
from tasks.submissions.evidence.queries import files_of_version
from tasks.submissions.fields import FIELD, FIELDS, FORM_ROWS, LABELS
from tasks.submissions.figures import figures_of, version_figures
from tasks.submissions.marks import mark_columns, marks
from tasks.submissions.models import (
    AdoptedPiece,
    Decision,
    DecisionRecord,
    State,
    Submission,
    Supplement,
    Version,
)
from tasks.submissions.paper.models import PaperRecord
from tasks.submissions.permissions import EVIDENCE, readable_versions, withheld_fields
from tasks.submissions.queries import first_submitted, last_versions_before, red_co_returns
from tasks.submissions.transitions import EDITABLE, INTERNAL
from tasks.submissions.withdrawing import obstacles
from tasks.values import Duty, Light, Period, filing_word

Names = dict[int, AgencyName]  # {agency id: its name in the quarter}
# A co version on which a lead's version is based, its agency's name, and whether the lead had adopted it by then.
Basis = tuple[Version, AgencyName | None, bool]


@dataclass(frozen=True)
class Adopted:
    """One piece that a lead's version took over: from whom, of which field, and whether it was reworded since."""

    name: str
    label: str
    version: Version
    reworded: bool


@dataclass(frozen=True)
class NoteField:
    """A field on which something can be noted when the version is sent back."""

    name: str
    label: str


@dataclass(frozen=True)
class SubmissionPage:
    """The page of one submission. `version` is the one that is shown, None while nothing was submitted; `content` is
    the same. Everything else speaks of that version or of the submission."""

    place: str  # of the navigation: a reader of the own agency comes from the desk
    plan: Plan
    quarter: Period
    task: Task
    submission: Submission
    agency: AgencyName | None
    lead_agency: AgencyName | None
    own: bool  # the reader files for this agency
    editable: bool
    is_lead_return: bool
    filing_word: str
    closes_at: datetime
    is_closed: bool

    version: Version | None
    content: Version | None
    figures: list[ShownFigure]
    files: list[Line] | None  # None where evidence is withheld
    sees_problems: bool
    is_late: bool
    remarks: list[tuple[str, str]]  # (label, comment) with which it was sent back
    previous: Version | None  # of an earlier quarter

    versions: list[Version]  # all that the reader may see, the last first
    is_latest: bool
    in_force: Version | None
    earlier: Version | None
    changed: list[Difference]  # against `earlier`
    supplements: list[Supplement]
    events: list[Event]

    basis: list[Basis]
    co_waiting: list[AgencyName | None]  # co agencies that had not submitted by then
    adopted: list[Adopted]
    red: list[str]  # names of the co agencies that reported red while the lead reports green or blue

    deciding: bool  # the reader may decide it
    overruling: bool
    note_fields: list[NoteField]
    may_ask: bool

    marks: list[str]  # of the version (tasks.submissions.marks)
    papers: list[PaperRecord]  # what was signed on paper of the version and its decisions
    withdrawable: bool  # the reader may withdraw it
    late_again: bool  # submitted again after a withdrawal it would be late
    bound: str  # why the reader, its approver, cannot withdraw it; "" where that needs no saying
    undoable: bool  # the reader decided it and may take that back
    undo_bound: str  # why the reader, who decided it, cannot; "" likewise
    correctable: bool  # the reader may correct what somebody else decided
    decisions: list[
        DecisionRecord
    ]  # all decisions on the version, the last first, where there is more than one


def submission_page(user: User, pk: int, number: int | None) -> SubmissionPage:
    """The page of a submission with its version `number`, or with the last that the reader may see. Raises Http404
    where the reader may see nothing of it."""
    head = get_object_or_404(
        Submission.objects.visible_to(user).select_related("task__plan", "task__group", "cycle", "saved_by"),
        pk=pk,
    )
    speak(head.task.plan.kind)
    versions = list(
        readable_versions(user)
        .filter(submission=head)
        .annotate(**mark_columns())
        .select_related("submitted_by", "signed_for", "decided_by", "withdrawn_by")
        .order_by("-number")
    )
    for item in versions:
        item.marks = marks(item)  # type: ignore[attr-defined]
    own = head.agency_id == user.agency_id
    # The last one that counts; a withdrawn one is shown where nothing else is.
    last = next((item for item in versions if item.withdrawn_at is None), versions[0] if versions else None)
    version = last if number is None else next((item for item in versions if item.number == number), None)
    if version is None and (number is not None or not own):
        raise Http404(_("没有这个版本。"))
    names = names_at(head.quarter)
    held = list(
        Responsibility.objects.filter(
            valid_in(head.quarter, "task__plan"), task=head.task_id, known__contains=clock.now()
        )
    )
    lead_agency = next((one.agency_id for one in held if one.duty == Duty.LEAD), None)
    readers = {one.agency_id for one in held if Duty.LEAD in (one.role, one.duty)}
    role = next((one.role for one in held if one.agency_id == head.agency_id), head.duty)
    withheld = withheld_fields(version) if version is not None else frozenset()
    is_latest = version is not None and version == last
    deciding = version is not None and is_latest and may_decide(user, version)
    earlier = next((item for item in versions if version is not None and item.number < version.number), None)
    basis = _basis(user, version, names) if version is not None and head.duty == Duty.LEAD else []
    if version is not None:
        version.submission = head
    dates = extended([head.cycle])
    previous = _previous(user, head)
    withdrawal = _withdrawal(user, version) if is_latest else None
    undoing = _undoing(user, version) if is_latest else None
    correctable = version is not None and is_latest and may_correct(user, version)
    return SubmissionPage(
        place="desk" if own else "review",
        plan=head.task.plan,
        quarter=head.quarter,
        task=head.task,
        submission=head,
        agency=names.get(head.agency_id),
        lead_agency=names.get(lead_agency) if lead_agency else None,
        own=own and may_file(user),
        editable=own
        and head.state in EDITABLE
        and openings([head.cycle], clock.now()).allows(head.cycle, head.agency_id, head.task_id),
        is_lead_return=head.duty == Duty.LEAD,
        filing_word=filing_word(role, head.duty),
        closes_at=head.cycle.closes_at,
        is_closed=clock.now() >= head.cycle.closes_at,
        version=version,
        content=version,
        figures=_figures(version, previous),
        files=evidence_lines(files_of_version(version.pk)) if version and EVIDENCE not in withheld else None,
        sees_problems=not withheld,
        is_late=version is not None
        and version.withdrawn_at is None
        and dates.is_late(head.cycle, version.duty, head.agency_id, first_submitted([version])[version.pk]),
        remarks=_remarks(version),
        previous=previous,
        versions=versions,
        is_latest=is_latest,
        in_force=_in_force(versions, version),
        earlier=earlier,
        changed=_between(earlier, version, withheld),
        supplements=list(
            Supplement.every.filter(version__in=versions).select_related("version", "asked_by", "undone_by")
        ),
        events=_events(user, head, is_lead=user.agency_id in readers),
        basis=basis,
        co_waiting=_co_waiting(head, version, names) if version is not None else [],
        adopted=_adopted(version, names) if version is not None and head.duty == Duty.LEAD else [],
        red=_red_then(version, basis, names) if version is not None else [],
        deciding=deciding,
        overruling=deciding and version is not None and overrules(user, version),
        note_fields=_note_fields(version) if (deciding or correctable) and version is not None else [],
        may_ask=version is not None and is_latest and may_ask_supplement(user, version),
        withdrawable=withdrawal == "",
        late_again=withdrawal == "" and dates.is_late(head.cycle, head.duty, head.agency_id, clock.now()),
        bound=withdrawal or "",
        undoable=undoing == "",
        undo_bound=undoing or "",
        correctable=correctable,
        decisions=history(version) if version is not None else [],
        marks=marks(version) if version is not None else [],
        papers=list(version.papers.select_related("recorded_by")) if version is not None else [],
    )


def _figures(version: Version | None, previous: Version | None) -> list[ShownFigure]:
    """The version's figures, each beside what was reported the last time."""
    if version is None:
        return []
    found = figures_of([version, *([previous] if previous else [])])
    was = {figure.key: figure.said for figure in found[previous.pk]} if previous else {}
    return [replace(figure, was=was.get(figure.key, "")) for figure in found[version.pk]]


def _withdrawal(user: User, version: Version | None) -> str | None:
    """Why the approver cannot withdraw the version, "" where that is possible; None for all others and where it does
    not arise."""
    if version is None or version.submission.state != State.SUBMITTED:
        return None
    own = may_approve(user) and version.agency_id == user.agency_id
    if not own and not (version.channel and version.submitted_by_id == user.pk):
        return None
    return obstacles(user, [version.submission]).get(version.submission_id, "")


def _undoing(user: User, version: Version | None) -> str | None:
    """Why whoever decided the version cannot take that back, "" where that is possible; None for all others."""
    if version is None or version.decided_by_id != user.pk:
        return None
    return undo_obstacles(user, [version]).get(version.pk, "")


def _basis(user: User, version: Version, names: Names) -> list[Basis]:
    """The co versions on which a lead's version is based, as far as the reader may see them, in the plan's order."""
    links = {link.co_version_id: link.adopted for link in version.basis_links.all()}
    return [
        (item, names.get(item.agency_id), links[item.pk])
        for item in Version.every.visible_to(user).filter(pk__in=links).order_by("agency__order")
    ]


def _co_waiting(head: Submission, version: Version, names: Names) -> list[AgencyName | None]:
    """The co agencies of a lead's task that had submitted nothing when the version was submitted."""
    if head.duty != Duty.LEAD:
        return []
    submitted = set(version.basis_links.values_list("co_version__agency_id", flat=True))
    owed = duties([head.task.plan_id], head.quarter).filter(task=head.task, duty=Duty.CO).order_by("order")
    return [
        names.get(agency_id)
        for agency_id in owed.values_list("agency_id", flat=True)
        if agency_id not in submitted
    ]


def _previous(user: User, head: Submission) -> Version | None:
    """The last version of an earlier quarter, if the reader may see it."""
    previous = last_versions_before(head.quarter, task_ids=[head.task_id], agency_ids=[head.agency_id]).get(
        (head.task_id, head.agency_id)
    )
    if previous is None or not Version.objects.visible_to(user).filter(pk=previous.pk).exists():
        return None
    return previous


def _events(user: User, head: Submission, *, is_lead: bool) -> list[Event]:
    """What happened to the submission, for its agency, the lead and who reviews. What the agency's own people do between
    themselves before it is submitted is shown to them alone, as the draft is."""
    own = head.agency_id == user.agency_id
    if not (own or is_lead or may_review(user)):
        return []
    events = Event.objects.filter(subject=subject_of(head)).select_related("by")
    return [event for event in events if own or event.verb not in INTERNAL]


def _in_force(versions: list[Version], shown: Version | None) -> Version | None:
    """The accepted version that is in force while a later one, which is shown, is not decided; None without one."""
    if shown is None or shown.decision or shown.withdrawn_at is not None:
        return None
    earlier = (one for one in versions if one.number < shown.number and one.decision == Decision.ACCEPTED)
    return next(earlier, None)


def _between(earlier: Version | None, version: Version | None, withheld: Collection[str]) -> list[Difference]:
    """Field by field, what this version says otherwise than the one before."""
    if earlier is None or version is None:
        return []
    figures = figures_of([earlier, version])
    return differences(
        earlier, version, figures=(figures[earlier.pk], figures[version.pk]), withheld=withheld
    )


def _adopted(version: Version, names: Names) -> list[Adopted]:
    """Where the pieces of a lead's version come from, and whether their words are still as they were taken over."""
    targets = {field.adopted_into for field in FIELDS if field.adopted_into}
    own = "\n".join(FIELD[name].shown(getattr(version, name)) for name in sorted(targets))
    return [
        Adopted(
            name=names[piece.co_version.agency_id].short if piece.co_version.agency_id in names else "",
            label=str(LABELS.get(field_of_piece(piece.piece), piece.piece)),
            version=piece.co_version,
            reworded=piece.text.strip() not in own,
        )
        for piece in AdoptedPiece.objects.filter(lead_version=version).select_related("co_version")
    ]


def _red_then(version: Version, basis: list[Basis], names: Names) -> list[str]:
    """Of a lead's version that reports green or blue: the agencies that reported red by then, or report it now."""
    if version.duty != Duty.LEAD or version.light not in {Light.GREEN, Light.BLUE}:
        return []
    found = {co.agency_id for co, _name, _adopted in basis if co.light == Light.RED}
    pair = (version.task_id, version.quarter)
    found |= set(red_co_returns([pair]).get(pair, []))
    return [names[agency_id].short for agency_id in sorted(found) if agency_id in names]


def _note_fields(version: Version) -> list[NoteField]:
    fields = [
        NoteField(name, str(FIELD[name].label))
        for name in FORM_ROWS
        if name in FIELD and FIELD[name].commented and version.duty in FIELD[name].filled_by
    ]
    return fields + [NoteField(f"figures.{figure.key}", figure.label) for figure in version_figures(version)]


def _remarks(version: Version | None) -> list[tuple[str, str]]:
    """(label, comment) on single fields with which the version was sent back."""
    if version is None or not version.field_notes:
        return []
    slugs = {f"figures.{figure.key}": figure.label for figure in version_figures(version)}
    return [
        (slugs.get(name, str(LABELS.get(name, name))), text) for name, text in version.field_notes.items()
    ]
