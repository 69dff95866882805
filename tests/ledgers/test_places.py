"""What the office of one place has uploaded, an import or a ledger that makes a plan, is not there for that of another: on
pages, by its id, in the API, and for the actions themselves."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from rest_framework.test import APIClient

from tasks.errors import Conflict, Problems
from tasks.importing import actions, edition_actions
from tasks.importing.models import PlanImport
from tasks.jurisdictions.models import Jurisdiction
from tasks.ledgers import actions as ledger_actions
from tasks.models import User
from tasks.plans.models import Plan
from tests import factories as make
from tests.importing.uploads import answer_all, file, office, uploaded
from tests.ledgers.books import plain_book
from tests.plans.sample_plan import TEXT

pytestmark = pytest.mark.django_db
BOOK = plain_book(["事", "牵头单位"], ["建库", "甲市财政局"])


def officer(place: Jurisdiction | None) -> User:
    return User.objects.get(pk=office(agency=make.agency(jurisdiction=place)).pk)


def ids(answer: Any) -> list[int]:
    return [row["id"] for row in answer.json()["results"]]


def test_an_office_finds_what_its_own_place_uploaded_alone() -> None:
    # 示例省 is whose plan the text says it is; it is known by its plan once it is confirmed.
    here, there, of_text = (
        Jurisdiction.objects.create(name=name, level="city", office=f"{name}办")
        for name in ("甲市", "乙市", "示例省")
    )
    mine, colleague, neighbour, owner = officer(here), officer(here), officer(there), officer(of_text)
    unplaced = officer(None)
    row = uploaded(mine)
    ledger = ledger_actions.upload(by=mine, plan=None, upload=SimpleUploadedFile("台账.xlsx", BOOK))
    addresses = [
        reverse(name, args=[one.pk])
        for name, one in (
            ("plan_import", row),
            ("plan_edition", row),
            ("plan_import_file", row),
            ("api_import", row),
            ("ledger", ledger),
            ("ledger_file", ledger),
            ("api_ledger", ledger),
        )
    ]
    for user, status in ((mine, 200), (colleague, 200), (unplaced, 200), (neighbour, 404), (owner, 404)):
        client, api = Client(), APIClient()
        client.force_login(user)
        api.force_authenticate(user)
        opened = [(api if "/api/" in one else client).get(one).status_code for one in addresses]
        assert opened == [status] * len(addresses), user
        form = {"form": "undo"}
        assert (client.post(reverse("plan_import_edit", args=[row.pk]), form).status_code == 404) is (
            status == 404
        )
        shown = [row.pk] if status == 200 else []
        assert [one.pk for one in client.get(reverse("plan_imports")).context["rows"]] == shown
        assert ids(api.get("/api/v1/imports/")) == shown
        assert len(ids(api.get("/api/v1/ledgers/"))) == len(shown)
        acted = api.post(f"/api/v1/imports/{row.pk}/act/", {"action": "discard", "note": "x"}, format="json")
        assert (acted.status_code == 404) is (status == 404)
        PlanImport.objects.filter(pk=row.pk).update(state="open")

    edit = {"op": "deadline", "task": {"ref": "2-1-1"}, "day": "2019-06-30"}
    for act in (
        lambda: actions.add_edits(by=neighbour, plan_import=row, edits=[edit]),
        lambda: actions.discard(by=neighbour, plan_import=row, note="不要"),
        lambda: edition_actions.set_edition(by=neighbour, plan_import=row, plan=None, effective=None),
        lambda: ledger_actions.discard(by=neighbour, ledger=ledger, note="不要"),
    ):
        with pytest.raises(Conflict):
            act()
    with pytest.raises(Problems) as refused:
        uploaded(neighbour)
    assert refused.value.problems[0].message == "这份文件正由另一地区的办公室导入。"

    # Another place's corrections are not made again in a document with the same title.
    actions.add_edits(by=mine, plan_import=row, edits=[edit])
    actions.discard(by=mine, plan_import=row, note="重来")
    assert actions.upload(by=neighbour, upload=file(f"{TEXT}\n附注1")).replayed_from is None
    assert actions.upload(by=colleague, upload=file(f"{TEXT}\n附注2")).replayed_from == row

    # Once confirmed, it is also there for the office of the plan.
    row = uploaded(mine, text=f"{TEXT}\n附注3")
    answer_all(row, mine)
    actions.confirm(by=colleague, plan_import=actions.submit(by=mine, plan_import=row))
    assert Plan.objects.get(title__contains="盐湖产业").jurisdiction == of_text
    for user, status in ((mine, 200), (owner, 200), (neighbour, 404)):
        client = Client()
        client.force_login(User.objects.get(pk=user.pk))
        assert client.get(reverse("plan_import", args=[row.pk])).status_code == status, user
