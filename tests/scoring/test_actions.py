"""The write path: two persons for whatever decides a score by hand, nobody for his own body, and what was told stays."""

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from qhplan import clock
from reports.briefs import kinds
from reports.canonical import sha256
from reports.scoring import actions, schemes
from reports.scoring.actions import GradeInput
from reports.scoring.models import Appeal, EvidenceGrade, Scheme, ScoreCorrection, ScoreSheet
from reports.scoring.queries import scheme_for, sheets
from reports.scoring.values import ScoredPeriod
from tasks.audit.models import Event
from tasks.errors import Conflict, Problems
from tasks.models import Message, Plan
from tasks.values import Period, Role
from tests import factories as make
from tests.scoring.conftest import NOW, P1, Q1, World

pytestmark = pytest.mark.slow


def refused(act: Any, *fields: str) -> str:
    """The act is refused with problems on these fields; returns what it says."""
    with pytest.raises(Problems) as error:
        act()
    assert [problem.field for problem in error.value.problems] == list(fields)
    return str(error.value)


def total(sheet: ScoreSheet, name: str = "牵头局") -> str:
    bodies = json.loads(sheet.content)["bodies"]
    return str(next(one for one in bodies if one["agency"]["name"] == name)["calculation"]["total"])


# -- schemes ------------------------------------------------------------------------------------------------


def test_a_scheme_counts_once_a_second_person_has_put_it_in_force(world: World) -> None:
    draft = world.written()
    assert scheme_for(world.plan, P1, NOW) is None
    for user in (world.office, world.reporter, world.approver):
        with pytest.raises(PermissionDenied):
            schemes.decide_scheme(by=user, scheme=draft, revision=1, adopt=True)
    both = make.user(Role.OFFICE, Role.SECOND_REVIEWER, password=None)
    Scheme.objects.filter(pk=draft.pk).update(written_by=both)
    with pytest.raises(PermissionDenied):
        schemes.decide_scheme(by=both, scheme=draft, revision=1, adopt=True)
    schemes.decide_scheme(by=world.second, scheme=draft, revision=1, adopt=True)
    held = scheme_for(world.plan, P1, NOW)
    assert held is not None
    assert held.rules == schemes.suggestion()
    assert Event.objects.filter(verb="scheme.adopt", by=world.second).exists()


def test_a_scheme_holds_from_its_quarter_until_a_later_one(world: World) -> None:
    first = world.scheme()
    second = world.scheme(Period(2017, 3))
    for period, held in (("2017Q1", first), ("2017Q2", first), ("2017Q3", second), ("2017", second)):
        assert scheme_for(world.plan, ScoredPeriod.parse(period), NOW) == held
    assert scheme_for(world.plan, ScoredPeriod.parse("2016Q4"), NOW) is None


def test_what_was_read_is_what_is_adopted(world: World) -> None:
    draft = world.written()
    again = world.written(revision=1, ceiling=Decimal(110))
    assert (again.pk, again.number, again.revision) == (draft.pk, 1, 2)
    with pytest.raises(Conflict):
        schemes.decide_scheme(by=world.leader, scheme=draft, revision=1, adopt=True)
    with pytest.raises(Conflict):
        world.written(revision=1)
    schemes.decide_scheme(by=world.leader, scheme=draft, revision=2, adopt=True)
    with pytest.raises(Conflict):
        schemes.decide_scheme(by=world.second, scheme=draft, revision=2, adopt=False)
    with pytest.raises(Conflict):
        world.written(revision=2)
    assert world.written().number == 2


def test_no_scheme_reaches_back_to_what_was_announced(world: World) -> None:
    world.scheme()
    world.announced()
    refused(lambda: world.written(Q1), "valid_from")
    assert world.written(Q1 + 1).number == 2


def test_what_is_wrong_with_a_draft_is_told_all_at_once(world: World) -> None:
    content = replace(schemes.suggestion(), appeal_days=0)
    asked = schemes.SchemeInput(" ", "长" * 2001, Period(2031, 1), content)
    refused(
        lambda: schemes.write_scheme(by=world.office, plan=world.plan, asked=asked),
        "title", "basis", "valid_from", "appeal_days",
    )  # fmt: skip
    with pytest.raises(PermissionDenied):
        schemes.write_scheme(by=world.second, plan=world.plan, asked=asked)
    assert not Scheme.objects.exists()


