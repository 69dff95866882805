"""What `manage.py verify` does: computes every seal and every stored hash again, and says what does not fit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from tasks.audit.log import record_access
from tasks.audit.models import Event, Outcome, Seal, SealedObject
from tasks.audit.sealing import CHECKS, content_of, head_of, numbers_in, objects_of

AT_ONCE = 500
# The audit log names the first faults; the command prints all of them.
NAMED = 20
_BELOW_ALL = -(2**62)


@dataclass
class Report:
    """What was looked at, and a sentence for each thing that does not fit."""

    seals: int = 0
    entries: int = 0
    objects: int = 0
    head: str = ""
    faults: list[str] = field(default_factory=list)


def verify() -> Report:
    """Compute everything again. Reads only, but for one entry in the audit log on its result."""
    report = Report()
    report.faults += _chain(report)
    report.faults += _unsealed()
    report.faults += _objects(report)
    report.faults += _guards()
    for check in CHECKS:
        report.faults += check()
    data: dict[str, Any] = {
        "path": "/audit/seals/",
        "seals": report.seals,
        "entries": report.entries,
        "objects": report.objects,
    }
    if report.faults:
        data |= {"faults": len(report.faults), "first": report.faults[:NAMED]}
    outcome = Outcome.FAILED if report.faults else Outcome.DONE
    record_access("audit.verify", "page:audit_seals", by=None, data=data, outcome=outcome)
    return report


def _chain(report: Report) -> Iterator[str]:
    before, number = "", 0
    for seal in Seal.objects.order_by("id").iterator(chunk_size=AT_ONCE):
        events: list[Event] = []
        for first, last in numbers_in(seal.ids):
            events += Event.objects.filter(id__range=(first, last)).order_by("id")
        expected = sum(last - first + 1 for first, last in numbers_in(seal.ids))
        objects = dict(seal.objects_sealed.values_list("subject", "digest"))
        words = {"seal": seal.pk, "ids": seal.ids[:60]}
        if len(events) != expected:
            yield _("封存%(seal)s：记录 %(ids)s 有缺失。") % words
        elif content_of(seal.ids, events, objects, seal.waiting, seal.method) != seal.content:
            yield _("封存%(seal)s：记录 %(ids)s 的内容在封存后被改动。") % words
        if settings.SEAL_KEY and head_of(before, seal.content, seal.sealed_at, seal.method) != seal.head:
            yield _("封存%(seal)s：链值不符，封存本身被改动、删去或换了密钥。") % words
        before, number = seal.head, number + 1
        report.entries += len(events)
    report.seals, report.head = number, before


def _unsealed() -> Iterator[str]:
    """Entries below the last sealed number that no seal covers: they came in later, past the function that writes."""
    last = Seal.objects.order_by("-id").first()
    if last is None:
        return
    covered: list[list[int]] = []
    parts = (part for text in Seal.objects.values_list("ids", flat=True) for part in numbers_in(text))
    for first, end in sorted(parts):
        if covered and first <= covered[-1][1] + 1:
            covered[-1][1] = max(covered[-1][1], end)
        else:
            covered.append([first, end])
    gaps = zip(
        [_BELOW_ALL, *(end for _first, end in covered)], [first for first, _end in covered], strict=False
    )
    for before, after in gaps:
        slipped = Event.objects.filter(id__gt=before, id__lt=after).exclude(
            id__in=[int(one) for one in last.waiting]
        )
        for pk in slipped.values_list("pk", flat=True)[:NAMED]:
            yield _("记录%(id)s没有封存，是事后插入的。") % {"id": pk}


def _objects(report: Report) -> Iterator[str]:
    """Objects whose last sealed hash is not that of their present state. An entry that is not sealed yet excuses them."""
    newest = SealedObject.objects.order_by("subject", "-id").distinct("subject")
    last = Seal.objects.order_by("-id").first()
    excused = set(
        Event.objects.filter(
            Q(id__gt=last.upto if last else 0) | Q(id__in=[int(one) for one in last.waiting] if last else [])
        ).values_list("subject", flat=True)
    )
    rows = newest.values_list("subject", "digest").iterator(chunk_size=AT_ONCE)
    while part := dict(islice(rows, AT_ONCE)):
        present = objects_of(part)
        report.objects += len(part)
        for subject, digest in part.items():
            if present.get(subject) != digest and subject not in excused:
                yield _("%(subject)s 与封存时不符，被改动或删去。") % {"subject": subject}


def _guards() -> Iterator[str]:
    """Triggers that somebody has switched off."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'"
        )
        for name, table in cursor.fetchall():
            yield _("%(table)s 的触发器 %(name)s 被停用。") % {"table": table, "name": name}
