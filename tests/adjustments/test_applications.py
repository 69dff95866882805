"""申请: a lead applies for an adjustment, the office writes its opinion, a third person decides."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from tasks.adjustments import actions, applications
from tasks.adjustments.models import Adjustment, AdjustmentFile, AdjustmentState
from tasks.adjustments.queries import content_at, term_at
from tasks.errors import Conflict, Problems
from tasks.models import Message, User
from tasks.values import Period, Role
from tests import factories as make
from tests.adjustments.conftest import Small

Q = Period.parse("2017Q2")
NOW = make.moment("2017-05-02 10:00")
LATER = make.moment("2017-05-03 10:00")
DAY = make.moment("2018-12-31").date()


def approver(small: Small, **more: Any) -> User:
    return make.user(Role.APPROVER, agency=small.lead, password=None, **more)


def applied(small: Small, by: User | None = None, **more: Any) -> Adjustment:
    given = {"task": small.task, "effective": Q, "deadline": DAY, "reason": "设备到货推迟", "now": NOW}
    return actions.propose_deadline(by=by or approver(small), **(given | more))


def agreed(small: Small, row: Adjustment) -> Adjustment:
    return applications.give_opinion(
        by=small.office, adjustment=row, agrees=True, opinion="情况属实。", now=NOW
    )


def test_a_deadline_applied_for_holds_once_a_third_person_approves(small: Small) -> None:
    row = applied(small)
    assert (row.applicant, row.state) == (small.lead, AdjustmentState.PROPOSED)
    assert term_at(small.task.pk, Q, NOW).deadline is None
    actions.approve(by=small.second, adjustment=agreed(small, row), now=LATER)
    assert term_at(small.task.pk, Q, LATER).deadline == DAY
    assert term_at(small.task.pk, Q, NOW).deadline is None


def test_only_who_files_for_a_lead_applies(small: Small) -> None:
    applied(small, by=make.user(Role.REPORTER, agency=small.lead, password=None))
    for by in (
        make.user(Role.APPROVER, agency=small.co, password=None),
        make.user(Role.APPROVER, agency=small.third, password=None),
        make.user(Role.VIEWER, agency=small.lead, password=None),
        small.leader,
    ):
        with pytest.raises(PermissionDenied):
            applied(small, by=by)


def test_it_is_not_decided_without_an_opinion_nor_by_who_wrote_it_or_applied(small: Small) -> None:
    row = applied(small)
    with pytest.raises(Conflict, match="还没有签署拟办意见"):
        actions.approve(by=small.second, adjustment=row, now=LATER)
    row = agreed(small, row)
    with pytest.raises(PermissionDenied, match="签署拟办意见的人"):
        actions.approve(by=small.office, adjustment=row, now=LATER)
    own = make.user(Role.OFFICE, agency=small.lead, password=None)
    for act in (actions.approve, actions.reject):
        with pytest.raises(PermissionDenied, match="本单位申请的调整"):
            act(by=own, adjustment=row, note="否", now=LATER)
    actions.reject(by=small.leader, adjustment=row, note="无依据", now=LATER)
    row.refresh_from_db()
    assert (row.state, row.decision_note) == (AdjustmentState.REJECTED, "无依据")


def test_who_applied_writes_no_opinion(small: Small) -> None:
    both = make.user(Role.APPROVER, agency=small.lead, password=None)
    row = applied(small, by=both)
    make.appointment(both, Role.OFFICE)
    with pytest.raises(PermissionDenied, match="自己申请的调整"):
        applications.give_opinion(by=both, adjustment=row, agrees=True, opinion="同意")


def test_an_opinion_is_rewritten_until_the_decision_and_says_something(small: Small) -> None:
    row = agreed(small, applied(small))
    with pytest.raises(Problems):
        applications.give_opinion(by=small.second, adjustment=row, agrees=False, opinion=" ")
    row = applications.give_opinion(
        by=small.second, adjustment=row, agrees=False, opinion="依据不足。", now=LATER
    )
    assert (row.agrees, row.opinion_by) == (False, small.second)
    actions.reject(by=small.office, adjustment=row, note="依据不足", now=LATER)
    with pytest.raises(Conflict):
        agreed(small, row)


def test_it_is_taken_back_while_undecided_and_by_its_applicant_alone(small: Small) -> None:
    by = approver(small)
    row = applied(small, by=by)
    with pytest.raises(PermissionDenied):
        actions.withdraw(by=approver(small), adjustment=row)
    assert actions.withdraw(by=by, adjustment=row, now=LATER).state == AdjustmentState.WITHDRAWN
    with pytest.raises(Conflict):
        agreed(small, row)


def test_other_content_and_an_end_are_applied_for(small: Small) -> None:
    by = approver(small)
    row = actions.propose_content(
        by=by, task=small.task, effective=Q, text="建成两座平台", reason="规模扩大", now=NOW
    )
    actions.approve(by=small.second, adjustment=agreed(small, row), now=LATER)
    assert (content_at(small.task.pk, Q, LATER), content_at(small.task.pk, Q, NOW)) == ("建成两座平台", "")
    with pytest.raises(Problems, match="没有变化"):
        actions.propose_content(
            by=by, task=small.task, effective=Q, text="建成两座平台", reason="再次", now=LATER
        )
    end = actions.propose_withdrawal(by=by, task=small.task, effective=Q, reason="任务合并", now=LATER)
    assert end.applicant == small.lead


def test_the_database_wants_an_opinion_and_a_third_person(small: Small) -> None:
    row = agreed(small, applied(small))
    decided = {"state": AdjustmentState.APPROVED, "decided_at": LATER}
    for change in (
        {**decided, "decided_by": small.office},
        {**decided, "decided_by": small.second, "opinion": "", "agrees": None, "opinion_by": None, "opinion_at": None},
        {"opinion_by": row.proposed_by},
        {"reason": "改"},
        {"applicant": small.co},
    ):  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic():
            Adjustment.objects.filter(pk=row.pk).update(**change)


def test_all_concerned_are_told(small: Small) -> None:
    reader = make.user(Role.REPORTER, agency=small.co, password=None)
    colleague = make.user(Role.REPORTER, agency=small.lead, password=None)
    row = applied(small)
    assert set(told()) == {small.office, small.second}
    agreed(small, row)
    assert set(told()) == {small.second, small.leader, colleague, row.proposed_by}
    actions.approve(by=small.leader, adjustment=row, now=LATER)
    assert set(told()) == {small.office, small.second, reader, colleague, row.proposed_by}


def told() -> list[User]:
    """Who was told since the last call."""
    seen = max(_seen, default=0)
    found = list(Message.objects.filter(pk__gt=seen).select_related("user").order_by("pk"))
    _seen.extend(message.pk for message in found)
    return [message.user for message in found if message.user is not None]


_seen: list[int] = []


# -- pages --------------------------------------------------------------------------------------------------


@pytest.fixture
def lead_client(small: Small) -> Client:
    client = Client()
    client.force_login(approver(small))
    return client


def page(client: Client, name: str, *args: Any) -> str:
    return client.get(reverse(name, args=args)).content.decode()


@pytest.mark.pages
def test_the_lead_applies_from_the_tasks_page_and_prints_the_form(small: Small, lead_client: Client) -> None:
    slug, ref = small.plan.slug, small.task.ref
    address = reverse("adjust_deadline", args=[slug, ref])
    assert address in page(lead_client, "task", slug, ref)
    scan = make.upload("依据.pdf")
    sent = {"deadline": "2018年12月", "effective": "2017Q2", "reason": "设备到货推迟", "attachments": [scan]}
    answer = lead_client.post(address, sent)
    row = Adjustment.objects.get()
    assert answer.status_code == 302
    assert (str(row.content["after"]["deadline"]), row.files.count()) == ("2018-12-31", 1)
    shown = page(lead_client, "adjustment", slug, row.pk)
    assert "依据.pdf" in shown
    assert 'value="approve"' not in shown
    form = lead_client.get(reverse("application_form", args=[slug, row.pk]))
    assert (form.status_code, form["Content-Type"]) == (200, "application/pdf")
    assert form.content.startswith(b"%PDF")
    other = Client()
    other.force_login(make.user(Role.APPROVER, agency=small.co, password=None))
    for name in ("adjustment", "application_form"):
        assert other.get(reverse(name, args=[slug, row.pk])).status_code == 404
    assert other.get(address).status_code == 403


@pytest.mark.pages
def test_reasons_that_say_nothing_and_unfit_files_are_refused_beside_their_fields(
    small: Small, lead_client: Client
) -> None:
    address = reverse("adjust_content", args=[small.plan.slug, small.task.ref])
    answer = lead_client.post(address, {"text": "—", "effective": "2017Q2", "reason": "无"})
    assert sorted(answer.context["form"].errors) == ["reason", "text"]
    bad = make.upload("说明.txt", b"x")
    sent = {"text": "新内容", "effective": "2017Q2", "reason": "扩大", "attachments": [bad]}
    answer = lead_client.post(address, sent)
    assert (answer.status_code, sorted(answer.context["form"].errors)) == (422, ["attachments"])
    assert not Adjustment.objects.exists()


@pytest.mark.pages
def test_files_come_and_go_until_the_decision(small: Small, lead_client: Client) -> None:
    row = applied(small)
    slug = small.plan.slug
    lead_client.post(
        reverse("application_attach", args=[slug, row.pk]), {"attachments": [make.upload("盖章.pdf")]}
    )
    one = AdjustmentFile.objects.get(adjustment=row)
    remove = reverse("application_detach", args=[slug, row.pk, one.file_id])
    assert lead_client.get(reverse("application_file", args=[slug, row.pk, one.file_id])).status_code == 200
    office = Client()
    office.force_login(small.office)
    assert office.post(remove).status_code == 403
    lead_client.post(remove)
    assert not AdjustmentFile.objects.exists()
    lead_client.post(
        reverse("application_attach", args=[slug, row.pk]), {"attachments": [make.upload("盖章.pdf")]}
    )
    actions.approve(by=small.second, adjustment=agreed(small, row), now=LATER)
    one = AdjustmentFile.objects.get(adjustment=row)
    lead_client.post(reverse("application_detach", args=[slug, row.pk, one.file_id]))
    assert AdjustmentFile.objects.count() == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        one.delete()


@pytest.mark.pages
def test_the_office_writes_its_opinion_with_nothing_preset(small: Small) -> None:
    row = applied(small)
    office, second = Client(), Client()
    office.force_login(small.office)
    second.force_login(small.second)
    slug = small.plan.slug
    shown = page(office, "adjustment", slug, row.pk)
    assert 'name="agrees"' in shown
    assert "checked" not in shown
    assert 'value="approve"' not in shown
    address = reverse("application_opinion", args=[slug, row.pk])
    assert office.post(address, {"opinion": "属实"}).status_code == 422
    assert office.post(address, {"agrees": "yes", "opinion": "—"}).status_code == 422
    assert office.post(address, {"agrees": "yes", "opinion": "情况属实"}).status_code == 302
    assert 'value="approve"' not in page(office, "adjustment", slug, row.pk)
    assert 'value="approve"' in page(second, "adjustment", slug, row.pk)