# -- evidence -----------------------------------------------------------------------------------------------


def test_nobody_judges_the_evidence_of_his_own_body(world: World) -> None:
    own = make.accept(make.version(world.homes, world.home, Q1))
    with pytest.raises(PermissionDenied):
        actions.grade_evidence(by=world.office, grades=[GradeInput(own.pk, "good")])
    for user in (world.reporter, world.approver, world.leader):
        with pytest.raises(PermissionDenied):
            actions.grade_evidence(by=user, grades=[GradeInput(world.green.pk, "good")])
    actions.grade_evidence(by=world.second, grades=[GradeInput(own.pk, "good")])
    assert EvidenceGrade.objects.count() == 1


def test_a_low_judgement_says_what_is_lacking_and_the_same_again_writes_nothing(world: World) -> None:
    for grade in ("weak", "poor"):
        act = lambda grade=grade: actions.grade_evidence(  # noqa: E731
            by=world.office, grades=[GradeInput(world.green.pk, grade)]
        )
        refused(act, "note")
    refused(
        lambda: actions.grade_evidence(by=world.office, grades=[GradeInput(world.green.pk, "best")]), "grade"
    )
    with pytest.raises(PermissionDenied):
        actions.grade_evidence(by=world.office, grades=[GradeInput(10**9, "good")])
    for _n in range(2):
        actions.grade_evidence(by=world.office, grades=[GradeInput(world.green.pk, "fair")])
    assert EvidenceGrade.objects.count() == 1


# -- corrections --------------------------------------------------------------------------------------------


def test_a_correction_counts_once_another_person_approved_it(world: World) -> None:
    world.scheme()

    def proposed(by: Any, agency: Any = world.lead, points: str = "2") -> ScoreCorrection:
        return actions.propose_correction(
            by=by, plan=world.plan, period=P1, agency=agency, points=Decimal(points), reason="漏计一件"
        )

    for user in (world.leader, world.approver):
        with pytest.raises(PermissionDenied):
            proposed(user)
    with pytest.raises(PermissionDenied):
        proposed(world.office, world.home)  # its own body
    row = proposed(world.office)
    assert world.total() == "54.45"
    for user in (world.office, world.approver):
        with pytest.raises(PermissionDenied):
            actions.decide_correction(by=user, correction=row, approve=True)
    actions.decide_correction(by=world.leader, correction=row, approve=True)
    assert world.total() == "56.45"
    with pytest.raises(Conflict):
        actions.decide_correction(by=world.second, correction=row, approve=False, note="不同意")
    # The office's own body: proposed by the second reviewer, approved by the leader and never by himself.
    own = proposed(world.second, world.home)
    with pytest.raises(PermissionDenied):
        actions.decide_correction(by=world.second, correction=own, approve=True)
    actions.decide_correction(by=world.leader, correction=own, approve=True)


@pytest.mark.slow
def test_corrections_are_bounded_say_why_and_a_refusal_too(world: World) -> None:
    def proposed(points: str, reason: str = "漏计", agency: Any = world.lead) -> ScoreCorrection:
        return actions.propose_correction(
            by=world.office, plan=world.plan, period=P1, agency=agency, points=Decimal(points), reason=reason
        )

    refused(lambda: proposed("1"), "")  # no scheme yet
    world.scheme()
    refused(lambda: proposed("5.01"), "points")
    refused(lambda: proposed("0"), "points")
    refused(lambda: proposed("0.001"), "points")
    refused(lambda: proposed("1", " "), "reason")
    refused(lambda: proposed("1", agency=make.agency()), "")
    world.corrected("4")
    refused(lambda: proposed("1.5"), "points")
    first, second = proposed("1"), proposed("0.5")
    actions.decide_correction(by=world.leader, correction=first, approve=True)
    refused(lambda: actions.decide_correction(by=world.leader, correction=second, approve=True), "")
    refused(lambda: actions.decide_correction(by=world.leader, correction=second, approve=False), "note")
    actions.decide_correction(by=world.leader, correction=second, approve=False, note="超过限度")
    assert world.total() == "59.45"


