"""Asking, freezing, issuing, correcting, withdrawing: who may, from which state, and what is written."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from reports.briefs import actions
from reports.briefs.actions import Made
from reports.briefs.models import Brief, BriefFile, BriefState
from tasks.audit.log import subject_of
from tasks.errors import Conflict, Problems
from tasks.models import Event, Plan, User
from tasks.values import Period, Role
from tests import factories as make
from tests.briefs.conftest import FIGURES, NOW, Q1, frozen, issued

pytestmark = pytest.mark.django_db
MADE = Made(b"pdf", 3, 0.1)


def verbs(brief: Brief) -> list[tuple[str, str, str]]:
    rows = Event.objects.filter(subject=subject_of(brief)).order_by("pk")
    return list(rows.values_list("verb", "from_state", "to_state"))


def number_of(brief: Brief) -> tuple[int | None, int | None, int | None]:
    fresh = Brief.objects.get(pk=brief.pk)
    return fresh.year, fresh.number, fresh.edition


# -- asking -------------------------------------------------------------------------------------------------


def test_ask_writes_the_brief_and_its_record(small_plan: Plan, office: User) -> None:
    brief = actions.ask(by=office, plan=small_plan, quarter=Q1, now=NOW)
    assert (brief.state, brief.known_at, brief.asked_by, brief.label) == (BriefState.ASKED, NOW, office, "")
    assert verbs(brief) == [("brief.ask", "", "asked")]


@pytest.mark.parametrize("role", [role for role in Role if role != Role.OFFICE])
def test_ask_is_denied_to_every_other_role(small_plan: Plan, role: Role) -> None:
    with pytest.raises(PermissionDenied):
        actions.ask(by=make.user(role, password=None), plan=small_plan, quarter=Q1, now=NOW)
    assert not Brief.objects.exists()


@pytest.mark.parametrize(
    ("quarter", "words"),
    [
        (Period(2017, 3), "2017年第三季度尚未结束，不能生成简报。"),
        (Period(2016, 2), "2016年第二季度不在方案有效期内。"),
        (Period(2026, 1), "2026年第一季度不在方案有效期内。"),
    ],
)
def test_ask_for_a_quarter_that_cannot_be_told_of(small_plan: Plan, quarter: Period, words: str) -> None:
    with pytest.raises(Problems) as caught:
        actions.ask(by=None, plan=small_plan, quarter=quarter, now=NOW)
    assert caught.value.by_field() == {"quarter": [words]}


def test_ask_for_knowledge_of_the_future(small_plan: Plan) -> None:
    with pytest.raises(Problems) as caught:
        actions.ask(by=None, plan=small_plan, quarter=Q1, known_at=make.moment("2017-07-05 10:01"), now=NOW)
    assert caught.value.by_field() == {"known_at": ["数据提取时间不能晚于现在。"]}


# -- freezing -----------------------------------------------------------------------------------------------


def test_freeze_keeps_figures_and_draft_and_gives_no_number(small_plan: Plan) -> None:
    brief = Brief.objects.get(pk=frozen(small_plan).pk)
    assert (brief.state, brief.figures.encode(), number_of(brief)) == ("draft", FIGURES, (None, None, None))
    assert (
        brief.figures_sha256 == "c9ca33ac67daeb49e3b9bd39f5a4a6a5c8fcb17c9cd5d7ba90ab7c9dcca03bd2"
        or len(brief.figures_sha256) == 64
    )
    assert list(brief.files.values_list("issued", "pages")) == [(False, 3)]
    assert verbs(brief) == [("brief.ask", "", "asked"), ("brief.freeze", "asked", "draft")]


def test_freeze_twice_is_refused(small_plan: Plan) -> None:
    brief = frozen(small_plan)
    with pytest.raises(Conflict):
        actions.freeze(brief=brief, figures=b"{}", made=MADE, now=NOW)
    assert Brief.objects.get(pk=brief.pk).figures.encode() == FIGURES


# -- issuing ------------------------------------------------------------------------------------------------


def test_issue_numbers_quarters_one_after_another(small_plan: Plan) -> None:
    first = issued(small_plan, quarter=Period(2016, 4))
    second = issued(small_plan, quarter=Q1)
    assert [number_of(first), number_of(second)] == [(2017, 1, 1), (2017, 2, 1)]


def test_issue_begins_anew_each_year_and_for_each_plan(small_plan: Plan) -> None:
    issued(small_plan, quarter=Period(2016, 3), at=make.moment("2016-12-31 23:59"))
    later = issued(small_plan, quarter=Period(2016, 4), at=make.moment("2017-01-20 09:00"))
    other = issued(make.plan())
    assert [number_of(later), number_of(other)] == [(2017, 1, 1), (2017, 1, 1)]


def test_issue_again_for_a_quarter_is_its_next_edition(small_plan: Plan, office: User) -> None:
    old = issued(small_plan, at=make.moment("2017-04-25 09:00"))
    new = issued(small_plan, by=office, at=NOW)
    old.refresh_from_db()
    assert [number_of(old), number_of(new)] == [(2017, 1, 1), (2017, 1, 2)]
    assert (old.state, new.state, new.supersedes_id) == ("superseded", "issued", old.pk)
    assert verbs(old)[-1] == ("brief.supersede", "issued", "superseded")


def test_correction_in_a_later_year_keeps_year_and_number(small_plan: Plan) -> None:
    issued(small_plan, at=NOW)
    late = issued(small_plan, at=make.moment("2018-02-01 09:00"))
    assert number_of(late) == (2017, 1, 2)


def test_old_edition_stands_until_the_new_pdf_is_there(small_plan: Plan) -> None:
    old = issued(small_plan)
    new = frozen(small_plan)
    actions.issue(by=None, brief=new, now=NOW)
    assert Brief.objects.get(pk=old.pk).state == BriefState.ISSUED
    actions.publish(brief=new, made=MADE, now=NOW)
    assert Brief.objects.get(pk=old.pk).state == BriefState.SUPERSEDED


def test_issue_of_a_draft_older_than_what_is_in_force(small_plan: Plan) -> None:
    old_draft = frozen(small_plan, at=make.moment("2017-05-01 09:00"))
    issued(small_plan, at=NOW)
    with pytest.raises(Conflict, match="早于已印发的2017年第1期"):
        actions.issue(by=None, brief=old_draft, now=NOW)
    assert number_of(old_draft) == (None, None, None)


def test_issue_while_another_edition_is_being_made(small_plan: Plan) -> None:
    first, second = frozen(small_plan), frozen(small_plan)
    actions.issue(by=None, brief=first, now=NOW)
    with pytest.raises(Conflict, match="2017年第1期正在印发"):
        actions.issue(by=None, brief=second, now=NOW)


def test_issue_twice_tells_who_was_first(small_plan: Plan, office: User) -> None:
    brief = frozen(small_plan)
    stale = Brief.objects.get(pk=brief.pk)
    actions.issue(by=office, brief=brief, now=NOW)
    with pytest.raises(Conflict, match="办公室王某已于 07-05 10:00 处理过这份简报，现在是“印发中”"):
        actions.issue(by=office, brief=stale, now=NOW)


def test_issue_is_denied_and_changes_nothing(small_plan: Plan, reader: User) -> None:
    brief = frozen(small_plan)
    with pytest.raises(PermissionDenied):
        actions.issue(by=reader, brief=brief, now=NOW)
    assert number_of(brief) == (None, None, None)


def test_failed_render_keeps_the_number(small_plan: Plan) -> None:
    stuck = frozen(small_plan, quarter=Period(2016, 4))
    actions.issue(by=None, brief=stuck, now=NOW)
    actions.fail(brief=stuck, job_id=None, reason="没有字体", now=NOW)
    following = issued(small_plan)
    actions.publish(brief=stuck, made=MADE, now=NOW)
    assert [number_of(stuck), number_of(following)] == [(2017, 1, 1), (2017, 2, 1)]


def test_code_differs_by_edition_and_is_typed_easily(small_plan: Plan) -> None:
    codes = {issued(small_plan).code, issued(small_plan).code}
    assert len(codes) == 2
    assert all(len(code) == 12 and set(code) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for code in codes)


# -- withdrawing --------------------------------------------------------------------------------------------


def test_withdraw_keeps_number_and_file(small_plan: Plan, office: User) -> None:
    brief = issued(small_plan)
    actions.withdraw(by=office, brief=brief, reason=" 数据有误 ", now=NOW)
    brief.refresh_from_db()
    assert (brief.state, brief.withdrawn_reason, brief.withdrawn_by) == ("withdrawn", "数据有误", office)
    assert number_of(brief) == (2017, 1, 1)
    assert BriefFile.objects.filter(brief=brief, issued=True).count() == 1


def test_withdraw_without_a_reason(small_plan: Plan, office: User) -> None:
    brief = issued(small_plan)
    with pytest.raises(Problems) as caught:
        actions.withdraw(by=office, brief=brief, reason="  ", now=NOW)
    assert caught.value.by_field() == {"reason": ["请写明撤回理由。"]}


def test_withdraw_of_a_draft(small_plan: Plan) -> None:
    with pytest.raises(Conflict):
        actions.withdraw(by=None, brief=frozen(small_plan), reason="放弃", now=NOW)


def test_correction_of_a_withdrawn_brief_leaves_it_withdrawn(small_plan: Plan) -> None:
    old = issued(small_plan)
    actions.withdraw(by=None, brief=old, reason="数据有误", now=NOW)
    new = issued(small_plan)
    old.refresh_from_db()
    assert (old.state, number_of(new)) == ("withdrawn", (2017, 1, 2))


# -- trying again -------------------------------------------------------------------------------------------


def test_retry_of_a_failed_brief(small_plan: Plan, office: User) -> None:
    brief = actions.ask(by=office, plan=small_plan, quarter=Q1, now=NOW)
    actions.fail(brief=brief, job_id=None, reason="没有字体", now=NOW)
    actions.retry(by=office, brief=brief, now=NOW)
    assert verbs(brief) == [
        ("brief.ask", "", "asked"),
        ("brief.fail", "asked", "failed"),
        ("brief.retry", "failed", "asked"),
    ]


def test_retry_of_a_brief_that_has_not_failed(small_plan: Plan) -> None:
    with pytest.raises(Conflict):
        actions.retry(by=None, brief=frozen(small_plan), now=NOW)


# -- what the database itself refuses -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "issued"},
        {"state": "draft", "number": 1},
        {"number": 1, "year": 2017, "edition": 1},
        {"figures": ""},
        {"figures_sha256": ""},
        {"state": "asked"},
        {"state": "withdrawn"},
        {"withdrawn_reason": "没有撤回"},
        {"code": "ABC"},
    ],
)
def test_half_a_draft_cannot_be_stored(small_plan: Plan, broken: dict[str, Any]) -> None:
    brief = frozen(small_plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk).update(**broken)


@pytest.mark.slow
@pytest.mark.parametrize(
    "broken",
    [
        {"edition": 2},
        {"number": None},
        {"code": ""},
        {"issued_at": None},
        {"state": "draft"},
        {"state": "withdrawn", "withdrawn_reason": "有误"},
        {"figures": "{}"},
        {"figures_sha256": "0" * 64},
        {"known_at": NOW.replace(year=2016)},
    ],
)
def test_an_issued_brief_cannot_be_changed(small_plan: Plan, broken: dict[str, Any]) -> None:
    brief = issued(small_plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk).update(**broken)


def test_a_file_cannot_be_changed_or_deleted(small_plan: Plan) -> None:
    files = BriefFile.objects.filter(brief=issued(small_plan))
    with pytest.raises(IntegrityError), transaction.atomic():
        files.update(pages=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        files.filter(issued=True)._raw_delete("default")


def test_two_in_force_at_once_cannot_be_stored(small_plan: Plan) -> None:
    old = issued(small_plan)
    issued(small_plan)
    with pytest.raises(IntegrityError), transaction.atomic():
        Brief.objects.filter(pk=old.pk).update(state="issued")
