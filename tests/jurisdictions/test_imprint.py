"""The imprint of a jurisdiction: what its documents begin with, and what was issued keeps its own."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from qhplan import clock
from reports.briefs import actions as briefs
from reports.briefs import text_actions
from reports.briefs.models import Brief
from reports.briefs.queries import imprint_of, written
from reports.paper.review import review_sheet
from reports.supervision import actions as supervision
from reports.supervision.actions import HandInput, IssueInput
from reports.supervision.values import Ground
from tasks.jurisdictions.actions import checked, save_words
from tasks.jurisdictions.models import IMPRINT, Jurisdiction
from tasks.models import Agency, Plan, User
from tasks.values import Period, Role
from tests import factories as make
from tests.briefs.conftest import NOW, Q1, frozen

pytestmark = pytest.mark.django_db

WORDS: dict[str, Any] = {
    "name": "乙市",
    "level": "city",
    "office": "乙市行动办",
    "report_to": "市委、市政府领导",
    "send_to": "市人大常委会办公室",
    "distribute_to": "各成员单位",
    "copy_to": "市政府督查室",
    "printed_by": "乙市工业局办公室",
    "second_reviewer": "市政府督查室",
}


@pytest.fixture
def city() -> Jurisdiction:
    return Jurisdiction.objects.create(**WORDS)


@pytest.fixture
def plan(city: Jurisdiction) -> Plan:
    return make.plan(jurisdiction=city)


@pytest.fixture
def office(city: Jurisdiction) -> User:
    return make.user(Role.OFFICE, agency=make.agency("市工业局", jurisdiction=city))


def imprint(brief: Brief) -> tuple[str, ...]:
    found = written(brief).imprint
    return (found.report_to, found.send_to, found.distribute_to, found.printed_by)


def test_a_brief_begins_with_the_imprint_and_keeps_it_once_issued(
    city: Jurisdiction, plan: Plan, office: User
) -> None:
    usual = tuple(WORDS[name] for name in ("report_to", "send_to", "distribute_to", "printed_by"))
    brief = frozen(plan)
    assert imprint(brief) == usual
    composed: dict[str, str] = {}
    text_actions.amend(
        by=office,
        brief=brief,
        texts={"imprint/report_to": "", "imprint/send_to": "市纪委"},
        composed=composed,
        seen=0,
    )
    assert imprint(brief) == ("", "市纪委", *usual[2:])
    briefs.issue(by=make.user(Role.OFFICE, agency=office.agency), brief=brief, now=NOW)
    save_words(by=office, jurisdiction=city, values=WORDS | {"distribute_to": "各县区", "printed_by": ""})
    brief.refresh_from_db()
    assert imprint(brief) == ("", "市纪委", *usual[2:])
    assert imprint(frozen(plan, quarter=Q1 + 1))[2:] == ("各县区", "")
    with pytest.raises(DatabaseError), transaction.atomic():
        Brief.objects.filter(pk=brief.pk).update(imprint={})


def test_what_was_issued_before_has_no_other_imprint(plan: Plan) -> None:
    brief = frozen(plan)
    briefs.issue(by=None, brief=brief, now=NOW)
    assert imprint(Brief(pk=brief.pk, plan=plan, state="issued", imprint=None)) == ("", "", "", "")


def test_a_slip_for_one_agency_is_sent_to_nobody_else(city: Jurisdiction) -> None:
    assert imprint_of("feedback", city) == {"printed_by": WORDS["printed_by"]}
    assert imprint_of("one_page", city) == {}
    assert set(imprint_of("plan", city)) == {"report_to", "send_to", "distribute_to", "printed_by"}


def test_a_notice_is_copied_to_whom_the_jurisdiction_says(
    city: Jurisdiction, plan: Plan, office: User
) -> None:
    lead: Agency = make.agency("市发改委", jurisdiction=city)
    make.task(plan, lead=lead)
    with clock.at(NOW):
        content = IssueInput(
            title="关于进展的督办单", text="请抓紧。", due_on=clock.today() + timedelta(days=10)
        )
        asked = HandInput(plan, lead.pk, Ground.HAND, Q1, content)
        notice = supervision.issue_by_hand(by=office, asked=asked)
    assert notice.imprint == {"copy_to": WORDS["copy_to"], "printed_by": WORDS["printed_by"]}


def test_the_sheet_of_the_offices_own_agency_names_who_reviews_it(plan: Plan, office: User) -> None:
    other = make.agency("市发改委")
    assert office.agency is not None
    for agency, named in ((office.agency, True), (other, False)):
        task = make.task(plan, lead=agency)
        sheet = review_sheet(make.version(task, agency, Period(2017, 1)))
        cells = [cell for row in sheet.rows for cell in row]
        assert ("市政府督查室" in [cell.text for cell in cells]) is named


def test_the_office_edits_it_on_its_page(client: Client, city: Jurisdiction, office: User) -> None:
    address = reverse("jurisdiction", args=[city.pk])
    client.force_login(office)
    page = client.get(address).content.decode()
    for name in IMPRINT:
        assert f'name="{name}"' in page
        assert f'value="{WORDS[name]}"' in page
    refused = client.post(address, WORDS | {"revision": 1, "copy_to": "长" * 111})
    assert refused.status_code == 422
    assert client.post(address, WORDS | {"revision": 1, "copy_to": "<b>市委</b>"}).status_code == 302
    city.refresh_from_db()
    assert city.copy_to == "<b>市委</b>"


def test_whoever_names_no_imprint_leaves_it_as_it_is() -> None:
    assert not set(IMPRINT) & set(checked({"name": "丙县", "level": "county", "office": "丙办"}))