# -- announcing ---------------------------------------------------------------------------------------------


def test_an_announced_score_is_frozen_whatever_comes_after(world: World) -> None:
    world.scheme()
    sheet = world.announced()
    content = sheet.content
    make.accept(make.version(world.tasks[2], world.lead, Q1))
    assert world.total() == "87.78"  # 33.33 × 250 ÷ 300 + 16.67 + 50 × 260 ÷ 300
    sheet.refresh_from_db()
    assert (sheet.content, total(sheet), sheet.edition) == (content, "54.45", 1)
    assert sha256(sheet.content.encode()) == sheet.sha256
    assert json.loads(content)["is_sample"] is False


@pytest.mark.slow
def test_the_announcer_is_another_person_and_a_further_edition_says_why(world: World) -> None:
    world.scheme()
    for user in (world.second, world.approver):
        with pytest.raises(PermissionDenied):
            actions.propose_sheet(by=user, plan=world.plan, period=P1)
    sheet = actions.propose_sheet(by=world.office, plan=world.plan, period=P1)
    with pytest.raises(Conflict):
        actions.propose_sheet(by=world.office, plan=world.plan, period=P1)
    for user in (world.office, world.approver):
        with pytest.raises(PermissionDenied):
            actions.decide_sheet(by=user, sheet=sheet, announce=True)
    refused(lambda: actions.decide_sheet(by=world.leader, sheet=sheet, announce=False), "note")
    actions.decide_sheet(by=world.leader, sheet=sheet, announce=False, note="有误")
    with pytest.raises(Conflict):
        actions.decide_sheet(by=world.second, sheet=sheet, announce=True)
    first = world.announced()
    refused(lambda: world.announced(), "note")
    second = world.announced("申诉成立")
    assert [one.edition for one in sheets(world.plan, P1, NOW)] == [2, 1]
    assert (first.edition, second.edition) == (1, 2)


@pytest.mark.slow
def test_nothing_is_announced_before_its_decisions_were_due_or_while_a_correction_waits(world: World) -> None:
    world.scheme()
    make.cycle(world.plan, "2017Q2")
    for text in ("2017Q2", "2017"):
        period = ScoredPeriod.parse(text)
        refused(lambda: actions.propose_sheet(by=world.office, plan=world.plan, period=period), "")  # noqa: B023
    early = ScoredPeriod.parse("2016Q4")
    refused(lambda: actions.propose_sheet(by=world.office, plan=world.plan, period=early), "", "")
    row = actions.propose_correction(
        by=world.office, plan=world.plan, period=P1, agency=world.lead, points=Decimal(1), reason="漏计"
    )
    refused(lambda: actions.propose_sheet(by=world.office, plan=world.plan, period=P1), "")
    actions.decide_correction(by=world.leader, correction=row, approve=True)
    assert total(world.announced()) == "55.45"


def test_every_scored_body_is_told_and_no_score_is_mailed(world: World) -> None:
    world.scheme()
    with clock.at(NOW):
        world.announced()
    told = {message.user for message in Message.objects.filter(subject__contains="考核结果已公布")}
    assert {world.reporter, world.approver, world.co_approver, world.home_approver} <= told
    assert world.office not in told
    assert not Message.objects.filter(body__contains="54.45").exists()


# -- appeals ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_body_appeals_once_and_the_answer_is_kept(world: World) -> None:
    world.scheme()
    sheet = world.announced()

    def made(by: Any, agency: Any = world.lead, text: str = "有异议") -> Appeal:
        return actions.make_appeal(by=by, sheet=sheet, agency=agency, text=text)

    for user in (world.reporter, world.co_approver, world.office, world.leader):
        with pytest.raises(PermissionDenied):
            made(user)
    refused(lambda: made(world.approver, text=" "), "text")
    appeal = made(world.approver)
    with pytest.raises(Conflict):
        made(world.approver)
    again = world.announced("更正")
    with pytest.raises(Conflict):
        actions.make_appeal(by=world.approver, sheet=again, agency=world.lead, text="再申诉")
    for user in (world.second, world.approver, world.leader):
        with pytest.raises(PermissionDenied):
            actions.answer_appeal(by=user, appeal=appeal, upheld=True, answer="成立")
    refused(lambda: actions.answer_appeal(by=world.office, appeal=appeal, upheld=True, answer=""), "answer")
    actions.answer_appeal(by=world.office, appeal=appeal, upheld=True, answer="成立，补计")
    with pytest.raises(Conflict):
        actions.answer_appeal(by=world.office, appeal=appeal, upheld=False, answer="不成立")
    appeal.refresh_from_db()
    assert (appeal.upheld, appeal.answer, appeal.answered_by) == (True, "成立，补计", world.office)
    assert Message.objects.filter(user=world.approver, subject="考核申诉已答复").exists()


