"""Requests that are born from returns: the field 提请协调事项 of a submitted version raises one, a later version of the same
submission rewords it, the same words in another quarter raise the same one again, and what is withdrawn takes it along.

One field is one request. What a lead took over from its co agencies is their request, now in the lead's consolidation;
only words of its own make another one. A trial raises nothing.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from reports.coordination.models import CoordinationRequest, CoordinationStep
from reports.coordination.transitions import RAISE, RAISE_AGAIN, WITHDRAW, conflict_on
from reports.coordination.values import OPEN, RAISING, State, StepKind
from tasks import transitions
from tasks.audit.log import Entry, record_all
from tasks.people.models import User
from tasks.people.queries import is_sample_database
from tasks.submissions.announcements import Announcement, What, receiver
from tasks.submissions.models import AdoptedPiece, Version
from tasks.values import Duty

_FIELD = "coordination"
_NOT_WORDS = re.compile(r"[\W_]+")


def same_words(text: str) -> str:
    """The text as it is compared: without spaces and punctuation."""
    return _NOT_WORDS.sub("", text)


@receiver
def follow_returns(what: Sequence[Announcement], moment: datetime) -> None:
    """Called in the transaction that submits or withdraws. The number of queries does not grow with the batch."""
    counting = [one for one in what if not one.version.submission.cycle.is_trial]
    submitted = [one.version for one in counting if one.what is What.SUBMITTED]
    withdrawn = [one for one in counting if one.what is What.WITHDRAWN]
    if submitted:
        _raise(submitted, what[0].by, moment)
    if withdrawn:
        _withdraw([one.version for one in withdrawn], withdrawn[0].by, withdrawn[0].reason, moment)


@dataclass
class _Changes:
    """What a batch of versions does, written together at the end."""

    new: list[tuple[Version, CoordinationRequest]] = field(default_factory=list)
    again: list[CoordinationRequest] = field(default_factory=list)  # that had been withdrawn
    reworded: list[CoordinationRequest] = field(default_factory=list)
    dropped: list[CoordinationRequest] = field(default_factory=list)
    steps: list[CoordinationStep] = field(default_factory=list)

    def step(self, request: CoordinationRequest, kind: StepKind, version: Version, words: str = "") -> None:
        self.steps.append(CoordinationStep(request=request, kind=kind, version=version, words=words))


def _raise(versions: Sequence[Version], by: User, moment: datetime) -> None:
    known = _raised_by_submissions({version.submission_id for version in versions})
    speaking = [version for version in versions if version.coordination.strip()]
    if not speaking and not known:
        return
    there = _of_same_agencies(speaking)
    adopted = _adopted_by([version for version in speaking if version.duty == Duty.LEAD])
    changes, is_sample = _Changes(), is_sample_database()
    for version in versions:
        own, text = known.get(version.submission_id), version.coordination.strip()
        if not text:
            if own is not None and own.state in (State.RAISED, State.OPINED):
                changes.dropped.append(own)
                changes.step(own, StepKind.WITHDRAWN, version)
            continue
        same = there.get((version.agency_id, version.task_id, same_words(text)))
        if own is not None and (own.state != State.SETTLED or same_words(own.text) == same_words(text)):
            _resubmitted(changes, own, version, text)
        elif same is not None:
            changes.step(same, StepKind.AGAIN, version, text)
            if same.state == State.WITHDRAWN:
                changes.again.append(same)
        else:
            pieces = adopted.get(version.pk, [])
            for _words, request in pieces:
                if request is not None:
                    changes.step(request, StepKind.TAKEN, version)
            if _left(text, [words for words, _request in pieces]):
                made = _made(version, text, by, moment, is_sample)
                changes.new.append((version, made))
                there[version.agency_id, version.task_id, same_words(text)] = made
    _write(changes, by, moment)


def _resubmitted(changes: _Changes, own: CoordinationRequest, version: Version, text: str) -> None:
    if own.state == State.WITHDRAWN:
        changes.again.append(own)
        changes.step(own, StepKind.AGAIN, version, text)
    elif same_words(own.text) != same_words(text):
        changes.step(own, StepKind.REWORDED, version, text)
    if own.text != text:
        own.text = text
        changes.reworded.append(own)


def _left(text: str, pieces: Iterable[str]) -> str:
    """What the lead says beside the pieces that it took over, each of which stands under its agency's name."""
    for piece in pieces:
        text = re.sub(rf"(?m)(^[^：:\n]{{0,40}}[：:])?\s*{re.escape(piece.strip())}", "", text)
    return same_words(text)


