"""A list that is worked through: where a submission stands in it, what comes before and after, what still waits.

The lists are those that the reader sees elsewhere, in the same order and with the same filter: the desk here, the queues in
tasks.review.worklists.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from qhplan import clock
from tasks.assignments.queries import share_of
from tasks.assignments.values import WHOLE
from tasks.people.models import User
from tasks.people.permissions import may_approve
from tasks.plans.models import Plan
from tasks.plans.plan_resolver import address
from tasks.submissions.desk_views import desk_rows_open, desk_sections
from tasks.submissions.models import State
from tasks.submissions.queries import Desk, DeskRow, desk
from tasks.submissions.transitions import EDITABLE
from tasks.values import Duty, Period
from tasks.web.acting import Link

MISSING = "missing"
TO_WRITE = frozenset({MISSING, *(state.value for state in EDITABLE)})
TO_APPROVE = frozenset({State.HANDED.value})


@dataclass(frozen=True)
class Item:
    """One submission of the list. `key` tells it from the others; `note` is its agency, in the agency's own list its
    state; `state` is a State or "missing"; `mine` is false for what somebody else of the agency writes."""

    key: int
    code: str
    heading: str
    note: str
    url: str
    state: str
    light: str = ""  # what it reports
    mine: bool = True


@dataclass(frozen=True)
class Worklist:
    """The list, and where in it the shown submission stands. `before` is the number of items that come before it: it
    need not be in the list itself, as what was decided is in no queue any more."""

    title: str
    url: str  # of the page that shows the list
    items: tuple[Item, ...]
    key: int
    before: int
    kept: Mapping[str, str] = field(
        default_factory=dict
    )  # the filter, which every address of the list carries

    @property
    def goes_on(self) -> bool:
        """Whether a decision leads to the next item: not in the list of one task, whose consolidation shows them all."""
        return "next" not in self.kept

    @property
    def is_in(self) -> bool:
        return self.before < len(self.items) and self.items[self.before].key == self.key

    @property
    def place(self) -> str:
        """3 / 42; only 42 where the submission itself is not in the list."""
        total = len(self.items)
        return f"{self.before + 1} / {total}" if self.is_in else str(total)

    @property
    def previous(self) -> Item | None:
        return self.items[self.before - 1] if self.before else None

    @property
    def following(self) -> Item | None:
        after = self.before + self.is_in
        return self.items[after] if after < len(self.items) else None

    def next_waiting(self, states: Collection[str] = ()) -> Item | None:
        """The next item in one of the states (all states without any) that the reader can act on, from the start again
        after the last."""
        turned = self.items[self.before + self.is_in :] + self.items[: self.before]
        return next((one for one in turned if one.mine and (not states or one.state in states)), None)


def place_of(items: Sequence[Item], key: int) -> int | None:
    return next((index for index, one in enumerate(items) if one.key == key), None)


def with_filter(url: str, kept: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(kept)}" if kept else url


def goes_on(request: HttpRequest) -> bool:
    """Whether the form asks to continue with the next of its list instead of returning to the page with the list."""
    return request.POST.get("go_on") == "1"


def next_link(following: Item | None, *, by_note: bool = False) -> list[Link]:
    """The link to the next item, if there is one, named by its heading or by its note."""
    if following is None:
        return []
    which = f"{following.code} {following.note if by_note else following.heading}"
    return [(following.url, _("下一件：%(which)s") % {"which": which})]


def desk_worklist(user: User, plan: Plan, quarter: Period, task_id: int) -> Worklist:
    """What the reader's agency owes in the quarter, in the order of the desk. A fixed number of queries."""
    mine = desk(plan, quarter, user.acts_for)
    approves = may_approve(user)
    share = WHOLE if approves else share_of(user, plan)
    again, sections = desk_sections(mine, clock.now())
    rows = [line.row for line in again] + [line.row for section in sections for line in section.lines]
    is_open = desk_rows_open(mine, clock.now())
    items = tuple(
        Item(
            key=row.task.pk,
            code=row.task.code,
            heading=row.task.heading,
            note=_state_words(row),
            url=_row_url(mine, row),
            state=row.state,
            light=_light(row),
            mine=is_open and row.task.pk in share,
        )
        for row in rows
    )
    before = place_of(items, task_id)
    return Worklist(
        title=_("工作台"),
        url=address("desk", plan, quarter),
        items=items,
        key=task_id,
        before=len(items) if before is None else before,
    )


def _row_url(mine: Desk, row: DeskRow) -> str:
    place = [mine.plan.slug, str(mine.quarter), row.task.ref]
    if row.submission is None or row.state in EDITABLE:
        return reverse("return_edit", args=place)
    if row.state == State.HANDED:
        return reverse("return_check", args=place)
    return reverse("return", args=[row.submission.pk])


def _state_words(row: DeskRow) -> str:
    if row.state == MISSING:
        return _("未开始")
    if row.state == State.ACCEPTED and row.duty == Duty.CO:
        return _("已采纳")
    return str(State(row.state).label)


def _light(row: DeskRow) -> str:
    """Of what was submitted, or of the draft."""
    if row.version is not None and row.state not in TO_WRITE:
        return row.version.light
    return row.submission.light if row.submission else ""
