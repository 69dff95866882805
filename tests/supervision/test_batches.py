"""Several notices in one act: what can be issued is, what cannot is named."""

import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from qhplan.jobs import Job
from reports.supervision import actions
from reports.supervision.batches import check_proposals, issue_proposals, put_to_each
from reports.supervision.models import Notice
from reports.supervision.values import Ground, State
from tests import factories as make
from tests.pages import text
from tests.supervision.conftest import DUE, NOW, World

pytestmark = pytest.mark.django_db


def proposals(world: World) -> list[Notice]:
    """Three red tasks: of the lead, of another lead, and of the office's own agency, which the second reviewer issues."""
    world.red()
    for agency in (world.co, world.home):
        task = make.task(world.plan, lead=agency)
        world.red(task=task, agency=agency)
    return actions.propose(plan=world.plan, found=world.grounds().of(Ground.RED))


def client(user: Any) -> Client:
    made = Client()
    made.force_login(user)
    return made


def test_ticked_proposals_are_issued_and_what_cannot_be_is_named(world: World) -> None:
    made = proposals(world)
    assert len(made) == 3
    checked = check_proposals(by=world.office, notices=made, due_on=DUE, now=NOW)
    assert [bool(one.why) for one in checked] == [one.agency_id == world.home.pk for one in made]
    assert not Notice.objects.exclude(state=State.PROPOSED).exists()  # looked at, nothing written
    assert not Job.objects.filter(kind="supervision.document").exists()
    found = issue_proposals(by=world.office, notices=made, due_on=DUE, now=NOW)
    issued = [one.notice for one in found if one.is_issued and one.notice]
    assert [one.number for one in issued] == [1, 2]
    assert all(one.due_on == DUE for one in issued)
    assert "复核人" in next(one.why for one in found if one.why)
    assert Job.objects.filter(kind="supervision.document").count() == 2
    # Twice, or by somebody else meanwhile: each says so, and nothing is issued again.
    again = issue_proposals(by=world.office, notices=issued, due_on=DUE, now=NOW)
    assert all("办理过" in one.why or "现在是" in one.why for one in again)
    assert Notice.objects.filter(state=State.ISSUED).count() == 2


def test_the_page_checks_each_before_it_issues(world: World) -> None:
    made = proposals(world)
    office, url = client(world.office), reverse("notice_issue_several")
    assert 'name="notices"' in office.get(reverse("notice_list") + "?state=proposed").content.decode()
    assert client(world.approver).post(url, {"notices": [made[0].pk]}).status_code == 403
    assert "请先勾选" in text(office.post(url, {"notices": ["x", "9" * 30]}, follow=True))
    ticked = {"notices": [one.pk for one in made]}
    page = text(office.post(url, {**ticked, "action": "check"}))
    assert "可签发 2 件，不能签发 1 件" in page
    assert office.post(url, {**ticked, "action": "issue", "due_on": "昨天"}).status_code == 422
    late = office.post(url, {**ticked, "action": "issue", "due_on": "2017-01-01"}, follow=True)
    assert "反馈期限须在今天以后" in text(late)
    done = text(office.post(url, {**ticked, "action": "issue"}, follow=True))
    assert "已签发 2 件" in done
    assert "没有签发：办公室所在委" in done
    assert "请先勾选" in text(office.post(url, {"notices": [one.pk for one in made[:1]]}, follow=True))


def test_one_matter_is_put_to_several_agencies_each_by_itself(world: World) -> None:
    asked = world.hand(key=uuid.uuid4())
    ids = [world.lead.pk, world.home.pk, world.lead.pk, 10**6]
    found = put_to_each(by=world.office, asked=asked, agency_ids=ids, now=NOW)
    assert [(one.is_issued, bool(one.why)) for one in found] == [(True, False), (False, False), (False, True)]
    put_to_each(by=world.office, asked=asked, agency_ids=ids, now=NOW)
    assert Notice.objects.count() == 2


def test_the_api_says_of_each_agency_what_became_of_it(world: World) -> None:
    office, url = client(world.office), reverse("api_notice_list")
    said = {
        "plan": world.plan.slug, "ground": "hand", "title": "关于进展滞后的督办单",
        "text": "请查明原因。", "due_on": str(DUE), "quarter": "2017Q1",
    }  # fmt: skip

    def post(**more: Any) -> Any:
        return office.post(url, {**said, **more}, content_type="application/json")

    answer = post(agencies=[world.lead.slug, world.home.slug, "nobody"])
    assert answer.status_code == 200, answer.content
    rows = answer.json()
    assert [row["agency"] for row in rows] == [world.lead.slug, world.home.slug, "nobody"]
    assert [row["notice"] and row["notice"]["state"] for row in rows] == ["issued", "proposed", None]
    assert rows[2]["problem"] == "没有这个单位。"
    assert post(agencies=[world.lead.slug], agency=world.lead.slug).status_code == 422
    assert post().status_code == 422
    assert post(agencies=["x"] * 101).status_code in {400, 422}
