"""代签: an approver names who signs for them from a day to a day, and what the deputy signs says so."""

from dataclasses import dataclass
from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.urls import reverse

from qhplan import clock
from tasks.accounts.appointments import NewDeputy, end_appointment, name_deputy
from tasks.errors import Conflict, Problems
from tasks.models import Agency, Appointment, Event, Submission, Task, User, Version
from tasks.notifications.models import Message
from tasks.people.permissions import may_approve
from tasks.review.actions import DecisionInput, decide
from tasks.submissions import actions
from tasks.values import Light, Period, Role
from tests import factories as make

pytestmark = pytest.mark.django_db

NOW = make.moment("2017-04-12 10:00")
Q = Period(2017, 1)


@dataclass
class Scene:
    agency: Agency
    task: Task
    reporter: User
    approver: User
    deputy: User

    def again(self, user: User) -> User:
        return User.objects.get(pk=user.pk)

    def named(self, last: date = date(2017, 4, 14), **values: User) -> Appointment:
        new = NewDeputy(self.approver.pk, self.deputy.pk, date(2017, 4, 12), last)
        return name_deputy(by=values.get("by", self.approver), new=new, note="出差", now=NOW)[0]

    def draft(self, writer: User, **values: object) -> Submission:
        return make.submission(
            self.task,
            self.agency,
            Q,
            light=Light.GREEN,
            done="做了",
            next_steps="再做",
            saved_by=writer,
            **values,
        )

    def submit(self, draft: Submission, by: User) -> Version:
        return actions.submit(by=self.again(by), submissions=[draft.pk], now=NOW)[0]


@pytest.fixture
def scene() -> Scene:
    agency = make.agency("甲局", one_person=False)
    task = make.task(make.plan(), lead=agency)
    make.cycle(task.plan, Q)
    return Scene(
        agency,
        task,
        make.user(Role.REPORTER, agency=agency, password=None, display_name="填报员"),
        make.user(Role.APPROVER, agency=agency, password=None, display_name="张局长"),
        make.user(Role.REPORTER, agency=agency, password=None, display_name="李处长"),
    )


def test_what_a_deputy_signs_says_for_whom(scene: Scene, client: Client) -> None:
    with clock.at(NOW):
        scene.named()
        version = scene.submit(scene.draft(scene.reporter), scene.deputy)
        assert (version.submitted_by, version.signed_for) == (scene.deputy, scene.approver)
        assert version.package is not None
        assert version.signer == version.package.signer == "李处长 代签（代 张局长）"
        event = Event.objects.get(verb="return.submit")
        assert event.data["on_behalf_of"] == scene.approver.pk
        client.force_login(scene.reporter)
        page = client.get(reverse("return", args=[version.submission_id])).content.decode()
        assert "李处长 代签（代 张局长）" in page


def test_what_approvers_sign_themselves_names_nobody_else(scene: Scene) -> None:
    with clock.at(NOW):
        scene.named()
        version = scene.submit(scene.draft(scene.reporter), scene.approver)
        assert (version.signed_for, version.signer) == (None, "张局长")


def test_a_deputy_signs_from_the_first_day_to_the_last(scene: Scene) -> None:
    with clock.at(NOW):
        scene.named()
    found = {}
    for at in ("2017-04-11 23:59", "2017-04-12 10:00", "2017-04-14 23:59", "2017-04-15 00:00"):
        with clock.at(make.moment(at)):
            found[at] = may_approve(scene.again(scene.deputy))
    assert list(found.values()) == [False, True, True, False]


def test_deputy_principal_and_administrator_are_told_but_for_who_acted(scene: Scene, client: Client) -> None:
    admin = make.user(Role.RIGHTS_ADMIN, password=None, display_name="安全员")
    with clock.at(NOW):
        row = scene.named()
        subject = "李处长代张局长签批，2017年4月12日至2017年4月14日"
        told = Message.objects.filter(subject=subject)
        assert {one.user for one in told} == {scene.deputy, admin}
        assert all("事由：出差。" in one.body for one in told)
        client.force_login(scene.deputy)
        assert subject in client.get(reverse("message_list")).content.decode()
        for one in told:
            client.force_login(one.user)
            assert client.get(one.place).status_code == 200, one.place
        end_appointment(by=scene.again(admin), appointment=row.pk, note="提前回来")
        ended = Message.objects.filter(subject="李处长代张局长签批已终止")
        assert {one.user for one in ended} == {scene.deputy, scene.approver}
        assert all("提前回来" in one.body for one in ended)


