"""What was granted, asked for, closed or signed by mistake is taken back, until something builds on it; what was known earlier
stays known."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.supervision import answers
from reports.supervision.models import Notice, NoticeReopening
from reports.supervision.queries import open_notices
from reports.supervision.reopening import reopen
from tasks.cycles.extensions import extended, grant_extension, revoke_extensions
from tasks.errors import Conflict, Problems
from tasks.models import Extension, Message, State, Submission, Supplement, User
from tasks.review.actions import SupplementInput, ask_supplement
from tasks.review.supplements import undo_supplement
from tasks.submissions.actions import save_drafts
from tasks.submissions.content import DraftInput
from tasks.values import Duty, Light, Period, Role
from tests import factories as make
from tests.pages import text
from tests.supervision.conftest import DUE, NOW
from tests.supervision.conftest import World as Room

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
ASKED = make.moment("2017-04-03 09:00")
LATER = make.moment("2017-04-04 09:00")
UNTIL = make.moment("2017-04-12 17:00")


class World:
    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead = make.agency("牵头局")
        self.task = make.task(self.plan, lead=self.lead)
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.office = make.user(Role.OFFICE, password=None)
        self.second = make.user(Role.OFFICE, password=None)

    def client(self, user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client


@pytest.fixture
def world() -> Iterator[World]:
    with clock.at(LATER):
        yield World()


# -- 报送延期 -----------------------------------------------------------------------------------------------


def test_an_extension_is_revoked_before_the_old_date_and_is_known_as_it_was(world: World) -> None:
    (one,) = grant_extension(
        by=world.office, cycle=world.cycle, agency_ids=[world.lead.pk], until=UNTIL, reason="搬迁", now=ASKED
    )
    with pytest.raises(Problems):
        revoke_extensions(by=world.office, extensions=[one.pk], reason=" ", now=LATER)
    with pytest.raises(PermissionDenied):
        revoke_extensions(by=world.approver, extensions=[one.pk], reason="误给", now=LATER)
    with pytest.raises(PermissionDenied):
        revoke_extensions(by=world.office, extensions=[one.pk, 10**6], reason="误给", now=LATER)
    with pytest.raises(Conflict, match="已在使用"):
        revoke_extensions(
            by=world.office, extensions=[one.pk], reason="误给", now=make.moment("2017-04-11 09:00")
        )
    revoke_extensions(by=world.second, extensions=[one.pk], reason="误给", now=LATER)
    due = world.cycle.due(Duty.LEAD)
    held = [
        extended([world.cycle], at).due(world.cycle, Duty.LEAD, world.lead.pk) for at in (None, ASKED, LATER)
    ]
    assert held == [due, UNTIL, due]
    with pytest.raises(Conflict, match="没有可撤销的"):
        revoke_extensions(by=world.office, extensions=[one.pk], reason="误给", now=LATER)
    with pytest.raises(DatabaseError, match="revoked, once"), transaction.atomic():
        Extension.objects.update(reason="改写")
    told = Message.objects.filter(subject__contains="延期已撤销", body__contains="4月10日 17:00")
    assert set(told.values_list("user", flat=True)) == {world.reporter.pk, world.approver.pk}


def test_the_page_revokes_what_is_ticked(world: World) -> None:
    (one,) = grant_extension(
        by=world.office, cycle=world.cycle, agency_ids=[world.lead.pk], until=UNTIL, reason="搬迁", now=ASKED
    )
    office = world.client(world.office)
    page, decide = (
        reverse("extensions", args=[world.cycle.pk]),
        reverse("extensions_decide", args=[world.cycle.pk]),
    )
    assert f'name="extensions" value="{one.pk}"' in office.get(page).content.decode()
    assert (
        office.post(decide, {"action": "revoke", "extensions": str(one.pk), "note": "无"}).status_code == 422
    )
    done = office.post(
        decide, {"action": "revoke", "extensions": str(one.pk), "note": "<b>误给"}, follow=True
    )
    assert "已撤销 1 个单位的延期" in text(done)
    assert "&lt;b&gt;误给" in done.content.decode()
    assert "误给" in text(world.client(world.approver).get(reverse("extension_ask")))


# -- 补充要求 -----------------------------------------------------------------------------------------------


def asked_for(world: World) -> Supplement:
    version = make.accept(
        make.version(world.task, world.lead, Q, at=make.moment("2017-04-02")), by=world.office
    )
    request = SupplementInput(version.pk, reason="补佐证", answer_by=make.moment("2017-04-20 17:00"))
    return ask_supplement(by=world.office, requests=[request], now=ASKED)[0]


def test_a_request_for_more_is_taken_back_until_the_agency_has_begun(world: World) -> None:
    one = asked_for(world)
    with pytest.raises(PermissionDenied):
        undo_supplement(by=world.approver, supplements=[one.pk], now=LATER)
    with pytest.raises(Problems, match="理由"):
        undo_supplement(by=world.second, supplements=[one.pk], now=LATER)
    undo_supplement(by=world.office, supplements=[one.pk], now=LATER)
    head = Submission.objects.get()
    assert head.state == State.ACCEPTED
    assert not Supplement.objects.exists()
    assert Supplement.every.get().undone_by == world.office
    assert set(Message.objects.filter(subject__contains="补充要求已撤销").values_list("user", flat=True)) == {
        world.reporter.pk,
        world.approver.pk,
    }
    with pytest.raises(Conflict, match="已经撤销"):
        undo_supplement(by=world.office, supplements=[one.pk], now=LATER)
    # It can be asked again; once the agency writes, it stands.
    request = SupplementInput(one.version_id, reason="再补", answer_by=make.moment("2017-04-20 17:00"))
    (again,) = ask_supplement(by=world.office, requests=[request], now=LATER)
    head.refresh_from_db()
    draft = DraftInput(
        plan_id=world.plan.pk, quarter=Q, task_id=world.task.pk, agency_id=world.lead.pk,
        light=Light.GREEN, done="补写", revision=head.revision,
    )  # fmt: skip
    save_drafts(by=world.reporter, drafts=[draft], now=make.moment("2017-04-05 09:00"))
    with pytest.raises(Conflict, match="开始填写"):
        undo_supplement(by=world.office, supplements=[again.pk], now=make.moment("2017-04-05 10:00"))
    with pytest.raises(DatabaseError, match="taken back, once"), transaction.atomic():
        Supplement.every.update(reason="改写")


def test_the_page_takes_a_request_back(world: World) -> None:
    one = asked_for(world)
    page = reverse("return", args=[one.version.submission_id])
    undo = reverse("supplement_undo", args=[one.version.submission_id])
    assert undo in world.client(world.second).get(page).content.decode()
    assert undo not in world.client(world.approver).get(page).content.decode()
    refused = world.client(world.second).post(undo, {"supplement": one.pk, "reason": "无"}, follow=True)
    assert "请写明理由" in text(refused)
    assert world.client(world.second).post(undo, {"supplement": "x"}).status_code == 404
    assert world.client(world.approver).post(undo, {"supplement": one.pk}).status_code == 403
    done = world.client(world.office).post(undo, {"supplement": one.pk, "reason": ""}, follow=True)
    assert "补充要求已撤销" in text(done)


# -- 督办 ---------------------------------------------------------------------------------------------------


@pytest.fixture
def room(db: None) -> Iterator[Room]:
    with clock.at(NOW):
        yield Room()


def closed(room: Room) -> Notice:
    notice = room.issued()
    answers.acknowledge(by=room.reporter, notice=notice, now=NOW)
    given = answers.answer(by=room.approver, notice=notice, text="已办。", now=NOW)
    answers.decide(
        by=room.office, notice=notice, answer=given, accept=True, now=make.moment("2017-07-06 09:00")
    )
    return Notice.objects.get(pk=notice.pk)


def test_a_closed_notice_is_reopened_with_a_reason_and_known_as_it_was(room: Room) -> None:
    notice = closed(room)
    day, at = date(2017, 7, 28), make.moment("2017-07-10 09:00")
    for by, reason, due, refused in (
        (room.approver, "未办完", day, PermissionDenied),
        (room.office, " ", day, Problems),
        (room.office, "未办完", date(2017, 7, 1), Problems),
        (room.office, "未办完", None, Problems),
    ):
        with pytest.raises(refused):
            reopen(by=by, notice=notice, reason=reason, due_on=due, now=at)
    reopen(by=room.office, notice=notice, reason="未办完", due_on=day, now=at)
    notice.refresh_from_db()
    assert (notice.state, notice.due_on, notice.first_due_on, notice.ended_at) == (
        "sent_back",
        day,
        DUE,
        None,
    )
    with pytest.raises(Conflict):
        reopen(by=room.office, notice=notice, reason="再开", due_on=day, now=at)

    def is_open(moment: str) -> bool:
        return any(one.id == notice.pk for one in open_notices(room.plan, make.moment(moment)))

    assert [is_open(moment) for moment in ("2017-07-05 12:00", "2017-07-08", "2017-07-11")] == [
        True,
        False,
        True,
    ]
    given = answers.answer(by=room.approver, notice=notice, text="补办完毕。", now=at)
    answers.decide(by=room.office, notice=notice, answer=given, accept=True, now=make.moment("2017-07-12"))
    assert [is_open(moment) for moment in ("2017-07-08", "2017-07-11", "2017-07-13")] == [False, True, False]
    with pytest.raises(DatabaseError), transaction.atomic():
        NoticeReopening.objects.update(reason="改写")
    with pytest.raises(DatabaseError, match="only ever reopened"), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(
            state="sent_back", ended_at=None, ended_by=None, ended_reason=""
        )


def test_the_page_reopens(room: Room) -> None:
    notice = closed(room)
    office = Client()
    office.force_login(room.office)
    url = reverse("notice_reopen", args=[notice.pk])
    assert url in office.get(reverse("notice", args=[notice.pk])).content.decode()
    with clock.at(make.moment("2017-07-10 09:00")):
        assert office.post(url, {"reopen-reason": "无", "reopen-due_on": "2017-07-28"}).status_code == 422
        done = office.post(url, {"reopen-reason": "<b>未办完", "reopen-due_on": "2017-07-28"}, follow=True)
    assert "已重开" in text(done)
    assert "&lt;b&gt;未办完" in done.content.decode()


# -- API ----------------------------------------------------------------------------------------------------


def test_the_api_asks_grants_revokes_and_takes_a_supplement_back(world: World) -> None:
    json = {"content_type": "application/json"}
    office, approver = world.client(world.office), world.client(world.approver)
    rows = reverse("api_extension_list", args=[world.plan.slug])
    act = reverse("api_extension_act")
    asked = {"quarter": str(Q), "until": UNTIL.isoformat(), "reason": "搬迁"}
    (one,) = approver.post(rows, asked, **json).json()
    assert (one["state"], one["agency"]) == ("asked", world.lead.slug)
    refused = office.post(act, {"action": "refuse", "extensions": [one["id"]]}, **json)
    assert (refused.status_code, "理由" in refused.content.decode()) == (422, True)
    assert approver.post(act, {"action": "grant", "extensions": [one["id"]]}, **json).status_code == 403
    granted = office.post(act, {"action": "grant", "extensions": [one["id"]]}, **json)
    assert granted.json()[0]["state"] == "granted"
    revoked = office.post(act, {"action": "revoke", "extensions": [one["id"]], "note": "误给"}, **json)
    assert (revoked.json()[0]["state"], revoked.json()[0]["revoke_reason"]) == ("revoked", "误给")
    again = office.post(act, {"action": "revoke", "extensions": [one["id"]], "note": "误给"}, **json)
    assert again.status_code == 409
    unknown = office.post(rows, {**asked, "agencies": ["no-such"]}, **json)
    assert (unknown.status_code, "没有这个单位" in unknown.content.decode()) == (422, True)
    given = office.post(rows, {**asked, "agencies": [world.lead.slug]}, **json)
    assert [one["state"] for one in given.json()] == ["granted"]
    assert len(approver.get(rows, {"q": str(Q)}).json()) == 2

    take_back = reverse("api_supplement_undo")
    version = asked_for(world).version
    done = office.post(take_back, {"versions": [version.pk]}, **json)
    assert (done.status_code, done.json()[0]["state"]) == (200, State.ACCEPTED)
    assert not Supplement.objects.exists()
