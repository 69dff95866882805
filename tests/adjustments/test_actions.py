"""Adjustments of targets, responsibilities, deadlines and tasks.

The calendar of most tests: proposed on 2017-05-01, approved on 2017-05-10, in force from 2017Q2. "Then" is 2017-05-05,
before it was approved; "now" is 2017-06-01.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from reports.figures.queries import plan_figures
from reports.figures.values import Lights, Rate
from tasks.adjustments import actions
from tasks.adjustments.queries import adjusted_objects, duties_at, target_at, term_at
from tasks.adjustments.values import Promise, Term
from tasks.errors import Conflict, Problems
from tasks.models import (
    Adjustment,
    AdjustmentState,
    Contact,
    Event,
    Responsibility,
    Target,
    TaskTerm,
    TermStatus,
    User,
)
from tasks.standing.queries import standing
from tasks.submissions import actions as filing
from tasks.values import Origin, Period, Role
from tests import factories as make
from tests.adjustments.conftest import Small

pytestmark = pytest.mark.django_db

Q1, Q2, Q3 = Period(2017, 1), Period(2017, 2), Period(2017, 3)
PROPOSED, APPROVED = make.moment("2017-05-01 09:00"), make.moment("2017-05-10 09:00")
AFTER = make.moment("2017-05-12")
THEN, NOW = make.moment("2017-05-05"), make.moment("2017-06-01")
FIFTEEN = Promise("到2020年达到15%", "reach", Decimal(15), "%")


def target(small: Small) -> Target:
    return make.target(small.plan, value=12, unit="%", text="到2020年达到12%")


def propose_target(small: Small, order: int, **values: Any) -> Adjustment:
    return actions.propose_target(
        by=small.office,
        plan=small.plan,
        order=order,
        **{"effective": Q2, "promise": FIFTEEN, "reason": "形势变化", "now": PROPOSED, **values},
    )


def propose_duties(small: Small, duties: dict[int, str], **values: Any) -> Adjustment:
    return actions.propose_duties(
        by=small.office,
        task=small.task,
        duties=duties,
        **{"effective": Q2, "reason": "职责调整", "now": PROPOSED, **values},
    )


def approve(small: Small, adjustment: Adjustment, **values: Any) -> Adjustment:
    return actions.approve(adjustment=adjustment, **{"by": small.leader, "now": APPROVED, **values})


def swap(small: Small) -> dict[int, str]:
    """The co leads, the lead shares."""
    return {small.lead.pk: "co", small.co.pk: "lead"}


# -- what it does -------------------------------------------------------------------------------------------


def test_nothing_changes_before_another_person_approves(small: Small) -> None:
    order = target(small).order

    made = propose_target(small, order, doc_number="青政〔2017〕1号")

    assert (made.state, made.doc_number, made.proposed_by) == ("proposed", "青政〔2017〕1号", small.office)
    assert made.content["before"]["value"] == "12"
    assert Target.objects.filter(plan=small.plan).count() == 1
    assert target_at(small.plan, order, Q2, NOW).value == 12  # type: ignore[union-attr]


def test_target_is_as_promised_before_its_quarter_and_before_it_was_known(small: Small) -> None:
    order = target(small).order
    made = approve(small, propose_target(small, order))

    def value(quarter: Period, known_at: Any) -> Any:
        return target_at(small.plan, order, quarter, known_at).value  # type: ignore[union-attr]

    assert [(value(Q1, NOW), value(Q2, NOW)), (value(Q1, THEN), value(Q2, THEN))] == [(12, 15), (12, 12)]
    row = target_at(small.plan, order, Q2, NOW)
    assert row is not None
    assert (row.adjustment, row.origin, row.text) == (made, Origin.OUTSIDE, FIFTEEN.text)
    assert f"第{made.pk}号调整：形势变化" in row.origin_note
    figures = plan_figures(small.plan, Q2, known_at=NOW).targets
    assert [(one.value, one.text) for one in figures] == [(15, "到2020年达到15%")]
    assert plan_figures(small.plan, Q2, known_at=THEN).targets[0].value == 12


def test_duties_pass_from_the_quarter_on_and_each_files_for_its_own(small: Small) -> None:
    # 2017Q1 and 2017Q2 are open. As known now: in Q1 甲局 leads, in Q2 乙局 does and 甲局 shares.
    made = approve(small, propose_duties(small, swap(small)))

    before, after = {small.lead.pk: "lead", small.co.pk: "co"}, {small.lead.pk: "co", small.co.pk: "lead"}
    assert duties_at(small.task.pk, Q1, NOW) == before
    assert duties_at(small.task.pk, Q2, NOW) == after
    assert duties_at(small.task.pk, Q2, THEN) == before
    rows = standing([small.plan.pk], Q2, known_at=NOW)
    assert [(r.agency_id, r.duty) for r in rows if r.task_id == small.task.pk] == [
        (small.co.pk, "lead"),
        (small.lead.pk, "co"),
    ]
    new = Responsibility.objects.filter(adjustment=made)
    assert {(row.agency_id, row.duty, row.valid.lower, row.known.lower) for row in new} == {
        (small.lead.pk, "co", Q2.ordinal, APPROVED),
        (small.co.pk, "lead", Q2.ordinal, APPROVED),
    }
    # What was on record is closed and not rewritten: two originals, two that go on for earlier quarters, two new.
    assert Responsibility.objects.filter(task=small.task).count() == 6


def test_body_is_added_and_another_leaves(small: Small) -> None:
    approve(small, propose_duties(small, {small.third.pk: "co", small.co.pk: ""}))

    assert duties_at(small.task.pk, Q2, NOW) == {small.lead.pk: "lead", small.third.pk: "co"}
    assert duties_at(small.task.pk, Q1, NOW) == {small.lead.pk: "lead", small.co.pk: "co"}
    # Owed in 2017Q2: the lead returns of two tasks, one co-return.
    figures = plan_figures(small.plan, Q2, known_at=NOW)
    assert (figures.lead, figures.co) == (Rate(2, 0, 0), Rate(1, 0, 0))


def test_deadline_moves_and_can_be_taken_away(small: Small) -> None:
    def propose(deadline: date | None, effective: Period, now: datetime = PROPOSED) -> Adjustment:
        return actions.propose_deadline(
            by=small.office,
            task=small.task,
            effective=effective,
            deadline=deadline,
            reason="工期顺延",
            now=now,
        )

    approve(small, propose(date(2018, 6, 30), Q2))
    approve(small, propose(None, Q3, AFTER), now=make.moment("2017-05-20"))

    assert [term_at(small.task.pk, q, NOW).deadline for q in (Q1, Q2, Q3)] == [None, date(2018, 6, 30), None]
    assert term_at(small.task.pk, Q3, make.moment("2017-05-15")).deadline == date(2018, 6, 30)
    # A task with a deadline owes as before.
    assert [r.state for r in standing([small.plan.pk], Q2, known_at=NOW)] == ["missing"] * 3


def test_withdrawn_task_counts_nowhere_and_can_be_taken_up_again(small: Small) -> None:
    def propose(effective: Period, now: datetime = AFTER, *, restore: bool = False) -> Adjustment:
        return actions.propose_withdrawal(
            by=small.office,
            task=small.task,
            effective=effective,
            reason="并入他项",
            restore=restore,
            now=now,
        )

    approve(small, propose(Q2, PROPOSED))

    assert plan_figures(small.plan, Q2, known_at=NOW).lights == Lights(grey=1)
    assert plan_figures(small.plan, Q1, known_at=NOW).lights == Lights(grey=2)
    assert plan_figures(small.plan, Q2, known_at=THEN).lights == Lights(grey=2)
    with pytest.raises(Problems, match="已撤销，不能再撤销"):
        propose(Q3)
    with pytest.raises(Problems, match="没有期限可以调整"):
        actions.propose_deadline(
            by=small.office,
            task=small.task,
            effective=Q3,
            deadline=date(2019, 1, 1),
            reason="?",
            now=AFTER,
        )

    approve(small, propose(Q3, restore=True), now=make.moment("2017-05-20"))

    assert [term_at(small.task.pk, q, NOW).status for q in (Q1, Q2, Q3)] == ["open", "withdrawn", "open"]
    with pytest.raises(Problems, match="不用恢复"):
        propose(Q3, NOW, restore=True)


def test_adjustment_of_a_past_quarter_leaves_what_was_known_then(small: Small) -> None:
    # Approved on 2017-05-10, in force from 2016Q4 already: on 05-05 nobody knew.
    order = target(small).order
    approve(small, propose_target(small, order, effective=Period(2016, 4)))

    early = target_at(small.plan, order, Period(2016, 4), THEN)
    late = target_at(small.plan, order, Period(2016, 4), NOW)
    assert early is not None
    assert late is not None
    assert (early.value, late.value) == (12, 15)


def test_contacts_stay_with_a_body_whose_duty_changes(small: Small) -> None:
    row = Responsibility.objects.get(task=small.task, agency=small.co)
    Contact.objects.create(responsibility=row, liaison="李四", valid=(date(2016, 7, 1), None))

    approve(small, propose_duties(small, swap(small)))

    told = Contact.objects.filter(
        responsibility__task=small.task, responsibility__known__contains=NOW, liaison="李四"
    )
    assert {(one.responsibility.agency_id, one.responsibility.duty) for one in told} == {
        (small.co.pk, "co"),  # of the quarters before
        (small.co.pk, "lead"),
    }


def test_draft_follows_the_duty_of_its_body_and_is_not_filed_by_one_that_lost_it(small: Small) -> None:
    make.cycle(small.plan, "2017Q2", opened_at=make.moment("2017-05-01"))
    approver = make.user(Role.APPROVER, agency=small.lead, password=None)
    kept = make.submission(small.task, small.co, "2017Q2", light="green", done="写了一半")
    lost = make.submission(small.task, small.lead, "2017Q2", light="green", done="写了一半")
    approve(small, propose_duties(small, {small.lead.pk: "", small.co.pk: "lead"}))

    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.duty, lost.duty, lost.agency_id, lost.done) == ("lead", "lead", small.lead.pk, "写了一半")
    with pytest.raises(Conflict, match="不再由本单位填报"):
        filing.submit(by=approver, submissions=[lost.pk], now=NOW)


# -- who ----------------------------------------------------------------------------------------------------


def test_nobody_decides_what_he_proposed_himself(small: Small) -> None:
    made = propose_duties(small, swap(small))

    for act in (
        lambda: actions.approve(by=small.office, adjustment=made, now=APPROVED),
        lambda: actions.reject(by=small.office, adjustment=made, note="不行", now=APPROVED),
    ):
        with pytest.raises(PermissionDenied, match="另一个人"):
            act()
    with pytest.raises(PermissionDenied, match="提出人"):
        actions.withdraw(by=small.second, adjustment=made, now=APPROVED)
    actions.approve(by=small.second, adjustment=made, now=APPROVED)


@pytest.mark.parametrize("role", [one for one in Role if one not in {Role.OFFICE, Role.LEADERSHIP}])
def test_others_neither_propose_nor_decide(small: Small, role: Role) -> None:
    user = make.user(role, password=None)
    made = propose_duties(small, swap(small))

    with pytest.raises(PermissionDenied):
        actions.propose_duties(
            by=user, task=small.task, effective=Q2, duties=swap(small), reason="?", now=PROPOSED
        )
    with pytest.raises(PermissionDenied):
        actions.approve(by=user, adjustment=made, now=APPROVED)
    assert Adjustment.objects.get() == made


def test_leadership_decides_and_does_not_propose(small: Small) -> None:
    with pytest.raises(PermissionDenied):
        actions.propose_withdrawal(by=small.leader, task=small.task, effective=Q2, reason="?", now=PROPOSED)


def test_proposals_are_seen_by_those_who_can_decide_them(small: Small) -> None:
    waiting = propose_duties(small, {small.third.pk: "co"})
    approved = approve(small, propose_duties(small, {small.co.pk: ""}))
    rejected = actions.reject(
        by=small.leader, adjustment=propose_duties(small, swap(small), effective=Q3), note="不必", now=NOW
    )
    viewer, admin = make.user(password=None), make.user(Role.ACCOUNTS_ADMIN, password=None)

    def seen(user: User) -> set[Adjustment]:
        return set(Adjustment.objects.visible_to(user))

    assert seen(small.office) == seen(small.leader) == {waiting, approved, rejected}
    assert seen(viewer) == {approved}
    assert seen(admin) == set()


# -- at once, and after the state has moved on --------------------------------------------------------------


def test_second_to_decide_is_told_who_was_first(small: Small) -> None:
    made = propose_duties(small, swap(small))
    approve(small, made)

    for act in (
        lambda: actions.approve(by=small.second, adjustment=made, now=NOW),
        lambda: actions.reject(by=small.second, adjustment=made, note="不", now=NOW),
        lambda: actions.withdraw(by=small.office, adjustment=made, now=NOW),
    ):
        with pytest.raises(Conflict, match=rf"{small.leader}已于 2017-05-10 09:00 将这项调整办为“已批准”"):
            act()


def test_of_two_proposals_for_the_same_thing_the_second_is_stale(small: Small) -> None:
    order = target(small).order
    first, second = propose_target(small, order), propose_target(small, order, reason="另一份文件")
    approve(small, first)

    with pytest.raises(Conflict, match=rf"第{first.pk}号调整已由{small.leader}于 2017-05-10"):
        approve(small, second, now=NOW)
    second.refresh_from_db()
    assert second.state == AdjustmentState.PROPOSED
    actions.withdraw(by=small.office, adjustment=second, now=NOW)
    assert Target.objects.filter(plan=small.plan, adjustment=second).count() == 0


def test_proposal_whose_duty_changed_since_is_stale(small: Small) -> None:
    first = propose_duties(small, {small.co.pk: ""})
    second = propose_duties(small, swap(small))
    approve(small, first)

    with pytest.raises(Conflict, match="情况已变"):
        approve(small, second, now=NOW)


def test_return_filed_since_the_proposal_keeps_its_owner(small: Small) -> None:
    # 甲局 files 2017Q2 on 05-08, between proposal and approval.
    make.cycle(small.plan, "2017Q2", opened_at=make.moment("2017-05-01"))
    made = propose_duties(small, swap(small))
    make.version(small.task, small.lead, "2017Q2", at="2017-05-08")

    with pytest.raises(Conflict, match="现在不能批准：甲局已报送2017年第二季度的填报"):
        approve(small, made)
    with pytest.raises(Problems, match="请从2017年第三季度起生效"):
        propose_duties(small, swap(small), now=NOW)
    # One that was sent back is open again.
    make.send_back(small.task.versions.get(), at="2017-05-09")
    approve(small, made)


@pytest.mark.slow
def test_earlier_word_does_not_undo_a_later_one(small: Small) -> None:
    order = target(small).order
    approve(small, propose_target(small, order, effective=Q3))
    approve(small, propose_duties(small, {small.co.pk: ""}, effective=Q3))

    with pytest.raises(Problems, match="从2017年第三季度起已另有规定"):
        propose_target(small, order, now=AFTER)
    with pytest.raises(Problems, match="从2017年第三季度起已另有规定"):
        propose_duties(small, {small.co.pk: ""}, effective=Q1, now=AFTER)
    # Another body's duty is another matter.
    approve(small, propose_duties(small, {small.third.pk: "co"}, effective=Q1, now=AFTER), now=NOW)


# -- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"promise": Promise("到2020年达到12%", "reach", Decimal(12), "%")}, "", "没有变化"),
        ({"promise": Promise("", "reach", Decimal(15), "%")}, "text", "请写明"),
        ({"promise": Promise("长" * 301, "reach", Decimal(15), "%")}, "text", "300"),
        ({"promise": Promise("到2020年达到12%", "reach", Decimal(15), "%")}, "text", "相互矛盾"),
        ({"promise": Promise("到2020年达到15%", "", Decimal(15), "%")}, "comparison", "比较方式"),
        ({"promise": Promise("到2020年达到15%", "reach", None, "%")}, "value", "请填数值"),
        ({"promise": Promise("很多", "reach", Decimal("0.00001"), "%")}, "value", "4 位小数"),
        ({"promise": Promise("很多", "reach", Decimal(10) ** 17, "%")}, "value", "16 位"),
        ({"effective": Period(2016, 2)}, "effective", "有效期内"),
        ({"effective": Period(2026, 1)}, "effective", "有效期内"),
        ({"reason": " "}, "reason", "理由"),
        ({"reason": "长" * 1001}, "reason", "1000"),
        ({"doc_number": "长" * 61}, "doc_number", "60"),
    ],
)
def test_target_that_cannot_be_is_refused_on_its_field(
    small: Small, values: dict[str, Any], field: str, words: str
) -> None:
    order = target(small).order

    with pytest.raises(Problems) as refused:
        propose_target(small, order, **values)

    assert [problem.field for problem in refused.value.problems] == [field]
    assert words in str(refused.value)
    assert not Adjustment.objects.exists()


def test_target_in_words_can_get_a_number(small: Small) -> None:
    order = make.target(small.plan, text="显著提高").order
    approve(small, propose_target(small, order))

    assert target_at(small.plan, order, Q2, NOW).value == 15  # type: ignore[union-attr]


def test_target_that_there_is_not_is_refused(small: Small) -> None:
    with pytest.raises(Problems, match="不在执行"):
        propose_target(small, 99)


def test_duties_that_cannot_be_are_refused(small: Small) -> None:
    crowd, later = make.agency(kind="collective"), make.agency(since=date(2018, 11, 1))
    for duties, words in [
        ({}, "没有变化"),
        ({small.co.pk: "co"}, "没有变化"),
        ({small.lead.pk: ""}, "没有牵头单位了"),
        ({crowd.pk: "co"}, "集合单位"),
        ({0: "co"}, "集合单位"),
        ({later.pk: "co"}, "还没有名称"),
    ]:
        with pytest.raises(Problems, match=words):
            propose_duties(small, duties)
    make.term(small.task, TermStatus.CLOSED, first="2017Q1")
    with pytest.raises(Problems, match="不再执行"):
        propose_duties(small, swap(small))


def test_deadline_that_cannot_be_is_refused(small: Small) -> None:
    for deadline, words in [(None, "没有变化"), (date(2017, 3, 31), "不能早于")]:
        with pytest.raises(Problems, match=words):
            actions.propose_deadline(
                by=small.office,
                task=small.task,
                effective=Q2,
                deadline=deadline,
                reason="因为",
                now=PROPOSED,
            )


def test_rejecting_needs_a_reason(small: Small) -> None:
    made = propose_duties(small, swap(small))

    with pytest.raises(Problems, match="写明理由"):
        actions.reject(by=small.leader, adjustment=made, note=" ", now=NOW)


# -- record and database ------------------------------------------------------------------------------------


def test_record_tells_who_proposed_and_who_decided(small: Small) -> None:
    made = approve(small, propose_duties(small, swap(small)), note="同意")

    events = Event.objects.filter(subject=f"adjustment:{made.pk}").order_by("id")
    assert [(e.verb, e.by, e.from_state, e.to_state, e.note, e.at) for e in events] == [
        ("adjustment.propose", small.office, "", "proposed", "职责调整", PROPOSED),
        ("adjustment.approve", small.leader, "proposed", "approved", "同意", APPROVED),
    ]


def test_database_wants_two_persons_and_the_whole_decision(small: Small) -> None:
    made = propose_duties(small, swap(small))
    for broken in (
        {"state": "approved", "decided_by": small.office, "decided_at": NOW},
        {"state": "approved", "decided_by": small.leader},
        {"state": "approved", "decided_at": NOW},
        {"state": "proposed", "decided_by": small.leader, "decided_at": NOW},
        {"state": "withdrawn", "decided_by": small.leader, "decided_at": NOW},
        {"state": "rejected", "decided_by": small.leader, "decided_at": NOW},
        {"kind": "target"},
        {"reason": ""},
    ):
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            Adjustment.objects.filter(pk=made.pk).update(**broken)


def test_database_refuses_to_change_what_was_proposed_or_decided(small: Small) -> None:
    made = propose_duties(small, swap(small))
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        Adjustment.objects.filter(pk=made.pk).update(reason="别的")
    approve(small, made)
    with pytest.raises(IntegrityError, match="decided adjustment"), transaction.atomic():
        Adjustment.objects.filter(pk=made.pk).update(decision_note="别的")
    for delete in (
        lambda: made.tasks.clear(),
        lambda: Adjustment.objects.filter(pk=made.pk)._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            delete()


def test_overlapping_targets_cannot_stand_in_the_database(small: Small) -> None:
    row = target(small)
    approve(small, propose_target(small, row.order))

    with pytest.raises(IntegrityError), transaction.atomic():
        make.target(small.plan, value=13, order=row.order, known=make.known("2017-05-20"))


def test_marks_name_the_last_adjustment_of_a_task_and_of_a_target(small: Small) -> None:
    order = target(small).order
    first = approve(small, propose_duties(small, {small.co.pk: ""}))
    second = approve(small, propose_duties(small, {small.third.pk: "co"}, effective=Q3, now=AFTER), now=NOW)
    aim = approve(small, propose_target(small, order))
    later = make.moment("2017-07-01")

    def told(quarter: Period, known_at: Any) -> tuple[Any, Any, Any]:
        found = adjusted_objects(small.plan, quarter, known_at)
        return found.by_task.get(small.task.pk), found.by_target.get(order), set(found.within)

    assert told(Q1, later) == (None, None, set())
    assert told(Q2, later) == ([first], [aim], {first, aim})
    assert told(Q3, later) == ([second, first], [aim], {second})
    assert told(Q3, THEN) == (None, None, set())
    for _ in range(3):
        make.task(small.plan, lead=small.lead)
    with CaptureQueriesContext(connection) as captured:
        adjusted_objects(small.plan, Q3, later)
    assert len(captured) == 2


def test_rows_say_which_adjustment_made_them(small: Small) -> None:
    made = approve(
        small,
        actions.propose_withdrawal(
            by=small.office, task=small.task, effective=Q2, reason="并入他项", now=PROPOSED
        ),
    )
    row = TaskTerm.objects.get(task=small.task)

    assert (row.adjustment, row.known.lower, row.reason) == (made, APPROVED, f"第{made.pk}号调整：并入他项")
    assert Term.of(made.content["after"]) == Term(TermStatus.WITHDRAWN, None)