def test_whoever_is_named_twice_at_once_is_told_once(scene: Scene) -> None:
    with clock.at(NOW):
        scene.named()
        with pytest.raises(Conflict):
            scene.named()
        assert Message.objects.filter(user=scene.deputy).count() == 1


@pytest.mark.parametrize("writer", ["deputy", "approver"])
def test_a_deputy_signs_neither_their_own_text_nor_that_of_whom_they_represent(
    scene: Scene, writer: str
) -> None:
    with clock.at(NOW):
        scene.named()
        draft = scene.draft(getattr(scene, writer))
        with pytest.raises(Problems, match="最后写的"):
            scene.submit(draft, scene.deputy)
        assert not Version.objects.exists()


def test_whoever_was_represented_does_not_judge_it_later(scene: Scene) -> None:
    with clock.at(NOW):
        scene.named()
        version = scene.submit(scene.draft(scene.reporter), scene.deputy)
        judge = make.hold(scene.approver, Role.OFFICE, agency=make.agency())
        with pytest.raises(PermissionDenied):
            decide(by=judge, decisions=[DecisionInput(version.pk, accept=True, verified_light="green")])


def test_only_the_approver_or_the_rights_administrator_names_a_deputy(scene: Scene) -> None:
    rights = make.user(Role.RIGHTS_ADMIN, password=None)
    other = make.user(Role.APPROVER, agency=scene.agency, password=None)
    with clock.at(NOW):
        for by in (scene.reporter, scene.deputy, other, make.user(Role.OFFICE, password=None)):
            with pytest.raises(PermissionDenied):
                scene.named(by=by)
        made = scene.named(by=rights)
        new = NewDeputy(scene.deputy.pk, scene.reporter.pk, date(2017, 4, 12), date(2017, 4, 14))
        with pytest.raises(PermissionDenied):  # a deputy names no deputy
            name_deputy(by=scene.again(scene.deputy), new=new, note="也出差", now=NOW)
        with pytest.raises(PermissionDenied):
            end_appointment(by=other, appointment=made.pk, note="x", now=NOW)
        end_appointment(by=scene.approver, appointment=made.pk, note="提前回来", now=NOW)
        assert not may_approve(scene.again(scene.deputy))


def test_a_deputy_is_of_the_agency_and_the_days_are_to_come(scene: Scene) -> None:
    stranger = make.user(Role.REPORTER, password=None)
    with clock.at(NOW):
        for deputy, first, last in (
            (stranger, date(2017, 4, 12), date(2017, 4, 14)),
            (
                make.user(Role.AUDIT_ADMIN, agency=scene.agency, password=None),
                date(2017, 4, 12),
                date(2017, 4, 14),
            ),
            (scene.deputy, date(2017, 4, 11), date(2017, 4, 14)),
            (scene.deputy, date(2017, 4, 14), date(2017, 4, 13)),
        ):
            with pytest.raises(Problems):
                name_deputy(
                    by=scene.approver,
                    new=NewDeputy(scene.approver.pk, deputy.pk, first, last),
                    note="出差",
                    now=NOW,
                )
    assert not Appointment.objects.filter(on_behalf_of__isnull=False).exists()


def test_the_deputy_ends_with_whom_they_represent(scene: Scene) -> None:
    rights = make.user(Role.RIGHTS_ADMIN, password=None)
    with clock.at(NOW):
        scene.named()
        own = Appointment.objects.get(user=scene.approver)
        end_appointment(by=rights, appointment=own.pk, note="调离", now=NOW)
        assert not may_approve(scene.again(scene.deputy))


def test_the_page_names_and_ends_a_deputy(scene: Scene, client: Client) -> None:
    client.force_login(scene.approver)
    with clock.at(NOW):
        data = {"deputy": scene.deputy.pk, "first": "2017-04-12", "last": "2017-04-14", "note": "出差"}
        assert client.post(reverse("deputies"), data).status_code == 302
        page = client.get(reverse("deputies")).content.decode()
        assert "李处长" in page
        assert "2017-04-14" in page
        made = Appointment.objects.get(on_behalf_of=scene.approver)
        assert client.post(reverse("deputy_end", args=[made.pk]), {"end-note": "回来了"}).status_code == 302
        assert "回来了" in client.get(reverse("deputies")).content.decode()
        assert client.post(reverse("deputies"), {**data, "last": "2017-04-01"}).status_code == 422
