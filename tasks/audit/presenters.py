"""An entry of the audit log in words, for the page and for exports."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tasks.audit.labels import state_text, subject_text, verb_text
from tasks.audit.models import Event
from tasks.people.models import User

# The three administrators' own work. The reasons of all other entries are those of decisions on submissions and plans,
# which the auditor does not read (docs/permissions.md, 3 and 5): whoever decides has them.
_OWN_WORK = frozenset({"account", "rights", "agency"})

_START_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class EventRow:
    """A line of the record in words."""

    event: Event
    verb: str
    subject: str
    note: str
    details: list[tuple[str, str]]

    @property
    def states(self) -> str:
        """From which state to which, where the event changed one."""
        event = self.event
        if not (event.from_state or event.to_state):
            return ""
        return " → ".join(state_text(event.subject, state) for state in (event.from_state, event.to_state))

    @property
    def who(self) -> str:
        """The actor; a request without an account comes from outside, everything else is the system's."""
        if self.event.by:
            return self.event.by.display_name
        return _("未登录") if self.event.address else _("系统")

    @property
    def shows_domain_time(self) -> bool:
        """Whether the domain's moment is another than that of recording (a trial's clock, a late entry)."""
        return abs((self.event.recorded_at - self.event.at).total_seconds()) > 60


def rows_of(events: Iterable[Event]) -> list[EventRow]:
    """The entries in words. One query, for the names of accounts."""
    found = list(events)
    names = _user_names(event.subject for event in found)
    return [
        EventRow(
            event,
            verb_text(event.verb),
            names.get(event.subject) or _place(event) or subject_text(event.subject),
            note_of(event),
            _details(event),
        )
        for event in found
    ]


def note_of(event: Event) -> str:
    """The reason as the auditor may read it."""
    if not event.note or event.verb.partition(".")[0] in _OWN_WORK:
        return event.note
    return _("（办理的理由由办理双方查阅，这里不显示）")


def _place(event: Event) -> str:
    return str(event.data.get("path", "")) if event.subject.startswith("page:") else ""


def _details(event: Event) -> list[tuple[str, str]]:
    names = {
        "path": _("地址"),
        "query": _("查询条件"),
        "rows": _("行数"),
        "username": _("所填用户名"),
        "seals": _("封存次数"),
        "entries": _("记录条数"),
        "objects": _("对象个数"),
        "faults": _("不符处数"),
        "first": _("不符情况"),
        "limit": _("限次"),
        "method": _("方式"),
        "status": _("状态码"),
    }
    data: dict[str, Any] = event.data if isinstance(event.data, dict) else {}
    return [
        (names.get(key, key), ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in data.items()
        if key != "path" or not event.subject.startswith("page:")
    ]


def _user_names(subjects: Iterable[str]) -> dict[str, str]:
    """{"user:12": 账号 zjj-tb}; other objects keep their number."""
    ids = [int(subject[5:]) for subject in set(subjects) if subject.startswith("user:")]
    users = User.objects.filter(pk__in=ids).values_list("pk", "username")
    return {f"user:{pk}": _("账号 %(user)s") % {"user": username} for pk, username in users}


# -- exports ------------------------------------------------------------------------------------------------

FIELDS = (
    "id", "recorded_at", "at", "by", "verb", "subject", "from_state", "to_state", "outcome", "address", "session",
    "note", "data",
)  # fmt: skip


def exported(event: Event) -> dict[str, Any]:
    """The entry for programs: codes, moments with their zone, the reason as the auditor may read it."""
    values = {name: getattr(event, name) for name in FIELDS}
    for name in ("recorded_at", "at"):
        values[name] = timezone.localtime(values[name]).isoformat()
    values["by"] = event.by.username if event.by else None
    return values | {"note": note_of(event)}


def json_lines(events: Iterable[Event]) -> Iterator[str]:
    """One JSON object a line."""
    for event in events:
        yield json.dumps(exported(event), ensure_ascii=False) + "\n"


def csv_lines(events: Iterable[Event]) -> Iterator[str]:
    """A table for Excel, with a byte order mark. Texts are never formulas: they get an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    yield "\ufeff"
    for cells in chain([FIELDS], map(_cells, events)):
        writer.writerow(cells)
        yield out.getvalue()
        out.seek(0)
        out.truncate()


def _cells(event: Event) -> list[str]:
    cells = []
    for value in exported(event).values():
        text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value or "")
        cells.append(f"'{text}" if text.startswith(_START_A_FORMULA) else text)
    return cells
