"""报送延期: who asks and who grants, until when, and that lateness is measured by it everywhere, as known at each moment.

The cycle of 2017Q1: opens 2017-04-01, co-returns due 04-05 17:00, lead returns due 04-10 17:00, closes 04-30 17:00.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.figures.queries import plan_figures
from tasks.cycles.extensions import ask_extension, decide_extensions, grant_extension
from tasks.errors import Conflict, Problems
from tasks.models import Extension, Message
from tasks.notifications.queries import waiting
from tasks.standing.progress import owed_returns
from tasks.standing.queries import standing
from tasks.submissions.queries import desk, filing_record
from tasks.values import Duty, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

Q = Period(2017, 1)
NOW = make.moment("2017-04-03 09:00")
UNTIL = make.moment("2017-04-12 17:00")
FILED = make.moment("2017-04-11 10:00")  # after both dates of the cycle


class World:
    def __init__(self) -> None:
        self.plan = make.plan()
        self.lead, self.co = make.agency("牵头局"), make.agency("配合局")
        self.task = make.task(self.plan, lead=self.lead, co=[self.co])
        self.cycle = make.cycle(self.plan, Q)
        self.approver = make.user(Role.APPROVER, agency=self.co, password=None)
        self.reporter = make.user(Role.REPORTER, agency=self.co, password=None)
        self.office = make.user(Role.OFFICE, password=None)

    def grant(
        self, now: datetime = NOW, until: datetime = UNTIL, reason: str = "机构搬迁"
    ) -> list[Extension]:
        return grant_extension(
            by=self.office, cycle=self.cycle, agency_ids=[self.co.pk], until=until, reason=reason, now=now
        )

    def on_time(self, known_at: datetime) -> bool | None:
        rows = standing([self.plan.pk], Q, known_at=known_at)
        return next(row.on_time for row in rows if row.agency_id == self.co.pk)


@pytest.fixture
def world() -> Iterator[World]:
    with clock.at(FILED):
        yield World()


def test_what_was_granted_before_the_date_makes_the_return_punctual_everywhere(world: World) -> None:
    world.grant()
    make.version(world.task, world.co, Q, at=FILED)

    assert world.on_time(FILED) is True
    rate = plan_figures(world.plan, Q, known_at=FILED).co
    assert (rate.on_time, rate.reported) == (1, 1)
    assert [one.late for one in owed_returns(world.plan, Q, now=FILED) if one.agency == world.co] == [False]
    (record,) = filing_record(world.plan, world.co.pk, before=Q + 1, quarters=1)
    assert (record.on_time, record.late) == (1, 0)


def test_figures_of_an_earlier_moment_do_not_know_it(world: World) -> None:
    make.version(world.task, world.co, Q, at="2017-04-05 18:00")
    assert world.on_time(FILED) is False
    world.grant(now=make.moment("2017-04-05 16:00"))
    assert world.on_time(make.moment("2017-04-05 18:00")) is True
    with clock.at(make.moment("2017-04-05 15:00")):
        rows = standing([world.plan.pk], Q, known_at=make.moment("2017-04-05 15:00"))
    assert next(row.due_at for row in rows if row.agency_id == world.co.pk) == world.cycle.co_due


def test_reminders_and_the_desk_follow_it(world: World) -> None:
    world.grant()
    dues = {one.duty.agency_id: one.due for one in waiting([world.cycle], known_at=NOW)}
    assert dues == {world.co.pk: UNTIL, world.lead.pk: world.cycle.lead_due}
    assert desk(world.plan, Q, world.co.pk).due(Duty.CO) == UNTIL
    client = Client()
    client.force_login(world.approver)
    assert "4月12日 17:00" in client.get(reverse("desk") + f"?plan={world.plan.slug}&q={Q}").content.decode()


def test_nobody_becomes_punctual_after_the_fact(world: World) -> None:
    make.version(world.task, world.co, Q, at="2017-04-05 18:00")
    with pytest.raises(Problems) as raised:
        world.grant(now=make.moment("2017-04-05 17:01"))
    assert list(raised.value.by_field()) == ["until"]
    assert world.on_time(FILED) is False


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        ("2017-04-12 17:00", " ", "reason"),
        ("2017-04-02 17:00", "机构搬迁", "until"),
        ("2017-04-05 17:00", "机构搬迁", "until"),
        ("2017-05-12 17:00", "机构搬迁", "until"),
    ],
)
def test_what_cannot_be_granted_is_said_at_its_field(
    world: World, until: str, reason: str, field: str
) -> None:
    with pytest.raises(Problems) as raised:
        world.grant(until=make.moment(until), reason=reason)
    assert list(raised.value.by_field()) == [field]


def test_an_agency_asks_and_the_office_decides(world: World) -> None:
    (asked,) = ask_extension(by=world.approver, cycle=world.cycle, until=UNTIL, reason="机构搬迁", now=NOW)
    assert world.on_time(FILED) is None
    with pytest.raises(Conflict):
        ask_extension(by=world.approver, cycle=world.cycle, until=UNTIL, reason="机构搬迁", now=NOW)
    with pytest.raises(Problems):
        decide_extensions(by=world.office, extensions=[asked.pk], grant=False, now=NOW)
    decide_extensions(by=world.office, extensions=[asked.pk], grant=True, now=NOW)
    assert desk(world.plan, Q, world.co.pk).due(Duty.CO) == UNTIL
    assert Message.objects.filter(user=world.approver, subject__contains="延期").exists()
    with pytest.raises(Conflict):
        decide_extensions(by=world.office, extensions=[asked.pk], grant=True, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Extension.objects.update(until=UNTIL + timedelta(days=1))


def test_only_an_approver_asks_and_nobody_grants_for_the_own_agency(world: World) -> None:
    with pytest.raises(PermissionDenied):
        ask_extension(by=world.reporter, cycle=world.cycle, until=UNTIL, reason="机构搬迁", now=NOW)
    own = make.user(Role.OFFICE, agency=world.co, password=None)
    for user in (world.approver, own):
        with pytest.raises(PermissionDenied):
            grant_extension(
                by=user, cycle=world.cycle, agency_ids=[world.co.pk], until=UNTIL, reason="机构搬迁", now=NOW
            )


def test_the_pages_ask_and_grant(world: World) -> None:
    with clock.at(NOW):
        agency, office = Client(), Client()
        agency.force_login(world.approver)
        office.force_login(world.office)
        ask = reverse("extension_ask") + f"?plan={world.plan.slug}&q={Q}"
        assert agency.post(ask, {"until": "2017-04-12T17:00", "reason": ""}).status_code == 422
        assert agency.post(ask, {"until": "2017-04-12T17:00", "reason": "机构搬迁"}).status_code == 302
        page = reverse("extensions", args=[world.cycle.pk])
        assert "机构搬迁" in office.get(page).content.decode()
        decide = reverse("extensions_decide", args=[world.cycle.pk])
        assert office.post(decide, {"action": "grant"}).status_code == 422
        pk = Extension.objects.get().pk
        assert office.post(decide, {"action": "grant", "extensions": pk}).status_code == 302
        assert "已同意" in agency.get(ask).content.decode()
        given = {"agencies": world.lead.pk, "until": "2017-04-14T17:00", "reason": "机构搬迁"}
        assert office.post(page, given).status_code == 302
    assert Extension.objects.granted().count() == 2
