"""线下签批、代录、线下审核: what is signed on paper comes in by a second person, who never judges it."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from tasks.errors import Conflict, Problems
from tasks.models import Message, PaperOffer, PaperRecord, Submission, User, Version
from tasks.review.actions import DecisionInput, decide
from tasks.review.on_paper import decide_on_paper
from tasks.standing.queries import standing
from tasks.submissions.actions import hand, save_drafts, submit, take_back
from tasks.submissions.content import DraftInput
from tasks.submissions.paper.actions import PaperInput, enter, offer, record_offers, waiting_offers
from tasks.submissions.withdrawing import obstacles, withdraw
from tasks.values import Role
from tests import factories as make

Q = make.quarter("2017Q1")
NOW, LATER = make.moment("2017-04-05 10:00"), make.moment("2017-04-06 10:00")
SIGNED = PaperInput("王局长", date(2017, 4, 4), "青局函〔2017〕5号")


class World:
    """A task that one agency leads and another shares, two people of the office, and the second reviewer."""

    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co = make.agency("牵头局"), make.agency("配合局")
        self.task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.cycle = make.cycle(self.plan, Q)
        self.reporter = make.user(Role.REPORTER, agency=self.lead, password=None)
        self.approver = make.user(Role.APPROVER, agency=self.lead, password=None)
        self.home = make.agency("办公室所在委")
        self.office, self.second = (make.user(Role.OFFICE, agency=self.home, password=None) for _ in range(2))

    def handed(self) -> Submission:
        row = self.draft(self.reporter)
        hand(by=self.reporter, submissions=[row.pk], now=NOW)
        row.refresh_from_db()
        return row

    def draft(self, by: User) -> Submission:
        given = {"light": "green", "done": "建成平台。", "next_steps": "验收。"}
        key: dict[str, Any] = {"plan_id": self.plan.pk, "quarter": Q, "task_id": self.task.pk}
        known = Submission.objects.filter(task=self.task, agency=self.lead).first()
        draft = DraftInput(**key, agency_id=self.lead.pk, revision=known.revision if known else None, **given)
        (row,) = save_drafts(by=by, drafts=[draft], now=NOW)
        return row

    def offered(self, row: Submission) -> PaperOffer:
        (one,) = offer(by=self.reporter, submissions=[row.pk], paper=SIGNED, uploads=[scan()], now=NOW)
        return one


def scan(name: str = "签批.pdf") -> Any:
    return make.upload(name)


@pytest.fixture
def world(db: None, settings: Any) -> World:
    settings.QHPLAN_NOW = NOW
    return World()


# -- 线下签批 -----------------------------------------------------------------------------------------------


def test_what_the_head_signed_on_paper_is_recorded_by_the_office_and_counts_as_submitted(
    world: World,
) -> None:
    row = world.handed()
    one = world.offered(row)
    assert [each.pk for each in waiting_offers()] == [one.pk]
    (version,) = record_offers(by=world.office, offers=[one.pk], now=LATER)
    kept = PaperRecord.objects.get()
    assert (version.channel, version.agency, version.submitted_by) == ("paper", world.lead, world.office)
    assert (kept.kind, kept.signer, kept.doc_number) == ("approval", "王局长", "青局函〔2017〕5号")
    assert (kept.offered_by, kept.recorded_by, kept.file) == (world.reporter, world.office, one.file)
    (stands,) = [each for each in standing([world.plan.pk], Q, known_at=LATER) if each.duty == "lead"]
    assert (stands.state, stands.version_id) == ("submitted", version.pk)
    assert waiting_offers() == []


def test_who_recorded_never_decides_it_and_another_does(world: World) -> None:
    (version,) = record_offers(by=world.office, offers=[world.offered(world.handed()).pk], now=LATER)
    decision = DecisionInput(version.pk, accept=True, verified_light="green", verification="true")
    with pytest.raises(PermissionDenied, match="不能由自己"):
        decide(by=world.office, decisions=[decision], now=LATER)
    decide(by=world.second, decisions=[decision], now=LATER)


def test_what_changed_after_the_signature_is_not_recorded(world: World) -> None:
    row = world.handed()
    one = world.offered(row)
    take_back(by=world.reporter, submissions=[row.pk], now=NOW)
    hand(by=world.reporter, submissions=[row.pk], now=NOW)
    assert waiting_offers() == []
    with pytest.raises(Conflict, match="签字之后改动过"):
        record_offers(by=world.office, offers=[one.pk], now=LATER)


def test_nobody_of_the_agency_records_it_nor_who_handed_it_in(world: World) -> None:
    one = world.offered(world.handed())
    own = make.user(Role.OFFICE, agency=world.lead, password=None)
    make.appointment(world.reporter, Role.OFFICE)
    for by in (own, world.reporter, world.approver):
        with pytest.raises(PermissionDenied):
            record_offers(by=by, offers=[one.pk], now=LATER)


@pytest.mark.parametrize(
    ("paper", "uploads", "field"),
    [
        (PaperInput(" ", date(2017, 4, 4)), [make.upload("a.pdf")], "signer"),
        (PaperInput("王", date(2017, 4, 6)), [make.upload("a.pdf")], "signed_on"),
        (PaperInput("王", date(2017, 4, 4)), [], "scan"),
        (PaperInput("王", date(2017, 4, 4)), [make.upload("a.txt", b"x")], "scan"),
    ],
)
def test_paper_without_who_when_or_scan_is_refused(
    world: World, paper: PaperInput, uploads: list[Any], field: str
) -> None:
    row = world.handed()
    with pytest.raises(Problems) as refused:
        offer(by=world.reporter, submissions=[row.pk], paper=paper, uploads=uploads, now=NOW)
    assert list(refused.value.by_field()) == [field]


def test_only_what_waits_for_approval_is_handed_in(world: World) -> None:
    row = world.draft(world.reporter)
    with pytest.raises(Conflict, match="没有待签批"):
        world.offered(row)


# -- 代录 ---------------------------------------------------------------------------------------------------


def entered(world: World) -> Version:
    by = world.office.entering_for(world.lead.pk)
    row = world.draft(by)
    (version,) = enter(by=by, submissions=[row.pk], paper=SIGNED, uploads=[scan()], now=LATER)
    return version


def test_the_office_enters_an_agencys_sealed_paper(world: World) -> None:
    version = entered(world)
    assert (version.channel, version.agency, version.submitted_by) == ("entered", world.lead, world.office)
    assert version.package is not None
    assert version.package.agency == world.lead
    told = Message.objects.filter(user__in=[world.reporter, world.approver])
    assert sorted(message.user_id or 0 for message in told) == [world.reporter.pk, world.approver.pk]
    with pytest.raises(PermissionDenied, match="不能由自己"):
        decide(
            by=world.office,
            decisions=[DecisionInput(version.pk, accept=False, note="再改")],
            now=LATER,
        )


def test_the_agency_and_whoever_entered_it_withdraw_it_until_it_is_decided(world: World) -> None:
    version = entered(world)
    head = version.submission
    assert obstacles(world.second, [head], LATER) == {head.pk: "由本单位签批人撤回。"}
    with pytest.raises(PermissionDenied):
        withdraw(by=world.second, submissions=[head.pk], reason="录错", now=LATER)
    withdraw(by=world.office, submissions=[head.pk], reason="录错", now=LATER)
    assert not Version.objects.exists()
    again = entered(world)
    withdraw(by=world.approver, submissions=[head.pk], reason="数字有误", now=LATER)
    again.refresh_from_db()
    assert again.withdrawn_by == world.approver
    submit(by=world.approver, submissions=[head.pk], now=LATER)
    assert Version.objects.get().channel == ""


def test_nothing_is_entered_while_the_agency_writes_itself_or_by_its_own_people(world: World) -> None:
    by = world.office.entering_for(world.lead.pk)
    world.draft(world.reporter)
    row = Submission.objects.get()
    with pytest.raises(Conflict, match="自己有 1 件草稿"):
        enter(by=by, submissions=[row.pk], paper=SIGNED, uploads=[scan()], now=LATER)
    own = make.user(Role.OFFICE, agency=world.lead, password=None)
    for who in (world.office, own, own.entering_for(world.co.pk), world.reporter.entering_for(world.co.pk)):
        with pytest.raises((PermissionDenied, Conflict)):
            enter(by=who, submissions=[row.pk], paper=SIGNED, uploads=[scan()], now=LATER)


def test_whoever_enters_hands_nothing_on_and_approves_nothing(world: World) -> None:
    by = world.office.entering_for(world.lead.pk)
    row = world.draft(by)
    for act in (hand, submit):
        with pytest.raises(PermissionDenied):
            act(by=by, submissions=[row.pk], now=NOW)


# -- 线下审核 -----------------------------------------------------------------------------------------------


def reviewed(world: World, version: Version, **more: Any) -> Version:
    given: dict[str, Any] = {
        "by": world.office,
        "decision": DecisionInput(version.pk, accept=True, verified_light="green", verification="true"),
        "paper": replace(SIGNED, signed_on=date(2017, 4, 5)),
        "signer_agency": world.home.pk,
        "uploads": [scan("审核单.pdf")],
        "now": LATER,
    }
    return decide_on_paper(**(given | more))


def test_a_decision_signed_on_paper_is_recorded_with_its_signer(world: World) -> None:
    version = reviewed(world, make.version(world.task, world.lead, Q, at=NOW))
    kept = PaperRecord.objects.get()
    assert (version.decision, kept.kind, kept.signer) == ("accepted", "review", "王局长")
    assert kept.decision == version.decisions.get()


def test_whose_return_it_is_never_signs_and_who_signed_does_not_record(world: World) -> None:
    version = make.version(world.task, world.lead, Q, at=NOW)
    for more, field in (
        ({"signer_agency": world.lead.pk}, "signer_agency"),
        ({"paper": PaperInput(world.office.display_name, date(2017, 4, 5))}, "signer"),
        ({"paper": SIGNED}, "signed_on"),  # before it was submitted
        ({"uploads": []}, "scan"),
    ):
        with pytest.raises(Problems) as refused:
            reviewed(world, version, **more)
        assert list(refused.value.by_field()) == [field]
    with pytest.raises(PermissionDenied):
        reviewed(world, version, by=world.approver)
    assert not PaperRecord.objects.exists()


def test_the_database_keeps_what_was_recorded(world: World) -> None:
    entered(world)
    record_offers_of = PaperRecord.objects.all()
    for change in ({"signer": "改"}, {"recorded_by": world.reporter}):
        with pytest.raises(DatabaseError), transaction.atomic():
            record_offers_of.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        record_offers_of.delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        Version.objects.update(channel="")


# -- pages --------------------------------------------------------------------------------------------------


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.full
@pytest.mark.pages
def test_entering_goes_through_the_agencys_own_pages(world: World) -> None:
    office = client_of(world.office)
    begun = office.post(reverse("paper_enter"), {"agency": world.lead.pk, "q": str(Q)})
    assert begun["Location"].startswith(reverse("desk"))
    desk = office.get(begun["Location"]).content.decode()
    assert "正在代录：牵头局" in desk
    edit = reverse("return_edit", args=[world.plan.slug, str(Q), world.task.ref])
    sent = {"light": "green", "done": "建成平台。", "next_steps": "验收。", "revision": "", "action": "save"}
    assert office.post(edit, sent).status_code == 302
    package = reverse("package") + f"?q={Q}"
    page = office.get(package).content.decode()
    assert "提交代录" in page
    assert 'value="hand"' not in page
    chosen = {
        "action": "enter",
        "tasks": [world.task.pk],
        "signer": "王局长",
        "signed_on": "2017-04-04",
        "q": str(Q),
    }
    refused = office.post(package, chosen)
    assert (refused.status_code, "请上传签字盖章的扫描件" in refused.content.decode()) == (422, True)
    office.post(package, {**chosen, "scan": scan()})
    version = Version.objects.get()
    assert version.channel == "entered"
    office.post(reverse("paper_leave"))
    for client in (client_of(world.reporter), office, client_of(world.second)):
        shown = client.get(reverse("return", args=[version.submission_id])).content.decode()
        assert "代录" in shown
        assert "王局长" in shown
    assert "正在代录" not in office.get(reverse("papers")).content.decode()


@pytest.mark.pages
def test_whoever_entered_it_withdraws_it_on_its_page(world: World) -> None:
    version = entered(world)
    page = reverse("return", args=[version.submission_id])
    address = reverse("withdraw", args=[version.submission_id])
    office, other = client_of(world.office), client_of(world.second)
    assert address in office.get(page).content.decode()
    assert address not in other.get(page).content.decode()
    done = office.post(address, {"withdraw-version": "1", "withdraw-reason": "录错单位"}, follow=True)
    assert (done.status_code, "已撤回" in done.content.decode()) == (200, True)
    assert not Version.objects.exists()


@pytest.mark.pages
def test_entering_ends_when_the_agency_begins_to_write(world: World) -> None:
    office = client_of(world.office)
    office.post(reverse("paper_enter"), {"agency": world.lead.pk, "q": str(Q)})
    world.draft(world.reporter)
    page = office.get(reverse("papers"))
    assert page.status_code == 200
    assert "自己有 1 件草稿" in page.content.decode()


@pytest.mark.pages
def test_a_reporter_hands_in_and_the_office_records(world: World) -> None:
    row = world.handed()
    reporter = client_of(world.reporter)
    package = reverse("package") + f"?q={Q}"
    chosen = {
        "action": "offer",
        "tasks": [world.task.pk],
        "signer": "王局长",
        "signed_on": "2017年4月4日",
        "q": str(Q),
    }
    assert reporter.post(package, {**chosen, "scan": scan()}).status_code == 302
    one = PaperOffer.objects.get()
    office = client_of(world.office)
    assert "王局长" in office.get(reverse("papers")).content.decode()
    office.post(reverse("papers_record"), {"offers": [one.pk]})
    row.refresh_from_db()
    assert row.state == "submitted"
    assert "线下签批" in reporter.get(reverse("return", args=[row.pk])).content.decode()
    assert reporter.get(reverse("paper_scan", args=[one.file_id])).status_code == 200
    outsider = client_of(make.user(Role.APPROVER, agency=world.co, password=None))
    assert outsider.get(reverse("paper_scan", args=[one.file_id])).status_code == 404


@pytest.mark.pages
def test_the_office_records_a_review_on_paper_and_prints_its_sheet(world: World) -> None:
    version = make.version(world.task, world.lead, Q, at=NOW)
    office = client_of(world.office)
    decision = {
        "version": "1",
        "action": "accept",
        "verified_light": version.light,
        "verification": "true",
        "on_paper": "1",
        "signer": "李主任",
        "signed_on": "2017-04-05",
        "signer_agency": world.lead.pk,
    }
    address = reverse("decide", args=[version.submission_id])
    refused = office.post(address, {**decision, "scan": scan()})
    assert (refused.status_code, "填报单位的人不能签" in refused.content.decode()) == (422, True)
    office.post(address, {**decision, "signer_agency": world.home.pk, "scan": scan()})
    shown = office.get(reverse("return", args=[version.submission_id])).content.decode()
    assert "线下审核" in shown
    assert "李主任" in shown
    sheet = office.get(reverse("review_sheet", args=[version.submission_id, 1]))
    assert (sheet.status_code, sheet.content[:4]) == (200, b"%PDF")
    outsider = client_of(make.user(Role.APPROVER, agency=world.co, password=None))
    assert outsider.get(reverse("review_sheet", args=[version.submission_id, 1])).status_code == 404
