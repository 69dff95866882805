"""Sealing 封存: a process with a key of its own chains what was recorded, so that whoever changes it afterwards is found.

What a package wants sealed beside the entries themselves it registers here: a function from ids to hashes for the objects
of one model (`seals`), and checks of what has a hash of its own, such as files (`checks`).
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from tasks.audit.models import Event, Seal, SealedObject

# From the ids of objects of one model to their hashes; ids that are not there are left out.
Hashes: TypeAlias = Callable[[Sequence[int]], Mapping[int, str]]
# Yields a sentence for each object that does not fit.
Check: TypeAlias = Callable[[], Iterable[str]]
HASHES: dict[str, Hashes] = {}
CHECKS: list[Check] = []

_LOCK = 0x5345414C
BATCH = 2000
BEHIND = timedelta(minutes=10)
# No transaction runs for a day: what has not come by then was rolled back, and comes no more.
WAITS_FOR = timedelta(days=1)
# A gap that is wider was not made by transactions; an entry that appears in it is found as never sealed.
WIDEST_GAP = 10_000

# Named one by one: a column that is added later changes no old hash.
_FIELDS = (
    "id", "at", "recorded_at", "by_id", "verb", "subject", "from_state", "to_state", "note", "data", "address", "session",
    "outcome",
)  # fmt: skip


def seals(model_name: str) -> Callable[[Hashes], Hashes]:
    """Register the function that hashes objects of this model; they are sealed with each entry on them."""

    def register(function: Hashes) -> Hashes:
        HASHES[model_name] = function
        return function

    return register


def checks(function: Check) -> Check:
    """Register a check that `manage.py verify` makes."""
    CHECKS.append(function)
    return function


def fingerprint(value: Any, method: str = "sha256") -> str:
    """The hash of plain values: lists, dicts, texts, numbers, moments (in UTC)."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.new(method, text.encode()).hexdigest()


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.get_fixed_timezone(0)).isoformat()
    return str(value)


def content_of(
    ids: str, events: Iterable[Event], objects: Mapping[str, str], waiting: Any, method: str
) -> str:
    """The hash of what a seal covers."""
    rows = [[getattr(event, name) for name in _FIELDS] for event in events]
    return fingerprint([ids, rows, sorted(objects.items()), waiting], method)


def head_of(before: str, content: str, sealed_at: datetime, method: str) -> str:
    """The keyed hash by which a seal follows the one before it."""
    text = f"{before} {content} {_plain(sealed_at)}"
    return hmac.new(settings.SEAL_KEY.encode(), text.encode(), method).hexdigest()


def seal_all() -> list[Seal]:
    """Seal what has been committed since the last time, in batches; the new seals. Real time, like all logs."""
    made = []
    while (seal := _seal()) is not None:
        made.append(seal)
    return made


@transaction.atomic
def _seal() -> Seal | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
    now, method = timezone.now(), settings.SEAL_METHOD
    last = Seal.objects.order_by("-id").first() or Seal(upto=0)
    found = Event.objects.filter(Q(id__gt=last.upto) | Q(id__in=[int(one) for one in last.waiting]))
    events = list(found.order_by("id")[:BATCH])
    if not events:
        return None
    ids = [event.pk for event in events]
    upto = max(ids[-1], last.upto)
    waiting = _waiting(last, set(ids), upto, now)
    objects = objects_of(event.subject for event in events)
    numbers = ranges(ids)
    content = content_of(numbers, events, objects, waiting, method)
    seal = Seal.objects.create(
        sealed_at=now,
        ids=numbers,
        upto=upto,
        waiting=waiting,
        method=method,
        content=content,
        head=head_of(last.head, content, now, method),
    )
    SealedObject.objects.bulk_create(
        SealedObject(seal=seal, subject=subject, digest=digest) for subject, digest in objects.items()
    )
    return seal


def is_behind() -> bool:
    """Whether the sealer seems to have stopped: entries wait that are older than BEHIND. Two queries."""
    last = Seal.objects.order_by("-id").first()
    waiting = Event.objects.filter(id__gt=last.upto if last else 0)
    return waiting.filter(recorded_at__lt=timezone.now() - BEHIND).exists()


def _waiting(last: Seal, here: set[int], upto: int, now: datetime) -> dict[str, str]:
    """The numbers that may still come, with the moment from which they are missed."""
    waiting = {
        number: since
        for number, since in last.waiting.items()
        if int(number) not in here and datetime.fromisoformat(since) > now - WAITS_FOR
    }
    if upto - last.upto - len(here) <= WIDEST_GAP:
        missing = (number for number in range(last.upto + 1, upto) if number not in here)
        waiting |= {str(number): now.isoformat() for number in missing}
    return waiting


def objects_of(subjects: Iterable[str]) -> dict[str, str]:
    """{subject: hash} of those subjects whose model has a hash."""
    wanted: dict[str, set[int]] = {}
    for subject in subjects:
        model, _colon, number = subject.partition(":")
        if model in HASHES and number.isdecimal():
            wanted.setdefault(model, set()).add(int(number))
    return {
        f"{model}:{pk}": digest
        for model, pks in sorted(wanted.items())
        for pk, digest in HASHES[model](sorted(pks)).items()
    }


def ranges(ids: Sequence[int]) -> str:
    """[1, 2, 3, 5] → 1-3,5."""
    parts: list[list[int]] = []
    for number in ids:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ",".join(f"{first}-{last}" if first != last else str(first) for first, last in parts)


def numbers_in(text: str) -> Iterator[tuple[int, int]]:
    """1-3,5 → (1, 3), (5, 5)."""
    for part in text.split(","):
        first, _dash, last = part.partition("-")
        yield int(first), int(last or first)