def _made(version: Version, text: str, by: User, moment: datetime, is_sample: bool) -> CoordinationRequest:
    return CoordinationRequest(
        plan_id=version.submission.cycle.plan_id,
        task_id=version.task_id,
        agency_id=version.agency_id,
        quarter=version.quarter,
        text=text,
        raised_at=moment,
        raised_by=by,
        is_sample=is_sample,
    )


def _write(changes: _Changes, by: User, moment: datetime) -> None:
    made = CoordinationRequest.objects.bulk_create(request for _version, request in changes.new)
    changes.steps += [
        CoordinationStep(request=request, kind=StepKind.RAISED, version=version, words=request.text)
        for version, request in changes.new
    ]
    for step in changes.steps:
        step.at, step.by = moment, by
    CoordinationStep.objects.bulk_create(changes.steps)
    CoordinationRequest.objects.bulk_update(changes.reworded, ["text"])
    record_all([Entry(RAISE.verb, request, to_state=RAISE.target) for request in made], by=by, at=moment)
    transitions.move(changes.again, RAISE_AGAIN, by=by, at=moment)
    transitions.move(changes.dropped, WITHDRAW, by=by, at=moment)


def _raised_by_submissions(submission_ids: set[int]) -> dict[int, CoordinationRequest]:
    """{submission id: the last request that one of its versions raised}, locked. Two queries, one where there is none."""
    steps = CoordinationStep.objects.filter(version__submission__in=submission_ids, kind__in=RAISING)
    links = list(steps.order_by("id").values_list("version__submission", "request"))
    rows = _locked({request_id for _submission, request_id in links})
    return {submission_id: rows[request_id] for submission_id, request_id in links}


def _locked(ids: set[int]) -> dict[int, CoordinationRequest]:
    if not ids:
        return {}
    rows = CoordinationRequest.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in rows}


def _of_same_agencies(versions: Sequence[Version]) -> dict[tuple[int, int, str], CoordinationRequest]:
    """{(agency, task, words): a request that is not settled}. One query."""
    if not versions:
        return {}
    rows = (
        CoordinationRequest.objects.select_for_update(of=("self",))
        .filter(
            agency__in={version.agency_id for version in versions},
            task__in={version.task_id for version in versions},
        )
        .exclude(state=State.SETTLED)
        .order_by("pk")
    )
    return {(row.agency_id, row.task_id, same_words(row.text)): row for row in rows}


def _adopted_by(leads: Sequence[Version]) -> dict[int, list[tuple[str, CoordinationRequest | None]]]:
    """{lead version id: [(words taken over from a co version, the open request that this one raised)]}. Two queries."""
    if not leads:
        return {}
    pieces = list(
        AdoptedPiece.objects.filter(lead_version__in=leads, piece=_FIELD).values_list(
            "lead_version", "co_version", "text"
        )
    )
    if not pieces:
        return {}
    requests: dict[int, CoordinationRequest] = {}
    for step in CoordinationStep.objects.filter(
        version__in={co for _lead, co, _text in pieces}, kind__in=RAISING, request__state__in=OPEN
    ).select_related("request"):
        requests[step.version_id or 0] = step.request
    found: dict[int, list[tuple[str, CoordinationRequest | None]]] = {}
    for lead, co, text in pieces:
        found.setdefault(lead, []).append((text, requests.get(co)))
    return found


def _withdraw(versions: Sequence[Version], by: User, reason: str, moment: datetime) -> None:
    """A request goes with its return, unless the return of another quarter still asks for it."""
    by_submission: Mapping[int, Version] = {version.submission_id: version for version in versions}
    known = _raised_by_submissions(set(by_submission))
    asking = CoordinationStep.objects.filter(
        request__in=list(known.values()), kind__in=RAISING, version__withdrawn_at__isnull=True
    ).exclude(version__submission__in=by_submission)
    still = set(asking.values_list("request", flat=True))
    gone = {
        request.pk: (request, by_submission[submission_id])
        for submission_id, request in known.items()
        if request.state in OPEN and request.pk not in still
    }
    CoordinationStep.objects.bulk_create(
        CoordinationStep(
            request=request, kind=StepKind.WITHDRAWN, version=version, words=reason, at=moment, by=by
        )
        for request, version in gone.values()
    )
    rows = [request for request, _version in gone.values()]
    transitions.move(rows, WITHDRAW, by=by, at=moment, conflict=conflict_on(rows[0]) if rows else None)
