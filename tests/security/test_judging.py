"""Nobody judges himself, and nobody outside a body learns how its people work among themselves."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from qhplan import clock
from tasks.contacts.actions import ContactInput, set_contacts
from tasks.errors import Problems
from tasks.models import Contact, User
from tasks.review.actions import DecisionInput, decide
from tasks.submissions import actions
from tasks.submissions.content import DraftInput
from tasks.values import Duty, Role
from tests import factories as make
from tests.api.conftest import Q1, World, client, world

pytestmark = pytest.mark.django_db

__all__ = ["world"]  # the fixture


def moved(user: User, *roles: Role) -> User:
    """The person in another body, with roles that were granted there."""
    return make.hold(user, *roles, agency=make.agency())


def test_who_signed_a_return_does_not_decide_it_from_his_new_body(world: World) -> None:
    version = world.submitted(submitted_by=world.approver)
    judge = moved(world.approver, Role.OFFICE)
    decision = DecisionInput(version.pk, accept=True, verified_light="green", verification="true")
    with pytest.raises(PermissionDenied):
        decide(by=judge, decisions=[decision])
    assert "decide/" not in page(judge, version.submission_id)
    assert decide(by=world.office, decisions=[decision])[0].decision == "accepted"


def test_a_body_that_leads_a_task_since_does_not_adopt_its_own_co_return(world: World) -> None:
    version = world.submitted(world.co)
    world.task.responsibilities.filter(duty=Duty.LEAD).delete()
    world.task.responsibilities.filter(agency=world.co).delete()
    make.responsibility(world.task, world.co, Duty.LEAD)
    judge = make.user(Role.REPORTER, agency=world.co, password=None)
    with pytest.raises(PermissionDenied):
        decide(by=judge, decisions=[DecisionInput(version.pk, accept=True)])


def page(user: User, pk: int) -> str:
    asking = Client()
    asking.force_login(user)
    return asking.get(f"/returns/{pk}/").content.decode()


def test_only_the_body_itself_is_told_of_handing_and_taking_back(world: World) -> None:
    draft = DraftInput(
        plan_id=world.plan.pk,
        quarter=Q1,
        task_id=world.task.pk,
        agency_id=world.lead.pk,
        light="green",
        done="做了",
    )
    (head,) = actions.save_drafts(by=world.reporter, drafts=[draft])
    actions.hand(by=world.reporter, submissions=[head.pk])
    actions.take_back(by=world.approver, submissions=[head.pk], note="数字再核一遍")
    actions.submit(by=world.approver, submissions=[head.pk])
    assert "数字再核一遍" in page(world.reporter, head.pk)
    assert "数字再核一遍" not in page(world.office, head.pk)


def test_progress_and_words_of_an_undecided_return_are_in_no_figures(world: World) -> None:
    world.submitted(progress=37)
    for name in (
        "figures",
        "tasks",
        "responsibilities",
        f"tasks/{world.task.ref}",
        f"bodies/{world.lead.slug}",
    ):
        answer = client(world.viewer).get(f"/api/v1/plans/{world.plan.slug}/{name}/?q=2017Q1")
        assert answer.status_code == 200
        assert '"progress"' not in answer.content.decode()


def test_a_slip_in_the_year_does_not_lock_a_contact_for_good(world: World) -> None:
    duty = world.task.responsibilities.get(agency=world.lead)
    given = [ContactInput(duty.pk, liaison="王某")]
    with pytest.raises(Problems):
        set_contacts(by=world.reporter, contacts=given, since=clock.today() + timedelta(days=367))
    assert not Contact.objects.exists()
    set_contacts(by=world.reporter, contacts=given, since=clock.today() + timedelta(days=300))
