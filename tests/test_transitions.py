"""State machines: tables that make sense, one lock order, one conditional UPDATE, and who was first."""

import importlib

import pytest
from django.db import models

from tasks import transitions
from tasks.audit.models import Event
from tasks.errors import Conflict
from tasks.models import AdjustmentState, Submission
from tasks.submissions.models import State
from tasks.submissions.transitions import HAND, SUBMIT
from tasks.transitions import Transition, table
from tasks.values import Role
from tests import factories as make

pytestmark = pytest.mark.django_db

PACKAGES = [
    "tasks.adjustments",
    "tasks.projects",
    "tasks.submissions",
    "tasks.workplans",
    "reports.briefs",
    "reports.scoring",
    "reports.supervision",
]


@pytest.fixture
def rows() -> list[Submission]:
    plan, agency = make.plan(), make.agency("甲局")
    tasks = [make.task(plan, lead=agency) for _number in range(3)]
    return [make.submission(task, agency, "2017Q1") for task in tasks]


@pytest.mark.parametrize(
    ("transition", "problem"),
    [
        (Transition("a.go", frozenset({"proposed"}), "nowhere"), "states that do not exist"),
        (Transition("a.go", frozenset({"elsewhere"}), "approved"), "states that do not exist"),
        (Transition("a.go", frozenset({"proposed"}), "proposed"), "does not change the state"),
        (Transition("a.first", frozenset({"proposed"}), "approved"), "two transitions are named a.first"),
    ],
)
def test_table_refuses(transition: Transition, problem: str) -> None:
    first = Transition("a.first", frozenset({"proposed"}), "rejected")
    with pytest.raises(ValueError, match=problem):
        table(AdjustmentState, first, transition)


def test_every_transition_is_in_its_package_table_and_no_verb_is_in_two() -> None:
    verbs = []
    for package in PACKAGES:
        module = vars(importlib.import_module(f"{package}.transitions"))
        tables = [one for name, one in module.items() if name == "TABLE" or name.endswith("_TABLE")]
        named = {one.verb for one in module.values() if isinstance(one, Transition)}
        assert named == {one.verb for found in tables for one in found}, package
        verbs += sorted(named)
    assert len(set(verbs)) == len(verbs)


def test_lock_takes_the_order_of_the_keys_and_misses_none(rows: list[Submission]) -> None:
    found = transitions.lock(Submission.objects.all(), [rows[2].pk, rows[0].pk], Conflict("missing"))
    assert [row.pk for row in found] == [rows[0].pk, rows[2].pk]
    for ids in ([], [rows[0].pk, 0]):
        with pytest.raises(Conflict, match="missing"):
            transitions.lock(Submission.objects.all(), ids, Conflict("missing"))


def test_move_changes_state_values_and_audit_log(rows: list[Submission]) -> None:
    by = make.user(Role.APPROVER, agency=rows[0].agency)
    at = make.moment("2017-04-05 12:00")
    later = make.moment("2017-04-06 12:00")
    Submission.objects.filter(pk=rows[1].pk).update(state=State.RETURNED)
    rows[1].refresh_from_db()
    transitions.move(
        rows[:2],
        HAND,
        by=by,
        at=at,
        note={rows[0].pk: "甲"},
        data={rows[1].pk: {"version": 2}},
        values={"revision": models.F("revision") + 1, "saved_at": later},
    )
    assert [(row.state, row.saved_at) for row in rows[:2]] == [("handed", later)] * 2
    stored = Submission.objects.order_by("pk").values_list("state", "saved_at")
    assert list(stored)[:2] == [("handed", later)] * 2
    events = Event.objects.order_by("pk").values_list(
        "verb", "from_state", "to_state", "note", "data", "by", "at"
    )
    assert list(events) == [
        ("return.hand", "draft", "handed", "甲", {}, by.pk, at),
        ("return.hand", "returned", "handed", "", {"version": 2}, by.pk, at),
    ]


def test_move_raises_where_one_row_has_moved_before(rows: list[Submission]) -> None:
    Submission.objects.filter(pk=rows[1].pk).update(state=State.ACCEPTED)
    by = make.user(Role.APPROVER, agency=rows[0].agency)
    at = make.moment("2017-04-05 12:00")
    with pytest.raises(Conflict, match="状态刚刚被别人改变"):
        transitions.move(rows, SUBMIT, by=by, at=at)
    assert not Event.objects.exists()
    with pytest.raises(Conflict, match="somebody else"):
        transitions.move(rows, SUBMIT, by=by, at=at, conflict=lambda: "somebody else")


def test_who_was_first_names_the_last_person_who_changed_the_state(rows: list[Submission]) -> None:
    row, at = rows[0], make.moment("2017-04-05 09:07")
    changed, unchanged = "%(who)s %(when)s %(code)s", "nobody %(code)s"
    assert transitions.who_was_first(row, changed, unchanged, code="1.1") == "nobody 1.1"
    by = make.user(Role.APPROVER, agency=row.agency)
    transitions.move([row], HAND, by=by, at=at)
    transitions.record_all([transitions.Entry("evidence.attach", row)], by=make.user(), at=at)
    assert transitions.who_was_first(row, changed, unchanged, code="1.1") == f"{by} 04-05 09:07 1.1"