def test_an_appeal_of_the_office_s_body_is_answered_by_the_second_reviewer(world: World) -> None:
    world.scheme()
    sheet = world.announced()
    appeal = actions.make_appeal(by=world.home_approver, sheet=sheet, agency=world.home, text="有异议")
    with pytest.raises(PermissionDenied):
        actions.answer_appeal(by=world.office, appeal=appeal, upheld=True, answer="成立")
    actions.answer_appeal(by=world.second, appeal=appeal, upheld=False, answer="经查无误")


def test_appeals_end_with_the_scheme_s_working_days(world: World) -> None:
    world.scheme(appeal_days=3)
    sheet = world.announced()  # on Wednesday
    assert actions.appeal_until(sheet) == date(2017, 7, 10)

    def made() -> Appeal:
        return actions.make_appeal(by=world.approver, sheet=sheet, agency=world.lead, text="有异议")

    with clock.at(make.moment("2017-07-11 00:01")):
        assert "申诉期到2017-07-10为止" in refused(made, "")
    with clock.at(make.moment("2017-07-10 23:59")):
        made()


# -- what was decided stays ---------------------------------------------------------------------------------


def test_the_database_itself_keeps_what_was_decided(world: World) -> None:
    world.scheme()
    world.corrected()
    actions.grade_evidence(by=world.office, grades=[GradeInput(world.green.pk, "good")])
    sheet = world.announced()
    appeal = actions.make_appeal(by=world.approver, sheet=sheet, agency=world.lead, text="有异议")
    changes: list[tuple[Any, dict[str, Any]]] = [
        (Appeal, {"text": "改"}),
        (Scheme, {"title": "改"}),
        (ScoreCorrection, {"points": Decimal(5)}),
        (EvidenceGrade, {"grade": "poor"}),
        (ScoreSheet, {"content": "{}"}),
        (ScoreSheet, {"state": "dropped"}),
    ]
    for model, values in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.update(**values)
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.all().delete()
    actions.answer_appeal(by=world.office, appeal=appeal, upheld=False, answer="经查无误")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appeal.objects.update(answer="改")


@pytest.mark.full
@pytest.mark.slow
def test_a_brief_freezes_the_edition_that_held_at_its_moment(world: World) -> None:
    world.scheme()
    with clock.at(make.moment("2017-07-06 10:00")):
        world.announced()
    with clock.at(make.moment("2017-07-08 10:00")):
        world.corrected("1")
        world.announced("漏计")

    def told(at: str, kind: str = "plan") -> Any:
        content = kinds.freeze(world.plan, Q1, known_at=make.moment(at), kind=kind, is_sample=False)
        found = json.loads(content)
        jsonschema.validate(
            found, json.loads((settings.BASE_DIR / "docs" / "figures-schema.json").read_text())
        )
        return found.get("scores")

    assert told("2017-07-05 12:00") is None
    assert (told("2017-07-07 12:00")["edition"], told("2017-07-09 12:00")["edition"]) == (1, 2)
    totals = {
        at: next(one["total"] for one in told(at)["bodies"] if one["agency"]["name"] == "牵头局")
        for at in ("2017-07-07 12:00", "2017-07-09 12:00")
    }
    assert list(totals.values()) == ["54.45", "55.45"]
    assert told("2017-07-09 12:00", "annual") is None


def test_plans_do_not_mix(world: World) -> None:
    world.scheme()
    other: Plan = make.plan()
    assert scheme_for(other, P1, NOW) is None
